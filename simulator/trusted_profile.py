"""Signs like the government's Trusted Profile service, with the simulator's own seal.

The file has the shape of a genuine one: an enveloping `ds:Signature` with the document as base64,
the person in ClaimedRole, and an RSA signature whose DigestInfo carries no NULL. The older shape,
a signature inside the document, is there too. What is signed is not looked at: like the genuine
service this one signs whatever XML it is given.
"""

import base64
import hashlib
from datetime import datetime, timezone
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from .people import Person
from .practice_pki import practice_seal
from .signatures.algorithms import pkcs1_blocks
from .signatures.names import DS, EXCLUSIVE, NAMESPACES, XADES, XPATH_TRANSFORM, ds

Form = Literal["enveloping-base64", "enveloping-xml", "enveloped"]
Role = Literal["PodpisZP", "EPSignature"]

MAX_BYTES = 10_000_000

_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"
_RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_PPZP = "http://crd.gov.pl/xml/schematy/ppzp/"
_PERSON = "http://crd.gov.pl/xml/schematy/osoba/2009/03/06/"
_EPSIGNATURE = "http://crd.gov.pl/xml/schematy/podpis_zaufany/"


class WrongFile(ValueError):
    """A file that cannot be signed; `kind` is a word for the page's messages."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(kind)


def sign(
    data: bytes,
    person: Person,
    form: Form = "enveloping-base64",
    *,
    role: Role = "PodpisZP",
    seed: int = 0,
    now: datetime | None = None,
) -> bytes:
    """Signs a file in the name of a person; WrongFile if the form needs XML and it is none."""
    moment = (now or datetime.now(timezone.utc)).astimezone(timezone.utc)
    key, certificate = practice_seal(seed)
    names = _Names(hashlib.sha256(f"{seed}/{person.pesel}/{moment}/".encode() + data).hexdigest())
    if form == "enveloped":
        root = read_xml(data)
        reference = _reference("", _transform(XPATH_TRANSFORM, _XPATH) + _transform(_INCLUSIVE))
        covered = etree.tostring(root, method="c14n", exclusive=False, with_comments=False)
        payload = ""
    elif form == "enveloping-xml":
        document = read_xml(data)
        reference = _reference(f"#{names.object}", _transform(EXCLUSIVE), f' Type="{DS}Object"')
        covered = b""  # depends on the finished tree, filled in below
        inside = etree.tostring(document, method="c14n", exclusive=True).decode()
        payload = f'<ds:Object Id="{names.object}">{inside}</ds:Object>'
    elif form == "enveloping-base64":
        reference = _reference(f"#{names.object}", _transform(f"{DS}base64"), f' Type="{DS}Object"')
        covered = data
        inside = base64.b64encode(data).decode()
        payload = f'<ds:Object Encoding="{DS}base64" Id="{names.object}">{inside}</ds:Object>'
    else:
        raise ValueError(f"Unknown form: {form}")
    signature = etree.fromstring(
        _signature(names, reference, payload, _role(person, role), certificate, moment)
    )
    if form == "enveloped":
        root.append(signature)
        top = root
    else:
        top = signature
    if form == "enveloping-xml":
        covered = _exclusive(signature.find(ds("Object")))
    _seal(signature, covered, key)
    return etree.tostring(top.getroottree(), xml_declaration=True, encoding="UTF-8")


def read_xml(data: bytes) -> etree._Element:
    """The root of a file that is to be signed; WrongFile for what is no harmless XML."""
    if not data.strip():
        raise WrongFile("empty")
    if len(data) > MAX_BYTES:
        raise WrongFile("too_large")
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise WrongFile("not_xml") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise WrongFile("not_xml")
    return root


class _Names:
    """The identifiers inside one signature, made from what is signed."""

    def __init__(self, digest: str) -> None:
        self.signature = f"Signature-{digest[:32]}"
        self.properties = f"SignedProperties-{digest[:32]}"
        self.object = f"Object-{digest[:32]}"
        self.reference = f"Reference-{digest[:32]}"


_XPATH = f'<ds:XPath xmlns:ds="{DS}">not(ancestor-or-self::ds:Signature)</ds:XPath>'


def _transform(algorithm: str, inside: str = "") -> str:
    return f'<ds:Transform Algorithm="{algorithm}">{inside}</ds:Transform>'


def _reference(uri: str, transforms: str, attributes: str = "", identifier: str = "") -> str:
    return (
        f'<ds:Reference{identifier} URI="{uri}"{attributes}>'
        f"<ds:Transforms>{transforms}</ds:Transforms>"
        f'<ds:DigestMethod Algorithm="{_SHA256}"/><ds:DigestValue/></ds:Reference>'
    )


def _role(person: Person, role: Role) -> str:
    first, last = escape(person.first_name), escape(person.last_name)
    if role == "EPSignature":
        return (
            f'<EPSignature xmlns="{_EPSIGNATURE}"><NaturalPerson>'
            f"<CurrentFamilyName>{last}</CurrentFamilyName><FirstName>{first}</FirstName>"
            f"<PersonalIdentifier>{person.pesel}</PersonalIdentifier>"
            "</NaturalPerson></EPSignature>"
        )
    return (
        f'<ppZP:PodpisZP xmlns:ppZP="{_PPZP}" xmlns:os="{_PERSON}"><ppZP:DaneZP>'
        "<ppZP:DaneZPOsobyFizycznej>"
        f'<os:Nazwisko rodzajCzlonu="pierwszy">{last}</os:Nazwisko><os:Imie>{first}</os:Imie>'
        f"<os:PESEL>{person.pesel}</os:PESEL>"
        f"<ppZP:IdKontaUzytkownikaEpuap>{escape(person.key)}</ppZP:IdKontaUzytkownikaEpuap>"
        "</ppZP:DaneZPOsobyFizycznej></ppZP:DaneZP></ppZP:PodpisZP>"
    )


def _signature(
    names: _Names,
    reference: str,
    payload: str,
    role: str,
    certificate: x509.Certificate,
    moment: datetime,
) -> str:
    der = certificate.public_bytes(serialization.Encoding.DER)
    certificate_digest = base64.b64encode(hashlib.sha512(der).digest()).decode()
    data_reference = reference.replace("<ds:Reference", f'<ds:Reference Id="{names.reference}"', 1)
    properties_reference = _reference(
        f"#{names.properties}",
        _transform(EXCLUSIVE),
        ' Type="http://uri.etsi.org/01903#SignedProperties"',
    )
    return (
        f'<ds:Signature xmlns:ds="{DS}" Id={quoteattr(names.signature)}>'
        f'<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
        f'<ds:SignatureMethod Algorithm="{_RSA_SHA256}"/>'
        f"{data_reference}{properties_reference}</ds:SignedInfo>"
        "<ds:SignatureValue/>"
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>"
        f"{base64.b64encode(der).decode()}"
        "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        f"{payload}"
        f'<ds:Object><xades:QualifyingProperties xmlns:xades="{XADES}"'
        f' Target="#{names.signature}"><xades:SignedProperties Id="{names.properties}">'
        "<xades:SignedSignatureProperties>"
        f"<xades:SigningTime>{moment:%Y-%m-%dT%H:%M:%SZ}</xades:SigningTime>"
        "<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>"
        f'<ds:DigestMethod Algorithm="{_SHA512}"/>'
        f"<ds:DigestValue>{certificate_digest}</ds:DigestValue>"
        "</xades:CertDigest></xades:Cert></xades:SigningCertificateV2>"
        f"<xades:SignerRole><xades:ClaimedRoles><xades:ClaimedRole>{role}"
        "</xades:ClaimedRole></xades:ClaimedRoles></xades:SignerRole>"
        "</xades:SignedSignatureProperties>"
        "<xades:SignedDataObjectProperties>"
        f'<xades:DataObjectFormat ObjectReference="#{names.reference}">'
        "<xades:MimeType>text/xml</xades:MimeType></xades:DataObjectFormat>"
        "</xades:SignedDataObjectProperties>"
        "</xades:SignedProperties></xades:QualifyingProperties></ds:Object></ds:Signature>"
    )


def _exclusive(element: etree._Element) -> bytes:
    return etree.tostring(
        element, method="c14n", exclusive=True, with_comments=False, with_tail=False
    )


def _seal(signature: etree._Element, covered: bytes, key: rsa.RSAPrivateKey) -> None:
    """Fills in the two digests and the signature value."""
    properties = signature.find(".//xades:SignedProperties", NAMESPACES)
    digests = signature.findall("ds:SignedInfo/ds:Reference/ds:DigestValue", NAMESPACES)
    for place, octets in zip(digests, (covered, _exclusive(properties)), strict=True):
        place.text = base64.b64encode(hashlib.sha256(octets).digest()).decode()
    octets = _exclusive(signature.find("ds:SignedInfo", NAMESPACES))
    value = signature.find("ds:SignatureValue", NAMESPACES)
    value.text = base64.b64encode(_without_null(key, octets)).decode()


def _without_null(key: rsa.RSAPrivateKey, octets: bytes) -> bytes:
    """RSASSA-PKCS1-v1_5 with SHA-256 as the genuine service makes it: no NULL in DigestInfo."""
    size = key.key_size // 8
    block = pkcs1_blocks(size, "sha256", octets)[1]
    numbers = key.private_numbers()
    value = pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n)
    return value.to_bytes(size, "big")
