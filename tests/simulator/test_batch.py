"""Batch sessions: opening, parts, closing, states, what each invoice comes to."""

import base64
import hashlib
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
import requests
from ksef_batch import Batch, tarred, zipped
from ksef_caller import Caller, b64, digest, fa3
from ksef_running import Running, problem_codes
from lxml import etree

from simulator import unpacking
from simulator.packages import File
from simulator.records import Session
from simulator.world import World

MINUTE = 60
ISSUED = "2026-11-02"
UPO = "{http://upo.schematy.mf.gov.pl/KSeF/v4-3}"


def files(*numbers: str, issued: str = ISSUED) -> list[tuple[str, bytes]]:
    return [
        (f"faktura-{number}.xml", fa3(number=f"FV/{number}", issued=issued)) for number in numbers
    ]


@pytest.mark.parametrize("kind", [None, "Zip", "TarGz"])
@pytest.mark.parametrize("parts", [1, 3])
def test_a_package_goes_from_open_to_processed(
    start: Callable[..., Running], kind: str | None, parts: int
) -> None:
    simulator = start(invoice_delay=60)
    batch = Batch(Caller(simulator).log_in(), files("1", "2", "3"), parts=parts, kind=kind).open()
    assert "-SB-" in batch.reference
    assert [upload["ordinalNumber"] for upload in batch.uploads] == list(range(1, parts + 1))
    assert batch.status()["status"] == {"code": 100, "description": "Sesja wsadowa rozpoczęta"}
    batch.upload().close()
    assert batch.status()["status"] == {"code": 150, "description": "Trwa przetwarzanie"}
    assert "upo" not in batch.status()
    simulator.later(31)
    assert [one["status"]["code"] for one in batch.invoices()] == [150, 150, 150]
    simulator.later(61)
    status = batch.status()
    assert status["status"]["code"] == 200
    assert status["status"]["description"] == "Sesja wsadowa przetworzona pomyślnie"
    counts = ("invoiceCount", "successfulInvoiceCount", "failedInvoiceCount")
    assert [status[name] for name in counts] == [3, 3, 0]


def test_each_invoice_is_listed_with_the_name_of_its_file(caller: Caller) -> None:
    sent = files("1", "2")
    batch = Batch(caller, sent)
    batch.send()
    first, second = batch.invoices()
    assert [one["invoiceFileName"] for one in (first, second)] == [name for name, _ in sent]
    assert [one["invoiceHash"] for one in (first, second)] == [digest(xml) for _, xml in sent]
    assert [one["ordinalNumber"] for one in (first, second)] == [1, 2]
    assert first["ksefNumber"] != second["ksefNumber"]
    assert first["invoicingDate"] == batch.status()["dateCreated"]
    fetched = caller.call(f"GET /invoices/ksef/{second['ksefNumber']}", expect=200)
    assert fetched.content == sent[1][1]


def test_the_receipt_of_the_session_names_every_accepted_invoice(caller: Caller) -> None:
    batch = Batch(caller, [*files("1", "2"), ("broken.xml", b"<Faktura/>")])
    (page,) = batch.send()["upo"]["pages"]
    path = f"GET /sessions/{batch.reference}/upo/{page['referenceNumber']}"
    receipt = caller.call(path, expect=200).content
    assert receipt == requests.get(page["downloadUrl"], timeout=10).content
    numbers = [one.text for one in etree.fromstring(receipt).iter(f"{UPO}NumerKSeFDokumentu")]
    assert numbers == [one["ksefNumber"] for one in batch.invoices() if "ksefNumber" in one]
    assert len(numbers) == 2


def test_a_bad_invoice_does_not_spoil_the_others(caller: Caller) -> None:
    bom = b"\xef\xbb\xbf" + fa3(number="BOM", issued=ISSUED)
    foreign = fa3(seller="1111111111", issued=ISSUED)
    large = fa3(number="L", issued=ISSUED, after_fa="<!--" + "x" * 1_000_000 + "-->")
    huge = b"x" * 3_500_000
    batch = Batch(
        caller,
        [("a", b"<Faktura/>"), *files("1"), ("b", bom), ("c", foreign), ("d", large), ("e", huge)],
    )
    status = batch.send()
    assert status["status"]["code"] == 200
    assert (status["successfulInvoiceCount"], status["failedInvoiceCount"]) == (1, 5)
    invoices = batch.invoices()
    assert [one["status"]["code"] for one in invoices] == [450, 200, 450, 410, 430, 430]
    assert invoices[5]["invoiceHash"] == digest(huge)
    failed = caller.json(f"GET /sessions/{batch.reference}/invoices/failed")["invoices"]
    assert [one["ordinalNumber"] for one in failed] == [1, 3, 4, 5, 6]


