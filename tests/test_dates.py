from datetime import date, datetime, timedelta

from freezegun import freeze_time
from odoo.exceptions import UserError

from ..models.moments import warsaw_day, warsaw_today
from .common import KsefCase


class TestDates(KsefCase):
    """Pitfall 14: calendar days are Warsaw's, and KSeF draws its conclusions from them."""

    def setUp(self):
        super().setUp()
        self.connect()

    def alerts(self, move):
        wizard = (
            self.env["account.move.send.wizard"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({})
        )
        return wizard.alerts

    def test_a_date_in_the_future(self):
        """Said before, at both doors; nothing leaves."""
        move = self.invoice(day=warsaw_today() + timedelta(days=1))
        alert = self.alerts(move)["l10n_pl_ksef_future"]
        self.assertEqual(alert["level"], "danger")
        self.assertIn(move.name, alert["message"])
        with self.assertRaises(UserError) as refused:
            move.action_l10n_pl_ksef_send()
        self.assertIn("future", str(refused.exception))
        self.assertFalse(self.wire_to_sessions())
        self.assertFalse(self.document(move))

    def wire_to_sessions(self):
        return [call for call in self.wire if call.path.startswith("/sessions")]

    def test_the_date_of_yesterday(self):
        """A warning before; KSeF marks it OFFLINE, and that is read back."""
        move = self.invoice(day=warsaw_today() - timedelta(days=1))
        alert = self.alerts(move)["l10n_pl_ksef_past"]
        self.assertEqual(alert["level"], "warning")
        self.assertIn("OFFLINE", alert["message"])
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(move.l10n_pl_ksef_mode_at_ksef, "offline")
        self.assertEqual(self.at_ksef()[0]["invoicingMode"], "Offline")

    def test_the_date_of_today(self):
        move = self.invoice()
        alerts = self.alerts(move)
        self.assertNotIn("l10n_pl_ksef_past", alerts)
        self.assertNotIn("l10n_pl_ksef_future", alerts)
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_mode, "online")

    def test_sent_after_midnight(self):
        """Frozen today, taken by KSeF tomorrow: OFFLINE, although it looked like ONLINE here."""
        move = self.invoice()
        self.simulator.control("POST", "clock", {"offset": 24 * 3600})
        self.connect()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(move.l10n_pl_ksef_mode_at_ksef, "offline")

    def test_warsaws_midnight(self):
        """An hour or two before UTC's, by the season."""
        for moment, day in (
            ("2026-01-01 22:59:00", date(2026, 1, 1)),
            ("2026-01-01 23:00:00", date(2026, 1, 2)),
            ("2026-07-01 21:59:00", date(2026, 7, 1)),
            ("2026-07-01 22:00:00", date(2026, 7, 2)),
        ):
            with self.subTest(moment=moment):
                self.assertEqual(warsaw_day(datetime.fromisoformat(moment)), day)
                with freeze_time(moment):
                    self.assertEqual(warsaw_today(), day)
