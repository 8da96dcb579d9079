import random
from datetime import date, timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from ..ksef import fa3
from ..ksef.fa3.rates import BUCKETS, RATES
from ..models.moments import warsaw_today
from .fa3_case import D, Fa3Case


class CorrectionCase(Fa3Case):
    """A company whose invoices are in KSeF, and people who correct them."""

    def setUp(self):
        super().setUp()
        self.connection = self.connect()

    def sent(self, *lines, **values):
        """A posted invoice that KSeF has accepted."""
        return self.send(self.invoice(*lines, **values))

    def send(self, move):
        move.with_user(self.accountant).action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        return move

    def credit(self, move, reason="zwrot towaru", **values):
        """The draft that the dialog “Credit Note” makes, as the accountant."""
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"reason": reason, "journal_id": move.journal_id.id, "date": warsaw_today()})
        )
        note = (
            self.env["account.move"]
            .with_user(self.accountant)
            .browse(wizard.refund_moves()["res_id"])
        )
        note.write(values)
        return note

    def debit(self, move, reason="zaniżona cena", copy_lines=True):
        wizard = (
            self.env["account.debit.note"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"reason": reason, "copy_lines": copy_lines, "date": warsaw_today()})
        )
        return (
            self.env["account.move"]
            .with_user(self.accountant)
            .browse(wizard.create_debit()["res_id"])
        )

    def change(self, note, *rows):
        """Change the rows of a draft: a dict of values for each, False where it is dropped."""
        commands = []
        for line, values in zip(note.invoice_line_ids, rows, strict=True):
            if values is False:
                commands.append(Command.delete(line.id))
            elif values:
                commands.append(Command.update(line.id, values))
        note.write({"invoice_line_ids": commands})
        return note

    def kor(self, note):
        """The correction as KSeF reads it, held against Odoo's sums; accepted by KSeF."""
        if note.state == "draft":
            note.action_post()
        data = self.written(note)
        fa = fa3.read(data).Fa
        sign = -1 if note.move_type == "out_refund" else 1
        self.assertEqual(fa.RodzajFaktury, "KOR")
        self.assertEqual(fa.P_15, sign * D(f"{note.amount_total:.2f}"))
        self.assertEqual(fa.P_2, note.name)
        boxes = {rate.net for rate in RATES.values()}
        net = sum(getattr(fa, name) or 0 for name in boxes)
        self.assertEqual(net, sign * D(f"{note.amount_untaxed:.2f}"))
        taxes = {rate.tax for rate in RATES.values() if rate.tax}
        tax = sum(getattr(fa, name) or 0 for name in taxes)
        self.assertEqual(tax, sign * D(f"{note.amount_tax:.2f}"))
        if all(row.P_11 is not None for row in fa.FaWiersz) and fa.FaWiersz:
            rows = sum(row.P_11 * (-1 if row.StanPrzed else 1) for row in fa.FaWiersz)
            self.assertEqual(rows, sign * D(f"{note.amount_untaxed:.2f}"))
        self.send(note)
        return fa3.read(self.document(note)._bytes())

    def rows(self, invoice):
        return [
            (row.StanPrzed, row.P_7, row.P_8B, row.P_9A, row.P_10, row.P_11, row.P_12)
            for row in invoice.Fa.FaWiersz
        ]

    def refused(self, note, words, record=None):
        if note.state == "draft":
            note.action_post()
        found = self.obstacles(note)
        self.assertTrue([it for it in found if words in it[0]], found)
        [(_said, where)] = [it for it in found if words in it[0]]
        self.assertEqual(where, record or note)


