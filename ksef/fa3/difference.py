"""Whether two files tell the same invoice: the proof that a technical correction needs.

A technical correction sends an invoice again that KSeF rejected for a technical reason.  What the
invoice says must stay; how the file says it may change (guide, offline/korekta-techniczna.md).
The rejected file may be broken in any way, since that can be why it was rejected.  So nothing here
needs a valid document: the two are compared as trees of names and values.

These count as the form and not as content:

* the header (``Naglowek``): which form, which program, when the file was made;
* the file: encoding, byte order mark, prefixes, namespace, comments, processing instructions;
* white space, and invisible characters, which KSeF refuses;
* how a value is written: ``1.0`` and ``1.00``, ``1 234,50`` and ``1234.50``, the zone of a moment;
* an element without content, against none at all;
* the order of elements with different names; rows keep theirs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from lxml import etree

from ..problems import Problem
from ..words import _
from . import characters
from .document import Unreadable, well_formed
from .fields import Element, Spec, specs
from .labels import Words, label
from .model_invoice import Invoice
from .namespace import XSI
from .places import Place
from .values import parse

#: bytes; a file may have been rejected for being larger than KSeF allows
MAX_SIZE = 20_000_000
#: Encodings that Polish programs write besides UTF-8, which is the only one that KSeF takes.
_ENCODINGS = {"utf-8", "utf-16", "windows-1250", "cp1250", "iso-8859-2"}

_DECLARATION = re.compile(r"\s*<\?xml\s[^>]{0,200}\?>")
_ENCODING = re.compile(rb"<\?xml[^>]{0,100}encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,10}));")
_MADE_AT = re.compile(
    rb"(<(?:[^\s<>/]{1,64}:)?DataWytworzeniaFa>)[^<]{0,100}(</(?:[^\s<>/]{1,64}:)?DataWytworzeniaFa>)"
)
_TEXTS = {"text", "exact", "lines", "form_code", "element"}
#: More repeated elements than these are compared one by one as they stand.
_ALIGNED = 2000


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that the two files do not share.

    :ivar place: where it stands
    :ivar before: the text in the first file, None if it is not there
    :ivar after: the text in the second
    """

    place: Place
    before: str | None
    after: str | None

    @property
    def label(self) -> Words:
        """What people call the field: English, marked for translation."""
        return label(self.place)

    @property
    def path(self) -> str:
        """Where it stands, for programmers: ``Fa/FaWiersz[2]/P_7``."""
        return "/".join(
            name if number is None else f"{name}[{number}]" for name, number in self.place.steps
        )


def differences(before: bytes, after: bytes) -> list[Difference]:
    """Return what two FA(3) files say differently; an empty list is the proof of the same content.

    :raises Unreadable: one of them is no XML that can be read, so that nothing can be proved
    """
    return list(_compare(_content(before), _content(after), Place()))


def repeats(before: bytes, after: bytes) -> bool:
    """Tell whether two files are the same byte by byte, but for the time when they were made."""
    return _MADE_AT.sub(rb"\1\2", before) == _MADE_AT.sub(rb"\1\2", after)


# --- reading -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Node:
    """An element by what it says: nothing of its form is left."""

    meaning: Hashable = ""
    text: str = ""
    children: dict[str, list[_Node]] = field(default_factory=dict)

    def says_something(self) -> bool:
        return self.meaning != "" or bool(self.children)

    def key(self, numbered: bool = True) -> Hashable:
        """Equal for elements that say the same; without the numbers that rows bear, if wanted."""
        return (
            self.meaning,
            tuple(
                (name, tuple(child.key() for child in self.children[name]))
                for name in sorted(self.children)
                if numbered or not name.startswith("NrWiersza")
            ),
        )


def _content(data: bytes) -> _Node:
    root = well_formed(_decoded(data))
    for header in root.findall("{*}Naglowek"):
        root.remove(header)
    node = _read(root, Invoice, None)
    # What stands at the root is how the file names its form.
    node.children = {name: found for name, found in node.children.items() if name[0] != "@"}
    return node


