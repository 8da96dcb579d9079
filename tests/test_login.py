from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..ksef.client import Client
from ..ksef.errors import KsefError
from .common import NIP, OTHER_NIP, REFRESH, SEND, KsefCase

REVOKE = "DELETE /auth/sessions/current"
PERMISSIONS = "POST /permissions/query/personal/grants"


class TestLogin(KsefCase):
    """The login of a connection: renewed by itself, ended at KSeF, given up by us."""

    def setUp(self):
        super().setUp()
        self.connection = self.connect()
        self.wire.clear()

    def send(self, move=None):
        move = move or self.invoice()
        move.action_l10n_pl_ksef_send()
        return move

    def revoke_at_ksef(self):
        """As from another program: the login ends, and nobody tells us."""
        token = self.env["l10n_pl_ksef.vault"]._open(self.connection.access_token)
        self.simulator.request(
            "DELETE", "/v2/auth/sessions/current", headers={"Authorization": f"Bearer {token}"}
        )
        self.simulator.control("POST", "tokens/expire", {"kind": "access"})

    def test_no_renewal_while_the_token_is_good(self):
        self.send()
        self.send()
        self.assertFalse(self.calls(REFRESH))

    def test_renewed_before_it_ends(self):
        """A token that ends within the next minute is renewed before the request."""
        old = self.connection.access_token
        self.connection.access_end = fields.Datetime.now() + timedelta(seconds=30)
        move = self.send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(len(self.calls(REFRESH)), 1)
        self.assertNotEqual(self.connection.access_token, old)
        left = self.connection.access_end - fields.Datetime.now()
        self.assertTrue(timedelta(minutes=14) < left <= timedelta(minutes=15), left)
        self.assertFalse([call for call in self.wire if call.status == 401])

    def test_renewed_when_ksef_says_401(self):
        """Pitfall 12: a token may end before its time; one new one, and the work goes on."""
        self.simulator.control("POST", "tokens/expire", {"kind": "access"})
        move = self.send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(len(self.calls(REFRESH)), 1)
        self.assertEqual(len(self.at_ksef()), 1)

    def test_revoked_at_ksef(self):
        """The connection says so and asks once for a signature; invoices wait and go out then."""
        self.revoke_at_ksef()
        self.wire.clear()
        move = self.send()
        self.assertEqual(self.connection.state, "expired")
        self.assertFalse(self.connection.access_token)
        self.assertFalse(self.connection.refresh_token)
        self.assertIn("Authorise the connection again", self.connection.last_check_result)
        self.assertIn("sign a new request file", self.connection.next_step)
        self.assertEqual(move.l10n_pl_ksef_state, "prepared")
        self.assertEqual(len(self.connection.activity_ids), 1)
        self.assertEqual(self.connection.activity_ids.user_id, self.manager)

        other = self.send()
        self.run_outbox()
        self.run_cron("l10n_pl_ksef.cron_keep")
        self.assertEqual(other.l10n_pl_ksef_state, "prepared")
        self.assertEqual(len(self.connection.activity_ids), 1, "one reminder is enough")
        self.assertFalse(self.calls(SEND))

        sha = {self.document(move).sha256, self.document(other).sha256}
        self.connect()
        self.assertFalse(self.connection.activity_ids)
        self.let_pass(self.document(move) | self.document(other), next_try=1)
        self.run_outbox()
        self.assertEqual((move | other).mapped("l10n_pl_ksef_state"), ["accepted"] * 2)
        self.assertEqual({self.document(move).sha256, self.document(other).sha256}, sha)
        self.assertEqual(len(self.at_ksef()), 2)

    def test_no_answer_to_a_renewal_ends_nothing(self):
        """Only KSeF's no ends a connection; an outage does not."""
        self.connection.access_end = fields.Datetime.now() - timedelta(minutes=1)
        self.fault("html_502", REFRESH)
        move = self.send()
        self.assertEqual(self.connection.state, "connected")
        self.assertEqual(move.l10n_pl_ksef_state, "prepared")
        self.assertFalse(self.connection.activity_ids)
        self.let_pass(self.document(move), next_try=1)
        self.let_pass(self.connection, limited_until=0)
        self.run_outbox()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")

    def test_check_now(self):
        """The button says in words whether KSeF answers, and when it was asked."""
        self.connection.last_check = False
        connection = self.connection.with_user(self.manager)
        connection.action_check()
        self.assertEqual(connection.last_check_result, "KSeF answers and accepts our login.")
        self.assertTrue(connection.last_check)
        self.fault("html_503", PERMISSIONS)
        connection.action_check()
        self.assertIn("error 503", connection.last_check_result)
        self.assertEqual(connection.state, "connected")

    def test_the_cron_reminds_in_time(self):
        """Two days before the end one activity asks for a new signature, not more."""
        self.run_cron("l10n_pl_ksef.cron_keep")
        self.assertFalse(self.connection.activity_ids)
        self.connection.refresh_end = fields.Datetime.now() + timedelta(days=1)
        self.run_cron("l10n_pl_ksef.cron_keep")
        self.run_cron("l10n_pl_ksef.cron_keep")
        self.assertEqual(len(self.connection.activity_ids), 1)
        self.assertEqual(
            self.connection.activity_ids.date_deadline, self.connection.refresh_end.date()
        )
        self.assertIn("Sign a new request file", self.connection.next_step)
        self.connect()
        self.assertFalse(self.connection.activity_ids)

    def test_the_cron_notices_a_revocation(self):
        self.revoke_at_ksef()
        self.run_cron("l10n_pl_ksef.cron_keep")
        self.assertEqual(self.connection.state, "expired")
        self.assertEqual(len(self.connection.activity_ids), 1)

    def test_disconnect(self):
        """The login is revoked at KSeF, the secrets are forgotten, invoices wait."""
        token = self.env["l10n_pl_ksef.vault"]._open(self.connection.refresh_token)
        self.connection.with_user(self.manager).action_disconnect()
        self.assertEqual([call.status for call in self.calls(REVOKE)], [204])
        self.assertEqual(self.connection.state, "disconnected")
        self.assertIn("was revoked at KSeF", self.connection.last_check_result)
        for secret in ("access_token", "refresh_token", "access_end", "refresh_end"):
            self.assertFalse(self.connection[secret], secret)
        client = Client(self.connection._environment())
        with self.assertRaises(KsefError) as refused:
            client.refresh(token)
        self.assertIn("(425)", refused.exception.words)
        move = self.invoice()
        self.assertFalse(move.l10n_pl_ksef_can_send)
        with self.assertRaisesRegex(UserError, "None of these invoices can be sent"):
            move.action_l10n_pl_ksef_send()
        self.connect()
        self.assertEqual(self.connection.state, "connected")
        move.invalidate_recordset()
        self.assertEqual(self.send(move).l10n_pl_ksef_state, "accepted")

    def test_disconnect_without_an_answer(self):
        """Whoever disconnects is disconnected, and told that KSeF did not confirm it."""
        self.fault("html_502", REVOKE)
        self.connection.with_user(self.manager).action_disconnect()
        self.assertEqual(self.connection.state, "disconnected")
        self.assertFalse(self.connection.refresh_token)
        self.assertIn("did not confirm", self.connection.last_check_result)

    def test_without_the_right_to_issue(self):
        """Pitfall 11: logging in is not issuing; it is said before and after."""
        self.simulator.control(
            "POST",
            "people",
            {
                "key": "reader",
                "firstName": "Ewa",
                "lastName": "Lis",
                "pesel": "86510914420",
                "permissions": ["InvoiceRead"],
            },
        )
        connection = self.connect("reader")
        self.assertEqual(connection.permissions, "InvoiceRead")
        self.assertFalse(connection.can_send)
        self.assertIn("InvoiceWrite", connection.next_step)
        move = self.send()
        self.assertEqual(move.l10n_pl_ksef_state, "prepared", "waits until rights are granted")
        self.assertIn("lacks a permission", move.l10n_pl_ksef_words)
        self.assertEqual(connection.state, "connected")
        self.assertFalse(self.at_ksef())

    def test_the_document_of_yesterdays_login(self):
        """A number that came while we were not connected is fetched after the next login."""
        stuck = self.fault("stuck", SEND, times=None)
        move = self.send()
        self.assertEqual(move.l10n_pl_ksef_state, "sent")
        self.revoke_at_ksef()
        self.let_pass(self.document(move), next_try=1)
        self.run_outbox()
        self.assertEqual(self.connection.state, "expired")
        self.assertEqual(move.l10n_pl_ksef_state, "sent")
        self.simulator.control("DELETE", f"faults/{stuck}")
        self.connect()
        self.let_pass(self.document(move), next_try=1)
        self.run_outbox()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(len(self.at_ksef()), 1)

    def test_another_person_signs_next_week(self):
        """Pitfall 1: who may only issue does not see the sessions of others (OpenAPI, GET
        /sessions), yet the documents sent before get their numbers and are not sent twice."""
        self.fault("stuck", SEND, times=None)
        waiting = self.send()
        self.no_more_faults()
        self.fault("lost_response", SEND)
        self.fault("html_503", "GET /sessions/{referenceNumber}/invoices", times=None)
        lost = self.send()
        self.no_more_faults()
        self.assertEqual(waiting.l10n_pl_ksef_state, "sent")
        self.assertEqual(lost.l10n_pl_ksef_state, "unknown")
        self.connect("accountant")
        documents = self.document(waiting) | self.document(lost)
        self.let_pass(documents, next_try=1, sent_on=10)
        self.run_outbox()
        self.assertEqual(documents.mapped("state"), ["accepted", "accepted"])
        self.assertEqual(
            {document.ksef_number for document in documents},
            {invoice["ksefNumber"] for invoice in self.at_ksef()},
        )
        self.assertEqual(len(self.calls(SEND)), 2)

    def test_the_login_ends_while_a_session_is_open(self):
        """A renewal that KSeF refuses is no judgement about the invoice that was to be sent."""
        self.send()
        self.revoke_at_ksef()
        self.wire.clear()
        move = self.send()
        self.assertEqual(self.connection.state, "expired")
        self.assertEqual(move.l10n_pl_ksef_state, "prepared")
        self.connect()
        self.let_pass(self.document(move), next_try=1)
        self.run_outbox()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(len(self.at_ksef()), 2)


