"""What people call the fields of an invoice.

The words stand before a colon in every message about a field, as ``values["label"]``.  They are
marked for translation of their own: :func:`translated` puts both together.  A field without words
of its own is called by its name in the schema, which tax people know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..problems import Problem
from ..words import _
from .places import Place

#: by path, or by the last names of a path; the longest match wins
LABELS = {
    "DataWytworzeniaFa": _("Time the file was made"),
    "SystemInfo": _("Name of the program"),
    # parties
    "Podmiot1": _("Seller"),
    "Podmiot1/DaneIdentyfikacyjne/NIP": _("Seller's NIP"),
    "Podmiot1/DaneIdentyfikacyjne/Nazwa": _("Seller's name"),
    "Podmiot1/Adres": _("Seller's address"),
    "Podmiot1/Adres/KodKraju": _("Country of the seller's address"),
    "Podmiot1/Adres/AdresL1": _("Seller's address, first line"),
    "Podmiot1/Adres/AdresL2": _("Seller's address, second line"),
    "Podmiot1/DaneKontaktowe/Email": _("Seller's e-mail address"),
    "Podmiot1/DaneKontaktowe/Telefon": _("Seller's telephone number"),
    "Podmiot1/NrEORI": _("Seller's EORI number"),
    "Podmiot2": _("Buyer"),
    "Podmiot2/DaneIdentyfikacyjne": _("Buyer's tax number and name"),
    "Podmiot2/DaneIdentyfikacyjne/NIP": _("Buyer's NIP"),
    "Podmiot2/DaneIdentyfikacyjne/KodUE": _("EU prefix of the buyer's VAT number"),
    "Podmiot2/DaneIdentyfikacyjne/NrVatUE": _("Buyer's EU VAT number"),
    "Podmiot2/DaneIdentyfikacyjne/KodKraju": _("Country of the buyer's tax number"),
    "Podmiot2/DaneIdentyfikacyjne/NrID": _("Buyer's tax number"),
    "Podmiot2/DaneIdentyfikacyjne/Nazwa": _("Buyer's name"),
    "Podmiot2/Adres": _("Buyer's address"),
    "Podmiot2/Adres/KodKraju": _("Country of the buyer's address"),
    "Podmiot2/Adres/AdresL1": _("Buyer's address, first line"),
    "Podmiot2/Adres/AdresL2": _("Buyer's address, second line"),
    "Podmiot2/DaneKontaktowe/Email": _("Buyer's e-mail address"),
    "Podmiot2/DaneKontaktowe/Telefon": _("Buyer's telephone number"),
    "Podmiot2/NrKlienta": _("Customer number"),
    "Podmiot2/NrEORI": _("Buyer's EORI number"),
    "Podmiot2/IDNabywcy": _("Key of the buyer's data"),
    "Podmiot2/JST": _("Local government unit (JST)"),
    "Podmiot2/GV": _("Member of a VAT group (GV)"),
    "Podmiot3": _("Third party"),
    "Podmiot3/DaneIdentyfikacyjne": _("Third party's tax number and name"),
    "Podmiot3/DaneIdentyfikacyjne/NIP": _("Third party's NIP"),
    "Podmiot3/DaneIdentyfikacyjne/IDWew": _("Third party's internal identifier"),
    "Podmiot3/DaneIdentyfikacyjne/Nazwa": _("Third party's name"),
    "Podmiot3/Adres/KodKraju": _("Country of the third party's address"),
    "Podmiot3/Adres/AdresL1": _("Third party's address, first line"),
    "Podmiot3/Adres/AdresL2": _("Third party's address, second line"),
    "Podmiot3/DaneKontaktowe/Email": _("Third party's e-mail address"),
    "Podmiot3/DaneKontaktowe/Telefon": _("Third party's telephone number"),
    "Podmiot3/Rola": _("Third party's role"),
    "Podmiot3/Udzial": _("Share of an additional buyer"),
    "Podmiot1/PrefiksPodatnika": _("Seller's EU prefix"),
    "Podmiot1K/DaneIdentyfikacyjne/NIP": _("Seller's NIP before the correction"),
    "Podmiot2K/DaneIdentyfikacyjne": _("Buyer's tax number before the correction"),
    "Podmiot2K/IDNabywcy": _("Key of the buyer's data before the correction"),
    "PodmiotUpowazniony/DaneIdentyfikacyjne/NIP": _("Authorised party's NIP"),
    "PodmiotUpowazniony/DaneIdentyfikacyjne/Nazwa": _("Authorised party's name"),
    # invoice
    "KodWaluty": _("Currency"),
    "P_1": _("Date of issue"),
    "P_1M": _("Place of issue"),
    "P_2": _("Invoice number"),
    "WZ": _("Number of a delivery note"),
    "P_6": _("Date of supply"),
    "P_6_Od": _("First day of the period"),
    "P_6_Do": _("Last day of the period"),
    "P_13_1": _("Net at the standard rate (P_13_1)"),
    "P_14_1W": _("VAT at the standard rate in PLN (P_14_1W)"),
    "P_14_1": _("VAT at the standard rate (P_14_1)"),
    "P_13_2": _("Net at 8% or 7% (P_13_2)"),
    "P_14_2W": _("VAT at 8% or 7% in PLN (P_14_2W)"),
    "P_14_2": _("VAT at 8% or 7% (P_14_2)"),
    "P_13_3": _("Net at 5% (P_13_3)"),
    "P_14_3W": _("VAT at 5% in PLN (P_14_3W)"),
    "P_14_3": _("VAT at 5% (P_14_3)"),
    "P_13_4": _("Net under the flat rate for taxis (P_13_4)"),
    "P_14_4W": _("VAT under the flat rate for taxis in PLN (P_14_4W)"),
    "P_14_4": _("VAT under the flat rate for taxis (P_14_4)"),
    "P_13_5": _("Net under the One Stop Shop (P_13_5)"),
    "P_14_5": _("VAT under the One Stop Shop (P_14_5)"),
    "P_13_6_1": _("Domestic sales at 0% (P_13_6_1)"),
    "P_13_6_2": _("Deliveries within the EU at 0% (P_13_6_2)"),
    "P_13_6_3": _("Exports at 0% (P_13_6_3)"),
    "P_13_7": _("Exempt sales (P_13_7)"),
    "P_13_8": _("Sales outside Poland (P_13_8)"),
    "P_13_9": _("Services to EU businesses (P_13_9)"),
    "P_13_10": _("Domestic reverse charge (P_13_10)"),
    "P_13_11": _("Margin scheme sales (P_13_11)"),
    "P_15": _("Total due"),
    "KursWalutyZ": _("Exchange rate of the advance payment"),
    "Adnotacje": _("Annotations"),
    "P_16": _("Cash method (P_16)"),
    "P_17": _("Self-billing (P_17)"),
    "P_18": _("Reverse charge (P_18)"),
    "P_18A": _("Split payment (P_18A)"),
    "P_19A": _("Legal basis of the exemption"),
    "P_19B": _("Legal basis of the exemption"),
    "P_19C": _("Legal basis of the exemption"),
    "Zwolnienie": _("Exemption and its legal basis"),
    "P_19": _("Exempt sales (P_19)"),
    "P_22": _("New means of transport (P_22)"),
    "P_42_5": _("Notice of new means of transport (P_42_5)"),
    "P_NrWierszaNST": _("Row with the new means of transport"),
    "P_22A": _("First use of the new means of transport"),
    "P_23": _("Triangular sale (P_23)"),
    "P_PMarzy": _("Margin scheme (P_PMarzy)"),
    "P_PMarzyN": _("No margin scheme (P_PMarzyN)"),
    "RodzajFaktury": _("Kind of invoice"),
    "PrzyczynaKorekty": _("Reason of the correction"),
    "TypKorekty": _("Effect of the correction"),
    "DaneFaKorygowanej": _("Corrected invoice"),
    "NrFaKorygowanej": _("Number of the corrected invoice"),
    "NrKSeFFaKorygowanej": _("KSeF number of the corrected invoice"),
    "DataWystFaKorygowanej": _("Date of the corrected invoice"),
    "OkresFaKorygowanej": _("Period of the corrected invoices"),
    "P_15ZK": _("Total before the correction (P_15ZK)"),
    "ZaliczkaCzesciowa": _("Partial advance payment"),
    "P_15Z": _("Amount of a partial advance payment"),
    "FakturaZaliczkowa": _("Advance invoice"),
    "NrFaZaliczkowej": _("Number of the advance invoice"),
    "NrKSeFFaZaliczkowej": _("KSeF number of the advance invoice"),
    "DodatkowyOpis": _("Additional description"),
    "DodatkowyOpis/NrWiersza": _("Additional description, row number"),
    "DodatkowyOpis/Klucz": _("Additional description, name"),
    "DodatkowyOpis/Wartosc": _("Additional description, value"),
    # rows
    "FaWiersz": _("Row %(row)s"),
    "NrWierszaFa": _("Row %(row)s, number"),
    "UU_ID": _("Row %(row)s, unique number"),
    "P_6A": _("Row %(row)s, date of supply"),
    "P_7": _("Row %(row)s, description"),
    "Indeks": _("Row %(row)s, product code"),
    "GTIN": _("Row %(row)s, GTIN"),
    "PKWiU": _("Row %(row)s, PKWiU code"),
    "CN": _("Row %(row)s, CN code"),
    "PKOB": _("Row %(row)s, PKOB code"),
    "P_8A": _("Row %(row)s, unit of measure"),
    "P_8B": _("Row %(row)s, quantity"),
    "P_9A": _("Row %(row)s, net unit price"),
    "P_9B": _("Row %(row)s, gross unit price"),
    "P_10": _("Row %(row)s, discount"),
    "P_11": _("Row %(row)s, net value"),
    "P_11A": _("Row %(row)s, gross value"),
    "P_11Vat": _("Row %(row)s, VAT"),
    "P_12": _("Row %(row)s, tax rate"),
    "P_12_XII": _("Row %(row)s, foreign tax rate"),
    "GTU": _("Row %(row)s, GTU group"),
    "Procedura": _("Row %(row)s, procedure"),
    "P_12_Zal_15": _("Row %(row)s, goods of annex 15"),
    "KursWaluty": _("Row %(row)s, exchange rate"),
    "StanPrzed": _("Row %(row)s, state before the correction"),
    # rows of the order behind an advance invoice
    "ZamowienieWiersz": _("Order row %(row)s"),
    "P_7Z": _("Order row %(row)s, description"),
    "P_8AZ": _("Order row %(row)s, unit of measure"),
    "P_8BZ": _("Order row %(row)s, quantity"),
    "P_9AZ": _("Order row %(row)s, net unit price"),
    "P_11NettoZ": _("Order row %(row)s, net value"),
    "P_11VatZ": _("Order row %(row)s, VAT"),
    "P_12Z": _("Order row %(row)s, tax rate"),
    "NrWierszaZam": _("Order row %(row)s, number"),
    "UU_IDZ": _("Order row %(row)s, unique number"),
    "StanPrzedZ": _("Order row %(row)s, state before the correction"),
    "Zamowienie": _("Order"),
    "WartoscZamowienia": _("Value of the order"),
    # payment and what surrounds it
    "SumaObciazen": _("Sum of the charges"),
    "SumaOdliczen": _("Sum of the deductions"),
    "DoZaplaty": _("Left to pay"),
    "DoRozliczenia": _("Overpaid"),
    "ZaplataCzesciowa": _("Partial payment"),
    "DataZaplatyCzesciowej": _("Day of a partial payment"),
    "KwotaZaplatyCzesciowej": _("Amount of a partial payment"),
    "DataZaplaty": _("Day of payment"),
    "Termin": _("Due date"),
    "TerminOpis": _("Due date in words"),
    "FormaPlatnosci": _("Means of payment"),
    "OpisPlatnosci": _("Description of the means of payment"),
    "NrRB": _("Bank account number"),
    "SWIFT": _("SWIFT code"),
    "NazwaBanku": _("Name of the bank"),
    "OpisRachunku": _("Description of the bank account"),
    "LinkDoPlatnosci": _("Payment link"),
    "IPKSeF": _("KSeF payment identifier"),
    "WarunkiSkonta": _("Conditions of the early payment discount"),
    "WysokoscSkonta": _("Early payment discount"),
    "NrUmowy": _("Contract number"),
    "DataUmowy": _("Date of the contract"),
    "NrZamowienia": _("Order number"),
    "DataZamowienia": _("Date of the order"),
    "NrPartiiTowaru": _("Batch number"),
    "WarunkiDostawy": _("Delivery terms"),
    "StopkaFaktury": _("Footer"),
    "KRS": _("KRS number"),
    "REGON": _("REGON number"),
    "BDO": _("BDO number"),
}


class Words(str):
    """Words within other words: the English, and what a translator needs to say it otherwise.

    :ivar text: the marked literal, with placeholders
    :ivar values: what they stand for
    """

    text: str
    values: Mapping[str, Any]

    def __new__(cls, text: str, values: Mapping[str, Any] | None = None) -> Words:
        words = super().__new__(cls, text % values if values else text)
        words.text = text
        words.values = values or {}
        return words


def label(place: Place) -> Words:
    """Return what people call the field at ``place``; a row's field names its row."""
    names = place.path.split("/")
    for start in range(len(names)):
        text = LABELS.get("/".join(names[start:]))
        if text:
            return Words(text, {"row": place.row} if "%(row)s" in text else None)
    return Words(place.field.replace("%", "%%"))


def translated(problem: Problem, translate: Callable[[str], str]) -> str:
    """Return the problem in another language.

    :param translate: gives the translation of a marked literal, or the literal itself; in Odoo
        the environment's ``_``
    """
    values = {
        name: (translate(value.text) % value.values if value.values else translate(value.text))
        if isinstance(value, Words)
        else value
        for name, value in problem.values.items()
    }
    text = translate(problem.text)
    return text % values if values else text
