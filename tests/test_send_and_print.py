from types import SimpleNamespace
from unittest.mock import patch

from markupsafe import Markup
from odoo.exceptions import UserError

from .common import SEND, KsefCase

OURS = "l10n_pl_ksef"


class TestSendAndPrint(KsefCase):
    """Odoo's own dialog: one invoice or many, with paper and e-mail."""

    def setUp(self):
        super().setUp()
        self.connection = self.connect()
        self.wire.clear()

    def dialog(self, moves, user=None, **values):
        one = len(moves) == 1
        wizards = self.env["account.move.send.wizard" if one else "account.move.send.batch.wizard"]
        return (
            wizards.with_user(user or self.accountant)
            .with_context(active_model="account.move", active_ids=moves.ids)
            .create(values)
        )

    def several(self, count):
        moves = self.env["account.move"].union(*(self.invoice() for _number in range(count)))
        return moves.with_user(self.accountant)

    def alerts(self, wizard):
        return "\n".join(str(alert["message"]) for alert in (wizard.alerts or {}).values())

    def levels(self, wizard):
        return {key: alert["level"] for key, alert in (wizard.alerts or {}).items()}

    def mails(self, move):
        return move.sudo().message_ids.filtered(lambda message: message.subject)

    # --- one invoice ---------------------------------------------------------------------------

    def test_one_invoice(self):
        """Ticked by itself; number, PDF with the number, and the e-mail in one go."""
        move = self.invoice()
        wizard = self.dialog(move)
        self.assertEqual(wizard.extra_edis, [OURS])
        self.assertEqual(wizard.extra_edi_checkboxes[OURS]["label"], "KSeF")
        self.assertIn("KSeF Simulator: this is practice", self.alerts(wizard))
        self.assertNotIn("danger", self.levels(wizard).values())
        wizard.action_send_and_print()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(len(self.at_ksef()), 1)
        self.assertIn(move.l10n_pl_ksef_number.encode(), move.sudo().invoice_pdf_report_id.raw)
        [mail] = self.mails(move)
        self.assertEqual(mail.partner_ids, self.customer)
        self.assertIn(move.sudo().invoice_pdf_report_id.raw, mail.attachment_ids.mapped("raw"))
        self.assertFalse(move.sudo().l10n_pl_ksef_held)

    def test_not_offered_twice(self):
        """What KSeF has is printed and mailed like any invoice, without being sent again."""
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        wizard = self.dialog(move)
        self.assertFalse(wizard.extra_edis)
        wizard.action_send_and_print()
        self.assertEqual(len(self.calls(SEND)), 1)
        self.assertEqual(len(self.mails(move)), 1)

    def test_not_ticked(self):
        """Whoever takes the tick away sends no more than paper."""
        move = self.invoice()
        wizard = self.dialog(move)
        wizard.extra_edis = []
        wizard.action_send_and_print()
        self.assertFalse(move.l10n_pl_ksef_state)
        self.assertFalse(self.wire)
        self.assertEqual(len(self.mails(move)), 1)

    def test_not_offered_without_a_connection(self):
        self.company.l10n_pl_ksef_connection_id = False
        move = self.invoice()
        wizard = self.dialog(move)
        self.assertFalse(wizard.extra_edis)
        self.assertNotIn("KSeF", self.alerts(wizard))

    def test_a_bookkeeper_without_the_group(self):
        """Told before; may print and mail, but not send."""
        move = self.invoice().with_user(self.bookkeeper)
        wizard = self.dialog(move, user=self.bookkeeper)
        self.assertEqual(self.levels(wizard)["l10n_pl_ksef_right"], "danger")
        with self.assertRaisesRegex(UserError, "not allowed to send to KSeF"):
            wizard.action_send_and_print()
        wizard.extra_edis = []
        wizard.action_send_and_print()
        self.assertEqual(len(self.mails(move)), 1)
        self.assertFalse(self.wire)

    def test_production_is_called_by_its_name(self):
        """In production the dialog says that sending is binding."""
        self.env.cr.execute(
            "UPDATE l10n_pl_ksef_connection SET environment = 'production' WHERE id = %s",
            [self.connection.id],
        )
        self.connection.invalidate_recordset()
        wizard = self.dialog(self.invoice())
        self.assertIn("legally binding", self.alerts(wizard))
        self.assertNotIn("practice", self.alerts(wizard))

    def test_the_login_has_ended(self):
        """A warning with the way to the connection; the invoice is prepared and waits."""
        self.connection.state = "expired"
        move = self.invoice()
        wizard = self.dialog(move)
        [alert] = [it for key, it in wizard.alerts.items() if "_login_" in key]
        self.assertEqual(alert["level"], "warning")
        self.assertEqual(alert["action"]["res_id"], self.connection.id)
        wizard.action_send_and_print()
        self.assertEqual(move.l10n_pl_ksef_state, "prepared")
        self.assertFalse(self.mails(move), "an invoice that is not issued is not mailed")

    def test_without_the_right_to_issue(self):
        self.connection.permissions = "InvoiceRead"
        wizard = self.dialog(self.invoice())
        [alert] = [it for key, it in wizard.alerts.items() if "_permission_" in key]
        self.assertEqual(alert["level"], "danger")
        self.assertIn("Jan Kowalski", alert["message"])

    def test_an_obstacle_with_the_way_to_it(self):
        """A tax without rate: said before, with the link to the tax; nothing is sent."""
        tax = self.tax("vs_kraj_23").copy({"name": "23% by hand"})
        tax.l10n_pl_ksef_rate = False
        move = self.invoice(self.line(tax=tax))
        wizard = self.dialog(move)
        [alert] = [it for it in wizard.alerts.values() if it["level"] == "danger"]
        self.assertIn("23% by hand", alert["message"])
        self.assertIn("not guessed", alert["message"])
        self.assertEqual(alert["action"]["res_model"], "account.tax")
        self.assertEqual(alert["action"]["res_id"], tax.id)
        with self.assertRaises(UserError):
            wizard.action_send_and_print()
        self.assertFalse(self.at_ksef())

    def test_ksef_says_no(self):
        """A refusal is raised with KSeF's words, stays on record, and nothing is mailed."""
        move = self.invoice()
        self.simulator.control("POST", "clock", {"offset": -24 * 3600})
        said = ""
        try:
            self.dialog(move).action_send_and_print()
        except UserError as error:
            said = str(error)
        self.assertIn("KSeF rejected the invoice", said)
        self.assertIn("P_1", said)
        self.assertEqual(move.l10n_pl_ksef_state, "rejected")
        self.assertFalse(self.mails(move))
        self.assertFalse(move.sudo().invoice_pdf_report_id)

    # --- the e-mail waits for the number -------------------------------------------------------

    def test_the_mail_waits_for_the_number(self):
        """While there is no number nothing is mailed; then it goes as the person wrote it."""
        stuck = self.fault("stuck", SEND, times=None)
        move = self.invoice()
        friend = self.env["res.partner"].create({"name": "Druga", "email": "druga@lakocie.example"})
        wizard = self.dialog(move)
        wizard.subject = "Faktura za torty & serniki"
        wizard.body = Markup("<p>Dzień dobry, <b>dziękujemy</b> za zamówienie.</p>")
        wizard.mail_partner_ids = self.customer | friend
        wizard.action_send_and_print()
        self.assertEqual(move.l10n_pl_ksef_state, "sent")
        self.assertTrue(move.sudo().l10n_pl_ksef_held)
        self.assertTrue(move.l10n_pl_ksef_mail_waits, "and the invoice says so")
        self.assertFalse(self.mails(move))
        self.run_cron("account.ir_cron_account_move_send")
        self.assertFalse(self.mails(move))

        self.simulator.control("DELETE", f"faults/{stuck}")
        self.let_pass(self.document(move), next_try=1)
        self.run_outbox()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.run_cron("account.ir_cron_account_move_send")
        [mail] = self.mails(move)
        self.assertEqual(mail.subject, "Faktura za torty & serniki")
        self.assertIn("<p>Dzień dobry, <b>dziękujemy</b> za zamówienie.</p>", str(mail.body))
        self.assertEqual(mail.partner_ids, self.customer | friend)
        [pdf] = mail.attachment_ids.filtered(lambda it: it.name.endswith(".pdf"))
        self.assertIn(move.l10n_pl_ksef_number.encode(), pdf.raw, "the PDF bears the number")
        self.assertFalse(move.sudo().l10n_pl_ksef_held)
        self.assertFalse(move.l10n_pl_ksef_mail_waits)
        self.assertFalse(move.sending_data)
        self.run_cron("account.ir_cron_account_move_send")
        self.run_outbox()
        self.assertEqual(len(self.mails(move)), 1, "once")

    def test_a_mail_that_waits_goes_from_the_button_too(self):
        """The number may be found by a person; the e-mail follows by itself all the same."""
        stuck = self.fault("stuck", SEND, times=None)
        move = self.invoice()
        self.dialog(move).action_send_and_print()
        self.simulator.control("DELETE", f"faults/{stuck}")
        move.action_l10n_pl_ksef_check()
        self.run_cron("account.ir_cron_account_move_send")
        self.assertEqual(len(self.mails(move)), 1)

    def test_a_rejected_invoice_is_never_mailed(self):
        stuck = self.fault("stuck", SEND, times=None)
        move = self.invoice()
        self.simulator.control("POST", "clock", {"offset": -24 * 3600})
        self.dialog(move).action_send_and_print()
        self.assertTrue(move.sudo().l10n_pl_ksef_held)
        self.simulator.control("DELETE", f"faults/{stuck}")
        self.let_pass(self.document(move), next_try=1)
        self.run_outbox()
        self.assertEqual(move.l10n_pl_ksef_state, "rejected")
        self.assertFalse(move.sudo().l10n_pl_ksef_held)
        self.run_cron("account.ir_cron_account_move_send")
        self.assertFalse(self.mails(move))

    def test_pages_one_by_one(self):
        """An engine without the patched Qt makes one document at a time; Odoo's own way raises."""
        moves = self.several(2)
        moves.action_l10n_pl_ksef_send()
        self.run_outbox()
        sender = self.env["account.move.send"]
        calls = []

        def count(report, name, res_ids=None, **options):
            calls.append(list(res_ids))
            return b"%PDF-1.4 one", "pdf"

        def split(report, name, content, kind):
            return {calls[-1][0]: content} if len(calls[-1]) == 1 else {False: content}

        reports = type(self.env["ir.actions.report"])
        data = {move: {"pdf_report": sender._get_default_pdf_report_id(move)} for move in moves}
        with (
            patch.object(reports, "_pre_render_qweb_pdf", count),
            patch.object(reports, "_get_splitted_report", split),
            patch(
                "odoo.addons.l10n_pl_ksef.models.account_move_send._wkhtml",
                return_value=SimpleNamespace(is_patched_qt=False),
            ),
        ):
            sender._prepare_invoice_pdf_report(data)
        self.assertEqual(calls, [[move.id] for move in moves])
        self.assertTrue(all(values["pdf_attachment_values"]["raw"] for values in data.values()))

    # --- many invoices -------------------------------------------------------------------------

    def test_many_invoices(self):
        """Ordered by the accountant, sent by the cron, each with number, PDF and e-mail."""
        moves = self.several(8)
        wizard = self.dialog(moves)
        self.assertEqual(wizard.summary_data[OURS]["count"], 8)
        wizard.action_send_and_print()
        self.assertFalse(self.calls(SEND))
        self.run_cron("account.ir_cron_account_move_send")
        self.run_outbox()
        self.run_outbox()
        self.run_cron("account.ir_cron_account_move_send")
        self.assertEqual(set(moves.mapped("l10n_pl_ksef_state")), {"accepted"})
        self.assertEqual(len(self.at_ksef()), 8)
        self.assertFalse(self.calls(SEND), "they went in one package")
        for move in moves:
            [mail] = self.mails(move)
            [pdf] = mail.attachment_ids.filtered(lambda it: it.name.endswith(".pdf"))
            self.assertIn(move.l10n_pl_ksef_number.encode(), pdf.raw)

    def test_one_of_many_has_an_obstacle(self):
        """The others go; this one keeps its words in the chatter."""
        moves = self.several(2)
        tax = self.tax("vs_kraj_23").copy({"name": "23% by hand"})
        tax.l10n_pl_ksef_rate = False
        bad = self.invoice(self.line(tax=tax))
        wizard = self.dialog(moves | bad)
        self.assertNotIn("danger", self.levels(wizard).values())
        self.assertIn(f"{bad.name}: ", self.alerts(wizard))
        wizard.action_send_and_print()
        self.run_cron("account.ir_cron_account_move_send")
        self.assertEqual(moves.mapped("l10n_pl_ksef_state"), ["accepted"] * 2)
        self.assertFalse(bad.l10n_pl_ksef_state)
        self.assertIn("23% by hand", self.chatter(bad))
        self.assertEqual(len(self.at_ksef()), 2)

    def test_many_of_a_bookkeeper(self):
        """Also in the name of somebody without the right the cron sends nothing."""
        moves = self.several(2).with_user(self.bookkeeper)
        with self.assertRaisesRegex(UserError, "not allowed to send to KSeF"):
            self.dialog(moves, user=self.bookkeeper).action_send_and_print()
        # As if it had been ordered past the dialog.
        moves.sudo().sending_data = {
            "author_user_id": self.bookkeeper.id,
            "author_partner_id": self.bookkeeper.partner_id.id,
        }
        self.run_cron("account.ir_cron_account_move_send")
        self.assertFalse(self.wire)
        for move in moves:
            self.assertFalse(move.l10n_pl_ksef_state)
            self.assertIn("not allowed to send to KSeF", self.chatter(move))
