import os
from datetime import timedelta
from unittest.mock import patch

from cryptography.fernet import Fernet
from odoo import fields
from odoo.exceptions import AccessError, UserError

from ..ksef import xades
from ..ksef.client import Client
from ..ksef.errors import KsefError
from .common import NIP, SEND, SIGNATURE
from .login_case import LOGIN_BY_TOKEN, LoginCase


class TroubleCase(LoginCase):
    """Something ends the login; people are told once, documents wait and go out afterwards."""

    def setUp(self):
        super().setUp()
        self.second_manager = self.person(
            "ksef_manager_2", "account.group_account_user,l10n_pl_ksef.group_manager"
        )

    def hours(self, count=1):
        """Time passes, and Odoo's scheduler does its work every hour."""
        for _hour in range(count):
            self.later(hours=1)
            for name in ("cron_keep", "cron_certificates", "cron_outbox"):
                self.run_cron(f"l10n_pl_ksef.{name}")

    def waiting(self):
        """An invoice that was to be sent meanwhile."""
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "prepared", move.l10n_pl_ksef_words)
        return move

    def told(self, connection, trouble, *words, mails=1):
        """Once to the person responsible, once to the group, with words of its own."""
        connection.invalidate_recordset()
        self.assertEqual(connection.trouble, trouble, connection.trouble_words)
        [activity] = self.activities(connection)
        self.assertEqual(activity.user_id, self.manager)
        found = self.mails(connection)
        self.assertEqual(len(found), mails, found)
        name = connection._selection_name("trouble")
        self.assertEqual(activity.summary, f"KSeF: {name}")
        self.assertEqual(found[-1], f"KSeF: {name} – {connection.name}")
        [mail] = (
            self.env["mail.message"]
            .sudo()
            .search([("subject", "=", found[-1])], order="id desc", limit=1)
        )
        self.assertEqual(
            mail.notified_partner_ids,
            (self.manager | self.second_manager | self.others()).partner_id,
        )
        for word in words:
            for text in (connection.trouble_words, str(activity.note), str(mail.body)):
                self.assertIn(word, text)

    def others(self):
        """Whoever else administers KSeF in this database."""
        return self.company.l10n_pl_ksef_connection_id._managers() - self.manager

    def goes_on(self, connection, *moves):
        """Nobody has anything to do any more, and what waited goes out once."""
        self.hours(2)
        connection.invalidate_recordset()
        self.assertEqual(connection.state, "connected", connection.last_check_result)
        self.assertFalse(connection.trouble)
        self.assertFalse(connection.trouble_words)
        self.assertFalse(self.activities(connection))
        for move in moves:
            self.assertEqual(move.l10n_pl_ksef_state, "accepted", move.l10n_pl_ksef_words)
        self.assertEqual(len(self.at_ksef()), len(moves))
        self.assertEqual(
            {self.document(move).ksef_number for move in moves},
            {invoice["ksefNumber"] for invoice in self.at_ksef()},
        )


