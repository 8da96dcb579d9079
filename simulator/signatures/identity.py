"""Who signed: the person inside a Trusted Profile signature, or the subject of the certificate."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID
from lxml import etree

from .names import xades
from .refusal import bad_certificate

Kind = Literal["Pesel", "Nip", "Fingerprint"]

# The guide's patterns for the subject's serialNumber and organizationIdentifier.
_PESEL = re.compile(r"(?:PNOPL|PESEL).*?(?P<identifier>\d{11})")
_NIP = re.compile(r"(?:TINPL|NIP).*?(?P<identifier>\d{10})")
_ORGANISATION = re.compile(r"(?:VATPL).*?(?P<identifier>\d{10})")


@dataclass(frozen=True)
class Identity:
    """The one who authenticates; `kind` says which of the identifiers counts for permissions."""

    kind: Kind
    first_name: str = ""
    last_name: str = ""
    pesel: str = ""
    nip: str = ""
    fingerprint: str = ""  # SHA-256 of the certificate, upper-case hexadecimal
    organisation: str = ""

    @property
    def value(self) -> str:
        """The identifier that counts."""
        return {"Pesel": self.pesel, "Nip": self.nip, "Fingerprint": self.fingerprint}[self.kind]

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.value

    @property
    def name(self) -> str:
        """The name for people: person, else organisation, else the identifier."""
        return f"{self.first_name} {self.last_name}".strip() or self.organisation or self.value

    def by_fingerprint(self) -> "Identity":
        """The same one, known by the certificate (SubjectIdentifierType certificateFingerprint)."""
        return replace(self, kind="Fingerprint")


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate as KSeF writes it."""
    return certificate.fingerprint(hashes.SHA256()).hex().upper()


def from_certificate(certificate: x509.Certificate) -> Identity:
    """The identity by the guide's rules for qualified signatures and seals."""
    first = _subject(certificate, NameOID.GIVEN_NAME)
    last = _subject(certificate, NameOID.SURNAME)
    number = _subject(certificate, NameOID.SERIAL_NUMBER)
    organisation = _subject(certificate, NameOID.ORGANIZATION_IDENTIFIER)
    pesel = _found(_PESEL, number)
    nip = "" if pesel else _found(_NIP, number)
    if not (pesel or nip or first or last):
        # A seal; a certificate that names a person may not be one.
        nip = _found(_ORGANISATION, organisation)
    return Identity(
        kind="Pesel" if pesel else "Nip" if nip else "Fingerprint",
        first_name=first,
        last_name=last,
        pesel=pesel,
        nip=nip,
        fingerprint=fingerprint(certificate),
        organisation=_subject(certificate, NameOID.ORGANIZATION_NAME),
    )


def names_person(certificate: x509.Certificate) -> bool:
    """Whether the subject is a person (signature) and not an organisation (seal)."""
    return bool(_subject(certificate, NameOID.GIVEN_NAME) or _subject(certificate, NameOID.SURNAME))


def from_claimed_role(signed_properties: etree._Element, certificate: x509.Certificate) -> Identity:
    """The person in ClaimedRole: `PodpisZP`, or the other form, `EPSignature`.

    Read by local names, because the two forms and their namespaces have changed places before.
    """
    for role in signed_properties.iter(xades("ClaimedRole")):
        for element in role.iterchildren(etree.Element):
            kind = etree.QName(element).localname
            if kind == "PodpisZP":
                names = ("Imie", "Nazwisko", "PESEL")
            elif kind == "EPSignature":
                names = ("FirstName", "CurrentFamilyName", "PersonalIdentifier")
            else:
                continue
            first, last, pesel = (_texts(element, name) for name in names)
            if len(pesel) != 1 or not re.fullmatch(r"\d{11}", pesel[0]):
                raise bad_certificate("Brak danych podpisującego.", "one PESEL expected")
            return Identity(
                kind="Pesel",
                first_name=" ".join(first),
                last_name="-".join(last),
                pesel=pesel[0],
                fingerprint=fingerprint(certificate),
            )
    raise bad_certificate("Brak danych podpisującego.", "no PodpisZP or EPSignature")


def _texts(element: etree._Element, name: str) -> list[str]:
    return [
        (found.text or "").strip()
        for found in element.iter(etree.Element)
        if etree.QName(found).localname == name and (found.text or "").strip()
    ]


def _subject(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    values = [a.value for a in certificate.subject.get_attributes_for_oid(oid)]
    return " ".join(v if isinstance(v, str) else v.decode("utf-8", "replace") for v in values)


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match.group("identifier") if match else ""
