"""Offline modes, looked at by somebody who did not build them."""

from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from lxml import etree
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tools import sql
from odoo.tools.safe_eval import safe_eval

from ..ksef import deadlines
from ..models.moments import warsaw_today
from ..models.session import Session
from ..models.step import CLAIM_DOCUMENT
from ..models.vault import SecretLost
from .common import OTHER_NIP, SEND
from .offline_case import OfflineCase


class ReviewCase(OfflineCase):
    def offline(self, mode="offline24", **values):
        """An invoice issued offline by the accountant; KSeF does not answer."""
        move = self.invoice(**values)
        self.assertFalse(move._l10n_pl_ksef_issue(mode))
        return move

    def send_wizard(self, moves):
        wizard = self.env["account.move.send.wizard"].with_user(self.accountant)
        return wizard.with_context(active_model="account.move", active_ids=moves.ids).create({})

    def issue_wizard(self, moves, **values):
        action = moves.action_l10n_pl_ksef_issue_offline()
        wizard = self.env[action["res_model"]].with_user(self.accountant).browse(action["res_id"])
        wizard.write(values)
        return wizard

    def activities(self, user=None):
        kind = self.env.ref("l10n_pl_ksef.activity_deadline")
        found = self.connection.activity_ids.filtered(lambda one: one.activity_type_id == kind)
        return found.filtered(lambda one: not user or one.user_id == user)

    def remind(self):
        self.env["l10n_pl_ksef.document"]._cron_deadlines()

    def escalations(self):
        return self.env["mail.message"].sudo().search([("subject", "ilike", "are overdue –")])

    @contextmanager
    def held_elsewhere(self, document):
        with self.registry.cursor() as other:
            other.execute("SELECT pg_advisory_lock(%s, %s)", [CLAIM_DOCUMENT, document.id])
            yield
            other.execute("SELECT pg_advisory_unlock(%s, %s)", [CLAIM_DOCUMENT, document.id])


