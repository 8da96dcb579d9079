from odoo import api, models


class Document(models.Model):
    """The PDF that Odoo keeps follows what the buyer may get."""

    _inherit = "l10n_pl_ksef.document"

    @api.model
    def _sign_missing_codes(self):
        documents = super()._sign_missing_codes()
        for move in documents.filtered("certificate_link").move_id:
            move._l10n_pl_ksef_detach_pdf()
        return documents

    def write(self, vals):
        # An announcement that came later makes an invoice of a confirmation, or the reverse.
        before = {doc: doc.counts_as for doc in self if doc.counts_as and "counts_as" in vals}
        res = super().write(vals)
        for document, counted in before.items():
            if document.counts_as != counted and not document.ksef_number:
                document.move_id._l10n_pl_ksef_detach_pdf()
        return res
