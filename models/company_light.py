from odoo import api, models


class ResCompany(models.Model):
    """What lists and dashboard show of KSeF's availability."""

    _inherit = "res.company"

    @api.model
    def l10n_pl_ksef_lights(self):
        """The lights of the chosen companies that use KSeF, the active company's first.

        Nobody else's business: people without the right, and companies without a connection, get
        none.
        """
        if not self.env.user.has_group("l10n_pl_ksef.group_user"):
            return []
        lights = []
        for company in self.env.companies:
            light = company._l10n_pl_ksef_light()
            if light:
                lights.append({"company_id": company.id, "company": company.name, **light})
        return lights