class TestCreditNotes(CorrectionCase):
    def test_the_whole_invoice(self):
        """To zero: every row with the other sign, the original named by its KSeF number."""
        day = warsaw_today() - timedelta(days=10)
        move = self.sent(
            self.line("Sernik", 100, quantity=3, discount=10),
            self.line("Chleb", 4.99, tax="vs_kraj_5", quantity=7),
            delivery_date=day,
        )
        note = self.credit(move, "reklamacja")
        self.assertEqual(note.l10n_pl_ksef_correction_reason, "reklamacja")
        self.assertEqual(note.l10n_pl_ksef_correction_type, "2")
        self.assertEqual(note.l10n_pl_ksef_correction_model, "difference")
        invoice = self.kor(note)
        fa = invoice.Fa
        self.assertEqual(fa.PrzyczynaKorekty, "reklamacja")
        self.assertEqual(fa.TypKorekty, 2)
        self.assertEqual(fa.P_6, day, "the day of the original's supply")
        [named] = fa.DaneFaKorygowanej
        self.assertEqual(named.NrFaKorygowanej, move.name)
        self.assertEqual(named.DataWystFaKorygowanej, move.invoice_date)
        self.assertEqual((named.NrKSeF, named.NrKSeFN), (1, None))
        self.assertEqual(named.NrKSeFFaKorygowanej, move.l10n_pl_ksef_number)
        self.assertEqual(
            self.rows(invoice),
            [
                (None, "Sernik", D(-3), D("100.00"), D("-30.00"), D("-270.00"), "23"),
                (None, "Chleb", D(-7), D("4.99"), None, D("-34.93"), "5"),
            ],
        )
        self.assertEqual((fa.P_13_1, fa.P_14_1), (D("-270.00"), D("-62.10")))
        self.assertEqual((fa.P_13_3, fa.P_14_3), (D("-34.93"), D("-1.75")))
        self.assertEqual(fa.P_15, D("-368.78"))
        self.assertIsNone(fa.Platnosc, "the buyer has nothing to pay")
        self.assertIsNone(fa.WarunkiTransakcji, "the reference is no order number")
        self.assertEqual((fa.Podmiot1K, fa.Podmiot2K), (None, []))

    def test_fewer(self):
        """A part is returned: less quantity at the price of the original."""
        move = self.sent(self.line("Sernik", 100, quantity=10), self.line("Tort", 200))
        note = self.change(self.credit(move), {"quantity": 2}, False)
        invoice = self.kor(note)
        self.assertEqual(
            self.rows(invoice), [(None, "Sernik", D(-2), D("100.00"), None, D("-200.00"), "23")]
        )
        self.assertEqual(invoice.Fa.P_15, D("-246.00"))

    def test_cheaper(self):
        """A price-only correction: the quantity stays, the price is a difference (sample 3)."""
        move = self.sent(self.line("lodówka Zimnotech mk1", 1626.01))
        note = self.change(self.credit(move, "obniżka ceny o 200 zł"), {"price_unit": 162.60})
        note.l10n_pl_ksef_correction_type = "3"
        invoice = self.kor(note)
        self.assertEqual(
            self.rows(invoice),
            [(None, "lodówka Zimnotech mk1", D(1), D("-162.60"), None, D("-162.60"), "23")],
        )
        fa = invoice.Fa
        self.assertEqual((fa.P_13_1, fa.P_14_1), (D("-162.60"), D("-37.40")))
        self.assertEqual((fa.P_15, fa.TypKorekty), (D("-200.00"), 3))

    def test_cheaper_by_a_discount(self):
        """95 % off the credited row is 5 % off the invoice: no quantity came back."""
        move = self.sent(self.line("Sernik", 100, quantity=10))
        note = self.change(self.credit(move), {"discount": 95})
        self.assertEqual(
            self.rows(self.kor(note)),
            [(None, "Sernik", D(10), D("-100.00"), D("-950.00"), D("-50.00"), "23")],
        )

    def test_a_lump_sum(self):
        """A row that the original does not have takes off its own price."""
        move = self.sent(self.line("Sernik", 100, quantity=10))
        note = self.change(
            self.credit(move), {"name": "Rabat za zwłokę", "quantity": 1, "price_unit": 80}
        )
        self.assertEqual(
            self.rows(self.kor(note)),
            [(None, "Rabat za zwłokę", D(1), D("-80.00"), None, D("-80.00"), "23")],
        )

    def test_another_rate(self):
        """Out at the wrong rate and in again at the right one, on one correction."""
        move = self.sent(self.line("Poradnik", 100))
        note = self.credit(move, "błędna stawka VAT")
        note.write(
            {
                "invoice_line_ids": [
                    self.line("Poradnik", 100, tax="vs_kraj_5", quantity=-1),
                ]
            }
        )
        invoice = self.kor(note)
        self.assertEqual(
            self.rows(invoice),
            [
                (None, "Poradnik", D(-1), D("100.00"), None, D("-100.00"), "23"),
                (None, "Poradnik", D(1), D("100.00"), None, D("100.00"), "5"),
            ],
        )
        fa = invoice.Fa
        self.assertEqual((fa.P_13_1, fa.P_14_1), (D("-100.00"), D("-23.00")))
        self.assertEqual((fa.P_13_3, fa.P_14_3, fa.P_15), (D("100.00"), D("5.00"), D("-18.00")))

    def test_other_taxes(self):
        """Exempt, EU delivery and prices that include the tax."""
        exempt = self.tax("vs_kraj_zw")
        exempt.l10n_pl_ksef_exemption_basis = "art. 43 ust. 1 pkt 29 ustawy o VAT"
        included = self.tax("vs_kraj_23").copy(
            {"name": "23% brutto", "price_include_override": "tax_included"}
        )
        included.l10n_pl_ksef_rate = "23"
        move = self.sent(self.line("Kurs", 50, tax=exempt), self.line("Tort", 123, tax=included))
        invoice = self.kor(self.credit(move))
        self.assertEqual(
            self.rows(invoice),
            [
                (None, "Kurs", D(-1), D("50.00"), None, D("-50.00"), "zw"),
                (None, "Tort", D(-1), D("100.00"), None, D("-100.00"), "23"),
            ],
        )
        self.assertEqual(invoice.Fa.Adnotacje.Zwolnienie.P_19, 1)
        self.assertEqual(invoice.Fa.P_13_7, D("-50.00"))


