from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal

from ...ksef import fa3, numbers
from ...ksef.fa3.rates import BUCKETS
from ..document import ON_THEIR_WAY
from .common import one_line

#: Before this day nobody had to issue in KSeF: what has no number was issued outside.
KSEF_BEGINS = date(2026, 2, 1)
#: Ties a buyer to its former data on the same document (IDNabywcy).
BUYER_KEY = "0001"
IDENTITY = ("NIP", "KodUE", "NrVatUE", "KodKraju", "NrID", "BrakID")
#: Amounts of a row that change their sign together with its quantity, and with its price.
SIGNED_VALUES = ("P_10", "P_11", "P_11A", "P_11Vat", "KwotaAkcyzy")
UNIT_PRICES = ("P_9A", "P_9B")
#: What a row says of goods or services, apart from how much.
DESCRIPTION = ("P_7", "Indeks", "GTIN", "PKWiU", "CN", "PKOB", "P_8A", "GTU")
_EIGHT = Decimal("1E-8")
_GROSZ = Decimal("0.01")


class Corrections:
    """Corrections (KOR): differences, what they correct, and what stood there before.

    All totals are differences (art. 106j sec. 2 point 5). A row tells either how much less or more
    was delivered, at the price of the original, or how much lower or higher the price became.
    """

    def _fetch_originals(self, moves):
        """Read what corrections refer to, for all of them at once."""
        corrections = moves.filtered("l10n_pl_ksef_is_correction")
        behind = corrections
        every = corrections.browse()
        while behind:
            links = [behind[name] for name in behind._l10n_pl_ksef_links_to_originals()]
            behind = behind.l10n_pl_ksef_corrected_ids.union(*links) - every
            behind.filtered("l10n_pl_ksef_is_correction")
            every |= behind
        self.every_original = every.ids
        every.invoice_line_ids.mapped("tax_ids")
        every.l10n_pl_ksef_document_ids.mapped("state")
        documents = every.l10n_pl_ksef_document_id
        documents.filtered(lambda document: document.state == "accepted").mapped("xml")

    def _is_correction(self, move):
        return move.l10n_pl_ksef_is_correction

    def _originals(self, move):
        if not self._is_correction(move):
            return move.browse()
        if move not in self.originals:
            found = move._l10n_pl_ksef_originals()
            self.originals[move] = found.with_prefetch(self.every_original)
        return self.originals[move]

    def _make_correction(self, move, invoice):
        """Turn the amounts of a credit or debit note into a correction."""
        fa = invoice.Fa
        if move.move_type == "out_refund":
            fa.P_15 = _negative(fa.P_15)
        fa.PrzyczynaKorekty = one_line(move.l10n_pl_ksef_correction_reason) or None
        fa.TypKorekty = int(move.l10n_pl_ksef_correction_type or move._l10n_pl_ksef_usual_type())
        fa.DaneFaKorygowanej = self._corrected_invoices(move)
        self._correct_parties(move, invoice)
        if move.l10n_pl_ksef_correction_period:
            self._discount_of_a_period(move, fa)
        elif move.l10n_pl_ksef_correction_model == "before_after":
            fa.FaWiersz = self._rows_before_and_after(move)
        if fa.Podmiot1K or fa.Podmiot2K:
            self._leave_out_zeros(fa)

    def _leave_out_zeros(self, fa):
        """Where only data is corrected Odoo still needs a row, and FA(3) does not."""
        if any(row.P_11 for row in fa.FaWiersz) or fa.P_15:
            return
        fa.FaWiersz = []
        for bucket in BUCKETS:
            for name in filter(None, (bucket.net, bucket.tax, bucket.tax_pln)):
                setattr(fa, name, None)

    # --- what is not as on an invoice ----------------------------------------------------------

    def _payment(self, move):
        # Nothing is to be paid by the buyer, and the account on a credit note is theirs.
        return None if move.move_type == "out_refund" else super()._payment(move)

    def _conditions(self, move):
        # The reference of a correction is no order number: Odoo writes the original's into it.
        return None if self._is_correction(move) else super()._conditions(move)

    def _supply_date(self, move):
        """That of the original; on a credit note the field only chooses the period."""
        if not self._is_correction(move):
            return super()._supply_date(move)
        originals = self._originals(move)
        if len(originals) != 1:
            return None
        frozen = self._frozen(move, originals)
        day = frozen.Fa.P_6 if frozen else super()._supply_date(originals)
        return day if day != move.invoice_date else None

    # --- rows ----------------------------------------------------------------------------------

    def _row(self, move, line, number):
        """The row of a correction as a difference."""
        row = super()._row(move, line, number)
        if not row or not self._is_correction(move):
            return row
        if move.move_type == "out_refund":
            # 3 returned: -3 at the price; 3 that became 5 cheaper: 3 at -5.
            names = ("P_8B",) if self._is_quantity(move, line) else UNIT_PRICES
            for name in (*names, *SIGNED_VALUES):
                setattr(row, name, _negative(getattr(row, name)))
        self.differences.setdefault(move, {})[line] = row
        return row

    def _is_quantity(self, move, line):
        """Whether the row says that less was delivered, rather than that it became cheaper."""
        if line.quantity < 0 or not self._originals(move):
            return True
        was = self._matched(move).get(line)
        return bool(was) and (line.price_unit, line.discount) == (was.price_unit, was.discount)

    def _matched(self, move):
        """``{row of the correction: row of an original that it changes}``."""
        if move in self.matched:
            return self.matched[move]
        found = self.matched[move] = {}
        was = [line for original in self._originals(move) for line in self._product_lines(original)]
        # Odoo does not link them. The best match first, so that of two rows with one product each
        # gets its own.
        keys = (
            lambda line: (line.product_id, line.name, line.tax_ids, line.price_unit, line.discount),
            lambda line: (line.product_id, line.name, line.tax_ids),
            lambda line: (line.product_id, not line.product_id and line.name, line.tax_ids),
        )
        lines = self._product_lines(move)
        for key in keys:
            # A row may be changed by several, but first each looks for one of its own.
            taken = set(found.values())
            for line in lines:
                if line in found:
                    continue
                match = next(
                    (old for old in was if old not in taken and key(old) == key(line)), None
                )
                if match:
                    found[line] = match
                    taken.add(match)
        for line in lines:
            same = (old for old in was if keys[2](old) == keys[2](line))
            if line not in found and (match := next(same, None)):
                found[line] = match
        return found

    def _rows_before_and_after(self, move):
        """Each changed row as it was (StanPrzed) and as it is now, each numbered from 1."""
        _ = self.env._
        originals = self._originals(move)
        differences = self.differences.get(move, {})
        by_hand = one_line(move.l10n_pl_ksef_original_number)
        if len(originals) != 1 or by_hand not in ("", originals.name):
            self._stop(
                move,
                _(
                    "Rows before and after can be shown only where one invoice in Odoo is"
                    " corrected. Choose “Differences”."
                ),
            )
            return []
        if move._l10n_pl_ksef_earlier_corrections(originals):
            self._stop(
                move,
                _(
                    "%(name)s was corrected before, so its rows before this correction are not"
                    " those of the invoice. Choose “Differences”.",
                    name=originals.name,
                ),
            )
            return []
        before = self._rows_of_original(move, originals)
        after = {}
        added = []
        for line, row in differences.items():
            was = self._matched(move).get(line)
            if was not in before:
                added.append(row)
                continue
            if not (before[was].P_8B and before[was].P_9A and before[was].P_11 is not None):
                self._stop(
                    move,
                    _(
                        "The row “%(row)s” of the original has no quantity or no price, so it"
                        " cannot be shown before and after. Choose “Differences”.",
                        row=one_line(was.name, 60),
                    ),
                )
                return []
            after[was] = self._changed(after.get(was) or before[was], row)
        rows = []
        for number, was in enumerate((line for line in before if line in after), 1):
            rows.append(replace(before[was], NrWierszaFa=number, StanPrzed=1))
            rows.append(replace(after[was], NrWierszaFa=number))
        start = len(after) + 1
        return rows + [replace(row, NrWierszaFa=n) for n, row in enumerate(added, start)]

    def _changed(self, row, difference):
        """A row after a difference."""
        if not difference.P_11:
            # Nothing but words is corrected.
            return replace(row, **{name: getattr(difference, name) for name in DESCRIPTION})
        net = row.P_11 + difference.P_11
        discount = row.P_10 or 0
        if difference.P_9A == row.P_9A:
            discount += difference.P_10 or 0
            quantity = row.P_8B + difference.P_8B
            return replace(row, P_8B=quantity, P_10=discount or None, P_11=net)
        price = row.P_9A + difference.P_9A
        if difference.P_8B != row.P_8B or difference.P_10:
            # Odoo's row names a part of the quantity, or a lump sum: what that makes of the price.
            price = ((net + discount) / row.P_8B).quantize(_EIGHT).normalize() + 0
            if price.as_tuple().exponent > -2:
                price = price.quantize(_GROSZ)
        return replace(row, P_9A=price, P_11=net)

    def _rows_of_original(self, move, original):
        """``{row in Odoo: FaWiersz}``, those that KSeF has where it has them."""
        lines = self._product_lines(original)
        frozen = self._frozen(move, original)
        if frozen and len(frozen.Fa.FaWiersz) == len(lines):
            return dict(zip(lines, frozen.Fa.FaWiersz, strict=True))
        # What is wrong with a row of the original concerns the correction.
        own = self.obstacles.pop(original.id, [])
        rows = {line: self._row(original, line, n) for n, line in enumerate(lines, 1)}
        self.obstacles[move.id] += self.obstacles.pop(original.id, [])
        if own:
            self.obstacles[original.id] = own
        return {line: row for line, row in rows.items() if row}

    def _discount_of_a_period(self, move, fa):
        """art. 106j sec. 3: totals, and the names of the goods unless all are concerned."""
        fa.OkresFaKorygowanej = one_line(move.l10n_pl_ksef_correction_period)
        fa.FaWiersz = [
            fa3.FaWiersz(
                NrWierszaFa=number,
                P_8B=abs(row.P_8B),
                KursWaluty=row.KursWaluty,
                **{name: getattr(row, name) for name in DESCRIPTION},
            )
            for number, row in enumerate(
                (
                    row
                    for line, row in self.differences.get(move, {}).items()
                    if line.product_id and row.P_8B is not None
                ),
                1,
            )
        ]

    # --- which invoices ------------------------------------------------------------------------

    def _corrected_invoices(self, move):
        _ = self.env._
        originals = self._originals(move)
        found = [self._corrected_invoice(move, original) for original in originals]
        number = one_line(move.l10n_pl_ksef_original_number)
        if number and number not in originals.mapped("name"):
            found.append(self._corrected_by_hand(move, number))
        if not found:
            self._stop(
                move,
                _(
                    "A correction names the invoice that it corrects. Make it with “Credit Note” on"
                    " the invoice, or enter number and date of the original on the KSeF page of"
                    " this one."
                ),
            )
        return [item for item in found if item]

    def _corrected_invoice(self, move, original):
        if original.currency_id != move.currency_id:
            self._stop(
                move,
                self.env._(
                    "%(name)s is in %(first)s, this correction in %(second)s. A correction is in"
                    " the currency of what it corrects.",
                    name=original.name,
                    first=original.currency_id.name,
                    second=move.currency_id.name,
                ),
            )
        ksef_number = self._number_of_original(move, original)
        return self._named(original.name, original.invoice_date, ksef_number)

    def _named(self, number, day, ksef_number):
        return fa3.DaneFaKorygowanej(
            DataWystFaKorygowanej=day,
            NrFaKorygowanej=number,
            NrKSeF=1 if ksef_number else None,
            NrKSeFFaKorygowanej=ksef_number or None,
            NrKSeFN=None if ksef_number else 1,
        )

    def _number_of_original(self, move, original):
        """The original's KSeF number, or None where it was issued outside KSeF."""
        _ = self.env._
        values = {"name": original.name or _("The corrected invoice")}
        document = self._document_of(original)
        # Sent by Odoo's own module, before there was a connection of ours.
        theirs = not original.l10n_pl_ksef_document_ids and original.l10n_pl_edi_status
        if original.state != "posted" or original.move_type != "out_invoice":
            words = _("%(name)s is no posted invoice, so it cannot be corrected.", **values)
            self._stop(move, words, original)
        elif document.state == "accepted":
            return document.ksef_number
        elif document.state in ON_THEIR_WAY or theirs == "sent":
            self._stop(
                move,
                _(
                    "%(name)s has no KSeF number yet, and a correction has to name it. Wait for the"
                    " number of the original, then send the correction.",
                    **values,
                ),
                original,
            )
        elif document.state == "rejected":
            self._stop(
                move,
                _(
                    "KSeF rejected %(name)s, so it is not issued, and there is nothing to correct."
                    " Mend the invoice and send it again.",
                    **values,
                ),
                original,
            )
        elif document.state == "outside" and document._is_outside_by_mistake():
            self._stop(
                move,
                _(
                    "%(name)s was issued as in a total failure of KSeF, but none is on record."
                    " Settle that on the invoice first.",
                    **values,
                ),
                original,
            )
        elif document:
            return None  # outside for good
        elif theirs == "accepted" and original.l10n_pl_edi_number:
            return original.l10n_pl_edi_number
        elif one_line(move.l10n_pl_ksef_original_number) == original.name:
            return self._number_by_hand(move, original.name, original.invoice_date)
        else:
            self._check_outside(move, original.name, original.invoice_date)
        return None

    def _document_of(self, original):
        """The document of an original in the company's environment, if any."""
        document = original.l10n_pl_ksef_document_id
        connection = original.company_id.l10n_pl_ksef_connection_id
        return document if document.environment == connection.environment else document.browse()

    def _corrected_by_hand(self, move, number):
        day = move.l10n_pl_ksef_original_date
        if not day:
            self._stop(
                move,
                self.env._(
                    "The date of %(number)s is missing. Enter it on the KSeF page.", number=number
                ),
            )
            return None
        return self._named(number, day, self._number_by_hand(move, number, day))

    def _number_by_hand(self, move, number, day):
        ksef_number = one_line(move.l10n_pl_ksef_original_ksef_number).upper()
        if not ksef_number:
            self._check_outside(move, number, day)
        elif not numbers.looks_right(ksef_number):
            self._stop(
                move,
                self.env._(
                    "“%(number)s” is not built like a KSeF number. It stands below the code of the"
                    " original.",
                    number=ksef_number,
                ),
            )
        return ksef_number or None

    def _check_outside(self, move, number, day):
        if (day and day < KSEF_BEGINS) or move.l10n_pl_ksef_original_outside:
            return
        self._stop(
            move,
            self.env._(
                "%(number)s has no KSeF number in this environment. Send it first. If it was issued"
                " outside KSeF, which was lawful only where KSeF need not be used, say so on the"
                " KSeF page of the correction; if another program sent it, enter its number there.",
                number=number,
            ),
        )

    # --- parties -------------------------------------------------------------------------------

    def _frozen(self, move, original):
        """What KSeF has of an original, as dataclasses; None where it has nothing."""
        if original not in self.frozen:
            self.frozen[original] = None
            document = self._document_of(original)
            if document.state == "accepted":
                # Else Odoo's own records have to do.
                with suppress(fa3.Unreadable):
                    self.frozen[original] = fa3.read(document._bytes())
        return self.frozen[original]

    def _correct_parties(self, move, invoice):
        _ = self.env._
        originals = self._originals(move)
        for original in originals:
            frozen = self._frozen(move, original)
            if not self._same_seller(invoice, frozen):
                self._stop(
                    move,
                    _(
                        "%(name)s bears another NIP of the seller. A NIP cannot be corrected.",
                        name=original.name,
                    ),
                    move.company_id,
                )
            if self._same_buyer(move, original, invoice, frozen):
                continue
            if frozen and len(originals) == 1 and self._is_to_zero(move, original):
                # It takes the whole invoice back, so it bears the buyer of that invoice.
                invoice.Podmiot2 = replace(frozen.Podmiot2)
                invoice.Podmiot3 = list(frozen.Podmiot3)
                continue
            self._stop(
                move,
                _(
                    "%(name)s was issued to another tax number than this correction. A tax number"
                    " cannot be corrected: credit the whole invoice, and issue a new one.",
                    name=original.name,
                ),
                move.commercial_partner_id,
            )
        if move.l10n_pl_ksef_corrects_buyer:
            self._correct_buyer(move, invoice)
        if move.l10n_pl_ksef_corrects_seller:
            self._correct_seller(move, invoice)

    def _same_seller(self, invoice, frozen):
        if not frozen:
            return True
        now, then = invoice.Podmiot1.DaneIdentyfikacyjne, frozen.Podmiot1.DaneIdentyfikacyjne
        return now.NIP == then.NIP

    def _same_buyer(self, move, original, invoice, frozen):
        if frozen:
            now, then = invoice.Podmiot2.DaneIdentyfikacyjne, frozen.Podmiot2.DaneIdentyfikacyjne
            return all(getattr(now, name) == getattr(then, name) for name in IDENTITY)
        now, then = move.commercial_partner_id, original.commercial_partner_id
        return now == then or (now.vat and now.vat == then.vat)

    def _is_to_zero(self, move, original):
        """Whether nothing is left of the invoice after it, tax by tax."""
        if move.move_type != "out_refund":
            return False
        left = self._net_of_taxes(original)
        for part in (move, *move._l10n_pl_ksef_earlier_corrections(original)):
            if self._originals(part) != original:
                return False  # a collective one does not tell how much was whose
            sign = -1 if part.move_type == "out_refund" else 1
            for taxes, net in self._net_of_taxes(part).items():
                left[taxes] = left.get(taxes, 0) + sign * net
        return not any(round(net, 2) for net in left.values())

    def _net_of_taxes(self, move):
        sums = {}
        for line in self._product_lines(move):
            taxes = line.tax_ids
            sums[taxes] = sums.get(taxes, 0) + line.price_subtotal
        return sums

    def _former(self, move):
        """The one original whose data is corrected, as KSeF has it."""
        originals = self._originals(move)
        frozen = self._frozen(move, originals) if len(originals) == 1 else None
        if not frozen:
            self._stop(
                move,
                self.env._(
                    "Names and addresses as they stood on the original are known only of a single"
                    " invoice that was sent to KSeF from here."
                ),
            )
        return frozen

    def _correct_buyer(self, move, invoice):
        frozen = self._former(move)
        if not frozen:
            return
        now, then = invoice.Podmiot2, frozen.Podmiot2
        if self._same_data(now, then):
            self._stop(
                move,
                self.env._(
                    "The customer's name and address are the same as on the original. Correct them"
                    " on the customer first."
                ),
                move.commercial_partner_id,
            )
        now.IDNabywcy = BUYER_KEY
        invoice.Fa.Podmiot2K = [
            fa3.Podmiot2K(
                DaneIdentyfikacyjne=then.DaneIdentyfikacyjne,
                Adres=then.Adres,
                IDNabywcy=BUYER_KEY,
            )
        ]

    def _correct_seller(self, move, invoice):
        frozen = self._former(move)
        if not frozen:
            return
        now, then = invoice.Podmiot1, frozen.Podmiot1
        if self._same_data(now, then):
            self._stop(
                move,
                self.env._(
                    "The company's name and address are the same as on the original. Correct them"
                    " on the company first."
                ),
                move.company_id,
            )
        invoice.Fa.Podmiot1K = fa3.Podmiot1K(
            PrefiksPodatnika=then.PrefiksPodatnika,
            DaneIdentyfikacyjne=then.DaneIdentyfikacyjne,
            Adres=then.Adres,
        )

    def _same_data(self, now, then):
        return (
            now.DaneIdentyfikacyjne.Nazwa == then.DaneIdentyfikacyjne.Nazwa
            and now.Adres == then.Adres
        )


def _negative(amount):
    """The amount with the other sign; zero has none."""
    return None if amount is None else -amount + 0
