"""What people upload by mistake: every kind has its own words, and none a traceback."""

import base64
import datetime
import io
import time
import zipfile

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12
from lxml import etree

from ksef import xades
from ksef.xades import recognising

DS = "http://www.w3.org/2000/09/xmldsig#"
UTC = datetime.timezone.utc


def only_wall(examination):
    """The code of the one wall; its words say what is wrong and what to do."""
    (wall,) = examination.walls
    assert not examination.ok
    assert len(wall.message) > 60
    assert "%(" not in wall.message
    assert wall.message.endswith(".")
    return wall.code


@pytest.fixture
def wall_of(challenge, nip):
    def wall_of(data):
        return only_wall(xades.examine(data, challenge, nip))

    return wall_of


def archive(*names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name in names:
            packed.writestr(name, "x")
    return buffer.getvalue()


# --- no XML at all


@pytest.mark.parametrize("data", [b"", b" \r\n\t", b"\xef\xbb\xbf", b"\0" * 1000])
def test_an_empty_file(wall_of, data):
    assert wall_of(data) == "empty_file"


def test_a_file_that_is_too_large(wall_of):
    assert wall_of(b"<a>" + b"x" * recognising.MAX_BYTES) == "too_large"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "pdf_file"),
        (b"\xef\xbb\xbf\n%PDF-1.4", "pdf_file"),
        (archive("mimetype", "META-INF/signatures.xml", "request.xml"), "asic_container"),
        (archive("request.xml"), "zip_file"),
        (b"\x1f\x8b\x08\x00", "zip_file"),
        (b"7z\xbc\xaf\x27\x1c", "zip_file"),
        (b"\x89PNG\r\n\x1a\n", "image_file"),
        (b"\xff\xd8\xff\xe0", "image_file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office_file"),
        (rb"{\rtf1\ansi}", "office_file"),
        (b"<!DOCTYPE html><html></html>", "html_page"),
        (b"\n<HTML lang='pl'>", "html_page"),
        (b"<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x'><html/>", "html_page"),
        (b"Dzien dobry", "not_xml"),
        (b'{"challenge": "x"}', "not_xml"),
        (b"\x00\x01\x02\x03", "not_xml"),
    ],
)
def test_another_kind_of_file(wall_of, data, code):
    assert wall_of(data) == code


def test_certificates_and_keys(wall_of, rsa_person, ec_person):
    bundle = pkcs12.serialize_key_and_certificates(
        b"x",
        rsa_person.key,
        rsa_person.certificate,
        None,
        serialization.BestAvailableEncryption(b"secret"),
    )
    certificates = [rsa_person.der, rsa_person.pem, base64.encodebytes(rsa_person.der)]
    private = [rsa_person.key_pem, rsa_person.key_der, ec_person.key_pem, ec_person.key_der, bundle]
    private += [base64.b64encode(bundle)]
    for identity in (rsa_person, ec_person):
        private.append(
            identity.key.private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.TraditionalOpenSSL,
                serialization.NoEncryption(),
            )
        )
    assert {wall_of(data) for data in certificates} == {"certificate_file"}
    assert {wall_of(data) for data in private} == {"private_key"}


def test_signatures_of_another_kind(wall_of, rsa_person):
    builder = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(b"<AuthTokenRequest/>")
        .add_signer(rsa_person.certificate, rsa_person.key, hashes.SHA256())
    )
    for encoding in (serialization.Encoding.DER, serialization.Encoding.PEM):
        signed = builder.sign(encoding, [])
        assert wall_of(signed) == "cms_signature"
    assert wall_of(base64.encodebytes(builder.sign(serialization.Encoding.DER, []))) == (
        "cms_signature"
    )


# --- damaged XML


@pytest.mark.parametrize("cut", [10, 200, 1500])
def test_a_file_that_breaks_off(wall_of, build, cut):
    assert wall_of(build("enveloped")[:-cut]) == "xml_broken"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_file_saved_in_wide_letters(wall_of, build, encoding):
    data = build("enveloped").decode().replace(" encoding='UTF-8'", "").encode(encoding)
    assert wall_of(data) == "wrong_encoding"


def test_a_file_saved_in_the_windows_letters(wall_of, build, challenge, nip):
    text = build("enveloped").decode()
    declared = text.replace("encoding='UTF-8'", 'encoding="windows-1250"').encode("cp1250")
    got = xades.examine(declared, challenge, nip)
    assert only_wall(got) == "wrong_encoding"
    assert "WINDOWS-1250" in got.walls[0].message
    damaged = text.replace("<ContextIdentifier>", "<!-- ą --><ContextIdentifier>").encode("cp1250")
    assert wall_of(damaged) == "encoding_damaged"


