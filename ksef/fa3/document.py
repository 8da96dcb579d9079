"""The document as bytes: parsing what may be hostile, and what KSeF wants of the file itself.

Source of the rules: guide, faktury/weryfikacja-faktury.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from ..problems import Problem
from ..words import _
from . import characters
from .labels import label
from .namespace import FA3, FORM_CODE, FORM_SCHEMA_VERSION, FORM_SYSTEM_CODE
from .places import Place

#: bytes; the second for invoices with an attachment
MAX_SIZE = 1_000_000
MAX_SIZE_WITH_ATTACHMENT = 3_000_000

_BOM = b"\xef\xbb\xbf"
_XML_DECLARATION = re.compile(rb"<\?xml[ \t\r\n][^>]{0,200}\?>")
_ENCODING = re.compile(rb"encoding[ \t\r\n]*=[ \t\r\n]*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_ATTACHMENT_TAG = re.compile(rb"<(?:[^\s<>/]{1,64}:)?Zalacznik[\s/>]")


class Unreadable(ValueError):
    """The bytes are not an FA(3) document that can be read.

    :ivar problem: why, as a wall
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def _unreadable(code: str, text: str, field: str = "", **values: object) -> Unreadable:
    return Unreadable(Problem("wall", code, text, values, field=field))


def parse(data: bytes) -> etree._Element:
    """Return the root of the document, safe whatever the bytes are.

    No entity is expanded, nothing is fetched, comments are dropped, at most 3 MB are taken.

    :raises Unreadable: not UTF-8, not well-formed, with a document type, not an FA(3) invoice
    """
    if len(data) > MAX_SIZE_WITH_ATTACHMENT:
        raise _unreadable(
            "too_large",
            _("The file has %(size)s bytes; an invoice has at most %(limit)s."),
            size=len(data),
            limit=MAX_SIZE_WITH_ATTACHMENT,
        )
    body = data[len(_BOM) :] if data.startswith(_BOM) else data
    _require_utf8(body)
    root = well_formed(body)
    _require_form(root)
    return root


def well_formed(body: bytes) -> etree._Element:
    """Return the root of any XML in UTF-8; like :func:`parse`, but whatever the document is.

    :raises Unreadable: not well-formed, or with a document type
    """
    if _has_doctype(body):
        raise _unreadable(
            "doctype", _("The file declares a document type (DOCTYPE). An invoice never does.")
        )
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
    )
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise _unreadable(
            "not_xml",
            _("The file is not well-formed XML (line %(line)s): %(reason)s"),
            line=error.lineno or 0,
            reason=error.msg or "",
        ) from error


def _require_utf8(body: bytes) -> None:
    declaration = _XML_DECLARATION.match(body)
    declared = _ENCODING.search(declaration.group()) if declaration else None
    name = declared.group(1).decode("ascii") if declared else "UTF-8"
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise _unreadable(
            "not_utf8",
            _("The file is not encoded in UTF-8 (byte %(byte)s). KSeF takes no other encoding."),
            byte=error.start + 1,
        ) from error
    if name.upper() != "UTF-8":
        raise _unreadable(
            "not_utf8",
            _("The file says that it is encoded in %(encoding)s. KSeF takes UTF-8 only."),
            encoding=name,
        )


def _has_doctype(body: bytes) -> bool:
    """Tell whether a document type stands before the root element; looks no further."""
    at = 0
    while True:
        while at < len(body) and body[at] in b" \t\r\n":
            at += 1
        if body.startswith(b"<!--", at):
            end = body.find(b"-->", at + 4)
        elif body.startswith(b"<?", at):
            end = body.find(b"?>", at + 2)
        else:
            return body.startswith(b"<!DOCTYPE", at)
        if end < 0:
            return False
        at = end + 3 if body.startswith(b"-->", end) else end + 2


def _require_form(root: etree._Element) -> None:
    if root.tag == f"{{{FA3}}}Faktura":
        return
    name = etree.QName(root)
    if name.localname == "Faktura":
        raise _unreadable(
            "other_form",
            _(
                "The document is not an FA(3) invoice: its namespace is %(namespace)s. It may be "
                "another version of the form, such as FA(2) or FA_RR."
            ),
            namespace=name.namespace or "-",
        )
    raise _unreadable(
        "not_an_invoice",
        _("The document is not an invoice: it begins with %(element)s instead of Faktura."),
        element=name.localname,
    )


def form_problem(root: etree._Element) -> Problem | None:
    """Return what is wrong with the form's code, which the schema's own message hides."""
    code = root.find(f"{{{FA3}}}Naglowek/{{{FA3}}}KodFormularza")
    if code is None:
        return None
    found = (code.text, code.get("kodSystemowy"), code.get("wersjaSchemy"))
    if found == (FORM_CODE, FORM_SYSTEM_CODE, FORM_SCHEMA_VERSION):
        return None
    return Problem(
        "wall",
        "other_form",
        _("The document says it is %(found)s; KSeF wants FA, FA (3), 1-0E."),
        {"found": ", ".join(str(part) for part in found)},
        field="Naglowek/KodFormularza",
    )


def file_problems(data: bytes, root: etree._Element) -> Iterator[Problem]:
    """Yield what KSeF refuses about the file itself, beyond what keeps it from being read."""
    if data.startswith(_BOM):
        yield Problem(
            "wall",
            "bom",
            _("The file begins with a byte order mark (BOM). KSeF wants UTF-8 without it."),
        )
    yield from _size_problems(data)
    if b"<?" in _XML_DECLARATION.sub(b"", data, count=1):
        for instruction in root.xpath("//processing-instruction()"):
            yield Problem(
                "wall",
                "processing_instruction",
                _("The file holds a processing instruction (%(name)s). KSeF refuses those."),
                {"name": instruction.target},
            )
    # A character can also be hidden in a reference, which only the parsed text shows.
    if b"&#" in data or (
        characters.may_hold_refused(data) and characters.first_refused(data.decode())
    ):
        yield from _character_problems(root)


def _size_problems(data: bytes) -> Iterator[Problem]:
    if len(data) <= MAX_SIZE or _ATTACHMENT_TAG.search(data):
        return
    yield Problem(
        "wall",
        "too_large",
        _(
            "The invoice has %(size)s bytes; without an attachment at most %(limit)s are allowed. "
            "Split it into several invoices."
        ),
        {"size": len(data), "limit": MAX_SIZE},
    )


def _character_problems(root: etree._Element) -> Iterator[Problem]:
    for element, place in walk(root):
        found = characters.first_refused("".join((element.text or "", *element.attrib.values())))
        if found:
            yield Problem(
                "wall",
                "refused_character",
                _(
                    "%(label)s: an invisible character (%(character)s, at position %(position)s) "
                    "that KSeF refuses. Type the text anew."
                ),
                {"label": label(place), "character": found[1], "position": found[0] + 1},
                field=place.field,
                place=place.place,
            )


def walk(
    element: etree._Element, place: Place | None = None
) -> Iterator[tuple[etree._Element, Place]]:
    """Yield every element below ``element`` with its place, in the document's order."""
    counts: dict[str, int] = {}
    children = [child for child in element if isinstance(child.tag, str)]
    for child in children:
        name = etree.QName(child).localname
        counts[name] = counts.get(name, 0) + 1
    seen: dict[str, int] = {}
    for child in children:
        name = etree.QName(child).localname
        seen[name] = seen.get(name, 0) + 1
        repeated = counts[name] > 1 or name.endswith("Wiersz")
        where = (place or Place()).down(name, seen[name] if repeated else None)
        yield child, where
        yield from walk(child, where)
