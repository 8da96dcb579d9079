from datetime import timedelta

from odoo import Command

from ..ksef import fa3
from ..models.moments import warsaw_today
from .fa3_case import D, Fa3Case


class TestFa3Content(Fa3Case):
    """Who, what, when: the rest of the document."""

    def buyer(self, **values):
        values = {"name": "Nabywca", "street": "Ulica 1", "city": "Miasto", **values}
        partner = self.env["res.partner"].create(values)
        return self.faktura(self.invoice(partner=partner)).Podmiot2

    def country(self, code):
        return self.env.ref(f"base.{code}").id

    def identity(self, buyer):
        found = buyer.DaneIdentyfikacyjne
        names = ("NIP", "KodUE", "NrVatUE", "KodKraju", "NrID", "BrakID")
        return {name: getattr(found, name) for name in names if getattr(found, name) is not None}

    def test_the_seller(self):
        invoice = self.faktura(self.invoice())
        seller = invoice.Podmiot1
        self.assertEqual(seller.DaneIdentyfikacyjne.NIP, "5265877635")
        self.assertEqual(seller.DaneIdentyfikacyjne.Nazwa, "Cukiernia Pod Lipą sp. z o.o.")
        self.assertEqual(seller.Adres.KodKraju, "PL")
        self.assertEqual(seller.Adres.AdresL1, "ul. Lipowa 5")
        self.assertEqual(seller.Adres.AdresL2, "00-316 Warszawa")
        self.assertEqual(seller.DaneKontaktowe[0].Email, "biuro@podlipa.example")
        self.assertEqual(invoice.Fa.P_1M, "Warszawa")

    def test_buyers_of_every_kind(self):
        pl, de, gr, us, gb = (self.country(code) for code in ("pl", "de", "gr", "us", "uk"))
        for vat, country, expected in (
            ("PL1234563218", pl, {"NIP": "1234563218"}),
            ("1234563218", pl, {"NIP": "1234563218"}),
            ("PL 123-456-32-18", pl, {"NIP": "1234563218"}),
            (False, pl, {"BrakID": 1}),
            ("DE123456788", de, {"KodUE": "DE", "NrVatUE": "123456788"}),
            ("EL094259216", gr, {"KodUE": "EL", "NrVatUE": "094259216"}),
            ("XI110305878", gb, {"KodUE": "XI", "NrVatUE": "110305878"}),
            ("GB123456782", gb, {"KodKraju": "GB", "NrID": "GB123456782"}),
            ("12-3456789", us, {"KodKraju": "US", "NrID": "12-3456789"}),
            (False, us, {"BrakID": 1}),
            ("/", pl, {"BrakID": 1}),
        ):
            with self.subTest(vat=vat):
                buyer = self.buyer(vat=vat, country_id=country, is_company=bool(vat))
                self.assertEqual(self.identity(buyer), expected)
                self.assertEqual(buyer.DaneIdentyfikacyjne.Nazwa, "Nabywca")

    def test_a_sole_trader(self):
        """A person with a NIP is a business; the contact of a company stands for the company."""
        person = self.env["res.partner"].create(
            {
                "name": "Zofia Mak",
                "is_company": False,
                "vat": "PL7811897358",
                "street": "Polna 3",
                "city": "Poznań",
                "country_id": self.country("pl"),
            }
        )
        buyer = self.faktura(self.invoice(partner=person)).Podmiot2
        self.assertEqual(self.identity(buyer), {"NIP": "7811897358"})
        contact = self.env["res.partner"].create(
            {"name": "Pani z działu zakupów", "parent_id": self.customer.id}
        )
        buyer = self.faktura(self.invoice(partner=contact)).Podmiot2
        self.assertEqual(self.identity(buyer), {"NIP": "1234563218"})
        self.assertEqual(buyer.DaneIdentyfikacyjne.Nazwa, "Hurtownia Łakoci S.A.")

    def test_a_consumer_without_an_address(self):
        buyer = self.buyer(street=False, city=False, country_id=False)
        self.assertEqual(self.identity(buyer), {"BrakID": 1})
        self.assertIsNone(buyer.Adres)

    def test_contacts(self):
        """E-mail and telephone where they fit the schema; nonsense is left out."""
        for email, phone, expected in (
            ("a@b.pl", "+48 601 100 100", ("a@b.pl", "+48601100100")),
            ("nie mam", "601-100-100", (None, "601100100")),
            (False, "601100100 wew. 12345 lub 602200200", None),
            (False, False, None),
        ):
            with self.subTest(email=email, phone=phone):
                contacts = self.buyer(email=email, phone=phone).DaneKontaktowe
                found = [(it.Email, it.Telefon) for it in contacts]
                self.assertEqual(found, [expected] if expected else [])

    def test_texts(self):
        """Characters that XML or the schema would stumble over, and several lines of text."""
        name = "Tort „Ślubny” <3 piętra> & świeczki\nz dostawą"
        move = self.invoice(self.line(name), ref="ZAM/2026/1 & 2")
        fa = self.faktura(move).Fa
        self.assertEqual(fa.FaWiersz[0].P_7, "Tort „Ślubny” <3 piętra> & świeczki z dostawą")
        self.assertEqual(fa.WarunkiTransakcji.Zamowienia[0].NrZamowienia, "ZAM/2026/1 & 2")
        data = self.written(move)
        self.assertFalse(data.startswith(b"\xef\xbb\xbf"), "KSeF refuses a byte order mark")
        self.assertEqual(data.count(b"<?"), 1, "and processing instructions")

    def test_units_are_polish(self):
        """Whoever sends, in whatever language: the document is the same."""
        self.env["res.lang"]._activate_lang("pl_PL")
        unit = self.env.ref("uom.product_uom_unit")
        unit.with_context(lang="pl_PL").name = "szt."
        unit.with_context(lang="en_US").name = "Units"
        product = self.env["product.product"].create(
            {"name": "Pączek", "uom_id": unit.id, "default_code": "PCZ-1", "taxes_id": False}
        )
        for language in ("en_US", "pl_PL"):
            with self.subTest(language=language):
                self.accountant.lang = language
                move = self.invoice(self.line(product_id=product.id)).with_context(lang=language)
                [row] = self.faktura(move).Fa.FaWiersz
                self.assertEqual(row.P_8A, "szt.")
                self.assertEqual(row.Indeks, "PCZ-1")

    def test_without_polish(self):
        """Odoo need not know Polish to send."""
        self.env["res.lang"].search([("code", "=", "pl_PL")]).active = False
        self.assertFalse(self.env["res.lang"]._get_data(code="pl_PL"))
        self.env.invalidate_all()
        unit = self.env.ref("uom.product_uom_unit")
        product = self.env["product.product"].create({"name": "Pączek", "uom_id": unit.id})
        move = self.invoice(self.line(product_id=product.id))
        self.env.invalidate_all()
        self.assertEqual(self.faktura(move).Fa.FaWiersz[0].P_8A, unit.name)

    def test_dates(self):
        """The day of supply stands there only when it is another one than that of issue."""
        today = warsaw_today()
        self.assertIsNone(self.faktura(self.invoice()).Fa.P_6)
        move = self.invoice(delivery_date=today - timedelta(days=3))
        fa = self.faktura(move).Fa
        self.assertEqual((fa.P_1, fa.P_6), (today, today - timedelta(days=3)))
        self.assertIsNone(self.faktura(self.invoice(delivery_date=today)).Fa.P_6)

    def test_payment(self):
        """Days and account to pay to; with instalments every day."""
        move = self.invoice(invoice_payment_term_id=self.pay_terms_b.id)
        days = sorted(
            move.line_ids.filtered(lambda it: it.display_type == "payment_term").mapped(
                "date_maturity"
            )
        )
        payment = self.faktura(move).Fa.Platnosc
        self.assertEqual([item.Termin for item in payment.TerminPlatnosci], days)
        self.assertEqual(len(days), 2)
        self.assertIsNone(payment.FormaPlatnosci)

        bank = self.env["res.bank"].create({"name": "Bank Próbny S.A.", "bic": "PROBPLPW"})
        account = self.env["res.partner.bank"].create(
            {
                "acc_number": "PL61 1090 1014 0000 0712 1981 2874",
                "partner_id": self.company.partner_id.id,
                "bank_id": bank.id,
                "allow_out_payment": True,
            }
        )
        payment = self.faktura(self.invoice(partner_bank_id=account.id)).Fa.Platnosc
        self.assertEqual(payment.FormaPlatnosci, 6)
        [target] = payment.RachunekBankowy
        self.assertEqual(target.NrRB, "PL61109010140000071219812874")
        self.assertEqual(target.SWIFT, "PROBPLPW")
        self.assertEqual(target.NazwaBanku, "Bank Próbny S.A.")

    def test_related_parties(self):
        """TP: links between seller and buyer are told."""
        self.assertIsNone(self.faktura(self.invoice()).Fa.TP)
        self.customer.l10n_pl_links_with_customer = True
        self.assertEqual(self.faktura(self.invoice()).Fa.TP, 1)

    def test_products(self):
        product = self.env["product.product"].create(
            {
                "name": "Wódka",
                "default_code": "W-40",
                "barcode": "5901234123457",
                "l10n_pl_vat_gtu": "GTU_01",
            }
        )
        row = self.faktura(self.invoice(self.line(product_id=product.id))).Fa.FaWiersz[0]
        self.assertEqual((row.Indeks, row.GTIN, row.GTU), ("W-40", "5901234123457", "GTU_01"))

    # --- what cannot become a document ---------------------------------------------------------

    def test_obstacles(self):
        """Each says what is missing and leads to the record where it is mended."""
        unmapped = self.tax("vs_kraj_23").copy({"name": "Moja stawka"})
        unmapped.l10n_pl_ksef_rate = False
        exempt = self.tax("vs_kraj_zw")
        exempt.l10n_pl_ksef_exemption_basis = False
        nip = self.env["res.partner"].create(
            {"name": "Zły NIP", "country_id": self.country("pl"), "city": "X"}
        )
        self.env.flush_all()
        self.env.cr.execute("UPDATE res_partner SET vat = 'PL1234563219' WHERE id = %s", [nip.id])
        self.env.invalidate_all()
        no_tax = self.line()
        no_tax[2]["tax_ids"] = [Command.clear()]
        cases = [
            (self.invoice(self.line(tax=unmapped)), "“Moja stawka” has no KSeF rate", unmapped),
            (self.invoice(self.line(tax=exempt)), "the law wants the provision", exempt),
            (self.invoice(no_tax), "has no tax", None),
            (self.invoice(move_type="out_refund"), "names the invoice that it corrects", None),
            (self.invoice(partner=nip), "not a valid NIP", nip),
            (self.invoice(self.line("x" * 513)), "513 characters", None),
            (
                self.invoice(self.line(tax=self.tax("vs_kraj_23") | self.tax("vs_kraj_8"))),
                "more than one KSeF rate",
                None,
            ),
        ]
        for move, words, record in cases:
            with self.subTest(words=words):
                found = self.obstacles(move)
                self.assertTrue([it for it in found if words in it[0]], found)
                [(_said, where)] = [it for it in found if words in it[0]]
                self.assertEqual(where, record or move)

    def test_obstacles_of_the_seller(self):
        self.company.write({"street": False, "zip": False, "city": False})
        [(words, record)] = self.obstacles(self.invoice())
        self.assertIn("address is incomplete", words)
        self.assertEqual(record, self.company.partner_id)

    def test_two_kinds_of_exemption(self):
        first, second = self.tax("vs_kraj_zw"), self.tax("vs_kraj_zw_gold")
        first.l10n_pl_ksef_exemption_basis = "art. 43 ustawy o VAT"
        second.write(
            {"l10n_pl_ksef_exemption_basis": "art. 135", "l10n_pl_ksef_exemption_kind": "P_19B"}
        )
        move = self.invoice(self.line(tax=first), self.line(tax=second))
        [(words, _record)] = self.obstacles(move)
        self.assertIn("only one kind", words)

    def test_obstacles_in_the_users_language(self):
        """The document is Polish, what is said about it is not: the user's language counts."""
        self.env["res.lang"]._activate_lang("pl_PL")
        exempt = self.tax("vs_kraj_zw")
        exempt.l10n_pl_ksef_exemption_basis = False
        move = self.invoice(self.line(tax=exempt)).with_context(lang="en_US")
        [(words, record)] = self.obstacles(move)
        self.assertIn("the law wants the provision", words)
        self.assertEqual(record.env.lang, "en_US")

    # --- many ----------------------------------------------------------------------------------

    def test_queries_do_not_grow_with_the_number(self):
        """Forty invoices need no more questions to the database than five."""
        partners = self.env["res.partner"].create(
            [
                {"name": f"Klient {number}", "city": "Łódź", "country_id": self.country("pl")}
                for number in range(40)
            ]
        )
        products = self.env["product.product"].create(
            [{"name": f"Ciasto {number}"} for number in range(40)]
        )
        moves = self.env["account.move"].union(
            *(
                self.invoice(
                    self.line(product_id=products[number].id),
                    self.line(tax="vs_kraj_8"),
                    partner=partners[number],
                )
                for number in range(40)
            )
        )

        def queries(some):
            self.env.flush_all()
            self.env.invalidate_all()
            self.env.registry.clear_all_caches()
            some._l10n_pl_ksef_render()  # what is read once for all: caches of the registry
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            rendered = some._l10n_pl_ksef_render()
            self.assertEqual(len(rendered), len(some))
            return self.env.cr.sql_log_count - before

        few, many = queries(moves[:5]), queries(moves)
        self.assertLessEqual(many, few + 5, f"{few} for five, {many} for forty")

    def test_no_two_are_alike(self):
        """Bytes differ where invoices differ; the sums are exact decimals, never floats."""
        data = self.written(self.invoice(self.line(price=0.1, quantity=3)))
        self.assertIn(b"<P_11>0.3</P_11>", data.replace(b"0.30<", b"0.3<"))
        self.assertNotIn(b"0000000000", data)
        self.assertEqual(fa3.read(data).Fa.P_13_1, D("0.30"))
