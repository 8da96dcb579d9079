"""Interactive sessions: opening, closing, states, lists."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from ksef_caller import Caller, Envelope, Sending, b64, fa3
from ksef_running import Running, problem_codes

from simulator.clock import warsaw_day

HOUR = 3600
COUNTS = ("invoiceCount", "successfulInvoiceCount", "failedInvoiceCount")


def invoice(caller: Caller, number: str = "FV/2026/1") -> bytes:
    day = warsaw_day(caller.simulator.world.now()).isoformat()
    return fa3(number=number, issued=day, seller=caller.nip)


def test_a_session_goes_from_open_to_processed(start: Callable[..., Running]) -> None:
    simulator = start(invoice_delay=60)
    caller = Caller(simulator).log_in()
    sending = caller.open()
    assert sending.status()["status"] == {"code": 100, "description": "Sesja interaktywna otwarta"}
    sending.send(invoice(caller))
    sending.close()
    assert sending.status()["status"]["code"] == 170
    assert "upo" not in sending.status()
    simulator.later(61)
    status = sending.status()
    assert status["status"]["code"] == 200
    assert [status[name] for name in COUNTS] == [1, 1, 0]
    assert len(status["upo"]["pages"]) == 1


def test_without_invoices_a_session_is_cancelled(caller: Caller) -> None:
    sending = caller.open()
    sending.close()
    status = sending.status()["status"]
    assert (status["code"], status["details"]) == (440, ["Nie przesłano faktur"])


def test_without_a_good_invoice_it_fails(caller: Caller) -> None:
    sending = caller.open()
    sending.outcome(b"<Faktura/>")
    sending.close()
    assert sending.status()["status"]["code"] == 445
    assert [sending.status()[name] for name in COUNTS] == [1, 0, 1]


def test_after_twelve_hours_it_closes_itself(caller: Caller) -> None:
    sending = caller.open()
    sending.outcome(invoice(caller))
    caller.simulator.later(12 * HOUR + 1)
    renewed = caller.json("POST /auth/token/refresh", token=caller.refresh)
    caller.access = renewed["accessToken"]["token"]
    answer = sending.post(sending.request(invoice(caller, "FV/2")), expect=400)
    assert problem_codes(answer) == [21180]
    assert sending.status()["status"]["code"] == 200


def test_a_closed_session_takes_nothing_more(caller: Caller) -> None:
    sending = caller.open()
    sending.outcome(invoice(caller))
    sending.close()
    answer = sending.post(sending.request(invoice(caller, "FV/2")), expect=400)
    assert problem_codes(answer) == [21180]
    answer = caller.call(f"POST /sessions/online/{sending.reference}/close", expect=400)
    assert problem_codes(answer) == [21180]


def test_a_key_under_the_wrong_padding_ends_the_session(caller: Caller) -> None:
    envelope = Envelope()
    key_id, key = caller.public_key("SymmetricKeyEncryption")
    request = caller.session_request(
        envelope, encryptedSymmetricKey=b64(key.encrypt(envelope.key, padding.PKCS1v15()))
    )
    reference = caller.json("POST /sessions/online", request)["referenceNumber"]
    status = caller.json(f"GET /sessions/{reference}")["status"]
    assert status == {"code": 415, "description": "Błąd odszyfrowania dostarczonego klucza"}
    sending = Sending(caller, reference, envelope)
    answer = sending.post(sending.request(invoice(caller)), expect=400)
    assert problem_codes(answer) == [21180]


def test_a_key_of_another_length_does_too(caller: Caller) -> None:
    request = caller.session_request(Envelope(key=b"k" * 16))
    reference = caller.json("POST /sessions/online", request)["referenceNumber"]
    assert caller.json(f"GET /sessions/{reference}")["status"]["code"] == 415


@pytest.mark.parametrize(
    "change",
    [
        lambda request: request["encryption"].update(initializationVector=b64(b"i" * 24)),
        lambda request: request["encryption"].update(encryptedSymmetricKey="no base 64"),
        lambda request: request["encryption"].pop("initializationVector"),
        lambda request: request["formCode"].update(systemCode="FA (2)"),
        lambda request: request["formCode"].update(systemCode="FA(3)"),
        lambda request: request.pop("formCode"),
    ],
)
def test_wrong_openings_are_refused(caller: Caller, change: Callable[[dict], object]) -> None:
    request = caller.session_request(Envelope())
    change(request)
    answer = caller.call("POST /sessions/online", request, expect=400)
    assert problem_codes(answer) == [21405]


def test_unknown_sessions_are_told_so(caller: Caller) -> None:
    reference = "20261120-SO-0000000000-0000000000-00"
    for operation in (
        f"GET /sessions/{reference}",
        f"GET /sessions/{reference}/invoices",
        f"GET /sessions/{reference}/invoices/failed",
        f"POST /sessions/online/{reference}/close",
    ):
        assert problem_codes(caller.call(operation, expect=400)) == [21173]


def test_another_company_sees_nothing(simulator: Running) -> None:
    sending = Caller(simulator).log_in().open()
    other = Caller(simulator, "1111111111").log_in()
    answer = other.call(f"GET /sessions/{sending.reference}", expect=400)
    assert problem_codes(answer) == [21173]
    assert other.json("GET /sessions?sessionType=Online")["sessions"] == []


def test_a_colleague_s_session_needs_introspection(simulator: Running) -> None:
    own = Caller(simulator).log_in_as("accountant").open()
    colleague = Caller(simulator).log_in_as("owner")  # owners may introspect
    assert colleague.json(f"GET /sessions/{own.reference}")["status"]["code"] == 100
    theirs = colleague.open()
    answer = own.caller.call(f"GET /sessions/{theirs.reference}", expect=400)
    assert problem_codes(answer) == [21173]


def test_invoices_of_a_session_come_in_order_and_pages(caller: Caller) -> None:
    sending = caller.open()
    sent = [sending.send(invoice(caller, f"FV/{number}")) for number in range(25)]
    sending.send(b"<Faktura/>")
    seen, token = [], None
    while True:
        page = caller.json(
            f"GET /sessions/{sending.reference}/invoices?pageSize=10",
            headers={"x-continuation-token": token} if token else {},
        )
        seen += page["invoices"]
        token = page.get("continuationToken")
        if token is None:
            break
    assert [one["ordinalNumber"] for one in seen] == list(range(1, 27))
    assert [one["referenceNumber"] for one in seen[:-1]] == sent
    failed = caller.json(f"GET /sessions/{sending.reference}/invoices/failed")["invoices"]
    assert [one["ordinalNumber"] for one in failed] == [26]
    assert failed[0]["status"]["code"] == 450


def test_the_list_of_sessions_can_be_filtered(caller: Caller) -> None:
    first = caller.open()
    first.outcome(invoice(caller))
    first.close()
    second = caller.open()

    def listed(query: str) -> list[str]:
        found = caller.json(f"GET /sessions?{query}")["sessions"]
        return [session["referenceNumber"] for session in found]

    assert listed("sessionType=Online") == [second.reference, first.reference]
    assert listed("sessionType=Batch") == []
    assert listed("sessionType=Online&statuses=Succeeded") == [first.reference]
    assert listed("sessionType=Online&statuses=InProgress&statuses=Succeeded") == [
        second.reference,
        first.reference,
    ]
    assert listed(f"sessionType=Online&referenceNumber={first.reference}") == [first.reference]
    assert listed("sessionType=Online&dateCreatedTo=2026-01-01T00:00:00Z") == []
    assert listed("sessionType=Online&dateClosedFrom=2026-01-01T00:00:00Z") == [first.reference]
    assert problem_codes(caller.call("GET /sessions", expect=400)) == [21405]


def test_a_maintained_session_asks_for_a_new_one(caller: Caller) -> None:
    sending = caller.open()
    caller.simulator.fault("unavailable_session", times=1)
    answer = sending.post(sending.request(invoice(caller)), expect=400)
    assert problem_codes(answer) == [21184]
    assert caller.open().outcome(invoice(caller))["status"]["code"] == 200
