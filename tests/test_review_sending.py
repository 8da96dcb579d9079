from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError

from .common import LIST, REFRESH, SEND, KsefCase


class TestOrdersThatWait(KsefCase):
    """Whatever was ordered either happens or is said not to; nothing is swallowed."""

    def setUp(self):
        super().setUp()
        self.connect()

    def dialog(self, move, **values):
        wizards = self.env["account.move.send.wizard"].with_user(self.accountant)
        return wizards.with_context(active_model="account.move", active_ids=move.ids).create(values)

    def mails(self, move):
        return move.sudo().message_ids.filtered(lambda it: self.customer in it.partner_ids)

    def test_an_email_ordered_while_the_number_is_awaited(self):
        """First to KSeF alone, then by e-mail: it goes out with the number."""
        stuck = self.fault("stuck", SEND, times=None)
        move = self.invoice()
        self.dialog(move, sending_methods=[]).action_send_and_print()
        self.assertEqual(move.l10n_pl_ksef_state, "sent")
        later = self.dialog(move, sending_methods=["email"])
        later.subject = "Faktura, jednak mailem"
        later.action_send_and_print()
        self.assertFalse(self.mails(move), "not before the number is there")
        self.simulator.control("DELETE", f"faults/{stuck}")
        move.action_l10n_pl_ksef_check()
        self.run_cron("account.ir_cron_account_move_send")
        self.assertEqual(self.mails(move).mapped("subject"), ["Faktura, jednak mailem"])

    def test_printing_meanwhile_takes_no_email_back(self):
        stuck = self.fault("stuck", SEND, times=None)
        move = self.invoice()
        self.dialog(move, sending_methods=["email"]).action_send_and_print()
        self.dialog(move, sending_methods=[]).action_send_and_print()
        self.simulator.control("DELETE", f"faults/{stuck}")
        move.action_l10n_pl_ksef_check()
        self.run_cron("account.ir_cron_account_move_send")
        self.assertEqual(len(self.mails(move)), 1)

    def test_an_invoice_that_somebody_else_holds(self):
        """Another transaction has the row: that is said, and nothing waits for a number."""
        move = self.invoice()
        nothing = self.env["account.move"]
        with patch.object(type(move), "try_lock_for_update", lambda moves, **_options: nothing):
            with self.assertRaisesRegex(UserError, "somebody else is working on it"):
                self.dialog(move).action_send_and_print()
            message = move.action_l10n_pl_ksef_send()["params"]
        self.assertIn("somebody else is working on them", message["message"])
        self.assertEqual(message["type"], "danger")
        self.assertFalse(move.sudo().l10n_pl_ksef_held)
        self.assertFalse(self.calls(SEND))

    def test_the_outbox_rests_while_a_person_is_needed(self):
        """An invoice that waits for a login for days does not start the cron every ten seconds."""
        move = self.invoice()
        self.fault("stuck", SEND, times=None)
        move.action_l10n_pl_ksef_send()
        cron = self.env.ref("l10n_pl_ksef.cron_outbox").sudo()
        triggers = self.env["ir.cron.trigger"].sudo()
        for state, expected in (("expired", 0), ("connected", 1)):
            with self.subTest(state=state):
                self.document(move).connection_id.state = state
                triggers.search([("cron_id", "=", cron.id)]).unlink()
                self.run_outbox()
                after = triggers.search(
                    [("cron_id", "=", cron.id), ("call_at", ">", fields.Datetime.now())]
                )
                self.assertEqual(bool(after), bool(expected))

    def test_what_sends_is_not_archived(self):
        """An archived connection would go on sending, and nobody would see its end come."""
        connection = self.company.sudo().l10n_pl_ksef_connection_id
        with self.assertRaisesRegex(UserError, "before you archive it"):
            connection.active = False
        connection.active = True
        connection.action_disconnect()
        connection.active = False

    def test_nobody_asks_while_ksef_wants_rest(self):
        """429: neither the button nor an open page asks before the time is over."""
        move = self.invoice()
        self.fault("lost_response", SEND)
        self.fault("limited", LIST, seconds=600)
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "unknown")
        connection = self.document(move).connection_id
        self.assertTrue(connection.limited_until)
        self.wire.clear()
        move.action_l10n_pl_ksef_check()
        self.let_pass(self.document(move), next_try=1)
        move.l10n_pl_ksef_live_progress()
        self.assertFalse(self.wire)
        self.let_pass(connection, limited_until=1)
        move.action_l10n_pl_ksef_check()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")


class TestWhatMayBeAtKsef(KsefCase):
    def setUp(self):
        super().setUp()
        self.connect()

    def test_a_lost_try_is_not_forgotten(self):
        """The answer to the first try was lost; that the second cannot begin proves nothing."""
        self.fault("reset", SEND)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        self.let_pass(document, sent_on=5, next_try=1)
        document._settle()
        self.assertEqual(document.state, "prepared", "KSeF does not show it")
        self.assertTrue(document.maybe_at_ksef)
        self.let_pass(document.connection_id, access_end=1)
        self.fault("html_502", REFRESH)
        document._send()
        self.assertEqual(document.state, "prepared")
        self.assertTrue(document.maybe_at_ksef)
        self.assertIn("locked", move._l10n_pl_ksef_actions()[move])
        self.fault("limited", SEND, seconds=1)
        document.connection_id.limited_until = False
        document._send()
        self.assertEqual(document.state, "prepared")
        self.assertTrue(document.maybe_at_ksef)

    def test_the_number_stays(self):
        """KSeF has the invoice under this number; Odoo's renumbering must not take it away."""
        move = self.invoice()
        other = self.invoice()
        move.action_l10n_pl_ksef_send()
        with self.assertRaisesRegex(UserError, "KSeF has"):
            move.sudo().name = "FV/2026/99999"
        move.sudo().write({"name": move.name})
        other.sudo().write({"name": "FV/2026/88888"})
        wizard = self.env["account.resequence.wizard"].with_context(
            active_model="account.move", active_ids=(move | other).ids
        )
        with self.assertRaisesRegex(UserError, "KSeF has"):
            wizard.create({"first_name": "FV/2026/70001"}).resequence()
