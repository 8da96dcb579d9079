import hashlib
import json
from base64 import b64decode
from datetime import datetime, timedelta

from ..ksef import numbers
from ..models.moments import WARSAW
from .batch_case import (
    CLOSE_BATCH,
    OPEN_BATCH,
    RECEIPT,
    SESSION,
    SESSION_UPO,
    UPLOAD,
    BatchCase,
    Interruption,
    damage,
)
from .common import LIST, OPEN, SEND, STATUS, UPO


class TestBatch(BatchCase):
    """More invoices than anybody watches go to KSeF in one package."""

    def test_eight_invoices(self):
        """The accountant sends eight: one session, one upload, a number and receipt for each."""
        moves = self.many()
        frozen = {document: document._bytes() for document in self.documents(moves)}
        self.run_outbox()
        self.assert_once(moves)
        for operation in (OPEN_BATCH, UPLOAD, CLOSE_BATCH, SESSION, LIST, SESSION_UPO):
            self.assertEqual(len(self.calls(operation)), 1, operation)
        self.assertEqual(len(self.calls(RECEIPT)), 8, "which KSeF does not count")
        for operation in (OPEN, SEND, STATUS, UPO):
            self.assertFalse(self.calls(operation), operation)
        [session] = self.sessions()
        for move in moves:
            document = self.document(move)
            self.assertTrue(numbers.check(move.l10n_pl_ksef_number))
            self.assertEqual(document.invoicing_mode, "online")
            self.assertEqual(document.session_id, session)
            # What KSeF unpacked is what was frozen, and the receipt is KSeF's own, byte for byte.
            there = self.connection._ask("invoice", document.ksef_number)
            self.assertEqual(there, frozen[document])
            self.assertEqual(hashlib.sha256(there).digest(), document._digest())
            upo = self.connection._ask("upo_of_invoice", session.reference, document.reference)
            self.assertEqual(document._upo(), upo)
        self.assertEqual(len({document._upo() for document in frozen}), 8, "each has its own")

    def test_what_stands_in_the_session(self):
        moves = self.many()
        self.run_outbox()
        [session] = self.sessions()
        self.assertEqual(session.state, "processed")
        self.assertEqual(
            [session[name] for name in ("invoice_count", "successful_count", "failed_count")],
            [8, 8, 0],
        )
        self.assertEqual((session.part_count, session.parts_uploaded), (1, 1))
        self.assertFalse(session.offline)
        [upload] = self.uploads
        sent = json.loads(self.calls(OPEN_BATCH)[0].body)["batchFile"]
        self.assertEqual(session.package_size, sent["fileSize"])
        self.assertEqual(session.package_sha256, sent["fileHash"])
        [part] = sent["fileParts"]
        self.assertEqual(session.parts, f"1: {part['fileHash']} ({part['fileSize']})")
        self.assertEqual(b64decode(part["fileHash"]), hashlib.sha256(upload.body).digest())
        self.assertEqual(part["fileSize"], len(upload.body))
        made = session.create_date.replace(microsecond=0)  # the others have whole seconds
        self.assertTrue(made <= session.close_asked <= session.closed_on)
        for move in moves:
            self.assertIn(move.l10n_pl_ksef_number.encode(), session.upo_ids.raw)
        self.assertFalse(session.sealed_key, "nothing is encrypted with it any more")

    def test_no_token_goes_to_the_storage(self):
        """The address holds its own key; our token would open the account of the company."""
        self.many()
        self.run_outbox()
        [upload] = self.uploads
        self.assertEqual(upload.method, "PUT")
        self.assertTrue(upload.url.startswith(f"{self.simulator.url}/storage/"), upload.url)
        names = {name.lower() for name in upload.headers}
        self.assertNotIn("authorization", names)
        self.assertEqual(upload.headers["x-ms-blob-type"], "BlockBlob")
        self.assertEqual(upload.headers["Content-Length"], str(len(upload.body)))
        token = self.connection._access_token()
        self.assertNotIn(token, json.dumps(upload.headers) + upload.url)
        self.assertNotIn(token.encode(), upload.body)

    def test_offline(self):
        """What was issued offline goes in a package of its own, declared as offline."""
        online = self.many(6)
        moves = self.env["account.move"].union(*(self.invoice() for _it in range(7)))
        moves.with_user(self.accountant)._l10n_pl_ksef_issue("offline24")
        self.assertEqual(set(self.documents(moves).mapped("mode")), {"offline24"})
        self.wire.clear()
        self.run_outbox()
        self.assert_once(online | moves)
        declared = [json.loads(call.body)["offlineMode"] for call in self.calls(OPEN_BATCH)]
        self.assertEqual(sorted(declared), [False, True])
        self.assertEqual(sorted(self.sessions().mapped("offline")), [False, True])
        self.assertEqual(set(self.documents(moves).mapped("invoicing_mode")), {"offline"})
        self.assertEqual(set(self.documents(online).mapped("invoicing_mode")), {"online"})
        self.assertEqual(len(self.documents(moves).session_id), 1)
        self.assertFalse(self.calls(SEND))

    def test_five_go_one_by_one(self):
        """Few have their numbers sooner without a package."""
        moves = self.many(6)
        self.documents(moves)[0].unlink()
        self.run_outbox()
        self.assertFalse(self.calls(OPEN_BATCH))
        self.assertEqual(len(self.calls(SEND)), 5)

    def test_technical_corrections_go_alone(self):
        moves = self.many(7)
        documents = self.documents(moves)
        other = self.invoice()
        other.action_l10n_pl_ksef_send()
        [correction] = documents[0]
        correction.corrects_id = self.document(other)
        work = {step: group for group, step in documents._grouped_for_sending(documents)}
        self.assertEqual(work["_send"], correction)
        self.assertEqual(work["_send_batch"], documents - correction)

    def test_one_is_rejected(self):
        """KSeF judges each by itself: seven have their numbers, one its reason."""
        words = "Wartość pola P_15 jest błędna."
        fault = {"kind": "rejected", "operation": CLOSE_BATCH, "times": 1, "seconds": None}
        self.simulator.control("POST", "faults", {**fault, "code": 450, "words": [words]})
        moves = self.many()
        self.run_outbox()
        states = moves.mapped("l10n_pl_ksef_state")
        self.assertEqual(sorted(states), ["accepted"] * 7 + ["rejected"])
        bad = moves.filtered(lambda move: move.l10n_pl_ksef_state == "rejected")
        document = self.documents(bad)
        self.assertEqual(document.status_code, 450)
        self.assertIn(words, document.words)
        self.assertFalse(document.maybe_at_ksef)
        self.assertFalse(bad.l10n_pl_ksef_number)
        [received] = [it for it in self.at_ksef() if it["status"] == 450]
        self.assertEqual(received["sha256"], document._digest().hex())
        self.assertEqual(document.reference, received["referenceNumber"])
        [session] = self.sessions()
        self.assertEqual((session.state, session.failed_count), ("processed", 1))
        for move in moves - bad:
            self.assertTrue(self.document(move).upo)

    def test_all_are_rejected(self):
        """445: each invoice has its own reason all the same, and nothing goes again."""
        fault = {"kind": "rejected", "operation": CLOSE_BATCH, "times": None, "seconds": None}
        self.simulator.control("POST", "faults", {**fault, "code": 450, "words": "Nie."})
        moves = self.many()
        self.run_outbox()
        self.assertEqual(set(self.documents(moves).mapped("state")), {"rejected"})
        [session] = self.sessions()
        self.assertEqual(session.state, "failed")
        self.assertIn("brak poprawnych faktur", session.status_words)
        self.assertEqual(session.failed_count, 8)
        self.later(moves)
        self.assertEqual(len(self.calls(OPEN_BATCH)), 1)
        self.assertFalse(self.calls(SEND))

    def test_one_is_cancelled(self):
        """550: not judged; it goes again, alone, and the others have their numbers."""
        self.fault("cancelled", CLOSE_BATCH)
        moves = self.many()
        self.run_outbox()
        self.assertEqual(
            sorted(self.documents(moves).mapped("state")), ["accepted"] * 7 + ["prepared"]
        )
        self.later(moves)
        self.assertEqual(set(self.documents(moves).mapped("state")), {"accepted"})
        self.assertEqual(len(self.calls(SEND)), 1)

    def test_it_takes_long(self):
        """150: nothing is sent again, however long it takes; one question asks for all."""
        stuck = self.fault("stuck", CLOSE_BATCH, times=None)
        moves = self.many()
        documents = self.documents(moves)
        documents._send_batch()
        self.let_pass(documents, sent_on=5)
        self.run_outbox()
        self.assertEqual(set(documents.mapped("state")), {"sent"})
        self.assertEqual(set(documents.mapped("status_code")), {150})
        self.assertFalse(self.calls(LIST))
        self.assertEqual(len(self.calls(SESSION)), 1)
        self.wire.clear()
        self.run_outbox()
        self.assertFalse(self.wire, "it is not time yet")
        self.later(moves, minutes=24 * 60)
        self.assertEqual(len(self.calls(SESSION)), 1)
        self.assertEqual(set(documents.mapped("state")), {"sent"})
        self.assertGreaterEqual(min(map(self.pause, documents)), 25 * 60)
        self.simulator.control("DELETE", f"faults/{stuck}")
        self.later(moves)
        self.assert_once(moves)
        self.assertFalse(self.calls(OPEN_BATCH))

    def test_somebody_looks(self):
        """Whoever asks for one invoice of a package learns of all of them."""
        self.fault("stuck", CLOSE_BATCH)
        moves = self.many()
        self.run_outbox()
        self.no_more_faults()
        self.wire.clear()
        moves[3].action_l10n_pl_ksef_check()
        self.assert_once(moves)
        self.assertEqual(len(self.calls(SESSION)), 1)
        self.assertEqual(len(self.calls(LIST)), 1)
        self.assertFalse(self.calls(STATUS))

    def test_before_midnight(self):
        """Pitfall 14: it counts when the session was opened, not when the package came."""
        now = datetime.now(WARSAW)
        evening = datetime.combine(now.date(), datetime.max.time(), WARSAW) - timedelta(seconds=20)
        moves = self.many()
        self.simulator.control("POST", "clock", {"offset": (evening - now).total_seconds()})
        self.addCleanup(self.simulator.control, "POST", "clock", {"offset": 0})

        def midnight(request):
            self.simulator.control("POST", "clock", {"forward": 60})

        self.on_the_line.append(Interruption(UPLOAD, "before", midnight))
        self.run_outbox()
        self.on_the_line.clear()
        self.assert_once(moves)
        self.assertEqual(set(self.documents(moves).mapped("invoicing_mode")), {"online"})
        self.assertEqual({document.issue_date for document in self.documents(moves)}, {now.date()})
        # The same a minute later, alone: KSeF makes it offline by itself.
        late = self.invoice()
        late.action_l10n_pl_ksef_send()
        self.assertEqual(self.document(late).invoicing_mode, "offline")

    def test_bytes_that_were_changed(self):
        """A document whose bytes are not those that were frozen is left out."""
        moves = self.many()
        broken = self.documents(moves)[2]
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", broken._name),
                    ("res_field", "=", "xml"),
                    ("res_id", "=", broken.id),
                ]
            )
        )
        attachment.raw = broken._bytes().replace(b"Sernik", b"Makowiec")
        self.env.invalidate_all()
        self.run_outbox()
        self.assertEqual(broken.state, "rejected")
        self.assertIn("not the one that was frozen", broken.words)
        self.assertEqual(len(self.at_ksef()), 7)
        self.assertEqual(len(self.calls(OPEN_BATCH)), 1)

    def test_the_receipts_come_later(self):
        """Receipts that could not be fetched are asked for again, with one list for all."""
        self.fault("html_503", "storage", times=None)
        no_receipts = Interruption(UPLOAD, "before", lambda request: self.no_more_faults())
        again = Interruption(
            CLOSE_BATCH, "before", lambda request: self.fault("html_503", "storage", times=None)
        )
        self.on_the_line += [no_receipts, again]
        moves = self.many()
        documents = self.documents(moves)
        documents._send_batch()
        documents._ask_status()
        self.on_the_line.clear()
        self.assertEqual(set(documents.mapped("state")), {"accepted"})
        self.assertFalse(any(documents.mapped("upo")))
        self.assertEqual(len(self.calls(RECEIPT)), 1, "one time-out is enough for all")
        self.no_more_faults()
        self.wire.clear()
        self.run_outbox()
        self.assert_once(moves)
        self.assertEqual(len(self.calls(LIST)), 1)
        self.assertEqual(len(self.calls(RECEIPT)), 8)
        self.assertFalse(self.calls(UPO))

    def test_the_receipts_have_no_address(self):
        """Then each is asked for by its reference."""
        moves = self.many()
        documents = self.documents(moves)
        documents._send_batch()
        self.fault("html_503", "storage", times=None)
        documents._ask_status()
        documents._fetch_upo()
        self.assert_once(moves)
        self.assertEqual(len(self.calls(UPO)), 8)


