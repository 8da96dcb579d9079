"""What a foreign document's root element says beyond its content: prefix and attributes.

Kept only to write a document that was read as it was; the addon's own documents have neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from .namespace import FA3, XSI

_TAG = re.compile(r"<(/?)(?=[A-Za-z_])")


@dataclass(frozen=True, slots=True)
class RootForm:
    """Prefix of the elements, and the attributes ``xsi:…`` of the root by their local names."""

    prefix: str = ""
    xsi: tuple[tuple[str, str], ...] = ()


def with_root_form(text: str, form: RootForm) -> str:
    """Return the document ``text`` with the prefix and the attributes of ``form``."""
    if form.prefix:
        # Every "<" in the text begins a tag: those in values are written as references.
        text = _TAG.sub(rf"<\1{form.prefix}:", text)
        text = text.replace(f'xmlns="{FA3}"', f'xmlns:{form.prefix}="{FA3}"', 1)
    if form.xsi:
        attributes = "".join(f" xsi:{name}={quoteattr(value)}" for name, value in form.xsi)
        text = text.replace(f'="{FA3}"', f'="{FA3}" xmlns:xsi="{XSI}"{attributes}', 1)
    return text