class TestTrouble(TroubleCase):
    def test_the_signature_ends(self):
        """Nobody enrolled a certificate: reminded two days before, told when it has ended."""
        connection = self.sign_with()
        self.later(days=4)
        self.hours(3)
        self.assertFalse(self.activities(connection))
        self.later(days=1)
        self.hours(4)
        self.told(connection, "ending", "Sign a new request file before")
        self.assertEqual(connection.state, "connected")
        self.later(days=2)
        move = self.waiting()
        self.hours(4)
        self.assertEqual(connection.state, "expired")
        self.told(connection, "ended", "sign a new request file", "nothing is lost", mails=2)
        self.assertFalse(self.calls(SEND))
        self.sign_with()
        self.goes_on(connection, move)

    def test_logged_out_at_ksef(self):
        """425: somebody revoked the login of a signature."""
        connection = self.sign_with()
        other = self.sign_with_elsewhere()
        for session in other.authentication_sessions():
            if not session.is_current:
                other.revoke_authentication_session(session.reference)
        self.hours()
        move = self.waiting()
        self.hours(4)
        self.assertEqual(connection.state, "expired")
        self.told(connection, "revoked", "Somebody logged this connection out", "(425)")
        self.sign_with()
        self.goes_on(connection, move)

    def sign_with_elsewhere(self):
        """The same person with another program."""
        client = Client(self.company.l10n_pl_ksef_connection_id.sudo()._environment())
        challenge = client.challenge().challenge
        signed = self.simulator.sign(xades.auth_token_request(challenge, NIP))
        started = client.authenticate_xades(signed)
        tokens = client.redeem(started.token)
        return Client(client.environment, access_token=tokens.access.value)

    def test_logged_out_at_ksef_with_a_certificate(self):
        """Nobody needs to act: the certificate logs in anew."""
        connection = self.enrolled()
        other = self.sign_with_elsewhere()
        for session in other.authentication_sessions():
            if not session.is_current:
                other.revoke_authentication_session(session.reference)
        self.wire.clear()
        self.hours(3)
        self.assertEqual(len(self.calls(SIGNATURE)), 1)
        self.assertFalse(self.mails(connection))
        self.goes_on(connection)

    def test_a_permission_is_taken(self):
        """403: said before somebody runs into it; granted again, it goes on by itself."""
        connection = self.sign_with("accountant")
        self.without_rights("accountant")
        self.with_rights("accountant", permissions=["InvoiceRead"])
        self.hours()
        self.assertEqual(connection.permissions, "InvoiceRead")
        self.told(connection, "permission", "InvoiceWrite")
        move = self.waiting()
        self.assertIn("lacks a permission", move.l10n_pl_ksef_words)
        self.hours(6)
        self.told(connection, "permission")
        self.assertEqual(connection.state, "connected")
        self.assertIn("InvoiceWrite", connection.next_step)
        self.with_rights("accountant", permissions=["InvoiceWrite"])
        self.goes_on(connection, move)

    def test_all_permissions_are_taken(self):
        """415 at the next login: tried again every hour, and at once by “Check now”."""
        connection = self.enrolled("accountant")
        self.without_rights("accountant")
        self.later(days=8)
        move = self.waiting()
        self.hours(5)
        self.assertEqual(connection.state, "expired")
        self.told(connection, "permission", "Brak przypisanych uprawnień", "goes on by itself")
        self.assertTrue(connection.authentication_certificate_id, "still good")
        refused = connection.authorisation_ids.filtered(lambda it: it.state == "refused")
        self.assertEqual(len(refused), 1, "the same refusal is kept once")
        self.with_rights("accountant", permissions=["InvoiceWrite", "InvoiceRead"])
        connection.with_user(self.manager).action_check()
        self.assertEqual(connection.state, "connected", connection.last_check_result)
        self.goes_on(connection, move)

    def test_a_blocked_company(self):
        """480: told once, tried again every hour, and it goes on when the block is lifted."""
        for enrol in (True, False):
            with self.subTest(enrol=enrol):
                self._stop_clock()
                self._clock = None
                self.simulator.control("POST", "reset")
                self.env["l10n_pl_ksef.session"].sudo().search([]).state = "closed"
                connection = self.enrolled() if enrol else self.sign_with()
                before = len(self.mails(connection))
                self.simulator.control("POST", "contexts/block", {"value": NIP})
                self.hours()
                move = self.waiting()
                self.hours(5)
                self.assertEqual(connection.state, "expired")
                words = ["Ministry of Finance", "(480)"] if not enrol else ["Ministry of Finance"]
                self.told(connection, "blocked", *words, mails=before + 1)
                self.simulator.control("POST", "contexts/unblock", {"value": NIP})
                if not enrol:
                    self.sign_with()
                self.goes_on(connection, move)
                connection.with_user(self.manager).action_disconnect()

    def test_blocked_calls(self):
        """403 security-service-blocked: the login stands, every call is refused."""
        connection = self.enrolled()
        self.later(minutes=20)
        connection.with_user(self.manager).action_check()
        self.simulator.control("POST", "contexts/block", {"value": NIP, "calls": True})
        move = self.waiting()
        self.told(connection, "blocked", "security")
        self.hours(3)
        self.told(connection, "blocked")
        self.simulator.control("POST", "contexts/unblock", {"value": NIP})
        self.goes_on(connection, move)

    def test_the_certificate_is_revoked_at_ksef(self):
        """Noticed within the hour, though the login that it opened goes on for days."""
        connection = self.enrolled()
        held = connection.authentication_certificate_id
        self.simulator.control("POST", f"certificates/{held.serial_number}/revoke")
        self.hours()
        self.told(connection, "certificate", held.serial_number, "was revoked at KSeF")
        self.assertEqual(held.state, "revoked")
        self.assertEqual(connection.state, "connected")
        first = self.invoice()
        first.action_l10n_pl_ksef_send()
        self.assertEqual(first.l10n_pl_ksef_state, "accepted", "nothing stops before the end")
        self.hours(4)
        self.told(connection, "certificate")
        # Nobody does anything: the login ends, which is another trouble.
        self.later(days=7)
        move = self.waiting()
        self.hours(3)
        self.assertEqual(connection.state, "expired")
        self.told(connection, "ended", mails=2)
        self.sign_with(enrol=True)
        self.fetch_certificates(connection)
        self.goes_on(connection, first, move)
        self.assertTrue(connection.renews_itself)

    def test_a_revoked_certificate_is_replaced_in_time(self):
        """“Get KSeF certificates” while the login still stands: no signature is needed."""
        connection = self.enrolled()
        held = connection.authentication_certificate_id
        self.simulator.control("POST", f"certificates/{held.serial_number}/revoke")
        self.hours()
        connection.with_user(self.manager).action_enrol()
        self.fetch_certificates(connection)
        self.goes_on(connection)
        self.assertTrue(connection.renews_itself)

    def test_the_offline_certificate_is_revoked(self):
        connection = self.enrolled()
        held = connection.offline_certificate_id
        self.simulator.control("POST", f"certificates/{held.serial_number}/revoke")
        self.hours(3)
        self.told(connection, "certificate", "Offline certificate", held.serial_number)
        self.assertTrue(connection.renews_itself)

    def test_revoked_while_nobody_could_look(self):
        """460 at the next login, when the list was not asked before."""
        connection = self.enrolled()
        held = connection.authentication_certificate_id
        self.simulator.control("POST", f"certificates/{held.serial_number}/revoke")
        self.later(days=8)
        move = self.waiting()
        self.hours(4)
        self.assertEqual(connection.state, "expired")
        self.told(connection, "certificate", "Certyfikat odwołany", "sign a new request file")
        self.assertEqual(held.state, "revoked")
        self.assertFalse(held.sealed_key)
        logins = len(self.calls(SIGNATURE))
        self.hours(2)
        self.assertEqual(len(self.calls(SIGNATURE)), logins, "nothing is tried in vain")
        self.sign_with(enrol=True)
        self.fetch_certificates(connection)
        self.goes_on(connection, move)

    def test_the_token_is_revoked(self):
        """450: the refusal of the renewal and of the login speak of the token."""
        made = self.ksef_token()
        connection = self.connected(self.with_token(made["token"]))
        self.simulator.control("POST", f"ksef-tokens/{made['referenceNumber']}/revoke")
        self.hours()
        move = self.waiting()
        self.hours(4)
        self.assertEqual(connection.state, "expired")
        self.told(connection, "token", "Token unieważniony", "give a new token")
        self.assertEqual(len(self.calls(LOGIN_BY_TOKEN)), 2, "nothing is tried in vain")
        self.connected(self.with_token(self.ksef_token()["token"]))
        self.goes_on(connection, move)

    def test_the_key_of_the_server_is_lost(self):
        """Restored without its key file: said so, nothing is forgotten; the key comes back."""
        connection = self.enrolled()
        with patch.dict(os.environ, {"L10N_PL_KSEF_KEY": Fernet.generate_key().decode()}):
            self.hours()
            move = self.waiting()
            self.hours(4)
            self.told(connection, "key", "cannot be decrypted", "authorise the KSeF connection")
            self.assertEqual(connection.state, "connected")
            self.assertFalse(self.calls(SEND))
        self.goes_on(connection, move)

    def test_the_key_is_lost_for_good(self):
        """A new signature makes everything anew under the new key."""
        connection = self.enrolled()
        with patch.dict(os.environ, {"L10N_PL_KSEF_KEY": Fernet.generate_key().decode()}):
            self.hours(2)
            move = self.waiting()
            self.sign_with(enrol=True)
            self.fetch_certificates(connection)
            self.goes_on(connection, move)
            self.later(days=8)
            self.hours()
            self.assertEqual(connection.state, "connected", connection.last_check_result)
            self.assertFalse(connection.trouble)

    # --- telling -------------------------------------------------------------------------------

    def test_ticked_off_without_a_cure(self):
        """Asked again after a day, without a second mail."""
        connection = self.sign_with()
        self.later(days=8)
        self.hours()
        self.told(connection, "ended")
        self.activities(connection).action_done()
        self.hours(5)
        self.assertFalse(self.activities(connection))
        self.later(days=1)
        self.hours(3)
        self.assertEqual(len(self.activities(connection)), 1)
        self.assertEqual(len(self.mails(connection)), 1)

    def test_two_at_a_time(self):
        """A signature that ends and an Offline certificate that cannot be renewed: told in the
        order of their weight, and not in turns."""
        connection = self.sign_with()
        for _hour in range(4):
            connection._ask_for_help("certificate", "The Offline certificate ends")
            connection._ask_for_help("ending", "Sign again")
        self.told(connection, "ending", mails=2)
        connection._ask_for_help("ended", "It is over")
        connection._ask_for_help("ending", "Sign again")
        self.told(connection, "ended", mails=3)

    def test_who_is_responsible(self):
        """Who signed; if that person is no administrator any more, another one."""
        connection = self.sign_with(user=self.second_manager)
        self.assertEqual(connection._responsible(), self.second_manager)
        self.second_manager.active = False
        self.assertIn(connection._responsible(), connection._managers())
        self.assertNotIn(self.second_manager, connection._managers())

    def test_an_outage_is_no_trouble(self):
        """Hours without KSeF: nobody is called, nothing ends, everything goes out after it."""
        connection = self.enrolled()
        self.fault("outage", times=None)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.hours(5)
        self.assertEqual(connection.state, "connected")
        self.assertFalse(self.activities(connection))
        self.assertFalse(self.mails(connection))
        self.assertIn("503", connection.last_check_result)
        self.no_more_faults()
        self.goes_on(connection, move)

    def test_told_in_their_language(self):
        """The cron speaks English; who reads it may not."""
        self.env["res.lang"]._activate_lang("pl_PL")
        self.manager.lang = "pl_PL"
        connection = self.sign_with()
        self.later(days=8)
        self.hours()
        self.assertEqual(connection.with_context(lang="pl_PL").create_uid.lang, "pl_PL")
        self.assertTrue(self.activities(connection))


