class Kinds:
    """Which kind of invoice it is, and what belongs to the invoice as a whole."""

    def _check_kind(self, move):
        _ = self.env._
        if move.move_type != "out_invoice":
            self._stop(move, _("Corrections cannot be sent from here yet, only ordinary invoices."))
        # These kinds have a form of their own in FA(3), with other contents (art. 106f, 106j); as
        # ordinary invoices KSeF would take them, and they would be wrong for ever.
        if "debit_origin_id" in move._fields and move.debit_origin_id:
            self._stop(move, _("Debit notes cannot be sent from here yet."))
        lines = self._product_lines(move)
        advances = "is_downpayment" in lines._fields and any(lines.mapped("is_downpayment"))
        if advances or lines._get_downpayment_lines():
            self._stop(
                move,
                _("Advance and settlement invoices (down payments) cannot be sent from here yet."),
            )
        if move.currency_id.name != "PLN":
            self._stop(
                move,
                _(
                    "Invoices in %(currency)s cannot be sent from here yet, only those in PLN.",
                    currency=move.currency_id.name,
                ),
            )
        if not move.invoice_date:
            self._stop(move, _("The invoice has no date."))

    def _supply_date(self, move):
        """P_6 stands only where the supply was on another day than the issue (art. 106e 1.6)."""
        day = move.taxable_supply_date or move.delivery_date
        return day if day and day != move.invoice_date else None

    def _related(self, move):
        return move.commercial_partner_id.l10n_pl_links_with_customer
