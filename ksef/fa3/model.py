"""The FA(3) document as dataclasses: every class of the schema, in one place to import from.

An element with content of its own has a class of its name.  The types that several elements share
keep the schema's name of the type: TAdres, TPodmiot1, TPodmiot2, TPodmiot3, TKluczWartosc,
TRachunekBankowy.  The root element Faktura is :class:`Invoice`.

Attributes are the schema's elements, in its order; ``None`` and the empty list mean absent.
Amounts are ``Decimal``, days ``date``, moments ``datetime`` with a time zone, marks ``1`` or ``2``.
"""

from .model_advances import FakturaZaliczkowa, ZaliczkaCzesciowa, Zamowienie, ZamowienieWiersz
from .model_annotations import (
    Adnotacje,
    NoweSrodkiTransportu,
    NowySrodekTransportu,
    PMarzy,
    Zwolnienie,
)
from .model_attachment import (
    BlokDanych,
    Kol,
    MetaDane,
    Suma,
    Tabela,
    Tekst,
    TMetaDane,
    TNaglowek,
    Wiersz,
    Zalacznik,
)
from .model_corrections import DaneFaKorygowanej, Podmiot1K, Podmiot2K
from .model_footer import Informacje, Rejestry, Stopka
from .model_invoice import Fa, Invoice, Naglowek, OkresFa
from .model_parties import (
    DaneKontaktowe,
    DaneKontaktowePU,
    Podmiot1,
    Podmiot2,
    Podmiot3,
    PodmiotUpowazniony,
    TAdres,
    TPodmiot1,
    TPodmiot2,
    TPodmiot3,
)
from .model_payment import (
    Platnosc,
    Skonto,
    TerminOpis,
    TerminPlatnosci,
    TRachunekBankowy,
    ZaplataCzesciowa,
)
from .model_rows import FaWiersz, TKluczWartosc
from .model_settlement import Obciazenia, Odliczenia, Rozliczenie
from .model_transaction import Przewoznik, Transport, Umowy, WarunkiTransakcji, Zamowienia

__all__ = [
    "Adnotacje",
    "BlokDanych",
    "DaneFaKorygowanej",
    "DaneKontaktowe",
    "DaneKontaktowePU",
    "Fa",
    "FaWiersz",
    "FakturaZaliczkowa",
    "Informacje",
    "Invoice",
    "Kol",
    "MetaDane",
    "Naglowek",
    "NoweSrodkiTransportu",
    "NowySrodekTransportu",
    "Obciazenia",
    "Odliczenia",
    "OkresFa",
    "PMarzy",
    "Platnosc",
    "Podmiot1",
    "Podmiot1K",
    "Podmiot2",
    "Podmiot2K",
    "Podmiot3",
    "PodmiotUpowazniony",
    "Przewoznik",
    "Rejestry",
    "Rozliczenie",
    "Skonto",
    "Stopka",
    "Suma",
    "TAdres",
    "TKluczWartosc",
    "TMetaDane",
    "TNaglowek",
    "TPodmiot1",
    "TPodmiot2",
    "TPodmiot3",
    "TRachunekBankowy",
    "Tabela",
    "Tekst",
    "TerminOpis",
    "TerminPlatnosci",
    "Transport",
    "Umowy",
    "WarunkiTransakcji",
    "Wiersz",
    "Zalacznik",
    "ZaliczkaCzesciowa",
    "Zamowienia",
    "Zamowienie",
    "ZamowienieWiersz",
    "ZaplataCzesciowa",
    "Zwolnienie",
]
