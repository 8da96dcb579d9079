from odoo import fields, models
from odoo.tools import SQL

FILED_UNTIL = {"tax_lock_date", "l10n_pl_ksef_jpk_filed_until"}


class ResCompany(models.Model):
    """Up to which day JPK_V7 was filed, and what it said."""

    _inherit = "res.company"

    l10n_pl_ksef_jpk_filed_until = fields.Date(
        "JPK filed until",
        help="The last day of the last period for which JPK_V7 was filed. The tax lock date says it"
        " as well; the later of the two counts.",
    )

    def write(self, vals):
        res = super().write(vals)
        if FILED_UNTIL & vals.keys():
            # The tax lock date of a company holds for its branches.
            self.sudo().search([("id", "child_of", self.ids)])._l10n_pl_ksef_remember_filed()
        return res

    def _l10n_pl_ksef_filed_until(self):
        """The last day whose JPK was filed, or False."""
        self.ensure_one()
        company = self.sudo()
        days = [*company.parent_ids.mapped("tax_lock_date"), company.l10n_pl_ksef_jpk_filed_until]
        return max(filter(None, days), default=False)

    def _l10n_pl_ksef_remember_filed(self):
        """Freeze the markers of the periods that are filed, and free those that are open again.

        A period that was opened again is filed again, with the markers of that later day. In SQL,
        since a month may have hundreds of thousands of entries.
        """
        moves = self.env["account.move"]
        moves.flush_model(["company_id", "date", "l10n_pl_ksef_jpk", "l10n_pl_ksef_jpk_filed"])
        for company in self:
            until = company._l10n_pl_ksef_filed_until()
            if until:
                self.env.cr.execute(
                    SQL(
                        """
                        UPDATE account_move
                           SET l10n_pl_ksef_jpk_filed = l10n_pl_ksef_jpk
                         WHERE company_id = %s AND date <= %s
                           AND l10n_pl_ksef_jpk IS NOT NULL AND l10n_pl_ksef_jpk_filed IS NULL
                        """,
                        company.id,
                        until,
                    )
                )
            still_open = SQL("AND date > %s", until) if until else SQL()
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE account_move
                       SET l10n_pl_ksef_jpk_filed = NULL
                     WHERE company_id = %s AND l10n_pl_ksef_jpk_filed IS NOT NULL %s
                    """,
                    company.id,
                    still_open,
                )
            )
        moves.invalidate_model(["l10n_pl_ksef_jpk_filed"])
