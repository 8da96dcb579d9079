"""Enrolling KSeF certificates, looking after them, revoking them."""

import base64
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from ksef_caller import Caller
from ksef_enrolling import enroll, read_moment, requested
from ksef_running import Running, problem_codes
from ksef_signing import PERSON, SEAL, enrollment, new_key, request_for, self_made

DAY = 24 * 3600
ENROLLMENTS = "POST /certificates/enrollments"


@pytest.fixture
def owner(simulator: Running) -> Caller:
    return Caller(simulator).log_in_as("owner")


@pytest.fixture
def data(owner: Caller) -> dict[str, str]:
    return owner.json("GET /certificates/enrollments/data")


def refused(caller: Caller, request: dict[str, Any]) -> list[int]:
    return problem_codes(caller.call(ENROLLMENTS, request, expect=400))


# What KSeF knows of the one who signed


def test_the_trusted_profile_names_the_person(data: dict[str, str]) -> None:
    assert data == {
        "commonName": "Jan Kowalski",
        "givenName": "Jan",
        "surname": "Kowalski",
        "serialNumber": "PNOPL-81452317036",
        "countryName": "PL",
    }


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (SEAL, {}),
        ({**SEAL, "serialNumber": "TINPL-9999999999"}, {"serialNumber": None}),
        ({**SEAL, "uniqueIdentifier": "d9d22724-4696-460c"}, {}),
        ({**PERSON, "serialNumber": "NIP-9999999999"}, {"serialNumber": "TINPL-9999999999"}),
        (
            {**PERSON, "serialNumber": "NIP 9999999999", "organizationName": "Sprzedawca"},
            {"serialNumber": "TINPL-9999999999", "organizationName": None},
        ),
    ],
)
def test_a_certificate_is_copied(
    simulator: Running, given: dict[str, str], kept: dict[str, str | None]
) -> None:
    caller = Caller(simulator).log_in_with(self_made(given))
    expected = {name: text for name, text in {**given, **kept}.items() if text}
    assert caller.json("GET /certificates/enrollments/data") == expected


def test_a_token_gets_nothing(caller: Caller, data: dict[str, str]) -> None:
    answer = caller.call("GET /certificates/enrollments/data", expect=400)
    assert problem_codes(answer) == [25001]
    assert refused(caller, enrollment(request_for(data))) == [25002]
    assert caller.json("GET /certificates/limits")["canRequest"] is False


# Requests


@pytest.mark.parametrize("kind", ["Authentication", "Offline"])
def test_a_request_becomes_a_certificate(owner: Caller, data: dict[str, str], kind: str) -> None:
    key = new_key()
    reference = requested(owner, enrollment(request_for(data, key), kind))
    status = owner.json(f"GET /certificates/enrollments/{reference}")
    assert status["status"] == {
        "code": 200,
        "description": "Wniosek obsłużony (certyfikat wygenerowany)",
    }
    serial = status["certificateSerialNumber"]
    (got,) = owner.json("POST /certificates/retrieve", {"certificateSerialNumbers": [serial]})[
        "certificates"
    ]
    assert got["certificateSerialNumber"] == serial
    assert (got["certificateName"], got["certificateType"]) == ("Certyfikat z testów", kind)
    certificate = x509.load_der_x509_certificate(base64.b64decode(got["certificate"]))
    assert f"{certificate.serial_number:016X}" == serial
    assert certificate.public_key() == key.public_key()
    assert {one.oid.dotted_string for one in certificate.subject} == {
        "2.5.4.3", "2.5.4.4", "2.5.4.5", "2.5.4.6", "2.5.4.42",
    }  # fmt: skip
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature == (kind == "Authentication")
    assert usage.content_commitment == (kind == "Offline")
    length = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert length in (timedelta(days=730), timedelta(days=731))


def test_a_request_waits_until_it_is_decided(owner: Caller, data: dict[str, str]) -> None:
    owner.simulator.slow_down()
    reference = requested(owner, enrollment(request_for(data)))
    status = owner.json(f"GET /certificates/enrollments/{reference}")
    assert status["status"] == {"code": 100, "description": "Wniosek przyjęty do realizacji"}
    assert "certificateSerialNumber" not in status
    owner.simulator.later(61)
    status = owner.json(f"GET /certificates/enrollments/{reference}")
    assert status["status"]["code"] == 200


