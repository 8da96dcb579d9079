"""Rules about totals: rows against P_13_x and P_14_x, and those against P_15.

KSeF does no arithmetic, so what is wrong here would be issued and have to be corrected.  Rounding
row by row and rounding the total are both lawful: each row may move any total by one grosz.

Of a correction the totals are differences, and so are the rows: those after the correction less
those before it (StanPrzed), or rows that are differences themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from ..problems import Level, Problem
from ..words import _
from .model_invoice import Fa
from .model_rows import FaWiersz
from .rates import BUCKETS, MARGIN, ONE_STOP_SHOP, RATES, Rate
from .rules_base import CORRECTIONS, FA, HUNDRED, ZERO, Rule, rule, shown, smallest, weight

NET_SUM = rule(
    "net_sum",
    "wall",
    "art. 106e ust. 1 pkt 13, art. 106j ust. 2 pkt 5; FA(3): P_13_1–P_13_11",
    _("%(label)s: %(found)s, but its rows add up to %(expected)s."),
)
TAX_SUM = rule(
    "tax_sum",
    "wall",
    "art. 106e ust. 1 pkt 14, art. 106j ust. 2 pkt 5; FA(3): P_14_1–P_14_5",
    _("%(label)s: %(found)s, but the tax on its rows is %(expected)s."),
)
TOTAL_SUM = rule(
    "total_sum",
    "wall",
    "art. 106e ust. 1 pkt 15; FA(3): P_15",
    _("%(label)s: %(found)s, but net values and tax add up to %(expected)s."),
)
TAX_OF_NET = rule(
    "tax_of_net",
    "warning",
    "art. 106e ust. 1 pkt 14, art. 106f ust. 1 pkt 3; FA(3): P_14_1–P_14_4",
    _(
        "%(label)s: %(found)s, but the tax on %(net)s at %(percent)s%% would be %(expected)s. "
        "Check the net value and the tax."
    ),
)
REST_OVER_ROWS = rule(
    "rest_over_rows",
    "warning",
    "art. 106f ust. 3; FA(3): P_13_1–P_13_11, FaWiersz",
    _(
        "%(label)s: %(found)s, but the rows of the whole order add up to %(expected)s. A settling "
        "invoice shows what is left of it; check what the advances took off."
    ),
)
ORDER_CHANGE = rule(
    "order_change",
    "warning",
    "art. 106j ust. 2 pkt 5; FA(3): FaWiersz",
    _(
        "%(label)s: %(found)s, but the rows change the order by %(expected)s. Check whether the "
        "advances changed as well."
    ),
)


@dataclass(slots=True)
class RowSum:
    """What the rows of one bucket add up to: ``net``, ``tax``, and the number of ``rows``."""

    net: Decimal = ZERO
    tax: Decimal = ZERO
    rows: int = 0


Sums = dict[str, RowSum]


def sum_problems(fa: Fa) -> Iterator[Problem]:
    """Yield totals that do not fit."""
    kind = fa.RodzajFaktury
    sums = sums_of_rows(fa) if fa.FaWiersz else None
    told = sums is not None and (kind != "UPR" or _has_buckets(fa))
    if told and kind in ("VAT", "KOR", "UPR"):
        yield from _bucket_problems(fa, sums)
    else:
        if told and kind == "ROZ":
            yield from _rest_problems(fa, sums)
        if told and kind == "KOR_ROZ":
            yield from _order_problems(fa, sums)
        yield from _tax_of_net_problems(fa)
    yield from _total_problems(fa, sums)


def _has_buckets(fa: Fa) -> bool:
    return any(getattr(fa, rate.net) is not None for rate in BUCKETS)


def sums_of_rows(fa: Fa) -> Sums | None:
    """Return the sums by their P_13 element, or ``None`` where the rows do not tell them."""
    margin = bool(fa.Adnotacje and fa.Adnotacje.PMarzy and fa.Adnotacje.PMarzy.P_PMarzy)
    sums: Sums = {}
    for row in fa.FaWiersz:
        rate = _rate(row, margin)
        if rate is None or (row.P_11 is None and row.P_11A is None):
            return None
        total = sums.get(rate.net)
        if total is None:
            total = sums[rate.net] = RowSum()
        net, tax = _net_and_tax(row, rate)
        if row.StanPrzed:
            net, tax = -net, -tax
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
        return gross or ZERO, ZERO
    if row.P_11 is not None:
        return row.P_11, row.P_11 * percent / HUNDRED if percent else ZERO
    gross = row.P_11A or ZERO
    tax = gross * percent / (HUNDRED + percent) if percent else ZERO
    return gross - tax, tax


def _bucket_problems(fa: Fa, sums: Sums) -> Iterator[Problem]:
    unit = smallest(fa.KodWaluty)
    # Who rounds the whole invoice leaves the difference with its greatest row, whatever its rate.
    allowed = unit * max(sum(total.rows for total in sums.values()), 1)
    for rate in BUCKETS:
        net = getattr(fa, rate.net)
        rows = sums.get(rate.net)
        if rows is None:
            if not net and not (rate.tax and getattr(fa, rate.tax)):
                continue
            rows = RowSum()
        level = weight((net or ZERO) - rows.net, allowed, unit)
        if level:
            yield _problem(NET_SUM, rate.net, net, rows.net, level)
        elif rate.tax:
            tax = getattr(fa, rate.tax)
            # A foreign tax under the One Stop Shop may be left out.
            if tax is None and rate is ONE_STOP_SHOP:
                continue
            level = weight((tax or ZERO) - rows.tax, allowed, unit)
            # What corrects a tax reckoned wrongly leaves the net value as it was.
            if level and not rows.net and fa.RodzajFaktury in CORRECTIONS:
                level = "warning"
            if level:
                yield _problem(TAX_SUM, rate.tax, tax, rows.tax, level)


def _rest_problems(fa: Fa, sums: Sums) -> Iterator[Problem]:
    """Of a settling invoice: no more is left than the whole order."""
    unit = smallest(fa.KodWaluty)
    for rate in BUCKETS:
        net = getattr(fa, rate.net)
        if net is None:
            continue
        rows = sums.get(rate.net) or RowSum()
        if abs(net) > abs(rows.net) + unit * max(rows.rows, 1):
            yield _problem(REST_OVER_ROWS, rate.net, net, rows.net)


def _order_problems(fa: Fa, sums: Sums) -> Iterator[Problem]:
    """Of a settling invoice's correction: rows that change the order change what is left of it."""
    unit = smallest(fa.KodWaluty)
    for rate in BUCKETS:
        rows = sums.get(rate.net)
        net = getattr(fa, rate.net) or ZERO
        if rows and rows.net and weight(net - rows.net, unit * rows.rows, unit):
            yield _problem(ORDER_CHANGE, rate.net, net, rows.net)


