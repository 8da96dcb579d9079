"""Parties: seller, buyer, third parties, authorised party, and their addresses."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .fields import Element, exact, many, mark, one, percent, text, whole, yes_no


@dataclass(slots=True, kw_only=True)
class TPodmiot1(Element):
    """Who the seller is: NIP and name (also for the authorised party)."""

    #: Polish tax number, ten digits
    NIP: str | None = exact(required=True)
    #: name of the company, or first name and surname
    Nazwa: str | None = text(512, required=True)


@dataclass(slots=True, kw_only=True)
class TAdres(Element):
    """An address: country and two lines, as they stand on an envelope."""

    #: country code, as in TKodKraju
    KodKraju: str | None = exact(required=True)
    #: address, first line
    AdresL1: str | None = text(512, required=True)
    #: address, second line
    AdresL2: str | None = text(512)
    #: Global Location Number
    GLN: str | None = text(13)


@dataclass(slots=True, kw_only=True)
class DaneKontaktowe(Element):
    """One contact of a party."""

    #: e-mail address
    Email: str | None = text(255)
    #: telephone number
    Telefon: str | None = text(16)


@dataclass(slots=True, kw_only=True)
class Podmiot1(Element):
    """The seller."""

    #: "PL", for EU deliveries and triangular sales (art. 97 section 10)
    PrefiksPodatnika: str | None = exact()
    #: EORI number
    NrEORI: str | None = text(256)
    #: tax number and name
    DaneIdentyfikacyjne: TPodmiot1 | None = one(TPodmiot1, required=True)
    #: address
    Adres: TAdres | None = one(TAdres, required=True)
    #: address for letters
    AdresKoresp: TAdres | None = one(TAdres)
    #: contacts
    DaneKontaktowe: list[DaneKontaktowe] = many(DaneKontaktowe, 3)
    #: liquidation, restructuring, bankruptcy, enterprise in succession: codes.SELLER_STATES
    StatusInfoPodatnika: int | None = whole()


@dataclass(slots=True, kw_only=True)
class TPodmiot2(Element):
    """Who the buyer (or carrier) is: NIP, or KodUE + NrVatUE, or KodKraju + NrID, or BrakID."""

    #: Polish tax number, ten digits
    NIP: str | None = exact()
    #: EU VAT prefix (Greece is EL)
    KodUE: str | None = exact()
    #: EU VAT number without its prefix
    NrVatUE: str | None = exact()
    #: country that gave the tax number
    KodKraju: str | None = exact()
    #: another tax number
    NrID: str | None = exact(50)
    #: 1: has no tax number, or it does not stand on the invoice
    BrakID: int | None = mark()
    #: name of the company, or first name and surname
    Nazwa: str | None = text(512)


@dataclass(slots=True, kw_only=True)
class Podmiot2(Element):
    """The buyer."""

    #: EORI number
    NrEORI: str | None = text(256)
    #: tax number and name
    DaneIdentyfikacyjne: TPodmiot2 | None = one(TPodmiot2, required=True)
    #: address
    Adres: TAdres | None = one(TAdres)
    #: address for letters
    AdresKoresp: TAdres | None = one(TAdres)
    #: contacts
    DaneKontaktowe: list[DaneKontaktowe] = many(DaneKontaktowe, 3)
    #: the customer's number in the contract or order
    NrKlienta: str | None = text(256)
    #: key that ties this party to its Podmiot2K in a correction of its data
    IDNabywcy: str | None = text(32)
    #: 1: concerns a unit of local government (then Podmiot3 with role 8); 2: no
    JST: int | None = yes_no(required=True)
    #: 1: concerns a member of a VAT group (then Podmiot3 with role 10); 2: no
    GV: int | None = yes_no(required=True)


@dataclass(slots=True, kw_only=True)
class TPodmiot3(Element):
    """Who a third party is: as TPodmiot2, or an internal identifier."""

    #: Polish tax number, ten digits
    NIP: str | None = exact()
    #: internal identifier: NIP, hyphen, five digits
    IDWew: str | None = text(20)
    #: EU VAT prefix (Greece is EL)
    KodUE: str | None = exact()
    #: EU VAT number without its prefix
    NrVatUE: str | None = exact()
    #: country that gave the tax number
    KodKraju: str | None = exact()
    #: another tax number
    NrID: str | None = exact(50)
    #: 1: has no tax number, or it does not stand on the invoice
    BrakID: int | None = mark()
    #: name of the company, or first name and surname
    Nazwa: str | None = text(512)


@dataclass(slots=True, kw_only=True)
class Podmiot3(Element):
    """A third party: its role is either Rola, or RolaInna with OpisRoli."""

    #: key that ties this party to its Podmiot2K in a correction of its data
    IDNabywcy: str | None = text(32)
    #: EORI number
    NrEORI: str | None = text(256)
    #: tax number and name
    DaneIdentyfikacyjne: TPodmiot3 | None = one(TPodmiot3, required=True)
    #: address
    Adres: TAdres | None = one(TAdres)
    #: address for letters
    AdresKoresp: TAdres | None = one(TAdres)
    #: contacts
    DaneKontaktowe: list[DaneKontaktowe] = many(DaneKontaktowe, 3)
    #: role: codes.THIRD_PARTY_ROLES
    Rola: int | None = whole()
    #: 1: another role, told in OpisRoli
    RolaInna: int | None = mark()
    #: description of another role
    OpisRoli: str | None = text(256)
    #: percentage of an additional buyer; without it the shares are equal
    Udzial: Decimal | None = percent()
    #: the customer's number in the contract or order
    NrKlienta: str | None = text(256)


@dataclass(slots=True, kw_only=True)
class DaneKontaktowePU(Element):
    """One contact of the authorised party."""

    #: e-mail address
    EmailPU: str | None = text(255)
    #: telephone number
    TelefonPU: str | None = text(16)


@dataclass(slots=True, kw_only=True)
class PodmiotUpowazniony(Element):
    """An authorised party: enforcement authority, bailiff, tax representative."""

    #: EORI number
    NrEORI: str | None = text(256)
    #: tax number and name
    DaneIdentyfikacyjne: TPodmiot1 | None = one(TPodmiot1, required=True)
    #: address
    Adres: TAdres | None = one(TAdres, required=True)
    #: address for letters
    AdresKoresp: TAdres | None = one(TAdres)
    #: contacts
    DaneKontaktowe: list[DaneKontaktowePU] = many(DaneKontaktowePU, 3)
    #: enforcement authority, bailiff, tax representative: codes.AUTHORISED_ROLES
    RolaPU: int | None = whole(required=True)
