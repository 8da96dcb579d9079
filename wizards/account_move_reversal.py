from odoo import models


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    def _prepare_default_reversal(self, move):
        """The reason stands in the reference among other words; a correction tells it alone."""
        values = super()._prepare_default_reversal(move)
        if move.move_type in ("out_invoice", "out_refund"):
            values["l10n_pl_ksef_correction_reason"] = self.reason
        return values
