"""Signed files as signing pages and programs make them: read without any doubt."""

import datetime

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from ksef import environments, xades

DS = "http://www.w3.org/2000/09/xmldsig#"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
NEWER = "http://www.w3.org/2007/05/xmldsig-more#"
FORMS = ["enveloped", "enveloping-xml", "enveloping-base64"]
XPATH = (
    '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116">'
    "<ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath></ds:Transform>"
)
FILTER2 = (
    '<ds:Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2">'
    '<dsf:XPath xmlns:dsf="http://www.w3.org/2002/06/xmldsig-filter2" Filter="subtract">'
    "/descendant::ds:Signature</dsf:XPath></ds:Transform>"
)
PREFIXES = (
    f'<ds:Transform Algorithm="{EXC}"><ec:InclusiveNamespaces xmlns:ec="{EXC}"'
    ' PrefixList="a b"/></ds:Transform>'
)


def codes(examination):
    return [problem.code for problem in examination.problems]


@pytest.fixture
def examined(challenge, nip):
    """Examines a file against our challenge and NIP and expects nothing to complain about."""

    def examined(data):
        got = xades.examine(data, challenge, nip, environment=environments.PRODUCTION)
        assert codes(got) == []
        assert got.ok
        assert (got.challenge, got.nip) == (challenge, nip)
        return got

    return examined


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("c14n", [EXC, INCLUSIVE])
def test_every_form(build, examined, form, c14n):
    assert examined(build(form, c14n=c14n)).form == form


@pytest.mark.parametrize(
    "transforms",
    [
        [f"{DS}enveloped-signature"],
        [f"{DS}enveloped-signature", INCLUSIVE],
        [f"{DS}enveloped-signature", f"{EXC}WithComments"],
        [f"{DS}enveloped-signature", f"{INCLUSIVE}#WithComments"],
        [f"{DS}enveloped-signature", "http://www.w3.org/2006/12/xml-c14n11"],
        [f"{DS}enveloped-signature", PREFIXES],
        [XPATH],
        [XPATH, EXC],
        [FILTER2, EXC],
    ],
)
def test_every_way_to_leave_the_signature_out(build, examined, transforms, challenge, nip):
    xml = (
        "<?przed x?><!-- przed -->"
        '<AuthTokenRequest xmlns="http://ksef.mf.gov.pl/auth/token/2.0" xmlns:a="u:a">\r\n'
        f"  <Challenge>{challenge}</Challenge><!-- w --><ContextIdentifier><Nip>{nip}</Nip>"
        "</ContextIdentifier>\n<SubjectIdentifierType>certificateSubject</SubjectIdentifierType>"
        "\n</AuthTokenRequest><!-- po -->"
    )
    assert examined(build("enveloped", xml=xml, transforms=transforms)).form == "enveloped"


@pytest.mark.parametrize("c14n", [EXC, INCLUSIVE, "http://www.w3.org/2006/12/xml-c14n11"])
def test_what_parts_inherit_from_the_document(build, examined, c14n, challenge, nip):
    """Inclusive canonical forms show the ancestors' namespaces and xml: attributes."""
    xml = (
        '<AuthTokenRequest xmlns="http://ksef.mf.gov.pl/auth/token/2.0" xmlns:a="u:a"'
        f' xml:lang="pl" xml:space="default"><Challenge>{challenge}</Challenge>'
        f"<ContextIdentifier><Nip>{nip}</Nip></ContextIdentifier>"
        "<SubjectIdentifierType>certificateSubject</SubjectIdentifierType></AuthTokenRequest>"
    )
    examined(build("enveloped", xml=xml, c14n=c14n))


@pytest.mark.parametrize("transforms", [[EXC], [INCLUSIVE], [PREFIXES]])
def test_every_way_to_write_the_enclosed_document(build, examined, transforms):
    assert examined(build("enveloping-xml", transforms=transforms)).form == "enveloping-xml"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("who", "method", "by_hand"),
    [
        ("rsa_person", f"{MORE}rsa-sha256", ""),
        ("rsa_person", f"{MORE}rsa-sha384", ""),
        ("rsa_person", f"{MORE}rsa-sha512", ""),
        ("rsa_person", f"{MORE}rsa-sha256", "rsa-without-null"),
        ("rsa_person", f"{NEWER}sha256-rsa-MGF1", "pss256"),
        ("rsa_person", f"{NEWER}sha512-rsa-MGF1", "pss512"),
        ("ec_person", f"{MORE}ecdsa-sha256", ""),
        ("ec_person", f"{MORE}ecdsa-sha256", "ecdsa256"),
        ("company_seal", f"{MORE}ecdsa-sha384", "ecdsa384"),
    ],
)
def test_every_algorithm(build, examined, request, form, who, method, by_hand):
    identity = request.getfixturevalue(who)
    examined(build(form, identity, method=method, by_hand=by_hand))


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_digests(build, examined, digest):
    examined(build("enveloping-base64", digest=digest))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("writing", ["PodpisZP", "EPSignature"])
