"""Asks whether KSeF answers, and says what went wrong if it does not.

The question is ``GET /security/public-key-certificates``.  OpenAPI knows two operations that read
something without authorisation, both with 60 requests a second and no other limit.  This one takes
no parameters, changes once in months and is what every sending begins with; the other
(``GET /peppol/query``) searches and sorts a register.

One question every few minutes is nothing to KSeF: the limits count requests by the second.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from enum import Enum
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from .client.transport import HEADERS, Answer, body_pieces, classified, ksef_body
from .environments import Environment
from .words import _

OPERATION = "GET /security/public-key-certificates"
#: what is kept of a body
KEPT_BYTES = 2048
#: what is read of one; the two keys of the Ministry take about five kilobytes
MAX_BYTES = 256 * 1024
_KEPT_HEADERS = 50
_KEPT_LETTERS = 500
_COOKIES = {"set-cookie", "set-cookie2"}

_TROUBLE = (
    requests.exceptions.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    # addresses and headers that nobody writes in good faith
    ValueError,
)


class Failure(str, Enum):
    """What went wrong."""

    #: the name could not be resolved
    DNS = "dns"
    #: no connection, or no address at all
    CONNECT = "connect"
    #: the handshake failed: a certificate that is not trusted, among others
    TLS = "tls"
    #: no connection or no whole answer in time
    TIMEOUT = "timeout"
    #: the connection broke before the answer was whole
    RESET = "reset"
    #: 4xx or 5xx of KSeF's own, or without a body
    HTTP = "http"
    #: an answer of something else: a page of the edge, a redirect, anything but KSeF's JSON
    NOT_KSEF = "not_ksef"

    @property
    def words(self) -> str:
        """English name, marked for translation."""
        return _FAILURES[self]


_FAILURES = {
    Failure.DNS: _("name resolution"),
    Failure.CONNECT: _("connection"),
    Failure.TLS: _("secure connection (TLS)"),
    Failure.TIMEOUT: _("time-out"),
    Failure.RESET: _("broken connection"),
    Failure.HTTP: _("HTTP error"),
    Failure.NOT_KSEF: _("another page instead of KSeF"),
}
_ANSWERED = _("%(host)s answered after %(milliseconds)s ms.")
_LIMITED = _("%(host)s answered after %(milliseconds)s ms that it is asked too often (HTTP 429).")
_TEXTS = {
    Failure.DNS: _("The name %(host)s could not be resolved."),
    Failure.CONNECT: _("No connection to %(host)s came about."),
    Failure.TLS: _("No secure connection (TLS) to %(host)s came about."),
    Failure.TIMEOUT: _("%(host)s gave no whole answer in time (%(milliseconds)s ms)."),
    Failure.RESET: _("The connection to %(host)s broke before the answer was whole."),
    Failure.HTTP: _("%(host)s answered with the error HTTP %(status)s."),
    Failure.NOT_KSEF: _(
        "%(host)s answered, but not as KSeF does (HTTP %(status)s, %(content_type)s)."
    ),
}


@dataclass(frozen=True)
class Probe:
    """One question and what came of it.

    :ivar url: what was asked
    :ivar moment: when, in UTC by this machine's clock
    :ivar milliseconds: from the question to the last byte of the answer, or to the failure
    :ivar failure: None when there is an answer
    :ivar http_status: None when not even a status came
    :ivar content_type: without parameters, in small letters; may be empty
    :ivar headers: printable, cookies left out
    :ivar body: the first ``KEPT_BYTES`` of the body
    """

    url: str
    moment: datetime
    milliseconds: int
    failure: Failure | None = None
    http_status: int | None = None
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def available(self) -> bool:
        """Whether it was answered, by KSeF's API itself where that was asked.  That it is asked
        too often (429) is an answer of KSeF as well."""
        return self.failure is None

    @property
    def text(self) -> str:
        """English text marked for translation, with ``%(name)s`` placeholders."""
        if self.failure is not None:
            return _TEXTS[self.failure]
        return _LIMITED if self.http_status == 429 else _ANSWERED

    @property
    def values(self) -> dict[str, Any]:
        """What the placeholders stand for."""
        return {
            "host": _host(self.url),
            "milliseconds": self.milliseconds,
            "status": self.http_status,
            "content_type": self.content_type or "-",
        }

    @property
    def words(self) -> str:
        """The English text with its values filled in."""
        return self.text % self.values


def probe(
    environment: Environment,
    *,
    timeout: tuple[float, float] = (5, 10),
    session: requests.Session | None = None,
) -> Probe:
    """Ask the API of an environment whether it is there.  Every trouble of the network is a
    result, none is raised.

    :param timeout: seconds to wait for the connection and for each piece of the answer; altogether
        the first and twice the second
    :param session: a ``requests`` session to use instead of an own one; no cookie of it is sent
    """
    method, path = OPERATION.split(" ")
    return _asked(method, f"{environment.api.rstrip('/')}{path}", timeout, session, _of_ksef)


def probe_host(
    url: str,
    *,
    timeout: tuple[float, float] = (5, 10),
    session: requests.Session | None = None,
) -> Probe:
    """Ask a host that has nothing to do with KSeF for its page, headers only: any HTTP answer at
    all proves that this machine's line works."""
    return _asked("HEAD", url, timeout, session, lambda answer, whole: None)


