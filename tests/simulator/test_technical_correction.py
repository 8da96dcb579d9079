"""Technical corrections: what may be corrected, how often, and what the old code leads to."""

import base64
from datetime import date

import pytest
import requests
from ksef_batch import Batch
from ksef_caller import Caller, Sending, digest, fa3
from ksef_running import problem_codes

ISSUED = "2026-11-02"
BROKEN = fa3(issued=ISSUED).replace(b"<P_2>", b"<P_3>")
GOOD = fa3(issued=ISSUED)


@pytest.fixture
def sending(caller: Caller) -> Sending:
    return caller.open()


def correcting(original: bytes) -> dict[str, object]:
    return {"offlineMode": True, "hashOfCorrectedInvoice": digest(original)}


def refused(sending: Sending, original: bytes, **changes: object) -> list[int]:
    request = sending.request(GOOD, **{**correcting(original), **changes})
    return problem_codes(sending.post(request, expect=400))


def page(sending: Sending, xml: bytes, day: str = "02-11-2026") -> requests.Response:
    hash = digest(xml).replace("+", "-").replace("/", "_").rstrip("=")
    url = f"{sending.caller.simulator.url}/invoice/9999999999/{day}/{hash}"
    return requests.get(url, timeout=5)


def test_it_replaces_a_rejected_offline_invoice_once(sending: Sending) -> None:
    assert sending.outcome(BROKEN, offlineMode=True)["status"]["code"] == 450
    outcome = sending.outcome(GOOD, **correcting(BROKEN))
    assert (outcome["status"]["code"], outcome["invoicingMode"]) == (200, "Offline")
    assert refused(sending, BROKEN) == [21166]
    window = {"dateType": "Issue", "from": "2026-11-01T00:00:00Z"}
    query = {"subjectType": "Subject1", "dateRange": window}
    (found,) = sending.caller.json("POST /invoices/query/metadata", query)["invoices"]
    assert found["hashOfCorrectedInvoice"] == digest(BROKEN)


def test_it_replaces_one_that_a_package_brought(sending: Sending) -> None:
    batch = Batch(sending.caller, [("a.xml", BROKEN), ("b.xml", fa3(number="B"))], offlineMode=True)
    batch.send()
    assert sending.outcome(GOOD, **correcting(BROKEN))["status"]["code"] == 200


@pytest.mark.parametrize("code", [415, 430, 435, 450])
def test_the_next_invoice_can_be_rejected_on_request(sending: Sending, code: int) -> None:
    simulator = sending.caller.simulator
    words = ["Rozmiar pliku", "Drugi powód"]
    body = {"kind": "rejected", "times": 1, "code": code, "words": words}
    simulator.control("POST", "faults", body)
    outcome = sending.outcome(GOOD, offlineMode=True)
    assert outcome["status"]["code"] == code
    assert outcome["status"]["details"] == words
    assert outcome["invoiceNumber"] == "FV/2026/1"
    mended = GOOD.replace(b"08:00:00Z", b"09:00:00Z")
    assert sending.outcome(mended, **correcting(GOOD))["status"]["code"] == 200


def test_without_words_the_rejection_has_its_own(sending: Sending) -> None:
    sending.caller.simulator.control("POST", "faults", {"kind": "rejected", "times": 1})
    status = sending.outcome(GOOD)["status"]
    assert (status["code"], status["details"]) == (450, ["Odrzucono na polecenie symulatora."])


@pytest.mark.parametrize("body", [{"code": 200}, {"code": 150}, {"words": 1}, {"words": [1]}])
def test_wrong_rejections_are_refused(sending: Sending, body: dict[str, object]) -> None:
    url = f"{sending.caller.simulator.url}/control/faults"
    assert requests.post(url, json={"kind": "rejected", **body}, timeout=5).status_code == 400


def test_it_cannot_touch_an_accepted_one(sending: Sending) -> None:
    sending.outcome(GOOD, offlineMode=True)
    assert refused(sending, GOOD) == [21167]


def test_it_waits_for_the_outcome(sending: Sending) -> None:
    fault = sending.caller.simulator.fault("stuck", times=1)
    sending.send(GOOD, offlineMode=True)
    assert refused(sending, GOOD) == [21167]
    sending.caller.simulator.control("DELETE", f"faults/{fault}")


@pytest.mark.parametrize("kind", ["cancelled", "rejected"])
def test_it_is_for_technical_rejections_only(sending: Sending, kind: str) -> None:
    body = {"kind": kind, "times": 1, "code": 410 if kind == "rejected" else None}
    sending.caller.simulator.control("POST", "faults", body)
    sending.outcome(GOOD, offlineMode=True)
    assert refused(sending, GOOD) == [21167]


