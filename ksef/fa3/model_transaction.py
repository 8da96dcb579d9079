"""Conditions of the transaction: contracts, orders, delivery and transport."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from .fields import Element, day, exact, many, mark, moment, one, quantity, text, whole
from .model_parties import TAdres, TPodmiot2


@dataclass(slots=True, kw_only=True)
class Umowy(Element):
    """One contract."""

    #: date of the contract
    DataUmowy: date | None = day()
    #: number of the contract
    NrUmowy: str | None = text(256)


@dataclass(slots=True, kw_only=True)
class Zamowienia(Element):
    """One order."""

    #: date of the order
    DataZamowienia: date | None = day()
    #: number of the order
    NrZamowienia: str | None = text(256)


@dataclass(slots=True, kw_only=True)
class Przewoznik(Element):
    """The carrier."""

    #: tax number and name
    DaneIdentyfikacyjne: TPodmiot2 | None = one(TPodmiot2, required=True)
    #: the carrier's address
    AdresPrzewoznika: TAdres | None = one(TAdres, required=True)


@dataclass(slots=True, kw_only=True)
class Transport(Element):
    """One transport."""

    #: means: codes.TRANSPORTS
    RodzajTransportu: int | None = whole()
    #: 1: another means, told in OpisInnegoTransportu
    TransportInny: int | None = mark()
    #: description of another means
    OpisInnegoTransportu: str | None = text(50)
    #: carrier
    Przewoznik: Przewoznik | None = one(Przewoznik)
    #: number of the transport order
    NrZleceniaTransportu: str | None = text(256)
    #: kind of load: codes.LOADS
    OpisLadunku: int | None = whole()
    #: 1: another load, told in OpisInnegoLadunku
    LadunekInny: int | None = mark()
    #: description of another or mixed load
    OpisInnegoLadunku: str | None = text(50)
    #: unit of packing
    JednostkaOpakowania: str | None = text(256)
    #: start of the transport
    DataGodzRozpTransportu: datetime | None = moment()
    #: end of the transport
    DataGodzZakTransportu: datetime | None = moment()
    #: from where
    WysylkaZ: TAdres | None = one(TAdres)
    #: by way of
    WysylkaPrzez: list[TAdres] = many(TAdres, 20)
    #: to where
    WysylkaDo: TAdres | None = one(TAdres)


@dataclass(slots=True, kw_only=True)
class WarunkiTransakcji(Element):
    """Conditions of the transaction."""

    #: contracts
    Umowy: list[Umowy] = many(Umowy, 100)
    #: orders
    Zamowienia: list[Zamowienia] = many(Zamowienia, 100)
    #: batch numbers of goods
    NrPartiiTowaru: list[str] = many(text(256), 1000)
    #: delivery terms (Incoterms)
    WarunkiDostawy: str | None = text(256)
    #: agreed exchange rate (not the one for the tax)
    KursUmowny: Decimal | None = quantity()
    #: its currency
    WalutaUmowna: str | None = exact()
    #: transports
    Transport: list[Transport] = many(Transport, 20)
    #: 1: chain transaction by the intermediary of art. 22 section 2d
    PodmiotPosredniczacy: int | None = mark()
