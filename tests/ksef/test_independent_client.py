"""A client that somebody else wrote, PyPI's ksef-client, agrees with us on what is signed."""

import base64
import hashlib

import pytest
from cryptography import x509
from ksef_client import KsefClientOptions
from ksef_client.services.auth import build_auth_token_request_xml
from ksef_client.services.csr import generate_csr_ec, generate_csr_rsa
from ksef_client.services.verification_link import VerificationLinkService
from ksef_client.services.xades import sign_xades_enveloped

from ksef import certificates, environments, qr, xades

NIP = "5265877635"
SERIAL = "01F20A5D352AE590"
SUBJECT = {
    "commonName": "Łucja Żółć",
    "countryName": "PL",
    "givenName": "Łucja",
    "surname": "Żółć",
    "serialNumber": "PNOPL-90010112349",
    "uniqueIdentifier": "d9d22724-4696-460c-9e5e-b9e3aafb0af3",
    "organizationName": "RÓŻA SP. Z O.O.",
    "organizationIdentifier": "VATPL-5265877635 NTRPL-0001040934",
}


@pytest.fixture(params=["rsa_person", "ec_person", "company_seal"])
def identity(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize(
    ("kind", "context"),
    [
        ("nip", {"nip": NIP}),
        ("internalId", {"internal_id": f"{NIP}-12345"}),
        ("nipVatUe", {"nip_vat_ue": f"{NIP}-DE123456789"}),
    ],
)
def test_its_signature_is_examined_without_doubt(identity, challenge, kind, context):
    (value,) = context.values()
    request = build_auth_token_request_xml(
        challenge=challenge, context_identifier_type=kind, context_identifier_value=value
    )
    signed = sign_xades_enveloped(request, identity.pem.decode(), identity.key_pem.decode())
    got = xades.examine(signed.encode(), challenge, **context, environment=environments.PRODUCTION)
    assert [problem.code for problem in got.problems] == []
    assert (got.form, got.challenge, got.context) == ("enveloped", challenge, value)


@pytest.mark.parametrize("generate", [generate_csr_ec, generate_csr_rsa])
def test_both_ask_for_the_same_subject(generate):
    theirs = x509.load_der_x509_csr(base64.b64decode(generate(SUBJECT).csr_base64))
    ours = x509.load_der_x509_csr(
        certificates.signing_request(
            certificates.new_key(),
            certificates.SubjectData(
                common_name=SUBJECT["commonName"],
                country_name=SUBJECT["countryName"],
                given_names=(SUBJECT["givenName"],),
                surname=SUBJECT["surname"],
                serial_number=SUBJECT["serialNumber"],
                unique_identifier=SUBJECT["uniqueIdentifier"],
                organization_name=SUBJECT["organizationName"],
                organization_identifier=SUBJECT["organizationIdentifier"],
            ),
        )
    )

    def written(request):
        return sorted(
            (item.oid.dotted_string, item._type.value, item.value) for item in request.subject
        )

    assert written(ours) == written(theirs)
    assert len(written(ours)) == len(SUBJECT)


def test_both_sign_the_same_link(rsa_person, ec_person):
    digest = hashlib.sha256(b"faktura").digest()
    service = VerificationLinkService(KsefClientOptions(base_url=environments.TEST.api))
    for identity in (rsa_person, ec_person):
        theirs = service.build_certificate_verification_url(
            seller_nip=NIP,
            context_identifier_type="Nip",
            context_identifier_value=NIP,
            certificate_serial=SERIAL,
            invoice_hash=base64.b64encode(digest).decode(),
            signing_certificate_pem=identity.pem.decode(),
            private_key_pem=identity.key_pem.decode(),
        )
        ours = qr.certificate_link("test", "Nip", NIP, NIP, SERIAL, digest, identity.key)
        assert ours.rsplit("/", 1)[0] == theirs.rsplit("/", 1)[0]
        assert len(ours) == len(theirs)