def test_it_needs_an_original(sending: Sending) -> None:
    assert refused(sending, BROKEN) == [21405]


def test_another_company_s_invoice_is_no_original(sending: Sending) -> None:
    other = Caller(sending.caller.simulator, "1111111111").log_in().open()
    other.outcome(BROKEN, offlineMode=True)
    assert refused(sending, BROKEN) == [21405]


def test_it_is_for_offline_invoices(sending: Sending, today: date) -> None:
    for issued, codes in ((today.isoformat(), [21405]), (ISSUED, [])):
        xml = fa3(issued=issued, number=issued)
        sending.caller.simulator.fault("rejected", times=1)
        sending.outcome(xml, offlineMode=False)
        answer = sending.post(sending.request(GOOD, **correcting(xml)), expect=(400, 202))
        assert (problem_codes(answer) if answer.status_code == 400 else []) == codes


def test_it_is_declared_offline_itself(sending: Sending) -> None:
    sending.outcome(BROKEN, offlineMode=True)
    assert refused(sending, BROKEN, offlineMode=False) == [21405]
    assert refused(sending, BROKEN, offlineMode=None) == [21405]


def test_a_rejected_correction_can_be_tried_again(sending: Sending) -> None:
    sending.outcome(BROKEN, offlineMode=True)
    worse = BROKEN.replace(b"08:00:00Z", b"09:00:00Z")
    assert sending.outcome(worse, **correcting(BROKEN))["status"]["code"] == 450
    assert page(sending, BROKEN).status_code == 404
    assert sending.outcome(GOOD, **correcting(worse))["status"]["code"] == 200
    for old in (BROKEN, worse):
        assert 'data-status="corrected"' in page(sending, old).text


def test_the_old_code_leads_to_the_new_invoice(sending: Sending) -> None:
    before = page(sending, BROKEN)
    assert before.status_code == 404
    assert 'data-status="not_sent"' in before.text
    assert "Faktura nie została jeszcze przesłana do KSeF" in before.text
    sending.outcome(BROKEN, offlineMode=True)
    assert 'data-status="not_sent"' in page(sending, BROKEN).text
    number = sending.outcome(GOOD, **correcting(BROKEN))["ksefNumber"]
    old, new = page(sending, BROKEN), page(sending, GOOD)
    assert (old.status_code, new.status_code) == (200, 200)
    assert "Pierwotna faktura została technicznie poprawiona" in old.text
    assert f'data-status="corrected" data-ksef-number="{number}"' in old.text
    assert f'data-status="found" data-ksef-number="{number}"' in new.text
    assert new.url.removeprefix(sending.caller.simulator.url) in old.text
    assert page(sending, BROKEN, day="03-11-2026").status_code == 404


def test_the_old_code_works_after_a_restart_too(sending: Sending) -> None:
    sending.outcome(BROKEN, offlineMode=True)
    sending.outcome(GOOD, **correcting(BROKEN))
    sending.caller.simulator.world.store._index()
    assert 'data-status="corrected"' in page(sending, BROKEN).text


def test_the_control_api_tells_what_came_and_how_often(sending: Sending) -> None:
    sending.outcome(BROKEN, offlineMode=True)
    sending.outcome(GOOD, **correcting(BROKEN))
    Batch(sending.caller, [("a.xml", GOOD)]).send()
    sending.outcome(GOOD, encrypted=b"x" * 64)
    shown = sending.caller.simulator.sent_invoices()
    hashes = [hexadecimal(digest(xml)) for xml in (BROKEN, GOOD, GOOD, GOOD)]
    assert [one["sha256"] for one in shown] == hashes
    assert [one["receivedSha256"] for one in shown[:3]] == hashes[:3]
    assert shown[3]["receivedSha256"] != hashes[3]
    assert [one["timesReceived"] for one in shown[:3]] == [1, 2, 2]
    assert [one["sessionKind"] for one in shown] == ["Online", "Online", "Batch", "Online"]
    assert [one["offlineDeclared"] for one in shown] == [True, True, False, False]
    assert [one["invoicingMode"] for one in shown] == [None, "Offline", None, None]
    assert [one["hashOfCorrectedInvoice"] for one in shown] == [None, hashes[0], None, None]
    assert [one["fileName"] for one in shown] == [None, None, "a.xml", None]
    assert [one["issueDate"] for one in shown] == [None, ISSUED, ISSUED, None]
    assert shown[1]["sellerNip"] == "9999999999"


def hexadecimal(digest: str) -> str:
    return base64.b64decode(digest).hex()
