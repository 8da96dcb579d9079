"""Trouble on request.  The middleware stands outermost, so it can cut the connection itself."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator import operations
from simulator.errors import Occurrence, TooMany, body_of

if TYPE_CHECKING:
    from simulator.world import World

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

# What happens to the connection or instead of the answer:
OUTAGE = "outage"  # 503, with a page
SLOW = "slow"  # waits before the request is handled
LOST_RESPONSE = "lost_response"  # handled, then the connection is cut
HOLD = "hold"  # handled, the answer waits until the fault is removed
RESET = "reset"  # the connection is cut, nothing is handled
LIMITED = "limited"  # 429
HTML_502 = "html_502"
HTML_503 = "html_503"
ERROR_500 = "error_500"
HTML_200 = "html_200"  # a page instead of the answer, and nothing in its status says so
# What happens inside (asked for by sessions.py, invoices.py and unpacking.py):
STUCK = "stuck"  # a sent invoice stays at 150 until the fault is removed
CANCELLED = "cancelled"  # a sent invoice ends as 550
REJECTED = "rejected"  # a sent invoice, good as it may be, ends as the fault says
UNAVAILABLE_SESSION = "unavailable_session"  # 21184

ON_THE_WIRE = (OUTAGE, SLOW, LOST_RESPONSE, HOLD, RESET, LIMITED, HTML_502, HTML_503, HTML_200,
               ERROR_500)  # fmt: skip
INSIDE = (STUCK, CANCELLED, REJECTED, UNAVAILABLE_SESSION)
KINDS = ON_THE_WIRE + INSIDE

# Where it happens: an operation of the contract, one of these services, or all of KSeF.
SERVICES = {
    "api": ("/v2/",),
    "storage": ("/storage/",),
    "qr": ("/invoice/", "/certificate/"),
    "latarnia": ("/latarnia/",),
    "line": ("/line",),
}
ALL_OF_KSEF = "*"  # the Ministry's own, but not its Latarnia
EVERYTHING = "everything"  # as if the own line were cut; the control API stays
_KSEF = ("api", "storage", "qr")
AIMS = (ALL_OF_KSEF, EVERYTHING, *SERVICES)

REJECTIONS = (405, 410, 415, 430, 435, 440, 450, 500)
_DEFAULT_CODE = 450
_DEFAULT_WORDS = ("Odrzucono na polecenie symulatora.",)
_DEFAULT_SECONDS = {SLOW: 10.0, LIMITED: 30.0}


@dataclass
class Fault:
    id: str
    kind: str
    operation: str  # "POST /sessions/online", or one of AIMS
    times: int | None  # how often still; None = until removed
    seconds: float
    code: int = 0  # of a rejection, as are the words
    words: list[str] = field(default_factory=list)
    seen: int = 0  # requests that met it

    def as_json(self) -> dict[str, Any]:
        shown = {
            "id": self.id,
            "kind": self.kind,
            "operation": self.operation,
            "times": self.times,
            "seconds": self.seconds,
            "seen": self.seen,
        }
        if self.kind == REJECTED:
            shown |= {"code": self.code, "words": self.words}
        return shown

    def strikes(self, service: str, operation: str | None) -> bool:
        if self.operation == ALL_OF_KSEF:
            return service in _KSEF
        return self.operation in (EVERYTHING, service, operation)


class Faults:
    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._made = 0
        self._removed = asyncio.Condition()

    def add(
        self,
        kind: str,
        operation: str,
        times: int | None,
        seconds: float | None,
        code: int | None = None,
        words: list[str] | None = None,
    ) -> Fault:
        self._made += 1
        if seconds is None:
            seconds = _DEFAULT_SECONDS.get(kind, 0.0)
        fault = Fault(f"fault-{self._made}", kind, operation, times, seconds)
        if kind == REJECTED:
            fault.code, fault.words = code or _DEFAULT_CODE, words or list(_DEFAULT_WORDS)
        self._faults[fault.id] = fault
        return fault

    def all(self) -> list[Fault]:
        return list(self._faults.values())

    def exists(self, id: str) -> bool:
        return id in self._faults

    async def remove(self, id: str | None = None) -> int:
        """One fault, or all; answers and invoices that it held go on."""
        ids = list(self._faults) if id is None else [id] if id in self._faults else []
        async with self._removed:
            for one in ids:
                del self._faults[one]
            self._removed.notify_all()
        return len(ids)

    async def wait_until_removed(self, id: str) -> None:
        async with self._removed:
            await self._removed.wait_for(lambda: id not in self._faults)

    def take(
        self, kinds: tuple[str, ...], operation: str | None, service: str = "api"
    ) -> Fault | None:
        """The oldest fault that applies; counts it as used."""
        for fault in self._faults.values():
            if fault.kind in kinds and fault.times != 0 and fault.strikes(service, operation):
                return _used(fault)
        return None

    def take_aimed(self, kinds: tuple[str, ...], operation: str) -> Fault | None:
        """The same, but for faults alone that name this operation."""
        for fault in self._faults.values():
            if fault.kind in kinds and fault.times != 0 and fault.operation == operation:
                return _used(fault)
        return None


def _used(fault: Fault) -> Fault:
    if fault.times is not None:
        fault.times -= 1
    fault.seen += 1
    return fault


class FaultMiddleware:
    def __init__(self, app: Application, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        service = _service(path) if scope["type"] == "http" else None
        if service is None:
            await self._app(scope, receive, send)
            return
        found = service == "api" and operations.find(scope["method"], path.removeprefix("/v2"))
        name = found[0].name if found else None
        fault = self._world.faults.take(ON_THE_WIRE, name, service)
        if fault is None:
            await self._app(scope, receive, send)
        elif fault.kind == SLOW:
            await asyncio.sleep(fault.seconds)
            await self._app(scope, receive, send)
        elif fault.kind == RESET:
            _cut(send)
        elif fault.kind in (LOST_RESPONSE, HOLD):
            answer = await self._handle(scope, receive)
            if fault.kind == LOST_RESPONSE:
                _cut(send)
                return
            await self._world.faults.wait_until_removed(fault.id)
            for message in answer:
                await send(message)
        else:
            await self._answer_instead(fault, scope, send)

    async def _handle(self, scope: Scope, receive: Receive) -> list[Message]:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        return messages

    async def _answer_instead(self, fault: Fault, scope: Scope, send: Send) -> None:
        headers: dict[str, str] = {}
        if fault.kind == LIMITED:
            wanted = dict(scope["headers"]).get(b"x-error-format", b"")
            at = Occurrence(
                scope["path"], self._world.now(), self._world.trace(), wanted == b"problem-details"
            )
            seconds = max(1, round(fault.seconds))
            status, content, media_type, headers = body_of(
                TooMany(seconds, f"Przekroczono limit żądań. Spróbuj po {seconds} sekundach."), at
            )
            body = json.dumps(content, ensure_ascii=False).encode()
        elif fault.kind == ERROR_500:
            status, media_type = 500, "application/problem+json"
            body = b'{"title":"Internal Server Error","status":500}'
        else:
            status = {HTML_502: 502, HTML_200: 200}.get(fault.kind, 503)
            media_type = "text/html"
            reason = _REASONS[status]
            body = (
                f"<html><head><title>{status} {reason}</title></head>"
                f"<body><center><h1>{status} {reason}</h1></center><hr></body></html>"
            ).encode()
        headers = {**headers, "Content-Type": media_type, "Content-Length": str(len(body))}
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
            }
        )
        await send({"type": "http.response.body", "body": body})


_REASONS = {200: "Request Rejected", 502: "Bad Gateway", 503: "Service Unavailable"}


def _service(path: str) -> str | None:
    """None for what belongs to the simulator itself."""
    for service, starts in SERVICES.items():
        if path.startswith(starts):
            return service
    return None


def _cut(send: Send) -> None:
    """Resets the TCP connection under this request.

    ASGI has no message for it; uvicorn's ``send`` is bound to the object that holds the
    transport.
    """
    transport = send.__self__.transport  # type: ignore[attr-defined]
    connection: socket.socket = transport.get_extra_info("socket")
    # lingering for zero seconds makes the kernel send RST instead of an orderly end
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
