from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    l10n_pl_ksef_connection_id = fields.Many2one(
        "l10n_pl_ksef.connection",
        "KSeF connection in use",
        copy=False,
        ondelete="restrict",
        check_company=True,
    )
    l10n_pl_ksef_environment = fields.Selection(
        related="l10n_pl_ksef_connection_id.environment", related_sudo=True
    )

    # Computed from a field for administrators only, but read whenever an accountant sends.
    l10n_pl_edi_register = fields.Boolean(compute_sudo=True)

    def write(self, vals):
        before = {company: company.l10n_pl_ksef_environment for company in self}
        res = super().write(vals)
        if "l10n_pl_ksef_connection_id" in vals:
            moved = self.filtered(
                lambda company: company.l10n_pl_ksef_environment != before[company]
            )
            moved._l10n_pl_ksef_environment_changed()
        if {"country_id", "account_fiscal_country_id", "l10n_pl_ksef_connection_id"} & vals.keys():
            self.env.registry.clear_cache()  # of the menus (ir.ui.menu)
        return res

    def _l10n_pl_ksef_concerns(self):
        """Whether one of the companies has to do with KSeF: to the others it is not shown."""
        return any(
            company.l10n_pl_ksef_connection_id
            or "PL" in (company.country_id.code, company.account_fiscal_country_id.code)
            for company in self.sudo()
        )

    def _l10n_pl_ksef_environment_changed(self):
        """Number and state of an invoice are those of the environment in use."""
        moves = (
            self.env["l10n_pl_ksef.document"]
            .sudo()
            .search([("company_id", "in", self.ids)])
            .move_id
        )
        fields_of_it = [
            field for field in moves._fields.values() if field.compute == "_compute_l10n_pl_ksef"
        ]
        for field in fields_of_it:
            self.env.add_to_compute(field, moves)
        # And what follows from them, such as the marker for JPK.
        moves.modified([field.name for field in fields_of_it])
        moves._l10n_pl_ksef_keep_in_step()
        self._l10n_pl_ksef_begin_online()

    @api.depends("l10n_pl_ksef_connection_id")
    def _compute_l10n_pl_edi_register(self):
        # One sender: while there is a connection of ours, Odoo's own module neither offers to send
        # nor shows its fields (rule 8 of the design).
        ours = self.filtered(lambda company: company.sudo().l10n_pl_ksef_connection_id)
        ours.l10n_pl_edi_register = False
        # It reads a certificate that only administrators may see, whoever opens the send wizard.
        return super(ResCompany, (self - ours).sudo())._compute_l10n_pl_edi_register()
