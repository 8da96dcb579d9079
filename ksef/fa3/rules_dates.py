"""Rules about dates that the schema cannot tell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from ..problems import Problem
from ..words import _
from .model_invoice import Fa
from .rules_base import FA, rule

FUTURE_DATE = rule(
    "future_date",
    "wall",
    "KSeF: weryfikacja faktury (walidacja dat)",
    _("%(label)s: %(value)s is in the future; in Poland it is %(today)s. KSeF refuses it."),
)
PERIOD = rule(
    "period_backwards",
    "wall",
    "art. 106e ust. 1 pkt 6; FA(3): P_6_Od, P_6_Do",
    _("%(label)s: %(value)s is before the first day of the period (%(first)s). Swap the dates."),
)
TWO_DATES = rule(
    "supply_dates_twice",
    "warning",
    "FA(3): P_6, P_6A",
    _(
        "%(label)s: the invoice has a date of supply for all rows as well. Keep that one if it "
        "holds for every row, else only those of the rows."
    ),
)
TOO_EARLY = rule(
    "issued_too_early",
    "warning",
    "art. 106i ust. 7 i 8",
    _(
        "%(label)s: %(value)s is more than 60 days after the invoice. Only periodic services, "
        "leases, energy and the like may be invoiced so early; check the date."
    ),
)
LONG_AGO = rule(
    "supply_long_ago",
    "warning",
    "art. 106i ust. 1",
    _("%(label)s: %(value)s is more than a year before the invoice. Check the date."),
)
PAID_LATER = rule(
    "paid_after_issue",
    "warning",
    "FA(3): DataZaplaty, DataZaplatyCzesciowej",
    _(
        "%(label)s: %(value)s is after the date of issue. The invoice shows only what was paid by "
        "then; leave later payments out."
    ),
)

_SIXTY_DAYS = timedelta(days=60)
_A_YEAR = timedelta(days=366)


def future_problems(fa: Fa, today: date) -> Iterator[Problem]:
    """Yield a date of issue in the future, which KSeF refuses.

    :param today: the calendar day in Warsaw
    """
    if fa.P_1 and today < fa.P_1:
        yield FUTURE_DATE.at(FA.down("P_1"), value=str(fa.P_1), today=str(today))


def date_problems(fa: Fa) -> Iterator[Problem]:
    """Yield dates of supply and payment that contradict each other or the date of issue."""
    issued = fa.P_1
    assert issued is not None
    if fa.OkresFa is not None:
        first, last = fa.OkresFa.P_6_Od, fa.OkresFa.P_6_Do
        if first and last and last < first:
            place = FA.down("OkresFa").down("P_6_Do")
            yield PERIOD.at(place, value=str(last), first=str(first))
    early, late = issued + _SIXTY_DAYS, issued - _A_YEAR
    if fa.P_6 is not None:
        if early < fa.P_6:
            yield TOO_EARLY.at(FA.down("P_6"), value=str(fa.P_6))
        # A correction repeats the date of the invoice it corrects.
        elif late > fa.P_6 and fa.RodzajFaktury in ("VAT", "ZAL", "UPR"):
            yield LONG_AGO.at(FA.down("P_6"), value=str(fa.P_6))
    twice = False
    for number, row in enumerate(fa.FaWiersz, 1):
        day = row.P_6A
        if day is None:
            continue
        if fa.P_6 is not None and not twice:
            twice = True
            yield TWO_DATES.at(FA.down("FaWiersz", number).down("P_6A"))
        if day > early:
            yield TOO_EARLY.at(FA.down("FaWiersz", number).down("P_6A"), value=str(day))
    yield from _payment_problems(fa, issued)


def _payment_problems(fa: Fa, issued: date) -> Iterator[Problem]:
    paid = fa.Platnosc
    if paid is None:
        return
    place = FA.down("Platnosc")
    if paid.DataZaplaty and paid.DataZaplaty > issued:
        yield PAID_LATER.at(place.down("DataZaplaty"), value=str(paid.DataZaplaty))
    for number, part in enumerate(paid.ZaplataCzesciowa, 1):
        day = part.DataZaplatyCzesciowej
        if day and day > issued:
            where = place.down("ZaplataCzesciowa", number).down("DataZaplatyCzesciowej")
            yield PAID_LATER.at(where, value=str(day))
