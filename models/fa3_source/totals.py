from collections import defaultdict
from decimal import Decimal

from ...ksef.fa3.rates import RATES
from .common import decimal


class Totals:
    """The sums of an invoice, each rate in its own pair of boxes."""

    def _totals(self, move, fa, net):
        """P_13_x and P_14_x: each rate has its own pair of boxes."""
        tax = defaultdict(Decimal)
        for line in move.line_ids.filtered("tax_line_id"):
            rate = line.tax_line_id.l10n_pl_ksef_rate
            tax[rate] -= decimal(line.amount_currency, 2)
        boxes = defaultdict(Decimal)
        for rate, amount in net.items():
            boxes[RATES[rate].net] += amount
            if RATES[rate].tax:
                boxes[RATES[rate].tax] += tax[rate]
        for box, amount in boxes.items():
            setattr(fa, box, amount)
