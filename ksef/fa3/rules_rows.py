"""Rules about rows that the schema cannot tell: numbers, rates, and the arithmetic of one row."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ..problems import Problem
from ..words import _
from .model_invoice import Fa
from .model_rows import FaWiersz
from .places import Place
from .rates import RATES
from .rules_base import CORRECTIONS, FA, GROSZ, HUNDRED, ORDER, ZERO, rule, shown, smallest, weight

NUMBER_TWICE = rule(
    "duplicate_row_number",
    "wall",
    "FA(3): NrWierszaFa, NrWierszaZam",
    _("%(label)s: %(value)s is the number of an earlier row as well."),
)
KEY_TWICE = rule(
    "duplicate_row_key",
    "wall",
    "FA(3): UU_ID, UU_IDZ",
    _("%(label)s: %(value)s is that of an earlier row as well. Each row needs one of its own."),
)
TWO_RATES = rule(
    "two_rates",
    "wall",
    "FA(3): P_12, P_12_XII",
    _("%(label)s: the row has a Polish rate and a foreign one as well. Keep the one that applies."),
)
NO_RATE = rule(
    "row_without_rate",
    "warning",
    "art. 106e ust. 1 pkt 12; FA(3): P_12",
    _("%(label)s: missing. Give the tax rate of the row, also when it is exempt (zw)."),
)
NO_NAME = rule(
    "row_without_name",
    "wall",
    "art. 106e ust. 1 pkt 7; FA(3): P_7",
    _("%(label)s: missing. Only a correction for a whole period may leave it out."),
)
VALUE = rule(
    "row_value",
    "warning",
    "art. 106e ust. 1 pkt 8–11; FA(3): P_8B, P_9A, P_10, P_11",
    _("%(label)s: %(found)s, but quantity, unit price and discount make %(expected)s. Check them."),
)
GROSS = rule(
    "row_gross",
    "warning",
    "art. 106e ust. 7 i 8; FA(3): P_11, P_11A, P_12",
    _("%(label)s: %(found)s, but the net value and its tax are %(expected)s."),
)
TAX = rule(
    "row_tax",
    "warning",
    "art. 106e ust. 10; FA(3): P_11Vat, P_12",
    _("%(label)s: %(found)s, but the tax at the rate of the row is %(expected)s."),
)
NO_SUCH_ROW = rule(
    "no_such_row",
    "warning",
    "FA(3): DodatkowyOpis/NrWiersza",
    _("%(label)s: there is no row %(value)s. Name the row that is meant, or none."),
)

_HALF_A_GROSZ = Decimal("0.005")


def number_problems(fa: Fa) -> Iterator[Problem]:
    """Yield rows that bear the number or the key of an earlier row: references are ambiguous."""
    corrects_several = len(fa.DaneFaKorygowanej) > 1
    numbers: set[tuple[int, bool]] = set()
    keys: set[tuple[str, bool]] = set()
    for index, row in enumerate(fa.FaWiersz, 1):
        # A correction may number the rows before and after it alike, and those of several
        # invoices keep the numbers they had there.
        before = bool(row.StanPrzed)
        place = FA.down("FaWiersz", index)
        if row.NrWierszaFa is not None:
            number = row.NrWierszaFa, before
            if number in numbers:
                yield NUMBER_TWICE.at(
                    place.down("NrWierszaFa"),
                    "warning" if corrects_several else None,
                    value=row.NrWierszaFa,
                )
            numbers.add(number)
        if row.UU_ID is not None:
            key = row.UU_ID, before
            if key in keys:
                # Two differences may concern one row of what is corrected.
                level = "warning" if fa.RodzajFaktury in CORRECTIONS else None
                yield KEY_TWICE.at(place.down("UU_ID"), level, value=row.UU_ID)
            keys.add(key)
    if fa.Zamowienie:
        yield from _order_number_problems(fa)


def _order_number_problems(fa: Fa) -> Iterator[Problem]:
    numbers: set[tuple[int, bool]] = set()
    keys: set[tuple[str, bool]] = set()
    assert fa.Zamowienie is not None
    for index, row in enumerate(fa.Zamowienie.ZamowienieWiersz, 1):
        before = bool(row.StanPrzedZ)
        place = ORDER.down("ZamowienieWiersz", index)
        if row.NrWierszaZam is not None:
            if (row.NrWierszaZam, before) in numbers:
                yield NUMBER_TWICE.at(place.down("NrWierszaZam"), value=row.NrWierszaZam)
            numbers.add((row.NrWierszaZam, before))
        if row.UU_IDZ is not None:
            if (row.UU_IDZ, before) in keys:
                yield KEY_TWICE.at(place.down("UU_IDZ"), value=row.UU_IDZ)
            keys.add((row.UU_IDZ, before))


def row_problems(fa: Fa) -> Iterator[Problem]:
    """Yield rows that contradict themselves."""
    kind = fa.RodzajFaktury
    margin = bool(fa.Adnotacje and fa.Adnotacje.PMarzy and fa.Adnotacje.PMarzy.P_PMarzy)
    # art. 106e section 4 point 3: where the buyer abroad accounts for the tax no rate is needed.
    rate_wanted = kind in ("VAT", "ROZ") and not margin and fa.P_13_8 is None and fa.P_13_9 is None
    for index, row in enumerate(fa.FaWiersz, 1):
        if row.P_7 is None and kind not in CORRECTIONS:
            yield NO_NAME.at(_field(index, "P_7"))
        if row.P_12_XII is not None:
            if row.P_12 is not None:
                yield TWO_RATES.at(_field(index, "P_12_XII"))
        elif row.P_12 is None and rate_wanted:
            yield NO_RATE.at(_field(index, "P_12"))
        yield from _arithmetic_problems(fa, row, index)
    if fa.DodatkowyOpis:
        yield from _reference_problems(fa)


def _field(index: int, name: str) -> Place:
    return FA.down("FaWiersz", index).down(name)


def _arithmetic_problems(fa: Fa, row: FaWiersz, index: int) -> Iterator[Problem]:
    quantity = row.P_8B
    if quantity is not None:
        if row.P_9A is not None and row.P_11 is not None:
            found = _product_problem(quantity, row.P_9A, row.P_10, row.P_11, fa.KodWaluty)
            if found is not None:
                yield VALUE.at(_field(index, "P_11"), found=shown(row.P_11), expected=shown(found))
        elif row.P_9B is not None and row.P_11A is not None:
            found = _product_problem(quantity, row.P_9B, row.P_10, row.P_11A, fa.KodWaluty)
            if found is not None:
                yield VALUE.at(
                    _field(index, "P_11A"), found=shown(row.P_11A), expected=shown(found)
                )
    if row.P_11A is None and row.P_11Vat is None:
        return
    rate = RATES.get(row.P_12) if row.P_12 else None
    percent = row.P_12_XII if row.P_12_XII is not None else (rate.percent or ZERO) if rate else None
    if percent is None:
        return
    unit = smallest(fa.KodWaluty)
    if row.P_11 is not None and row.P_11A is not None:
        tax = row.P_11Vat if row.P_11Vat is not None else row.P_11 * percent / HUNDRED
        # A net value rounded from the gross one is half a grosz off, and so is the tax.
        if weight(row.P_11A - row.P_11 - tax, unit * 2, unit):
            yield GROSS.at(
                _field(index, "P_11A"), found=shown(row.P_11A), expected=shown(row.P_11 + tax)
            )
    if row.P_11Vat is not None:
        if row.P_11 is not None:
            tax = row.P_11 * percent / HUNDRED
        elif row.P_11A is not None:
            tax = row.P_11A * percent / (HUNDRED + percent)
        else:
            return
        if weight(row.P_11Vat - tax, unit * 2, unit):
            yield TAX.at(_field(index, "P_11Vat"), found=shown(row.P_11Vat), expected=shown(tax))


def _product_problem(
    quantity: Decimal,
    price: Decimal,
    discount: Decimal | None,
    value: Decimal,
    currency: str | None,
) -> Decimal | None:
    """Return what the row should be worth, or ``None`` if it is worth that.

    A discount stands for the whole row or for one piece (official example 4): either will do.
    """
    expected = quantity * price
    if expected == value and not discount:
        return None
    # A price shown with two decimals hides half a grosz a piece.
    allowed = smallest(currency) + abs(quantity) * (
        _HALF_A_GROSZ if price == price.quantize(GROSZ) else ZERO
    )
    if discount:
        if abs(expected - quantity * discount - value) <= allowed:
            return None
        expected -= discount
    return None if abs(expected - value) <= allowed else expected


def _reference_problems(fa: Fa) -> Iterator[Problem]:
    rows = {row.NrWierszaFa for row in fa.FaWiersz}
    if fa.Zamowienie:
        rows |= {row.NrWierszaZam for row in fa.Zamowienie.ZamowienieWiersz}
    for index, told in enumerate(fa.DodatkowyOpis, 1):
        if told.NrWiersza is not None and told.NrWiersza not in rows:
            place = FA.down("DodatkowyOpis", index).down("NrWiersza")
            yield NO_SUCH_ROW.at(place, value=told.NrWiersza)
