"""Payment: what was paid, what is due when, how and to which account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .fields import Element, amount, day, exact, many, mark, one, text, whole, yes_no


@dataclass(slots=True, kw_only=True)
class ZaplataCzesciowa(Element):
    """One of several payments: FormaPlatnosci, or PlatnoscInna with OpisPlatnosci."""

    #: amount paid
    KwotaZaplatyCzesciowej: Decimal | None = amount(required=True)
    #: day of that payment
    DataZaplatyCzesciowej: date | None = day(required=True)
    #: means of payment: codes.PAYMENT_FORMS
    FormaPlatnosci: int | None = whole()
    #: 1: other means of payment, told in OpisPlatnosci
    PlatnoscInna: int | None = mark()
    #: description of other means of payment
    OpisPlatnosci: str | None = text(256)


@dataclass(slots=True, kw_only=True)
class TerminOpis(Element):
    """A due date in words: "14", "days", "delivery"."""

    #: how many
    Ilosc: int | None = whole(required=True)
    #: of which unit (days, weeks)
    Jednostka: str | None = text(50, required=True)
    #: after which event
    ZdarzeniePoczatkowe: str | None = text(256, required=True)


@dataclass(slots=True, kw_only=True)
class TerminPlatnosci(Element):
    """One due date."""

    #: due date
    Termin: date | None = day()
    #: due date in words: so many units after an event
    TerminOpis: TerminOpis | None = one(TerminOpis)


@dataclass(slots=True, kw_only=True)
class TRachunekBankowy(Element):
    """A bank account."""

    #: full account number
    NrRB: str | None = exact(34, required=True)
    #: SWIFT code
    SWIFT: str | None = exact()
    #: kind of a bank's own account: codes.OWN_ACCOUNTS
    RachunekWlasnyBanku: int | None = whole()
    #: name of the bank
    NazwaBanku: str | None = text(256)
    #: description of the account
    OpisRachunku: str | None = text(256)


@dataclass(slots=True, kw_only=True)
class Skonto(Element):
    """Discount for early payment."""

    #: its conditions
    WarunkiSkonta: str | None = text(256, required=True)
    #: its size
    WysokoscSkonta: str | None = text(256, required=True)


@dataclass(slots=True, kw_only=True)
class Platnosc(Element):
    """Payment: paid (Zaplacono, DataZaplaty), or in parts, or due; and how."""

    #: 1: paid in full
    Zaplacono: int | None = mark()
    #: day of payment
    DataZaplaty: date | None = day()
    #: 1: paid in part; 2: paid in full by several payments
    ZnacznikZaplatyCzesciowej: int | None = yes_no()
    #: each of the payments
    ZaplataCzesciowa: list[ZaplataCzesciowa] = many(ZaplataCzesciowa, 100)
    #: due dates
    TerminPlatnosci: list[TerminPlatnosci] = many(TerminPlatnosci, 100)
    #: means of payment: codes.PAYMENT_FORMS
    FormaPlatnosci: int | None = whole()
    #: 1: other means of payment, told in OpisPlatnosci
    PlatnoscInna: int | None = mark()
    #: description of other means of payment
    OpisPlatnosci: str | None = text(256)
    #: accounts to pay to
    RachunekBankowy: list[TRachunekBankowy] = many(TRachunekBankowy, 100)
    #: accounts of the factor
    RachunekBankowyFaktora: list[TRachunekBankowy] = many(TRachunekBankowy, 20)
    #: discount for early payment
    Skonto: Skonto | None = one(Skonto)
    #: link to pay on line; holds the parameter IPKSeF
    LinkDoPlatnosci: str | None = text(512)
    #: KSeF payment identifier: three digits and ten letters or digits
    IPKSeF: str | None = text(13)
