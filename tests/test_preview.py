from base64 import b64decode
from contextlib import contextmanager
from datetime import timedelta

from lxml import html
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase

from ..ksef import fa3
from ..models.account_move_preview import NO_NUMBER
from ..models.moments import warsaw_today
from .common import SEND
from .fa3_case import Fa3Case


class PreviewCase(Fa3Case):
    def setUp(self):
        super().setUp()
        self.connect()
        self.wire.clear()

    def preview(self, move, user=None):
        """The dialog behind the button."""
        action = move.with_user(user or self.accountant).action_l10n_pl_ksef_preview()
        self.assertEqual(action["target"], "new")
        return self.opened(action, user)

    def opened(self, action, user=None):
        wizard = self.env[action["res_model"]].with_user(user or self.accountant)
        return wizard.browse(action["res_id"])

    def texts(self, wizard):
        """What stands on the page, value by value."""
        tree = html.fromstring(wizard.page)
        return [
            " ".join(node.text_content().split())
            for node in tree.xpath("//td | //span[@class='v'] | //div[@class='note']")
        ]

    def findings(self, wizard):
        """``[(colour, words)]``"""
        tree = html.fromstring(f"<div>{wizard.findings}</div>")
        return [
            (node.get("class").split()[1].removeprefix("alert-"), node.text_content())
            for node in tree.xpath("//div[contains(@class, 'alert ')]")
        ]

    def bytes_of(self, wizard):
        return b64decode(wizard.with_context(bin_size=False).xml or b"")

    @contextmanager
    def nothing_kept(self, move):
        """Neither a document nor a request comes of it, and the invoice stays as it is."""
        self.env.flush_all()
        before = move.read(["name", "invoice_date", "state", "write_date", "l10n_pl_ksef_state"])
        documents = self.env["l10n_pl_ksef.document"].sudo().search_count([])
        attachments = self.env["ir.attachment"].sudo().search_count([])
        yield
        self.env.flush_all()
        self.env.invalidate_all()
        names = ["name", "invoice_date", "state", "write_date", "l10n_pl_ksef_state"]
        self.assertEqual(move.read(names), before)
        self.assertEqual(self.env["l10n_pl_ksef.document"].sudo().search_count([]), documents)
        self.assertEqual(self.env["ir.attachment"].sudo().search_count([]), attachments)
        self.assertEqual(self.wire, [])


