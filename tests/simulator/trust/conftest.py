"""Makes signed requests with libxmlsec, so that the verifier is judged by code that is not ours."""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any

import pytest
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree

DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
ENVELOPED = f'<ds:Transform Algorithm="{DS}enveloped-signature"/>'

REQUEST = """<?xml version="1.0" encoding="UTF-8"?>
<AuthTokenRequest xmlns="http://ksef.mf.gov.pl/auth/token/2.0"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <!-- zażółć --><Challenge>20261120-CR-461EA5B000-537A6BA15D-D7</Challenge>
  <ContextIdentifier>
    <Nip>5265877635</Nip>
  </ContextIdentifier>
  <SubjectIdentifierType>certificateSubject</SubjectIdentifierType>
</AuthTokenRequest>
""".encode()

HASHES = {
    f"{DS}sha1": "sha1",
    SHA256: "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
    "http://www.w3.org/2007/05/xmldsig-more#sha3-256": "sha3_256",
    "http://www.w3.org/2007/05/xmldsig-more#sha3-384": "sha3_384",
    "http://www.w3.org/2007/05/xmldsig-more#sha3-512": "sha3_512",
}

PERSON = {
    "GIVEN_NAME": "Zofia",
    "SURNAME": "Wiśniewska",
    "SERIAL_NUMBER": "PNOPL-85510100000",
    "COMMON_NAME": "Zofia Wiśniewska",
    "COUNTRY_NAME": "PL",
}
SEAL = {
    "ORGANIZATION_NAME": "Cukiernia Pod Lipą sp. z o.o.",
    "ORGANIZATION_IDENTIFIER": "VATPL-5265877635",
    "COMMON_NAME": "Cukiernia Pod Lipą sp. z o.o.",
    "COUNTRY_NAME": "PL",
}


@cache
def key_of(kind: str) -> Any:
    """A key: "rsa2048", "rsa1024", "p256", "p384", "p521" …"""
    if kind.startswith("rsa"):
        return rsa.generate_private_key(public_exponent=65537, key_size=int(kind[3:]))
    curves = {
        "p224": ec.SECP224R1,
        "p256": ec.SECP256R1,
        "p384": ec.SECP384R1,
        "p521": ec.SECP521R1,
    }
    return ec.generate_private_key(curves[kind]())


def certificate_of(
    key: Any,
    subject: dict[str, str] | None = None,
    *,
    issuer: tuple[Any, x509.Certificate] | None = None,
    start: datetime | None = None,
    days: int = 365,
) -> x509.Certificate:
    """A certificate, signed by itself unless an issuer (key, certificate) is given."""
    name = x509.Name(
        [x509.NameAttribute(getattr(NameOID, k), v) for k, v in (subject or PERSON).items()]
    )
    begin = start or datetime.now(timezone.utc) - timedelta(days=1)
    signing_key, issuer_name = (issuer[0], issuer[1].subject) if issuer else (key, name)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=days))
        .sign(signing_key, hashes.SHA256())
    )


@dataclass
class Sample:
    """What one signed file is made of; every part can be another one."""

    form: str = "enveloped"
    request: bytes = REQUEST
    key: Any = None
    certificate: x509.Certificate | None = None
    subject: dict[str, str] = field(default_factory=lambda: dict(PERSON))
    method: str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    digest: str = SHA256
    canonicalisation: str = EXCLUSIVE
    transforms: str | None = None
    uri: str | None = None
    version: str = "V2"
    properties: str = ""
    object_id: str = "the-object"
    signing_time: str = "<xades:SigningTime>2026-11-20T10:00:00Z</xades:SigningTime>"
    edit: Any = None  # called with the template before it is signed

    def template(self) -> etree._Element:
        """The unsigned file: returns the ds:Signature in its place."""
        if self.key is None:
            self.key = key_of("rsa2048")
        if self.certificate is None:
            self.certificate = certificate_of(self.key, self.subject)
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        cert_digest = base64.b64encode(hashlib.new(HASHES[self.digest], der).digest()).decode()
        payload, uri, transforms = "", "", ENVELOPED
        if self.form == "enveloping-base64":
            payload = base64.encodebytes(self.request).decode()
            uri, transforms = "#the-object", f'<ds:Transform Algorithm="{DS}base64"/>'
        elif self.form == "enveloping-xml":
            payload = self.request.decode().partition("?>")[2].strip()
            uri, transforms = "#the-object", f'<ds:Transform Algorithm="{self.canonicalisation}"/>'
        if payload:
            payload = f'<ds:Object Id="{self.object_id}">{payload}</ds:Object>'
        uri = uri if self.uri is None else self.uri
        transforms = transforms if self.transforms is None else self.transforms
        serial = ""
        if not self.version:
            serial = (
                "<xades:IssuerSerial><ds:X509IssuerName>CN=x</ds:X509IssuerName>"
                f"<ds:X509SerialNumber>{self.certificate.serial_number}</ds:X509SerialNumber>"
                "</xades:IssuerSerial>"
            )
        signature = etree.fromstring(f"""
<ds:Signature xmlns:ds="{DS}" Id="the-signature"><ds:SignedInfo>
<ds:CanonicalizationMethod Algorithm="{self.canonicalisation}"/>
<ds:SignatureMethod Algorithm="{self.method}"/>
<ds:Reference Id="the-reference" URI="{uri}"><ds:Transforms>{transforms}</ds:Transforms>
<ds:DigestMethod Algorithm="{self.digest}"/><ds:DigestValue/></ds:Reference>
<ds:Reference URI="#the-properties" Type="http://uri.etsi.org/01903#SignedProperties">
<ds:Transforms><ds:Transform Algorithm="{self.canonicalisation}"/></ds:Transforms>
<ds:DigestMethod Algorithm="{self.digest}"/><ds:DigestValue/></ds:Reference>
</ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate>
{base64.encodebytes(der).decode()}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>{payload}
<ds:Object><xades:QualifyingProperties xmlns:xades="http://uri.etsi.org/01903/v1.3.2#"
 Target="#the-signature"><xades:SignedProperties Id="the-properties">
<xades:SignedSignatureProperties>{self.signing_time}
<xades:SigningCertificate{self.version}><xades:Cert><xades:CertDigest>
<ds:DigestMethod Algorithm="{self.digest}"/><ds:DigestValue>{cert_digest}</ds:DigestValue>
</xades:CertDigest>{serial}</xades:Cert></xades:SigningCertificate{self.version}>
{self.properties}</xades:SignedSignatureProperties></xades:SignedProperties>
</xades:QualifyingProperties></ds:Object></ds:Signature>""")
        if self.form == "enveloped":
            etree.fromstring(self.request).append(signature)
        if self.edit:
            self.edit(signature)
        return signature

    def signed(self) -> bytes:
        signature = self.template()
        tree = signature.getroottree()
        pem = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.PEM)
        xmlsec.tree.add_ids(tree.getroot(), ["Id"])
        context.sign(signature)
        return etree.tostring(tree, xml_declaration=True, encoding="UTF-8")


class Making:
    """What the tests use of this file."""

    REQUEST = REQUEST
    PERSON = PERSON
    SEAL = SEAL
    DS = DS
    EXCLUSIVE = EXCLUSIVE
    HASHES = HASHES
    Sample = Sample
    key_of = staticmethod(key_of)
    certificate_of = staticmethod(certificate_of)

    @staticmethod
    def signed(**parts: Any) -> bytes:
        return Sample(**parts).signed()


@pytest.fixture(scope="session")
def make() -> type[Making]:
    return Making
