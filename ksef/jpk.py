"""How JPK_V7M(3) and JPK_V7K(3) mark an invoice or bill: by its KSeF number, or why it has none.

Source: the regulation on JPK_VAT in force since February 2026.  Every row bears exactly one marker,
judged on the day the file is handed in.
"""

from __future__ import annotations

from enum import Enum

from .deadlines import Mode
from .words import _


class Marker(str, Enum):
    """The marker of a row; the value is what stands in the file."""

    #: the number itself stands there
    KSEF = "NrKSeF"
    #: art. 106nf ust. 1 (announced failure), no number yet; needs no correction later
    OFF = "OFF"
    #: an invoice outside KSeF
    BFK = "BFK"
    #: any other document, and one whose number is still to come; needs a correction then
    DI = "DI"

    @property
    def words(self) -> str:
        """What it means in English, marked for translation."""
        return _MARKERS[self]


_MARKERS = {
    Marker.KSEF: _("has a KSeF number"),
    Marker.OFF: _("issued during an announced failure, without a number yet"),
    Marker.BFK: _("invoice outside KSeF"),
    Marker.DI: _("other document, or an invoice whose number is still to come"),
}


def sale_marker(number: str | None, mode: Mode | str | None, outside: bool = False) -> Marker:
    """Return the marker of an invoice issued by ourselves, as of now.

    :param number: its KSeF number, if it has one
    :param mode: how it was issued; None when it is no invoice for KSeF, or was not issued yet
    :param outside: whether it stays outside KSeF for good: a consumer's invoice that is not sent,
        one of a total failure, one whose duty to be sent a total failure ended.  An invoice of an
        announced failure (art. 106nf ust. 1) without a number is OFF nonetheless.
    :raises ValueError: no such mode
    """
    mode = None if mode is None else Mode(mode)
    if number:
        return Marker.KSEF
    if mode is Mode.EMERGENCY:
        return Marker.OFF
    if outside or mode is Mode.TOTAL_FAILURE:
        return Marker.BFK
    return Marker.DI


def purchase_marker(
    number: str | None,
    seller_domestic: bool,
    emergency: bool = False,
    awaiting: bool = False,
) -> Marker:
    """Return the marker of an invoice received, as of now.

    :param number: its KSeF number, if it is known
    :param seller_domestic: whether the seller issues invoices in KSeF at all (by a Polish NIP);
        one abroad never does
    :param emergency: whether it came during an announced failure, with two codes (art. 106nf)
    :param awaiting: whether its number is still to come: offline24 or unavailability
    """
    if number:
        return Marker.KSEF
    if not seller_domestic:
        return Marker.BFK
    if emergency:
        return Marker.OFF
    return Marker.DI if awaiting else Marker.BFK


def correction_due(filed: Marker | str) -> bool:
    """Tell whether a file that was handed in with this marker must be corrected once the invoice
    has its number.

    :raises ValueError: no such marker
    """
    return Marker(filed) is Marker.DI