def test_attachments_are_taken(caller: Caller) -> None:
    attachment = (
        "<Zalacznik><BlokDanych><MetaDane><ZKlucz>k</ZKlucz><ZWartosc>w</ZWartosc></MetaDane>"
        "</BlokDanych></Zalacznik>"
    )
    batch = Batch(caller, [("a.xml", fa3(issued=ISSUED, after_fa=attachment))])
    assert batch.send()["status"]["code"] == 200


def test_duplicates_within_and_between_packages(caller: Caller) -> None:
    first = Batch(caller, [*files("1"), ("again.xml", files("1")[0][1])])
    first.send()
    good, twice = first.invoices()
    assert (good["status"]["code"], twice["status"]["code"]) == (200, 440)
    original = {
        "originalSessionReferenceNumber": first.reference,
        "originalKsefNumber": good["ksefNumber"],
    }
    assert twice["status"]["extensions"] == original
    second = Batch(caller, files("1"))
    assert second.send()["status"] == {
        "code": 445,
        "description": "Błąd weryfikacji, brak poprawnych faktur",
    }
    (again,) = second.invoices()
    assert again["status"]["extensions"] == original
    online = caller.open().outcome(fa3(number="FV/1", issued=ISSUED))
    assert online["status"]["extensions"] == original


def test_offline_is_declared_for_the_whole_package(caller: Caller, today: date) -> None:
    for offline, mode in ((True, "Offline"), (False, "Online"), (None, "Online")):
        more = {} if offline is None else {"offlineMode": offline}
        sent = files(f"a{offline}", f"b{offline}", issued=today.isoformat())
        batch = Batch(caller, sent, **more)
        batch.send()
        assert [one["invoicingMode"] for one in batch.invoices()] == [mode, mode]


@pytest.mark.parametrize(
    ("opened", "issued", "mode"),
    [
        ("2026-12-01T22:59:59", "2026-12-01", "Online"),  # though it is sent after midnight
        ("2026-12-01T23:00:01", "2026-12-01", "Offline"),
        ("2026-12-01T23:00:01", "2026-12-02", "Online"),
        ("2026-12-01T22:59:59", "2026-12-02", None),  # later than the day of opening
    ],
)
def test_the_day_is_that_of_the_opening(
    simulator: Running, opened: str, issued: str, mode: str | None
) -> None:
    """In winter, 23:00 in UTC is midnight in Warsaw."""
    moment = datetime.fromisoformat(opened).replace(tzinfo=timezone.utc)
    simulator.clock((moment - datetime.now(timezone.utc)).total_seconds())
    batch = Batch(Caller(simulator).log_in(), files("1", issued=issued)).open()
    simulator.later(600)
    batch.upload().close()
    (invoice,) = batch.invoices()
    assert invoice.get("invoicingMode") == mode
    assert invoice["status"]["code"] == (200 if mode else 450)


# The parts


def test_the_link_alone_lets_a_part_in(caller: Caller) -> None:
    batch = Batch(caller, files("1")).open()
    url = batch.uploads[0]["url"]
    assert batch.put(headers={"Authorization": f"Bearer {caller.access}"}).status_code == 401
    assert batch.put(url=url.replace("sig=", "sig=A")).status_code == 401
    assert batch.put(url=url.split("?")[0]).status_code == 401
    assert batch.put(url=url.replace("batch-parts/1", "batch-parts/2")).status_code == 401
    assert batch.put(headers={"x-ms-blob-type": None}).status_code == 400
    assert batch.put(data=b"").status_code == 400
    assert requests.get(url, timeout=5).status_code in (403, 405)
    assert problem_codes(batch.close(400)) == [21205]
    assert batch.put().status_code == 201