class TestBatchFails(BatchCase):
    """A package that KSeF cannot use, twice: then one by one, so that none sinks the others."""

    def test_a_damaged_package(self):
        self.on_the_line.append(Interruption(UPLOAD, "before", damage))
        moves = self.many()
        documents = self.documents(moves)
        self.run_outbox()
        self.assertEqual(set(documents.mapped("state")), {"prepared"})
        self.assertEqual(set(documents.mapped("batch_failures")), {1})
        self.assertFalse(any(documents.mapped("maybe_at_ksef")), "KSeF has nothing of it")
        for document in documents:
            self.assertIn("Skrót części '1' nie zgadza się", document.words, "KSeF's own words")
        [first] = self.sessions()
        self.assertEqual(first.state, "failed")
        self.assertEqual(self.at_ksef(), [])
        self.later(moves)
        self.assertEqual(set(documents.mapped("batch_failures")), {2})
        self.assertEqual(len(self.sessions()), 2)
        self.assertEqual(len(set(self.sessions().mapped("package_sha256"))), 1, "the same bytes")
        self.assertEqual(len({upload.body for upload in self.uploads}), 2, "with another key")
        self.later(moves)
        self.assertEqual(len(self.calls(OPEN_BATCH)), 2)
        self.assertEqual(len(self.calls(SEND)), 8)
        self.assert_once(moves)

    def test_opening_is_refused(self):
        """Refused before anything left; what may be withdrawn stays so."""
        moves = self.many()
        documents = self.documents(moves)

        def spoil(request):
            body = json.loads(request.body)
            body["batchFile"]["fileParts"][0]["fileSize"] = 200_000_000
            request.body = json.dumps(body).encode()
            request.headers["Content-Length"] = str(len(request.body))

        self.on_the_line.append(Interruption(OPEN_BATCH, "before", spoil))
        self.run_outbox()
        self.assertEqual(set(documents.mapped("state")), {"prepared"})
        self.assertFalse(any(documents.mapped("maybe_at_ksef")))
        self.assertIn("21157", documents[0].words)
        self.assertFalse(self.sessions())
        self.later(moves)
        self.later(moves)
        self.assertEqual(len(self.calls(OPEN_BATCH)), 2)
        self.assert_once(moves)

    def test_an_address_outside_ksef(self):
        """It is not called, and nothing is thought to have left."""
        moves = self.many()
        documents = self.documents(moves)
        other = self.simulator.url.replace("127.0.0.1", "127.0.0.2")
        self.addresses.add(other.removeprefix("http://"))

        def elsewhere(request):
            request.headers["Host"] = other.removeprefix("http://")

        self.on_the_line.append(Interruption(OPEN_BATCH, "before", elsewhere))
        self.run_outbox()
        self.assertEqual(len(self.calls(OPEN_BATCH)), 1)
        self.assertFalse(self.uploads)
        self.assertEqual(set(documents.mapped("state")), {"prepared"})
        self.assertFalse(any(documents.mapped("maybe_at_ksef")))
        self.assertEqual(set(documents.mapped("batch_failures")), {1})
        self.assertIn("an address outside KSeF", documents[0].words)


