"""Download links that need no token: signed, and dead after three days."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulator.clock import iso_seconds
from simulator.records import Session

if TYPE_CHECKING:
    from simulator.world import World

LIFETIME = timedelta(days=3)
_DENIED = (
    '<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code>'
    "<Message>{message}</Message></Error>"
)


def link(world: World, base_url: str, path: str, now: datetime) -> tuple[str, datetime]:
    """The address and the moment of its death."""
    ends = (now + LIFETIME).replace(microsecond=0)
    expiry = ends.strftime("%Y-%m-%dT%H:%M:%SZ")
    query = urlencode(
        {"sv": "2025-01-05", "se": expiry, "sr": "b", "sp": "r", "sig": _sign(world, path, expiry)}
    )
    return f"{base_url}{path}?{query}", ends


def link_json(world: World, base_url: str, path: str, now: datetime) -> tuple[str, str]:
    url, ends = link(world, base_url, path, now)
    return url, iso_seconds(ends)


def invoice_upo_path(session: str, ksef_number: str) -> str:
    return f"/storage/01/{session}/invoice-upo/upo_{ksef_number}.xml"


def session_upo_path(session: str, page: int) -> str:
    return f"/storage/01/{session}/session-upo/upo_{page:02}.xml"


def content_hash(data: bytes) -> dict[str, str]:
    return {"x-ms-meta-hash": base64.b64encode(hashlib.sha256(data).digest()).decode()}


async def _download(request: Request) -> Response:
    world: World = request.app.state.world
    path, query = request.url.path, request.query_params
    expiry, signature = query.get("se", ""), query.get("sig", "")
    if not hmac.compare_digest(signature.encode(), _sign(world, path, expiry).encode()):
        return _refused(403, "AuthenticationFailed", "Server failed to authenticate the request.")
    if world.now() > datetime.fromisoformat(expiry.replace("Z", "+00:00")):
        return _refused(403, "AuthenticationFailed", "Signature not valid in the specified time.")
    data = _content(world, **request.path_params)
    if data is None:
        return _refused(404, "BlobNotFound", "The specified blob does not exist.")
    return Response(data, media_type="application/xml", headers=content_hash(data))


def _content(world: World, session: str, kind: str, name: str) -> bytes | None:
    name = name.removeprefix("upo_").removesuffix(".xml")
    if kind == "invoice-upo":
        invoice = world.store.invoice_by_number(name)
        return invoice.upo if invoice and invoice.session == session else None
    found = world.store.get(Session, session)
    if found is None or not name.isdigit() or int(name) >= len(found.upo):
        return None
    return found.upo[int(name)]["xml"]


def _refused(status: int, code: str, message: str) -> Response:
    return Response(
        _DENIED.format(code=code, message=message), status, media_type="application/xml"
    )


def _sign(world: World, path: str, expiry: str) -> str:
    signature = hmac.new(world.link_secret, f"{path}?{expiry}".encode(), hashlib.sha256)
    return base64.b64encode(signature.digest()).decode()


routes = [Route("/storage/01/{session}/{kind}/{name}", _download, methods=["GET"])]
