"""Logging in with certificates: KSeF's own and self-made ones; the second QR code."""

import base64
import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from ksef_caller import Caller
from ksef_enrolling import enroll
from ksef_running import Running, problem_codes
from ksef_signing import PERSON, SEAL, Holder, self_made

DAY = 24 * 3600


@pytest.fixture
def owner(simulator: Running) -> Caller:
    return Caller(simulator).log_in_as("owner")


def test_a_ksef_certificate_logs_its_owner_in(owner: Caller) -> None:
    holder = enroll(owner)
    caller = Caller(owner.simulator).log_in_with(holder)
    (session, _) = caller.json("GET /auth/sessions")["items"]  # the owner's own beside it
    assert session["isCurrent"] is True
    assert session["authenticationMethod"] == "InternalCertificate"
    assert session["authenticationMethodInfo"]["category"] == "XadesSignature"
    assert session["authenticationMethodInfo"]["displayName"] == "Certyfikat KSeF"
    granted = caller.json("POST /permissions/query/personal/grants", {})
    assert "InvoiceWrite" in granted["ownerPermissions"]


def test_it_logs_in_everywhere_its_owner_may(owner: Caller) -> None:
    holder = enroll(owner)
    assert Caller(owner.simulator, "1111111111").log_in_with(holder)
    accountant = Caller(owner.simulator).log_in_as("accountant")
    caller = Caller(owner.simulator).log_in_with(enroll(accountant))
    granted = caller.json("POST /permissions/query/personal/grants", {})["permissions"]
    assert {one["permissionScope"] for one in granted} == {"InvoiceRead", "InvoiceWrite"}


def test_it_enrols_its_own_successor(owner: Caller) -> None:
    first = enroll(owner)
    caller = Caller(owner.simulator).log_in_with(first)
    assert caller.json("GET /certificates/enrollments/data") == owner.json(
        "GET /certificates/enrollments/data"
    )
    second = enroll(caller)
    Caller(owner.simulator).log_in_with(second)
    Caller(owner.simulator).log_in_with(first)


def test_rsa_keys_log_in_too(owner: Caller) -> None:
    holder = enroll(owner, key=rsa.generate_private_key(65537, 2048))
    Caller(owner.simulator).log_in_with(holder)


def test_a_certificate_of_a_seal_speaks_for_its_company(simulator: Running) -> None:
    holder = enroll(Caller(simulator).log_in_with(self_made(SEAL)))
    Caller(simulator).log_in_with(holder)
    outcome = Caller(simulator, "1111111111").outcome_with(holder)
    assert (outcome["code"], outcome["details"]) == (415, ["Brak przypisanych uprawnień"])


def test_a_certificate_carries_a_fingerprint(simulator: Running) -> None:
    foreign = self_made({**PERSON, "serialNumber": "PNODE-123"})
    number = foreign.certificate.fingerprint(hashes.SHA256()).hex().upper()
    simulator.world.people.grant("Fingerprint", number, "9999999999", ["InvoiceWrite"])
    by_fingerprint = {"subject": "certificateFingerprint"}
    holder = enroll(Caller(simulator).log_in_with(foreign, **by_fingerprint))
    caller = Caller(simulator).log_in_with(holder, **by_fingerprint)
    (entry,) = caller.json("POST /certificates/query", {})["certificates"]
    assert entry["subjectIdentifier"] == {"type": "Fingerprint", "value": number}
    assert entry["commonName"] == "Zofia Wiśniewska"


def test_an_offline_certificate_does_not_log_in(owner: Caller) -> None:
    answer = Caller(owner.simulator).present(enroll(owner, "Offline"))
    assert (answer.status_code, problem_codes(answer)) == (400, [21115])


def test_a_revoked_certificate_does_not_log_in(owner: Caller) -> None:
    holder = enroll(owner)
    before = Caller(owner.simulator).log_in_with(holder)
    owner.call(f"POST /certificates/{holder.serial}/revoke", expect=204)
    assert Caller(owner.simulator).outcome_with(holder) == {
        "code": 460,
        "description": "Uwierzytelnianie zakończone niepowodzeniem z powodu błędu certyfikatu",
        "details": ["Certyfikat odwołany"],
    }
    # what it opened stays open
    before.json("POST /auth/token/refresh", token=before.refresh)


def test_an_expired_certificate_does_not_log_in(owner: Caller) -> None:
    holder = enroll(owner)
    owner.simulator.later(729 * DAY)
    Caller(owner.simulator).log_in_with(holder)
    owner.simulator.later(3 * DAY)
    outcome = Caller(owner.simulator).outcome_with(holder)
    assert (outcome["code"], outcome["details"]) == (460, ["Nieważny certyfikat"])


