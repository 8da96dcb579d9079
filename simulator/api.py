"""The one way into every operation: who asks, how often, may they; then the answer."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

# Importing these fills the table of operations.
from simulator import (  # noqa: F401
    auth,
    auth_sessions,
    batch,
    contexts,
    invoices,
    ksef_tokens,
    limits,
    operations,
    permissions,
    public_keys,
    queries,
    sessions,
    testdata,
    tokens,
)
from simulator.certificates import operations as certificates  # noqa: F401
from simulator.errors import Forbidden, Occurrence, Refusal, Unauthorized, body_of
from simulator.operations import Answer, Call, Operation
from simulator.records import Authentication
from simulator.world import World

LARGEST_BODY = 10_000_000
_BEARER = re.compile(r"Bearer\s+(\S+)", re.IGNORECASE)


async def endpoint(request: Request) -> Response:
    path = request.url.path.removeprefix("/v2")
    found = operations.find(request.method, path)
    if found is None:
        return Response(status_code=405 if operations.known_path(path) else 404)
    operation, parameters = found
    world: World = request.app.state.world
    if world.settings.strict_certificates and operation.template.startswith("/testdata/"):
        return Response(status_code=404)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            return Response(status_code=413)
    now = world.now()
    call = Call(
        world=world,
        now=now,
        path=parameters,
        query=parse_qs(request.url.query, keep_blank_values=True),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        address=request.client.host if request.client else "127.0.0.1",
        base_url=world.settings.base_url or str(request.base_url).rstrip("/"),
    )
    try:
        response = _response(_run(operation, call))
    except Refusal as refusal:
        at = Occurrence(
            request.url.path,
            now,
            world.trace(),
            call.headers.get("x-error-format") == "problem-details",
        )
        status, content, media_type, headers = body_of(refusal, at)
        response = JSONResponse(content, status, headers, media_type)
    _echo_warning(call, response)
    return response


def _run(operation: Operation, call: Call) -> Answer:
    call.world.settle()
    if operation.token_kinds:
        _authorise(operation, call)
    context = f"{call.caller.context_type}/{call.caller.context}" if call.authentication else ""
    call.world.limiter.check(operation, context, call.address, call.now.timestamp())
    if operation.permissions and not call.may(*operation.permissions):
        raise Forbidden(
            "missing-permissions",
            "Brak wymaganych uprawnień do wykonania operacji w bieżącym kontekście.",
            {
                "requiredAnyOfPermissions": list(operation.permissions),
                "presentPermissions": list(call.permissions),
            },
        )
    return operation.handler(call)


def _authorise(operation: Operation, call: Call) -> None:
    """Raises Unauthorized, Forbidden."""
    world = call.world
    given = _BEARER.fullmatch(call.headers.get("authorization", "").strip())
    if given is None:
        raise Unauthorized("Brak tokenu w nagłówku Authorization.")
    try:
        claims = tokens.read(given[1], world.token_secret)
    except tokens.BadToken as error:
        raise Unauthorized("Token jest nieprawidłowy.") from error
    kind = claims["token-type"]
    if kind not in operation.token_kinds:
        raise Unauthorized("Token innego rodzaju niż wymagany przez operację.")
    one = world.store.get(Authentication, claims["operation-reference-number"])
    if one is None:
        raise Unauthorized("Token jest nieprawidłowy.")
    if _expired(kind, claims, call, one):
        raise Unauthorized("Token utracił ważność.")
    if one.allowed_ips and not _address_allowed(call.address, one.allowed_ips):
        raise Forbidden(
            "ip-not-allowed",
            "Żądanie pochodzi z adresu IP innego niż wskazany podczas uwierzytelnienia.",
            {"clientIp": call.address},
        )
    if contexts.calls_blocked(world, one.context_type, one.context):
        raise Forbidden(
            "security-service-blocked",
            "Żądanie zostało zablokowane przez mechanizmy bezpieczeństwa.",
            {"incidentId": world.trace(), "clientIp": call.address},
        )
    call.authentication = one
    call.token_kind = kind
    call.permissions = tuple(claims.get("per", ()))


def _expired(kind: str, claims: dict[str, int], call: Call, one: Authentication) -> bool:
    moment = call.now.timestamp()
    if kind == tokens.AUTHENTICATION:
        # the status of an old operation is 410 Gone, which its own token must be able to reach
        gone = call.now - one.created > auth.STATUS_RETENTION
        return moment >= claims["exp"] and not gone
    forced = {tokens.ACCESS: "expired_access", tokens.REFRESH: "expired_refresh"}[kind]
    return moment >= claims["exp"] or claims["jti"] <= call.world.store.value(forced, 0)


def _address_allowed(address: str, allowed: dict[str, list[str]]) -> bool:
    here = ipaddress.ip_address(address)
    if address in allowed.get("ip4Addresses", ()):
        return True
    for text in allowed.get("ip4Ranges", ()):
        first, last = (ipaddress.ip_address(end) for end in text.split("-"))
        if here.version == 4 and first <= here <= last:
            return True
    return any(
        here in ipaddress.ip_network(text, strict=False) for text in allowed.get("ip4Masks", ())
    )


def _response(answer: Answer) -> Response:
    if answer.data is not None:
        return Response(answer.data, answer.status, answer.headers, answer.media_type)
    if answer.json is None:
        return Response(status_code=answer.status, headers=answer.headers)
    return JSONResponse(answer.json, answer.status, answer.headers)


def _echo_warning(call: Call, response: Response) -> None:
    """On request the test environment answers with any warning, folded to ASCII."""
    wanted = call.headers.get("x-test-system-warning", "")
    texts = [
        wanted.encode("latin-1").decode(errors="replace"),  # as HTTP hands it over
        response.headers.get("x-system-warning", ""),
    ]
    warning = " | ".join(text for text in texts if text)
    if warning:
        plain = unicodedata.normalize("NFKD", warning.replace("ł", "l").replace("Ł", "L"))
        response.headers["X-System-Warning"] = plain.encode("ascii", "ignore").decode()


routes = [
    Route("/v2/{path:path}", endpoint, methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
]
