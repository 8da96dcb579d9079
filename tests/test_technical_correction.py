import json
from base64 import b64encode

import requests
from odoo.exceptions import AccessError, UserError

from ..ksef import crypto, fa3, qr
from . import simulator_process
from .common import SEND
from .login_case import LoginCase


class TechnicalCase(LoginCase):
    """Offline invoices that KSeF rejects, of a company with its Offline certificate."""

    def setUp(self):
        super().setUp()
        self.connection = self.enrolled()
        self.wire.clear()

    def reject_next(self, code, *words):
        """Let KSeF reject what is sent next."""
        body = {"kind": "rejected", "operation": SEND, "times": 1, "code": code}
        if words:
            body["words"] = list(words)
        self.simulator.control("POST", "faults", body)

    def issue(self, *lines, mode="offline24", **values):
        """An invoice issued offline by the accountant, which waits."""
        move = self.invoice(*lines, **values)
        self.assertFalse(move._l10n_pl_ksef_issue(mode))
        self.assertEqual(move.l10n_pl_ksef_state, "prepared")
        return move

    def send(self, move):
        """As the outbox does when KSeF is back."""
        document = self.document(move)
        document._send()
        if document.state == "sent":
            document._ask_status()
        return document

    def rejected(self, *lines, code=450, words=("Dokument niezgodny ze schematem.",), **values):
        move = self.issue(*lines, **values)
        self.reject_next(code, *words)
        document = self.send(move)
        self.assertEqual((document.state, document.status_code), ("rejected", code))
        return move

    def as_if_written_otherwise(self, move, *changes):
        """The rejected file was written by an older version of this program.

        The bytes of a document never change; here another history is made up, and the simulator
        is told it as well, so that it knows the hash.
        """
        document = self.document(move)
        data = document._bytes()
        for old, new in changes:
            self.assertIn(old, data)
            data = data.replace(old, new)
        self.cr.execute(
            "UPDATE l10n_pl_ksef_document SET sha256 = %s WHERE id = %s",
            [b64encode(crypto.sha256(data)).decode(), document.id],
        )
        self.env["ir.attachment"].sudo().search(
            [
                ("res_model", "=", document._name),
                ("res_id", "=", document.id),
                ("res_field", "=", "xml"),
            ]
        ).raw = data
        document.invalidate_recordset()
        return data

    def rejected_older(self, *changes, code=450, **values):
        """Rejected as an older version of this program wrote it."""
        move = self.issue(**values)
        self.as_if_written_otherwise(move, *changes)
        self.reject_next(code, "Dokument niezgodny ze schematem.")
        self.assertEqual(self.send(move).state, "rejected")
        return move

    def open(self, move, user=None):
        move = move.with_user(user or self.accountant)
        action = move.action_l10n_pl_ksef_technical_correction()
        wizard = self.env[action["res_model"]].with_user(user or self.accountant)
        return wizard.browse(action["res_id"])

    def page(self, link):
        """What whoever scans a code sees."""
        return simulator_process.SEND(
            requests.Session(), requests.Request("GET", link).prepare(), timeout=10
        ).text

    def link_of(self, document):
        """KOD I as it was printed."""
        return qr.invoice_link(
            document.connection_id._environment(),
            document.nip,
            document.issue_date,
            document._digest(),
        )

    def sent_bodies(self):
        return [json.loads(call.body) for call in self.calls(SEND)]


