from odoo.tests import HttpCase

from .common import KsefCase


class TestTours(KsefCase, HttpCase):
    """What people see in the browser; a tour fails on any error of its page."""

    def page_of(self, move):
        return f"/odoo/action-account.action_move_out_invoice_type/{move.id}"

    def test_accountant_sends_in_polish(self):
        self.env["res.lang"]._activate_lang("pl_PL")
        self.env["ir.module.module"]._load_module_terms(["l10n_pl_ksef"], ["pl_PL"])
        self.accountant.lang = "pl_PL"
        self.connect()
        move = self.invoice()
        self.start_tour(
            self.page_of(move), "l10n_pl_ksef_accountant_sends", login="ksef_accountant"
        )
        document = self.document(move)
        self.assertEqual(document.state, "accepted")
        [arrived] = self.at_ksef()
        self.assertEqual(arrived["ksefNumber"], document.ksef_number)
        self.assertEqual(arrived["sha256"], document._digest().hex())
        self.assertFalse(self.accountant.has_group("base.group_system"))

    def test_bookkeeper_without_the_right_sees_no_button(self):
        self.connect()
        move = self.invoice()
        self.start_tour(
            self.page_of(move), "l10n_pl_ksef_bookkeeper_looks", login="ksef_bookkeeper"
        )
        self.assertFalse(self.document(move))
        self.assertEqual(self.at_ksef(), [])

    def test_wrong_files_are_explained(self):
        self.start_tour(
            "/odoo/action-l10n_pl_ksef.connection_action",
            "l10n_pl_ksef_wrong_file",
            login="ksef_manager",
        )
        connections = self.env["l10n_pl_ksef.connection"].sudo()
        connection = connections.search([("company_id", "=", self.company.id)])
        self.assertEqual(connection.state, "draft")
        self.assertEqual(connection.authorisation_ids.mapped("state"), ["waiting", "waiting"])
