from odoo import api, fields, models
from odoo.exceptions import UserError

from .connection import ENVIRONMENTS
from .modes import MODES_OF_ISSUE

CAUSES = [
    ("ksef_silent", "KSeF does not answer"),
    ("own_line", "Our own line is down"),
    ("announced", "The Ministry announced it"),
    ("own_choice", "Our own choice"),
    ("back", "KSeF is back"),
]


class ModeChange(models.Model):
    """Who switched a company's mode of issue, when and why. Nobody changes or deletes these lines:
    they show an auditor why invoices were issued offline."""

    _name = "l10n_pl_ksef.mode.change"
    _description = "Change of the KSeF Mode"
    _order = "id desc"
    _rec_name = "mode"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    environment = fields.Selection(ENVIRONMENTS, readonly=True)
    before = fields.Selection(MODES_OF_ISSUE, "Mode before", required=True, readonly=True)
    mode = fields.Selection(MODES_OF_ISSUE, "New mode", required=True, readonly=True)
    cause = fields.Selection(CAUSES, required=True, readonly=True)
    why = fields.Text(readonly=True)
    user_id = fields.Many2one("res.users", "By", readonly=True)
    automatic = fields.Boolean(readonly=True)
    announcement = fields.Char(readonly=True, help="What the mode rests on in law.")

    def write(self, vals):
        if self:
            raise UserError(self.env._("The record of mode changes is never changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The record of mode changes is never deleted."))
