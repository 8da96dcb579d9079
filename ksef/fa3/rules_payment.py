"""Rules about charges and deductions beside the total (Rozliczenie), and about what was paid."""

from __future__ import annotations

from collections.abc import Iterator

from ..problems import Problem
from ..words import _
from .model_invoice import Fa
from .rules_base import FA, ZERO, rule, shown, smallest, weight

CHARGES = rule(
    "charges_sum",
    "wall",
    "FA(3): Rozliczenie/SumaObciazen",
    _("%(label)s: %(found)s, but the charges add up to %(expected)s."),
)
DEDUCTIONS = rule(
    "deductions_sum",
    "wall",
    "FA(3): Rozliczenie/SumaOdliczen",
    _("%(label)s: %(found)s, but the deductions add up to %(expected)s."),
)
LEFT_TO_PAY = rule(
    "left_to_pay",
    "wall",
    "FA(3): Rozliczenie/DoZaplaty, Rozliczenie/DoRozliczenia",
    _("%(label)s: %(found)s, but the total due with charges and deductions comes to %(expected)s."),
)
PAID_TOO_MUCH = rule(
    "partly_paid_in_full",
    "warning",
    "FA(3): ZnacznikZaplatyCzesciowej",
    _(
        "%(label)s: the payments (%(found)s) make up the whole %(expected)s. Mark the invoice as "
        "paid in full."
    ),
)
PAID_TOO_LITTLE = rule(
    "fully_paid_in_part",
    "warning",
    "FA(3): ZnacznikZaplatyCzesciowej",
    _(
        "%(label)s: marked as paid in full, but the payments (%(found)s) do not make up the whole "
        "%(expected)s."
    ),
)


def payment_problems(fa: Fa) -> Iterator[Problem]:
    """Yield sums of charges, deductions and payments that do not fit."""
    unit = smallest(fa.KodWaluty)
    due = fa.P_15 or ZERO
    settlement = fa.Rozliczenie
    if settlement is not None:
        place = FA.down("Rozliczenie")
        charges = sum((item.Kwota or ZERO for item in settlement.Obciazenia), ZERO)
        deductions = sum((item.Kwota or ZERO for item in settlement.Odliczenia), ZERO)
        due += charges - deductions
        for broken, name, found, expected in (
            (CHARGES, "SumaObciazen", settlement.SumaObciazen, charges),
            (DEDUCTIONS, "SumaOdliczen", settlement.SumaOdliczen, deductions),
            (LEFT_TO_PAY, "DoZaplaty", settlement.DoZaplaty, due),
        ):
            level = weight(found - expected, ZERO, unit) if found is not None else None
            if level:
                yield broken.at(
                    place.down(name), level, found=shown(found), expected=shown(expected)
                )
        over = settlement.DoRozliczenia
        if over is not None:
            # Given back or kept for later: programs write it with either sign.
            level = weight(abs(over) - abs(due), ZERO, unit)
            if level or due > ZERO:
                where = place.down("DoRozliczenia")
                yield LEFT_TO_PAY.at(where, level, found=shown(over), expected=shown(due))
    paid = fa.Platnosc
    if paid is None or not paid.ZaplataCzesciowa or due <= ZERO:
        return
    total = sum((part.KwotaZaplatyCzesciowej or ZERO for part in paid.ZaplataCzesciowa), ZERO)
    where = FA.down("Platnosc").down("ZnacznikZaplatyCzesciowej")
    values = {"found": shown(total), "expected": shown(due)}
    if paid.ZnacznikZaplatyCzesciowej == 1 and total >= due:
        yield PAID_TOO_MUCH.at(where, **values)
    elif paid.ZnacznikZaplatyCzesciowej != 1 and total < min(due, fa.P_15 or due):
        yield PAID_TOO_LITTLE.at(where, **values)
