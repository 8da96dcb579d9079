"""Every way to log in, against the real simulator, and what each allows."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from ksef import certificates, errors, xades

OWNER_PESEL, ACCOUNTANT_PESEL = "81452317036", "86510914420"
INVOICES = {"InvoiceRead", "InvoiceWrite"}


def method(connection):
    return connection.status.method_category, connection.status.method_name


def test_the_trusted_profile(simulator):
    owner = simulator.log_in_on_practice_page()
    assert owner.status.method_category == "XadesSignature"
    assert INVOICES | {"CredentialsManage"} <= owner.permissions()
    accountant = simulator.log_in_on_practice_page("accountant")
    assert accountant.permissions() == INVOICES


def test_a_stranger(simulator, company):
    client = simulator.client()
    challenge = client.challenge().challenge
    signed = simulator.practice_page(xades.auth_token_request(challenge, company), "stranger")
    outcome = simulator.outcome(client.authenticate_xades(signed))
    assert outcome.status.code == 415


@pytest.mark.parametrize(
    "make_key",
    [
        certificates.new_key,
        lambda: ec.generate_private_key(ec.SECP384R1()),
        lambda: ec.generate_private_key(ec.SECP521R1()),
        lambda: rsa.generate_private_key(65537, 2048),
        lambda: rsa.generate_private_key(65537, 3072),
    ],
    ids=["P-256", "P-384", "P-521", "RSA 2048", "RSA 3072"],
)
def test_self_made_certificates_with_every_key(simulator, company, make_key):
    person = certificates.self_signed_person("Jan", "Kowalski", OWNER_PESEL, key=make_key())
    assert "InvoiceWrite" in simulator.log_in_with(person.key, person.certificate).permissions()
    seal = certificates.self_signed_seal("Próba sp. z o.o.", company, key=make_key())
    assert (
        "InvoiceWrite"
        in simulator.log_in_with(seal.key_bytes, seal.certificate_bytes).permissions()
    )


def test_a_self_made_certificate_of_a_sole_trader(simulator, company):
    trader = certificates.self_signed_person("Łucja", "Żółć", nip=company)
    assert "InvoiceWrite" in simulator.log_in_with(trader.key, trader.certificate).permissions()


def test_strictness_takes_qualified_certificates_only(strict_simulator, company):
    seal = certificates.self_signed_seal("Próba", company)
    with pytest.raises(errors.Refused) as caught:
        strict_simulator.started_with(seal.key, seal.certificate)
    assert caught.value.codes == {21115}
    for wanted in ({"person": "owner"}, {"nip": company, "name": "Próba sp. z o.o."}):
        issued = strict_simulator.control("POST", "practice-certificates", wanted)
        loaded = certificates.load([issued["certificate"].encode(), issued["privateKey"].encode()])
        connection = strict_simulator.log_in_with(loaded.key, loaded.certificate)
        assert "InvoiceWrite" in connection.permissions()
        # and from then on with KSeF's own
        own = connection.enrol("Authentication")
        assert strict_simulator.log_in_with(own.key, own.certificate).permissions()


def test_a_fingerprint(simulator, company):
    """A person without PESEL and NIP, to whose certificate rights were granted."""
    foreign = certificates.self_signed_seal("Foreign Ltd", "1111111111")
    number = certificates.describe(foreign.certificate).fingerprint
    grant = {"kind": "Fingerprint", "value": number, "context": company}
    simulator.control("POST", "grants", {**grant, "permissions": ["InvoiceRead"]})
    connection = simulator.log_in_with(foreign.key, foreign.certificate, by_fingerprint=True)
    assert connection.permissions() == {"InvoiceRead"}


@pytest.mark.parametrize("kind", ["EC", "RSA"])
def test_a_ksef_certificate(simulator, kind):
    key = rsa.generate_private_key(65537, 2048) if kind == "RSA" else None
    own = simulator.log_in_on_practice_page().enrol("Authentication", key)
    connection = simulator.log_in_with(own.key, own.certificate)
    assert method(connection) == ("XadesSignature", "Certyfikat KSeF")
    assert "InvoiceWrite" in connection.permissions()
    # it enrols its successor, and the successor works
    successor = connection.enrol("Authentication", name="Odoo 2028")
    assert simulator.log_in_with(successor.key, successor.certificate).permissions()


def test_a_ksef_certificate_as_files_with_a_password(simulator):
    """What the Ministry's application would give: .crt and a locked .key, or one .p12."""
    own, password = (
        simulator.log_in_on_practice_page("accountant").enrol("Authentication"),
        "Zażółć",
    )
    locked = serialization.BestAvailableEncryption(password.encode())
    pem = serialization.Encoding.PEM
    certificate = x509.load_der_x509_certificate(own.certificate)
    key_file = own.key.private_bytes(pem, serialization.PrivateFormat.PKCS8, locked)
    uploads = [
        [certificate.public_bytes(pem), key_file],
        [pkcs12.serialize_key_and_certificates(b"ksef", own.key, certificate, None, locked)],
    ]
    for files in uploads:
        loaded = certificates.load(files, password, purpose="Authentication")
        assert loaded.description.masked_pesel.endswith(ACCOUNTANT_PESEL[-4:])
        connection = simulator.log_in_with(loaded.key_bytes, loaded.certificate_bytes)
        assert connection.permissions() == INVOICES


