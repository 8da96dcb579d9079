"""The control API, the pages behind it, and what stays over a restart."""

import json
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from ksef_caller import Caller, b64, digest, fa3, wait
from ksef_enrolling import enroll
from ksef_running import Running
from ksef_signing import Holder


def test_the_state_tells_everything_at_once(caller: Caller) -> None:
    caller.open().outcome(fa3(issued="2026-11-02"))
    state = caller.simulator.control("GET", "state")
    assert (state["sessions"], state["invoices"], state["limits"]) == (1, 1, "off")
    assert len(state["keys"]) == 4
    assert state["latarnia"]["status"] == "AVAILABLE"


def test_the_list_of_invoices_shows_their_fate(caller: Caller, today: date) -> None:
    xml = fa3(issued=today.isoformat())
    sending = caller.open()
    outcome = sending.outcome(xml)
    sending.outcome(xml)
    good, duplicate = caller.simulator.sent_invoices()
    assert good["ksefNumber"] == outcome["ksefNumber"]
    assert bytes.fromhex(good["sha256"]).hex() == good["sha256"]
    assert b64(bytes.fromhex(good["sha256"])) == digest(xml)
    assert (good["nip"], good["invoiceNumber"]) == ("9999999999", "FV/2026/1")
    assert (good["status"], good["invoicingMode"]) == (200, "Online")
    assert (duplicate["status"], duplicate["ksefNumber"]) == (440, None)


def test_a_reset_forgets_everything_but_the_seed(caller: Caller) -> None:
    keys = caller.simulator.control("GET", "state")["keys"]
    caller.open().outcome(fa3(issued="2026-11-02"))
    caller.simulator.control("POST", "clock", {"offset": 10})
    state = caller.simulator.control("POST", "reset")
    assert (state["sessions"], state["invoices"], state["clockOffset"]) == (0, 0, 0)
    assert state["keys"] == keys
    caller.call("GET /limits/context", expect=401)
    assert caller.log_in().open().outcome(fa3(issued="2026-11-02"))["status"]["code"] == 200


def test_the_same_seed_gives_the_same_numbers(start: Callable[..., Running]) -> None:
    def numbers(seed: int) -> list[str]:
        simulator = start(seed=seed)
        caller = Caller(simulator).log_in()
        outcome = caller.open().outcome(fa3(issued="2026-11-02"))
        keys = [key["publicKeyId"] for key in simulator.control("GET", "state")["keys"]]
        return [outcome["ksefNumber"], caller.reference, *keys]

    first = numbers(7)
    assert numbers(7) == first
    assert not set(numbers(0)) & set(first)