class TestReviewIssue(ReviewCase):
    """From ONLINE to offline, and workers who send meanwhile."""

    def waiting(self):
        """An invoice that was to go ONLINE; its e-mail waits for the number."""
        self.fault("outage", times=None)
        move = self.invoice()
        self.send_wizard(move).action_send_and_print()
        self.assertEqual(move.l10n_pl_ksef_state, "prepared")
        return move

    def test_one_that_was_printed_before(self):
        """Its PDF is put aside, and the e-mail that waited goes: nothing breaks on the way."""
        move = self.waiting()
        old = move.sudo().invoice_pdf_report_id
        self.assertTrue(old)
        self.assertTrue(move.sudo().l10n_pl_ksef_held)
        self.announced("FAILURE")
        self.env.invalidate_all()
        self.issue_wizard(move.with_user(self.accountant), mode="emergency").action_issue()
        self.assertEqual(move.l10n_pl_ksef_mode, "emergency")
        self.assertNotEqual(move.sudo().invoice_pdf_report_id, old)
        self.assertTrue(move.sudo().l10n_pl_ksef_held["released"])

    def test_one_that_is_being_sent(self):
        """A worker holds it: it goes ONLINE, and nothing says that it is offline."""
        move = self.waiting()
        document = self.document(move)
        with self.held_elsewhere(document):
            move._l10n_pl_ksef_issue("offline24")
        self.assertEqual(document.mode, "online")
        self.assertFalse(document.certificate_link)
        self.assertNotIn("OFFLINE24", self.chatter(move))
        move._l10n_pl_ksef_issue("offline24")
        self.assertEqual(document.mode, "offline24")

    def test_it_ended_while_the_session_was_opened(self):
        """A total failure lifted the duty in between: it is not sent after all."""
        move = self.offline()
        document = self.document(move)
        open_session = Session._for_sending

        def slowly(sessions, connection):
            document.state = "outside"
            return open_session(sessions, connection)

        with patch.object(Session, "_for_sending", slowly):
            document._send()
        self.assertEqual(document.state, "outside")
        self.assertFalse(self.calls(SEND))
        self.assertFalse(self.at_ksef())

    def test_issued_offline_while_a_package_was_opened(self):
        """No document goes in a package that declares the other mode."""
        self.fault("outage", times=None)
        moves = self.env["account.move"].union(*(self.invoice() for _it in range(3)))
        moves._l10n_pl_ksef_send()
        documents = moves.sudo().l10n_pl_ksef_document_id
        self.assertEqual(set(documents.mapped("state")), {"prepared"})
        self.no_more_faults()
        self.connection.limited_until = False
        Connection = type(self.connection)
        ask = Connection._ask

        def slowly(connection, operation, *args, **options):
            if operation == "open_batch_session":
                documents[0].mode = "offline24"
            return ask(connection, operation, *args, **options)

        with patch.object(Connection, "_ask", slowly):
            documents._send_batch()
        self.assertEqual(set(documents.mapped("state")), {"prepared"})
        self.assertFalse(documents.session_id)
        self.assertFalse(self.at_ksef())
        documents._send_batch()
        documents._send()
        self.assertNotIn("prepared", documents.mapped("state"))

    def test_the_form_offers_it_to_what_waits(self):
        """The company went offline, one invoice was left behind as ONLINE."""
        move = self.waiting()
        self.switch("offline24", take_waiting=False)
        self.assertTrue(move.with_user(self.accountant).l10n_pl_ksef_can_issue_offline)
        view = self.env.ref("account.view_move_form")
        arch = self.env["account.move"].get_view(view.id, "form")["arch"]
        [button] = etree.fromstring(arch).xpath(
            "//button[@name='action_l10n_pl_ksef_issue_offline']"
        )
        for can_issue, can_send, mode, hidden in (
            (True, False, "offline24", False),
            (True, True, "offline24", True),
            (True, True, "online", False),
            (False, False, "online", True),
        ):
            values = {
                "l10n_pl_ksef_can_issue_offline": can_issue,
                "l10n_pl_ksef_can_send": can_send,
                "l10n_pl_ksef_company_mode": mode,
            }
            with self.subTest(**values):
                self.assertEqual(safe_eval(button.get("invisible"), values), hidden)

    def test_many_at_once_are_sent_by_the_outbox(self):
        """“Send now” on a long list: no page hangs on hundreds of requests."""
        self.checked("unavailable", "unavailable")
        moves = self.env["account.move"].union(*(self.offline() for _it in range(6)))
        moves = moves.with_user(self.accountant)
        self.wire.clear()
        moves.action_l10n_pl_ksef_send_now()
        self.assertFalse(self.wire)
        self.run_outbox()
        self.run_outbox()
        self.assertEqual(set(moves.mapped("l10n_pl_ksef_state")), {"accepted"})
        self.assertEqual(len(self.at_ksef()), 6)

    def test_send_now_without_a_login(self):
        """Nothing can go before somebody signs, and that is said."""
        self.checked("unavailable", "unavailable")
        move = self.offline().with_user(self.accountant)
        self.connection.state = "expired"
        with self.assertRaisesRegex(UserError, "Authorise"):
            move.action_l10n_pl_ksef_send_now()


class TestReviewPaper(ReviewCase):
    """What was handed over, and what was not."""

    def test_printed_from_the_menu(self):
        """Odoo's own Print leaves no file; the buyer may have it all the same."""
        self.checked("unavailable", "unavailable")
        self.announced("FAILURE")
        move = self.offline("emergency").with_user(self.accountant)
        self.assertNotIn("locked", move._l10n_pl_ksef_actions()[move])
        report = self.env.ref("account.account_invoices").with_user(self.accountant)
        report._render_qweb_pdf(report.id, move.ids)
        self.assertFalse(move.sudo().invoice_pdf_report_id)
        with self.assertRaisesRegex(UserError, "the buyer may have it"):
            move.button_draft()

    def test_printed_in_a_total_failure(self):
        move = self.invoice()
        self.switch("total_failure", cause="announced", confirmed=True)
        move.action_l10n_pl_ksef_send()
        move = move.with_user(self.accountant)
        self.assertNotIn("locked", move._l10n_pl_ksef_actions()[move])
        report = self.env.ref("account.account_invoices").with_user(self.accountant)
        report._render_qweb_pdf(report.id, move.ids)
        with self.assertRaisesRegex(UserError, "the buyer may have it"):
            move.button_draft()

    def test_a_preview_binds_nothing(self):
        """Without the second code nothing may be handed over, and the page says so."""
        self.connection.offline_certificate_id = False
        self.checked("unavailable", "unavailable")
        move = self.offline().with_user(self.accountant)
        report = self.env.ref("account.account_invoices").with_user(self.accountant)
        report._render_qweb_pdf(report.id, move.ids)
        move.button_draft()
        self.assertEqual(move.state, "draft")

    def test_its_number_stays(self):
        """The frozen file, whose hash the codes name, bears the number."""
        self.checked("unavailable", "unavailable")
        move = self.offline()
        with self.assertRaisesRegex(UserError, "draft"):
            move.with_user(self.accountant).name = "FV/2026/99999"
        self.assertEqual(move.name, self.document(move).number)

    def test_the_key_is_lost(self):
        """There is an Offline certificate, but nobody can open its key: that is said."""
        certificate = type(self.connection.offline_certificate_id)
        with patch.object(certificate, "_use_key", side_effect=SecretLost("Schlüssel weg")):
            move = self.offline()
        self.assertFalse(move.l10n_pl_ksef_certificate_link)
        self.assertEqual(self.connection.trouble, "key")