@pytest.mark.parametrize(
    "start",
    [
        b"<!DOCTYPE AuthTokenRequest [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>",
        b"<!DOCTYPE AuthTokenRequest [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>]>",
        b"<!DOCTYPE AuthTokenRequest SYSTEM 'http://127.0.0.1:9/x.dtd'>",
    ],
)
def test_definitions_are_not_read(wall_of, start):
    assert wall_of(start + b"<AuthTokenRequest>&e;</AuthTokenRequest>") == "document_type"
    inner = base64.b64encode(start + b"<AuthTokenRequest>&e;</AuthTokenRequest>").decode()
    enclosing = f'<Signature xmlns="{DS}"><Object>{inner}</Object></Signature>'.encode()
    assert wall_of(enclosing) == "document_type"


def test_files_made_to_keep_a_server_busy(wall_of, build):
    """Canonical forms take time in proportion to namespaces times elements: minutes, unbounded."""
    started = time.monotonic()
    start = "<AuthTokenRequest xmlns='http://ksef.mf.gov.pl/auth/token/2.0' "
    namespaces = " ".join(f"xmlns:a{number}='u:{number}'" for number in range(20_000))
    attributes = " ".join(f"a{number}=''" for number in range(60_000))
    for inside in (f"{namespaces}>{'<b/>' * 50_000}", f"{attributes}>", f">{'<b/>' * 100_000}"):
        data = f"{start}{inside}</AuthTokenRequest>".encode()
        assert wall_of(data) == "too_complex"
    assert wall_of(build("enveloping-base64", xml=b"<a>" + b"<b/>" * 20_000 + b"</a>")) == (
        "content_damaged"
    )
    assert time.monotonic() - started < 5


def test_a_tree_too_deep(wall_of):
    assert wall_of(b"<a>" * 1500 + b"</a>" * 1500) == "xml_broken"


# --- other documents


def test_the_request_without_a_signature(wall_of, challenge, nip):
    assert wall_of(xades.auth_token_request(challenge, nip)) == "unsigned"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<Faktura xmlns='http://crd.gov.pl/wzor/2025/06/25/13775/'/>", "invoice_file"),
        (b"<Potwierdzenie xmlns='http://upo.schematy.mf.gov.pl/KSeF/v4-3'/>", "receipt_file"),
        (b"<JPK xmlns='http://jpk.mf.gov.pl/wzor/'/>", "other_document"),
    ],
)
def test_another_document(wall_of, data, code):
    assert wall_of(data) == code
    signed = data.replace(b"/>", f"><Signature xmlns='{DS}'/></x>".encode())
    name = data[1:].split(b" ")[0]
    assert wall_of(signed.replace(b"</x>", b"</" + name + b">")) == code
    enclosed = f'<Signature xmlns="{DS}"><Object Id="O">'.encode() + data + b"</Object></Signature>"
    assert wall_of(enclosed) == code


def test_another_file_was_signed(wall_of, build):
    for content in (b"%PDF-1.7", archive("a"), b"\x89PNG\r\n", b"plain text"):
        assert wall_of(build("enveloping-base64", xml=content)) == "other_file_signed"
    assert wall_of(build("enveloping-base64", xml=b"<Faktura/>")) == "invoice_file"
    assert wall_of(build("enveloping-base64", xml=b"<Auth")) == "content_damaged"


def test_enclosed_base64_that_is_none(wall_of, build):
    data = build("enveloping-base64")
    start = data.index(b'Id="O">') + 7
    assert wall_of(data[:start] + b"?" + data[start:]) == "content_damaged"


# --- the right document, wrongly signed


def test_two_signatures_side_by_side(wall_of, build, rsa_person):
    once = build("enveloped")
    signature = once[once.index(b"<ds:Signature") : once.index(b"</AuthTokenRequest>")]
    twice = once.replace(b"</AuthTokenRequest>", signature + b"</AuthTokenRequest>")
    assert wall_of(twice) == "signed_twice"


@pytest.mark.parametrize("inner", ["enveloped", "enveloping-xml", "enveloping-base64"])
def test_a_signed_file_signed_again(wall_of, build, inner):
    assert wall_of(build("enveloping-base64", xml=build(inner))) == "signed_twice"