def test_people_can_be_added(simulator: Running) -> None:
    simulator.control(
        "POST",
        "people",
        {
            "key": "clerk",
            "firstName": "Ewa",
            "lastName": "Lis",
            "pesel": "44051401359",
            "permissions": ["InvoiceRead"],
            "contexts": ["9999999999"],
        },
    )
    people = simulator.control("GET", "people")["people"]
    assert [person["key"] for person in people] == ["owner", "accountant", "stranger", "clerk"]
    clerk = Caller(simulator).log_in_as("clerk")
    clerk.call("POST /sessions/online", {}, expect=403)
    elsewhere = Caller(simulator, "1111111111")
    document = elsewhere.auth_token_request(elsewhere.challenge()["challenge"])
    elsewhere.started(elsewhere.submit(elsewhere.sign(document, "clerk")))
    assert wait(elsewhere.status)["code"] == 415


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("clock", {"offset": "much"}),
        ("ksef-tokens", {"nip": "1"}),
        ("ksef-tokens", {"nip": "9999999999", "permissions": ["Everything"]}),
        ("limits", {"mode": "none"}),
        ("tokens/expire", {"kind": "some"}),
        ("people", {"key": "x"}),
        ("latarnia", {"broken": "quite"}),
        ("clock", {"forward": "much"}),
        ("grants", {"person": "nobody", "permissions": ["InvoiceRead"]}),
        ("grants", {"person": "owner"}),
        ("grants", {"kind": "Pesel", "permissions": ["InvoiceRead"]}),
        ("grants", {"person": "owner", "context": "123", "permissions": ["InvoiceRead"]}),
        ("grants", {"person": "owner", "context": "9999999999", "permissions": ["Everything"]}),
        ("contexts/block", {"value": "1"}),
        ("contexts/block", {"type": "Pesel", "value": "9999999999"}),
        ("certificates/0123456789ABCDEF/revoke", {}),
        ("certificates/0123456789ABCDEF/shorten", {"seconds": 1}),
        ("ksef-tokens/20261120-EC-1/revoke", {}),
        ("practice-certificates", {"person": "nobody"}),
        ("practice-certificates", {"nip": "1", "name": "x"}),
        ("practice-certificates", {"nip": "9999999999"}),
    ],
)
def test_wrong_commands_are_explained(simulator: Running, path: str, body: dict) -> None:
    answer = requests.post(f"{simulator.url}/control/{path}", json=body, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize("data", [b"{", b"[]", b"\xff"])
def test_unreadable_commands_too(simulator: Running, data: bytes) -> None:
    answer = requests.post(f"{simulator.url}/control/clock", data=data, timeout=5)
    assert answer.status_code == 400


def test_a_database_file_outlives_the_process(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    file = str(tmp_path / "ksef.sqlite")
    first = start(database=file, invoice_delay=60)
    caller = Caller(first).log_in()
    sending = caller.open()
    early = sending.send(fa3(issued="2026-11-02", number="A"))
    first.later(61)
    number = sending.invoice(early)["ksefNumber"]
    late = sending.send(fa3(issued="2026-11-02", number="B"))
    first.control("POST", "people", json.loads(CLERK))
    first.world.store.close()

    second = start(database=file, invoice_delay=60)
    assert second.world.clock.offset == 61
    caller.simulator = second
    assert sending.invoice(early)["ksefNumber"] == number
    assert sending.invoice(late)["status"]["code"] in (100, 150)
    second.later(61)
    assert sending.invoice(late)["status"]["code"] == 200
    again = sending.send(fa3(issued="2026-11-02", number="A"))
    second.later(61)
    status = sending.invoice(again)["status"]
    assert status["extensions"]["originalKsefNumber"] == number
    assert "clerk" in second.world.people.persons
    references = [invoice["referenceNumber"] for invoice in second.sent_invoices()]
    assert references == [early, late, again]
    assert len(set(references)) == 3


CLERK = """{"key": "clerk", "firstName": "Ewa", "lastName": "Lis", "pesel": "44051401359",
"permissions": ["InvoiceRead"]}"""


def test_the_qr_page_finds_an_accepted_invoice(caller: Caller) -> None:
    xml = fa3(issued="2026-11-02")
    outcome = caller.open().outcome(xml)
    hash = digest(xml).replace("+", "-").replace("/", "_").rstrip("=")
    url = f"{caller.simulator.url}/invoice/9999999999/02-11-2026/{hash}"
    page = requests.get(url, timeout=5)
    assert page.status_code == 200
    assert outcome["ksefNumber"] in page.text
    other = requests.get(url.replace("02-11", "03-11"), timeout=5)
    assert outcome["ksefNumber"] not in other.text


def test_the_front_page_and_the_practice_page_are_there(simulator: Running) -> None:
    for path in ("/", "/trusted-profile"):
        assert requests.get(simulator.url + path, timeout=5).status_code == 200


def test_certificates_are_listed_shortened_and_revoked(simulator: Running) -> None:
    owner = Caller(simulator).log_in_as("owner")
    holder = enroll(owner, certificateName="Odoo 2026")
    (shown,) = simulator.control("GET", "certificates")
    assert (shown["serial"], shown["owner"]) == (holder.serial, "Jan Kowalski")
    assert (shown["name"], shown["type"]) == ("Odoo 2026", "Authentication")
    assert (shown["status"], shown["lastUseDate"]) == ("Active", None)
    path = f"certificates/{holder.serial}"
    week = simulator.control("POST", f"{path}/shorten", {"seconds": 7 * 24 * 3600})["validTo"]
    assert week < shown["validTo"]
    longer = simulator.control("POST", f"{path}/shorten", {"validTo": shown["validTo"]})
    assert longer["validTo"] == week
    assert simulator.control("POST", f"{path}/revoke")["status"] == "Revoked"
    again = requests.post(f"{simulator.url}/control/{path}/revoke", timeout=5)
    assert again.status_code == 400
    assert simulator.control("GET", "state")["certificates"] == 1


@pytest.mark.parametrize(
    "asked", [{"person": "accountant"}, {"nip": "9999999999", "name": "Sprzedawca sp. z o.o."}]
)
def test_certificates_like_qualified_ones(start: Callable[..., Running], asked: dict) -> None:
    strict = start(strict_certificates=True)
    given = strict.control("POST", "practice-certificates", asked)
    holder = Holder(
        serialization.load_pem_private_key(given["privateKey"].encode(), None),
        x509.load_pem_x509_certificate(given["certificate"].encode()),
    )
    caller = Caller(strict).log_in_with(holder)
    method = caller.json("GET /auth/sessions")["items"][0]["authenticationMethod"]
    assert method == ("QualifiedSignature" if "person" in asked else "QualifiedSeal")
    assert enroll(caller)


def test_a_file_of_an_older_simulator_can_be_read(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    file = tmp_path / "ksef.sqlite"
    first = start(database=str(file))
    token = first.ksef_token("9999999999")
    first.control("POST", "people", json.loads(CLERK))
    first.world.store.close()
    with sqlite3.connect(file) as database:
        ((body,),) = database.execute("SELECT body FROM record WHERE kind = 'KsefToken'")
        older = {**json.loads(body), "status": "Active"}
        del older["active"], older["revoked"]
        database.execute(
            "UPDATE record SET body = ? WHERE kind = 'KsefToken'", (json.dumps(older),)
        )
        ((body,),) = database.execute("SELECT body FROM value WHERE name = 'people'")
        older = body.replace('"context"', '"nip"')
        database.execute("UPDATE value SET body = ? WHERE name = 'people'", (older,))
    second = start(database=str(file))
    caller = Caller(second)
    request = caller.ksef_token_request(token)
    caller.started(caller.call("POST /auth/ksef-token", request, token=""))
    assert wait(caller.status)["code"] == 200
    assert Caller(second).log_in_as("clerk")


def test_unknown_operations_are_not_found(caller: Caller) -> None:
    caller.simulator.witness.unknown_expected = True
    assert caller.call("GET /peppol/query").status_code == 404
    assert caller.call("DELETE /auth/challenge").status_code == 405
    assert caller.call("POST /invoices/exports", {}).status_code == 404


def test_a_warning_can_be_asked_for(caller: Caller) -> None:
    answer = caller.call(
        "GET /limits/context",
        headers={"X-Test-System-Warning": "[tst-1]: Zażółć gęślą jaźń".encode()},
    )
    assert answer.headers["X-System-Warning"] == "[tst-1]: Zazolc gesla jazn"


def test_errors_carry_place_and_trace(caller: Caller) -> None:
    content = caller.call("GET /auth/sessions?pageSize=1", expect=400).json()
    assert content["instance"] == "/v2/auth/sessions"
    assert content["traceId"].startswith("00-")
    caller.http.headers.pop("X-Error-Format")
    older = caller.call("GET /auth/sessions?pageSize=1", expect=400).json()["exception"]
    assert older["exceptionDetailList"][0]["exceptionCode"] == 21405
    assert older["serviceCode"] and older["timestamp"]
