"""The table of operations: path, who may call it, which limit it counts against."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator import tokens

if TYPE_CHECKING:
    from datetime import datetime

    from simulator.records import Authentication
    from simulator.world import World


@dataclass
class Call:
    """One request, read and authorised, on its way to its operation."""

    world: World
    now: datetime
    path: dict[str, str]
    query: dict[str, list[str]]
    headers: dict[str, str]  # names in lower case
    body: bytes
    address: str
    base_url: str
    authentication: Authentication | None = None
    permissions: tuple[str, ...] = ()  # as the token carries them
    token_kind: str = ""

    @property
    def caller(self) -> Authentication:
        if self.authentication is None:
            raise RuntimeError("the operation was declared without a token")
        return self.authentication

    def may(self, *permissions: str) -> bool:
        return any(permission in self.permissions for permission in permissions)

    def features(self) -> set[str]:
        return {part.strip() for part in self.headers.get("x-ksef-feature", "").split(",")}


@dataclass
class Answer:
    status: int
    json: Any = None
    data: bytes | None = None
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Call], Answer]


@dataclass(frozen=True)
class Operation:
    name: str  # "GET /sessions/{referenceNumber}"
    group: str  # of the limits; "anonymous" counts by address alone
    token_kinds: tuple[str, ...]
    permissions: tuple[str, ...]  # any of them
    handler: Handler
    pattern: re.Pattern[str]

    @property
    def method(self) -> str:
        return self.name.split(" ")[0]

    @property
    def template(self) -> str:
        return self.name.split(" ")[1]


OPERATIONS: list[Operation] = []


def operation(
    name: str,
    *,
    group: str = "other",
    token: tuple[str, ...] = (tokens.ACCESS,),
    permissions: tuple[str, ...] = (),
) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        template = name.split(" ")[1]
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template) + "/?")
        OPERATIONS.append(Operation(name, group, token, permissions, handler, pattern))
        return handler

    return register


def find(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """The operation of a path below /v2.  Literal parts win over parameters."""
    found = [
        (operation, match.groupdict())
        for operation in OPERATIONS
        if operation.method == method and (match := operation.pattern.fullmatch(path))
    ]
    return min(found, key=lambda one: len(one[1]), default=None)


def known_path(path: str) -> bool:
    """Whether another method would find something there (paths without parameters only)."""
    return any(operation.template == path for operation in OPERATIONS)