class TestRowsBeforeAndAfter(CorrectionCase):
    def test_cheaper(self):
        """As sample 2: the row before and the row after, each numbered from 1."""
        move = self.sent(self.line("Tort", 50), self.line("lodówka Zimnotech mk1", 1626.01))
        note = self.change(
            self.credit(move, l10n_pl_ksef_correction_model="before_after"),
            False,
            {"price_unit": 162.60},
        )
        invoice = self.kor(note)
        name = "lodówka Zimnotech mk1"
        self.assertEqual(
            self.rows(invoice),
            [
                (1, name, D(1), D("1626.01"), None, D("1626.01"), "23"),
                (None, name, D(1), D("1463.41"), None, D("1463.41"), "23"),
            ],
        )
        self.assertEqual([row.NrWierszaFa for row in invoice.Fa.FaWiersz], [1, 1])
        self.assertEqual(invoice.Fa.P_15, D("-200.00"))

    def test_fewer_and_lump_sums(self):
        move = self.sent(
            self.line("Sernik", 100, quantity=10, discount=10), self.line("Tort", 90, quantity=3)
        )
        note = self.change(
            self.credit(move, l10n_pl_ksef_correction_model="before_after"),
            {"quantity": 4},
            {"quantity": 1, "price_unit": 20},
        )
        self.assertEqual(
            self.rows(self.kor(note)),
            [
                (1, "Sernik", D(10), D("100.00"), D("100.00"), D("900.00"), "23"),
                (None, "Sernik", D(6), D("100.00"), D("60.00"), D("540.00"), "23"),
                (1, "Tort", D(3), D("90.00"), None, D("270.00"), "23"),
                (None, "Tort", D(3), D("83.33333333"), None, D("250.00"), "23"),
            ],
        )

    def test_to_zero_and_a_row_of_its_own(self):
        move = self.sent(self.line("Sernik", 100, quantity=2))
        note = self.credit(move, l10n_pl_ksef_correction_model="before_after")
        note.write({"invoice_line_ids": [self.line("Opłata manipulacyjna", -15)]})
        self.assertEqual(
            self.rows(self.kor(note)),
            [
                (1, "Sernik", D(2), D("100.00"), None, D("200.00"), "23"),
                (None, "Sernik", D(0), D("100.00"), None, D("0.00"), "23"),
                (None, "Opłata manipulacyjna", D(1), D("15.00"), None, D("15.00"), "23"),
            ],
        )

    def test_more(self):
        """A debit note raises quantity or price."""
        move = self.sent(self.line("Sernik", 100, quantity=2), self.line("Tort", 90))
        note = self.change(self.debit(move), {"quantity": 1}, {"price_unit": 10})
        note.l10n_pl_ksef_correction_model = "before_after"
        self.assertEqual(
            self.rows(self.kor(note)),
            [
                (1, "Sernik", D(2), D("100.00"), None, D("200.00"), "23"),
                (None, "Sernik", D(3), D("100.00"), None, D("300.00"), "23"),
                (1, "Tort", D(1), D("90.00"), None, D("90.00"), "23"),
                (None, "Tort", D(1), D("100.00"), None, D("100.00"), "23"),
            ],
        )

    def test_words_only(self):
        """A wrong name: no amounts change, and the row says what it says now."""
        product = self.env["product.product"].create({"name": "Sernik", "taxes_id": False})
        move = self.sent(self.line("Sernik", 100, product_id=product.id))
        note = self.change(
            self.credit(move, "błędna nazwa", l10n_pl_ksef_correction_model="before_after"),
            {"name": "Makowiec", "price_unit": 0},
        )
        self.assertEqual(
            self.rows(self.kor(note)),
            [
                (1, "Sernik", D(1), D("100.00"), None, D("100.00"), "23"),
                (None, "Makowiec", D(1), D("100.00"), None, D("100.00"), "23"),
            ],
        )

    def test_rows_without_a_price(self):
        move = self.sent(self.line("Próbka", 0), self.line("Sernik", 100))
        note = self.change(
            self.credit(move, l10n_pl_ksef_correction_model="before_after"),
            {"price_unit": 7},
            False,
        )
        self.refused(note, "“Próbka” of the original has no quantity or no price")

    def test_what_stood_there_before_is_not_known(self):
        move = self.sent(self.line("Sernik", 100, quantity=3))
        self.kor(self.change(self.credit(move), {"quantity": 1}))
        second = self.change(
            self.credit(move, l10n_pl_ksef_correction_model="before_after"), {"quantity": 1}
        )
        self.refused(second, "was corrected before")
        second.l10n_pl_ksef_correction_model = "difference"
        self.kor(second)


