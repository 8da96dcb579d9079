"""Latarnia: the Ministry's public status service, read without authorisation.

Two addresses: ``GET /status`` says what holds now, ``GET /messages`` the announcements of the last
30 days.  Latarnia exists for production and test; what the test one shows is staged, so nothing
real may follow from it.  It fails at times, with pages of its gateway or refusals of its storage:
that is no announced failure of KSeF, and neither is a word that nobody knows yet.

What came is kept as it came, with the time: art. 106ne speaks of the Bulletin (BIP) and of
"oprogramowanie interfejsowe", and whoever relied on an announcement will have to show it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from enum import Enum
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests

from .client.reading import Fields, Unreadable
from .client.transport import Answer, Transport
from .deadlines import Outage, OutageKind
from .environments import Environment
from .errors import KsefError, Limited, Unknown
from .words import _

#: thirty days of messages of at most 3000 letters are far below
MAX_BYTES = 1024 * 1024
_YEARS = range(2020, 2200)
# the answers carry no Cache-Control of their own, and something on the way might keep them
_HEADERS = {"Accept": "application/json", "Cache-Control": "no-cache", "Pragma": "no-cache"}

Result = TypeVar("Result")


class State(str, Enum):
    """What Latarnia says of KSeF; ``UNKNOWN`` for words that nobody knows yet."""

    AVAILABLE = "AVAILABLE"
    MAINTENANCE = "MAINTENANCE"
    FAILURE = "FAILURE"
    TOTAL_FAILURE = "TOTAL_FAILURE"
    UNKNOWN = "UNKNOWN"

    @classmethod
    def _missing_(cls, value: object) -> State:
        return cls.UNKNOWN

    @property
    def words(self) -> str:
        """English name, marked for translation."""
        return _STATES[self]

    @property
    def kind(self) -> OutageKind | None:
        """The outage that this state means; None for ``AVAILABLE`` and ``UNKNOWN``."""
        return _KINDS.get(self)


_STATES = {
    State.AVAILABLE: _("available"),
    State.MAINTENANCE: _("announced unavailability"),
    State.FAILURE: _("announced failure"),
    State.TOTAL_FAILURE: _("announced total failure"),
    State.UNKNOWN: _("unknown"),
}
_KINDS = {
    State.MAINTENANCE: OutageKind.MAINTENANCE,
    State.FAILURE: OutageKind.FAILURE,
    State.TOTAL_FAILURE: OutageKind.TOTAL_FAILURE,
}


class MessageType(str, Enum):
    """What a message does; ``UNKNOWN`` for words that nobody knows yet."""

    FAILURE_START = "FAILURE_START"
    FAILURE_END = "FAILURE_END"
    MAINTENANCE_ANNOUNCEMENT = "MAINTENANCE_ANNOUNCEMENT"
    UNKNOWN = "UNKNOWN"

    @classmethod
    def _missing_(cls, value: object) -> MessageType:
        return cls.UNKNOWN


@dataclass(frozen=True)
class Evidence:
    """An answer as it came.

    :ivar url: what was asked
    :ivar fetched: when the answer was complete, in UTC by this machine's clock: Latarnia's
        answers bear no time of their own
    :ivar body: its bytes
    :ivar headers: its headers, cookies left out
    """

    url: str
    fetched: datetime
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False, hash=False)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8-sig", "replace")


@dataclass(frozen=True)
class Message:
    """One announcement.

    :ivar id: identifier such as ``"K/2026/AWR/02"`` (AWR: failure, NI: unavailability)
    :ivar event_id: what the messages of one event have in common
    :ivar category: what is announced
    :ivar type: whether it begins, ends, or will be
    :ivar title: at most 80 letters, in Polish
    :ivar text: at most 3000 letters, in Polish
    :ivar start: since when the announced holds
    :ivar end: until when; None while a failure goes on
    :ivar version: a corrected message comes again with a higher one
    :ivar published: when it was made public
    :ivar raw: the message as JSON, with everything that nobody knows yet
    """

    id: str
    event_id: int
    category: State
    type: MessageType
    title: str
    text: str
    start: datetime
    end: datetime | None
    version: int
    published: datetime
    raw: str = field(repr=False)

    @classmethod
    def read(cls, raw: str) -> Message:
        """Read a message from its JSON, also one that was kept.

        :raises ValueError: it is none
        """
        return cls._of(_parsed(raw))

    @classmethod
    def _of(cls, value: Any) -> Message:
        fields = Fields(value, "message")
        message = cls(
            id=fields.text("id"),
            event_id=fields.integer("eventId"),
            category=State(fields.text("category")),
            type=MessageType(fields.text("type")),
            title=fields.text_or("title"),
            text=fields.text_or("text"),
            start=fields.moment("start"),
            end=fields.moment_or_none("end"),
            version=fields.integer("version"),
            published=fields.moment("published"),
            raw=_written(value),
        )
        for text in (message.id, message.title, message.text):
            _storable(text)
        for moment in (message.start, message.end, message.published):
            if moment and moment.year not in _YEARS:
                raise Unreadable("a message's time is out of all reason")
        return message

    @property
    def key(self) -> tuple[int, str, str]:
        """What its versions have in common."""
        return self.event_id, self.id, self.type.value


@dataclass(frozen=True)
class UnreadMessage:
    """A message that could not be read: a person has to look at it.

    :ivar raw: its JSON
    :ivar why: what is wrong, for a log
    """

    raw: str
    why: str


@dataclass(frozen=True)
class Status:
    """``GET /status``.

    :ivar state: what holds now
    :ivar word: Latarnia's own word for it
    :ivar messages: those of the present state
    :ivar unread: those that could not be read
    """

    state: State
    word: str
    messages: tuple[Message, ...]
    unread: tuple[UnreadMessage, ...]
    evidence: Evidence


@dataclass(frozen=True)
class Messages:
    """``GET /messages``.

    :ivar messages: in Latarnia's order, the newest first
    :ivar unread: those that could not be read
    """

    messages: tuple[Message, ...]
    unread: tuple[UnreadMessage, ...]
    evidence: Evidence


class Latarnia:
    """The status service of one environment.

    :param environment: one that has a Latarnia (``environment.latarnia``); DEMO has none
    :param timeout: seconds to wait for the connection and for each piece of the answer
    :param session: a ``requests`` session to use instead of an own one
    :raises ValueError: the environment has no Latarnia
    """

    def __init__(
        self,
        environment: Environment,
        *,
        timeout: tuple[float, float] | float = (5, 10),
        session: requests.Session | None = None,
    ) -> None:
        if environment.latarnia is None:
            raise ValueError(f"there is no Latarnia for {environment.code}")
        self.environment = environment
        self._base = environment.latarnia.rstrip("/")
        self._transport = Transport(self._base, timeout, session)

    def status(self) -> Status:
        """``GET /status``: what holds now.

        :raises Unknown: Latarnia gave no usable answer, which says nothing about KSeF
        :raises Limited: asked too often
        """

        def read(value: Any, evidence: Evidence) -> Status:
            fields = Fields(value)
            word = _storable(fields.text("status"))
            listed = [] if value.get("messages") is None else fields.sequence("messages")
            return Status(State(word), word, *_messages(listed), evidence)

        return self._read("GET /status", read)

    def messages(self) -> Messages:
        """``GET /messages``: the announcements of the last 30 days.

        :raises Unknown: Latarnia gave no usable answer, which says nothing about KSeF
        :raises Limited: asked too often
        """

        def read(value: Any, evidence: Evidence) -> Messages:
            if not isinstance(value, list):
                raise Unreadable("answer is no list")
            return Messages(*_messages(value), evidence)

        return self._read("GET /messages", read)

    def _read(self, operation: str, read: Callable[[Any, Evidence], Result]) -> Result:
        method, path = operation.split(" ")
        try:
            answer = self._transport.call(
                operation, method, path, headers=_HEADERS, limit=MAX_BYTES
            )
        except (Unknown, Limited):
            raise
        except KsefError as error:
            # Latarnia has nothing to refuse: whoever says no here is not it
            raise Unknown(
                "http",
                may_have_arrived=True,
                host=urlsplit(self._base).netloc,
                reason=type(error).__name__,
                operation=operation,
                http_status=error.http_status,
                trace_id=error.trace_id,
            ) from error
        evidence = self._evidence(path, answer)
        try:
            return read(_parsed(evidence.body.decode("utf-8-sig")), evidence)
        except ValueError as error:
            reason = str(error) if isinstance(error, Unreadable) else "no JSON"
            if answer.content_type and not answer.content_type.endswith("json"):
                reason = f"{answer.content_type} instead of JSON"
            raise self._transport.unreadable(operation, answer, reason) from error

    def _evidence(self, path: str, answer: Answer) -> Evidence:
        headers = {
            name: value for name, value in answer.headers.items() if name.lower() != "set-cookie"
        }
        now = datetime.now(timezone.utc)
        return Evidence(f"{self._base}{path}", now, answer.body, headers)


def _storable(text: str) -> str:
    """Databases hold neither halves of letters nor NUL, which JSON may bring."""
    if "\0" in text or not _encodable(text):
        raise Unreadable("a text holds what is no letter")
    return text


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _written(value: Any) -> str:
    readable = json.dumps(value, ensure_ascii=False)
    return readable if _encodable(readable) else json.dumps(value)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("JSON nested too deeply") from error


def _messages(values: list[Any]) -> tuple[tuple[Message, ...], tuple[UnreadMessage, ...]]:
    """One message that cannot be read must not hide the others."""
    read: list[Message] = []
    unread: list[UnreadMessage] = []
    for value in values:
        try:
            read.append(Message._of(value))
        except Unreadable as error:
            unread.append(UnreadMessage(_written(value), str(error)))
    return tuple(read), tuple(unread)


# --- from messages to outages -------------------------------------------------------------------


@dataclass(frozen=True)
class Announced:
    """An outage with the messages that announced it, the newest version of each.

    :ivar outage: for ``ksef.deadlines``; its ``announced`` is the first publication known
    """

    outage: Outage
    messages: tuple[Message, ...]


def latest(messages: Iterable[Message]) -> list[Message]:
    """Leave only the newest version of every message, the latest published first."""
    newest: dict[tuple[int, str, str], Message] = {}
    for message in messages:
        other = newest.get(message.key)
        if other is None or _age(message) > _age(other):
            newest[message.key] = message
    return sorted(
        newest.values(), key=lambda one: (one.published, one.event_id, one.id), reverse=True
    )


def _age(message: Message) -> tuple[int, datetime]:
    return message.version, message.published


def outages(messages: Iterable[Message]) -> list[Announced]:
    """Make outages of messages: one for each event and kind, the earliest first.

    A later version of a message replaces the earlier one.  A failure ends with the end message of
    its event; without one it goes on, unless its own message already names an end.  Where an end
    message names no end, it ended by the time that was published.  Of several announcements of
    one maintenance the last published holds.  Messages with an unknown category or type make no
    outage.

    Where a failure became a total one (or the other way round) under one event, each ends with the
    end message of its own category.  Without such a one it ends with that of the other, if that
    was published after it began and names a later time: what goes on after it is announced anew,
    and an outage that is over for nobody but us would keep deadlines waiting for ever, or
    invoices outside KSeF.  A failure that begins again under its old event counts as one that
    never ended: it is for a person to see that, since an event is one start and one end.

    :param messages: all known, older versions and those Latarnia keeps no longer among them, so
        that the first publication is right
    """
    known = list(messages)
    first: dict[tuple[int, str, str], datetime] = {}
    for message in known:
        first[message.key] = min(message.published, first.get(message.key, message.published))
    events: dict[int, list[Message]] = {}
    for message in latest(known):
        events.setdefault(message.event_id, []).append(message)
    found = [one for event in events.values() for one in _of_event(event, first)]
    return sorted(found, key=lambda one: (one.outage.start, one.outage.announcement))


def _of_event(
    messages: list[Message], first: Mapping[tuple[int, str, str], datetime]
) -> list[Announced]:
    """The outages of one event; its messages come with the last published first."""
    starts: dict[OutageKind, list[Message]] = {}
    ends: list[Message] = []
    for message in messages:
        kind = message.category.kind
        failure = kind in (OutageKind.FAILURE, OutageKind.TOTAL_FAILURE)
        if message.type is MessageType.FAILURE_END:
            ends.append(message)
        elif kind is not None and (
            failure
            if message.type is MessageType.FAILURE_START
            else message.type is MessageType.MAINTENANCE_ANNOUNCEMENT and not failure
        ):
            starts.setdefault(kind, []).append(message)
    found = []
    for kind, begun in starts.items():
        if kind is OutageKind.MAINTENANCE:
            found += _maintenance(begun, first)
        else:
            # an end of a category that never began is one of whatever did
            own = [end for end in ends if end.category.kind is kind]
            other = [end for end in ends if end.category.kind not in starts]
            found.append(_failure(kind, begun, own or other, ends, first))
    if not starts:
        found += [one for one in map(_only_ended, ends[:1]) if one]
    return found


def _maintenance(
    begun: list[Message], first: Mapping[tuple[int, str, str], datetime]
) -> list[Announced]:
    message = begun[0]
    if message.end is not None and message.end < message.start:
        return []
    announced = min(first[one.key] for one in begun)
    outage = Outage(OutageKind.MAINTENANCE, message.start, message.end, announced, message.id)
    return [Announced(outage, (message,))]


def _failure(
    kind: OutageKind,
    begun: list[Message],
    own: list[Message],
    of_event: list[Message],
    first: Mapping[tuple[int, str, str], datetime],
) -> Announced:
    last_start = max(message.start for message in begun)
    # an end before the last start is that of an earlier failure, which has begun again
    ended = next((end for end in own if _end_of(end) >= last_start), None)
    end = begun[0].end if ended is None else _end_of(ended)
    if end is not None and end < last_start:
        end = None
    if end is None:
        # An end that only says where one category passes into the other is as old as the start.
        public = max(first[one.key] for one in begun)
        later = [one for one in of_event if _end_of(one) > last_start and one.published > public]
        ended = next(iter(later), None)
        end = None if ended is None else _end_of(ended)
    announced = min(first[one.key] for one in begun)
    start = min(message.start for message in begun)
    outage = Outage(kind, start, end, announced, begun[0].id)
    return Announced(outage, (*([ended] if ended else []), *begun))


def _only_ended(end: Message) -> Announced | None:
    """The end of a failure whose beginning Latarnia keeps no longer, or whose message was lost."""
    kind = end.category.kind
    if kind in (None, OutageKind.MAINTENANCE):
        return None
    outage = Outage(kind, end.start, max(_end_of(end), end.start), None, end.id)
    return Announced(outage, (end,))


def _end_of(message: Message) -> datetime:
    sound = message.end is not None and message.end >= message.start
    return message.end if sound else message.published