def _decoded(data: bytes) -> bytes:
    """Return the document in UTF-8, without its declaration and what XML forbids."""
    if len(data) > MAX_SIZE:
        raise Unreadable(
            Problem(
                "wall",
                "too_large",
                _("The file has %(size)s bytes; more than %(limit)s are not compared."),
                {"size": len(data), "limit": MAX_SIZE},
            )
        )
    declared = _ENCODING.match(data.removeprefix(b"\xef\xbb\xbf"))
    encoding = declared.group(1).decode("ascii").lower() if declared else "utf-8"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    try:
        if encoding not in _ENCODINGS:
            raise LookupError(encoding)
        text = data.decode(encoding)
    except (LookupError, UnicodeError):
        raise Unreadable(
            Problem(
                "wall",
                "not_utf8",
                _("The file's characters cannot be read (encoding %(encoding)s)."),
                {"encoding": encoding},
            )
        ) from None
    text = _DECLARATION.sub("", text.removeprefix("\ufeff"), count=1)
    return characters.without_forbidden(_REFERENCE.sub(_allowed_reference, text)).encode()


def _allowed_reference(found: re.Match[str]) -> str:
    hexadecimal, decimal = found.groups()
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    if code > 0x10FFFF or not characters.without_forbidden(chr(code)):
        return ""
    return found.group()


def _read(source: etree._Element, cls: type[Element] | None, spec: Spec | None) -> _Node:
    known = dict(specs(cls)) if cls else {}
    node = _Node()
    for name, value in source.attrib.items():
        if not str(name).startswith(f"{{{XSI}}}"):
            attribute = _Node(_meaning(known.get(str(name)), str(value)), _shown(str(value)))
            node.children[f"@{etree.QName(name).localname}"] = [attribute]
    pieces = [source.text]
    for child in source:
        pieces.append(child.tail)
        if not isinstance(child.tag, str):
            continue
        name = etree.QName(child).localname
        child_spec = known.get(name)
        found = _read(child, child_spec.cls if child_spec else None, child_spec)
        if found.says_something():
            node.children.setdefault(name, []).append(found)
    text = "".join(piece for piece in pieces if piece)
    node.text = _shown(text)
    node.meaning = _meaning(spec, text)
    return node


def _shown(text: str) -> str:
    return " ".join(characters.one_line(text).split())


def _meaning(spec: Spec | None, text: str) -> Hashable:
    """Return the value that a text stands for; the tidied text where it is none."""
    shown = unicodedata.normalize("NFC", _shown(text))
    if not shown or spec is None or spec.kind in _TEXTS:
        return shown
    forms = [shown]
    if spec.kind == "decimal":
        # A comma for the point is a reason for which files are rejected.
        forms.append(shown.replace(" ", "").replace(",", "."))
    for form in forms:
        try:
            value: Hashable = parse(spec, form)
            return value
        except (ValueError, OverflowError):
            continue
    return shown


# --- comparing -----------------------------------------------------------------------------------


def _compare(before: _Node, after: _Node, place: Place) -> Iterator[Difference]:
    if before.meaning != after.meaning:
        yield Difference(place, before.text or None, after.text or None)
    for name in dict.fromkeys([*before.children, *after.children]):
        olds, news = before.children.get(name, []), after.children.get(name, [])
        numbered = max(len(olds), len(news)) > 1 or name.endswith("Wiersz")
        for old, new in _paired(olds, news):
            # A row that is gone is named as it was numbered, any other as it is now.
            number = old if new is None else new
            yield from _compare(
                _Node() if old is None else olds[old],
                _Node() if new is None else news[new],
                place.down(name, number + 1 if numbered and number is not None else None),
            )


def _paired(olds: list[_Node], news: list[_Node]) -> Iterator[tuple[int | None, int | None]]:
    """Yield which elements answer to each other, by their numbers from 0; None for none."""
    if len(olds) == len(news) or max(len(olds), len(news)) > _ALIGNED:
        spans = [(0, len(olds), 0, len(news))]
    else:
        old_keys = [node.key(numbered=False) for node in olds]
        new_keys = [node.key(numbered=False) for node in news]
        matcher = SequenceMatcher(None, old_keys, new_keys)
        spans = [span[1:] for span in matcher.get_opcodes()]
    for old, old_end, new, new_end in spans:
        for step in range(max(old_end - old, new_end - new)):
            yield (
                old + step if old + step < old_end else None,
                new + step if new + step < new_end else None,
            )
