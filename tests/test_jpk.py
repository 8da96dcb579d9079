from datetime import date, timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError

from ..models.account_move_jpk import FIRST_DAY
from ..models.moments import warsaw_today
from .common import KsefCase


class JpkCase(KsefCase):
    def bill(self, partner=None, day=None, move_type="in_invoice", **values):
        """A posted vendor bill, entered by the bookkeeper."""
        line = Command.create(
            {
                "name": "Mąka",
                "price_unit": 200.0,
                "tax_ids": [Command.set(self.tax("vz_kraj_23").ids)],
                "account_id": self.company_data["default_account_expense"].id,
            }
        )
        bill = self.draft(
            line,
            partner=partner,
            day=day,
            user=self.bookkeeper,
            move_type=move_type,
            ref=values.pop("ref", f"FV/{self.env['account.move'].search_count([])}"),
            **values,
        )
        bill.action_post()
        return bill

    def waiting(self, mode="offline24", **values):
        """An invoice issued offline that waits to be sent."""
        move = self.invoice(**values)
        move._l10n_pl_ksef_issue(mode)
        self.assertEqual(move.l10n_pl_ksef_state, "prepared")
        return move

    def announce_failure(self):
        """The Ministry announced a failure (art. 106nf), which goes on."""
        self.env["l10n_pl_ksef.outage"].with_user(self.manager).create(
            {
                "environment": "simulator",
                "kind": "FAILURE",
                "start": fields.Datetime.now() - timedelta(hours=1),
                "announced": fields.Datetime.now() - timedelta(hours=1),
                "announcement": "K/2026/AWR/01",
                "text": "Awaria KSeF.",
                "link": "https://www.gov.pl/web/finanse/komunikat",
            }
        )

    def send(self, moves):
        self.document(moves)._send()
        self.document(moves)._ask_status()
        self.assertEqual(set(moves.mapped("l10n_pl_ksef_state")), {"accepted"})

    def file_until(self, day):
        """The manager of the books says up to which day JPK was filed."""
        self.company.l10n_pl_ksef_jpk_filed_until = day

    def to_do(self, move):
        return move.activity_ids.filtered(lambda activity: "JPK" in (activity.summary or ""))

    def someone(self, **values):
        return self.env["res.partner"].create(
            {
                "name": "Ktoś",
                "street": "ul. Prosta 1",
                "city": "Łódź",
                "country_id": self.env.ref("base.pl").id,
                **values,
            }
        )


