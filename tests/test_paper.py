from base64 import b64decode
from email import message_from_bytes, policy
from unittest.mock import patch

from ..ksef import qr
from ..ksef.handing_over import Paper
from .common import SEND
from .offline_case import OfflineCase

OURS = "l10n_pl_ksef"
CONFIRMATION = "l10n_pl_ksef.report_confirmation_document"
NOT_AN_INVOICE = "This is not an invoice."
PREVIEW = "NOT TO BE HANDED OVER"


class PaperCase(OfflineCase):
    def setUp(self):
        super().setUp()
        self.foreigner = self.env["res.partner"].create(
            {
                "name": "Zuckerbäckerei Spree GmbH",
                "is_company": True,
                "vat": "DE317442958",
                "street": "Köpenicker Straße 40",
                "zip": "10179",
                "city": "Berlin",
                "country_id": self.env.ref("base.de").id,
                "email": "rechnung@spree.example",
            }
        )
        self.consumer = self.env["res.partner"].create(
            {
                "name": "Anna Nowak",
                "street": "ul. Krótka 1",
                "zip": "00-001",
                "city": "Warszawa",
                "country_id": self.env.ref("base.pl").id,
                "email": "anna@nowak.example",
            }
        )
        # Nothing leaves while the checks say that KSeF is silent.
        self.checked("unavailable", "unavailable")

    def offline(self, mode="offline24", **values):
        self.company.l10n_pl_ksef_mode = mode
        move = self.invoice(**values)
        move.action_l10n_pl_ksef_send()
        return move

    def ksef_is_back(self, move):
        self.checked("available", "available")
        self.company.l10n_pl_ksef_mode = "online"
        self.let_pass(self.document(move), next_try=1)
        self.run_outbox()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")

    def without_certificate(self):
        """Returns what brings it back."""
        certificate = self.connection.offline_certificate_id
        self.connection.offline_certificate_id = False

        def back():
            self.connection.offline_certificate_id = certificate

        return back

    def html(self, move, report="account.report_invoice_with_payments", **context):
        reports = self.env["ir.actions.report"].with_context(**context)
        return reports._render_qweb_html(report, move.ids)[0].decode()

    def labels(self, move):
        return [code["label"] for code in move._l10n_pl_ksef_codes()]

    def dialog(self, moves, **values):
        one = len(moves) == 1
        wizards = self.env["account.move.send.wizard" if one else "account.move.send.batch.wizard"]
        return (
            wizards.with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=moves.ids)
            .create(values)
        )

    def said(self, wizard):
        return {
            alert["level"]: str(alert["message"])
            for key, alert in (wizard.alerts or {}).items()
            if key.startswith("l10n_pl_ksef_paper_")
        }

    def mails(self, move):
        return move.sudo().message_ids.filtered(lambda message: message.subject)

    def pdf_of(self, mail):
        [pdf] = mail.attachment_ids.filtered(lambda it: it.name.endswith(".pdf"))
        return pdf


