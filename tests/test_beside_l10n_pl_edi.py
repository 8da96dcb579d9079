from base64 import b64encode

from odoo.exceptions import UserError

from . import certificates
from .common import SEND, STATUS, KsefCase

NUMBER = "5265877635-20260701-0200001B2C40-5F"


class TestBesideOdoosOwnModule(KsefCase):
    """Rule 8 of the design: one sender, one truth, and nothing sent twice."""

    def its_certificate(self):
        """What makes Odoo's own module offer to send."""
        self.company.sudo().l10n_pl_edi_certificate = (
            self.env["certificate.certificate"]
            .sudo()
            .create(
                {
                    "name": "KSeF",
                    "content": b64encode(certificates.certificate_pem()),
                    "company_id": self.company.id,
                }
            )
        )

    def sent_by_it(self, status="accepted", **values):
        move = self.invoice()
        move.sudo().write(
            {
                "l10n_pl_edi_status": status,
                "l10n_pl_edi_ref": "20260701-EE-0000000000-0000000000-00",
                "l10n_pl_edi_session_id": "20260701-SO-0000000000-0000000000-00",
                **values,
            }
        )
        return move

    def wizard_of(self, move):
        return (
            self.env["account.move.send.wizard"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({})
        )

    def test_its_sending_is_not_offered(self):
        self.its_certificate()
        move = self.invoice()
        self.assertTrue(self.company.l10n_pl_edi_register)
        self.assertEqual(self.wizard_of(move).extra_edis, ["pl_ksef"])
        connection = self.connect()
        self.assertFalse(self.company.l10n_pl_edi_register)
        self.assertFalse(move.l10n_pl_edi_register)
        self.assertEqual(self.wizard_of(move).extra_edis, ["l10n_pl_ksef"])
        connection.state = "disconnected"
        self.assertFalse(self.company.l10n_pl_edi_register, "disconnected is still ours")
        self.company.l10n_pl_ksef_connection_id = False
        self.assertTrue(self.company.l10n_pl_edi_register)

    def test_its_cron_leaves_ours_alone(self):
        """It would ask KSeF with a login that is not there and write nonsense on our invoices."""
        self.connect()
        self.fault("stuck", SEND, times=None)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_edi_status, "sent")
        moves = self.env["account.move"].sudo().with_company(self.company)
        moves._cron_l10n_pl_edi_check_invoice_status()
        self.assertFalse(move.l10n_pl_edi_header)
        self.assertEqual(move.l10n_pl_edi_status, "sent")

    def test_its_button_asks_for_ours(self):
        self.connect()
        stuck = self.fault("stuck", SEND, times=None)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.simulator.control("DELETE", f"faults/{stuck}")
        self.wire.clear()
        move.action_l10n_pl_edi_update_invoice_status()
        self.assertEqual(len(self.calls(STATUS)), 1)
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")

    def test_its_fields_are_kept_in_step(self):
        """Other modules read number and status there (pitfall: a number nobody finds)."""
        self.connect()
        stuck = self.fault("stuck", SEND, times=None)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        self.assertEqual(move.l10n_pl_edi_status, "sent")
        self.assertEqual(move.l10n_pl_edi_ref, document.reference)
        self.assertEqual(move.l10n_pl_edi_session_id, document.session_id.reference)
        self.assertFalse(move.l10n_pl_edi_number)
        self.simulator.control("DELETE", f"faults/{stuck}")
        move.action_l10n_pl_ksef_check()
        self.assertEqual(move.l10n_pl_edi_status, "accepted")
        self.assertEqual(move.l10n_pl_edi_number, self.at_ksef()[0]["ksefNumber"])
        found = self.env["account.move"].search([("l10n_pl_edi_number", "!=", False)])
        self.assertEqual(found, move)

    def test_what_it_sent_is_never_sent_again(self):
        """Its number is shown as ours; every door is closed."""
        move = self.sent_by_it(l10n_pl_edi_number=NUMBER)
        self.connect()
        move.invalidate_recordset()
        self.assertEqual(move.l10n_pl_ksef_number, NUMBER)
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertFalse(move.l10n_pl_ksef_can_send)
        self.assertFalse(self.wizard_of(move).extra_edis)
        self.wire.clear()
        with self.assertRaisesRegex(UserError, "None of these invoices can be sent"):
            move.action_l10n_pl_ksef_send()
        for way in (move.button_draft, move.button_cancel):
            with self.assertRaises(UserError):
                way()
        self.run_outbox()
        self.assertFalse(self.wire)
        self.assertEqual(move.l10n_pl_edi_number, NUMBER)

    def test_what_it_sent_and_knows_nothing_of(self):
        """Sent by it and still without a number: KSeF has it, so it is not sent again."""
        move = self.sent_by_it("sent")
        self.connect()
        self.assertEqual(move.l10n_pl_ksef_state, "sent")
        self.assertFalse(move.l10n_pl_ksef_can_send)
        with self.assertRaises(UserError):
            move.action_l10n_pl_ksef_send()
        self.assertFalse(self.at_ksef())

    def test_what_it_sent_and_ksef_rejected(self):
        """A rejected one was never issued: it is sent by us."""
        move = self.sent_by_it("rejected")
        self.connect()
        self.assertTrue(move.l10n_pl_ksef_can_send)
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(move.l10n_pl_edi_status, "accepted")
        self.assertEqual(len(self.at_ksef()), 1)

    def test_it_keeps_other_companies(self):
        """A company that has no connection of ours keeps Odoo's own sending."""
        self.connect()
        other = self.env["res.company"].create(
            {"name": "Inna", "country_id": self.env.ref("base.pl").id}
        )
        other.sudo().l10n_pl_edi_certificate = (
            self.env["certificate.certificate"]
            .sudo()
            .create(
                {
                    "name": "KSeF",
                    "content": b64encode(certificates.certificate_pem()),
                    "company_id": other.id,
                }
            )
        )
        self.assertTrue(other.l10n_pl_edi_register)
        self.assertFalse(self.company.l10n_pl_edi_register)