class TestReviewTotalFailure(ReviewCase):
    def test_the_dialog_wants_no_fa3(self):
        """art. 106ng: neither the form of FA(3) nor a right at KSeF stands in the way."""
        self.connection.permissions = "InvoiceRead"
        self.announced("TOTAL_FAILURE")
        self.switch("total_failure", cause="announced")
        move = self.invoice(self.line(tax=self.env["account.tax"]))
        self.send_wizard(move).action_send_and_print()
        self.assertEqual(move.l10n_pl_ksef_state, "outside")

    def test_not_on_their_way(self):
        """The dashboard does not count what never goes."""
        self.switch("total_failure", cause="announced", confirmed=True)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        journal = move.journal_id.with_user(self.accountant)
        data = {journal.id: {}}
        journal._fill_sale_purchase_dashboard_data(data)
        self.assertEqual(data[journal.id]["l10n_pl_ksef"]["on_their_way"], 0)

    def test_by_mistake(self):
        """Printed, so locked; but there was none: an administrator brings it to KSeF."""
        self.switch("total_failure", cause="announced", confirmed=True)
        move = self.invoice()
        self.send_wizard(move).action_send_and_print()
        self.switch("online", cause=False)
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            move.with_user(self.accountant).button_draft()
        with self.assertRaises(AccessError):
            move.with_user(self.accountant).action_l10n_pl_ksef_not_outside()
        move.with_user(self.manager).action_l10n_pl_ksef_not_outside()
        self.assertIn(self.manager.name, self.chatter(move))
        move.with_user(self.accountant).action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.assertEqual(move.l10n_pl_ksef_jpk, "NrKSeF")
        with self.assertRaisesRegex(UserError, "total failure"):
            move.with_user(self.manager).action_l10n_pl_ksef_not_outside()

    def test_not_by_mistake(self):
        """As long as the total failure stands on record nobody brings it to KSeF."""
        self.announced("TOTAL_FAILURE")
        self.switch("total_failure", cause="announced")
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        with self.assertRaisesRegex(UserError, "total failure"):
            move.with_user(self.manager).action_l10n_pl_ksef_not_outside()
        self.assertEqual(move.l10n_pl_ksef_state, "outside")

    def test_lifted_and_taken_back_is_said(self):
        self.checked("unavailable", "unavailable")
        move = self.offline()
        outage = self.announced("TOTAL_FAILURE", start=0)
        self.assertIn("stays outside", self.chatter(move))
        outage.with_user(self.manager).active = False
        self.assertIn("has to be sent after all", self.chatter(move))


