"""Metadata query and download by KSeF number."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from ksef_caller import THIRD_PARTY, Caller, digest, fa3
from ksef_running import Running, problem_codes

from simulator.clock import read_moment

FACTOR = "5260001246"


def query(caller: Caller, path: str = "", **filters: Any) -> dict[str, Any]:
    now = caller.simulator.world.now()
    filters.setdefault("subjectType", "Subject1")
    filters.setdefault(
        "dateRange",
        {"dateType": "PermanentStorage", "from": (now - timedelta(days=30)).isoformat()},
    )
    return caller.json(f"POST /invoices/query/metadata{path}", filters)


def numbers(caller: Caller, path: str = "", **filters: Any) -> list[str]:
    return [one["invoiceNumber"] for one in query(caller, path, **filters)["invoices"]]


@pytest.fixture
def filled(simulator: Running) -> Caller:
    """Four invoices of one seller, in different colours."""
    caller = Caller(simulator).log_in()
    sending = caller.open()
    for xml in (
        fa3(number="A", issued="2026-11-02"),
        fa3(number="B", issued="2026-11-03", buyer="5260001246", gross="246.00", net="200.00"),
        fa3(number="C", issued="2026-11-04", currency="EUR"),
        fa3(number="D", issued="2026-11-05", kind="ROZ", third=THIRD_PARTY.format(nip=FACTOR)),
    ):
        assert sending.outcome(xml)["status"]["code"] == 200
    return caller


def test_what_the_metadata_say(filled: Caller) -> None:
    found = query(filled)
    assert (found["hasMore"], found["isTruncated"]) == (False, False)
    first = found["invoices"][0]
    assert first["invoiceNumber"] == "A"
    assert first["issueDate"] == "2026-11-02"
    assert first["seller"] == {"nip": "9999999999", "name": "Sprzedawca sp. z o.o."}
    assert first["buyer"] == {
        "identifier": {"type": "Nip", "value": "1111111111"},
        "name": "Nabywca S.A.",
    }
    assert (first["netAmount"], first["vatAmount"], first["grossAmount"]) == (100, 23, 123)
    assert (first["invoiceType"], first["currency"], first["invoicingMode"]) == (
        "Vat",
        "PLN",
        "Offline",
    )
    assert first["invoiceHash"] == digest(fa3(number="A", issued="2026-11-02"))
    assert found["invoices"][3]["thirdSubjects"] == [
        {"identifier": {"type": "Nip", "value": FACTOR}, "name": "Faktor S.A.", "role": 1}
    ]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"invoiceNumber": "B"}, "B"),
        ({"sellerNip": "1111111111"}, ""),
        ({"currencyCodes": ["EUR", "USD"]}, "C"),
        ({"invoiceTypes": ["Roz"]}, "D"),
        ({"invoicingMode": "Online"}, ""),
        ({"formType": "FA"}, "ABCD"),
        ({"formType": "PEF"}, ""),
        ({"amount": {"type": "Brutto", "from": 200}}, "B"),
        ({"amount": {"type": "Netto", "from": -5, "to": 100}}, "ACD"),
        ({"buyerIdentifier": {"type": "Nip", "value": "5260001246"}}, "B"),
        ({"buyerIdentifier": {"type": "None"}}, ""),
        ({"isSelfInvoicing": True}, ""),
        ({"hasAttachment": False}, "ABCD"),
    ],
)
def test_every_filter(filled: Caller, filters: dict[str, Any], expected: str) -> None:
    assert "".join(numbers(filled, **filters)) == expected


def test_roles(filled: Caller) -> None:
    buyer = Caller(filled.simulator, "1111111111").log_in()
    assert numbers(buyer) == []
    assert numbers(buyer, subjectType="Subject2") == ["A", "C", "D"]
    factor = Caller(filled.simulator, FACTOR).log_in()
    assert numbers(factor, subjectType="Subject3") == ["D"]
    assert numbers(factor, subjectType="SubjectAuthorized") == []


def test_dates(filled: Caller) -> None:
    def issued(start: str, end: str | None = None) -> str:
        window = {"dateType": "Issue", "from": start, "to": end}
        return "".join(numbers(filled, dateRange=window))

    assert issued("2026-11-03T00:00:00Z", "2026-11-04T23:00:00+01:00") == "BC"
    assert issued("2026-11-05T00:00:00") == "D"  # without an offset: Polish time
    sent = {"dateType": "Invoicing", "from": filled.simulator.world.now().isoformat()}
    assert numbers(filled, dateRange=sent) == []


def test_sorting_and_pages(filled: Caller) -> None:
    sending = filled.open()
    for number in range(10):
        sending.outcome(fa3(number=f"E{number}", issued="2026-11-06"))
    expected = [*"ABCD", *(f"E{number}" for number in range(10))]
    assert numbers(filled, "?sortOrder=Desc&pageSize=100") == expected[::-1]
    first = query(filled, "?pageSize=10")
    second = query(filled, "?pageSize=10&pageOffset=1")
    shown = [one["invoiceNumber"] for one in first["invoices"] + second["invoices"]]
    assert shown == expected
    assert (first["hasMore"], second["hasMore"]) == (True, False)
    assert query(filled, "?pageSize=10&pageOffset=2")["invoices"] == []


def test_after_ten_thousand_the_answer_is_truncated(
    filled: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.queries.MOST_RESULTS", 12)
    sending = filled.open()
    for number in range(10):
        sending.outcome(fa3(number=f"E{number}", issued="2026-11-06"))
    first = query(filled, "?pageSize=10")
    assert (first["hasMore"], first["isTruncated"]) == (True, False)
    last = query(filled, "?pageSize=10&pageOffset=1")
    assert (last["hasMore"], last["isTruncated"], len(last["invoices"])) == (True, True, 2)


@pytest.mark.parametrize(
    ("filters", "path", "code"),
    [
        ({"subjectType": "Subject9"}, "", 21405),
        ({"dateRange": {"dateType": "Issue"}}, "", 21405),
        ({"dateRange": {"dateType": "Issue", "from": "yesterday"}}, "", 21405),
        (
            {"dateRange": {"dateType": "Issue", "from": "2026-01-01", "to": "2026-11-20"}},
            "",
            21405,
        ),
        (
            {"dateRange": {"dateType": "Issue", "from": "2026-11-02", "to": "2026-11-01"}},
            "",
            21405,
        ),
        ({}, "?pageSize=9", 21405),
        ({}, "?pageSize=251", 21405),
        ({}, "?pageOffset=-1", 21405),
        ({}, "?sortOrder=Up", 21405),
    ],
)
def test_wrong_queries(filled: Caller, filters: dict[str, Any], path: str, code: int) -> None:
    window = {"dateType": "Issue", "from": "2026-11-01T00:00:00Z"}
    body = {"subjectType": "Subject1", "dateRange": window, **filters}
    answer = filled.call(f"POST /invoices/query/metadata{path}", body, expect=400)
    assert problem_codes(answer) == [code]


class TestHighWaterMark:
    def test_it_lies_behind_and_bounds_restricted_queries(
        self, start: Callable[..., Running]
    ) -> None:
        simulator = start(hwm_lag=60)
        caller = Caller(simulator).log_in()
        caller.open().outcome(fa3(issued="2026-11-02"))

        def found(restricted: bool) -> tuple[int, datetime]:
            window = {
                "dateType": "PermanentStorage",
                "from": (simulator.world.now() - timedelta(days=1)).isoformat(),
                "restrictToPermanentStorageHwmDate": restricted,
            }
            answer = query(caller, dateRange=window)
            return len(answer["invoices"]), read_moment(answer["permanentStorageHwmDate"])

        count, mark = found(False)
        assert count == 1
        assert 59 < (simulator.world.now() - mark).total_seconds() < 62
        assert found(True)[0] == 0
        simulator.later(61)
        later_count, later_mark = found(True)
        assert later_count == 1
        assert later_mark > mark

    def test_a_start_beyond_it_is_refused(self, start: Callable[..., Running]) -> None:
        simulator = start(hwm_lag=60)
        caller = Caller(simulator).log_in()
        window = {
            "dateType": "PermanentStorage",
            "from": simulator.world.now().isoformat(),
            "restrictToPermanentStorageHwmDate": True,
        }
        body = {"subjectType": "Subject1", "dateRange": window}
        answer = caller.call("POST /invoices/query/metadata", body, expect=400)
        assert problem_codes(answer) == [21183]


class TestDownload:
    def test_the_bytes_come_back_untouched(self, filled: Caller) -> None:
        one = query(filled)["invoices"][0]
        answer = filled.call(f"GET /invoices/ksef/{one['ksefNumber']}", expect=200)
        assert answer.content == fa3(number="A", issued="2026-11-02")
        assert answer.headers["x-ms-meta-hash"] == one["invoiceHash"]

    def test_the_buyer_may_fetch_it_and_nobody_else(self, filled: Caller) -> None:
        number = query(filled)["invoices"][0]["ksefNumber"]
        buyer = Caller(filled.simulator, "1111111111").log_in()
        buyer.call(f"GET /invoices/ksef/{number}", expect=200)
        other = Caller(filled.simulator, FACTOR).log_in()
        answer = other.call(f"GET /invoices/ksef/{number}", expect=400)
        assert problem_codes(answer) == [21164]

    def test_the_repository_lags_behind_the_number(self, start: Callable[..., Running]) -> None:
        simulator = start(storage_delay=60)
        caller = Caller(simulator).log_in()
        outcome = caller.open().outcome(fa3(issued="2026-11-02"))
        assert "permanentStorageDate" not in outcome
        path = f"GET /invoices/ksef/{outcome['ksefNumber']}"
        assert problem_codes(caller.call(path, expect=400)) == [21165]
        assert query(caller)["invoices"] == []
        simulator.later(61)
        caller.call(path, expect=200)
        assert len(query(caller)["invoices"]) == 1

    def test_it_needs_the_right_to_read(self, simulator: Running) -> None:
        writer = Caller(simulator).log_in("InvoiceWrite")
        number = "9999999999-20261120-000000000000-00"
        assert writer.call(f"GET /invoices/ksef/{number}").status_code == 403