class TestTechnicalCorrection(TechnicalCase):
    """From the rejection to the number, as the accountant sees it."""

    #: what an older version wrote differently without saying anything else
    OLDER = (b"<P_9A>100.00<", b"<P_9A>100.000<"), (b"<SystemInfo>Odoo", b"<SystemInfo>Old Odoo")

    def test_the_whole_way(self):
        """KSeF's reason, the proof, the new file, its number; the old code leads to it."""
        move = self.rejected_older(*self.OLDER)
        first = self.document(move)
        old_link = self.link_of(first)
        self.assertIn("not_sent", self.page(old_link))
        self.assertTrue(move.l10n_pl_ksef_can_correct_technically)
        self.assertFalse(move.l10n_pl_ksef_can_send)
        self.assertIn("Technical correction", self.chatter(move))
        self.wire.clear()

        wizard = self.open(move)
        self.assertEqual(wizard.verdict, "same")
        self.assertIn("niezgodny ze schematem", wizard.reason)
        self.assertIn("schema", wizard.advice)
        self.assertFalse(wizard.line_ids)
        self.assertIn("<P_9A>100.000<", wizard.rejected_file)
        self.assertIn("<P_9A>100.00<", wizard.new_file)
        shown = wizard._bytes()
        answer = wizard.action_send()
        self.assertEqual(answer["params"]["type"], "success")

        [body] = self.sent_bodies()
        self.assertEqual(body["hashOfCorrectedInvoice"], first.sha256)
        self.assertIs(body["offlineMode"], True)
        self.assertFalse(self.calls("POST /sessions/batch"))
        second = self.document(move)
        self.assertNotEqual(second, first)
        self.assertEqual(second._bytes(), shown, "what was shown is what went")
        self.assertEqual(body["invoiceHash"], second.sha256)
        self.assertEqual((second.state, second.mode), ("accepted", "offline24"))
        self.assertEqual(second.corrects_id, first)
        self.assertEqual(first.corrected_by_ids, second)
        self.assertEqual(first.state, "rejected", "what KSeF said stays written")
        self.assertEqual(second.issued_on, first.issued_on)
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertTrue(move.l10n_pl_ksef_number)
        # Whoever scans the old paper, and whoever scans the new one.
        self.assertIn(move.l10n_pl_ksef_number, self.page(old_link))
        self.assertIn("corrected", self.page(old_link))
        self.assertIn(move.l10n_pl_ksef_number, self.page(move.l10n_pl_ksef_link))
        self.assertNotEqual(old_link, move.l10n_pl_ksef_link)
        self.assertFalse(move.l10n_pl_ksef_certificate_link, "one code, with the number")
        self.assertIn(first.sha256, self.chatter(move))
        self.assertFalse(move.l10n_pl_ksef_can_correct_technically)
        with self.assertRaisesRegex(UserError, "rejected for a technical reason"):
            move.action_l10n_pl_ksef_technical_correction()
        with self.assertRaisesRegex(UserError, "somebody else went on"):
            wizard.action_send()

    def test_the_same_file_would_fail_the_same_way(self):
        """Nothing was mended: the accountant is told, and has to say that it shall go."""
        move = self.rejected()
        wizard = self.open(move)
        self.assertEqual(wizard.verdict, "repeats")
        self.assertTrue(wizard.new_file)
        self.wire.clear()
        with self.assertRaisesRegex(UserError, "say that you are sure"):
            wizard.action_send()
        self.assertFalse(self.calls(SEND))
        wizard.is_sure = True
        wizard.action_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")

    def test_another_content_is_refused(self):
        """Every difference is named, with the ways out; nothing leaves."""
        move = self.rejected()
        self.customer.name = "Hurtownia Słodyczy S.A."
        move.button_draft()
        move.invoice_line_ids.price_unit = 90.0
        move.action_post()
        wizard = self.open(move)
        self.assertEqual(wizard.verdict, "different")
        seen = {(line.place, line.before, line.after) for line in wizard.line_ids}
        self.assertIn(("Buyer's name", "Hurtownia Łakoci S.A.", "Hurtownia Słodyczy S.A."), seen)
        self.assertIn(("Row 1, net unit price", "100.00", "90.00"), seen)
        self.assertIn(("Total due", "123.00", "110.70"), seen)
        self.assertIn("Fa/FaWiersz[1]/P_9A", wizard.line_ids.mapped("path"))
        self.wire.clear()
        with self.assertRaisesRegex(UserError, "not the same"):
            wizard.action_send()
        self.assertFalse(self.calls(SEND))

        # Put back to what the buyer has, it may go.
        self.customer.name = "Hurtownia Łakoci S.A."
        move.button_draft()
        move.invoice_line_ids.price_unit = 100.0
        move.action_post()
        wizard = self.open(move)
        self.assertEqual(wizard.verdict, "repeats")
        self.assertFalse(wizard.line_ids)

    def test_changed_while_the_dialog_is_open(self):
        """What goes is what was shown, or nothing."""
        move = self.rejected_older(*self.OLDER)
        wizard = self.open(move)
        self.assertEqual(wizard.verdict, "same")
        self.customer.street = "ul. Krótka 1"
        self.wire.clear()
        answer = wizard.action_send()
        self.assertEqual(answer["res_id"], wizard.id, "the dialog shows what happened")
        self.assertEqual(wizard.verdict, "different")
        self.assertFalse(self.calls(SEND))

    def test_a_file_that_cannot_be_read(self):
        """That may be why it was rejected; then only a person can say that it is the same."""
        move = self.rejected_older((b"</P_2>", b"</P_3>"), code=430)
        wizard = self.open(move)
        self.assertEqual(wizard.verdict, "unreadable")
        self.assertIn("not well-formed", wizard.verdict_words)
        with self.assertRaisesRegex(UserError, "say that you are sure"):
            wizard.action_send()
        wizard.is_sure = True
        wizard.action_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(len(self.document(move).corrects_id), 1)

    def test_a_broken_file_with_the_same_content(self):
        """Broken for the schema, but readable: the proof holds."""
        move = self.rejected_older((b"<P_16>2</P_16>", b""), (b"<P_17>", b"<P_16>2</P_16><P_17>"),
                                   (b'"FA (3)"', b'"FA(3)"'))  # fmt: skip
        self.assertTrue(fa3.validate(self.document(move)._bytes()))
        self.assertEqual(self.open(move).verdict, "same")

    def test_what_cannot_be_written(self):
        """The obstacle of today, in words; nothing goes."""
        move = self.rejected()
        self.company.vat = False
        wizard = self.open(move)
        self.assertEqual(wizard.verdict, "obstacles")
        self.assertIn("NIP", wizard.verdict_words)
        with self.assertRaises(UserError):
            wizard.action_send()

    def test_rejected_again(self):
        """The second correction names the first file too: the buyer has its code."""
        move = self.rejected_older(*self.OLDER)
        first = self.document(move)
        self.reject_next(450, "Znowu nie.")
        self.open(move).action_send()
        second = self.document(move)
        self.assertEqual((second.state, second.corrects_id), ("rejected", first))
        self.wire.clear()
        wizard = self.open(move)
        self.assertIn("sent 2 times", wizard.standing)
        self.assertEqual(wizard.verdict, "repeats", "the second file, but for its time")
        wizard.is_sure = True
        wizard.action_send()
        third = self.document(move)
        self.assertEqual((third.state, third.corrects_id), ("accepted", first))
        self.assertEqual(self.sent_bodies()[0]["hashOfCorrectedInvoice"], first.sha256)
        self.assertEqual(first.corrected_by_ids, second | third)
        self.assertIn(move.l10n_pl_ksef_number, self.page(self.link_of(first)))

    def test_an_answer_that_is_lost(self):
        """As with every document: looked up by its hash, not sent twice."""
        move = self.rejected_older(*self.OLDER)
        self.fault("lost_response", SEND)
        self.open(move).action_send()
        document = self.document(move)
        self.assertTrue(document.corrects_id)
        if document.state == "unknown":
            document._settle()
        if document.state == "sent":
            document._ask_status()
        self.assertEqual(document.state, "accepted")
        self.assertEqual(len([it for it in self.at_ksef() if it["status"] == 200]), 1)

    def test_ksef_is_down(self):
        """The correction waits like any other offline document, and goes by itself."""
        move = self.rejected_older(*self.OLDER)
        self.env["l10n_pl_ksef.session"].sudo().search([]).state = "closed"
        self.fault("outage", times=None)
        self.open(move).action_send()
        document = self.document(move)
        self.assertEqual((document.state, bool(document.corrects_id)), ("prepared", True))
        self.assertEqual(len(move._l10n_pl_ksef_codes()), 2, "printed now it has its own codes")
        second_code = move.l10n_pl_ksef_certificate_link
        self.assertNotEqual(second_code, document.corrects_id.certificate_link)
        self.no_more_faults()
        self.let_pass(document, next_try=1)
        self.connection.limited_until = False
        self.assertIn('data-status="confirmed"', self.page(second_code))
        self.run_outbox()
        self.run_outbox()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")

    def test_each_mode(self):
        for mode in ("offline24", "offline", "emergency"):
            with self.subTest(mode=mode):
                move = self.rejected_older(*self.OLDER, mode=mode)
                first = self.document(move)
                self.open(move).action_send()
                document = self.document(move)
                self.assertEqual((document.state, document.mode), ("accepted", mode))
                self.assertEqual(document.invoicing_mode, "offline")
                self.assertEqual(document.deadline, first.deadline)

    def test_ksef_has_it_already(self):
        """21166: another program corrected it; it is said, and not tried for ever."""
        move = self.rejected_older(*self.OLDER)
        self.open(move).action_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        # A backup was restored from before the correction.
        document = self.document(move)
        first = document.corrects_id
        self.cr.execute(
            "UPDATE l10n_pl_ksef_document SET state = 'rejected', status_code = 450 WHERE id = %s",
            [document.id],
        )
        self.env.invalidate_all()
        self.env.add_to_compute(move._fields["l10n_pl_ksef_state"], move)
        self.env.add_to_compute(move._fields["l10n_pl_ksef_document_id"], move)
        wizard = self.open(move)
        wizard.is_sure = True
        wizard.action_send()
        last = self.document(move)
        self.assertEqual((last.state, last.status_code), ("rejected", 21166))
        self.assertEqual(last.corrects_id, first)
        self.assertFalse(move.l10n_pl_ksef_can_correct_technically)


