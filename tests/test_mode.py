from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError

from ..models.account_move_send_offline import minutes_to_midnight
from ..models.moments import WARSAW, warsaw_day
from .offline_case import OfflineCase


class TestMode(OfflineCase):
    """The company's mode of issue: switched by a person, proposed or switched by the addon."""

    def changes(self):
        return self.env["l10n_pl_ksef.mode.change"].sudo().search([], order="id")

    # --- by a person ---------------------------------------------------------------------------

    def test_switched_by_the_accountant(self):
        self.switch("offline24", why="Telefon z banku", cause="own_line")
        self.assertEqual(self.company.l10n_pl_ksef_mode, "offline24")
        [change] = self.changes()
        self.assertEqual(
            (change.before, change.mode, change.cause, change.user_id, change.automatic),
            ("online", "offline24", "own_line", self.accountant, False),
        )
        self.assertIn("Telefon z banku", change.why)
        self.assertIn("Our own line is down", change.why)
        self.assertIn("Telefon z banku", self.chatter(self.connection))
        with self.assertRaisesRegex(UserError, "never changed"):
            change.write({"why": "x"})
        with self.assertRaisesRegex(UserError, "never deleted"):
            change.unlink()

    def test_a_reason_is_wanted(self):
        with self.assertRaisesRegex(UserError, "say why"):
            self.switch("offline24", cause=False)
        with self.assertRaisesRegex(UserError, "already"):
            self.switch("online", cause=False)

    def test_not_the_bookkeeper(self):
        with self.assertRaises(AccessError):
            self.switch("offline24", user=self.bookkeeper)
        self.assertEqual(self.company.l10n_pl_ksef_mode, "online")

    def test_not_another_company(self):
        other = self.env["res.company"].sudo().create({"name": "Obca sp. z o.o."})
        with self.assertRaises(AccessError):
            self.env["l10n_pl_ksef.switch.mode"].with_user(self.accountant).create(
                {"company_id": other.id, "mode": "offline24", "cause": "own_line"}
            ).action_switch()
        self.assertEqual(other.l10n_pl_ksef_mode, "online")

    def test_what_follows(self):
        wizard = (
            self.env["l10n_pl_ksef.switch.mode"]
            .with_user(self.accountant)
            .create({"company_id": self.company.id, "mode": "emergency", "cause": "announced"})
        )
        self.assertIn("7th business day", wizard.what_follows)
        self.assertTrue(wizard.not_announced)
        self.assertFalse(wizard.lacks_certificate)
        self.announced("FAILURE")
        wizard.invalidate_recordset()
        self.assertFalse(wizard.not_announced)

    def test_total_failure_wants_a_confirmation(self):
        with self.assertRaisesRegex(UserError, "radio"):
            self.switch("total_failure", cause="announced")
        self.switch("total_failure", cause="announced", confirmed=True)
        self.assertEqual(self.company.l10n_pl_ksef_mode, "total_failure")

    def test_what_waited_is_issued_too(self):
        """Switching takes the invoices along that KSeF does not have yet."""
        self.fault("outage", times=None)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.checked("unavailable", "unavailable")
        self.switch("offline24")
        self.assertEqual(move.l10n_pl_ksef_mode, "offline24")
        self.assertTrue(move.l10n_pl_ksef_certificate_link)
        self.assertTrue(move.l10n_pl_ksef_deadline)

    def test_what_waited_can_stay(self):
        self.fault("outage", times=None)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.switch("offline24", take_waiting=False)
        self.assertEqual(move.l10n_pl_ksef_mode, "online")

    # --- proposed ------------------------------------------------------------------------------

    def proposal(self):
        self.react()
        return self.company.l10n_pl_ksef_proposed_mode

    def test_two_failed_checks(self):
        self.checked("available", "unavailable")
        self.assertFalse(self.proposal(), "one is not enough")
        self.checked("unavailable")
        self.assertEqual(self.proposal(), "offline24")
        self.assertIn("did not answer twice", self.company.l10n_pl_ksef_proposal_words)
        self.assertEqual(self.company.l10n_pl_ksef_mode, "online", "proposed, not switched")

    def test_the_words_are_the_reader_s(self):
        """Whoever reads it, in their own language."""
        self.checked("unavailable", "unavailable")
        self.react()
        self.env["res.lang"]._activate_lang("pl_PL")
        polish = self.company.with_context(lang="pl_PL").l10n_pl_ksef_proposal_words
        english = self.company.with_context(lang="en_US").l10n_pl_ksef_proposal_words
        self.assertIn("did not answer twice", english)
        self.assertEqual(self.company._l10n_pl_ksef_light()["proposal_words"], english)
        self.assertNotEqual(polish, english)
        self.assertIn("offline24", polish)

    def test_our_own_line(self):
        self.checked("own_line", "own_line")
        self.assertEqual(self.proposal(), "offline24")
        self.assertIn("our own line", self.company.l10n_pl_ksef_proposal_words)

    def test_the_proposal_is_told_once(self):
        self.checked("unavailable", "unavailable")
        with patch(
            "odoo.addons.bus.models.bus_listener_mixin.BusListenerMixin._bus_send", autospec=True
        ) as sent:
            self.react()
            self.react()
        told = {call.args[0] for call in sent.call_args_list}
        self.assertIn(self.accountant, told)
        self.assertNotIn(self.bookkeeper, told)
        self.assertEqual(len(sent.call_args_list), len(told))

    def test_the_proposal_is_gone_when_ksef_is_back(self):
        self.checked("unavailable", "unavailable")
        self.assertEqual(self.proposal(), "offline24")
        self.checked("available", "available")
        self.assertFalse(self.proposal())

    def test_the_way_back(self):
        self.checked("unavailable", "unavailable")
        self.switch("offline24")
        self.checked("available")
        self.assertFalse(self.proposal())
        self.checked("available", "available")
        self.assertEqual(self.proposal(), "online")
        self.switch("online", cause=False)
        self.assertEqual(self.changes()[-1].cause, "back")
        self.assertFalse(self.company.l10n_pl_ksef_proposed_mode)

    def test_no_way_back_from_an_own_choice(self):
        """Whoever issues offline24 by choice is not asked every five minutes."""
        self.checked("available", "available")
        self.switch("offline24", cause="own_choice")
        self.assertFalse(self.proposal())

    def test_declined(self):
        self.checked("unavailable", "unavailable")
        self.react()
        self.company.with_user(self.accountant).l10n_pl_ksef_decline()
        self.assertFalse(self.proposal(), "not asked again for the same")
        self.announced("FAILURE")
        self.assertEqual(self.proposal(), "emergency", "something else has happened")
        with self.assertRaises(AccessError):
            self.company.with_user(self.bookkeeper).l10n_pl_ksef_decline()

    def test_announcements_decide(self):
        self.checked("available", "available")
        for kind, mode in (
            ("MAINTENANCE", "offline"),
            ("FAILURE", "emergency"),
            ("TOTAL_FAILURE", "total_failure"),
        ):
            with self.subTest(kind=kind):
                self.announced(kind, number=f"K/{kind}")
                self.assertEqual(self.proposal(), mode)
                self.assertIn(f"K/{kind}", self.company.l10n_pl_ksef_proposal_words)

    def test_announced_without_a_number(self):
        """What was entered by hand may have none; it is announced all the same."""
        self.checked("unavailable", "unavailable")
        outage = self.announced("FAILURE", number=False)
        self.react()
        self.assertEqual(self.company.l10n_pl_ksef_proposed_mode, "emergency")
        wizard = (
            self.env["l10n_pl_ksef.switch.mode"]
            .with_user(self.accountant)
            .create({"company_id": self.company.id})
        )
        self.assertEqual((wizard.mode, wizard.cause), ("emergency", "announced"))
        self.assertFalse(wizard.not_announced)
        wizard.action_switch()
        day = warsaw_day(outage.start).isoformat()
        self.assertEqual(self.changes()[-1].announcement, day)

    def test_announced_for_later(self):
        """A maintenance that has not begun proposes nothing yet."""
        self.checked("available", "available")
        self.announced("MAINTENANCE", start=2, end=4, announced="2026-01-01 10:00:00")
        self.assertFalse(self.proposal())

    def test_the_announcement_ended_but_it_is_still_down(self):
        self.checked("unavailable", "unavailable")
        outage = self.announced("FAILURE")
        self.switch("emergency", cause="announced")
        outage.with_user(self.manager).end = outage.start
        self.assertEqual(self.proposal(), "offline24")

    def test_nothing_is_known(self):
        """Without checks nothing is proposed and nothing taken back."""
        self.assertFalse(self.proposal())

    # --- automatically -------------------------------------------------------------------------

    def test_automatically(self):
        self.company.l10n_pl_ksef_switch_automatically = True
        self.checked("unavailable", "unavailable")
        self.react()
        self.assertEqual(self.company.l10n_pl_ksef_mode, "offline24")
        self.announced("FAILURE")
        self.react()
        self.assertEqual(self.company.l10n_pl_ksef_mode, "emergency")
        self.checked("available", "available")
        self.env["l10n_pl_ksef.outage"].sudo().search([]).active = False
        self.assertEqual(self.company.l10n_pl_ksef_mode, "online")
        self.assertEqual(
            [(one.mode, one.automatic, one.cause) for one in self.changes()],
            [
                ("offline24", True, "ksef_silent"),
                ("emergency", True, "announced"),
                ("online", True, "back"),
            ],
        )

    def test_never_into_a_total_failure_by_itself(self):
        self.company.l10n_pl_ksef_switch_automatically = True
        self.checked("available", "available")
        self.announced("TOTAL_FAILURE")
        self.assertEqual(self.proposal(), "total_failure")
        self.assertEqual(self.company.l10n_pl_ksef_mode, "online")

    # --- midnight ------------------------------------------------------------------------------

    def test_minutes_to_midnight(self):
        """Warsaw's midnight, in summer and in winter."""
        for moment, minutes in (
            (datetime(2026, 7, 1, 23, 49, tzinfo=WARSAW), None),
            (datetime(2026, 7, 1, 23, 52, tzinfo=WARSAW), 8),
            (datetime(2026, 12, 31, 23, 59, 30, tzinfo=WARSAW), 0),
            (datetime(2026, 10, 25, 0, 5, tzinfo=WARSAW), None),
        ):
            with self.subTest(moment=moment):
                self.assertEqual(minutes_to_midnight(moment), minutes)

    def test_warned_before_midnight(self):
        with freeze_time("2026-11-20 22:53:00"):  # 23:53 in Warsaw
            move = self.invoice()
            words = self.env["account.move.send"]._l10n_pl_ksef_date_alerts(move)
        self.assertIn("7 minutes to midnight", words["l10n_pl_ksef_midnight"]["message"])
        with freeze_time("2026-11-20 12:00:00"):
            move = self.invoice()
            words = self.env["account.move.send"]._l10n_pl_ksef_date_alerts(move)
        self.assertNotIn("l10n_pl_ksef_midnight", words)
