"""Rules about dates and rows that the schema cannot tell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ..problems import Problem
from ..words import _
from .labels import label
from .model_invoice import Fa
from .places import Place

_FA = Place().down("Fa")


def date_problems(fa: Fa, today: date) -> Iterator[Problem]:
    """Yield a date of issue in the future (guide, faktury/weryfikacja-faktury.md).

    :param today: the calendar day in Warsaw
    """
    if fa.P_1 and today < fa.P_1:
        yield Problem(
            "wall",
            "future_date",
            _("%(label)s: %(value)s is in the future; in Poland it is %(today)s. KSeF refuses it."),
            {"label": label(_FA.down("P_1")), "value": str(fa.P_1), "today": str(today)},
            field="P_1",
        )


def row_problems(fa: Fa) -> Iterator[Problem]:
    """Yield rows that bear the number of an earlier row: references to it would be ambiguous."""
    seen: set[tuple[int, bool]] = set()
    for index, row in enumerate(fa.FaWiersz, 1):
        if row.NrWierszaFa is None:
            continue
        # A correction may number the rows before and after it alike.
        key = row.NrWierszaFa, bool(row.StanPrzed)
        if key in seen:
            place = _FA.down("FaWiersz", index).down("NrWierszaFa")
            yield Problem(
                "wall",
                "duplicate_row_number",
                _("%(label)s: %(value)s is the number of an earlier row as well."),
                {"label": label(place), "value": row.NrWierszaFa},
                field=place.field,
                place=place.place,
            )
        seen.add(key)
