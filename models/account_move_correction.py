from odoo import api, fields, models
from odoo.tools import sql

#: When a correction takes effect in the VAT register (TTypKorekty of FA(3)).
CORRECTION_TYPES = [
    ("1", "On the date of the original invoice"),
    ("2", "On the date of the correction"),
    ("3", "On another date, or on different ones for its rows"),
]
CORRECTION_MODELS = [
    ("difference", "Differences"),
    ("before_after", "Rows before and after"),
]
#: What is filled in by default, and left empty on all that is no correction.
DEFAULTED = ("l10n_pl_ksef_correction_type", "l10n_pl_ksef_correction_model")


class AccountMove(models.Model):
    """Corrections (art. 106j): what they correct, why, and how it is told.

    Credit notes and debit notes are corrections in law, and so is the reversal of a credit note.
    A correction of a correction names the first invoice, as every correction does.
    """

    _inherit = "account.move"

    l10n_pl_ksef_is_correction = fields.Boolean(compute="_compute_l10n_pl_ksef_is_correction")
    l10n_pl_ksef_original_ids = fields.Many2many(
        "account.move", string="Corrects", compute="_compute_l10n_pl_ksef_original_ids"
    )
    l10n_pl_ksef_original_lacks_number = fields.Boolean(
        compute="_compute_l10n_pl_ksef_original_ids"
    )
    l10n_pl_ksef_correction_reason = fields.Char(
        "Reason of the correction",
        copy=False,
        help="Why the invoice is corrected (PrzyczynaKorekty). It need not be told, and helps the"
        " buyer. Credit and debit notes take it from their dialog.",
    )
    l10n_pl_ksef_correction_type = fields.Selection(
        CORRECTION_TYPES,
        "Takes effect for VAT",
        compute="_compute_l10n_pl_ksef_correction",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        help="In which period the correction belongs (TypKorekty). A reduction takes effect when it"
        " is issued in KSeF (art. 29a sec. 13), so that is proposed for credit notes. An increase"
        " takes effect on the date of the original where the original was wrong from the start,"
        " which is proposed for debit notes, else when its cause arose (art. 29a sec. 17); so do"
        " corrections of data.",
    )
    l10n_pl_ksef_correction_model = fields.Selection(
        CORRECTION_MODELS,
        "Rows of the correction",
        compute="_compute_l10n_pl_ksef_correction",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        help="FA(3) knows both. Differences: each row tells by how much quantity or price change."
        " Rows before and after: each changed row stands there as it was and as it is now.",
    )
    l10n_pl_ksef_corrected_ids = fields.Many2many(
        "account.move",
        "l10n_pl_ksef_corrected_rel",
        "correction_id",
        "corrected_id",
        "Further corrected invoices",
        copy=False,
        check_company=True,
        help="A collective correction names all invoices that it corrects (art. 106j sec. 3).",
    )
    l10n_pl_ksef_corrected_by_ids = fields.Many2many(
        "account.move",
        "l10n_pl_ksef_corrected_rel",
        "corrected_id",
        "correction_id",
        "Collective corrections",
        copy=False,
    )
    l10n_pl_ksef_correction_period = fields.Char(
        "Period of the discount",
        copy=False,
        help="For a discount on all deliveries to one customer in a period (art. 106j sec. 3), such"
        " as “I półrocze 2026”. Rows without a product are then left out, and rows with one name"
        " only the goods and their quantity; the amounts stand in the totals of each rate.",
    )
    l10n_pl_ksef_original_number = fields.Char(
        "Number of the original",
        copy=False,
        help="For an invoice that is not in Odoo. Where the number is that of an invoice in Odoo,"
        " the KSeF number entered here belongs to it.",
    )
    l10n_pl_ksef_original_date = fields.Date("Date of the original", copy=False)
    l10n_pl_ksef_original_ksef_number = fields.Char(
        "KSeF number of the original",
        copy=False,
        help="Of an invoice that another program brought to KSeF.",
    )
    l10n_pl_ksef_original_outside = fields.Boolean(
        "The original was issued outside KSeF",
        copy=False,
        help="Only where that was lawful, as before the duty to use KSeF or for a consumer. What"
        " KSeF has or will get is named with its number all the same.",
    )
    l10n_pl_ksef_corrects_buyer = fields.Boolean(
        "Corrects the customer's data",
        copy=False,
        help="The correction tells name and address of the customer as they stood on the original"
        " and as they are now. The tax number cannot be corrected: credit the whole invoice and"
        " issue a new one.",
    )
    l10n_pl_ksef_corrects_seller = fields.Boolean(
        "Corrects the seller's data",
        copy=False,
        help="The correction tells name and address of the company as they stood on the original"
        " and as they are now.",
    )

    def _l10n_pl_ksef_make_columns(self):
        res = super()._l10n_pl_ksef_make_columns()
        # Nothing to compute for what was issued before.
        for name in DEFAULTED:
            field = self._fields[name]
            if not sql.column_exists(self.env.cr, self._table, name):
                sql.create_column(
                    self.env.cr, self._table, name, field.column_type[1], field.string
                )
        return res

    @api.model
    def _l10n_pl_ksef_links_to_originals(self):
        """The fields that lead from a correction to what it corrects."""
        names = ["reversed_entry_id"]
        if "debit_origin_id" in self._fields:
            names.append("debit_origin_id")
        return names

    @api.depends(lambda self: ["move_type", *self._l10n_pl_ksef_links_to_originals()])
    def _compute_l10n_pl_ksef_is_correction(self):
        for move in self:
            move.l10n_pl_ksef_is_correction = move.move_type == "out_refund" or (
                move.move_type == "out_invoice"
                and any(move[name] for name in move._l10n_pl_ksef_links_to_originals())
            )

    @api.depends(
        "l10n_pl_ksef_is_correction",
        "l10n_pl_ksef_corrected_ids.l10n_pl_ksef_number",
        "l10n_pl_ksef_original_number",
    )
    def _compute_l10n_pl_ksef_original_ids(self):
        for move in self:
            corrects = move.l10n_pl_ksef_is_correction
            originals = move._l10n_pl_ksef_originals() if corrects else move.browse()
            numbered = all(original.l10n_pl_ksef_number for original in originals)
            move.l10n_pl_ksef_original_ids = originals
            move.l10n_pl_ksef_original_lacks_number = corrects and (
                not originals or not numbered or bool(move.l10n_pl_ksef_original_number)
            )

    @api.depends("l10n_pl_ksef_is_correction")
    def _compute_l10n_pl_ksef_correction(self):
        for move in self:
            corrects = move.l10n_pl_ksef_is_correction
            move.l10n_pl_ksef_correction_type = corrects and (
                move.l10n_pl_ksef_correction_type or move._l10n_pl_ksef_usual_type()
            )
            move.l10n_pl_ksef_correction_model = corrects and (
                move.l10n_pl_ksef_correction_model or "difference"
            )

    def _l10n_pl_ksef_usual_type(self):
        self.ensure_one()
        return "2" if self.move_type == "out_refund" else "1"

    def _l10n_pl_ksef_originals(self):
        """The invoices that this one corrects, in their order: never corrections themselves."""
        self.ensure_one()
        found = self.browse()
        seen = self
        ahead = self
        while ahead:
            links = ahead._l10n_pl_ksef_links_to_originals()
            behind = ahead.browse().union(*(ahead[name] for name in links))
            behind = (behind | ahead.l10n_pl_ksef_corrected_ids) - seen
            seen |= behind
            found |= behind.filtered(lambda move: not move.l10n_pl_ksef_is_correction)
            ahead = behind.filtered("l10n_pl_ksef_is_correction")
        return found.sorted(lambda move: (move.invoice_date or move.date, move.id))

    def _l10n_pl_ksef_earlier_corrections(self, original):
        """Other posted corrections of the same original that came before this one."""
        self.ensure_one()
        every = original.reversal_move_ids | original.l10n_pl_ksef_corrected_by_ids
        if "debit_note_ids" in self._fields:
            every |= original.debit_note_ids
        return every.filtered(lambda move: move.state == "posted" and move.id < self.id)

    def copy_data(self, default=None):
        """The dialog of debit notes writes “number, reason” into the reference."""
        data = super().copy_data(default)
        if "debit_origin_id" not in self._fields:
            return data
        for move, values in zip(self, data, strict=True):
            start = f"{move.name}, "
            ref = values.get("ref") or ""
            if values.get("debit_origin_id") == move.id and ref.startswith(start):
                values["l10n_pl_ksef_correction_reason"] = ref.removeprefix(start)
        return data
