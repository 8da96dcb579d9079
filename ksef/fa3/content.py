"""Which elements stand in an element: missing, unknown, too many, out of order, contradictory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lxml import etree

from ..problems import Problem
from ..words import _
from .fields import Element, specs
from .labels import label
from .namespace import FA3
from .places import Place
from .rates import BUCKETS

_NAMESPACE = f"{{{FA3}}}"

MISSING = _("%(label)s: missing.")

#: elements that only stand together, by class
COMPANIONS: dict[str, tuple[tuple[str, ...], ...]] = {
    "TPodmiot2": (("KodUE", "NrVatUE"),),
    "TPodmiot3": (("KodUE", "NrVatUE"),),
    "Podmiot3": (("RolaInna", "OpisRoli"),),
    # the One Stop Shop alone may leave its tax out
    "Fa": tuple((rate.net, rate.tax) for rate in BUCKETS if rate.tax_pln),
    "NoweSrodkiTransportu": (("P_22", "P_42_5", "NowySrodekTransportu"),),
    "DaneFaKorygowanej": (("NrKSeF", "NrKSeFFaKorygowanej"),),
    "FakturaZaliczkowa": (("NrKSeFZN", "NrFaZaliczkowej"),),
    "Platnosc": (
        ("Zaplacono", "DataZaplaty"),
        ("ZnacznikZaplatyCzesciowej", "ZaplataCzesciowa"),
        ("PlatnoscInna", "OpisPlatnosci"),
    ),
    "ZaplataCzesciowa": (("PlatnoscInna", "OpisPlatnosci"),),
    "WarunkiTransakcji": (("KursUmowny", "WalutaUmowna"),),
    "Transport": (("TransportInny", "OpisInnegoTransportu"), ("LadunekInny", "OpisInnegoLadunku")),
}

#: elements that stand only where another one does, by class
DEPENDENTS: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    "Fa": (
        (
            (
                *("PrzyczynaKorekty", "TypKorekty", "OkresFaKorygowanej", "NrFaKorygowany"),
                *("Podmiot1K", "Podmiot2K", "P_15ZK", "KursWalutyZK"),
            ),
            "DaneFaKorygowanej",
        ),
    ),
}

_PARTY = _(
    "%(label)s: give exactly one tax number: the NIP, the EU VAT number with its prefix, or "
    "another tax number; or say that there is none (BrakID)."
)
#: what to choose between, by class
CHOICES: dict[str, str] = {
    "TPodmiot2": _PARTY,
    "TPodmiot3": _PARTY,
    "Podmiot3": _("%(label)s: give one role, or describe another one."),
    "Zwolnienie": _(
        "%(label)s: either something is exempt, with exactly one legal basis (P_19A, P_19B or "
        "P_19C), or nothing is (P_19N)."
    ),
    "NoweSrodkiTransportu": _(
        "%(label)s: either new means of transport are delivered (P_22), each with its data, or "
        "none is (P_22N)."
    ),
    "PMarzy": _(
        "%(label)s: either a margin scheme applies, and exactly one kind of it is marked, or none "
        "does (P_PMarzyN)."
    ),
    "DaneFaKorygowanej": _(
        "%(label)s: give its KSeF number, or mark that it was issued outside KSeF; not both."
    ),
    "FakturaZaliczkowa": _(
        "%(label)s: give its KSeF number, or its own number and the mark that it was issued "
        "outside KSeF; not both."
    ),
    "Platnosc": _(
        "%(label)s: it is either paid, with the day of payment, or paid in parts; and there is "
        "one means of payment."
    ),
    "Fa": _("%(label)s: give the date of supply or the period, not both."),
}


def content_problems(
    element: etree._Element, cls: type[Element], place: Place, blamed: bool
) -> Iterator[Problem]:
    """Yield what is wrong with the children of ``element``.

    :param blamed: the schema found them wrong; then there is at least one problem
    """
    known = dict(specs(cls))
    names = [child.tag.removeprefix(_NAMESPACE) for child in element if isinstance(child.tag, str)]
    counts = Counter(names)
    found = False
    for problem in (
        *_unknown(counts, known, place),
        *_too_many(counts, known, place),
        *_missing(counts, cls, known, place),
        *_out_of_order(names, list(known), place),
    ):
        found = True
        yield problem
    if blamed and not found:
        text = CHOICES.get(cls.__name__) or _("%(label)s: its elements contradict each other.")
        yield _problem("choice", text, place)


def _problem(code: str, text: str, place: Place, **values: object) -> Problem:
    return Problem(
        "wall",
        code,
        text,
        {"label": label(place), **values},
        field=place.field,
        place=place.place,
    )


def _unknown(counts: Counter[str], known: dict, place: Place) -> Iterator[Problem]:
    for name in counts:
        if name not in known:
            yield _problem(
                "unknown_element",
                _("%(label)s: FA(3) has no such element here."),
                place.down(name.rpartition("}")[2]),
            )


def _too_many(counts: Counter[str], known: dict, place: Place) -> Iterator[Problem]:
    for name, count in counts.items():
        if name in known and count > known[name].max_items:
            yield _problem(
                "too_many",
                _("%(label)s: %(count)s of them, but at most %(limit)s are allowed."),
                place.down(name, 1 if known[name].max_items > 1 else None),
                count=count,
                limit=known[name].max_items,
            )


def _missing(
    counts: Counter[str], cls: type[Element], known: dict, place: Place
) -> Iterator[Problem]:
    wanted = [
        name
        for name, spec in known.items()
        if spec.required and not spec.attribute and name not in counts
    ]
    for group in COMPANIONS.get(cls.__name__, ()):
        if any(name in counts for name in group):
            wanted += [name for name in group if name not in counts]
    for dependents, name in DEPENDENTS.get(cls.__name__, ()):
        if name not in counts and any(dependent in counts for dependent in dependents):
            wanted.append(name)
    for name in wanted:
        where = place.down(name, 1 if known[name].max_items > 1 else None)
        yield _problem("missing", MISSING, where)


def _out_of_order(names: list[str], order: list[str], place: Place) -> Iterator[Problem]:
    last = -1
    for name in names:
        if name not in order:
            continue
        if order.index(name) < last:
            yield _problem(
                "out_of_order",
                _("%(label)s: stands after %(other)s, but belongs before it."),
                place.down(name),
                other=order[last],
            )
            return
        last = order.index(name)
