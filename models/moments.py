"""Moments between KSeF (aware, any zone), Odoo (naive UTC) and the calendar of the law (Warsaw)."""

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

WARSAW = ZoneInfo("Europe/Warsaw")


def to_odoo(moment):
    """An aware moment as Odoo keeps it: UTC, no zone, whole seconds."""
    if not moment:
        return False
    return moment.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)


def warsaw_today():
    """The calendar day that counts in law and for KSeF, wherever the server stands."""
    return datetime.now(WARSAW).date()


def warsaw_day(naive_utc):
    """The Warsaw day of a moment that Odoo keeps."""
    return naive_utc.replace(tzinfo=timezone.utc).astimezone(WARSAW).date()
