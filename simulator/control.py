"""The control API: looking into the simulator and making trouble.  Not a part of KSeF."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator import acceptance, control_access, faults, latarnia, operations, public_keys
from simulator.clock import iso, iso_or_none, iso_seconds
from simulator.records import Invoice, KsefCertificate, KsefToken, Session
from simulator.world import World

Body = dict[str, Any]


async def state(world: World, body: Body) -> Any:
    return {
        "now": iso(world.now()),
        "clockOffset": world.clock.offset,
        "seed": world.seed,
        "limits": world.limiter.mode,
        "faults": [fault.as_json() for fault in world.faults.all()],
        "keys": [_key(key) for key in public_keys.published(world)],
        "latarnia": {
            "status": world.latarnia.status()[0],
            "messages": [latarnia.as_json(message) for message in world.latarnia.messages()],
            "broken": world.latarnia.broken,
            "word": world.latarnia.word,
        },
        "sessions": world.store.count(Session),
        "invoices": world.store.count(Invoice),
        "certificates": world.store.count(KsefCertificate),
        "ksefTokens": world.store.count(KsefToken),
        "blockedContexts": control_access.blocked_contexts(world),
        "strict": world.settings.strict_certificates,
    }


async def reset(world: World, body: Body) -> Any:
    await world.reset()
    return await state(world, body)


async def invoices(world: World, body: Body) -> Any:
    world.settle()
    now = world.now()
    received = Counter(invoice.received_hash for invoice in world.store.all(Invoice))
    return [
        {
            **_invoice(invoice, now),
            "sessionKind": world.store.get(Session, invoice.session).kind,
            "timesReceived": received[invoice.received_hash] if invoice.received_hash else 0,
        }
        for invoice in world.store.all(Invoice)
    ]


async def list_faults(world: World, body: Body) -> Any:
    return [fault.as_json() for fault in world.faults.all()]


async def add_fault(world: World, body: Body) -> Any:
    kind = body.get("kind")
    if kind not in faults.KINDS:
        raise ValueError(f"kind must be one of {', '.join(faults.KINDS)}")
    operation = body.get("operation") or "*"
    known = {one.name for one in operations.OPERATIONS}
    if operation not in faults.AIMS and operation not in known:
        raise ValueError(f"unknown operation: {operation}")
    times, seconds = body.get("times"), body.get("seconds")
    if times is not None and (not isinstance(times, int) or times < 1):
        raise ValueError("times must be a whole number above 0, or null")
    if seconds is not None and (not isinstance(seconds, (int, float)) or seconds < 0):
        raise ValueError("seconds must be a number, or null")
    code, words = body.get("code"), body.get("words")
    if code is not None and code not in faults.REJECTIONS:
        raise ValueError(f"code must be one of {', '.join(map(str, faults.REJECTIONS))}")
    if isinstance(words, str):
        words = [words]
    if words is not None and not (
        isinstance(words, list) and all(isinstance(one, str) for one in words)
    ):
        raise ValueError("words must be a text or a list of texts")
    return world.faults.add(kind, operation, times, seconds, code, words).as_json()


async def remove_faults(world: World, body: Body) -> Any:
    return {"removed": await world.faults.remove(body.get("id"))}


async def clock(world: World, body: Body) -> Any:
    """{"offset": seconds from the real time} or {"forward": seconds from the present offset}."""
    forward = "forward" in body
    seconds = body["forward"] if forward else body.get("offset")
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool):
        raise ValueError("offset or forward must be a number of seconds")
    world.set_clock_offset(float(seconds) + (world.clock.offset if forward else 0.0))
    return {"offset": world.clock.offset, "now": iso(world.now())}


async def limits(world: World, body: Body) -> Any:
    mode = body.get("mode")
    if mode not in ("production", "off"):
        raise ValueError("mode must be production or off")
    world.limiter.mode = mode
    world.limiter.forget()
    return {"limits": mode}


async def rotate_keys(world: World, body: Body) -> Any:
    """{"emergency": true} withdraws the older keys at once (guide, klucze-publiczne 3.2.2)."""
    made = public_keys.rotate(world, emergency=bool(body.get("emergency")))
    return [_key(key) for key in made]


async def expire_tokens(world: World, body: Body) -> Any:
    """Every token given out so far is refused from now on; {"kind": "access"} spares the others."""
    kind = body.get("kind", "access")
    if kind not in ("access", "refresh", "all"):
        raise ValueError("kind must be access, refresh or all")
    serial = world.store.value("token_serial", 0)
    for one in ("access", "refresh") if kind == "all" else (kind,):
        world.store.set_value(f"expired_{one}", serial)
    return {"expired": kind}


async def people(world: World, body: Body) -> Any:
    return {"people": world.people.as_json()}


async def add_person(world: World, body: Body) -> Any:
    return world.add_person(body)


async def announce(world: World, body: Body) -> Any:
    """A message, or what Latarnia itself does wrong: one of "broken", "word" and "raw"."""
    if "broken" in body:
        if body["broken"] not in (None, *latarnia.BROKEN):
            raise ValueError(f"broken must be null or one of {', '.join(latarnia.BROKEN)}")
        world.latarnia.broken = body["broken"]
        return {"broken": world.latarnia.broken}
    if "word" in body:
        if not isinstance(body["word"], (str, type(None))):
            raise ValueError("word must be a text, or null")
        world.latarnia.word = body["word"]
        return {"word": world.latarnia.word}
    if "raw" in body:
        if not isinstance(body["raw"], (list, type(None))):
            raise ValueError("raw must be a list, or null")
        world.latarnia.raw = body["raw"] or []
        return {"raw": len(world.latarnia.raw)}
    message = world.latarnia.announce(body)
    return {
        "status": world.latarnia.status()[0],
        "message": None if message is None else latarnia.as_json(message),
    }


def _invoice(invoice: Invoice, now: Any) -> dict[str, Any]:
    status = acceptance.shown_status(invoice, now)
    return {
        "sessionReference": invoice.session,
        "referenceNumber": invoice.id,
        "ksefNumber": invoice.ksef_number,
        "sha256": _hexadecimal(invoice.hash),
        "receivedSha256": _hexadecimal(invoice.received_hash),
        "hashOfCorrectedInvoice": _hexadecimal(invoice.corrects),
        "fileName": invoice.file_name,
        "offlineDeclared": invoice.offline_declared,
        "sellerNip": invoice.facts["seller_nip"] if invoice.facts else None,
        "issueDate": invoice.issue_date.isoformat() if invoice.issue_date else None,
        "nip": invoice.context,
        "invoiceNumber": invoice.number,
        "status": status,
        "statusDescription": acceptance.DESCRIPTIONS[status],
        "statusDetails": invoice.details if status not in acceptance.IN_PROGRESS else [],
        "invoicingMode": invoice.mode,
        "invoicingDate": iso(invoice.sent),
        "acquisitionDate": iso_or_none(invoice.acquired),
    }


def _hexadecimal(digest: str | None) -> str | None:
    return base64.b64decode(digest).hex() if digest else None


def _key(key: Any) -> dict[str, Any]:
    return {
        "publicKeyId": key.id,
        "usage": [key.usage],
        "validFrom": iso_seconds(key.valid_from),
        "validTo": iso_seconds(key.valid_to),
    }


def _route(path: str, method: str, action: Callable[[World, Body], Awaitable[Any]]) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            body = await request.json() if await request.body() else {}
            if not isinstance(body, dict):
                raise ValueError("the body must be a JSON object")
            answer = await action(request.app.state.world, {**body, **request.path_params})
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse(answer)

    return Route(path, endpoint, methods=[method])


routes = [
    _route("/control/state", "GET", state),
    _route("/control/reset", "POST", reset),
    _route("/control/invoices", "GET", invoices),
    _route("/control/faults", "GET", list_faults),
    _route("/control/faults", "POST", add_fault),
    _route("/control/faults", "DELETE", remove_faults),
    _route("/control/faults/{id}", "DELETE", remove_faults),
    _route("/control/clock", "POST", clock),
    _route("/control/limits", "POST", limits),
    _route("/control/keys/rotate", "POST", rotate_keys),
    _route("/control/tokens/expire", "POST", expire_tokens),
    _route("/control/people", "GET", people),
    _route("/control/people", "POST", add_person),
    _route("/control/grants", "GET", control_access.grants),
    _route("/control/grants", "POST", control_access.grant),
    _route("/control/grants/revoke", "POST", control_access.revoke_grants),
    _route("/control/ksef-tokens", "GET", control_access.tokens),
    _route("/control/ksef-tokens", "POST", control_access.make_token),
    _route("/control/ksef-tokens/{reference}/revoke", "POST", control_access.revoke_token),
    _route("/control/certificates", "GET", control_access.certificates),
    _route("/control/certificates/{serial}/revoke", "POST", control_access.revoke_certificate),
    _route("/control/certificates/{serial}/shorten", "POST", control_access.shorten_certificate),
    _route("/control/practice-certificates", "POST", control_access.practice_certificate),
    _route("/control/contexts/block", "POST", control_access.block_context),
    _route("/control/contexts/unblock", "POST", control_access.unblock_context),
    _route("/control/latarnia", "POST", announce),
]
