"""Verifies a signed AuthTokenRequest: the way KSeF does when XAdES comes to it.

Three shapes are accepted: *enveloped* (the signature stands in the request), *enveloping* with the
request as XML in a ds:Object, and *enveloping* with the request as base64 in a ds:Object. The bytes
returned are those that the signature covers, never a second look at the file: an attacker who
moves or doubles elements finds nothing that reads them.

Not verified: time stamps and other unsigned properties, and revocation.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cryptography import x509
from lxml import etree

from .algorithms import check_signature, digest
from .canonical import Nodes, canonicalise
from .identity import Identity, from_certificate, from_claimed_role, names_person
from .names import SIGNED_PROPERTIES_TYPE, ds, xades
from .reading import parse
from .references import Selected, canonical_bytes, decode_base64, ids, select
from .refusal import (
    MANY_SIGNATURES,
    NO_SIGNATURE,
    SignatureRefused,
    bad_certificate,
    negative,
    wrong_format,
)
from .trust import Trust

MAX_REFERENCES = 10
MAX_CERTIFICATES = 10

Form = Literal["enveloped", "enveloping-xml", "enveloping-base64"]


@dataclass(frozen=True)
class Signed:
    """A signature that holds.

    xml: the request exactly as signed; for the XML forms its canonical bytes without the signature.
    method: how the person proved who they are, a value of OpenAPI's AuthenticationMethod.
    warnings: texts for the header X-System-Warning.
    """

    form: Form
    xml: bytes
    person: Identity
    certificate: x509.Certificate
    method: str
    warnings: tuple[str, ...] = ()


def verify(data: bytes, trust: Trust | None = None) -> Signed:
    """Verifies a signed file; SignatureRefused with KSeF's code when it does not hold."""
    trust = trust or Trust.practice()
    root = parse(data)
    signature = _only_signature(root)
    enveloping = signature is root
    if not enveloping and signature.getparent() is not root:
        raise wrong_format("the signature is neither the root nor a child of it")
    parts = _Parts.of(signature)
    elements = ids(root)
    certificate = _signing_certificate(parts, trust)
    form, xml = _check_references(parts, elements, trust)
    check_signature(
        parts.signature_method.get("Algorithm"),
        certificate,
        decode_base64(parts.signature_value.text),
        canonical_bytes(Nodes(parts.signed_info), parts.canonicalisation),
        allow_sha1=not trust.strict,
    )
    trust.check(certificate)
    person, method = _person(parts, certificate, trust)
    return Signed(form, xml, person, certificate, method, _warnings(parts))


@dataclass(frozen=True)
class _Parts:
    """The elements of one ds:Signature, each where it must be and no other of its name."""

    signature: etree._Element
    signed_info: etree._Element
    canonicalisation: etree._Element
    signature_method: etree._Element
    references: list[etree._Element]
    signature_value: etree._Element
    key_info: etree._Element
    properties: etree._Element
    signed_properties: etree._Element

    @classmethod
    def of(cls, signature: etree._Element) -> "_Parts":
        signed_info = _one(signature, ds("SignedInfo"))
        references = signed_info.findall(ds("Reference"))
        if not 2 <= len(references) <= MAX_REFERENCES:
            raise wrong_format(f"{len(references)} references")
        properties = [
            found
            for holder in signature.findall(ds("Object"))
            for found in holder.findall(xades("QualifyingProperties"))
        ]
        if len(properties) != 1:
            raise wrong_format(f"{len(properties)} QualifyingProperties")
        if properties[0].get("Target") != f"#{signature.get('Id', '')}":
            raise wrong_format("QualifyingProperties belong to another signature")
        return cls(
            signature=signature,
            signed_info=signed_info,
            canonicalisation=_one(signed_info, ds("CanonicalizationMethod")),
            signature_method=_one(signed_info, ds("SignatureMethod")),
            references=references,
            signature_value=_one(signature, ds("SignatureValue")),
            key_info=_one(signature, ds("KeyInfo")),
            properties=properties[0],
            signed_properties=_one(properties[0], xades("SignedProperties")),
        )


def _only_signature(root: etree._Element) -> etree._Element:
    signatures = list(root.iter(ds("Signature")))
    if not signatures:
        raise SignatureRefused(NO_SIGNATURE, reason="no ds:Signature")
    if len(signatures) > 1:
        raise SignatureRefused(MANY_SIGNATURES, reason=f"{len(signatures)} signatures")
    return signatures[0]


def _one(parent: etree._Element, name: str) -> etree._Element:
    found = parent.findall(name)
    if len(found) != 1:
        raise wrong_format(f"{len(found)} {etree.QName(name).localname}")
    return found[0]


