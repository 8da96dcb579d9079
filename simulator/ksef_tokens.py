"""KSeF tokens: long-lived secrets for programs (guide, tokeny-ksef.md)."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from simulator import references
from simulator.clock import iso, iso_or_none
from simulator.errors import BadRequest, Forbidden
from simulator.operations import Answer, Call, operation
from simulator.reading import Fields, invalid, page, whole_number_of_query
from simulator.records import KsefToken, Subject

if TYPE_CHECKING:
    from simulator.world import World

PERMISSIONS = ("InvoiceRead", "InvoiceWrite", "CredentialsRead", "CredentialsManage",
               "SubunitManage", "EnforcementOperations", "Introspection",
               "CollectiveIdentifierManage")  # fmt: skip
_STATES = ("Pending", "Active", "Revoking", "Revoked", "Failed")


def make(
    world: World,
    author: Subject,
    context: tuple[str, str],
    permissions: list[str],
    description: str,
    delay: timedelta = timedelta(0),
) -> tuple[KsefToken, str]:
    """The record and the secret, which is shown this once.  It is pending for the delay."""
    now: datetime = world.now()
    reference = references.reference(references.KSEF_TOKEN, now, world.random)
    kind, value = context
    secret = world.random.hexadecimal(64).lower()
    text = f"{reference}|{kind[0].lower()}{kind[1:]}-{value}|{secret}"
    token = KsefToken(
        id=reference,
        created=now,
        secret_hash=hashlib.sha256(text.encode()).hexdigest(),
        context_type=kind,
        context=value,
        author=author,
        permissions=sorted(set(permissions)),
        description=description,
        active=now + delay,
    )
    world.store.save(token)
    return token, text


@operation("POST /tokens")
def generate(call: Call) -> Answer:
    caller = call.caller
    if caller.method == "Token":
        raise Forbidden(
            "auth-method-not-allowed",
            "Operacja nie jest dostępna dla użytej metody uwierzytelnienia.",
            {"authenticationMethodCategory": "Token"},
        )
    body = Fields.of_body(call.body)
    wanted = body.choices("permissions", PERMISSIONS)
    if not wanted:
        raise invalid("permissions", "Lista uprawnień nie może być pusta.")
    description = body.text("description", shortest=5, longest=256)
    if caller.context_type not in ("Nip", "InternalId"):
        raise BadRequest(26002, f"{caller.context_type}; dozwolone: Nip, InternalId")
    missing = sorted(set(wanted) - set(call.permissions))
    if missing:
        raise BadRequest(26001, f"Brakujące uprawnienia: {', '.join(missing)}")
    token, text = make(
        call.world,
        caller.subject,
        (caller.context_type, caller.context),
        wanted,
        description,
        delay=timedelta(seconds=call.world.settings.auth_delay),
    )
    return Answer(202, {"referenceNumber": token.id, "token": text})


@operation("GET /tokens")
def list_tokens(call: Call) -> Answer:
    size = whole_number_of_query(call.query, "pageSize", default=10, least=10, most=100)
    query = Fields({name: values[0] for name, values in call.query.items()})
    states = Fields({"status": call.query.get("status", [])}).choices("status", _STATES)
    text = _search(query, "description")
    author = _search(query, "authorIdentifier")
    author_kind = (
        query.choice("authorIdentifierType", ("Nip", "Pesel", "Fingerprint"))
        if query.has("authorIdentifierType")
        else None
    )
    found = [
        token
        for token in call.world.store.all(KsefToken)
        if _visible(call, token)
        and (not states or status(token, call.now) in states)
        and text in token.description.lower()
        and author in token.author.value.lower()
        and author_kind in (None, token.author.kind)
    ]
    found.sort(key=lambda token: (token.created, token.id), reverse=True)
    items, following = page(found, call.headers.get("x-continuation-token"), size)
    shown = [_as_json(token, call.now) for token in items]
    return Answer(200, {"continuationToken": following, "tokens": shown})


@operation("GET /tokens/{referenceNumber}")
def get_token(call: Call) -> Answer:
    return Answer(200, _as_json(_token(call, "CredentialsManage", "CredentialsRead"), call.now))


@operation("DELETE /tokens/{referenceNumber}")
def revoke(call: Call) -> Answer:
    token = _token(call, "CredentialsManage")
    withdraw(call.world, token)
    return Answer(204)


def withdraw(world: World, token: KsefToken) -> None:
    """Nobody logs in with it from now on; its revocation is through a little later."""
    if token.revoked is None:
        token.revoked = world.now() + timedelta(seconds=world.settings.auth_delay)
        world.store.save(token)


def status(token: KsefToken, now: datetime) -> str:
    """OpenAPI's AuthenticationTokenStatus."""
    if token.revoked is not None:
        return "Revoking" if now < token.revoked else "Revoked"
    return "Pending" if token.active and now < token.active else "Active"


def _search(query: Fields, name: str) -> str:
    return query.text(name, shortest=3).lower() if query.has(name) else ""


def _token(call: Call, *rights: str) -> KsefToken:
    reference = call.path["referenceNumber"]
    token = call.world.store.get(KsefToken, reference)
    if token is None or not _visible(call, token, *rights):
        raise invalid("referenceNumber", f"Token {reference} nie został znaleziony.")
    return token


def _visible(
    call: Call,
    token: KsefToken,
    *rights: str,
) -> bool:
    """All tokens of the context for administrators, else one's own."""
    caller = call.caller
    if (token.context_type, token.context) != (caller.context_type, caller.context):
        return False
    if call.may(*(rights or ("CredentialsManage", "CredentialsRead"))):
        return True
    if caller.method == "Token":
        return token.id == caller.ksef_token
    return token.author.key in call.world.people.tied(caller.subject.key)


def _as_json(token: KsefToken, now: datetime) -> dict[str, Any]:
    return {
        "referenceNumber": token.id,
        "authorIdentifier": {"type": token.author.kind, "value": token.author.value},
        "contextIdentifier": {"type": token.context_type, "value": token.context},
        "description": token.description,
        "requestedPermissions": token.permissions,
        "dateCreated": iso(token.created),
        "lastUseDate": iso_or_none(token.last_use),
        "status": status(token, now),
    }
