"""Rules about corrections: what they correct, and the rows before and after."""

from __future__ import annotations

from collections.abc import Iterator

from ..problems import Problem
from ..words import _
from .model_advances import ZamowienieWiersz
from .model_invoice import Fa, Invoice
from .model_parties import TPodmiot2, TPodmiot3
from .model_rows import FaWiersz
from .places import Place
from .rates import BUCKETS
from .rules_base import CORRECTIONS, FA, ORDER, ZERO, rule, shown

NO_ORIGINAL = rule(
    "correction_without_original",
    "wall",
    "art. 106j ust. 2 pkt 2a i 3; FA(3): DaneFaKorygowanej",
    _("%(label)s: missing. Name the invoice that is corrected, with its date and KSeF number."),
)
NOT_A_CORRECTION = rule(
    "not_a_correction",
    "wall",
    "FA(3): DaneFaKorygowanej, RodzajFaktury",
    _(
        "%(label)s: only a correction has it, but the kind of this invoice is %(kind)s. Make it a "
        "correction, or leave it out."
    ),
)
STATE_ELSEWHERE = rule(
    "state_before_elsewhere",
    "wall",
    "FA(3): StanPrzed, StanPrzedZ",
    _("%(label)s: only a correction shows it, but the kind of this invoice is %(kind)s."),
)
EARLIER = rule(
    "correction_before_original",
    "wall",
    "art. 106j ust. 1; FA(3): DataWystFaKorygowanej",
    _("%(label)s: %(value)s is after the correction itself (%(issued)s). Check both dates."),
)
ITSELF = rule(
    "corrects_itself",
    "wall",
    "art. 106e ust. 1 pkt 2; FA(3): NrFaKorygowanej",
    _("%(label)s: %(value)s is the correction's own number. Give that of the corrected invoice."),
)
ORIGINAL_TWICE = rule(
    "original_twice",
    "warning",
    "FA(3): DaneFaKorygowanej",
    _("%(label)s: %(value)s stands there already. Name each corrected invoice once."),
)
OTHER_SELLER = rule(
    "original_of_other_seller",
    "warning",
    "FA(3): NrKSeFFaKorygowanej, Podmiot1/DaneIdentyfikacyjne/NIP",
    _(
        "%(label)s: %(value)s begins with another NIP than the seller's. Check the number; only "
        "the successor of the seller corrects such invoices."
    ),
)
NO_EFFECT = rule(
    "correction_effect_missing",
    "warning",
    "art. 29a ust. 13–17; FA(3): TypKorekty",
    _("%(label)s: missing. Choose in which period the correction takes effect."),
)
NO_PERIOD = rule(
    "collective_without_period",
    "warning",
    "art. 106j ust. 3; FA(3): OkresFaKorygowanej",
    _(
        "%(label)s: missing. A correction of several invoices that has no rows names the period "
        "that the discount is for."
    ),
)
NO_ROWS = rule(
    "correction_without_rows",
    "wall",
    "art. 106j ust. 2 pkt 3 lit. b; FA(3): FaWiersz",
    _(
        "%(label)s: missing. Only a discount on all sales of a period is corrected without rows; "
        "add the rows that change, or the period."
    ),
)
NO_AFTER = rule(
    "before_without_after",
    "wall",
    "FA(3): StanPrzed, StanPrzedZ",
    _(
        "%(label)s: there is no row with the state after the correction. Add it; when nothing is "
        "left, with zeros."
    ),
)
MIXED = rule(
    "mixed_difference",
    "warning",
    "FA(3): FaWiersz, StanPrzed",
    _(
        "%(label)s: a difference among rows that show the state before and after. Show this row "
        "in both states as well."
    ),
)
NOTHING = rule(
    "corrects_nothing",
    "warning",
    "art. 106j ust. 2 pkt 5 i 6",
    _(
        "%(label)s: the correction changes no amount, no row and no party. Check that it says what "
        "is right now."
    ),
)
BEFORE_AMOUNT = rule(
    "amount_before_missing",
    "warning",
    "FA(3): P_15ZK",
    _("%(label)s: missing. Give what was paid, or left to pay, before the correction."),
)
BEFORE_ELSEWHERE = rule(
    "amount_before_elsewhere",
    "warning",
    "FA(3): P_15ZK",
    _("%(label)s: only corrections of advance and settling invoices have it. Leave it out."),
)
LESS_THAN_NOTHING = rule(
    "advance_below_zero",
    "wall",
    "FA(3): P_15, P_15ZK",
    _(
        "%(label)s: %(found)s takes off more than the advance that was paid (%(before)s). It is "
        "the difference, not the amount after the correction."
    ),
)
SELLER_NUMBER = rule(
    "corrected_seller_number",
    "wall",
    "FA(3): Podmiot1K",
    _(
        "%(label)s: %(value)s is not the seller's NIP. A wrong NIP is not corrected: correct the "
        "invoice to zero and issue a new one."
    ),
)
BUYER_NUMBER = rule(
    "corrected_buyer_number",
    "wall",
    "FA(3): Podmiot2K",
    _(
        "%(label)s: %(value)s is no buyer's number on this correction. A wrong tax number is not "
        "corrected: correct the invoice to zero and issue a new one."
    ),
)
BUYER_KEY = rule(
    "buyer_key_unknown",
    "warning",
    "FA(3): Podmiot2K/IDNabywcy",
    _("%(label)s: %(value)s is the key of no buyer. Give the buyer concerned the same key."),
)

