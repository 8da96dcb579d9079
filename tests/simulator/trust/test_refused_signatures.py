"""Files that must not pass: tampered with, wrapped, weak, hostile, or of another kind."""

import base64
import copy
import hashlib
from datetime import datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree

from simulator.signatures import SignatureRefused, Trust, verify

DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
NS = {"ds": DS, "xades": XADES}
FORMS = ["enveloped", "enveloping-xml", "enveloping-base64"]
NEGATIVE = "Podpis zweryfikowany negatywnie."
FORMAT = "Format podpisu niezgodny z akceptowanymi profilami XAdES."
PSS = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"
ECDSA = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"


def refusal(data, trust=None):
    with pytest.raises(SignatureRefused) as caught:
        verify(data, trust)
    return caught.value


def refused(data, trust=None):
    error = refusal(data, trust)
    return error.code, error.details


def changed(data, path, change):
    """The file with one element changed after signing."""
    root = etree.fromstring(data)
    (element,) = root.xpath(path, namespaces=NS)
    change(element)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def set_text(text):
    def change(element):
        element.text = text

    return change


def flip(element):
    raw = bytearray(base64.b64decode(element.text))
    raw[len(raw) // 2] ^= 1
    element.text = base64.b64encode(bytes(raw)).decode()


# The request, the properties, the signature: each protected.


@pytest.mark.parametrize("form", ["enveloped", "enveloping-xml"])
def test_another_nip(make, form):
    data = make.signed(form=form).replace(b"5265877635<", b"1111111111<")
    assert refused(data) == (9105, NEGATIVE)


def test_another_nip_in_base64(make):
    other = base64.b64encode(make.REQUEST.replace(b"5265877635", b"1111111111")).decode()
    data = changed(
        make.signed(form="enveloping-base64"), "//ds:Object[@Id='the-object']", set_text(other)
    )
    assert refused(data) == (9105, NEGATIVE)


@pytest.mark.parametrize("form", ["enveloped", "enveloping-xml"])
def test_opened_and_saved_by_an_editor(make, form):
    data = make.signed(form=form).replace(b"\n  <ContextIdentifier>", b"\n\t<ContextIdentifier>")
    assert refused(data) == (9105, NEGATIVE)


def test_another_signing_time(make):
    data = make.signed().replace(b"2026-11-20T10", b"2026-11-20T11")
    assert refused(data) == (9105, NEGATIVE)


@pytest.mark.parametrize("method", ["rsa", "pss", "ecdsa"])
def test_damaged_signature_value(make, method):
    parts = {
        "rsa": {},
        "pss": {"method": PSS},
        "ecdsa": {"method": ECDSA, "key": make.key_of("p256")},
    }[method]
    data = changed(make.signed(**parts), "//ds:SignatureValue", flip)
    assert refused(data) == (9105, NEGATIVE)


def test_damaged_digest(make):
    path = "//ds:Reference[@URI='']/ds:DigestValue"
    assert refused(changed(make.signed(), path, flip)) == (9105, NEGATIVE)


def test_signed_info_is_protected(make):
    data = make.signed().replace(b'Id="the-reference"', b'Id="a-reference"')
    assert refused(data) == (9105, NEGATIVE)


def test_signature_of_another_key(make):
    data = make.signed(
        key=make.key_of("rsa2048"), certificate=make.certificate_of(make.key_of("rsa3072"))
    )
    assert refused(data) == (9105, NEGATIVE)


def test_exchanged_certificate(make):
    other = make.Sample(key=make.key_of("rsa2048"))
    other.template()
    der = other.certificate.public_bytes(serialization.Encoding.DER)
    data = changed(make.signed(), "//ds:X509Certificate", set_text(base64.b64encode(der).decode()))
    assert refused(data) == (9105, NEGATIVE)


def test_ecdsa_as_der_is_refused(make):
    key = make.key_of("p256")

    def as_der(element):
        element.text = base64.b64encode(key.sign(b"anything", ec.ECDSA(hashes.SHA256()))).decode()

    data = changed(make.signed(method=ECDSA, key=key), "//ds:SignatureValue", as_der)
    assert refused(data) == (9105, NEGATIVE)


@pytest.mark.parametrize("value", [b"\x00" * 64, b"\xff" * 64, b"\x00" * 256, b"\x01" * 256, b""])
@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_degenerate_signature_values(make, kind, value):
    parts = {} if kind == "rsa" else {"method": ECDSA, "key": make.key_of("p256")}
    data = changed(
        make.signed(**parts), "//ds:SignatureValue", set_text(base64.b64encode(value).decode())
    )
    assert refused(data) == (9105, NEGATIVE)


def test_rubbish_for_base64(make):
    assert refused(changed(make.signed(), "//ds:SignatureValue", set_text("%%%"))) == (
        9105,
        NEGATIVE,
    )


# Other numbers of signatures than one.


def test_unsigned(make):
    assert refused(make.REQUEST)[0] == 9102


def test_two_signatures(make):
    root = etree.fromstring(make.signed())
    root.append(copy.deepcopy(root.find("ds:Signature", NS)))
    assert refused(etree.tostring(root))[0] == 9103


@pytest.mark.parametrize("outer", ["enveloping-xml", "enveloping-base64"])
def test_signed_file_signed_again(make, outer):
    inner = make.signed().replace(b'"the-', b'"inner-').replace(b"#the-", b"#inner-")
    assert refused(make.signed(form=outer, request=inner))[0] == 9103


# Shapes that XAdES knows and KSeF does not take.


def test_detached(make):
    sample = make.Sample(form="enveloping-base64", uri="", transforms="")
    signature = sample.template()
    reference = signature.find(".//ds:Reference", NS)
    reference.set("URI", "AuthTokenRequest.xml")
    signature.remove(signature.find("ds:Object", NS))
    assert refused(etree.tostring(signature)) == (9105, FORMAT)


def test_signature_beside_the_request(make):
    """Both in a wrapper: what is signed is not what stands at the root."""
    root = etree.fromstring(make.signed())
    wrapper = etree.Element("Wrapper")
    signature = root.find("ds:Signature", NS)
    wrapper.append(root)
    wrapper.append(signature)
    assert refused(etree.tostring(wrapper))[0] == 9105


def test_signature_deeper_in_the_request(make):
    def deeper(signature):
        root = signature.getparent()
        root[1].append(signature)

    assert refused(make.signed(edit=deeper)) == (9105, FORMAT)


def test_request_without_transform_for_the_signature(make):
    data = changed(make.signed(), "//ds:Reference[@URI='']/ds:Transforms", lambda e: e.clear())
    assert refused(data)[0] == 9105


@pytest.mark.parametrize(
    "transform",
    [
        '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>',
        '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116">'
        "<ds:XPath>self::nothing</ds:XPath></ds:Transform>",
        '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116">'
        '<ds:XPath xmlns:o="urn:o">not(ancestor-or-self::o:Signature)</ds:XPath></ds:Transform>',
        '<ds:Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2">'
        '<f:XPath xmlns:f="http://www.w3.org/2002/06/xmldsig-filter2" Filter="intersect">'
        "//ds:Signature</f:XPath></ds:Transform>",
    ],
)
def test_other_transforms(make, transform):
    unsigned = etree.tostring(make.Sample(transforms=transform).template().getroottree())
    assert refused(unsigned) == (9105, FORMAT)


def test_other_algorithms(make):
    md5 = make.signed().replace(
        b"http://www.w3.org/2001/04/xmlenc#sha256", b"http://www.w3.org/2001/04/xmldsig-more#md5"
    )
    assert refused(md5) == (9105, FORMAT)
    hmac = make.signed().replace(
        b"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", DS.encode() + b"hmac-sha1"
    )
    assert refused(hmac) == (9105, FORMAT)


# XAdES and not bare XML Signature.


@pytest.mark.parametrize(
    "path",
    [
        "//xades:QualifyingProperties",
        "//xades:SignedProperties",
        "//xades:SigningCertificateV2",
        "//xades:Cert",
        "//ds:X509Certificate",
        "//ds:KeyInfo",
        "//ds:SignedInfo",
    ],
)
def test_missing_part(make, path):
    data = changed(make.signed(), path, lambda element: element.getparent().remove(element))
    assert refused(data)[0] == 9105


def test_properties_that_are_not_signed(make):
    def unsign(signature):
        info = signature.find("ds:SignedInfo", NS)
        info.remove(info.findall("ds:Reference", NS)[1])

    assert refused(make.signed(edit=unsign)) == (9105, FORMAT)


def test_properties_of_another_signature(make):
    def other(signature):
        signature.find(".//xades:QualifyingProperties", NS).set("Target", "#another")

    assert refused(make.signed(edit=other)) == (9105, FORMAT)


def test_request_that_is_not_signed(make):
    def unsign(signature):
        info = signature.find("ds:SignedInfo", NS)
        info.remove(info.findall("ds:Reference", NS)[0])
        info.append(copy.deepcopy(info.find("ds:Reference", NS)))

    assert refused(make.signed(edit=unsign)) == (9105, FORMAT)


def test_signing_certificate_with_another_serial_number(make):
    def other(signature):
        signature.find(".//ds:X509SerialNumber", NS).text = "1"

    assert refused(make.signed(version="", edit=other)) == (9105, NEGATIVE)


# Wrapping: the signed element is moved aside and another one takes its place.


def test_wrapped_request_in_an_object(make):
    """The signed Object is kept, a forged one comes before it."""
    root = etree.fromstring(make.signed(form="enveloping-xml"))
    forged = copy.deepcopy(root.find("ds:Object", NS))
    forged.set("Id", "forged")
    forged[0].find("{*}ContextIdentifier/{*}Nip").text = "1111111111"
    root.insert(3, forged)
    signed = verify(etree.tostring(root))
    assert b"5265877635" in signed.xml
    assert b"1111111111" not in signed.xml


def test_wrapped_request_with_the_same_identifier(make):
    root = etree.fromstring(make.signed(form="enveloping-xml"))
    forged = copy.deepcopy(root.find("ds:Object", NS))
    root.insert(3, forged)
    assert refused(etree.tostring(root)) == (9105, FORMAT)


def test_wrapped_root(make):
    """The signed root by its identifier hides inside a forged one."""
    request = make.REQUEST.replace(b"<AuthTokenRequest", b'<AuthTokenRequest Id="the-root"')
    root = etree.fromstring(make.signed(request=request, uri="#the-root"))
    signature = root.find("ds:Signature", NS)
    forged = etree.fromstring(make.REQUEST.replace(b"5265877635", b"1111111111"))
    forged.append(root)
    forged.append(signature)
    assert refused(etree.tostring(forged))[0] == 9105


def test_wrapped_properties(make):
    """The signed properties stand elsewhere, the signature shows others."""
    root = etree.fromstring(make.signed())
    properties = root.find(".//xades:SignedProperties", NS)
    shown = copy.deepcopy(properties)
    shown.set("Id", "shown")
    shown.find(".//xades:SigningTime", NS).text = "2030-01-01T00:00:00Z"
    parent = properties.getparent()
    parent.replace(properties, shown)
    holder = etree.SubElement(root.find("ds:Signature", NS), f"{{{DS}}}Object")
    holder.append(properties)
    assert refused(etree.tostring(root)) == (9105, FORMAT)


def test_object_with_two_documents(make):
    data = make.signed(
        form="enveloping-xml",
        edit=lambda s: s.find("ds:Object", NS).append(etree.Element("Another")),
    )
    assert refused(data) == (9105, FORMAT)


# Certificates.


@pytest.mark.parametrize("size", ["rsa1024", "p224"])
def test_short_keys(make, size):
    parts = {"key": make.key_of(size)}
    if size == "p224":
        parts["method"] = ECDSA
    assert refused(make.signed(**parts))[0] == 21115


@pytest.mark.parametrize("start", [-700, 30])
def test_certificate_out_of_date(make, start):
    key = make.key_of("rsa2048")
    begin = datetime.now(timezone.utc) + timedelta(days=start)
    certificate = make.certificate_of(key, start=begin)
    assert refused(make.signed(certificate=certificate))[0] == 21115
    then = Trust.practice(now=begin + timedelta(days=1))
    assert verify(make.signed(certificate=certificate), then)


def test_strict_refuses_what_test_takes(make):
    strict = Trust.practice(strict=True)
    assert refused(make.signed(), strict)[0] == 21115
    assert refused(make.signed(method=f"{DS}rsa-sha1"), strict) == (9105, FORMAT)
    assert refused(make.signed(digest=f"{DS}sha1"), strict) == (9105, FORMAT)


def test_unreadable_certificate(make):
    data = make.signed()
    rubbish = base64.b64encode(b"no certificate at all").decode()
    digest = base64.b64encode(hashlib.sha256(b"no certificate at all").digest()).decode()
    data = changed(data, "//ds:X509Certificate", set_text(rubbish))
    data = changed(data, "//xades:CertDigest/ds:DigestValue", set_text(digest))
    assert refused(data)[0] == 21115


# Not even XML, or XML that attacks.


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", 21001),
        (b"  \n", 21001),
        (b"%PDF-1.7 signed as PDF", 9101),
        (b"PK\x03\x04", 9101),
        (b"<AuthTokenRequest>", 9101),
        (b"<?xml version='1.0'?>", 9101),
        (b"\x00\x01\x02", 9101),
        ('<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"), 21217),
        ('<?xml version="1.0" encoding="windows-1250"?><a>ą</a>'.encode("cp1250"), 21217),
        ('<?xml version="1.0" encoding="UTF-8"?><a>ą</a>'.encode("cp1250"), 21217),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', 9101),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>', 9101),
        (b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-<a/>', 21217),
        (b"<a>" * 2000, 9101),
        (b"<a>" + b"<b/>" * 60_000 + b"</a>", 9101),
        (b"<a>" + b"x" * 5_000_001 + b"</a>", 9101),
    ],
    ids=lambda value: str(value)[:30],
)
def test_hostile_and_unreadable(data, code):
    assert refusal(data).code == code


def test_entities_inside_base64(make):
    bomb = b'<!DOCTYPE a [<!ENTITY x "y">]><AuthTokenRequest>&x;</AuthTokenRequest>'
    assert refused(make.signed(form="enveloping-base64", request=bomb))[0] == 9101


def test_base64_of_something_else(make):
    assert refused(make.signed(form="enveloping-base64", request=b"%PDF-1.7"))[0] == 9101


def test_ksef_words(make):
    error = refusal(make.REQUEST)
    assert error.description == "Brak podpisu."
    assert error.reason


@pytest.mark.parametrize("form", FORMS)
def test_any_changed_byte_is_noticed(make, form):
    """A walk over the file: a changed letter or digit never leads to another accepted request."""
    data = make.signed(form=form)
    good = verify(data)
    for position in range(40, len(data), 37):
        byte = data[position : position + 1]
        if not byte.isalnum():
            continue
        other = b"a" if byte != b"a" else b"b"
        try:
            seen = verify(data[:position] + other + data[position + 1 :])
        except SignatureRefused:
            continue
        assert (seen.xml, seen.person) == (good.xml, good.person), position
