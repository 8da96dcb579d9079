"""Schema errors in words: each mistake alone, its field, its place, and what a person reads."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ksef import fa3


def problems_of(make, check, old: str, new: str, count: int = 1) -> list:
    data = fa3.write(make()).decode()
    changed = data.replace(old, new, count)
    assert changed != data, old
    return check(changed.encode())


BUYER = "Podmiot2/DaneIdentyfikacyjne"

# What is replaced by what; code, field and place of the one problem; what its words begin with.
MISTAKES = [
    (
        "<NIP>1234563218</NIP>",
        "<NIP>123-456-32-18</NIP>",
        ("wrong_value", f"{BUYER}/NIP", ""),
        "Buyer's NIP: “123-456-32-18” is not a NIP: ten digits without spaces, hyphens",
    ),
    (
        "<NIP>5260250274</NIP>",
        "<NIP>PL5260250274</NIP>",
        ("wrong_value", "Podmiot1/DaneIdentyfikacyjne/NIP", ""),
        "Seller's NIP: “PL5260250274” is not a NIP",
    ),
    (
        "<NIP>1234563218</NIP>",
        "",
        ("choice", BUYER, ""),
        "Buyer's tax number and name: give exactly one tax number",
    ),
    (
        "<NIP>1234563218</NIP>",
        "<NIP></NIP>",
        ("empty", f"{BUYER}/NIP", ""),
        "Buyer's NIP: empty. Fill it in, or leave the element out.",
    ),
    (
        "<NIP>1234563218</NIP>",
        "<NIP>1234563218</NIP><BrakID>1</BrakID>",
        ("choice", BUYER, ""),
        "Buyer's tax number and name: give exactly one tax number",
    ),
    (
        "<NIP>1234563218</NIP>",
        "<KodUE>GR</KodUE><NrVatUE>123456789</NrVatUE>",
        ("wrong_value", f"{BUYER}/KodUE", ""),
        "EU prefix of the buyer's VAT number: “GR” is no EU prefix. Greece has EL",
    ),
    (
        "<NIP>1234563218</NIP>",
        "<KodUE>DE</KodUE><NrVatUE>DE 123 456</NrVatUE>",
        ("wrong_value", f"{BUYER}/NrVatUE", ""),
        "Buyer's EU VAT number: “DE 123 456” is not an EU VAT number without its country prefix",
    ),
    (
        "<NIP>1234563218</NIP>",
        "<KodUE>DE</KodUE>",
        ("missing", f"{BUYER}/NrVatUE", ""),
        "Buyer's EU VAT number: missing.",
    ),
    (
        "<Nazwa>Piekarnia Złoty Kłos</Nazwa>",
        f"<Nazwa>{'x' * 513}</Nazwa>",
        ("too_long", f"{BUYER}/Nazwa", ""),
        "Buyer's name: 513 characters, but there is room for 512 only.",
    ),
    (
        "<Nazwa>Młyn &amp; Synowie sp. z o.o.</Nazwa>",
        "<Nazwa> </Nazwa>",
        ("empty", "Podmiot1/DaneIdentyfikacyjne/Nazwa", ""),
        "Seller's name: empty.",
    ),
    (
        "<AdresL1>Rynek 1</AdresL1>",
        f"<AdresL1>{'R' * 600}</AdresL1>",
        ("too_long", "Podmiot2/Adres/AdresL1", ""),
        "Buyer's address, first line: 600 characters",
    ),
    (
        "<AdresL1>Rynek 1</AdresL1>",
        "",
        ("missing", "Podmiot2/Adres/AdresL1", ""),
        "Buyer's address, first line: missing.",
    ),
    (
        "<KodKraju>PL</KodKraju><AdresL1>Rynek",
        "<KodKraju>Polska</KodKraju><AdresL1>Rynek",
        ("wrong_value", "Podmiot2/Adres/KodKraju", ""),
        "Country of the buyer's address: “Polska” is not a country code of two letters.",
    ),
    (
        "<Email>biuro@mlyn.example</Email>",
        "<Email>biuro.mlyn.example</Email>",
        ("wrong_value", "Podmiot1/DaneKontaktowe/Email", ""),
        "Seller's e-mail address: “biuro.mlyn.example” is not an e-mail address.",
    ),
    (
        "<Telefon>123456789</Telefon>",
        "<Telefon>+48 12 345 67 89 w. 12</Telefon>",
        ("too_long", "Podmiot1/DaneKontaktowe/Telefon", ""),
        "Seller's telephone number: 22 characters, but there is room for 16 only.",
    ),
    (
        "<JST>2</JST>",
        "<JST>0</JST>",
        ("wrong_value", "Podmiot2/JST", ""),
        "Local government unit (JST): “0”, but it can only be 1 (yes) or 2 (no).",
    ),
    ("<GV>2</GV>", "", ("missing", "Podmiot2/GV", ""), "Member of a VAT group (GV): missing."),
    (
        "<KodWaluty>PLN</KodWaluty>",
        "<KodWaluty>zł</KodWaluty>",
        ("wrong_value", "KodWaluty", ""),
        "Currency: “zł” is not a currency that KSeF knows.",
    ),
    (
        "<P_1>2026-08-31</P_1>",
        "<P_1>31.08.2026</P_1>",
        ("wrong_value", "P_1", ""),
        "Date of issue: “31.08.2026” is not a day such as 2026-02-28.",
    ),
    (
        "<P_1>2026-08-31</P_1>",
        "<P_1>2005-08-31</P_1>",
        ("wrong_value", "P_1", ""),
        "Date of issue: 2005-08-31 is too early or too late for FA(3).",
    ),
    (
        "<P_2>FV/2026/08/0001</P_2>",
        "<P_2></P_2>",
        ("empty", "P_2", ""),
        "Invoice number: empty.",
    ),
    ("<P_2>FV/2026/08/0001</P_2>", "", ("missing", "P_2", ""), "Invoice number: missing."),
    (
        "<P_2>FV/2026/08/0001</P_2>",
        f"<P_2>{'F' * 257}</P_2>",
        ("too_long", "P_2", ""),
        "Invoice number: 257 characters, but there is room for 256 only.",
    ),
    (
        "<P_14_1>23.00</P_14_1>",
        "",
        ("missing", "P_14_1", ""),
        "VAT at the standard rate (P_14_1): missing.",
    ),
    (
        "<P_15>155.39</P_15>",
        "<P_15>1 155,39</P_15>",
        ("wrong_value", "P_15", ""),
        "Total due: “1 155,39” is not an amount such as 1234.50 (no spaces, no comma).",
    ),
    (
        "<P_15>155.39</P_15>",
        "<P_15>155.391</P_15>",
        ("too_precise", "P_15", ""),
        "Total due: 155.391 has more than 2 digits after the decimal point.",
    ),
    (
        "<P_15>155.39</P_15>",
        "<P_15>0155.39</P_15>",
        ("wrong_value", "P_15", ""),
        "Total due: “0155.39” is not written as 1234.50",
    ),
    (
        "<P_16>2</P_16>",
        "<P_16>3</P_16>",
        ("wrong_value", "P_16", ""),
        "Cash method (P_16): “3”, but it can only be 1 (yes) or 2 (no).",
    ),
    (
        "<P_19N>1</P_19N>",
        "<P_19>1</P_19>",
        ("choice", "Adnotacje/Zwolnienie", ""),
        "Exemption and its legal basis: either something is exempt, with exactly one legal basis",
    ),
    (
        "<P_19N>1</P_19N>",
        "<P_19N>0</P_19N>",
        ("wrong_value", "P_19N", ""),
        "P_19N: “0”, but it can only be 1, or be left out.",
    ),
    (
        "<RodzajFaktury>VAT</RodzajFaktury>",
        "<RodzajFaktury>FV</RodzajFaktury>",
        ("wrong_value", "RodzajFaktury", ""),
        "Kind of invoice: “FV” is not a kind of invoice that FA(3) knows.",
    ),
    (
        "<P_7>Towar 2</P_7>",
        f"<P_7>{'T' * 520}</P_7>",
        ("too_long", "P_7", "FaWiersz[2]"),
        "Row 2, description: 520 characters, but there is room for 512 only. Shorten it.",
    ),
    (
        "<P_7>Towar 2</P_7>",
        "<P_7/>",
        ("empty", "P_7", "FaWiersz[2]"),
        "Row 2, description: empty.",
    ),
    (
        "<P_9A>19.99</P_9A>",
        "<P_9A>19.990000001</P_9A>",
        ("too_precise", "P_9A", "FaWiersz[2]"),
        "Row 2, net unit price: 19.990000001 has more than 8 digits after the decimal point.",
    ),
    (
        "<P_8B>1.5</P_8B>",
        "<P_8B>1.5000001</P_8B>",
        ("too_precise", "P_8B", "FaWiersz[2]"),
        "Row 2, quantity: 1.5000001 has more than 6 digits after the decimal point.",
    ),
    (
        "<P_12>8</P_12>",
        "<P_12>8%</P_12>",
        ("wrong_value", "P_12", "FaWiersz[2]"),
        "Row 2, tax rate: “8%” is not a tax rate of FA(3). It knows: 23, 22, 8, 7, 5, 4, 3, 0 KR",
    ),
    (
        "<NrWierszaFa>2</NrWierszaFa>",
        "",
        ("missing", "NrWierszaFa", "FaWiersz[2]"),
        "Row 2, number: missing.",
    ),
    (
        "<P_12>8</P_12>",
        "<P_12>8</P_12><GTU>GTU_14</GTU>",
        ("wrong_value", "GTU", "FaWiersz[2]"),
        "Row 2, GTU group: “GTU_14” is not a GTU group: GTU_01 to GTU_13.",
    ),
    (
        "<P_12>8</P_12>",
        "<P_12>8</P_12><Rabat>5</Rabat>",
        ("unknown_element", "Rabat", "FaWiersz[2]"),
        "Rabat: FA(3) has no such element here.",
    ),
    (
        "<P_8A>szt.</P_8A><P_8B>1.5</P_8B>",
        "<P_8B>1.5</P_8B><P_8A>szt.</P_8A>",
        ("out_of_order", "P_8A", "FaWiersz[2]"),
        "Row 2, unit of measure: stands after P_8B, but belongs before it.",
    ),
    (
        "</FaWiersz></Fa>",
        "</FaWiersz><Platnosc><Zaplacono>1</Zaplacono></Platnosc></Fa>",
        ("missing", "Platnosc/DataZaplaty", ""),
        "Day of payment: missing.",
    ),
    (
        "</FaWiersz></Fa>",
        "</FaWiersz><Platnosc><RachunekBankowy><NrRB>123</NrRB></RachunekBankowy></Platnosc></Fa>",
        ("wrong_value", "Platnosc/RachunekBankowy/NrRB", ""),
        "Bank account number: “123” does not have 10 to 34 characters.",
    ),
    (
        "</Fa>",
        "</Fa><Stopka><Rejestry><KRS>123</KRS></Rejestry></Stopka>",
        ("wrong_value", "Stopka/Rejestry/KRS", ""),
        "KRS number: “123” does not have ten digits.",
    ),
    (
        'kodSystemowy="FA (3)"',
        'kodSystemowy="FA(3)"',
        ("other_form", "Naglowek/KodFormularza", ""),
        "The document says it is FA, FA(3), 1-0E; KSeF wants FA, FA (3), 1-0E.",
    ),
    (
        "2026-08-31T10:30:00Z",
        "31.08.2026 10:30",
        ("wrong_value", "Naglowek/DataWytworzeniaFa", ""),
        "Time the file was made: “31.08.2026 10:30” is not a time such as",
    ),
    (
        "<Fa>",
        '<Fa lang="pl">',
        ("schema", "Fa", ""),
        "Fa: Element 'Fa', attribute 'lang': The attribute 'lang' is not allowed.",
    ),
]


@pytest.mark.parametrize(("old", "new", "where", "words"), MISTAKES)
def test_a_mistake_alone(make, check, old, new, where, words):
    problems = problems_of(make, check, old, new)
    assert [(p.code, p.field, p.place) for p in problems] == [where]
    assert problems[0].is_wall
    assert problems[0].message.startswith(words)


def test_many_mistakes_are_found_at_once(make, check):
    """One missing element keeps libxml2 from looking any further; people want the whole list."""
    data = fa3.write(make()).decode()
    for old, new in (
        ("<NIP>1234563218</NIP>", "<NIP>1</NIP>"),
        ("<P_1>2026-08-31</P_1>", ""),
        ("<P_16>2</P_16>", ""),
        ("<P_7>Towar 1</P_7>", "<P_7></P_7>"),
        ("<P_9A>50.00</P_9A>", "<P_9A>50,00</P_9A>"),
        ("<P_12>8</P_12>", "<P_12>24</P_12>"),
    ):
        assert old in data
        data = data.replace(old, new, 1)
    assert [(p.field, p.place) for p in check(data.encode())] == [
        (f"{BUYER}/NIP", ""),
        ("P_1", ""),
        ("P_16", ""),
        ("P_7", "FaWiersz[1]"),
        ("P_9A", "FaWiersz[1]"),
        ("P_12", "FaWiersz[2]"),
    ]


def test_more_rows_than_allowed(make, check):
    invoice = make([("1", "0", "23")] * 10_001)
    (rows,) = [p for p in check(invoice) if p.code != "too_large"]
    assert (rows.level, rows.code, rows.field) == ("wall", "too_many", "FaWiersz")
    assert "10001 of them, but at most 10000 are allowed" in rows.message
    invoice.Fa.FaWiersz.pop()
    # Rows enough to be over one megabyte, which is another matter.
    assert {p.code for p in check(invoice)} <= {"too_large"}


def test_a_value_too_long_to_quote_is_shortened_in_the_message_only(make, check):
    (problem,) = problems_of(make, check, "<P_12>8</P_12>", f"<P_12>{'8' * 5000}</P_12>")
    assert len(problem.message) < 300


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<Telefon>123456789<", "<Telefon>" + " 1" * 5000 + "<"),
        ("<P_2>", "<P_2>%s %(x)s %"),
        ("<P_2>FV/2026/08/0001</P_2>", "<P_2>%s %(x)s</P_2><P_2/>"),
        ("<Fa>", "<Fa><Fa><Fa>x</Fa></Fa>"),
        ("<Fa>", "<Fa>text between elements"),
        ("<P_12>8</P_12>", "<P_12><P_12>8</P_12></P_12>"),
        ("<Naglowek>", '<x:Naglowek xmlns:x="urn:other"/><Naglowek>'),
        ("<Naglowek>", '<Naglowek xmlns="urn:other"/><Naglowek>'),
        ("<P_15>155.39", "<P_15>" + "1" * 5000),
        ("<P_1>2026-08-31", "<P_1>99999999999-08-31"),
    ],
)
def test_no_document_makes_it_stumble(make, check, old, new):
    for problem in problems_of(make, check, old, new):
        assert problem.message


def test_invalid_only_by_the_schema_never_passes(make, check):
    """Whatever the schema refuses gives at least one wall, even without words of its own."""
    for old, new in (
        ("<P_8A>szt.</P_8A>", "<P_8A>szt.</P_8A>stray text"),
        ("<JST>2</JST>", '<JST a="b">2</JST>'),
        ("<P_1>2026-08-31", "<P_1>2026-08-31Z"),
    ):
        problems = problems_of(make, check, old, new)
        assert any(p.is_wall for p in problems), new


def test_a_choice_left_open_is_explained(make, check):
    invoice = make()
    invoice.Fa.RodzajFaktury = "KOR"
    invoice.Fa.DaneFaKorygowanej = [
        fa3.DaneFaKorygowanej(DataWystFaKorygowanej=date(2026, 8, 1), NrFaKorygowanej="FV/1")
    ]
    (problem,) = check(invoice)
    assert (problem.code, problem.place) == ("choice", "")
    assert problem.message.startswith("Corrected invoice: give its KSeF number, or mark that")
    invoice.Fa.DaneFaKorygowanej[0].NrKSeF = 1
    (problem,) = check(invoice)
    assert (problem.code, problem.field) == ("missing", "DaneFaKorygowanej/NrKSeFFaKorygowanej")
    invoice.Fa.DaneFaKorygowanej[0].NrKSeFFaKorygowanej = "5260250274-20260801-0123456789AB"
    (problem,) = check(invoice)
    assert problem.message.endswith("is not a KSeF number.")
    invoice.Fa.DaneFaKorygowanej[0].NrKSeFFaKorygowanej = "5260250274-20260801-0123456789AB-C1"
    assert [p.code for p in check(invoice)] == ["correction_effect_missing"]


def test_percentages_have_bounds(make, check):
    invoice = make()
    invoice.Podmiot3 = [
        fa3.Podmiot3(
            DaneIdentyfikacyjne=fa3.TPodmiot3(BrakID=1, Nazwa="Wspólnik"),
            Rola=4,
            Udzial=Decimal("100.5"),
        )
    ]
    (problem,) = check(invoice)
    assert (
        problem.message == "Share of an additional buyer: 100.5 is not between 0 and 100 percent."
    )
