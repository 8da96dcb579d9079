from base64 import b64decode
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError

from ..ksef import xades
from . import certificates
from .common import NIP, OTHER_NIP, REDEEM, SIGNATURE, KsefCase


class TestAuthorise(KsefCase):
    """From nothing to a connection, with the Trusted Profile's file."""

    def signed(self, wizard, person="owner", form="enveloping-base64"):
        data = self.simulator.sign(self.request_of(wizard), person, form)
        self.upload(wizard, data)
        return data

    def stored(self, attempt):
        return b64decode(attempt.sudo().with_context(bin_size=False).signed_file)

    def test_the_whole_way_of_the_owner(self):
        """The owner signs; the company is connected for seven days and may send and read."""
        wizard = self.wizard()
        self.assertEqual(wizard.step, "sign")
        self.assertEqual(wizard.nip, NIP, "taken from the company's VAT number")
        self.assertEqual(wizard.signing_page, f"{self.simulator.url}/trusted-profile")
        self.assertEqual(wizard.connection_id.state, "draft")
        left = wizard.challenge_end - fields.Datetime.now()
        self.assertTrue(timedelta(minutes=9) < left <= timedelta(minutes=10), left)

        self.signed(wizard)
        self.assertTrue(wizard.is_good)
        self.assertFalse(wizard.has_warnings, wizard.examination)
        self.assertIn("Jan Kowalski", wizard.examination)
        self.assertNotIn("81452317036", wizard.examination, "a PESEL is personal data")
        self.submit(wizard)
        self.assertEqual(wizard.step, "verify")
        self.assertTrue(wizard.live_progress())
        self.assertEqual(wizard.step, "done")

        connection = wizard.connection_id.with_user(self.accountant)
        self.assertEqual(connection.state, "connected")
        self.assertEqual(connection.method, "trusted_profile")
        self.assertEqual(connection.signer, "Jan Kowalski (PESEL •••••••7036)")
        self.assertIn("Owner", connection.permissions.split(", "))
        self.assertTrue(connection.can_send)
        self.assertTrue(connection.can_read)
        week = connection.refresh_end - fields.Datetime.now()
        self.assertTrue(timedelta(days=6, hours=23) < week <= timedelta(days=7), week)
        self.assertEqual(self.company.l10n_pl_ksef_connection_id, connection.sudo())
        self.assertTrue(connection.is_current)
        self.assertEqual(connection.next_step, "Nothing to do.")

    def test_the_accountant_of_the_company_may_sign(self):
        """An accountant whom the owner gave rights connects the company with her own signature."""
        connection = self.connect("accountant")
        self.assertEqual(connection.signer, "Anna Nowak (PESEL •••••••4420)")
        self.assertEqual(connection.permissions, "InvoiceRead, InvoiceWrite")
        self.assertTrue(connection.can_send)

    def test_the_signed_bytes_reach_ksef_untouched(self):
        """Pitfall 10: any change to a signed file breaks its signature."""
        wizard = self.wizard()
        data = self.signed(wizard)
        self.submit(wizard)
        [sent] = self.calls(SIGNATURE)
        self.assertEqual(sent.body, data)
        self.assertEqual(self.stored(wizard.authorisation_id), data)

    def test_every_form_of_the_trusted_profile(self):
        for form in ("enveloping-base64", "enveloping-xml", "enveloped"):
            with self.subTest(form=form):
                connection = self.connect(form=form)
                self.assertEqual(connection.state, "connected")
                self.assertEqual(connection.method, "trusted_profile")

    def test_a_qualified_signature(self):
        """A file signed with a certificate goes the same way and is called by its name."""
        wizard = self.wizard()
        self.upload(
            wizard,
            xades.sign(
                self.request_of(wizard), certificates.key_pem(), certificates.certificate_pem()
            ),
        )
        self.submit(wizard)
        wizard.live_progress()
        self.assertEqual(wizard.step, "done", wizard.words)
        self.assertEqual(wizard.connection_id.method, "signature")
        self.assertEqual(wizard.connection_id.signer, "Jan Kowalski (PESEL •••••••7036)")

    def test_a_stranger_is_told_about_zaw_fa(self):
        """Pitfall 11: a good signature of a person without rights (415) is explained."""
        wizard = self.wizard()
        self.signed(wizard, "stranger")
        self.assertTrue(wizard.is_good, "KSeF decides about rights")
        self.submit(wizard)
        wizard.live_progress()
        self.assertEqual(wizard.step, "refused")
        self.assertEqual(wizard.authorisation_id.status_code, 415)
        for words in ("Brak przypisanych uprawnień", "ZAW-FA", NIP, "seal", "sole trader"):
            self.assertIn(words, wizard.words)
        self.assertEqual(wizard.connection_id.state, "draft")
        self.assertFalse(self.company.l10n_pl_ksef_connection_id)
        # Somebody with rights tries again in the same dialog.
        wizard.action_new_file()
        self.assertEqual(wizard.step, "sign")
        self.signed(wizard, "owner")
        self.submit(wizard)
        wizard.live_progress()
        self.assertEqual(wizard.step, "done")
        self.assertEqual(len(wizard.connection_id.authorisation_ids), 2)

    def test_a_failed_new_attempt_costs_nothing(self):
        """Who is connected stays connected when somebody without rights signs."""
        connection = self.connect()
        wizard = self.env["l10n_pl_ksef.authorise"].browse(
            connection.with_user(self.manager).action_authorise()["res_id"]
        )
        wizard = wizard.with_user(self.manager)
        wizard.action_begin()
        self.signed(wizard, "stranger")
        self.submit(wizard)
        wizard.live_progress()
        self.assertEqual(wizard.step, "refused")
        self.assertEqual(connection.state, "connected")
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")

    def test_a_challenge_that_ran_out(self):
        """After ten minutes KSeF refuses; the words say what to do, and a new file works."""
        wizard = self.wizard()
        self.signed(wizard)
        self.simulator.control("POST", "clock", {"offset": 601})
        self.submit(wizard)
        self.assertEqual(wizard.step, "refused")
        self.assertIn("within ten minutes", wizard.words)
        self.assertIn("21111", wizard.words)
        old = wizard.request_file
        wizard.action_new_file()
        self.assertNotEqual(wizard.request_file, old)
        self.assertFalse(wizard.signed_file)

    def test_no_answer_to_the_upload(self):
        """The same file may be sent again when KSeF did not get it."""
        for kind in ("html_502", "html_503", "error_500", "reset", "limited"):
            with self.subTest(kind=kind):
                wizard = self.wizard()
                data = self.signed(wizard)
                self.fault(kind, SIGNATURE)
                self.submit(wizard)
                self.assertEqual(wizard.step, "sign")
                self.assertTrue(wizard.words)
                self.assertNotIn("<html", wizard.words.lower())
                self.submit(wizard)
                wizard.live_progress()
                self.assertEqual(wizard.step, "done", wizard.words)
                self.assertEqual({call.body for call in self.calls(SIGNATURE)}, {data})
                self.wire.clear()

    def test_a_lost_answer_to_the_upload(self):
        """KSeF took the file, we do not know: one more try, then a new file."""
        wizard = self.wizard()
        self.signed(wizard)
        self.fault("lost_response", SIGNATURE)
        self.submit(wizard)
        self.assertEqual(wizard.step, "sign")
        self.assertIn("cut before the answer came", wizard.words)
        self.submit(wizard)
        self.assertEqual(wizard.step, "refused", "the challenge is used up")
        self.assertIn("Get a new file", wizard.words)
        wizard.action_new_file()
        self.signed(wizard)
        self.submit(wizard)
        wizard.live_progress()
        self.assertEqual(wizard.step, "done")

    def test_a_second_press_changes_nothing(self):
        """An upload that KSeF is verifying is not sent once more by an impatient hand."""
        wizard = self.wizard()
        self.signed(wizard)
        self.submit(wizard)
        self.submit(wizard)
        self.assertEqual(len(self.calls(SIGNATURE)), 1)
        self.assertEqual(wizard.step, "verify")
        wizard.live_progress()
        self.assertEqual(wizard.step, "done")
        self.submit(wizard)
        self.assertEqual(len(self.calls(SIGNATURE)), 1)
        self.assertEqual(wizard.step, "done")

    def test_a_verification_that_takes_long(self):
        """Status 100 is shown, and followed by the cron when the dialog is closed."""
        wizard = self.wizard()
        self.signed(wizard)
        self.submit(wizard)
        self.simulator.control("POST", "clock", {"offset": -60})
        wizard.live_progress()
        self.assertEqual(wizard.step, "verify")
        self.assertIn("w toku", wizard.words)
        # The dialog opened anew finds the running verification.
        again = self.env["l10n_pl_ksef.authorise"].browse(
            wizard.connection_id.with_user(self.manager).action_authorise()["res_id"]
        )
        self.assertEqual(again.step, "verify")
        self.simulator.control("POST", "clock", {"offset": 0})
        self.run_cron("l10n_pl_ksef.cron_verify")
        self.assertEqual(wizard.connection_id.state, "connected")
        self.assertEqual(wizard.step, "done")

    def test_tokens_are_taken_once(self):
        """Cron and dialog both ask; the tokens are redeemed once (a second time is refused)."""
        wizard = self.wizard()
        self.signed(wizard)
        self.submit(wizard)
        self.run_cron("l10n_pl_ksef.cron_verify")
        wizard.live_progress()
        self.run_cron("l10n_pl_ksef.cron_verify")
        self.assertEqual(len(self.calls(REDEEM)), 1)
        self.assertEqual(wizard.step, "done")

    def test_no_answer_when_asking(self):
        """Trouble while the status is polled ends nothing."""
        wizard = self.wizard()
        self.signed(wizard)
        self.submit(wizard)
        self.fault("html_503", "GET /auth/{referenceNumber}")
        wizard.live_progress()
        self.assertEqual(wizard.step, "verify")
        self.assertIn("503", wizard.words)
        wizard.live_progress()
        self.assertEqual(wizard.step, "done")

    def test_the_tokens_were_lost_on_the_way(self):
        """KSeF gives tokens once: who did not get them must sign again, and is told so."""
        wizard = self.wizard()
        self.signed(wizard)
        self.submit(wizard)
        self.fault("lost_response", REDEEM)
        wizard.live_progress()
        self.assertEqual(wizard.step, "verify")
        wizard.live_progress()
        self.assertEqual(wizard.step, "refused")
        self.assertIn("Get a new request file", wizard.words)
        self.assertEqual(wizard.connection_id.state, "draft")

    def test_no_challenge_to_be_had(self):
        """An outage at the first step is said in words and leaves the dialog usable."""
        self.fault("outage", times=1)
        values = {"company_id": self.company.id, "environment": "simulator"}
        wizard = self.env["l10n_pl_ksef.authorise"].with_user(self.manager).create(values)
        with self.assertRaisesRegex(UserError, "could not be reached"):
            wizard.action_begin()
        wizard.action_begin()
        self.assertEqual(wizard.step, "sign")

    def test_nip(self):
        """Typed with blanks, hyphens or prefix a NIP is understood; a wrong one is refused."""
        wizard = self.wizard(nip="PL 781-189-73-58")
        self.assertEqual(wizard.connection_id.nip, OTHER_NIP)
        self.assertIn(f"<Nip>{OTHER_NIP}</Nip>", self.request_of(wizard).decode())
        for wrong in ("5265877634", "526587763", "", "DE123456789"):
            with self.subTest(nip=wrong), self.assertRaisesRegex(UserError, "is not a NIP"):
                wizard.nip = wrong
                wizard.action_begin()

    def test_only_managers(self):
        """Accountants see the connection, but do not make one."""
        for user in (self.accountant, self.bookkeeper):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.wizard(user=user)
        connection = self.connect()
        with self.assertRaises(AccessError):
            connection.with_user(self.accountant).action_authorise()
        with self.assertRaises(AccessError):
            connection.with_user(self.accountant).action_disconnect()
        with self.assertRaises(AccessError):
            connection.with_user(self.bookkeeper).read(["state"])
        self.assertEqual(connection.state, "connected")