def test_a_part_has_twenty_minutes_for_each_declared_part(caller: Caller) -> None:
    batch = Batch(caller, files("1", "2"), parts=2).open()
    created = datetime.fromisoformat(batch.status()["dateCreated"][:26] + "+00:00")
    until = datetime.fromisoformat(batch.status()["validUntil"][:26] + "+00:00")
    assert until - created == timedelta(minutes=40)
    caller.simulator.later(39 * MINUTE)
    assert batch.put(1).status_code == 201
    caller.simulator.later(2 * MINUTE)
    assert batch.put(2).status_code == 403
    renewed = caller.json("POST /auth/token/refresh", token=caller.refresh)
    caller.access = renewed["accessToken"]["token"]
    assert problem_codes(batch.close(400)) == [21208]
    assert batch.status()["status"] == {
        "code": 440,
        "description": "Sesja anulowana",
        "details": ["Przekroczono czas wysyłki"],
    }
    assert batch.invoices() == []
    listed = caller.json("GET /sessions?sessionType=Batch&statuses=Cancelled")["sessions"]
    assert [one["referenceNumber"] for one in listed] == [batch.reference]


def test_a_part_may_be_sent_again_until_the_session_is_closed(caller: Caller) -> None:
    batch = Batch(caller, files("1")).open()
    assert batch.put(data=b"x" * len(batch.parts[0])).status_code == 201
    batch.upload().close()
    assert batch.status()["status"]["code"] == 200
    assert batch.put().status_code == 403
    assert problem_codes(batch.close(400)) == [21180]


def test_closing_counts_the_parts_and_their_bytes(caller: Caller) -> None:
    batch = Batch(caller, files("1"), parts=2).open()
    batch.put(1)
    refused = batch.close(400)
    assert problem_codes(refused) == [21205]
    assert "'2'" in refused.text
    batch.put(2, data=batch.parts[1][:-16])
    refused = batch.close(400)
    assert problem_codes(refused) == [21157]
    assert "Zadeklarowany rozmiar części '2' nie zgadza się z rzeczywistym." in refused.text
    assert batch.status()["status"]["code"] == 100
    batch.put(2)
    batch.close()
    assert batch.status()["status"]["code"] == 200


def test_nothing_is_left_of_the_parts(start: Callable[..., Running], tmp_path: Path) -> None:
    simulator = start(database=str(tmp_path / "ksef.db"))
    caller = Caller(simulator).log_in()
    left = Batch(caller, files("2")).open().upload()
    Batch(caller, files("1")).send()
    folder = tmp_path / "ksef.db-parts"
    assert [path.name for path in folder.iterdir()] == [left.reference]
    simulator.later(20 * MINUTE)
    assert Caller(simulator).log_in().json("GET /sessions?sessionType=Batch")["sessions"]
    assert list(folder.iterdir()) == []


def test_a_restart_goes_on_where_it_was(start: Callable[..., Running], tmp_path: Path) -> None:
    first = start(database=str(tmp_path / "ksef.db"), invoice_delay=60)
    caller = Caller(first).log_in()
    open_one = Batch(caller, files("1")).open().upload()
    closed = Batch(caller, files("2")).open().upload()
    closed.close()
    first.world.store.close()
    second = start(database=str(tmp_path / "ksef.db"), invoice_delay=60)
    caller.simulator = second
    open_one.close()
    second.later(61)
    assert [one.status()["status"]["code"] for one in (open_one, closed)] == [200, 200]


