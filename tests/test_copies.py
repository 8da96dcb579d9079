from odoo.exceptions import AccessError, UserError
from odoo.modules.neutralize import get_neutralization_queries

from .common import REFRESH, SEND
from .environments_case import EnvironmentsCase

CRONS = ("cron_outbox", "cron_keep", "cron_verify", "cron_certificates")


class TestCopies(EnvironmentsCase):
    """A copy of the company's database never talks to production before somebody says so."""

    def setUp(self):
        super().setUp()
        self.connection = self.connect_to("production")
        self.trouble("production", "limited", "POST /sessions/online", times=1)
        self.waiting = self.invoice()
        self.waiting.action_l10n_pl_ksef_send()
        self.assertEqual(self.waiting.l10n_pl_ksef_state, "prepared")
        self.connection.limited_until = False
        self.let_pass(self.document(self.waiting), next_try=1)
        self.visits.clear()

    def parameter(self, key, value):
        self.env["ir.config_parameter"].sudo().set_param(key, value)

    def copied(self):
        """As Odoo's own copy of a database: another uuid."""
        self.parameter("database.uuid", "0cb9f3f4-a0ee-4d29-a9b8-000000000000")

    def run_crons(self):
        for name in CRONS:
            self.run_cron(f"l10n_pl_ksef.{name}")

    def assert_asleep(self):
        self.assertEqual(self.connection.state, "asleep")
        self.assertEqual(self.visits, [])
        self.assertEqual(len(self.connection.activity_ids), 1)
        self.assertEqual(self.connection.activity_ids.user_id, self.manager)
        self.assertIn("If it is a copy", self.connection.activity_ids.note)
        self.assertIn("copy of the company's database", self.connection.next_step)
        mails = self.told()
        self.assertEqual(len(mails), 1)
        self.assertIn(self.manager.partner_id, mails.notified_partner_ids)

    def told(self):
        """The mails about it to the group of administrators."""
        return (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", self.connection._name),
                    ("res_id", "=", self.connection.id),
                    ("message_type", "=", "user_notification"),
                    ("subject", "like", "KSeF: A copy of the database, or a new address – "),
                ]
            )
        )

    def awake(self, homes):
        """Connected, as if nothing had been said yet; its home is another one."""
        self.connection.write(
            {"state": "connected", "homes": homes, "trouble": False, "told": False}
        )
        self.connection.activity_ids.unlink()
        self.told().unlink()

    def test_a_copy_of_odoo_s_own_making(self):
        """Each cron alone, and all of them again and again: no request, one activity."""
        self.copied()
        self.run_crons()
        self.assert_asleep()
        for _hour in range(3):
            self.run_crons()
        self.assert_asleep()
        self.assertEqual(self.waiting.l10n_pl_ksef_state, "prepared", "nothing is lost")

    def test_each_cron_alone(self):
        self.copied()
        for name in CRONS[:2]:
            with self.subTest(cron=name):
                self.run_cron(f"l10n_pl_ksef.{name}")
                self.assert_asleep()
                self.awake("the original")

    def test_another_address(self):
        """A staging server under another name."""
        self.parameter("web.base.url", "https://staging.podlipa.example")
        self.run_crons()
        self.assert_asleep()

    def test_another_name_or_server_of_the_database(self):
        """A dump restored elsewhere has the same uuid, and at first the same address."""
        uuid, name, place, address = self.connection.homes.split(" ")
        self.assertEqual(name, self.env.cr.dbname)
        self.assertTrue(place.lstrip("-").isdigit(), place)
        for home in (f"{uuid} odoo-prod {place} {address}", f"{uuid} {name} 123 {address}"):
            with self.subTest(home=home):
                self.awake(home)
                self.run_crons()
                self.assert_asleep()

    def test_the_same_server_under_another_path_or_scheme(self):
        """What is no other address does not put it to sleep."""
        address = self.env["ir.config_parameter"].sudo().get_param("web.base.url")
        host = address.split("://")[1]
        self.parameter("web.base.url", f"https://{host}/odoo")
        self.run_cron("l10n_pl_ksef.cron_outbox")
        self.assertEqual(self.connection.state, "connected")
        self.assertTrue(self.seen("production", SEND))

    def test_whatever_a_person_presses(self):
        """Buttons on the invoice and on the connection: words, no request."""
        self.copied()
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.waiting.action_l10n_pl_ksef_check()
        self.waiting.l10n_pl_ksef_live_progress()
        self.assert_asleep()
        connection = self.connection.with_user(self.manager)
        connection.action_check()
        for button in (connection.action_sessions, connection.action_certificates):
            with self.assertRaisesRegex(UserError, "is not authorised|does not accept"):
                button()
        with self.assertRaisesRegex(UserError, "Authorise the connection first"):
            connection.action_enrol()
        with self.assertRaisesRegex(UserError, "Authorise this connection first"):
            connection._use()
        self.assert_asleep()
        self.assertEqual((move | self.waiting).mapped("l10n_pl_ksef_state"), ["prepared"] * 2)

    def test_whatever_a_person_presses_first(self):
        """Each button is the first that notices."""
        connection = self.connection.with_user(self.manager)
        for name in ("action_check", "action_sessions", "action_certificates", "action_enrol"):
            with self.subTest(button=name):
                self.awake("the original")
                try:
                    getattr(connection, name)()
                except UserError as said:
                    self.assertTrue(str(said))
                self.assert_asleep()

    def test_disconnecting_a_copy(self):
        """The secrets go; the login of the original stays good."""
        self.copied()
        token = self.env["l10n_pl_ksef.vault"]._open(self.connection.refresh_token)
        self.connection.with_user(self.manager).action_disconnect()
        self.assertEqual(self.connection.state, "disconnected")
        self.assertFalse(self.connection.refresh_token)
        self.assertFalse(self.connection.activity_ids)
        self.assertNotIn("revoked at KSeF.", self.connection.last_check_result)
        self.assertEqual(self.visits, [])
        self.ksef["production"].request(
            "POST", "/v2/auth/token/refresh", headers={"Authorization": f"Bearer {token}"}
        )

    def test_an_administrator_confirms(self):
        """And everything goes on where it stopped; others cannot confirm."""
        self.copied()
        self.run_crons()
        with self.assertRaises(AccessError):
            self.connection.with_user(self.accountant).action_wake()
        self.assertEqual(self.connection.state, "asleep")
        self.connection.with_user(self.manager).action_wake()
        self.assertEqual(self.connection.state, "connected")
        self.assertFalse(self.connection.activity_ids)
        self.assertFalse(self.connection.trouble)
        self.assertIn(f"{self.manager.name} confirmed this database", self.chatter(self.connection))
        self.run_crons()
        self.assertEqual(self.waiting.l10n_pl_ksef_state, "accepted")
        self.assertEqual(self.connection.state, "connected")
        # Both addresses are the company's own from now on.
        self.assertEqual(len(self.connection.homes.splitlines()), 2)

    def test_nothing_but_sleep_is_woken(self):
        """The button is no way round an authorisation."""
        connection = self.connection.with_user(self.manager)
        connection.action_disconnect()
        connection.action_wake()
        self.assertEqual(self.connection.state, "disconnected")

    def test_back_at_home_it_wakes_by_itself(self):
        """An administrator opened Odoo under an internal address, then under the right one."""
        parameters = self.env["ir.config_parameter"].sudo()
        address = parameters.get_param("web.base.url")
        self.parameter("web.base.url", "http://10.0.0.5:8069")
        self.run_crons()
        self.assert_asleep()
        self.parameter("web.base.url", address)
        self.run_cron("l10n_pl_ksef.cron_keep")
        self.assertEqual(self.connection.state, "connected")
        self.assertFalse(self.connection.activity_ids)
        self.run_crons()
        self.assertEqual(self.waiting.l10n_pl_ksef_state, "accepted")

    def test_authorised_anew_in_the_copy(self):
        """Whoever signs in the copy means it."""
        self.copied()
        self.run_crons()
        self.connect_to("production")
        self.assertEqual(self.connection.state, "connected")
        self.run_crons()
        self.assertEqual(self.waiting.l10n_pl_ksef_state, "accepted")

    def test_a_login_under_way_is_the_original_s(self):
        """The tokens are given out once only: the copy must not take them."""
        wizard = self.wizard(environment="production")
        self.sign_and_submit(wizard)
        attempt = wizard.authorisation_id.sudo()
        self.copied()
        self.visits.clear()
        self.run_cron("l10n_pl_ksef.cron_verify")
        wizard.live_progress()
        self.assertEqual(attempt.state, "refused")
        self.assertFalse(attempt.authentication_token)
        self.assertIn("begun in another database", wizard.words)
        self.assertEqual(self.visits, [])

    def test_a_first_login_under_way(self):
        """Also when nothing was connected with production before."""
        self.connection.with_user(self.manager).action_disconnect()
        self.connection.homes = False
        self.test_a_login_under_way_is_the_original_s()

    def test_a_login_that_renews_itself(self):
        """Neither a refresh token nor a certificate or KSeF token logs the copy in."""
        self.let_pass(self.connection, access_end=1)
        self.connection.sealed_token = self.env["l10n_pl_ksef.vault"]._seal("a token")
        self.copied()
        self.run_crons()
        self.assert_asleep()
        self.assertFalse(self.seen("production", REFRESH))

    def test_practice_goes_on(self):
        """A copy is a fine place to practise."""
        demo = self.connect_to("demo")
        self.copied()
        self.visits.clear()
        demo.with_user(self.manager).action_check()
        self.assertEqual(demo.state, "connected")
        self.assertIn("accepts our login", demo.last_check_result)
        self.assertTrue(self.seen("demo"))

    def test_neutralized(self):
        """Odoo's neutralization: no secret is left, nothing can be sent, nothing is asked."""
        certificate = self.env["l10n_pl_ksef.certificate"]._request(
            self.connection, "Authentication"
        )
        certificate._carry_on()
        self.assertTrue(certificate.sealed_key)
        wizard = (
            self.env["l10n_pl_ksef.authorise"]
            .with_user(self.manager)
            .create({"company_id": self.company.id, "environment": "production", "token": "geheim"})
        )
        self.assertTrue(wizard.sudo().sealed_inputs)
        move = self.invoice()
        self.env.flush_all()
        for query in get_neutralization_queries(["l10n_pl_ksef"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.assertFalse(wizard.exists())
        self.assertFalse(certificate.sealed_key)
        self.assertEqual(certificate.state, "refused")
        self.assertEqual(self.connection.state, "disconnected")
        self.assertFalse(self.company.l10n_pl_ksef_connection_id)
        for name in ("access_token", "refresh_token", "sealed_token", "homes"):
            self.assertFalse(self.connection[name], name)
        self.let_pass(self.document(self.waiting), next_try=1)
        self.visits.clear()
        self.run_crons()
        self.waiting.action_l10n_pl_ksef_check()
        with self.assertRaises(UserError):
            move.action_l10n_pl_ksef_send()
        self.connection.with_user(self.manager).action_check()
        self.assertEqual(self.visits, [])
