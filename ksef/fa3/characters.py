"""Characters in a document: which KSeF refuses, and how text is made fit.

XML 1.0 forbids most control characters; KSeF refuses, beyond that, the characters that the XML
recommendation discourages (guide, faktury/weryfikacja-faktury.md; on production since 19 October
2026).  All of them are invisible; they come into texts by copying from other programs.
"""

from __future__ import annotations

import re

_NON_CHARACTERS = "".join(
    f"{chr(plane * 0x10000 + 0xFFFE)}-{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(17)
)
#: allowed by XML 1.0, refused by KSeF
_DISCOURAGED = "\x7f-\x84\x86-\x9f\ufdd0-\ufdef" + _NON_CHARACTERS
#: forbidden by XML 1.0 (tab, line feed and carriage return are allowed)
_FORBIDDEN = "\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff"

_forbidden = re.compile(f"[{_FORBIDDEN}]")
_refused = re.compile(f"[{_FORBIDDEN}{_DISCOURAGED}]")
#: anything that keeps a text from being written as it stands, white space to collapse included
_awkward = re.compile(f"[{_FORBIDDEN}{_DISCOURAGED}\t\n\r&<>]|  |^ | $").search
# Vertical tab and form feed separate words, so they become blanks instead of vanishing.
_removed = re.compile(f"[\x00-\x08\x0e-\x1f\ud800-\udfff{_DISCOURAGED}]")
_white = re.compile("[ \t\n\r\x0b\x0c]+")
_TO_BLANK = str.maketrans(dict.fromkeys("\t\n\r\x0b\x0c", " "))
_breaks = re.compile("\r\n?|\x0b|\x0c|\u2028|\u2029")


def first_refused(text: str) -> tuple[int, str] | None:
    """Return place (from 0) and code ("U+0007") of the first character that KSeF refuses."""
    found = _refused.search(text)
    if not found:
        return None
    return found.start(), f"U+{ord(found.group()):04X}"


# Bytes of UTF-8 that neither are nor begin a refused character: what is left has to be looked at.
_HARMLESS = bytes(
    byte
    for byte in range(256)
    if byte in b"\t\n\r" or 0x20 <= byte < 0x7F or 0x80 <= byte < 0xC2 or 0xC2 < byte < 0xEF
)


def may_hold_refused(data: bytes) -> bool:
    """Tell quickly whether UTF-8 ``data`` needs a closer look with :func:`first_refused`."""
    return bool(data.translate(None, _HARMLESS))


def escape(text: str) -> str:
    """Write ``text`` as XML character data; a carriage return survives as a reference."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    if "\r" in text:
        text = text.replace("\r", "&#xD;")
    return text


def without_forbidden(text: str) -> str:
    """Remove what XML forbids, so that a parser can read what is left."""
    return _forbidden.sub("", text)


def is_plain(text: str) -> bool:
    """True when ``text`` can stand in the document as it is, in any kind of field."""
    return not _awkward(text)


def one_line(text: str) -> str:
    """Collapse white space (line breaks and tabs too) and remove what KSeF refuses."""
    return _white.sub(" ", _removed.sub("", text)).strip(" ")


def ends_trimmed(text: str) -> str:
    """Make each white space a blank, remove those at the ends, and what KSeF refuses."""
    return _removed.sub("", text).translate(_TO_BLANK).strip(" ")


def many_lines(text: str) -> str:
    """Make all line breaks line feeds, trim the ends, remove what KSeF refuses."""
    return _breaks.sub("\n", _removed.sub("", text)).strip(" \t\n")
