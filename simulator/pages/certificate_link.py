"""Checks a KOD II link by the rules of the guide's page "Kody weryfikujące QR"."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from simulator import contexts

_SALT = 32
_P1363 = 64
_MIN_RSA_BITS = 2048


@dataclass(frozen=True)
class CertificateLink:
    """The parts of the link; `host` is where it was opened, it is signed too."""

    host: str
    context_type: str
    context: str
    nip: str
    serial: str
    hash: str
    signature: str

    @property
    def signed(self) -> bytes:
        """What the issuer signed: the address without protocol, signature and closing slash."""
        parts = (self.context_type, self.context, self.nip, self.serial, self.hash)
        return f"{self.host}/certificate/{'/'.join(parts)}".encode()


@dataclass(frozen=True)
class Check:
    """One rule: its name on the page, and how it came out."""

    name: str
    passed: bool


def check(link: CertificateLink, world: Any) -> list[Check]:
    """Every rule in the guide's order; an unknown certificate ends it at the first."""
    entry = world.find_certificate(link.serial)
    checks = [Check("known", entry is not None)]
    if entry is None:
        return checks
    certificate: x509.Certificate = entry.certificate
    now = world.now()
    valid = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
    allowed = world.people.permissions(entry.identity, link.context, link.context_type)
    return [
        *checks,
        Check("valid", entry.status == "Active" and valid),
        Check("offline", entry.type == "Offline"),
        Check("signature", signature_fits(link, certificate)),
        Check("permission", "InvoiceWrite" in allowed),
        # Issuing for somebody else (representatives, VAT groups) is not simulated.
        Check("context", _fits(link)),
    ]


def _fits(link: CertificateLink) -> bool:
    """Whether the context is the seller's own, or a part of it."""
    known = link.context_type in contexts.TYPES
    return (
        known
        and contexts.looks_right(link.context_type, link.context)
        and (contexts.nip_of(link.context) == link.nip)
    )


def signature_fits(link: CertificateLink, certificate: x509.Certificate) -> bool:
    """RSASSA-PSS (salt 32) or ECDSA P-256 as r||s or DER, both over SHA-256 of the address."""
    value = _base64url(link.signature)
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey) and key.key_size >= _MIN_RSA_BITS:
            scheme = padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=_SALT)
            key.verify(value, link.signed, scheme, hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
            if len(value) == _P1363:
                half = _P1363 // 2
                r, s = (int.from_bytes(part, "big") for part in (value[:half], value[half:]))
                value = utils.encode_dss_signature(r, s)
            key.verify(value, link.signed, ec.ECDSA(hashes.SHA256()))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _base64url(text: str) -> bytes:
    """The bytes, or none at all for anything that is not Base64url."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", text):
        return b""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
