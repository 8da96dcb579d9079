"""Contexts other than a NIP, blocked contexts, rights that come and go."""

import pytest
import requests
from cryptography.hazmat.primitives import hashes
from ksef_caller import Caller, fa3, wait
from ksef_running import Running, problem_codes
from ksef_signing import PERSON, Holder, self_made

NIP = "9999999999"
UNIT = f"{NIP}-12345"
EU_ENTITY = f"{NIP}-ATU12345678"


def outcome_of(caller: Caller, person: str = "owner", **request: str) -> dict[str, object]:
    """The status in which a login with the Trusted Profile ends."""
    caller.started(submitted(caller, person, **request))
    return wait(caller.status)


def submitted(caller: Caller, person: str = "owner", **request: str) -> requests.Response:
    document = caller.auth_token_request(caller.challenge()["challenge"], **request)
    return caller.submit(caller.sign(document, person))


# Parts of a company, companies of the EU


def test_a_unit_of_a_company_is_a_context(simulator: Running) -> None:
    unit = Caller(simulator).log_in_as("accountant", kind="InternalId", context=UNIT)
    granted = unit.json("POST /permissions/query/personal/grants", {})["permissions"]
    assert granted[0]["contextIdentifier"] == {"type": "InternalId", "value": UNIT}
    outcome = unit.open().outcome(fa3(issued="2026-11-02"))
    assert outcome["status"]["code"] == 200
    window = {"dateType": "Issue", "from": "2026-11-01T00:00:00Z"}
    query = {"subjectType": "Subject1", "dateRange": window}
    company = Caller(simulator).log_in_as("accountant")
    other = Caller(simulator).log_in_as("accountant", kind="InternalId", context=f"{NIP}-54321")
    assert len(unit.json("POST /invoices/query/metadata", query)["invoices"]) == 1
    assert len(company.json("POST /invoices/query/metadata", query)["invoices"]) == 1
    assert len(other.json("POST /invoices/query/metadata", query)["invoices"]) == 0


def test_a_unit_has_tokens_of_its_own(simulator: Running) -> None:
    unit = Caller(simulator).log_in_as("owner", kind="InternalId", context=UNIT)
    made = unit.json("POST /tokens", {"permissions": ["InvoiceRead"], "description": "Próba"})
    assert f"|internalId-{UNIT}|" in made["token"]
    caller = Caller(simulator)
    request = caller.ksef_token_request(
        made["token"], contextIdentifier={"type": "InternalId", "value": UNIT}
    )
    caller.started(caller.call("POST /auth/ksef-token", request, token=""))
    assert wait(caller.status)["code"] == 200
    caller.started(
        caller.call("POST /auth/ksef-token", caller.ksef_token_request(made["token"]), token="")
    )
    assert wait(caller.status)["details"] == [f"Token nie może być użyty w kontekście {NIP}"]


def test_an_eu_entity_wants_a_grant_of_its_own(simulator: Running) -> None:
    eu = {"kind": "NipVatUe", "context": EU_ENTITY}
    assert outcome_of(Caller(simulator), **eu)["code"] == 415
    foreign = self_made({**PERSON, "serialNumber": "PNOAT-123"})
    simulator.control("POST", "grants", {
        "kind": "Fingerprint", "value": fingerprint(foreign), "context": EU_ENTITY,
        "permissions": ["InvoiceWrite", "InvoiceRead", "VatUeManage"],
    })  # fmt: skip
    caller = Caller(simulator)
    caller.log_in_with(foreign, subject="certificateFingerprint", **eu)
    granted = caller.json("POST /permissions/query/personal/grants", {})["permissions"]
    assert {one["permissionScope"] for one in granted} == {
        "InvoiceWrite", "InvoiceRead", "VatUeManage",
    }  # fmt: skip
    refused = caller.call(
        "POST /tokens", {"permissions": ["InvoiceRead"], "description": "Próba"}, expect=400
    )
    assert problem_codes(refused) == [26002]
    assert caller.open().outcome(fa3(issued="2026-11-02"))["status"]["code"] == 200


def fingerprint(holder: Holder) -> str:
    return holder.certificate.fingerprint(hashes.SHA256()).hex().upper()


@pytest.mark.parametrize(
    ("kind", "value"),
    [("Nip", "9999999998"), ("InternalId", "9999999998-12345"), ("PeppolId", "PPL123456")],
)
def test_an_identifier_that_does_not_fit(simulator: Running, kind: str, value: str) -> None:
    answer = submitted(Caller(simulator), kind=kind, context=value)
    assert (answer.status_code, problem_codes(answer)) == (400, [21117])


@pytest.mark.parametrize(
    ("kind", "value"), [("InternalId", NIP), ("InternalId", f"{NIP}-1234"), ("NipVatUe", UNIT)]
)
def test_an_identifier_of_the_wrong_shape(simulator: Running, kind: str, value: str) -> None:
    answer = submitted(Caller(simulator), kind=kind, context=value)
    assert (answer.status_code, problem_codes(answer)) == (400, [21401])
    caller = Caller(simulator)
    request = caller.ksef_token_request("x", contextIdentifier={"type": kind, "value": value})
    answer = caller.call("POST /auth/ksef-token", request, token="", expect=400)
    assert problem_codes(answer) == [21405]


