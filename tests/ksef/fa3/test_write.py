"""The writer: form of values, order, what is left out, what is refused."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from ksef import fa3


def text_of(data: bytes, name: str) -> str:
    start = data.decode().index(f"<{name}>") + len(name) + 2
    return data.decode()[start:].partition("</")[0]


def test_bytes_are_utf8_with_declaration_without_bom(make):
    data = fa3.write(make())
    assert data.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<Faktura xmlns="')
    assert data.count(b"<?") == 1
    assert "Młyn &amp; Synowie" in data.decode("utf-8")


def test_the_result_is_valid(make, check):
    assert check(make()) == []


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("100", "100.00"),
        ("1.5", "1.50"),
        ("1.50000000", "1.50"),
        ("1E+3", "1000.00"),
        ("-0.00", "0.00"),
        ("-12.3", "-12.30"),
        ("9999999999999999.99", "9999999999999999.99"),
    ],
)
def test_amounts_have_two_decimals(make, value, written):
    invoice = make()
    invoice.Fa.P_15 = Decimal(value)
    assert text_of(fa3.write(invoice), "P_15") == written


@pytest.mark.parametrize(
    ("value", "written"),
    [("2.000000", "2"), ("0.5", "0.5"), ("1E-6", "0.000001"), ("10", "10"), ("-0.0", "0")],
)
def test_quantities_have_no_superfluous_zeros(make, value, written):
    invoice = make()
    invoice.Fa.FaWiersz[0].P_8B = Decimal(value)
    assert text_of(fa3.write(invoice), "P_8B") == written


@pytest.mark.parametrize(
    ("value", "written"), [("50", "50.00"), ("0.12345678", "0.12345678"), ("1.2300000", "1.23")]
)
def test_prices_have_two_to_eight_decimals(make, value, written):
    invoice = make()
    invoice.Fa.FaWiersz[0].P_9A = Decimal(value)
    assert text_of(fa3.write(invoice), "P_9A") == written


def test_moments_are_written_in_utc(make):
    invoice = make()
    summer = timezone(timedelta(hours=2))
    invoice.Naglowek.DataWytworzeniaFa = datetime(2026, 7, 1, 0, 30, tzinfo=summer)
    assert text_of(fa3.write(invoice), "DataWytworzeniaFa") == "2026-06-30T22:30:00Z"


def test_booleans_stand_for_marks(make, check):
    invoice = make()
    invoice.Fa.Adnotacje.P_18A = True
    invoice.Fa.Adnotacje.P_16 = False
    invoice.Fa.FP = False
    invoice.Fa.TP = True
    data = fa3.write(invoice)
    assert text_of(data, "P_18A") == "1"
    assert text_of(data, "P_16") == "2"
    assert b"<FP>" not in data
    assert text_of(data, "TP") == "1"
    assert check(data) == []


def test_white_space_is_put_in_order_and_control_characters_go(make, check):
    invoice = make()
    invoice.Fa.FaWiersz[
        0
    ].P_7 = "  Mąka\x0bpszenna\t\r\n typ\u00a0500\x07\x7f\x93 \ufffe <b> & 'x' \x00"
    invoice.Stopka = fa3.Stopka(
        Informacje=[fa3.Informacje(StopkaFaktury="Pierwsza\r\n  Druga\x0bTrzecia\n")]
    )
    data = fa3.write(invoice)
    assert text_of(data, "P_7") == "Mąka pszenna typ\u00a0500 &lt;b&gt; &amp; 'x'"
    assert text_of(data, "StopkaFaktury") == "Pierwsza\n  Druga\nTrzecia"
    assert check(data) == []


def test_nothing_is_written_for_what_is_empty(make):
    invoice = make()
    invoice.Fa.FaWiersz[0].Indeks = " \x00"
    invoice.Fa.Rozliczenie = fa3.Rozliczenie()
    invoice.Fa.Platnosc = fa3.Platnosc(TerminPlatnosci=[fa3.TerminPlatnosci()])
    data = fa3.write(invoice)
    for name in (b"Indeks", b"Rozliczenie", b"Platnosc"):
        assert b"<" + name not in data


def test_cells_of_a_table_may_be_empty(make, check):
    invoice = make()
    invoice.Zalacznik = fa3.Zalacznik(
        BlokDanych=[
            fa3.BlokDanych(
                MetaDane=[fa3.MetaDane(ZKlucz="Licznik", ZWartosc="7")],
                Tabela=[
                    fa3.Tabela(
                        TNaglowek=fa3.TNaglowek(
                            Kol=[fa3.Kol(Typ="date", NKom="Dzień"), fa3.Kol(Typ="dec", NKom="")]
                        ),
                        Wiersz=[fa3.Wiersz(WKom=["2026-08-01", ""])],
                    )
                ],
            )
        ]
    )
    data = fa3.write(invoice)
    assert b'<Kol Typ="dec"><NKom></NKom></Kol>' in data
    assert b"<WKom></WKom>" in data
    assert check(data) == []


def test_too_long_texts_are_refused_with_place_never_cut(make):
    invoice = make()
    invoice.Podmiot2.DaneIdentyfikacyjne.Nazwa = "x" * 513
    invoice.Fa.FaWiersz[1].P_7 = "&" * 512 + "y"
    with pytest.raises(fa3.Unwritable) as caught:
        fa3.write(invoice)
    name, row = caught.value.problems
    assert (name.code, name.field, name.place) == (
        "too_long",
        "Podmiot2/DaneIdentyfikacyjne/Nazwa",
        "",
    )
    assert str(name).startswith("Buyer's name: 513 characters")
    assert (row.field, row.place) == ("P_7", "FaWiersz[2]")
    assert str(row).startswith("Row 2, description: 513 characters, but there is room for 512")


def test_length_is_counted_in_characters_not_bytes_or_references(make, check):
    invoice = make()
    invoice.Fa.FaWiersz[0].P_7 = "ż&" * 256
    assert check(invoice) == []


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("P_9A", "1.123456789", "too_precise"),
        ("P_11", "1.001", "too_precise"),
        ("P_11", "1" * 17, "too_large"),
        ("P_8B", "NaN", "not_a_number"),
        ("P_8B", "Infinity", "not_a_number"),
    ],
)
def test_numbers_that_do_not_fit_are_refused_never_rounded(make, field, value, code):
    invoice = make()
    setattr(invoice.Fa.FaWiersz[0], field, Decimal(value))
    with pytest.raises(fa3.Unwritable) as caught:
        fa3.write(invoice)
    assert [(p.code, p.field, p.place) for p in caught.value.problems] == [
        (code, field, "FaWiersz[1]")
    ]


def test_a_time_without_zone_is_refused(make):
    invoice = make()
    invoice.Naglowek.DataWytworzeniaFa = datetime(2026, 8, 31, 12)
    with pytest.raises(fa3.Unwritable, match="time zone"):
        fa3.write(invoice)


@pytest.mark.parametrize(
    ("field", "value"),
    [("P_7", False), ("P_8B", 2.0), ("P_8B", 2), ("NrWierszaFa", "1"), ("NrWierszaFa", True)],
)
def test_a_value_of_another_type_is_a_programming_error_with_place(make, field, value):
    invoice = make()
    setattr(invoice.Fa.FaWiersz[0], field, value)
    with pytest.raises(TypeError, match=f"Fa/FaWiersz/{field}"):
        fa3.write(invoice)


def test_a_moment_where_a_day_belongs_is_a_programming_error(make):
    invoice = make()
    invoice.Fa.P_1 = datetime(2026, 8, 31, tzinfo=timezone.utc)
    with pytest.raises(TypeError, match="Fa/P_1"):
        fa3.write(invoice)
    invoice.Fa.P_1 = date(2026, 8, 31)
    invoice.Fa.Platnosc = fa3.Skonto(WarunkiSkonta="x")
    with pytest.raises(TypeError, match="Platnosc is wanted"):
        fa3.write(invoice)


def test_a_text_where_a_list_belongs_is_a_programming_error(make):
    invoice = make()
    invoice.Fa.WZ = "WZ/1"
    with pytest.raises(TypeError, match="Fa/WZ: a list is wanted"):
        fa3.write(invoice)