def _tax_of_net_problems(fa: Fa) -> Iterator[Problem]:
    """Where rows do not tell the sums: the tax is the net value at one of the bucket's rates."""
    parts = max(len(fa.FakturaZaliczkowa) + len(fa.FaWiersz) + len(fa.ZaliczkaCzesciowa), 1)
    unit = smallest(fa.KodWaluty)
    allowed = unit * parts
    for bucket in BUCKETS:
        if not bucket.tax_pln:
            continue
        net = getattr(fa, bucket.net)
        tax = getattr(fa, bucket.tax)
        if net is None or tax is None:
            continue
        best = min(
            (rate for rate in RATES.values() if rate.net == bucket.net),
            key=lambda rate: abs(net * rate.percent / HUNDRED - tax),
        )
        expected = net * best.percent / HUNDRED
        level = weight(tax - expected, allowed, unit)
        if level:
            # An ordinary invoice and an advance reckon nothing off; others may hold a mistake
            # that they correct.
            certain = fa.RodzajFaktury in ("VAT", "UPR", "ZAL")
            yield TAX_OF_NET.at(
                FA.down(bucket.tax),
                level if certain else "warning",
                found=shown(tax),
                net=shown(net),
                percent=best.code,
                expected=shown(expected),
            )


def _total_problems(fa: Fa, sums: Sums | None) -> Iterator[Problem]:
    parts = [getattr(fa, name) for rate in BUCKETS for name in (rate.net, rate.tax) if name]
    given = [part for part in parts if part is not None]
    if fa.P_15 is None:
        return
    unit = smallest(fa.KodWaluty)
    if given:
        expected = sum(given, ZERO)
        allowed = unit * len(given)
        if fa.P_13_5 is not None and fa.P_14_5 is None:
            # The buyer pays the foreign tax, whether it is told or not.
            if sums is None or fa.RodzajFaktury not in ("VAT", "KOR"):
                return
            foreign = sums.get(ONE_STOP_SHOP.net) or RowSum()
            expected += foreign.tax
            allowed += unit * foreign.rows
    elif fa.RodzajFaktury == "UPR" and sums is not None:
        expected = sum((total.net + total.tax for total in sums.values()), ZERO)
        allowed = unit * len(fa.FaWiersz)
    elif fa.RodzajFaktury in CORRECTIONS:
        # Nothing in it changes an amount; unless it corrects a simplified invoice without sums.
        if fa.P_15:
            yield _problem(TOTAL_SUM, "P_15", fa.P_15, ZERO, "warning")
        return
    else:
        return
    level = weight(fa.P_15 - expected, allowed, unit)
    if level:
        yield _problem(TOTAL_SUM, "P_15", fa.P_15, expected, level)


def _problem(
    broken: Rule,
    name: str,
    found: Decimal | None,
    expected: Decimal,
    level: Level | None = None,
) -> Problem:
    return broken.at(FA.down(name), level, found=shown(found), expected=shown(expected))
