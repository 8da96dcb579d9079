"""A library that somebody else wrote, PyPI's ksef-client, reads what we write, and we read it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from pathlib import Path

import pytest
from ksef_client.documents import fa3 as theirs

from ksef import fa3
from ksef.fa3 import rates

SAMPLES = sorted((Path(__file__).resolve().parents[4] / "shared" / "samples").glob("*.xml"))
#: examples that it does not read: rows without a rate or a quantity, which the schema allows
UNREAD = {f"FA_3_Przyklad_{number:02d}" for number in (7, 15, 16, 24, 25)}
ISSUED = date(2026, 8, 31)
ORIGINAL = "5260250274-20260801-0123456789AB-C1"


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_it_reads_the_same_from_our_writing_as_from_the_original(file):
    data = file.read_bytes()
    again = fa3.write(fa3.read(data))
    if file.stem in UNREAD:
        for document in (data, again):
            with pytest.raises(theirs.FA3ParseError, match="P_12|P_8B"):
                theirs.parse_invoice_xml(document)
        return
    read = theirs.parse_invoice_xml(again)
    assert read == theirs.parse_invoice_xml(data)
    assert read.warnings == ()


@pytest.mark.parametrize("code", rates.RATES)
def test_it_reads_every_rate(make, code):
    invoice = make([("2", "50.55", code), ("1", "0.01", code)])
    read = theirs.parse_invoice_xml(fa3.write(invoice))
    assert read.warnings == ()
    assert read.invoice_number == "FV/2026/08/0001"
    assert read.issue_date == ISSUED
    assert read.seller.identifier.value == "5260250274"
    assert read.buyer.name == invoice.Podmiot2.DaneIdentyfikacyjne.Nazwa
    assert [line.tax.xml_rate for line in read.lines] == [code, code]
    assert [line.effective_net_amount for line in read.lines] == [D("101.10"), D("0.01")]
    assert read.annotations.reverse_charge == (code in ("oo", "np II"))
    assert bool(read.annotations.exemption_basis) == (code == "zw")
    assert abs(read.total_gross - invoice.Fa.P_15) <= D("0.01")


def test_it_reads_parties_payment_and_currency(make):
    invoice = make([("2", "50", "23")])
    invoice.Podmiot2.JST = 1
    invoice.Podmiot3 = [
        fa3.Podmiot3(DaneIdentyfikacyjne=fa3.TPodmiot3(IDWew="1234563218-00001"), Rola=8)
    ]
    fa = invoice.Fa
    fa.KodWaluty, fa.FaWiersz[0].KursWaluty, fa.P_14_1W = "EUR", D("4.2567"), D("97.90")
    fa.Adnotacje.P_18A = 1
    fa.Platnosc = fa3.Platnosc(
        TerminPlatnosci=[fa3.TerminPlatnosci(Termin=date(2026, 9, 14))],
        FormaPlatnosci=6,
        RachunekBankowy=[fa3.TRachunekBankowy(NrRB="73111111111111111111111111")],
    )
    read = theirs.parse_invoice_xml(fa3.write(invoice))
    assert read.warnings == ()
    assert read.buyer.is_jst_subunit
    (unit,) = read.additional_parties
    assert (unit.role, unit.identifier.value) == (
        theirs.ThirdPartyRole.JST_SUBUNIT,
        "1234563218-00001",
    )
    assert (read.currency, read.lines[0].currency_rate) == ("EUR", D("4.2567"))
    assert read.annotations.split_payment
    assert [due.due_date for due in read.payment_terms.due_terms] == [date(2026, 9, 14)]
    assert read.payment_terms.bank_accounts[0].number == "73111111111111111111111111"


def party(nip: str, name: str) -> theirs.InvoiceParty:
    return theirs.InvoiceParty.polish_company(
        nip=nip, name=name, address=theirs.Address.polish("ul. Długa 7", "31-146 Kraków")
    )


def begun(builder):
    return (
        builder.issued_on(ISSUED)
        .issue_place("Kraków")
        .seller(party("5260250274", "Młyn & Synowie"))
        .buyer(party("1234563218", "Piekarnia Złoty Kłos"))
    )


def read(builder, check) -> tuple[fa3.Fa, fa3.Invoice]:
    """Return what we read of what it built; nothing about it may be wrong."""
    data = theirs.invoice_to_xml(builder.build(), validate=False)
    assert [problem.code for problem in check(data) if problem.is_wall] == []
    invoice = fa3.read(data)
    assert invoice.Podmiot1.DaneIdentyfikacyjne.Nazwa == "Młyn & Synowie"
    assert invoice.Podmiot2.DaneIdentyfikacyjne.NIP == "1234563218"
    assert (invoice.Fa.P_1, invoice.Fa.P_1M) == (ISSUED, "Kraków")
    return invoice.Fa, invoice


def line(description: str, quantity: int, price: str, tax=None) -> dict:
    return {
        "description": description,
        "quantity": quantity,
        "unit_net_price": price,
        "tax": tax or theirs.TaxCategory.standard_23(),
    }


def test_we_read_an_ordinary_invoice_it_builds(check):
    builder = begun(theirs.FA3Invoice.basic("FV/1"))
    builder.add_goods_line(**line("Mąka żytnia", 2, "50.00"))
    builder.add_service_line(**line("Przemiał", 3, "19.99", theirs.TaxCategory.reduced_8()))
    builder.split_payment().bank_account("73111111111111111111111111")
    fa, invoice = read(builder, check)
    assert (fa.RodzajFaktury, fa.P_2, fa.KodWaluty) == ("VAT", "FV/1", "PLN")
    assert [(row.P_7, row.P_8B, row.P_9A, row.P_11, row.P_12) for row in fa.FaWiersz] == [
        ("Mąka żytnia", 2, D("50"), D("100"), "23"),
        ("Przemiał", 3, D("19.99"), D("59.97"), "8"),
    ]
    assert (100, 23, D("59.97"), D("4.80")) == (fa.P_13_1, fa.P_14_1, fa.P_13_2, fa.P_14_2)
    assert D("187.77") == fa.P_15
    assert fa.Adnotacje.P_18A == 1
    assert fa.Platnosc.RachunekBankowy[0].NrRB == "73111111111111111111111111"
    assert fa3.read(fa3.write(invoice)) == invoice


def test_we_read_an_exempt_and_a_reverse_charge_row_it_builds(check):
    builder = begun(theirs.FA3Invoice.basic("FV/2"))
    builder.add_service_line(
        **line("Szkolenie", 1, "500", theirs.TaxCategory.exempt("art. 43 ust. 1 pkt 29"))
    )
    builder.add_goods_line(**line("Gaz", 1, "70", theirs.TaxCategory.reverse_charge()))
    builder.exemption("art. 43 ust. 1 pkt 29 ustawy").reverse_charge()
    fa, _invoice = read(builder, check)
    assert [row.P_12 for row in fa.FaWiersz] == ["zw", "oo"]
    assert (fa.P_13_7, fa.P_13_10, fa.P_15) == (500, 70, 570)
    assert fa.Adnotacje.Zwolnienie.P_19A == "art. 43 ust. 1 pkt 29 ustawy"
    assert fa.Adnotacje.P_18 == 1


def test_we_read_a_correction_it_builds(check):
    builder = begun(theirs.FA3Invoice.correction("KOR/1"))
    builder.corrects_invoice(
        number="FV/1",
        issue_date=date(2026, 8, 1),
        reason="Rabat",
        correction_type=theirs.CorrectionType.OTHER,
        ksef_number=ORIGINAL,
    )
    before, after = (
        theirs.InvoiceLine.goods(**line("Mąka", 2, price)) for price in ("50.00", "45.00")
    )
    builder.add_corrected_line_before_after(before=before, after=after)
    fa, _invoice = read(builder, check)
    assert fa.RodzajFaktury == "KOR"
    assert (fa.PrzyczynaKorekty, fa.TypKorekty) == ("Rabat", 2)
    (original,) = fa.DaneFaKorygowanej
    assert (original.NrFaKorygowanej, original.NrKSeF, original.NrKSeFFaKorygowanej) == (
        "FV/1",
        1,
        ORIGINAL,
    )
    assert [(row.P_11, row.StanPrzed) for row in fa.FaWiersz] == [(100, 1), (90, None)]
    assert (-10, D("-2.30"), D("-12.30")) == (fa.P_13_1, fa.P_14_1, fa.P_15)


def test_we_read_an_advance_invoice_it_builds(check):
    builder = begun(theirs.FA3Invoice.advance("FZ/1"))
    builder.order_line(**line("Piec", 1, "10000.00"))
    builder.advance_payment(
        amount="1230.00", tax=theirs.TaxCategory.standard_23(), paid_on=date(2026, 8, 30)
    )
    fa, _invoice = read(builder, check)
    assert fa.RodzajFaktury == "ZAL"
    assert fa.Zamowienie.WartoscZamowienia == 12300
    (ordered,) = fa.Zamowienie.ZamowienieWiersz
    assert (ordered.P_7Z, ordered.P_11NettoZ, ordered.P_11VatZ, ordered.P_12Z) == (
        "Piec",
        10000,
        2300,
        "23",
    )
    assert (fa.P_13_1, fa.P_14_1, fa.P_15) == (1000, 230, 1230)


def test_we_read_a_settling_invoice_it_builds(check):
    """It leaves the whole in the totals and puts the rest elsewhere; we say so, and read it."""
    builder = begun(theirs.FA3Invoice.settlement("FR/1"))
    builder.add_goods_line(**line("Piec", 1, "10000.00"))
    builder.settles_advance(ksef_number=ORIGINAL)
    fa, _invoice = read(builder, check)
    assert fa.RodzajFaktury == "ROZ"
    assert [advance.NrKSeFFaZaliczkowej for advance in fa.FakturaZaliczkowa] == [ORIGINAL]
    assert (fa.FaWiersz[0].P_11, fa.P_13_1, fa.P_15) == (10000, 10000, 12300)
    data = theirs.invoice_to_xml(builder.build(), validate=False)
    assert [problem.code for problem in check(data)] == ["nothing_settled"]
