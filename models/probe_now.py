from odoo import api, models
from odoo.exceptions import AccessError


class Probe(models.Model):
    """A check out of turn, from the status page."""

    _inherit = "l10n_pl_ksef.probe"

    @api.model
    def action_check_now(self):
        """Ask all environments at once, as the scheduled action does."""
        if not self.env.user.has_group("l10n_pl_ksef.group_manager"):
            raise AccessError(self.env._("Only KSeF administrators may ask out of turn."))
        self.sudo()._cron_probe()
        return True
