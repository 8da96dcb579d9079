"""The two QR codes of an invoice: its verification link (KOD I) and the issuer's (KOD II).

Source: guide, kody-qr.md.  KOD II is only for invoices issued offline and is signed with the key
of a KSeF certificate of the type Offline.
"""

from __future__ import annotations

import base64
import binascii
import io
import math
import re
from datetime import date

import qrcode
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_M
from qrcode.image.pil import PilImage

from . import environments
from .environments import Environment
from .xades.signing import PrivateKey, load_key

CONTEXT_TYPES = ("Nip", "InternalId", "NipVatUe", "PeppolId")
#: what phones and office scanners still tell apart on paper
MODULE_MM = 0.45
#: the code itself is 30 mm wide then, wherever it could be smaller
SMALLEST_MM = 36
#: where error correction M would need more, L is taken
LARGEST_MM = 48
#: modules, ISO/IEC 18004
QUIET_ZONE = 4
_SALT_BYTES = 32
_P256_BYTES = 32


def invoice_link(
    environment: Environment | str, nip: str, issue_date: date, sha256: bytes | str
) -> str:
    """Return the link of KOD I.

    :param environment: an environment or its code
    :param nip: the seller's NIP, ten digits
    :param issue_date: ``P_1``
    :param sha256: SHA-256 of the invoice's bytes: the digest, or its Base64 or Base64url
    :raises ValueError: a hash of another size, a NIP that is none
    """
    day = issue_date.strftime("%d-%m-%Y")
    return f"{_base(environment)}/invoice/{_nip(nip)}/{day}/{_hash(sha256)}"


def certificate_link(
    environment: Environment | str,
    context_type: str,
    context: str,
    nip: str,
    serial: str,
    sha256: bytes | str,
    key: bytes | PrivateKey,
) -> str:
    """Return the signed link of KOD II.

    The path is hashed once, by the signature itself.  RSA signs with PSS and 32 bytes of salt,
    P-256 writes ``r || s`` (IEEE P1363), half as long in the code.  The signature is verified
    before it is returned: what is printed cannot be mended.

    :param context_type: one of ``CONTEXT_TYPES``
    :param context: the identifier the certificate acts for, such as the company's NIP
    :param nip: the seller's NIP
    :param serial: serial number of the KSeF certificate (type Offline), hexadecimal
    :param key: its private key as PEM or DER without password, or as object
    :raises ValueError: a value that does not belong into the link, or a key KSeF does not take
    """
    if context_type not in CONTEXT_TYPES:
        raise ValueError(f"no type of context: {context_type!r}")
    if not re.fullmatch(r"[A-Za-z0-9+*-]{1,64}", context):
        raise ValueError(f"no identifier of a context: {context!r}")
    if not re.fullmatch(r"[0-9A-Fa-f]{1,40}", serial):
        raise ValueError(f"no serial number of a certificate: {serial!r}")
    path = f"/certificate/{context_type}/{context}/{_nip(nip)}/{serial}/{_hash(sha256)}"
    base = _base(environment)
    text = base.split("://", 1)[1] + path
    signature = _signed(text.encode("ascii"), load_key(key))
    return f"{base}{path}/{_base64url(signature)}"


def image(link: str, box_size: int = 8, border: int = QUIET_ZONE) -> bytes:
    """Return a QR code as PNG, black on white.

    :param box_size: pixels a module; 8 are 500 dots an inch at ``printed_mm``
    :param border: modules of quiet zone; ISO/IEC 18004 wants 4
    """
    code = _code(link, box_size, border)
    buffer = io.BytesIO()
    code.make_image().save(buffer, "PNG")
    return buffer.getvalue()


def printed_mm(link: str) -> int:
    """Return how wide the picture of a link has to be on paper, quiet zone included, in whole
    millimetres: 36 for KOD I and for KOD II signed on P-256, 42 for KOD II signed with RSA of 2048
    bits.  This is the size on paper, not the one told to an engine that shrinks."""
    return max(SMALLEST_MM, math.ceil(_widest_mm(_code(link))))


def _code(link: str, box_size: int = 1, border: int = QUIET_ZONE) -> qrcode.QRCode:
    """The code with error correction M, which survives a fold or a stamp (15 %).  L (7 %) only
    where M would become so large that two codes hardly stand beside each other."""
    for level in (ERROR_CORRECT_M, ERROR_CORRECT_L):
        code = qrcode.QRCode(
            error_correction=level, box_size=box_size, border=border, image_factory=PilImage
        )
        # in one piece: cut where digits begin it becomes no smaller, and slower
        code.add_data(link, optimize=0)
        code.make(fit=True)
        if _widest_mm(code) <= LARGEST_MM:
            break
    return code


def _widest_mm(code: qrcode.QRCode) -> float:
    return (code.modules_count + 2 * QUIET_ZONE) * MODULE_MM


def _base(environment: Environment | str) -> str:
    if isinstance(environment, str):
        environment = environments.get(environment)
    return environment.qr.rstrip("/")


def _nip(nip: str) -> str:
    if not re.fullmatch(r"[0-9]{10}", nip):
        raise ValueError(f"no NIP: {nip!r}")
    return nip


def _hash(sha256: bytes | str) -> str:
    """The digest in Base64url without padding."""
    if isinstance(sha256, str):
        standard = sha256.strip().rstrip("=").replace("-", "+").replace("_", "/")
        try:
            sha256 = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
        except (binascii.Error, ValueError) as error:
            raise ValueError("the hash is no Base64") from error
    if len(sha256) != 32:
        raise ValueError("a SHA-256 has 32 bytes")
    return _base64url(sha256)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _signed(data: bytes, key: PrivateKey) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size < 2048:
            raise ValueError("KSeF wants RSA keys of 2048 bits or more")
        scheme = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=_SALT_BYTES)
        signature = key.sign(data, scheme, hashes.SHA256())
        key.public_key().verify(signature, data, scheme, hashes.SHA256())
        return signature
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp256r1":
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(_P256_BYTES, "big") + s.to_bytes(_P256_BYTES, "big")
        halves = (signature[:_P256_BYTES], signature[_P256_BYTES:])
        encoded = encode_dss_signature(*(int.from_bytes(half, "big") for half in halves))
        key.public_key().verify(encoded, data, ec.ECDSA(hashes.SHA256()))
        return signature
    raise ValueError("KSeF takes RSA keys and keys on the curve P-256")
