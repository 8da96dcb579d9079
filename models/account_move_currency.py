from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _get_expected_currency_rate_at(self, date):
        # Odoo would convert a correction at the rate of its own day.
        original = self._l10n_pl_ksef_original_of_rate()
        if original:
            return original.invoice_currency_rate
        return super()._get_expected_currency_rate_at(date)

    def _l10n_pl_ksef_original_of_rate(self):
        """The invoice whose rate this correction takes (art. 31b sec. 1 of the VAT act), if any."""
        self.ensure_one()
        original = self.reversed_entry_id
        if not original and "debit_origin_id" in self._fields:
            original = self.debit_origin_id
        if (
            self.country_code != "PL"
            or not self.is_sale_document()
            or not original.invoice_currency_rate
            or original.currency_id != self.currency_id
            or self.currency_id == self.company_currency_id
            # art. 31b sec. 2: a discount of a whole period may take the rate of its own day
            or self.l10n_pl_ksef_correction_period
        ):
            return self.browse()
        return original
