"""Values that the schema does not take, and what they should look like."""

from __future__ import annotations

from ..problems import Problem
from ..words import _
from . import codes, values
from .fields import Spec
from .labels import label
from .places import Place
from .rates import RATES

_XML_WHITE = " \t\n\r"

_KSEF_NUMBER = _("%(label)s: “%(value)s” is not a KSeF number.")
_COUNTRY = _("%(label)s: “%(value)s” is not a country code of two letters.")

#: what a field should look like, by the last name of its path
FORMATS: dict[str, str] = {
    "NIP": _("%(label)s: “%(value)s” is not a NIP: ten digits without spaces, hyphens or letters."),
    "IDWew": _("%(label)s: “%(value)s” is not a NIP followed by a hyphen and five digits."),
    "KodUE": _(
        "%(label)s: “%(value)s” is no EU prefix. Greece has EL, Northern Ireland XI; countries "
        "outside the EU have none."
    ),
    "NrVatUE": _(
        "%(label)s: “%(value)s” is not an EU VAT number without its country prefix: up to twelve "
        "digits and capital letters, no spaces."
    ),
    "KodKraju": _COUNTRY,
    "Email": _("%(label)s: “%(value)s” is not an e-mail address."),
    "EmailPU": _("%(label)s: “%(value)s” is not an e-mail address."),
    "KodWaluty": _("%(label)s: “%(value)s” is not a currency that KSeF knows."),
    "WalutaUmowna": _("%(label)s: “%(value)s” is not a currency that KSeF knows."),
    "RodzajFaktury": _("%(label)s: “%(value)s” is not a kind of invoice that FA(3) knows."),
    "P_12": _("%(label)s: “%(value)s” is not a tax rate of FA(3). It knows: %(known)s."),
    "P_12Z": _("%(label)s: “%(value)s” is not a tax rate of FA(3). It knows: %(known)s."),
    "GTU": _("%(label)s: “%(value)s” is not a GTU group: GTU_01 to GTU_13."),
    "GTUZ": _("%(label)s: “%(value)s” is not a GTU group: GTU_01 to GTU_13."),
    "NrKSeFFaKorygowanej": _KSEF_NUMBER,
    "NrKSeFFaZaliczkowej": _KSEF_NUMBER,
    "NrRB": _("%(label)s: “%(value)s” does not have 10 to 34 characters."),
    "SWIFT": _("%(label)s: “%(value)s” is not a SWIFT code of eight or eleven characters."),
    "KRS": _("%(label)s: “%(value)s” does not have ten digits."),
    "REGON": _("%(label)s: “%(value)s” does not have nine or fourteen digits."),
    "IPKSeF": _("%(label)s: “%(value)s” is not three digits and ten letters or digits."),
    "P_12_XII": _("%(label)s: %(value)s is not between 0 and 100 percent."),
    "Udzial": _("%(label)s: %(value)s is not between 0 and 100 percent."),
    "LinkDoPlatnosci": _("%(label)s: “%(value)s” is not a web address with the parameter IPKSeF."),
}
_BY_KIND: dict[str, str] = {
    "mark": _("%(label)s: “%(value)s”, but it can only be 1, or be left out."),
    "yes_no": _("%(label)s: “%(value)s”, but it can only be 1 (yes) or 2 (no)."),
    "decimal": _("%(label)s: “%(value)s” is not written as 1234.50 or lies out of range."),
    "whole": _("%(label)s: “%(value)s” is not one of the numbers that stand for something here."),
    "day": _("%(label)s: %(value)s is too early or too late for FA(3)."),
    "moment": _("%(label)s: %(value)s is too early or too late for FA(3)."),
}
_OTHER = _("%(label)s: “%(value)s” is not a value of this field.")
EMPTY = _("%(label)s: empty. Fill it in, or leave the element out.")
_NOT_A_NUMBER = _("%(label)s: “%(value)s” is not an amount such as 1234.50 (no spaces, no comma).")
_NOT_A_DAY = _("%(label)s: “%(value)s” is not a day such as 2026-02-28.")
_NOT_A_MOMENT = _("%(label)s: “%(value)s” is not a time such as 2026-02-28T09:30:00Z.")

#: code lists, for places that the schema did not come to look at
_CODES: dict[str, frozenset[str]] = {
    "P_12": frozenset(RATES),
    "P_12Z": frozenset(RATES),
    "GTU": frozenset(codes.GTU),
    "GTUZ": frozenset(codes.GTU),
    "Procedura": frozenset(codes.PROCEDURES),
    "ProceduraZ": frozenset(codes.PROCEDURES_ORDER),
    "RodzajFaktury": frozenset(codes.KINDS),
    "TypKorekty": frozenset(map(str, codes.CORRECTION_TYPES)),
    "FormaPlatnosci": frozenset(map(str, codes.PAYMENT_FORMS)),
    "Rola": frozenset(map(str, codes.THIRD_PARTY_ROLES)),
}

#: longest value quoted in a message, in characters
_QUOTED = 80


def value_problem(spec: Spec, text: str, place: Place, blamed: bool) -> Problem | None:
    """Return what is wrong with the value ``text`` of a field, if anything.

    :param blamed: the schema found it wrong; then there is a problem
    """
    name = place.steps[-1][0]
    found = _misfit(spec, text)
    known = _CODES.get(name)
    if known is not None and text.strip(_XML_WHITE) not in known:
        blamed = True
    if found is None and blamed:
        if not text.strip(_XML_WHITE):
            found = "empty", EMPTY, {}
        else:
            words = FORMATS.get(name) or _BY_KIND.get(spec.kind) or _OTHER
            found = "wrong_value", words, {}
    if found is None:
        return None
    code, words, more = found
    value = text.strip(_XML_WHITE)
    shown = value if len(value) <= _QUOTED else value[:_QUOTED] + "…"
    told = {"label": label(place), "value": shown, "known": ", ".join(RATES), **more}
    return Problem("wall", code, words, told, field=place.field, place=place.place)


def _misfit(spec: Spec, text: str) -> tuple[str, str, dict[str, object]] | None:
    """Return code, words and values of what the description alone shows to be wrong."""
    if spec.empty and not text:
        return None
    if not text.strip(_XML_WHITE) and spec.kind != "lines":
        return "empty", EMPTY, {}
    if spec.kind in ("text", "exact", "lines"):
        return _text_misfit(spec, text)
    try:
        value = values.parse(spec, text)
    except (ValueError, OverflowError):
        wrong = {"decimal": _NOT_A_NUMBER, "day": _NOT_A_DAY, "moment": _NOT_A_MOMENT}
        return "wrong_value", wrong.get(spec.kind) or _BY_KIND.get(spec.kind) or _OTHER, {}
    if spec.kind == "decimal":
        try:
            values.formatter(spec)(value)
        except values.Unfit as unfit:
            return unfit.code, unfit.text, dict(unfit.values)
    return None


def _text_misfit(spec: Spec, text: str) -> tuple[str, str, dict[str, object]] | None:
    if spec.kind == "text":
        text = " ".join(part for part in text.translate(_TO_BLANK).split(" ") if part)
    if spec.max_length and len(text) > spec.max_length:
        return "too_long", values.TOO_LONG, {"length": len(text), "limit": spec.max_length}
    return None


_TO_BLANK = str.maketrans("\t\n\r", "   ")
