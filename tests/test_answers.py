import json
from base64 import b64decode
from datetime import timedelta

from odoo import fields

from ..ksef import crypto, fa3
from .common import LIST, NIP, OPEN, SEND, KsefCase


class TestAnswers(KsefCase):
    """What KSeF says to an invoice, and what becomes of it."""

    def setUp(self):
        super().setUp()
        self.connection = self.connect()
        self.wire.clear()

    def later(self, move):
        self.let_pass(self.document(move), next_try=1)
        self.run_outbox()

    def test_too_many_requests(self):
        """Pitfall 17: 429 is waited out, by every invoice of the connection."""
        self.fault("limited", SEND, seconds=600)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        self.assertEqual(document.state, "prepared")
        self.assertFalse(document.maybe_at_ksef)
        self.assertIn("limit of requests", document.words)
        self.assertGreater(self.pause(document), 590)
        left = (self.connection.limited_until - fields.Datetime.now()).total_seconds()
        self.assertTrue(590 < left <= 600, left)
        self.wire.clear()
        other = self.invoice()
        other.action_l10n_pl_ksef_send()
        other.action_l10n_pl_ksef_check()
        self.later(move)
        self.run_cron("l10n_pl_ksef.cron_keep")
        self.assertFalse(self.wire, "nobody asks before the time is over")
        self.assertEqual(other.l10n_pl_ksef_state, "prepared")
        self.connection.limited_until = fields.Datetime.now() - timedelta(seconds=1)
        self.let_pass(self.document(other), next_try=1)
        self.later(move)
        self.assertEqual((move | other).mapped("l10n_pl_ksef_state"), ["accepted"] * 2)
        self.assertEqual(len(self.at_ksef()), 2)

    def test_too_many_questions(self):
        """429 to a question about the status leaves the invoice sent."""
        self.fault("limited", "GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}")
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "sent")
        self.connection.limited_until = False
        self.later(move)
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(len(self.calls(SEND)), 1)

    def test_cancelled_by_the_system(self):
        """Pitfall 3: 550 is no judgement; the same bytes go again."""
        self.fault("cancelled", SEND)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        self.assertEqual(document.state, "prepared")
        self.assertEqual(document.status_code, 550)
        sha = document.sha256
        self.later(move)
        self.assertEqual(document.state, "accepted")
        self.assertEqual(document.sha256, sha)
        self.assertEqual([it["status"] for it in self.at_ksef()], [550, 200])
        self.assertEqual(len({it["sha256"] for it in self.at_ksef()}), 1)
        self.assertEqual(len(move.l10n_pl_ksef_document_ids), 1)

    def test_the_session_cannot_be_used(self):
        """21184, 21180: another session takes the same bytes."""
        first = self.invoice()
        first.action_l10n_pl_ksef_send()
        session = self.document(first).session_id
        self.fault("unavailable_session", SEND)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.later(move)
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(session.state, "closed")
        self.assertNotEqual(self.document(move).session_id, session)
        self.assertEqual(len(self.at_ksef()), 2)

        session = self.document(move).session_id
        self.connection._ask("close_online_session", session.reference)
        third = self.invoice()
        third.action_l10n_pl_ksef_send()
        self.later(third)
        self.assertEqual(third.l10n_pl_ksef_state, "accepted")
        self.assertNotEqual(self.document(third).session_id, session)
        self.assertEqual(len(self.calls(OPEN)), 3)
        self.assertEqual(len(self.at_ksef()), 3)

    def test_rejected_and_corrected(self):
        """450: KSeF's words, back to draft, corrected, sent under the same number."""
        move = self.invoice()
        self.refuse(move)
        rejected = self.document(move)
        self.assertEqual(rejected.state, "rejected")
        self.assertEqual(rejected.status_code, 450)
        self.assertIn("P_1", move.l10n_pl_ksef_words)
        self.assertIn("KSeF rejected the invoice (Simulator)", self.chatter(move))
        self.assertIn("P_1", self.chatter(move))
        self.assertFalse(move.l10n_pl_ksef_number)
        self.assertEqual(move.l10n_pl_edi_status, "rejected")
        self.assertTrue(move.l10n_pl_ksef_can_send)
        self.assertFalse(move.l10n_pl_ksef_link, "no code on paper leads to nothing")

        name, before = move.name, rejected._bytes()
        self.simulator.control("POST", "clock", {"offset": 0})
        move.button_draft()
        move.invoice_line_ids.price_unit = 120
        move.action_post()
        self.assertEqual(move.name, name)
        move.action_l10n_pl_ksef_send()
        accepted = self.document(move)
        self.assertNotEqual(accepted, rejected)
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(len(move.l10n_pl_ksef_document_ids), 2)
        self.assertEqual(rejected.state, "rejected")
        self.assertEqual(rejected._bytes(), before)
        self.assertEqual(str(fa3.read(accepted._bytes()).Fa.P_15), "147.60")
        self.assertEqual(
            [(it["status"], it["invoiceNumber"]) for it in self.at_ksef()],
            [(450, name), (200, name)],
        )

    def refuse(self, move):
        """Send it while KSeF's calendar shows yesterday: then its date lies in the future."""
        self.simulator.control("POST", "clock", {"offset": -24 * 3600})
        move.action_l10n_pl_ksef_send()

    def test_a_rejected_one_is_sent_again_as_it_is(self):
        """What the reason was may have gone without a change of the invoice."""
        move = self.invoice()
        self.refuse(move)
        self.simulator.control("POST", "clock", {"offset": 0})
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(len(move.l10n_pl_ksef_document_ids), 2)

    def test_somebody_elses_number(self):
        """440 of other bytes: rejected, and the invoice that holds the number is named."""
        first = self.invoice()
        first.action_l10n_pl_ksef_send()
        number = first.l10n_pl_ksef_number
        second = self.draft(self.line("Zupełnie co innego", 7))
        # As from another program of the company: the same number, other contents.
        second.journal_id = first.journal_id.sudo().copy({"code": "INN"}).id
        second.name = first.name
        second.action_post()
        self.assertEqual(second.name, first.name)
        second.action_l10n_pl_ksef_send()
        document = self.document(second)
        self.assertEqual(document.state, "rejected")
        self.assertEqual(document.status_code, 440)
        self.assertIn(number, second.l10n_pl_ksef_words)
        self.assertIn("another invoice with this number", second.l10n_pl_ksef_words)
        self.assertFalse(second.l10n_pl_ksef_number)
        self.assertTrue(self.calls(LIST), "whose it is was looked up by its hash")

    def test_the_wrong_context(self):
        """410: the connection's NIP is not the seller's on the invoice."""
        self.company.vat = "PL7811897358"
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertNotEqual(move.l10n_pl_ksef_state, "accepted")
        if self.at_ksef():
            self.assertIn(NIP, move.l10n_pl_ksef_words)

    def test_keys_are_exchanged(self):
        """Pitfalls 6 and 7: KSeF has new keys, planned or at once; the next session uses them."""
        for emergency in (False, True):
            with self.subTest(emergency=emergency):
                self.invoice().action_l10n_pl_ksef_send()
                self.simulator.control("POST", "keys/rotate", {"emergency": emergency})
                in_open_session = self.invoice()
                in_open_session.action_l10n_pl_ksef_send()
                self.assertEqual(in_open_session.l10n_pl_ksef_state, "accepted")
                self.env["l10n_pl_ksef.session"].sudo().search([]).state = "closed"
                move = self.invoice()
                move.action_l10n_pl_ksef_send()
                self.assertEqual(move.l10n_pl_ksef_state, "accepted")

    def test_a_row_that_ksef_refuses_to_read(self):
        """21402 and the like: refused on receipt is refused, with KSeF's words."""
        move = self.invoice()
        self.patch_size()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "rejected")
        self.assertIn("(21405)", move.l10n_pl_ksef_words)
        self.assertFalse(self.at_ksef())

    def patch_size(self):
        """A mistake of ours that cannot be made from outside: a size below what is allowed."""
        client = self.env.registry["l10n_pl_ksef.connection"]
        ask = client._ask

        def wrong(connection, operation, *arguments, **options):
            if operation == "send_invoice":
                options["invoice_size"] = 0
            return ask(connection, operation, *arguments, **options)

        self.patch(client, "_ask", wrong)

    def spoiled(self, times):
        """Encryption that KSeF cannot undo, so many times; no fault of the simulator makes it."""
        encrypt = crypto.SessionKey.encrypt
        left = [times]

        def wrong(key, data):
            left[0] -= 1
            return encrypt(key, data)[:-1] if left[0] >= 0 else encrypt(key, data)

        self.patch(crypto.SessionKey, "encrypt", wrong)

    def test_not_decrypted_once(self):
        """Pitfall 5: 435 comes to good files too; the same bytes go once more, over a new
        session."""
        self.spoiled(1)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        session = self.document(move).session_id
        self.assertEqual(move.l10n_pl_ksef_state, "prepared")
        self.assertEqual(self.document(move).status_code, 435)
        self.later(move)
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertNotEqual(self.document(move).session_id, session)
        self.assertEqual([it["status"] for it in self.at_ksef()], [435, 200])

    def test_not_decrypted_twice(self):
        """Then it is no accident: rejected, with KSeF's words."""
        self.spoiled(2)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.later(move)
        self.assertEqual(move.l10n_pl_ksef_state, "rejected")
        self.assertIn("odszyfrow", move.l10n_pl_ksef_words)
        self.assertEqual([it["status"] for it in self.at_ksef()], [435, 435])

    def test_the_initialization_vector_stands_apart(self):
        """Pitfall 4: it is told when the session opens, never put before the cipher text."""
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        [opened] = self.calls(OPEN)
        [sent] = self.calls(SEND)
        vector = b64decode(json.loads(opened.body)["encryption"]["initializationVector"])
        self.assertEqual(len(vector), 16)
        cipher_text = b64decode(json.loads(sent.body)["encryptedInvoiceContent"])
        size = len(document._bytes())
        self.assertEqual(len(cipher_text), size + 16 - size % 16)
        self.assertFalse(cipher_text.startswith(vector))
        other = self.start_over()
        second = self.invoice()
        second.action_l10n_pl_ksef_send()
        [opened] = self.calls(OPEN)
        self.assertEqual(other, document.connection_id)
        fresh = b64decode(json.loads(opened.body)["encryption"]["initializationVector"])
        self.assertNotEqual(fresh, vector, "a new one for each session")