def test_a_ksef_token(simulator):
    owner = simulator.log_in_on_practice_page()
    made = owner.client.generate_token(["InvoiceRead", "InvoiceWrite"], "Wystawianie faktur")
    assert owner.client.token(made.reference).status in ("Pending", "Active")
    connection = simulator.log_in_with_token(made.token)
    assert connection.status.method_category == "Token"
    assert connection.permissions() == INVOICES
    (listed,) = owner.client.tokens(statuses=["Active"])
    assert (listed.reference, listed.description) == (made.reference, "Wystawianie faktur")
    assert set(listed.permissions) == INVOICES
    assert (listed.author_type, listed.author) == ("Pesel", OWNER_PESEL)
    # what a token cannot do
    with pytest.raises(errors.KsefError) as caught:
        connection.client.enrollment_data()
    assert isinstance(caught.value, errors.Refused | errors.Unauthorised)
    owner.client.revoke_token(made.reference)
    assert owner.client.tokens(statuses=["Active"]) == []
    assert simulator.outcome(simulator.started_with_token(made.token)).status.code == 450


def test_other_contexts(simulator, company):
    person = certificates.self_signed_person("Jan", "Kowalski", OWNER_PESEL)
    unit, entity = f"{company}-12345", f"{company}-DE123456789"
    connection = simulator.log_in_with(person.key, person.certificate, None, internal_id=unit)
    assert "InvoiceWrite" in connection.permissions()
    made = connection.client.generate_token(["InvoiceRead"], "Oddział")
    by_token = simulator.log_in_with_token(made.token, None, internal_id=unit)
    assert by_token.permissions() == {"InvoiceRead"}
    started = simulator.started_with(person.key, person.certificate, None, nip_vat_ue=entity)
    assert simulator.outcome(started).status.code == 415
    grant = {"person": "owner", "context": entity, "permissions": ["InvoiceWrite"]}
    simulator.control("POST", "grants", grant)
    connection = simulator.log_in_with(person.key, person.certificate, None, nip_vat_ue=entity)
    assert connection.permissions() == {"InvoiceWrite"}
    with pytest.raises(errors.Refused) as caught:
        connection.client.generate_token(["InvoiceWrite"], "Podmiot unijny")
    assert caught.value.codes == {26002}


def test_one_person_for_many_companies(simulator):
    """An accounting office: one certificate, one login for each company."""
    own = simulator.log_in_on_practice_page("accountant").enrol("Authentication")
    for nip in ("5265877635", "1111111111", "1234563218"):
        assert simulator.log_in_with(own.key, own.certificate, nip).permissions() == INVOICES


def test_sessions_end_when_they_are_revoked(simulator):
    own = simulator.log_in_on_practice_page().enrol("Authentication")
    first = simulator.log_in_with(own.key, own.certificate)
    second = simulator.log_in_with(own.key, own.certificate)
    sessions = second.client.authentication_sessions()
    current = [item for item in sessions if item.is_current]
    assert len(sessions) == 3
    assert len(current) == 1
    for item in sessions:
        if not item.is_current:
            second.client.revoke_authentication_session(item.reference)
    with pytest.raises(errors.KsefError):
        simulator.client().refresh(first.tokens.refresh.value)
    assert simulator.client().refresh(second.tokens.refresh.value).value
    second.client.revoke_current_authentication_session()
    with pytest.raises(errors.KsefError):
        simulator.client().refresh(second.tokens.refresh.value)
