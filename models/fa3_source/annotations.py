from ...ksef.fa3 import model as fa3

#: The tag of l10n_pl on the tax of that procedure.
TRIANGULAR = "Triangular Sale"


class Annotations:
    """What the law wants noted on an invoice (Adnotacje)."""

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
