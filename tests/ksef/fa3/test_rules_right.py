"""What looks odd and is right: none of it may be refused, or nagged about."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from ksef import fa3


def codes(problems) -> list[tuple[str, str]]:
    return [(problem.level, problem.code) for problem in problems]


def correction(make, rows, *totals: str) -> fa3.Invoice:
    """Return a correction with these rows; net and tax at 23 %, and the total."""
    invoice = make()
    fa = invoice.Fa
    fa.RodzajFaktury, fa.TypKorekty = "KOR", 1
    fa.DaneFaKorygowanej = [
        fa3.DaneFaKorygowanej(
            DataWystFaKorygowanej=date(2026, 8, 1), NrFaKorygowanej="FV/1", NrKSeFN=1
        )
    ]
    fa.P_13_2 = fa.P_14_2 = None
    fa.P_13_1, fa.P_14_1, fa.P_15 = (D(total) for total in totals)
    fa.FaWiersz = rows
    return invoice


def row(number: int, value: str, rate: str | None = "23", **values) -> fa3.FaWiersz:
    return fa3.FaWiersz(NrWierszaFa=number, P_7="Towar", P_11=D(value), P_12=rate, **values)


def test_states_numbered_on(make, check):
    rows = [row(1, "100", StanPrzed=1), row(2, "90"), row(3, "50", StanPrzed=1), row(4, "0")]
    assert check(correction(make, rows, "-60", "-13.80", "-73.80")) == []


def test_a_row_added_by_a_correction(make, check):
    rows = [row(1, "100", StanPrzed=1), row(1, "100"), row(2, "10")]
    assert check(correction(make, rows, "10", "2.30", "12.30")) == []


def test_a_correction_tells_annotations_of_rows_that_it_does_not_show(make, check):
    invoice = correction(make, [row(1, "-10")], "-10", "-2.30", "-12.30")
    notes = invoice.Fa.Adnotacje
    notes.P_18 = 1
    notes.Zwolnienie = fa3.Zwolnienie(P_19=1, P_19A="art. 43 ust. 1 pkt 29")
    notes.PMarzy = fa3.PMarzy(P_PMarzy=1, P_PMarzy_3_1=1)
    assert check(invoice) == []


def test_a_correction_of_the_tax_alone(make, check):
    invoice = correction(make, [row(1, "100", StanPrzed=1), row(1, "100")], "0", "-7", "-7")
    assert codes(check(invoice)) == [("warning", "tax_sum")]


def test_a_rate_lowered_after_the_fact(make, check):
    rows = [row(1, "100", StanPrzed=1), row(1, "113.89", "8")]
    invoice = correction(make, rows, "-100", "-23", "0")
    invoice.Fa.P_13_2, invoice.Fa.P_14_2 = D("113.89"), D("9.11")
    assert check(invoice) == []


def test_rows_of_several_corrected_invoices_keep_their_numbers(make, check):
    invoice = correction(make, [row(1, "-10"), row(1, "-20")], "-30", "-6.90", "-36.90")
    first = invoice.Fa.DaneFaKorygowanej[0]
    invoice.Fa.DaneFaKorygowanej.append(
        fa3.DaneFaKorygowanej(
            DataWystFaKorygowanej=first.DataWystFaKorygowanej, NrFaKorygowanej="FV/2", NrKSeFN=1
        )
    )
    assert codes(check(invoice)) == [("warning", "duplicate_row_number")]


def foreign(make, currency: str = "EUR", rate: str = "4.2567") -> fa3.Invoice:
    invoice = make([("2", "50", "23")])
    fa = invoice.Fa
    fa.KodWaluty, fa.FaWiersz[0].KursWaluty = currency, D(rate)
    fa.P_14_1W = (fa.P_14_1 * D(rate)).quantize(D("0.01"))
    return invoice


def test_another_currency(make, check):
    assert check(foreign(make)) == []


@pytest.mark.parametrize("currency", ["HUF", "JPY"])
def test_a_currency_without_decimals_is_rounded_to_the_whole(make, check, currency):
    invoice = foreign(make, currency, "0.025")
    fa = invoice.Fa
    fa.FaWiersz[0].P_9A = fa.FaWiersz[0].P_11 = fa.P_13_1 = D(10001)
    fa.FaWiersz[0].P_8B = D(1)
    fa.P_14_1, fa.P_15, fa.P_14_1W = D(2300), D(12301), D("57.50")
    assert check(invoice) == []


def test_an_advance_in_another_currency(make, check):
    invoice = foreign(make)
    fa = invoice.Fa
    fa.RodzajFaktury, fa.FaWiersz, fa.KursWalutyZ = "ZAL", [], D("4.2567")
    fa.Zamowienie = fa3.Zamowienie(
        WartoscZamowienia=D(1230),
        ZamowienieWiersz=[
            fa3.ZamowienieWiersz(
                NrWierszaZam=1, P_7Z="Towar", P_11NettoZ=D(1000), P_11VatZ=D(230), P_12Z="23"
            )
        ],
    )
    assert check(invoice) == []
    fa.P_14_1W += 5
    assert codes(check(invoice)) == [("wall", "tax_in_pln")]


def test_the_last_advance_names_those_before_it(make, check):
    """art. 106f section 4: when advances cover the whole, the last of them lists the others."""
    invoice = make([("2", "50", "23")])
    fa = invoice.Fa
    fa.RodzajFaktury, fa.FaWiersz = "ZAL", []
    fa.FakturaZaliczkowa = [fa3.FakturaZaliczkowa(NrKSeFZN=1, NrFaZaliczkowej="FZ/1")]
    fa.Zamowienie = fa3.Zamowienie(
        WartoscZamowienia=D(246),
        ZamowienieWiersz=[
            fa3.ZamowienieWiersz(NrWierszaZam=1, P_7Z="Towar", P_11NettoZ=D(200), P_12Z="23")
        ],
    )
    assert check(invoice) == []


def test_several_advances_each_rounded_are_settled(make, check):
    invoice = make([("1", "100", "23")])
    fa = invoice.Fa
    fa.RodzajFaktury = "ROZ"
    fa.FakturaZaliczkowa = [
        fa3.FakturaZaliczkowa(NrKSeFZN=1, NrFaZaliczkowej=f"FZ/{number}") for number in (1, 2)
    ]
    fa.P_13_1, fa.P_14_1, fa.P_15 = D("18.71"), D("4.29"), D("23.00")
    assert check(invoice) == []


def test_a_foreign_tax_may_be_left_out(make, check):
    invoice = make([])
    invoice.Podmiot2.DaneIdentyfikacyjne = fa3.TPodmiot2(BrakID=1, Nazwa="Jana Nováková")
    fa = invoice.Fa
    fa.FaWiersz = [row(1, "100", None, P_12_XII=D(21))]
    fa.P_13_5, fa.P_15 = D(100), D(121)
    assert check(invoice) == []
    fa.P_15 = D(100)
    assert codes(check(invoice)) == [("wall", "total_sum")]


def test_a_triangular_sale(make, check):
    invoice = make([("1", "100", "0 WDT")])
    fa = invoice.Fa
    fa.FaWiersz[0].P_12, fa.P_13_6_2, fa.P_13_8 = "np I", None, D(100)
    fa.FaWiersz[0].Procedura, fa.Adnotacje.P_23 = "TT_D", 1
    assert check(invoice) == []
    fa.Adnotacje.P_18 = 1
    assert check(invoice) == []


def test_a_new_car_sold_to_a_private_person_abroad(make, check):
    invoice = make([("1", "90000", "0 WDT")])
    invoice.Podmiot2.DaneIdentyfikacyjne = fa3.TPodmiot2(BrakID=1, Nazwa="Jana Nováková")
    invoice.Fa.Adnotacje.NoweSrodkiTransportu = fa3.NoweSrodkiTransportu(
        P_22=1,
        P_42_5=1,
        NowySrodekTransportu=[
            # more than six months old, but hardly driven
            fa3.NowySrodekTransportu(P_22A=date(2025, 8, 1), P_NrWierszaNST=1, P_22B="5 900 km")
        ],
    )
    assert check(invoice) == []


def test_split_payment_by_choice(make, check):
    invoice = make()
    invoice.Fa.Adnotacje.P_18A = 1
    assert check(invoice) == []


def test_annex_15_below_the_limit_and_to_a_consumer(make, check):
    invoice = make([("1", "12195.12", "23")])
    invoice.Fa.FaWiersz[0].P_12_Zal_15 = 1
    assert D("15000.00") == invoice.Fa.P_15
    assert check(invoice) == []
    invoice = make([("1", "20000", "23")])
    invoice.Fa.FaWiersz[0].P_12_Zal_15 = 1
    assert codes(check(invoice)) == [("wall", "split_payment_missing")]
    invoice.Podmiot2.DaneIdentyfikacyjne = fa3.TPodmiot2(BrakID=1, Nazwa="Jan Kowalski")
    assert check(invoice) == []


def test_a_discount_of_the_row_or_of_each_piece(make, check):
    for value in ("90", "80"):
        invoice = make([("2", "50", "23")])
        fa = invoice.Fa
        fa.FaWiersz[0].P_10, fa.FaWiersz[0].P_11, fa.P_13_1 = D(10), D(value), D(value)
        fa.P_14_1 = D(value) * D("0.23")
        fa.P_15 = fa.P_13_1 + fa.P_14_1
        assert check(invoice) == []


def test_a_price_rounded_to_groszy(make, check):
    invoice = make([("100", "0.33", "23")])
    fa = invoice.Fa
    fa.FaWiersz[0].P_11 = fa.P_13_1 = D("33.33")
    fa.P_14_1, fa.P_15 = D("7.67"), D("41.00")
    assert check(invoice) == []


def test_a_member_of_a_vat_group_by_its_internal_identifier(make, check):
    invoice = make()
    invoice.Podmiot2.GV = 1
    invoice.Podmiot3 = [
        fa3.Podmiot3(DaneIdentyfikacyjne=fa3.TPodmiot3(IDWew="5260250274-12345"), Rola=10)
    ]
    assert check(invoice) == []


def test_sales_abroad_need_no_rate_in_the_row(make, check):
    invoice = make([("1", "100", "np I")])
    invoice.Fa.FaWiersz[0].P_12 = None
    assert check(invoice) == []


def test_two_differences_of_one_row(make, check):
    rows = [row(1, "-10", UU_ID="A1"), row(2, "-5", UU_ID="A1")]
    invoice = correction(make, rows, "-15", "-3.45", "-18.45")
    assert codes(check(invoice)) == [("warning", "duplicate_row_key")]
