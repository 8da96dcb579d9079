"""Rules about the parties that the schema cannot tell."""

from __future__ import annotations

from collections.abc import Iterator

from ..numbers import check_nip
from ..problems import Problem
from ..words import _
from .model_invoice import Invoice
from .model_parties import Podmiot3, TPodmiot2
from .places import Place
from .rules_base import HUNDRED, ZERO, rule

CHECK_DIGIT = rule(
    "nip_check_digit",
    "wall",
    "KSeF: weryfikacja faktury (walidacja numeru NIP)",
    _(
        "%(label)s: the check digit of %(value)s is wrong. KSeF refuses it; look for a mistyped "
        "digit."
    ),
)
SAME = rule(
    "seller_is_buyer",
    "warning",
    "art. 106b ust. 1",
    _("%(label)s: it is the seller's own NIP. Check the buyer."),
)
POLISH_ELSEWHERE = rule(
    "polish_number_elsewhere",
    "wall",
    "FA(3): Podmiot2/DaneIdentyfikacyjne/NIP",
    _(
        "%(label)s: %(value)s is a Polish tax number. Give it as the NIP; else the buyer does not "
        "find the invoice in KSeF."
    ),
)
PREFIX_TWICE = rule(
    "eu_prefix_twice",
    "wall",
    "art. 106e ust. 1 pkt 24; FA(3): KodUE, NrVatUE",
    _("%(label)s: %(value)s begins with the prefix that stands before it already. Take it off."),
)
JST_WITHOUT_UNIT = rule(
    "jst_without_unit",
    "wall",
    "FA(3): Podmiot2/JST, Podmiot3/Rola = 8",
    _(
        "%(label)s: the invoice concerns a unit of a local government. Add the unit as a third "
        "party with that role, or say that it does not."
    ),
)
UNIT_WITHOUT_JST = rule(
    "unit_without_jst",
    "wall",
    "FA(3): Podmiot2/JST, Podmiot3/Rola = 8",
    _(
        "%(label)s: a unit of a local government receives the invoice, but the buyer is marked as "
        "having none (JST). Mark it, or choose another role."
    ),
)
GV_WITHOUT_MEMBER = rule(
    "gv_without_member",
    "wall",
    "FA(3): Podmiot2/GV, Podmiot3/Rola = 10",
    _(
        "%(label)s: the invoice concerns a member of a VAT group. Add the member as a third party "
        "with that role, or say that it does not."
    ),
)
MEMBER_WITHOUT_GV = rule(
    "member_without_gv",
    "wall",
    "FA(3): Podmiot2/GV, Podmiot3/Rola = 10",
    _(
        "%(label)s: a member of a VAT group receives the invoice, but the buyer is marked as none "
        "(GV). Mark it, or choose another role."
    ),
)
UNIT_WITHOUT_NUMBER = rule(
    "unit_without_number",
    "wall",
    "FA(3): Podmiot2/JST, Podmiot2/GV, Podmiot3/DaneIdentyfikacyjne",
    _(
        "%(label)s: give its NIP or internal identifier; without one KSeF cannot show the invoice "
        "to it."
    ),
)
SHARES = rule(
    "shares_over_all",
    "wall",
    "FA(3): Podmiot3/Udzial",
    _(
        "%(label)s: the shares of the additional buyers are %(value)s%%; what is missing to "
        "100%% is the buyer's own. Lower them."
    ),
)
SHARE_OF_OTHER = rule(
    "share_of_other_role",
    "warning",
    "FA(3): Podmiot3/Udzial, Podmiot3/Rola = 4",
    _("%(label)s: only additional buyers have one. Leave it out, or choose that role."),
)
SOME_SHARES = rule(
    "share_missing",
    "warning",
    "FA(3): Podmiot3/Udzial",
    _("%(label)s: other buyers have one. Give it for every additional buyer, or for none."),
)
PARTY_TWICE = rule(
    "party_twice",
    "warning",
    "FA(3): Podmiot3",
    _("%(label)s: %(value)s stands there with the same role already. Keep one of them."),
)

_IDENTITY = "DaneIdentyfikacyjne"
_ADDITIONAL_BUYER, _UNIT, _MEMBER = 4, 8, 10


def nip_problems(invoice: Invoice) -> Iterator[Problem]:
    """Yield NIPs with a wrong check digit (guide, faktury/weryfikacja-faktury.md).

    KSeF looks at them in production only, at those of Podmiot1, Podmiot2, Podmiot3 and
    PodmiotUpowazniony and at the one within an internal identifier of Podmiot3.
    """
    for nip, place in _nips(invoice):
        # What is not ten digits at all, the schema has refused.
        if len(nip) == 10 and nip.isascii() and nip.isdigit() and not check_nip(nip):
            yield CHECK_DIGIT.at(place, value=nip)


