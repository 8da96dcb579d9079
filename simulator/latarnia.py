"""Latarnia: the Ministry's public status service."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from simulator.clock import WARSAW, iso_seconds, read_moment
from simulator.records import LatarniaMessage

if TYPE_CHECKING:
    from simulator.world import World

AVAILABLE = "AVAILABLE"
CATEGORIES = ("FAILURE", "TOTAL_FAILURE", "MAINTENANCE")
TYPES = ("FAILURE_START", "FAILURE_END", "MAINTENANCE_ANNOUNCEMENT")
STATUSES = (AVAILABLE, *CATEGORIES)
BROKEN = ("html_502", "html_503", "access_denied", "html_200", "no_json")
RETENTION = timedelta(days=30)

_PAGES = {
    "html_502": (502, "502 Bad Gateway"),
    "html_503": (503, "503 Service Unavailable"),
    "html_200": (200, "Request Rejected"),
}
_TITLES = {
    "FAILURE_START": "Wystąpiła awaria",
    "FAILURE_END": "Zakończenie awarii",
    "MAINTENANCE_ANNOUNCEMENT": "Niedostępność",
}


class Latarnia:
    """Failures hold from their start to their end message, maintenance in its announced hours."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.broken: str | None = None  # how Latarnia itself fails just now
        self.word: str | None = None  # what it says instead of a status that anybody knows
        self.raw: list[Any] = []  # further messages, word for word as they were given

    def messages(self) -> list[LatarniaMessage]:
        """The newest first, of the last 30 days."""
        now = self._world.now()
        kept = [
            message
            for message in self._world.store.all(LatarniaMessage)
            if now - message.published <= RETENTION
        ]
        return sorted(kept, key=lambda message: (message.published, message.event), reverse=True)

    def status(self) -> tuple[str, list[LatarniaMessage]]:
        now, messages = self._world.now(), self._in_force()
        ended = {message.event for message in messages if message.type == "FAILURE_END"}
        current: dict[str, list[LatarniaMessage]] = {category: [] for category in CATEGORIES}
        for message in messages:
            if message.type == "MAINTENANCE_ANNOUNCEMENT":
                if message.start <= now and (message.end is None or now < message.end):
                    current[message.category].append(message)
            elif message.type == "FAILURE_START" and message.event not in ended:
                current[message.category].append(message)
        for category in ("TOTAL_FAILURE", "FAILURE", "MAINTENANCE"):
            if current[category]:
                return category, current[category]
        return AVAILABLE, []

    def _in_force(self) -> list[LatarniaMessage]:
        """Of each message the newest version."""
        newest: dict[str, LatarniaMessage] = {}
        for message in self.messages():
            number = _number(message)
            if number not in newest or newest[number].version < message.version:
                newest[number] = message
        return list(newest.values())

    def announce(self, body: dict[str, Any]) -> LatarniaMessage | None:
        """From the control API's JSON; None when there was nothing to end.  Raises ValueError."""
        status = _choice(body, "status", STATUSES, AVAILABLE)
        type = _choice(
            body,
            "type",
            TYPES,
            "FAILURE_END" if status == AVAILABLE else
            "MAINTENANCE_ANNOUNCEMENT" if status == "MAINTENANCE" else "FAILURE_START",
        )  # fmt: skip
        if body.get("correct"):
            return self._correct(str(body["correct"]), body)
        if type == "FAILURE_END":
            return self._end(body)
        category = _choice(
            body,
            "category",
            CATEGORIES,
            "MAINTENANCE"
            if type == "MAINTENANCE_ANNOUNCEMENT"
            else status
            if status != AVAILABLE
            else "FAILURE",
        )
        start = _moment(body, "start") or self._world.now()
        end = _moment(body, "end")
        if type == "MAINTENANCE_ANNOUNCEMENT" and end is None:
            end = start + timedelta(hours=2)
        return self._publish(self._next_event(), category, type, start, end, body)

    def as_json(self) -> dict[str, Any]:
        status, messages = self.status()
        content: dict[str, Any] = {"status": self.word or status}
        if messages:
            content["messages"] = [as_json(message) for message in messages]
        return content

    def messages_as_json(self) -> list[Any]:
        return [*self.raw, *(as_json(message) for message in self.messages())]

    def _correct(self, number: str, body: dict[str, Any]) -> LatarniaMessage:
        """A higher version of a message: what is not given stays.  Raises ValueError."""
        for old in self._in_force():
            if number in (_number(old), "last"):
                break
        else:
            raise ValueError(f"no message {number}")
        version = body.get("version", old.version + 1)
        if not isinstance(version, int) or version <= old.version:
            raise ValueError(f"version must be a whole number above {old.version}")
        start = _moment(body, "start") or old.start
        end = _moment(body, "end") or old.end
        written = old.text == _text(old.type, old.start, old.end)
        text = _text(old.type, start, end) if written else old.text
        return self._save(
            replace(
                old,
                id=f"{_number(old)} v{version}",
                number=_number(old),
                version=version,
                start=start,
                end=end,
                title=str(body.get("title") or old.title)[:80],
                text=str(body.get("text") or text)[:3000],
                published=_moment(body, "published") or self._world.now(),
            )
        )

    def _save(self, message: LatarniaMessage) -> LatarniaMessage:
        self._world.store.save(message)
        return message

    def _end(self, body: dict[str, Any]) -> LatarniaMessage | None:
        """Ends whatever holds now, or the one event named.

        A maintenance is cut short by a newer version of it.
        """
        now = self._world.now()
        last = None
        for message in self._holding(body.get("event")):
            if message.type == "FAILURE_START":
                last = self._publish(
                    message.event,
                    message.category,
                    "FAILURE_END",
                    message.start,
                    _moment(body, "end") or now,
                    body,
                )
            else:
                last = self._correct(_number(message), {"end": body.get("end") or iso_seconds(now)})
        return last

    def _holding(self, event: Any) -> list[LatarniaMessage]:
        if event is None:
            return self.status()[1]
        ended = {one.event for one in self.messages() if one.type == "FAILURE_END"}
        found = [one for one in self._in_force() if one.event == event and event not in ended]
        if not found:
            raise ValueError(f"no event {event} that could end")
        return found

    def _publish(
        self,
        event: int,
        category: str,
        type: str,
        start: datetime,
        end: datetime | None,
        body: dict[str, Any],
    ) -> LatarniaMessage:
        now = self._world.now()
        series = f"K/{now.astimezone(WARSAW).year}/{'NI' if category == 'MAINTENANCE' else 'AWR'}/"
        known = {_number(message) for message in self._world.store.all(LatarniaMessage)}
        number = f"{series}{sum(one.startswith(series) for one in known) + 1:02}"
        message = LatarniaMessage(
            id=number,
            number=number,
            event=event,
            category=category,
            type=type,
            title=str(body.get("title") or _TITLES[type])[:80],
            text=str(body.get("text") or _text(type, start, end))[:3000],
            start=start,
            end=end,
            version=1,
            published=_moment(body, "published") or now,
        )
        return self._save(message)

    def _next_event(self) -> int:
        events = [message.event for message in self._world.store.all(LatarniaMessage)]
        return max(events, default=999) + 1


