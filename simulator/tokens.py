"""JWT-shaped tokens, signed with a secret of this simulator."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

AUTHENTICATION = "OperationToken"
ACCESS = "ContextToken"
REFRESH = "RefreshToken"

AUTHENTICATION_LIFETIME = timedelta(minutes=45)
ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=7)


class BadToken(Exception):
    """Not ours, damaged or of another kind."""


def issue(
    kind: str, claims: dict[str, Any], now: datetime, expires: datetime, serial: int, key: bytes
) -> str:
    payload = {
        "token-type": kind,
        **claims,
        "jti": serial,
        "iat": int(now.timestamp()),
        "exp": int(expires.timestamp()),
        "iss": "ksef-api-sim",
        "aud": "ksef-api-sim",
    }
    head = _encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    body = _encode(json.dumps(payload, separators=(",", ":")).encode())
    return f"{head}.{body}.{_encode(_sign(head, body, key))}"


def read(token: str, key: bytes) -> dict[str, Any]:
    """The claims of a token of ours, expired or not.  Raises BadToken."""
    parts = token.split(".")
    if len(parts) != 3:
        raise BadToken
    head, body, signature = parts
    try:
        given = _decode(signature)
        payload = json.loads(_decode(body))
    except ValueError as error:
        raise BadToken from error
    if not hmac.compare_digest(given, _sign(head, body, key)):
        raise BadToken
    return payload


def _sign(head: str, body: str, key: bytes) -> bytes:
    return hmac.new(key, f"{head}.{body}".encode(), hashlib.sha256).digest()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
