from odoo import Command

from ..ksef import fa3
from .fa3_case import D, Fa3Case


class TestFa3Rounding(Fa3Case):
    """Coins that do not exist, groszy that move, prices with tax and with many decimals."""

    def rounding(self, strategy="add_invoice_line", method="HALF-UP", rounding=1.0):
        return self.env["account.cash.rounding"].create(
            {
                "name": "Do pełnych złotych",
                "rounding": rounding,
                "strategy": strategy,
                "rounding_method": method,
                "profit_account_id": self.company_data["default_account_revenue"].id,
                "loss_account_id": self.company_data["default_account_expense"].id,
            }
        )

    def read(self, move):
        """The invoice as KSeF reads it; what is to be paid is Odoo's total."""
        return fa3.read(self.written(move))

    def rounded(self, *lines, **values):
        move = self.invoice(*lines, **values)
        return move, self.read(move).Fa

    # --- cash rounding -------------------------------------------------------------------------

    def test_rounded_down(self):
        """P_15 is net plus tax; what coins cannot pay is taken off afterwards (Rozliczenie)."""
        rounding = self.rounding()
        move, fa = self.rounded(self.line(price=100.3), invoice_cash_rounding_id=rounding.id)
        self.assertEqual(move.amount_total, 123)
        self.assertEqual((fa.P_13_1, fa.P_14_1), (D("100.30"), D("23.07")))
        self.assertEqual(fa.P_15, D("123.37"))
        [part] = fa.Rozliczenie.Odliczenia
        self.assertEqual(part.Kwota, D("0.37"))
        self.assertEqual(part.Powod, "Zaokrąglenie kwoty do zapłaty")
        self.assertEqual(fa.Rozliczenie.SumaOdliczen, D("0.37"))
        self.assertFalse(fa.Rozliczenie.Obciazenia)
        self.assertIsNone(fa.Rozliczenie.SumaObciazen)
        self.assertEqual(fa.Rozliczenie.DoZaplaty, D(123))
        self.assertEqual(len(fa.FaWiersz), 1, "the rounding is nothing that was sold")

    def test_rounded_up(self):
        rounding = self.rounding(method="UP", rounding=0.5)
        move, fa = self.rounded(self.line(price=100.3), invoice_cash_rounding_id=rounding.id)
        self.assertEqual(move.amount_total, 123.5)
        self.assertEqual(fa.P_15, D("123.37"))
        [part] = fa.Rozliczenie.Obciazenia
        self.assertEqual(part.Kwota, D("0.13"))
        self.assertEqual(fa.Rozliczenie.SumaObciazen, D("0.13"))
        self.assertFalse(fa.Rozliczenie.Odliczenia)
        self.assertEqual(fa.Rozliczenie.DoZaplaty, D("123.5"))

    def test_round_by_itself(self):
        for strategy in ("add_invoice_line", "biggest_tax"):
            rounding = self.rounding(strategy)
            fa = self.faktura(self.invoice(invoice_cash_rounding_id=rounding.id)).Fa
            self.assertEqual(fa.P_15, D(123))
            self.assertIsNone(fa.Rozliczenie)

    def test_rounding_of_the_tax(self):
        """A tax that is not at its rate is not what the law wants on the invoice."""
        rounding = self.rounding("biggest_tax")
        move = self.invoice(self.line(price=100.3), invoice_cash_rounding_id=rounding.id)
        [(words, record)] = self.obstacles(move)
        self.assertIn("“Do pełnych złotych” changes the tax", words)
        self.assertEqual(record, rounding)

    def test_rounding_in_a_foreign_currency(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        euro.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {"currency_id": euro.id, "name": "2026-01-01", "inverse_company_rate": 4.3}
        )
        rounding = self.rounding(rounding=0.05)
        move, fa = self.rounded(
            self.line(price=0.99), currency_id=euro.id, invoice_cash_rounding_id=rounding.id
        )
        self.assertEqual(move.amount_total, 1.2)
        self.assertEqual((fa.P_15, fa.P_14_1, fa.P_14_1W), (D("1.22"), D("0.23"), D("0.98")))
        self.assertEqual(fa.Rozliczenie.SumaOdliczen, D("0.02"))
        self.assertEqual(fa.Rozliczenie.DoZaplaty, D("1.2"))

    def test_rounding_of_a_correction(self):
        """The credit note pays back what was paid."""
        rounding = self.rounding()
        self.connect()
        move = self.invoice(self.line(price=100.3), invoice_cash_rounding_id=rounding.id)
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        credit = move._reverse_moves([{"invoice_date": move.invoice_date}])
        credit.action_post()
        self.assertEqual(credit.amount_total, 123)
        fa = self.read(credit).Fa
        self.assertEqual((fa.P_13_1, fa.P_14_1, fa.P_15), (D("-100.3"), D("-23.07"), D("-123.37")))
        self.assertEqual(fa.Rozliczenie.SumaObciazen, D("0.37"))
        self.assertEqual(fa.Rozliczenie.DoRozliczenia, D(123))

    def test_rounding_accepted(self):
        self.connect()
        rounding = self.rounding()
        move = self.invoice(self.line(price=100.3), invoice_cash_rounding_id=rounding.id)
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")

    # --- rows and totals -----------------------------------------------------------------------

    def test_rounded_globally(self):
        """Rows of half a grosz: each row is price times quantity, the totals are the books'."""
        self.env.ref("product.decimal_price").digits = 4
        rows = [self.line(f"Ciastko {number}", price=0.125) for number in range(8)]
        found = {}
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            move = self.invoice(*rows)
            fa = self.read(move).Fa
            found[method] = (fa.P_13_1, fa.P_14_1, fa.P_15)
            self.assertEqual(fa.P_13_1, D(f"{move.amount_untaxed:.2f}"))
            self.assertEqual(fa.P_14_1, D(f"{move.amount_tax:.2f}"))
            self.assertEqual(fa.P_15, D(f"{move.amount_total:.2f}"))
            for line, row in zip(move.invoice_line_ids, fa.FaWiersz, strict=True):
                self.assertEqual(row.P_9A, D("0.125"))
                self.assertEqual(row.P_11, D("0.13"))
                self.assertEqual(row.P_11, D(f"{line.price_subtotal:.2f}"))
        self.assertEqual(found["round_per_line"], (D("1.04"), D("0.24"), D("1.28")))
        self.assertEqual(found["round_globally"], (D("1.00"), D("0.23"), D("1.23")))

    def test_prices_with_tax(self):
        """The net unit price has all eight decimals, so that it leads back to the net value."""
        taxes = {
            rate: self.tax(f"vs_kraj_{rate}").copy(
                {"name": f"{rate}% brutto", "price_include_override": "tax_included"}
            )
            for rate in (23, 8)
        }
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            move = self.invoice(
                self.line(price=9.99, quantity=1000, tax=taxes[23]),
                self.line(price=1.99, quantity=3, tax=taxes[8]),
                self.line(price=19.99, quantity=7, discount=12.5, tax=taxes[23]),
            )
            with self.subTest(method=method):
                fa = self.read(move).Fa
                first, second, third = fa.FaWiersz
                self.assertEqual((first.P_9A, first.P_11), (D("8.12195122"), D("8121.95")))
                self.assertEqual((second.P_9A, second.P_11), (D("1.84259259"), D("5.53")))
                self.assertEqual(third.P_9A, D("16.25203252"))
                self.assertEqual(third.P_9A * 7 - third.P_10 - third.P_11, D("0.00422764"))
                # 9990.00 + 5.97 + 122.44
                self.assertEqual(fa.P_15, D("10118.41"))

    def test_eight_decimals(self):
        self.env.ref("product.decimal_price").digits = 8
        data = self.written(self.invoice(self.line(price=0.00012345, quantity=1000000)))
        self.assertIn(b"<P_9A>0.00012345</P_9A>", data)
        self.assertIn(b"<P_11>123.45</P_11>", data)

    def test_discounts_and_returns(self):
        """A discount lowers the row, also one that takes something back."""
        move = self.invoice(
            self.line(price=200, quantity=2),
            self.line(price=100, quantity=-1, discount=10),
            Command.create({"display_type": "line_note", "name": "Zwrot opakowań"}),
        )
        first, second = self.faktura(move).Fa.FaWiersz
        self.assertIsNone(first.P_10)
        self.assertEqual((second.P_8B, second.P_9A), (D(-1), D(100)))
        self.assertEqual((second.P_10, second.P_11), (D("-10.00"), D("-90.00")))
