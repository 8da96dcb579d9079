"""Rules about invoices in another currency: the tax in PLN and the rate that makes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from ..problems import Level, Problem
from ..words import _
from .model_invoice import Fa
from .rates import BUCKETS, RATES
from .rules_base import (
    ADVANCES,
    CORRECTIONS,
    FA,
    GROSZ,
    HUNDRED,
    SETTLEMENTS,
    ZERO,
    rule,
    shown,
    weight,
)

NO_PLN = rule(
    "tax_in_pln_missing",
    "wall",
    "art. 106e ust. 11; FA(3): P_14_1W–P_14_4W",
    _("%(label)s: missing. Tax on an invoice in %(currency)s is shown in PLN as well."),
)
PLN_TWICE = rule(
    "tax_in_pln_twice",
    "warning",
    "art. 106e ust. 11; FA(3): P_14_1W–P_14_4W",
    _("%(label)s: only for invoices in another currency; this one is in PLN. Leave it out."),
)
PLN_SUM = rule(
    "tax_in_pln",
    "wall",
    "art. 31a, art. 106e ust. 11; FA(3): P_14_1W–P_14_4W, KursWaluty",
    _("%(label)s: %(found)s PLN, but at the rate that the invoice tells it is %(expected)s PLN."),
)
PLN_SIGN = rule(
    "tax_in_pln_sign",
    "wall",
    "art. 106e ust. 11; FA(3): P_14_1W–P_14_4W",
    _("%(label)s: %(found)s PLN has another sign than the tax in %(currency)s. Check it."),
)
NO_RATE = rule(
    "exchange_rate_missing",
    "warning",
    "art. 31a; FA(3): KursWaluty, KursWalutyZ, KursWalutyZW",
    _("%(label)s: missing. Tell the rate at which the tax was converted to PLN."),
)
RATE_IN_PLN = rule(
    "exchange_rate_in_pln",
    "warning",
    "FA(3): KursWaluty, KursWalutyZ",
    _("%(label)s: %(value)s, but the invoice is in PLN. Leave the rate out."),
)
RATE_ELSEWHERE = rule(
    "advance_rate_elsewhere",
    "wall",
    "FA(3): KursWalutyZ, KursWaluty",
    _(
        "%(label)s: only for advance payments; the kind of this invoice is %(kind)s. Give the "
        "rate in the rows (KursWaluty)."
    ),
)
RATE_WRONG = rule(
    "exchange_rate_inverted",
    "wall",
    "art. 31a; FA(3): KursWaluty, KursWalutyZ",
    _("%(label)s: %(value)s PLN for one %(currency)s cannot be. Check which way round it is."),
)

#: currencies that were never worth less than one PLN
_STRONG = frozenset(("EUR", "USD", "GBP", "CHF"))
#: the schema has room for six decimals of a rate
_RATE_ROUNDING = Decimal("0.000001")
_TAXED = tuple(rate for rate in BUCKETS if rate.tax_pln)


@dataclass(slots=True)
class _Converted:
    pln: Decimal = ZERO
    allowed: Decimal = GROSZ


def currency_problems(fa: Fa) -> Iterator[Problem]:
    """Yield what is wrong about rates of exchange and about the tax in PLN."""
    if fa.KursWalutyZ is not None and fa.RodzajFaktury not in (ADVANCES | SETTLEMENTS):
        yield RATE_ELSEWHERE.at(FA.down("KursWalutyZ"), kind=fa.RodzajFaktury)
    if fa.KodWaluty == "PLN":
        yield from _polish_problems(fa)
        return
    yield from _rate_problems(fa)
    for rate in _TAXED:
        tax = getattr(fa, rate.tax)
        pln = getattr(fa, rate.tax_pln)
        place = FA.down(rate.tax_pln)
        if pln is None:
            if tax:
                yield NO_PLN.at(place, currency=fa.KodWaluty)
        elif tax and pln and (tax < ZERO) != (pln < ZERO):
            # A correction at another rate than the original's may turn a small tax round.
            level: Level | None = "warning" if any(row.StanPrzed for row in fa.FaWiersz) else None
            yield PLN_SIGN.at(place, level, found=shown(pln), currency=fa.KodWaluty)
    yield from _sum_problems(fa)


def _polish_problems(fa: Fa) -> Iterator[Problem]:
    for rate in _TAXED:
        pln = getattr(fa, rate.tax_pln)
        if pln is not None:
            same = pln == getattr(fa, rate.tax)
            yield PLN_TWICE.at(FA.down(rate.tax_pln), "warning" if same else "wall")
    if fa.KursWalutyZ is not None:
        yield RATE_IN_PLN.at(FA.down("KursWalutyZ"), value=_written(fa.KursWalutyZ))
    for number, row in enumerate(fa.FaWiersz, 1):
        if row.KursWaluty is not None:
            place = FA.down("FaWiersz", number).down("KursWaluty")
            yield RATE_IN_PLN.at(place, value=_written(row.KursWaluty))
            return


def _written(rate: Decimal) -> str:
    return f"{rate.normalize():f}"


def _rate_problems(fa: Fa) -> Iterator[Problem]:
    given = [
        (FA.down("FaWiersz", number).down("KursWaluty"), row.KursWaluty)
        for number, row in enumerate(fa.FaWiersz, 1)
        if row.KursWaluty is not None
    ]
    if fa.KursWalutyZ is not None:
        given.append((FA.down("KursWalutyZ"), fa.KursWalutyZ))
    for number, part in enumerate(fa.ZaliczkaCzesciowa, 1):
        if part.KursWalutyZW is not None:
            place = FA.down("ZaliczkaCzesciowa", number).down("KursWalutyZW")
            given.append((place, part.KursWalutyZW))
    least = Decimal(1) if fa.KodWaluty in _STRONG else ZERO
    for place, rate in given:
        if rate <= least:
            yield RATE_WRONG.at(place, value=_written(rate), currency=fa.KodWaluty)
    if any(getattr(fa, rate.tax) for rate in _TAXED):
        if not given:
            if fa.RodzajFaktury in CORRECTIONS and not fa.FaWiersz:
                return  # for a whole period (art. 106j ust. 3): no element has room for it
            advance = fa.RodzajFaktury in ADVANCES or not fa.FaWiersz
            yield NO_RATE.at(
                FA.down("KursWalutyZ") if advance else FA.down("FaWiersz", 1).down("KursWaluty")
            )
            return
        if fa.RodzajFaktury not in ("VAT", "KOR"):
            return
        for number, row in enumerate(fa.FaWiersz, 1):
            bucket = RATES.get(row.P_12) if row.P_12 else None
            if bucket and bucket.percent and row.KursWaluty is None:
                yield NO_RATE.at(FA.down("FaWiersz", number).down("KursWaluty"))


def _sum_problems(fa: Fa) -> Iterator[Problem]:
    if fa.RodzajFaktury in ("VAT", "KOR") and fa.FaWiersz:
        converted = _from_rows(fa)
    elif fa.RodzajFaktury == "ZAL" and fa.KursWalutyZ and not fa.ZaliczkaCzesciowa:
        converted = {}
        for rate in _TAXED:
            tax = getattr(fa, rate.tax)
            if tax:
                allowed = GROSZ + (GROSZ * fa.KursWalutyZ) + abs(tax) * _RATE_ROUNDING
                converted[rate.tax] = _Converted(tax * fa.KursWalutyZ, allowed)
    else:
        return
    for rate in _TAXED:
        found = getattr(fa, rate.tax_pln)
        expected = converted.get(rate.tax)
        if found is None or expected is None:
            continue
        level = weight(found - expected.pln, expected.allowed)
        if level == "wall" and abs(found - expected.pln) < abs(expected.pln) / HUNDRED:
            # One per cent is another day's rate: to be looked at, but perhaps right.
            level = "warning"
        if level:
            yield PLN_SUM.at(
                FA.down(rate.tax_pln), level, found=shown(found), expected=shown(expected.pln)
            )


def _from_rows(fa: Fa) -> dict[str, _Converted]:
    """Return the tax in PLN by its element, where every taxed row tells its rate."""
    converted: dict[str, _Converted] = {}
    untold = set()
    for row in fa.FaWiersz:
        rate = RATES.get(row.P_12) if row.P_12 else None
        if rate is None or not rate.percent:
            continue
        if row.KursWaluty is None or (row.P_11 is None and row.P_11A is None):
            untold.add(rate.tax)
            continue
        if row.P_11Vat is not None:
            tax = row.P_11Vat
        elif row.P_11 is not None:
            tax = row.P_11 * rate.percent / HUNDRED
        else:
            tax = (row.P_11A or ZERO) * rate.percent / (HUNDRED + rate.percent)
        if row.StanPrzed:
            tax = -tax
        total = converted.setdefault(rate.tax, _Converted())
        total.pln += tax * row.KursWaluty
        # The tax was rounded in its own currency, then converted, then rounded again.
        total.allowed += GROSZ * row.KursWaluty + GROSZ + abs(tax) * _RATE_ROUNDING
    return {name: total for name, total in converted.items() if name not in untold}
