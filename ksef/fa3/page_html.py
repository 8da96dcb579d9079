"""HTML from text: everything is escaped, nothing can break out of its place."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

#: Characters that turn the direction of what follows, or are not seen at all: with them an
#: account number can be made to look like another one.
_UNSEEN = re.compile("[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


class Safe(str):
    """Text that is HTML already."""

    __slots__ = ()


def visible(text: str) -> str:
    """Return the text with the characters that nobody sees written as their numbers."""
    return _UNSEEN.sub(lambda found: f"[U+{ord(found.group()):04X}]", text)


def escape(text: str) -> Safe:
    """Return HTML that shows the text; what is HTML already stays as it is."""
    return text if isinstance(text, Safe) else Safe(html.escape(visible(text)))


def join(parts: Iterable[str]) -> Safe:
    """Return the parts one after another."""
    return Safe("".join(map(escape, parts)))


def tag(name: str, *children: str, cls: str = "", title: str = "") -> Safe:
    """Return an element.

    :param name: of the element, never from a document
    :param cls: its class, never from a document
    :param title: shown when the mouse rests on it
    """
    start = name
    if cls:
        start += f' class="{cls}"'
    if title:
        start += f' title="{escape(title)}"'
    return Safe(f"<{start}>{join(children)}</{name}>")
