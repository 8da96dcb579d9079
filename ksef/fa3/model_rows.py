"""Rows of the invoice and further data about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .fields import Element, amount, day, mark, percent, price, quantity, text, whole


@dataclass(slots=True, kw_only=True)
class TKluczWartosc(Element):
    """One more thing to tell: key and value (DodatkowyOpis)."""

    #: number of the row concerned (NrWierszaFa or NrWierszaZam), if only one is
    NrWiersza: int | None = whole()
    #: what is told
    Klucz: str | None = text(256, required=True)
    #: its value
    Wartosc: str | None = text(256, required=True)


@dataclass(slots=True, kw_only=True)
class FaWiersz(Element):
    """One row of the invoice, in the currency of the invoice."""

    #: number of the row, from 1
    NrWierszaFa: int | None = whole(required=True)
    #: universal unique number of the row
    UU_ID: str | None = text(50)
    #: date of supply or payment of this row, when rows differ
    P_6A: date | None = day()
    #: name of the goods or service
    P_7: str | None = text(512)
    #: the seller's own product code
    Indeks: str | None = text(50)
    #: Global Trade Item Number
    GTIN: str | None = text(20)
    #: code of the Polish classification of products and services
    PKWiU: str | None = text(50)
    #: Combined Nomenclature code
    CN: str | None = text(50)
    #: code of the Polish classification of buildings
    PKOB: str | None = text(50)
    #: unit of measure
    P_8A: str | None = text(256)
    #: quantity
    P_8B: Decimal | None = quantity()
    #: unit price net
    P_9A: Decimal | None = price()
    #: unit price gross (art. 106e section 7 and 8)
    P_9B: Decimal | None = price()
    #: discount, unless the unit price holds it already
    P_10: Decimal | None = price()
    #: net value of the row
    P_11: Decimal | None = amount()
    #: gross value of the row (art. 106e section 7 and 8)
    P_11A: Decimal | None = amount()
    #: VAT of the row (art. 106e section 10)
    P_11Vat: Decimal | None = amount()
    #: tax rate: rates.RATES
    P_12: str | None = text()
    #: foreign VAT rate under the One Stop Shop
    P_12_XII: Decimal | None = percent()
    #: 1: goods or services of annex 15 (split payment)
    P_12_Zal_15: int | None = mark()
    #: excise duty within the price
    KwotaAkcyzy: Decimal | None = amount()
    #: GTU group: codes.GTU
    GTU: str | None = text()
    #: procedure: codes.PROCEDURES
    Procedura: str | None = text()
    #: exchange rate for the tax
    KursWaluty: Decimal | None = quantity()
    #: 1: the row as it was before the correction
    StanPrzed: int | None = mark()
