"""Attachment (Zalacznik): blocks of data with texts and tables."""

from __future__ import annotations

from dataclasses import dataclass

from .fields import Element, attribute, many, one, text


@dataclass(slots=True, kw_only=True)
class MetaDane(Element):
    """One thing told about a block of data."""

    #: what is told
    ZKlucz: str | None = text(256, required=True)
    #: its value
    ZWartosc: str | None = text(256, required=True)


@dataclass(slots=True, kw_only=True)
class Tekst(Element):
    """Text of a block of data."""

    #: paragraphs
    Akapit: list[str] = many(text(512), 10, required=True)


@dataclass(slots=True, kw_only=True)
class TMetaDane(Element):
    """One thing told about a table."""

    #: what is told
    TKlucz: str | None = text(256, required=True)
    #: its value
    TWartosc: str | None = text(256, required=True)


@dataclass(slots=True, kw_only=True)
class Kol(Element):
    """One column: title, and kind of its content as the attribute Typ."""

    #: kind of the column's content: date, datetime, dec, int, time, txt
    Typ: str | None = attribute(required=True)
    #: title of the column; may be empty
    NKom: str | None = text(256, empty=True, required=True)


@dataclass(slots=True, kw_only=True)
class TNaglowek(Element):
    """Header of a table."""

    #: columns
    Kol: list[Kol] = many(Kol, 20, required=True)


@dataclass(slots=True, kw_only=True)
class Wiersz(Element):
    """One row of a table."""

    #: cells; may be empty
    WKom: list[str] = many(text(256, empty=True), 20, required=True)


@dataclass(slots=True, kw_only=True)
class Suma(Element):
    """Totals of a table."""

    #: cells; may be empty
    SKom: list[str] = many(text(256, empty=True), 20, required=True)


@dataclass(slots=True, kw_only=True)
class Tabela(Element):
    """A table."""

    #: descriptive data of the table
    TMetaDane: list[TMetaDane] = many(TMetaDane, 1000)
    #: description of the table
    Opis: str | None = text(512)
    #: header of the table
    TNaglowek: TNaglowek | None = one(TNaglowek, required=True)
    #: rows of the table
    Wiersz: list[Wiersz] = many(Wiersz, 1000, required=True)
    #: totals of the table
    Suma: Suma | None = one(Suma)


@dataclass(slots=True, kw_only=True)
class BlokDanych(Element):
    """A block of data: heading, descriptive data, text, tables."""

    #: heading of the block
    ZNaglowek: str | None = text(512)
    #: descriptive data
    MetaDane: list[MetaDane] = many(MetaDane, 1000, required=True)
    #: text of the block
    Tekst: Tekst | None = one(Tekst)
    #: tables
    Tabela: list[Tabela] = many(Tabela, 1000)


@dataclass(slots=True, kw_only=True)
class Zalacznik(Element):
    """Attachment; only invoices of a registered issuer may carry one, and only in a batch."""

    #: blocks of data
    BlokDanych: list[BlokDanych] = many(BlokDanych, 1000, required=True)