class TestPreview(PreviewCase):
    def test_a_posted_invoice(self):
        move = self.invoice(self.line("Sernik na zimno", 1234.5))
        with self.nothing_kept(move):
            wizard = self.preview(move)
            texts = self.texts(wizard)
            self.assertFalse(wizard.has_walls)
            data = self.bytes_of(wizard)
        self.assertTrue(wizard.is_current)
        self.assertTrue(wizard.can_send)
        for text in (move.name, "Hurtownia Łakoci S.A.", "Sernik na zimno"):
            self.assertIn(text, texts)
        self.assertEqual(wizard.language, "en")
        self.assertIn("1,518.44", texts)
        self.assertEqual(fa3.read(data).Fa.P_2, move.name)
        self.assertEqual(fa3.validate(data), [])
        self.assertTrue(move.l10n_pl_ksef_can_preview)

    def test_what_is_shown_is_what_is_sent(self):
        move = self.invoice()
        shown = fa3.read(self.bytes_of(self.preview(move)))
        self.preview(move).action_send()
        sent = fa3.read(self.document(move)._bytes())
        shown.Naglowek.DataWytworzeniaFa = sent.Naglowek.DataWytworzeniaFa
        self.assertEqual(shown, sent)
        self.assertEqual(self.document(move).state, "accepted")
        self.assertEqual(len(self.calls(SEND)), 1)

    def test_in_polish(self):
        wizard = self.preview(self.invoice(self.line(price=1234.5)))
        wizard.language = "pl"
        self.assertIn("1 518,44", self.texts(wizard))
        self.assertIn("PODGLĄD – to nie jest jeszcze faktura w KSeF", self.texts(wizard))
        self.env["res.lang"]._activate_lang("pl_PL")
        self.accountant.lang = "pl_PL"
        move = self.invoice()
        self.assertEqual(self.preview(move.with_context(lang="pl_PL")).language, "pl")

    def test_a_draft(self):
        """Neither number nor day: both are said, and the day is today's."""
        move = self.draft(invoice_date=False)
        move.name = False
        self.assertFalse(move.invoice_date)
        with self.nothing_kept(move):
            wizard = self.preview(move)
            texts = self.texts(wizard)
            found = self.findings(wizard)
            invoice = fa3.read(self.bytes_of(wizard))
        self.assertFalse(move.invoice_date)
        self.assertEqual(invoice.Fa.P_2, NO_NUMBER)
        self.assertEqual(invoice.Fa.P_1, warsaw_today())
        self.assertIn(NO_NUMBER, texts)
        self.assertEqual({colour for colour, _words in found}, {"info"})
        words = " ".join(words for _colour, words in found)
        for part in ("This is a draft", "gets its number", "no invoice date yet"):
            self.assertIn(part, words)
        self.assertFalse(wizard.has_walls)
        self.assertFalse(wizard.can_send)
        with self.assertRaises(UserError):
            wizard.action_send()

    def test_a_draft_that_is_hardly_begun(self):
        """Nothing is missing so much that the dialog would not open."""
        move = (
            self.env["account.move"]
            .with_user(self.accountant)
            .create({"move_type": "out_invoice", "invoice_date": False})
        )
        with self.nothing_kept(move):
            wizard = self.preview(move)
            self.assertIn("Cukiernia Pod Lipą sp. z o.o.", self.texts(wizard))
        self.assertTrue(wizard.has_walls)
        self.assertFalse(wizard.has_xml)
        self.assertFalse(wizard.xml)
        self.assertIn("danger", dict(self.findings(wizard)))

    def test_obstacles_lead_to_the_record(self):
        """What can be read is shown; what is missing is said, with the way to it."""
        tax = self.tax("vs_kraj_23").copy({"name": "Dziwny 23%", "l10n_pl_ksef_rate": False})
        move = self.invoice(self.line(tax=tax))
        with self.nothing_kept(move):
            wizard = self.preview(move)
            texts = self.texts(wizard)
        self.assertTrue(wizard.has_walls)
        self.assertFalse(wizard.has_xml)
        self.assertIn("Hurtownia Łakoci S.A.", texts)
        colour, words = self.findings(wizard)[0]
        self.assertEqual(colour, "danger")
        self.assertIn("Dziwny 23%", words)
        links = html.fromstring(str(wizard.findings)).xpath("//a")
        self.assertIn(f"/odoo/account.tax/{tax.id}", [link.get("href") for link in links])
        self.assertEqual({link.get("target") for link in links}, {"_blank"})
        tax.l10n_pl_ksef_rate = "23"
        action = wizard.action_check_again()
        self.env.invalidate_all()
        again = self.opened(action)
        self.assertFalse(again.has_walls)
        self.assertTrue(again.has_xml)

    def test_walls_of_the_rules(self):
        """What KSeF would refuse is said with the field's name in the schema; the file is there
        to be looked at, but it is not sent."""
        move = self.invoice(day=warsaw_today() + timedelta(days=2))
        wizard = self.preview(move)
        red = [words for colour, words in self.findings(wizard) if colour == "danger"]
        self.assertTrue([words for words in red if "[P_1]" in words], red)
        self.assertTrue(wizard.has_walls)
        self.assertTrue(wizard.has_xml)
        with self.assertRaises(UserError):
            wizard.action_send()
        self.assertEqual(self.calls(SEND), [])

    def test_a_rejected_document(self):
        """Shown from its bytes with KSeF's words; the invoice itself is previewed anew."""
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        document.write(
            {"state": "rejected", "words": "Błąd <b>semantyki</b>", "ksef_number": False}
        )
        self.env.flush_all()
        wizard = self.opened(document.with_user(self.accountant).action_show())
        self.assertEqual(self.findings(wizard), [("danger", "Błąd <b>semantyki</b>")])
        self.assertFalse(html.fromstring(wizard.page).xpath("//img"), "its code leads nowhere")
        anew = self.preview(move)
        self.assertFalse(anew.document_id)
        self.assertTrue(anew.can_send)

    def test_circumstances(self):
        """The alerts of the send dialog stand beside the page too."""
        wizard = self.preview(self.invoice())
        self.assertEqual({colour for colour, _words in self.findings(wizard)}, {"warning"})
        self.assertIn("this is practice", str(wizard.findings))
        self.company._l10n_pl_ksef_switch("offline24", "Łącze")
        self.env.invalidate_all()
        self.assertIn("OFFLINE24", str(wizard.findings))
        self.assertEqual(wizard.mode, "offline24")

    def test_offline(self):
        """The ordinary way, over the dialog that asks in which mode."""
        move = self.invoice()
        wizard = self.preview(move)
        self.assertTrue(wizard.can_issue_offline)
        action = wizard.action_issue_offline()
        self.assertEqual(action["res_model"], "l10n_pl_ksef.issue.offline")
        self.opened(action).action_issue()
        document = self.document(move)
        self.assertEqual(document.mode, "offline24")
        wizard = self.preview(move)
        self.assertEqual(wizard.document_id, document)
        self.assertIn("OFFLINE", html.fromstring(wizard.page).text_content())
        self.assertTrue(wizard.can_send_now)
        wizard.action_send_now()
        self.assertEqual(document.state, "accepted")

    def test_in_a_total_failure_nothing_stands_in_the_way(self):
        tax = self.tax("vs_kraj_23").copy({"name": "Dziwny 23%", "l10n_pl_ksef_rate": False})
        move = self.invoice(self.line(tax=tax))
        self.company._l10n_pl_ksef_switch("total_failure", "W telewizji")
        wizard = self.preview(move)
        self.assertFalse(wizard.has_walls)
        self.assertIn("Dziwny 23%", str(wizard.findings))

    def test_a_frozen_document(self):
        """From the very bytes, with number and code, whatever became of the invoice."""
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        self.customer.name = "Inna nazwa"
        self.wire.clear()
        wizard = self.opened(document.with_user(self.accountant).action_show())
        texts = self.texts(wizard)
        self.assertIn("Hurtownia Łakoci S.A.", texts)
        self.assertNotIn("Inna nazwa", texts)
        self.assertIn(document.ksef_number, texts)
        self.assertEqual(self.bytes_of(wizard), document._bytes())
        self.assertEqual(len(html.fromstring(wizard.page).xpath("//img")), 1)
        self.assertEqual([colour for colour, _words in self.findings(wizard)], ["success"])
        self.assertFalse(wizard.can_send)
        self.assertEqual(self.preview(move).document_id, document)
        self.assertEqual(wizard.action_download_xml()["url"], document.action_download_xml()["url"])
        self.assertEqual(self.wire, [])

    def test_a_correction(self):
        """A credit note, as a draft already, names what it corrects."""
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.wire.clear()
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id, "reason": "Zwrot towaru"})
        )
        refund = self.env["account.move"].browse(wizard.refund_moves()["res_id"])
        self.assertEqual(refund.state, "draft")
        with self.nothing_kept(refund.with_user(self.accountant)):
            preview = self.preview(refund)
            preview.language = "pl"
            texts = self.texts(preview)
            self.assertFalse(preview.has_walls)
        for text in ("Faktura korygująca", "Zwrot towaru", move.name, move.l10n_pl_ksef_number):
            self.assertIn(text, texts)

    def test_hostile_names(self):
        """A partner may be called anything."""
        name = "<script>alert(1)</script><img src=x onerror=alert(1)>"
        self.customer.name = name
        tax = self.tax("vs_kraj_23").copy({"name": name, "l10n_pl_ksef_rate": False})
        wizard = self.preview(self.invoice(self.line(name, tax=tax)))
        for shown in (wizard.page, str(wizard.findings)):
            tree = html.fromstring(shown)
            self.assertFalse(tree.xpath("//script | //img | //*[@onerror]"))
            self.assertIn(name, tree.text_content())

    def test_only_where_it_makes_sense(self):
        bill = self.env["account.move"].with_user(self.accountant)
        bill = bill.create({"move_type": "in_invoice", "partner_id": self.customer.id})
        cancelled = self.draft()
        cancelled.button_cancel()
        for move in (bill, cancelled):
            self.assertFalse(move.l10n_pl_ksef_can_preview)
            with self.assertRaises(UserError):
                move.action_l10n_pl_ksef_preview()

    def test_the_bookkeeper_is_refused(self):
        move = self.invoice()
        own = move.with_user(self.bookkeeper)
        self.assertFalse(own.l10n_pl_ksef_can_preview)
        with self.assertRaises(AccessError):
            own.action_l10n_pl_ksef_preview()
        wizard = self.preview(move)
        with self.assertRaises(AccessError):
            wizard.with_user(self.bookkeeper).read(["page"])
        with self.assertRaises(AccessError):
            self.env["l10n_pl_ksef.preview"].with_user(self.bookkeeper).create({"move_id": move.id})

    def test_nobody_previews_for_another_company(self):
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        other = self.setup_other_company(name="Obca sp. z o.o.", vat="PL5261040828")["company"]
        stranger = self.person(
            "ksef_stranger", "account.group_account_manager,l10n_pl_ksef.group_manager", other
        )
        own = self.env["l10n_pl_ksef.preview"].with_user(stranger)
        theirs = (
            self.env["account.move"]
            .with_user(stranger)
            .create({"move_type": "out_invoice", "company_id": other.id})
        )
        with self.assertRaises(AccessError):
            own.create({"move_id": move.id}).read(["page"])
        with self.assertRaises(AccessError):
            own.create({"move_id": theirs.id, "document_id": document.id}).read(["page"])
        with self.assertRaises(AccessError):
            self.texts(own.new({"move_id": move.id}))
        with self.assertRaises(AccessError):
            self.texts(own.new({"move_id": theirs.id, "document_id": document.id}))


class TestPreviewDownload(PreviewCase, HttpCase):
    def test_the_file(self):
        """As the browser gets it."""
        move = self.invoice()
        wizard = self.preview(move)
        url = wizard.action_download_xml()["url"]
        self.env.flush_all()
        self.authenticate("ksef_accountant", "ksef_accountant")
        answer = self.url_open(url)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(fa3.read(answer.content).Fa.P_2, move.name)
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.authenticate("ksef_bookkeeper", "ksef_bookkeeper")
        self.assertEqual(self.url_open(url).status_code, 404)