_ADDITIONAL_BUYER = 4


def correction_problems(invoice: Invoice) -> Iterator[Problem]:
    """Yield what is wrong about a correction, or about what only corrections have."""
    fa = invoice.Fa
    assert fa is not None
    if fa.RodzajFaktury not in CORRECTIONS:
        yield from _elsewhere_problems(fa)
        return
    if not fa.DaneFaKorygowanej:
        yield NO_ORIGINAL.at(FA.down("DaneFaKorygowanej", 1))
        return
    if fa.TypKorekty is None:
        yield NO_EFFECT.at(FA.down("TypKorekty"))
    yield from _original_problems(invoice, fa)
    yield from _row_problems(fa)
    yield from _amount_problems(fa)
    if fa.Podmiot1K is not None or fa.Podmiot2K:
        yield from _party_problems(invoice, fa)


def _elsewhere_problems(fa: Fa) -> Iterator[Problem]:
    kind = fa.RodzajFaktury
    if fa.DaneFaKorygowanej:
        yield NOT_A_CORRECTION.at(FA.down("DaneFaKorygowanej", 1), kind=kind)
    for number, row in enumerate(fa.FaWiersz, 1):
        if row.StanPrzed:
            yield STATE_ELSEWHERE.at(FA.down("FaWiersz", number).down("StanPrzed"), kind=kind)
    for number, line in enumerate(fa.Zamowienie.ZamowienieWiersz if fa.Zamowienie else (), 1):
        if line.StanPrzedZ:
            place = ORDER.down("ZamowienieWiersz", number).down("StanPrzedZ")
            yield STATE_ELSEWHERE.at(place, kind=kind)


def _original_problems(invoice: Invoice, fa: Fa) -> Iterator[Problem]:
    seen: set[str] = set()
    identity = invoice.Podmiot1.DaneIdentyfikacyjne if invoice.Podmiot1 else None
    nip = identity.NIP if identity else None
    for number, original in enumerate(fa.DaneFaKorygowanej, 1):
        place = FA.down("DaneFaKorygowanej", number)
        day = original.DataWystFaKorygowanej
        if day and fa.P_1 and day > fa.P_1:
            yield EARLIER.at(
                place.down("DataWystFaKorygowanej"), value=str(day), issued=str(fa.P_1)
            )
        # The predecessor's numbers may be like one's own.
        if original.NrFaKorygowanej == fa.P_2 and fa.Podmiot1K is None:
            yield ITSELF.at(place.down("NrFaKorygowanej"), value=fa.P_2)
        key = original.NrKSeFFaKorygowanej or f"{original.NrFaKorygowanej} ({day})"
        if key in seen:
            yield ORIGINAL_TWICE.at(place, value=key)
        seen.add(key)
        ksef = original.NrKSeFFaKorygowanej
        if ksef and nip and not ksef.startswith(nip):
            yield OTHER_SELLER.at(place.down("NrKSeFFaKorygowanej"), value=ksef)


def _row_problems(fa: Fa) -> Iterator[Problem]:
    changed = any(getattr(fa, rate.net) for rate in BUCKETS)
    if not fa.FaWiersz and fa.RodzajFaktury != "KOR_ZAL":
        if len(fa.DaneFaKorygowanej) > 1:
            if changed and fa.OkresFaKorygowanej is None:
                yield NO_PERIOD.at(FA.down("OkresFaKorygowanej"))
        elif changed and fa.OkresFaKorygowanej is None:
            yield NO_ROWS.at(FA.down("FaWiersz", 1))
    yield from _state_problems(fa)
    if not (
        fa.FaWiersz
        or fa.Zamowienie
        or changed
        or fa.P_15
        or fa.Podmiot1K
        or fa.Podmiot2K
        or fa.NrFaKorygowany
    ):
        yield NOTHING.at(FA.down("P_15"))