class TestBatchNoAnswer(BatchCase):
    """Whatever answer is lost: KSeF is asked what became of it, and receives everything once."""

    def test_no_answer_to_opening(self):
        """Nothing was uploaded; the session that KSeF opened stays empty and ends by itself."""
        for kind in ("lost_response", "html_502", "reset", "error_500"):
            with self.subTest(kind=kind):
                self.start_over()
                self.fault(kind, OPEN_BATCH)
                moves = self.many()
                documents = self.documents(moves)
                self.run_outbox()
                self.assertEqual(set(documents.mapped("state")), {"prepared"})
                self.assertFalse(any(documents.mapped("maybe_at_ksef")))
                self.assertEqual(len(self.calls(OPEN_BATCH)), 1)
                self.later(moves)
                self.assert_once(moves)

    def test_too_many_requests(self):
        self.fault("limited", OPEN_BATCH, seconds=40)
        moves = self.many()
        self.run_outbox()
        documents = self.documents(moves)
        self.assertEqual(set(documents.mapped("state")), {"prepared"})
        self.assertEqual(set(documents.mapped("batch_failures")), {0})
        self.assertGreater(self.pause(documents[0]), 30)
        self.later(moves)
        self.assert_once(moves)

    def test_the_answer_to_the_upload_was_lost(self):
        """The part is there: closing proves it, and nothing is uploaded again."""
        self.fault("lost_response", "storage")
        moves = self.many()
        documents = self.documents(moves)
        documents._send_batch()
        self.assertEqual(set(documents.mapped("state")), {"unknown"})
        self.assertEqual(len(self.calls(CLOSE_BATCH)), 0)
        self.assertTrue(all(documents.mapped("maybe_at_ksef")))
        self.later(moves)
        self.later(moves)
        self.assert_once(moves)
        self.assertEqual(len(self.uploads), 1)
        self.assertEqual(len(self.calls(CLOSE_BATCH)), 1)
        self.assertEqual(len(self.calls(OPEN_BATCH)), 1)

    def test_the_upload_never_arrived(self):
        """KSeF misses the part: after a while, in which it may be on its way, all go again."""
        for kind in ("reset", "html_502", "html_200"):
            with self.subTest(kind=kind):
                self.start_over()
                self.uploads.clear()
                self.fault(kind, "storage")
                moves = self.many()
                documents = self.documents(moves)
                documents._send_batch()
                self.assertEqual(set(documents.mapped("state")), {"unknown"})
                self.later(moves, minutes=0)
                self.assertEqual(set(documents.mapped("state")), {"unknown"}, "on its way, maybe")
                self.assertEqual(len(self.calls(OPEN_BATCH)), 1)
                self.later(moves)
                self.assertEqual(set(documents.mapped("batch_failures")), {0})
                self.later(moves)
                self.later(moves)
                self.assert_once(moves)
                self.assertEqual(len(self.uploads), 2)
                self.assertEqual(self.sessions()[-2:].mapped("state"), ["failed", "processed"])

    def test_the_time_for_uploads_is_over(self):
        """The storage says no: nothing is there, and it is not asked for."""
        moves = self.many()
        documents = self.documents(moves)
        self.addCleanup(self.simulator.control, "POST", "clock", {"offset": 0})

        def too_late(request):
            self.simulator.control("POST", "clock", {"forward": 21 * 60})

        self.on_the_line.append(Interruption(UPLOAD, "before", too_late))
        documents._send_batch()
        self.on_the_line.clear()
        self.assertEqual(set(documents.mapped("state")), {"prepared"})
        self.assertIn("AuthenticationFailed", documents[0].words)
        self.assertFalse(self.calls(CLOSE_BATCH))
        self.assertFalse(any(documents.mapped("maybe_at_ksef")))
        [session] = self.sessions()
        self.assertEqual(session.state, "failed")

    def test_the_answer_to_closing_was_lost(self):
        """KSeF processes the package: it is asked how that stands, and nothing goes again."""
        for kind in ("lost_response", "html_502", "reset", "error_500", "limited"):
            with self.subTest(kind=kind):
                self.start_over()
                self.uploads.clear()
                self.fault(kind, CLOSE_BATCH)
                moves = self.many()
                documents = self.documents(moves)
                documents._send_batch()
                self.assertEqual(set(documents.mapped("state")), {"unknown"})
                self.later(moves)
                self.later(moves)
                self.assert_once(moves)
                self.assertEqual(len(self.uploads), 1)
                self.assertEqual(len(self.calls(OPEN_BATCH)), 1)
                self.assertEqual(self.sessions()[-1].state, "processed")

    def test_no_answer_about_the_session(self):
        for operation in (SESSION, LIST):
            for kind in ("html_502", "lost_response"):
                with self.subTest(operation=operation, kind=kind):
                    self.start_over()
                    self.uploads.clear()
                    self.fault(kind, operation)
                    moves = self.many()
                    documents = self.documents(moves)
                    documents._send_batch()
                    documents._ask_status()
                    self.assertEqual(set(documents.mapped("state")), {"sent"})
                    self.later(moves)
                    self.assert_once(moves)
                    self.assertEqual(len(self.uploads), 1)

    def test_no_answer_about_the_sessions_receipt(self):
        """It is fetched later; the invoices have their numbers and own receipts at once."""
        self.fault("html_503", SESSION_UPO)
        moves = self.many()
        documents = self.documents(moves)
        documents._send_batch()
        documents._ask_status()
        self.assert_once(moves)
        [session] = self.sessions()
        self.assertEqual(session.state, "closed")
        self.run_outbox()
        self.assertEqual(session.state, "processed")
        self.assertEqual(len(session.upo_ids), 1)

    def test_no_connection_for_the_upload(self):
        """Where no connection came to be nothing arrived: it waits and goes again."""
        moves = self.many()
        documents = self.documents(moves)

        def cut(request):
            request.url = request.url.replace(self.simulator.url, "http://127.0.0.1:1")

        self.addresses.add("127.0.0.1:1")
        self.addCleanup(self.addresses.discard, "127.0.0.1:1")
        self.on_the_line.append(Interruption(UPLOAD, "before", cut))
        documents._send_batch()
        self.on_the_line.clear()
        self.assertEqual(set(documents.mapped("state")), {"prepared"})
        self.assertFalse(any(documents.mapped("maybe_at_ksef")))
        self.assertEqual(set(documents.mapped("batch_failures")), {0})
        self.assertTrue(self.connection.limited_until)
        self.later(moves)
        self.assert_once(moves)

    def test_a_doubt_from_before_stays(self):
        """That a package failed says nothing about an earlier try whose answer was lost."""
        moves = self.many()
        documents = self.documents(moves)
        documents[0].maybe_at_ksef = True
        self.on_the_line.append(Interruption(UPLOAD, "before", damage))
        documents._send_batch()
        documents._ask_status()
        self.assertEqual(documents.mapped("maybe_at_ksef"), [True] + [False] * 7)

    def test_the_process_died(self):
        """Wherever it ends: each invoice arrives once."""
        for operation in (OPEN_BATCH, UPLOAD, CLOSE_BATCH):
            for when in ("before", "after"):
                with self.subTest(operation=operation, when=when):
                    self.start_over()
                    moves = self.many()
                    documents = self.documents(moves)
                    self.killed(operation, when)
                    state = "prepared" if operation == OPEN_BATCH else "sending"
                    self.assertEqual(set(documents.mapped("state")), {state})
                    for _minute in range(4):
                        self.later(moves)
                    self.assert_once(moves)

    def test_a_sender_that_lives_is_not_settled(self):
        moves = self.many()
        documents = self.documents(moves)
        self.killed(UPLOAD, "before")
        [session] = self.sessions()
        self.wire.clear()
        with self.held_elsewhere(session):
            self.later(moves)
        self.assertFalse(self.calls(SESSION))
        self.assertEqual(set(documents.mapped("state")), {"sending"})
        self.later(moves)
        self.assertTrue(self.calls(SESSION))

    def test_another_person_has_signed(self):
        """KSeF does not show the session to another person: the invoices are found by hash."""
        moves = self.many()
        documents = self.documents(moves)
        documents._send_batch()
        self.assertEqual(set(documents.mapped("state")), {"sent"})
        self.connect("accountant")
        self.wire.clear()
        self.later(moves)
        self.assertEqual(
            {it["sha256"]: it["ksefNumber"] for it in self.at_ksef()},
            {document._digest().hex(): document.ksef_number for document in documents},
        )
        self.assertEqual(set(documents.mapped("state")), {"accepted"})
        self.assertEqual(len(self.calls("POST /invoices/query/metadata")), 1)
        [session] = self.sessions()
        self.assertEqual(session.state, "failed")
        # The receipts stay with the person who sent them; they are asked for all at once.
        self.assertFalse(any(documents.mapped("upo")))
        self.assertIn("UPO is not there yet", documents[0].words)
        self.assertFalse(self.calls(UPO))
        self.connect()
        self.later(moves)
        self.assert_once(moves)

    def test_another_person_has_signed_and_nothing_was_closed(self):
        """KSeF was never told to process it: it cannot have come of it, and goes again."""
        moves = self.many()
        self.killed(UPLOAD, "after")
        self.connect("accountant")
        self.later(moves)
        self.later(moves)
        self.assert_once(moves)
        self.assertFalse(self.calls("POST /invoices/query/metadata"))

    def test_a_restored_database(self):
        """440 for all of them: their numbers are taken over, with one list for all."""
        moves = self.many()
        self.run_outbox()
        documents = self.documents(moves)
        numbers_before = documents.mapped("ksef_number")
        first = self.sessions()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE l10n_pl_ksef_document SET state = 'prepared', session_id = NULL,"
            " reference = NULL, ksef_number = NULL, maybe_at_ksef = FALSE, sent_on = NULL,"
            " tries = 0, status_code = NULL, next_try = NULL WHERE id IN %s",
            [documents._ids],
        )
        self.env.cr.execute(
            "DELETE FROM ir_attachment WHERE res_model = %s AND res_field = 'upo'",
            [documents._name],
        )
        self.env.invalidate_all()
        self.wire.clear()
        self.run_outbox()
        self.assertEqual(documents.mapped("ksef_number"), numbers_before)
        self.assertEqual(documents.session_id, first)
        self.assertEqual(len(self.calls(LIST)), 3, "of the new session, the old one, for receipts")
        self.assertTrue(all(documents.mapped("upo")))
        self.assertEqual([it["status"] for it in self.at_ksef()], [200] * 8 + [440] * 8)
