"""The life of KSeF certificates: limits, list, end, and the second QR code."""

import datetime

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from ksef import certificates, crypto, errors, qr


def test_the_subject_goes_back_to_the_letter(simulator):
    """KSeF compares; what differs ends with 25003."""
    owner = simulator.log_in_on_practice_page()
    data = owner.client.enrollment_data()
    seen = owner.enrol("Authentication").description
    assert (seen.first_name, seen.last_name) == (data.given_names[0], data.surname)
    key = certificates.new_key()
    other = certificates.SubjectData(data.common_name, "PL", ("Inny",), data.surname)
    with pytest.raises(errors.Refused) as caught:
        owner.client.enroll("Odoo 2026", "Offline", certificates.signing_request(key, other))
    assert caught.value.codes == {25003}
    with pytest.raises(errors.Refused) as caught:
        owner.client.enroll("Odoo 2026", "Offline", b"not a request")
    assert caught.value.codes == {25004}


def test_polish_letters(simulator, company):
    person = {"key": "polish", "firstName": "Żółcisława Ósma", "lastName": "Śćńźą-Łęg"}
    granted = {"permissions": ["InvoiceWrite", "InvoiceRead"], "contexts": [company]}
    simulator.control("POST", "people", {**person, "pesel": "90010112349", **granted})
    connection = simulator.log_in_on_practice_page("polish")
    own = connection.enrol("Authentication", name="Faktury Żółć")
    assert own.description.name == "Żółcisława Ósma Śćńźą-Łęg"
    assert simulator.log_in_with(own.key, own.certificate).permissions()
    seal = certificates.self_signed_seal("RÓŻA SPÓŁKA Z OGRANICZONĄ ODPOWIEDZIALNOŚCIĄ", company)
    own = simulator.log_in_with(seal.key, seal.certificate).enrol("Authentication")
    assert own.description.organisation == "RÓŻA SPÓŁKA Z OGRANICZONĄ ODPOWIEDZIALNOŚCIĄ"
    assert simulator.log_in_with(own.key, own.certificate).permissions()


def test_limits_are_known_before_they_are_hit(simulator):
    owner = simulator.log_in_on_practice_page()
    before = owner.client.certificate_limits()
    assert (before.can_request, before.certificate.limit, before.enrollment.limit) == (True, 6, 12)
    subject = owner.client.subject_limits()
    assert (subject.max_certificates, subject.max_enrollments) == (6, 12)
    assert owner.client.context_limits().online.max_invoices > 0
    for number in range(6):
        owner.enrol("Authentication" if number % 2 else "Offline")
    after = owner.client.certificate_limits()
    assert (after.can_request, after.certificate.remaining) == (False, 0)
    assert after.enrollment.remaining == 6
    with pytest.raises(errors.Refused) as caught:
        owner.enrol("Authentication")
    assert caught.value.codes == {25007}


def test_the_list_and_a_revocation(simulator):
    owner = simulator.log_in_on_practice_page()
    first, second = owner.enrol("Authentication"), owner.enrol("Offline", name="Faktury offline")
    listed = owner.client.query_certificates()
    assert {item.serial for item in listed} == {first.serial, second.serial}
    (item,) = owner.client.query_certificates(type="Offline", status="Active", name="offline")
    assert (item.serial, item.subject_type) == (second.serial, "Pesel")
    assert item.valid_to == second.description.valid_to
    connection = simulator.log_in_with(first.key, first.certificate)
    owner.client.revoke_certificate(first.serial, "Superseded")
    assert owner.client.query_certificates(status="Active") == [item]
    with pytest.raises(errors.Refused) as caught:
        owner.client.revoke_certificate(first.serial)
    assert caught.value.codes == {25009}
    with pytest.raises(errors.Refused) as caught:
        owner.client.revoke_certificate("0123456789ABCDEF")
    assert caught.value.codes == {25008}
    outcome = simulator.outcome(simulator.started_with(first.key, first.certificate))
    assert outcome.status.code == 460
    # the tokens it opened live on: whoever revokes a certificate revokes its sessions too
    assert simulator.client().refresh(connection.tokens.refresh.value).value


def test_a_request_that_is_too_old(simulator):
    owner = simulator.log_in_on_practice_page()
    request = certificates.signing_request(certificates.new_key(), owner.client.enrollment_data())
    reference = owner.client.enroll("Odoo 2026", "Offline", request)
    simulator.later(days=60)
    owner = simulator.log_in_on_practice_page()
    with pytest.raises(errors.Gone):
        owner.client.enrollment_status(reference)
    # the certificate is there all the same
    assert len(owner.client.query_certificates()) == 1


def test_a_certificate_for_later(simulator):
    owner = simulator.log_in_on_practice_page()
    key = certificates.new_key()
    request = certificates.signing_request(key, owner.client.enrollment_data())
    begins = simulator.now() + datetime.timedelta(days=30)
    owner.client.enroll("Odoo 2026", "Authentication", request, begins)
    (item,) = owner.client.query_certificates()
    assert abs(item.valid_from - begins) < datetime.timedelta(seconds=1)
    (fetched,) = owner.client.retrieve_certificates([item.serial])
    with pytest.raises(certificates.CertificateError) as caught:
        certificates.load([fetched.certificate, certificates.key_bytes(key)], now=simulator.now())
    assert caught.value.code == "not_yet_valid"


def test_an_offline_certificate_opens_nothing(simulator):
    own = simulator.log_in_on_practice_page().enrol("Offline")
    with pytest.raises(errors.Refused) as caught:
        simulator.started_with(own.key, own.certificate)
    assert caught.value.codes == {21115}


@pytest.mark.parametrize("kind", ["EC", "RSA"])
def test_the_second_qr_code_is_confirmed(simulator, company, kind):
    """The page behind the code examines certificate, rights and signature."""
    key = rsa.generate_private_key(65537, 2048) if kind == "RSA" else None
    owner = simulator.log_in_on_practice_page()
    own = owner.enrol("Offline", key)
    digest = crypto.sha256(b"faktura")

    def page(context_type="Nip", context=company, signer=own, **changes):
        link = qr.certificate_link(
            simulator.environment,
            context_type,
            context,
            company,
            signer.serial,
            changes.pop("digest", digest),
            certificates.key_bytes(signer.key),
        )
        return requests.get(link, timeout=20).status_code, link

    assert page()[0] == 200
    assert page("InternalId", f"{company}-12345")[0] == 200
    # signed with another key, for another invoice, with a certificate for logging in
    status, link = page()
    assert status == 200
    head, tail = link.rsplit("/", 1)
    other = page(digest=crypto.sha256(b"inna"))[1].rsplit("/", 1)[1]
    assert requests.get(f"{head}/{other}", timeout=20).status_code == 404
    assert requests.get(f"{head}/{tail[:-8]}{tail[-8:].swapcase()}", timeout=20).status_code == 404
    assert page(signer=owner.enrol("Authentication"))[0] == 404
    owner.client.revoke_certificate(own.serial)
    assert page()[0] == 404