class TestJpkOfSales(JpkCase):
    """What a JPK filed today would say of our own invoices."""

    def setUp(self):
        super().setUp()
        self.connection = self.connect()

    def test_with_its_number(self):
        move = self.draft()
        self.assertFalse(move.l10n_pl_ksef_jpk, "a draft is in no JPK")
        move.action_post()
        self.assertEqual(move.l10n_pl_ksef_jpk, "DI", "to be sent, and not sent yet")
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_jpk, "NrKSeF")

    def test_each_mode(self):
        for mode, waiting, sent in (
            ("offline24", "DI", "NrKSeF"),
            ("offline", "DI", "NrKSeF"),
            ("emergency", "OFF", "NrKSeF"),
        ):
            with self.subTest(mode=mode):
                if mode == "emergency":
                    self.announce_failure()
                move = self.waiting(mode)
                self.assertEqual(move.l10n_pl_ksef_jpk, waiting)
                self.send(move)
                self.assertEqual(move.l10n_pl_ksef_jpk, sent)

    def test_total_failure(self):
        move = self.invoice()
        move._l10n_pl_ksef_issue("total_failure")
        self.assertEqual(move.l10n_pl_ksef_state, "outside")
        self.assertEqual(move.l10n_pl_ksef_jpk, "BFK")

    def test_rejected(self):
        """Rejected is not issued in KSeF; the number is still to come."""
        move = self.waiting()
        self.document(move)._reject("Błąd", 450)
        self.assertEqual(move.l10n_pl_ksef_jpk, "DI")

    def test_credit_note(self):
        move = self.invoice(move_type="out_refund")
        self.assertEqual(move.l10n_pl_ksef_jpk, "DI")

    def test_a_consumer_who_gets_it_outside(self):
        consumer = self.someone(vat=False)
        move = self.invoice(partner=consumer)
        self.assertEqual(move.l10n_pl_ksef_jpk, "BFK")
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_jpk, "NrKSeF", "it may be sent all the same")

    def test_a_customer_abroad(self):
        """Invoices for customers abroad are issued in KSeF too."""
        abroad = self.someone(country_id=self.env.ref("base.de").id, vat="DE123456788")
        self.assertEqual(self.invoice(partner=abroad).l10n_pl_ksef_jpk, "DI")

    def test_no_connection(self):
        self.company.l10n_pl_ksef_connection_id = False
        self.assertEqual(self.invoice().l10n_pl_ksef_jpk, "BFK")

    def test_cancelled_and_drafted(self):
        move = self.invoice()
        move.button_draft()
        self.assertFalse(move.l10n_pl_ksef_jpk)
        move.action_post()
        self.assertEqual(move.l10n_pl_ksef_jpk, "DI")
        move.button_draft()
        move.button_cancel()
        self.assertFalse(move.l10n_pl_ksef_jpk)

    def test_nothing_else_is_marked(self):
        """Entries, receipts, other countries, and months before these forms."""
        entry = self.env["account.move"].create({"move_type": "entry", "date": warsaw_today()})
        receipt = self.draft(move_type="out_receipt")
        receipt.action_post()
        early = self.invoice(day=FIRST_DAY - timedelta(days=1))
        first = self.invoice(day=FIRST_DAY)
        self.assertFalse(any((entry | receipt | early).mapped("l10n_pl_ksef_jpk")))
        self.assertEqual(first.l10n_pl_ksef_jpk, "DI")
        self.company.account_fiscal_country_id = self.env.ref("base.de")
        self.env.add_to_compute(first._fields["l10n_pl_ksef_jpk"], first)
        self.assertFalse(first.l10n_pl_ksef_jpk)

    def test_by_hand(self):
        """A person knows of exemptions; of a number nobody is of another opinion."""
        move = (
            self.invoice()
            .with_user(self.bookkeeper)
            .with_context(tracking_disable=False, mail_notrack=False)
        )
        self.cr.precommit.run()
        move.l10n_pl_ksef_jpk_choice = "BFK"
        self.assertEqual(move.l10n_pl_ksef_jpk, "BFK")
        self.env.flush_all()
        self.cr.precommit.run()
        tracked = move.sudo().message_ids.tracking_value_ids
        self.assertEqual(tracked.mapped("new_value_char"), ["BFK"], "the chatter says who chose it")
        move.l10n_pl_ksef_jpk_choice = False
        self.assertEqual(move.l10n_pl_ksef_jpk, "DI")
        move.l10n_pl_ksef_jpk_choice = "OFF"
        move.with_user(self.accountant).action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_jpk, "NrKSeF")
        self.assertEqual(move.copy().l10n_pl_ksef_jpk_choice, False)

    def test_many_cost_no_more(self):
        """A month's list is marked with the same number of queries as one invoice."""
        few = self.env["account.move"].union(*(self.invoice() for _number in range(2)))
        many = self.env["account.move"].union(*(self.invoice() for _number in range(12)))
        counts = []
        for moves in (few, many):
            self.env.flush_all()
            self.env.invalidate_all()
            self.env.add_to_compute(moves._fields["l10n_pl_ksef_jpk"], moves)
            before = self.cr.sql_log_count
            moves.mapped("l10n_pl_ksef_jpk")
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
        self.assertLess(counts[0], 12)


