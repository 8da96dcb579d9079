"""KSeF tokens: secrets that stand in for a signature, with rights fixed at their making.

Source: guide, tokeny-ksef.md.  They are made after a login by signature, in the context of a NIP
or an InternalId.
"""

from __future__ import annotations

from collections.abc import Sequence

from .calling import Calling
from .results_tokens import KsefToken, NewKsefToken

TOKEN_PERMISSIONS = (
    "InvoiceRead",
    "InvoiceWrite",
    "CredentialsRead",
    "CredentialsManage",
    "SubunitManage",
    "EnforcementOperations",
    "Introspection",
    "CollectiveIdentifierManage",
)


class TokenOperations(Calling):
    """``/tokens``."""

    def generate_token(self, permissions: Sequence[str], description: str) -> NewKsefToken:
        """``POST /tokens``: the only time that KSeF shows the token.  It can be used once
        ``token()`` says ``"Active"``.

        :param permissions: of ``TOKEN_PERMISSIONS``
        :param description: 5 to 256 letters
        :raises ValueError: what OpenAPI would refuse
        :raises Refused: 26001 rights that the person does not have, 26002 another context
        """
        unknown = [name for name in permissions if name not in TOKEN_PERMISSIONS]
        if unknown or not permissions:
            raise ValueError(f"no permissions of a token: {list(permissions)!r}")
        if not 5 <= len(description) <= 256:
            raise ValueError("the description of a token has 5 to 256 letters")
        return self._get(
            "POST /tokens",
            NewKsefToken.read,
            body={"permissions": list(permissions), "description": description},
            token=self._access(),
        )

    def tokens(
        self, *, statuses: Sequence[str] = (), description: str | None = None
    ) -> list[KsefToken]:
        """``GET /tokens``, all pages, newest first: those that the rights allow to see.

        :param statuses: of ``"Pending"``, ``"Active"``, ``"Revoking"``, ``"Revoked"``,
            ``"Failed"``; all when empty
        :param description: part of it, 3 letters or more
        """
        query = [("status", status) for status in statuses]
        if description:
            query.append(("description", description))
        return list(self._all_pages("GET /tokens", "tokens", KsefToken.read, 100, query))

    def token(self, reference: str) -> KsefToken:
        """``GET /tokens/{referenceNumber}``."""
        return self._get(
            "GET /tokens/{referenceNumber}",
            KsefToken.read,
            parts=(reference,),
            token=self._access(),
        )

    def revoke_token(self, reference: str) -> None:
        """``DELETE /tokens/{referenceNumber}``: for good."""
        self._call("DELETE /tokens/{referenceNumber}", parts=(reference,), token=self._access())
