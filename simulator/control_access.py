"""The part of the control API about who gets in: certificates, tokens, rights, contexts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives import serialization

from simulator import contexts, ksef_tokens, nip, practice_pki
from simulator.certificates import register
from simulator.clock import iso, iso_or_none, read_moment
from simulator.people import Grant
from simulator.records import KsefCertificate, KsefToken, Subject
from simulator.world import World

Body = dict[str, Any]


async def certificates(world: World, body: Body) -> Any:
    register.settle(world)
    return [_certificate(world, one) for one in world.store.all(KsefCertificate)]


async def revoke_certificate(world: World, body: Body) -> Any:
    one = _of_register(world, body)
    if register.status(one, world.now()) != "Active":
        raise ValueError("the certificate is not active")
    register.revoke(world, one, "Unspecified", world.now())
    return _certificate(world, one)


async def shorten_certificate(world: World, body: Body) -> Any:
    """{"validTo": time} or {"seconds": from now on}; never longer than it was."""
    one = _of_register(world, body)
    if isinstance(body.get("validTo"), str):
        end = read_moment(body["validTo"])
    else:
        end = world.now() + timedelta(seconds=_number(body, "seconds"))
    one.valid_to = min(end, one.valid_to)
    world.store.save(one)
    return _certificate(world, one)


async def practice_certificate(world: World, body: Body) -> Any:
    """A certificate like a qualified one: {"person": key} or {"nip", "name"} for a seal."""
    if "person" in body:
        person = world.people.persons.get(body["person"])
        if person is None:
            raise ValueError(f"unknown person: {body['person']}")
        subject = {
            "GIVENNAME": person.first_name,
            "SURNAME": person.last_name,
            "SERIALNUMBER": f"PNOPL-{person.pesel}",
            "CN": person.name,
        }
    else:
        number, name = body.get("nip"), body.get("name")
        if not isinstance(number, str) or not nip.looks_right(number):
            raise ValueError("nip must be a NIP of ten digits")
        if not isinstance(name, str) or not 1 <= len(name) <= 64:
            raise ValueError("name must be a text of at most 64 characters")
        subject = {"O": name, "ORGANIZATIONID": f"VATPL-{number}", "CN": name}
    key, certificate = practice_pki.qualified(world.seed, subject, world.now())
    return {
        "certificate": certificate.public_bytes(serialization.Encoding.PEM).decode(),
        "privateKey": key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode(),
    }


async def tokens(world: World, body: Body) -> Any:
    return [_token(world, one) for one in world.store.all(KsefToken)]


async def make_token(world: World, body: Body) -> Any:
    number = body.get("nip")
    if not isinstance(number, str) or not nip.looks_right(number):
        raise ValueError("nip must be a NIP of ten digits")
    permissions = body.get("permissions") or ["InvoiceRead", "InvoiceWrite"]
    if unknown := set(permissions) - set(ksef_tokens.PERMISSIONS):
        raise ValueError(f"unknown permissions: {', '.join(sorted(unknown))}")
    owner = world.people.persons["owner"]
    author = Subject("Pesel", owner.pesel, owner.first_name, owner.last_name)
    token, text = ksef_tokens.make(
        world, author, ("Nip", number), permissions, "Token z panelu symulatora"
    )
    return {"token": text, "referenceNumber": token.id}


async def revoke_token(world: World, body: Body) -> Any:
    one = world.store.get(KsefToken, body["reference"])
    if one is None:
        raise ValueError(f"unknown token: {body['reference']}")
    ksef_tokens.withdraw(world, one)
    return _token(world, one)


async def grants(world: World, body: Body) -> Any:
    return [_grant(one) for one in world.people.grants]


async def grant(world: World, body: Body) -> Any:
    """{"person"} or {"kind", "value"}, {"context": one, or null for every one, "permissions"}."""
    permissions = body.get("permissions")
    if not isinstance(permissions, list) or not permissions:
        raise ValueError("permissions must be a list of names")
    made = world.people.grant(*_identifier(world, body), _context_value(body), permissions)
    world.save_people()
    return _grant(made)


async def revoke_grants(world: World, body: Body) -> Any:
    """What the identifier was granted in one context, or everything it was granted."""
    taken = world.people.revoke(*_identifier(world, body), _context_value(body))
    world.save_people()
    return {"removed": taken}


async def block_context(world: World, body: Body) -> Any:
    """Logins end with 480; with {"calls": true} operations are refused too (403)."""
    contexts.block(world, *_context(body), calls=bool(body.get("calls")))
    return blocked_contexts(world)


async def unblock_context(world: World, body: Body) -> Any:
    contexts.unblock(world, *_context(body))
    return blocked_contexts(world)


def blocked_contexts(world: World) -> list[dict[str, Any]]:
    shown = []
    for name, calls in contexts.blocked(world).items():
        kind, _, value = name.partition("/")
        shown.append({"type": kind, "value": value, "calls": calls})
    return shown


def _identifier(world: World, body: Body) -> tuple[str, str]:
    if "person" in body:
        person = world.people.persons.get(body["person"])
        if person is None:
            raise ValueError(f"unknown person: {body['person']}")
        return "Pesel", person.pesel
    kind, value = body.get("kind"), body.get("value")
    if not isinstance(kind, str) or not isinstance(value, str):
        raise ValueError("kind and value, or person, are missing")
    return kind, value


def _context_value(body: Body) -> str | None:
    value = body.get("context")
    if value is None:
        return None
    if not isinstance(value, str) or not any(
        contexts.looks_right(kind, value) for kind in contexts.TYPES
    ):
        raise ValueError("context must be a NIP, an InternalId or a NipVatUe, or null")
    return value


def _context(body: Body) -> tuple[str, str]:
    kind, value = body.get("type", "Nip"), body.get("value")
    if kind not in contexts.TYPES:
        raise ValueError(f"type must be one of {', '.join(contexts.TYPES)}")
    if not isinstance(value, str) or not contexts.looks_right(kind, value):
        raise ValueError(f"value is not a {kind}")
    return kind, value


def _number(body: Body, name: str) -> float:
    value = body.get(name)
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise ValueError(f"{name} must be a number")
    return value


def _of_register(world: World, body: Body) -> KsefCertificate:
    register.settle(world)
    one = world.store.get(KsefCertificate, body["serial"])
    if one is None:
        raise ValueError(f"unknown certificate: {body['serial']}")
    return one


def _certificate(world: World, one: KsefCertificate) -> dict[str, Any]:
    return {
        "serial": one.id,
        "name": one.name,
        "type": one.type,
        "status": register.status(one, world.now()),
        "owner": one.common_name,
        "subject": {"type": one.subject.kind, "value": one.subject.value},
        "validFrom": iso(one.valid_from),
        "validTo": iso(one.valid_to),
        "lastUseDate": iso_or_none(one.last_use),
        "revocationReason": one.revocation_reason or None,
    }


def _token(world: World, one: KsefToken) -> dict[str, Any]:
    return {
        "referenceNumber": one.id,
        "description": one.description,
        "status": ksef_tokens.status(one, world.now()),
        "author": {"type": one.author.kind, "value": one.author.value},
        "context": {"type": one.context_type, "value": one.context},
        "permissions": one.permissions,
        "dateCreated": iso(one.created),
        "lastUseDate": iso_or_none(one.last_use),
    }


def _grant(one: Grant) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "value": one.value,
        "context": one.context,
        "permissions": sorted(one.permissions),
    }
