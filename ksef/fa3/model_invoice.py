"""The document, its header and the invoice itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from .fields import (
    Element,
    amount,
    day,
    exact,
    form_code,
    many,
    mark,
    moment,
    one,
    quantity,
    text,
    whole,
)
from .model_advances import FakturaZaliczkowa, ZaliczkaCzesciowa, Zamowienie
from .model_annotations import Adnotacje
from .model_attachment import Zalacznik
from .model_corrections import DaneFaKorygowanej, Podmiot1K, Podmiot2K
from .model_footer import Stopka
from .model_parties import Podmiot1, Podmiot2, Podmiot3, PodmiotUpowazniony
from .model_payment import Platnosc
from .model_rows import FaWiersz, TKluczWartosc
from .model_settlement import Rozliczenie
from .model_transaction import WarunkiTransakcji


@dataclass(slots=True, kw_only=True)
class Naglowek(Element):
    """Header of the document (TNaglowek)."""

    #: form code, always "FA"; its attributes name the schema: "FA (3)", "1-0E"
    KodFormularza: str = form_code()
    #: form variant, always 3
    WariantFormularza: int = whole(3, required=True)
    #: when this file was made (not the date of issue), with time zone
    DataWytworzeniaFa: datetime | None = moment(required=True)
    #: the program that made the invoice
    SystemInfo: str | None = text(256)


@dataclass(slots=True, kw_only=True)
class OkresFa(Element):
    """The period that is invoiced."""

    #: first day of the period
    P_6_Od: date | None = day(required=True)
    #: last day of the period
    P_6_Do: date | None = day(required=True)


@dataclass(slots=True, kw_only=True)
class Fa(Element):
    """The invoice itself."""

    #: currency of the invoice (ISO 4217)
    KodWaluty: str | None = exact(required=True)
    #: date of issue
    P_1: date | None = day(required=True)
    #: place of issue
    P_1M: str | None = text(256)
    #: number of the invoice, unique for the seller
    P_2: str | None = text(256, required=True)
    #: numbers of warehouse delivery notes
    WZ: list[str] = many(text(256), 1000)
    #: date of supply or of payment, common to all rows, if other than the date of issue
    P_6: date | None = day()
    #: period invoiced (art. 19a section 3, 4 and 5 point 4)
    OkresFa: OkresFa | None = one(OkresFa)
    #: net at the standard rate (23 %, 22 %); in corrections, here and below: the difference
    P_13_1: Decimal | None = amount()
    #: VAT on P_13_1
    P_14_1: Decimal | None = amount()
    #: VAT on P_13_1 in PLN, when the currency is foreign
    P_14_1W: Decimal | None = amount()
    #: net at the first reduced rate (8 %, 7 %)
    P_13_2: Decimal | None = amount()
    #: VAT on P_13_2
    P_14_2: Decimal | None = amount()
    #: VAT on P_13_2 in PLN, when the currency is foreign
    P_14_2W: Decimal | None = amount()
    #: net at the second reduced rate (5 %)
    P_13_3: Decimal | None = amount()
    #: VAT on P_13_3
    P_14_3: Decimal | None = amount()
    #: VAT on P_13_3 in PLN, when the currency is foreign
    P_14_3W: Decimal | None = amount()
    #: net under the flat rate for taxis (4 %, 3 %)
    P_13_4: Decimal | None = amount()
    #: VAT on P_13_4
    P_14_4: Decimal | None = amount()
    #: VAT on P_13_4 in PLN, when the currency is foreign
    P_14_4W: Decimal | None = amount()
    #: net under the One Stop Shop (division XII chapter 6a)
    P_13_5: Decimal | None = amount()
    #: VAT of the other country on P_13_5
    P_14_5: Decimal | None = amount()
    #: sales at 0 % in Poland (neither EU delivery nor export)
    P_13_6_1: Decimal | None = amount()
    #: sales at 0 %: delivery of goods within the EU
    P_13_6_2: Decimal | None = amount()
    #: sales at 0 %: export
    P_13_6_3: Decimal | None = amount()
    #: exempt sales
    P_13_7: Decimal | None = amount()
    #: sales outside Poland, but for P_13_5 and P_13_9
    P_13_8: Decimal | None = amount()
    #: services of art. 100 section 1 point 4 (EU business customer)
    P_13_9: Decimal | None = amount()
    #: domestic reverse charge: the buyer accounts for the tax
    P_13_10: Decimal | None = amount()
    #: sales under a margin scheme (art. 119 and 120)
    P_13_11: Decimal | None = amount()
    #: total due; in advance invoices: the payment; in settling ones: what is left to pay
    P_15: Decimal | None = amount(required=True)
    #: exchange rate for the tax, in advance invoices only
    KursWalutyZ: Decimal | None = quantity()
    #: annotations, all of them obligatory
    Adnotacje: Adnotacje | None = one(Adnotacje, required=True)
    #: kind: codes.KINDS (VAT, KOR, ZAL, ROZ, UPR, KOR_ZAL, KOR_ROZ)
    RodzajFaktury: str | None = text(required=True)
    #: reason of the correction
    PrzyczynaKorekty: str | None = text(256)
    #: when the correction takes effect for VAT: codes.CORRECTION_TYPES
    TypKorekty: int | None = whole()
    #: the corrected invoices; obligatory in a correction
    DaneFaKorygowanej: list[DaneFaKorygowanej] = many(DaneFaKorygowanej, 50000)
    #: period of a collective discount (art. 106j section 3)
    OkresFaKorygowanej: str | None = text(256)
    #: right number of the corrected invoice, when its number is what was wrong
    NrFaKorygowany: str | None = text(256)
    #: seller as on the corrected invoice, when the seller's data is corrected
    Podmiot1K: Podmiot1K | None = one(Podmiot1K)
    #: buyers as on the corrected invoice, when their data is corrected
    Podmiot2K: list[Podmiot2K] = many(Podmiot2K, 101)
    #: corrections of advance or settling invoices: payment (or rest to pay) before
    P_15ZK: Decimal | None = amount()
    #: exchange rate for the tax before the correction
    KursWalutyZK: Decimal | None = quantity()
    #: payments, when the invoice documents more than one
    ZaliczkaCzesciowa: list[ZaliczkaCzesciowa] = many(ZaliczkaCzesciowa, 31)
    #: 1: invoice to a till receipt (art. 109 section 3d)
    FP: int | None = mark()
    #: 1: seller and buyer are related
    TP: int | None = mark()
    #: further data, as key and value
    DodatkowyOpis: list[TKluczWartosc] = many(TKluczWartosc, 10000)
    #: advance invoices settled by this one
    FakturaZaliczkowa: list[FakturaZaliczkowa] = many(FakturaZaliczkowa, 100)
    #: 1: for farmers claiming excise duty back
    ZwrotAkcyzy: int | None = mark()
    #: rows of the invoice
    FaWiersz: list[FaWiersz] = many(FaWiersz, 10000)
    #: additional charges and deductions
    Rozliczenie: Rozliczenie | None = one(Rozliczenie)
    #: payment
    Platnosc: Platnosc | None = one(Platnosc)
    #: contracts, orders, delivery, transport
    WarunkiTransakcji: WarunkiTransakcji | None = one(WarunkiTransakcji)
    #: order or contract behind an advance invoice
    Zamowienie: Zamowienie | None = one(Zamowienie)


@dataclass(slots=True, kw_only=True)
class Invoice(Element):
    """The whole document (root element Faktura)."""

    #: header: form, time of making, program
    Naglowek: Naglowek | None = one(Naglowek, required=True)
    #: seller
    Podmiot1: Podmiot1 | None = one(Podmiot1, required=True)
    #: buyer
    Podmiot2: Podmiot2 | None = one(Podmiot2, required=True)
    #: third parties: factor, recipient, payer, units, additional buyers
    Podmiot3: list[Podmiot3] = many(Podmiot3, 100)
    #: enforcement authority, bailiff or tax representative
    PodmiotUpowazniony: PodmiotUpowazniony | None = one(PodmiotUpowazniony)
    #: the invoice itself
    Fa: Fa | None = one(Fa, required=True)
    #: footer
    Stopka: Stopka | None = one(Stopka)
    #: attachment: tables and texts for utilities, telecoms and the like
    Zalacznik: Zalacznik | None = one(Zalacznik)
