"""Tax rates of FA(3) and the totals that their rows add up to.

The one table of the addon: what fills the totals and what checks them both read it.  Source: the
schema's descriptions of P_12 (TStawkaPodatku) and of P_13_1 to P_14_5.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Rate:
    """One rate of a row.

    :param code: value of P_12; empty where the row bears none (One Stop Shop, margin)
    :param percent: the rate, or ``None`` when no tax is charged or its rate stands elsewhere
    :param net: element of ``Fa`` with the sum of the net values
    :param tax: element with the sum of the tax, or ``""``
    :param tax_pln: element with that tax in PLN for invoices in another currency, or ``""``
    """

    code: str
    percent: Decimal | None
    net: str
    tax: str = ""
    tax_pln: str = ""


def _taxed(code: str, bucket: int) -> Rate:
    return Rate(code, Decimal(code), f"P_13_{bucket}", f"P_14_{bucket}", f"P_14_{bucket}W")


#: every value of P_12 by its code
RATES: dict[str, Rate] = {
    rate.code: rate
    for rate in (
        _taxed("23", 1),
        _taxed("22", 1),
        _taxed("8", 2),
        _taxed("7", 2),
        _taxed("5", 3),
        # flat rate for taxis
        _taxed("4", 4),
        _taxed("3", 4),
        # 0 % in Poland, for deliveries within the EU, for exports
        Rate("0 KR", Decimal(0), "P_13_6_1"),
        Rate("0 WDT", Decimal(0), "P_13_6_2"),
        Rate("0 EX", Decimal(0), "P_13_6_3"),
        # exempt
        Rate("zw", None, "P_13_7"),
        # outside Poland; outside Poland to an EU business (art. 100 section 1 point 4)
        Rate("np I", None, "P_13_8"),
        Rate("np II", None, "P_13_9"),
        # domestic reverse charge
        Rate("oo", None, "P_13_10"),
    )
}
#: rows with P_12_XII instead of P_12 (division XII chapter 6a)
ONE_STOP_SHOP = Rate("", None, "P_13_5", "P_14_5")
#: rows without any rate under a margin scheme: their gross value
MARGIN = Rate("", None, "P_13_11")

#: all buckets in the order of the schema
BUCKETS: tuple[Rate, ...] = tuple(
    {rate.net: rate for rate in (*RATES.values(), ONE_STOP_SHOP, MARGIN)}.values()
)
NET_FIELDS = tuple(rate.net for rate in BUCKETS)
TAX_FIELDS = tuple(rate.tax for rate in BUCKETS if rate.tax)