class TestUpwards(CorrectionCase):
    def test_debit_note(self):
        """More than was invoiced: positive differences."""
        move = self.sent(self.line("Sernik", 100, quantity=10))
        note = self.change(self.debit(move, "zaniżona cena"), {"price_unit": 5})
        self.assertEqual(note.l10n_pl_ksef_correction_reason, "zaniżona cena")
        self.assertEqual(note.l10n_pl_ksef_correction_type, "1")
        fa = self.kor(note).Fa
        self.assertEqual(fa.PrzyczynaKorekty, "zaniżona cena")
        self.assertEqual(fa.TypKorekty, 1)
        self.assertEqual((fa.P_13_1, fa.P_14_1, fa.P_15), (D("50.00"), D("11.50"), D("61.50")))
        [row] = fa.FaWiersz
        self.assertEqual((row.P_8B, row.P_9A, row.P_11), (D(10), D("5.00"), D("50.00")))
        self.assertEqual(fa.DaneFaKorygowanej[0].NrKSeFFaKorygowanej, move.l10n_pl_ksef_number)
        self.assertIsNone(fa.WarunkiTransakcji)
        self.assertTrue(fa.Platnosc.TerminPlatnosci, "it is to be paid")

    def test_a_correction_of_a_correction(self):
        """Every correction names the first invoice, whatever Odoo made it from."""
        move = self.sent(self.line("Sernik", 100, quantity=10))
        credit = self.change(self.credit(move), {"quantity": 4})
        self.kor(credit)
        back = self.debit(credit, "jednak nie", copy_lines=False)
        back.write({"invoice_line_ids": [self.line("Sernik", 100, quantity=4)]})
        fa = self.kor(back).Fa
        self.assertEqual([it.NrFaKorygowanej for it in fa.DaneFaKorygowanej], [move.name])
        self.assertEqual(fa.DaneFaKorygowanej[0].NrKSeFFaKorygowanej, move.l10n_pl_ksef_number)
        self.assertEqual((fa.FaWiersz[0].P_8B, fa.P_15), (D(4), D("492.00")))
        raised = self.change(self.debit(move), {"price_unit": 5})
        self.kor(raised)
        fa = self.kor(self.credit(raised)).Fa
        self.assertEqual([it.NrFaKorygowanej for it in fa.DaneFaKorygowanej], [move.name])
        # It takes back a higher price, not goods.
        [row] = fa.FaWiersz
        self.assertEqual((row.P_8B, row.P_9A, row.P_11), (D(10), D("-5.00"), D("-50.00")))

    def test_an_ordinary_invoice_is_none(self):
        move = self.invoice()
        self.assertFalse(move.l10n_pl_ksef_is_correction)
        self.assertFalse(move.l10n_pl_ksef_correction_type)
        self.assertFalse(move.l10n_pl_ksef_correction_model)
        fa = self.faktura(move).Fa
        self.assertEqual(fa.RodzajFaktury, "VAT")
        self.assertEqual((fa.TypKorekty, fa.DaneFaKorygowanej), (None, []))


