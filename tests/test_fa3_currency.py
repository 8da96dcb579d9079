from datetime import timedelta

from odoo import Command

from ..ksef import fa3
from ..models.moments import warsaw_today
from .fa3_case import D, Fa3Case

TODAY = warsaw_today()


class TestFa3Currency(Fa3Case):
    """Foreign currencies: amounts as agreed, the tax in PLN as it was booked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.currency.rate"].search([]).unlink()
        cls.euro = cls.money("EUR", 4.5005)
        cls.german = cls.env["res.partner"].create(
            {
                "name": "Konditorei Lindenblatt GmbH",
                "is_company": True,
                "vat": "DE136695976",
                "street": "Lindenallee 3",
                "city": "Dresden",
                "country_id": cls.env.ref("base.de").id,
            }
        )

    @classmethod
    def money(cls, name, rate, day=None):
        """A currency in use, worth so many PLN from a day on."""
        currency = (
            cls.env["res.currency"].with_context(active_test=False).search([("name", "=", name)])
        )
        currency.active = True
        cls.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "name": day or TODAY - timedelta(days=30),
                "inverse_company_rate": rate,
                "company_id": cls.company.id,
            }
        )
        return currency

    def rates_of_rows(self, fa):
        return [row.KursWaluty for row in fa.FaWiersz]

    def fridges(self, tax="vs_kraj_23"):
        """The rows of the Ministry's examples 20 and 21."""
        return [
            self.line("lodówka Zimnotech mk1", 406, tax, quantity=10),
            self.line("zamrażarka Zimnotech mk2", 250, tax, quantity=20),
            self.line("zmywarka Bryza 100", 300, tax, quantity=15),
        ]

    # --- what stands where ---------------------------------------------------------------------

    def test_official_example_20(self):
        """All in EUR, and the tax in PLN too; the rate stands on the rows (A8, A9)."""
        move = self.invoice(*self.fridges(), currency_id=self.euro.id)
        data = self.written(move)
        fa = self.faktura(move).Fa
        self.assertEqual(fa.KodWaluty, "EUR")
        self.assertEqual((fa.P_13_1, fa.P_14_1), (D("13560"), D("3118.80")))
        self.assertEqual(fa.P_14_1W, D("14036.16"))
        self.assertEqual(fa.P_15, D("16678.80"))
        self.assertEqual(self.rates_of_rows(fa), [D("4.5005")] * 3)
        self.assertEqual(data.count(b"<KursWaluty>4.5005</KursWaluty>"), 3)
        self.assertIsNone(fa.KursWalutyZ, "only on advance invoices")
        self.assertFalse(fa.DodatkowyOpis)
        [tax] = move.line_ids.filtered("tax_line_id")
        self.assertEqual(fa.P_14_1W, D(f"{tax.credit:.2f}"), "what the VAT records hold")

    def test_nothing_of_it_in_pln(self):
        fa = self.faktura(self.invoice(*self.fridges())).Fa
        self.assertEqual(fa.KodWaluty, "PLN")
        self.assertEqual(self.rates_of_rows(fa), [None] * 3)
        self.assertIsNone(fa.KursWalutyZ)
        self.assertIsNone(fa.P_14_1W)

    def test_official_examples_22_and_23(self):
        """Where there is no tax, there is none to convert."""
        dollar = self.money("USD", 3.9876)
        for tax, currency, box in (
            ("vs_unia", self.euro, "P_13_6_2"),
            ("vs_eksp_tow", dollar, "P_13_6_3"),
            ("vs_dostu", self.euro, "P_13_9"),
            ("vs_ekspu", dollar, "P_13_8"),
        ):
            with self.subTest(tax=tax):
                line = self.line(price=400, quantity=10, tax=tax)
                fa = self.faktura(
                    self.invoice(line, partner=self.german, currency_id=currency.id)
                ).Fa
                self.assertEqual(fa.KodWaluty, currency.name)
                self.assertEqual(getattr(fa, box), D(4000))
                self.assertEqual(fa.P_15, D(4000))
                self.assertEqual(self.rates_of_rows(fa), [None])
                self.assertFalse(
                    any(getattr(fa, f"P_14_{number}W") for number in range(1, 5)), "no tax"
                )

    def test_several_rates(self):
        """Each rate has its tax in PLN; rows without tax bear no exchange rate."""
        self.tax("vs_kraj_zw").l10n_pl_ksef_exemption_basis = "art. 43 ust. 1 pkt 37 ustawy o VAT"
        move = self.invoice(
            self.line(price=1000, tax="vs_kraj_23"),
            self.line(price=100, tax="vs_kraj_zw"),
            self.line(price=10.01, quantity=3, tax="vs_kraj_8"),
            self.line(price=99.99, tax="vs_kraj_5"),
            self.line(price=5, tax="vs_kraj_0"),
            currency_id=self.euro.id,
        )
        fa = self.faktura(move).Fa
        rate = D("4.5005")
        self.assertEqual(self.rates_of_rows(fa), [rate, None, rate, rate, None])
        self.assertEqual((fa.P_14_1, fa.P_14_1W), (D("230.00"), D("1035.12")))
        self.assertEqual((fa.P_14_2, fa.P_14_2W), (D("2.40"), D("10.81")))
        self.assertEqual((fa.P_14_3, fa.P_14_3W), (D("5.00"), D("22.50")))
        self.assertEqual((fa.P_13_7, fa.P_13_6_1), (D("100.00"), D("5.00")))
        self.assertEqual(fa.P_14_1W + fa.P_14_2W + fa.P_14_3W, D(f"{move.amount_tax_signed:.2f}"))

    def test_ksef_takes_it(self):
        self.connect()
        moves = self.invoice(*self.fridges(), currency_id=self.euro.id) | self.invoice(
            self.line(price=400, tax="vs_unia"), partner=self.german, currency_id=self.euro.id
        )
        moves.action_l10n_pl_ksef_send()
        self.assertEqual(moves.mapped("l10n_pl_ksef_state"), ["accepted"] * 2)
        self.assertEqual(
            {item["invoiceNumber"] for item in self.at_ksef()}, set(moves.mapped("name"))
        )

    # --- which rate ----------------------------------------------------------------------------

    def test_the_day_of_supply_decides(self):
        """art. 31a: the taxable supply date chooses the rate, as Odoo books it."""
        self.money("EUR", 4.4080, TODAY - timedelta(days=5))
        self.money("EUR", 4.3250, TODAY - timedelta(days=2))
        for days, rate, tax in (
            (0, "4.325", "99.48"),
            (4, "4.408", "101.38"),
            (9, "4.5005", "103.51"),
        ):
            with self.subTest(days=days):
                supplied = TODAY - timedelta(days=days)
                move = self.invoice(currency_id=self.euro.id, taxable_supply_date=supplied)
                fa = self.faktura(move).Fa
                self.assertEqual(self.rates_of_rows(fa), [D(rate)])
                self.assertEqual(fa.P_14_1W, D(tax))
                self.assertEqual(fa.P_6, supplied if days else None)

    def test_delivered_before(self):
        """A delivery before the invoice: the rate of the invoice date may be the wrong one."""
        delivered = TODAY - timedelta(days=4)
        same = self.invoice(currency_id=self.euro.id, delivery_date=delivered)
        self.assertEqual(self.rates_of_rows(self.faktura(same).Fa), [D("4.5005")])
        self.money("EUR", 4.3250, TODAY - timedelta(days=2))
        move = self.invoice(currency_id=self.euro.id, delivery_date=delivered)
        [(words, record)] = self.obstacles(move)
        self.assertIn("enter the taxable supply date", words)
        self.assertIn(str(delivered), words)
        self.assertEqual(record, move)
        move.button_draft()
        move.taxable_supply_date = delivered
        move.action_post()
        self.assertEqual(self.rates_of_rows(self.faktura(move).Fa), [D("4.5005")])
        # Without tax there is no rate that could be wrong.
        line = self.line(price=400, tax="vs_unia")
        values = {"currency_id": self.euro.id, "delivery_date": delivered}
        self.faktura(self.invoice(line, partner=self.german, **values))

    def test_rate_by_hand(self):
        """What the accountant entered on the invoice is what was booked."""
        move = self.draft(currency_id=self.euro.id)
        move.invoice_currency_rate = 1 / 4.2763
        move.action_post()
        fa = self.faktura(move).Fa
        self.assertEqual(self.rates_of_rows(fa), [D("4.2763")])
        self.assertEqual(fa.P_14_1W, D("98.35"))

    def test_rate_with_many_decimals(self):
        """Typed the other way round, as EUR for a PLN: six decimals of what follows from it."""
        move = self.draft(self.line(price=10000), currency_id=self.euro.id)
        move.invoice_currency_rate = 0.2222
        move.action_post()
        fa = self.faktura(move).Fa
        self.assertEqual(self.rates_of_rows(fa), [D("4.50045")])
        self.assertEqual(fa.P_14_1W, D("10351.04"))

    def test_small_currencies(self):
        """Where six decimals do not hold the rate, it stands in words as well."""
        for name, rate, price, shown, tax in (
            ("HUF", 0.011123, 100000, "0.011123", "255.83"),
            ("JPY", 0.025678, 100000, "0.025678", "590.59"),
            ("IDR", 0.00022983, 10000000, "0.00023", "528.61"),
        ):
            with self.subTest(currency=name):
                currency = self.money(name, rate)
                fa = self.faktura(self.invoice(self.line(price=price), currency_id=currency.id)).Fa
                self.assertEqual(self.rates_of_rows(fa), [D(shown)])
                self.assertEqual(fa.P_14_1W, D(tax))
                notes = [(item.Klucz, item.Wartosc) for item in fa.DodatkowyOpis]
                said = [("Kurs waluty", "1 IDR = 0,00022983 PLN")]
                self.assertEqual(notes, said if name == "IDR" else [])

    # --- what is refused -----------------------------------------------------------------------

    def test_changed_journal_items(self):
        """Amounts that no one rate explains: no document, and the way out in words."""
        for kind in ("product", "tax"):
            with self.subTest(kind=kind):
                move = self.invoice(self.line(price=1000), currency_id=self.euro.id)
                line = move.line_ids.filtered(lambda line: line.display_type == kind)  # noqa: B023
                self.env.flush_all()
                self.env.cr.execute(
                    "UPDATE account_move_line SET balance = balance - 1 WHERE id = %s", [line.id]
                )
                self.env.invalidate_all()
                [(words, record)] = self.obstacles(move)
                self.assertIn("at the rate 4.500500 of the invoice", words)
                self.assertEqual(record, move)

    def test_three_decimals(self):
        """KWD has three; FA(3) has room for two, and nothing is rounded away."""
        dinar = self.money("KWD", 12.9)
        fa = self.faktura(self.invoice(self.line(price=100), currency_id=dinar.id)).Fa
        self.assertEqual((fa.P_14_1, fa.P_14_1W), (D("23.00"), D("296.70")))
        move = self.invoice(self.line(price=100.001), currency_id=dinar.id)
        [(words, _record)] = self.obstacles(move)
        self.assertIn("more than two decimals", words)

    def test_books_in_another_currency(self):
        """Books in EUR know no tax in PLN; without tax, and in PLN itself, none is needed."""
        zloty = self.env.ref("base.PLN")
        self.company.currency_id = self.euro
        self.env["res.currency.rate"].create(
            {
                "currency_id": zloty.id,
                "name": "2026-01-01",
                "rate": 4.5,
                "company_id": self.company.id,
            }
        )
        move = self.invoice(currency_id=self.euro.id)
        [(words, record)] = self.obstacles(move)
        self.assertIn("books are kept in EUR", words)
        self.assertEqual(record, self.company)
        untaxed = self.line(tax="vs_unia")
        self.faktura(self.invoice(untaxed, partner=self.german, currency_id=self.euro.id))
        fa = self.faktura(self.invoice(currency_id=zloty.id)).Fa
        self.assertEqual((fa.KodWaluty, fa.P_14_1W, fa.P_15), ("PLN", None, D("123.00")))

    # --- corrections ---------------------------------------------------------------------------

    def first_and_new_rate(self):
        """An invoice of last week that KSeF has, and a rate that came after it."""
        self.connect()
        day = TODAY - timedelta(days=7)
        first = self.invoice(self.line(price=1000), currency_id=self.euro.id, day=day)
        first.action_l10n_pl_ksef_send()
        self.assertEqual(first.l10n_pl_ksef_state, "accepted")
        self.money("EUR", 4.3250, TODAY - timedelta(days=2))
        return first

    def credit(self, move, model="difference"):
        values = {"reason": "zwrot", "journal_id": move.journal_id.id, "date": TODAY}
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create(values)
        )
        note = self.env["account.move"].with_user(self.accountant)
        note = note.browse(wizard.refund_moves()["res_id"])
        note.l10n_pl_ksef_correction_model = model
        return note

    def test_corrections_take_the_first_rate(self):
        """art. 31b sec. 1: a change is converted like what is changed."""
        note = self.credit(self.first_and_new_rate())
        note.invoice_date = TODAY - timedelta(days=1)
        note.action_post()
        self.assertAlmostEqual(note.invoice_currency_rate, 1 / 4.5005)
        self.assertEqual(note.expected_currency_rate, note.invoice_currency_rate)
        fa = fa3.read(self.written(note)).Fa
        self.assertEqual((fa.RodzajFaktury, fa.KodWaluty), ("KOR", "EUR"))
        self.assertEqual((fa.P_13_1, fa.P_14_1, fa.P_15), (D(-1000), D(-230), D(-1230)))
        self.assertEqual(fa.P_14_1W, D("-1035.12"))
        [tax] = note.line_ids.filtered("tax_line_id")
        self.assertEqual(tax.balance, 1035.12)
        self.assertEqual(self.rates_of_rows(fa), [D("4.5005")])
        note.action_l10n_pl_ksef_send()
        self.assertEqual(note.l10n_pl_ksef_state, "accepted")
        # The next invoice takes the new rate.
        fa = self.faktura(self.invoice(currency_id=self.euro.id)).Fa
        self.assertEqual(self.rates_of_rows(fa), [D("4.325")])

    def test_rows_before_and_after(self):
        """Both show the one rate."""
        note = self.credit(self.first_and_new_rate(), "before_after")
        note.invoice_line_ids.price_unit = 100
        note.action_post()
        fa = fa3.read(self.written(note)).Fa
        self.assertEqual([row.StanPrzed for row in fa.FaWiersz], [1, None])
        self.assertEqual([row.P_11 for row in fa.FaWiersz], [D(1000), D(900)])
        self.assertEqual(self.rates_of_rows(fa), [D("4.5005")] * 2)
        self.assertEqual((fa.P_14_1, fa.P_14_1W), (D(-23), D("-103.51")))

    def test_debit_notes_take_the_first_rate(self):
        first = self.first_and_new_rate()
        wizard = (
            self.env["account.debit.note"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=first.ids)
            .create({"reason": "zaniżona cena", "copy_lines": True, "date": TODAY})
        )
        note = first.with_user(self.accountant).browse(wizard.create_debit()["res_id"])
        note.action_post()
        fa = fa3.read(self.written(note)).Fa
        self.assertEqual(fa.RodzajFaktury, "KOR")
        self.assertEqual((fa.P_14_1, fa.P_14_1W), (D(230), D("1035.12")))
        self.assertEqual(self.rates_of_rows(fa), [D("4.5005")])

    def test_correction_at_another_rate(self):
        note = self.credit(self.first_and_new_rate())
        note.invoice_currency_rate = 1 / 4.3250
        note.action_post()
        [(words, record)] = self.obstacles(note)
        self.assertIn("was converted at 4.500500, this correction at 4.325000", words)
        self.assertEqual(record, note)
        note.button_draft()
        note.refresh_invoice_currency_rate()
        note.action_post()
        self.assertEqual(fa3.read(self.written(note)).Fa.P_14_1W, D("-1035.12"))

    def test_discount_of_a_period(self):
        """art. 31b sec. 2: one that concerns a whole period may take the rate of its own day."""
        note = self.credit(self.first_and_new_rate())
        note.l10n_pl_ksef_correction_period = "III kwartał 2026"
        note.refresh_invoice_currency_rate()
        note.action_post()
        self.assertEqual(fa3.read(self.written(note)).Fa.P_14_1W, D("-994.75"))

    def test_correction_of_data(self):
        """Where nothing changes but a name there are no sums, in no currency."""
        first = self.first_and_new_rate()
        self.customer.name = "Hurtownia Łakoci i Lodów S.A."
        note = self.credit(first)
        note.write(
            {
                "l10n_pl_ksef_corrects_buyer": True,
                "invoice_line_ids": [Command.update(note.invoice_line_ids.id, {"price_unit": 0})],
            }
        )
        note.action_post()
        fa = fa3.read(self.written(note)).Fa
        self.assertEqual((fa.P_13_1, fa.P_14_1, fa.P_14_1W, fa.P_15), (None, None, None, D(0)))

    # --- languages and journal items -----------------------------------------------------------

    def test_currency_in_no_language(self):
        """What we say in the document is Polish, whoever looks at it."""
        rupiah = self.money("IDR", 0.00022983)
        move = self.invoice(self.line(price=10000000), currency_id=rupiah.id)
        self.env["res.lang"]._activate_lang("pl_PL")
        notes = [
            self.faktura(move.with_context(lang=lang)).Fa.DodatkowyOpis
            for lang in ("en_US", "pl_PL")
        ]
        self.assertEqual(notes[0], notes[1])
        self.assertTrue(notes[0])

    def test_lines_share_an_account(self):
        """Analytic or account splits of the tax lines change no sum."""
        other = self.company_data["default_account_revenue"].copy()
        move = self.invoice(
            self.line(price=33.33, quantity=3),
            self.line(price=66.67, account_id=other.id),
            Command.create({"display_type": "line_note", "name": "W euro"}),
            currency_id=self.euro.id,
        )
        fa = self.faktura(move).Fa
        self.assertEqual(fa.P_14_1W, D(f"{move.amount_tax_signed:.2f}"))

    def test_queries_do_not_grow_with_the_number(self):
        """Thirty invoices of several currencies need no more questions than five."""
        dollar = self.money("USD", 3.9876)
        moves = self.env["account.move"]
        for number in range(30):
            moves |= self.invoice(
                self.line(price=100 + number),
                self.line(tax="vs_kraj_8"),
                currency_id=(self.euro | dollar)[number % 2].id,
                delivery_date=TODAY - timedelta(days=4),
            )

        def queries(some):
            self.env.flush_all()
            some._l10n_pl_ksef_render()  # what is read once for all
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(some._l10n_pl_ksef_render()), len(some))
            return self.env.cr.sql_log_count - before

        few, many = queries(moves[:5]), queries(moves)
        self.assertLessEqual(many, few + 3, f"{few} for five, {many} for thirty")
