"""Takes keys and certificates out of files: PEM, DER, PKCS#7 and PKCS#12, in any mixture."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12

from ..xades.persons import CERTIFICATE_ERRORS
from . import refusals

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----.*?-----END \1-----", re.DOTALL)
_BASE64 = re.compile(rb"[A-Za-z0-9+/\s]+={0,2}\s*")
_SEQUENCE = 0x30
# the version that only a PKCS#12 file begins with: INTEGER 3
_PKCS12_VERSION = b"\x02\x01\x03"
# blocks that stand beside keys and say nothing that matters here
_SILENT = (b"EC PARAMETERS", b"DH PARAMETERS")


@dataclass
class Found:
    """What the files hold.

    :ivar signing_requests: how many requests for certificates
    :ivar public_keys: how many bare public keys
    :ivar unknown: how many files or blocks of another kind
    """

    keys: list = field(default_factory=list)
    certificates: list[x509.Certificate] = field(default_factory=list)
    signing_requests: int = 0
    public_keys: int = 0
    unknown: int = 0


def read(data: bytes, password: str | None, found: Found) -> None:
    """Add what one file holds to ``found``.

    :raises PasswordError: it is locked, and the password is missing or wrong
    :raises CertificateError: it is locked in a way that is not supported
    """
    blocks = list(_BLOCK.finditer(data))
    if blocks:
        for block in blocks:
            if block.group(1) not in _SILENT:
                _read_pem(block.group(1), block.group(0), password, found)
        return
    content = _content(data)
    if content[:1] != bytes((_SEQUENCE,)):
        found.unknown += 1
    elif _PKCS12_VERSION in content[2:9]:
        _read_pkcs12(content, password, found)
    else:
        _read_der(content, password, found)


def _content(data: bytes) -> bytes:
    """DER, also where it stands as bare Base64, as the API gives certificates."""
    if _BASE64.fullmatch(data):
        try:
            return base64.b64decode(b"".join(data.split()), validate=True)
        except (binascii.Error, ValueError):
            return data
    return data


def _read_pem(label: bytes, block: bytes, password: str | None, found: Found) -> None:
    if label.endswith(b"PRIVATE KEY"):
        _read_key(serialization.load_pem_private_key, block, password, found)
    elif label == b"PKCS7":
        _read_many(pkcs7.load_pem_pkcs7_certificates, block, found)
    elif label.endswith(b"CERTIFICATE REQUEST"):
        found.signing_requests += 1
    elif label.endswith(b"PUBLIC KEY"):
        found.public_keys += 1
    elif label in (b"CERTIFICATE", b"X509 CERTIFICATE"):
        plain = block.replace(b"X509 CERTIFICATE", b"CERTIFICATE")
        _read_many(lambda data: [x509.load_pem_x509_certificate(data)], plain, found)
    else:
        found.unknown += 1


def _read_der(data: bytes, password: str | None, found: Found) -> None:
    certificate = _tried(x509.load_der_x509_certificate, data)
    if certificate is not None:
        found.certificates.append(certificate)
    elif _tried(x509.load_der_x509_csr, data) is not None:
        found.signing_requests += 1
    elif _tried(serialization.load_der_public_key, data) is not None:
        found.public_keys += 1
    elif certificates := _tried(pkcs7.load_der_pkcs7_certificates, data):
        found.certificates += certificates
    else:
        _read_key(serialization.load_der_private_key, data, password, found)


def _tried(load: Callable, data: bytes):
    try:
        return load(data)
    except CERTIFICATE_ERRORS:
        # of another kind, or damaged: then the next kind is tried
        return None


def _read_many(load: Callable[[bytes], list[x509.Certificate]], data: bytes, found: Found) -> None:
    certificates = _tried(load, data)
    if certificates:
        found.certificates += certificates
    else:
        found.unknown += 1


def _read_key(load: Callable, data: bytes, password: str | None, found: Found) -> None:
    try:
        key = load(data, None)
    except TypeError:
        # that is how the library says that the key is locked
        key = _opened(lambda secret: load(data, secret), password)
    except (ValueError, UnsupportedAlgorithm):
        found.unknown += 1
        return
    found.keys.append(key)


def _read_pkcs12(data: bytes, password: str | None, found: Found) -> None:
    for without in (None, b""):
        opened = _tried(lambda content, secret=without: pkcs12.load_pkcs12(content, secret), data)
        if opened is not None:
            break
    else:
        opened = _opened(lambda secret: pkcs12.load_pkcs12(data, secret), password)
    if opened.key is not None:
        found.keys.append(opened.key)
    entries = [opened.cert, *opened.additional_certs]
    found.certificates += [entry.certificate for entry in entries if entry is not None]


def _opened(load: Callable[[bytes], object], password: str | None):
    if not password:
        raise refusals.password_missing()
    # what was copied from a mail often brings a blank along
    for secret in dict.fromkeys((password, password.strip())):
        try:
            return load(secret.encode())
        except UnsupportedAlgorithm as error:
            raise refusals.encryption_unknown() from error
        except (ValueError, TypeError):
            continue
    raise refusals.password_wrong()