class TestLoginsAtKsef(LoginCase):
    """Every login that KSeF knows of the person, whichever program made it."""

    def setUp(self):
        super().setUp()
        self.connection = self.sign_with()
        self.others = [self.elsewhere() for _one in range(3)]

    def elsewhere(self):
        client = Client(self.connection._environment())
        challenge = client.challenge().challenge
        signed = self.simulator.sign(xades.auth_token_request(challenge, NIP))
        tokens = client.redeem(client.authenticate_xades(signed).token)
        return tokens.refresh.value

    def lives(self, token):
        try:
            Client(self.connection._environment()).refresh(token)
        except KsefError:
            return False
        return True

    def opened(self, user=None):
        action = self.connection.with_user(user or self.manager).action_sessions()
        return self.env[action["res_model"]].with_user(self.manager).browse(action["res_id"])

    def test_list(self):
        wizard = self.opened()
        self.assertEqual(len(wizard.line_ids), 4)
        [ours] = wizard.line_ids.filtered("is_ours")
        self.assertEqual(ours.reference, self.connection.authentication_reference)
        for line in wizard.line_ids:
            self.assertTrue(line.begun and line.until and line.method)
            self.assertAlmostEqual(
                line.until, fields.Datetime.now() + timedelta(days=7), delta=timedelta(minutes=5)
            )
        for user in (self.accountant, self.bookkeeper):
            with self.assertRaises(AccessError):
                self.opened(user)

    def test_revoke_one(self):
        wizard = self.opened()
        line = wizard.line_ids.filtered(lambda one: not one.is_ours)[0]
        again = line.action_revoke()
        self.assertEqual(again["res_id"], wizard.id)
        self.assertEqual(len(wizard.line_ids), 3)
        self.assertEqual([self.lives(token) for token in self.others].count(False), 1)
        with self.assertRaisesRegex(UserError, "Use “Disconnect” for it"):
            wizard.line_ids.filtered("is_ours").action_revoke()
        self.connection.with_user(self.manager).action_check()
        self.assertEqual(self.connection.state, "connected")

    def test_revoke_all_others(self):
        wizard = self.opened()
        wizard.action_revoke_others()
        self.assertEqual(wizard.line_ids.mapped("is_ours"), [True])
        self.assertEqual([self.lives(token) for token in self.others], [False] * 3)
        self.later(hours=1)
        self.connection.with_user(self.manager).action_check()
        self.assertEqual(self.connection.state, "connected", self.connection.last_check_result)

    def test_one_is_gone_already(self):
        """Somebody was quicker: the others are revoked all the same."""
        wizard = self.opened()
        [gone, *_rest] = wizard.line_ids.filtered(lambda one: not one.is_ours)
        self.client(self.connection).revoke_authentication_session(gone.reference)
        wizard.action_revoke_others()
        self.assertEqual(wizard.line_ids.mapped("is_ours"), [True])
        self.assertEqual([self.lives(token) for token in self.others], [False] * 3)

    def test_no_answer(self):
        self.fault("html_502", "GET /auth/sessions")
        with self.assertRaisesRegex(UserError, "could not be reached"):
            self.opened()
        wizard = self.opened()
        self.fault("html_502", "DELETE /auth/sessions/{referenceNumber}")
        with self.assertRaisesRegex(UserError, "could not be reached"):
            wizard.action_revoke_others()

    def test_disconnect_ends_ours(self):
        vault = self.env["l10n_pl_ksef.vault"]
        token = vault._open(self.connection.refresh_token)
        self.connection.with_user(self.manager).action_disconnect()
        self.assertFalse(self.lives(token))
        self.assertEqual([self.lives(token) for token in self.others], [True] * 3)
