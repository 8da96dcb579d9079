from odoo import api, fields, models

#: The values of P_12 (FA(3), TStawkaPodatku).
RATES = [
    ("23", "23%"),
    ("22", "22%"),
    ("8", "8%"),
    ("7", "7%"),
    ("5", "5%"),
    ("4", "4%"),
    ("3", "3%"),
    ("0 KR", "0% in Poland (0 KR)"),
    ("0 WDT", "0% delivery within the EU (0 WDT)"),
    ("0 EX", "0% export (0 EX)"),
    ("zw", "Exempt (zw)"),
    ("oo", "Domestic reverse charge (oo)"),
    ("np I", "Outside Poland, not art. 100 (np I)"),
    ("np II", "Services to the EU, art. 100 (np II)"),
]
#: The tags of the JPK boxes of l10n_pl that tell a rate by themselves, the most telling first:
#: services to the EU bear K_11 and K_12, and K_12 is what makes them "np II".
RATE_OF_TAG = [
    ("K_12", "np II"),
    ("K_21", "0 WDT"),
    ("K_22", "0 EX"),
    ("K_31", "oo"),
    ("K_11", "np I"),
    ("K_10", "zw"),
    ("K_13", "0 KR"),
    ("K_14", "0 KR"),
]
#: Boxes that hold more than one rate; there the percentage decides.
PERCENTAGE_TAGS = {"K_15", "K_17", "K_19"}
PERCENTAGES = {23: "23", 22: "22", 8: "8", 7: "7", 5: "5", 4: "4", 3: "3"}


class AccountTax(models.Model):
    _inherit = "account.tax"

    l10n_pl_ksef_rate = fields.Selection(
        RATES,
        "KSeF rate (P_12)",
        compute="_compute_l10n_pl_ksef_rate",
        store=True,
        readonly=False,
        help="The rate that stands in the FA(3) document for rows with this tax.",
    )
    l10n_pl_ksef_exemption_kind = fields.Selection(
        [
            ("P_19A", "Provision of the Polish act or regulation (P_19A)"),
            ("P_19B", "Provision of Directive 2006/112/EC (P_19B)"),
            ("P_19C", "Other legal basis (P_19C)"),
        ],
        "KSeF exemption basis",
        default="P_19A",
    )
    l10n_pl_ksef_exemption_basis = fields.Char(
        "KSeF exemption provision",
        size=256,
        help="Art. 106e section 1 point 19 wants the provision on the invoice, for example:"
        " art. 43 ust. 1 pkt 37 ustawy o VAT.",
    )

    @api.depends("amount", "type_tax_use", "country_id", "repartition_line_ids.tag_ids")
    def _compute_l10n_pl_ksef_rate(self):
        for tax in self:
            # What a person chose stays; only what was never mapped is proposed.
            if not tax.l10n_pl_ksef_rate:
                tax.l10n_pl_ksef_rate = tax._l10n_pl_ksef_rate_of_tags()

    def _l10n_pl_ksef_rate_of_tags(self):
        self.ensure_one()
        if self.type_tax_use != "sale" or self.country_id.code != "PL":
            return False
        base = self.invoice_repartition_line_ids.filtered(
            lambda line: line.repartition_type == "base"
        )
        names = {(tag.name or "").lstrip("+-") for tag in base.tag_ids.with_context(lang="en_US")}
        for tag, rate in RATE_OF_TAG:
            if tag in names:
                return rate
        if names & PERCENTAGE_TAGS and self.amount_type == "percent":
            return PERCENTAGES.get(int(self.amount) if self.amount == int(self.amount) else None)
        return False