class TestOriginals(CorrectionCase):
    """The corrected invoice is named by its KSeF number wherever it has one (pitfall 20)."""

    def named(self, invoice):
        return [
            (it.NrFaKorygowanej, it.DataWystFaKorygowanej, it.NrKSeFFaKorygowanej, it.NrKSeFN)
            for it in invoice.Fa.DaneFaKorygowanej
        ]

    def test_on_its_way(self):
        """Its number is waited for; that it is outside KSeF would be wrong for ever."""
        move = self.invoice()
        self.refused(self.credit(move), "has no KSeF number in this environment")
        documents = self.env["l10n_pl_ksef.document"]
        documents._prepare(move._l10n_pl_ksef_render(), self.connection)
        note = self.credit(move)
        note.l10n_pl_ksef_original_outside = True
        self.refused(note, "Wait for the number of the original", move)
        with self.assertRaisesRegex(UserError, "Wait for the number of the original"):
            note.action_l10n_pl_ksef_send()
        self.assertFalse(note.l10n_pl_ksef_state)
        self.document(move)._send()
        self.document(move)._ask_status()
        self.assertEqual(
            self.named(self.kor(note)),
            [(move.name, move.invoice_date, move.l10n_pl_ksef_number, None)],
        )

    def test_rejected(self):
        """What KSeF rejected is not issued: it is mended and sent again."""
        move = self.invoice()
        self.env["l10n_pl_ksef.document"]._prepare({move: b"<Faktura/>"}, self.connection)
        document = self.document(move)
        document._send()
        document._ask_status()
        self.assertEqual(move.l10n_pl_ksef_state, "rejected")
        self.refused(self.credit(move), "is not issued", move)

    def test_before_ksef(self):
        """Before 1 February 2026 everything without a number was issued outside."""
        day = date(2026, 1, 31)
        move = self.invoice(day=day)
        self.assertEqual(self.named(self.kor(self.credit(move))), [(move.name, day, None, 1)])
        later = self.invoice(day=date(2026, 2, 1))
        note = self.credit(later)
        self.refused(note, "has no KSeF number in this environment")
        note.l10n_pl_ksef_original_outside = True
        self.assertEqual(self.named(self.kor(note)), [(later.name, later.invoice_date, None, 1)])

    def test_total_failure(self):
        """Issued outside for good, with the announcement on record."""
        move = self.invoice()
        move._l10n_pl_ksef_send("total_failure")
        self.assertEqual(move.l10n_pl_ksef_state, "outside")
        note = self.credit(move)
        self.refused(note, "none is on record", move)
        now = fields.Datetime.now()
        self.env["l10n_pl_ksef.outage"].with_user(self.manager).create(
            {
                "environment": "simulator",
                "kind": "TOTAL_FAILURE",
                "start": now - timedelta(hours=2),
                "announced": now - timedelta(hours=2),
                "announcement": "K/2026/CAL/01",
                "text": "Awaria całkowita KSeF.",
                "link": "https://www.gov.pl/web/finanse/komunikat",
            }
        )
        self.assertEqual(self.named(self.kor(note)), [(move.name, move.invoice_date, None, 1)])

    def test_taken_over(self):
        """What Odoo's own module sent has a number too: the number, not its reference (A10)."""
        number = "5265877635-20260701-0200001B2C40-5F"
        for status, ksef_number in (("accepted", number), ("sent", False)):
            with self.subTest(status=status):
                move = self.invoice()
                move.sudo().write(
                    {
                        "l10n_pl_edi_status": status,
                        "l10n_pl_edi_number": ksef_number,
                        "l10n_pl_edi_ref": "20260701-EE-0000000000-0000000000-00",
                    }
                )
                note = self.credit(move)
                if ksef_number:
                    self.assertEqual(
                        self.named(self.kor(note)), [(move.name, move.invoice_date, number, None)]
                    )
                else:
                    self.refused(note, "Wait for the number", move)

    def test_other_environments_do_not_count(self):
        """A number got in another environment is none here."""
        move = self.sent()
        document = self.document(move)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE l10n_pl_ksef_document SET environment = 'demo' WHERE id = %s", [document.id]
        )
        self.env.invalidate_all()
        self.refused(self.credit(move), "has no KSeF number in this environment")

    def test_by_hand(self):
        """A credit note of an invoice that is not in Odoo (A11)."""
        note = self.draft(self.line("Sernik", 100, quantity=2), move_type="out_refund")
        self.refused(note, "names the invoice that it corrects")
        note.l10n_pl_ksef_original_number = "FV 12/2025"
        self.refused(note, "date of FV 12/2025 is missing")
        note.l10n_pl_ksef_original_date = date(2025, 12, 12)
        rendered, _obstacles, _warnings = note._l10n_pl_ksef_check()
        self.assertEqual(
            self.named(fa3.read(rendered[note])), [("FV 12/2025", date(2025, 12, 12), None, 1)]
        )
        note.l10n_pl_ksef_original_date = date(2026, 5, 12)
        self.refused(note, "has no KSeF number in this environment")
        note.l10n_pl_ksef_original_ksef_number = "5265877635"
        self.refused(note, "not built like a KSeF number")
        number = "5265877635-20260512-0200001B2C40-5F"
        note.l10n_pl_ksef_original_ksef_number = f" {number.lower()} "
        invoice = self.kor(note)
        self.assertEqual(self.named(invoice), [("FV 12/2025", date(2026, 5, 12), number, None)])
        # Nothing to compare with: what is credited came back.
        self.assertEqual(
            self.rows(invoice), [(None, "Sernik", D(-2), D("100.00"), None, D("-200.00"), "23")]
        )

    def test_sent_by_another_program(self):
        move = self.invoice()
        note = self.credit(move)
        number = "5265877635-20260512-0200001B2C40-5F"
        note.write(
            {
                "l10n_pl_ksef_original_number": move.name,
                "l10n_pl_ksef_original_ksef_number": number,
                "l10n_pl_ksef_correction_model": "before_after",
            }
        )
        self.assertEqual(self.named(self.kor(note)), [(move.name, move.invoice_date, number, None)])
        # Rows as Odoo has them: there is no document of ours to read.
        self.assertEqual(
            self.rows(fa3.read(self.document(note)._bytes())),
            [
                (1, "Sernik na zimno", D(1), D("100.00"), None, D("100.00"), "23"),
                (None, "Sernik na zimno", D(0), D("100.00"), None, D("0.00"), "23"),
            ],
        )

    def test_several(self):
        """A collective correction names them all, each as it is."""
        old = self.invoice(day=date(2026, 1, 15))
        first = self.sent(self.line("Sernik", 100, quantity=10))
        second = self.sent(self.line("Tort", 200))
        note = self.change(self.credit(second, "rabat"), {"price_unit": 20})
        note.l10n_pl_ksef_corrected_ids = old | first
        self.assertEqual(
            self.named(self.kor(note)),
            [
                (old.name, old.invoice_date, None, 1),
                (first.name, first.invoice_date, first.l10n_pl_ksef_number, None),
                (second.name, second.invoice_date, second.l10n_pl_ksef_number, None),
            ],
        )
        note = self.credit(second, l10n_pl_ksef_correction_model="before_after")
        note.l10n_pl_ksef_corrected_ids = first
        self.refused(note, "only where one invoice in Odoo is corrected")

    def test_another_currency(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        move = self.sent()
        note = self.credit(move)
        note.currency_id = euro
        self.refused(note, f"{move.name} is in PLN, this correction in EUR")

    def test_drafts_and_receipts(self):
        move = self.sent()
        note = self.credit(move)
        note.l10n_pl_ksef_corrected_ids = self.draft()
        self.refused(note, "is no posted invoice", note.l10n_pl_ksef_corrected_ids)
        receipt = self.invoice(move_type="out_receipt")
        self.refused(self.credit(receipt), "is no posted invoice", receipt)

    def test_a_discount_on_a_period(self):
        """art. 106j sec. 3: totals only (sample 6), or with the names of the goods (sample 7)."""
        first, second = self.sent(), self.sent()
        reason = "rabat 50000 z uwagi na poziom zakupów w pierwszym półroczu 2026"
        note = self.draft(
            self.line("Rabat", 40650.41),
            move_type="out_refund",
            l10n_pl_ksef_correction_reason=reason,
            l10n_pl_ksef_correction_period="pierwsze półrocze 2026",
            l10n_pl_ksef_corrected_ids=[Command.set((first | second).ids)],
        )
        fa = self.kor(note).Fa
        self.assertEqual(fa.FaWiersz, [])
        self.assertEqual(fa.OkresFaKorygowanej, "pierwsze półrocze 2026")
        self.assertEqual((fa.PrzyczynaKorekty, fa.TypKorekty), (reason, 2))
        self.assertEqual(len(fa.DaneFaKorygowanej), 2)
        self.assertEqual(
            (fa.P_13_1, fa.P_14_1, fa.P_15), (D("-40650.41"), D("-9349.59"), D("-50000.00"))
        )
        product = self.env["product.product"].create({"name": "Lodówka", "taxes_id": False})
        note = self.draft(
            self.line("lodówka Zimnotech mk1", 40.65041, quantity=1000, product_id=product.id),
            move_type="out_refund",
            l10n_pl_ksef_correction_period="pierwsze półrocze 2026",
            l10n_pl_ksef_corrected_ids=[Command.set((first | second).ids)],
        )
        fa = self.kor(note).Fa
        [row] = fa.FaWiersz
        self.assertEqual(row.P_7, "lodówka Zimnotech mk1")
        self.assertEqual((row.P_8B, row.P_9A, row.P_11, row.P_12), (D(1000), None, None, None))
        self.assertEqual((fa.P_13_1, fa.P_15), (D("-40650.41"), D("-50000.00")))

    def test_kinds_that_are_not_told_yet(self):
        """The original is a settlement: its correction is no ordinary one."""
        move = self.sent()
        note = self.credit(move)
        note.action_post()
        lines = type(self.env["account.move.line"])
        original = move.invoice_line_ids
        with patch.object(lines, "_get_downpayment_lines", lambda rows: rows & original):
            self.refused(note, "down payments")


class TestPartiesOfCorrections(CorrectionCase):
    def nothing(self, note):
        """The dialog copies the rows; where only data is wrong they cost nothing."""
        note.invoice_line_ids.write({"price_unit": 0})
        return note

    def test_the_name_of_the_buyer(self):
        """As sample 5: both names, the same key, no rows and no amounts."""
        self.customer.name = "CDE sp. j."
        move = self.sent()
        self.customer.write({"name": "CeDeE s.c.", "street": "ul. Sadowa 1 lok. 3"})
        note = self.nothing(self.credit(move, "błędna nazwa nabywcy"))
        note.write({"l10n_pl_ksef_corrects_buyer": True, "l10n_pl_ksef_correction_type": "1"})
        invoice = self.kor(note)
        now, fa = invoice.Podmiot2, invoice.Fa
        [then] = fa.Podmiot2K
        self.assertEqual(now.DaneIdentyfikacyjne.Nazwa, "CeDeE s.c.")
        self.assertEqual(now.Adres.AdresL1, "ul. Sadowa 1 lok. 3")
        self.assertEqual(then.DaneIdentyfikacyjne.Nazwa, "CDE sp. j.")
        self.assertEqual(then.DaneIdentyfikacyjne.NIP, "1234563218")
        self.assertEqual(now.DaneIdentyfikacyjne.NIP, "1234563218")
        self.assertEqual(
            (then.Adres.AdresL1, then.Adres.AdresL2), ("ul. Długa 10/2", "80-831 Gdańsk")
        )
        self.assertEqual((now.IDNabywcy, then.IDNabywcy), ("0001", "0001"))
        self.assertEqual((fa.FaWiersz, fa.P_13_1, fa.P_14_1), ([], None, None))
        self.assertEqual((fa.P_15, fa.TypKorekty), (D("0.00"), 1))
        self.assertIsNone(fa.Podmiot1K)

    def test_the_seller(self):
        move = self.sent()
        self.company.write({"name": "Cukiernia Pod Lipą S.A.", "street": "ul. Lipowa 7"})
        note = self.nothing(self.credit(move, "błędna nazwa sprzedawcy"))
        note.l10n_pl_ksef_corrects_seller = True
        invoice = self.kor(note)
        then = invoice.Fa.Podmiot1K
        self.assertEqual(invoice.Podmiot1.DaneIdentyfikacyjne.Nazwa, "Cukiernia Pod Lipą S.A.")
        self.assertEqual(then.DaneIdentyfikacyjne.Nazwa, "Cukiernia Pod Lipą sp. z o.o.")
        self.assertEqual(then.DaneIdentyfikacyjne.NIP, "5265877635")
        self.assertEqual(then.Adres.AdresL1, "ul. Lipowa 5")
        self.assertEqual(invoice.Fa.Podmiot2K, [])

    def test_data_and_amounts(self):
        """Both on one correction: the rows stay."""
        move = self.sent()
        self.customer.name = "Hurtownia Łakoci sp. z o.o."
        note = self.change(self.credit(move), {"price_unit": 10})
        note.l10n_pl_ksef_corrects_buyer = True
        fa = self.kor(note).Fa
        self.assertEqual(len(fa.Podmiot2K), 1)
        self.assertEqual((fa.FaWiersz[0].P_11, fa.P_15), (D("-10.00"), D("-12.30")))

    def test_a_new_address_is_not_corrected(self):
        """The customer has moved since: that is no mistake on the original."""
        move = self.sent()
        self.customer.street = "ul. Nowa 1"
        invoice = self.kor(self.credit(move))
        self.assertEqual(invoice.Fa.Podmiot2K, [])
        self.assertEqual(invoice.Podmiot2.Adres.AdresL1, "ul. Nowa 1")
        self.assertIsNone(invoice.Podmiot2.IDNabywcy)

    def test_nothing_to_correct(self):
        move = self.sent()
        note = self.nothing(self.credit(move))
        note.l10n_pl_ksef_corrects_buyer = True
        self.refused(note, "are the same as on the original", self.customer)
        note.write({"l10n_pl_ksef_corrects_buyer": False, "l10n_pl_ksef_corrects_seller": True})
        self.refused(note, "are the same as on the original", self.company)

    def test_data_that_is_not_known(self):
        """Odoo keeps no earlier name; only the document that was sent tells it."""
        move = self.invoice(day=date(2026, 1, 15))
        note = self.nothing(self.credit(move))
        note.l10n_pl_ksef_corrects_buyer = True
        self.refused(note, "known only of a single invoice that was sent to KSeF")

    def test_the_tax_number_does_not_change(self):
        """Credit it all and issue a new one; the correction to zero bears the old number."""
        move = self.sent(self.line("Sernik", 100, quantity=2))
        self.customer.write({"vat": "PL7811897358", "name": "Właściwy Nabywca"})
        part = self.change(self.credit(move), {"quantity": 1})
        self.refused(part, "A tax number cannot be corrected", self.customer)
        part.button_draft()
        part.unlink()
        invoice = self.kor(self.credit(move, "błędny NIP nabywcy"))
        self.assertEqual(invoice.Podmiot2.DaneIdentyfikacyjne.NIP, "1234563218")
        self.assertEqual(invoice.Podmiot2.DaneIdentyfikacyjne.Nazwa, "Hurtownia Łakoci S.A.")
        self.assertEqual(invoice.Fa.P_15, D("-246.00"))
        again = self.faktura(self.invoice(self.line("Sernik", 100, quantity=2)))
        self.assertEqual(again.Podmiot2.DaneIdentyfikacyjne.NIP, "7811897358")

    def test_what_is_left_goes_to_zero(self):
        """Corrected before, and the rest taken back now: nothing is left with the old number."""
        move = self.sent(
            self.line("Sernik", 100, quantity=3), self.line("Chleb", 5, tax="vs_kraj_5")
        )
        self.kor(self.change(self.credit(move), {"quantity": 1}, False))
        self.customer.vat = "PL7811897358"
        part = self.change(self.credit(move), {"quantity": 2}, False)
        self.refused(part, "A tax number cannot be corrected", self.customer)
        part.button_draft()
        part.unlink()
        invoice = self.kor(self.change(self.credit(move), {"quantity": 2}, {}))
        self.assertEqual(invoice.Podmiot2.DaneIdentyfikacyjne.NIP, "1234563218")
        self.assertEqual(invoice.Fa.P_15, D("-251.25"))

    def test_another_customer(self):
        other = self.env["res.partner"].create(
            {
                "name": "Inny",
                "vat": "PL7811897358",
                "city": "Łódź",
                "country_id": self.env.ref("base.pl").id,
            }
        )
        first, second = self.sent(), self.sent(partner=other)
        note = self.change(self.credit(first), {"price_unit": 10})
        note.l10n_pl_ksef_corrected_ids = second
        self.refused(note, f"{second.name} was issued to another tax number", self.customer)


class TestManyCorrections(CorrectionCase):
    def test_queries_do_not_grow_with_the_number(self):
        """What they correct is read for all of them at once, what KSeF has of it too."""
        moves = self.env["account.move"].union(
            *(self.invoice(self.line(f"Ciasto {n}", quantity=2)) for n in range(20))
        )
        moves.with_user(self.accountant).action_l10n_pl_ksef_send()
        for _turn in range(3):
            self.run_outbox()
        self.assertEqual(set(moves.mapped("l10n_pl_ksef_state")), {"accepted"})
        notes = self.env["account.move"].union(*(self.credit(move) for move in moves))
        notes.action_post()
        notes[:10].l10n_pl_ksef_correction_model = "before_after"

        def queries(some):
            self.env.flush_all()
            self.env.invalidate_all()
            self.env.registry.clear_all_caches()
            some._l10n_pl_ksef_render()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(some._l10n_pl_ksef_render()), len(some))
            return self.env.cr.sql_log_count - before

        few, many = queries(notes[10:13]), queries(notes[10:])
        self.assertLessEqual(many, few + 5, f"{few} for three, {many} for ten")

    def test_the_bookkeeper_may_not_send(self):
        note = self.credit(self.sent())
        note.action_post()
        with self.assertRaises(AccessError):
            note.with_user(self.bookkeeper).action_l10n_pl_ksef_send()

    def test_reverse_and_issue_anew(self):
        """“Reverse and create invoice” posts the correction to zero and drafts the right one."""
        move = self.sent()
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"reason": "błędny NIP", "journal_id": move.journal_id.id})
        )
        wizard.modify_moves()
        [note] = move.reversal_move_ids.with_user(self.accountant)
        self.assertEqual(note.state, "posted")
        fa = self.kor(note).Fa
        self.assertEqual((fa.PrzyczynaKorekty, fa.P_15), ("błędny NIP", D("-123.00")))

    def test_the_form(self):
        """The KSeF page asks only for corrections, and for numbers only where they are missing."""
        move = self.sent()
        note = self.credit(move)
        self.assertEqual(note.l10n_pl_ksef_original_ids, move)
        with Form(note) as form:
            form.l10n_pl_ksef_correction_reason = "pomyłka w cenie"
            form.l10n_pl_ksef_correction_type = "3"
            form.l10n_pl_ksef_correction_model = "before_after"
            with self.assertRaisesRegex(AssertionError, "invisible"):
                form.l10n_pl_ksef_original_number = "FV 1"
        self.assertEqual(note.l10n_pl_ksef_correction_reason, "pomyłka w cenie")
        self.assertEqual(self.kor(note).Fa.PrzyczynaKorekty, "pomyłka w cenie")
        with (
            Form(note) as form,
            self.assertRaisesRegex(AssertionError, "readonly"),
        ):
            form.l10n_pl_ksef_correction_reason = "inaczej"
        with (
            Form(self.draft()) as form,
            self.assertRaisesRegex(AssertionError, "invisible"),
        ):
            form.l10n_pl_ksef_correction_reason = "nic"
        free = self.draft(move_type="out_refund")
        self.assertFalse(free.l10n_pl_ksef_original_ids)
        with Form(free) as form:
            form.l10n_pl_ksef_original_number = "FV 1"
            form.l10n_pl_ksef_original_date = date(2025, 1, 1)
        self.assertEqual(free.l10n_pl_ksef_correction_type, "2")
        self.kor(free)


