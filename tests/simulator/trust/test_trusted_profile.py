"""The practice Trusted Profile makes files of the genuine shape, and the verifier reads them."""

import base64
import hashlib
from datetime import datetime, timezone

import pytest
import xmlsec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, utils
from cryptography.x509.oid import NameOID
from lxml import etree

from simulator.people import People
from simulator.practice_pki import ec_key, practice_ca, practice_seal, rsa_key
from simulator.signatures import SignatureRefused, Trust, verify
from simulator.trusted_profile import WrongFile, sign

NS = {
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xades": "http://uri.etsi.org/01903/v1.3.2#",
    "ppZP": "http://crd.gov.pl/xml/schematy/ppzp/",
    "os": "http://crd.gov.pl/xml/schematy/osoba/2009/03/06/",
}
FORMS = ["enveloped", "enveloping-xml", "enveloping-base64"]
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=timezone.utc)


@pytest.fixture
def owner():
    return People().persons["owner"]


@pytest.mark.parametrize("role", ["PodpisZP", "EPSignature"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("who", ["owner", "accountant", "stranger"])
def test_the_person_is_read_back(make, who, form, role):
    person = People().persons[who]
    signed = verify(sign(make.REQUEST, person, form, role=role))
    assert signed.form == form
    assert signed.method == "TrustedProfile"
    assert signed.person.key == ("Pesel", person.pesel)
    assert signed.person.name == person.name
    assert b"20261120-CR-461EA5B000-537A6BA15D-D7" in signed.xml
    assert verify(sign(make.REQUEST, person, form), Trust.practice(strict=True))


def test_shape_of_a_genuine_file(make, owner):
    root = etree.fromstring(sign(make.REQUEST, owner, now=NOW))
    assert root.tag == f"{{{NS['ds']}}}Signature"
    holder, properties = root.findall("ds:Object", NS)
    assert base64.b64decode(holder.text) == make.REQUEST
    assert b"Challenge" not in etree.tostring(root)
    data, signed = root.findall("ds:SignedInfo/ds:Reference", NS)
    assert data.get("Type").endswith("#Object")
    assert data.get("URI") == f"#{holder.get('Id')}"
    assert [t.get("Algorithm") for t in data.iterfind(".//ds:Transform", NS)] == [
        "http://www.w3.org/2000/09/xmldsig#base64"
    ]
    assert [t.get("Algorithm") for t in signed.iterfind(".//ds:Transform", NS)] == [
        "http://www.w3.org/2001/10/xml-exc-c14n#"
    ]
    assert root.find(".//ds:SignatureMethod", NS).get("Algorithm").endswith("#rsa-sha256")
    assert root.find(".//ds:CanonicalizationMethod", NS).get("Algorithm").endswith("exc-c14n#")
    digest = properties.find(".//xades:SigningCertificateV2/xades:Cert/xades:CertDigest", NS)
    assert digest.find("ds:DigestMethod", NS).get("Algorithm").endswith("#sha512")
    certificate = base64.b64decode(root.findtext(".//ds:X509Certificate", None, NS))
    assert base64.b64decode(digest.findtext("ds:DigestValue", None, NS)) == (
        hashlib.sha512(certificate).digest()
    )
    person = properties.find(
        ".//xades:ClaimedRole/ppZP:PodpisZP/ppZP:DaneZP/ppZP:DaneZPOsobyFizycznej", NS
    )
    assert person.findtext("os:Nazwisko", None, NS) == "Kowalski"
    assert person.findtext("os:Imie", None, NS) == "Jan"
    assert person.findtext("os:PESEL", None, NS) == owner.pesel
    assert properties.findtext(".//xades:SigningTime", None, NS) == "2026-11-20T12:00:00Z"


def test_the_certificate_is_a_seal_without_the_person(owner):
    subject = practice_seal(0)[1].subject
    assert subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)[0].value == (
        "VATPL-5252955037"
    )
    assert owner.pesel not in subject.rfc4514_string()
    practice_seal(0)[1].verify_directly_issued_by(practice_ca(0)[1])


def test_digest_info_has_no_null(make, owner):
    """OpenSSL refuses such a signature: both `cryptography` and libxmlsec say so."""
    data = sign(make.REQUEST, owner)
    root = etree.fromstring(data)
    value = base64.b64decode(root.findtext("ds:SignatureValue", None, NS))
    key = practice_seal(0)[1].public_key()
    numbers = key.public_numbers()
    block = pow(int.from_bytes(value, "big"), numbers.e, numbers.n).to_bytes(256, "big")
    info = block[block.index(b"\x00", 2) + 1 :]
    assert info[:-32] == bytes.fromhex("302f300b0609608648016503040201" + "0420")
    octets = etree.tostring(root.find("ds:SignedInfo", NS), method="c14n", exclusive=True)
    assert info[-32:] == hashlib.sha256(octets).digest()
    with pytest.raises(InvalidSignature):
        key.verify(value, info[-32:], padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))
    context = xmlsec.SignatureContext()
    der = base64.b64decode(root.findtext(".//ds:X509Certificate", None, NS))
    context.key = xmlsec.Key.from_memory(der, xmlsec.KeyFormat.CERT_DER)
    xmlsec.tree.add_ids(root, ["Id"])
    with pytest.raises(xmlsec.VerificationError):
        context.verify(root)
    assert verify(data).form == "enveloping-base64"