class TestReviewDeadlines(ReviewCase):
    def test_many_documents(self):
        """Ten times the documents cost no ten times the queries."""
        documents = self.env["l10n_pl_ksef.document"].sudo()

        def queries(kind, number):
            self.env.flush_all()
            self.env.invalidate_all()
            with patch.object(type(documents), "_recompute_open_deadlines"):
                self.announced(kind, start=0, number=number)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            documents._recompute_open_deadlines(["simulator"])
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        self.checked("unavailable", "unavailable")
        moves = self.env["account.move"].union(*(self.offline() for _it in range(2)))
        few = queries("FAILURE", "K/1")
        moves |= moves.union(*(self.offline() for _it in range(18)))
        self.env["l10n_pl_ksef.outage"].sudo().search([]).active = False
        many = queries("FAILURE", "K/2")
        self.assertTrue(all(moves.sudo().l10n_pl_ksef_document_id.mapped("deadline_waiting")))
        self.assertLess(many, few + 25)
        outside = queries("TOTAL_FAILURE", "K/3")
        self.assertEqual(set(moves.mapped("l10n_pl_ksef_state")), {"outside"})
        self.assertTrue(all("stays outside" in self.chatter(move) for move in moves))
        self.assertLess(outside, many + 60)

    def test_a_recount_that_was_lost(self):
        """The process died after the announcement was kept: the next run counts again."""
        self.checked("unavailable", "unavailable")
        move = self.offline()
        with patch.object(type(self.company), "_l10n_pl_ksef_outages_changed"):
            self.announced("FAILURE", start=0)
        self.assertTrue(move.l10n_pl_ksef_deadline)
        self.remind()
        self.assertFalse(move.l10n_pl_ksef_deadline)

    def test_whoever_left_the_company(self):
        other = self.env["res.company"].sudo().create({"name": "Obca sp. z o.o."})
        self.checked("unavailable", "unavailable")
        self.offline()
        self.accountant.sudo().write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        self.remind()
        self.assertFalse(self.activities(self.accountant))
        self.assertEqual(self.activities().user_id, self.connection._responsible())

    def test_two_who_left(self):
        """Their invoices are one reminder for the person responsible, not the one or the other."""
        self.checked("unavailable", "unavailable")
        second = self.person("ksef_second", "account.group_account_user,l10n_pl_ksef.group_user")
        for user in (self.accountant, second):
            move = self.invoice().with_user(user)
            move._l10n_pl_ksef_issue("offline24")
            user.sudo().active = False
        self.remind()
        self.assertIn("2 invoices", self.activities().summary)

    def test_done_for_one_of_two(self):
        self.checked("unavailable", "unavailable")
        second = self.person("ksef_second", "account.group_account_user,l10n_pl_ksef.group_user")
        mine, theirs = self.offline(), self.invoice().with_user(second)
        theirs._l10n_pl_ksef_issue("offline24")
        self.remind()
        self.assertEqual(self.activities().user_id, self.accountant | second)
        mine.action_l10n_pl_ksef_send_now()
        self.assertEqual(mine.l10n_pl_ksef_state, "accepted")
        self.remind()
        self.assertEqual(self.activities().user_id, second)

    def overdue(self):
        self.checked("unavailable", "unavailable")
        move = self.offline()
        today = warsaw_today()
        with patch.object(deadlines, "deadline", wraps=deadlines.deadline) as count:
            past = deadlines.Deadline(
                today - timedelta(days=1), (deadlines.Reason("Due yesterday."),)
            )
            count.side_effect = lambda *args, **options: past
            self.document(move)._recompute_deadlines()
            yield move

    def test_what_to_do_without_a_login(self):
        """Nothing goes by itself while nobody is logged in."""
        for _move in self.overdue():
            self.connection.state = "expired"
            self.remind()
            self.assertIn("Authorise", self.activities().note)
            self.assertNotIn("press “Send now”", self.activities().note)
            self.assertIn("Authorise", str(self.escalations().body))

    def test_a_copy_reminds_nobody(self):
        for _move in self.overdue():
            self.connection.state = "asleep"
            self.remind()
            self.assertFalse(self.activities())
            self.assertFalse(self.escalations())

    def test_practice_that_is_over_reminds_nobody(self):
        for _move in self.overdue():
            demo = self.connection.copy({"environment": "demo", "name": "DEMO"})
            demo.write({"state": "connected"})
            self.remind()
            self.assertTrue(self.activities())
            demo._use()
            self.remind()
            self.assertFalse(self.activities())
            self.assertEqual(len(self.escalations()), 1, "the one from before")