def test_dying_while_it_unpacks_makes_nothing_twice(
    start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = (simulator := start(invoice_delay=60)).world
    batch = Batch(Caller(simulator).log_in(), files("1", "2", "3")).open().upload()
    batch.close()
    take_in = unpacking._take_in

    def die_at_the_third(world: World, session: Session, ordinal: int, file: File) -> None:
        if ordinal == 3:
            raise RuntimeError("killed")
        take_in(world, session, ordinal, file)

    monkeypatch.setattr(unpacking, "_take_in", die_at_the_third)
    world.clock.offset = 61
    with pytest.raises(RuntimeError, match="killed"):
        world.packages.settle()
    monkeypatch.undo()
    world.packages = unpacking.Packages(world)
    assert [one["ordinalNumber"] for one in batch.invoices()] == [1, 2, 3]
    assert batch.status()["successfulInvoiceCount"] == 3


# What ends a session


def failing(caller: Caller, package: bytes, kind: str | None = None) -> int:
    batch = Batch(caller, package, kind=kind)
    code = batch.send()["status"]["code"]
    assert batch.invoices() == []
    return code


def test_hashes_and_sizes_must_be_those_declared(caller: Caller) -> None:
    for change in (
        lambda package: package["fileParts"][0].update(fileHash=digest(b"")),
        lambda package: package.update(fileHash=digest(b"")),
        lambda package: package.update(fileSize=1),
    ):
        batch = Batch(caller, files("1"))
        request = batch.request()
        change(request["batchFile"])
        batch.open(request).upload().close()
        status = batch.status()["status"]
        assert status["code"] == 405
        assert status["description"].startswith("Błąd weryfikacji poprawności dostarczonych")
        assert "nie zgadza się" in status["details"][0]


def test_what_cannot_be_decrypted_ends_with_435(caller: Caller) -> None:
    for part in (b"x" * 64, b"x" * 65):
        batch = Batch(caller, files("1"))
        batch.parts = [part]
        assert batch.send()["status"]["code"] in (405, 435)
    batch = Batch(caller, files("1"))
    batch.parts = [batch.parts[0][:-1]]
    assert batch.send()["status"]["code"] == 435
    batch = Batch(caller, files("1"))
    batch.parts = [batch.envelope.iv + batch.parts[0]]
    status = batch.send()["status"]
    assert (status["code"], status["details"]) == (
        435,
        ["Szyfrogram jest poprzedzony wektorem inicjującym."],
    )


def test_a_key_under_another_key_ends_with_415(caller: Caller) -> None:
    batch = Batch(caller, files("1"))
    request = batch.request()
    request["encryption"]["encryptedSymmetricKey"] = b64(b"x" * 256)
    batch.open(request)
    assert batch.status()["status"]["code"] == 415
    assert problem_codes(batch.close(400)) == [21180]


def test_what_is_no_archive_ends_with_430(caller: Caller) -> None:
    good, tar = zipped(files("1")), tarred(files("1"))
    for package, kind in (
        (b"<Faktura/>", None),
        (good[:-10], None),
        (tar, None),
        (good, "TarGz"),
        (tar[:-10], "TarGz"),
        (tarred([("/etc/passwd", b"")], kind=b"2"), "TarGz"),
        (zipped(files("1"), method=12), None),  # BZIP2
    ):
        assert failing(caller, package, kind) == 430


def test_without_files_it_is_cancelled(caller: Caller) -> None:
    batch = Batch(caller, zipped([("folder/", b"")]))
    status = batch.send()["status"]
    assert (status["code"], status["details"]) == (440, ["Nie przesłano faktur"])


def test_a_damaged_file_spoils_the_package(caller: Caller) -> None:
    package = zipped(files("1", "2"), method=0)
    assert failing(caller, package.replace(b"FV/2", b"FV/3")) == 430  # the check sum is wrong


def test_files_in_folders_keep_their_path_and_long_names_are_cut(caller: Caller) -> None:
    name = "x" * 200
    ((_, one), (_, two)) = files("1", "2")
    batch = Batch(caller, [("listopad/", b""), ("listopad/1.xml", one), (name, two)])
    batch.send()
    assert [one["invoiceFileName"] for one in batch.invoices()] == ["listopad/1.xml", name[:128]]


# Opening


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda b: b.update(fileSize=0), 21405),
        (lambda b: b.update(fileSize=5_000_000_001), 21405),
        (lambda b: b.update(fileHash="short"), 21405),
        (lambda b: b.update(compressionType="Rar"), 21405),
        (lambda b: b.update(fileParts=[]), 21405),
        (lambda b: b.update(fileParts=None), 21405),
        (lambda b: b.update(fileParts=[1]), 21405),
        (lambda b: b["fileParts"][0].update(ordinalNumber=0), 21405),
        (lambda b: b["fileParts"][0].update(ordinalNumber=2), 21405),
        (lambda b: b["fileParts"].append(b["fileParts"][0]), 21405),
        (lambda b: b["fileParts"][0].update(fileHash=None), 21405),
        (lambda b: b["fileParts"][0].update(fileSize=100_000_017), 21157),
        (lambda b: b.update(fileParts=[part(number) for number in range(1, 52)]), 21161),
    ],
)
def test_wrong_packages_are_refused(
    caller: Caller, change: Callable[[dict], object], code: int
) -> None:
    request = Batch(caller, files("1")).request()
    change(request["batchFile"])
    answer = caller.call("POST /sessions/batch", request, expect=400)
    assert problem_codes(answer) == [code]