class TestWhenNot(TechnicalCase):
    """Whom the wizard is not for."""

    def test_permissions(self):
        """410 is no technical reason: the same file goes when the permission is there."""
        move = self.rejected(code=410, words=("Brak uprawnień.",))
        first = self.document(move)
        self.assertFalse(move.l10n_pl_ksef_can_correct_technically)
        self.assertTrue(move.l10n_pl_ksef_can_send_again)
        self.assertFalse(move.l10n_pl_ksef_can_send)
        self.assertIn("the same file goes", self.chatter(move))
        self.wire.clear()
        wizard = self.open(move)
        self.assertTrue(wizard.same_file)
        self.assertEqual(wizard.verdict, "same")
        self.assertIn("permission", wizard.advice)
        wizard.action_send()
        again = self.document(move)
        self.assertEqual(again.state, "accepted")
        self.assertEqual(again._bytes(), first._bytes())
        self.assertTrue(first.certificate_link)
        self.assertEqual(again.certificate_link, first.certificate_link)
        [body] = self.sent_bodies()
        self.assertIsNone(body.get("hashOfCorrectedInvoice"))
        self.assertIs(body["offlineMode"], True)
        self.assertFalse(again.corrects_id)
        self.assertIn(move.l10n_pl_ksef_number, self.page(move.l10n_pl_ksef_link))

    def test_the_same_file_of_another_content(self):
        """A file that Odoo does not stand for any more is not sent again."""
        move = self.rejected(code=410)
        move.button_draft()
        move.invoice_line_ids.price_unit = 90.0
        move.action_post()
        wizard = self.open(move)
        self.assertEqual(wizard.verdict, "different")
        with self.assertRaises(UserError):
            wizard.action_send()

    def test_online(self):
        """No code was handed over: it is sent anew."""
        move = self.invoice()
        self.reject_next(450)
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "rejected")
        self.assertFalse(move.l10n_pl_ksef_can_correct_technically)
        self.assertFalse(move.l10n_pl_ksef_can_send_again)
        self.assertTrue(move.l10n_pl_ksef_can_send)
        with self.assertRaises(UserError):
            move.action_l10n_pl_ksef_technical_correction()

    def test_not_rejected(self):
        waiting = self.issue()
        with self.assertRaises(UserError):
            waiting.action_l10n_pl_ksef_technical_correction()
        self.send(waiting)
        self.assertEqual(waiting.l10n_pl_ksef_state, "accepted")
        with self.assertRaises(UserError):
            waiting.action_l10n_pl_ksef_technical_correction()

    def test_a_draft(self):
        move = self.rejected()
        move.button_draft()
        self.assertFalse(move.l10n_pl_ksef_can_correct_technically)

    def test_who(self):
        """The bookkeeper without the KSeF right neither opens nor reads it."""
        move = self.rejected()
        wizard = self.open(move)
        self.assertFalse(move.with_user(self.bookkeeper).l10n_pl_ksef_can_correct_technically)
        with self.assertRaises(AccessError):
            move.with_user(self.bookkeeper).action_l10n_pl_ksef_technical_correction()
        with self.assertRaises(AccessError):
            wizard.with_user(self.bookkeeper).action_send()
        self.assertTrue(self.open(move, self.manager).verdict)

    def test_not_sent_by_the_list_button(self):
        """Neither alone nor among others does it become a document that its code does not know."""
        move = self.rejected()
        other = self.invoice()
        (move | other).with_user(self.accountant).action_l10n_pl_ksef_send()
        self.assertEqual(other.l10n_pl_ksef_state, "accepted")
        self.assertEqual(move.l10n_pl_ksef_state, "rejected")
        self.assertEqual(len(move.sudo().l10n_pl_ksef_document_ids), 1)

    def test_issued_anew(self):
        """The buyer never got it, or it cannot come as it is: a person decides."""
        move = self.rejected()
        move.button_draft()
        move.invoice_line_ids.price_unit = 90.0
        move.action_post()
        self.open(move).action_give_up()
        self.assertFalse(move.l10n_pl_ksef_can_correct_technically)
        self.assertTrue(move.l10n_pl_ksef_can_send)
        self.assertIn("decided to issue the invoice anew", self.chatter(move))
        self.wire.clear()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertIsNone(self.sent_bodies()[0].get("hashOfCorrectedInvoice"))
        self.assertFalse(self.document(move).corrects_id)


