"""What a certificate says, for people: whose it is, who issued it, for what, until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from ..xades import persons
from ..xades.signing import load_certificate
from .keys import kind_of

AUTHENTICATION = "Authentication"
OFFLINE = "Offline"

# ETSI EN 319 412-5: stands in every qualified certificate
_QUALIFIED_STATEMENTS = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")


@dataclass(frozen=True)
class Description:
    """A certificate in words.

    :ivar subject: the whole subject on one line, a PESEL in it masked
    :ivar name: of the person, else of the organisation, else the common name
    :ivar masked_pesel: the last four digits of the PESEL, empty without one
    :ivar nip: of the person or the organisation, empty without one
    :ivar serial: hexadecimal in capitals, 16 digits or more, as KSeF writes it
    :ivar type: ``"Authentication"`` or ``"Offline"`` by its key usage (guide,
        certyfikaty-KSeF.md); empty for all other certificates, qualified ones included
    :ivar qualified: it declares itself a qualified certificate (ETSI EN 319 412-5)
    :ivar self_signed: signed with its own key
    :ivar valid_from: with time zone; so is ``valid_to``
    :ivar fingerprint: SHA-256, hexadecimal in capitals
    :ivar key: ``"EC P-256"``, ``"RSA 2048"`` …
    """

    subject: str
    name: str
    first_name: str
    last_name: str
    organisation: str
    masked_pesel: str
    nip: str
    issuer: str
    serial: str
    type: str
    qualified: bool
    self_signed: bool
    valid_from: datetime
    valid_to: datetime
    fingerprint: str
    key: str


def describe(certificate: bytes | x509.Certificate) -> Description:
    """Describe a certificate given as object, PEM or DER.

    :raises ValueError: it is none, or its names cannot be read
    """
    try:
        return _described(load_certificate(certificate))
    except persons.CERTIFICATE_ERRORS as error:
        raise ValueError("the certificate cannot be read") from error


def _described(certificate: x509.Certificate) -> Description:
    signer = persons.of_certificate(certificate)
    qualified = _is_qualified(certificate)
    return Description(
        subject=persons.shown(certificate.subject),
        name=signer.name or _common_name(certificate),
        first_name=signer.first_name,
        last_name=signer.last_name,
        organisation=signer.organisation,
        masked_pesel=signer.masked_pesel,
        nip=signer.nip,
        issuer=persons.shown(certificate.issuer),
        serial=f"{certificate.serial_number:016X}",
        type="" if qualified else _type(certificate),
        qualified=qualified,
        self_signed=_is_self_signed(certificate),
        valid_from=certificate.not_valid_before_utc,
        valid_to=certificate.not_valid_after_utc,
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex().upper(),
        key=_kind(certificate),
    )


def _common_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def _extension(certificate: x509.Certificate, identifier: x509.ObjectIdentifier):
    try:
        return certificate.extensions.get_extension_for_oid(identifier).value
    except (x509.ExtensionNotFound, *persons.CERTIFICATE_ERRORS):
        # a certificate with broken extensions says nothing about its use
        return None


def _is_qualified(certificate: x509.Certificate) -> bool:
    return _extension(certificate, _QUALIFIED_STATEMENTS) is not None


def _type(certificate: x509.Certificate) -> str:
    usage = _extension(certificate, x509.KeyUsage.oid)
    if usage is None or usage.digital_signature == usage.content_commitment:
        return ""
    return AUTHENTICATION if usage.digital_signature else OFFLINE


def _is_self_signed(certificate: x509.Certificate) -> bool:
    if certificate.issuer != certificate.subject:
        return False
    try:
        certificate.verify_directly_issued_by(certificate)
    except (InvalidSignature, *persons.CERTIFICATE_ERRORS):
        return False
    return True


def _kind(certificate: x509.Certificate) -> str:
    try:
        return kind_of(certificate.public_key())
    except persons.CERTIFICATE_ERRORS:
        return ""