def test_a_certificate_that_the_register_has_lost(owner: Caller) -> None:
    holder = enroll(owner)
    owner.simulator.control("POST", "reset")
    outcome = Caller(owner.simulator).outcome_with(holder)
    assert (outcome["code"], outcome["details"]) == (460, ["Niepoprawny certyfikat"])


def test_certificates_outlive_the_process(start: Callable[..., Running], tmp_path: Path) -> None:
    file = str(tmp_path / "ksef.db")
    first = start(database=file)
    holder = enroll(Caller(first).log_in_as("owner"))
    second = start(database=file)
    caller = Caller(second).log_in_with(holder)
    assert caller.json("GET /certificates/limits")["certificate"]["remaining"] == 5


# Self-made ones


@pytest.mark.parametrize("subject", [PERSON, SEAL], ids=["person", "seal"])
def test_self_made_certificates_log_in_for_practice(
    simulator: Running, subject: dict[str, str]
) -> None:
    people = simulator.world.people
    people.grant("Pesel", "85510100000", "9999999999", ["InvoiceRead"])
    Caller(simulator).log_in_with(self_made(subject))


@pytest.mark.parametrize("subject", [PERSON, SEAL], ids=["person", "seal"])
def test_strictness_refuses_them(start: Callable[..., Running], subject: dict[str, str]) -> None:
    strict = start(strict_certificates=True)
    answer = Caller(strict).present(self_made(subject))
    assert (answer.status_code, problem_codes(answer)) == (400, [21115])


def test_strictness_takes_what_a_known_authority_issued(start: Callable[..., Running]) -> None:
    strict = start(strict_certificates=True)
    owner = Caller(strict).log_in_as("owner")
    Caller(strict).log_in_with(enroll(owner))


def test_strictness_has_no_test_data(start: Callable[..., Running]) -> None:
    strict = start(strict_certificates=True)
    strict.witness.unknown_expected = True
    context = {"contextIdentifier": {"type": "Nip", "value": "9999999999"}}
    Caller(strict).call("POST /testdata/context/block", context, token="", expect=404)


def test_a_self_made_certificate_out_of_date(simulator: Running) -> None:
    holder = self_made(SEAL)
    simulator.later(40 * DAY)
    answer = Caller(simulator).present(holder)
    assert (answer.status_code, problem_codes(answer)) == (400, [21115])


# The second QR code


def qr_page(simulator: Running, holder: Holder, context: str = "Nip/9999999999") -> int:
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"faktura").digest()).decode().rstrip("=")
    host = simulator.url.removeprefix("http://")
    address = f"{host}/certificate/{context}/9999999999/{holder.serial}/{digest}"
    assert isinstance(holder.key, ec.EllipticCurvePrivateKey)
    r, s = utils.decode_dss_signature(holder.key.sign(address.encode(), ec.ECDSA(hashes.SHA256())))
    value = base64.urlsafe_b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).decode()
    page = f"http://{address}/{value.rstrip('=')}"
    return requests.get(page, timeout=10).status_code


def test_an_offline_certificate_confirms_its_owner(owner: Caller) -> None:
    simulator = owner.simulator
    holder = enroll(owner, "Offline")
    assert qr_page(simulator, holder) == 200
    assert qr_page(simulator, holder, "InternalId/9999999999-12345") == 200
    assert qr_page(simulator, holder, "Nip/1111111111") == 404
    assert qr_page(simulator, holder, "Other/9999999999") == 404
    assert qr_page(simulator, enroll(owner)) == 404  # for logging in only
    end = {"validTo": (simulator.world.now() + timedelta(days=1)).isoformat()}
    owner.call(f"PUT /testdata/certificates/{holder.serial}", end, expect=200)
    assert qr_page(simulator, holder) == 200
    simulator.later(2 * DAY)
    assert qr_page(simulator, holder) == 404


def test_a_revoked_certificate_confirms_nothing(owner: Caller) -> None:
    holder = enroll(owner, "Offline")
    owner.call(f"POST /certificates/{holder.serial}/revoke", expect=204)
    assert qr_page(owner.simulator, holder) == 404


def test_rights_are_asked_for_when_the_code_is_read(simulator: Running) -> None:
    accountant = Caller(simulator).log_in_as("accountant")
    holder = enroll(accountant, "Offline")
    assert qr_page(simulator, holder) == 200
    simulator.world.people.revoke("Pesel", simulator.world.people.persons["accountant"].pesel)
    assert qr_page(simulator, holder) == 404
