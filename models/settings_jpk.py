from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    l10n_pl_ksef_jpk_filed_until = fields.Date(
        related="company_id.l10n_pl_ksef_jpk_filed_until", readonly=False
    )
