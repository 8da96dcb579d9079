"""Takes values out of KSeF's JSON: strict about what the caller relies on, blind to the rest.

New fields and new enumeration values appear without notice, so fields are picked by name and
enumerations stay text.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:[.,](\d{1,12}))?"
    r"(?:([Zz])|([+-])(\d{2}):?(\d{2}))?"
)


class Unreadable(ValueError):
    """The answer lacks something, or it is of another kind than OpenAPI says."""


def moment(value: Any, name: str) -> datetime:
    """Read a date-time; KSeF writes six or seven decimals.  Without offset it is taken as UTC."""
    match = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise Unreadable(f"{name} is no date-time")
    day, clock, fraction, _zulu, sign, hours, minutes = match.groups()
    offset = timedelta(0)
    if sign:
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        offset = -offset if sign == "-" else offset
    try:
        zone = timezone(offset) if offset else timezone.utc
        plain = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone)
    except ValueError as error:
        raise Unreadable(f"{name} is no date-time") from error
    return plain.replace(microsecond=int(((fraction or "") + "000000")[:6]))


class Fields:
    """One JSON object and its name for messages."""

    def __init__(self, value: Any, name: str = "answer") -> None:
        if not isinstance(value, dict):
            raise Unreadable(f"{name} is no object")
        self._values = value
        self._name = name

    def _take(self, name: str, kind: type | tuple[type, ...]) -> Any:
        value = self._values.get(name)
        if value is None:
            return None
        wrong = not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)
        if wrong:
            raise Unreadable(f"{name} of {self._name} is of another kind than expected")
        return value

    def _need(self, name: str, value: Any) -> Any:
        if value is None:
            raise Unreadable(f"{name} of {self._name} is missing")
        return value

    def text(self, name: str) -> str:
        """A text that must be there."""
        return self._need(name, self._take(name, str))

    def text_or(self, name: str, default: Any = "") -> Any:
        value = self._take(name, str)
        return default if value is None else value

    def header_text(self, name: str) -> str:
        """A text that goes back in a header; absent is empty."""
        value = self.text_or(name)
        if not value.isascii() or not value.isprintable():
            raise Unreadable(f"{name} of {self._name} holds letters that no header can")
        return value

    def integer(self, name: str) -> int:
        return self._need(name, self._take(name, int))

    def integer_or(self, name: str, default: Any = None) -> Any:
        value = self._take(name, int)
        return default if value is None else value

    def flag(self, name: str, default: Any = False) -> Any:
        value = self._take(name, bool)
        return default if value is None else value

    def amount(self, name: str) -> Decimal:
        """A number; the JSON reader makes decimals of fractions, so nothing is rounded."""
        return Decimal(self._need(name, self._take(name, (int, Decimal))))

    def moment(self, name: str) -> datetime:
        return moment(self._need(name, self._take(name, str)), name)

    def moment_or_none(self, name: str) -> datetime | None:
        value = self._take(name, str)
        return None if value is None else moment(value, name)

    def day(self, name: str) -> date:
        value = self.text(name)
        try:
            return date.fromisoformat(value[:10])
        except ValueError as error:
            raise Unreadable(f"{name} of {self._name} is no date") from error

    def binary(self, name: str) -> bytes:
        """Bytes that stand as Base64."""
        return self._decoded(name, self.text(name))

    def binary_or_none(self, name: str) -> bytes | None:
        value = self._take(name, str)
        return None if value is None else self._decoded(name, value)

    def _decoded(self, name: str, value: str) -> bytes:
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Unreadable(f"{name} of {self._name} is no Base64") from error

    def inner(self, name: str) -> Fields:
        """An object that must be there."""
        return Fields(self._need(name, self._values.get(name)), name)

    def inner_or_none(self, name: str) -> Fields | None:
        value = self._values.get(name)
        return None if value is None else Fields(value, name)

    def sequence(self, name: str) -> list[Any]:
        """A list that must be there."""
        return self._need(name, self._take(name, list))

    def objects(self, name: str) -> list[Fields]:
        """A list of objects that must be there."""
        return [Fields(item, name) for item in self.sequence(name)]

    def texts(self, name: str) -> list[str]:
        """A list of texts; absent is empty."""
        return [item for item in self._take(name, list) or [] if isinstance(item, str)]

    def text_or_texts(self, name: str) -> tuple[str, ...]:
        """A text, or a list of texts; absent is empty."""
        value = self._take(name, (str, list))
        if isinstance(value, str):
            return (value,) if value else ()
        return tuple(self.texts(name))

    def text_map(self, name: str) -> dict[str, str]:
        """An object of texts; absent is empty, null values are left out."""
        value = self._take(name, dict) or {}
        return {key: str(item) for key, item in value.items() if item is not None}
