from datetime import date

from odoo import api, fields, models
from odoo.tools import format_date, sql

from ..ksef import numbers
from ..ksef.jpk import Marker, correction_due, purchase_marker, sale_marker

#: What stands in the file, in its own words.
MARKERS = [(marker.value, marker.value) for marker in Marker]
KINDS = ("out_invoice", "out_refund", "in_invoice", "in_refund")
#: The first period of JPK_V7M(3) and JPK_V7K(3), the forms with these markers.
FIRST_DAY = date(2026, 2, 1)
#: Before this day only sellers of more than 200 million PLN a year had to issue in KSeF.
EVERY_SELLER = date(2026, 4, 1)
#: Entries from before the installation that get their marker in one step.
BATCH = 1000


class AccountMove(models.Model):
    """How JPK_V7 marks invoices and bills: NrKSeF, OFF, BFK or DI (ksef/jpk.py).

    ``l10n_pl_ksef_jpk`` is what a JPK filed today would say, ``l10n_pl_ksef_jpk_filed`` what the
    one that was filed says. The period of an entry is that of its accounting date: in Poland Odoo
    takes it from the taxable supply date, else from the invoice date, and moves it out of a locked
    period, into whose JPK it cannot come any more.
    """

    _inherit = "account.move"

    l10n_pl_ksef_jpk = fields.Selection(
        MARKERS,
        "JPK marker",
        compute="_compute_l10n_pl_ksef_jpk",
        compute_sudo=True,
        store=True,
        copy=False,
        help="How JPK_V7 marks it today: NrKSeF – by its KSeF number; OFF – issued during an"
        " announced failure, no number yet; BFK – outside KSeF; DI – another document, or one whose"
        " number is still to come.",
    )
    l10n_pl_ksef_jpk_choice = fields.Selection(
        [(value, words) for value, words in MARKERS if value != Marker.KSEF.value],
        "JPK marker by hand",
        copy=False,
        tracking=True,
        help="Instead of the proposed marker, as long as there is no KSeF number.",
    )
    l10n_pl_ksef_jpk_filed = fields.Selection(
        MARKERS, "JPK marker as filed", readonly=True, copy=False
    )

    def _l10n_pl_ksef_make_columns(self):
        res = super()._l10n_pl_ksef_make_columns()
        # For the same reason; the cron fills in the periods for which there are markers.
        field = self._fields["l10n_pl_ksef_jpk"]
        if not sql.column_exists(self.env.cr, self._table, field.name):
            sql.create_column(
                self.env.cr, self._table, field.name, field.column_type[1], field.string
            )
        return res

    @api.depends(
        "state",
        "move_type",
        "date",
        "invoice_date",
        "commercial_partner_id",
        "l10n_pl_ksef_number",
        "l10n_pl_ksef_document_id.counts_as",
        "l10n_pl_ksef_mode",
        "l10n_pl_ksef_state",
        "l10n_pl_edi_number",
        "l10n_pl_ksef_jpk_choice",
    )
    def _compute_l10n_pl_ksef_jpk(self):
        for move in self:
            concerned = (
                move.state == "posted"
                and move.move_type in KINDS
                and move.date >= FIRST_DAY
                and move.company_id.account_fiscal_country_id.code == "PL"
            )
            move.l10n_pl_ksef_jpk = move._l10n_pl_ksef_marker().value if concerned else False

    def _l10n_pl_ksef_marker(self):
        self.ensure_one()
        number = self.l10n_pl_ksef_number or (
            self.is_purchase_document() and self.l10n_pl_edi_number
        )
        if not number and self.l10n_pl_ksef_jpk_choice:
            return Marker(self.l10n_pl_ksef_jpk_choice)
        if self.is_sale_document():
            # OFF is for announced failures only: what nobody announced counts as offline24.
            mode = self.sudo().l10n_pl_ksef_document_id.counts_as or self.l10n_pl_ksef_mode
            return sale_marker(number, mode or None, self._l10n_pl_ksef_is_outside())
        return purchase_marker(
            number,
            seller_domestic=self._l10n_pl_ksef_seller_is_domestic(),
            # Whoever did not find out the number of a domestic bill has to do so, and then to
            # correct what was filed; whether the seller is exempt only a person can know.
            awaiting=(self.invoice_date or self.date) >= EVERY_SELLER,
        )

    def _l10n_pl_ksef_is_outside(self):
        """Whether a sale stays outside KSeF: for good, or because nobody meant to send it.

        A consumer's invoice need not be issued in KSeF (art. 106ga ust. 2); who is no taxpayer of
        KSeF at all has no connection.
        """
        self.ensure_one()
        if self.l10n_pl_ksef_state:
            return self.l10n_pl_ksef_state == "outside"
        return not self.company_id.l10n_pl_ksef_connection_id or not self.commercial_partner_id.vat

    def _l10n_pl_ksef_seller_is_domestic(self):
        """Whether the seller of a bill issues in KSeF: by a Polish NIP."""
        self.ensure_one()
        seller = self.commercial_partner_id
        vat = (seller.vat or "").upper()
        polish = vat.startswith("PL") or (seller.country_id.code or "PL") == "PL"
        return polish and numbers.check_nip(numbers.normalise_nip(vat))

    # --- what was filed ------------------------------------------------------------------------

    def write(self, vals):
        numbered = self.browse()
        if vals.get("l10n_pl_edi_number"):
            # Where every number is written, whichever way it came (_l10n_pl_ksef_keep_in_step).
            numbered = self.filtered(
                lambda move: move.l10n_pl_edi_number != vals["l10n_pl_edi_number"]
            )
        res = super().write(vals)
        numbered._l10n_pl_ksef_correct_jpk()
        return res

    def _l10n_pl_ksef_correct_jpk(self):
        """Ask for a correction where a period was filed with DI and the number is there now."""
        for move in self.sudo():
            filed = move.l10n_pl_ksef_jpk_filed
            if not filed or not correction_due(filed):
                continue
            if move.l10n_pl_ksef_jpk != Marker.KSEF.value:
                continue
            person = move._l10n_pl_ksef_jpk_person()
            spoken = move.with_context(lang=person.lang)
            values = {
                "name": move.name,
                "number": move.l10n_pl_ksef_number or move.l10n_pl_edi_number,
                "month": format_date(spoken.env, move.date, date_format="LLLL yyyy"),
            }
            _ = spoken.env._
            spoken.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=person.id,
                summary=_("Correct JPK_V7 for %(month)s", **values),
                note=_(
                    "JPK_V7 for %(month)s was filed while %(name)s had no KSeF number, so its row"
                    " says DI. Now there is one: %(number)s. Put the number in that row, in the"
                    " place of DI, and file a correction of the JPK.",
                    **values,
                ),
            )

    def _l10n_pl_ksef_jpk_person(self):
        """Who put the document through, if they still keep the books of this company."""
        self.ensure_one()
        for person in (
            self.l10n_pl_ksef_document_id.create_uid,
            self.create_uid,
            self.invoice_user_id,
        ):
            if (
                person.active
                and not person._is_superuser()
                and self.company_id in person.company_ids
                and person.has_group("account.group_account_invoice")
            ):
                return person
        return self.company_id.l10n_pl_ksef_connection_id._responsible() or self.env.user

    # --- what was there before -----------------------------------------------------------------

    @api.model
    def _cron_l10n_pl_ksef_jpk(self):
        """Give their marker to entries that were posted before this module was installed."""
        companies = (
            self.env["res.company"].sudo().search([("account_fiscal_country_id.code", "=", "PL")])
        )
        domain = [
            ("company_id", "in", companies.ids),
            ("date", ">=", FIRST_DAY),
            ("state", "=", "posted"),
            ("move_type", "in", KINDS),
            ("l10n_pl_ksef_jpk", "=", False),
        ]
        moves = self.sudo().search(domain, order="id", limit=BATCH)
        self.env.add_to_compute(self._fields["l10n_pl_ksef_jpk"], moves)
        moves.flush_recordset(["l10n_pl_ksef_jpk"])
        moves.company_id._l10n_pl_ksef_remember_filed()
        remaining = self.sudo().search_count(domain) if len(moves) == BATCH else 0
        self.env["ir.cron"]._commit_progress(len(moves), remaining=remaining)
