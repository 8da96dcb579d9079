"""What KSeF accepts, and in which words it refuses."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone

import pytest
from ksef_caller import Caller, Envelope, Sending, b64, digest, fa3
from ksef_running import Running, problem_codes

from simulator.references import crc8

NUMBER = re.compile(r"(\d{10})-(\d{8})-([0-9A-F]{12})-([0-9A-F]{2})")


@pytest.fixture
def sending(caller: Caller) -> Sending:
    return caller.open()


def test_an_accepted_invoice_gets_a_number(sending: Sending, today: date) -> None:
    outcome = sending.outcome(fa3(issued=today.isoformat()))
    assert outcome["status"] == {"code": 200, "description": "Sukces"}
    number = NUMBER.fullmatch(outcome["ksefNumber"])
    assert number and len(outcome["ksefNumber"]) == 35
    assert (number[1], number[2]) == ("9999999999", f"{today:%Y%m%d}")
    assert number[4] == crc8(outcome["ksefNumber"][:32])
    assert outcome["invoicingMode"] == "Online"
    assert outcome["invoiceNumber"] == "FV/2026/1"
    for name in ("acquisitionDate", "permanentStorageDate", "upoDownloadUrl"):
        assert outcome[name]


def test_the_check_sum_is_that_of_the_guide() -> None:
    assert crc8("5265877635-20250826-0100001AF629") == "AF"
    assert crc8("123456789") == "F4"  # the check value of CRC-8 with polynomial 0x07


def test_statuses_pass_through_100_and_150(start: Callable[..., Running]) -> None:
    simulator = start(invoice_delay=60)
    sending = Caller(simulator).log_in().open()
    reference = sending.send(fa3(issued="2026-01-01"))
    assert sending.invoice(reference)["status"]["code"] == 100
    simulator.later(31)
    assert sending.invoice(reference)["status"]["code"] == 150
    simulator.later(61)
    assert sending.invoice(reference)["status"]["code"] == 200


def test_the_same_invoice_twice_is_a_duplicate(sending: Sending) -> None:
    first = sending.outcome(fa3(issued="2026-11-02"))
    other = sending.caller.open()
    second = other.outcome(fa3(issued="2026-11-03", item="Inna usługa"))
    status = second["status"]
    assert status["code"] == 440
    assert status["extensions"] == {
        "originalSessionReferenceNumber": sending.reference,
        "originalKsefNumber": first["ksefNumber"],
    }
    assert status["details"] == [
        f"Duplikat faktury. Faktura o numerze KSeF: {first['ksefNumber']} została już prawidłowo "
        f"przesłana do systemu w sesji: {sending.reference}"
    ]
    assert "ksefNumber" not in second


def test_what_makes_an_invoice_unique(simulator: Running, sending: Sending) -> None:
    sending.outcome(fa3(issued="2026-11-02"))
    other_kind = fa3(issued="2026-11-02", kind="ROZ")
    assert sending.outcome(other_kind)["status"]["code"] == 200
    assert sending.outcome(fa3(issued="2026-11-02", number="FV/2026/2"))["status"]["code"] == 200
    other_seller = Caller(simulator, "1111111111").log_in().open()
    same_number = fa3(issued="2026-11-02", seller="1111111111", buyer="9999999999")
    assert other_seller.outcome(same_number)["status"]["code"] == 200


def test_a_number_is_free_again_after_ten_full_years(sending: Sending) -> None:
    simulator = sending.caller.simulator
    sending.outcome(fa3(issued="2026-11-02"))
    year = 365.25 * 24 * 3600
    simulator.later(10 * year)  # still within the tenth year
    again = Caller(simulator).log_in().open()
    assert again.outcome(fa3(issued="2026-11-02"))["status"]["code"] == 440
    simulator.later(year)
    again = Caller(simulator).log_in().open()
    assert again.outcome(fa3(issued="2026-11-02"))["status"]["code"] == 200


def test_a_rejected_number_can_be_used_again(sending: Sending, today: date) -> None:
    tomorrow = (today + timedelta(days=2)).isoformat()
    assert sending.outcome(fa3(issued=tomorrow))["status"]["code"] == 450
    assert sending.outcome(fa3(issued=today.isoformat()))["status"]["code"] == 200


def test_duplicates_within_the_waiting_time_are_found(start: Callable[..., Running]) -> None:
    simulator = start(invoice_delay=10)
    sending = Caller(simulator).log_in().open()
    references = [sending.send(fa3(issued="2026-11-02")) for _ in range(3)]
    simulator.later(11)
    codes = [sending.invoice(reference)["status"]["code"] for reference in references]
    assert codes == [200, 440, 440]


@pytest.mark.parametrize("time", ["22:59:30", "23:00:30"])
def test_days_are_polish_days(start: Callable[..., Running], time: str) -> None:
    """In winter, 23:00 in UTC is midnight in Warsaw."""
    simulator = start()
    moment = datetime.fromisoformat(f"2026-12-01T{time}").replace(tzinfo=timezone.utc)
    simulator.clock((moment - datetime.now(timezone.utc)).total_seconds())
    sending = Caller(simulator).log_in().open()
    first = sending.outcome(fa3(issued="2026-12-01", number="A"))
    second = sending.outcome(fa3(issued="2026-12-02", number="B"))
    if time < "23":
        assert first["invoicingMode"] == "Online"
        assert second["status"]["code"] == 450
        assert "P_1" in second["status"]["details"][0]
        assert "-20261201-" in first["ksefNumber"]
    else:
        assert (first["invoicingMode"], second["invoicingMode"]) == ("Offline", "Online")
        assert "-20261202-" in first["ksefNumber"]


def test_the_declared_mode_is_kept(sending: Sending, today: date) -> None:
    outcome = sending.outcome(fa3(issued=today.isoformat()), offlineMode=True)
    assert outcome["invoicingMode"] == "Offline"


def test_a_prefixed_vector_is_not_decrypted(sending: Sending) -> None:
    xml = fa3(issued="2026-11-02")
    prefixed = sending.envelope.iv + sending.envelope.encrypt(xml)
    status = sending.outcome(xml, encrypted=prefixed)["status"]
    assert (status["code"], status["description"]) == (435, "Błąd odszyfrowania pliku")


@pytest.mark.parametrize("encrypted", [b"x" * 15, b"x" * 64], ids=["no block", "no padding"])
def test_noise_is_not_decrypted(caller: Caller, encrypted: bytes) -> None:
    envelope = Envelope(key=b"k" * 32, iv=b"i" * 16)
    opened = caller.json("POST /sessions/online", caller.session_request(envelope))
    sending = Sending(caller, opened["referenceNumber"], envelope)
    assert sending.outcome(fa3(), encrypted=encrypted)["status"]["code"] == 435


def test_the_plain_file_must_be_the_declared_one(sending: Sending) -> None:
    xml = fa3(issued="2026-11-02")
    other = sending.envelope.encrypt(xml.replace(b"FV/2026/1", b"FV/2026/2"))
    assert sending.outcome(xml, encrypted=other)["status"]["code"] == 430
    assert sending.outcome(xml, invoiceSize=len(xml) + 1)["status"]["code"] == 430


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"encryptedInvoiceSize": 1}, 21402),
        ({"encryptedInvoiceHash": digest(b"")}, 21403),
        ({"encryptedInvoiceContent": "no base 64"}, 21405),
        ({"invoiceHash": "short"}, 21405),
        ({"invoiceHash": b64(b"short")}, 21405),
        ({"invoiceSize": 0}, 21405),
        ({"invoiceSize": "1"}, 21405),
        ({"offlineMode": "yes"}, 21405),
        ({"invoiceHash": None}, 21405),
        ({"hashOfCorrectedInvoice": digest(b"")}, 21405),  # without offlineMode
    ],
)
def test_wrong_requests_are_refused_at_once(
    sending: Sending, changes: dict[str, object], code: int
) -> None:
    answer = sending.post(sending.request(fa3(), **changes), expect=400)
    assert problem_codes(answer) == [code]
    assert sending.caller.simulator.sent_invoices() == []


def test_a_file_above_a_megabyte_is_refused(sending: Sending) -> None:
    big = fa3(item="x" * 500, after_fa="<!--" + "x" * 1_000_000 + "-->")
    status = sending.outcome(big)["status"]
    assert status["code"] == 430
    just = fa3(issued="2026-11-02")
    just += b"\n" * (1_000_000 - len(just))
    assert sending.outcome(just)["status"]["code"] == 200


def test_attachments_are_for_batches(sending: Sending) -> None:
    attachment = (
        "<Zalacznik><BlokDanych><MetaDane><ZKlucz>k</ZKlucz><ZWartosc>w</ZWartosc></MetaDane>"
        "</BlokDanych></Zalacznik>"
    )
    status = sending.outcome(fa3(issued="2026-11-02", after_fa=attachment))["status"]
    assert (status["code"], status["description"]) == (
        415,
        "Brak możliwości wysyłania faktury z załącznikiem",
    )


def test_only_the_company_s_own_invoices(sending: Sending) -> None:
    status = sending.outcome(fa3(seller="1111111111", buyer="9999999999"))["status"]
    assert status["code"] == 410
    assert status["details"] == [
        "Kontekst 9999999999 nie jest uprawniony do wystawienia faktury w imieniu sprzedawcy "
        "(NIP: 1111111111)"
    ]


WRONG_NIP = "1234567890"


def test_check_digits_count_as_in_production(start: Callable[..., Running]) -> None:
    strict = Caller(start(strict_identifiers=True)).log_in().open()
    status = strict.outcome(fa3(issued="2026-11-02", buyer=WRONG_NIP))["status"]
    assert status["code"] == 450
    assert WRONG_NIP in status["details"][0]
    lenient = Caller(start(strict_identifiers=False)).log_in()
    outcome = lenient.open().outcome(fa3(issued="2026-11-02", buyer=WRONG_NIP))
    assert outcome["status"]["code"] == 200
    lenient.http.headers["X-KSeF-Feature"] = "subject-identifier-validation"
    outcome = lenient.open().outcome(fa3(issued="2026-11-02", number="B", buyer=WRONG_NIP))
    assert outcome["status"]["code"] == 450


def test_a_cancelled_invoice_may_be_sent_again(sending: Sending) -> None:
    sending.caller.simulator.fault("cancelled", times=1)
    xml = fa3(issued="2026-11-02")
    status = sending.outcome(xml)["status"]
    assert status["code"] == 550
    assert "Spróbuj ponownie" in status["details"][0]
    assert sending.outcome(xml)["status"]["code"] == 200


def test_a_stuck_invoice_waits_for_the_end_of_the_fault(sending: Sending) -> None:
    simulator = sending.caller.simulator
    fault = simulator.fault("stuck", times=1)
    reference = sending.send(fa3(issued="2026-11-02"))
    simulator.later(3600 * 0.2)
    assert sending.invoice(reference)["status"]["code"] == 150
    assert sending.outcome(fa3(issued="2026-11-02", number="B"))["status"]["code"] == 200
    simulator.control("DELETE", f"faults/{fault}")
    assert sending.invoice(reference)["status"]["code"] == 200
