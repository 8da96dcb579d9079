"""Speaks HTTP with KSeF and turns every way of failing into one of ``ksef.errors``.

An answer counts as KSeF's only when its body is KSeF's: in front of the API stands an edge that
answers with HTML pages of its own, and what it says does not tell what became of the request.
"""

from __future__ import annotations

import email.utils
import json
import re
import socket
import time
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, BinaryIO, NoReturn
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from ..errors import ApiError, Gone, Limited, Refused, Unauthorised, Unknown

MAX_JSON_BYTES = 8 * 1024 * 1024
MAX_DOCUMENT_BYTES = 32 * 1024 * 1024
DEFAULT_RETRY_AFTER = 60
LONGEST_RETRY_AFTER = 24 * 3600
_CHUNK = 64 * 1024
_HEADER_SAFE = re.compile(r"[\x21-\x7e]+")

HEADERS = {"X-Error-Format": "problem-details", "User-Agent": "l10n_pl_ksef"}

_UNUSABLE_ADDRESS = (
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
)


class _Bearer(requests.auth.AuthBase):
    """Sets the token itself: without an ``auth`` requests would look into ``~/.netrc``, and what
    it finds there replaces the header."""

    def __init__(self, token: str | None) -> None:
        if token and not _HEADER_SAFE.fullmatch(token):
            raise ValueError("a token holds letters that no token has")
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


