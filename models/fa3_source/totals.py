from collections import defaultdict
from decimal import Decimal

from ...ksef.fa3 import model as fa3
from ...ksef.fa3.rates import RATES
from .common import decimal
from .currency import PLN


class Totals:
    """The sums of an invoice, each rate in its own pair of boxes."""

    def _totals(self, move, fa, net):
        """P_13_x, P_14_x and P_14_xW: each rate has its own boxes."""
        self._check_currency(move)
        foreign = fa.KodWaluty != PLN
        tax, tax_pln = defaultdict(Decimal), defaultdict(Decimal)
        for line in self._tax_lines(move):
            rate = line.tax_line_id.l10n_pl_ksef_rate
            tax[rate] -= decimal(line.amount_currency, 2)
            tax_pln[rate] -= decimal(line.balance, 2)
        boxes = defaultdict(Decimal)
        for rate, amount in net.items():
            boxes[RATES[rate].net] += amount
            if RATES[rate].tax:
                boxes[RATES[rate].tax] += tax[rate]
            if RATES[rate].tax_pln and foreign:
                boxes[RATES[rate].tax_pln] += tax_pln[rate]
        for box, amount in boxes.items():
            setattr(fa, box, amount)
        if foreign:
            self._currency(move, fa)
        self._rounding(move, fa)

    def _rounding(self, move, fa):
        """Cash rounding: what is paid differs from what is due, so P_15 stays net plus tax.

        FA(3) has a place for what is added to P_15 and taken off it, with a reason (Rozliczenie).
        The tax cannot be rounded to whole coins: the law wants it at its rate.
        """
        _ = self.env._
        lines = move.line_ids.filtered(lambda line: line.display_type == "rounding")
        if not lines:
            return
        if lines.filtered("tax_repartition_line_id"):
            self._stop(
                move,
                _(
                    "The cash rounding “%(name)s” changes the tax, and the law wants the tax at its"
                    " rate (art. 106e section 1 point 14). Choose a rounding with the strategy “Add"
                    " a rounding line”.",
                    name=move.invoice_cash_rounding_id.name,
                ),
                move.invoice_cash_rounding_id,
            )
            return
        rounded = -sum(decimal(line.amount_currency, 2) for line in lines)
        # On a credit note the total is still positive here.
        fa.P_15 += rounded if move.direction_sign > 0 else -rounded
        total = decimal(move.amount_total_in_currency_signed, 2)
        part = {"Kwota": abs(rounded), "Powod": "Zaokrąglenie kwoty do zapłaty"}
        settlement = fa3.Rozliczenie()
        if rounded > 0:
            settlement.Obciazenia = [fa3.Obciazenia(**part)]
            settlement.SumaObciazen = abs(rounded)
        else:
            settlement.Odliczenia = [fa3.Odliczenia(**part)]
            settlement.SumaOdliczen = abs(rounded)
        if total < 0:
            settlement.DoRozliczenia = -total
        else:
            settlement.DoZaplaty = total
        fa.Rozliczenie = settlement
