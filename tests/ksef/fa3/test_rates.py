"""Every Polish rate: the totals it goes to, and a valid invoice with it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ksef import fa3
from ksef.fa3 import rates

TOTALS = {
    "23": ("P_13_1", "P_14_1", "P_14_1W"),
    "22": ("P_13_1", "P_14_1", "P_14_1W"),
    "8": ("P_13_2", "P_14_2", "P_14_2W"),
    "7": ("P_13_2", "P_14_2", "P_14_2W"),
    "5": ("P_13_3", "P_14_3", "P_14_3W"),
    "4": ("P_13_4", "P_14_4", "P_14_4W"),
    "3": ("P_13_4", "P_14_4", "P_14_4W"),
    "0 KR": ("P_13_6_1", "", ""),
    "0 WDT": ("P_13_6_2", "", ""),
    "0 EX": ("P_13_6_3", "", ""),
    "zw": ("P_13_7", "", ""),
    "np I": ("P_13_8", "", ""),
    "np II": ("P_13_9", "", ""),
    "oo": ("P_13_10", "", ""),
}


@pytest.mark.parametrize("code", TOTALS)
def test_totals_of_a_rate(code):
    rate = rates.RATES[code]
    assert (rate.net, rate.tax, rate.tax_pln) == TOTALS[code]
    assert (rate.percent is None) == (code in ("zw", "oo", "np I", "np II"))


def test_every_rate_is_here():
    assert set(rates.RATES) == set(TOTALS)


@pytest.mark.parametrize("code", TOTALS)
def test_an_invoice_at_this_rate_is_valid(make, check, code):
    invoice = make([("3", "33.33", code)])
    assert check(invoice) == []
    assert getattr(fa3.read(fa3.write(invoice)).Fa, TOTALS[code][0]) == Decimal("99.99")


def test_an_invoice_at_all_rates_is_valid(make, check):
    assert check(make([("1.234567", "98.76543210", code) for code in TOTALS])) == []


def test_one_stop_shop_and_margin_are_valid(make, check):
    shop = make([])
    shop.Podmiot2.DaneIdentyfikacyjne = fa3.TPodmiot2(BrakID=1, Nazwa="Jana Nováková")
    shop.Fa.FaWiersz = [
        fa3.FaWiersz(
            NrWierszaFa=1,
            P_7="Książka",
            P_8A="szt.",
            P_8B=Decimal(1),
            P_9A=Decimal(100),
            P_11=Decimal(100),
            P_12_XII=Decimal("25.5"),
        )
    ]
    shop.Fa.P_13_5, shop.Fa.P_14_5, shop.Fa.P_15 = Decimal(100), Decimal("25.50"), Decimal("125.5")
    assert check(shop) == []
    margin = make([])
    margin.Fa.FaWiersz = [
        fa3.FaWiersz(NrWierszaFa=1, P_7="Obraz", P_8A="szt.", P_8B=Decimal(1), P_11A=Decimal(5000))
    ]
    margin.Fa.P_13_11 = margin.Fa.P_15 = Decimal(5000)
    margin.Fa.Adnotacje.PMarzy = fa3.PMarzy(P_PMarzy=1, P_PMarzy_3_2=1)
    assert check(margin) == []
