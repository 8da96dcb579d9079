"""Advance invoices: payments received, invoices settled, the order behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .fields import Element, amount, day, many, mark, percent, price, quantity, text, whole


@dataclass(slots=True, kw_only=True)
class ZaliczkaCzesciowa(Element):
    """One of several payments that one invoice documents."""

    #: day of the payment
    P_6Z: date | None = day(required=True)
    #: amount of the payment, part of P_15
    P_15Z: Decimal | None = amount(required=True)
    #: exchange rate for the tax of this payment
    KursWalutyZW: Decimal | None = quantity()


@dataclass(slots=True, kw_only=True)
class FakturaZaliczkowa(Element):
    """One advance invoice: its KSeF number, or NrKSeFZN with its own number."""

    #: 1: it was issued outside KSeF
    NrKSeFZN: int | None = mark()
    #: its number, when issued outside KSeF
    NrFaZaliczkowej: str | None = text(256)
    #: its KSeF number
    NrKSeFFaZaliczkowej: str | None = text()


@dataclass(slots=True, kw_only=True)
class ZamowienieWiersz(Element):
    """One row of the order behind an advance invoice."""

    #: number of the row, from 1
    NrWierszaZam: int | None = whole(required=True)
    #: universal unique number of the row
    UU_IDZ: str | None = text(50)
    #: name of the goods or service
    P_7Z: str | None = text(512)
    #: the seller's own product code
    IndeksZ: str | None = text(50)
    #: Global Trade Item Number
    GTINZ: str | None = text(20)
    #: code of the Polish classification of products and services
    PKWiUZ: str | None = text(50)
    #: Combined Nomenclature code
    CNZ: str | None = text(50)
    #: code of the Polish classification of buildings
    PKOBZ: str | None = text(50)
    #: unit of measure
    P_8AZ: str | None = text(256)
    #: quantity
    P_8BZ: Decimal | None = quantity()
    #: unit price net
    P_9AZ: Decimal | None = price()
    #: net value of the row
    P_11NettoZ: Decimal | None = amount()
    #: VAT of the row
    P_11VatZ: Decimal | None = amount()
    #: tax rate: rates.RATES
    P_12Z: str | None = text()
    #: foreign VAT rate under the One Stop Shop
    P_12Z_XII: Decimal | None = percent()
    #: 1: goods or services of annex 15 (split payment)
    P_12Z_Zal_15: int | None = mark()
    #: GTU group: codes.GTU
    GTUZ: str | None = text()
    #: procedure: codes.PROCEDURES_ORDER
    ProceduraZ: str | None = text()
    #: excise duty within the price
    KwotaAkcyzyZ: Decimal | None = amount()
    #: 1: the row as it was before the correction
    StanPrzedZ: int | None = mark()


@dataclass(slots=True, kw_only=True)
class Zamowienie(Element):
    """The order or contract behind an advance invoice."""

    #: value of the order, tax included
    WartoscZamowienia: Decimal | None = amount(required=True)
    #: rows of the order
    ZamowienieWiersz: list[ZamowienieWiersz] = many(ZamowienieWiersz, 10000, required=True)