def _nips(invoice: Invoice) -> Iterator[tuple[str, Place]]:
    for name in ("Podmiot1", "Podmiot2", "PodmiotUpowazniony"):
        party = getattr(invoice, name)
        if party and party.DaneIdentyfikacyjne and party.DaneIdentyfikacyjne.NIP:
            place = Place().down(name).down(_IDENTITY).down("NIP")
            yield party.DaneIdentyfikacyjne.NIP, place
    for number, party in enumerate(invoice.Podmiot3, 1):
        identity = party.DaneIdentyfikacyjne
        if not identity:
            continue
        place = Place().down("Podmiot3", number).down(_IDENTITY)
        if identity.NIP:
            yield identity.NIP, place.down("NIP")
        if identity.IDWew:
            yield identity.IDWew[:10], place.down("IDWew")


def party_problems(invoice: Invoice) -> Iterator[Problem]:
    """Yield parties that contradict each other."""
    yield from _buyer_problems(invoice)
    yield from _unit_problems(invoice)
    if invoice.Podmiot3:
        yield from _share_problems(invoice.Podmiot3)
        yield from _twice_problems(invoice.Podmiot3)


def _with_role(invoice: Invoice, role: int) -> list[tuple[int, Podmiot3]]:
    return [
        (number, party) for number, party in enumerate(invoice.Podmiot3, 1) if party.Rola == role
    ]


def _buyer_problems(invoice: Invoice) -> Iterator[Problem]:
    buyer = invoice.Podmiot2.DaneIdentyfikacyjne if invoice.Podmiot2 else None
    if buyer is None:
        return
    place = Place().down("Podmiot2").down(_IDENTITY)
    seller = invoice.Podmiot1.DaneIdentyfikacyjne if invoice.Podmiot1 else None
    if buyer.NIP and seller and buyer.NIP == seller.NIP:
        yield SAME.at(place.down("NIP"))
    yield from _foreign_number_problems(buyer, place)


def _foreign_number_problems(buyer: TPodmiot2, place: Place) -> Iterator[Problem]:
    if buyer.NrVatUE:
        if buyer.KodUE == "PL":
            yield POLISH_ELSEWHERE.at(place.down("NrVatUE"), value=buyer.NrVatUE)
        elif buyer.KodUE and buyer.NrVatUE.startswith(buyer.KodUE):
            yield PREFIX_TWICE.at(place.down("NrVatUE"), value=buyer.NrVatUE)
    if buyer.NrID:
        number = buyer.NrID.removeprefix("PL").replace("-", "").replace(" ", "")
        if buyer.KodKraju == "PL" and check_nip(number):
            yield POLISH_ELSEWHERE.at(place.down("NrID"), value=buyer.NrID)


def _unit_problems(invoice: Invoice) -> Iterator[Problem]:
    buyer = invoice.Podmiot2
    if buyer is None:
        return
    for role, mark, alone, unmarked in (
        (_UNIT, "JST", JST_WITHOUT_UNIT, UNIT_WITHOUT_JST),
        (_MEMBER, "GV", GV_WITHOUT_MEMBER, MEMBER_WITHOUT_GV),
    ):
        units = _with_role(invoice, role)
        marked = getattr(buyer, mark) == 1
        if marked and not units:
            yield alone.at(Place().down("Podmiot2").down(mark))
        for number, party in units:
            place = Place().down("Podmiot3", number)
            if not marked:
                yield unmarked.at(place.down("Rola"))
            identity = party.DaneIdentyfikacyjne
            if identity and not (identity.NIP or identity.IDWew):
                yield UNIT_WITHOUT_NUMBER.at(place.down(_IDENTITY))


def _share_problems(parties: list[Podmiot3]) -> Iterator[Problem]:
    buyers = [
        (number, party)
        for number, party in enumerate(parties, 1)
        if party.Rola == _ADDITIONAL_BUYER
    ]
    shares = sum((party.Udzial or ZERO for _number, party in buyers), ZERO)
    if shares > HUNDRED:
        number = buyers[-1][0]
        place = Place().down("Podmiot3", number).down("Udzial")
        yield SHARES.at(place, value=f"{shares.normalize():f}")
    some = any(party.Udzial is not None for _number, party in buyers)
    for number, party in enumerate(parties, 1):
        place = Place().down("Podmiot3", number).down("Udzial")
        if party.Rola != _ADDITIONAL_BUYER:
            if party.Udzial is not None:
                yield SHARE_OF_OTHER.at(place)
        elif some and party.Udzial is None:
            yield SOME_SHARES.at(place)


def _twice_problems(parties: list[Podmiot3]) -> Iterator[Problem]:
    seen = set()
    for number, party in enumerate(parties, 1):
        identity = party.DaneIdentyfikacyjne
        value = identity and (identity.NIP or identity.IDWew or identity.NrVatUE or identity.NrID)
        if not value:
            continue
        key = value, party.Rola, party.OpisRoli
        if key in seen:
            yield PARTY_TWICE.at(Place().down("Podmiot3", number), value=value)
        seen.add(key)
