from ...ksef.fa3 import model as fa3
from .common import one_line


class Payment:
    """Payment, and the conditions of the transaction."""

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
