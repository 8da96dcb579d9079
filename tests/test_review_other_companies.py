from lxml import etree
from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user

from .common import KsefCase


class TestOtherCompanies(KsefCase):
    """A database may serve companies of many countries; KSeF is there for the Polish ones."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.belgian = cls.env["res.company"].create(
            {"name": "Koekjes NV", "country_id": cls.env.ref("base.be").id}
        )
        cls.foreigner = new_test_user(
            cls.env,
            "ksef_foreigner",
            groups="account.group_account_manager",
            company_id=cls.belgian.id,
            company_ids=[Command.set(cls.belgian.ids)],
        )

    def menus(self, user):
        shown = self.env["ir.ui.menu"].with_user(user).load_menus(False)
        names = ("menu_ksef", "menu_connections_user", "menu_configuration_ksef")
        return [name for name in names if self.env.ref(f"l10n_pl_ksef.{name}").id in shown]

    def names(self, user, view, kind):
        moves = self.env["account.move"].with_user(user).with_company(user.company_id)
        arch = moves.get_view(self.env.ref(view).id, kind)["arch"]
        found = etree.fromstring(arch).xpath("//@name[contains(., 'l10n_pl_ksef')]")
        return [name for name in found if not name.startswith("l10n_pl_edi")]

    def test_menus(self):
        self.assertFalse(self.menus(self.foreigner))
        self.assertEqual(self.menus(self.manager), ["menu_ksef", "menu_connections_user"])
        self.foreigner.company_ids |= self.company
        self.assertTrue(self.menus(self.foreigner), "also works for a Polish company")
        self.foreigner.company_ids = self.belgian
        self.assertFalse(self.menus(self.foreigner))
        self.belgian.country_id = self.env.ref("base.pl")
        self.assertTrue(self.menus(self.foreigner), "the company moved to Poland")

    def test_lists_and_searches(self):
        for view, kind in (
            ("account.view_out_invoice_tree", "list"),
            ("account.view_account_invoice_filter", "search"),
        ):
            with self.subTest(view=view):
                self.assertFalse(self.names(self.foreigner, view, kind))
                self.assertTrue(self.names(self.accountant, view, kind))

    def test_the_wizard_stays_within_its_company(self):
        """Who administers KSeF for one company learns nothing of another one's connection."""
        connection = self.connect()
        stranger = new_test_user(
            self.env,
            "ksef_stranger",
            groups="account.group_account_user,l10n_pl_ksef.group_manager",
            company_id=self.belgian.id,
            company_ids=[Command.set(self.belgian.ids)],
        )
        wizards = self.env["l10n_pl_ksef.authorise"].with_user(stranger)
        for values in (
            {"connection_id": connection.id},
            {"disconnect_after_id": connection.id},
            {"authorisation_id": connection.authorisation_ids[:1].id},
        ):
            with self.subTest(**values), self.assertRaises(UserError):
                wizards.create({"company_id": self.belgian.id, **values})


class TestInstallation(KsefCase):
    def test_new_columns_are_filled_at_once(self):
        """Installed where millions of entries lie, nothing is computed for each of them."""
        sent, other = self.invoice(), self.invoice()
        self.env.flush_all()
        names = ("document_id", "state", "number", "mode", "environment")
        dropped = ", ".join(f"DROP COLUMN l10n_pl_ksef_{name}" for name in names)
        self.env.cr.execute(
            "UPDATE account_move SET l10n_pl_edi_status = 'accepted', l10n_pl_edi_number = 'X'"
            " WHERE id = %s",
            [sent.id],
        )
        self.env.cr.execute(f"ALTER TABLE account_move {dropped}")
        self.env["account.move"]._l10n_pl_ksef_make_columns()
        self.env.invalidate_all()
        self.assertEqual((sent.l10n_pl_ksef_state, sent.l10n_pl_ksef_number), ("accepted", "X"))
        self.assertFalse(sent.l10n_pl_ksef_environment, "it does not say which")
        self.assertFalse(other.l10n_pl_ksef_state)