class TestConnections(KsefCase):
    """Which connections a company may have, and which one its invoices go to."""

    def demo(self, state="connected", company=None):
        return (
            self.env["l10n_pl_ksef.connection"]
            .sudo()
            .create(
                {
                    "name": "DEMO",
                    "company_id": (company or self.company).id,
                    "environment": "demo",
                    "nip": NIP,
                    "state": state,
                    "permissions": "InvoiceWrite",
                }
            )
        )

    def test_one_for_each_environment(self):
        connection = self.connect()
        self.assertEqual(self.connect(), connection, "authorised again, not made again")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.env["l10n_pl_ksef.connection"].with_user(self.manager).create(
                {
                    "name": "second",
                    "company_id": self.company.id,
                    "environment": "simulator",
                    "nip": NIP,
                }
            )

    def test_nip_is_checked(self):
        connection = self.connect()
        for wrong in ("5265877634", "52658776", "526-587-76-35"):
            with self.subTest(nip=wrong), self.assertRaisesRegex(UserError, "is not a NIP"):
                connection.nip = wrong

    def test_an_archived_one_is_found_again(self):
        connection = self.connect()
        connection.with_user(self.manager).action_disconnect()
        connection.active = False
        self.assertEqual(self.connect(), connection)
        self.assertTrue(connection.active)

    def test_a_used_one_cannot_be_deleted(self):
        connection = self.connect()
        self.company.l10n_pl_ksef_connection_id = connection
        self.invoice().action_l10n_pl_ksef_send()
        self.company.l10n_pl_ksef_connection_id = False
        with self.assertRaisesRegex(UserError, "has to stay"):
            connection.with_user(self.manager).unlink()
        unused = self.demo("draft")
        unused.with_user(self.manager).unlink()
        self.assertFalse(unused.exists())

    def test_the_first_environment_is_used(self):
        """A second environment changes nothing until somebody decides so."""
        demo = self.demo()
        self.company.l10n_pl_ksef_connection_id = demo
        connection = self.connect()
        self.assertEqual(self.company.l10n_pl_ksef_connection_id, demo)
        self.assertFalse(connection.is_current)
        connection.with_user(self.manager)._use()
        self.assertEqual(self.company.l10n_pl_ksef_connection_id, connection)
        connection.invalidate_recordset()
        self.assertTrue(connection.is_current)
        self.assertEqual(
            self.env["l10n_pl_ksef.connection"].search([("is_current", "=", True)]), connection
        )

    def test_one_that_does_not_work_is_not_used(self):
        for state in ("draft", "expired", "disconnected"):
            with self.subTest(state=state):
                demo = self.demo(state)
                with self.assertRaisesRegex(UserError, "Authorise this connection first"):
                    demo.with_user(self.manager)._use()
                demo.unlink()

    def test_numbers_belong_to_their_environment(self):
        """A number got in one environment is none in another; each is shown in its own."""
        connection = self.connect()
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        number = move.l10n_pl_ksef_number
        self.assertEqual(move.l10n_pl_edi_number, number)
        self.assertTrue(number.startswith(NIP))

        demo = self.demo()
        demo.with_user(self.manager)._use()
        self.assertFalse(move.l10n_pl_ksef_number)
        self.assertFalse(move.l10n_pl_ksef_state)
        self.assertFalse(move.l10n_pl_ksef_environment)
        self.assertFalse(move.l10n_pl_edi_number)
        self.assertFalse(move.l10n_pl_edi_status)
        self.assertFalse(move.l10n_pl_ksef_link)
        found = self.env["account.move"].search([("l10n_pl_ksef_number", "=", number)])
        self.assertFalse(found, "also for searches")
        self.assertTrue(move.l10n_pl_ksef_can_send)

        connection.with_user(self.manager)._use()
        self.assertEqual(move.l10n_pl_ksef_number, number)
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(move.l10n_pl_ksef_environment, "simulator")
        self.assertEqual(move.l10n_pl_edi_number, number)
        self.assertEqual(move.l10n_pl_edi_status, "accepted")
        found = self.env["account.move"].search([("l10n_pl_ksef_number", "=", number)])
        self.assertEqual(found, move)
        self.assertTrue(move.l10n_pl_ksef_link.startswith(f"{self.simulator.url}/invoice/{NIP}/"))

    def test_two_companies(self):
        """Each company has its own NIP, login and sessions, and sends under its own name."""
        other = self.setup_other_company(
            name="Jan Kowalski Usługi",
            vat=f"PL{OTHER_NIP}",
            street="ul. Krótka 1",
            zip="61-001",
            city="Poznań",
        )["company"]
        self.manager.company_ids |= other
        first = self.connect()
        second = self.connect("accountant", company=other)
        self.assertEqual((first.nip, second.nip), (NIP, OTHER_NIP))
        self.assertNotEqual(first, second)
        ours = self.invoice()
        theirs = self.invoice_of(other)
        (ours | theirs).with_user(self.manager).with_context(
            allowed_company_ids=[self.company.id, other.id]
        ).action_l10n_pl_ksef_send()
        self.assertEqual((ours | theirs).mapped("l10n_pl_ksef_state"), ["accepted"] * 2)
        self.assertEqual(
            {(item["nip"], item["ksefNumber"][:10]) for item in self.at_ksef()},
            {(NIP, NIP), (OTHER_NIP, OTHER_NIP)},
        )
        self.assertNotEqual(self.document(ours).session_id, self.document(theirs).session_id)

    def invoice_of(self, company):
        tax = self.env["account.chart.template"].with_company(company).ref("vs_kraj_23")
        move = (
            self.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_date": fields.Date.today(),
                    "invoice_line_ids": [
                        fields.Command.create(
                            {"name": "Doradztwo", "price_unit": 500, "tax_ids": tax.ids}
                        )
                    ],
                }
            )
        )
        move.action_post()
        return move
