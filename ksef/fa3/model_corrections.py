"""What a correction says of the invoices it corrects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from .fields import Element, day, exact, mark, one, text
from .model_parties import TAdres, TPodmiot1, TPodmiot2


@dataclass(slots=True, kw_only=True)
class DaneFaKorygowanej(Element):
    """One corrected invoice: NrKSeF with its number, or else NrKSeFN."""

    #: its date of issue
    DataWystFaKorygowanej: date | None = day(required=True)
    #: its number
    NrFaKorygowanej: str | None = text(256, required=True)
    #: 1: it has a KSeF number
    NrKSeF: int | None = mark()
    #: its KSeF number
    NrKSeFFaKorygowanej: str | None = text()
    #: 1: it was issued outside KSeF
    NrKSeFN: int | None = mark()


@dataclass(slots=True, kw_only=True)
class Podmiot1K(Element):
    """The seller as on the corrected invoice."""

    #: "PL", for EU deliveries and triangular sales (art. 97 section 10)
    PrefiksPodatnika: str | None = exact()
    #: tax number and name
    DaneIdentyfikacyjne: TPodmiot1 | None = one(TPodmiot1, required=True)
    #: address
    Adres: TAdres | None = one(TAdres, required=True)


@dataclass(slots=True, kw_only=True)
class Podmiot2K(Element):
    """A buyer as on the corrected invoice."""

    #: tax number and name
    DaneIdentyfikacyjne: TPodmiot2 | None = one(TPodmiot2, required=True)
    #: address
    Adres: TAdres | None = one(TAdres)
    #: key that ties this party to its Podmiot2K in a correction of its data
    IDNabywcy: str | None = text(32)
