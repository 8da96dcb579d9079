"""Mistakes put into the Ministry's examples, each found by the rule that is about it."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest

from ksef import fa3
from ksef.fa3.rules_base import RULES

SHARED = Path(__file__).resolve().parents[4] / "shared"
TODAY = date(2026, 12, 31)
_STEP = re.compile(r"(\w+)(?:\[(\d+)\])?")


def sample(number: int) -> fa3.Invoice:
    return fa3.read((SHARED / "samples" / f"FA_3_Przyklad_{number:02d}.xml").read_bytes())


def put(invoice: fa3.Invoice, path: str, value: Any) -> None:
    """Set what stands at "Fa.FaWiersz[2].P_12"; elements are counted from one."""
    target: Any = invoice
    *steps, last = path.split(".")
    for step in steps:
        name, number = _STEP.fullmatch(step).groups()
        target = getattr(target, name)
        if number:
            target = target[int(number) - 1]
    assert hasattr(target, last), path
    setattr(target, last, value)


def row(**values: Any) -> Callable[[fa3.Invoice], None]:
    """Add a row to the invoice."""

    def change(invoice: fa3.Invoice) -> None:
        invoice.Fa.FaWiersz.append(fa3.FaWiersz(**values))

    return change


def third(role: int, nip: str | None = "5260250274", **values: Any):
    """Add a third party."""

    def change(invoice: fa3.Invoice) -> None:
        identity = fa3.TPodmiot3(NIP=nip) if nip else fa3.TPodmiot3(BrakID=1)
        identity.Nazwa = "Trzeci"
        invoice.Podmiot3.append(fa3.Podmiot3(DaneIdentyfikacyjne=identity, Rola=role, **values))

    return change


def again(path: str, number: int = 1):
    """Repeat an element of a list."""

    def change(invoice: fa3.Invoice) -> None:
        target: Any = invoice
        for step in path.split("."):
            target = getattr(target, step)
        target.append(copy.deepcopy(target[number - 1]))

    return change


def without(path: str, *numbers: int):
    """Take elements out of a list."""

    def change(invoice: fa3.Invoice) -> None:
        target: Any = invoice
        for step in path.split("."):
            target = getattr(target, step)
        target[:] = [item for at, item in enumerate(target, 1) if at not in numbers]

    return change


def new_transport(**values: Any) -> fa3.NoweSrodkiTransportu:
    vehicle = {"P_22A": date(2026, 2, 1), "P_NrWierszaNST": 1, "P_22B": "10 km", **values}
    return fa3.NoweSrodkiTransportu(
        P_22=1, P_42_5=2, NowySrodekTransportu=[fa3.NowySrodekTransportu(**vehicle)]
    )


def part(amount: str) -> fa3.ZaliczkaCzesciowa:
    return fa3.ZaliczkaCzesciowa(P_6Z=date(2026, 2, 15), P_15Z=D(amount))


def corrected(**values: Any) -> fa3.DaneFaKorygowanej:
    return fa3.DaneFaKorygowanej(
        **{"DataWystFaKorygowanej": date(2026, 1, 2), "NrFaKorygowanej": "FV/0", **values}
    )


ROW = {"P_7": "Towar", "P_8A": "szt.", "P_8B": D(1), "P_9A": D(0), "P_11": D(0)}
ADDRESS = fa3.TAdres(KodKraju="PL", AdresL1="Rynek 1")
GERMAN = fa3.TPodmiot2(KodUE="DE", NrVatUE="999999999", Nazwa="EFG GmbH")
CONSUMER = fa3.TPodmiot2(BrakID=1, Nazwa="Jan Kowalski")
EXEMPT = fa3.Zwolnienie(P_19=1, P_19A="art. 43 ust. 1 pkt 29 ustawy")
MARGIN = fa3.PMarzy(P_PMarzy=1, P_PMarzy_3_1=1)
KSEF = "1111111111-20260215-8BEF280C8D35-4D"
NOTES = "Fa.Adnotacje"

#: example; what is changed (a path and its value, or what to do); level, code and field found
MUTATIONS: list[tuple[int, list, str, str, str]] = [
    # totals
    (1, [("Fa.P_13_1", D("1766.66"))], "wall", "net_sum", "P_13_1"),
    (1, [("Fa.P_13_1", D("1666.96"))], "warning", "net_sum", "P_13_1"),
    (1, [("Fa.P_14_1", D("333.33"))], "wall", "tax_sum", "P_14_1"),
    (1, [("Fa.P_14_3", D("0.50"))], "warning", "tax_sum", "P_14_3"),
    (1, [("Fa.P_15", D("2501"))], "wall", "total_sum", "P_15"),
    (1, [("Fa.P_15", D("2051.40"))], "warning", "total_sum", "P_15"),
    (1, [("Fa.FaWiersz[1].P_12", "8")], "wall", "net_sum", "P_13_2"),
    (1, [("Fa.P_13_3", None), ("Fa.P_14_3", None)], "warning", "net_sum", "P_13_3"),
    (9, [("Fa.P_13_7", D("30"))], "wall", "net_sum", "P_13_7"),
    (9, [("Fa.P_13_7", None)], "wall", "net_sum", "P_13_7"),
    (22, [("Fa.P_13_6_2", None), ("Fa.P_13_6_1", D("4000"))], "wall", "net_sum", "P_13_6_1"),
    (23, [("Fa.FaWiersz[1].P_12", "0 KR")], "wall", "net_sum", "P_13_6_1"),
    (22, [("Fa.FaWiersz[1].P_12", "np I")], "wall", "net_sum", "P_13_8"),
    (19, [("Fa.P_13_11", D("1000"))], "wall", "net_sum", "P_13_11"),
    (26, [("Fa.FaWiersz[1].P_12", None), ("Fa.FaWiersz[1].P_12_XII", D(21))], "wall", "net_sum",
     "P_13_5"),
    (26, [("Fa.P_13_5", D(100)), ("Fa.P_14_5", D(21))], "wall", "net_sum", "P_13_5"),
    (15, [("Fa.P_14_1", D("48.15"))], "wall", "tax_of_net", "P_14_1"),
    (10, [("Fa.P_14_1", D("3739.50"))], "warning", "tax_of_net", "P_14_1"),
    (10, [("Fa.P_14_1", D("4600"))], "wall", "tax_of_net", "P_14_1"),
    (6, [("Fa.P_14_1", D("9349.59"))], "warning", "tax_of_net", "P_14_1"),
    (6, [("Fa.P_14_1", D("9349.59"))], "wall", "total_sum", "P_15"),
    (10, [("Fa.P_15", D("24600"))], "wall", "total_sum", "P_15"),
    (14, [("Fa.P_15", D("337635"))], "wall", "total_sum", "P_15"),
    # corrections: totals are differences
    (2, [("Fa.P_13_1", D("1463.41"))], "wall", "net_sum", "P_13_1"),
    (2, [("Fa.P_13_1", D("162.60")), ("Fa.P_14_1", D("37.40")), ("Fa.P_15", D(200))], "wall",
     "net_sum", "P_13_1"),
    (2, [("Fa.P_15", D("1800"))], "wall", "total_sum", "P_15"),
    (3, [("Fa.FaWiersz[1].P_11", D("162.60"))], "wall", "net_sum", "P_13_1"),
    (3, [("Fa.P_14_1", D("37.40"))], "wall", "tax_sum", "P_14_1"),
    (5, [("Fa.P_15", D("100"))], "warning", "total_sum", "P_15"),
    (18, [("Fa.FaWiersz[2].P_11", D(300000))], "warning", "order_change", "P_13_2"),
    # corrections: what they correct
    (2, [("Fa.DaneFaKorygowanej", []), ("Fa.PrzyczynaKorekty", None), ("Fa.TypKorekty", None)],
     "wall", "correction_without_original", "DaneFaKorygowanej"),
    (11, [("Fa.DaneFaKorygowanej", []), ("Fa.PrzyczynaKorekty", None), ("Fa.TypKorekty", None),
          ("Fa.P_15ZK", None)], "wall", "correction_without_original", "DaneFaKorygowanej"),
    (1, [("Fa.RodzajFaktury", "KOR")], "wall", "correction_without_original",
     "DaneFaKorygowanej"),
    (3, [("Fa.RodzajFaktury", "VAT")], "wall", "not_a_correction", "DaneFaKorygowanej"),
    (1, [("Fa.FaWiersz[2].StanPrzed", 1)], "wall", "state_before_elsewhere", "StanPrzed"),
    (10, [("Fa.Zamowienie.ZamowienieWiersz[1].StanPrzedZ", 1)], "wall", "state_before_elsewhere",
     "Zamowienie/ZamowienieWiersz/StanPrzedZ"),
    (2, [("Fa.P_1", date(2026, 2, 14))], "wall", "correction_before_original",
     "DaneFaKorygowanej/DataWystFaKorygowanej"),
    (2, [("Fa.P_2", "FV2026/02/150")], "wall", "corrects_itself",
     "DaneFaKorygowanej/NrFaKorygowanej"),
    (6, [again("Fa.DaneFaKorygowanej", 2)], "warning", "original_twice", "DaneFaKorygowanej"),
    (2, [("Fa.DaneFaKorygowanej[1].NrKSeFFaKorygowanej", KSEF)], "warning",
     "original_of_other_seller", "DaneFaKorygowanej/NrKSeFFaKorygowanej"),
    (2, [("Fa.TypKorekty", None)], "warning", "correction_effect_missing", "TypKorekty"),
    (6, [("Fa.OkresFaKorygowanej", None)], "warning", "collective_without_period",
     "OkresFaKorygowanej"),
    (3, [("Fa.FaWiersz", [])], "wall", "correction_without_rows", "FaWiersz"),
    (2, [without("Fa.FaWiersz", 2)], "wall", "before_without_after", "StanPrzed"),
    (18, [without("Fa.FaWiersz", 4)], "wall", "before_without_after", "StanPrzed"),
    (11, [without("Fa.Zamowienie.ZamowienieWiersz", 2)], "wall", "before_without_after",
     "Zamowienie/ZamowienieWiersz/StanPrzedZ"),
    (2, [row(NrWierszaFa=7, P_7="Rabat", P_11=D(-10), P_12="23")], "warning", "mixed_difference",
     "P_11"),
    (5, [("Fa.Podmiot2K", [])], "warning", "corrects_nothing", "P_15"),
    (12, [("Fa.P_15ZK", None)], "warning", "amount_before_missing", "P_15ZK"),
    (2, [("Fa.P_15ZK", D(2051))], "warning", "amount_before_elsewhere", "P_15ZK"),
    (12, [("Fa.P_15", D(-30000))], "wall", "advance_below_zero", "P_15"),
    (5, [("Fa.Podmiot1K", fa3.Podmiot1K(
        DaneIdentyfikacyjne=fa3.TPodmiot1(NIP="5260250274", Nazwa="ABC"), Adres=ADDRESS))],
     "wall", "corrected_seller_number", "Podmiot1K/DaneIdentyfikacyjne/NIP"),
    (5, [("Fa.Podmiot2K[1].DaneIdentyfikacyjne.NIP", "5260250274")], "wall",
     "corrected_buyer_number", "Podmiot2K/DaneIdentyfikacyjne"),
    (5, [("Fa.Podmiot2K[1].IDNabywcy", "0002")], "warning", "buyer_key_unknown",
     "Podmiot2K/IDNabywcy"),
    # advances and what settles them
    (10, [("Fa.Zamowienie", None)], "wall", "advance_without_order", "Zamowienie"),
    (10, [("Fa.Zamowienie", None), row(NrWierszaFa=1, **ROW)], "warning",
     "advance_without_order", "Zamowienie"),
    (10, [("Fa.RodzajFaktury", "ROZ")], "warning", "order_elsewhere", "Zamowienie"),
    (10, [("Fa.Zamowienie.WartoscZamowienia", D(305000))], "wall", "order_sum",
     "Zamowienie/WartoscZamowienia"),
    (13, [("Fa.Zamowienie.WartoscZamowienia", D("337634.50"))], "warning", "order_sum",
     "Zamowienie/WartoscZamowienia"),
    (10, [("Fa.Zamowienie.ZamowienieWiersz[1].P_11VatZ", D(24000))], "wall", "order_row_tax",
     "P_11VatZ"),
    (10, [("Fa.P_15", D(400000))], "warning", "advance_over_order", "P_15"),
    (10, [("Fa.P_13_2", D(100)), ("Fa.P_14_2", D(8))], "wall", "advance_rate_not_ordered",
     "P_13_2"),
    (14, [("Fa.FakturaZaliczkowa", [])], "wall", "settlement_without_advance",
     "FakturaZaliczkowa"),
    (14, [("Fa.RodzajFaktury", "VAT")], "wall", "advance_number_elsewhere", "FakturaZaliczkowa"),
    (17, [again("Fa.FakturaZaliczkowa")], "warning", "advance_twice", "FakturaZaliczkowa"),
    (14, [("Fa.P_15", D(400000))], "wall", "rest_over_order", "P_15"),
    (14, [("Fa.P_13_2", D(320000))], "warning", "rest_over_rows", "P_13_2"),
    (14, [("Fa.P_13_1", D(4500)), ("Fa.P_14_1", D(1035)), ("Fa.P_13_2", D(307500)),
          ("Fa.P_14_2", D(24600)), ("Fa.P_15", D(337635))], "warning", "nothing_settled", "P_15"),
    (10, [("Fa.ZaliczkaCzesciowa", [part("5000"), part("10000")])], "wall", "advance_parts",
     "P_15"),
    (1, [("Fa.ZaliczkaCzesciowa", [part("2051")])], "wall", "advance_parts_elsewhere",
     "ZaliczkaCzesciowa"),
    (1, [("Fa.FaWiersz", [])], "wall", "invoice_without_rows", "FaWiersz"),
    (1, [("Fa.P_15", D("-2051"))], "warning", "negative_invoice", "P_15"),
    # simplified invoices
    (15, [("Fa.P_15", D("450.01"))], "wall", "simplified_too_large", "P_15"),
    (16, [("Fa.KodWaluty", "EUR")], "wall", "simplified_too_large", "P_15"),
    (16, [("Fa.FaWiersz[1].P_12", None)], "wall", "simplified_without_tax", "P_12"),
    (16, [("Podmiot2.DaneIdentyfikacyjne", CONSUMER)], "warning", "simplified_without_nip",
     "Podmiot2/DaneIdentyfikacyjne"),
    (16, [("Fa.FaWiersz[1].P_12", "0 WDT")], "warning", "simplified_abroad", "P_12"),
    # annotations
    (22, [(f"{NOTES}.P_16", 1)], "warning", "cash_method_without_tax", "P_16"),
    (1, [(f"{NOTES}.P_17", 1), ("Podmiot2.DaneIdentyfikacyjne.NIP", "9999999999")], "wall",
     "self_billing_of_oneself", "P_17"),
    (1, [(f"{NOTES}.P_17", 1), ("Podmiot2.DaneIdentyfikacyjne", CONSUMER)], "warning",
     "self_billing_without_number", "P_17"),
    (1, [(f"{NOTES}.P_17", 1), third(5)], "wall", "self_billing_by_third_party", "P_17"),
    (1, [row(NrWierszaFa=4, P_12="oo", **ROW)], "wall", "reverse_charge_unmarked", "P_18"),
    (1, [row(NrWierszaFa=4, P_12="np II", **ROW)], "warning", "reverse_charge_abroad", "P_18"),
    (1, [(f"{NOTES}.P_18", 1)], "wall", "reverse_charge_taxed", "P_18"),
    (22, [(f"{NOTES}.P_18", 1)], "warning", "reverse_charge_without_rows", "P_18"),
    (4, [("Fa.FaWiersz[2].P_12_Zal_15", 1)], "wall", "split_payment_missing", "P_18A"),
    (20, [("Fa.FaWiersz[2].P_12_Zal_15", 1)], "wall", "split_payment_missing", "P_18A"),
    (10, [("Fa.Zamowienie.ZamowienieWiersz[1].P_12Z_Zal_15", 1)], "wall",
     "split_payment_missing", "P_18A"),
    (22, [(f"{NOTES}.P_18A", 1)], "warning", "split_payment_without_tax", "P_18A"),
    (1, [(f"{NOTES}.P_18A", 1), ("Fa.Platnosc.FormaPlatnosci", 1)], "warning",
     "split_payment_in_cash", "P_18A"),
    (9, [(f"{NOTES}.Zwolnienie", fa3.Zwolnienie(P_19N=1))], "wall", "exemption_unmarked", "P_19"),
    (16, [("Fa.FaWiersz[1].P_12", "zw")], "wall", "exemption_unmarked", "P_19"),
    (1, [(f"{NOTES}.Zwolnienie", EXEMPT)], "wall", "exemption_without_rows", "P_19"),
    (9, [(f"{NOTES}.Zwolnienie.P_19A", "zwolnione z VAT")], "warning", "exemption_basis_vague",
     "P_19A"),
    (22, [(f"{NOTES}.NoweSrodkiTransportu", new_transport(P_NrWierszaNST=3))], "wall",
     "transport_row_unknown", "P_NrWierszaNST"),
    (1, [(f"{NOTES}.NoweSrodkiTransportu", new_transport())], "warning",
     "transport_without_delivery", "P_22"),
    (22, [(f"{NOTES}.NoweSrodkiTransportu", new_transport()),
          ("Podmiot2.DaneIdentyfikacyjne", CONSUMER)], "warning", "transport_notice", "P_42_5"),
    (22, [(f"{NOTES}.NoweSrodkiTransportu",
           new_transport(P_22A=date(2025, 1, 1), P_22B="60 000 km"))], "warning",
     "transport_not_new", "P_22A"),
    (23, [(f"{NOTES}.P_23", 1)], "wall", "triangular_buyer", "P_23"),
    (22, [(f"{NOTES}.P_23", 1), ("Podmiot1.PrefiksPodatnika", None)], "wall", "triangular_seller",
     "Podmiot1/PrefiksPodatnika"),
    (1, [(f"{NOTES}.P_23", 1), ("Podmiot2.DaneIdentyfikacyjne", GERMAN)], "wall",
     "triangular_taxed", "P_23"),
    (22, [("Fa.FaWiersz[1].Procedura", "TT_D")], "warning", "triangular_unmarked", "P_23"),
    (1, [(f"{NOTES}.PMarzy", MARGIN)], "wall", "margin_without_total", "P_PMarzy"),
    (8, [(f"{NOTES}.PMarzy", fa3.PMarzy(P_PMarzyN=1))], "wall", "margin_unmarked", "P_PMarzyN"),
    (8, [("Fa.FaWiersz[1].P_11Vat", D(2000))], "wall", "margin_tax_shown", "P_11Vat"),
    (22, [("Podmiot2.DaneIdentyfikacyjne", CONSUMER)], "wall", "eu_number_missing",
     "Podmiot2/DaneIdentyfikacyjne"),
    (1, [row(NrWierszaFa=4, P_12="np II", **ROW)], "warning", "eu_number_of_service",
     "Podmiot2/DaneIdentyfikacyjne"),
    (22, [("Podmiot1.PrefiksPodatnika", None)], "warning", "seller_prefix_missing",
     "Podmiot1/PrefiksPodatnika"),
    (1, [row(NrWierszaFa=4, P_12_XII=D(21), **ROW)], "warning", "one_stop_shop_business",
     "Podmiot2/DaneIdentyfikacyjne"),
    (1, [("Fa.FaWiersz[1].Procedura", "I_42")], "warning", "import_procedure_rate", "Procedura"),
    # currency
    (20, [("Fa.P_14_1W", None)], "wall", "tax_in_pln_missing", "P_14_1W"),
    (1, [("Fa.P_14_1W", D("383.33"))], "warning", "tax_in_pln_twice", "P_14_1W"),
    (1, [("Fa.P_14_1W", D("1700"))], "wall", "tax_in_pln_twice", "P_14_1W"),
    (20, [("Fa.P_14_1W", D("3118.80"))], "wall", "tax_in_pln", "P_14_1W"),
    (20, [("Fa.FaWiersz[1].KursWaluty", D("4.55"))], "warning", "tax_in_pln", "P_14_1W"),
    (21, [("Fa.P_14_1W", D("-13768.14"))], "wall", "tax_in_pln_sign", "P_14_1W"),
    (21, [("Fa.FaWiersz[3].KursWaluty", None)], "warning", "exchange_rate_missing", "KursWaluty"),
    (10, [("Fa.KodWaluty", "EUR")], "warning", "exchange_rate_missing", "KursWalutyZ"),
    (1, [("Fa.FaWiersz[1].KursWaluty", D(1))], "warning", "exchange_rate_in_pln", "KursWaluty"),
    (20, [("Fa.KursWalutyZ", D("4.5005"))], "wall", "advance_rate_elsewhere", "KursWalutyZ"),
    (1, [("Fa.KursWalutyZ", D(1))], "wall", "advance_rate_elsewhere", "KursWalutyZ"),
    (20, [("Fa.FaWiersz[2].KursWaluty", D("0.222198"))], "wall", "exchange_rate_inverted",
     "KursWaluty"),
    # parties
    (1, [("Podmiot1.DaneIdentyfikacyjne.NIP", "9999999990")], "wall", "nip_check_digit",
     "Podmiot1/DaneIdentyfikacyjne/NIP"),
    (1, [("Podmiot2.DaneIdentyfikacyjne.NIP", "1111111112")], "wall", "nip_check_digit",
     "Podmiot2/DaneIdentyfikacyjne/NIP"),
    (4, [("Podmiot3[1].DaneIdentyfikacyjne.NIP", "2222222223")], "wall", "nip_check_digit",
     "Podmiot3/DaneIdentyfikacyjne/NIP"),
    (1, [("Podmiot2.DaneIdentyfikacyjne.NIP", "9999999999")], "warning", "seller_is_buyer",
     "Podmiot2/DaneIdentyfikacyjne/NIP"),
    (22, [("Podmiot2.DaneIdentyfikacyjne.KodUE", "PL")], "wall", "polish_number_elsewhere",
     "Podmiot2/DaneIdentyfikacyjne/NrVatUE"),
    (23, [("Podmiot2.DaneIdentyfikacyjne.KodKraju", "PL"),
          ("Podmiot2.DaneIdentyfikacyjne.NrID", "526-025-02-74")], "wall",
     "polish_number_elsewhere", "Podmiot2/DaneIdentyfikacyjne/NrID"),
    (22, [("Podmiot2.DaneIdentyfikacyjne.NrVatUE", "DE999999999")], "wall", "eu_prefix_twice",
     "Podmiot2/DaneIdentyfikacyjne/NrVatUE"),
    (9, [("Podmiot3", [])], "wall", "jst_without_unit", "Podmiot2/JST"),
    (9, [("Podmiot3[1].Rola", 2)], "wall", "jst_without_unit", "Podmiot2/JST"),
    (9, [("Podmiot2.JST", 2)], "wall", "unit_without_jst", "Podmiot3/Rola"),
    (1, [("Podmiot2.GV", 1)], "wall", "gv_without_member", "Podmiot2/GV"),
    (9, [("Podmiot3[1].Rola", 10)], "wall", "member_without_gv", "Podmiot3/Rola"),
    (9, [("Podmiot3", []), third(8, nip=None)], "wall", "unit_without_number",
     "Podmiot3/DaneIdentyfikacyjne"),
    (10, [third(4, Udzial=D(60))], "wall", "shares_over_all", "Podmiot3/Udzial"),
    (10, [third(6, Udzial=D(10))], "warning", "share_of_other_role", "Podmiot3/Udzial"),
    (10, [third(4)], "warning", "share_missing", "Podmiot3/Udzial"),
    (4, [again("Podmiot3")], "warning", "party_twice", "Podmiot3"),
    # dates
    (1, [("Fa.P_1", date(2027, 1, 1))], "wall", "future_date", "P_1"),
    (24, [("Fa.OkresFa.P_6_Od", date(2026, 3, 1))], "wall", "period_backwards", "P_6_Do"),
    (4, [("Fa.P_6", date(2026, 1, 15))], "warning", "supply_dates_twice", "P_6A"),
    (14, [("Fa.P_6", date(2026, 10, 17))], "warning", "issued_too_early", "P_6"),
    (20, [("Fa.FaWiersz[3].P_6A", date(2026, 4, 26))], "warning", "issued_too_early", "P_6A"),
    (1, [("Fa.P_6", date(2016, 1, 27))], "warning", "supply_long_ago", "P_6"),
    (1, [("Fa.Platnosc.DataZaplaty", date(2026, 2, 16))], "warning", "paid_after_issue",
     "Platnosc/DataZaplaty"),
    (8, [("Fa.Platnosc.ZaplataCzesciowa[1].DataZaplatyCzesciowej", date(2026, 2, 28))],
     "warning", "paid_after_issue", "Platnosc/ZaplataCzesciowa/DataZaplatyCzesciowej"),
    # rows
    (1, [("Fa.FaWiersz[2].NrWierszaFa", 1)], "wall", "duplicate_row_number", "NrWierszaFa"),
    (10, [("Fa.Zamowienie.ZamowienieWiersz[2].NrWierszaZam", 1)], "wall", "duplicate_row_number",
     "Zamowienie/ZamowienieWiersz/NrWierszaZam"),
    (1, [("Fa.FaWiersz[2].UU_ID", "aaaa111133339990")], "wall", "duplicate_row_key", "UU_ID"),
    (10, [("Fa.Zamowienie.ZamowienieWiersz[2].UU_IDZ", "aaaa111133339990")], "wall",
     "duplicate_row_key", "Zamowienie/ZamowienieWiersz/UU_IDZ"),
    (1, [("Fa.FaWiersz[2].P_12_XII", D(23))], "wall", "two_rates", "P_12_XII"),
    (1, [("Fa.FaWiersz[2].P_12", None)], "warning", "row_without_rate", "P_12"),
    (1, [("Fa.FaWiersz[2].P_7", None)], "wall", "row_without_name", "P_7"),
    (4, [("Fa.FaWiersz[3].P_8B", D(51))], "warning", "row_value", "P_11"),
    (8, [("Fa.FaWiersz[1].P_9B", D(12000))], "warning", "row_value", "P_11A"),
    (26, [("Fa.FaWiersz[1].P_11A", D(36))], "warning", "row_gross", "P_11A"),
    (26, [("Fa.FaWiersz[1].P_11Vat", D(3))], "warning", "row_tax", "P_11Vat"),
    (24, [("Fa.DodatkowyOpis[1].NrWiersza", 9)], "warning", "no_such_row",
     "DodatkowyOpis/NrWiersza"),
    # charges, deductions, payments
    (26, [("Fa.Rozliczenie.SumaObciazen", D(50))], "wall", "charges_sum",
     "Rozliczenie/SumaObciazen"),
    (4, [("Fa.Rozliczenie.SumaOdliczen", D(100))], "wall", "deductions_sum",
     "Rozliczenie/SumaOdliczen"),
    (4, [("Fa.Rozliczenie.DoZaplaty", D("65279.92"))], "wall", "left_to_pay",
     "Rozliczenie/DoZaplaty"),
    (26, [("Fa.Rozliczenie.DoZaplaty", D("36.40"))], "warning", "left_to_pay",
     "Rozliczenie/DoZaplaty"),
    (8, [("Fa.Platnosc.ZaplataCzesciowa[1].KwotaZaplatyCzesciowej", D(15000))], "warning",
     "partly_paid_in_full", "Platnosc/ZnacznikZaplatyCzesciowej"),
    (8, [("Fa.Platnosc.ZnacznikZaplatyCzesciowej", 2)], "warning", "fully_paid_in_part",
     "Platnosc/ZnacznikZaplatyCzesciowej"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "changes", "level", "code", "field"),
    MUTATIONS,
    ids=[
        f"{number:02d}-{code}-{position}"
        for position, (number, _changes, _level, code, _field) in enumerate(MUTATIONS)
    ],
)
def test_a_mistake_is_found(number, changes, level, code, field):
    invoice = sample(number)
    for change in changes:
        if callable(change):
            change(invoice)
        else:
            put(invoice, *copy.deepcopy(change))
    problems = fa3.validate(fa3.write(invoice), today=TODAY)
    assert not {"schema", "choice", "missing"} & {problem.code for problem in problems}
    assert (level, code, field) in [(p.level, p.code, p.field) for p in problems]
    found = next(problem for problem in problems if problem.code == code)
    assert found.source == RULES[code].source
    assert found.message
    assert "%(" not in found.message


def test_every_rule_has_a_mistake():
    assert {code for _number, _changes, _level, code, _field in MUTATIONS} == set(RULES)
    assert len(MUTATIONS) > 60


@pytest.mark.parametrize("number", [2, 5, 6, 11, 18])
def test_a_correction_of_nothing_is_found_by_the_schema(number):
    invoice = sample(number)
    invoice.Fa.DaneFaKorygowanej = []
    (problem,) = fa3.validate(fa3.write(invoice), today=TODAY)
    assert (problem.level, problem.code, problem.field) == ("wall", "missing", "DaneFaKorygowanej")


def test_more_rows_than_fa3_holds():
    invoice = sample(26)
    line = invoice.Fa.FaWiersz[0]
    invoice.Fa.FaWiersz = [copy.copy(line) for _number in range(10001)]
    for number, copied in enumerate(invoice.Fa.FaWiersz, 1):
        copied.NrWierszaFa = number
        copied.P_7 = "Sok"
    data = fa3.write(invoice)
    found = [(problem.level, problem.code, problem.field) for problem in fa3.validate(data)]
    assert ("wall", "too_many", "FaWiersz") in found
    invoice.Fa.FaWiersz.pop()
    assert "too_many" not in {problem.code for problem in fa3.validate(fa3.write(invoice))}


@pytest.mark.parametrize("code", RULES)
def test_a_rule_says_where_it_comes_from_and_what_to_do(code):
    rule = RULES[code]
    assert re.search(r"art\. \d|FA\(3\): |KSeF: |§ \d", rule.source)
    assert rule.text.startswith("%(label)s: ")
    assert rule.text.endswith(".")
    assert rule.level in ("wall", "warning")