def _state_problems(fa: Fa) -> Iterator[Problem]:
    before = [(n, row) for n, row in enumerate(fa.FaWiersz, 1) if row.StanPrzed]
    if before:
        after = [(n, row) for n, row in enumerate(fa.FaWiersz, 1) if not row.StanPrzed]
        keys = [(n, row.NrWierszaFa, row.UU_ID) for n, row in before]
        others = [(n, row.NrWierszaFa, row.UU_ID) for n, row in after]
        for number in _unpaired(keys, others):
            yield NO_AFTER.at(FA.down("FaWiersz", number).down("StanPrzed"))
        shown_before = {row.NrWierszaFa for _position, row in before}
        for number, row in after:
            if row.NrWierszaFa not in shown_before and _is_negative(row):
                yield MIXED.at(FA.down("FaWiersz", number).down("P_11"))
    if fa.Zamowienie:
        rows: list[ZamowienieWiersz] = fa.Zamowienie.ZamowienieWiersz
        keys = [
            (n, row.NrWierszaZam, row.UU_IDZ) for n, row in enumerate(rows, 1) if row.StanPrzedZ
        ]
        others = [
            (n, row.NrWierszaZam, row.UU_IDZ) for n, row in enumerate(rows, 1) if not row.StanPrzedZ
        ]
        for number in _unpaired(keys, others):
            place = ORDER.down("ZamowienieWiersz", number).down("StanPrzedZ")
            yield NO_AFTER.at(place)


def _is_negative(row: FaWiersz) -> bool:
    value = row.P_11 if row.P_11 is not None else row.P_11A
    return value is not None and value < ZERO and (row.P_8B is None or row.P_8B < ZERO)


_Key = tuple[int, int | None, str | None]


def _unpaired(before: list[_Key], after: list[_Key]) -> Iterator[int]:
    """Yield the positions of rows before the correction that have none after it.

    Both states bear the same key or number (official examples 2, 11 to 13 and 18); or they are
    numbered on, and then the state after follows the state before.
    """
    keys = {key for _position, _number, key in after if key}
    numbers = {number for _position, number, _key in after}
    numbers_before = {number for _position, number, _key in before}
    free = {position for position, number, _key in after if number not in numbers_before}
    for position, number, key in before:
        if (key and key in keys) or number in numbers:
            continue
        following = position + 1
        if following in free:
            free.discard(following)
            continue
        yield position


def _amount_problems(fa: Fa) -> Iterator[Problem]:
    place = FA.down("P_15ZK")
    if fa.RodzajFaktury == "KOR":
        if fa.P_15ZK is not None:
            yield BEFORE_ELSEWHERE.at(place)
        return
    if fa.P_15ZK is None:
        yield BEFORE_AMOUNT.at(place)
    elif fa.RodzajFaktury == "KOR_ZAL" and fa.P_15 is not None and fa.P_15ZK + fa.P_15 < ZERO:
        yield LESS_THAN_NOTHING.at(FA.down("P_15"), found=shown(fa.P_15), before=shown(fa.P_15ZK))


def _number(identity: TPodmiot2 | TPodmiot3 | None) -> str | None:
    if identity is None:
        return None
    return identity.NIP or identity.NrVatUE or identity.NrID


def _party_problems(invoice: Invoice, fa: Fa) -> Iterator[Problem]:
    seller = invoice.Podmiot1.DaneIdentyfikacyjne if invoice.Podmiot1 else None
    before = fa.Podmiot1K.DaneIdentyfikacyjne if fa.Podmiot1K else None
    if seller and before and before.NIP != seller.NIP:
        place = FA.down("Podmiot1K").down("DaneIdentyfikacyjne").down("NIP")
        yield SELLER_NUMBER.at(place, value=before.NIP)
    buyers = [invoice.Podmiot2] if invoice.Podmiot2 else []
    others = [party for party in invoice.Podmiot3 if party.Rola == _ADDITIONAL_BUYER]
    known = {_number(party.DaneIdentyfikacyjne) for party in (*buyers, *others)}
    keys = {party.IDNabywcy for party in (*buyers, *invoice.Podmiot3)}
    several = len(fa.Podmiot2K) > 1
    for position, party in enumerate(fa.Podmiot2K, 1):
        place: Place = FA.down("Podmiot2K", position if several else None)
        number = _number(party.DaneIdentyfikacyjne)
        if number and number not in known:
            yield BUYER_NUMBER.at(place.down("DaneIdentyfikacyjne"), value=number)
        if party.IDNabywcy and party.IDNabywcy not in keys:
            yield BUYER_KEY.at(place.down("IDNabywcy"), value=party.IDNabywcy)