def part(number: int) -> dict[str, object]:
    return {"ordinalNumber": number, "fileSize": 100_000_016, "fileHash": digest(b"")}


def test_the_largest_package_may_be_declared(caller: Caller) -> None:
    batch = Batch(caller, files("1"))
    request = batch.request()
    request["batchFile"] = {
        "fileSize": 5_000_000_000,
        "fileHash": digest(b""),
        "fileParts": [part(number) for number in range(50, 0, -1)],
    }
    batch.open(request)
    assert [upload["ordinalNumber"] for upload in batch.uploads] == list(range(1, 51))


def test_an_unknown_key_is_refused(caller: Caller) -> None:
    request = Batch(caller, files("1")).request()
    request["encryption"]["publicKeyId"] = digest(b"")
    answer = caller.call("POST /sessions/batch", request, expect=400)
    assert problem_codes(answer) == [21470]


def test_the_two_kinds_of_sessions_are_kept_apart(caller: Caller) -> None:
    batch, sending = Batch(caller, files("1")).open(), caller.open()
    for operation, body in (
        (f"POST /sessions/online/{batch.reference}/close", None),
        (f"POST /sessions/batch/{sending.reference}/close", None),
        (f"POST /sessions/online/{batch.reference}/invoices", sending.request(fa3())),
    ):
        assert problem_codes(caller.call(operation, body, expect=400)) == [21173]
    for kind, reference in (("Batch", batch.reference), ("Online", sending.reference)):
        listed = caller.json(f"GET /sessions?sessionType={kind}")["sessions"]
        assert [one["referenceNumber"] for one in listed] == [reference]


def test_another_company_cannot_close_it(simulator: Running) -> None:
    batch = Batch(Caller(simulator).log_in(), files("1")).open().upload()
    batch.caller = Caller(simulator, "1111111111").log_in()
    assert problem_codes(batch.close(400)) == [21173]


def test_it_counts_against_its_own_limits(start: Callable[..., Running]) -> None:
    simulator = start(limits="production")
    caller = Caller(simulator).log_in()
    request = Batch(caller, files("1")).request()
    answers = [caller.call("POST /sessions/batch", request).status_code for _ in range(11)]
    assert answers == [201] * 10 + [429]
    assert caller.open().reference


# Hundreds, and trouble


def test_three_hundred_invoices_in_one_package(caller: Caller) -> None:
    sent = files(*map(str, range(300)))
    batch = Batch(caller, sent, parts=2, offlineMode=True)
    status = batch.send()
    assert (status["successfulInvoiceCount"], status["failedInvoiceCount"]) == (300, 0)
    hashes = {one["invoiceHash"] for one in batch.invoices()}
    assert hashes == {digest(xml) for _, xml in sent}
    received = caller.simulator.sent_invoices()
    assert {base64.b64encode(bytes.fromhex(one["sha256"])).decode() for one in received} == hashes


def test_stuck_and_rejected_ones_within_a_package(caller: Caller) -> None:
    simulator = caller.simulator
    simulator.fault("cancelled", times=1)
    fault = simulator.fault("stuck", "POST /sessions/batch/{referenceNumber}/close", times=1)
    batch = Batch(caller, files("1", "2", "3")).open().upload()
    batch.close()
    assert [one["status"]["code"] for one in batch.invoices()] == [550, 150, 200]
    assert batch.status()["status"]["code"] == 150
    simulator.control("DELETE", f"faults/{fault}")
    assert batch.status()["status"]["code"] == 200
    again = Batch(caller, files("1"))
    again.send()
    assert again.invoices()[0]["status"]["code"] == 200


def test_a_part_whose_answer_was_lost_arrived_all_the_same(caller: Caller) -> None:
    batch = Batch(caller, files("1")).open()
    caller.simulator.fault("lost_response", "storage", times=1)
    with pytest.raises(requests.ConnectionError):
        batch.put()
    batch.close()
    assert batch.status()["status"]["code"] == 200
    assert (
        hashlib.sha256(fa3(number="FV/1", issued=ISSUED)).hexdigest()
        == (caller.simulator.sent_invoices()[0]["sha256"])
    )
