"""What the tests of the offline modes share: checks of KSeF that have been made, announcements."""

from datetime import timedelta

from odoo import fields

from .login_case import LoginCase


class OfflineCase(LoginCase):
    """A company that has its Offline certificate; nothing was checked yet."""

    def setUp(self):
        super().setUp()
        self.connection = self.enrolled()
        self.wire.clear()

    def checked(self, *states, environment="simulator", minutes=0):
        """Checks of KSeF as the cron keeps them, five minutes apart, the last one just now."""
        now = fields.Datetime.now() - timedelta(minutes=minutes)
        for probe in self.env["l10n_pl_ksef.probe"].sudo().search([]):
            probe.moment -= timedelta(minutes=5 * len(states))
        return (
            self.env["l10n_pl_ksef.probe"]
            .sudo()
            .create(
                [
                    {
                        "environment": environment,
                        "moment": now - timedelta(minutes=5 * (len(states) - number - 1)),
                        "state": state,
                        "failure": False if state == "available" else "timeout",
                        "milliseconds": 40,
                    }
                    for number, state in enumerate(states)
                ]
            )
        )

    def react(self):
        """What follows each round of checks."""
        self.env["res.company"].sudo()._l10n_pl_ksef_availability_changed()

    def announced(self, kind, start=-1, end=None, number="K/2026/AWR/01", **values):
        """An announcement entered by hand; hours from now."""
        now = fields.Datetime.now()
        return (
            self.env["l10n_pl_ksef.outage"]
            .with_user(self.manager)
            .create(
                {
                    "environment": "simulator",
                    "kind": kind,
                    "start": now + timedelta(hours=start),
                    "end": end is not None and now + timedelta(hours=end),
                    "announced": now + timedelta(hours=start),
                    "announcement": number,
                    "text": "Awaria KSeF.",
                    "link": "https://www.gov.pl/web/finanse/komunikat",
                    **values,
                }
            )
        )

    def switch(self, mode, user=None, cause="ksef_silent", **values):
        wizard = (
            self.env["l10n_pl_ksef.switch.mode"]
            .with_user(user or self.accountant)
            .create({"company_id": self.company.id, "mode": mode, "cause": cause, **values})
        )
        wizard.action_switch()
        return wizard
