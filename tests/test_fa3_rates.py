from odoo import Command

from .fa3_case import D, Fa3Case

#: Every sales tax of Odoo's Polish chart: its rate in P_12, the elements of its sums, its percent.
CHART = {
    "vs_kraj_23": ("23", "P_13_1", "P_14_1", 23),
    "vs_kraj_usl_23": ("23", "P_13_1", "P_14_1", 23),
    "vs_kraj_8": ("8", "P_13_2", "P_14_2", 8),
    "vs_kraj_5": ("5", "P_13_3", "P_14_3", 5),
    "vs_kraj_0": ("0 KR", "P_13_6_1", None, 0),
    "vs_zwrot_podróżnych_0": ("0 KR", "P_13_6_1", None, 0),
    "vs_kraj_zw": ("zw", "P_13_7", None, 0),
    "vs_kraj_zw_gold": ("zw", "P_13_7", None, 0),
    "vs_stal": ("oo", "P_13_10", None, 0),
    "vs_unia": ("0 WDT", "P_13_6_2", None, 0),
    "vs_unia_i42": ("0 WDT", "P_13_6_2", None, 0),
    "vs_unia_i63": ("0 WDT", "P_13_6_2", None, 0),
    "vs_unia_triangular": ("0 WDT", "P_13_6_2", None, 0),
    "vs_dostu": ("np II", "P_13_9", None, 0),
    "vs_eksp_tow": ("0 EX", "P_13_6_3", None, 0),
    "vs_ekspu": ("np I", "P_13_8", None, 0),
}