class TestPaper(PaperCase):
    """What is printed: which paper, which codes, which name."""

    def test_offline_for_a_domestic_buyer(self):
        move = self.offline()
        self.assertEqual(self.labels(move), ["OFFLINE", "CERTYFIKAT"])
        self.assertEqual(move._get_name_invoice_report(), CONFIRMATION)
        name = f"Potwierdzenie transakcji {move.name}"
        self.assertEqual(move._get_report_base_filename(), name)
        file = f"{name.replace('/', '_')}.pdf"
        self.assertEqual(move._get_invoice_report_filename(), file)
        self.assertEqual(move._get_invoice_pdf_proforma()["filename"], file)
        for report in ("account.report_invoice_with_payments", "account.report_invoice"):
            html = self.html(move, report)
            self.assertIn(NOT_AN_INVOICE, html)
            self.assertIn("Potwierdzenie transakcji", html)
            self.assertNotIn("Payment Communication", html)
            for words in (move.name, "Cukiernia Pod Lipą", "5265877635", "Hurtownia", "1234563218"):
                self.assertIn(words, html)
            self.assertIn(move.l10n_pl_ksef_deadline.strftime("%m/%d/%Y"), html)
            self.assertIn(move.l10n_pl_ksef_link, html)
            self.assertIn(move.l10n_pl_ksef_certificate_link, html)
            self.assertIn("practice: this document was not issued", html)
        self.assertIn(NOT_AN_INVOICE, self.html(move, proforma_invoice=True), "in the portal too")

    def test_offline_for_a_foreign_buyer(self):
        move = self.offline(partner=self.foreigner)
        self.assertEqual(self.labels(move), ["OFFLINE", "CERTYFIKAT"])
        self.assertEqual(move._get_name_invoice_report(), "account.report_invoice_document")
        self.assertNotIn("Potwierdzenie", move._get_invoice_report_filename())
        html = self.html(move)
        self.assertNotIn(NOT_AN_INVOICE, html)
        self.assertNotIn(PREVIEW, html)
        self.assertEqual(html.count("CERTYFIKAT"), 1)
        self.assertIn(move.l10n_pl_ksef_link, html)
        self.assertIn(move.l10n_pl_ksef_certificate_link, html)

    def test_no_pro_forma(self):
        """Issued it is, though Odoo keeps no file of it: from the menu and in the portal."""
        move = self.offline(partner=self.foreigner)
        self.assertNotIn("Proforma", self.html(move, proforma_invoice=True))
        self.assertNotIn("proforma", move._get_invoice_pdf_proforma()["filename"])
        self.company.l10n_pl_ksef_mode = "online"
        self.assertIn("Proforma", self.html(self.invoice(), proforma_invoice=True))

    def test_what_was_printed_stays(self):
        """The buyer may have it: no way back to a draft."""
        move = self.offline()
        self.assertIn("withdraw", move._l10n_pl_ksef_actions()[move])
        self.html(move)
        self.assertIn("withdraw", move._l10n_pl_ksef_actions()[move], "looking is not printing")
        self.env["ir.actions.report"].with_user(self.accountant)._render_qweb_pdf(
            "account.report_invoice", move.ids
        )
        self.assertTrue(move.is_move_sent)
        self.assertNotIn("withdraw", move._l10n_pl_ksef_actions()[move])

    def test_an_announced_failure(self):
        """Art. 106nf: the buyer gets the invoice itself."""
        announced = self.announced("FAILURE")
        move = self.offline("emergency")
        self.assertEqual(self.labels(move), ["OFFLINE", "CERTYFIKAT"])
        self.assertEqual(move._get_name_invoice_report(), "account.report_invoice_document")
        self.assertTrue(announced)

    def test_a_failure_announced_afterwards(self):
        """The kept confirmation makes room: the invoice itself may be handed over now."""
        move = self.offline("emergency")
        self.dialog(move, sending_methods=[]).action_send_and_print()
        old = move.sudo().invoice_pdf_report_id
        self.assertIn(NOT_AN_INVOICE.encode(), old.raw)
        self.announced("FAILURE", start=-2)
        self.assertEqual(self.document(move).counts_as, "emergency")
        self.assertFalse(move.sudo().invoice_pdf_report_id)
        self.assertIn("replaced on", old.name)
        self.env["account.move"]._l10n_pl_ksef_replace_outdated_pdf()
        new = move.sudo().invoice_pdf_report_id
        self.assertNotIn(NOT_AN_INVOICE.encode(), new.raw)
        self.assertNotIn("Potwierdzenie", new.name)

    def test_total_failure(self):
        move = self.offline("total_failure")
        self.assertFalse(self.labels(move))
        html = self.html(move)
        self.assertNotIn("l10n_pl_ksef_codes", html)
        self.assertNotIn(PREVIEW, html)
        self.assertNotIn(NOT_AN_INVOICE, html)

    def test_with_the_number_one_code(self):
        move = self.offline()
        self.ksef_is_back(move)
        self.assertEqual(self.labels(move), [move.l10n_pl_ksef_number])
        html = self.html(move)
        self.assertNotIn(NOT_AN_INVOICE, html)
        self.assertNotIn("CERTYFIKAT", html)
        self.assertFalse(move.l10n_pl_ksef_qr_certificate)

    def test_image_fields(self):
        move = self.offline()
        self.assertEqual(b64decode(move.l10n_pl_ksef_qr_invoice), qr.image(move.l10n_pl_ksef_link))
        self.assertEqual(
            b64decode(move.l10n_pl_ksef_qr_certificate),
            qr.image(move.l10n_pl_ksef_certificate_link),
        )
        self.assertFalse(self.invoice().l10n_pl_ksef_qr_invoice)

    def test_a_colleague_prints_it_too(self):
        move = self.offline().with_user(self.bookkeeper)
        self.assertEqual(self.labels(move), ["OFFLINE", "CERTYFIKAT"])
        reports = self.env["ir.actions.report"].with_user(self.bookkeeper)
        html = reports._render_qweb_html("account.report_invoice", move.ids)[0].decode()
        self.assertIn(NOT_AN_INVOICE, html)

    # --- what must not be handed over ----------------------------------------------------------

    def test_before_the_number(self):
        self.checked("available", "available")
        self.fault("stuck", SEND, times=None)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        html = self.html(move)
        self.assertIn(PREVIEW, html)
        self.assertIn("OFFLINE", html)
        self.assertEqual(self.labels(move), ["OFFLINE"])

    def test_before_the_certificate(self):
        back = self.without_certificate()
        move = self.offline()
        self.assertEqual(self.labels(move), ["OFFLINE"])
        self.assertIn(PREVIEW, self.html(move))
        self.assertIn("needs a KSeF certificate", self.html(move))
        back()
        self.env["l10n_pl_ksef.document"]._sign_missing_codes()
        self.assertEqual(self.labels(move), ["OFFLINE", "CERTYFIKAT"])
        self.assertNotIn(PREVIEW, self.html(move))

    def test_before_it_is_issued(self):
        """In an offline mode a print without codes is none for the buyer."""
        self.company.l10n_pl_ksef_mode = "offline24"
        self.assertIn(PREVIEW, self.html(self.invoice()))
        self.assertNotIn(PREVIEW, self.html(self.invoice(partner=self.consumer)))
        self.company.l10n_pl_ksef_mode = "online"
        self.assertNotIn(PREVIEW, self.html(self.invoice()))

    def test_rejected(self):
        self.checked("available", "available")
        self.fault("cancelled", SEND)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.document(move).state = "rejected"
        self.assertFalse(self.labels(move))
        self.assertIn("KSeF rejected this invoice", self.html(move))

    def test_a_company_without_a_connection(self):
        self.company.l10n_pl_ksef_connection_id = False
        move = self.invoice()
        self.assertFalse(self.labels(move))
        self.assertNotIn(PREVIEW, self.html(move))

    def test_a_layout_of_ones_own(self):
        """A customer's own layout for invoices is none for confirmations."""
        own = self.env.ref("account.account_invoices").copy({"name": "Own"})
        self.customer.invoice_template_pdf_report_id = own
        move = self.offline()
        sender = self.env["account.move.send"]
        self.assertEqual(
            sender._get_default_pdf_report_id(move), self.env.ref("account.account_invoices")
        )
        self.ksef_is_back(move)
        self.assertEqual(sender._get_default_pdf_report_id(move), own)


