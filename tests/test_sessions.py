from datetime import timedelta

from odoo import fields

from .common import CLOSE, OPEN, SEND, KsefCase


class TestSessions(KsefCase):
    """Sessions are shared while they are used, closed when idle, and leave their receipt."""

    def setUp(self):
        super().setUp()
        self.connection = self.connect()
        self.move = self.invoice()
        self.move.action_l10n_pl_ksef_send()
        self.session = self.document(self.move).session_id
        self.wire.clear()

    def upo(self, session):
        page = self.connection._ask("session_status", session.reference).upo_pages[0]
        return self.connection._ask("upo_of_session", session.reference, page.reference)

    def test_shared_while_in_use(self):
        self.invoice().action_l10n_pl_ksef_send()
        self.assertFalse(self.calls(OPEN))
        self.assertEqual(len(self.session.document_ids), 2)
        self.let_pass(self.session, last_used=9)
        self.run_outbox()
        self.assertFalse(self.calls(CLOSE))
        self.assertEqual(self.session.state, "open")

    def test_closed_when_idle(self):
        """After ten idle minutes KSeF gets to make the session's UPO, kept byte for byte."""
        self.let_pass(self.session, last_used=11)
        self.run_outbox()
        self.assertEqual(len(self.calls(CLOSE)), 1)
        self.assertEqual(self.session.state, "processed")
        self.assertTrue(self.session.closed_on)
        counts = ("invoice_count", "successful_count", "failed_count")
        self.assertEqual([self.session[name] for name in counts], [1, 1, 0])
        self.assertEqual(self.session.upo_ids.raw, self.upo(self.session))
        self.assertIn(self.move.l10n_pl_ksef_number.encode(), self.session.upo_ids.raw)
        self.run_outbox()
        self.assertEqual(len(self.session.upo_ids), 1)
        self.invoice().action_l10n_pl_ksef_send()
        self.assertEqual(len(self.calls(OPEN)), 1)

    def test_left_before_its_end(self):
        """A session near its end takes nothing more and is closed in time."""
        self.session.valid_until = fields.Datetime.now() + timedelta(minutes=10)
        other = self.invoice()
        other.action_l10n_pl_ksef_send()
        self.assertNotEqual(self.document(other).session_id, self.session)
        self.run_outbox()
        self.assertEqual(self.session.state, "processed")

    def test_not_closed_under_somebody_who_sends(self):
        self.document(self.move).write({"state": "sending", "next_try": "2099-01-01"})
        self.let_pass(self.session, last_used=11)
        self.run_outbox()
        self.assertFalse(self.calls(CLOSE))

    def test_closed_by_ksef(self):
        """KSeF closed it first: its receipt is fetched all the same."""
        self.connection._ask("close_online_session", self.session.reference)
        self.let_pass(self.session, last_used=11)
        self.run_outbox()
        self.run_outbox()
        self.assertEqual(self.session.state, "processed")
        self.assertTrue(self.session.upo_ids)

    def test_no_answer_when_closing(self):
        self.fault("html_502", CLOSE)
        self.let_pass(self.session, last_used=11)
        self.run_outbox()
        self.assertEqual(self.session.state, "open")
        self.assertIn("error 502", self.session.status_words)
        self.run_outbox()
        self.assertEqual(self.session.state, "processed")

    def test_a_session_without_a_good_invoice(self):
        """445: no receipt is made for a session in which nothing was accepted."""
        self.session.state = "closed"
        self.simulator.control("POST", "clock", {"offset": -24 * 3600})
        bad = self.invoice()
        bad.action_l10n_pl_ksef_send()
        self.simulator.control("POST", "clock", {"offset": 0})
        self.assertEqual(bad.l10n_pl_ksef_state, "rejected")
        session = self.document(bad).session_id
        self.let_pass(session, last_used=11)
        self.run_outbox()
        self.assertEqual(session.state, "failed")
        self.assertFalse(session.upo_ids)
        self.assertEqual(session.failed_count, 1)

    def test_a_session_that_waits_for_its_last_invoice(self):
        """170: while an invoice is processed the session's receipt is waited for."""
        stuck = self.fault("stuck", SEND, times=None)
        late = self.invoice()
        late.action_l10n_pl_ksef_send()
        self.let_pass(self.session, last_used=11)
        self.run_outbox()
        self.assertEqual(self.session.state, "closed")
        self.assertFalse(self.session.upo_ids)
        self.simulator.control("DELETE", f"faults/{stuck}")
        self.let_pass(self.document(late), next_try=1)
        self.run_outbox()
        self.run_outbox()
        self.assertEqual(self.session.state, "processed")
        self.assertEqual(self.session.successful_count, 2)
        self.assertIn(late.l10n_pl_ksef_number.encode(), self.session.upo_ids.raw)
