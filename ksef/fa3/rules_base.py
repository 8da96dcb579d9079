"""What every rule that the schema cannot see has: code, level, source, words.

A *wall* is only what would certainly be wrong: KSeF would refuse it, or it would have to be
corrected.  KSeF does no arithmetic, and the law leaves open how to round; so sums that differ a
little are a warning, and sums that differ much are a wall.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..problems import Level, Problem
from .labels import label
from .places import Place

FA = Place().down("Fa")
ANNOTATIONS = FA.down("Adnotacje")
ORDER = FA.down("Zamowienie")

ZERO = Decimal(0)
GROSZ = Decimal("0.01")
HUNDRED = Decimal(100)
#: currencies whose amounts have no decimals (ISO 4217), or have none in practice
# fmt: off
_WHOLE = frozenset((
    "BIF", "CLP", "DJF", "GNF", "HUF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND",
    "VUV", "XAF", "XOF", "XPF",
))
# fmt: on

#: RodzajFaktury of corrections; of what settles advances; of what takes them
CORRECTIONS = frozenset(("KOR", "KOR_ZAL", "KOR_ROZ"))
SETTLEMENTS = frozenset(("ROZ", "KOR_ROZ"))
ADVANCES = frozenset(("ZAL", "KOR_ZAL"))


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    :param code: short stable name
    :param level: what a breach is, unless it depends on how great it is
    :param source: provision or field of FA(3) it follows from, in the Polish way of citing
    :param text: English words marked for translation; they hold ``%(label)s``
    """

    code: str
    level: Level
    source: str
    text: str

    def at(self, place: Place, level: Level | None = None, **values: Any) -> Problem:
        """Return the breach of this rule at ``place``."""
        return Problem(
            level or self.level,
            self.code,
            self.text,
            {"label": label(place), **values},
            field=place.field,
            place=place.place,
            source=self.source,
        )


#: every rule by its code
RULES: dict[str, Rule] = {}


def rule(code: str, level: Level, source: str, text: str) -> Rule:
    """Make a rule and enter it in :data:`RULES`.

    :raises ValueError: there is another one with this code
    """
    if code in RULES:
        raise ValueError(code)
    made = Rule(code, level, source, text)
    RULES[code] = made
    return made


def smallest(currency: str | None) -> Decimal:
    """Return the amount to which a currency is rounded: a grosz, a cent, or a whole yen."""
    return Decimal(1) if currency in _WHOLE else GROSZ


def weight(difference: Decimal, allowed: Decimal, smallest: Decimal = GROSZ) -> Level | None:
    """Tell what a sum is that differs from its parts: nothing, a warning, or a wall.

    :param allowed: how far rounding may have moved it
    :param smallest: the amount to which the currency is rounded; a hundred of it is no rounding
    """
    size = abs(difference)
    if size <= allowed:
        return None
    return "wall" if size >= max(smallest * HUNDRED, allowed * 2) else "warning"


def shown(amount: Decimal | None) -> str:
    """Return an amount as people read it."""
    return f"{amount or ZERO:.2f}"
