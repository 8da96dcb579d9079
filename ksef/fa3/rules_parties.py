"""Rules about the parties that the schema cannot tell."""

from __future__ import annotations

from collections.abc import Iterator

from ..numbers import check_nip
from ..problems import Problem
from ..words import _
from .labels import label
from .model_invoice import Invoice
from .places import Place

_CHECK_DIGIT = _(
    "%(label)s: the check digit of %(value)s is wrong. KSeF refuses it; look for a mistyped digit."
)


def party_problems(invoice: Invoice) -> Iterator[Problem]:
    """Yield NIPs with a wrong check digit (guide, faktury/weryfikacja-faktury.md).

    KSeF looks at them in production only, at those of Podmiot1, Podmiot2, Podmiot3 and
    PodmiotUpowazniony and at the one within an internal identifier of Podmiot3.
    """
    for nip, place in _nips(invoice):
        # What is not ten digits at all, the schema has refused.
        if len(nip) == 10 and nip.isascii() and nip.isdigit() and not check_nip(nip):
            yield Problem(
                "wall",
                "nip_check_digit",
                _CHECK_DIGIT,
                {"label": label(place), "value": nip},
                field=place.field,
                place=place.place,
            )


def _nips(invoice: Invoice) -> Iterator[tuple[str, Place]]:
    for name in ("Podmiot1", "Podmiot2", "PodmiotUpowazniony"):
        party = getattr(invoice, name)
        if party and party.DaneIdentyfikacyjne and party.DaneIdentyfikacyjne.NIP:
            place = Place().down(name).down("DaneIdentyfikacyjne").down("NIP")
            yield party.DaneIdentyfikacyjne.NIP, place
    for number, party in enumerate(invoice.Podmiot3, 1):
        identity = party.DaneIdentyfikacyjne
        if not identity:
            continue
        place = Place().down("Podmiot3", number).down("DaneIdentyfikacyjne")
        if identity.NIP:
            yield identity.NIP, place.down("NIP")
        if identity.IDWew:
            yield identity.IDWew[:10], place.down("IDWew")
