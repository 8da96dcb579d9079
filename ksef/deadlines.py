"""By when an invoice issued outside KSeF must be sent there, and Polish business days.

Sources: the VAT Act (ustawa o VAT), art. 106na-106nha; guide, tryby-offline.md and
offline/automatyczne-okreslanie-trybu-offline.md.  All days are those of Warsaw: a moment has a
time zone and is turned into its Warsaw day, a bare ``date`` is one already.

Where the Act leaves a doubt, the earlier day is given: it is in time under every reading.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from .words import _

WARSAW = ZoneInfo("Europe/Warsaw")
#: art. 106nf ust. 4
DAYS_AFTER_FAILURE = 7

_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)


class Mode(str, Enum):
    """How an invoice is issued."""

    #: art. 106na: sent on the day of issue
    ONLINE = "online"
    #: art. 106nda: the taxpayer's own choice
    OFFLINE24 = "offline24"
    #: art. 106nh: during an announced unavailability
    OFFLINE = "offline"
    #: art. 106nf: during an announced failure
    EMERGENCY = "emergency"
    #: art. 106ng: during a total failure, announced in the mass media
    TOTAL_FAILURE = "total_failure"

    @property
    def words(self) -> str:
        """English name, marked for translation."""
        return _MODES[self]


_MODES = {
    Mode.ONLINE: _("online"),
    Mode.OFFLINE24: _("offline24"),
    Mode.OFFLINE: _("offline (announced unavailability)"),
    Mode.EMERGENCY: _("emergency (announced failure)"),
    Mode.TOTAL_FAILURE: _("total failure"),
}

#: the rules by which a total failure ends the duty to send
LIFTED_BY = {
    Mode.OFFLINE24: "art. 106nha",
    Mode.OFFLINE: "art. 106nh ust. 3 pkt 2",
    Mode.EMERGENCY: "art. 106nf ust. 7",
}


class OutageKind(str, Enum):
    """What an outage means; the announced kinds bear the words of the status service."""

    #: noticed by ourselves only: no deadline follows from it
    OBSERVED = "OBSERVED"
    #: art. 106ne ust. 4
    MAINTENANCE = "MAINTENANCE"
    #: art. 106ne ust. 1
    FAILURE = "FAILURE"
    #: art. 106ne ust. 3
    TOTAL_FAILURE = "TOTAL_FAILURE"

    @property
    def words(self) -> str:
        """English name, marked for translation."""
        return _KINDS[self]


_KINDS = {
    OutageKind.OBSERVED: _("outage that was not announced"),
    OutageKind.MAINTENANCE: _("announced unavailability"),
    OutageKind.FAILURE: _("announced failure"),
    OutageKind.TOTAL_FAILURE: _("announced total failure"),
}


# --- days ---------------------------------------------------------------------------------------


def warsaw_day(moment: date) -> date:
    """Return the calendar day in Warsaw of a moment with time zone; a ``date`` is returned as it
    is.

    :raises ValueError: a ``datetime`` without time zone
    """
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(WARSAW).date()


def easter(year: int) -> date:
    """Return Easter Sunday of a year of the Gregorian calendar."""
    golden, century = year % 19, year // 100
    # the epact corrected for skipped leap days (century / 4) and for the moon's own drift
    epact = (century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15) % 30
    epact -= epact // 28 * (1 - epact // 28 * (29 // (epact + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + epact + 2 - century + century // 4) % 7
    return date(year, 3, 28) + timedelta(days=epact - weekday)


@functools.cache
def holidays(year: int) -> frozenset[date]:
    """Return the statutory holidays of a year, Sundays among them (ustawa o dniach wolnych od
    pracy; 24 December is one since 2025, 6 January since 2011)."""
    sunday = easter(year)
    fixed = [(1, 1), (1, 6), (5, 1), (5, 3), (8, 15), (11, 1), (11, 11), (12, 25), (12, 26)]
    if year >= 2025:
        fixed.append((12, 24))
    # Easter, Easter Monday, Pentecost, Corpus Christi
    moving = (sunday + timedelta(days=after) for after in (0, 1, 49, 60))
    return frozenset([*(date(year, month, day) for month, day in fixed), *moving])


def is_business_day(day: date, saturday_counts: bool = False) -> bool:
    """Tell whether a day is a business day.

    The VAT Act does not define "dzień roboczy".  The Ministry's example (guide, tryby-offline.md)
    fits only when Saturdays are left out.

    :param saturday_counts: take Saturdays as business days too, which gives earlier deadlines
    """
    day = warsaw_day(day)
    last = 5 if saturday_counts else 4
    return day.weekday() <= last and day not in holidays(day.year)


def add_business_days(day: date, count: int, saturday_counts: bool = False) -> date:
    """Return the business day that is the ``count``-th after ``day``; ``day`` itself is not
    counted, whatever it is.

    :raises ValueError: ``count`` is less than 1, or ``day`` is a moment without time zone
    """
    if count < 1:
        raise ValueError("business days are counted from 1")
    day = warsaw_day(day)
    while count:
        day += _DAY
        count -= is_business_day(day, saturday_counts)
    return day


def next_business_day(day: date, saturday_counts: bool = False) -> date:
    """Return the first business day after ``day`` (art. 106nda ust. 2: "w następnym dniu roboczym
    po dniu jej wystawienia")."""
    return add_business_days(day, 1, saturday_counts)


# --- how KSeF takes it --------------------------------------------------------------------------


class Acceptance(str, Enum):
    """What KSeF makes of an invoice by its day of issue."""

    ONLINE = "online"
    OFFLINE = "offline"
    #: P_1 lies in the future
    REFUSED = "refused"


def accepted_as(issue_day: date, received: date, offline: bool = False) -> Acceptance:
    """Tell how KSeF will take an invoice (guide,
    offline/automatyczne-okreslanie-trybu-offline.md; art. 106nda ust. 16).

    :param issue_day: P_1
    :param received: ``invoicingDate``: when the invoice is sent, in a batch session when the
        session is opened
    :param offline: whether ``offlineMode`` is declared
    """
    issued, taken = warsaw_day(issue_day), warsaw_day(received)
    if issued > taken:
        return Acceptance.REFUSED
    return Acceptance.OFFLINE if offline or issued < taken else Acceptance.ONLINE


# --- outages ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outage:
    """An interval in which KSeF is down or announced down.

    :ivar start: a moment with time zone, or a day: from its beginning
    :ivar end: a moment, or a day: to its end; None while nobody has announced the end
    :ivar announced: when its beginning was made public; ``start`` where that is not known
    :ivar announcement: identifier of the announcement (``"K/2026/AWR/02"``), may be empty
    :raises ValueError: a moment without time zone, or an end before the start
    """

    kind: OutageKind
    start: date
    end: date | None = None
    announced: date | None = None
    announcement: str = ""

    def __post_init__(self) -> None:
        if self.announced is not None:
            _first(self.announced)
        begins, ends = _first(self.start), self.end
        if isinstance(ends, datetime):
            wrong = _first(ends) < begins
        else:
            wrong = ends is not None and ends < warsaw_day(self.start)
        if wrong:
            raise ValueError("an outage cannot end before it starts")

    @property
    def name(self) -> str:
        """The announcement's identifier, or the day the outage began."""
        return self.announcement or warsaw_day(self.start).isoformat()

    @property
    def made_public(self) -> date:
        """When it was announced, as far as that is known."""
        return self.start if self.announced is None else self.announced


def _first(moment: date) -> datetime:
    """The moment, of a day the first, in UTC: moments of one zone are compared by their clocks,
    which show an hour twice in October."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(), WARSAW)
    elif moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(timezone.utc)


def _after(moment: date) -> datetime:
    """The moment itself, or the first one after a day."""
    return _first(moment) if isinstance(moment, datetime) else _first(moment + _DAY)


def announced_mode(moment: date, outages: Iterable[Outage]) -> Mode:
    """Return the mode that the announcements made so far give at a moment: ``ONLINE`` when nothing
    is announced, and the taxpayer may always choose ``OFFLINE24`` then (art. 106nda ust. 1).

    :param moment: a moment with time zone; of a day, its beginning
    """
    now = _first(moment)
    running = {
        outage.kind
        for outage in outages
        if max(_first(outage.made_public), _first(outage.start)) <= now
        and (outage.end is None or now < _after(outage.end))
    }
    for kind, mode in _MODE_DURING.items():
        if kind in running:
            return mode
    return Mode.ONLINE


#: the gravest first
_MODE_DURING = {
    OutageKind.TOTAL_FAILURE: Mode.TOTAL_FAILURE,
    OutageKind.FAILURE: Mode.EMERGENCY,
    OutageKind.MAINTENANCE: Mode.OFFLINE,
}


# --- deadlines ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reason:
    """One step on the way to a deadline.

    :ivar text: English text marked with ``_()``, with ``%(name)s`` placeholders
    :ivar values: what the placeholders stand for: days are ``date``, so that they can be written
        as the reader does
    :ivar article: where the rule stands, as Polish lawyers cite it
    :ivar outage: the outage that the rule is about, if it is about one
    """

    text: str
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    article: str = ""
    outage: Outage | None = None

    @property
    def message(self) -> str:
        """The English text with its values filled in."""
        return self.text % self.values if self.values else self.text

    def __str__(self) -> str:
        return f"{self.message} ({self.article})" if self.article else self.message


@dataclass(frozen=True)
class Deadline:
    """The last day on which an invoice may be sent to KSeF.

    :ivar day: a day in Warsaw; None when there is no duty, or not yet a day
    :ivar reasons: the steps in their order; the last one decided
    :ivar lifted: whether the duty to send ended for good
    """

    day: date | None
    reasons: tuple[Reason, ...]
    lifted: bool = False

    @property
    def reason(self) -> Reason:
        """The rule that decided."""
        return self.reasons[-1]

    @property
    def article(self) -> str:
        """Where that rule stands."""
        return self.reason.article

    @property
    def waiting(self) -> bool:
        """Whether the day follows only from the end of an outage that nobody has announced yet."""
        return self.day is None and not self.lifted

    @property
    def ends(self) -> datetime | None:
        """The first moment that is too late, in UTC."""
        return None if self.day is None else _after(self.day)


def deadline(
    mode: Mode | str,
    issue_day: date,
    outages: Iterable[Outage] = (),
    saturday_counts: bool = False,
) -> Deadline:
    """Return by when an invoice that is not yet in KSeF must be sent.

    ==============  ======================================================  ======================
    Mode            Day                                                     VAT Act
    ==============  ======================================================  ======================
    ONLINE          the day of issue                                        106na, 106nda ust. 16
    OFFLINE24       next business day after the day of issue                106nda ust. 2
    OFFLINE         next business day after the day the unavailability      106nh ust. 2
                    ended
    EMERGENCY       7th business day after the day the failure ended        106nf ust. 4
    TOTAL_FAILURE   never                                                   106ng
    ==============  ======================================================  ======================

    A failure announced before the day is over moves it to the 7th business day after that
    failure's end (106nha, 106nh ust. 3 pkt 1), and so does every further one announced before the
    new day is over (106nf ust. 5).  A total failure announced before the day is over ends the
    duty (106nha, 106nh ust. 3 pkt 2, 106nf ust. 7).  Unavailability and failures count by what
    they are, also for an invoice that was issued in another mode during them.

    An outage observed by ourselves moves nothing.  A mode without its announcement counts as
    OFFLINE24, except TOTAL_FAILURE, which is announced where programs do not read.

    :param mode: a ``Mode`` or its value
    :param issue_day: P_1 or, which is more exact, the moment of issue.  Of a day it is not known
        whether an outage of the same day came before or after the issue, so one that ended on it
        counts only in its own mode.
    :param outages: those known today, in any order
    :param saturday_counts: take Saturdays as business days
    :raises ValueError: no such mode, or a moment without time zone
    """
    mode = Mode(mode)
    issue = _Issue.of(issue_day)
    known = sorted(outages, key=lambda outage: _first(outage.made_public))
    if mode is Mode.ONLINE:
        return Deadline(issue.day, (Reason(_ONLINE, {"day": issue.day}, "art. 106nda ust. 16"),))
    if mode is Mode.TOTAL_FAILURE:
        return _never_due(issue, known)
    return _Count(mode, issue, known, saturday_counts).result()


_ONLINE = _(
    "Issued online: KSeF must receive it on the day of issue, %(day)s. Later it counts as issued"
    " offline, and the law does not say clearly by when it is due then: send it at once."
)
_NEXT_DAY = _("Issued offline24 on %(issued)s: due on the next business day, %(day)s.")
_NOT_ANNOUNCED = _(
    "No announced unavailability of KSeF is known for %(issued)s. The invoice counts as issued"
    " offline24: due on the next business day, %(day)s."
)
_NO_FAILURE = _(
    "No announced failure of KSeF is known for %(issued)s. The invoice counts as issued offline24:"
    " due on the next business day, %(day)s."
)
_NEXT_DAYS = {
    Mode.OFFLINE24: _NEXT_DAY,
    Mode.OFFLINE: _NOT_ANNOUNCED,
    Mode.EMERGENCY: _NO_FAILURE,
}
_UNAVAILABLE = _(
    "Issued on %(issued)s during the unavailability %(event)s, which ends on %(end)s: due on the"
    " next business day after it, %(day)s."
)
_UNAVAILABLE_STILL = _(
    "Issued on %(issued)s during the unavailability %(event)s: due on the next business day after"
    " its end, which is not announced yet."
)
_FAILED = _(
    "Issued on %(issued)s during the failure %(event)s, which ended on %(end)s: due on the 7th"
    " business day after it, %(day)s."
)
_FAILED_STILL = _(
    "Issued on %(issued)s during the failure %(event)s: due on the 7th business day after its end,"
    " which is not announced yet."
)
_MOVED = _(
    "The failure %(event)s was announced on %(announced)s, when the invoice could still be sent in"
    " time, and ended on %(end)s: due on the 7th business day after it, %(day)s."
)
_MOVED_STILL = _(
    "The failure %(event)s was announced on %(announced)s, when the invoice could still be sent in"
    " time: due on the 7th business day after its end, which is not announced yet."
)
_LIFTED = _(
    "The total failure %(event)s was announced on %(announced)s, when the invoice could still be"
    " sent in time: it need not be sent to KSeF any more."
)
_OUTSIDE = _(
    "Issued on %(issued)s during the total failure %(event)s: it stays outside KSeF for good."
)
_OUTSIDE_UNKNOWN = _(
    "Issued on %(issued)s as during a total failure: it stays outside KSeF for good. No"
    " announcement of a total failure is known for this day; keep one."
)


@dataclass(frozen=True)
class _Issue:
    """The day of issue, and between which moments the invoice was issued."""

    day: date
    first: datetime
    last: datetime

    @classmethod
    def of(cls, issue_day: date) -> _Issue:
        first = _first(issue_day)
        last = first if isinstance(issue_day, datetime) else _after(issue_day) - _TICK
        return cls(warsaw_day(issue_day), first, last)

    def perhaps_during(self, outage: Outage) -> bool:
        ended = outage.end is not None and _after(outage.end) <= self.first
        return _first(outage.start) <= self.last and not ended

    def surely_during(self, outage: Outage) -> bool:
        ended = outage.end is not None and _after(outage.end) <= self.last
        return _first(outage.start) <= self.first and not ended

    def surely_before_end(self, outage: Outage) -> bool:
        """Announced after the issue, or not over at the issue."""
        later = _first(outage.made_public) >= self.last
        return later or outage.end is None or _after(outage.end) > self.last


def counts_as(mode: Mode | str, issue_day: date, outages: Iterable[Outage] = ()) -> Mode:
    """Return what an invoice counts as by the announcements known today: EMERGENCY without an
    announced failure, and OFFLINE without an announced unavailability, are the taxpayer's own
    choice, OFFLINE24.  Nothing else changes; no mode becomes a graver one.

    JPK_V7 asks for this (OFF is art. 106nf ust. 1 only).  It may change once more when an
    announcement is entered or corrected later.

    :param issue_day: P_1 or, which is more exact, the moment of issue
    :raises ValueError: no such mode, or a moment without time zone
    """
    mode, issue, known = Mode(mode), _Issue.of(issue_day), list(outages)
    if mode is Mode.EMERGENCY:
        if any(map(issue.perhaps_during, _of_kind(known, OutageKind.FAILURE))):
            return mode
        if any(map(issue.surely_during, _of_kind(known, OutageKind.MAINTENANCE))):
            return Mode.OFFLINE
        return Mode.OFFLINE24
    if mode is Mode.OFFLINE:
        during = any(map(issue.perhaps_during, _of_kind(known, OutageKind.MAINTENANCE)))
        return mode if during else Mode.OFFLINE24
    return mode


def _of_kind(outages: Iterable[Outage], kind: OutageKind) -> list[Outage]:
    return [outage for outage in outages if outage.kind == kind]


def _first_to_end(outages: list[Outage]) -> Outage | None:
    never = datetime.max.replace(tzinfo=timezone.utc)
    ends = {id(one): never if one.end is None else _after(one.end) for one in outages}
    return min(outages, key=lambda one: ends[id(one)], default=None)


def _last_day(outage: Outage) -> date | None:
    """The day an outage ended; what ended at midnight ended on the day before, the earlier one."""
    if not isinstance(outage.end, datetime):
        return outage.end
    return max(warsaw_day(outage.end - _TICK), warsaw_day(outage.start))


def _never_due(issue: _Issue, known: list[Outage]) -> Deadline:
    totals = _of_kind(known, OutageKind.TOTAL_FAILURE)
    total = next((one for one in totals if issue.perhaps_during(one)), None)
    values: dict[str, Any] = {"issued": issue.day}
    text = _OUTSIDE_UNKNOWN
    if total is not None:
        text, values["event"] = _OUTSIDE, total.name
    return Deadline(None, (Reason(text, values, "art. 106ng", total),), lifted=True)


class _Count:
    """The count for one invoice: the day so far (None: not before an outage has ended), and the
    reasons for it."""

    def __init__(
        self, mode: Mode, issue: _Issue, known: list[Outage], saturday_counts: bool
    ) -> None:
        self._mode = mode
        self._issue = issue
        self._saturday_counts = saturday_counts
        self._failures = _of_kind(known, OutageKind.FAILURE)
        self._totals = _of_kind(known, OutageKind.TOTAL_FAILURE)
        self._reasons: list[Reason] = []
        #: whether a failure counts already
        self._further = False
        self._day = self._begin(_of_kind(known, OutageKind.MAINTENANCE))

    def result(self) -> Deadline:
        self._move()
        total = next((one for one in self._totals if self._in_time(one)), None)
        if total is None:
            return Deadline(self._day, tuple(self._reasons))
        announced = _first(total.made_public)
        before = [
            reason
            for reason in self._reasons
            if not (reason.outage and _first(reason.outage.made_public) > announced)
        ]
        values = {"event": total.name, "announced": warsaw_day(total.made_public)}
        reasons = (*before, Reason(_LIFTED, values, LIFTED_BY[self._mode], total))
        return Deadline(None, reasons, lifted=True)

    def _begin(self, maintenance: list[Outage]) -> date | None:
        """The day before failures moved it."""
        issue = self._issue
        if self._mode is Mode.EMERGENCY:
            failure = _first_to_end([one for one in self._failures if issue.perhaps_during(one)])
            if failure is not None:
                reason = self._after_failure(failure, _FAILED, _FAILED_STILL, "art. 106nf ust. 4")
                self._reasons.append(reason)
                self._further = True
                return reason.values["day"]
        # who issued in this very mode is taken at his word about the hour
        counts = issue.perhaps_during if self._mode is Mode.OFFLINE else issue.surely_during
        during = _first_to_end([one for one in maintenance if counts(one)])
        return self._next_day(_NEXT_DAYS[self._mode]) if during is None else self._reopening(during)

    def _next_day(self, text: str) -> date:
        day = next_business_day(self._issue.day, self._saturday_counts)
        values = {"issued": self._issue.day, "day": day}
        self._reasons.append(Reason(text, values, "art. 106nda ust. 2"))
        return day

    def _reopening(self, during: Outage) -> date | None:
        end = _last_day(during)
        day = None if end is None else next_business_day(end, self._saturday_counts)
        values = {"issued": self._issue.day, "event": during.name, "end": end, "day": day}
        text = _UNAVAILABLE_STILL if day is None else _UNAVAILABLE
        self._reasons.append(Reason(text, values, "art. 106nh ust. 2", during))
        return day

    def _after_failure(self, failure: Outage, text: str, still: str, article: str) -> Reason:
        end = _last_day(failure)
        day = (
            None
            if end is None
            else add_business_days(end, DAYS_AFTER_FAILURE, self._saturday_counts)
        )
        values = {
            "issued": self._issue.day,
            "event": failure.name,
            "announced": warsaw_day(failure.made_public),
            "end": end,
            "day": day,
        }
        return Reason(still if day is None else text, values, article, failure)

    def _move(self) -> None:
        """Let every failure announced in time move the day, until none is left that does."""
        while self._day is not None:
            failure = next((one for one in self._failures if self._in_time(one)), None)
            if failure is None:
                return
            self._failures.remove(failure)
            article = "art. 106nf ust. 5" if self._further else self._first_move(failure)
            self._further = True
            reason = self._after_failure(failure, _MOVED, _MOVED_STILL, article)
            day = reason.values["day"]
            # one that was over before another, or is the same, changes nothing
            if day is None or day > self._day:
                self._day = day
                self._reasons.append(reason)

    def _first_move(self, failure: Outage) -> str:
        if _first(failure.made_public) <= self._issue.first:
            # in truth issued in its course, whatever the mode says
            return "art. 106nf ust. 4"
        return "art. 106nh ust. 3 pkt 1" if self._mode is Mode.OFFLINE else "art. 106nha"

    def _in_time(self, outage: Outage) -> bool:
        """Whether it was announced while the invoice could still be sent in time."""
        if not self._issue.surely_before_end(outage):
            return False
        return self._day is None or _first(outage.made_public) < _after(self._day)
