"""Every form and algorithm of the guide's page "Podpis XAdES", made by libxmlsec."""

import pytest
from lxml import etree

from simulator.practice_pki import practice_ca
from simulator.signatures import Trust, verify

DS = "http://www.w3.org/2000/09/xmldsig#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
PSS = "http://www.w3.org/2007/05/xmldsig-more#"
FORMS = ["enveloped", "enveloping-xml", "enveloping-base64"]
C14N = [
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
    "http://www.w3.org/2006/12/xml-c14n11",
    "http://www.w3.org/2006/12/xml-c14n11#WithComments",
    "http://www.w3.org/2001/10/xml-exc-c14n#",
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
]
XPATH = (
    '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116">'
    "<ds:XPath> not( ancestor-or-self::ds:Signature ) </ds:XPath></ds:Transform>"
)
FILTER = (
    '<ds:Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2">'
    '<f:XPath xmlns:f="http://www.w3.org/2002/06/xmldsig-filter2" Filter="subtract">'
    "/descendant::ds:Signature</f:XPath></ds:Transform>"
)
RSA = [
    f"{DS}rsa-sha1",
    *(f"{MORE}rsa-sha{n}" for n in (256, 384, 512)),
    *(f"{PSS}sha{n}-rsa-MGF1" for n in ("1", "256", "384", "512", "3-256", "3-384", "3-512")),
]
ECDSA = [
    f"{MORE}ecdsa-sha1",
    *(f"{MORE}ecdsa-sha{n}" for n in (256, 384, 512)),
    *(f"http://www.w3.org/2021/04/xmldsig-more#ecdsa-sha3-{n}" for n in (256, 384, 512)),
]


def challenge(xml: bytes) -> str:
    return etree.fromstring(xml).findtext("{*}Challenge")


@pytest.mark.parametrize("canonicalisation", C14N)
@pytest.mark.parametrize("form", FORMS)
def test_forms_and_canonicalisations(make, form, canonicalisation):
    signed = verify(make.signed(form=form, canonicalisation=canonicalisation))
    assert signed.form == form
    assert challenge(signed.xml) == "20261120-CR-461EA5B000-537A6BA15D-D7"
    assert b"Signature" not in signed.xml
    assert signed.person.kind == "Pesel"
    assert signed.person.pesel == "85510100000"
    assert signed.person.name == "Zofia Wiśniewska"
    assert signed.method == "QualifiedSignature"
    assert signed.warnings == ()


@pytest.mark.parametrize("transform", [XPATH, FILTER], ids=["xpath", "filter2"])
@pytest.mark.parametrize("canonicalisation", ["", *C14N])
def test_other_ways_to_leave_the_signature_out(make, transform, canonicalisation):
    last = f'<ds:Transform Algorithm="{canonicalisation}"/>' if canonicalisation else ""
    assert verify(make.signed(transforms=transform + last)).form == "enveloped"


@pytest.mark.parametrize("method", RSA)
def test_rsa(make, method):
    assert verify(make.signed(method=method, key=make.key_of("rsa2048")))


def test_longer_rsa_key(make):
    assert verify(make.signed(key=make.key_of("rsa3072")))


@pytest.mark.parametrize("curve", ["p256", "p384", "p521"])
@pytest.mark.parametrize("method", ECDSA)
def test_ecdsa(make, method, curve):
    assert verify(make.signed(method=method, key=make.key_of(curve)))


@pytest.mark.parametrize("form", FORMS)
def test_digests(make, form):
    for digest in make.HASHES:
        assert verify(make.signed(form=form, digest=digest)).form == form


def test_base64_gives_the_very_bytes(make):
    assert verify(make.signed(form="enveloping-base64")).xml == make.REQUEST


def test_older_signing_certificate(make):
    assert verify(make.signed(version=""))


def test_reference_to_the_request_itself_inside_its_object(make):
    request = make.REQUEST.replace(b"<AuthTokenRequest", b'<AuthTokenRequest Id="it"')
    signed = verify(make.signed(form="enveloping-xml", request=request, uri="#it"))
    assert signed.form == "enveloping-xml"
    assert challenge(signed.xml)


@pytest.mark.parametrize("uri", ["#xpointer(/)", "#xpointer(id('the-root'))", "#the-root"])
def test_pointers_to_the_whole_document(make, uri):
    request = make.REQUEST.replace(b"<AuthTokenRequest", b'<AuthTokenRequest Id="the-root"')
    assert verify(make.signed(request=request, uri=uri)).form == "enveloped"


def test_a_seal_speaks_for_its_nip(make):
    signed = verify(make.signed(subject=make.SEAL))
    assert signed.method == "QualifiedSeal"
    assert signed.person.key == ("Nip", "5265877635")
    assert signed.person.name == "Cukiernia Pod Lipą sp. z o.o."


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("PNOPL-85510100000", ("Pesel", "85510100000")),
        ("PESEL: 85510100000", ("Pesel", "85510100000")),
        ("TINPL-5265877635", ("Nip", "5265877635")),
        ("NIP 5265877635", ("Nip", "5265877635")),
    ],
)
def test_serial_number_patterns(make, number, key):
    signed = verify(make.signed(subject={**make.PERSON, "SERIAL_NUMBER": number}))
    assert signed.person.key == key


def test_unknown_serial_number_leaves_the_fingerprint(make):
    sample = make.Sample(subject={**make.PERSON, "SERIAL_NUMBER": "PNODE-123"})
    person = verify(sample.signed()).person
    assert person.kind == "Fingerprint"
    assert len(person.value) == 64
    assert person.value == person.value.upper()


def test_a_person_may_not_be_a_seal(make):
    person = {**make.SEAL, "GIVEN_NAME": "Zofia"}
    assert verify(make.signed(subject=person)).person.kind == "Fingerprint"


def test_certificates_of_ksef_itself(make):
    authority_key = make.key_of("p256")
    authority = make.certificate_of(authority_key, make.SEAL)
    certificate = make.certificate_of(make.key_of("rsa2048"), issuer=(authority_key, authority))
    trust = Trust.practice(strict=True, internal=(authority,))
    assert verify(make.signed(certificate=certificate), trust).method == "InternalCertificate"


def test_strict_accepts_an_issued_certificate(make):
    certificate = make.certificate_of(make.key_of("rsa2048"), issuer=practice_ca(0))
    assert verify(make.signed(certificate=certificate), Trust.practice(strict=True))


def test_warns_of_a_signature_without_time(make):
    assert "sig-001" in verify(make.signed(signing_time="")).warnings[0]
