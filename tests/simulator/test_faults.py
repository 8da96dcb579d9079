"""Trouble on request: what the client sees, and what the simulator did meanwhile."""

import threading
import time

import pytest
import requests
from ksef_caller import Caller, Sending, digest, fa3
from ksef_running import Running

from simulator import faults

SEND = "POST /sessions/online/{referenceNumber}/invoices"
XML = fa3(issued="2026-11-02")


@pytest.fixture
def sending(caller: Caller) -> Sending:
    return caller.open()


def sent_hashes(sending: Sending) -> list[str]:
    page = sending.caller.json(f"GET /sessions/{sending.reference}/invoices")
    return [invoice["invoiceHash"] for invoice in page["invoices"]]


def test_a_lost_response_was_handled_all_the_same(sending: Sending) -> None:
    sending.caller.simulator.fault("lost_response", SEND, times=1)
    with pytest.raises(requests.ConnectionError):
        sending.post(sending.request(XML))
    assert sent_hashes(sending) == [digest(XML)]
    assert sending.outcome(XML)["status"]["code"] == 440
    assert len(sending.caller.simulator.sent_invoices()) == 2


def test_a_reset_connection_was_not_handled(sending: Sending) -> None:
    sending.caller.simulator.fault("reset", SEND, times=1)
    with pytest.raises(requests.ConnectionError):
        sending.post(sending.request(XML))
    assert sent_hashes(sending) == []
    assert sending.outcome(XML)["status"]["code"] == 200


def test_a_held_answer_comes_when_the_fault_goes(sending: Sending) -> None:
    simulator = sending.caller.simulator
    fault = simulator.fault("hold", SEND, times=1)
    answers: list[requests.Response] = []
    thread = threading.Thread(
        target=lambda: answers.append(sending.post(sending.request(XML), timeout=20))
    )
    thread.start()
    deadline = time.monotonic() + 5
    while not simulator.sent_invoices():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert not answers
    assert sent_hashes(sending) == [digest(XML)]  # others are served meanwhile
    simulator.control("DELETE", f"faults/{fault}")
    thread.join(5)
    assert answers[0].status_code == 202


def test_a_client_may_die_while_its_answer_is_held(sending: Sending) -> None:
    simulator = sending.caller.simulator
    simulator.fault("hold", SEND, times=1)
    with pytest.raises(requests.ReadTimeout):
        sending.post(sending.request(XML), timeout=0.3)
    simulator.control("DELETE", "faults")
    assert sent_hashes(sending) == [digest(XML)]


def test_slow_answers_are_answers(sending: Sending) -> None:
    sending.caller.simulator.fault("slow", SEND, times=1, seconds=0.4)
    began = time.monotonic()
    sending.send(XML)
    assert time.monotonic() - began > 0.4


@pytest.mark.parametrize(
    ("kind", "status"), [("html_502", 502), ("html_503", 503), ("outage", 503)]
)
def test_pages_instead_of_answers(sending: Sending, kind: str, status: int) -> None:
    sending.caller.simulator.fault(kind, times=1)
    answer = sending.post(sending.request(XML), expect=status)
    assert answer.headers["Content-Type"] == "text/html"
    assert b"<html>" in answer.content
    assert sent_hashes(sending) == []


def test_an_outage_covers_downloads_but_not_latarnia(sending: Sending) -> None:
    simulator, outcome = sending.caller.simulator, sending.outcome(XML)
    simulator.fault("outage")
    assert requests.get(outcome["upoDownloadUrl"], timeout=5).status_code == 503
    assert requests.get(f"{simulator.url}/latarnia/status", timeout=5).status_code == 200
    simulator.control("DELETE", "faults")
    assert requests.get(outcome["upoDownloadUrl"], timeout=5).status_code == 200


def test_an_inner_error(sending: Sending) -> None:
    sending.caller.simulator.fault("error_500", SEND, times=1)
    sending.post(sending.request(XML), expect=500)
    assert sent_hashes(sending) == []


