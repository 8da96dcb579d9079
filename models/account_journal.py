from odoo import models
from odoo.tools.misc import format_date


class AccountJournal(models.Model):
    _inherit = "account.journal"

    def _fill_sale_purchase_dashboard_data(self, dashboard_data):
        res = super()._fill_sale_purchase_dashboard_data(dashboard_data)
        sale = self.filtered(
            lambda journal: (
                journal.type == "sale" and journal.company_id.sudo().l10n_pl_ksef_connection_id
            )
        )
        counts = {}
        if sale:
            counts = {
                (journal, state): count
                for journal, state, count in self.env["account.move"]._read_group(
                    [
                        ("journal_id", "in", sale.ids),
                        ("l10n_pl_ksef_state", "not in", (False, "accepted", "outside")),
                    ],
                    ["journal_id", "l10n_pl_ksef_state"],
                    ["__count"],
                )
            }
        for journal in sale:
            connection = journal.company_id.sudo().l10n_pl_ksef_connection_id
            rejected = counts.get((journal, "rejected"), 0)
            on_their_way = sum(
                count for (owner, _state), count in counts.items() if owner == journal
            )
            dashboard_data[journal.id]["l10n_pl_ksef"] = {
                "environment": connection.environment,
                "environment_name": connection._selection_name("environment"),
                "connected": connection.state == "connected",
                "state_name": connection._selection_name("state"),
                "until": format_date(self.env, connection.connected_until)
                if connection.state == "connected" and connection.connected_until
                else "",
                "rejected": rejected,
                "on_their_way": on_their_way - rejected,
                "light": journal.company_id._l10n_pl_ksef_light(),
            }
        return res
