"""The simulated time: real time plus an offset that tests and the control panel set."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

WARSAW = ZoneInfo("Europe/Warsaw")


class Clock:
    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time() + self.offset, timezone.utc)


def warsaw_day(moment: datetime) -> date:
    """KSeF compares calendar days in Polish time, whatever the zone of the caller."""
    return moment.astimezone(WARSAW).date()


def iso(moment: datetime) -> str:
    """As KSeF writes times: UTC with seven digits of fraction (strict parsers stumble here)."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0+00:00"


def iso_seconds(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def iso_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)


def milliseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(milliseconds=1)


def read_moment(text: str) -> datetime:
    """An ISO 8601 time; without an offset it is Polish time.  Raises ValueError."""
    moment = datetime.fromisoformat(_six_digits(text.strip()))
    return moment if moment.tzinfo else moment.replace(tzinfo=WARSAW)


def _six_digits(text: str) -> str:
    if text.endswith(("Z", "z")):
        text = text[:-1] + "+00:00"
    head, dot, tail = text.partition(".")
    if not dot:
        return text
    digits = len(tail) - len(tail.lstrip("0123456789"))
    return f"{head}.{tail[:digits][:6].ljust(6, '0')}{tail[digits:]}"
