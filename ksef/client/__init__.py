"""The HTTP client of the KSeF API 2.x: one method per operation, typed results, one error family.

``Client`` makes the calls (``api.py``, with ``batch.py``, ``certificates.py``, ``tokens.py`` and
``limits.py``),
``results`` and its neighbours say what comes back, ``transport`` speaks HTTP and tells the failures
of ``ksef.errors`` apart.
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
from .results_batch import BatchSession, PartUpload
from .results_certificates import (
    CertificateItem,
    CertificateLimits,
    EnrollmentStatus,
    Limit,
    RetrievedCertificate,
)
from .results_limits import ContextLimits, SessionLimits, SubjectLimits
from .results_tokens import KsefToken, NewKsefToken

__all__ = [
    "FORM_FA3",
    "AuthenticationSession",
    "AuthenticationStarted",
    "AuthenticationStatus",
    "BatchSession",
    "CertificateItem",
    "CertificateLimits",
    "Challenge",
    "Client",
    "ContextLimits",
    "EnrollmentStatus",
    "InvoiceMetadata",
    "InvoiceStatus",
    "InvoiceStatusInfo",
    "KsefToken",
    "Limit",
    "MetadataPage",
    "NewKsefToken",
    "OnlineSession",
    "Page",
    "PartUpload",
    "PersonalPermission",
    "PublicKey",
    "RetrievedCertificate",
    "SessionLimits",
    "SessionListItem",
    "SessionStatus",
    "Status",
    "SubjectLimits",
    "Token",
    "Tokens",
    "UpoPage",
]
