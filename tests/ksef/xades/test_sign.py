"""The request, and signatures that a foreign library verifies."""

import base64
import datetime
import hashlib

import pytest
import xmlsec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from ksef import certificates, xades

NS = {"ds": "http://www.w3.org/2000/09/xmldsig#", "x": "http://uri.etsi.org/01903/v1.3.2#"}


def verified(signed, identity):
    """Verify with libxmlsec1, the key taken from outside the file."""
    root = etree.fromstring(signed)
    xmlsec.tree.add_ids(root, ["Id"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(identity.pem, xmlsec.constants.KeyDataFormatCertPem)
    context.verify(root.find("ds:Signature", NS))
    return root


def test_the_request_says_what_the_schema_wants(challenge, nip):
    assert xades.auth_token_request(challenge, nip) == (
        b'<?xml version="1.0" encoding="utf-8"?>\n'
        b'<AuthTokenRequest xmlns="http://ksef.mf.gov.pl/auth/token/2.0">'
        b"<Challenge>20261010-CR-461EA5B000-537A6BA15D-D7</Challenge>"
        b"<ContextIdentifier><Nip>5265877635</Nip></ContextIdentifier>"
        b"<SubjectIdentifierType>certificateSubject</SubjectIdentifierType>"
        b"</AuthTokenRequest>"
    )


@pytest.mark.parametrize(
    ("challenge", "nip"),
    [
        ("", "5265877635"),
        ("20261010-CR-461EA5B000-537A6BA15D-D7<", "5265877635"),
        ("20261010-CR-461EA5B000-537A6BA15D-D7\n", "5265877635"),
        ("20261010-CR-461EA5B000-537A6BA15D-D7", "0265877635"),
        ("20261010-CR-461EA5B000-537A6BA15D-D7", "</Nip>"),
    ],
)
def test_the_request_takes_nothing_else(challenge, nip):
    with pytest.raises(ValueError, match="no "):
        xades.auth_token_request(challenge, nip)


@pytest.mark.parametrize("who", ["rsa_person", "ec_person", "company_seal"])
def test_a_foreign_library_verifies_the_signature(who, request, challenge, nip):
    identity = request.getfixturevalue(who)
    xml = xades.auth_token_request(challenge, nip)
    root = verified(xades.sign(xml, identity.key, identity.certificate), identity)
    # the signature taken out, the document is what it was
    root.remove(root.find("ds:Signature", NS))
    assert etree.tostring(root, method="c14n") == etree.tostring(
        etree.fromstring(xml), method="c14n"
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: ec.generate_private_key(ec.SECP256R1()),
        lambda: ec.generate_private_key(ec.SECP384R1()),
        lambda: ec.generate_private_key(ec.SECP521R1()),
        lambda: rsa.generate_private_key(65537, 2048),
        lambda: rsa.generate_private_key(65537, 3072),
    ],
    ids=["P-256", "P-384", "P-521", "RSA 2048", "RSA 3072"],
)
def test_uploaded_certificates_sign_what_a_foreign_library_verifies(
    make, make_identity, challenge, nip
):
    """From locked files, as the Ministry's application gives them, to the signed request."""
    identity = make_identity(make(), {NameOID.COMMON_NAME: "Łucja Żółć"})
    locked = identity.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption("Zażółć".encode()),
    )
    loaded = certificates.load([locked, identity.pem], "Zażółć", purpose="Authentication")
    xml = xades.auth_token_request(challenge, nip)
    verified(xades.sign(xml, loaded.key, loaded.certificate), identity)
    verified(xades.sign(xml, loaded.key_bytes, loaded.certificate_bytes), identity)


def test_any_document_can_be_signed(rsa_person):
    xml = (
        "<?xml version='1.0'?><!-- przed --><a:Ż xmlns:a='u:a' xmlns='u:b' xml:lang='pl'"
        " z='&#13;&#9;'>"
        "\r\n <!-- w --><b/>&lt;tekst&#13; ą<?pi x?></a:Ż><!-- po -->"
    ).encode()
    verified(xades.sign(xml, rsa_person.key, rsa_person.certificate), rsa_person)


def test_what_was_changed_does_not_verify(rsa_person, challenge, nip):
    signed = xades.sign(
        xades.auth_token_request(challenge, nip), rsa_person.key, rsa_person.certificate
    )
    for old, new in ((b"5265877635", b"5265877636"), (b"text/xml", b"text/xmI")):
        with pytest.raises(xmlsec.VerificationError):
            verified(signed.replace(old, new), rsa_person)


