"""Random invoices: whatever people enter, what KSeF gets is valid and agrees with the books."""

import time
from collections import defaultdict
from datetime import timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ..ksef import fa3
from ..ksef.fa3.rates import NET_FIELDS, RATES
from ..models.moments import warsaw_today
from .fa3_case import D, Fa3Case

TAXES = (
    "vs_kraj_23",
    "vs_kraj_8",
    "vs_kraj_5",
    "vs_kraj_0",
    "vs_kraj_zw",
    "vs_eksp_tow",
    "vs_ekspu",
    "23% brutto",
    "8% brutto",
    "5% brutto",
)
#: PLN for one unit, also those that no bank would publish.
CURRENCIES = {
    "PLN": None,
    "EUR": 4.2763,
    "USD": 3.600123,
    "GBP": 1 / 0.2049,
    "HUF": 0.011123,
    "JPY": 0.025678,
}
#: Invoices that are made at once; each batch is one example.
TOGETHER = 12
BATCHES = 25
#: A machine that is slow stops here, with at least so many seen.
SECONDS = 35
AT_LEAST = 60


def scaled(least, most, decimals):
    """Decimals as people type them, none of them a float's idea of one."""
    return st.integers(least * 10**decimals, most * 10**decimals).map(
        lambda number: number / 10**decimals
    )


lines = st.fixed_dictionaries(
    {
        "tax": st.sampled_from(TAXES),
        "price": st.one_of(scaled(0, 5000, 2), scaled(0, 3, 8), scaled(0, 200, 4)),
        "quantity": st.one_of(
            st.integers(1, 1000), st.just(1), st.just(-1), scaled(0, 20, 3), scaled(0, 2, 6)
        ),
        "discount": st.one_of(st.just(0), st.sampled_from((5, 10, 33.33, 100)), scaled(0, 100, 2)),
    }
)
invoices = st.fixed_dictionaries(
    {
        "currency": st.sampled_from(sorted(CURRENCIES)),
        "rounding": st.sampled_from((None, None, "half", "up")),
        "lines": st.lists(lines, min_size=1, max_size=9),
    }
)
batches = st.fixed_dictionaries(
    {
        "method": st.sampled_from(("round_per_line", "round_globally")),
        "invoices": st.lists(invoices, min_size=TOGETHER, max_size=TOGETHER),
    }
)


def cents(amount):
    return D(f"{amount:.2f}")


