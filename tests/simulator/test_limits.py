"""Sliding windows, Retry-After, and what they are counted by."""

from collections.abc import Callable

import pytest
from ksef_caller import Caller
from ksef_running import Running, problem_codes

from simulator.errors import TooMany
from simulator.limits import PRODUCTION, Limiter
from simulator.operations import OPERATIONS

BY_NAME = {operation.name: operation for operation in OPERATIONS}
METADATA = BY_NAME["POST /invoices/query/metadata"]
STATUS = BY_NAME["GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}"]


class Counting:
    """A limiter with its own time."""

    def __init__(self) -> None:
        self.limiter = Limiter("production")
        self.now = 1_000_000.0

    def ask(self, operation=METADATA, context="Nip/1", address="10.0.0.1") -> int:
        """0 when allowed, else the seconds to wait."""
        try:
            self.limiter.check(operation, context, address, self.now)
        except TooMany as refused:
            return refused.retry_after
        return 0


def test_a_second_a_minute_and_an_hour_count_at_once() -> None:
    counting = Counting()
    assert [counting.ask() for _ in range(9)] == [0] * 8 + [1]
    counting.now += 1
    assert [counting.ask() for _ in range(8)] == [0] * 8
    counting.now += 1
    assert counting.ask() == 58  # sixteen in this minute; the first leaves after sixty seconds
    counting.now += 58
    assert [counting.ask() for _ in range(4)] == [0] * 4  # twenty in this hour
    assert counting.ask() == 3540
    counting.now += 3540
    assert counting.ask() == 0


def test_windows_slide_and_do_not_start_on_the_hour() -> None:
    counting = Counting()
    for _ in range(20):
        assert counting.ask() == 0
        counting.now += 120
    wait = counting.ask()
    assert wait == 3600 - 20 * 120
    counting.now += wait
    assert counting.ask() == 0
    assert counting.ask() == 120  # only one has left the window


def test_the_block_holds_until_its_end() -> None:
    counting = Counting()
    for _ in range(8):
        counting.ask()
    assert counting.ask() == 1
    counting.now += 0.5
    assert counting.ask() == 1
    counting.now += 0.5
    assert counting.ask() == 0


def test_context_address_and_group_are_counted_apart() -> None:
    counting = Counting()
    for _ in range(8):
        counting.ask()
    assert counting.ask() == 1
    assert counting.ask(context="Nip/2") == 0
    assert counting.ask(address="10.0.0.2") == 0
    assert counting.ask(operation=STATUS) == 0


def test_operations_of_one_group_share_a_window() -> None:
    counting = Counting()
    first = BY_NAME["GET /sessions/{referenceNumber}/invoices"]
    second = BY_NAME["GET /sessions/{referenceNumber}/invoices/failed"]
    for _ in range(5):
        assert counting.ask(first) == counting.ask(second) == 0
    assert counting.ask(first) == 1


def test_other_operations_have_windows_of_their_own() -> None:
    counting = Counting()
    for _ in range(10):
        assert counting.ask(BY_NAME["GET /rate-limits"]) == 0
    assert counting.ask(BY_NAME["GET /rate-limits"]) == 1
    assert counting.ask(BY_NAME["GET /limits/context"]) == 0


def test_anonymous_requests_are_counted_by_address_alone() -> None:
    counting = Counting()
    challenge = BY_NAME["POST /auth/challenge"]
    for number in range(60):
        assert counting.ask(challenge, context=str(number)) == 0
    assert counting.ask(challenge) == 1
    assert counting.ask(challenge, address="10.0.0.2") == 0


def test_a_clock_put_back_does_not_block_for_ever() -> None:
    counting = Counting()
    for _ in range(9):
        counting.ask()
    counting.now -= 100_000
    assert counting.ask() == 0


@pytest.mark.parametrize("format", ["problem-details", ""])
def test_a_refusal_on_the_wire(start: Callable[..., Running], format: str) -> None:
    caller = Caller(start(limits="production")).log_in()
    caller.http.headers["X-Error-Format"] = format
    answers = [caller.call("GET /sessions?sessionType=Online") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) == 1
    content = answers[-1].json()
    detail = content["detail"] if format else content["status"]["details"][0]
    assert detail == "Przekroczono limit 5 żądań na sekundę. Spróbuj ponownie po 1 sekundach."
    caller.simulator.later(1)
    caller.call("GET /sessions?sessionType=Online", expect=200)


def test_an_hour_later_everything_is_open_again(start: Callable[..., Running]) -> None:
    caller = Caller(start(limits="production")).log_in()
    for _ in range(3):
        for _ in range(10):
            caller.call("GET /limits/context", expect=200)
        caller.simulator.later(1)
    answer = caller.call("GET /limits/context", expect=429)
    assert 55 < int(answer.headers["Retry-After"]) <= 60
    caller.simulator.later(60)
    caller.call("GET /limits/context", expect=200)


def test_the_limits_in_force_are_told(start: Callable[..., Running]) -> None:
    caller = Caller(start(limits="production")).log_in()
    told = caller.json("GET /rate-limits")
    assert told["invoiceSend"] == {"perSecond": 10, "perMinute": 30, "perHour": 180}
    assert set(told) == set(PRODUCTION)
    caller.simulator.control("POST", "limits", {"mode": "off"})
    assert caller.json("GET /rate-limits")["invoiceSend"]["perHour"] == -1
    for _ in range(40):
        caller.call("GET /limits/context", expect=200)


def test_limits_of_context_and_subject(caller: Caller) -> None:
    context = caller.json("GET /limits/context")
    assert context["onlineSession"]["maxInvoices"] == 10_000
    assert caller.json("GET /limits/subject")["certificate"] == {"maxCertificates": 6}


def test_a_session_holds_ten_thousand_invoices(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ksef_caller import fa3

    monkeypatch.setattr("simulator.invoices.MAX_INVOICES", 2)
    sending = caller.open()
    for number in range(2):
        sending.send(fa3(number=str(number)))
    answer = sending.post(sending.request(fa3(number="2")), expect=400)
    assert problem_codes(answer) == [21155]
