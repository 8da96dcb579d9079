"""Who signed: from the Trusted Profile's statement, else from the certificate.

Sources: guide, auth/podpis-xades.md (patterns of the certificate's attributes); the Trusted
Profile puts the person into ``ClaimedRole``, as ``PodpisZP`` or, in another of its services, as
``EPSignature``.  Both are read by their local names, because their namespaces have changed.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import NameOID
from lxml import etree

from .canonical import local_name

#: what reading a foreign certificate may raise: parts of it are read late, when asked for
CERTIFICATE_ERRORS = (
    ValueError,
    TypeError,
    KeyError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)

_ORGANISATION_IDENTIFIER = x509.ObjectIdentifier("2.5.4.97")
_PESEL_OF_CERTIFICATE = re.compile(r"(?:PNOPL|PESEL).*?([0-9]{11})", re.DOTALL)
_NIP_OF_CERTIFICATE = re.compile(r"(?:TINPL|NIP).*?([0-9]{10})", re.DOTALL)
_NIP_OF_SEAL = re.compile(r"VATPL.*?([0-9]{10})", re.DOTALL)
_PESEL = re.compile(r"[0-9]{11}")
_MAX_NAME = 200
# the Trusted Profile's statement -> names of first name, last name and PESEL in it
_STATEMENTS = {
    "PodpisZP": ("Imie", "Nazwisko", "PESEL"),
    "EPSignature": ("FirstName", "CurrentFamilyName", "PersonalIdentifier"),
}
_FIND_STATEMENTS = etree.XPath(
    "descendant::*[local-name() = 'SignedProperties']"
    "/descendant::*[local-name() = 'ClaimedRole']"
    "/descendant::*[local-name() = 'PodpisZP' or local-name() = 'EPSignature']"
)
_ATTRIBUTE_NAMES = {
    NameOID.GIVEN_NAME: "GN",
    NameOID.SURNAME: "SN",
    NameOID.SERIAL_NUMBER: "serialNumber",
    _ORGANISATION_IDENTIFIER: "organizationIdentifier",
}


@dataclass(frozen=True)
class Signer:
    """The person or company that signed; what is not known is empty.

    :ivar pesel: all eleven digits, personal data: show ``masked_pesel``, log neither
    """

    first_name: str = ""
    last_name: str = ""
    pesel: str = ""
    nip: str = ""
    organisation: str = ""

    @property
    def masked_pesel(self) -> str:
        """The PESEL with the digits of the birth date and the serial number's first one hidden."""
        return "*" * 7 + self.pesel[7:] if self.pesel else ""

    @property
    def name(self) -> str:
        """The person's name, else the organisation's."""
        return f"{self.first_name} {self.last_name}".strip() or self.organisation

    def __repr__(self) -> str:
        return (
            f"Signer(first_name={self.first_name!r}, last_name={self.last_name!r}, "
            f"pesel={self.masked_pesel!r}, nip={self.nip!r}, organisation={self.organisation!r})"
        )


def of_trusted_profile(signature: etree._Element) -> Signer | None:
    """Return the person the Trusted Profile names in this signature, None if it made none."""
    found = _FIND_STATEMENTS(signature)
    return _person(found[0], *_STATEMENTS[local_name(found[0])]) if found else None


def _person(element: etree._Element, first: str, last: str, pesel: str) -> Signer:
    digits = _first(element, pesel)
    return Signer(
        first_name=_first(element, first),
        last_name=_first(element, last),
        pesel=digits if _PESEL.fullmatch(digits) else "",
    )


def _first(element: etree._Element, name: str) -> str:
    for child in element.iter():
        if local_name(child) == name:
            return " ".join(child.xpath("string()").split())[:_MAX_NAME]
    return ""


def of_certificate(certificate: x509.Certificate) -> Signer:
    """Return the person or company of a certificate's subject.

    :raises Exception: of ``CERTIFICATE_ERRORS``: the subject cannot be read
    """
    serial = _attribute(certificate, NameOID.SERIAL_NUMBER)
    organisation = _attribute(certificate, _ORGANISATION_IDENTIFIER)
    pesel = _PESEL_OF_CERTIFICATE.search(serial)
    nip = _NIP_OF_CERTIFICATE.search(serial) or _NIP_OF_SEAL.search(organisation)
    return Signer(
        first_name=_attribute(certificate, NameOID.GIVEN_NAME, " "),
        last_name=_attribute(certificate, NameOID.SURNAME, " "),
        pesel=pesel.group(1) if pesel else "",
        nip=nip.group(1) if nip else "",
        organisation=_attribute(certificate, NameOID.ORGANIZATION_NAME),
    )


def shown(name: x509.Name) -> str:
    """Return a certificate's subject or issuer as one line for people, a PESEL in it masked."""
    text = name.rfc4514_string(_ATTRIBUTE_NAMES)
    return _PESEL_OF_CERTIFICATE.sub(
        lambda match: match.group(0)[:-11] + "*" * 7 + match.group(1)[7:], text
    )


def _attribute(
    certificate: x509.Certificate, oid: x509.ObjectIdentifier, joined_by: str = ""
) -> str:
    with warnings.catch_warnings():
        # names may be longer than the 64 characters of X.520, and KSeF gives them back so
        warnings.simplefilter("ignore", UserWarning)
        subject = certificate.subject
    values = [
        value.decode("latin-1") if isinstance(value, bytes) else value
        for value in (item.value for item in subject.get_attributes_for_oid(oid))
    ]
    return (joined_by.join(values) if joined_by else "".join(values[:1]))[:_MAX_NAME]
