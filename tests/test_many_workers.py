from contextlib import contextmanager

from odoo.exceptions import UserError

from ..models.step import CLAIM_AUTHORISATION, CLAIM_CONNECTION, CLAIM_DOCUMENT
from .common import REDEEM, SEND, KsefCase


class TestManyWorkers(KsefCase):
    """Rule 4 of the design: a record that another worker holds is left to it."""

    def setUp(self):
        super().setUp()
        self.connection = self.connect()
        self.wire.clear()

    @contextmanager
    def held_elsewhere(self, kind, record):
        """As by another process: a claim of a database connection of its own."""
        with self.registry.cursor() as other:
            other.execute("SELECT pg_advisory_lock(%s, %s)", [kind, record.id])
            yield
            other.execute("SELECT pg_advisory_unlock(%s, %s)", [kind, record.id])

    def prepared(self):
        self.fault("limited", "POST /sessions/online")
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.connection.limited_until = False
        self.let_pass(self.document(move), next_try=1)
        self.wire.clear()
        return move

    def test_sent_by_one(self):
        move = self.prepared()
        document = self.document(move)
        with self.held_elsewhere(CLAIM_DOCUMENT, document):
            document._send()
            move.action_l10n_pl_ksef_check()
        self.assertFalse(self.wire)
        self.assertEqual(document.state, "prepared")
        document._send()
        self.assertEqual(len(self.calls(SEND)), 1)

    def test_not_withdrawn_under_the_sender(self):
        move = self.prepared()
        with (
            self.held_elsewhere(CLAIM_DOCUMENT, self.document(move)),
            self.assertRaisesRegex(UserError, "being sent to KSeF at this moment"),
        ):
            move.button_draft()
        self.assertEqual(move.state, "posted")
        move.button_draft()
        self.assertEqual(move.state, "draft")

    def test_a_sender_that_lives_is_not_settled(self):
        """ "sending" means trouble only where nobody holds the document."""
        move = self.prepared()
        document = self.document(move)
        document.state = "sending"
        with self.held_elsewhere(CLAIM_DOCUMENT, document):
            document._settle()
        self.assertFalse(self.wire)
        self.assertEqual(document.state, "sending")

    def test_asked_by_one(self):
        self.fault("stuck", SEND, times=None)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.no_more_faults()
        self.wire.clear()
        with self.held_elsewhere(CLAIM_DOCUMENT, self.document(move)):
            self.document(move)._ask_status()
        self.assertFalse(self.wire)

    def test_tokens_are_taken_by_one(self):
        wizard = self.wizard()
        self.upload(wizard, self.simulator.sign(self.request_of(wizard)))
        self.submit(wizard)
        attempt = wizard.authorisation_id
        with self.held_elsewhere(CLAIM_AUTHORISATION, attempt):
            wizard.live_progress()
        self.assertFalse(self.calls(REDEEM))
        self.assertEqual(wizard.step, "verify")
        wizard.live_progress()
        self.assertEqual(wizard.step, "done")

    def test_claims_are_let_go(self):
        """After every step, whatever came of it, nothing is held."""
        for kind in ("html_502", "limited", "lost_response", "cancelled"):
            self.fault(kind, SEND)
            self.connection.limited_until = False
            self.invoice().action_l10n_pl_ksef_send()
        self.env.cr.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid IN %s"
            " AND pid = pg_backend_pid()",
            [(CLAIM_AUTHORISATION, CLAIM_CONNECTION, CLAIM_DOCUMENT)],
        )
        self.assertEqual(self.env.cr.fetchone(), (0,))
