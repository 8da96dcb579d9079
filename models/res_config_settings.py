from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    l10n_pl_ksef_connection_id = fields.Many2one(
        related="company_id.l10n_pl_ksef_connection_id", string="KSeF connection"
    )
    l10n_pl_ksef_environment = fields.Selection(related="l10n_pl_ksef_connection_id.environment")
    l10n_pl_ksef_state = fields.Selection(related="l10n_pl_ksef_connection_id.state")
    l10n_pl_ksef_end = fields.Datetime(related="l10n_pl_ksef_connection_id.connected_until")
    l10n_pl_ksef_next_step = fields.Text(related="l10n_pl_ksef_connection_id.next_step")

    l10n_pl_ksef_mode = fields.Selection(related="company_id.l10n_pl_ksef_mode")
    l10n_pl_ksef_switch_automatically = fields.Boolean(
        related="company_id.l10n_pl_ksef_switch_automatically", readonly=False
    )
    l10n_pl_ksef_saturday_counts = fields.Boolean(
        related="company_id.l10n_pl_ksef_saturday_counts", readonly=False
    )

    def action_l10n_pl_ksef_authorise(self):
        """Open the wizard for the company's connection, or for a new one."""
        self.ensure_one()
        if self.l10n_pl_ksef_connection_id:
            return self.l10n_pl_ksef_connection_id.action_authorise()
        return self.env["l10n_pl_ksef.authorise"]._open_new(self.company_id)

    def action_l10n_pl_ksef_connections(self):
        return self.env["ir.actions.act_window"]._for_xml_id("l10n_pl_ksef.connection_action")
