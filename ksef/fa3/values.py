"""One value and its text: how each kind of field is written, and read back.

A formatter takes a value and returns its XML text, escaped.  It never changes what the value
says: what does not fit (too long, too many digits) raises :class:`Unfit`, and the caller decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from ..problems import Problem
from ..words import _
from . import characters
from .fields import Spec
from .labels import label
from .places import Place

Formatter = Callable[[Any], str]


class Unfit(Exception):
    """A value that its field cannot hold.

    :param code: of the problem made of it
    :param text: of the problem; ``%(label)s`` is the field it concerns
    :param values: what the other placeholders stand for
    """

    def __init__(self, code: str, text: str, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.text = text
        self.values = values

    def problem(self, place: Place) -> Problem:
        """Return the wall that this misfit is at ``place``."""
        values = {"label": label(place), **self.values}
        return Problem("wall", self.code, self.text, values, field=place.field, place=place.place)


TOO_LONG = _("%(label)s: %(length)s characters, but there is room for %(limit)s only. Shorten it.")
TOO_PRECISE = _("%(label)s: %(value)s has more than %(limit)s digits after the decimal point.")
TOO_LARGE = _("%(label)s: %(value)s has too many digits.")
NOT_A_NUMBER = _("%(label)s: %(value)s is not a number.")
NO_ZONE = _("%(label)s: the time %(value)s does not say its time zone.")


def formatter(spec: Spec) -> Formatter:
    """Return the function that writes values of a field described by ``spec``."""
    make = {
        "text": _text_formatter,
        "exact": _text_formatter,
        "lines": _text_formatter,
        "decimal": _decimal_formatter,
        "whole": lambda spec: _whole,
        "mark": lambda spec: _mark,
        "yes_no": lambda spec: _yes_no,
        "day": lambda spec: _day,
        "moment": lambda spec: _moment,
        "form_code": lambda spec: characters.escape,
    }[spec.kind]
    return make(spec)


def tidy(spec: Spec, value: str) -> str:
    """Return a text as its kind of field wants it: white space in order, nothing refused."""
    if spec.kind == "text":
        return characters.one_line(value)
    if spec.kind == "lines":
        return characters.many_lines(value)
    return characters.ends_trimmed(value)


def _text_formatter(spec: Spec) -> Formatter:
    limit = spec.max_length or 1_000_000
    is_plain, escape = characters.is_plain, characters.escape

    def write(value: str) -> str:
        source = None if type(value) is str else _source(value)
        if source is not None:
            return escape(source)
        plain = is_plain(value)
        if not plain:
            value = tidy(spec, value)
        if len(value) > limit:
            raise Unfit("too_long", TOO_LONG, length=len(value), limit=limit, value=value)
        return value if plain else escape(value)

    return write


def _decimal_formatter(spec: Spec) -> Formatter:
    shown, fraction, whole_digits = spec.shown, spec.fraction, spec.total - spec.fraction

    def write(value: Decimal) -> str:
        if type(value) is not Decimal:
            source = _source(value)
            if source is not None:
                return source
            if not isinstance(value, Decimal):
                raise TypeError(f"a Decimal is wanted, not {type(value).__name__}")
        if not value.is_finite():
            raise Unfit("not_a_number", NOT_A_NUMBER, value=value)
        text = format(value, "f")
        before, _point, after = text.partition(".")
        after = after.rstrip("0")
        if len(after) > fraction:
            raise Unfit("too_precise", TOO_PRECISE, value=text, limit=fraction)
        if len(before.lstrip("-0")) > whole_digits:
            raise Unfit("too_large", TOO_LARGE, value=text)
        if before == "-0" and not after:
            before = "0"
        if len(after) < shown:
            after = after.ljust(shown, "0")
        return f"{before}.{after}" if after else before

    return write


def _whole(value: int) -> str:
    if type(value) is not int:
        source = _source(value)
        if source is not None:
            return source
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"an int is wanted, not {type(value).__name__}")
    return str(value)


def _mark(value: int | bool) -> str:
    if value is False:
        return ""
    return "1" if value is True else _whole(value)


def _yes_no(value: int | bool) -> str:
    if value is True:
        return "1"
    return "2" if value is False else _whole(value)


def _day(value: date) -> str:
    if type(value) is not date:
        source = _source(value)
        if source is not None:
            return source
        if isinstance(value, datetime) or not isinstance(value, date):
            raise TypeError(f"a date is wanted, not {type(value).__name__}")
    return value.isoformat()


def _moment(value: datetime) -> str:
    if type(value) is not datetime:
        source = _source(value)
        if source is not None:
            return source
    if value.tzinfo is None:
        raise Unfit("no_time_zone", NO_ZONE, value=value.isoformat())
    value = value.astimezone(timezone.utc)
    text = value.strftime("%Y-%m-%dT%H:%M:%S")
    if value.microsecond:
        text += f".{value.microsecond:06d}".rstrip("0")
    return text + "Z"


def _source(value: Any) -> str | None:
    return getattr(value, "source_text", None)


# Reading

_XML_WHITE = " \t\n\r"
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(Z|[+-]\d{2}:\d{2})?", re.ASCII
)


def parse(spec: Spec, text: str) -> Any:
    """Return the value that ``text`` tells in a field described by ``spec``.

    :raises ValueError: the text is no value of this kind
    """
    if spec.kind in ("text", "exact", "lines", "form_code"):
        return text if characters.is_plain(text) else tidy(spec, text)
    text = text.strip(_XML_WHITE)
    if spec.kind == "decimal":
        return _parse_decimal(text)
    if spec.kind == "day":
        return _parse_day(text)
    if spec.kind == "moment":
        return _parse_moment(text)
    # A number far longer than any field allows would be slow to convert and is no row number.
    if not _WHOLE.fullmatch(text) or len(text) > 40:
        raise ValueError(text)
    return int(text)


def _parse_decimal(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text) or len(text) > 60:
        raise ValueError(text)
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error


def _parse_day(text: str) -> date:
    found = _DAY.fullmatch(text)
    if not found:
        raise ValueError(text)
    year, month, day = map(int, found.groups())
    return date(year, month, day)


def _parse_moment(text: str) -> datetime:
    found = _MOMENT.fullmatch(text)
    if not found:
        raise ValueError(text)
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    fraction, zone = found.group(7), found.group(8)
    microsecond = int((fraction or "0")[:6].ljust(6, "0"))
    tzinfo = None
    if zone == "Z":
        tzinfo = timezone.utc
    elif zone:
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
        tzinfo = timezone(-offset if zone[0] == "-" else offset)
    midnight = hour == 24 and minute == second == microsecond == 0
    value = datetime(year, month, day, 0 if midnight else hour, minute, second, microsecond, tzinfo)
    return value + timedelta(days=1) if midnight else value
