"""From a login to a certificate of one's own."""

import base64
from datetime import datetime
from typing import Any

from cryptography import x509
from ksef_caller import Caller, wait
from ksef_signing import Holder, enrollment, new_key, request_for


def requested(caller: Caller, request: dict[str, Any]) -> str:
    """The reference number of a request that KSeF took."""
    return caller.json("POST /certificates/enrollments", request)["referenceNumber"]


def enroll(caller: Caller, kind: str = "Authentication", key: Any = None, **changes: Any) -> Holder:
    key = key or new_key()
    data = caller.json("GET /certificates/enrollments/data")
    reference = requested(caller, enrollment(request_for(data, key), kind, **changes))

    def status() -> dict[str, Any]:
        return caller.json(f"GET /certificates/enrollments/{reference}")

    assert wait(status)["code"] == 200
    serial = status()["certificateSerialNumber"]
    (got,) = caller.json("POST /certificates/retrieve", {"certificateSerialNumbers": [serial]})[
        "certificates"
    ]
    der = base64.b64decode(got["certificate"])
    return Holder(key, x509.load_der_x509_certificate(der))


def read_moment(text: str) -> datetime:
    """KSeF writes seven digits of fraction, which Python's parser does not read everywhere."""
    head, _, tail = text.partition(".")
    return datetime.fromisoformat(f"{head}.{tail[:6]}{tail[7:]}" if tail else head)
