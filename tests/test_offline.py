from base64 import b64decode
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError

from ..ksef import crypto, deadlines
from ..models.moments import warsaw_today
from .common import SEND
from .offline_case import OfflineCase


class TestOffline(OfflineCase):
    """Invoices issued outside KSeF: their bytes, codes, deadline, and the way to their number."""

    def offline(self, mode="offline24", **values):
        """An invoice issued in a mode of the company."""
        self.company.l10n_pl_ksef_mode = mode
        move = self.invoice(**values)
        move.action_l10n_pl_ksef_send()
        return move

    # --- issuing -------------------------------------------------------------------------------

    def test_issued_offline(self):
        """Frozen and signed; nothing leaves, and the day is counted."""
        self.checked("unavailable", "unavailable")
        move = self.offline()
        document = self.document(move)
        self.assertFalse(self.wire)
        self.assertEqual(move.l10n_pl_ksef_state, "prepared")
        self.assertEqual(move.l10n_pl_ksef_mode, "offline24")
        self.assertEqual(document._digest(), crypto.sha256(document._bytes()))
        self.assertEqual(document.certificate_id, self.connection.offline_certificate_id)
        self.assertIn(
            f"/certificate/Nip/{document.nip}/{document.nip}/"
            f"{self.connection.offline_certificate_id.serial_number}/",
            move.l10n_pl_ksef_certificate_link,
        )
        self.assertEqual(
            move.l10n_pl_ksef_link.rsplit("/", 1)[1],
            move.l10n_pl_ksef_certificate_link.rsplit("/", 2)[1],
        )
        due = deadlines.next_business_day(warsaw_today())
        self.assertEqual(move.l10n_pl_ksef_deadline, due)
        self.assertIn("art. 106nda ust. 2", move.l10n_pl_ksef_deadline_words)
        self.assertIn("OFFLINE24", self.chatter(move))

    def test_key_uses_are_written_down(self):
        uses = self.env["l10n_pl_ksef.key.use"].sudo()
        before = uses.search_count([("purpose", "=", "kod_ii")])
        self.offline()
        after = uses.search([("purpose", "=", "kod_ii")])
        self.assertEqual(len(after), before + 1)
        self.assertEqual(after[:1].certificate_id, self.connection.offline_certificate_id)

    def test_goes_when_ksef_is_back(self):
        """Two good checks: sent with the flag and the frozen bytes, and numbered."""
        self.checked("unavailable", "unavailable")
        move = self.offline()
        frozen = self.document(move)._bytes()
        self.run_outbox()
        self.assertFalse(self.calls(SEND))
        self.checked("available")
        self.run_outbox()
        self.assertFalse(self.calls(SEND), "one good check is not enough")
        self.checked("available", "available")
        self.run_outbox()
        self.run_outbox()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(move.l10n_pl_ksef_mode, "offline24")
        self.assertEqual(move.l10n_pl_ksef_mode_at_ksef, "offline")
        self.assertFalse(move.l10n_pl_ksef_deadline)
        self.assertFalse(move.l10n_pl_ksef_certificate_link)
        [at_ksef] = self.at_ksef()
        self.assertEqual(at_ksef["sha256"], crypto.sha256(frozen).hex())
        self.assertEqual(self.document(move)._bytes(), frozen)
        [call] = self.calls(SEND)
        self.assertIn(b'"offlineMode": true', call.body)

    def test_nothing_checked_lately(self):
        """Without checks the sending itself is the check: nothing waits for ever."""
        self.checked("unavailable", "unavailable", minutes=20)
        move = self.offline()
        self.run_outbox()
        self.run_outbox()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")

    def test_the_oldest_deadline_first(self):
        self.checked("unavailable", "unavailable")
        late, early = self.offline(), self.offline()
        self.document(early).write({"deadline": warsaw_today()})
        self.checked("available", "available")
        due = self.env["l10n_pl_ksef.document"]._due(["prepared"])
        self.assertEqual(due.move_id.ids, [early.id, late.id])

    def test_a_correction_waits_for_its_original(self):
        """It goes after the original has its number (guide, tryby-offline.md)."""
        self.checked("unavailable", "unavailable")
        move = self.offline()
        refund = move._reverse_moves([{"invoice_date": warsaw_today()}])
        refund.action_post()
        documents = self.env["l10n_pl_ksef.document"].sudo()
        document = documents._prepare({refund: b"<Faktura/>"}, self.connection, "offline24")
        self.checked("available", "available")
        self.assertEqual(documents._due(["prepared"], documents._may_leave()).move_id, move)
        self.assertFalse(document._may_go())
        self.run_outbox()
        self.run_outbox()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertTrue(document._may_go())

    def test_send_now(self):
        """A person need not wait for the second check."""
        self.checked("unavailable", "unavailable", "available")
        move = self.offline().with_user(self.accountant)
        self.assertTrue(move.l10n_pl_ksef_can_send_now)
        move.action_l10n_pl_ksef_send_now()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(len(self.calls(SEND)), 1)
        self.assertFalse(move.l10n_pl_ksef_can_send_now)
        with self.assertRaisesRegex(UserError, "None of these invoices waits"):
            move.action_l10n_pl_ksef_send_now()

    def test_looking_at_it_does_not_send_it(self):
        self.checked("unavailable", "unavailable")
        move = self.offline().with_user(self.accountant)
        move.l10n_pl_ksef_live_progress()
        move.action_l10n_pl_ksef_check()
        self.assertFalse(self.wire)

    def test_the_date_must_be_todays(self):
        """P_1 is the day of issue (art. 106nda ust. 10)."""
        self.company.l10n_pl_ksef_mode = "offline24"
        yesterday = warsaw_today() - deadlines._DAY
        move = self.invoice(day=yesterday)
        with self.assertRaisesRegex(UserError, "bears today's date"):
            move.action_l10n_pl_ksef_send()
        self.assertFalse(move.l10n_pl_ksef_state)

    # --- a single invoice ----------------------------------------------------------------------

    def wizard(self, moves, **values):
        action = moves.action_l10n_pl_ksef_issue_offline()
        wizard = self.env[action["res_model"]].with_user(self.accountant).browse(action["res_id"])
        wizard.write(values)
        return wizard

    def test_a_single_invoice(self):
        """While the company goes on ONLINE."""
        self.checked("unavailable", "unavailable")
        move, other = self.invoice(), self.invoice()
        wizard = self.wizard(move)
        self.assertEqual(wizard.mode, "offline24")
        self.assertIn("OFFLINE and CERTYFIKAT", wizard.what_follows)
        wizard.action_issue()
        self.assertEqual(move.l10n_pl_ksef_mode, "offline24")
        self.assertTrue(move.l10n_pl_ksef_certificate_link)
        self.assertFalse(other.l10n_pl_ksef_state)
        self.assertEqual(self.company.l10n_pl_ksef_mode, "online")

    def test_one_that_waited_online(self):
        """KSeF broke before it was sent: the bytes stay, the mode and the codes are new."""
        self.fault("outage", times=None)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "prepared")
        frozen = self.document(move)._bytes()
        self.checked("unavailable", "unavailable")
        self.wizard(move).action_issue()
        document = self.document(move)
        self.assertEqual(len(move.sudo().l10n_pl_ksef_document_ids), 1)
        self.assertEqual(document.mode, "offline24")
        self.assertEqual(document._bytes(), frozen)
        self.no_more_faults()
        self.checked("available", "available")
        document.next_try = False
        self.connection.limited_until = False
        self.run_outbox()
        self.run_outbox()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(len(self.at_ksef()), 1)

    def test_one_whose_answer_was_lost(self):
        """KSeF may have it: found there before anything is sent again."""
        self.fault("lost_response", SEND)
        move = self.invoice()
        with patch("odoo.addons.l10n_pl_ksef.models.document.Document._settle"):
            move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "unknown")
        self.wizard(move).action_issue()
        self.assertEqual(move.l10n_pl_ksef_mode, "offline24")
        self.document(move).next_try = False
        self.run_outbox()
        self.run_outbox()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(len(self.at_ksef()), 1)
        self.assertEqual(move.l10n_pl_ksef_mode_at_ksef, "online")

    def test_bookkeepers_issue_nothing(self):
        move = self.invoice()
        with self.assertRaises(AccessError):
            move.with_user(self.bookkeeper).action_l10n_pl_ksef_issue_offline()
        with self.assertRaises(AccessError):
            move.with_user(self.bookkeeper).action_l10n_pl_ksef_send_now()

    # --- without a certificate -----------------------------------------------------------------

    def test_no_offline_certificate(self):
        """Issued and due in time, but nothing may be handed over before the code can be made."""
        certificate = self.connection.offline_certificate_id
        self.connection.offline_certificate_id = False
        self.checked("unavailable", "unavailable")
        move = self.offline()
        self.assertEqual(move.l10n_pl_ksef_mode, "offline24")
        self.assertFalse(move.l10n_pl_ksef_certificate_link)
        self.assertTrue(move.l10n_pl_ksef_lacks_code)
        self.assertTrue(move._l10n_pl_ksef_handing_over().waits)
        self.connection.offline_certificate_id = certificate
        self.env["l10n_pl_ksef.document"]._cron_deadlines()
        self.assertTrue(move.l10n_pl_ksef_certificate_link)
        self.assertFalse(move._l10n_pl_ksef_handing_over().waits)

    def test_never_with_an_authentication_certificate(self):
        """The connection refuses it as its Offline certificate (guide, kody-qr.md)."""
        login = self.connection.authentication_certificate_id
        with self.assertRaisesRegex(UserError, "another kind"):
            self.connection.offline_certificate_id = login

    # --- the gate ------------------------------------------------------------------------------

    def test_withdrawn_while_nobody_has_it(self):
        self.checked("unavailable", "unavailable")
        move = self.offline()
        move.with_user(self.accountant).button_draft()
        self.assertFalse(move.sudo().l10n_pl_ksef_document_ids)
        self.assertFalse(move.l10n_pl_ksef_deadline)

    def test_stays_once_it_was_printed(self):
        """The buyer may have it: it comes to KSeF as it is (art. 106nda ust. 10)."""
        self.checked("unavailable", "unavailable")
        move = self.offline()
        wizard = self.env["account.move.send.wizard"].with_user(self.accountant)
        wizard = wizard.with_context(active_model="account.move", active_ids=move.ids).create({})
        wizard.action_send_and_print()
        self.assertTrue(move.sudo().invoice_pdf_report_id)
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            move.with_user(self.accountant).button_draft()
        self.assertFalse(move.with_user(self.accountant).show_reset_to_draft_button)

    # --- total failure -------------------------------------------------------------------------

    def test_total_failure(self):
        """Issued in one: outside KSeF for good, without codes, never sent."""
        move = self.offline("total_failure")
        self.assertEqual(move.l10n_pl_ksef_state, "outside")
        self.assertFalse(move.l10n_pl_ksef_link)
        self.assertFalse(move.l10n_pl_ksef_certificate_link)
        self.assertFalse(move.l10n_pl_ksef_deadline)
        self.run_outbox()
        self.assertFalse(self.wire)
        self.assertNotIn("send", move._l10n_pl_ksef_actions()[move])

    def test_total_failure_needs_no_fa3(self):
        """art. 106ng: an obstacle of the form stops nothing."""
        move = self.invoice(self.line(tax=self.env["account.tax"]))
        _rendered, obstacles, _warnings = move._l10n_pl_ksef_check()
        self.assertIn(move, obstacles)
        self.company.l10n_pl_ksef_mode = "total_failure"
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "outside")

    def test_a_total_failure_lifts_the_duty(self):
        """Announced before it was sent: it need not go; taken back, it waits again."""
        self.checked("unavailable", "unavailable")
        move = self.offline()
        outage = self.announced("TOTAL_FAILURE", start=0)
        self.assertEqual(move.l10n_pl_ksef_state, "outside")
        self.assertTrue(self.document(move).deadline_lifted)
        self.assertIn("art. 106nha", move.l10n_pl_ksef_deadline_words)
        outage.with_user(self.manager).active = False
        self.assertEqual(move.l10n_pl_ksef_state, "prepared")
        self.assertTrue(move.l10n_pl_ksef_deadline)

    # --- deadlines -----------------------------------------------------------------------------

    def test_a_failure_moves_the_day(self):
        self.checked("unavailable", "unavailable")
        move = self.offline()
        before = move.l10n_pl_ksef_deadline
        failure = self.announced("FAILURE", start=0)
        self.assertFalse(move.l10n_pl_ksef_deadline)
        self.assertTrue(self.document(move).deadline_waiting)
        failure.with_user(self.manager).write({"end": failure.start})
        self.assertEqual(move.l10n_pl_ksef_deadline, deadlines.add_business_days(warsaw_today(), 7))
        self.assertGreater(move.l10n_pl_ksef_deadline, before)
        self.assertIn("K/2026/AWR/01", move.l10n_pl_ksef_deadline_words)

    def test_what_nobody_announced_is_offline24(self):
        """Deadline, buyer and JPK go by the announcement, not by what was chosen."""
        self.checked("unavailable", "unavailable")
        move = self.offline("emergency")
        self.assertEqual(self.document(move).counts_as, "offline24")
        self.assertEqual(move._l10n_pl_ksef_handing_over().paper.value, "confirmation")
        self.assertEqual(move.l10n_pl_ksef_jpk, "DI")
        self.assertEqual(move.l10n_pl_ksef_deadline, deadlines.next_business_day(warsaw_today()))
        self.announced("FAILURE")
        self.assertEqual(self.document(move).counts_as, "emergency")
        self.assertEqual(move._l10n_pl_ksef_handing_over().paper.value, "invoice")
        self.assertEqual(move.l10n_pl_ksef_jpk, "OFF")
        self.assertFalse(move.l10n_pl_ksef_deadline)

    def test_saturday_can_count(self):
        friday = deadlines.next_business_day(warsaw_today())
        while friday.weekday() != 4:
            friday = deadlines.next_business_day(friday)
        self.assertEqual(deadlines.next_business_day(friday, saturday_counts=True).weekday(), 5)
        self.checked("unavailable", "unavailable")
        move = self.offline()
        document = self.document(move)
        self.env.cr.execute(
            "UPDATE l10n_pl_ksef_document SET issue_date = %s, issued_on = NULL WHERE id = %s",
            [friday, document.id],
        )
        document.invalidate_recordset()
        document._recompute_deadlines()
        monday = move.l10n_pl_ksef_deadline
        self.company.l10n_pl_ksef_saturday_counts = True
        self.assertLess(move.l10n_pl_ksef_deadline, monday)

    def test_reminder_and_escalation(self):
        """One activity for the person who issued them; administrators hear of what is overdue."""
        self.checked("unavailable", "unavailable")
        first, second = self.offline(), self.offline()
        documents = self.document(first) | self.document(second)
        self.env["l10n_pl_ksef.document"]._cron_deadlines()
        activity_type = self.env.ref("l10n_pl_ksef.activity_deadline")
        [activity] = self.connection.activity_ids.filtered(
            lambda one: one.activity_type_id == activity_type
        )
        self.assertEqual(activity.user_id, self.accountant)
        self.assertIn("2 invoices", activity.summary)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE l10n_pl_ksef_document SET issue_date = issue_date - 10, issued_on = NULL"
            " WHERE id IN %s",
            [tuple(documents.ids)],
        )
        self.env.invalidate_all()
        self.env["l10n_pl_ksef.document"]._cron_deadlines()
        self.env["l10n_pl_ksef.document"]._cron_deadlines()
        [activity] = self.connection.activity_ids.filtered(
            lambda one: one.activity_type_id == activity_type
        )
        self.assertIn("overdue", activity.summary)
        told = self.env["mail.message"].sudo().search([("subject", "ilike", "are overdue")])
        self.assertEqual(told.partner_ids, self.connection._managers().partner_id)
        self.assertEqual(len(told), 1, "once a day")
        self.checked("available", "available")
        self.run_outbox()
        self.run_outbox()
        self.env["l10n_pl_ksef.document"]._cron_deadlines()
        self.assertFalse(
            self.connection.activity_ids.filtered(lambda one: one.activity_type_id == activity_type)
        )

    # --- the send wizard -----------------------------------------------------------------------

    def test_the_mail_goes_at_once(self):
        """What may be handed over does not wait for the number."""
        self.checked("unavailable", "unavailable")
        self.company.l10n_pl_ksef_mode = "emergency"
        self.announced("FAILURE")
        move = self.invoice()
        wizard = self.env["account.move.send.wizard"].with_user(self.accountant)
        wizard = wizard.with_context(active_model="account.move", active_ids=move.ids).create({})
        words = "\n".join(str(alert["message"]) for alert in wizard.alerts.values())
        self.assertIn("Emergency (announced failure)", words)
        wizard.action_send_and_print()
        self.assertFalse(move.sudo().l10n_pl_ksef_held)
        [mail] = move.sudo().message_ids.filtered("subject")
        self.assertEqual(mail.partner_ids, self.customer)
        self.assertEqual(move.l10n_pl_ksef_mode, "emergency")

    def test_the_mail_waits_for_the_certificate(self):
        certificate = self.connection.offline_certificate_id
        self.connection.offline_certificate_id = False
        self.checked("unavailable", "unavailable")
        self.company.l10n_pl_ksef_mode = "offline24"
        move = self.invoice()
        wizard = self.env["account.move.send.wizard"].with_user(self.accountant)
        wizard = wizard.with_context(active_model="account.move", active_ids=move.ids).create({})
        wizard.action_send_and_print()
        self.assertTrue(move.sudo().l10n_pl_ksef_held)
        self.assertFalse(move.sudo().message_ids.filtered("subject"))
        self.connection.offline_certificate_id = certificate
        self.env["l10n_pl_ksef.document"]._cron_deadlines()
        self.assertTrue(move.sudo().l10n_pl_ksef_held["released"])
        self.run_cron("account.ir_cron_account_move_send")
        [mail] = move.sudo().message_ids.filtered("subject")
        self.assertEqual(mail.partner_ids, self.customer)

    def test_bytes_never_change_with_the_mode(self):
        move = self.offline()
        document = self.document(move)
        with self.assertRaisesRegex(UserError, "never changes"):
            document.write({"issued_on": False})
        self.assertEqual(b64decode(document.sha256), crypto.sha256(document._bytes()))
