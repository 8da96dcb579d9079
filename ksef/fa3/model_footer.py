"""Footer (Stopka): texts and numbers in registers."""

from __future__ import annotations

from dataclasses import dataclass

from .fields import Element, exact, lines, many, text


@dataclass(slots=True, kw_only=True)
class Informacje(Element):
    """One text of the footer."""

    #: text of the footer; line breaks are kept
    StopkaFaktury: str | None = lines(3500)


@dataclass(slots=True, kw_only=True)
class Rejestry(Element):
    """Numbers of the seller in one set of registers."""

    #: full name
    PelnaNazwa: str | None = text(256)
    #: number in the court register, ten digits
    KRS: str | None = exact()
    #: statistical number, nine or fourteen digits
    REGON: str | None = exact()
    #: number in the waste register
    BDO: str | None = text(9)


@dataclass(slots=True, kw_only=True)
class Stopka(Element):
    """Footer of the invoice."""

    #: texts
    Informacje: list[Informacje] = many(Informacje, 3)
    #: numbers in other registers
    Rejestry: list[Rejestry] = many(Rejestry, 100)
