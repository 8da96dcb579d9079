"""What the operations on KSeF tokens return; every class names its OpenAPI schema."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from .reading import Fields


@dataclass(frozen=True)
class NewKsefToken:
    """``GenerateTokenResponse``.

    :ivar token: the secret itself, which KSeF shows only once
    """

    reference: str
    token: str = field(repr=False)

    @classmethod
    def read(cls, fields: Fields) -> NewKsefToken:
        return cls(reference=fields.text("referenceNumber"), token=fields.text("token"))


@dataclass(frozen=True)
class KsefToken:
    """``QueryTokensResponseItem``, ``TokenStatusResponse``: all but the secret.

    :ivar status: ``"Pending"``, ``"Active"``, ``"Revoking"``, ``"Revoked"``, ``"Failed"``
    :ivar author_type: ``"Nip"``, ``"Pesel"`` or ``"Fingerprint"``
    :ivar author: the identifier itself; of a person it is the PESEL, so it stays out of ``repr``
    :ivar context_type: ``"Nip"``, ``"InternalId"`` …
    :ivar last_used: None when it never was
    """

    reference: str
    status: str
    status_details: list[str]
    description: str
    permissions: list[str]
    author_type: str
    author: str = field(repr=False)
    context_type: str
    context: str
    created: datetime
    last_used: datetime | None

    @classmethod
    def read(cls, fields: Fields) -> KsefToken:
        author, context = fields.inner("authorIdentifier"), fields.inner("contextIdentifier")
        return cls(
            reference=fields.text("referenceNumber"),
            status=fields.text("status"),
            status_details=fields.texts("statusDetails"),
            description=fields.text_or("description"),
            permissions=fields.texts("requestedPermissions"),
            author_type=author.text("type"),
            author=author.text("value"),
            context_type=context.text("type"),
            context=context.text("value"),
            created=fields.moment("dateCreated"),
            last_used=fields.moment_or_none("lastUseDate"),
        )