class TestJpkOfBills(JpkCase):
    """What a JPK filed today would say of vendor bills."""

    def setUp(self):
        super().setUp()
        self.day = max(warsaw_today(), date(2026, 4, 1))

    def test_a_domestic_bill(self):
        """Whoever sells in Poland issues in KSeF: a number that is not known is still to come."""
        for move_type in ("in_invoice", "in_refund"):
            bill = self.bill(day=self.day, move_type=move_type)
            self.assertEqual(bill.l10n_pl_ksef_jpk, "DI")
            bill.sudo().l10n_pl_edi_number = "1234563218-20261120-010000A1B2C3-5A"
            self.assertEqual(bill.l10n_pl_ksef_jpk, "NrKSeF")

    def test_before_every_seller_had_to(self):
        self.assertEqual(self.bill(day=date(2026, 3, 31)).l10n_pl_ksef_jpk, "BFK")
        self.assertEqual(self.bill(day=date(2026, 4, 1)).l10n_pl_ksef_jpk, "DI")

    def test_a_bill_from_abroad(self):
        for country, vat in (("base.de", "DE123456788"), ("base.us", "12-3456789")):
            seller = self.someone(country_id=self.env.ref(country).id, vat=vat)
            self.assertEqual(self.bill(seller, day=self.day).l10n_pl_ksef_jpk, "BFK")

    def test_a_seller_without_a_nip(self):
        self.assertEqual(self.bill(self.someone(), day=self.day).l10n_pl_ksef_jpk, "BFK")

    def test_a_seller_abroad_with_a_polish_nip(self):
        seller = self.someone(country_id=self.env.ref("base.de").id, vat="PL5260250274")
        self.assertEqual(self.bill(seller, day=self.day).l10n_pl_ksef_jpk, "DI")

    def test_by_hand(self):
        """An exempt seller, or a bill with two codes from an announced failure."""
        bill = self.bill(day=self.day)
        for choice in ("BFK", "OFF", "DI"):
            bill.l10n_pl_ksef_jpk_choice = choice
            self.assertEqual(bill.l10n_pl_ksef_jpk, choice)


