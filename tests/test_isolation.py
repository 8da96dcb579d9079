from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .common import NIP, OTHER_NIP
from .login_case import LoginCase
from .test_access import TestAccess

OF_NO_COMPANY = {f"l10n_pl_ksef.{name}" for name in TestAccess.OF_NO_COMPANY}


class TestIsolation(LoginCase):
    """What belongs to one company stays with its people, whatever their rights elsewhere."""

    def setUp(self):
        super().setUp()
        self.connection = self.enrolled()
        manager = self.connection.with_user(self.manager)
        self.move = self.invoice()
        self.move.action_l10n_pl_ksef_send()
        self.connection._log_in_alone()  # a use of a private key
        manager.action_sessions()
        manager.action_certificates()
        self.env["l10n_pl_ksef.change.environment"].with_user(self.manager).create(
            {"company_id": self.company.id, "environment": "production"}
        )
        self.company._l10n_pl_ksef_switch("offline24", "Łącze")
        self.offline = self.invoice()
        self.offline.with_user(self.accountant).action_l10n_pl_ksef_send()
        self.company._l10n_pl_ksef_switch("online", "")
        own = {"company_id": self.company.id}
        accountants = self.env["l10n_pl_ksef.switch.mode"].with_user(self.accountant)
        accountants.create({**own, "mode": "offline24", "cause": "own_line"})
        self.env["l10n_pl_ksef.issue.offline"].with_user(self.accountant).create(
            {**own, "mode": "offline24"}
        )
        self.env["l10n_pl_ksef.preview"].with_user(self.accountant).create(
            {"move_id": self.move.id}
        )
        now = fields.Datetime.now()
        self.env["l10n_pl_ksef.confirmation"].with_user(self.accountant).create(
            {
                "company_id": self.company.id,
                "environment": "simulator",
                "outage_id": False,
                "start": now - timedelta(hours=1),
                "end": now,
            }
        )
        correction = (
            self.env["l10n_pl_ksef.technical.correction"]
            .sudo()
            .create({"move_id": self.offline.id, "document_id": self.document(self.offline).id})
        )
        self.env["l10n_pl_ksef.technical.correction.line"].sudo().create(
            {"wizard_id": correction.id, "place": "Fa"}
        )
        self.other = self.setup_other_company(name="Obca sp. z o.o.", vat=f"PL{OTHER_NIP}")[
            "company"
        ]
        self.stranger = self.person(
            "ksef_stranger",
            "account.group_account_manager,l10n_pl_ksef.group_manager",
            self.other,
        )
        self.env.flush_all()

    def records(self):
        """Something of every model, all of it of the first company."""
        models = self.env["ir.model"].sudo().search([("model", "=like", "l10n_pl_ksef.%")])
        for name in models.mapped("model"):
            if not self.env[name]._abstract and name not in OF_NO_COMPANY:
                found = self.env[name].sudo().search([])
                self.assertTrue(found, name)
                yield found

    def test_nobody_of_another_company_sees_or_does_anything(self):
        """For every model: not found, not counted, not read, not written, not deleted."""
        checked = 0
        for records in self.records():
            own = records.with_user(self.stranger)
            with self.subTest(model=records._name):
                self.assertFalse(own.search([]))
                self.assertEqual(own.search_count([]), 0)
                self.assertFalse(own.search([("id", "in", records.ids)]))
                for record in own:
                    with self.assertRaises(AccessError):
                        record.read(["display_name", "create_date"])
                    with self.assertRaises(UserError):  # or it is never changed by anybody
                        record.write({})
                    with self.assertRaises(AccessError):
                        record.check_access("unlink")
            checked += 1
        self.assertGreaterEqual(checked, 12)

    def test_their_own_people_see_it(self):
        for records in self.records():
            with self.subTest(model=records._name):
                self.assertTrue(records.with_user(self.manager).search([]))

    def test_no_button_of_another_company(self):
        """By RPC too: every public method that acts, called with the id."""
        self.wire.clear()
        before = self.connection.read(["state", "last_check", "refresh_end"])
        certificate = self.connection.offline_certificate_id
        self.assertTrue(certificate)
        for record, names in (
            (
                self.connection,
                (
                    "action_authorise",
                    "action_check",
                    "action_disconnect",
                    "action_use",
                    "action_wake",
                    "action_enrol",
                    "action_sessions",
                    "action_certificates",
                    "live_progress",
                ),
            ),
            (certificate, ("action_revoke",)),
            (self.document(self.move), ("action_download_xml", "action_download_upo")),
            (
                self.env["l10n_pl_ksef.sessions"].sudo().search([], limit=1),
                ("action_revoke_others",),
            ),
            (
                self.env["l10n_pl_ksef.sessions.line"].sudo().search([], limit=1),
                ("action_revoke",),
            ),
            (
                self.env["l10n_pl_ksef.certificates.line"].sudo().search([], limit=1),
                ("action_revoke",),
            ),
            (
                self.env["l10n_pl_ksef.change.environment"].sudo().search([], limit=1),
                ("action_change",),
            ),
            (
                self.env["l10n_pl_ksef.authorise"].sudo().search([], limit=1),
                ("action_begin", "action_new_file", "action_submit", "live_progress"),
            ),
            (
                self.move,
                (
                    "action_l10n_pl_ksef_send",
                    "action_l10n_pl_ksef_check",
                    "l10n_pl_ksef_live_progress",
                    "action_l10n_pl_ksef_download_upo",
                    "action_l10n_pl_ksef_issue_offline",
                    "action_l10n_pl_ksef_preview",
                ),
            ),
            (self.offline, ("action_l10n_pl_ksef_send_now",)),
            (
                self.env["l10n_pl_ksef.switch.mode"].sudo().search([], limit=1),
                ("action_switch", "action_certificate"),
            ),
            (
                self.env["l10n_pl_ksef.issue.offline"].sudo().search([], limit=1),
                ("action_issue",),
            ),
            (
                self.env["l10n_pl_ksef.preview"].sudo().search([], limit=1),
                ("action_send", "action_issue_offline", "action_send_now", "action_download_xml"),
            ),
            (self.document(self.move), ("action_show",)),
            (self.company, ("l10n_pl_ksef_decline",)),
        ):
            self.assertTrue(record)
            for name in names:
                with (
                    self.subTest(model=record._name, method=name),
                    self.assertRaises(AccessError),
                ):
                    getattr(record.with_user(self.stranger), name)()
        self.assertEqual(self.wire, [])
        self.assertEqual(self.connection.read(["state", "last_check", "refresh_end"]), before)

    def test_the_wizard_of_one_company_touches_no_other(self):
        """Records of the other company, put into a wizard of one's own by hand."""
        wizards = self.env["l10n_pl_ksef.authorise"].with_user(self.stranger)
        values = {"company_id": self.other.id, "environment": "simulator", "nip": OTHER_NIP}
        for name, record in (
            ("connection_id", self.connection),
            ("authorisation_id", self.connection.authorisation_ids[:1]),
            ("disconnect_after_id", self.connection),
            ("held_certificate_id", self.connection.authentication_certificate_id),
        ):
            with self.subTest(field=name), self.assertRaises(UserError):
                wizard = wizards.create({**values, name: record.id, "method": "certificate"})
                wizard.read(["signer", "words", "request_file", "connected_until"])
                wizard.action_begin()
            self.connection.invalidate_recordset()
            self.assertEqual(self.connection.state, "connected")
            self.assertEqual(self.connection.nip, NIP)
            self.assertTrue(self.connection.refresh_token)

    def test_a_certificate_of_another_company_is_not_used(self):
        """Its key logs in as the person, so it stays where it was uploaded."""
        theirs = self.connect(company=self.other, user=self.stranger)
        certificate = self.connection.authentication_certificate_id
        own = theirs.with_user(self.stranger)
        with self.assertRaises(AccessError):
            own.authentication_certificate_id = certificate.id
        with self.assertRaises(AccessError):
            own.copy({"authentication_certificate_id": certificate.id, "environment": "demo"})

    def test_a_person_s_certificate_for_several_companies(self):
        """An accounting office: who works for both may use it for both; it counts once at KSeF."""
        self.manager.company_ids |= self.other
        theirs = self.connect(company=self.other)
        certificate = self.connection.authentication_certificate_id
        theirs.with_user(self.manager).authentication_certificate_id = certificate
        self.assertTrue(theirs.renews_itself)
        theirs._log_in_alone()
        self.assertEqual(theirs.nip, OTHER_NIP)
        self.assertIn(theirs, certificate.sudo().use_ids.connection_id)

    def test_a_certificate_of_another_kind_or_environment(self):
        connection = self.connection.with_user(self.manager)
        certificate = self.connection.authentication_certificate_id
        with self.assertRaisesRegex(UserError, "of another kind"):
            connection.authentication_certificate_id = self.connection.offline_certificate_id
        demo = self.connection.copy({"environment": "demo", "name": "DEMO"})
        with self.assertRaisesRegex(UserError, "of another environment"):
            demo.with_user(self.manager).authentication_certificate_id = certificate

    def test_invoices_of_two_companies_in_one_selection(self):
        """Whoever works for one company only sends none of the other's."""
        theirs = self.connect(company=self.other, user=self.stranger)
        self.assertNotEqual(theirs, self.connection)
        with self.assertRaises(AccessError):
            self.move.with_user(self.stranger).action_l10n_pl_ksef_send()
        self.assertFalse(self.other.l10n_pl_ksef_connection_id == self.connection)
        with self.assertRaises(AccessError):
            self.connection.with_user(self.stranger).read(["name"])
