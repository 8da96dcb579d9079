"""How the operations are called: paths, tokens, pages and documents, the same for all of them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import requests

from ..environments import Environment
from ..errors import Unknown
from .reading import Fields, Unreadable
from .results import Page
from .transport import MAX_DOCUMENT_BYTES, Answer, Transport

FORM_FA3 = {"systemCode": "FA (3)", "schemaVersion": "1-0E", "value": "FA"}
# No list that is read to its end may keep us for ever when a server repeats its continuation.
MAX_PAGES = 200
_MAX_WARNINGS = 50
_IDENTIFIER = re.compile(r"[A-Za-z0-9-]{1,64}")

Result = TypeVar("Result")


class Calling:
    """The part of ``Client`` that all groups of operations stand on; see there."""

    def __init__(
        self,
        environment: Environment,
        *,
        access_token: str | None = None,
        timeout: tuple[float, float] | float = (5, 30),
        session: requests.Session | None = None,
    ) -> None:
        self.environment = environment
        self.access_token = access_token
        self.warnings: list[str] = []
        self._transport = Transport(environment.api, timeout, session)

    def _access(self) -> str:
        if not self.access_token:
            raise ValueError("this operation needs an access token")
        return self.access_token

    def _call(
        self,
        operation: str,
        *,
        parts: Sequence[str] = (),
        token: str | None = None,
        query: Any = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | dict[str, Any] | None = None,
        accept: str = "application/json",
        limit: int | None = None,
    ) -> Answer:
        method, template = operation.split(" ", 1)
        sent = {"Accept": accept, **(headers or {})}
        if isinstance(body, dict):
            sent["Content-Type"] = "application/json"
            body = json.dumps(body, ensure_ascii=False).encode()
        answer = self._transport.call(
            operation,
            method,
            _path(template, parts),
            token=token,
            headers=sent,
            query=query,
            body=body,
            **({"limit": limit} if limit else {}),
        )
        warning = answer.headers.get("X-System-Warning", "").strip()
        if warning and warning not in self.warnings and len(self.warnings) < _MAX_WARNINGS:
            self.warnings.append(warning)
        return answer

    def _understood(self, operation: str, answer: Answer, read: Callable[[Any], Result]) -> Result:
        value = self._transport.json(operation, answer)
        try:
            return read(value)
        except Unreadable as error:
            raise self._transport.unreadable(operation, answer, str(error)) from error

    def _get(self, operation: str, read: Callable[[Fields], Result], **how: Any) -> Result:
        answer = self._call(operation, **how)
        return self._understood(operation, answer, lambda value: read(Fields(value)))

    def _list(self, operation: str, read: Callable[[Fields], Result], **how: Any) -> list[Result]:
        def all_of(value: Any) -> list[Result]:
            if not isinstance(value, list):
                raise Unreadable("answer is no list")
            return [read(Fields(item)) for item in value]

        return self._understood(operation, self._call(operation, **how), all_of)

    def _page(
        self,
        operation: str,
        name: str,
        read: Callable[[Fields], Result],
        *,
        parts: Sequence[str] = (),
        query: Any = None,
        continuation: str | None = None,
    ) -> Page[Result]:
        def page(fields: Fields) -> Page[Result]:
            items = [read(item) for item in fields.objects(name)]
            return Page(items, fields.header_text("continuationToken") or None)

        headers = {"x-continuation-token": continuation} if continuation else None
        return self._get(
            operation, page, parts=parts, query=query, headers=headers, token=self._access()
        )

    def _all_pages(
        self,
        operation: str,
        name: str,
        read: Callable[[Fields], Result],
        size: int,
        query: Sequence[tuple[str, str]] = (),
    ) -> Iterator[Result]:
        continuation: str | None = None
        for _number in range(MAX_PAGES):
            page = self._page(
                operation,
                name,
                read,
                query=[*query, ("pageSize", str(size))],
                continuation=continuation,
            )
            yield from page.items
            if not page.continuation or page.continuation == continuation:
                return
            continuation = page.continuation

    def _all_offsets(
        self,
        operation: str,
        name: str,
        read: Callable[[Fields], Result],
        size: int,
        body: dict[str, Any],
    ) -> Iterator[Result]:
        """The items of all pages of a list that counts its pages."""

        def page(fields: Fields) -> tuple[list[Result], bool]:
            return [read(item) for item in fields.objects(name)], fields.flag("hasMore")

        for offset in range(MAX_PAGES):
            items, has_more = self._get(
                operation,
                page,
                query=[("pageOffset", str(offset)), ("pageSize", str(size))],
                body=body,
                token=self._access(),
            )
            yield from items
            if not has_more:
                return

    def _document(self, operation: str, *parts: str) -> bytes:
        answer = self._call(
            operation,
            parts=parts,
            token=self._access(),
            accept="application/xml",
            limit=MAX_DOCUMENT_BYTES,
        )
        return self._whole(operation, answer)

    def _download(self, url: str, limit: int = MAX_DOCUMENT_BYTES) -> bytes:
        operation = "GET downloadUrl"
        if not self.environment.allows(url):
            host = host_of(url)
            raise Unknown("address", may_have_arrived=False, host=host, operation=operation)
        answer = self._transport.call(
            operation, "GET", "", url=url, headers={"Accept": "*/*"}, limit=limit
        )
        return self._whole(operation, answer)

    def _whole(self, operation: str, answer: Answer) -> bytes:
        """The document in an answer, unless it is a page of the edge or arrived damaged."""
        if "html" in answer.content_type or answer.content_type.endswith("json"):
            reason = f"{answer.content_type} instead of a document"
            raise self._transport.unreadable(operation, answer, reason)
        if not answer.body:
            raise self._transport.unreadable(operation, answer, "empty document")
        declared = answer.headers.get("x-ms-meta-hash", "").strip()
        if declared and not _same_hash(answer.body, declared):
            reason = "the document does not fit the hash sent with it"
            raise self._transport.unreadable(operation, answer, reason)
        return answer.body


def to_base64(data: bytes) -> str:
    """How OpenAPI writes bytes (format ``byte``)."""
    return base64.b64encode(data).decode("ascii")


def _same_hash(body: bytes, declared: str) -> bool:
    try:
        expected = base64.b64decode(declared, validate=True)
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(hashlib.sha256(body).digest(), expected)


def to_utc(moment: datetime) -> str:
    """How moments are sent: without an offset KSeF would take them as Warsaw time.

    :raises ValueError: without time zone
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def host_of(url: str) -> str:
    """For messages only: never the address itself, which holds its own key."""
    try:
        return (urlsplit(url).hostname or "")[:100]
    except ValueError:
        return ""


def _path(template: str, parts: Sequence[str]) -> str:
    """Fill the template's places; an identifier cannot lead to another operation."""
    for part in parts:
        if not _IDENTIFIER.fullmatch(part):
            raise ValueError(f"no reference or KSeF number: {part!r}")
        template = re.sub(r"\{\w+\}", quote(part, safe=""), template, count=1)
    return template
