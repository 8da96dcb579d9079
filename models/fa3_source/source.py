from collections import defaultdict
from datetime import datetime, timezone
from decimal import Decimal

from ...ksef.fa3 import model as fa3
from .annotations import Annotations
from .common import Obstacle, decimal, one_line
from .corrections import Corrections
from .currency import Currency
from .kinds import Kinds
from .parties import Parties
from .payment import Payment
from .rows import Rows
from .totals import Totals


class Source(Corrections, Parties, Rows, Totals, Currency, Annotations, Payment, Kinds):
    """Reads invoices of one company in one language and makes their documents."""

    def __init__(self, moves):
        self.env = moves.env
        # Units have translated names; the document is Polish whoever posts it. Where Odoo does not
        # know Polish its own names have to do.
        polish = moves.env["res.lang"]._get_data(code="pl_PL")
        self.moves = moves.with_context(lang="pl_PL" if polish else None, bin_size=False)
        self.obstacles = defaultdict(list)
        self.made_at = datetime.now(timezone.utc).replace(microsecond=0)
        self.system = "Odoo l10n_pl_ksef"
        # KursWaluty of invoices; what Odoo would have taken on other days.
        self.exchange_rates = {}
        self.rates_of_days = {}
        # Of corrections: what they correct, as Odoo has it and as KSeF has it.
        self.originals = {}
        self.matched = {}
        self.differences = {}
        self.frozen = {}
        self.every_original = []

    def _stop(self, move, words, record=None):
        self.obstacles[move.id].append(Obstacle(words, (record or move).with_env(self.env)))

    def invoices(self):
        """``{move id: ksef.fa3 Invoice}`` of all that can become one; the rest is in obstacles."""
        moves = self.moves
        # One query each for all, whatever their number.
        moves.fetch(
            ["name", "invoice_date", "currency_id", "amount_total", "partner_id", "company_id"]
        )
        moves.line_ids.fetch(
            [
                "display_type",
                "tax_line_id",
                "amount_currency",
                "tax_ids",
                "name",
                "product_id",
                "balance",
            ]
        )
        self._fetch_originals(moves)
        made = {}
        for move in moves:
            invoice = self._invoice(move)
            if not self.obstacles.get(move.id):
                made[move.id] = invoice
        return made

    def _invoice(self, move):
        invoice = fa3.Invoice(
            Naglowek=fa3.Naglowek(DataWytworzeniaFa=self.made_at, SystemInfo=self.system),
            Podmiot1=self._seller(move),
            Podmiot2=self._buyer(move),
            Fa=self._fa(move),
        )
        if self._is_correction(move):
            self._make_correction(move, invoice)
        return invoice

    def _fa(self, move):
        _ = self.env._
        self._check_kind(move)
        rows = []
        net = defaultdict(Decimal)
        for number, line in enumerate(self._product_lines(move), 1):
            row = self._row(move, line, number)
            if row:
                rows.append(row)
                # As it was booked: rounded globally, rows need not add up to the total.
                net[row.P_12] -= decimal(line.amount_currency, 2)
        if not self._product_lines(move):
            self._stop(move, _("The invoice has no rows."))
        fa = fa3.Fa(
            KodWaluty=move.currency_id.name,
            P_1=move.invoice_date,
            P_1M=one_line(move.company_id.city, 256) or None,
            P_2=move.name,
            P_6=self._supply_date(move),
            P_15=decimal(move.amount_total, 2),
            Adnotacje=self._annotations(move),
            RodzajFaktury=self._kind(move),
            TP=1 if self._related(move) else None,
            FaWiersz=rows,
            Platnosc=self._payment(move),
            WarunkiTransakcji=self._conditions(move),
        )
        self._totals(move, fa, net)
        return fa