# Blocking


def block(simulator: Running, action: str = "block", value: str = NIP) -> None:
    context = {"contextIdentifier": {"type": "Nip", "value": value}}
    Caller(simulator).call(f"POST /testdata/context/{action}", context, token="", expect=200)


def test_nobody_logs_in_to_a_blocked_context(simulator: Running) -> None:
    token = simulator.ksef_token(NIP)
    before = Caller(simulator).log_in_as("owner")
    block(simulator)
    blocked = outcome_of(Caller(simulator))
    assert (blocked["code"], blocked["description"]) == (480, "Uwierzytelnienie zablokowane")
    assert "Podejrzenie incydentu" in str(blocked["details"])
    caller = Caller(simulator)
    caller.started(caller.call("POST /auth/ksef-token", caller.ksef_token_request(token), token=""))
    assert wait(caller.status)["code"] == 480
    assert problem_codes(
        caller.call("POST /auth/token/redeem", token=caller.authentication, expect=400)
    ) == [21301]
    # those who are in stay in until their access token ends
    before.call("GET /limits/context", expect=200)
    refused = before.call("POST /auth/token/refresh", token=before.refresh, expect=400)
    assert "480" in refused.json()["errors"][0]["details"][0]
    assert outcome_of(Caller(simulator, "1111111111"))["code"] == 200
    block(simulator, "unblock")
    assert outcome_of(Caller(simulator))["code"] == 200
    before.json("POST /auth/token/refresh", token=before.refresh)


def test_calls_can_be_refused_too(caller: Caller) -> None:
    simulator = caller.simulator
    shown = simulator.control("POST", "contexts/block", {"value": NIP, "calls": True})
    assert shown == [{"type": "Nip", "value": NIP, "calls": True}]
    refused = caller.call("GET /limits/context", expect=403).json()
    assert refused["reasonCode"] == "security-service-blocked"
    assert set(refused["security"]) == {"incidentId", "clientIp"}
    assert simulator.control("GET", "state")["blockedContexts"] == shown
    assert simulator.control("POST", "contexts/unblock", {"value": NIP}) == []
    caller.call("GET /limits/context", expect=200)


@pytest.mark.parametrize(
    "context", [None, {"type": "Nip", "value": "1"}, {"type": "Pesel", "value": NIP}, {}]
)
def test_what_is_no_context_cannot_be_blocked(simulator: Running, context: object) -> None:
    answer = Caller(simulator).call(
        "POST /testdata/context/block", {"contextIdentifier": context}, token="", expect=400
    )
    assert problem_codes(answer) == [21405]


# Rights


def test_rights_end_with_the_next_token(simulator: Running) -> None:
    caller = Caller(simulator).log_in_as("accountant")
    removed = simulator.control("POST", "grants/revoke", {"person": "accountant"})
    assert removed == {"removed": 1}
    caller.call("GET /sessions?sessionType=Online", expect=200)
    renewed = caller.json("POST /auth/token/refresh", token=caller.refresh)
    caller.access = renewed["accessToken"]["token"]
    refused = caller.call("GET /sessions?sessionType=Online", expect=403).json()
    assert refused["reasonCode"] == "missing-permissions"
    assert refused["security"] == {
        "requiredAnyOfPermissions": ["Introspection", "EnforcementOperations", "InvoiceWrite"],
        "presentPermissions": [],
    }
    assert outcome_of(Caller(simulator), "accountant")["code"] == 415
    simulator.control(
        "POST",
        "grants",
        {"person": "accountant", "context": NIP, "permissions": ["InvoiceRead"]},
    )
    caller = Caller(simulator).log_in_as("accountant")
    window = {"dateType": "Issue", "from": "2026-11-01T00:00:00Z"}
    caller.json("POST /invoices/query/metadata", {"subjectType": "Subject1", "dateRange": window})
    refused = caller.call("POST /sessions/online", {}, expect=403).json()
    assert refused["security"]["presentPermissions"] == ["InvoiceRead"]
    assert outcome_of(Caller(simulator, "1111111111"), "accountant")["code"] == 415


def test_grants_are_listed_and_can_be_taken_back_one_by_one(simulator: Running) -> None:
    for context in (NIP, UNIT):
        body = {"person": "stranger", "context": context, "permissions": ["InvoiceRead"]}
        simulator.control("POST", "grants", body)
    removed = simulator.control("POST", "grants/revoke", {"person": "stranger", "context": NIP})
    assert removed == {"removed": 1}
    pesel = simulator.world.people.persons["stranger"].pesel
    assert [one for one in simulator.control("GET", "grants") if one["value"] == pesel] == [
        {"kind": "Pesel", "value": pesel, "context": UNIT, "permissions": ["InvoiceRead"]}
    ]
    assert outcome_of(Caller(simulator), "stranger")["code"] == 415
    unit = {"kind": "InternalId", "context": UNIT}
    assert outcome_of(Caller(simulator), "stranger", **unit)["code"] == 200
