from odoo.exceptions import UserError

from ..ksef import fa3
from .common import LIST, SEND, KsefCase


class TestLocked(KsefCase):
    """What KSeF has or may have stays as it is; what has not left may be taken back."""

    def setUp(self):
        super().setUp()
        self.connection = self.connect()

    def ways_back(self, move):
        """Every way out of the posted state, for accountant and superuser."""
        for who in (move, move.with_user(self.manager), move.sudo()):
            yield "button_draft", who.button_draft
            yield "button_cancel", who.button_cancel
            yield "write draft", lambda who=who: who.write({"state": "draft"})
            yield "write cancel", lambda who=who: who.write({"state": "cancel"})
            # Odoo deletes no posted entry; this is its own way round that.
            yield "unlink", who.with_context(force_delete=True).unlink

    def assert_locked(self, move):
        self.assertIn("locked", move._l10n_pl_ksef_actions()[move])
        self.assertFalse(move.show_reset_to_draft_button)
        for name, way in self.ways_back(move):
            with self.subTest(way=name), self.assertRaisesRegex(UserError, "Credit Note"):
                way()
        self.assertEqual(move.state, "posted")
        self.assertTrue(move.exists())

    def test_accepted(self):
        move = self.invoice()
        self.assertTrue(move.show_reset_to_draft_button)
        move.action_l10n_pl_ksef_send()
        self.assert_locked(move)

    def test_being_processed(self):
        self.fault("stuck", SEND, times=None)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "sent")
        self.assert_locked(move)

    def test_nobody_knows(self):
        self.fault("lost_response", SEND)
        self.fault("html_503", LIST, times=None)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "unknown")
        self.assert_locked(move)

    def test_being_sent(self):
        self.connection.state = "expired"
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.document(move).state = "sending"
        self.assert_locked(move)

    def test_nobody_ever_proved_that_it_did_not_arrive(self):
        """What was looked up in vain waits again, but cannot be withdrawn: it may turn up."""
        self.fault("reset", SEND)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.connection.limited_until = "2099-01-01"
        document = self.document(move)
        document.write({"state": "prepared", "next_try": False})
        self.assertTrue(document.maybe_at_ksef)
        self.assert_locked(move)

    def test_not_yet_sent(self):
        """A prepared document that never left is dropped with the reset, and made anew."""
        self.connection.state = "expired"
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        self.assertEqual(document.state, "prepared")
        self.assertTrue(move.show_reset_to_draft_button)
        move.button_draft()
        self.assertFalse(document.exists())
        self.assertFalse(move.l10n_pl_ksef_state)
        self.assertFalse(move.l10n_pl_edi_status)
        move.invoice_line_ids.price_unit = 200
        move.action_post()
        self.connection.state = "connected"
        self.run_outbox()
        self.assertFalse(self.at_ksef(), "nothing goes that nobody ordered")
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(str(fa3.read(self.document(move)._bytes()).Fa.P_15), "246.00")
        self.assertEqual(len(self.at_ksef()), 1)

    def test_not_yet_sent_and_cancelled(self):
        self.connection.state = "expired"
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        move.button_draft()
        move.button_cancel()
        self.assertEqual(move.state, "cancel")
        self.connection.state = "connected"
        self.run_outbox()
        self.assertFalse(self.at_ksef())

    def test_rejected(self):
        """KSeF's no sets it free."""
        move = self.invoice()
        self.simulator.control("POST", "clock", {"offset": -24 * 3600})
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "rejected")
        self.assertTrue(move.show_reset_to_draft_button)
        move.button_draft()
        self.assertEqual(move.state, "draft")
        self.assertTrue(self.document(move), "the attempt stays on record")

    def test_one_of_several(self):
        """A bulk reset that would touch one of KSeF's changes none."""
        free = self.invoice()
        taken = self.invoice()
        taken.action_l10n_pl_ksef_send()
        with self.assertRaisesRegex(UserError, taken.name):
            (free | taken).button_draft()
        self.assertEqual((free | taken).mapped("state"), ["posted", "posted"])

    def test_practice_does_not_bind(self):
        """A number of the simulator binds nothing once the company works elsewhere."""
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        demo = self.connection.copy({"environment": "demo", "name": "DEMO"})
        demo.write({"state": "connected"})
        demo._use()
        self.assertNotIn("locked", move._l10n_pl_ksef_actions()[move])
        move.button_draft()
        self.assertEqual(move.state, "draft")

    def test_production_binds_for_ever(self):
        """A number of production binds whatever environment is used now."""
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE l10n_pl_ksef_document SET environment = 'production' WHERE move_id = %s",
            [move.id],
        )
        self.env.invalidate_all()
        self.assert_locked(move)

    def test_copies_are_free(self):
        """A duplicate is a new invoice: no number, no document, no e-mail that waits."""
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        copy = move.copy().sudo()
        for name in ("state", "number", "mode", "environment", "held", "document_ids"):
            self.assertFalse(copy[f"l10n_pl_ksef_{name}"], name)
        self.assertFalse(copy.l10n_pl_edi_number)
        copy.unlink()