@dataclass(frozen=True)
class Answer:
    """A successful answer, its body complete."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "").split(";")[0].strip().lower()


class Transport:
    """One API address, one ``requests`` session.

    :param base: address of the API without a closing slash
    :param timeout: seconds to wait for the connection and for each piece of the answer; one
        number means both
    :param session: a ``requests`` session to use instead of an own one
    """

    def __init__(
        self,
        base: str,
        timeout: tuple[float, float] | float,
        session: requests.Session | None = None,
    ) -> None:
        self._base = base.rstrip("/")
        self._host = urlsplit(self._base).netloc
        self._timeout = timeout if isinstance(timeout, tuple) else (timeout, timeout)
        self._session = session or requests.Session()

    def call(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        query: Any = None,
        body: bytes | BinaryIO | None = None,
        limit: int = MAX_JSON_BYTES,
        url: str | None = None,
        any_status: bool = False,
    ) -> Answer:
        """Make one call and return its 2xx answer.

        :param operation: OpenAPI's name of the operation, for errors
        :param body: bytes, or a file that is sent from where it stands
        :param limit: bytes of body that are read at most
        :param url: call this address instead of the API's with ``path``; the caller has made sure
            that it belongs to the environment
        :param any_status: return the answer whatever its status; for services beside the API
        :raises KsefError: every other outcome
        """
        try:
            response = self._session.request(
                method,
                url or f"{self._base}{path}",
                headers={**HEADERS, **(headers or {})},
                params=query,
                data=body,
                auth=_Bearer(token),
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            )
            with response:
                content = self._read(response, operation, limit)
        except requests.exceptions.RequestException as error:
            self._failed(operation, error)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            # what the streaming of the body lets through unwrapped
            self._failed(operation, error)
        answer = Answer(response.status_code, response.headers, content)
        if any_status or 200 <= answer.status < 300:
            return answer
        self._not_done(operation, answer)

    def unreadable(self, operation: str, answer: Answer, reason: str) -> Unknown:
        """An error for a 2xx answer that does not say what it should."""
        return Unknown(
            "unreadable",
            may_have_arrived=True,
            host=self._host,
            reason=reason,
            operation=operation,
            http_status=answer.status,
        )

    def json(self, operation: str, answer: Answer) -> Any:
        """The JSON of a successful answer.

        :raises Unknown: it is none
        """
        if not answer.content_type.endswith("json"):
            kind = answer.content_type or "no content type"
            raise self.unreadable(operation, answer, f"{kind} instead of JSON")
        try:
            return _parsed(answer.body)
        except ValueError as error:
            raise self.unreadable(operation, answer, "broken JSON") from error

    def _read(self, response: requests.Response, operation: str, limit: int) -> bytes:
        # The read time-out counts anew with every piece; a server that drips must end as well.
        ends = time.monotonic() + 4 * self._timeout[1]
        pieces, size = [], 0
        for piece in body_pieces(response):
            size += len(piece)
            if size > limit or time.monotonic() > ends:
                reason = "larger than allowed" if size > limit else "too slow"
                raise Unknown(
                    "unreadable",
                    may_have_arrived=True,
                    host=self._host,
                    reason=reason,
                    operation=operation,
                    http_status=response.status_code,
                )
            pieces.append(piece)
        return b"".join(pieces)

    def _failed(self, operation: str, error: BaseException) -> NoReturn:
        kind, may_have_arrived = classified(error)
        raise Unknown(
            kind,
            may_have_arrived=may_have_arrived,
            host=self._host,
            reason=type(error).__name__,
            operation=operation,
        ) from error

    def _not_done(self, operation: str, answer: Answer) -> NoReturn:
        status, body = answer.status, ksef_body(answer)
        where: dict[str, Any] = {
            "operation": operation,
            "http_status": status,
            "trace_id": _text(body, "traceId"),
        }
        if status == 429:
            raise Limited(_retry_after(answer.headers.get("Retry-After")), **where)
        # a bare 401 is what a gateway in front of the service may send, and it means the same
        if status == 401 and (body or not answer.body):
            raise Unauthorised(_api_errors(body), **where)
        if status == 403 and body:
            security = body.get("security")
            raise Unauthorised(
                _api_errors(body),
                reason_code=_text(body, "reasonCode"),
                security=security if isinstance(security, dict) else None,
                **where,
            )
        if 400 <= status < 500 and status not in (401, 403, 408) and body:
            kind = Gone if status == 410 else Refused
            raise kind(_api_errors(body), **where)
        said = "; ".join(str(error) for error in _api_errors(body))
        raise Unknown(
            "http",
            may_have_arrived=True,
            host=self._host,
            reason=said or answer.content_type or "empty answer",
            **where,
        )


def body_pieces(response: requests.Response) -> Iterator[bytes]:
    """The body of a response that is still being read, piece by piece."""
    if response.raw is None:
        # a response that was made by hand, as tests do
        yield response.content
        return
    yield from response.iter_content(_CHUNK)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"), parse_float=Decimal)
    except RecursionError as error:
        raise ValueError("JSON nested too deeply") from error


def ksef_body(answer: Answer) -> dict[str, Any]:
    """The answer's body when it is one of KSeF's error formats, else nothing."""
    if not answer.content_type.endswith("json"):
        return {}
    try:
        body = _parsed(answer.body)
    except ValueError:
        return {}
    if not isinstance(body, dict):
        return {}
    older = isinstance(body.get("exception"), dict) or isinstance(body.get("status"), dict)
    newer = isinstance(body.get("title"), str) or isinstance(body.get("errors"), list)
    return body if older or newer else {}


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _code(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _details(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _api_errors(body: Mapping[str, Any]) -> list[ApiError]:
    """The errors of any of the formats: Problem Details with or without a list, ``exception`` of
    the older one, ``status`` of the older 429."""
    exception, status = body.get("exception"), body.get("status")
    if isinstance(exception, dict):
        entries = exception.get("exceptionDetailList")
        names = ("exceptionCode", "exceptionDescription")
    else:
        entries, names = body.get("errors"), ("code", "description")
    errors = [
        ApiError(_code(entry.get(names[0])), _text(entry, names[1]), _details(entry.get("details")))
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
    ]
    if errors or not body:
        return errors
    if isinstance(status, dict):
        said = _text(status, "description")
        return [ApiError(_code(status.get("code")), said, _details(status.get("details")))]
    said = _text(body, "detail") or _text(body, "title")
    return [ApiError(None, said)] if said else []


def _retry_after(value: str | None) -> int:
    """Seconds of a ``Retry-After`` header: a number, or an HTTP date.  At most a day: whoever asks
    too early is only told again."""
    value = (value or "").strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return max(1, min(int(value), LONGEST_RETRY_AFTER))
    try:
        moment = email.utils.parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, OverflowError):
        return DEFAULT_RETRY_AFTER
    return max(1, min(round(moment - time.time()), LONGEST_RETRY_AFTER))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that led to it: causes, contexts, and what urllib3 keeps as reason."""
    queue: list[Any] = [error]
    seen: set[int] = set()
    while queue:
        current = queue.pop(0)
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        queue += [current.__cause__, current.__context__, getattr(current, "reason", None)]
        queue += current.args


def _in_handshake(error: BaseException) -> bool:
    # Whether TLS broke before the request was written is not in the exception's type: a reset and
    # a time-out look alike in both phases.  Where it was raised tells.
    return any(
        frame.f_code.co_name == "do_handshake"
        for frame, _line in traceback.walk_tb(error.__traceback__)
    )


def classified(error: BaseException) -> tuple[str, bool]:
    """Return the kind for ``Unknown`` and whether the request may have arrived."""
    causes = list(_causes(error))

    def caused_by(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if caused_by(socket.gaierror, UnicodeError):
        return "dns", False
    # before the time-outs: to urllib3 a refused connection is one of them
    if caused_by(urllib3.exceptions.NewConnectionError, urllib3.exceptions.ProxyError):
        return "connect", False
    if isinstance(error, _UNUSABLE_ADDRESS):
        return "connect", False
    if caused_by(urllib3.exceptions.ConnectTimeoutError):
        return "timeout", False
    if any(_in_handshake(cause) for cause in causes):
        return "tls", False
    if caused_by(requests.exceptions.SSLError, urllib3.exceptions.SSLError):
        return "tls", True
    if caused_by(requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, TimeoutError):
        return "timeout", True
    return "reset", True
