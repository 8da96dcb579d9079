"""The HTTP client of the KSeF API 2.x: one method per operation, typed results, one error family.

``Client`` makes the calls (``api.py``), ``results`` says what comes back, ``transport`` speaks HTTP
and tells the failures of ``ksef.errors`` apart.
"""

from .api import FORM_FA3, Client
from .results import (
    AuthenticationSession,
    AuthenticationStarted,
    AuthenticationStatus,
    Challenge,
    InvoiceMetadata,
    InvoiceStatus,
    InvoiceStatusInfo,
    MetadataPage,
    OnlineSession,
    Page,
    PersonalPermission,
    PublicKey,
    SessionListItem,
    SessionStatus,
    Status,
    Token,
    Tokens,
    UpoPage,
)

__all__ = [
    "FORM_FA3",
    "AuthenticationSession",
    "AuthenticationStarted",
    "AuthenticationStatus",
    "Challenge",
    "Client",
    "InvoiceMetadata",
    "InvoiceStatus",
    "InvoiceStatusInfo",
    "MetadataPage",
    "OnlineSession",
    "Page",
    "PersonalPermission",
    "PublicKey",
    "SessionListItem",
    "SessionStatus",
    "Status",
    "Token",
    "Tokens",
    "UpoPage",
]
