from odoo import models


class IrUiMenu(models.Model):
    _inherit = "ir.ui.menu"

    def _load_menus_blacklist(self):
        """Accountants who work for no Polish company see no KSeF.

        By all companies of the user and not by those chosen at the moment: Odoo keeps the menus of
        a user, whatever is chosen.
        """
        res = super()._load_menus_blacklist()
        if not self.env.user.company_ids._l10n_pl_ksef_concerns():
            for name in ("menu_ksef", "menu_configuration_ksef"):
                menu = self.env.ref(f"l10n_pl_ksef.{name}", raise_if_not_found=False)
                if menu:
                    res.append(menu.id)
        return res
