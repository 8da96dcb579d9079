"""Years without a person: tokens end, certificates are renewed, invoices go out."""

import datetime

import pytest

from ksef import certificates, errors
from ksef.numbers import check

WEEKS = 112
RENEW_BEFORE = datetime.timedelta(days=60)


def test_two_years_on_one_signature(simulator, invoice):
    """After one login by hand the program enrols, logs in, renews and sends by itself."""
    own = simulator.log_in_on_practice_page().enrol("Authentication")
    serials, numbers = [own.serial], []
    refreshed = connection = None
    for week in range(WEEKS):
        now = simulator.now()
        loaded = certificates.load(
            [certificates.key_bytes(own.key), own.certificate], purpose="Authentication", now=now
        )
        if connection is not None:
            # a week later neither token is good any more, and KSeF says so
            with pytest.raises(errors.Unauthorised):
                connection.client.rate_limits()
            with pytest.raises(errors.KsefError):
                simulator.client().refresh(refreshed)
        connection = simulator.log_in_with(loaded.key, loaded.certificate)
        refreshed = connection.tokens.refresh.value
        simulator.later(hours=1)
        # the access token lives for minutes, the refresh token brings a new one
        with pytest.raises(errors.Unauthorised):
            connection.client.rate_limits()
        connection.client.access_token = simulator.client().refresh(refreshed).value
        if loaded.description.valid_to - now < RENEW_BEFORE:
            successor = connection.enrol("Authentication", name=f"Odoo {now:%Y}")
            simulator.log_in_with(successor.key, successor.certificate)
            connection.client.revoke_certificate(own.serial, "Superseded")
            own = successor
            serials.append(own.serial)
        day = simulator.now().date() - datetime.timedelta(days=1)
        numbers.append(connection.send(invoice(f"FV/{week + 1}", day)))
        simulator.later(days=7)
    assert len(set(serials)) == 2
    assert len(set(numbers)) == WEEKS
    assert all(check(number) for number in numbers)
    sent = simulator.control("GET", "invoices")
    entries = sent if isinstance(sent, list) else sent["invoices"]
    assert {entry["ksefNumber"] for entry in entries} == set(numbers)


def test_a_revoked_certificate_is_noticed(simulator):
    """Revoked elsewhere: no login any more, what is open ends within its days, words tell why."""
    own = simulator.log_in_on_practice_page().enrol("Authentication")
    connection = simulator.log_in_with(own.key, own.certificate)
    simulator.control("POST", f"certificates/{own.serial}/revoke")
    outcome = simulator.outcome(simulator.started_with(own.key, own.certificate)).status
    assert (outcome.code, outcome.details) == (460, ["Certyfikat odwołany"])
    assert simulator.client().refresh(connection.tokens.refresh.value).value
    (item,) = connection.client.query_certificates()
    assert (item.serial, item.status) == (own.serial, "Revoked")
    simulator.later(days=8)
    with pytest.raises(errors.KsefError):
        simulator.client().refresh(connection.tokens.refresh.value)


def test_an_expired_certificate(simulator):
    own = simulator.log_in_on_practice_page().enrol("Authentication")
    simulator.later(days=731)
    with pytest.raises(certificates.CertificateError) as caught:
        certificates.load([certificates.key_bytes(own.key), own.certificate], now=simulator.now())
    assert caught.value.code == "expired"


def test_rights_taken_away_are_told(simulator, company, invoice):
    """403 with its reason when sending, 415 at the next login."""
    person = certificates.self_signed_person("Anna", "Nowak", "86510914420")
    connection = simulator.log_in_with(person.key, person.certificate)
    simulator.control("POST", "grants/revoke", {"person": "accountant"})
    connection.client.access_token = (
        simulator.client().refresh(connection.tokens.refresh.value).value
    )
    with pytest.raises(errors.Unauthorised) as caught:
        connection.send(invoice("FV/1", simulator.now().date() - datetime.timedelta(days=1)))
    assert caught.value.http_status == 403
    assert caught.value.reason_code == "missing-permissions"
    started = simulator.started_with(person.key, person.certificate)
    assert simulator.outcome(started).status.code == 415


def test_a_blocked_context(simulator, company):
    owner = simulator.log_in_on_practice_page()
    simulator.control("POST", "contexts/block", {"value": company})
    with pytest.raises(errors.KsefError):
        simulator.client().refresh(owner.tokens.refresh.value)
    person = certificates.self_signed_person("Jan", "Kowalski", "81452317036")
    started = simulator.started_with(person.key, person.certificate)
    assert simulator.outcome(started).status.code == 480
    simulator.control("POST", "contexts/unblock", {"value": company})
    assert simulator.log_in_with(person.key, person.certificate).permissions()
