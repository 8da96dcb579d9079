from odoo import Command
from odoo.exceptions import AccessError

from .login_case import LoginCase

OTHER_NIP = "1234563218"


class TestAccountingOffice(LoginCase):
    """One person's certificate logs in for every company for which the person has rights."""

    def setUp(self):
        super().setUp()
        self.other = self.env["res.company"].create(
            {
                "name": "Piekarnia Zbożowa sp. z o.o.",
                "vat": f"PL{OTHER_NIP}",
                "country_id": self.env.ref("base.pl").id,
            }
        )

    def log_in_for_other(self, user, held):
        wizard = (
            self.env["l10n_pl_ksef.authorise"]
            .with_user(user)
            .with_context(allowed_company_ids=user.company_ids.ids)
            .create(
                {
                    "company_id": self.other.id,
                    "environment": "simulator",
                    "method": "certificate",
                    "held_certificate_id": held.id,
                    "enrol": False,
                }
            )
        )
        wizard.action_begin()
        wizard.live_progress()
        return wizard

    def test_one_certificate_for_two_companies(self):
        first = self.enrolled("accountant")
        held = first.authentication_certificate_id
        self.manager.company_ids = [Command.link(self.other.id)]
        second = self.connected(self.log_in_for_other(self.manager, held))
        self.assertEqual((second.nip, second.method), (OTHER_NIP, "certificate"))
        self.assertEqual(second.authentication_certificate_id, held)
        self.assertEqual(second.signer, first.signer)
        self.assertTrue(second.renews_itself)
        self.assertEqual(self.other.l10n_pl_ksef_connection_id, second)
        self.assertIn(second, held.use_ids.connection_id, "its use is on record")

    def test_not_of_a_company_one_does_not_see(self):
        held = self.enrolled("accountant").authentication_certificate_id
        stranger = self.person(
            "ksef_elsewhere",
            "account.group_account_user,l10n_pl_ksef.group_manager",
            company=self.other,
        )
        with self.assertRaises(AccessError):
            self.log_in_for_other(stranger, held)
        self.assertFalse(self.other.l10n_pl_ksef_connection_id)

    def test_disconnecting_forgets_the_key(self):
        """Nobody logs in with it any more, here or elsewhere; the Offline one goes on signing."""
        connection = self.enrolled("accountant")
        held = connection.authentication_certificate_id
        offline = connection.offline_certificate_id
        connection.with_user(self.manager).action_disconnect()
        self.assertFalse(held.sealed_key)
        self.assertFalse(held._is_good())
        self.assertFalse(self.calls("POST /certificates/{certificateSerialNumber}/revoke"))
        self.assertTrue(offline.sealed_key)
        self.assertEqual(offline.state, "active")

    def test_disconnecting_one_leaves_the_other(self):
        first = self.enrolled("accountant")
        held = first.authentication_certificate_id
        self.manager.company_ids = [Command.link(self.other.id)]
        second = self.connected(self.log_in_for_other(self.manager, held))
        first.with_user(self.manager).action_disconnect()
        self.assertTrue(held.sealed_key)
        self.assertTrue(second.renews_itself)