def test_it_is_xades_baseline_b(rsa_person, challenge, nip):
    moment = datetime.datetime(2026, 10, 10, 12, 30, tzinfo=datetime.timezone.utc)
    warsaw = moment.astimezone(datetime.timezone(datetime.timedelta(hours=2)))
    signed = xades.sign(
        xades.auth_token_request(challenge, nip),
        rsa_person.key,
        rsa_person.certificate,
        signing_time=warsaw,
    )
    assert signed.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    root = etree.fromstring(signed)

    def text(path):
        (found,) = root.xpath(path, namespaces=NS)
        return found if isinstance(found, str) else found.text

    assert text("//x:SigningTime") == "2026-10-10T12:30:00Z"
    assert text("//x:SigningCertificateV2//ds:DigestValue") == (
        base64.b64encode(hashlib.sha256(rsa_person.der).digest()).decode()
    )
    assert text("//x:DataObjectFormat/x:MimeType") == "text/xml"
    assert text("//x:DataObjectFormat/@ObjectReference") == "#" + text(
        "//ds:Reference[@URI='']/@Id"
    )
    assert text("//x:QualifyingProperties/@Target") == "#" + text("//ds:Signature/@Id")
    assert text("//ds:Reference[@Type]/@Type") == "http://uri.etsi.org/01903#SignedProperties"
    assert text("//ds:Reference[@Type]/@URI") == "#" + text("//x:SignedProperties/@Id")
    assert base64.b64decode(text("//ds:X509Certificate")) == rsa_person.der
    assert text("//ds:SignatureMethod/@Algorithm").endswith("#rsa-sha256")


def test_elliptic_curve_values_are_r_and_s(ec_person, company_seal, challenge, nip):
    for identity, size in ((ec_person, 64), (company_seal, 96)):
        signed = xades.sign(
            xades.auth_token_request(challenge, nip), identity.key, identity.certificate
        )
        value = etree.fromstring(signed).findtext(".//ds:SignatureValue", namespaces=NS)
        assert len(base64.b64decode(value)) == size


def test_keys_and_certificates_in_every_writing(rsa_person, challenge, nip):
    xml = xades.auth_token_request(challenge, nip)
    for key in (rsa_person.key, rsa_person.key_pem, rsa_person.key_der):
        for certificate in (rsa_person.certificate, rsa_person.pem, rsa_person.der):
            verified(xades.sign(xml, key, certificate), rsa_person)


def test_what_ksef_would_refuse_is_not_signed(rsa_person, ec_person, make_identity):
    with pytest.raises(ValueError, match="belong"):
        xades.sign(b"<a/>", rsa_person.key, ec_person.certificate)
    short = make_identity(rsa.generate_private_key(65537, 1024), {})
    with pytest.raises(ValueError, match="2048"):
        xades.sign(b"<a/>", short.key, short.certificate)
    narrow = make_identity(ec.generate_private_key(ec.SECP224R1()), {})
    with pytest.raises(ValueError, match="256 bits"):
        xades.sign(b"<a/>", narrow.key, narrow.certificate)
    with pytest.raises(ValueError, match="RSA and elliptic"):
        xades.sign(b"<a/>", ed25519.Ed25519PrivateKey.generate(), rsa_person.certificate)


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        (b"", "well-formed"),
        (b"<a>", "well-formed"),
        (b"<a xmlns='relative'/>", "canonical"),
        (b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "DTD"),
        (b"<a><Signature xmlns='http://www.w3.org/2000/09/xmldsig#'/></a>", "signature"),
    ],
)
def test_documents_that_are_not_signed(rsa_person, xml, words):
    with pytest.raises(ValueError, match=words):
        xades.sign(xml, rsa_person.key, rsa_person.certificate)


def test_a_signing_time_needs_a_zone(rsa_person):
    with pytest.raises(ValueError, match="time zone"):
        xades.sign(
            b"<a/>",
            rsa_person.key,
            rsa_person.certificate,
            signing_time=datetime.datetime(2026, 10, 10),
        )


def test_a_locked_key_is_an_error(rsa_person):
    locked = rsa_person.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    with pytest.raises(ValueError, match="password"):
        xades.sign(b"<a/>", locked, rsa_person.certificate)
