"""Rules about advance invoices (ZAL), those that settle them (ROZ), and simplified ones (UPR)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ..problems import Problem
from ..words import _
from .model_advances import ZamowienieWiersz
from .model_invoice import Fa, Invoice
from .places import Place
from .rates import BUCKETS, ONE_STOP_SHOP, RATES
from .rules_base import (
    ADVANCES,
    CORRECTIONS,
    FA,
    HUNDRED,
    ORDER,
    SETTLEMENTS,
    ZERO,
    rule,
    shown,
    smallest,
    weight,
)
from .rules_sums import sums_of_rows

NO_ORDER = rule(
    "advance_without_order",
    "wall",
    "art. 106f ust. 1 pkt 4; FA(3): Zamowienie",
    _("%(label)s: missing. An advance invoice shows the rows and the value of the whole order."),
)
ORDER_ELSEWHERE = rule(
    "order_elsewhere",
    "warning",
    "FA(3): Zamowienie",
    _("%(label)s: only advance invoices show it, but the kind of this invoice is %(kind)s."),
)
ORDER_SUM = rule(
    "order_sum",
    "wall",
    "art. 106f ust. 1 pkt 4; FA(3): WartoscZamowienia",
    _("%(label)s: %(found)s, but its rows add up to %(expected)s, tax included."),
)
ORDER_TAX = rule(
    "order_row_tax",
    "wall",
    "art. 106f ust. 1 pkt 4; FA(3): P_11VatZ, P_12Z",
    _("%(label)s: %(found)s, but the tax at the rate of the row is %(expected)s."),
)
OVER_ORDER = rule(
    "advance_over_order",
    "warning",
    "art. 106f ust. 1; FA(3): P_15, WartoscZamowienia",
    _("%(label)s: %(found)s is more than the whole order (%(expected)s). Check the payment."),
)
RATE_NOT_ORDERED = rule(
    "advance_rate_not_ordered",
    "wall",
    "art. 106f ust. 1 pkt 3 i 4; FA(3): P_13_1–P_13_11, P_12Z",
    _("%(label)s: %(found)s, but the order has no row at this rate. Split the advance as it is."),
)
NO_ADVANCE = rule(
    "settlement_without_advance",
    "wall",
    "art. 106f ust. 3; FA(3): FakturaZaliczkowa",
    _("%(label)s: missing. A settling invoice names every advance invoice; or make it ordinary."),
)
ADVANCE_ELSEWHERE = rule(
    "advance_number_elsewhere",
    "wall",
    "art. 106f ust. 3 i 4; FA(3): FakturaZaliczkowa, RodzajFaktury",
    _(
        "%(label)s: the invoice settles an advance, but its kind is %(kind)s. Make it a settling "
        "invoice (ROZ), or leave the advance out."
    ),
)
ADVANCE_TWICE = rule(
    "advance_twice",
    "warning",
    "FA(3): FakturaZaliczkowa",
    _("%(label)s: %(value)s stands there already. Name each advance invoice once."),
)
OVER_ROWS = rule(
    "rest_over_order",
    "wall",
    "art. 106f ust. 3; FA(3): P_15, FaWiersz",
    _(
        "%(label)s: %(found)s is left to pay, but the whole order comes to %(expected)s. The rows "
        "show the whole order, the totals what is left of it."
    ),
)
NOTHING_SETTLED = rule(
    "nothing_settled",
    "warning",
    "art. 106f ust. 3; FA(3): P_15, FaWiersz",
    _("%(label)s: %(found)s is the whole order. Take off what the advance invoices took already."),
)
PARTS_SUM = rule(
    "advance_parts",
    "wall",
    "FA(3): ZaliczkaCzesciowa/P_15Z",
    _("%(label)s: %(found)s, but the partial advance payments add up to %(expected)s."),
)
PARTS_ELSEWHERE = rule(
    "advance_parts_elsewhere",
    "wall",
    "FA(3): ZaliczkaCzesciowa",
    _("%(label)s: only advance and settling invoices have them; the kind of this is %(kind)s."),
)
NO_INVOICE_ROWS = rule(
    "invoice_without_rows",
    "wall",
    "art. 106e ust. 1 pkt 7; FA(3): FaWiersz",
    _("%(label)s: missing. Only advance invoices may be without rows."),
)
TOO_MUCH = rule(
    "simplified_too_large",
    "wall",
    "art. 106e ust. 5 pkt 3; FA(3): RodzajFaktury = UPR",
    _(
        "%(label)s: %(found)s %(currency)s; a simplified invoice is for %(limit)s %(currency)s at "
        "most. Issue an ordinary one."
    ),
)
NO_TAX_TOLD = rule(
    "simplified_without_tax",
    "wall",
    "art. 106e ust. 5 pkt 3; FA(3): P_12, P_13_1–P_13_11",
    _("%(label)s: a simplified invoice tells either the rates of its rows or the totals by rate."),
)
NO_BUYER = rule(
    "simplified_without_nip",
    "warning",
    "art. 106e ust. 5 pkt 3; FA(3): Podmiot2/DaneIdentyfikacyjne",
    _("%(label)s: a simplified invoice leaves out much, but not the buyer's tax number. Give it."),
)
NOT_SIMPLIFIED = rule(
    "simplified_abroad",
    "warning",
    "art. 106e ust. 6",
    _(
        "%(label)s: %(value)s. Deliveries within the EU, distance sales and sales taxed elsewhere "
        "cannot be simplified. Issue an ordinary invoice."
    ),
)
NEGATIVE = rule(
    "negative_invoice",
    "warning",
    "art. 106j ust. 1; FA(3): RodzajFaktury",
    _("%(label)s: %(found)s is below zero. What lowers an earlier invoice is a correction."),
)

#: most that a simplified invoice may come to, tax included
SIMPLIFIED = {"PLN": Decimal(450), "EUR": Decimal(100)}


def kind_problems(invoice: Invoice) -> Iterator[Problem]:
    """Yield what the kind of the invoice does not allow or wants, corrections left aside."""
    fa = invoice.Fa
    assert fa is not None
    kind = fa.RodzajFaktury or ""
    if not fa.FaWiersz and kind in ("VAT", "ROZ", "UPR"):
        yield NO_INVOICE_ROWS.at(FA.down("FaWiersz", 1))
    if kind in ("VAT", "UPR") and fa.P_15 is not None and fa.P_15 < ZERO:
        yield NEGATIVE.at(FA.down("P_15"), found=shown(fa.P_15))
    yield from _order_problems(fa, kind)
    yield from _advance_number_problems(fa, kind)
    if fa.ZaliczkaCzesciowa:
        yield from _part_problems(fa, kind)
    if kind == "ROZ":
        yield from _rest_problems(fa)
    if kind == "UPR":
        yield from _simplified_problems(invoice, fa)


def _order_problems(fa: Fa, kind: str) -> Iterator[Problem]:
    order = fa.Zamowienie
    if kind not in ADVANCES:
        if order is not None:
            yield ORDER_ELSEWHERE.at(ORDER, kind=kind)
        return
    if order is None:
        if kind == "ZAL":
            # Some show the order in the rows of the invoice instead.
            yield NO_ORDER.at(ORDER, "warning" if fa.FaWiersz else None)
        return
    unit = smallest(fa.KodWaluty)
    total: Decimal | None = ZERO
    rows = 0
    for number, row in enumerate(order.ZamowienieWiersz, 1):
        tax = _order_tax(row)
        if tax is not None and row.P_11VatZ is not None:
            level = weight(row.P_11VatZ - tax, unit * 2, unit)
            if level:
                place = ORDER.down("ZamowienieWiersz", number).down("P_11VatZ")
                yield ORDER_TAX.at(place, level, found=shown(row.P_11VatZ), expected=shown(tax))
        if row.StanPrzedZ:
            continue
        rows += 1
        tax = row.P_11VatZ if row.P_11VatZ is not None else tax
        if row.P_11NettoZ is None or tax is None or total is None:
            total = None
        else:
            total += row.P_11NettoZ + tax
    value = order.WartoscZamowienia
    if value is None:
        return
    # Of a correction in differences the rows do not make up the order.
    differences = kind in CORRECTIONS and not any(row.StanPrzedZ for row in order.ZamowienieWiersz)
    if total is not None and not differences:
        level = weight(value - total, unit * max(rows, 1), unit)
        if level:
            place = ORDER.down("WartoscZamowienia")
            yield ORDER_SUM.at(place, level, found=shown(value), expected=shown(total))
    paid = fa.P_15 or ZERO
    if kind == "ZAL" and paid > value + unit:
        yield OVER_ORDER.at(FA.down("P_15"), found=shown(paid), expected=shown(value))
    yield from _ordered_rate_problems(fa, order.ZamowienieWiersz)


def _order_tax(row: ZamowienieWiersz) -> Decimal | None:
    if row.P_11NettoZ is None:
        return None
    if row.P_12Z_XII is not None:
        return row.P_11NettoZ * row.P_12Z_XII / HUNDRED
    rate = RATES.get(row.P_12Z) if row.P_12Z else None
    if rate is None:
        return None
    return row.P_11NettoZ * (rate.percent or ZERO) / HUNDRED


def _ordered_rate_problems(fa: Fa, rows: list[ZamowienieWiersz]) -> Iterator[Problem]:
    ordered = set()
    for row in rows:
        if row.P_12Z_XII is not None:
            ordered.add(ONE_STOP_SHOP.net)
        elif row.P_12Z in RATES:
            ordered.add(RATES[row.P_12Z].net)
        else:
            return
    for rate in BUCKETS:
        found = getattr(fa, rate.net)
        if found and rate.net not in ordered:
            # What is corrected may have been at a rate that was never ordered.
            level = "warning" if fa.RodzajFaktury in CORRECTIONS else None
            yield RATE_NOT_ORDERED.at(FA.down(rate.net), level, found=shown(found))


def _advance_number_problems(fa: Fa, kind: str) -> Iterator[Problem]:
    if kind == "ROZ" and not fa.FakturaZaliczkowa:
        yield NO_ADVANCE.at(FA.down("FakturaZaliczkowa", 1))
    elif fa.FakturaZaliczkowa and kind not in SETTLEMENTS and kind not in ADVANCES:
        level = None if kind == "VAT" else "warning"
        yield ADVANCE_ELSEWHERE.at(FA.down("FakturaZaliczkowa", 1), level, kind=kind)
    seen = set()
    for number, advance in enumerate(fa.FakturaZaliczkowa, 1):
        value = advance.NrKSeFFaZaliczkowej or advance.NrFaZaliczkowej
        if value in seen:
            yield ADVANCE_TWICE.at(FA.down("FakturaZaliczkowa", number), value=value)
        seen.add(value)


def _part_problems(fa: Fa, kind: str) -> Iterator[Problem]:
    if kind not in ADVANCES and kind not in SETTLEMENTS:
        # A correction may concern an advance that was issued under another kind.
        level = "warning" if kind in CORRECTIONS else None
        yield PARTS_ELSEWHERE.at(FA.down("ZaliczkaCzesciowa", 1), level, kind=kind)
        return
    parts = sum((part.P_15Z or ZERO for part in fa.ZaliczkaCzesciowa), ZERO)
    due = fa.P_15 or ZERO
    unit = smallest(fa.KodWaluty)
    # What a settling invoice asks for beyond its payments is still to come.
    if kind == "ZAL" or (kind == "ROZ" and parts > due):
        level = weight(due - parts, unit, unit)
        if level:
            yield PARTS_SUM.at(FA.down("P_15"), level, found=shown(due), expected=shown(parts))


def _rest_problems(fa: Fa) -> Iterator[Problem]:
    sums = sums_of_rows(fa) if fa.FaWiersz else None
    if sums is None or fa.P_15 is None:
        return
    whole = sum((total.net + total.tax for total in sums.values()), ZERO)
    unit = smallest(fa.KodWaluty)
    allowed = unit * len(fa.FaWiersz)
    place = FA.down("P_15")
    if whole + allowed < fa.P_15 and whole >= ZERO:
        level = weight(fa.P_15 - whole, allowed, unit)
        yield OVER_ROWS.at(place, level, found=shown(fa.P_15), expected=shown(whole))
    elif whole and abs(fa.P_15 - whole) <= allowed:
        yield NOTHING_SETTLED.at(place, found=shown(fa.P_15))


def _simplified_problems(invoice: Invoice, fa: Fa) -> Iterator[Problem]:
    limit = SIMPLIFIED.get(fa.KodWaluty or "")
    if limit is not None and fa.P_15 is not None and limit < fa.P_15:
        yield TOO_MUCH.at(
            FA.down("P_15"), found=shown(fa.P_15), limit=str(limit), currency=fa.KodWaluty
        )
    totals = [rate.net for rate in BUCKETS if getattr(fa, rate.net) is not None]
    rates = [row.P_12 for row in fa.FaWiersz]
    if not totals and not all(rates):
        yield NO_TAX_TOLD.at(FA.down("FaWiersz", 1).down("P_12"))
    buyer = invoice.Podmiot2.DaneIdentyfikacyjne if invoice.Podmiot2 else None
    if buyer and buyer.BrakID:
        yield NO_BUYER.at(Place().down("Podmiot2").down("DaneIdentyfikacyjne"))
    for number, row in enumerate(fa.FaWiersz, 1):
        if row.P_12 in ("0 WDT", "np I", "np II") or row.P_12_XII is not None:
            name = "P_12" if row.P_12 else "P_12_XII"
            value = row.P_12 or str(row.P_12_XII)
            yield NOT_SIMPLIFIED.at(FA.down("FaWiersz", number).down(name), value=value)