class TestReviewEnvironments(ReviewCase):
    """Practice offline is none of production's business."""

    def away(self, environment="demo"):
        other = self.connection.copy({"environment": environment, "name": environment})
        other.write({"state": "connected"})
        other.with_user(self.manager)._use()
        return other

    def test_the_mode_does_not_follow(self):
        """A mode chosen for practice is no reason to issue real invoices offline."""
        self.checked("unavailable", "unavailable")
        self.react()
        self.switch("offline24")
        self.announced("FAILURE")
        self.react()
        self.assertTrue(self.company.l10n_pl_ksef_proposed_mode)
        self.away("production")
        self.assertEqual(self.company.l10n_pl_ksef_mode, "online")
        self.assertFalse(self.company.l10n_pl_ksef_proposed_mode)
        self.assertFalse(self.company.l10n_pl_ksef_proposal_words)
        change = self.env["l10n_pl_ksef.mode.change"].sudo().search([], limit=1)
        self.assertEqual((change.before, change.mode), ("offline24", "online"))
        self.assertEqual(change.user_id, self.manager)

    def test_what_was_issued_in_practice(self):
        self.checked("unavailable", "unavailable")
        self.announced("FAILURE")
        move = self.offline("emergency")
        self.assertEqual(move.l10n_pl_ksef_jpk, "OFF")
        self.away("production")
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(move.l10n_pl_ksef_state)
        self.assertFalse(move.l10n_pl_ksef_mode)
        self.assertFalse(move.l10n_pl_ksef_deadline)
        self.assertFalse(move.l10n_pl_ksef_certificate_link)
        self.assertEqual(move.l10n_pl_ksef_jpk, "DI")
        self.assertIn("send", move._l10n_pl_ksef_actions()[move])

    def test_production_waits(self):
        """What was issued offline in production has to come there first."""
        self.checked("unavailable", "unavailable")
        self.offline()
        demo = self.connection.copy({"environment": "demo", "name": "DEMO"})
        demo.write({"state": "connected"})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE l10n_pl_ksef_connection SET environment = 'production' WHERE id = %s",
            [self.connection.id],
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "still on their way"):
            demo.with_user(self.manager)._use()

    def test_a_neutralized_copy(self):
        self.checked("unavailable", "unavailable")
        self.react()
        self.switch("offline24")
        self.company.l10n_pl_ksef_switch_automatically = True
        self.announced("FAILURE")
        self.react()
        self.env.flush_all()
        for query in get_neutralization_queries(["l10n_pl_ksef"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.assertEqual(self.company.l10n_pl_ksef_mode, "online")
        self.assertFalse(self.company.l10n_pl_ksef_proposed_mode)
        self.assertFalse(self.company.l10n_pl_ksef_switch_automatically)

    def test_columns_of_the_version_before(self):
        """There l10n_pl_ksef_mode said what KSeF made of an invoice."""
        first, second, never = self.invoice(), self.invoice(), self.invoice()
        (first | second).action_l10n_pl_ksef_send()
        self.env.flush_all()
        cr = self.env.cr
        cr.execute("ALTER TABLE account_move DROP COLUMN l10n_pl_ksef_mode_at_ksef")
        cr.execute("ALTER TABLE account_move DROP COLUMN l10n_pl_ksef_deadline")
        cr.execute(
            "UPDATE account_move SET l10n_pl_ksef_mode = 'offline' WHERE id = %s", [second.id]
        )
        self.env["account.move"]._l10n_pl_ksef_make_columns()
        self.assertTrue(sql.column_exists(cr, "account_move", "l10n_pl_ksef_deadline"))
        self.env.invalidate_all()
        modes = [(it.l10n_pl_ksef_mode, it.l10n_pl_ksef_mode_at_ksef) for it in first | second]
        self.assertEqual(modes, [("online", "online"), ("online", "offline")])
        self.assertFalse(never.l10n_pl_ksef_mode)
        self.env["account.move"]._l10n_pl_ksef_make_columns()
        self.env.invalidate_all()
        self.assertEqual(second.l10n_pl_ksef_mode_at_ksef, "offline", "done once")


class TestReviewRights(ReviewCase):
    def setUp(self):
        super().setUp()
        self.checked("unavailable", "unavailable")
        self.fault("outage", times=None)
        self.waiting = self.invoice()
        self.waiting.action_l10n_pl_ksef_send()
        self.react()
        self.assertEqual(self.company.l10n_pl_ksef_proposed_mode, "offline24")
        self.other = self.setup_other_company(name="Obca sp. z o.o.", vat=f"PL{OTHER_NIP}")[
            "company"
        ]
        self.stranger = self.person(
            "ksef_stranger",
            "account.group_account_manager,l10n_pl_ksef.group_manager",
            self.other,
        )
        self.env.flush_all()
        self.env.invalidate_all()

    def test_strangers_decline_nothing(self):
        with self.assertRaises(AccessError):
            self.company.with_user(self.stranger).l10n_pl_ksef_decline()
        self.assertEqual(self.company.l10n_pl_ksef_proposed_mode, "offline24")

    def test_strangers_learn_nothing(self):
        """By onchange, whose records are never saved and so meet no rule."""
        spec = {
            name: {}
            for name in (
                "company_id",
                "current_mode",
                "since",
                "mode",
                "proposal_words",
                "waiting",
                "lacks_certificate",
                "cause",
            )
        }
        wizards = self.env["l10n_pl_ksef.switch.mode"].with_user(self.stranger)
        got = wizards.onchange({"company_id": self.company.id, "mode": "offline24"}, [], spec)
        self.assertFalse(got["value"].get("proposal_words"))
        self.assertFalse(got["value"].get("waiting"))
        self.assertFalse(got["value"].get("current_mode"))
        got = wizards.with_context(default_company_id=self.company.id).default_get(
            ["mode", "cause", "company_id"]
        )
        self.assertFalse({"mode", "cause"} & got.keys())

    def test_forged_wizards(self):
        """Invoices of another company, and a company of others."""
        with self.assertRaises(AccessError):
            self.env["l10n_pl_ksef.issue.offline"].with_user(self.stranger).create(
                {
                    "company_id": self.other.id,
                    "move_ids": [(6, 0, self.waiting.ids)],
                    "mode": "emergency",
                }
            ).action_issue()
        self.assertEqual(self.waiting.l10n_pl_ksef_mode, "online")
        with self.assertRaises(AccessError):
            self.env["l10n_pl_ksef.switch.mode"].with_user(self.stranger).create(
                {"company_id": self.company.id, "mode": "offline24", "cause": "own_line"}
            ).action_switch()
        self.assertEqual(self.company.l10n_pl_ksef_mode, "online")

    def test_bookkeepers(self):
        """They keep the books, but issue nothing in KSeF."""
        move = self.waiting.with_user(self.bookkeeper)
        for name in ("action_l10n_pl_ksef_send_now", "action_l10n_pl_ksef_not_outside"):
            with self.subTest(name), self.assertRaises(AccessError):
                getattr(move, name)()
        for model in ("switch.mode", "issue.offline"):
            with self.subTest(model), self.assertRaises(AccessError):
                self.env[f"l10n_pl_ksef.{model}"].with_user(self.bookkeeper).create(
                    {"company_id": self.company.id, "mode": "offline24"}
                )
        self.assertTrue(move.read(["l10n_pl_ksef_backlog_words", "l10n_pl_ksef_proposal_words"]))

    def test_defaults_are_those_of_the_company(self):
        """Somebody of two companies opens the dialog for the other one."""
        self.stranger.sudo().company_ids |= self.company
        wizard = (
            self.env["l10n_pl_ksef.switch.mode"]
            .with_user(self.stranger)
            .with_context(
                allowed_company_ids=[self.other.id, self.company.id],
                default_company_id=self.company.id,
            )
            .create({})
        )
        self.assertEqual((wizard.mode, wizard.cause), ("offline24", "ksef_silent"))


class TestReviewNow(ReviewCase):
    def test_half_past_midnight(self):
        """00:30 in Warsaw is the evening before in UTC: P_1, issue and deadline are Warsaw's."""
        with freeze_time("2026-11-23 23:30:00", tick=True):  # Tuesday 24 November, 00:30
            self.assertEqual(str(warsaw_today()), "2026-11-24")
            move = self.invoice()
            document = self.env["l10n_pl_ksef.document"]._prepare(
                {move: b"<Faktura/>"}, self.connection, "offline24"
            )
        self.assertEqual(str(document.issue_date), "2026-11-24")
        self.assertEqual(document._day_of_issue(), document.issued_on)
        self.assertEqual(str(document.deadline), "2026-11-25")
        self.assertEqual(fields.Date.to_string(document.issued_on.date()), "2026-11-23")
