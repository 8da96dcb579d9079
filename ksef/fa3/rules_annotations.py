"""Rules about the annotations (Adnotacje) against what is sold and to whom.

A correction tells the annotations as they are after it, of the whole invoice, while its rows and
totals tell only what changes.  So an annotation without rows is no mistake there.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ..problems import Level, Problem
from ..words import _
from .places import Place
from .rules_base import ANNOTATIONS, FA, rule
from .rules_facts import Facts

CASH_WITHOUT_TAX = rule(
    "cash_method_without_tax",
    "warning",
    "art. 21 ust. 1, art. 106e ust. 1 pkt 16; FA(3): P_16",
    _(
        "%(label)s: nothing on the invoice bears Polish tax, so no tax falls due at payment. Check "
        "whether the words belong here."
    ),
)
SELF_BILLING_SELF = rule(
    "self_billing_of_oneself",
    "wall",
    "art. 106d ust. 1; FA(3): P_17",
    _("%(label)s: the buyer issues such an invoice, but seller and buyer have the same NIP."),
)
SELF_BILLING_CONSUMER = rule(
    "self_billing_without_number",
    "warning",
    "art. 106d ust. 1; FA(3): P_17",
    _(
        "%(label)s: the buyer issues such an invoice, but has no tax number here. Give it, or take "
        "the annotation off."
    ),
)
SELF_BILLING_ISSUER = rule(
    "self_billing_by_third_party",
    "wall",
    "art. 106d; FA(3): P_17, Podmiot3/Rola = 5",
    _(
        "%(label)s: the buyer issues such an invoice, but a third party is named as its issuer. "
        "Keep one of the two."
    ),
)
REVERSE_UNMARKED = rule(
    "reverse_charge_unmarked",
    "wall",
    "art. 106e ust. 1 pkt 18; FA(3): P_18, P_12 = oo",
    _(
        "%(label)s: the buyer accounts for the tax on some rows. Mark the invoice as reverse "
        "charge, or choose another rate."
    ),
)
REVERSE_ABROAD = rule(
    "reverse_charge_abroad",
    "warning",
    "art. 106e ust. 1 pkt 18, art. 100 ust. 1 pkt 4; FA(3): P_18, P_12 = np II",
    _(
        "%(label)s: the buyer in the EU accounts for the tax on the services (np II). Mark the "
        "invoice as reverse charge."
    ),
)
REVERSE_TAXED = rule(
    "reverse_charge_taxed",
    "wall",
    "art. 106e ust. 1 pkt 18; FA(3): P_18",
    _(
        "%(label)s: the invoice is marked, but the seller charges tax on every row. Take the mark "
        "off, or choose the rate of the reverse charge (oo, np II)."
    ),
)
REVERSE_WITHOUT = rule(
    "reverse_charge_without_rows",
    "warning",
    "art. 106e ust. 1 pkt 18; FA(3): P_18",
    _("%(label)s: the invoice is marked, but no row is one whose tax the buyer accounts for."),
)
SPLIT_MISSING = rule(
    "split_payment_missing",
    "wall",
    "art. 106e ust. 1 pkt 18a, art. 108a ust. 1a; FA(3): P_18A, P_12_Zal_15",
    _(
        "%(label)s: the invoice comes to more than 15 000 PLN and holds goods or services of annex "
        "15. Mark it for split payment."
    ),
)
SPLIT_WITHOUT_TAX = rule(
    "split_payment_without_tax",
    "warning",
    "art. 108a ust. 1; FA(3): P_18A",
    _("%(label)s: there is no Polish tax to be paid apart. Take the mark off."),
)
SPLIT_CASH = rule(
    "split_payment_in_cash",
    "warning",
    "art. 108a ust. 3; FA(3): P_18A, FormaPlatnosci",
    _("%(label)s: split payment works by bank transfer only. Check the means of payment."),
)
EXEMPT_UNMARKED = rule(
    "exemption_unmarked",
    "wall",
    "art. 106e ust. 1 pkt 19; FA(3): P_19, P_12 = zw",
    _(
        "%(label)s: some rows are exempt. Name the provision that exempts them, or choose another "
        "rate."
    ),
)
EXEMPT_WITHOUT = rule(
    "exemption_without_rows",
    "wall",
    "art. 106e ust. 1 pkt 19; FA(3): P_19, P_12 = zw",
    _("%(label)s: the invoice is marked, but no row is exempt (zw). Take it off."),
)
EXEMPT_VAGUE = rule(
    "exemption_basis_vague",
    "warning",
    "art. 106e ust. 1 pkt 19; FA(3): P_19A–P_19C",
    _(
        "%(label)s: “%(value)s” names no provision. Name it with its number, such as art. 43 ust. "
        "1 pkt 29."
    ),
)
TRANSPORT_ROW = rule(
    "transport_row_unknown",
    "wall",
    "art. 106e ust. 1 pkt 22; FA(3): P_NrWierszaNST",
    _("%(label)s: there is no row %(value)s. Give the number of the row that delivers it."),
)
TRANSPORT_RATE = rule(
    "transport_without_delivery",
    "warning",
    "art. 13, art. 42 ust. 4; FA(3): P_22, P_12 = 0 WDT",
    _("%(label)s: the invoice is marked, but no row is a delivery within the EU (0 WDT)."),
)
TRANSPORT_NOTICE = rule(
    "transport_notice",
    "warning",
    "art. 42 ust. 5; FA(3): P_42_5",
    _(
        "%(label)s: the buyer has no EU VAT number, so the tax office has to be told of the "
        "delivery. Mark it."
    ),
)
TRANSPORT_OLD = rule(
    "transport_not_new",
    "warning",
    "art. 2 pkt 10; FA(3): P_22A, P_22B–P_22D",
    _("%(label)s: %(value)s, and used for %(used)s: that is no new means of transport."),
)
TRIANGULAR_BUYER = rule(
    "triangular_buyer",
    "wall",
    "art. 136 ust. 1 pkt 4; FA(3): P_23, Podmiot2/DaneIdentyfikacyjne/NrVatUE",
    _("%(label)s: the invoice is marked, but the buyer has no VAT number of another EU country."),
)
TRIANGULAR_SELLER = rule(
    "triangular_seller",
    "wall",
    "art. 136 ust. 1 pkt 3; FA(3): P_23, Podmiot1/PrefiksPodatnika",
    _("%(label)s: missing. On a triangular sale the seller's NIP stands with the prefix PL."),
)
TRIANGULAR_TAXED = rule(
    "triangular_taxed",
    "wall",
    "art. 135 ust. 1 pkt 4, art. 136; FA(3): P_23",
    _("%(label)s: the invoice is marked, but the seller charges tax on every row."),
)
TRIANGULAR_UNMARKED = rule(
    "triangular_unmarked",
    "warning",
    "art. 136 ust. 1; FA(3): P_23, Procedura = TT_D",
    _("%(label)s: rows are marked as a triangular sale (TT_D). Mark the invoice as well."),
)
MARGIN_WITHOUT = rule(
    "margin_without_total",
    "wall",
    "art. 106e ust. 2 i 3; FA(3): P_PMarzy, P_13_11",
    _(
        "%(label)s: the invoice is marked, but nothing is sold under a margin scheme (P_13_11). "
        "Take it off, or take the rate off those rows."
    ),
)
MARGIN_UNMARKED = rule(
    "margin_unmarked",
    "wall",
    "art. 106e ust. 2 i 3; FA(3): P_PMarzy, P_13_11",
    _("%(label)s: something is sold under a margin scheme (P_13_11). Mark which one."),
)
MARGIN_TAX = rule(
    "margin_tax_shown",
    "wall",
    "art. 106e ust. 2 i 3; FA(3): P_11Vat",
    _("%(label)s: the tax of a margin stays hidden. Leave it out."),
)
EU_NUMBER = rule(
    "eu_number_missing",
    "wall",
    "art. 42 ust. 1 pkt 1, art. 106e ust. 1 pkt 24; FA(3): Podmiot2/DaneIdentyfikacyjne/NrVatUE",
    _(
        "%(label)s: a delivery within the EU (0 WDT) needs the buyer's VAT number of another EU "
        "country, with its prefix. Give it, or choose another rate."
    ),
)
EU_NUMBER_SERVICE = rule(
    "eu_number_of_service",
    "warning",
    "art. 100 ust. 1 pkt 4; FA(3): P_12 = np II, Podmiot2/DaneIdentyfikacyjne/NrVatUE",
    _(
        "%(label)s: services at np II are for businesses of other EU countries. Give the buyer's "
        "EU VAT number, or choose np I."
    ),
)
PREFIX = rule(
    "seller_prefix_missing",
    "warning",
    "art. 97 ust. 10, art. 106e ust. 1 pkt 24; FA(3): Podmiot1/PrefiksPodatnika",
    _("%(label)s: missing. Sales to EU businesses show the seller's NIP with the prefix PL."),
)
SHOP_BUYER = rule(
    "one_stop_shop_business",
    "warning",
    "art. 130a; FA(3): P_12_XII, P_13_5",
    _(
        "%(label)s: the One Stop Shop is for sales to consumers, but the buyer has a tax number. "
        "Check the rate."
    ),
)
PROCEDURE_42 = rule(
    "import_procedure_rate",
    "warning",
    "§ 10 ust. 4 pkt 8 i 9 rozporządzenia JPK_V7; FA(3): Procedura = I_42, I_63",
    _("%(label)s: %(value)s is for deliveries within the EU (0 WDT), but the rate is %(rate)s."),
)

_SPLIT_LIMIT = Decimal(15000)
_ISSUER = 5
_CASH = 1
#: days since first use, and what it may have been used for at most (art. 2 point 10)
_NEW = {"P_22B": (183, 6000), "P_22C": (92, 100), "P_22D": (92, 40)}


def annotation_problems(facts: Facts) -> Iterator[Problem]:
    """Yield annotations that contradict the rows, the totals or the parties."""
    if facts.fa.Adnotacje is None:
        return
    yield from _self_billing_problems(facts)
    yield from _charge_problems(facts)
    yield from _split_problems(facts)
    yield from _exemption_problems(facts)
    if facts.fa.Adnotacje.NoweSrodkiTransportu and facts.fa.Adnotacje.NoweSrodkiTransportu.P_22:
        yield from _transport_problems(facts)
    yield from _triangular_problems(facts)
    yield from _margin_problems(facts)
    yield from _abroad_problems(facts)


def _buyer(facts: Facts):
    return facts.invoice.Podmiot2.DaneIdentyfikacyjne if facts.invoice.Podmiot2 else None


def _foreign_eu_number(facts: Facts) -> bool:
    buyer = _buyer(facts)
    return bool(buyer and buyer.NrVatUE and buyer.KodUE != "PL")


_BUYER = Place().down("Podmiot2").down("DaneIdentyfikacyjne")
_PREFIX = Place().down("Podmiot1").down("PrefiksPodatnika")


def _self_billing_problems(facts: Facts) -> Iterator[Problem]:
    notes = facts.fa.Adnotacje
    if notes.P_16 == 1 and not facts.correction and facts.all_told and not facts.taxed:
        yield CASH_WITHOUT_TAX.at(ANNOTATIONS.down("P_16"))
    if notes.P_17 != 1:
        return
    place = ANNOTATIONS.down("P_17")
    buyer = _buyer(facts)
    seller = facts.invoice.Podmiot1.DaneIdentyfikacyjne if facts.invoice.Podmiot1 else None
    if buyer and seller and buyer.NIP and buyer.NIP == seller.NIP:
        yield SELF_BILLING_SELF.at(place)
    if buyer and buyer.BrakID:
        yield SELF_BILLING_CONSUMER.at(place)
    if any(party.Rola == _ISSUER for party in facts.invoice.Podmiot3):
        yield SELF_BILLING_ISSUER.at(place)


def _charge_problems(facts: Facts) -> Iterator[Problem]:
    notes = facts.fa.Adnotacje
    place = ANNOTATIONS.down("P_18")
    if notes.P_18 != 1:
        if facts.sold("oo"):
            yield REVERSE_UNMARKED.at(place, "warning" if facts.correction else None)
        elif facts.sold("np II"):
            yield REVERSE_ABROAD.at(place)
    elif facts.only_taxed and notes.P_23 != 1:
        yield REVERSE_TAXED.at(place)
    elif (
        facts.all_told
        and not facts.correction
        and notes.P_23 != 1
        and not any(facts.sold(code) for code in ("oo", "np I", "np II"))
    ):
        yield REVERSE_WITHOUT.at(place)


def _split_problems(facts: Facts) -> Iterator[Problem]:
    fa = facts.fa
    place = ANNOTATIONS.down("P_18A")
    if fa.Adnotacje.P_18A != 1:
        buyer = _buyer(facts)
        if facts.annex_15 and not facts.correction and facts.taxed and not (buyer and buyer.BrakID):
            due = _in_pln(facts)
            if due is not None and due > _SPLIT_LIMIT:
                yield SPLIT_MISSING.at(place)
        return
    if facts.all_told and not facts.correction and not facts.taxed:
        yield SPLIT_WITHOUT_TAX.at(place)
    if fa.Platnosc and fa.Platnosc.FormaPlatnosci == _CASH:
        yield SPLIT_CASH.at(place)


def _in_pln(facts: Facts) -> Decimal | None:
    """Return the total due in PLN, at the lowest rate that the invoice tells."""
    fa = facts.fa
    if fa.P_15 is None or fa.KodWaluty == "PLN":
        return fa.P_15
    rates = [row.KursWaluty for row in fa.FaWiersz if row.KursWaluty]
    if fa.KursWalutyZ:
        rates.append(fa.KursWalutyZ)
    return fa.P_15 * min(rates) if rates else None


def _exemption_problems(facts: Facts) -> Iterator[Problem]:
    notes = facts.fa.Adnotacje
    exemption = notes.Zwolnienie
    if exemption is None:
        return
    place = ANNOTATIONS.down("Zwolnienie")
    if not exemption.P_19:
        if facts.sold("zw"):
            yield EXEMPT_UNMARKED.at(place.down("P_19"), "warning" if facts.correction else None)
        return
    if (
        not facts.correction
        and facts.all_told
        and not facts.sold("zw")
        # Under a margin scheme some sell what is exempt as well, without a rate in the row.
        and not facts.total("P_13_11")
    ):
        yield EXEMPT_WITHOUT.at(place.down("P_19"))
    for name in ("P_19A", "P_19B", "P_19C"):
        basis = getattr(exemption, name)
        if basis and not any(character.isdigit() for character in basis):
            yield EXEMPT_VAGUE.at(place.down(name), value=basis)


def _transport_problems(facts: Facts) -> Iterator[Problem]:
    fa = facts.fa
    new = fa.Adnotacje.NoweSrodkiTransportu
    place = ANNOTATIONS.down("NoweSrodkiTransportu")
    if not facts.correction and not facts.sold("0 WDT"):
        yield TRANSPORT_RATE.at(place.down("P_22"))
    if new.P_42_5 == 2 and not _foreign_eu_number(facts):
        yield TRANSPORT_NOTICE.at(place.down("P_42_5"))
    rows = {row.NrWierszaFa for row in fa.FaWiersz}
    if facts.kind == "ZAL" and fa.Zamowienie:
        rows |= {row.NrWierszaZam for row in fa.Zamowienie.ZamowienieWiersz}
    for number, vehicle in enumerate(new.NowySrodekTransportu, 1):
        where = place.down("NowySrodekTransportu", number)
        if vehicle.P_NrWierszaNST not in rows and (rows or not facts.correction):
            yield TRANSPORT_ROW.at(where.down("P_NrWierszaNST"), value=vehicle.P_NrWierszaNST)
        for name, (days, most) in _NEW.items():
            used = _amount(getattr(vehicle, name))
            if used is None or used <= most or not vehicle.P_22A or not fa.P_1:
                continue
            if (fa.P_1 - vehicle.P_22A).days > days:
                yield TRANSPORT_OLD.at(
                    where.down("P_22A"), value=str(vehicle.P_22A), used=getattr(vehicle, name)
                )


def _amount(text: str | None) -> int | None:
    """Return what a text like "12 500 km" begins with, or nothing when it is no number."""
    digits = (text or "").lower().replace("km", "").replace("h", "").replace(" ", "")
    digits = digits.replace("\u00a0", "")
    return int(digits) if digits.isascii() and digits.isdigit() else None


def _triangular_problems(facts: Facts) -> Iterator[Problem]:
    notes = facts.fa.Adnotacje
    place = ANNOTATIONS.down("P_23")
    if notes.P_23 != 1:
        if any(row.Procedura == "TT_D" for row in facts.fa.FaWiersz if not row.StanPrzed):
            yield TRIANGULAR_UNMARKED.at(place)
        return
    if not _foreign_eu_number(facts):
        yield TRIANGULAR_BUYER.at(place)
    if facts.invoice.Podmiot1 and not facts.invoice.Podmiot1.PrefiksPodatnika:
        yield TRIANGULAR_SELLER.at(_PREFIX)
    if facts.only_taxed:
        yield TRIANGULAR_TAXED.at(place)


def _margin_problems(facts: Facts) -> Iterator[Problem]:
    fa = facts.fa
    margin = fa.Adnotacje.PMarzy
    if margin is None:
        return
    place = ANNOTATIONS.down("PMarzy")
    if not margin.P_PMarzy:
        if facts.total("P_13_11"):
            yield MARGIN_UNMARKED.at(
                place.down("P_PMarzyN"), "warning" if facts.correction else None
            )
        return
    # Of what is settled the margin may have been paid in advance; a simplified invoice may leave
    # the totals out.
    if facts.kind in ("VAT", "ZAL") and fa.P_13_11 is None:
        yield MARGIN_WITHOUT.at(place.down("P_PMarzy"))
    for number, row in enumerate(fa.FaWiersz, 1):
        if row.P_12 is None and row.P_12_XII is None and row.P_11Vat:
            yield MARGIN_TAX.at(FA.down("FaWiersz", number).down("P_11Vat"))


def _abroad_problems(facts: Facts) -> Iterator[Problem]:
    fa = facts.fa
    notes = fa.Adnotacje
    delivered, served = facts.sold("0 WDT"), facts.sold("np II")
    if delivered or served:
        if not _foreign_eu_number(facts):
            new_transport = notes.NoweSrodkiTransportu and notes.NoweSrodkiTransportu.P_22
            level: Level | None = "warning" if facts.correction else None
            if delivered and not new_transport and notes.P_23 != 1:
                yield EU_NUMBER.at(_BUYER, level)
            elif served:
                yield EU_NUMBER_SERVICE.at(_BUYER)
        if (
            notes.P_23 != 1
            and facts.invoice.Podmiot1
            and not facts.invoice.Podmiot1.PrefiksPodatnika
        ):
            yield PREFIX.at(_PREFIX)
    buyer = _buyer(facts)
    if (
        (facts.one_stop_shop or facts.total("P_13_5"))
        and buyer
        and (buyer.NIP or buyer.NrVatUE)
        and not facts.correction
    ):
        yield SHOP_BUYER.at(_BUYER)
    for number, row in enumerate(fa.FaWiersz, 1):
        if row.Procedura in ("I_42", "I_63") and row.P_12 != "0 WDT":
            yield PROCEDURE_42.at(
                FA.down("FaWiersz", number).down("Procedura"),
                value=row.Procedura,
                rate=row.P_12 or "-",
            )
