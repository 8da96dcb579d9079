"""Signatures in every form that KSeF accepts, made by libxmlsec1 and not by the code under test."""

import base64
import hashlib

import pytest
import xmlsec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from lxml import etree

DS = "http://www.w3.org/2000/09/xmldsig#"
AUTH = "http://ksef.mf.gov.pl/auth/token/2.0"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
PODPIS_ZP = (
    '<ppZP:PodpisZP xmlns:ppZP="http://crd.gov.pl/xml/schematy/ppzp/">'
    "<ppZP:DaneZP><ppZP:DaneZPOsobyFizycznej>"
    '<os:Nazwisko xmlns:os="http://crd.gov.pl/xml/schematy/osoba/2009/03/06/"'
    ' rodzajCzlonu="pierwszy">Żółć-Kowalska</os:Nazwisko>'
    '<os:Imie xmlns:os="http://crd.gov.pl/xml/schematy/osoba/2009/03/06/">Łucja</os:Imie>'
    '<os:PESEL xmlns:os="http://crd.gov.pl/xml/schematy/osoba/2009/03/06/">90010112349</os:PESEL>'
    "<ppZP:IdKontaUzytkownikaEpuap>lucja</ppZP:IdKontaUzytkownikaEpuap>"
    "</ppZP:DaneZPOsobyFizycznej></ppZP:DaneZP></ppZP:PodpisZP>"
)
EP_SIGNATURE = (
    '<EPSignature xmlns="http://example.invalid/podpis-zaufany"><NaturalPerson>'
    "<CurrentFamilyName>Żółć-Kowalska</CurrentFamilyName><FirstName>Łucja</FirstName>"
    "<PersonalIdentifier>90010112349</PersonalIdentifier>"
    "</NaturalPerson></EPSignature>"
)


def request_xml(challenge: str, nip: str, prolog: str = "") -> str:
    return (
        f'{prolog}<AuthTokenRequest xmlns="{AUTH}"><Challenge>{challenge}</Challenge>'
        f"<ContextIdentifier><Nip>{nip}</Nip></ContextIdentifier>"
        "<SubjectIdentifierType>certificateSubject</SubjectIdentifierType></AuthTokenRequest>"
    )


def properties(certificate: bytes, role: str = "", extra: str = "") -> str:
    digest = base64.b64encode(hashlib.sha512(certificate).digest()).decode()
    role = role and (
        "<xades:SignerRole><xades:ClaimedRoles><xades:ClaimedRole>"
        f"{role}</xades:ClaimedRole></xades:ClaimedRoles></xades:SignerRole>"
    )
    return (
        '<ds:Object><xades:QualifyingProperties Target="#S"'
        ' xmlns:xades="http://uri.etsi.org/01903/v1.3.2#"><xades:SignedProperties Id="P">'
        "<xades:SignedSignatureProperties>"
        "<xades:SigningTime>2026-10-10T12:00:00+02:00</xades:SigningTime>"
        "<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>"
        '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha512"/>'
        f"<ds:DigestValue>{digest}</ds:DigestValue></xades:CertDigest></xades:Cert>"
        f"</xades:SigningCertificateV2>{role}</xades:SignedSignatureProperties>"
        f"</xades:SignedProperties>{extra}</xades:QualifyingProperties></ds:Object>"
    )


def reference(uri: str, transforms: list[str], kind: str = "", digest: str = "sha256") -> str:
    chain = "".join(
        transform if transform.startswith("<") else f'<ds:Transform Algorithm="{transform}"/>'
        for transform in transforms
    )
    method = f"{DS}sha1" if digest == "sha1" else f"http://www.w3.org/2001/04/xmlenc#{digest}"
    kind = kind and f' Type="{kind}"'
    return (
        f'<ds:Reference URI="{uri}"{kind}><ds:Transforms>{chain}</ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{method}"/><ds:DigestValue/></ds:Reference>'
    )


SIGNED_PROPERTIES = reference("#P", [EXC], "http://uri.etsi.org/01903#SignedProperties")


def signature(references: str, objects: str, certificate: bytes, **options: str) -> str:
    method = options.get("method", RSA_SHA256)
    c14n = options.get("c14n", EXC)
    encoded = base64.b64encode(certificate).decode()
    key_info = options.get(
        "key_info", f"<ds:X509Data><ds:X509Certificate>{encoded}</ds:X509Certificate></ds:X509Data>"
    )
    return (
        f'<ds:Signature xmlns:ds="{DS}" Id="S"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{c14n}"/>'
        f'<ds:SignatureMethod Algorithm="{method}"/>{references}</ds:SignedInfo>'
        f"<ds:SignatureValue/><ds:KeyInfo>{key_info}</ds:KeyInfo>{objects}</ds:Signature>"
    )


