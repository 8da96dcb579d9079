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

_refused = re.compile(f"[{_FORBIDDEN}{_DISCOURAGED}]")
#: anything that keeps a text from being written as it stands, white space to collapse included
_awkward = re.compile(f"[{_FORBIDDEN}{_DISCOURAGED}\t\n\r&<>]|  |^ | $").search
_white = re.compile("[ \t\n\r\x0b\x0c]+")
_breaks = re.compile("\r\n?|\x0b|\x0c|\u2028|\u2029")


def first_refused(text: str) -> tuple[int, str] | None:
    """Return place (from 0) and code ("U+0007") of the first character that KSeF refuses."""
    found = _refused.search(text)
    if not found:
        return None
    return found.start(), f"U+{ord(found.group()):04X}"


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


def is_plain(text: str) -> bool:
    """True when ``text`` can stand in the document as it is, in any kind of field."""
    return not _awkward(text)


def one_line(text: str) -> str:
    """Collapse white space (line breaks and tabs too) and remove what KSeF refuses."""
    return _refused.sub("", _white.sub(" ", text)).strip(" ")


def ends_trimmed(text: str) -> str:
    """Remove white space at the ends, line breaks, and what KSeF refuses."""
    return _refused.sub("", text.replace("\n", " ").replace("\r", " ").replace("\t", " ")).strip(
        " "
    )


def many_lines(text: str) -> str:
    """Make all line breaks line feeds, trim the ends, remove what KSeF refuses."""
    return _refused.sub("", _breaks.sub("\n", text)).strip(" \t\n")
