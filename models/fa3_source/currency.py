from decimal import Decimal

from ...ksef.fa3 import model as fa3
from ...ksef.fa3.rates import RATES
from .common import decimal

PLN = "PLN"
_MICRO = Decimal("0.000001")
_GROSZ = Decimal("0.01")
#: Of one amount: half a unit for its own rounding, a whole one that Odoo moves to it so that the
#: rows add up to the total.
_ROUNDED = Decimal("1.5")


class Currency:
    """Invoices in another currency: the rate, and the tax in PLN (art. 106e sec. 11, art. 31a).

    Odoo has converted when it booked, at the rate of the taxable supply date or of the invoice
    date, and the VAT records hold these amounts. So the document tells what was booked; nothing is
    converted a second time. Where there is no tax there is nothing to convert.
    """

    def _booked_rate(self, move):
        """PLN for one unit of the invoice's currency as it was booked, in full precision."""
        return 1 / Decimal(repr(move.invoice_currency_rate or 1.0))

    def _exchange_rate(self, move):
        """The rate for KursWaluty and KursWalutyZ, with the six decimals that they have room for;
        ``None`` where none belongs there."""
        if move not in self.exchange_rates:
            rate = None
            if move.currency_id.name != PLN and move.company_currency_id.name == PLN:
                rate = self._booked_rate(move).quantize(_MICRO).normalize() + 0
            self.exchange_rates[move] = rate or None
        return self.exchange_rates[move]

    def _row_exchange_rate(self, move, rate):
        """KursWaluty of a row: only where its rate bears a tax that has to be converted."""
        return self._exchange_rate(move) if RATES[rate].tax_pln else None

    def _tax_lines(self, move):
        return move.line_ids.filtered("tax_line_id")

    def _check_currency(self, move):
        _ = self.env._
        currency = move.currency_id
        if currency.decimal_places > 2 and not self._fits(move):
            self._stop(
                move,
                _(
                    "The amounts have more than two decimals, and FA(3) has room for two. Change"
                    " the prices so that every amount in %(currency)s has two decimals at most.",
                    currency=currency.name,
                ),
            )
        if currency.name == PLN:
            return
        taxed = self._product_lines(move).filtered(
            lambda line: any(
                RATES[tax.l10n_pl_ksef_rate].tax_pln
                for tax in line.tax_ids.flatten_taxes_hierarchy()
                if tax.l10n_pl_ksef_rate in RATES
            )
        )
        if not taxed:
            return
        if move.company_currency_id.name != PLN:
            self._stop(
                move,
                _(
                    "The law wants the tax in PLN (art. 106e section 11), but the books are kept in"
                    " %(currency)s, so it is not known here.",
                    currency=move.company_currency_id.name,
                ),
                move.company_id,
            )
            return
        self._check_rate(move, taxed)
        self._check_rate_of_correction(move)
        self._check_day_of_rate(move)

    def _fits(self, move):
        amounts = [move.amount_total, *move.line_ids.mapped("amount_currency")]
        return all(decimal(amount, 2) == decimal(amount, 6) for amount in amounts)

    def _check_rate(self, move, taxed):
        """Every amount was booked at the one rate that the document will name."""
        _ = self.env._
        rate = self._booked_rate(move)
        unit = Decimal(repr(move.currency_id.rounding))
        once = _ROUNDED * (_GROSZ + unit * rate)
        for line in taxed | self._tax_lines(move):
            booked, expected = decimal(line.balance, 2), decimal(line.amount_currency, 6) * rate
            # Tax that is rounded row by row is a sum of as many rounded amounts.
            allowed = once * len(taxed) if line.tax_line_id else once
            if abs(booked - expected) > allowed:
                self._stop(
                    move,
                    _(
                        "Booked are %(booked)s PLN for %(amount)s %(currency)s, but at the rate"
                        " %(rate)s of the invoice it would be %(expected)s PLN. Reset the invoice"
                        " to draft, and enter the rate there instead of changing journal items.",
                        booked=f"{abs(booked):.2f}",
                        amount=f"{abs(line.amount_currency):.2f}",
                        currency=move.currency_id.name,
                        rate=f"{rate:.6f}",
                        expected=f"{abs(expected):.2f}",
                    ),
                )
                return

    def _check_day_of_rate(self, move):
        """art. 31a sec. 1: the day before the tax point counts, and that is often the supply."""
        _ = self.env._
        supplied = move.delivery_date
        if move.taxable_supply_date or not supplied or not move.invoice_date:
            return
        if supplied >= move.invoice_date or move._l10n_pl_ksef_original_of_rate():
            return
        key = move.currency_id, move.company_id, supplied
        if key not in self.rates_of_days:
            self.rates_of_days[key] = move._get_expected_currency_rate_at(supplied)
        if abs(1 / Decimal(repr(self.rates_of_days[key])) - self._booked_rate(move)) < _MICRO:
            return
        self._stop(
            move,
            _(
                "Delivered on %(delivered)s, but the tax was converted at the rate of the invoice"
                " date, %(day)s. The law wants the one before the tax point (art. 31a). Reset the"
                " invoice to draft, and enter the taxable supply date.",
                delivered=supplied,
                day=move.invoice_date,
            ),
        )

    def _check_rate_of_correction(self, move):
        """art. 31b sec. 1: a change is converted at the rate of what is changed."""
        _ = self.env._
        original = move._l10n_pl_ksef_original_of_rate()
        if not original:
            return
        rate, first = self._booked_rate(move), self._booked_rate(original)
        if abs(rate - first) < _MICRO:
            return
        self._stop(
            move,
            _(
                "%(name)s was converted at %(first)s, this correction at %(rate)s. A correction"
                " takes the rate of what it corrects (art. 31b section 1). Reset it to draft, and"
                " refresh the rate beside the currency.",
                name=original.name,
                first=f"{first:.6f}",
                rate=f"{rate:.6f}",
            ),
        )

    def _currency(self, move, fa):
        """Six decimals hold what NBP publishes, but for the smallest currencies; where they would
        lead to another tax, the rate stands in words as well (DodatkowyOpis)."""
        rates = {rate.tax: rate.tax_pln for rate in RATES.values() if rate.tax_pln}
        tax = sum(abs(getattr(fa, tax) or 0) for tax, pln in rates.items() if getattr(fa, pln))
        rate = self._booked_rate(move)
        if tax * abs(rate - (self._exchange_rate(move) or 0)) < _GROSZ:
            return
        words = f"{rate:.10f}".rstrip("0").replace(".", ",")
        fa.DodatkowyOpis.append(
            fa3.TKluczWartosc(Klucz="Kurs waluty", Wartosc=f"1 {fa.KodWaluty} = {words} PLN")
        )
