from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResConfigSettings(models.TransientModel):
    """How KSeF's availability is watched; the same for all companies."""

    _inherit = "res.config.settings"

    l10n_pl_ksef_neutral_host = fields.Char(
        "Neutral host",
        config_parameter="l10n_pl_ksef.neutral_host",
        help="Asked when a check fails: if it answers, KSeF is down and not the line of this"
        " server. Empty: https://www.gov.pl.",
    )
    l10n_pl_ksef_probe_only_used = fields.Boolean(
        "Check only environments in use", config_parameter="l10n_pl_ksef.probe_only_used"
    )

    @api.constrains("l10n_pl_ksef_neutral_host")
    def _check_l10n_pl_ksef_neutral_host(self):
        for settings in self.filtered("l10n_pl_ksef_neutral_host"):
            try:
                address = urlsplit(settings.l10n_pl_ksef_neutral_host.strip())
                sound = address.scheme in ("https", "http") and bool(address.hostname)
            except ValueError:
                sound = False
            if not sound:
                raise ValidationError(
                    self.env._("The neutral host is an address such as https://www.gov.pl.")
                )
