"""Annotations (Adnotacje): what the law wants said on an invoice, each yes or no."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from .fields import Element, day, many, mark, one, text, whole, yes_no


@dataclass(slots=True, kw_only=True)
class Zwolnienie(Element):
    """Exemption: P_19 with one of P_19A, P_19B, P_19C; or else P_19N."""

    #: 1: something is exempt; then one of P_19A, P_19B, P_19C
    P_19: int | None = mark()
    #: provision of the Polish act (or of an order based on it)
    P_19A: str | None = text(256)
    #: provision of the directive 2006/112/EC
    P_19B: str | None = text(256)
    #: other legal basis
    P_19C: str | None = text(256)
    #: 1: nothing is exempt
    P_19N: int | None = mark()


@dataclass(slots=True, kw_only=True)
class NowySrodekTransportu(Element):
    """One new means of transport: land vehicle (P_22B), vessel (P_22C) or aircraft (P_22D)."""

    #: day it was first put to use
    P_22A: date | None = day(required=True)
    #: number of the row that delivers it
    P_NrWierszaNST: int | None = whole(required=True)
    #: make
    P_22BMK: str | None = text(256)
    #: model
    P_22BMD: str | None = text(256)
    #: colour
    P_22BK: str | None = text(256)
    #: registration number
    P_22BNR: str | None = text(256)
    #: year of production
    P_22BRP: str | None = text(256)
    #: land vehicles: mileage
    P_22B: str | None = text(256)
    #: land vehicles: VIN (or one of the next three)
    P_22B1: str | None = text(256)
    #: land vehicles: body number
    P_22B2: str | None = text(256)
    #: land vehicles: chassis number
    P_22B3: str | None = text(256)
    #: land vehicles: frame number
    P_22B4: str | None = text(256)
    #: land vehicles: type
    P_22BT: str | None = text(256)
    #: vessels: hours of use
    P_22C: str | None = text(256)
    #: vessels: hull number
    P_22C1: str | None = text(256)
    #: aircraft: hours of use
    P_22D: str | None = text(256)
    #: aircraft: serial number
    P_22D1: str | None = text(256)


@dataclass(slots=True, kw_only=True)
class NoweSrodkiTransportu(Element):
    """New means of transport: P_22, P_42_5 and each of them; or else P_22N."""

    #: 1: new means of transport are delivered within the EU
    P_22: int | None = mark()
    #: 1: the duty of art. 42 section 5 arises; 2: it does not
    P_42_5: int | None = yes_no()
    #: each of them
    NowySrodekTransportu: list[NowySrodekTransportu] = many(NowySrodekTransportu, 10000)
    #: 1: none
    P_22N: int | None = mark()


@dataclass(slots=True, kw_only=True)
class PMarzy(Element):
    """Margin scheme: P_PMarzy with one of the four marks; or else P_PMarzyN."""

    #: 1: a margin scheme applies; then one of the next four
    P_PMarzy: int | None = mark()
    #: 1: travel agents (art. 119)
    P_PMarzy_2: int | None = mark()
    #: 1: second-hand goods (art. 120)
    P_PMarzy_3_1: int | None = mark()
    #: 1: works of art (art. 120)
    P_PMarzy_3_2: int | None = mark()
    #: 1: collectors' items and antiques (art. 120)
    P_PMarzy_3_3: int | None = mark()
    #: 1: no margin scheme
    P_PMarzyN: int | None = mark()


@dataclass(slots=True, kw_only=True)
class Adnotacje(Element):
    """Annotations that the law wants on an invoice; 1 is yes and 2 is no."""

    #: 1: cash method ("metoda kasowa"); 2: no
    P_16: int | None = yes_no(required=True)
    #: 1: self-billing ("samofakturowanie"); 2: no
    P_17: int | None = yes_no(required=True)
    #: 1: reverse charge ("odwrotne obciążenie"); 2: no
    P_18: int | None = yes_no(required=True)
    #: 1: split payment ("mechanizm podzielonej płatności"); 2: no
    P_18A: int | None = yes_no(required=True)
    #: exemption from VAT: whether, and its legal basis
    Zwolnienie: Zwolnienie | None = one(Zwolnienie, required=True)
    #: new means of transport delivered within the EU
    NoweSrodkiTransportu: NoweSrodkiTransportu | None = one(NoweSrodkiTransportu, required=True)
    #: 1: simplified triangular sale by the second taxpayer; 2: no
    P_23: int | None = yes_no(required=True)
    #: margin schemes
    PMarzy: PMarzy | None = one(PMarzy, required=True)
