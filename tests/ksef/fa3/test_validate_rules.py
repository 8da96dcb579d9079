"""What the schema cannot see: check digits, dates, row numbers, sums."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ksef import fa3


def found(problems) -> list[tuple[str, str, str, str]]:
    return [(p.level, p.code, p.field, p.place) for p in problems]


def test_check_digits_of_every_party(make, check):
    invoice = make()
    invoice.Podmiot1.DaneIdentyfikacyjne.NIP = "5260250275"
    invoice.Podmiot2.DaneIdentyfikacyjne.NIP = "1234563219"
    address = fa3.TAdres(KodKraju="PL", AdresL1="Rynek 2")
    invoice.Podmiot3 = [
        fa3.Podmiot3(DaneIdentyfikacyjne=fa3.TPodmiot3(NIP="5260250274"), Rola=1),
        fa3.Podmiot3(DaneIdentyfikacyjne=fa3.TPodmiot3(NIP="5260250270"), Rola=6),
        fa3.Podmiot3(DaneIdentyfikacyjne=fa3.TPodmiot3(IDWew="5260250271-12345"), Rola=2),
    ]
    invoice.PodmiotUpowazniony = fa3.PodmiotUpowazniony(
        DaneIdentyfikacyjne=fa3.TPodmiot1(NIP="5260250272", Nazwa="Komornik"),
        Adres=address,
        RolaPU=2,
    )
    problems = check(invoice)
    nip = "DaneIdentyfikacyjne/NIP"
    assert found(problems) == [
        ("wall", "nip_check_digit", f"Podmiot1/{nip}", ""),
        ("wall", "nip_check_digit", f"Podmiot2/{nip}", ""),
        ("wall", "nip_check_digit", f"PodmiotUpowazniony/{nip}", ""),
        ("wall", "nip_check_digit", f"Podmiot3/{nip}", "Podmiot3[2]"),
        ("wall", "nip_check_digit", "Podmiot3/DaneIdentyfikacyjne/IDWew", "Podmiot3[3]"),
    ]
    assert problems[1].message.startswith("Buyer's NIP: the check digit of 1234563219 is wrong.")


def test_a_date_in_the_future_is_refused(make, check):
    data = fa3.write(make())
    assert check(data, today=date(2026, 8, 31)) == []
    (problem,) = check(data, today=date(2026, 8, 30))
    assert found([problem]) == [("wall", "future_date", "P_1", "")]
    assert problem.message == (
        "Date of issue: 2026-08-31 is in the future; in Poland it is 2026-08-30. KSeF refuses it."
    )


def test_today_is_warsaws_day(make):
    """Without a day given it is now in Poland: yesterday's invoice passes, next year's does not."""
    invoice = make()
    invoice.Fa.P_1 = date(2026, 1, 1)
    assert fa3.validate(fa3.write(invoice)) == []
    invoice.Fa.P_1 = date(2049, 12, 31)
    assert [p.code for p in fa3.validate(fa3.write(invoice))] == ["future_date"]


def test_row_numbers_are_unique(make, check):
    invoice = make()
    invoice.Fa.FaWiersz[1].NrWierszaFa = 1
    (problem,) = check(invoice)
    assert found([problem]) == [("wall", "duplicate_row_number", "NrWierszaFa", "FaWiersz[2]")]
    assert problem.message == "Row 2, number: 1 is the number of an earlier row as well."
    invoice.Fa.RodzajFaktury = "KOR"
    invoice.Fa.DaneFaKorygowanej = [
        fa3.DaneFaKorygowanej(
            DataWystFaKorygowanej=date(2026, 8, 1), NrFaKorygowanej="FV/1", NrKSeFN=1
        )
    ]
    invoice.Fa.TypKorekty = 1
    invoice.Fa.FaWiersz[0].StanPrzed = 1
    invoice.Fa.P_13_1, invoice.Fa.P_14_1 = -invoice.Fa.P_13_1, -invoice.Fa.P_14_1
    invoice.Fa.P_15 += 2 * (invoice.Fa.P_13_1 + invoice.Fa.P_14_1)
    assert check(invoice) == []


def test_net_total_against_its_rows(make, check):
    invoice = make()
    invoice.Fa.P_13_1 = Decimal("110.00")
    problems = check(invoice)
    assert found(problems)[0] == ("wall", "net_sum", "P_13_1", "")
    assert problems[0].message == (
        "Net at the standard rate (P_13_1): 110.00, but its rows add up to 100.00."
    )


def test_a_rate_without_its_total_and_a_total_without_rows(make, check):
    invoice = make()
    invoice.Fa.FaWiersz[1].P_12 = "5"
    assert [(p.code, p.field) for p in check(invoice)] == [
        ("net_sum", "P_13_2"),
        ("net_sum", "P_13_3"),
    ]


def test_tax_total_against_its_rows(make, check):
    invoice = make()
    invoice.Fa.P_14_1 = Decimal("22.00")
    invoice.Fa.P_15 -= 1
    (problem,) = check(invoice)
    assert found([problem]) == [("wall", "tax_sum", "P_14_1", "")]
    assert problem.message == (
        "VAT at the standard rate (P_14_1): 22.00, but the tax on its rows is 23.00."
    )


def test_rounding_by_row_and_by_total_are_both_lawful(make, check):
    invoice = make([("1", "0.02", "23")] * 9)
    # 0.18 net: 0.04 of tax rounded once, or none at all rounded nine times.
    assert Decimal("0.04") == invoice.Fa.P_14_1
    assert check(invoice) == []
    invoice.Fa.P_14_1, invoice.Fa.P_15 = Decimal("0.00"), Decimal("0.18")
    assert check(invoice) == []


def test_gross_prices(make, check):
    invoice = make([("1", "100", "23"), ("1", "50", "23")])
    for row, gross in zip(invoice.Fa.FaWiersz, ("123.00", "61.50"), strict=True):
        row.P_9A, row.P_9B, row.P_11, row.P_11A = None, Decimal(gross), None, Decimal(gross)
    assert check(invoice) == []
    invoice.Fa.FaWiersz[0].P_9B = invoice.Fa.FaWiersz[0].P_11A = Decimal("223.00")
    assert [(p.code, p.field) for p in check(invoice)] == [("net_sum", "P_13_1")]


@pytest.mark.parametrize(
    ("difference", "level"),
    [("0.04", None), ("-0.04", None), ("0.90", "warning"), ("-1.01", "wall"), ("50", "wall")],
)
def test_total_due_against_net_and_tax(make, check, difference, level):
    invoice = make()
    invoice.Fa.P_15 += Decimal(difference)
    problems = check(invoice)
    if level is None:
        assert problems == []
        return
    assert found(problems) == [(level, "total_sum", "P_15", "")]
    assert problems[0].message.startswith("Total due: ")
    assert problems[0].message.endswith("but net values and tax add up to 155.39.")


def test_sums_are_left_alone_where_the_rows_do_not_tell_them(make, check):
    """A simplified invoice may give the totals or the rates of its rows alone."""
    invoice = make()
    invoice.Fa.RodzajFaktury = "UPR"
    for row in invoice.Fa.FaWiersz:
        row.P_9A = row.P_11 = row.P_12 = None
    assert check(invoice) == []
    invoice = make()
    invoice.Fa.FaWiersz[0].P_11 = None
    invoice.Fa.P_13_2 = Decimal("29.50")
    assert [(p.code, p.level, p.field) for p in check(invoice)] == [
        ("tax_of_net", "warning", "P_14_2"),
        ("total_sum", "warning", "P_15"),
    ]


def test_the_invoice_it_was_written_from_saves_reading(make, check):
    invoice = make()
    invoice.Fa.P_15 += 50
    data = fa3.write(invoice)
    assert check(data, invoice=invoice) == check(data)


def test_problems_can_be_said_in_another_language(make, check):
    polish = {
        "%(label)s: %(length)s characters, but there is room for %(limit)s only. Shorten it.": (
            "%(label)s: %(length)s znaków, a jest miejsce na %(limit)s. Skróć."
        ),
        "Row %(row)s, description": "Wiersz %(row)s, opis",
    }
    data = fa3.write(make()).decode().replace("Towar 2", "T" * 513).encode()
    (problem,) = check(data)
    assert fa3.translated(problem, lambda text: polish.get(text, text)) == (
        "Wiersz 2, opis: 513 znaków, a jest miejsce na 512. Skróć."
    )
    assert fa3.translated(problem, lambda text: text) == problem.message
