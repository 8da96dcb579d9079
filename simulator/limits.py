"""Request limits: sliding windows per (context, address) and group of operations."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from simulator.certificates import register
from simulator.errors import TooMany
from simulator.operations import Answer, Call, Operation, operation

UNLIMITED = -1


@dataclass(frozen=True)
class Limit:
    second: int
    minute: int = UNLIMITED
    hour: int = UNLIMITED

    def windows(self) -> tuple[tuple[int, int, str], ...]:
        return (
            (self.second, 1, "sekundę"),
            (self.minute, 60, "minutę"),
            (self.hour, 3600, "godzinę"),
        )

    def as_json(self) -> dict[str, int]:
        return {"perSecond": self.second, "perMinute": self.minute, "perHour": self.hour}


# The values of production, in the order of GET /rate-limits.
PRODUCTION = {
    "onlineSession": Limit(10, 30, 120),
    "onlineSessionClose": Limit(20, 60, 240),
    "batchSession": Limit(10, 20, 60),
    "batchSessionClose": Limit(20, 40, 120),
    "invoiceSend": Limit(10, 30, 180),
    "invoiceStatus": Limit(30, 120, 1200),
    "sessionList": Limit(5, 10, 60),
    "sessionInvoiceList": Limit(10, 20, 200),
    "sessionMisc": Limit(10, 120, 1200),
    "invoiceMetadata": Limit(8, 16, 20),
    "invoiceExport": Limit(8, 16, 20),
    "invoiceExportStatus": Limit(10, 60, 600),
    "invoiceDownload": Limit(8, 16, 64),
    "collectiveIdentifier": Limit(20, 120, 240),
    "other": Limit(10, 30, 120),
    "anonymous": Limit(60),
    "global": Limit(UNLIMITED),
}


@dataclass
class _Window:
    moments: deque[float] = field(default_factory=deque)
    blocked_until: float = 0.0


class Limiter:
    """Counts every allowed request of the last hour and blocks until the oldest leaves."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self._windows: dict[tuple[str, ...], _Window] = {}

    def forget(self) -> None:
        self._windows.clear()

    def check(self, operation: Operation, context: str, address: str, now: float) -> None:
        """Raises TooMany."""
        if self.mode == "off":
            return
        if operation.group == "anonymous":
            key: tuple[str, ...] = (operation.group, address)
        elif operation.group == "other":
            # every operation without values of its own has a counter of its own
            key = (operation.name, context, address)
        else:
            key = (operation.group, context, address)
        window = self._windows.setdefault(key, _Window())
        moments = window.moments
        while moments and moments[0] <= now - 3600:
            moments.popleft()
        while moments and moments[-1] > now:  # the simulated clock was put back
            moments.pop()
            window.blocked_until = 0.0
        if now < window.blocked_until:
            raise _too_many(math.ceil(window.blocked_until - now), "Dostęp jest zablokowany.")
        for limit, seconds, unit in PRODUCTION[operation.group].windows():
            if limit != UNLIMITED and len(moments) >= limit:
                wait = moments[-limit] + seconds - now
                if wait > 0:
                    window.blocked_until = now + wait
                    raise _too_many(
                        max(1, math.ceil(wait)), f"Przekroczono limit {limit} żądań na {unit}."
                    )
        moments.append(now)


def _too_many(seconds: int, reason: str) -> TooMany:
    return TooMany(seconds, f"{reason} Spróbuj ponownie po {seconds} sekundach.")


@operation("GET /rate-limits")
def rate_limits(call: Call) -> Answer:
    if call.world.limiter.mode == "off":
        return Answer(200, dict.fromkeys(PRODUCTION, Limit(UNLIMITED).as_json()))
    return Answer(200, {group: limit.as_json() for group, limit in PRODUCTION.items()})


MAX_INVOICES = 10_000
MAX_INVOICE_SIZE = 1_000_000
MAX_INVOICE_SIZE_WITH_ATTACHMENT = 3_000_000
MAX_PARTS = 50
MAX_PART_SIZE = 100_000_000  # before encryption
MAX_PACKAGE_SIZE = 5_000_000_000


@operation("GET /limits/context")
def context_limits(call: Call) -> Answer:
    session = {
        "maxInvoiceSizeInMB": MAX_INVOICE_SIZE // 1_000_000,
        "maxInvoiceWithAttachmentSizeInMB": MAX_INVOICE_SIZE_WITH_ATTACHMENT // 1_000_000,
        "maxInvoices": MAX_INVOICES,
    }
    return Answer(
        200,
        {
            "onlineSession": session,
            "batchSession": session,
            "collectiveIdentifier": {"maxInvoices": 500},
        },
    )


@operation("GET /limits/subject")
def subject_limits(call: Call) -> Answer:
    allowed = register.limits(call.world, call.caller.subject)
    return Answer(
        200,
        {
            "enrollment": {"maxEnrollments": allowed.enrollments},
            "certificate": {"maxCertificates": allowed.certificates},
        },
    )