class TestPaperIsSent(PaperCase):
    """Odoo's dialog and its e-mails choose the paper and its words."""

    def test_a_confirmation_is_mailed(self):
        """From a posted invoice in one go: issued, signed, printed and mailed as what it is."""
        self.company.l10n_pl_ksef_mode = "offline24"
        move = self.invoice()
        wizard = self.dialog(move)
        self.assertEqual(list(self.said(wizard)), ["info"])
        self.assertIn("gets a transaction confirmation", self.said(wizard)["info"])
        self.assertIn("art. 106nda", self.said(wizard)["info"])
        name = f"Potwierdzenie transakcji {move.name.replace('/', '_')}.pdf"
        self.assertEqual([item["name"] for item in wizard.mail_attachments_widget], [name])
        wizard.action_send_and_print()
        [mail] = self.mails(move)
        self.assertIn("Potwierdzenie transakcji", mail.subject)
        self.assertIn("It is not an invoice.", str(mail.body))
        self.assertNotIn("Here is your", str(mail.body))
        self.assertIn(move.l10n_pl_ksef_link, str(mail.body))
        self.assertIn(move.l10n_pl_ksef_certificate_link, str(mail.body))
        self.assertEqual(self.pdf_of(mail).name, name)
        self.assertIn(NOT_AN_INVOICE.encode(), self.pdf_of(mail).raw)
        self.assertFalse(move.sudo().l10n_pl_ksef_held)

    def test_an_invoice_with_two_codes_is_mailed(self):
        self.company.l10n_pl_ksef_mode = "offline24"
        move = self.invoice(partner=self.foreigner)
        wizard = self.dialog(move)
        self.assertIn("gets the invoice", self.said(wizard)["info"])
        wizard.action_send_and_print()
        [mail] = self.mails(move)
        self.assertIn("Here is your", str(mail.body))
        self.assertIn(move.l10n_pl_ksef_certificate_link, str(mail.body))
        self.assertNotIn("Potwierdzenie", self.pdf_of(mail).name)

    def test_printed_again(self):
        """Issued before: the dialog says the same and mails the same."""
        move = self.offline()
        wizard = self.dialog(move)
        self.assertFalse(wizard.extra_edis)
        self.assertIn("gets a transaction confirmation", self.said(wizard)["info"])
        wizard.action_send_and_print()
        self.assertIn("Potwierdzenie transakcji", self.mails(move).subject)

    def test_nothing_is_said_of_what_has_its_number(self):
        move = self.offline()
        self.ksef_is_back(move)
        self.assertFalse(self.said(self.dialog(move)))

    def test_the_mode_is_switched_while_the_dialog_is_open(self):
        """The words of the e-mail follow what the buyer really gets."""
        move = self.invoice()
        wizard = self.dialog(move)
        self.assertIn("Here is your", str(wizard.body))
        self.company.l10n_pl_ksef_mode = "offline24"
        wizard.action_send_and_print()
        [mail] = self.mails(move)
        self.assertIn("It is not an invoice.", str(mail.body))
        self.assertIn("Potwierdzenie transakcji", mail.subject)

    def test_sent_before_and_mailed_now(self):
        """The button sent it; the e-mail that is ordered now waits for the number too."""
        self.checked("available", "available")
        stuck = self.fault("stuck", SEND, times=None)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        wizard = self.dialog(move)
        self.assertFalse(wizard.extra_edis)
        self.assertIn("gets nothing yet", self.said(wizard)["warning"])
        wizard.action_send_and_print()
        self.assertFalse(self.mails(move))
        self.simulator.control("DELETE", f"faults/{stuck}")
        self.let_pass(self.document(move), next_try=1)
        self.run_outbox()
        self.run_cron("account.ir_cron_account_move_send")
        [mail] = self.mails(move)
        self.assertIn(move.l10n_pl_ksef_number.encode(), self.pdf_of(mail).raw)

    def test_not_ticked_in_an_offline_mode(self):
        """Whoever sends paper only is told that it is none for the customer."""
        self.company.l10n_pl_ksef_mode = "offline24"
        wizard = self.dialog(self.invoice())
        wizard.extra_edis = []
        words = "\n".join(str(alert["message"]) for alert in wizard.alerts.values())
        self.assertIn("The invoice is not issued yet.", words)

    def test_held_until_the_certificate_is_there(self):
        back = self.without_certificate()
        self.company.l10n_pl_ksef_mode = "offline24"
        move = self.invoice()
        wizard = self.dialog(move)
        self.assertIn("gets nothing yet", self.said(wizard)["warning"])
        wizard.action_send_and_print()
        self.assertFalse(self.mails(move))
        self.assertIn(PREVIEW.encode(), move.sudo().invoice_pdf_report_id.raw)
        back()
        self.env["l10n_pl_ksef.document"]._sign_missing_codes()
        self.run_cron("account.ir_cron_account_move_send")
        [mail] = self.mails(move)
        pdf = self.pdf_of(mail)
        self.assertIn(b"CERTYFIKAT", pdf.raw)
        self.assertNotIn(PREVIEW.encode(), pdf.raw)
        self.assertTrue(pdf.name.startswith("Potwierdzenie transakcji"))

    def test_held_until_the_number_is_there(self):
        """The number came before the certificate: the invoice is mailed, with its own words."""
        self.without_certificate()
        self.company.l10n_pl_ksef_mode = "offline24"
        move = self.invoice()
        self.dialog(move).action_send_and_print()
        self.ksef_is_back(move)
        self.run_cron("account.ir_cron_account_move_send")
        [mail] = self.mails(move)
        self.assertIn("Here is your", str(mail.body))
        self.assertNotIn("Potwierdzenie", mail.subject)
        self.assertIn(move.l10n_pl_ksef_number.encode(), self.pdf_of(mail).raw)
        self.assertNotIn("Potwierdzenie", self.pdf_of(mail).name)

    def test_words_of_ones_own_stay(self):
        self.company.l10n_pl_ksef_mode = "offline24"
        move = self.invoice()
        wizard = self.dialog(move)
        wizard.subject = "Zamówienie 7"
        wizard.action_send_and_print()
        self.assertEqual(self.mails(move).subject, "Zamówienie 7")

    def test_many(self):
        """Each of a batch gets its own paper."""
        self.company.l10n_pl_ksef_mode = "offline24"
        domestic, consumers = self.invoice(), self.invoice(partner=self.consumer)
        wizard = self.dialog(domestic | consumers)
        words = "\n".join(str(alert["message"]) for alert in wizard.alerts.values())
        self.assertIn(f"{domestic.name}: The customer gets a transaction confirmation", words)
        self.assertIn(f"{consumers.name}: The customer gets the invoice", words)
        wizard.action_send_and_print()
        self.run_cron("account.ir_cron_account_move_send")
        self.assertIn("Potwierdzenie", self.pdf_of(self.mails(domestic)).name)
        self.assertNotIn("Potwierdzenie", self.pdf_of(self.mails(consumers)).name)

    def test_the_codes_are_in_the_email(self):
        """Not as a link to a server that the customer cannot reach."""
        sent = []

        def deliver(_server, message, **_options):
            sent.append(message_from_bytes(message.as_bytes(), policy=policy.default))
            return message["Message-Id"]

        move = self.offline()
        wizard = self.dialog(move)
        servers = self.env.registry["ir.mail_server"]
        with (
            patch.object(servers, "send_email", deliver),
            patch.object(servers, "_disable_send", lambda *args: False),
            patch.object(servers, "_connect__", lambda *args, **options: None),
            patch("odoo.addons.mail.models.mail_mail.MailMail.unlink", lambda mails: True),
        ):
            wizard.action_send_and_print()
            self.env["mail.mail"].sudo().search([("model", "=", "account.move")]).send()
        [mail] = [it for it in sent if "Potwierdzenie" in it["Subject"]]
        body = mail.get_body(("html",)).get_content()
        images = {
            part["Content-ID"].strip("<>"): part.get_content()
            for part in mail.walk()
            if part.get_content_type() == "image/png" and part["Content-ID"]
        }
        self.assertEqual(len(images), 2)
        for number in images:
            self.assertIn(f'src="cid:{number}"', body)
        self.assertEqual(
            sorted(images.values()),
            sorted(
                qr.image(link, box_size=4)
                for link in (move.l10n_pl_ksef_link, move.l10n_pl_ksef_certificate_link)
            ),
        )
        self.assertNotIn("/web/image/", body)
        files = [part.get_filename() for part in mail.iter_attachments()]
        self.assertEqual([name for name in files if name.endswith(".pdf")], files)

    def test_other_mails_stay_as_they_are(self):
        image = self.env["ir.attachment"].create(
            {"name": "KSeF other.txt", "raw": b"text", "access_token": "0-0"}
        )
        body = f'<p><img src="http://odoo.example/web/image/{image.id}?access_token=0-0"></p>'
        message = self.env["ir.mail_server"]._build_email__(
            "a@podlipa.example", ["b@podlipa.example"], "Hi", body, subtype="html"
        )
        self.assertIn(f"/web/image/{image.id}", message.get_body(("html",)).get_content())

    def test_expected_before_it_is_issued(self):
        """An emergency that nobody announced is offline24 in law."""
        self.company.l10n_pl_ksef_mode = "emergency"
        move = self.invoice()
        self.assertIs(move._l10n_pl_ksef_expected_paper().paper, Paper.CONFIRMATION)
        self.announced("FAILURE")
        self.assertIs(move._l10n_pl_ksef_expected_paper().paper, Paper.INVOICE)
        self.assertFalse(move._l10n_pl_ksef_paper())
