"""Finds the one certificate with its private key in the files that a person uploads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from ..environments import Environment
from ..problems import Problem
from ..xades.algorithms import method_for
from ..xades.persons import CERTIFICATE_ERRORS
from ..xades.signing import PrivateKey
from . import keys, reading, refusals
from .describing import AUTHENTICATION, OFFLINE, Description, describe

MAX_FILES = 10
MAX_BYTES = 1024 * 1024
_SOON = timedelta(days=30)


@dataclass(frozen=True)
class Loaded:
    """A certificate with its private key.

    :ivar warnings: what to know; it can be used all the same
    """

    key: PrivateKey = field(repr=False)
    certificate: x509.Certificate = field(repr=False)
    description: Description
    warnings: list[Problem] = field(default_factory=list)

    @property
    def key_bytes(self) -> bytes:
        """The private key as PKCS#8 DER without password: a secret."""
        return keys.key_bytes(self.key)

    @property
    def certificate_bytes(self) -> bytes:
        """The certificate as DER."""
        return keys.certificate_bytes(self.certificate)


def load(
    files: Sequence[bytes],
    password: str | None = None,
    *,
    purpose: str | None = None,
    environment: Environment | None = None,
    now: datetime | None = None,
) -> Loaded:
    """Find the certificate and its private key in the files, whatever their order and kind.

    PEM, DER, bare Base64, PKCS#7 and PKCS#12 are read; keys may be RSA or elliptic curve keys,
    locked with the password or open.  Certificates of authorities beside them are left out.

    :param password: of the private key or the PKCS#12 file
    :param purpose: ``"Authentication"`` to open KSeF, ``"Offline"`` to sign the second QR code;
        None accepts both
    :param environment: where it will be used; tells whether home-made certificates are accepted
    :param now: with time zone; the present moment if not given
    :raises CertificateError: with the problem in words; ``PasswordError`` where another password
        may help
    """
    now = now or datetime.now(timezone.utc)
    if not any(files):
        raise refusals.no_files()
    if len(files) > MAX_FILES or any(len(data) > MAX_BYTES for data in files):
        raise refusals.too_large()
    found = reading.Found()
    for data in files:
        reading.read(data, password, found)
    key, certificate, description = _chosen(_pairs(found), purpose)
    _check_key(key, purpose)
    _check_type(description, purpose)
    if environment is not None and description.self_signed and not environment.self_signed:
        raise refusals.self_made_certificate()
    if now >= description.valid_to:
        raise refusals.expired(description.valid_to)
    if now < description.valid_from:
        raise refusals.not_yet_valid(description.valid_from)
    return Loaded(key, certificate, description, _warnings(description, now))


def _pairs(found: reading.Found) -> list[tuple[PrivateKey, x509.Certificate]]:
    """Each certificate with its key, each once."""
    if not found.keys or not found.certificates:
        raise _missing(found)
    by_public = {keys.public_bytes(key.public_key()): key for key in found.keys}
    pairs = {}
    for certificate in found.certificates:
        key = by_public.get(_public_bytes(certificate))
        if key is not None:
            pairs[keys.certificate_bytes(certificate)] = (key, certificate)
    if not pairs:
        raise refusals.pair_mismatch()
    return list(pairs.values())


def _public_bytes(certificate: x509.Certificate) -> bytes:
    try:
        return keys.public_bytes(certificate.public_key())
    except CERTIFICATE_ERRORS:
        # a key of a kind that nobody here can use
        return b""


def _missing(found: reading.Found) -> refusals.CertificateError:
    """What to say when there is no key, no certificate or neither."""
    if found.signing_requests and not found.certificates:
        return refusals.signing_request_instead()
    if found.unknown:
        return refusals.file_unknown()
    if found.keys:
        return refusals.certificate_missing()
    if found.public_keys:
        return refusals.public_key_only()
    if found.certificates:
        return refusals.key_missing()
    return refusals.file_unknown()


def _chosen(
    pairs: list[tuple[PrivateKey, x509.Certificate]], purpose: str | None
) -> tuple[PrivateKey, x509.Certificate, Description]:
    described = []
    for key, certificate in pairs:
        try:
            described.append((key, certificate, describe(certificate)))
        except ValueError as error:
            raise refusals.file_unknown() from error
    # both certificates of a person may lie in one file; the purpose tells which is meant
    suited = [entry for entry in described if entry[2].type == purpose] or described
    if len(suited) > 1:
        raise refusals.several_pairs(len(suited))
    return suited[0]


def _check_key(key: PrivateKey, purpose: str | None) -> None:
    try:
        method_for(key)
    except ValueError as error:
        raise refusals.key_unsupported(keys.kind_of(key)) from error
    narrow = isinstance(key, rsa.RSAPrivateKey) or (
        isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp256r1"
    )
    if purpose == OFFLINE and not narrow:
        # such a key is in no KSeF certificate, and the second QR code has no form for it
        raise refusals.not_offline()


def _check_type(description: Description, purpose: str | None) -> None:
    if purpose == AUTHENTICATION and description.type == OFFLINE:
        raise refusals.offline_certificate()
    if purpose == OFFLINE and description.type == AUTHENTICATION:
        raise refusals.authentication_certificate()
    if purpose == OFFLINE and description.type != OFFLINE:
        raise refusals.not_offline()


def _warnings(description: Description, now: datetime) -> list[Problem]:
    warnings = []
    if description.valid_to - now < _SOON:
        warnings.append(refusals.expires_soon(description.valid_to))
    if not description.masked_pesel and not description.nip:
        warnings.append(refusals.nobody_named())
    return warnings
