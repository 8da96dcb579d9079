"""Authorisations that are still good: list and revocation (guide, auth/sesje.md)."""

from __future__ import annotations

from simulator import tokens
from simulator.auth import as_json, status_of
from simulator.errors import BadRequest
from simulator.operations import Answer, Call, operation
from simulator.reading import page, whole_number_of_query
from simulator.records import Authentication


@operation("GET /auth/sessions")
def list_sessions(call: Call) -> Answer:
    size = whole_number_of_query(call.query, "pageSize", default=10, least=10, most=100)
    own = [one for one in call.world.store.all(Authentication) if _same_subject(one, call.caller)]
    active = [
        one
        for one in own
        if status_of(one, call.now)[0] == 200
        and not (one.refresh_valid_until and one.refresh_valid_until <= call.now)
    ]
    active.sort(key=lambda one: (one.created, one.id), reverse=True)
    items, following = page(active, call.headers.get("x-continuation-token"), size)
    return Answer(
        200,
        {
            "continuationToken": following,
            "items": [
                {
                    "referenceNumber": one.id,
                    "isCurrent": one is call.caller,
                    **as_json(one, call.now),
                }
                for one in items
            ],
        },
    )


@operation("DELETE /auth/sessions/current", token=(tokens.ACCESS, tokens.REFRESH))
def revoke_current(call: Call) -> Answer:
    _revoke(call, call.caller)
    return Answer(204)


@operation("DELETE /auth/sessions/{referenceNumber}")
def revoke(call: Call) -> Answer:
    one = call.world.store.get(Authentication, call.path["referenceNumber"])
    if one is None or not _same_subject(one, call.caller):
        raise BadRequest(
            21405,
            "Sesja uwierzytelnienia o numerze referencyjnym "
            f"{call.path['referenceNumber']} nie została znaleziona.",
        )
    _revoke(call, one)
    return Answer(204)


def _same_subject(one: Authentication, caller: Authentication) -> bool:
    """The same person in the same context; a KSeF token sees only its own authorisations."""
    return (
        (one.context_type, one.context) == (caller.context_type, caller.context)
        and one.subject.key == caller.subject.key
        and one.ksef_token == caller.ksef_token
    )


def _revoke(call: Call, one: Authentication) -> None:
    one.revoked = True
    call.world.store.save(one)
