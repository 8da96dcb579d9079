from odoo import Command

from .fa3_case import D, Fa3Case


class TestFa3Prices(Fa3Case):
    """Pitfall 18: KSeF does no arithmetic, so ours has to be right to the grosz."""

    def row(self, **values):
        return self.faktura(self.invoice(self.line(**values))).Fa.FaWiersz[0]

    def test_discounts(self):
        """Price before and discount after stand apart, and fit the value of the row."""
        for price, quantity, discount, net, off in (
            (100, 1, 10, "90.00", "10.00"),
            (19.99, 7, 12.5, "122.44", "17.49"),
            (0.07, 333, 33.33, "15.54", "7.77"),
            (100, 1, 100, "0.00", "100.00"),
        ):
            with self.subTest(price=price, quantity=quantity, discount=discount):
                row = self.row(price=price, quantity=quantity, discount=discount)
                self.assertEqual(row.P_9A, D(str(price)))
                self.assertEqual(row.P_8B, D(quantity))
                self.assertEqual(row.P_11, D(net))
                self.assertEqual(row.P_10, D(off))

    def test_no_discount_no_element(self):
        self.assertIsNone(self.row().P_10)

    def test_quantities(self):
        """Decimals as they were typed, none invented, none cut off."""
        self.env.ref("uom.decimal_product_uom").digits = 6
        for quantity, text in (
            (1, "1"),
            (2.5, "2.5"),
            (0.125, "0.125"),
            (1000, "1000"),
            (1.000001, "1.000001"),
            (-2, "-2"),
        ):
            with self.subTest(quantity=quantity):
                extra = [self.line(price=1000)] if quantity < 0 else []
                move = self.invoice(self.line(quantity=quantity), *extra)
                self.assertEqual(self.faktura(move).Fa.FaWiersz[0].P_8B, D(text))
                self.assertIn(f"<P_8B>{text}</P_8B>", self.written(move).decode())

    def test_prices_with_many_decimals(self):
        self.env.ref("product.decimal_price").digits = 6
        row = self.row(price=0.123456, quantity=1000)
        self.assertEqual(row.P_9A, D("0.123456"))
        self.assertEqual(row.P_11, D("123.46"))

    def test_prices_with_tax(self):
        """Prices that include the tax: net unit price and net value are Odoo's."""
        tax = self.tax("vs_kraj_23").copy(
            {"name": "23% brutto", "price_include_override": "tax_included"}
        )
        move = self.invoice(
            self.line(price=123, tax=tax),
            self.line(price=9.99, quantity=7, tax=tax),
            self.line(price=49.99, quantity=3, discount=15, tax=tax),
        )
        fa = self.faktura(move).Fa
        self.assertEqual(fa.FaWiersz[0].P_9A, D("100.00"))
        self.assertEqual(fa.FaWiersz[0].P_11, D("100.00"))
        for row in fa.FaWiersz:
            value = row.P_9A * row.P_8B - (row.P_10 or 0)
            self.assertLessEqual(abs(value - row.P_11), D("0.01"), row)

    def test_rounding(self):
        """Row by row or over the whole, as the company has chosen: the sums are Odoo's."""
        rows = [self.line(price=price, tax="vs_kraj_23") for price in (0.11, 0.13, 0.15) * 4]
        totals = {}
        for method in ("round_per_line", "round_globally"):
            with self.subTest(method=method):
                self.company.tax_calculation_rounding_method = method
                fa = self.faktura(self.invoice(*rows)).Fa
                self.assertEqual(fa.P_13_1, D("1.56"))
                totals[method] = fa.P_14_1
        self.assertEqual(totals, {"round_per_line": D("0.36"), "round_globally": D("0.36")})

    def test_rounding_where_it_matters(self):
        rows = [self.line(price=0.02, tax="vs_kraj_23") for _row in range(10)]
        found = {}
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            move = self.invoice(*rows)
            found[method] = self.faktura(move).Fa.P_14_1
            self.assertEqual(found[method], D(f"{move.amount_tax:.2f}"))
        self.assertEqual(found["round_globally"], D("0.05"))

    def test_two_rates_share_nothing(self):
        """Several rows of several rates: each sum holds its own rows."""
        move = self.invoice(
            self.line(price=10.01, quantity=3, tax="vs_kraj_23"),
            self.line(price=5.55, quantity=2, tax="vs_kraj_8"),
            self.line(price=7.77, tax="vs_kraj_23"),
            self.line(price=1.11, quantity=9, tax="vs_kraj_8", discount=5),
            self.line(price=2, tax="vs_kraj_5"),
        )
        fa = self.faktura(move).Fa
        self.assertEqual((fa.P_13_1, fa.P_14_1), (D("37.80"), D("8.69")))
        self.assertEqual((fa.P_13_2, fa.P_14_2), (D("20.59"), D("1.65")))
        self.assertEqual((fa.P_13_3, fa.P_14_3), (D("2.00"), D("0.10")))
        self.assertEqual(fa.P_15, D("70.83"))

    def test_notes_and_sections_are_no_rows(self):
        note = Command.create({"display_type": "line_note", "name": "Dziękujemy"})
        section = Command.create({"display_type": "line_section", "name": "Torty"})
        move = self.invoice(section, self.line(), note)
        self.assertEqual([row.P_7 for row in self.faktura(move).Fa.FaWiersz], ["Sernik na zimno"])