def test_the_trusted_profile_names_the_person(
    build, examined, make_identity, rsa_key, statements, form, writing
):
    seal = make_identity(
        rsa_key,
        {
            NameOID.COMMON_NAME: "Minister do spraw informatyzacji - pieczęć podpisu zaufanego",
            NameOID.ORGANIZATION_NAME: "Ministerstwo Cyfryzacji",
            x509.ObjectIdentifier("2.5.4.97"): "VATPL-5252955037",
        },
    )
    got = examined(build(form, seal, role=statements[writing], by_hand="rsa-without-null"))
    assert got.trusted_profile
    assert (got.signer.first_name, got.signer.last_name) == ("Łucja", "Żółć-Kowalska")
    assert got.signer.pesel == "90010112349"
    # the Ministry's seal is not the person's company
    assert (got.signer.nip, got.signer.organisation) == ("", "")
    assert "pieczęć podpisu zaufanego" in got.certificate_subject
    assert "organizationIdentifier=VATPL-5252955037" in got.certificate_subject


def test_the_certificate_names_the_person(build, examined, rsa_person):
    got = examined(build("enveloped", rsa_person))
    assert not got.trusted_profile
    assert got.signer == xades.Signer("Łucja", "Żółć", "90010112349")
    assert got.signer.name == "Łucja Żółć"
    assert got.certificate_issuer == "CN=Test centre"
    assert got.certificate_valid_to == rsa_person.certificate.not_valid_after_utc
    assert got.signing_time == datetime.datetime(2026, 10, 10, 10, tzinfo=datetime.timezone.utc)


def test_the_certificate_names_the_company(build, examined, company_seal, nip):
    got = examined(
        build("enveloped", company_seal, method=f"{MORE}ecdsa-sha384", by_hand="ecdsa384")
    )
    assert got.signer == xades.Signer(nip=nip, organisation="Próba sp. z o.o.")
    assert got.signer.name == "Próba sp. z o.o."


@pytest.mark.parametrize(
    ("serial", "pesel", "number"),
    [
        ("PNOPL-90010112349", "90010112349", ""),
        ("PESEL: 90010112349", "90010112349", ""),
        ("TINPL-5265877635", "", "5265877635"),
        ("NIP 5265877635", "", "5265877635"),
    ],
)
def test_identifiers_of_certificates(
    build, examined, make_identity, rsa_key, serial, pesel, number
):
    identity = make_identity(rsa_key, {NameOID.SERIAL_NUMBER: serial})
    got = examined(build("enveloped", identity))
    assert (got.signer.pesel, got.signer.nip) == (pesel, number)


def test_a_pesel_is_never_shown_whole(build, examined):
    got = examined(build("enveloped"))
    assert "90010112349" not in repr(got)
    assert "90010112349" not in got.certificate_subject
    assert got.signer.masked_pesel == "*******2349"
    assert "9001" not in str(got)


@pytest.mark.parametrize("who", ["rsa_person", "ec_person", "company_seal"])
def test_what_we_signed_ourselves(examined, request, who, challenge, nip):
    identity = request.getfixturevalue(who)
    xml = xades.auth_token_request(challenge, nip)
    assert examined(xades.sign(xml, identity.key, identity.certificate)).form == "enveloped"


def test_version_2_1_is_read_as_well(build, examined, challenge, nip):
    xml = xades.auth_token_request(challenge, nip).decode().replace("token/2.0", "token/2.1")
    examined(build("enveloping-base64", xml=xml))


def test_time_stamps_and_countersignatures_are_no_second_signature(build, examined):
    examined(
        build(
            "enveloping-base64",
            extra=(
                "<xades:UnsignedProperties><xades:UnsignedSignatureProperties>"
                "<xades:CounterSignature><ds:Signature/></xades:CounterSignature>"
                "</xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
            ),
        )
    )


def test_without_a_challenge_and_a_nip_nothing_is_compared(build, challenge, nip):
    got = xades.examine(build("enveloped"))
    assert got.ok
    assert (got.challenge, got.nip) == (challenge, nip)
