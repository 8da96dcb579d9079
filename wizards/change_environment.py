from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.connection import ENVIRONMENTS
from .dialog import dialog


class ChangeEnvironment(models.TransientModel):
    """The guided step from one KSeF environment to another, with what follows from it."""

    _name = "l10n_pl_ksef.change.environment"
    _description = "Change the KSeF Environment"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, readonly=True
    )
    current_id = fields.Many2one(
        "l10n_pl_ksef.connection", compute="_compute_current", string="In use now"
    )
    current_environment = fields.Selection(ENVIRONMENTS, compute="_compute_current")
    environment = fields.Selection(ENVIRONMENTS, "Change to", required=True)
    target_id = fields.Many2one("l10n_pl_ksef.connection", compute="_compute_target")
    target_state = fields.Selection(related="target_id.state")
    is_way_back = fields.Boolean(compute="_compute_target")
    practised = fields.Integer(
        "Practised invoices", compute="_compute_target", help="They can be sent to production."
    )
    on_their_way = fields.Integer(compute="_compute_target")
    confirmed = fields.Boolean("I have read this and want it")
    disconnect_old = fields.Boolean("Disconnect the old environment")

    @api.depends("company_id")
    def _compute_current(self):
        for wizard in self:
            wizard.current_id = wizard.company_id.sudo().l10n_pl_ksef_connection_id
            wizard.current_environment = wizard.current_id.environment

    @api.depends("environment", "company_id")
    def _compute_target(self):
        for wizard in self:
            current = wizard.current_id
            wizard.target_id = self.env["l10n_pl_ksef.connection"].search(
                [
                    ("company_id", "=", wizard.company_id.id),
                    ("environment", "=", wizard.environment),
                ],
                limit=1,
            )
            wizard.is_way_back = (
                current.environment == "production" and wizard.environment != "production"
            )
            accepted = current.sudo().document_ids.filtered(lambda doc: doc.state == "accepted")
            practice = current.environment != "production" and wizard.environment == "production"
            wizard.practised = len(accepted.move_id) if practice else 0
            wizard.on_their_way = len(current._on_their_way()) if current else 0

    @api.model
    def _open_for(self, target):
        """Open for a connection that shall be used from now on."""
        wizard = self.create(
            {"company_id": target.company_id.id, "environment": target.environment}
        )
        return wizard._reopen()

    def _reopen(self):
        return dialog(self, self.env._("Change the KSeF environment"))

    def action_change(self):
        """Change, or go into the authorisation of the new environment first."""
        self.ensure_one()
        if not self.env.user.has_group("l10n_pl_ksef.group_manager"):
            raise UserError(self.env._("Only a KSeF administrator changes the environment."))
        if self.environment == self.current_environment:
            raise UserError(self.env._("The company's invoices go there already."))
        if self.current_id and not self.confirmed:
            raise UserError(
                self.env._("Please confirm that you have read what follows from the change.")
            )
        if self.is_way_back and self.on_their_way:
            raise UserError(
                self.env._(
                    "Production invoices are still on their way to KSeF (%(count)s). Change the"
                    " environment when they have their numbers.",
                    count=self.on_their_way,
                )
            )
        old = self.current_id if self.disconnect_old else self.env["l10n_pl_ksef.connection"]
        if self.target_id.state != "connected":
            return self.env["l10n_pl_ksef.authorise"]._open_to_use(self, old)
        self.target_id._use()
        old.action_disconnect()
        return {"type": "ir.actions.client", "tag": "reload"}
