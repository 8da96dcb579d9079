from odoo import models


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _render_qweb_pdf(self, report_ref, res_ids=None, data=None):
        content = super()._render_qweb_pdf(report_ref, res_ids=res_ids, data=data)
        if res_ids and self._is_invoice_report(report_ref):
            self.env["account.move"].browse(res_ids)._l10n_pl_ksef_printed()
        return content
