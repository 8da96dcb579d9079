"""The attachment (Zalacznik) on the page: blocks of data with texts and tables."""

from __future__ import annotations

from itertools import zip_longest

from .page_html import Safe, join, tag
from .page_parts import Parts, Shelf

#: how a column stands, by the kind of its content
_CLASSES = {"dec": "n", "int": "n", "date": "d", "datetime": "d", "time": "d"}


def attachment(page: Parts, found: Shelf) -> Safe:
    """Return the attachment, or nothing."""
    blocks = [_block(page, Shelf(block)) for block in found.elements("BlokDanych")]
    return page.titled("h2", page.name("Zalacznik"), join((*blocks, page.facts(found))))


def _block(page: Parts, block: Shelf) -> Safe:
    heading = block.take("ZNaglowek")
    texts = [
        tag("p", str(paragraph), cls="t", title="Akapit")
        for text in block.elements("Tekst")
        for paragraph in text.Akapit  # type: ignore[attr-defined]
    ]
    data = page.table(block.elements("MetaDane"))
    tables = [_table(page, Shelf(table)) for table in block.elements("Tabela")]
    title = tag("h3", heading, title="ZNaglowek") if heading else Safe()
    return join((title, data, *texts, *tables, page.facts(block)))


def _table(page: Parts, table: Shelf) -> Safe:
    about = page.table(table.elements("TMetaDane"))
    description = page.taken(table, "Opis")
    columns = table.inner("TNaglowek").elements("Kol")
    heads = [
        # The kind of a column's content is for programs; it shows when the mouse rests on it.
        tag("th", str(column.NKom or ""), title=str(column.Typ or ""))  # type: ignore[attr-defined]
        for column in columns
    ]
    kinds = [_CLASSES.get(str(column.Typ), "") for column in columns]  # type: ignore[attr-defined]
    lines = [_line(row.WKom, kinds) for row in table.elements("Wiersz")]  # type: ignore[attr-defined]
    foot = [_line(row.SKom, kinds) for row in table.elements("Suma")]  # type: ignore[attr-defined]
    content = page.frame(heads, lines, foot) if heads or lines or foot else Safe()
    return join((about, description, content, page.facts(table)))


def _line(cells: list[str], kinds: list[str]) -> Safe:
    return tag(
        "tr",
        *(
            tag("td", str(cell), cls=kind)
            for cell, kind in zip_longest(cells, kinds[: len(cells)], fillvalue="")
        ),
    )
