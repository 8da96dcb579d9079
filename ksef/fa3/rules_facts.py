"""What several rules ask of an invoice, found out once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .model_invoice import Fa, Invoice
from .rates import RATES
from .rules_base import ADVANCES, CORRECTIONS, ZERO

#: rates at which Polish tax is charged
TAXED = frozenset(code for code, rate in RATES.items() if rate.percent)


@dataclass(frozen=True, slots=True)
class Facts:
    """An invoice seen by its rates.

    :param rates: P_12 of its rows, or of its order's rows; of a correction, of the rows after it
    :param all_told: there are rows, and each tells its rate
    :param one_stop_shop: a row bears a foreign rate (P_12_XII)
    :param annex_15: a row is marked as goods or services of annex 15
    :param correction: it corrects others
    """

    invoice: Invoice
    fa: Fa
    kind: str
    correction: bool
    rates: frozenset[str]
    all_told: bool
    one_stop_shop: bool
    annex_15: bool

    def sold(self, code: str) -> bool:
        """Tell whether something is sold at a rate: a row says so, or the total of the rate."""
        return code in self.rates or bool(self.total(RATES[code].net))

    def total(self, name: str) -> Decimal:
        """Return a total, or zero."""
        return getattr(self.fa, name) or ZERO

    @property
    def taxed(self) -> bool:
        """True when Polish tax is charged."""
        return bool(self.rates & TAXED) or any(
            self.total(name) for name in ("P_14_1", "P_14_2", "P_14_3", "P_14_4")
        )

    @property
    def only_taxed(self) -> bool:
        """True when it is certain that nothing but sales with Polish tax is on it."""
        return (
            self.all_told
            and not self.correction
            and not self.one_stop_shop
            and self.rates <= TAXED
            and not any(self.total(name) for name in _UNTAXED)
        )


_UNTAXED = tuple(dict.fromkeys(rate.net for code, rate in RATES.items() if code not in TAXED)) + (
    "P_13_5",
    "P_13_11",
)


def facts_of(invoice: Invoice) -> Facts:
    """Return the facts of an invoice that the schema allows."""
    fa = invoice.Fa
    assert fa is not None
    kind = fa.RodzajFaktury or ""
    rates: set[str | None] = set()
    foreign = annex = untold = False
    if kind in ADVANCES and fa.Zamowienie is not None:
        rows = 0
        for row in fa.Zamowienie.ZamowienieWiersz:
            if row.StanPrzedZ:
                continue
            rows += 1
            rates.add(row.P_12Z)
            if row.P_12Z_XII is not None:
                foreign = True
            elif row.P_12Z is None:
                untold = True
            if row.P_12Z_Zal_15:
                annex = True
    else:
        rows = 0
        for row in fa.FaWiersz:
            if row.StanPrzed:
                continue
            rows += 1
            rates.add(row.P_12)
            if row.P_12_XII is not None:
                foreign = True
            elif row.P_12 is None:
                untold = True
            if row.P_12_Zal_15:
                annex = True
    rates.discard(None)
    return Facts(
        invoice=invoice,
        fa=fa,
        kind=kind,
        correction=kind in CORRECTIONS,
        rates=frozenset(rates),  # type: ignore[arg-type]
        all_told=bool(rows) and not untold,
        one_stop_shop=foreign,
        annex_15=annex,
    )
