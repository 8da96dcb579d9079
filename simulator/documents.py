"""An invoice as KSeF reads it: rules about the file itself, and the facts that it keeps."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

from simulator import nip
from simulator.fa3_schema import NAMESPACE, Fa3Schema

# Allowed by XML 1.0 but discouraged by it, and refused by KSeF (weryfikacja-faktury.md).
_NONCHARACTERS = "".join(
    chr(plane + 0xFFFE) + chr(plane + 0xFFFF) for plane in range(0x10000, 0x110000, 0x10000)
)
_DISCOURAGED = re.compile(f"[\x7f-\x84\x86-\x9f\ufdd0-\ufdef{_NONCHARACTERS}]")
_DECLARED_ENCODING = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_NETTO = (
    "P_13_1",
    "P_13_2",
    "P_13_3",
    "P_13_4",
    "P_13_5",
    "P_13_6_1",
    "P_13_6_2",
    "P_13_6_3",
    "P_13_7",
    "P_13_8",
    "P_13_9",
    "P_13_10",
    "P_13_11",
)
_VAT = ("P_14_1", "P_14_2", "P_14_3", "P_14_4", "P_14_5")
_KINDS = {
    "VAT": "Vat",
    "KOR": "Kor",
    "ZAL": "Zal",
    "ROZ": "Roz",
    "UPR": "Upr",
    "KOR_ZAL": "KorZal",
    "KOR_ROZ": "KorRoz",
}


class Unacceptable(Exception):
    """The document is refused with status 450."""

    def __init__(self, *details: str) -> None:
        super().__init__(*details)
        self.details = list(details)


def read(data: bytes, schema: Fa3Schema) -> etree._ElementTree:
    """The parsed document.  Raises Unacceptable."""
    if data.startswith(codecs.BOM_UTF8):
        raise Unacceptable("Dokument nie może zawierać znacznika BOM.")
    declared = _DECLARED_ENCODING.match(data)
    if declared and declared[1].upper() != b"UTF-8":
        raise Unacceptable("Prolog XML wskazuje kodowanie inne niż UTF-8.")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unacceptable("Dokument nie jest poprawnie zakodowany w UTF-8.") from error
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Unacceptable("Nieprawidłowy XML") from error
    tree = root.getroottree()
    if tree.docinfo.doctype:
        raise Unacceptable("Dokument nie może zawierać deklaracji DOCTYPE.")
    if _has_instructions(root):
        raise Unacceptable("Dokument nie może zawierać instrukcji przetwarzania XML.")
    if any(_DISCOURAGED.search(text) for text in _all_text(root)):
        raise Unacceptable("Dokument zawiera niedozwolone znaki Unicode.")
    if objections := schema.objections(tree):
        raise Unacceptable(*objections)
    return tree


def facts(tree: etree._ElementTree) -> dict[str, Any]:
    """What queries and receipts need, as JSON values (amounts as text, to the last digit)."""
    find = _Finder(tree.getroot())
    return {
        "seller_nip": find.text("Podmiot1/DaneIdentyfikacyjne/NIP"),
        "seller_name": find.text("Podmiot1/DaneIdentyfikacyjne/Nazwa"),
        "buyer": _party(find.one("Podmiot2"), find),
        "third": [
            {**_party(party, find), "role": int(find.text("Rola", party) or 0)}
            for party in find.all("Podmiot3")
        ],
        "authorised": _authorised(find),
        "number": find.text("Fa/P_2"),
        "issued": find.text("Fa/P_1"),
        "kind": find.text("Fa/RodzajFaktury"),
        "type": _KINDS[find.text("Fa/RodzajFaktury")],
        "currency": find.text("Fa/KodWaluty"),
        "net": str(find.sum(_NETTO)),
        "vat": str(_vat(find)),
        "gross": find.text("Fa/P_15"),
        "self_invoicing": find.text("Fa/Adnotacje/P_17") == "1",
        "attachment": has_attachment(tree),
    }


def issue_date(tree: etree._ElementTree) -> date:
    return date.fromisoformat(_Finder(tree.getroot()).text("Fa/P_1"))


def has_attachment(tree: etree._ElementTree) -> bool:
    return tree.getroot().find(f"{{{NAMESPACE}}}Zalacznik") is not None


def wrong_identifiers(tree: etree._ElementTree) -> list[str]:
    """NIPs with a wrong check digit; production refuses them."""
    problems = []
    find = _Finder(tree.getroot())
    for place in ("Podmiot1", "Podmiot2", "Podmiot3", "PodmiotUpowazniony"):
        for party in find.all(place):
            number = find.text("DaneIdentyfikacyjne/NIP", party)
            if number and not nip.check_digit_right(number):
                problems.append(f"Nieprawidłowa suma kontrolna NIP '{number}' w '{place}'.")
            internal = find.text("DaneIdentyfikacyjne/IDWew", party)
            if internal and not nip.check_digit_right(internal[:10]):
                problems.append(
                    f"Nieprawidłowa suma kontrolna NIP w identyfikatorze '{internal}' w '{place}'."
                )
    return problems


class _Finder:
    def __init__(self, root: etree._Element) -> None:
        self._root = root

    def one(self, path: str, start: etree._Element | None = None) -> etree._Element | None:
        steps = "/".join(f"{{{NAMESPACE}}}{step}" for step in path.split("/"))
        return (self._root if start is None else start).find(steps)

    def all(self, name: str) -> list[etree._Element]:
        return self._root.findall(f"{{{NAMESPACE}}}{name}")

    def text(self, path: str, start: etree._Element | None = None) -> str:
        element = self.one(path, start)
        return "" if element is None else (element.text or "").strip()

    def sum(self, names: tuple[str, ...]) -> Decimal:
        values = (self.text(f"Fa/{name}") for name in names)
        return sum((Decimal(value) for value in values if value), Decimal(0))


def _vat(find: _Finder) -> Decimal:
    """In PLN: an invoice in another currency carries the tax in PLN in its own fields."""
    if find.text("Fa/KodWaluty") == "PLN":
        return find.sum(_VAT)
    return find.sum(tuple(f"{name}W" for name in _VAT))


def _party(party: etree._Element | None, find: _Finder) -> dict[str, Any]:
    kind, value = "None", None
    for candidate, path in (
        ("Nip", "DaneIdentyfikacyjne/NIP"),
        ("InternalId", "DaneIdentyfikacyjne/IDWew"),
        ("VatUe", "DaneIdentyfikacyjne/NrVatUE"),
        ("Other", "DaneIdentyfikacyjne/NrID"),
    ):
        text = find.text(path, party)
        if text:
            prefix = find.text("DaneIdentyfikacyjne/KodUE", party) if candidate == "VatUe" else ""
            kind, value = candidate, prefix + text
            break
    name = find.text("DaneIdentyfikacyjne/Nazwa", party)
    return {"type": kind, "value": value, "name": name or None}


def _authorised(find: _Finder) -> dict[str, Any] | None:
    party = find.one("PodmiotUpowazniony")
    if party is None:
        return None
    return {
        "nip": find.text("DaneIdentyfikacyjne/NIP", party),
        "name": find.text("DaneIdentyfikacyjne/Nazwa", party) or None,
        "role": int(find.text("RolaPU", party)),
    }


def _has_instructions(root: etree._Element) -> bool:
    if next(root.iter(etree.PI), None) is not None:
        return True
    for sibling in (*root.itersiblings(preceding=True), *root.itersiblings()):
        if sibling.tag is etree.PI:
            return True
    return False


def _all_text(root: etree._Element) -> Iterator[str]:
    """As parsed: ``&#x80;`` is as much a character as the byte itself."""
    for node in root.iter():
        yield node.text or ""
        yield node.tail or ""
        if isinstance(node.tag, str):
            yield from node.attrib.values()