class _Session(requests.Session):
    """Keeps no cookies, and reads no redirect: requests reads the whole body of one, however
    long, even when it does not follow."""

    def __init__(self) -> None:
        super().__init__()
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class _Exchange(threading.Thread):
    """One question in a thread of its own: neither a resolver that is silent nor a server that
    drips ends by the time-outs of a socket.  Whoever waits no longer leaves it to itself."""

    def __init__(
        self, method: str, url: str, timeout: tuple[float, float], session: requests.Session | None
    ) -> None:
        super().__init__(name="ksef-probe", daemon=True)
        self._request = (method, url)
        self._timeout = timeout
        self._session = session
        self.error: BaseException | None = None
        #: what has come of it so far
        self.answer: Answer | None = None
        #: whether the body is complete
        self.whole = False
        self.left = False

    def run(self) -> None:
        try:
            if self._session:
                self._ask(self._session)
                return
            with _Session() as session:
                self._ask(session)
        except BaseException as error:
            self.error = error

    def _ask(self, session: requests.Session) -> None:
        # prepared without the session: so neither its cookies nor ~/.netrc are looked into
        headers = {**requests.utils.default_headers(), **HEADERS, "Cache-Control": "no-cache"}
        request = requests.Request(*self._request, headers).prepare()
        settings = session.merge_environment_settings(request.url, {}, True, None, None)
        settings |= {"timeout": self._timeout, "allow_redirects": False}
        with session.send(request, **settings) as response:
            self.answer = Answer(response.status_code, response.headers, b"")
            body = b""
            for piece in body_pieces(response):
                body = (body + piece)[:MAX_BYTES]
                self.answer = Answer(response.status_code, response.headers, body)
                if self.left or len(body) == MAX_BYTES:
                    return
            self.whole = True


def _asked(
    method: str,
    url: str,
    timeout: tuple[float, float],
    session: requests.Session | None,
    judge: Callable[[Answer, bool], Failure | None],
) -> Probe:
    moment, started = datetime.now(timezone.utc), time.monotonic()
    exchange = _Exchange(method, url, timeout, session)
    exchange.start()
    exchange.join(timeout[0] + 2 * timeout[1])
    milliseconds = round(1000 * (time.monotonic() - started))
    failure = None
    if exchange.is_alive():
        exchange.left = True
        failure = Failure.TIMEOUT
    elif isinstance(exchange.error, _TROUBLE):
        failure = Failure(classified(exchange.error)[0])
    elif exchange.error is not None:
        raise exchange.error
    answer = exchange.answer
    if answer is None:
        return Probe(url, moment, milliseconds, failure)
    return Probe(
        url=url,
        moment=moment,
        milliseconds=milliseconds,
        failure=failure or judge(answer, exchange.whole),
        http_status=answer.status,
        content_type=_storable(answer.content_type),
        headers=_kept(answer.headers),
        body=answer.body[:KEPT_BYTES],
    )


def _of_ksef(answer: Answer, whole: bool) -> Failure | None:
    """Whether the answer is one of KSeF's API (OpenAPI: 200, 400, 429)."""
    if answer.status == 429:
        return None
    if 200 <= answer.status < 300:
        return None if whole and _are_keys(answer) else Failure.NOT_KSEF
    if answer.status >= 400 and (not answer.body or (whole and ksef_body(answer))):
        return Failure.HTTP
    return Failure.NOT_KSEF


def _are_keys(answer: Answer) -> bool:
    """``PublicKeyCertificate[]``; without a key nothing can be sent."""
    if not answer.content_type.endswith("json"):
        return False
    try:
        keys = json.loads(answer.body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return False
    return (
        isinstance(keys, list)
        and bool(keys)
        and all(isinstance(key, dict) and isinstance(key.get("certificate"), str) for key in keys)
    )


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    kept = [
        (_storable(name), _storable(value))
        for name, value in headers.items()
        if name.lower() not in _COOKIES
    ]
    return dict(kept[:_KEPT_HEADERS])


def _storable(text: str) -> str:
    """Databases hold no NUL, and nobody reads the rest."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:_KEPT_LETTERS])


def _host(url: str) -> str:
    """The host of an address, without whatever stands before an ``@``."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2] or url
    except ValueError:
        return url
