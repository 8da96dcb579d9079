"""What a buyer may get of an invoice, and with which codes.

Sources: the VAT Act (ustawa o VAT), art. 106na-106nha and 106gb ust. 4; guide, kody-qr.md and
tryby-offline.md.  An invoice that is used outside KSeF bears codes: with the number one (KOD I),
issued offline and without a number two (KOD I and KOD II).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from .deadlines import LIFTED_BY, Mode
from .words import _


class Buyer(str, Enum):
    """Where the buyer receives invoices."""

    #: in KSeF, by a Polish NIP
    DOMESTIC = "domestic"
    #: art. 106gb ust. 4: in the manner agreed upon (place of supply abroad; no seat or fixed
    #: establishment in Poland, or one that takes no part; small business of the EU; no NIP;
    #: consumer)
    OTHER = "other"


class Paper(str, Enum):
    """What is handed over."""

    INVOICE = "invoice"
    #: "potwierdzenie transakcji": voluntary, no tax document
    CONFIRMATION = "confirmation"

    @property
    def words(self) -> str:
        """English name, marked for translation."""
        return _PAPERS[self]


_PAPERS = {
    Paper.INVOICE: _("invoice"),
    Paper.CONFIRMATION: _("transaction confirmation"),
}


@dataclass(frozen=True)
class HandingOver:
    """What may be handed over, and why.

    :ivar paper: which document
    :ivar kod_1: whether it bears KOD I
    :ivar kod_2: whether it bears KOD II; False as well while there is no link for it
    :ivar waits: nothing may be handed over yet: the number or the certificate has to come first
    :ivar text: English text marked with ``_()``, with ``%(name)s`` placeholders
    :ivar values: what the placeholders stand for
    :ivar article: where the rule stands, as Polish lawyers cite it
    """

    paper: Paper
    kod_1: bool
    kod_2: bool
    waits: bool
    text: str
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    article: str = ""

    @property
    def message(self) -> str:
        """The English text with its values filled in."""
        return self.text % self.values if self.values else self.text

    def __str__(self) -> str:
        return f"{self.message} ({self.article})" if self.article else self.message


_NUMBERED_DOMESTIC = _(
    "The invoice is in KSeF under %(number)s, where the buyer receives it. What you hand over is"
    " its visualisation, with one code and the number."
)
_NUMBERED_OTHER = _(
    "The invoice is in KSeF under %(number)s. The buyer receives it from you in the agreed manner,"
    " with one code and the number."
)
_ONLINE = _(
    "The invoice is issued once KSeF has accepted it. Hand it over when it has its number; until"
    " then its code bears the word OFFLINE."
)
_TOTAL_FAILURE = _(
    "Issued during a total failure of KSeF: hand the invoice over on paper or electronically. It"
    " stays outside KSeF and bears no codes."
)
_LIFTED = _(
    "A total failure of KSeF ended the duty to send this invoice: the buyer will not find it in"
    " KSeF, so hand the invoice itself over."
)
_UNSIGNED = _(
    "What is handed over before the number bears two codes, and the second needs a KSeF"
    " certificate of the type Offline. Get one first, or wait for the number."
)
_EMERGENCY = _(
    "Issued during an announced failure of KSeF: the buyer receives the invoice from you in the"
    " agreed manner, with two codes."
)
_OFFLINE_OTHER = _(
    "Issued offline for a buyer who does not receive invoices in KSeF: hand the invoice over in"
    " the agreed manner, with two codes."
)
_OFFLINE_DOMESTIC = _(
    "Issued offline: the buyer receives the invoice in KSeF only, once it has its number. Until"
    " then you may hand over a transaction confirmation, with two codes."
)

# What the law says of unavailability refers to the rules of offline24 from ust. 4 on; that ust. 3
# holds as well is how the Ministry reads it, and what a draft makes plain.
_DOMESTIC_ONLY_IN_KSEF = {
    Mode.OFFLINE24: "art. 106nda ust. 3",
    Mode.OFFLINE: "art. 106nh ust. 4",
}


def handing_over(
    mode: Mode | str,
    buyer: Buyer | str,
    number: str | None,
    signed: bool = True,
    lifted: bool = False,
) -> HandingOver:
    """Return what the buyer may get of an issued invoice.

    ===================  =====================  =============================================
    Mode                 Buyer                  Before the number
    ===================  =====================  =============================================
    ONLINE               any                    nothing
    OFFLINE24, OFFLINE   domestic               transaction confirmation, KOD I and KOD II
    OFFLINE24, OFFLINE   art. 106gb ust. 4      invoice, KOD I and KOD II
    EMERGENCY            any                    invoice, KOD I and KOD II
    TOTAL_FAILURE        any                    invoice without codes
    ===================  =====================  =============================================

    With the number it is the invoice with KOD I in every mode.

    :param mode: how it was issued
    :param number: its KSeF number, if it has one
    :param signed: whether there is a link for KOD II
    :param lifted: whether a total failure ended the duty to send it; then the codes that were made
        when it was issued stay on it, but it waits for none
    :raises ValueError: no such mode or buyer
    """
    mode, buyer = Mode(mode), Buyer(buyer)
    domestic = buyer is Buyer.DOMESTIC
    if number:
        text = _NUMBERED_DOMESTIC if domestic else _NUMBERED_OTHER
        article = "art. 106na ust. 3" if domestic else "art. 106gb ust. 4"
        return HandingOver(Paper.INVOICE, True, False, False, text, {"number": number}, article)
    if mode is Mode.TOTAL_FAILURE:
        return HandingOver(Paper.INVOICE, False, False, False, _TOTAL_FAILURE, article="art. 106ng")
    if mode is Mode.ONLINE:
        return HandingOver(Paper.INVOICE, True, False, True, _ONLINE, article="art. 106na ust. 3")
    if lifted:
        return HandingOver(Paper.INVOICE, True, signed, False, _LIFTED, article=LIFTED_BY[mode])
    if mode is Mode.EMERGENCY:
        paper, text, article = Paper.INVOICE, _EMERGENCY, "art. 106nf"
    elif domestic:
        paper, text = Paper.CONFIRMATION, _OFFLINE_DOMESTIC
        article = _DOMESTIC_ONLY_IN_KSEF[mode]
    else:
        paper, text, article = Paper.INVOICE, _OFFLINE_OTHER, "art. 106gb ust. 4"
    text = text if signed else _UNSIGNED
    return HandingOver(paper, True, signed, not signed, text, article=article)
