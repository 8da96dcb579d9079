"""Reading requests: JSON, single fields, pages.  What does not fit ends with 21001 or 21405."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from simulator.clock import read_moment
from simulator.errors import BadRequest

Item = TypeVar("Item")


def invalid(field: str, problem: str) -> BadRequest:
    return BadRequest(21405, f"'{field}': {problem}")


class Fields:
    """A JSON object, read field by field."""

    def __init__(self, values: dict[str, Any], place: str = "") -> None:
        self._values = values
        self._place = place

    @classmethod
    def of_body(cls, body: bytes) -> Fields:
        try:
            values = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise BadRequest(21001, "Treść żądania nie jest poprawnym dokumentem JSON.") from error
        if not isinstance(values, dict):
            raise BadRequest(21001, "Treść żądania nie jest obiektem JSON.")
        return cls(values)

    def name(self, field: str) -> str:
        return f"{self._place}.{field}" if self._place else field

    def has(self, field: str) -> bool:
        return self._values.get(field) is not None

    def object(self, field: str) -> Fields:
        value = self._required(field)
        if not isinstance(value, dict):
            raise invalid(self.name(field), "Oczekiwano obiektu.")
        return Fields(value, self.name(field))

    def objects(self, field: str) -> list[Fields]:
        values = self._required(field)
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise invalid(self.name(field), "Oczekiwano listy obiektów.")
        return [Fields(value, f"{self.name(field)}[{place}]") for place, value in enumerate(values)]

    def text(self, field: str, *, longest: int | None = None, shortest: int = 1) -> str:
        value = self._required(field)
        if not isinstance(value, str):
            raise invalid(self.name(field), "Oczekiwano tekstu.")
        if len(value) < shortest or (longest is not None and len(value) > longest):
            raise invalid(self.name(field), "Nieprawidłowa długość wartości.")
        return value

    def optional_text(self, field: str, *, longest: int | None = None) -> str | None:
        return self.text(field, longest=longest) if self.has(field) else None

    def choice(self, field: str, choices: Sequence[str]) -> str:
        value = self.text(field)
        if value not in choices:
            raise invalid(self.name(field), f"Niedozwolona wartość '{value}'.")
        return value

    def choices(self, field: str, choices: Sequence[str]) -> list[str]:
        values = self._values.get(field) or []
        if not isinstance(values, list):
            raise invalid(self.name(field), "Oczekiwano listy.")
        for value in values:
            if value not in choices:
                raise invalid(self.name(field), f"Niedozwolona wartość '{value}'.")
        return values

    def texts(self, field: str) -> list[str]:
        values = self._values.get(field) or []
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise invalid(self.name(field), "Oczekiwano listy tekstów.")
        return values

    def whole_number(self, field: str, *, least: int, most: int | None = None) -> int:
        value = self._required(field)
        if not isinstance(value, int) or isinstance(value, bool):
            raise invalid(self.name(field), "Oczekiwano liczby całkowitej.")
        if value < least:
            raise invalid(self.name(field), f"Wartość nie może być mniejsza niż {least}.")
        if most is not None and value > most:
            raise invalid(self.name(field), f"Wartość nie może być większa niż {most}.")
        return value

    def optional_number(self, field: str) -> float | None:
        value = self._values.get(field)
        if value is None:
            return None
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise invalid(self.name(field), "Oczekiwano liczby.")
        return value

    def flag(self, field: str) -> bool | None:
        value = self._values.get(field)
        if value is not None and not isinstance(value, bool):
            raise invalid(self.name(field), "Oczekiwano wartości logicznej.")
        return value

    def data(self, field: str) -> bytes:
        """Base64."""
        value = self.text(field)
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError) as error:
            raise invalid(self.name(field), "Wartość nie jest zakodowana w Base64.") from error

    def digest(self, field: str) -> str:
        """The Base64 of a SHA-256, kept as text."""
        if len(self.data(field)) != 32:
            raise invalid(self.name(field), "Oczekiwano skrótu SHA-256 w Base64 (44 znaki).")
        return self.text(field)

    def moment(self, field: str) -> datetime:
        value = self.text(field)
        try:
            return read_moment(value)
        except ValueError as error:
            raise invalid(self.name(field), "Nieprawidłowy format daty.") from error

    def optional_moment(self, field: str) -> datetime | None:
        return self.moment(field) if self.has(field) else None

    def _required(self, field: str) -> Any:
        value = self._values.get(field)
        if value is None:
            raise invalid(self.name(field), "Pole jest wymagane.")
        return value


def whole_number_of_query(
    query: dict[str, list[str]], field: str, *, default: int, least: int, most: int | None = None
) -> int:
    if field not in query:
        return default
    try:
        value = int(query[field][0])
    except ValueError as error:
        raise invalid(field, "Oczekiwano liczby całkowitej.") from error
    if value < least or (most is not None and value > most):
        raise invalid(field, f"Wartość musi zawierać się w przedziale od {least} do {most}.")
    return value


def page(
    items: Sequence[Item], continuation: str | None, size: int
) -> tuple[Sequence[Item], str | None]:
    """One page and the token of the next one."""
    start = 0
    if continuation:
        try:
            token = json.loads(base64.b64decode(continuation, validate=True))
            start = token["start"]
            if not isinstance(start, int) or isinstance(start, bool) or start < 0:
                raise ValueError
        except (ValueError, TypeError, KeyError) as error:
            raise BadRequest(21418) from error
    following = start + size
    if following >= len(items):
        return items[start:], None
    token = base64.b64encode(json.dumps({"start": following}).encode()).decode()
    return items[start:following], token
