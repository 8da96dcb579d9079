"""Charges and deductions outside the tax base (Rozliczenie)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .fields import Element, amount, many, text


@dataclass(slots=True, kw_only=True)
class Obciazenia(Element):
    """One charge."""

    #: amount added to P_15
    Kwota: Decimal | None = amount(required=True)
    #: reason
    Powod: str | None = text(256, required=True)


@dataclass(slots=True, kw_only=True)
class Odliczenia(Element):
    """One deduction."""

    #: amount taken off P_15
    Kwota: Decimal | None = amount(required=True)
    #: reason
    Powod: str | None = text(256, required=True)


@dataclass(slots=True, kw_only=True)
class Rozliczenie(Element):
    """Charges and deductions outside the tax base; DoZaplaty or DoRozliczenia in the end."""

    #: charges
    Obciazenia: list[Obciazenia] = many(Obciazenia, 100)
    #: sum of the charges
    SumaObciazen: Decimal | None = amount()
    #: deductions
    Odliczenia: list[Odliczenia] = many(Odliczenia, 100)
    #: sum of the deductions
    SumaOdliczen: Decimal | None = amount()
    #: left to pay: P_15 plus charges less deductions
    DoZaplaty: Decimal | None = amount()
    #: overpaid, to be settled or given back
    DoRozliczenia: Decimal | None = amount()