def test_the_digests_satisfy_libxmlsec(make, owner, monkeypatch):
    """With an ordinary DigestInfo an independent verifier accepts all three forms."""
    from simulator import trusted_profile

    monkeypatch.setattr(
        trusted_profile,
        "_without_null",
        lambda key, octets: key.sign(octets, padding.PKCS1v15(), hashes.SHA256()),
    )
    for form in FORMS:
        root = etree.fromstring(sign(make.REQUEST, owner, form))
        signature = root if root.tag.endswith("}Signature") else root.find("ds:Signature", NS)
        context = xmlsec.SignatureContext()
        der = base64.b64decode(root.findtext(".//ds:X509Certificate", None, NS))
        context.key = xmlsec.Key.from_memory(der, xmlsec.KeyFormat.CERT_DER)
        xmlsec.tree.add_ids(root, ["Id"])
        context.verify(signature)


def test_someone_elses_seal_proves_no_person(make):
    """A seal of the same words, made by anybody, does not turn PodpisZP into an identity."""
    key = make.key_of("rsa2048")
    genuine = practice_seal(0)[1]
    false_seal = (
        x509.CertificateBuilder()
        .subject_name(genuine.subject)
        .issuer_name(genuine.issuer)
        .public_key(key.public_key())
        .serial_number(genuine.serial_number)
        .not_valid_before(genuine.not_valid_before_utc)
        .not_valid_after(genuine.not_valid_after_utc)
        .sign(key, hashes.SHA256())
    )
    role = (
        "<xades:SignerRole><xades:ClaimedRoles><xades:ClaimedRole>"
        '<PodpisZP xmlns="http://crd.gov.pl/xml/schematy/ppzp/"><Imie>Jan</Imie>'
        "<Nazwisko>Kowalski</Nazwisko><PESEL>81452317036</PESEL></PodpisZP>"
        "</xades:ClaimedRole></xades:ClaimedRoles></xades:SignerRole>"
    )
    signed = verify(make.signed(key=key, certificate=false_seal, properties=role))
    assert signed.method == "QualifiedSeal"
    assert signed.person.key == ("Nip", "5252955037")
    with pytest.raises(SignatureRefused):
        verify(
            make.signed(key=key, certificate=false_seal, properties=role),
            Trust.practice(strict=True),
        )


def test_another_person_in_the_role(make, owner):
    data = sign(make.REQUEST, owner).replace(owner.pesel.encode(), b"86510914420")
    with pytest.raises(SignatureRefused) as caught:
        verify(data)
    assert caught.value.code == 9105


def test_a_seal_of_another_seed_is_not_ours(make, owner):
    assert verify(sign(make.REQUEST, owner, seed=1), Trust.practice(1)).method == "TrustedProfile"
    assert verify(sign(make.REQUEST, owner, seed=1)).method == "QualifiedSeal"


def test_the_same_seed_gives_the_same_file(make, owner):
    assert sign(make.REQUEST, owner, now=NOW) == sign(make.REQUEST, owner, now=NOW)
    assert rsa_key(5, "x").private_numbers() == rsa_key.__wrapped__(5, "x").private_numbers()
    assert ec_key(5, "x").private_numbers() == ec_key.__wrapped__(5, "x").private_numbers()


@pytest.mark.parametrize("form", ["enveloped", "enveloping-xml"])
@pytest.mark.parametrize("data", [b"", b"%PDF", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"])
def test_files_that_cannot_be_signed(owner, form, data):
    with pytest.raises(WrongFile):
        sign(data, owner, form)
