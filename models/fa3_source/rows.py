from decimal import Decimal

from ...ksef.fa3 import model as fa3
from .common import decimal, one_line


class Rows:
    """The rows of an invoice: names, quantities, prices and rates."""

    def _product_lines(self, move):
        lines = move.invoice_line_ids
        products = lines.filtered(lambda line: line.display_type == "product")
        # What is filtered forgets the rows of other invoices, and with them to read all at once.
        return products.with_prefetch(lines._prefetch_ids)

    def _rates(self, move):
        return {
            tax.l10n_pl_ksef_rate
            for tax in self._product_lines(move).tax_ids
            if tax.l10n_pl_ksef_rate
        }

    def _row(self, move, line, number):
        _ = self.env._
        rate = self._line_rate(move, line)
        if not rate:
            return None
        name = one_line(line.name or line.product_id.name)
        if not name:
            self._stop(move, _("Row %(number)s has no description.", number=number))
        if len(name) > 512:
            self._stop(
                move,
                _(
                    "The description of row %(number)s has %(length)s characters; FA(3) has room"
                    " for 512.",
                    number=number,
                    length=len(name),
                ),
            )
        price, discount = self._price(line)
        return fa3.FaWiersz(
            NrWierszaFa=number,
            P_7=name,
            Indeks=one_line(line.product_id.default_code, 50) or None,
            GTIN=self._gtin(line.product_id),
            P_8A=one_line(line.product_uom_id.name, 256) or "szt.",
            P_8B=decimal(line.quantity, 6).normalize() + 0,
            P_9A=price,
            P_10=discount or None,
            P_11=decimal(line.price_subtotal, 2),
            P_12=rate,
            GTU=line.product_id.l10n_pl_vat_gtu or None,
            KursWaluty=self._row_exchange_rate(move, rate),
        )

    def _gtin(self, product):
        # A barcode that was cut off would be the one of another product.
        barcode = one_line(product.barcode)
        return barcode if 0 < len(barcode) <= 20 else None

    def _line_rate(self, move, line):
        _ = self.env._
        taxes = line.tax_ids.flatten_taxes_hierarchy()
        if not taxes:
            self._stop(
                move,
                _(
                    "The row “%(row)s” has no tax. Choose one, also for exempt sales (zw).",
                    row=one_line(line.name, 60),
                ),
            )
            return None
        rates = set(taxes.mapped("l10n_pl_ksef_rate"))
        unmapped = taxes.filtered(lambda tax: not tax.l10n_pl_ksef_rate)
        if unmapped:
            self._stop(
                move,
                _(
                    "The tax “%(tax)s” has no KSeF rate yet. Choose it on the tax; it is not"
                    " guessed.",
                    tax=unmapped[0].name,
                ),
                unmapped[0],
            )
            return None
        if len(rates) > 1:
            self._stop(
                move,
                _(
                    "The row “%(row)s” has taxes of more than one KSeF rate.",
                    row=one_line(line.name, 60),
                ),
            )
            return None
        return rates.pop()

    def _price(self, line):
        """Net unit price before discount (P_9A) and the discount of the row (P_10)."""
        included = line.tax_ids.flatten_taxes_hierarchy().filtered("price_include")
        price = self._net_price(line) if included else line.price_unit
        unit = decimal(price, 8).normalize() + 0
        if unit.as_tuple().exponent > -2:
            unit = unit.quantize(Decimal("0.01"))
        discount = Decimal(0)
        if line.discount:
            discount = decimal(price * line.quantity - line.price_subtotal, 2)
        return unit, discount

    def _net_price(self, line):
        """A price with the tax taken out, not rounded: times the quantity it is the net value."""
        one = line.move_id._prepare_product_base_line_for_taxes_computation(line)
        one.update(quantity=1.0, discount=0.0)
        self.env["account.tax"]._add_tax_details_in_base_line(
            one, line.company_id, rounding_method="round_globally"
        )
        return one["tax_details"]["raw_total_excluded_currency"]