def _check_references(
    parts: _Parts, elements: Mapping[str, etree._Element], trust: Trust
) -> tuple[Form, bytes]:
    """Checks every digest; returns what the one reference to the request covers."""
    requests: list[tuple[Form, bytes]] = []
    properties = 0
    for reference in parts.references:
        selected = select(reference, parts.signature, elements)
        right = decode_base64(_one(reference, ds("DigestValue")).text)
        method = _one(reference, ds("DigestMethod")).get("Algorithm")
        found = digest(method, selected.octets, allow_sha1=not trust.strict)
        if not hmac.compare_digest(found, right):
            raise negative(f"the digest of {reference.get('URI')!r} does not fit")
        apex = selected.nodes.apex
        if apex is parts.signed_properties and not selected.nodes.omit and not selected.decoded:
            if reference.get("Type") != SIGNED_PROPERTIES_TYPE:
                raise wrong_format("the reference to SignedProperties lacks its type")
            properties += 1
        elif apex is not parts.key_info:
            requests.append(_request(parts, selected))
    if properties != 1:
        raise wrong_format("SignedProperties must be signed once")
    if len(requests) != 1:
        raise wrong_format(f"{len(requests)} signed documents")
    return requests[0]


def _request(parts: _Parts, selected: Selected) -> tuple[Form, bytes]:
    """The request that a reference covers, by the form of the signature."""
    apex = selected.nodes.apex
    if apex.getroottree().getroot() is not parts.signature:
        if apex is not parts.signature.getparent() or selected.decoded:
            raise wrong_format("the signature does not cover the whole document")
        if parts.signature not in selected.nodes.omit:
            raise wrong_format("no transform leaves the signature out")
        return "enveloped", selected.octets
    holder = apex if apex.tag == ds("Object") else apex.getparent()
    if (
        selected.nodes.omit
        or holder is None
        or holder.tag != ds("Object")
        or holder.getparent() is not parts.signature
        or parts.properties.getparent() is holder
    ):
        raise wrong_format("the signed data are not in an Object of the signature")
    if selected.decoded:
        if apex is not holder:
            raise wrong_format("base64 outside an Object")
        inner = parse(selected.octets)
        if next(inner.iter(ds("Signature")), None) is not None:
            raise SignatureRefused(MANY_SIGNATURES, reason="signed file signed again")
        return "enveloping-base64", selected.octets
    if apex is holder:
        children = list(holder.iterchildren(etree.Element))
        if len(children) != 1:
            raise wrong_format(f"{len(children)} documents in the Object")
        apex = children[0]
    return "enveloping-xml", canonicalise(Nodes(apex), exclusive=True)


def _signing_certificate(parts: _Parts, trust: Trust) -> x509.Certificate:
    """The certificate in KeyInfo that SigningCertificate (or V2) names by its digest."""
    encoded = [
        element
        for data in parts.key_info.findall(ds("X509Data"))
        for element in data.findall(ds("X509Certificate"))
    ]
    if not encoded:
        raise wrong_format("no certificate in KeyInfo")
    if len(encoded) > MAX_CERTIFICATES:
        raise wrong_format("too many certificates")
    signature_properties = _one(parts.signed_properties, xades("SignedSignatureProperties"))
    named = [
        element
        for name in ("SigningCertificate", "SigningCertificateV2")
        for element in signature_properties.findall(xades(name))
    ]
    if len(named) != 1:
        raise wrong_format(f"{len(named)} SigningCertificate")
    certs = named[0].findall(xades("Cert"))
    if not certs:
        raise wrong_format("SigningCertificate without Cert")
    cert_digest = _one(certs[0], xades("CertDigest"))
    method = _one(cert_digest, ds("DigestMethod")).get("Algorithm")
    value = decode_base64(_one(cert_digest, ds("DigestValue")).text)
    for element in encoded:
        der = decode_base64(element.text)
        if not hmac.compare_digest(digest(method, der, allow_sha1=not trust.strict), value):
            continue
        try:
            certificate = x509.load_der_x509_certificate(der)
        except ValueError as error:
            raise bad_certificate("Nieczytelny certyfikat.", str(error)) from error
        _check_serial(certs[0], certificate)
        return certificate
    raise negative("SigningCertificate names a certificate that is not in KeyInfo")


def _check_serial(cert: etree._Element, certificate: x509.Certificate) -> None:
    for number in cert.iterfind(xades("IssuerSerial") + "/" + ds("X509SerialNumber")):
        text = (number.text or "").strip()
        if len(text) > 64 or not text.isascii() or not text.isdigit():
            raise wrong_format("unreadable serial number")
        if int(text) != certificate.serial_number:
            raise negative("SigningCertificate names another serial number")


def _person(parts: _Parts, certificate: x509.Certificate, trust: Trust) -> tuple[Identity, str]:
    if trust.is_seal(certificate):
        return from_claimed_role(parts.signed_properties, certificate), "TrustedProfile"
    person = from_certificate(certificate)
    if trust.is_internal(certificate):
        return person, "InternalCertificate"
    if person.nip and not names_person(certificate) and not person.pesel:
        return person, "QualifiedSeal"
    return person, "QualifiedSignature"


def _warnings(parts: _Parts) -> tuple[str, ...]:
    """KSeF warns of formats it still takes; here: a signature without its time."""
    if parts.signed_properties.find(f".//{xades('SigningTime')}") is not None:
        return ()
    return ("[sig-001]: Format podpisu niezgodny z akceptowanymi profilami XAdES",)