def test_a_detached_signature(wall_of, build):
    data = build("enveloping-base64")
    root = etree.fromstring(data)
    root.remove(root.find(f"{{{DS}}}Object"))
    assert wall_of(etree.tostring(root)) == "detached"
    held = b"<document-signatures>" + etree.tostring(root) + b"</document-signatures>"
    assert wall_of(held) == "detached"


def test_a_signature_that_covers_something_else(wall_of, build):
    """The request stands beside the signed part: nobody signed it."""
    signed = build("enveloping-xml")
    request = signed[signed.index(b"<AuthTokenRequest") : signed.index(b"</ds:Object>")]
    start, end = signed.index(b'<ds:Object Id="O">'), signed.index(b"</ds:Object>")
    aside = b"<ds:Object>" + request + b"</ds:Object></ds:Signature>"
    for instead in (b"x", b"<a/>", b""):
        moved = signed[:start] + b'<ds:Object Id="O">' + instead + signed[end:]
        codes = {
            wall.code for wall in xades.examine(moved.replace(b"</ds:Signature>", aside)).walls
        }
        assert len(codes) == 1
        assert codes <= {"request_not_signed", "content_damaged", "other_document"}


def test_only_the_properties_are_signed(wall_of, build):
    data = build("enveloped").replace(b'URI=""', b'URI="#P"')
    assert wall_of(data) == "request_not_signed"


def test_two_parts_of_the_same_name_hide_nothing(wall_of, build):
    """Signature wrapping: a second element takes the name of the signed one."""
    data = build("enveloped").replace(b'URI=""', b'URI="#R"')
    data = data.replace(b"<AuthTokenRequest ", b'<AuthTokenRequest Id="R" ', 1)
    assert wall_of(data.replace(b"<Challenge>", b'<Challenge Id="R">')) == "request_not_signed"


# --- another request


def test_a_request_of_an_earlier_day(build, nip):
    got = xades.examine(build("enveloped"), "20261011-CR-461EA5B000-537A6BA15D-D7", nip)
    assert only_wall(got) == "challenge_older"
    assert "2026-10-10" in got.walls[0].message


def test_another_request_of_today(build, nip):
    for other in ("20261010-CR-000000B000-537A6BA15D-D7", "20261009-CR-461EA5B000-537A6BA15D-D7"):
        got = xades.examine(build("enveloping-base64"), other, nip)
        assert only_wall(got) == "challenge_other"


def test_a_request_whose_time_is_over(build, challenge, nip):
    ends = datetime.datetime(2026, 10, 10, 12, 10, tzinfo=UTC)
    data = build("enveloped")

    def at(moment):
        return xades.examine(data, challenge, nip, challenge_expires=ends, now=moment)

    assert at(ends - datetime.timedelta(seconds=1)).ok
    assert only_wall(at(ends)) == "challenge_expired"


def test_another_company(build, challenge):
    got = xades.examine(build("enveloping-xml"), challenge, "1111111111")
    assert only_wall(got) == "nip_other"
    assert "5265877635" in got.walls[0].message
    assert "1111111111" in got.walls[0].message
    assert "sole trader" in got.walls[0].message


def test_another_kind_of_context(wall_of, build, challenge, nip):
    xml = xades.auth_token_request(challenge, nip).decode()
    xml = xml.replace(f"<Nip>{nip}</Nip>", f"<InternalId>{nip}-00001</InternalId>")
    assert wall_of(build("enveloped", xml=xml)) == "context_other"


@pytest.mark.parametrize(
    "lost",
    [
        "<Challenge>20261010-CR-461EA5B000-537A6BA15D-D7</Challenge>",
        "<ContextIdentifier><Nip>5265877635</Nip></ContextIdentifier>",
        "<Nip>5265877635</Nip>",
        "5265877635",
    ],
)
def test_a_request_that_lacks_something(wall_of, build, challenge, nip, lost):
    xml = xades.auth_token_request(challenge, nip).decode().replace(lost, "")
    assert wall_of(build("enveloping-base64", xml=xml)) == "request_damaged"


def test_a_request_of_another_version(wall_of, build, challenge, nip):
    xml = xades.auth_token_request(challenge, nip).decode().replace("token/2.0", "token/3.0")
    assert wall_of(build("enveloping-base64", xml=xml)) == "request_version"


def test_names_from_the_file_are_shown_short_and_printable():
    name = "a" * 500
    (wall,) = xades.examine(f"<{name}/>".encode()).walls
    assert len(wall.message) < 300