class TestAnyCorrection(CorrectionCase):
    """Random corrections of random invoices: right in their sums, row by row, to the grosz."""

    def original(self, dice):
        taxes = [self.tax(name) for name in ("vs_kraj_23", "vs_kraj_8", "vs_kraj_5", "vs_kraj_0")]
        lines = [
            self.line(
                f"Pozycja {number}",
                round(dice.uniform(0.01, 3000), dice.choice((0, 2, 4))) or 1,
                tax=dice.choice([*taxes, self.included]),
                quantity=round(dice.uniform(1, 40), dice.choice((0, 0, 2))),
                discount=dice.choice((0, 0, 5, 12.5, 33.33)),
            )
            for number in range(dice.randint(1, 5))
        ]
        return self.invoice(*lines, day=date(2026, 1, dice.randint(2, 30)))

    def changes(self, dice, line):
        """Less, cheaper, a lump sum off, or all of it."""
        return dice.choice(
            (
                {},
                {"quantity": round(line.quantity * dice.uniform(0.1, 0.9), 2)},
                {"price_unit": round(line.price_unit * dice.uniform(0.01, 0.9), 2) or 0.01},
                {"quantity": 1, "price_unit": round(line.price_subtotal / 3, 2), "discount": 0},
            )
        )

    def test_random_corrections(self):
        self.included = self.tax("vs_kraj_23").copy(
            {"name": "23% brutto", "price_include_override": "tax_included"}
        )
        self.included.l10n_pl_ksef_rate = "23"
        self.env["decimal.precision"].sudo().search([("name", "=", "Product Price")]).digits = 4
        kinds = set()
        for seed in range(40):
            dice = random.Random(seed)
            with self.subTest(seed=seed):
                move = self.original(dice)
                note = self.credit(move) if seed % 4 else self.debit(move)
                note.l10n_pl_ksef_correction_model = dice.choice(("difference", "before_after"))
                kept = dice.sample(range(len(note.invoice_line_ids)), 1)
                self.change(
                    note,
                    *(
                        self.changes(dice, line) if number in kept or dice.random() < 0.7 else False
                        for number, line in enumerate(note.invoice_line_ids)
                    ),
                )
                note.action_post()
                fa = fa3.read(self.written(note)).Fa
                sign = -1 if note.move_type == "out_refund" else 1
                self.assertEqual(fa.P_15, sign * D(f"{note.amount_total:.2f}"))
                net = sum(getattr(fa, rate.net) or 0 for rate in BUCKETS)
                self.assertEqual(net, sign * D(f"{note.amount_untaxed:.2f}"))
                # Odoo rounds the total, so that rows may differ from it by a grosz each.
                rows = sum(row.P_11 * (-1 if row.StanPrzed else 1) for row in fa.FaWiersz)
                self.assertAlmostEqual(rows, net, delta=D("0.01") * len(fa.FaWiersz))
                for row in fa.FaWiersz:
                    made = row.P_8B * row.P_9A - (row.P_10 or 0)
                    self.assertAlmostEqual(made, row.P_11, delta=D("0.011"), msg=str(row))
                    if note.l10n_pl_ksef_correction_model == "before_after":
                        self.assertGreaterEqual(row.P_11, 0)
                kinds.add((note.move_type, note.l10n_pl_ksef_correction_model))
        self.assertEqual(len(kinds), 4)
