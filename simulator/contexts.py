"""The contexts in which one can log in (guide, uwierzytelnianie.md), and their blocking."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simulator import nip

if TYPE_CHECKING:
    from simulator.world import World

PATTERNS = {
    "Nip": nip.PATTERN,
    "InternalId": re.compile(nip.PATTERN.pattern + r"-\d{5}"),
    "NipVatUe": re.compile(nip.PATTERN.pattern + r"-[A-Z]{2}[A-Z0-9+*]{2,13}"),
    "PeppolId": re.compile(r"P[A-Z]{2}[0-9]{6}"),
}
TYPES = tuple(PATTERNS)


def looks_right(kind: str, value: str) -> bool:
    return PATTERNS[kind].fullmatch(value) is not None


def nip_of(value: str) -> str:
    """The NIP of a context: its first part, or all of it."""
    return value.partition("-")[0]


def may_be_entered(world: World, kind: str, value: str) -> bool:
    """False for what ends with 21117.  Peppol's providers have no certificates here."""
    if kind == "PeppolId":
        return False
    return not world.settings.strict_identifiers or nip.check_digit_right(nip_of(value))


def block(world: World, kind: str, value: str, *, calls: bool = False) -> None:
    """Nobody can log in; with ``calls`` the operations are refused as well."""
    blocked = dict(world.store.value("blocked_contexts", {}))
    blocked[f"{kind}/{value}"] = calls
    world.store.set_value("blocked_contexts", blocked)


def unblock(world: World, kind: str, value: str) -> None:
    blocked = dict(world.store.value("blocked_contexts", {}))
    blocked.pop(f"{kind}/{value}", None)
    world.store.set_value("blocked_contexts", blocked)


def blocked(world: World) -> dict[str, bool]:
    """ "Nip/1111111111" to whether calls are refused too."""
    return world.store.value("blocked_contexts", {})


def login_blocked(world: World, kind: str, value: str) -> bool:
    return f"{kind}/{value}" in blocked(world)


def calls_blocked(world: World, kind: str, value: str) -> bool:
    return blocked(world).get(f"{kind}/{value}", False)