class TestFa3Rates(Fa3Case):
    """Pitfall 19: each tax has its rate, each rate its sums; nothing is guessed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in ("vs_kraj_zw", "vs_kraj_zw_gold"):
            cls.tax(name).l10n_pl_ksef_exemption_basis = "art. 43 ust. 1 pkt 37 ustawy o VAT"
        # Sales at 0 WDT and np II are to businesses of the EU, and name their numbers.
        cls.german = cls.env["res.partner"].create(
            {
                "name": "Bäckerei Müller GmbH",
                "is_company": True,
                "street": "Hauptstraße 1",
                "zip": "10115",
                "city": "Berlin",
                "country_id": cls.env.ref("base.de").id,
                "vat": "DE136695976",
            }
        )

    def buyer(self, rate):
        return {"partner": self.german} if rate in ("0 WDT", "np II") else {}

    def test_the_chart_is_complete(self):
        """No sales tax of the Polish chart was forgotten, here or in the mapping."""
        known = self.env["account.tax"].union(*(self.tax(name) for name in CHART))
        chart = (
            self.env["account.tax"]
            .with_context(active_test=False)
            .search(
                [
                    ("company_id", "=", self.company.id),
                    ("type_tax_use", "=", "sale"),
                    ("amount_type", "=", "percent"),
                ]
            )
        )
        own = self.env["ir.model.data"].search(
            [("model", "=", "account.tax"), ("res_id", "in", chart.ids)]
        )
        self.assertEqual(self.env["account.tax"].browse(own.mapped("res_id")), chart & known)
        self.assertEqual(len(known), len(CHART))

    def test_every_tax_of_the_chart(self):
        for name, (rate, net, box, percent) in CHART.items():
            with self.subTest(tax=name):
                self.assertEqual(self.tax(name).l10n_pl_ksef_rate, rate)
                line = self.line(price=250, tax=name)
                invoice = self.faktura(self.invoice(line, **self.buyer(rate)))
                [row] = invoice.Fa.FaWiersz
                self.assertEqual(row.P_12, rate)
                self.assertEqual(row.P_11, D("250.00"))
                self.assertEqual(getattr(invoice.Fa, net), D("250.00"))
                if box:
                    self.assertEqual(getattr(invoice.Fa, box), D(250) * percent / 100)
                reverse = rate in ("oo", "np II")
                self.assertEqual(invoice.Fa.Adnotacje.P_18, 1 if reverse else 2)
                prefix = "PL" if rate in ("0 WDT", "np II") else None
                self.assertEqual(invoice.Podmiot1.PrefiksPodatnika, prefix)

    def test_the_rates_of_old(self):
        """22, 7, 4 and 3 per cent share the sums of their successors, or have their own."""
        for rate, net, tax_box in (
            ("22", "P_13_1", "P_14_1"),
            ("7", "P_13_2", "P_14_2"),
            ("4", "P_13_4", "P_14_4"),
            ("3", "P_13_4", "P_14_4"),
        ):
            with self.subTest(rate=rate):
                tax = self.tax("vs_kraj_23").copy({"name": f"{rate}%", "amount": float(rate)})
                tax.l10n_pl_ksef_rate = rate
                fa = self.faktura(self.invoice(self.line(price=100, tax=tax))).Fa
                self.assertEqual(fa.FaWiersz[0].P_12, rate)
                self.assertEqual(getattr(fa, net), D("100.00"))
                self.assertEqual(getattr(fa, tax_box), D(rate))

    def test_all_rates_on_one_invoice(self):
        """Rows of every rate, two of some, and KSeF's own schema takes it."""
        rows = [self.line(f"Pozycja {name}", 100, name) for name in CHART]
        rows += [self.line("Jeszcze raz", 33.33, "vs_kraj_23", quantity=3)]
        move = self.invoice(*rows, partner=self.german)
        fa = self.faktura(move).Fa
        self.assertEqual(len(fa.FaWiersz), len(CHART) + 1)
        self.assertEqual([row.NrWierszaFa for row in fa.FaWiersz], list(range(1, len(rows) + 1)))
        self.assertEqual(fa.P_13_1, D("299.99"))
        self.assertEqual(fa.P_13_6_2, D("400.00"))
        self.assertEqual(fa.P_13_7, D("200.00"))
        self.assertEqual(fa.P_13_6_1, D("200.00"))
        self.connect()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted", move.l10n_pl_ksef_words)

    def test_triangular_trade(self):
        """art. 135: the simplified procedure is named (P_23)."""
        for tax, mark in (("vs_unia_triangular", 1), ("vs_unia", 2)):
            move = self.invoice(self.line(tax=tax), partner=self.german)
            self.assertEqual(self.faktura(move).Fa.Adnotacje.P_23, mark)

    def test_exemptions_name_their_basis(self):
        """art. 106e section 1 point 19: the kind of provision has its own element."""
        tax = self.tax("vs_kraj_zw")
        for kind in ("P_19A", "P_19B", "P_19C"):
            with self.subTest(kind=kind):
                tax.l10n_pl_ksef_exemption_kind = kind
                exemption = self.faktura(self.invoice(self.line(tax=tax))).Fa.Adnotacje.Zwolnienie
                self.assertEqual(exemption.P_19, 1)
                self.assertEqual(
                    {name: getattr(exemption, name) for name in ("P_19A", "P_19B", "P_19C")},
                    {"P_19A": None, "P_19B": None, "P_19C": None}
                    | {kind: "art. 43 ust. 1 pkt 37 ustawy o VAT"},
                )
        taxed = self.faktura(self.invoice()).Fa.Adnotacje.Zwolnienie
        self.assertEqual((taxed.P_19, taxed.P_19N), (None, 1))

    def test_two_provisions_of_one_kind(self):
        gold = self.tax("vs_kraj_zw_gold")
        gold.l10n_pl_ksef_exemption_basis = "art. 122 ust. 1 ustawy o VAT"
        move = self.invoice(self.line(tax="vs_kraj_zw"), self.line(tax=gold))
        self.assertEqual(
            self.faktura(move).Fa.Adnotacje.Zwolnienie.P_19A,
            "art. 43 ust. 1 pkt 37 ustawy o VAT; art. 122 ust. 1 ustawy o VAT",
        )

    def test_cash_method(self):
        """A tax that falls due with the payment means the cash method (P_16)."""
        tax = self.tax("vs_kraj_23").copy({"name": "23% kasowa"})
        self.company.tax_exigibility = True
        transition = self.env["account.account"].create(
            {
                "code": "22209999",
                "name": "VAT należny do rozliczenia w dniu zapłaty",
                "account_type": "asset_current",
                "reconcile": True,
            }
        )
        tax.write(
            {
                "tax_exigibility": "on_payment",
                "cash_basis_transition_account_id": transition.id,
            }
        )
        self.assertEqual(self.faktura(self.invoice(self.line(tax=tax))).Fa.Adnotacje.P_16, 1)
        self.assertEqual(self.faktura(self.invoice()).Fa.Adnotacje.P_16, 2)

    def test_what_a_person_chose_stays(self):
        """The proposal is made once; a rate chosen by hand outlives changes of the tax."""
        tax = self.tax("vs_kraj_23").copy({"name": "own"})
        tax.l10n_pl_ksef_rate = "22"
        tax.amount = 22
        self.assertEqual(tax.l10n_pl_ksef_rate, "22")
        purchase = self.tax("vz_kraj_23")
        self.assertFalse(purchase.l10n_pl_ksef_rate)

    def test_groups_of_taxes(self):
        group = self.env["account.tax"].create(
            {
                "name": "Grupa",
                "amount_type": "group",
                "type_tax_use": "sale",
                "children_tax_ids": [Command.set(self.tax("vs_kraj_8").ids)],
            }
        )
        fa = self.faktura(self.invoice(self.line(tax=group))).Fa
        self.assertEqual(fa.FaWiersz[0].P_12, "8")
        self.assertEqual(fa.P_14_2, D("8.00"))