@pytest.mark.parametrize("format", ["problem-details", ""])
def test_a_limit_out_of_the_blue(sending: Sending, format: str) -> None:
    sending.caller.http.headers["X-Error-Format"] = format
    sending.caller.simulator.fault("limited", SEND, times=1, seconds=17)
    answer = sending.post(sending.request(XML), expect=429)
    assert answer.headers["Retry-After"] == "17"
    sending.send(XML)


def test_faults_count_down_and_can_be_seen(sending: Sending) -> None:
    simulator = sending.caller.simulator
    simulator.fault("error_500", SEND, times=2)
    statuses = [sending.post(sending.request(XML)).status_code for _ in range(3)]
    assert statuses == [500, 500, 202]
    (shown,) = simulator.control("GET", "faults")
    assert (shown["kind"], shown["times"], shown["seen"]) == ("error_500", 0, 2)


def test_a_fault_meets_only_its_operation(sending: Sending) -> None:
    sending.caller.simulator.fault("error_500", "GET /sessions/{referenceNumber}")
    sending.send(XML)
    sending.caller.call(f"GET /sessions/{sending.reference}", expect=500)
    sending.caller.call(f"GET /sessions/{sending.reference}/invoices", expect=200)


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "nothing"},
        {"kind": "slow", "operation": "GET /nowhere"},
        {"kind": "slow", "times": 0},
        {"kind": "slow", "seconds": -1},
    ],
)
def test_wrong_faults_are_refused(sending: Sending, body: dict[str, object]) -> None:
    url = f"{sending.caller.simulator.url}/control/faults"
    answer = requests.post(url, json=body, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"]


# Where a fault strikes

PLACES = {
    "api": "/v2/security/public-key-certificates",
    "storage": "/storage/01/session/session-upo/upo_00.xml",
    "qr": "/invoice/9999999999/02-11-2026/abc",
    "latarnia": "/latarnia/status",
    "line": "/line",
    "control": "/control/state",
    "panel": "/",
    "signing": "/trusted-profile",
}
KSEF = {"api", "storage", "qr"}


def struck(simulator: Running) -> set[str]:
    found = set()
    for place, path in PLACES.items():
        if requests.get(simulator.url + path, timeout=5).status_code == 503:
            found.add(place)
    return found


@pytest.mark.parametrize(
    ("aim", "expected"),
    [
        ("*", KSEF),
        ("everything", KSEF | {"latarnia", "line"}),
        *((one, {one}) for one in ("api", "storage", "qr", "latarnia", "line")),
        ("GET /security/public-key-certificates", {"api"}),
        ("POST /sessions/online", set()),
    ],
)
def test_a_fault_strikes_where_it_is_aimed(
    simulator: Running, aim: str, expected: set[str]
) -> None:
    simulator.fault("outage", aim)
    assert struck(simulator) == expected
    simulator.control("DELETE", "faults")
    assert struck(simulator) == set()


@pytest.mark.parametrize("kind", faults.ON_THE_WIRE)
def test_no_fault_of_ksef_touches_latarnia_or_the_line(simulator: Running, kind: str) -> None:
    simulator.fault(kind)
    assert requests.get(f"{simulator.url}/line", timeout=5).text == "line\n"
    assert requests.get(f"{simulator.url}/latarnia/status", timeout=5).json()["status"]
    assert simulator.control("GET", "faults")[0]["seen"] == 0


def test_the_own_line_can_be_cut(simulator: Running) -> None:
    simulator.fault("reset", "everything")
    for place in ("api", "storage", "qr", "latarnia", "line"):
        with pytest.raises(requests.ConnectionError):
            requests.get(simulator.url + PLACES[place], timeout=5)
    assert requests.get(simulator.url, timeout=5).status_code == 200


def test_a_page_may_come_with_status_200(sending: Sending) -> None:
    sending.caller.simulator.fault("html_200", SEND, times=1)
    answer = sending.post(sending.request(XML), expect=200)
    assert answer.headers["Content-Type"] == "text/html"
    assert sent_hashes(sending) == []
