"""Whatever a client sends, the answer is one of the contract's (the witness sees to that)."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from ksef_batch import Batch
from ksef_caller import Caller, Envelope, fa3
from ksef_running import Running

STRANGE = [None, 0, -1, 1.5, 10**30, True, "", "x", "\x00", "ą" * 300, [], [None], {}, {"a": 1}]


def variants(body: Any) -> Iterator[Any]:
    """The body with one value at a time replaced or missing."""
    for path in paths(body):
        for value in STRANGE:
            changed = copy.deepcopy(body)
            if not path:
                yield value
                continue
            holder = changed
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = value
            yield changed


def paths(body: Any, path: tuple = ()) -> Iterator[tuple]:
    yield path
    if isinstance(body, dict):
        for key, value in body.items():
            yield from paths(value, (*path, key))


@pytest.fixture
def owner(simulator: Running) -> Caller:
    return Caller(simulator).log_in_as("owner")


def test_opening_a_session(owner: Caller) -> None:
    for body in variants(owner.session_request(Envelope())):
        owner.call("POST /sessions/online", body, expect=(201, 400))


def test_sending_an_invoice(owner: Caller) -> None:
    sending = owner.open()
    body = sending.request(fa3(issued="2026-11-02"), offlineMode=False)
    for changed in variants({**body, "hashOfCorrectedInvoice": None}):
        sending.post(changed, expect=(202, 400))


def test_a_ksef_token(owner: Caller) -> None:
    token = owner.simulator.ksef_token(owner.nip)
    policy = {"allowedIps": {"ip4Addresses": [], "ip4Ranges": [], "ip4Masks": []}}
    for body in variants(owner.ksef_token_request(token, authorizationPolicy=policy)):
        owner.call("POST /auth/ksef-token", body, token="", expect=(202, 400))


def test_a_query(owner: Caller) -> None:
    owner.open().outcome(fa3(issued="2026-11-02"))
    window = {
        "dateType": "PermanentStorage",
        "from": "2026-11-01T00:00:00Z",
        "to": None,
        "restrictToPermanentStorageHwmDate": False,
    }
    filters = {
        "subjectType": "Subject1",
        "dateRange": window,
        "ksefNumber": None,
        "invoiceNumber": None,
        "amount": {"type": "Brutto", "from": 1, "to": 1000},
        "sellerNip": None,
        "buyerIdentifier": {"type": "Nip", "value": None},
        "currencyCodes": [],
        "invoicingMode": None,
        "isSelfInvoicing": None,
        "formType": None,
        "invoiceTypes": None,
        "hasAttachment": None,
    }
    for body in variants(filters):
        owner.call("POST /invoices/query/metadata", body, expect=(200, 400))


def test_tokens_and_permissions(owner: Caller) -> None:
    for body in variants({"permissions": ["InvoiceRead"], "description": "Opis tokena"}):
        owner.call("POST /tokens", body, expect=(202, 400))
    wanted = {"permissionTypes": [], "permissionState": "Active", "contextIdentifier": None}
    for body in variants(wanted):
        owner.call("POST /permissions/query/personal/grants", body, expect=(200, 400))


@pytest.mark.parametrize(
    "path",
    [
        "/sessions",
        "/auth/sessions",
        "/tokens",
        "/sessions/{session}/invoices",
        "/sessions/{session}/invoices/failed",
    ],
)
def test_questions(owner: Caller, path: str) -> None:
    path = path.replace("{session}", owner.open().reference)
    names = ("pageSize", "sessionType", "statuses", "status", "dateCreatedFrom", "description",
             "authorIdentifierType", "referenceNumber")  # fmt: skip
    for name in names:
        for value in ("", "x", "-1", "1" * 400, "%00", "2026-13-45"):
            owner.call(f"GET {path}?sessionType=Online&{name}={value}", expect=(200, 400))


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer a.b.c", "Bearer ą", ""])
def test_authorisation_headers(owner: Caller, header: str) -> None:
    answer = owner.call("GET /limits/context", token="", headers={"Authorization": header.encode()})
    assert answer.status_code == 401
    assert answer.json()["title"] == "Unauthorized"


@pytest.mark.parametrize("body", [b"", b"\xff", b"[" * 100_000, b"9" * 5000, b'"x"', b"NaN"])
def test_bodies_that_are_no_objects(owner: Caller, body: bytes) -> None:
    for path in ("/sessions/online", "/tokens", "/invoices/query/metadata"):
        answer = owner.http.post(
            f"{owner.simulator.url}/v2{path}",
            data=body,
            headers={"Authorization": f"Bearer {owner.access}"},
            timeout=10,
        )
        assert answer.status_code == 400


def test_opening_a_batch_session(owner: Caller) -> None:
    body = Batch(owner, [("a.xml", fa3())]).request()
    part = body["batchFile"]["fileParts"][0]
    for changed in variants({**body, "offlineMode": False}):
        owner.call("POST /sessions/batch", changed, expect=(201, 400))
    for changed in variants(part):
        body["batchFile"]["fileParts"] = [changed]
        owner.call("POST /sessions/batch", body, expect=(201, 400))
