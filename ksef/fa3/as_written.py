"""Values that remember how a foreign document wrote them.

``100``, ``100.0`` and ``100.00`` are one amount, but three texts.  Reading a document and writing
it again must give the same document, while the addon's own invoices have one form for each value.
So the reader returns plain values where the text is the form that the writer would give, and
values of these classes, which are equal to the plain ones, where it is not.  Any calculation
with them gives a plain value.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any


class WrittenDecimal(Decimal):
    """A number with its text."""

    source_text: str | None = None


class WrittenInt(int):
    """A whole number with its text."""

    source_text: str | None = None


class WrittenStr(str):
    """A text, tidied, with the text as it stood."""

    source_text: str | None = None


class WrittenDate(date):
    """A day with its text."""

    source_text: str | None = None


class WrittenDatetime(datetime):
    """A moment with its text (its own zone, fractions of a second)."""

    source_text: str | None = None


def remember(value: Any, source_text: str) -> Any:
    """Return a value equal to ``value`` that is written as ``source_text``."""
    written: Any
    if isinstance(value, str):
        written = WrittenStr(value)
    elif isinstance(value, Decimal):
        written = WrittenDecimal(value)
    elif isinstance(value, datetime):
        written = WrittenDatetime(
            value.year, value.month, value.day, value.hour, value.minute, value.second,
            value.microsecond, value.tzinfo,
        )  # fmt: skip
    elif isinstance(value, date):
        written = WrittenDate(value.year, value.month, value.day)
    else:
        written = WrittenInt(value)
    written.source_text = source_text
    return written
