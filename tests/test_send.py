import hashlib
from base64 import b64decode

from odoo.exceptions import AccessError, UserError

from ..ksef import fa3, numbers
from .common import LIST, NIP, OPEN, SEND, STATUS, UPO, KsefCase


class TestSend(KsefCase):
    """The button on the invoice: from a posted invoice to its number and receipt."""

    def setUp(self):
        super().setUp()
        self.connection = self.connect()
        self.wire.clear()

    def test_the_number_comes(self):
        """The accountant presses the button; number, mode, receipt and link are there."""
        move = self.invoice()
        self.assertTrue(move.l10n_pl_ksef_can_send)
        answer = move.action_l10n_pl_ksef_send()
        self.assertEqual(answer["params"]["type"], "success")
        self.assertIn("With a KSeF number: 1", answer["params"]["message"])

        [received] = self.at_ksef()
        self.assertEqual(received["status"], 200)
        self.assertEqual(received["invoiceNumber"], move.name)
        self.assertEqual(received["nip"], NIP)
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(move.l10n_pl_ksef_number, received["ksefNumber"])
        self.assertTrue(numbers.check(move.l10n_pl_ksef_number))
        self.assertEqual(move.l10n_pl_ksef_mode, "online")
        self.assertEqual(move.l10n_pl_ksef_environment, "simulator")
        self.assertFalse(move.l10n_pl_ksef_can_send)
        self.assertTrue(move.l10n_pl_ksef_has_upo)
        document = move.l10n_pl_ksef_document_id
        self.assertEqual(document.reference, received["referenceNumber"])
        self.assertEqual(document.session_id.reference, received["sessionReference"])
        self.assertEqual(document.status_code, 200)
        self.assertTrue(document.acquisition_date)
        for operation in (OPEN, SEND, STATUS, UPO):
            self.assertEqual(len(self.calls(operation)), 1, operation)
        self.assertFalse(self.calls(LIST))

    def test_one_hash_everywhere(self):
        """The stored bytes, the frozen hash, the QR link and what KSeF decrypted are the same."""
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        data = document._bytes()
        digest = hashlib.sha256(data).digest()
        self.assertEqual(b64decode(document.sha256), digest)
        self.assertEqual(self.at_ksef()[0]["sha256"], digest.hex())
        link = move.l10n_pl_ksef_link
        day = document.issue_date.strftime("%d-%m-%Y")
        self.assertTrue(link.startswith(f"{self.simulator.url}/invoice/{NIP}/{day}/"), link)
        self.assertEqual(b64decode(link.rsplit("/", 1)[1] + "==", altchars=b"-_"), digest)
        page = self.simulator.request("GET", link.removeprefix(self.simulator.url)).text
        self.assertIn(move.l10n_pl_ksef_number, page, "whoever scans the code finds the invoice")
        self.assertEqual(fa3.read(data).Fa.P_2, move.name)

    def test_the_receipt_is_ksefs_own(self):
        """The UPO is kept byte for byte, on the document and in the chatter."""
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        own = self.connection._ask(
            "upo_of_invoice", document.session_id.reference, document.reference
        )
        self.assertIn(move.l10n_pl_ksef_number.encode(), own)
        self.assertEqual(document._upo(), own)
        attached = move.sudo().message_ids.attachment_ids.filtered(
            lambda it: it.name == f"UPO-{move.l10n_pl_ksef_number}.xml"
        )
        self.assertEqual(attached.raw, own)
        action = move.action_l10n_pl_ksef_download_upo()
        self.assertIn(f"/{document.id}/upo/UPO-{move.l10n_pl_ksef_number}.xml", action["url"])

    def test_the_chatter_tells_it(self):
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        said = self.chatter(move)
        self.assertIn("KSeF accepted the invoice (Simulator)", said)
        self.assertIn(move.l10n_pl_ksef_number, said)
        self.assertIn("official receipt", said)

    def test_several_at_once(self):
        """The button in the list: one session for all, a number for each."""
        moves = self.env["account.move"].union(*(self.invoice() for _number in range(3)))
        moves = moves.with_user(self.accountant)
        answer = moves.action_l10n_pl_ksef_send()
        self.assertIn("With a KSeF number: 3", answer["params"]["message"])
        self.assertEqual(moves.mapped("l10n_pl_ksef_state"), ["accepted"] * 3)
        self.assertEqual(len(set(moves.mapped("l10n_pl_ksef_number"))), 3)
        self.assertEqual(len(self.calls(OPEN)), 1)
        self.assertEqual(len(self.at_ksef()), 3)

    def test_many_are_left_to_the_cron(self):
        """Nobody waits before a screen for many invoices; the cron brings the numbers."""
        moves = self.env["account.move"].union(*(self.invoice() for _number in range(7)))
        moves = moves.with_user(self.accountant)
        moves.action_l10n_pl_ksef_send()
        self.assertFalse(self.calls(STATUS))
        self.assertFalse(any(moves.mapped("l10n_pl_ksef_number")))
        self.run_outbox()
        self.run_outbox()
        self.assertEqual(set(moves.mapped("l10n_pl_ksef_state")), {"accepted"})
        self.assertEqual(
            set(moves.mapped("l10n_pl_ksef_number")), {it["ksefNumber"] for it in self.at_ksef()}
        )
        self.assertTrue(all(self.document(move).upo for move in moves))
        self.assertEqual(len(self.at_ksef()), 7)
        self.assertFalse(self.calls(SEND), "they went in one package")

    def test_sent_once(self):
        """A second press, alone or among others, sends nothing again."""
        first = self.invoice()
        first.action_l10n_pl_ksef_send()
        with self.assertRaisesRegex(UserError, "None of these invoices can be sent"):
            first.action_l10n_pl_ksef_send()
        second = self.invoice()
        (first | second).action_l10n_pl_ksef_send()
        self.assertEqual(second.l10n_pl_ksef_state, "accepted")
        self.assertEqual(len(self.at_ksef()), 2)
        self.assertEqual(len(first.l10n_pl_ksef_document_ids), 1)

    def test_what_cannot_be_sent(self):
        """Drafts, vendor bills, entries and companies without a connection."""
        draft = self.draft()
        bill = self.draft(move_type="in_invoice")
        bill.action_post()
        entry = self.env["account.move"].with_user(self.accountant).create({"move_type": "entry"})
        for move in (draft, bill, entry):
            with self.subTest(kind=move.move_type, state=move.state):
                self.assertFalse(move.l10n_pl_ksef_can_send)
                with self.assertRaisesRegex(UserError, "None of these invoices can be sent"):
                    move.action_l10n_pl_ksef_send()
        posted = self.invoice()
        self.company.l10n_pl_ksef_connection_id = False
        posted.invalidate_recordset()
        self.assertFalse(posted.l10n_pl_ksef_can_send)
        self.assertFalse(self.at_ksef())

    def test_a_bookkeeper_without_the_group(self):
        """Who may write invoices may not therefore send them to KSeF, nor see its documents."""
        move = self.invoice().with_user(self.bookkeeper)
        self.assertFalse(move.l10n_pl_ksef_can_send)
        for action in (
            move.action_l10n_pl_ksef_send,
            move.action_l10n_pl_ksef_check,
            move.action_l10n_pl_ksef_download_xml,
        ):
            with self.assertRaises(AccessError):
                action()
        self.assertFalse(self.at_ksef())
        self.assertFalse(self.document(move))
        move.with_user(self.accountant).action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_number, self.at_ksef()[0]["ksefNumber"])
        self.assertEqual(move.l10n_pl_ksef_state, "accepted", "the state is there for everybody")
        with self.assertRaises(AccessError):
            move.read(["l10n_pl_ksef_document_ids"])
        with self.assertRaises(AccessError):
            self.document(move).with_user(self.bookkeeper).read(["xml"])

    def test_the_accountant_of_another_company(self):
        """Connections, sessions and documents are seen in their own company only."""
        other = self.env["res.company"].create(
            {"name": "Inna Firma", "country_id": self.env.ref("base.pl").id}
        )
        stranger = self.person(
            "ksef_elsewhere", "account.group_account_user,l10n_pl_ksef.group_manager", other
        )
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        attempt = self.connection.authorisation_ids
        for records in (self.connection, document, document.session_id, attempt):
            with self.subTest(model=records._name):
                foreign = records.with_user(stranger)
                self.assertFalse(foreign.search([]))
                with self.assertRaises(AccessError):
                    foreign.read(["company_id"])
                own = records.with_user(self.manager)
                self.assertEqual(own.search([]), own)
        with self.assertRaises(AccessError):
            move.with_user(stranger).action_l10n_pl_ksef_check()
        with self.assertRaises(AccessError):
            self.connection.with_user(stranger).action_disconnect()

    def test_watching_the_invoice(self):
        """The open form asks step by step, and not before KSeF was given its time."""
        stuck = self.fault("stuck", SEND, times=None)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "sent")
        self.assertTrue(move.l10n_pl_ksef_can_check)
        self.wire.clear()
        self.document(move).next_try = "2099-01-01"
        self.assertFalse(move.l10n_pl_ksef_live_progress())
        self.assertFalse(self.wire, "its time has not come")
        self.simulator.control("DELETE", f"faults/{stuck}")
        self.let_pass(self.document(move), next_try=1)
        self.assertTrue(move.l10n_pl_ksef_live_progress())
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertTrue(move.l10n_pl_ksef_has_upo)

    def test_check_now(self):
        """The button asks at once, whatever the next time would have been."""
        stuck = self.fault("stuck", SEND, times=None)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.simulator.control("DELETE", f"faults/{stuck}")
        move.action_l10n_pl_ksef_check()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")

    def test_a_number_that_takes_days(self):
        """Pitfall 2: status 150 may last; we ask less and less often and never send again."""
        self.fault("stuck", SEND, times=None)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        pauses = []
        for minutes in (0, 1, 3, 30, 24 * 60):
            self.let_pass(document, next_try=1, sent_on=minutes)
            self.run_outbox()
            pauses.append(self.pause(document))
        self.assertEqual(document.state, "sent")
        self.assertEqual(pauses, sorted(pauses))
        self.assertLessEqual(pauses[0], 5)
        self.assertLessEqual(pauses[1], 30)
        self.assertGreater(pauses[-1], 1790)
        self.assertEqual(len(self.calls(SEND)), 1)