class TestJpkFiled(JpkCase):
    """A number that comes after the JPK was filed."""

    def setUp(self):
        super().setUp()
        self.connection = self.connect()
        self.today = warsaw_today()

    def test_filed_as_di(self):
        """Issued offline, filed, then sent: somebody has to correct the JPK."""
        move = self.waiting()
        self.file_until(self.today)
        self.assertEqual(move.l10n_pl_ksef_jpk_filed, "DI")
        self.send(move)
        self.assertEqual((move.l10n_pl_ksef_jpk, move.l10n_pl_ksef_jpk_filed), ("NrKSeF", "DI"))
        activity = self.to_do(move)
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.accountant)
        self.assertIn(move.l10n_pl_ksef_number, activity.note)
        self.assertIn("file a correction", activity.note)
        self.assertIn(str(self.today.year), activity.summary)
        wanted = self.env["account.move"].search(
            [("l10n_pl_ksef_jpk_filed", "=", "DI"), ("l10n_pl_ksef_jpk", "=", "NrKSeF")]
        )
        self.assertEqual(wanted, move, "the filter finds it")

    def test_once(self):
        move = self.waiting()
        self.file_until(self.today)
        self.send(move)
        self.document(move)._fetch_upo()
        move.sudo()._l10n_pl_ksef_keep_in_step()
        self.assertEqual(len(self.to_do(move)), 1)

    def test_filed_as_off(self):
        """art. 106nf: OFF stays right, whatever comes."""
        self.announce_failure()
        move = self.waiting("emergency")
        self.file_until(self.today)
        self.send(move)
        self.assertEqual((move.l10n_pl_ksef_jpk, move.l10n_pl_ksef_jpk_filed), ("NrKSeF", "OFF"))
        self.assertFalse(self.to_do(move))

    def test_filed_with_its_number(self):
        move = self.waiting()
        self.send(move)
        self.file_until(self.today)
        self.assertEqual(move.l10n_pl_ksef_jpk_filed, "NrKSeF")
        self.assertFalse(self.to_do(move))

    def test_not_filed_yet(self):
        move = self.waiting()
        self.file_until(self.today - timedelta(days=1))
        self.send(move)
        self.assertFalse(move.l10n_pl_ksef_jpk_filed)
        self.assertFalse(self.to_do(move))

    def test_what_was_filed_stays(self):
        """A choice made after filing changes today's marker, not what the filed JPK says."""
        move = self.waiting()
        self.file_until(self.today)
        move.l10n_pl_ksef_jpk_choice = "OFF"
        self.assertEqual((move.l10n_pl_ksef_jpk, move.l10n_pl_ksef_jpk_filed), ("OFF", "DI"))
        self.file_until(self.today + timedelta(days=1))
        self.assertEqual(move.l10n_pl_ksef_jpk_filed, "DI", "not filed anew")
        self.send(move)
        self.assertEqual(len(self.to_do(move)), 1)

    def test_opened_again(self):
        """A day entered by mistake, or a period that is filed anew."""
        move = self.waiting()
        self.file_until(self.today)
        self.file_until(self.today - timedelta(days=40))
        self.assertFalse(move.l10n_pl_ksef_jpk_filed)
        self.file_until(False)
        self.send(move)
        self.assertFalse(self.to_do(move))
        self.file_until(self.today)
        self.assertEqual(move.l10n_pl_ksef_jpk_filed, "NrKSeF")

    def test_the_tax_lock_date_says_it_too(self):
        move = self.waiting()
        self.file_until(self.today - timedelta(days=30))
        self.company.tax_lock_date = self.today
        self.assertEqual(move.l10n_pl_ksef_jpk_filed, "DI", "the later day counts")
        self.send(move)
        self.assertEqual(len(self.to_do(move)), 1)
        self.assertEqual(move.l10n_pl_ksef_number, self.at_ksef()[0]["ksefNumber"])

    def test_by_the_day_of_the_tax(self):
        """The period is that of the supply, not that of the invoice."""
        last_month = self.today.replace(day=1) - timedelta(days=1)
        move = self.waiting(taxable_supply_date=last_month)
        other = self.waiting()
        self.file_until(last_month)
        self.assertEqual(move.date, last_month)
        self.assertEqual(move.l10n_pl_ksef_jpk_filed, "DI")
        self.assertFalse(other.l10n_pl_ksef_jpk_filed)

    def test_a_bill_whose_number_is_found(self):
        bill = self.bill(day=self.today)
        self.file_until(self.today)
        self.assertEqual(bill.l10n_pl_ksef_jpk_filed, "DI")
        bill.sudo().l10n_pl_edi_number = "1234563218-20261120-010000A1B2C3-5A"
        activity = self.to_do(bill)
        self.assertEqual(activity.user_id, self.bookkeeper)
        self.assertIn("1234563218-20261120-010000A1B2C3-5A", activity.note)

    def test_other_companies_are_left_alone(self):
        other = self.env["res.company"].create(
            {"name": "Inna Firma", "country_id": self.env.ref("base.pl").id}
        )
        move = self.waiting()
        other.l10n_pl_ksef_jpk_filed_until = self.today
        self.assertFalse(move.l10n_pl_ksef_jpk_filed)

    def test_a_branch_follows_the_lock_of_its_company(self):
        branch = self.env["res.company"].create({"name": "Oddział", "parent_id": self.company.id})
        self.company.tax_lock_date = self.today
        self.assertEqual(branch._l10n_pl_ksef_filed_until(), self.today)
        branch.l10n_pl_ksef_jpk_filed_until = self.today + timedelta(days=3)
        self.assertEqual(branch._l10n_pl_ksef_filed_until(), self.today + timedelta(days=3))
        self.assertEqual(self.company._l10n_pl_ksef_filed_until(), self.today)

    def test_who_may_say_it(self):
        with self.assertRaises(AccessError):
            self.company.with_user(self.accountant).l10n_pl_ksef_jpk_filed_until = self.today
        settings = self.env["res.config.settings"].create({})
        settings.l10n_pl_ksef_jpk_filed_until = self.today
        settings.execute()
        self.assertEqual(self.company.l10n_pl_ksef_jpk_filed_until, self.today)