def test_rsa_keys_and_every_hash_are_taken(owner: Caller, data: dict[str, str]) -> None:
    key = rsa.generate_private_key(65537, 2048)
    for algorithm in (hashes.SHA256(), hashes.SHA384(), hashes.SHA512()):
        owner.json(ENROLLMENTS, enrollment(request_for(data, key, algorithm)))
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    owner.json(ENROLLMENTS, enrollment(request_for(data, key, rsa_padding=pss)))


def test_wrong_keys_are_refused(owner: Caller, data: dict[str, str]) -> None:
    for key in (rsa.generate_private_key(65537, 3072), ec.generate_private_key(ec.SECP384R1())):
        assert refused(owner, enrollment(request_for(data, key))) == [25010]
    csr = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .sign(ed25519.Ed25519PrivateKey.generate(), None)
    )
    der = csr.public_bytes(serialization.Encoding.DER)
    assert refused(owner, enrollment(der)) == [25010]


def test_other_hashes_are_refused(owner: Caller, data: dict[str, str]) -> None:
    csr = request_for(data, algorithm=hashes.SHA3_256())
    assert refused(owner, enrollment(csr)) == [25011]


@pytest.mark.parametrize(
    "changes",
    [
        {"commonName": "Jan KOWALSKI"},
        {"givenName": None},
        {"serialNumber": "81452317036"},
        {"organizationName": "Kowalski"},
        {"uniqueIdentifier": "1"},
    ],
)
def test_other_names_are_refused(
    owner: Caller, data: dict[str, str], changes: dict[str, str | None]
) -> None:
    wrong = {name: text for name, text in {**data, **changes}.items() if text}
    assert refused(owner, enrollment(request_for(wrong))) == [25003]


def test_unknown_and_doubled_names_are_refused(owner: Caller, data: dict[str, str]) -> None:
    def with_more(oid: str, text: str) -> bytes:
        builder = x509.CertificateSigningRequestBuilder()
        subject = x509.load_der_x509_csr(request_for(data)).subject
        more = x509.NameAttribute(x509.ObjectIdentifier(oid), text)
        csr = builder.subject_name(x509.Name([*subject, more])).sign(new_key(), hashes.SHA256())
        return csr.public_bytes(serialization.Encoding.DER)

    assert refused(owner, enrollment(with_more("2.5.4.11", "Biuro"))) == [25003]
    assert refused(owner, enrollment(with_more("2.5.4.3", "Jan Kowalski"))) == [25003]
    assert refused(owner, enrollment(with_more("1.2.3.4", "x"))) == [25003]


