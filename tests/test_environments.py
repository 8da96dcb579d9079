from odoo.exceptions import AccessError, UserError

from .common import NIP, SEND
from .environments_case import EnvironmentsCase

REVOKE = "DELETE /auth/sessions/current"


class TestEnvironments(EnvironmentsCase):
    """From practice to production and back, as a KSeF administrator who is no Odoo admin."""

    def change(self, code, user=None, **values):
        changes = self.env["l10n_pl_ksef.change.environment"].with_user(user or self.manager)
        return changes.create(
            {"company_id": self.company.id, "environment": code, "confirmed": True, **values}
        )

    def opened(self, action):
        """The wizard of an action, as the user who pressed the button sees it."""
        return self.env[action["res_model"]].with_user(self.manager).browse(action["res_id"])

    def sent(self, count=1):
        moves = self.env["account.move"]
        for _number in range(count):
            moves |= self.invoice()
        moves.action_l10n_pl_ksef_send()
        self.assertEqual(set(moves.mapped("l10n_pl_ksef_state")), {"accepted"})
        return moves

    def in_use(self):
        self.company.invalidate_recordset()
        return self.company.l10n_pl_ksef_environment

    def test_from_practice_to_production(self):
        """What follows is said, it has to be wanted, and the new login leads to the change."""
        demo = self.connect_to("demo")
        moves = self.sent(2)
        practised = moves.mapped("l10n_pl_ksef_number")

        wizard = self.change("production", confirmed=False, disconnect_old=True)
        self.assertEqual(wizard.current_id, demo)
        self.assertEqual(wizard.practised, 2)
        self.assertFalse(wizard.is_way_back)
        with self.assertRaisesRegex(UserError, "confirm that you have read"):
            wizard.action_change()
        self.assertFalse(self.seen("production"))
        wizard.confirmed = True
        login = self.opened(wizard.action_change())
        self.assertEqual((login.environment, login.company_id), ("production", self.company))
        self.assertEqual(self.in_use(), "demo", "nothing changes before there is a login")

        login.enrol = False
        login.action_begin()
        self.sign_and_submit(login)
        self.assertEqual(self.in_use(), "demo")
        login.live_progress()
        self.assertEqual(login.step, "done", login.words)
        production = login.connection_id.sudo()
        self.assertEqual(self.company.l10n_pl_ksef_connection_id, production)
        self.assertIn("KSeF Production", self.chatter(production))
        self.assertEqual(demo.state, "disconnected")
        self.assertFalse(demo.refresh_token)
        self.assertEqual([call.status for call in self.seen("demo", REVOKE)], [204])
        self.assertFalse(self.seen("production", SEND), "the change itself sends nothing")
        self.assertFalse(self.seen("production", REVOKE))

        moves.invalidate_recordset()
        for name in ("state", "number", "environment", "link", "document_id"):
            self.assertFalse(any(moves.mapped(f"l10n_pl_ksef_{name}")), name)
        self.assertFalse(any(moves.mapped("l10n_pl_edi_number")))
        self.assertFalse(any(moves.mapped("l10n_pl_edi_status")))
        self.assertTrue(all(moves.mapped("l10n_pl_ksef_can_send")))
        found = self.env["account.move"].search([("l10n_pl_ksef_number", "in", practised)])
        self.assertFalse(found)

        moves.action_l10n_pl_ksef_send()
        self.assertEqual(moves.mapped("l10n_pl_ksef_state"), ["accepted"] * 2)
        self.assertEqual(moves.mapped("l10n_pl_ksef_environment"), ["production"] * 2)
        numbers = {invoice["ksefNumber"] for invoice in self.received("production")}
        self.assertEqual(set(moves.mapped("l10n_pl_ksef_number")), numbers)
        self.assertEqual(set(moves.mapped("l10n_pl_edi_number")), numbers)
        self.assertFalse(numbers & set(practised))
        self.assertEqual(len(moves.sudo().l10n_pl_ksef_document_ids), 4)
        self.assertEqual(len(self.received("demo")), 2, "nothing more went to practice")
        for move in moves:
            self.assertTrue(move.l10n_pl_ksef_link.startswith("https://qr.ksef.mf.gov.pl/"))

    def test_the_dialog_is_closed_while_ksef_verifies(self):
        """What was asked for happens all the same, by the cron that follows verifications."""
        demo = self.connect_to("demo")
        login = self.opened(self.change("production", disconnect_old=True).action_change())
        login.enrol = False
        login.action_begin()
        self.sign_and_submit(login)
        login.unlink()
        self.run_cron("l10n_pl_ksef.cron_verify")
        self.assertEqual(self.in_use(), "production")
        self.assertEqual(demo.state, "disconnected")
        words = self.chatter(self.company.l10n_pl_ksef_connection_id)
        self.assertIn(f"{self.manager.name}: the company", words)

    def test_a_login_that_ksef_refuses_changes_nothing(self):
        demo = self.connect_to("demo")
        login = self.opened(self.change("production", disconnect_old=True).action_change())
        login.action_begin()
        self.sign_and_submit(login, "stranger")
        login.live_progress()
        self.assertEqual(login.step, "refused")
        self.assertEqual(self.in_use(), "demo")
        self.assertEqual(demo.state, "connected")
        self.assertFalse(self.seen("demo", REVOKE))
        login.action_new_file()
        self.sign_and_submit(login)
        login.live_progress()
        self.assertEqual(login.step, "done", login.words)
        self.assertEqual(self.in_use(), "production", "the second file still means the change")
        self.assertEqual(demo.state, "disconnected")

    def test_authorised_before(self):
        """No second login: the change is at once, and the old one stays when nobody minds it."""
        demo = self.connect_to("demo")
        self.connect_to("production")
        self.assertEqual(self.in_use(), "demo")
        action = self.change("production").action_change()
        self.assertEqual(action["tag"], "reload")
        self.assertEqual(self.in_use(), "production")
        self.assertEqual(demo.state, "connected")
        with self.assertRaisesRegex(UserError, "go there already"):
            self.change("production").action_change()

    def test_the_first_environment_needs_no_confirmation(self):
        login = self.opened(self.change("demo", confirmed=False).action_change())
        self.assertEqual(login.environment, "demo")
        self.assertFalse(login.connection_id)

    def test_not_back_while_something_is_on_its_way(self):
        """Not by the wizard, not by the button of a connection, not by a login begun before."""
        self.connect_to("demo")
        self.connect_to("production")
        self.change("production").action_change()
        demo = self.env["l10n_pl_ksef.connection"].search([("environment", "=", "demo")])
        self.trouble("production", "stuck", SEND)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "sent")

        back = self.change("demo", disconnect_old=True)
        self.assertTrue(back.is_way_back)
        self.assertEqual(back.on_their_way, 1)
        with self.assertRaisesRegex(UserError, r"still on their way to KSeF \(1\)"):
            back.action_change()
        with self.assertRaisesRegex(UserError, move.name):
            demo.with_user(self.manager)._use()
        self.assertEqual(self.in_use(), "production")

        self.no_more_trouble("production")
        self.let_pass(self.document(move), next_try=1)
        self.run_outbox()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        number = move.l10n_pl_ksef_number
        back = self.change("demo")
        self.assertEqual(back.on_their_way, 0)
        back.action_change()
        self.assertEqual(self.in_use(), "demo")

        # What is issued in law stays locked, wherever the company works now.
        self.assertFalse(move.l10n_pl_ksef_number)
        self.assertIn("locked", move._l10n_pl_ksef_actions()[move])
        with self.assertRaisesRegex(UserError, "Credit Note"):
            move.button_draft()
        self.change("production").action_change()
        self.assertEqual(move.l10n_pl_ksef_number, number)

    def test_an_invoice_goes_out_while_the_new_login_is_made(self):
        """The way back ends where it began, and the connection says why."""
        production = self.connect_to("production")
        login = self.opened(self.change("demo", disconnect_old=True).action_change())
        login.enrol = False
        login.action_begin()
        self.trouble("production", "stuck", SEND)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.sign_and_submit(login)
        login.live_progress()
        self.assertEqual(login.step, "done")
        self.assertFalse(login.is_current)
        self.assertEqual(self.in_use(), "production")
        self.assertEqual(production.state, "connected", "it is still needed")
        self.assertIn(move.name, self.chatter(login.connection_id))

    def test_numbers_of_two_environments_side_by_side(self):
        """Each environment knows its own, and a filter finds what it has."""
        self.connect_to("demo")
        self.connect()
        both = self.sent()
        only_demo = self.sent()
        in_demo = both.l10n_pl_ksef_number
        self.change("simulator").action_change()
        both.action_l10n_pl_ksef_send()
        self.assertEqual(both.l10n_pl_ksef_state, "accepted")
        self.assertNotEqual(both.l10n_pl_ksef_number, in_demo)
        moves = self.env["account.move"].with_user(self.accountant)
        accepted = [("l10n_pl_ksef_state", "=", "accepted"), ("id", "in", (both | only_demo).ids)]
        self.assertEqual(moves.search(accepted), both)
        self.change("demo").action_change()
        self.assertEqual(moves.search(accepted), both | only_demo)
        self.assertEqual(both.l10n_pl_ksef_number, in_demo)
        self.assertEqual(both.l10n_pl_edi_number, in_demo)
        self.assertIn("locked", both._l10n_pl_ksef_actions()[both])

    def test_what_waits_in_practice_stays_there(self):
        """Documents of the old environment go on there and never reach the new one."""
        self.connect_to("demo")
        self.trouble("demo", "stuck", SEND)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.connect_to("production")
        self.change("production").action_change()
        self.visits.clear()
        self.no_more_trouble("demo")
        practised = move.sudo().l10n_pl_ksef_document_ids
        self.let_pass(practised, next_try=1)
        self.run_outbox()
        self.assertEqual(practised.state, "accepted")
        self.assertEqual(practised.environment, "demo")
        self.assertFalse(move.l10n_pl_ksef_state)
        self.assertFalse(move.l10n_pl_edi_number)
        self.assertFalse(self.seen("production"))
        self.assertFalse(self.received("production"))

    def test_who_changes_it(self):
        self.connect_to("demo")
        for user in (self.accountant, self.bookkeeper):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.change("production", user=user)
        other = self.setup_other_company(name="Obca sp. z o.o.")["company"]
        with self.assertRaises(AccessError):
            self.change("production", company_id=other.id)
        self.assertEqual(self.in_use(), "demo")
        self.assertEqual(self.company.l10n_pl_ksef_connection_id.nip, NIP)
