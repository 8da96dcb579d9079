"""An invoice of Odoo as the dataclasses of ``ksef.fa3``.

Everything here reads; what is missing or wrong is collected as problems, each with the record a
person has to open to mend it.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal

from ..ksef import numbers
from ..ksef.fa3 import model as fa3
from ..ksef.fa3.rates import RATES

# fmt: off
#: Prefixes of EU VAT numbers (TKodyKrajowUE); Greece is EL, and XI is Northern Ireland for goods.
EU_PREFIXES = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PT", "RO", "SE", "SI", "SK", "XI",
})
# fmt: on

#: The tag of l10n_pl on the tax of that procedure.
TRIANGULAR = "Triangular Sale"


@dataclass(frozen=True)
class Obstacle:
    """Why an invoice cannot become a document: words, and the record to open."""

    words: str
    record: object


def decimal(value, digits):
    """The exact decimal that Odoo shows for a float, with that many digits after the point."""
    return Decimal(f"{value:.{digits}f}")


def one_line(text, length=None):
    words = " ".join((text or "").split())
    return words[:length] if length else words


class Source:
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
            ["display_type", "tax_line_id", "amount_currency", "tax_ids", "name", "product_id"]
        )
        made = {}
        for move in moves:
            invoice = self._invoice(move)
            if not self.obstacles.get(move.id):
                made[move.id] = invoice
        return made

    def _invoice(self, move):
        return fa3.Invoice(
            Naglowek=fa3.Naglowek(DataWytworzeniaFa=self.made_at, SystemInfo=self.system),
            Podmiot1=self._seller(move),
            Podmiot2=self._buyer(move),
            Fa=self._fa(move),
        )

    # --- parties -------------------------------------------------------------------------------

    def _seller(self, move):
        company = move.company_id
        partner = company.partner_id
        nip = numbers.normalise_nip(company.vat or "")
        _ = self.env._
        if not numbers.check_nip(nip):
            self._stop(move, _("The company has no valid NIP."), company)
        address = self._address(partner)
        if not address:
            self._stop(move, _("The company's address is incomplete: street or city."), partner)
        return fa3.Podmiot1(
            # art. 97 section 10: the prefix stands on invoices for deliveries within the EU.
            PrefiksPodatnika="PL" if self._rates(move) & {"0 WDT", "np II"} else None,
            DaneIdentyfikacyjne=fa3.TPodmiot1(NIP=nip, Nazwa=one_line(company.name)),
            Adres=address,
            DaneKontaktowe=self._contacts(partner),
        )

    def _buyer(self, move):
        partner = move.commercial_partner_id
        _ = self.env._
        if not partner.name:
            self._stop(move, _("The customer has no name."), partner)
        return fa3.Podmiot2(
            DaneIdentyfikacyjne=self._buyer_identity(move, partner),
            Adres=self._address(partner),
            DaneKontaktowe=self._contacts(partner),
            NrKlienta=one_line(partner.ref, 256) or None,
            JST=2,
            GV=2,
        )

    def _buyer_identity(self, move, partner):
        _ = self.env._
        vat = re.sub(r"[\s.\-/]", "", partner.vat or "").upper()
        if vat in ("", "NA"):
            return fa3.TPodmiot2(BrakID=1, Nazwa=one_line(partner.name))
        country = partner.country_id.code
        prefix = vat[:2] if vat[:2].isalpha() else country
        prefix = {"GR": "EL"}.get(prefix, prefix)
        rest = vat[2:] if vat[:2].isalpha() else vat
        if prefix == "PL":
            nip = numbers.normalise_nip(vat)
            if not numbers.check_nip(nip):
                self._stop(move, _("“%(vat)s” is not a valid NIP.", vat=partner.vat), partner)
            return fa3.TPodmiot2(NIP=nip, Nazwa=one_line(partner.name))
        if prefix in EU_PREFIXES:
            return fa3.TPodmiot2(KodUE=prefix, NrVatUE=rest, Nazwa=one_line(partner.name))
        return fa3.TPodmiot2(
            KodKraju=country or None, NrID=one_line(partner.vat), Nazwa=one_line(partner.name)
        )

    def _address(self, partner):
        street = one_line(" ".join(filter(None, [partner.street, partner.street2])))
        city = one_line(" ".join(filter(None, [partner.zip, partner.city])))
        lines = [line for line in (street, city) if line]
        if not lines:
            return None
        return fa3.TAdres(
            KodKraju=partner.country_id.code or "PL",
            AdresL1=lines[0],
            AdresL2=lines[1] if len(lines) > 1 else None,
        )

    def _contacts(self, partner):
        email = one_line(partner.email)
        # The schema has room for 16 characters; people type blanks and hyphens into numbers. What
        # says more than a number ("ext. 5", two numbers) would become another number.
        phone = re.sub(r"[\s()./-]", "", partner.phone or "")
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email or ""):
            email = None
        if not re.fullmatch(r"\+?\d{1,15}", phone):
            phone = None
        if not email and not phone:
            return []
        return [fa3.DaneKontaktowe(Email=email or None, Telefon=phone or None)]

    # --- the invoice ---------------------------------------------------------------------------

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

    def _fa(self, move):
        _ = self.env._
        self._check_kind(move)
        rows = []
        net = defaultdict(Decimal)
        for number, line in enumerate(self._product_lines(move), 1):
            row = self._row(move, line, number)
            if row:
                rows.append(row)
                net[row.P_12] += row.P_11
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
            RodzajFaktury="VAT",
            TP=1 if self._related(move) else None,
            FaWiersz=rows,
            Platnosc=self._payment(move),
            WarunkiTransakcji=self._conditions(move),
        )
        self._totals(move, fa, net)
        return fa

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

    def _totals(self, move, fa, net):
        """P_13_x and P_14_x: each rate has its own pair of boxes."""
        tax = defaultdict(Decimal)
        for line in move.line_ids.filtered("tax_line_id"):
            rate = line.tax_line_id.l10n_pl_ksef_rate
            tax[rate] -= decimal(line.amount_currency, 2)
        boxes = defaultdict(Decimal)
        for rate, amount in net.items():
            boxes[RATES[rate].net] += amount
            if RATES[rate].tax:
                boxes[RATES[rate].tax] += tax[rate]
        for box, amount in boxes.items():
            setattr(fa, box, amount)

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
        if line.tax_ids.filtered("price_include"):
            price = line.tax_ids.compute_all(
                line.price_unit,
                currency=line.currency_id,
                quantity=1.0,
                product=line.product_id,
                partner=line.partner_id,
                rounding_method="round_globally",
            )["total_excluded"]
        else:
            price = line.price_unit
        unit = decimal(price, 8).normalize() + 0
        if unit.as_tuple().exponent > -2:
            unit = unit.quantize(Decimal("0.01"))
        discount = Decimal(0)
        if line.discount:
            discount = decimal(price * line.quantity - line.price_subtotal, 2)
        return unit, discount

    def _supply_date(self, move):
        """P_6 stands only where the supply was on another day than the issue (art. 106e 1.6)."""
        day = move.taxable_supply_date or move.delivery_date
        return day if day and day != move.invoice_date else None

    def _related(self, move):
        return move.commercial_partner_id.l10n_pl_links_with_customer

    def _annotations(self, move):
        rates = self._rates(move)
        return fa3.Adnotacje(
            P_16=1 if self._cash_method(move) else 2,
            P_17=2,
            P_18=1 if rates & {"oo", "np II"} else 2,
            P_18A=2,
            Zwolnienie=self._exemption(move, rates),
            NoweSrodkiTransportu=fa3.NoweSrodkiTransportu(P_22N=1),
            P_23=1 if self._triangular(move) else 2,
            PMarzy=fa3.PMarzy(P_PMarzyN=1),
        )

    def _triangular(self, move):
        """art. 135: the second of three, who delivers by the simplified procedure."""
        tags = self._product_lines(move).tax_ids.invoice_repartition_line_ids.tag_ids
        return TRIANGULAR in {
            (tag.name or "").lstrip("+-") for tag in tags.with_context(lang="en_US")
        }

    def _cash_method(self, move):
        return any(tax.tax_exigibility == "on_payment" for tax in self._product_lines(move).tax_ids)

    def _exemption(self, move, rates):
        if "zw" not in rates:
            return fa3.Zwolnienie(P_19N=1)
        _ = self.env._
        exempt = self._product_lines(move).tax_ids.filtered(
            lambda tax: tax.l10n_pl_ksef_rate == "zw"
        )
        missing = exempt.filtered(
            lambda tax: not (tax.l10n_pl_ksef_exemption_basis and tax.l10n_pl_ksef_exemption_kind)
        )
        if missing:
            self._stop(
                move,
                _(
                    "The tax “%(tax)s” is exempt, and the law wants the provision on the invoice"
                    " (art. 106e section 1 point 19). Enter it on the tax.",
                    tax=missing[0].name,
                ),
                missing[0],
            )
            return None
        basis = {}
        for tax in exempt:
            basis.setdefault(tax.l10n_pl_ksef_exemption_kind, []).append(
                tax.l10n_pl_ksef_exemption_basis.strip()
            )
        # The schema takes one of the three; several provisions stand in it side by side.
        kind = next(iter(basis))
        if len(basis) > 1:
            self._stop(
                move,
                _(
                    "The rows are exempt on bases of different kinds (%(kinds)s); one invoice can"
                    " name only one kind. Make an invoice for each.",
                    kinds=", ".join(sorted(basis)),
                ),
            )
        return fa3.Zwolnienie(P_19=1, **{kind: "; ".join(dict.fromkeys(basis[kind]))})

    # --- payment and conditions ----------------------------------------------------------------

    def _payment(self, move):
        due = sorted(
            {
                line.date_maturity
                for line in move.line_ids
                if line.display_type == "payment_term" and line.date_maturity
            }
        )
        bank = move.partner_bank_id
        accounts = []
        if bank.sanitized_acc_number:
            accounts.append(
                fa3.TRachunekBankowy(
                    NrRB=bank.sanitized_acc_number,
                    SWIFT=(bank.bank_id.bic or "").strip() or None,
                    NazwaBanku=one_line(bank.bank_id.name, 256) or None,
                )
            )
        if not due and not accounts:
            return None
        return fa3.Platnosc(
            TerminPlatnosci=[fa3.TerminPlatnosci(Termin=day) for day in due],
            # 6 = transfer; said only where there is an account to transfer to.
            FormaPlatnosci=6 if accounts else None,
            RachunekBankowy=accounts,
        )

    def _conditions(self, move):
        order = one_line(move.ref, 256)
        if not order:
            return None
        return fa3.WarunkiTransakcji(Zamowienia=[fa3.Zamowienia(NrZamowienia=order)])