def value_by_hand(identity, method: str, data: bytes) -> bytes:
    """The signature values that libxmlsec1 does not make, or not in this way."""
    if method == "rsa-without-null":
        # DigestInfo without the NULL, as the Trusted Profile writes it
        info = bytes.fromhex("302f300b0609608648016503040201 0420") + hashlib.sha256(data).digest()
        size = identity.key.key_size // 8
        block = b"\0\1" + b"\xff" * (size - 3 - len(info)) + b"\0" + info
        numbers = identity.key.private_numbers()
        number = pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n)
        return number.to_bytes(size, "big")
    kind = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}[method[-3:]]
    if method.startswith("pss"):
        scheme = padding.PSS(mgf=padding.MGF1(kind), salt_length=kind.digest_size)
        return identity.key.sign(data, scheme, kind)
    r, s = decode_dss_signature(identity.key.sign(data, ec.ECDSA(kind)))
    size = (identity.key.curve.key_size + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def finish(template: str, identity, rsa_identity, by_hand: str = "") -> bytes:
    """Let libxmlsec1 fill in the digests and the signature; the value by hand if asked to."""
    root = etree.fromstring(template.encode())
    node = next(root.iter(f"{{{DS}}}Signature"))
    xmlsec.tree.add_ids(root, ["Id"])
    context = xmlsec.SignatureContext()
    signs = rsa_identity if by_hand else identity
    context.key = xmlsec.Key.from_memory(signs.key_pem, xmlsec.constants.KeyDataFormatPem)
    method = node.find(f"{{{DS}}}SignedInfo/{{{DS}}}SignatureMethod")
    algorithm = method.get("Algorithm")
    if by_hand:
        method.set("Algorithm", RSA_SHA256)
    context.sign(node)
    if by_hand:
        method.set("Algorithm", algorithm)
        info = etree.fromstring(etree.tostring(node.find(f"{{{DS}}}SignedInfo"), with_tail=False))
        value = value_by_hand(
            identity, by_hand, etree.tostring(info, method="c14n", exclusive=True)
        )
        node.find(f"{{{DS}}}SignatureValue").text = base64.b64encode(value).decode()
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8")


@pytest.fixture(scope="session")
def statements() -> dict[str, str]:
    """How the Trusted Profile names the person, in its two writings."""
    return {"PodpisZP": PODPIS_ZP, "EPSignature": EP_SIGNATURE}


@pytest.fixture(scope="session")
def build(challenge, nip, rsa_person):
    """Builds a signed request: ``build(form, identity, …) -> bytes``."""

    def build(form: str, identity=rsa_person, **options) -> bytes:
        by_hand = options.pop("by_hand", "")
        xml = options.pop("xml", request_xml(challenge, nip))
        transforms = options.pop("transforms", None)
        digest = options.pop("digest", "sha256")
        held = properties(identity.der, options.pop("role", ""), options.pop("extra", ""))
        if options.pop("plain", False):
            held, signed = "", ""
        else:
            signed = SIGNED_PROPERTIES
        if form == "enveloped":
            chain = transforms or [f"{DS}enveloped-signature", EXC]
            inner = signature(
                reference("", chain, digest=digest) + signed, held, identity.der, **options
            )
            template = xml.replace("</AuthTokenRequest>", inner + "</AuthTokenRequest>")
        elif form == "enveloping-xml":
            start = xml[xml.index("<AuthTokenRequest") :]
            template = signature(
                reference("#O", transforms or [EXC], f"{DS}Object", digest) + signed,
                f'<ds:Object Id="O">{start}</ds:Object>{held}',
                identity.der,
                **options,
            )
        else:
            content = base64.encodebytes(xml.encode() if isinstance(xml, str) else xml).decode()
            template = signature(
                reference("#O", transforms or [f"{DS}base64"], f"{DS}Object", digest) + signed,
                f'<ds:Object Encoding="{DS}base64" Id="O">{content}</ds:Object>{held}',
                identity.der,
                **options,
            )
        return finish(template, identity, rsa_person, by_hand)

    return build