class TestFa3Property(Fa3Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in ("product.decimal_price", "uom.decimal_product_uom"):
            decimals = cls.env.ref(name)
            decimals.digits = 8 if name == "product.decimal_price" else 6
        cls.tax("vs_kraj_zw").l10n_pl_ksef_exemption_basis = "art. 43 ust. 1 pkt 37 ustawy o VAT"
        cls.taxes = {}
        for name in TAXES:
            percent = name.split("%")[0]
            cls.taxes[name] = (
                cls.tax(f"vs_kraj_{percent}").copy(
                    {"name": name, "price_include_override": "tax_included"}
                )
                if "%" in name
                else cls.tax(name)
            )
        cls.env["res.currency.rate"].search([]).unlink()
        cls.currencies = {}
        for name, rate in CURRENCIES.items():
            currency = (
                cls.env["res.currency"]
                .with_context(active_test=False)
                .search([("name", "=", name)])
            )
            currency.active = True
            cls.currencies[name] = currency
            if rate:
                cls.env["res.currency.rate"].create(
                    {
                        "currency_id": currency.id,
                        "name": warsaw_today() - timedelta(days=9),
                        "inverse_company_rate": rate,
                    }
                )
        accounts = cls.company_data
        cls.roundings = {
            name: cls.env["account.cash.rounding"].create(
                {
                    "name": name,
                    "rounding": coin,
                    "rounding_method": method,
                    "profit_account_id": accounts["default_account_revenue"].id,
                    "loss_account_id": accounts["default_account_expense"].id,
                }
            )
            for name, coin, method in (("half", 0.5, "HALF-UP"), ("up", 1.0, "UP"))
        }

    def test_random_invoices(self):
        self.checked = 0
        self.seen = defaultdict(int)
        begin = time.monotonic()

        @settings(
            max_examples=BATCHES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            # Each try posts invoices; to find the smallest one would take minutes.
            phases=(Phase.generate,),
        )
        @given(batches)
        def check(batch):
            if self.checked >= AT_LEAST and time.monotonic() - begin > SECONDS:
                return
            with self.env.cr.savepoint() as savepoint:
                self.check_batch(batch)
                savepoint.rollback()
            self.env.invalidate_all()

        check()
        self.assertGreaterEqual(self.checked, AT_LEAST)
        for what in (
            "foreign",
            "rounded",
            "discount",
            "many decimals",
            "totals that are not the rows",
        ):
            self.assertTrue(self.seen[what], what)

    def check_batch(self, batch):
        self.company.tax_calculation_rounding_method = batch["method"]
        moves = self.env["account.move"].with_user(self.accountant)
        moves = moves.create([self.values(invoice) for invoice in batch["invoices"]])
        # Odoo posts no invoice below zero.
        moves = moves.filtered(lambda move: sum(move.line_ids.mapped("price_total")) >= 0)
        moves.action_post()
        rendered, obstacles, warnings = moves._l10n_pl_ksef_check()
        said = {move.name: [item.words for item in items] for move, items in obstacles.items()}
        self.assertFalse(said)
        self.assertFalse(dict(warnings))
        for move in moves:
            data = rendered[move]
            self.assertEqual(fa3.validate(data), [])
            self.check_invoice(move, fa3.read(data).Fa)
            self.checked += 1

    def values(self, invoice):
        rounding = self.roundings.get(invoice["rounding"])
        return {
            "move_type": "out_invoice",
            "partner_id": self.customer.id,
            "invoice_date": warsaw_today(),
            "currency_id": self.currencies[invoice["currency"]].id,
            "invoice_cash_rounding_id": rounding.id if rounding else False,
            "invoice_line_ids": [
                self.line(
                    f"Ciastko {number}",
                    line["price"],
                    self.taxes[line["tax"]],
                    quantity=line["quantity"],
                    discount=line["discount"],
                )
                for number, line in enumerate(invoice["lines"])
            ],
        }

    # --- one invoice ---------------------------------------------------------------------------

    def check_invoice(self, move, fa):
        products = move.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        self.assertEqual(fa.KodWaluty, move.currency_id.name)
        self.assertEqual(len(fa.FaWiersz), len(products))
        for line, row in zip(products, fa.FaWiersz, strict=True):
            self.check_row(move, line, row)
        self.check_totals(move, products, fa)
        self.check_what_is_paid(move, fa)

    def check_row(self, move, line, row):
        self.assertEqual(row.P_7, line.name)
        self.assertEqual(row.P_8B, D(str(line.quantity)))
        self.assertEqual(row.P_12, line.tax_ids.l10n_pl_ksef_rate)
        self.assertEqual(row.P_11, cents(line.price_subtotal))
        unit = D(str(move.currency_id.rounding))
        if not line.tax_ids.price_include:
            self.assertEqual(row.P_9A, D(f"{line.price_unit:.8f}"))
            self.seen["many decimals"] += row.P_9A.normalize().as_tuple().exponent < -6
        value = row.P_9A * row.P_8B - (row.P_10 or 0)
        # A price with tax is rounded twice: with its tax, and the tax.
        allowed = unit * D("1.01" if line.tax_ids.price_include else "0.51")
        allowed += D("0.00000001") * abs(row.P_8B)
        self.assertLessEqual(abs(value - row.P_11), allowed, row)
        self.assertTrue(line.discount or row.P_10 is None)
        self.seen["discount"] += row.P_10 is not None
        taxed = RATES[row.P_12].tax_pln and move.currency_id.name != "PLN"
        self.assertEqual(row.KursWaluty is not None, bool(taxed))
        if taxed:
            rate = D(repr(CURRENCIES[move.currency_id.name])).quantize(D("0.000001"))
            self.assertEqual(row.KursWaluty, rate)
            self.seen["foreign"] += 1

    def check_totals(self, move, products, fa):
        """Each box is what the books hold at its rate, to the grosz."""
        boxes = defaultdict(D)
        foreign = move.currency_id.name != "PLN"
        for line in products:
            rate = RATES[line.tax_ids.l10n_pl_ksef_rate]
            boxes[rate.net] -= cents(line.amount_currency)
            if rate.tax:
                boxes[rate.tax] += 0
            if rate.tax_pln and foreign:
                boxes[rate.tax_pln] += 0
        for line in move.line_ids.filtered("tax_line_id"):
            rate = RATES[line.tax_line_id.l10n_pl_ksef_rate]
            if rate.tax:
                boxes[rate.tax] -= cents(line.amount_currency)
            if rate.tax_pln and foreign:
                boxes[rate.tax_pln] -= cents(line.balance)
        for rate in RATES.values():
            for box in filter(None, (rate.net, rate.tax, rate.tax_pln)):
                self.assertEqual(getattr(fa, box), boxes.get(box), box)
        taxes = {rate.tax: rate.tax_pln for rate in RATES.values() if rate.tax}
        self.assertEqual(sum(getattr(fa, box) or 0 for box in taxes), cents(move.amount_tax))
        if foreign:
            in_pln = sum(getattr(fa, box) or 0 for box in taxes.values())
            self.assertEqual(in_pln, cents(move.amount_tax_signed))

    def check_what_is_paid(self, move, fa):
        rounded = D(0)
        if fa.Rozliczenie:
            rounded = (fa.Rozliczenie.SumaObciazen or 0) - (fa.Rozliczenie.SumaOdliczen or 0)
            self.assertEqual(fa.Rozliczenie.DoZaplaty, cents(move.amount_total))
            self.assertTrue(move.invoice_cash_rounding_id)
            self.seen["rounded"] += 1
        net = sum(getattr(fa, box) or 0 for box in NET_FIELDS)
        rows = sum(row.P_11 for row in fa.FaWiersz)
        self.assertLessEqual(abs(net - rows), D(str(move.currency_id.rounding)) * len(fa.FaWiersz))
        self.seen["totals that are not the rows"] += net != rows
        self.assertEqual(net + rounded, cents(move.amount_untaxed))
        self.assertEqual(fa.P_15, net + cents(move.amount_tax))
        self.assertEqual(fa.P_15 + rounded, cents(move.amount_total))