class TestDuplicate(TechnicalCase):
    """440: the number is taken (pitfall 21; the guide names duplicates among technical reasons)."""

    def test_another_number(self):
        other = self.invoice()
        other.action_l10n_pl_ksef_send()
        self.assertEqual(other.l10n_pl_ksef_state, "accepted")
        move = self.issue(self.line("Makowiec", 50.0))
        self.as_if_written_otherwise(
            move, (f"<P_2>{move.name}<".encode(), f"<P_2>{other.name}<".encode())
        )
        self.cr.execute(
            "UPDATE l10n_pl_ksef_document SET number = %s WHERE id = %s",
            [other.name, self.document(move).id],
        )
        self.env.invalidate_all()
        document = self.send(move)
        self.assertEqual((document.state, document.status_code), ("rejected", 440))
        old_link = self.link_of(document)

        wizard = self.open(move)
        self.assertEqual(wizard.verdict, "same", "the number is what may change, and did")
        self.assertIn("Tell the buyer", wizard.advice)
        wizard.action_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertIn(move.l10n_pl_ksef_number, self.page(old_link))
        self.assertNotEqual(move.l10n_pl_ksef_number, other.l10n_pl_ksef_number)

    def test_the_same_number_again(self):
        """It would be a duplicate again; the accountant gives it another one."""
        move = self.rejected(code=440)
        wizard = self.open(move)
        self.assertEqual(wizard.verdict, "number")
        with self.assertRaises(UserError):
            wizard.action_send()
        move.button_draft()
        move.name = f"{move.name}A"
        move.action_post()
        wizard = self.open(move)
        self.assertEqual(wizard.verdict, "same", wizard.line_ids.mapped("path"))
        wizard.action_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(self.document(move).number, move.name)

    def test_nothing_but_the_number(self):
        move = self.rejected(code=440)
        move.button_draft()
        move.name = f"{move.name}A"
        move.invoice_line_ids.price_unit = 1.0
        move.action_post()
        wizard = self.open(move)
        self.assertEqual(wizard.verdict, "different")
        self.assertNotIn("Fa/P_2", wizard.line_ids.mapped("path"))

    def test_the_number_of_another_rejection_stays(self):
        """Only a duplicate gets another number."""
        move = self.rejected(code=450)
        move.button_draft()
        move.name = f"{move.name}A"
        move.action_post()
        wizard = self.open(move)
        self.assertEqual(wizard.verdict, "different")
        self.assertEqual(wizard.line_ids.mapped("path"), ["Fa/P_2"])
