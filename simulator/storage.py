"""Links that need no token: signed, and dead after a while.

Receipts are fetched from them for three days, the parts of packages are sent to them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
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
UPLOAD_HEADERS = {"x-ms-blob-type": "BlockBlob"}
LARGEST_BLOB = 101_000_000  # a declared part is smaller; what is wrong with its size, closing says
_DENIED = (
    '<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code>'
    "<Message>{message}</Message></Error>"
)


def link(world: World, base_url: str, path: str, now: datetime) -> tuple[str, datetime]:
    """The address and the moment of its death."""
    ends = (now + LIFETIME).replace(microsecond=0)
    return f"{base_url}{path}?{_query(world, path, ends, 'r')}", ends


def upload_link(world: World, base_url: str, session: str, ordinal: int, ends: datetime) -> str:
    path = f"/storage/01/{session}/batch-parts/{ordinal}"
    return f"{base_url}{path}?{_query(world, path, ends, 'w')}"


def _query(world: World, path: str, ends: datetime, rights: str) -> str:
    expiry = ends.strftime("%Y-%m-%dT%H:%M:%SZ")
    signature = _sign(world, path, expiry, rights)
    return urlencode({"sv": "2025-01-05", "se": expiry, "sr": "b", "sp": rights, "sig": signature})


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
    if not _signed(world, request, "r"):
        return _refused(403, "AuthenticationFailed", "Server failed to authenticate the request.")
    if _dead(world, request):
        return _refused(403, "AuthenticationFailed", "Signature not valid in the specified time.")
    data = _content(world, **request.path_params)
    if data is None:
        return _refused(404, "BlobNotFound", "The specified blob does not exist.")
    return Response(data, media_type="application/xml", headers=content_hash(data))


async def _upload(request: Request) -> Response:
    """One part of a package; its place in the declaration is the name of the blob."""
    world: World = request.app.state.world
    refused = _refusal_of_upload(world, request)
    if refused is not None:
        async for _ in request.stream():  # else the client may not see the answer for its sending
            pass
        return refused
    session, ordinal = request.path_params["session"], int(request.path_params["name"])
    arriving = world.uploads.scratch(session, f"arriving-{secrets.token_hex(8)}")
    try:
        with arriving.open("wb") as file:
            async for chunk in request.stream():
                file.write(chunk)
                if file.tell() > LARGEST_BLOB:
                    return _refused(413, "RequestBodyTooLarge", "The request body is too large.")
        if not arriving.stat().st_size:
            return _refused(400, "InvalidInput", "The request body is empty.")
        arriving.replace(world.uploads.part(session, ordinal))
    finally:
        arriving.unlink(missing_ok=True)
    return Response(status_code=201)


def _refusal_of_upload(world: World, request: Request) -> Response | None:
    """The codes are those of the guide's page on batch sessions."""
    if "authorization" in request.headers or not _signed(world, request, "w"):
        return _refused(401, "InvalidAuthenticationInfo", "The link alone authenticates.")
    session = world.store.get(Session, request.path_params["session"])
    if session is None or session.closed is not None or _dead(world, request):
        return _refused(403, "AuthenticationFailed", "Signature not valid in the specified time.")
    for name, value in UPLOAD_HEADERS.items():
        if request.headers.get(name) != value:
            return _refused(400, "MissingRequiredHeader", f"The header {name} is missing or wrong.")
    return None


def _signed(world: World, request: Request, rights: str) -> bool:
    expiry, signature = (request.query_params.get(name, "") for name in ("se", "sig"))
    wanted = _sign(world, request.url.path, expiry, rights)
    return hmac.compare_digest(signature.encode(), wanted.encode())


def _dead(world: World, request: Request) -> bool:
    """Of a link whose signature, and so its time, was checked before."""
    ends = datetime.fromisoformat(request.query_params["se"].replace("Z", "+00:00"))
    return world.now() >= ends


def _content(world: World, session: str, kind: str, name: str) -> bytes | None:
    name = name.removeprefix("upo_").removesuffix(".xml")
    if kind == "invoice-upo":
        invoice = world.store.invoice_by_number(name)
        return invoice.upo if invoice and invoice.session == session else None
    found = world.store.get(Session, session) if kind == "session-upo" else None
    if found is None or not name.isdigit() or int(name) >= len(found.upo):
        return None
    return found.upo[int(name)]["xml"]


def _refused(status: int, code: str, message: str) -> Response:
    return Response(
        _DENIED.format(code=code, message=message), status, media_type="application/xml"
    )


def _sign(world: World, path: str, expiry: str, rights: str) -> str:
    text = f"{path}?{expiry}&{rights}"
    signature = hmac.new(world.link_secret, text.encode(), hashlib.sha256)
    return base64.b64encode(signature.digest()).decode()


routes = [
    Route("/storage/01/{session}/batch-parts/{name}", _upload, methods=["PUT"]),
    Route("/storage/01/{session}/{kind}/{name}", _download, methods=["GET"]),
]
