"""For whom one acts in KSeF: a company, one of its units, or an EU entity it represents.

Source: OpenAPI, ``AuthenticationContextIdentifier``; schema ``AuthTokenRequest`` 2.0, types
``TNIP``, ``TIID`` and ``TNipVatUE``.  The fourth kind, ``PeppolId``, is for providers of Peppol
services only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TYPES = ("Nip", "InternalId", "NipVatUe")

_NIP = r"[1-9](?:\d[1-9]|[1-9]\d)\d{7}"
_VAT_UE = (
    r"ATU\d{8}|BE[01]\d{9}|BG\d{9,10}|CY\d{8}[A-Z]|CZ\d{8,10}|DE\d{9}|DK\d{8}|EE\d{9}|EL\d{9}"
    r"|ES(?:[A-Z]\d{8}|\d{8}[A-Z]|[A-Z]\d{7}[A-Z])|FI\d{8}|FR[A-Z0-9]{2}\d{9}|HR\d{11}|HU\d{8}"
    r"|IE(?:\d{7}[A-Z]{2}|\d[A-Z0-9+*]\d{5}[A-Z])|IT\d{11}|LT(?:\d{9}|\d{12})|LU\d{8}|LV\d{11}"
    r"|MT\d{8}|NL[A-Z0-9+*]{12}|PT\d{9}|RO\d{2,10}|SE\d{12}|SI\d{8}|SK\d{10}"
    r"|XI(?:\d{9}|\d{12}|(?:GD|HA)\d{3})"
)
_PATTERNS = {
    "Nip": re.compile(_NIP, re.ASCII),
    "InternalId": re.compile(rf"{_NIP}-\d{{5}}", re.ASCII),
    "NipVatUe": re.compile(rf"{_NIP}-(?:{_VAT_UE})", re.ASCII),
}


@dataclass(frozen=True)
class Context:
    """One context of work.

    :param type: one of ``TYPES``
    :param value: the NIP; the NIP with ``-`` and five digits; the NIP with ``-`` and a VAT-UE
        number
    :raises ValueError: what the schema would refuse
    """

    type: str
    value: str

    def __post_init__(self) -> None:
        if self.type not in _PATTERNS:
            raise ValueError(f"no type of context: {self.type!r}")
        if not _PATTERNS[self.type].fullmatch(self.value):
            raise ValueError(f"no {self.type}: {self.value!r}")

    @classmethod
    def of(
        cls,
        nip: str | None = None,
        *,
        internal_id: str | None = None,
        nip_vat_ue: str | None = None,
    ) -> Context:
        """Return the context of the one identifier given.

        :raises ValueError: none or several were given, or what the schema would refuse
        """
        given = [
            (kind, value)
            for kind, value in zip(TYPES, (nip, internal_id, nip_vat_ue), strict=True)
            if value is not None
        ]
        if len(given) != 1:
            raise ValueError("a context is one of NIP, InternalId and NipVatUe")
        return cls(*given[0])

    @property
    def nip(self) -> str:
        """The ten digits of the company to which the context belongs."""
        return self.value[:10]
