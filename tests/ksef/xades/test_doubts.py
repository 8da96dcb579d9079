"""Doubts about somebody else's signature: said in words, and never in the way."""

import base64
import datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from ksef import environments, xades
from ksef.xades import algorithms

DS = "http://www.w3.org/2000/09/xmldsig#"
UTC = datetime.timezone.utc
FORMS = ["enveloped", "enveloping-xml", "enveloping-base64"]


@pytest.fixture
def doubts(challenge, nip):
    """The codes of the warnings; the file may be sent."""

    def doubts(data, **options):
        got = xades.examine(data, challenge, nip, **options)
        assert got.ok, got.walls
        assert (got.challenge, got.nip) == (challenge, nip)
        assert all("%(" not in warning.message for warning in got.warnings)
        return [warning.code for warning in got.warnings]

    return doubts


def test_a_file_that_was_opened_and_saved_again(build, doubts):
    root = etree.fromstring(build("enveloped"))
    etree.indent(root)
    codes = doubts(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
    assert codes == ["changed_after_signing", "signature_doubtful"]


def test_the_properties_were_changed(build, doubts):
    for form in FORMS:
        data = build(form).replace(b"2026-10-10T12:00:00", b"2026-10-10T12:00:01")
        assert doubts(data) == ["changed_after_signing"]


def test_the_line_ends_were_changed(build, doubts, challenge, nip):
    """An enclosed file is protected from that by its Base64, the signature's text is not."""
    data = build("enveloped", xml=xades.auth_token_request(challenge, nip).decode())
    assert doubts(data.replace(b"\n", b"\r\n")) == []


@pytest.mark.parametrize("form", FORMS)
def test_a_damaged_signature_value(build, doubts, form):
    data = build(form)
    start = data.index(b"<ds:SignatureValue>") + len(b"<ds:SignatureValue>")
    letter = b"A" if data[start : start + 1] != b"A" else b"B"
    assert doubts(data[:start] + letter + data[start + 1 :]) == ["signature_doubtful"]


def test_a_value_of_another_key(build, doubts, make_identity, rsa_person):
    other = make_identity(rsa.generate_private_key(65537, 2048), {NameOID.SERIAL_NUMBER: "NIP1"})
    data = build("enveloped", other)
    root = etree.fromstring(data)
    assert doubts(data) == ["signer_unnamed"]
    root.find(f".//{{{DS}}}X509Certificate").text = base64.b64encode(rsa_person.der).decode()
    assert doubts(etree.tostring(root)) == ["signing_certificate_other", "signature_doubtful"]


@pytest.mark.parametrize("value", ["", "AAAA", "?", "A" * 344])
def test_values_that_are_none(build, doubts, value):
    root = etree.fromstring(build("enveloped"))
    root.find(f".//{{{DS}}}SignatureValue").text = value
    assert doubts(etree.tostring(root)) == ["signature_doubtful"]


def test_sha1(build, doubts):
    assert doubts(build("enveloped", digest="sha1")) == ["sha1"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"#rsa-sha256", b"#rsa-md5"),
        (b"#rsa-sha256", b"#ecdsa-sha256"),
        (b"#enveloped-signature", b"#unknown"),
        (b"http://www.w3.org/2001/04/xmlenc#sha256", b"http://www.w3.org/2001/04/xmlenc#sha999"),
    ],
)
def test_a_way_that_is_not_known(build, doubts, old, new):
    assert "unchecked" in doubts(build("enveloped").replace(old, new))


def test_plain_xml_signature(build, doubts):
    assert doubts(build("enveloped", plain=True)) == ["not_xades"]


def test_properties_that_are_not_signed(build, doubts):
    data = build("enveloped")
    start = data.index(b'<ds:Reference URI="#P"')
    end = data.index(b"</ds:Reference>", start) + len(b"</ds:Reference>")
    assert doubts(data[:start] + data[end:]) == ["properties_not_signed", "signature_doubtful"]


def test_no_certificate(build, doubts):
    for key_info in ("", "<ds:KeyName>x</ds:KeyName>"):
        assert doubts(build("enveloped", key_info=key_info)) == ["certificate_missing"]
    broken = "<ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data>"
    assert doubts(build("enveloped", key_info=broken)) == ["certificate_missing"]


def test_no_word_about_the_certificate(build, doubts):
    data = build("enveloped").replace(b"SigningCertificateV2", b"SomethingElseWithIt")
    codes = doubts(data)
    assert codes == ["changed_after_signing", "signing_certificate_missing"]


def test_the_right_certificate_of_several_is_taken(build, doubts, rsa_person, company_seal):
    def entry(identity):
        text = base64.b64encode(identity.der).decode()
        return f"<ds:X509Certificate>{text}</ds:X509Certificate>"

    chain = f"<ds:X509Data>{entry(company_seal)}{entry(rsa_person)}</ds:X509Data>"
    assert doubts(build("enveloped", key_info=chain)) == []


def test_a_certificate_out_of_its_time(build, doubts, rsa_person):
    data, day = build("enveloped"), datetime.timedelta(days=1)
    ends = rsa_person.certificate.not_valid_after_utc
    starts = rsa_person.certificate.not_valid_before_utc
    assert doubts(data, now=ends + day) == ["certificate_expired"]
    assert doubts(data, now=starts - day) == ["certificate_not_yet"]


def test_a_home_made_certificate(build, doubts, make_identity, rsa_key):
    subject = {NameOID.SERIAL_NUMBER: "PNOPL-90010112349"}
    data = build("enveloped", make_identity(rsa_key, subject, issuer=subject))
    assert doubts(data, environment=environments.PRODUCTION) == ["certificate_home_made"]
    assert doubts(data, environment=environments.DEMO) == ["certificate_home_made"]
    assert doubts(data, environment=environments.TEST) == []
    assert doubts(data) == []


def test_a_short_key(build, doubts, make_identity):
    short = make_identity(
        rsa.generate_private_key(65537, 1024), {NameOID.SERIAL_NUMBER: "PNOPL-90010112349"}
    )
    assert doubts(build("enveloped", short, by_hand="rsa-without-null")) == ["key_short"]


def test_a_trusted_profile_without_pesel(build, doubts, challenge, nip):
    role = "<PodpisZP xmlns='u:p'><Imie>A</Imie><Nazwisko>B</Nazwisko><PESEL>?</PESEL></PodpisZP>"
    data = build("enveloping-base64", role=role)
    assert doubts(data) == ["pesel_missing"]
    assert xades.examine(data, challenge, nip).trusted_profile


def test_a_statement_outside_the_signed_properties_names_nobody(build, challenge, nip):
    statement = (
        "<xades:UnsignedProperties><ClaimedRole xmlns='u:x'><PodpisZP><Imie>Zła</Imie></PodpisZP>"
        "</ClaimedRole></xades:UnsignedProperties>"
    )
    got = xades.examine(build("enveloping-base64", extra=statement), challenge, nip)
    assert not got.trusted_profile
    assert got.signer.first_name == "Łucja"


def test_a_byte_order_mark(build, doubts):
    assert doubts(b"\xef\xbb\xbf" + build("enveloped")) == ["byte_order_mark"]


def test_a_key_that_would_keep_us_busy():
    """A public exponent of thousands of bits makes one check take long; it is not computed."""
    modulus = rsa.generate_private_key(65537, 2048).public_key().public_numbers().n
    key = rsa.RSAPublicNumbers((1 << 2000) + 1, modulus).public_key()
    method = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    assert algorithms.fits(key, method, b"", bytes(256)) is None
