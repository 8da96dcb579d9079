from odoo import api, fields, models
from odoo.exceptions import UserError

from ..ksef.deadlines import Mode
from ..models.modes import MODES_OF_ISSUE, OFFLINE_MODES
from .dialog import dialog


class IssueOffline(models.TransientModel):
    """Issues single invoices outside KSeF while the company goes on in its own mode."""

    _name = "l10n_pl_ksef.issue.offline"
    _description = "Issue Invoices Offline"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    move_ids = fields.Many2many("account.move", string="Invoices", readonly=True)
    mode = fields.Selection(
        [(code, name) for code, name in MODES_OF_ISSUE if code in OFFLINE_MODES],
        required=True,
        default="offline24",
    )
    what_follows = fields.Html(compute="_compute_what_follows", sanitize=False)
    lacks_certificate = fields.Boolean(compute="_compute_what_follows")
    not_announced = fields.Boolean(compute="_compute_what_follows")
    no_certificate_words = fields.Text(compute="_compute_what_follows")

    @api.depends("mode", "company_id")
    def _compute_what_follows(self):
        for wizard in self:
            preview = self.env["l10n_pl_ksef.switch.mode"].new(
                {"company_id": wizard.company_id.id, "mode": wizard.mode}
            )
            wizard.what_follows = preview.what_follows
            wizard.lacks_certificate = preview.lacks_certificate
            wizard.not_announced = preview.not_announced
            wizard.no_certificate_words = self.env[
                "account.move"
            ]._l10n_pl_ksef_words_no_certificate()

    @api.model
    def _open_for(self, moves):
        company = moves.company_id
        if len(company) > 1:
            raise UserError(self.env._("Please choose invoices of one company."))
        held = company.sudo()
        fitting = held._l10n_pl_ksef_fitting_mode()[0]
        mode = next(
            (one for one in (held.l10n_pl_ksef_mode, fitting) if one in OFFLINE_MODES),
            Mode.OFFLINE24.value,
        )
        wizard = self.create(
            {"company_id": company.id, "move_ids": [(6, 0, moves.ids)], "mode": mode}
        )
        return dialog(wizard, self.env._("Issue offline"))

    def action_issue(self):
        self.ensure_one()
        moves = self.move_ids
        moves.check_access("write")
        moves._l10n_pl_ksef_check_right(self.env.user)
        refused = moves._l10n_pl_ksef_issue(self.mode)
        if refused and len(moves) == 1:
            moves._l10n_pl_ksef_raise_refused(self.mode)
        return moves._l10n_pl_ksef_report(refused)
