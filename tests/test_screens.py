from datetime import timedelta

from odoo import fields
from odoo.tests import Form

from .common import NIP, SEND, KsefCase


class TestScreens(KsefCase):
    """What each person sees of KSeF: forms, settings, and the dashboard."""

    def test_every_screen_opens(self):
        """For accountant and administrator: lists, forms and searches of each menu."""
        for user, more in ((self.accountant, ()), (self.manager, ("change.environment",))):
            seen = set()
            for menu in self.menus(user).filtered("action"):
                if menu.action._name == "ir.actions.client":
                    continue  # the status page, tested by itself
                model = self.env[menu.action.res_model].with_user(user)
                kinds = (*menu.action.view_mode.split(","), "search")
                self.assertTrue(model.get_views([(False, kind) for kind in kinds])["views"])
                seen.add(model._name)
            self.assertEqual(
                seen,
                {
                    f"l10n_pl_ksef.{name}"
                    for name in (
                        "connection",
                        "document",
                        "session",
                        "certificate",
                        "switch.mode",
                        "mode.change",
                        "probe",
                        "outage",
                        "announcement",
                        "confirmation",
                        *more,
                    )
                },
                user.login,
            )
        self.assertFalse(self.menus(self.bookkeeper))

    def menus(self, user):
        """The menus of KSeF that the person sees."""
        own = (
            self.env["ir.model.data"]
            .sudo()
            .search([("module", "=", "l10n_pl_ksef"), ("model", "=", "ir.ui.menu")])
        )
        menus = self.env["ir.ui.menu"]
        seen = menus.with_user(user)._visible_menu_ids()
        return menus.sudo().browse(set(own.mapped("res_id")) & seen)

    def test_the_wizard_proposes(self):
        """NIP and label come from company and environment, and may be changed."""
        with Form(self.env["l10n_pl_ksef.authorise"].with_user(self.manager)) as form:
            self.assertEqual(form.nip, NIP)
            form.environment = "simulator"
            self.assertEqual(form.name, "Cukiernia Pod Lipą sp. z o.o. – Simulator")
            form.name = "Sklep w Gdańsku"
        wizard = form.record
        wizard.action_begin()
        self.assertEqual(wizard.connection_id.name, "Sklep w Gdańsku")

    def test_settings(self):
        """The state in the settings, and the way into the wizard."""
        settings = self.env["res.config.settings"].create({"company_id": self.company.id})
        action = settings.with_user(self.manager).sudo().action_l10n_pl_ksef_authorise()
        self.assertEqual(action["res_model"], "l10n_pl_ksef.authorise")
        connection = self.connect()
        settings = self.env["res.config.settings"].create({"company_id": self.company.id})
        self.assertEqual(settings.l10n_pl_ksef_environment, "simulator")
        self.assertEqual(settings.l10n_pl_ksef_state, "connected")
        self.assertEqual(settings.l10n_pl_ksef_end, connection.refresh_end)
        self.assertEqual(settings.l10n_pl_ksef_next_step, "Nothing to do.")

    def test_the_next_step_is_always_said(self):
        connection = self.connect()
        said = {connection.next_step}
        connection.refresh_end = fields.Datetime.now() + timedelta(hours=5)
        said.add(connection.next_step)
        connection.permissions = "InvoiceRead"
        said.add(connection.next_step)
        for state in ("draft", "expired", "disconnected"):
            connection.state = state
            said.add(connection.next_step)
        self.assertEqual(len(said), 6)
        self.assertNotIn(False, said)

    def test_the_invoice_form(self):
        """It opens for each person in each state of the invoice."""
        self.connect()
        self.fault("stuck", SEND, times=None)
        move = self.invoice()
        for user in (self.accountant, self.bookkeeper):
            with self.subTest(user=user.login):
                Form(move.with_user(user))
        move.action_l10n_pl_ksef_send()
        for user in (self.accountant, self.bookkeeper):
            with self.subTest(user=user.login):
                form = Form(move.with_user(user))
                self.assertEqual(form.l10n_pl_ksef_state, "sent")
        self.no_more_faults()
        move.action_l10n_pl_ksef_check()
        form = Form(move.with_user(self.accountant))
        self.assertEqual(form.l10n_pl_ksef_number, move.l10n_pl_ksef_number)

    def test_the_dashboard(self):
        """Environment, login, and what is amiss or under way, on the sales journal's card."""
        journal = self.company_data["default_journal_sale"].with_user(self.accountant)

        def card():
            self.env.invalidate_all()
            return journal._get_journal_dashboard_data_batched()[journal.id].get("l10n_pl_ksef")

        self.assertFalse(card())
        connection = self.connect()
        self.invoice().action_l10n_pl_ksef_send()
        found = card()
        self.assertEqual((found["environment"], found["connected"]), ("simulator", True))
        self.assertEqual((found["rejected"], found["on_their_way"]), (0, 0))
        self.assertTrue(found["until"])
        self.simulator.control("POST", "clock", {"offset": -24 * 3600})
        self.invoice().action_l10n_pl_ksef_send()
        self.simulator.control("POST", "clock", {"offset": 0})
        self.fault("stuck", SEND, times=None)
        self.invoice().action_l10n_pl_ksef_send()
        found = card()
        self.assertEqual((found["rejected"], found["on_their_way"]), (1, 1))
        connection.state = "expired"
        self.assertEqual((card()["connected"], card()["until"]), (False, ""))

    def test_filters(self):
        """The list finds what is not in KSeF yet, under way, rejected, and in KSeF."""
        self.connect()
        none = self.invoice()
        accepted = self.invoice()
        accepted.action_l10n_pl_ksef_send()
        moves = self.env["account.move"].with_user(self.accountant)
        mine = [("id", "in", (none | accepted).ids)]
        number = accepted.l10n_pl_ksef_number
        self.assertEqual(moves.search([*mine, ("l10n_pl_ksef_state", "=", False)]), none)
        self.assertEqual(moves.search([*mine, ("l10n_pl_ksef_state", "=", "accepted")]), accepted)
        self.assertEqual(moves.search([*mine, ("l10n_pl_ksef_number", "ilike", number)]), accepted)
        grouped = dict(moves._read_group(mine, ["l10n_pl_ksef_state"], ["id:recordset"]))
        self.assertEqual(grouped, {False: none, "accepted": accepted})
