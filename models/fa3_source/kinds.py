class Kinds:
    """Which kind of invoice it is, and what belongs to the invoice as a whole."""

    def _kind(self, move):
        """RodzajFaktury."""
        return "KOR" if self._is_correction(move) else "VAT"

    def _check_kind(self, move):
        _ = self.env._
        if move.move_type not in ("out_invoice", "out_refund"):
            self._stop(move, _("Only invoices and their corrections can be sent from here."))
        # These kinds have a form of their own in FA(3), with other contents (art. 106f); as
        # ordinary invoices KSeF would take them, and they would be wrong for ever.
        parts = [self._product_lines(part) for part in (move, *self._originals(move))]
        if any(self._is_advance(lines) for lines in parts):
            self._stop(
                move,
                _("Advance and settlement invoices (down payments) cannot be sent from here yet."),
            )
        if not move.invoice_date:
            self._stop(move, _("The invoice has no date."))

    def _is_advance(self, lines):
        """Whether these rows take or settle an advance payment."""
        by_hand = "is_downpayment" in lines._fields and any(lines.mapped("is_downpayment"))
        return bool(by_hand or lines._get_downpayment_lines())

    def _supply_date(self, move):
        """P_6 stands only where the supply was on another day than the issue (art. 106e 1.6)."""
        day = move.taxable_supply_date or move.delivery_date
        return day if day and day != move.invoice_date else None

    def _related(self, move):
        return move.commercial_partner_id.l10n_pl_links_with_customer
