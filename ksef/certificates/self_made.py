"""Certificates that anybody can make: for the Ministry's TEST environment and the simulator.

TEST accepts them in place of qualified ones (guide, srodowiska.md, uwierzytelnianie.md); DEMO and
production do not.  Their subjects follow guide, auth/podpis-xades.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from ..xades.signing import PrivateKey
from . import keys

_ORGANISATION_IDENTIFIER = x509.ObjectIdentifier("2.5.4.97")
_CLOCKS_DIFFER = timedelta(hours=1)
_COMMON_NAME_BYTES = 64


@dataclass(frozen=True)
class SelfMade:
    """A private key with the certificate that was made of it."""

    key: PrivateKey = field(repr=False)
    certificate: x509.Certificate = field(repr=False)

    @property
    def key_bytes(self) -> bytes:
        """The private key as PKCS#8 DER without password."""
        return keys.key_bytes(self.key)

    @property
    def certificate_bytes(self) -> bytes:
        """The certificate as DER."""
        return keys.certificate_bytes(self.certificate)


def self_signed_person(
    first_name: str,
    last_name: str,
    pesel: str | None = None,
    nip: str | None = None,
    *,
    key: PrivateKey | None = None,
    days: int = 730,
    now: datetime | None = None,
) -> SelfMade:
    """Make a certificate of a person, recognised by PESEL or by NIP.

    :param pesel: eleven digits; made up ones: TEST is no place for real persons
    :param nip: ten digits, instead of the PESEL
    :param key: a new one on the curve P-256 if not given
    :param days: how long it is good
    :param now: with time zone; the present moment if not given
    :raises ValueError: a name is missing, or not exactly one number is given, or it is none
    """
    if not first_name.strip() or not last_name.strip():
        raise ValueError("a person has a first name and a last name")
    if (pesel is None) == (nip is None):
        raise ValueError("a person is recognised by PESEL or by NIP")
    serial = f"PNOPL-{_digits(pesel, 11)}" if pesel is not None else f"TINPL-{_digits(nip, 10)}"
    attributes = [
        (NameOID.GIVEN_NAME, first_name.strip()),
        (NameOID.SURNAME, last_name.strip()),
        (NameOID.SERIAL_NUMBER, serial),
        (NameOID.COMMON_NAME, _common_name(f"{first_name.strip()} {last_name.strip()}")),
        (NameOID.COUNTRY_NAME, "PL"),
    ]
    return _made(attributes, key, days, now)


def self_signed_seal(
    organisation: str,
    nip: str,
    *,
    key: PrivateKey | None = None,
    days: int = 730,
    now: datetime | None = None,
) -> SelfMade:
    """Make a certificate of an organisation (a seal), recognised by NIP.

    :param nip: ten digits
    :param key: a new one on the curve P-256 if not given
    :param days: how long it is good
    :param now: with time zone; the present moment if not given
    :raises ValueError: the name is missing or the NIP is none
    """
    if not organisation.strip():
        raise ValueError("an organisation has a name")
    attributes = [
        (NameOID.ORGANIZATION_NAME, organisation.strip()),
        (_ORGANISATION_IDENTIFIER, f"VATPL-{_digits(nip, 10)}"),
        (NameOID.COMMON_NAME, _common_name(organisation.strip())),
        (NameOID.COUNTRY_NAME, "PL"),
    ]
    return _made(attributes, key, days, now)


def _digits(number: str | None, count: int) -> str:
    if not re.fullmatch(rf"[0-9]{{{count}}}", number or ""):
        raise ValueError(f"a number of {count} digits is expected")
    return number or ""


def _common_name(text: str) -> str:
    """RFC 5280 ends a common name after 64 letters, the library after 64 bytes."""
    return text.encode()[:_COMMON_NAME_BYTES].decode(errors="ignore").rstrip()


def _made(
    attributes: list[tuple[x509.ObjectIdentifier, str]],
    key: PrivateKey | None,
    days: int,
    now: datetime | None,
) -> SelfMade:
    key, now = key or keys.new_key(), now or datetime.now(timezone.utc)
    name = x509.Name([x509.NameAttribute(identifier, text) for identifier, text in attributes])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_SIGNING, critical=True)
        .sign(key, hashes.SHA256())
    )
    return SelfMade(key, certificate)


_SIGNING = x509.KeyUsage(
    digital_signature=True,
    content_commitment=True,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)
