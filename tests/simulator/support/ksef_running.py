"""A simulator on a real port, with a witness of every answer that leaves it."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import requests
import uvicorn
from ksef_contract import Contract

from simulator.app import Simulator, create_app
from simulator.settings import Settings
from simulator.world import World

CONTRACT = Contract.load()
INSTANT = {
    "limits": "off",
    "auth_delay": 0,
    "certificate_delay": 0,
    "invoice_delay": 0,
    "storage_delay": 0,
    "hwm_lag": 0,
}


class Wire:
    """uvicorn's ``send`` with an ear on it; keeps the transport within the faults' reach."""

    def __init__(self, send: Any) -> None:
        self.transport = send.__self__.transport
        self._send = send
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""
        self.complete = False

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {k.decode().lower(): v.decode() for k, v in message["headers"]}
        else:
            self.body += message.get("body", b"")
            self.complete = not message.get("more_body", False)
        await self._send(message)


class Witness:
    """Outside of everything: what it sees is what the client gets."""

    def __init__(self, app: Simulator) -> None:
        self._app = app
        self.seen: list[str] = []  # "GET /sessions 200"
        self.breaches: list[str] = []
        self.trouble_expected = False  # faults answer what no contract knows
        self.unknown_expected = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wire = Wire(send)
        await self._app(scope, receive, wire.send)
        if scope["path"].startswith("/v2/") and wire.complete:
            self._check(scope["method"], scope["path"].removeprefix("/v2"), wire)

    def _check(self, method: str, path: str, wire: Wire) -> None:
        if CONTRACT is None:
            return
        if self.trouble_expected and wire.status in (500, 502, 503):
            return
        if self.trouble_expected and wire.headers.get("content-type") == "text/html":
            return
        if self.unknown_expected and wire.status in (404, 405):
            return
        try:
            name = CONTRACT.check(method, path, wire.status, wire.headers, wire.body)
        except AssertionError as breach:
            self.breaches.append(str(breach))
        else:
            self.seen.append(f"{name} {wire.status}")


class Running:
    def __init__(self, url: str, world: World, witness: Witness) -> None:
        self.url = url
        self.world = world
        self.witness = witness

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = requests.request(method, f"{self.url}/control/{path}", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fault(
        self,
        kind: str,
        operation: str = "*",
        times: int | None = None,
        seconds: float | None = None,
    ) -> str:
        self.witness.trouble_expected = True
        body = {"kind": kind, "operation": operation, "times": times, "seconds": seconds}
        return self.control("POST", "faults", body)["id"]

    def clock(self, offset: float) -> None:
        self.control("POST", "clock", {"offset": offset})

    def later(self, seconds: float) -> None:
        self.clock(self.world.clock.offset + seconds)

    def slow_down(self) -> None:
        """From now on, what takes its time takes a minute of the simulated clock."""
        self.world.settings = replace(self.world.settings, auth_delay=60, certificate_delay=60)

    def ksef_token(self, nip: str, *permissions: str) -> str:
        body = {"nip": nip, "permissions": list(permissions) or None}
        return self.control("POST", "ksef-tokens", body)["token"]

    def sent_invoices(self) -> list[dict[str, Any]]:
        return self.control("GET", "invoices")


class Server:
    """uvicorn in a thread, for one simulator after another: stopping it costs time."""

    def __init__(self) -> None:
        self.app: Witness | None = None
        # asyncio switches Nagle's algorithm off only where the protocol was named
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._listener.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        config = uvicorn.Config(self, log_level="warning", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}, daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started:
            assert self._thread.is_alive() and time.monotonic() < deadline, "no uvicorn"
            time.sleep(0.005)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and self.app is not None:
            await self.app(scope, receive, send)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._listener.close()


class Servers:
    def __init__(self) -> None:
        self._idle: list[Server] = []
        self._all: list[Server] = []

    @contextmanager
    def one(self) -> Iterator[Server]:
        if not self._idle:
            self._all.append(new := Server())
            self._idle.append(new)
        server = self._idle.pop()
        yield server
        server.app = None
        self._idle.append(server)

    def stop(self) -> None:
        for server in self._all:
            server.stop()


@contextmanager
def running(servers: Servers, settings: Settings) -> Iterator[Running]:
    with servers.one() as server:
        app = create_app(settings)
        witness = server.app = Witness(app)
        try:
            yield Running(server.url, app.state.world, witness)
        finally:
            app.state.world.store.close()
    assert not witness.breaches, "\n".join(witness.breaches)


def problem_codes(answer: requests.Response) -> list[int]:
    """The codes of a refusal in either format."""
    content = json.loads(answer.content)
    if "errors" in content:
        return [error["code"] for error in content["errors"]]
    return [error["exceptionCode"] for error in content["exception"]["exceptionDetailList"]]