class TestJpkInstallation(JpkCase):
    """Millions of entries are there when the module is installed."""

    def test_nothing_is_computed_at_once(self):
        """The column is made empty, and the cron fills it in step by step."""
        move = self.invoice()
        bill = self.bill(day=warsaw_today())
        early = self.invoice(day=FIRST_DAY - timedelta(days=1))
        self.env.flush_all()
        self.cr.execute("ALTER TABLE account_move DROP COLUMN l10n_pl_ksef_jpk CASCADE")
        self.env["account.move"]._l10n_pl_ksef_make_columns()
        self.cr.execute("SELECT count(*) FROM account_move WHERE l10n_pl_ksef_jpk IS NOT NULL")
        self.assertEqual(self.cr.fetchone(), (0,))
        self.env.invalidate_all()
        self.assertFalse(move.l10n_pl_ksef_jpk)
        self.file_until(warsaw_today())
        self.assertFalse(move.l10n_pl_ksef_jpk_filed)
        self.run_cron("l10n_pl_ksef.cron_jpk")
        self.env.invalidate_all()
        self.assertEqual(move.l10n_pl_ksef_jpk, "BFK", "no connection yet")
        self.assertEqual(bill.l10n_pl_ksef_jpk, "DI")
        self.assertFalse(early.l10n_pl_ksef_jpk)
        self.assertEqual(bill.l10n_pl_ksef_jpk_filed, "DI", "filed as far as anybody knows")


class TestJpkOnScreen(JpkCase):
    """Lists, filters, exports."""

    def test_lists_of_invoices_and_bills(self):
        for view in (
            "account.view_out_invoice_tree",
            "account.view_out_credit_note_tree",
            "account.view_in_invoice_bill_tree",
            "account.view_in_invoice_refund_tree",
        ):
            for user in (self.accountant, self.bookkeeper):
                with self.subTest(view=view, user=user.login):
                    moves = self.env["account.move"].with_user(user)
                    arch = moves.get_view(self.env.ref(view).id, "list")["arch"]
                    self.assertIn('name="l10n_pl_ksef_jpk" optional="hide"', arch)

    def test_filters_and_groups(self):
        invoice, bill = self.invoice(), self.bill(day=warsaw_today())
        for view in ("account.view_account_invoice_filter", "account.view_account_bill_filter"):
            arch = self.env["account.move"].get_view(self.env.ref(view).id, "search")["arch"]
            for name in ("l10n_pl_ksef_jpk_di", "l10n_pl_ksef_jpk_bfk", "l10n_pl_ksef_group_jpk"):
                self.assertIn(f'name="{name}"', arch)
        moves = self.env["account.move"].with_user(self.bookkeeper)
        groups = moves._read_group(
            [("id", "in", (invoice | bill).ids)], ["l10n_pl_ksef_jpk"], ["__count"]
        )
        self.assertEqual(dict(groups), {"BFK": 1, "DI": 1})

    def test_export(self):
        """The words of the file stand in the exported table."""
        self.bookkeeper.group_ids |= self.env.ref("base.group_allow_export")
        bill = self.bill(day=warsaw_today()).with_user(self.bookkeeper)
        self.assertEqual(
            bill.export_data(["name", "l10n_pl_ksef_jpk"])["datas"], [[bill.name, "DI"]]
        )

    def test_not_in_other_countries(self):
        other = self.env["res.company"].create(
            {"name": "Andere Firma", "country_id": self.env.ref("base.de").id}
        )
        moves = self.env["account.move"].with_context(allowed_company_ids=other.ids)
        moves = moves.with_company(other)
        view = self.env.ref("account.view_in_invoice_bill_tree").id
        self.assertNotIn("l10n_pl_ksef", moves.get_view(view, "list")["arch"])
