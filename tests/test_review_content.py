from unittest.mock import patch

from odoo import Command

from .fa3_case import D, Fa3Case


class TestKindsOfInvoices(Fa3Case):
    """KSeF takes what it is given and never gives it back: what cannot be told is not sent."""

    def refused(self, move, words):
        said = "\n".join(item for item, _record in self.obstacles(move))
        self.assertIn(words, said)

    def test_down_payments(self):
        """art. 106f: an advance invoice and the one that settles it are kinds of their own.

        Sales orders tell Odoo's accounting which rows those are; here the test does.
        """
        move = self.invoice(self.line("Zaliczka na tort weselny"))
        lines = type(self.env["account.move.line"])
        with patch.object(lines, "_get_downpayment_lines", lambda rows: rows):
            self.refused(move, "down payments")
        self.faktura(move)

    def test_receipts_are_no_invoices(self):
        self.connect()
        receipt = self.invoice(move_type="out_receipt")
        self.assertNotIn("send", receipt._l10n_pl_ksef_actions()[receipt])
        self.refused(receipt, "Only invoices and their corrections")


class TestWhatIsNotInvented(Fa3Case):
    def test_nothing_delivered_nothing_off(self):
        """A row of quantity zero gives no discount either."""
        move = self.invoice(self.line(), self.line(quantity=0, discount=10))
        row = self.faktura(move).Fa.FaWiersz[1]
        self.assertEqual((row.P_8B, row.P_10, row.P_11), (D(0), None, D("0.00")))

    def test_half_a_barcode_is_another_barcode(self):
        for barcode, gtin in (("5901234123457", "5901234123457"), ("7" * 21, None)):
            with self.subTest(barcode=barcode):
                product = self.env["product.product"].create({"name": "Sernik", "barcode": barcode})
                move = self.invoice(self.line(product_id=product.id))
                self.assertEqual(self.faktura(move).Fa.FaWiersz[0].GTIN, gtin)

    def test_telephone_numbers(self):
        """More than one number, or a number with an extension, is not run into a third one."""
        for phone, expected in (
            ("+48 (58) 123-45-67", "+48581234567"),
            ("58/123 45 67", "581234567"),
            ("600 700 800, 600 700 801", None),
            ("58 123 45 67 wew. 12", None),
        ):
            with self.subTest(phone=phone):
                self.customer.write({"phone": phone, "email": False})
                contacts = self.faktura(self.invoice()).Podmiot2.DaneKontaktowe
                self.assertEqual(contacts[0].Telefon if contacts else None, expected)

    def test_greek_prefixes(self):
        """Greece is EL in VAT numbers, also where somebody wrote GR."""
        self.customer.with_context(no_vat_validation=True).write(
            {"vat": "GR094259216", "country_id": self.env.ref("base.gr").id}
        )
        identity = self.faktura(self.invoice()).Podmiot2.DaneIdentyfikacyjne
        self.assertEqual((identity.KodUE, identity.NrVatUE), ("EL", "094259216"))


class TestLongInvoices(Fa3Case):
    def test_sections_notes_and_many_rows(self):
        """Rows are numbered through; what only structures the page is no row."""
        rows = [self.line(name=f"Ciastko {number}", price=1.11 + number) for number in range(300)]
        move = self.invoice(
            Command.create({"display_type": "line_section", "name": "Wypieki"}),
            *rows[:150],
            Command.create({"display_type": "line_note", "name": "Przechowywać w chłodzie"}),
            Command.create({"display_type": "line_subsection", "name": "Reszta"}),
            *rows[150:],
        )
        numbers = [row.NrWierszaFa for row in self.faktura(move).Fa.FaWiersz]
        self.assertEqual(numbers, list(range(1, 301)))

    def test_control_characters(self):
        move = self.invoice(self.line(name="Sernik\x01 na\x0bzimno\ufffe,\n2 kg"))
        self.assertEqual(self.faktura(move).Fa.FaWiersz[0].P_7, "Sernik na zimno, 2 kg")
