"""KOD II over HTTP: certificates that the simulator issued, links that the tests sign."""

import base64
import hashlib
import re
from collections.abc import Callable

import pytest
import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from ksef_caller import Caller
from ksef_enrolling import enroll
from ksef_running import Running
from ksef_signing import Holder, new_key

NIP = "9999999999"
HASH = base64.urlsafe_b64encode(hashlib.sha256(b"faktura").digest()).decode().rstrip("=")
OTHER = base64.urlsafe_b64encode(hashlib.sha256(b"inna").digest()).decode().rstrip("=")


@pytest.fixture
def owner(simulator: Running) -> Caller:
    return Caller(simulator).log_in_as("owner")


def p1363(key: ec.EllipticCurvePrivateKey, text: bytes) -> bytes:
    r, s = utils.decode_dss_signature(der(key, text))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def der(key: ec.EllipticCurvePrivateKey, text: bytes) -> bytes:
    return key.sign(text, ec.ECDSA(hashes.SHA256()))


def pss(key: rsa.RSAPrivateKey, text: bytes, salt: int = 32) -> bytes:
    return key.sign(text, padding.PSS(padding.MGF1(hashes.SHA256()), salt), hashes.SHA256())


def hashed_twice(key: ec.EllipticCurvePrivateKey, text: bytes) -> bytes:
    return p1363(key, hashlib.sha256(text).digest())


def link(holder: Holder, sign: Callable[..., bytes] = p1363, **parts: str) -> str:
    """The address; ``shown`` replaces a part after it was signed."""
    url = f"{parts.get('host', '')}/certificate/Nip/{parts.get('context', NIP)}"
    url += f"/{parts.get('nip', NIP)}/{parts.get('serial', holder.serial)}/{HASH}"
    value = base64.urlsafe_b64encode(sign(holder.key, url.encode())).decode().rstrip("=")
    return f"{url.replace(HASH, parts.get('shown', HASH))}/{value}"


def read(owner: Caller, address: str) -> tuple[int, str, set[str]]:
    """Status of HTTP, the page's verdict, the checks that failed."""
    path = address[address.index("/certificate/") :]
    answer = requests.get(owner.simulator.url + path, timeout=5)
    (verdict,) = re.findall(r'data-status="(\w+)"', answer.text)
    failed = set(re.findall(r'data-check="(\w+)" data-passed="no"', answer.text))
    return answer.status_code, verdict, failed


def signed(owner: Caller, holder: Holder, sign: Callable[..., bytes] = p1363, **parts: str) -> str:
    parts.setdefault("host", owner.simulator.url.removeprefix("http://"))
    return link(holder, sign, **parts)


@pytest.mark.parametrize(
    ("key", "sign"),
    [(new_key, p1363), (new_key, der), (lambda: rsa.generate_private_key(65537, 2048), pss)],
)
def test_every_described_signature_is_confirmed(
    owner: Caller, key: Callable[[], object], sign: Callable[..., bytes]
) -> None:
    holder = enroll(owner, "Offline", key())
    assert read(owner, signed(owner, holder, sign)) == (200, "confirmed", set())
    assert read(owner, signed(owner, holder, sign, shown=OTHER)) == (
        404,
        "not_confirmed",
        {"signature"},
    )


def test_other_signatures_are_not(owner: Caller) -> None:
    holder = enroll(owner, "Offline")
    wrong = (404, "not_confirmed", {"signature"})
    assert read(owner, signed(owner, holder, hashed_twice)) == wrong
    assert read(owner, signed(owner, holder, host="qr-test.ksef.mf.gov.pl")) == wrong
    stranger = Holder(new_key(), holder.certificate)
    assert read(owner, signed(owner, stranger)) == wrong
    with_https = signed(owner, holder, lambda key, text: p1363(key, b"https://" + text))
    assert read(owner, with_https) == wrong
    with_slash = signed(owner, holder, lambda key, text: p1363(key, text + b"/"))
    assert read(owner, with_slash) == wrong
    keys = enroll(owner, "Offline", rsa.generate_private_key(65537, 2048))
    longest = padding.PSS.MAX_LENGTH
    assert read(owner, signed(owner, keys, lambda k, t: pss(k, t, longest))) == wrong


def test_a_certificate_for_logging_in_confirms_nothing(owner: Caller) -> None:
    holder = enroll(owner, "Authentication")
    assert read(owner, signed(owner, holder)) == (404, "not_confirmed", {"offline"})


def test_a_revoked_or_ended_one_confirms_nothing(owner: Caller) -> None:
    control = owner.simulator.control
    revoked, ended = enroll(owner, "Offline"), enroll(owner, "Offline")
    control("POST", f"certificates/{revoked.serial}/revoke")
    control("POST", f"certificates/{ended.serial}/shorten", {"seconds": 0})
    for holder in (revoked, ended):
        assert read(owner, signed(owner, holder)) == (404, "not_confirmed", {"valid"})


def test_an_unknown_one_is_called_so(owner: Caller) -> None:
    holder = enroll(owner, "Offline")
    address = signed(owner, holder, serial="0123456789ABCDEF")
    assert read(owner, address) == (404, "unknown", {"known"})


def test_the_seller_must_be_the_context_s_own(owner: Caller) -> None:
    holder = enroll(owner, "Offline")
    assert read(owner, signed(owner, holder, nip="1111111111")) == (
        404,
        "not_confirmed",
        {"context"},
    )


def test_the_owner_needs_the_right_to_issue_in_the_context(simulator: Running) -> None:
    accountant = Caller(simulator).log_in_as("accountant")
    holder = enroll(accountant, "Offline")
    assert read(accountant, signed(accountant, holder)) == (200, "confirmed", set())
    simulator.control("POST", "grants/revoke", {"person": "accountant"})
    assert read(accountant, signed(accountant, holder)) == (
        404,
        "not_confirmed",
        {"permission"},
    )
    body = {"person": "accountant", "context": "1111111111", "permissions": ["InvoiceWrite"]}
    simulator.control("POST", "grants", body)
    other = {"context": "1111111111", "nip": "1111111111"}
    assert read(accountant, signed(accountant, holder, **other)) == (200, "confirmed", set())
    assert read(accountant, signed(accountant, holder))[2] == {"permission"}
