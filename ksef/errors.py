"""How a call to KSeF can fail, told apart by what the caller must do next.

=============  =================================================  ==============================
Class          What happened                                      What to do
=============  =================================================  ==============================
Refused        KSeF read the request and said no                  mend it; sending again is vain
Unauthorised   the token is not accepted, or rights are missing   refresh, authorise, ask for
                                                                  rights
Limited        too many requests                                  wait ``retry_after`` seconds
Unknown        no answer, or none that can be read                find out what became of it
                                                                  before anything is sent again
=============  =================================================  ==============================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .words import _


@dataclass(frozen=True)
class ApiError:
    """One error as KSeF words it (in Polish).

    OpenAPI: ``ApiError`` of Problem Details, ``ExceptionDetails`` of the older format.
    """

    code: int | None
    description: str
    details: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        head = " ".join(part for part in (str(self.code or ""), self.description.strip()) if part)
        tail = " ".join(detail.strip() for detail in self.details if detail.strip())
        return f"{head.rstrip('.')}: {tail}" if head and tail else head or tail


class KsefError(Exception):
    """A call that did not succeed.

    :ivar operation: method and path template as OpenAPI writes them (``"POST /sessions/online"``)
    :ivar http_status: the HTTP status, None when there was no answer
    :ivar trace_id: KSeF's ``traceId`` of the answer, for the Ministry's help desk; may be empty
    :ivar text: English sentence marked for translation, with ``%(name)s`` placeholders
    :ivar values: what the placeholders stand for
    """

    def __init__(
        self,
        text: str,
        values: Mapping[str, Any] | None = None,
        *,
        operation: str = "",
        http_status: int | None = None,
        trace_id: str = "",
    ) -> None:
        self.text = text
        self.values: Mapping[str, Any] = dict(values or {})
        self.operation = operation
        self.http_status = http_status
        self.trace_id = trace_id
        super().__init__(text)

    @property
    def words(self) -> str:
        """One text for people, without tokens and bodies."""
        return self.text % self.values if self.values else self.text

    def __str__(self) -> str:
        where = f"{self.operation}: " if self.operation else ""
        return f"{where}{self.words}"


def _joined(errors: Sequence[ApiError]) -> str:
    return "; ".join(text for text in map(str, errors) if text)


class Refused(KsefError):
    """KSeF itself said no (4xx with KSeF's own body); the request changed nothing.

    :ivar errors: what KSeF named, in its order
    """

    def __init__(self, errors: Sequence[ApiError], **where: Any) -> None:
        self.errors = list(errors)
        said = _joined(self.errors)
        if said:
            super().__init__(_("KSeF refused: %(errors)s"), {"errors": said}, **where)
        else:
            super().__init__(_("KSeF refused the request without giving a reason."), **where)

    @property
    def codes(self) -> set[int]:
        """The error codes of the operation (OpenAPI, tables of each operation)."""
        return {error.code for error in self.errors if error.code is not None}


class Gone(Refused):
    """410: the operation is over and KSeF keeps its result no longer (OpenAPI,
    ``GoneProblemDetails``)."""


class Unauthorised(KsefError):
    """401: the token is missing, expired or revoked; 403: it lacks the right for this operation.

    :ivar reason_code: ``ForbiddenProblemDetails.reasonCode``, such as ``"missing-permissions"``,
        ``"ip-not-allowed"``; empty for a 401
    :ivar security: ``ForbiddenProblemDetails.security``, such as ``requiredAnyOfPermissions``
    :ivar errors: what KSeF named, in its order
    """

    def __init__(
        self,
        errors: Sequence[ApiError] = (),
        *,
        reason_code: str = "",
        security: Mapping[str, Any] | None = None,
        **where: Any,
    ) -> None:
        self.errors = list(errors)
        self.reason_code = reason_code
        self.security: Mapping[str, Any] = dict(security or {})
        said = _joined(self.errors)
        if where.get("http_status") == 403:
            if said:
                text = _("KSeF does not allow this with the rights granted: %(errors)s")
            else:
                text = _("KSeF does not allow this with the rights granted.")
        elif said:
            text = _("KSeF does not accept the authorisation: %(errors)s")
        else:
            text = _("KSeF does not accept the authorisation (any more).")
        super().__init__(text, {"errors": said} if said else {}, **where)

    @property
    def codes(self) -> set[int]:
        """The error codes, if KSeF gave any."""
        return {error.code for error in self.errors if error.code is not None}


class Limited(KsefError):
    """429: too many requests in KSeF's sliding windows; nothing was done.

    :ivar retry_after: whole seconds to wait, at least 1 (header ``Retry-After``; guide,
        limity/limity-api.md: the block grows with repeated excess, so do wait)
    """

    def __init__(self, retry_after: int, **where: Any) -> None:
        self.retry_after = retry_after
        super().__init__(
            _("KSeF asks to wait %(seconds)s seconds: too many requests in a short time."),
            {"seconds": retry_after},
            **where,
        )


_UNKNOWN_TEXTS = {
    "dns": _("The address of KSeF (%(host)s) could not be found. Is the network connected?"),
    "connect": _("No connection to KSeF (%(host)s) could be made."),
    "tls": _("No secure connection to KSeF (%(host)s) could be made: %(reason)s"),
    "timeout": _("KSeF (%(host)s) did not answer in time."),
    "reset": _("The connection to KSeF (%(host)s) broke before the answer came."),
    "http": _("KSeF (%(host)s) gave no usable answer (HTTP %(status)s): %(reason)s"),
    "unreadable": _("The answer of KSeF (%(host)s) could not be read: %(reason)s"),
    "address": _("KSeF named an address outside itself (%(host)s). It was not used."),
}


class Unknown(KsefError):
    """No answer, or none from KSeF: what became of the request is not known.

    :ivar kind: ``"dns"``, ``"connect"``, ``"tls"``, ``"timeout"``, ``"reset"``, ``"http"`` (408,
        5xx, a page of the edge instead of KSeF), ``"unreadable"`` or ``"address"`` (not called:
        the server named a host that is not its environment's)
    :ivar may_have_arrived: False only when the connection never came to be, so that KSeF cannot
        have seen the request; True calls for looking it up before anything is sent again
    """

    def __init__(
        self,
        kind: str,
        *,
        may_have_arrived: bool,
        host: str = "",
        reason: str = "",
        **where: Any,
    ) -> None:
        self.kind = kind
        self.may_have_arrived = may_have_arrived
        values = {"host": host, "reason": reason, "status": where.get("http_status")}
        super().__init__(_UNKNOWN_TEXTS[kind], values, **where)
