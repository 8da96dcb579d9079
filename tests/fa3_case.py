from decimal import Decimal

from ..ksef import fa3
from ..ksef.fa3.rates import RATES
from .common import KsefCase

D = Decimal


class Fa3Case(KsefCase):
    """Reads back what an invoice becomes; nothing is sent."""

    def written(self, move):
        """The bytes of an invoice that must have no obstacle and raise no doubt."""
        rendered, obstacles, warnings = move._l10n_pl_ksef_check()
        self.assertFalse([item.words for items in obstacles.values() for item in items], move.name)
        self.assertFalse(dict(warnings), move.name)
        data = rendered[move]
        self.assertEqual(fa3.validate(data), [], "valid, and right in its sums")
        return data

    def faktura(self, move):
        """The invoice as KSeF reads it, its sums held against Odoo's."""
        invoice = fa3.read(self.written(move))
        fa = invoice.Fa
        self.assertEqual(fa.P_15, D(f"{move.amount_total:.2f}"))
        self.assertEqual(sum(row.P_11 for row in fa.FaWiersz), D(f"{move.amount_untaxed:.2f}"))
        names = {rate.net for rate in RATES.values()}
        self.assertEqual(
            sum(getattr(fa, name) or 0 for name in names), D(f"{move.amount_untaxed:.2f}")
        )
        taxes = {rate.tax for rate in RATES.values() if rate.tax}
        self.assertEqual(sum(getattr(fa, name) or 0 for name in taxes), D(f"{move.amount_tax:.2f}"))
        return invoice

    def obstacles(self, move):
        """``[(words, record)]`` of an invoice that cannot become a document."""
        rendered, obstacles, _warnings = move._l10n_pl_ksef_check()
        self.assertFalse(rendered)
        return [(item.words, item.record) for item in obstacles[move]]
