import json
import socket

from .common import LIST, NIP, OPEN, SEND, STATUS, UPO, KsefCase

PUBLIC_KEYS = "GET /security/public-key-certificates"


class TestNoAnswer(KsefCase):
    """Pitfall 1: what became of an unanswered sending is found out before anything is sent again.

    Each test ends with what the simulator received, because a duplicate is what must not happen.
    """

    def setUp(self):
        super().setUp()
        self.connection = self.connect()
        self.wire.clear()

    def lost(self, kind="lost_response"):
        """An invoice whose sending got no answer, and that could not be looked up yet."""
        self.fault(kind, SEND)
        blind = self.fault("html_503", LIST, times=None)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "unknown")
        self.simulator.control("DELETE", f"faults/{blind}")
        return move

    def later(self, move, minutes=1):
        self.let_pass(self.document(move), next_try=1, sent_on=minutes)
        self.let_pass(self.connection, limited_until=0)
        self.run_outbox()

    def test_the_answer_was_lost(self):
        """KSeF has it: it is found by its hash, at once, and not sent again."""
        self.fault("lost_response", SEND)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        [received] = self.at_ksef()
        self.assertEqual(move.l10n_pl_ksef_number, received["ksefNumber"])
        self.assertEqual(self.document(move).reference, received["referenceNumber"])
        self.assertEqual(len(self.calls(SEND)), 1)
        self.assertTrue(self.document(move).upo)

    def test_it_is_locked_while_nobody_knows(self):
        move = self.lost()
        self.assertTrue(self.document(move).maybe_at_ksef)
        self.assertFalse(move.l10n_pl_ksef_can_send)
        self.assertTrue(move.l10n_pl_ksef_can_check)
        self.assertIn("could not be reached", move.l10n_pl_ksef_words)
        self.assertEqual(move.l10n_pl_edi_status, "sent", "for other modules it is on its way")
        self.later(move)
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(len(self.at_ksef()), 1)

    def test_error_pages(self):
        """Pitfall 23: HTML of the edge, 5xx: not a refusal. KSeF does not have it: sent again."""
        for kind in ("html_502", "html_503", "error_500", "reset"):
            with self.subTest(kind=kind):
                self.start_over()
                self.fault(kind, SEND)
                move = self.invoice()
                move.action_l10n_pl_ksef_send()
                document = self.document(move)
                sha = document.sha256
                self.assertEqual(document.state, "unknown")
                self.assertFalse(self.at_ksef())
                self.later(move)
                self.assertEqual(document.state, "unknown", "it may still be on its way")
                self.assertEqual(len(self.calls(SEND)), 1)
                self.later(move, minutes=3)
                self.assertEqual(document.state, "accepted")
                self.assertEqual(len(self.calls(SEND)), 2)
                self.assertEqual(document.sha256, sha)
                [received] = self.at_ksef()
                self.assertEqual(received["ksefNumber"], move.l10n_pl_ksef_number)

    def test_no_connection_at_all(self):
        """Where no connection came to be, nothing can have arrived: it simply waits."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            nobody = f"127.0.0.1:{free.getsockname()[1]}"
        self.addresses.add(nobody)
        self.addCleanup(self.addresses.discard, nobody)
        parameters = self.env["ir.config_parameter"].sudo()
        first = self.invoice()
        first.action_l10n_pl_ksef_send()  # so that a session is open
        self.wire.clear()
        parameters.set_param("l10n_pl_ksef.simulator_url", f"http://{nobody}")
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        self.assertEqual(len(self.calls(SEND)), 1)
        self.assertEqual(document.state, "prepared")
        self.assertFalse(document.maybe_at_ksef)
        self.assertIn("no connection could be made", document.words)
        self.assertIn("withdraw", move._l10n_pl_ksef_actions()[move])
        parameters.set_param("l10n_pl_ksef.simulator_url", self.simulator.url)
        self.later(move)
        self.assertEqual(document.state, "accepted")
        self.assertEqual(len(self.at_ksef()), 2)

    def test_trouble_before_the_sending(self):
        """Nothing has left when keys or session could not be had: a minute later again."""
        for operation in (PUBLIC_KEYS, OPEN):
            for kind in ("html_502", "lost_response"):
                with self.subTest(operation=operation, kind=kind):
                    self.start_over()
                    self.fault(kind, operation)
                    move = self.invoice()
                    move.action_l10n_pl_ksef_send()
                    document = self.document(move)
                    self.assertEqual(document.state, "prepared")
                    self.assertFalse(document.maybe_at_ksef)
                    self.assertFalse(self.calls(SEND))
                    self.assertLessEqual(self.pause(document), 60)
                    self.later(move)
                    self.assertEqual(document.state, "accepted")
                    self.assertEqual(len(self.at_ksef()), 1)

    def test_one_time_out_is_enough_for_many(self):
        """A queue does not wait for KSeF once for each of its documents."""
        self.fault("html_502", OPEN, times=None)
        moves = self.invoice() | self.invoice() | self.invoice()
        moves.action_l10n_pl_ksef_send()
        self.assertEqual(len(self.calls(OPEN)), 1)
        self.assertEqual(set(moves.mapped("l10n_pl_ksef_state")), {"prepared"})

    def test_the_process_died(self):
        """A document that says "sending" while nobody holds it: its sender is gone."""
        move = self.lost()
        document = self.document(move)
        # As a killed process leaves it: the intent is committed, the result is not.
        document.write({"state": "sending", "words": False, "next_try": False})
        self.run_outbox()
        self.assertEqual(document.state, "accepted")
        self.assertEqual(len(self.at_ksef()), 1)
        self.assertEqual(len(self.calls(SEND)), 1)

    def test_it_died_before_the_call(self):
        move = self.invoice()
        self.fault("reset", SEND)
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        document.write({"state": "sending"})
        self.later(move, minutes=3)
        self.assertEqual(document.state, "accepted")
        self.assertEqual(len(self.at_ksef()), 1)

    def test_no_answer_about_the_status(self):
        """Questions may fail; the document stays sent and is asked for again."""
        self.fault("html_502", STATUS, times=None)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "sent")
        self.assertIn("error 502", move.l10n_pl_ksef_words)
        self.no_more_faults()
        self.later(move)
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")

    def test_no_upo_yet(self):
        """Without its receipt an accepted invoice is accepted; the receipt comes later."""
        self.fault("html_503", UPO)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertFalse(move.l10n_pl_ksef_has_upo)
        self.assertIn("UPO is not there yet", move.l10n_pl_ksef_words)
        self.later(move)
        self.assertTrue(self.document(move).upo)
        self.assertFalse(self.document(move).words)

    def test_a_restored_database(self):
        """440 of our own bytes: the number that we had forgotten is taken over (pitfall 1)."""
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        known = (move.l10n_pl_ksef_number, document.reference, document.session_id.reference)
        self.forget(document)
        self.run_outbox()
        self.assertEqual([it["status"] for it in self.at_ksef()], [200, 440])
        self.assertEqual(document.state, "accepted")
        self.assertEqual(
            (move.l10n_pl_ksef_number, document.reference, document.session_id.reference), known
        )
        self.assertTrue(document.upo)

    def test_a_restored_database_and_another_person(self):
        """The same where KSeF does not show us the session: the hash is found in the metadata."""
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        number = move.l10n_pl_ksef_number
        self.forget(document)
        self.env["l10n_pl_ksef.session"].sudo().search([]).state = "closed"
        self.connect("accountant")
        self.run_outbox()
        self.assertEqual([it["status"] for it in self.at_ksef()], [200, 440])
        self.assertEqual(document.state, "accepted")
        self.assertEqual(move.l10n_pl_ksef_number, number)
        # Pitfall 15: moments in UTC, and no end that KSeF's clock has not reached.
        [asked] = self.calls("POST /invoices/query/metadata")
        dates = json.loads(asked.body)["dateRange"]
        self.assertTrue(dates["from"].endswith("Z"), dates)
        self.assertNotIn("to", dates)

    def forget(self, document):
        """The database as it was before anything was sent: an older back-up."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE l10n_pl_ksef_document
               SET state = 'prepared', session_id = NULL, reference = NULL, ksef_number = NULL,
                   maybe_at_ksef = FALSE, sent_on = NULL, tries = 0, status_code = NULL,
                   next_try = NULL
             WHERE id = %s
            """,
            [document.id],
        )
        self.env.cr.execute(
            "DELETE FROM ir_attachment WHERE res_model = %s AND res_field = 'upo'",
            [document._name],
        )
        self.env.invalidate_all()

    def test_the_lookup_of_a_duplicate_fails(self):
        """440, and then no answer about whose it is: nothing is decided until it is known."""
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        self.forget(document)
        self.fault("html_502", LIST)
        self.run_outbox()
        self.assertEqual(document.state, "sent")
        self.assertIn("error 502", document.words)
        self.later(move)
        self.assertEqual(document.state, "accepted")
        self.assertEqual(len(self.at_ksef()), 2)

    def test_cancelled_and_then_lost(self):
        """The same bytes twice in one session: the try that succeeded counts."""
        self.fault("cancelled", SEND)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "prepared")
        self.fault("lost_response", SEND)
        self.later(move)
        self.later(move)
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual([it["status"] for it in self.at_ksef()], [550, 200])
        self.assertTrue(move.l10n_pl_ksef_number.startswith(NIP))

    def test_many_in_one_session(self):
        """The list of a session has pages; ours may stand on the last."""
        for _number in range(11):
            self.invoice().action_l10n_pl_ksef_send()
        move = self.lost()
        self.later(move)
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(len(self.calls(SEND)), 12)
        self.assertEqual(len(self.at_ksef()), 12)