def _number(message: LatarniaMessage) -> str:
    return message.number or message.id


def as_json(message: LatarniaMessage) -> dict[str, Any]:
    content = {
        "id": _number(message),
        "eventId": message.event,
        "category": message.category,
        "type": message.type,
        "title": message.title,
        "text": message.text,
        "start": iso_seconds(message.start),
        "version": message.version,
        "published": iso_seconds(message.published),
    }
    if message.end is not None:
        content["end"] = iso_seconds(message.end)
    return content


def _choice(body: dict[str, Any], name: str, choices: tuple[str, ...], default: str) -> str:
    value = body.get(name) or default
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}")
    return value


def _moment(body: dict[str, Any], name: str) -> datetime | None:
    value = body.get(name)
    if not value:
        return None
    try:
        return read_moment(str(value))
    except ValueError as error:
        raise ValueError(f"{name} is not an ISO 8601 time: {value}") from error


def _text(type: str, start: datetime, end: datetime | None) -> str:
    begins = start.astimezone(WARSAW).strftime("%Y-%m-%d %H:%M")
    ends = "" if end is None else end.astimezone(WARSAW).strftime("%Y-%m-%d %H:%M")
    if type == "FAILURE_START":
        return f"Od {begins} trwa awaria Krajowego Systemu e-Faktur."
    if type == "FAILURE_END":
        return f"Awaria rozpoczęta {begins} została zakończona {ends}."
    return f"Od {begins} do {ends} nastąpi niedostępność KSeF związana z pracami serwisowymi."


async def _status(request: Request) -> Response:
    latarnia: Latarnia = request.app.state.world.latarnia
    return _broken(latarnia) or JSONResponse(latarnia.as_json())


async def _messages(request: Request) -> Response:
    latarnia: Latarnia = request.app.state.world.latarnia
    return _broken(latarnia) or JSONResponse(latarnia.messages_as_json())


def _broken(latarnia: Latarnia) -> Response | None:
    """A gateway's pages and the storage's refusal were seen in the wild."""
    if latarnia.broken in _PAGES:
        status, words = _PAGES[latarnia.broken]
        return HTMLResponse(f"<html><body><h1>{words}</h1></body></html>", status)
    if latarnia.broken == "no_json":
        return Response('{"status": "AVAIL', media_type="application/json")
    if latarnia.broken == "access_denied":
        return Response(
            "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
            403,
            media_type="application/xml",
        )
    return None


routes = [
    Route("/latarnia/status", _status, methods=["GET"]),
    Route("/latarnia/messages", _messages, methods=["GET"]),
]
