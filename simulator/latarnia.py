"""Latarnia: the Ministry's public status service."""

from __future__ import annotations

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
BROKEN = ("html_502", "access_denied")
RETENTION = timedelta(days=30)

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
        now, messages = self._world.now(), self.messages()
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

    def announce(self, body: dict[str, Any]) -> LatarniaMessage | None:
        """From the control API's JSON.  Raises ValueError."""
        status = _choice(body, "status", STATUSES, AVAILABLE)
        type = _choice(
            body,
            "type",
            TYPES,
            "FAILURE_END" if status == AVAILABLE else
            "MAINTENANCE_ANNOUNCEMENT" if status == "MAINTENANCE" else "FAILURE_START",
        )  # fmt: skip
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
        content: dict[str, Any] = {"status": status}
        if status != AVAILABLE:
            content["messages"] = [as_json(message) for message in messages]
        return content

    def _end(self, body: dict[str, Any]) -> LatarniaMessage | None:
        """Ends whatever holds now; a maintenance is cut short by a newer version of it."""
        now = self._world.now()
        last = None
        for message in self.status()[1]:
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
                message.end = now
                message.version += 1
                self._world.store.save(message)
                last = message
        return last

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
        number = self._world.store.count(LatarniaMessage) + 1
        series = "NI" if category == "MAINTENANCE" else "AWR"
        message = LatarniaMessage(
            id=f"K/{now.astimezone(WARSAW).year}/{series}/{number:02}",
            event=event,
            category=category,
            type=type,
            title=str(body.get("title") or _TITLES[type])[:80],
            text=str(body.get("text") or _text(type, start, end))[:3000],
            start=start,
            end=end,
            version=1,
            published=now,
        )
        self._world.store.save(message)
        return message

    def _next_event(self) -> int:
        events = [message.event for message in self._world.store.all(LatarniaMessage)]
        return max(events, default=999) + 1


def as_json(message: LatarniaMessage) -> dict[str, Any]:
    content = {
        "id": message.id,
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
    shown = [as_json(message) for message in latarnia.messages()]
    return _broken(latarnia) or JSONResponse(shown)


def _broken(latarnia: Latarnia) -> Response | None:
    """Both were seen in the wild: a gateway's page, and the storage's refusal."""
    if latarnia.broken == "html_502":
        return HTMLResponse("<html><body><h1>502 Bad Gateway</h1></body></html>", 502)
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
