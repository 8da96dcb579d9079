"""One value of a document as people read it."""

from __future__ import annotations

import re
from typing import Any

from . import codes
from .fields import Spec
from .page_names import word
from .values import Unfit, formatter

_NUMBER = re.compile(r"([+-]?)(\d+)(?:\.(\d*))?", re.ASCII)
_GROUPS = re.compile(r"(?<=\d)(?=(?:\d{3})+$)")
#: thousands are kept together with a blank that does not break the line
_SIGNS = {"pl": ("\u00a0", ","), "en": (",", ".")}
_CODES = {"pl": codes.POLISH, "en": codes.ENGLISH}
_RATES = {
    "0 KR": ("0% (kraj)", "0% (domestic)"),
    "0 WDT": ("0% (WDT)", "0% (EU)"),
    "0 EX": ("0% (eksport)", "0% (export)"),
    "zw": ("zw", "exempt (zw)"),
    "oo": ("oo – odwrotne obciążenie", "reverse charge (oo)"),
    "np I": ("np – poza terytorium kraju (np I)", "outside Poland (np I)"),
    "np II": ("np – usługi z art. 100 ust. 1 pkt 4 (np II)", "EU business (np II)"),
}


def shown(name: str, spec: Spec, value: Any, language: str) -> str:
    """Return the value of the element ``name`` in words; what has no words, as it stands."""
    if spec.kind in ("mark", "yes_no"):
        return {1: word("yes", language), 2: word("no", language)}.get(value, str(value))
    if spec.kind == "decimal":
        return number(written(spec, value), language)
    if name in codes.POLISH:
        return str(_CODES[language][name].get(value, value))
    if name in ("P_12", "P_12Z"):
        return _rate(str(value), language)
    return written(spec, value)


def written(spec: Spec, value: Any) -> str:
    """Return the value as the document writes it, but for escapes."""
    if isinstance(value, str):
        return str(value)
    try:
        return (getattr(value, "source_text", None) or formatter(spec)(value)).strip()
    except (Unfit, TypeError):
        # A draft may hold what cannot be written; the page still says what it is.
        return str(value)


def number(text: str, language: str) -> str:
    """Return a number of the document with the signs of a language; every digit stays."""
    found = _NUMBER.fullmatch(text)
    if not found:
        return text
    sign, whole, fraction = found.groups()
    blank, point = _SIGNS[language]
    return sign + _GROUPS.sub(blank, whole) + (f"{point}{fraction}" if fraction else "")


def _rate(code: str, language: str) -> str:
    if code.isdecimal() and code.isascii():
        return f"{code}%"
    words = _RATES.get(code)
    return words[language == "en"] if words else code
