"""Signs a document with a certificate: XAdES-B-B, enveloped, SHA-256."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import datetime, timezone

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree

from . import names
from .algorithms import method_for, value_of
from .canonical import canonical, canonical_part, parse
from .names import ds, xades

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def sign(
    xml: bytes,
    key: bytes | PrivateKey,
    certificate: bytes | x509.Certificate,
    *,
    signing_time: datetime | None = None,
) -> bytes:
    """Return ``xml`` with an enveloped XAdES-B-B signature, UTF-8.

    RSA keys sign with PKCS#1 v1.5, elliptic curve keys write ``r || s``: what KSeF accepts on
    production too (guide, auth/podpis-xades.md).

    :param xml: the document, usually of ``auth_token_request``
    :param key: private key as PEM or DER without password, or as object
    :param certificate: the signer's certificate as PEM or DER, or as object
    :param signing_time: with time zone; now if not given
    :raises ValueError: key and certificate do not belong together or are not accepted by KSeF;
        the document is no XML, has a DTD or is signed already
    """
    private, signer = load_key(key), load_certificate(certificate)
    method = method_for(private)
    if _spki(private.public_key()) != _spki(signer.public_key()):
        raise ValueError("the private key does not belong to the certificate")
    moment = signing_time or datetime.now(timezone.utc)
    if moment.tzinfo is None:
        raise ValueError("the signing time needs a time zone")
    try:
        tree = parse(xml)
    except etree.XMLSyntaxError as error:
        raise ValueError("the document to sign is no well-formed XML") from error
    root = tree.getroot()
    if tree.docinfo.doctype or next(root.iter(ds("Signature")), None) is not None:
        raise ValueError("a document with a DTD or with a signature is not signed")

    try:
        document_digest = hashlib.sha256(canonical(tree)).digest()
    except etree.C14NError as error:
        raise ValueError("the document to sign has no canonical form") from error
    identifier = f"xades-{secrets.token_hex(8)}"
    signature = etree.SubElement(root, ds("Signature"), {"Id": identifier}, nsmap={"ds": names.DS})
    info = etree.SubElement(signature, ds("SignedInfo"))
    value = etree.SubElement(signature, ds("SignatureValue"))
    data = etree.SubElement(etree.SubElement(signature, ds("KeyInfo")), ds("X509Data"))
    der = signer.public_bytes(serialization.Encoding.DER)
    etree.SubElement(data, ds("X509Certificate")).text = _base64(der)
    properties = _signed_properties(signature, identifier, der, moment)

    etree.SubElement(info, ds("CanonicalizationMethod"), {"Algorithm": names.EXC_C14N})
    etree.SubElement(info, ds("SignatureMethod"), {"Algorithm": method})
    _reference(
        info,
        {"Id": f"{identifier}-document", "URI": ""},
        (names.ENVELOPED, names.EXC_C14N),
        document_digest,
    )
    _reference(
        info,
        {"URI": f"#{identifier}-properties", "Type": names.SIGNED_PROPERTIES_TYPE},
        (names.EXC_C14N,),
        hashlib.sha256(canonical_part(properties)).digest(),
    )
    value.text = _base64(value_of(private, canonical_part(info)))
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8")


def _signed_properties(
    signature: etree._Element, identifier: str, certificate: bytes, moment: datetime
) -> etree._Element:
    qualifying = etree.SubElement(
        etree.SubElement(signature, ds("Object")),
        xades("QualifyingProperties"),
        {"Target": f"#{identifier}"},
        nsmap={"xades": names.XADES},
    )
    properties = etree.SubElement(
        qualifying, xades("SignedProperties"), {"Id": f"{identifier}-properties"}
    )
    of_signature = etree.SubElement(properties, xades("SignedSignatureProperties"))
    time = moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    etree.SubElement(of_signature, xades("SigningTime")).text = time
    cert = etree.SubElement(
        etree.SubElement(of_signature, xades("SigningCertificateV2")), xades("Cert")
    )
    digest = etree.SubElement(cert, xades("CertDigest"))
    etree.SubElement(digest, ds("DigestMethod"), {"Algorithm": names.SHA256})
    etree.SubElement(digest, ds("DigestValue")).text = _base64(hashlib.sha256(certificate).digest())
    of_data = etree.SubElement(properties, xades("SignedDataObjectProperties"))
    data_format = etree.SubElement(
        of_data, xades("DataObjectFormat"), {"ObjectReference": f"#{identifier}-document"}
    )
    etree.SubElement(data_format, xades("MimeType")).text = "text/xml"
    return properties


def _reference(
    info: etree._Element, attributes: dict[str, str], transforms: tuple[str, ...], digest: bytes
) -> None:
    reference = etree.SubElement(info, ds("Reference"), attributes)
    chain = etree.SubElement(reference, ds("Transforms"))
    for transform in transforms:
        etree.SubElement(chain, ds("Transform"), {"Algorithm": transform})
    etree.SubElement(reference, ds("DigestMethod"), {"Algorithm": names.SHA256})
    etree.SubElement(reference, ds("DigestValue")).text = _base64(digest)


def load_key(key: bytes | PrivateKey) -> PrivateKey:
    """Return a private key given as PEM, DER or object.

    :raises ValueError: it is none, or locked with a password
    """
    if not isinstance(key, bytes):
        return key
    load = (
        serialization.load_pem_private_key
        if b"-----BEGIN" in key
        else serialization.load_der_private_key
    )
    try:
        return load(key, password=None)
    except TypeError as error:
        raise ValueError("the private key is locked with a password") from error


def load_certificate(certificate: bytes | x509.Certificate) -> x509.Certificate:
    """Return a certificate given as PEM, DER or object.

    :raises ValueError: it is none
    """
    if not isinstance(certificate, bytes):
        return certificate
    if b"-----BEGIN" in certificate:
        return x509.load_pem_x509_certificate(certificate)
    return x509.load_der_x509_certificate(certificate)


def _spki(key) -> bytes:
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
