from odoo import api, fields, models
from odoo.exceptions import UserError


class KeyUse(models.Model):
    """One use of a private key: who, when, what for. Nobody changes or deletes these lines."""

    _name = "l10n_pl_ksef.key.use"
    _description = "Use of a KSeF Private Key"
    _order = "id desc"
    _rec_name = "purpose"

    certificate_id = fields.Many2one(
        "l10n_pl_ksef.certificate", required=True, readonly=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(related="certificate_id.company_id", store=True, index=True)
    connection_id = fields.Many2one("l10n_pl_ksef.connection", readonly=True, index=True)
    user_id = fields.Many2one("res.users", readonly=True)
    purpose = fields.Selection(
        [("login", "Login to KSeF"), ("kod_ii", "Signature of KOD II")],
        required=True,
        readonly=True,
    )

    def write(self, vals):
        if self:
            raise UserError(self.env._("The record of key uses is never changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The record of key uses is never deleted."))
