"""Rules about totals: rows against P_13_x and P_14_x, and those against P_15.

KSeF does no arithmetic, so what is wrong here would be issued and have to be corrected.  Rounding
row by row and rounding the total are both lawful: each row may move a total by one grosz.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from ..problems import Problem
from ..words import _
from .labels import label
from .model_invoice import Fa
from .model_rows import FaWiersz
from .places import Place
from .rates import BUCKETS, MARGIN, ONE_STOP_SHOP, RATES, Rate

_FA = Place().down("Fa")
_ZERO = Decimal(0)
_GROSZ = Decimal("0.01")
_HUNDRED = Decimal(100)
#: a total further from its parts than this is a mistake, not rounding
_ROUNDED_TOTAL = Decimal("1.00")

_NET = _("%(label)s: %(found)s, but its rows add up to %(expected)s.")
_TAX = _("%(label)s: %(found)s, but the tax on its rows is %(expected)s.")
_TOTAL = _("%(label)s: %(found)s, but net values and tax add up to %(expected)s.")


@dataclass(slots=True)
class _Sum:
    net: Decimal = _ZERO
    tax: Decimal = _ZERO
    rows: int = 0


def sum_problems(fa: Fa) -> Iterator[Problem]:
    """Yield totals of an ordinary invoice (RodzajFaktury VAT) that do not fit."""
    if fa.RodzajFaktury != "VAT":
        return
    if fa.FaWiersz:
        sums = _sums_of_rows(fa)
        if sums is not None:
            yield from _bucket_problems(fa, sums)
    yield from _total_problems(fa)


def _sums_of_rows(fa: Fa) -> dict[str, _Sum] | None:
    """Return the sums by their P_13 element, or ``None`` where the rows do not tell them."""
    margin = bool(fa.Adnotacje and fa.Adnotacje.PMarzy and fa.Adnotacje.PMarzy.P_PMarzy)
    sums: dict[str, _Sum] = {}
    for row in fa.FaWiersz:
        rate = _rate(row, margin)
        if rate is None or (row.P_11 is None and row.P_11A is None):
            return None
        total = sums.setdefault(rate.net, _Sum())
        net, tax = _net_and_tax(row, rate)
        total.net += net
        total.tax += tax
        total.rows += 1
    return sums


def _rate(row: FaWiersz, margin: bool) -> Rate | None:
    if row.P_12_XII is not None:
        return ONE_STOP_SHOP
    if row.P_12 is not None:
        return RATES.get(row.P_12)
    return MARGIN if margin else None


def _net_and_tax(row: FaWiersz, rate: Rate) -> tuple[Decimal, Decimal]:
    percent = row.P_12_XII if rate is ONE_STOP_SHOP else rate.percent
    if rate is MARGIN:
        # The margin stays hidden: its bucket holds what the buyer pays.
        gross = row.P_11A if row.P_11A is not None else row.P_11
        return gross or _ZERO, _ZERO
    if row.P_11 is not None:
        return row.P_11, row.P_11 * (percent or _ZERO) / _HUNDRED
    gross = row.P_11A or _ZERO
    tax = gross * (percent or _ZERO) / (_HUNDRED + (percent or _ZERO))
    return gross - tax, tax


def _bucket_problems(fa: Fa, sums: dict[str, _Sum]) -> Iterator[Problem]:
    for rate in BUCKETS:
        rows = sums.get(rate.net) or _Sum()
        allowed = _GROSZ * max(rows.rows, 1)
        net = getattr(fa, rate.net)
        if abs((net or _ZERO) - rows.net) > allowed:
            yield _problem("net_sum", _NET, rate.net, net, rows.net)
        elif rate.tax:
            tax = getattr(fa, rate.tax)
            # A foreign tax under the One Stop Shop may be left out.
            if (tax is not None or rate is not ONE_STOP_SHOP) and (
                abs((tax or _ZERO) - rows.tax) > allowed
            ):
                yield _problem("tax_sum", _TAX, rate.tax, tax, rows.tax)


def _total_problems(fa: Fa) -> Iterator[Problem]:
    parts = [getattr(fa, name) for rate in BUCKETS for name in (rate.net, rate.tax) if name]
    given = [part for part in parts if part is not None]
    if fa.P_15 is None or not given:
        return
    expected = sum(given, _ZERO)
    difference = abs(fa.P_15 - expected)
    if difference <= _GROSZ * len(given):
        return
    level = "wall" if difference > _ROUNDED_TOTAL else "warning"
    yield _problem("total_sum", _TOTAL, "P_15", fa.P_15, expected, level)


def _problem(
    code: str,
    text: str,
    name: str,
    found: Decimal | None,
    expected: Decimal,
    level: str = "wall",
) -> Problem:
    values = {
        "label": label(_FA.down(name)),
        "found": f"{found or _ZERO:.2f}",
        "expected": f"{expected:.2f}",
    }
    return Problem(level, code, text, values, field=name)  # type: ignore[arg-type]