def test_given_names_may_stand_one_by_one(simulator: Running) -> None:
    caller = Caller(simulator).log_in_with(
        self_made({**PERSON, "givenName": "Zofia Anna", "serialNumber": "NIP-9999999999"})
    )
    data = caller.json("GET /certificates/enrollments/data")
    parts = [x509.NameAttribute(x509.NameOID.GIVEN_NAME, text) for text in ("Zofia", "Anna")]
    rest = x509.load_der_x509_csr(request_for({**data, "givenName": "x"})).subject
    kept = [one for one in rest if one.oid != x509.NameOID.GIVEN_NAME]
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([*kept, *parts]))
    csr = builder.sign(new_key(), hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    assert caller.json(ENROLLMENTS, enrollment(csr))


def test_damaged_requests_are_refused(owner: Caller, data: dict[str, str]) -> None:
    good = request_for(data)
    # a UTF8String "Kowalski" turned into a TeletexString, as some libraries write it
    teletex = good.replace(b"\x0c\x08Kowalski", b"\x14\x08Kowalski")
    assert teletex != good
    pem = x509.load_der_x509_csr(good).public_bytes(serialization.Encoding.PEM)
    altered = good.replace(b"Kowalski", b"Nowakowa")
    for wrong in (teletex, pem, altered, good[:-5], good + b"\0", b"x"):
        assert refused(owner, enrollment(wrong)) == [25004]


@pytest.mark.parametrize("sign", ["&", "_", "*", "@"])
def test_a_sign_that_a_printable_string_may_not_hold(simulator: Running, sign: str) -> None:
    text = f"Lis {sign} Syn"
    caller = Caller(simulator).log_in_with(self_made({**SEAL, "organizationName": text}))
    data = caller.json("GET /certificates/enrollments/data")
    good = request_for(data)
    wrong = good.replace(b"\x0c\x09Lis", b"\x13\x09Lis")
    assert wrong != good
    assert refused(caller, enrollment(wrong)) == [25004]
    assert enroll(caller)


@pytest.mark.parametrize(
    "changes",
    [
        {"certificateName": "abcd"},
        {"certificateName": "x" * 101},
        {"certificateName": "Firma sp. z o.o."},
        {"certificateType": "Both"},
        {"certificateType": None},
        {"csr": "nie base64"},
        {"csr": None},
    ],
)
def test_incomplete_requests_are_refused(
    owner: Caller, data: dict[str, str], changes: dict[str, Any]
) -> None:
    request = {**enrollment(request_for(data)), **changes}
    assert refused(owner, request) == [21405]


def test_a_certificate_may_begin_within_ninety_days(owner: Caller, data: dict[str, str]) -> None:
    now = owner.simulator.world.now()
    later = (now + timedelta(days=80)).replace(microsecond=0)
    holder = enroll(owner, validFrom=later.isoformat())
    assert holder.certificate.not_valid_before_utc == later
    assert owner.json("GET /certificates/limits")["certificate"]["remaining"] == 5
    assert Caller(owner.simulator).outcome_with(holder)["details"] == ["Nieważny certyfikat"]
    owner.simulator.later(81 * DAY)
    Caller(owner.simulator).log_in_with(holder)
    too_late = enrollment(request_for(data), validFrom=(now + timedelta(days=400)).isoformat())
    owner = Caller(owner.simulator).log_in_as("owner")
    assert refused(owner, too_late) == [21405]


def test_names_longer_than_the_standard_allows_are_taken(simulator: Running) -> None:
    long = "Spółka z bardzo długą nazwą " * 4 + "z ograniczoną odpowiedzialnością"
    caller = Caller(simulator).log_in_with(self_made({**SEAL, "organizationName": long}))
    assert enroll(caller).certificate.public_key()


def test_another_ones_key_is_refused(owner: Caller, data: dict[str, str]) -> None:
    key = new_key()
    requested(owner, enrollment(request_for(data, key)))
    accountant = Caller(owner.simulator).log_in_as("accountant")
    theirs = accountant.json("GET /certificates/enrollments/data")
    reference = requested(accountant, enrollment(request_for(theirs, key)))
    status = accountant.json(f"GET /certificates/enrollments/{reference}")["status"]
    assert (status["code"], status["description"]) == (400, "Wniosek odrzucony")
    assert status["details"] == ["Klucz publiczny został już certyfikowany przez inny podmiot."]
    requested(owner, enrollment(request_for(data, key), "Offline"))  # one's own may come again


def test_the_status_belongs_to_the_one_who_asked(owner: Caller, data: dict[str, str]) -> None:
    reference = requested(owner, enrollment(request_for(data)))
    stranger = Caller(owner.simulator).log_in_as("accountant")
    answer = stranger.call(f"GET /certificates/enrollments/{reference}", expect=400)
    assert problem_codes(answer) == [25005]
    owner.simulator.later(31 * DAY)
    owner = Caller(owner.simulator).log_in_as("owner")
    owner.call(f"GET /certificates/enrollments/{reference}", expect=410)


def test_trouble_can_be_made(owner: Caller, data: dict[str, str]) -> None:
    def outcome() -> dict[str, Any]:
        reference = requested(owner, enrollment(request_for(data)))
        return owner.json(f"GET /certificates/enrollments/{reference}")["status"]

    owner.simulator.fault("cancelled", ENROLLMENTS, times=1)
    assert outcome()["code"] == 550
    stuck = owner.simulator.fault("stuck", ENROLLMENTS)
    reference = requested(owner, enrollment(request_for(data)))
    status = owner.json(f"GET /certificates/enrollments/{reference}")["status"]
    assert status["code"] == 100
    owner.simulator.control("DELETE", f"faults/{stuck}")
    assert owner.json(f"GET /certificates/enrollments/{reference}")["status"]["code"] == 200
    owner.simulator.fault("cancelled", "*", times=1)  # that one waits for an invoice
    assert outcome()["code"] == 200


# Limits


def test_limits_of_a_person(owner: Caller, data: dict[str, str]) -> None:
    limits = owner.json("GET /certificates/limits")
    assert limits == {
        "canRequest": True,
        "enrollment": {"remaining": 12, "limit": 12},
        "certificate": {"remaining": 6, "limit": 6},
    }
    holders = [enroll(owner) for _ in range(6)]
    assert owner.json("GET /certificates/limits") == {
        "canRequest": False,
        "enrollment": {"remaining": 6, "limit": 12},
        "certificate": {"remaining": 0, "limit": 6},
    }
    assert refused(owner, enrollment(request_for(data))) == [25007]
    # a revoked certificate makes room for another, a request stays made for thirty days
    for holder in holders:
        owner.call(f"POST /certificates/{holder.serial}/revoke", expect=204)
        enroll(owner)
    assert refused(owner, enrollment(request_for(data))) == [25006]
    assert owner.json("GET /certificates/limits")["enrollment"]["remaining"] == 0
    owner.simulator.later(30 * DAY)
    owner = Caller(owner.simulator).log_in_as("owner")
    assert owner.json("GET /certificates/limits")["enrollment"]["remaining"] == 12


def test_the_last_place_goes_to_the_first_request(owner: Caller, data: dict[str, str]) -> None:
    owner.simulator.slow_down()
    owner.call(
        "POST /testdata/limits/subject/certificate",
        {"certificate": {"maxCertificates": 1}},
        expect=200,
    )
    references = [requested(owner, enrollment(request_for(data))) for _ in range(2)]
    owner.simulator.later(61)
    first, second = (
        owner.json(f"GET /certificates/enrollments/{one}")["status"] for one in references
    )
    assert (first["code"], second["code"]) == (200, 400)
    assert second["details"] == ["Osiągnięto dopuszczalny limit posiadanych certyfikatów."]
    owner.call("DELETE /testdata/limits/subject/certificate", expect=200)
    assert owner.json("GET /certificates/limits")["certificate"] == {"remaining": 5, "limit": 6}


def test_a_company_may_have_more(simulator: Running) -> None:
    caller = Caller(simulator).log_in_with(self_made(SEAL))
    limits = caller.json("GET /certificates/limits")
    assert (limits["enrollment"]["limit"], limits["certificate"]["limit"]) == (300, 100)
    assert caller.json("GET /limits/subject") == {
        "enrollment": {"maxEnrollments": 300},
        "certificate": {"maxCertificates": 100},
    }


# The register


def test_the_list_can_be_narrowed_and_paged(owner: Caller) -> None:
    owner.call(
        "POST /testdata/limits/subject/certificate",
        {"enrollment": {"maxEnrollments": 50}, "certificate": {"maxCertificates": 50}},
        expect=200,
    )
    holders = [enroll(owner, certificateName=f"Numer {n:02}") for n in range(11)]
    offline = enroll(owner, "Offline", certificateName="Drugi kod QR")
    owner.call(f"POST /certificates/{holders[3].serial}/revoke", expect=204)

    def found(body: dict[str, Any] | None = None, query: str = "") -> list[str]:
        answer = owner.json(f"POST /certificates/query{query}", body)
        return [one["certificateSerialNumber"] for one in answer["certificates"]]

    newest_first = [offline.serial, *(one.serial for one in reversed(holders))]
    assert found() == newest_first[:10]
    assert owner.json("POST /certificates/query", {})["hasMore"] is True
    assert found(query="?pageOffset=1") == newest_first[10:]
    assert found(query="?pageSize=50") == newest_first
    assert found({"type": "Offline"}) == [offline.serial]
    assert found({"status": "Revoked"}) == [holders[3].serial]
    assert found({"name": "mer 07"}) == [holders[7].serial]
    assert found({"certificateSerialNumber": holders[0].serial}) == [holders[0].serial]
    end = holders[0].certificate.not_valid_after_utc
    assert len(found({"expiresAfter": (end - timedelta(days=1)).isoformat()})) == 10
    assert found({"expiresAfter": (end + timedelta(days=1)).isoformat()}) == []
    for wrong in ({"status": "Lost"}, {"type": "x"}, {"certificateSerialNumber": "12"}):
        assert problem_codes(owner.call("POST /certificates/query", wrong, expect=400)) == [21405]
    owner.call("POST /certificates/query?pageSize=51", {}, expect=400)


def test_an_entry_tells_whose_it_is(owner: Caller) -> None:
    holder = enroll(owner)
    (entry,) = owner.json("POST /certificates/query", {})["certificates"]
    assert entry["subjectIdentifier"] == {"type": "Pesel", "value": "81452317036"}
    assert (entry["commonName"], entry["status"]) == ("Jan Kowalski", "Active")
    assert entry["lastUseDate"] is None
    assert read_moment(entry["validTo"]) == holder.certificate.not_valid_after_utc
    Caller(owner.simulator).log_in_with(holder)
    (entry,) = owner.json("POST /certificates/query", {})["certificates"]
    assert isinstance(read_moment(entry["lastUseDate"]), datetime)


def test_one_sees_ones_own_in_every_context(owner: Caller) -> None:
    holder = enroll(owner)
    elsewhere = Caller(owner.simulator, "1111111111").log_in_as("owner")
    assert listed(elsewhere) == [holder.serial]
    assert listed(Caller(owner.simulator).log_in_as("accountant")) == []


def test_others_certificates_are_not_handed_out(owner: Caller) -> None:
    holder = enroll(owner)
    accountant = Caller(owner.simulator).log_in_as("accountant")
    asked = {"certificateSerialNumbers": [holder.serial, "0123456789ABCDEF"]}
    assert accountant.json("POST /certificates/retrieve", asked) == {"certificates": []}
    assert len(owner.json("POST /certificates/retrieve", asked)["certificates"]) == 1
    answer = accountant.call(f"POST /certificates/{holder.serial}/revoke", expect=400)
    assert problem_codes(answer) == [25008]
    for wrong in ([], ["x"], [holder.serial] * 11):
        body = {"certificateSerialNumbers": wrong}
        answer = owner.call("POST /certificates/retrieve", body, expect=400)
        assert problem_codes(answer) == [21405]


def test_a_sole_trader_is_the_person(simulator: Running) -> None:
    simulator.control("POST", "people", {
        "key": "trader", "firstName": "Ewa", "lastName": "Maj", "pesel": "85510100000",
        "nip": "9999999999", "permissions": [],
    })  # fmt: skip
    person = Caller(simulator).log_in_as("trader")
    company = Caller(simulator).log_in_with(self_made(SEAL))
    holder = enroll(company)
    assert listed(person) == [holder.serial]
    person.call(f"POST /certificates/{holder.serial}/revoke", expect=204)


# The end


@pytest.mark.parametrize("reason", ["Unspecified", "Superseded", "KeyCompromise", None])
def test_revocation(owner: Caller, reason: str | None) -> None:
    holder = enroll(owner)
    body = {"revocationReason": reason} if reason else None
    owner.call(f"POST /certificates/{holder.serial}/revoke", body, expect=204)
    assert owner.json("POST /certificates/query", {})["certificates"][0]["status"] == "Revoked"
    answer = owner.call(f"POST /certificates/{holder.serial}/revoke", body, expect=400)
    assert problem_codes(answer) == [25009]


def test_wrong_revocations(owner: Caller, caller: Caller) -> None:
    holder = enroll(owner)
    path = f"POST /certificates/{holder.serial}/revoke"
    assert problem_codes(owner.call(path, {"revocationReason": "Lost"}, expect=400)) == [21405]
    unknown = owner.call("POST /certificates/0123456789ABCDEF/revoke", expect=400)
    assert problem_codes(unknown) == [25008]
    assert problem_codes(owner.call("POST /certificates/12/revoke", expect=400)) == [21405]
    forbidden = caller.call(path, expect=403).json()
    assert forbidden["reasonCode"] == "auth-method-not-allowed"
    assert forbidden["security"] == {"authenticationMethodCategory": "Token"}


def test_a_revocation_takes_its_time(owner: Caller) -> None:
    holder = enroll(owner)
    owner.simulator.slow_down()
    owner.call(f"POST /certificates/{holder.serial}/revoke", expect=204)
    for shown, told in (("Blocked", "zawieszony"), ("Revoked", "odwołany")):
        entry = owner.json("POST /certificates/query", {})["certificates"][0]
        caller = Caller(owner.simulator)
        caller.started(caller.present(holder))
        owner.simulator.later(61)
        assert entry["status"] == shown
        assert caller.status()["status"]["details"] == [f"Certyfikat {told}"]


def test_validity_can_be_shortened(owner: Caller) -> None:
    holder = enroll(owner)
    path = f"PUT /testdata/certificates/{holder.serial}"
    now = owner.simulator.world.now()
    owner.call(path, {"validTo": (now + timedelta(days=3)).isoformat()}, expect=200)
    longer = {"validTo": (now + timedelta(days=4)).isoformat()}
    assert problem_codes(owner.call(path, longer, expect=400)) == [21405]
    unknown = owner.call("PUT /testdata/certificates/0123456789ABCDEF", longer, expect=400)
    assert problem_codes(unknown) == [25008]
    Caller(owner.simulator).log_in_with(holder)
    owner.simulator.later(3 * DAY)
    owner = Caller(owner.simulator).log_in_as("owner")
    assert owner.json("POST /certificates/query", {})["certificates"][0]["status"] == "Expired"
    answer = owner.call(f"POST /certificates/{holder.serial}/revoke", expect=400)
    assert problem_codes(answer) == [25009]
    limits = owner.json("GET /certificates/limits")
    assert limits["certificate"]["remaining"] == 6


def listed(caller: Caller) -> list[str]:
    found = caller.json("POST /certificates/query", {})["certificates"]
    return [one["certificateSerialNumber"] for one in found]
