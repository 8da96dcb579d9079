"""One method per operation of the KSeF API 2.x that is used.

Source: OpenAPI; every method names its operation.  All of them raise ``ksef.errors.KsefError``
(``Refused``, ``Unauthorised``, ``Limited`` or ``Unknown``), and nothing else for what comes over
the wire.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ..contexts import Context
from .batch import BatchOperations
from .calling import FORM_FA3, MAX_PAGES, Calling, to_base64, to_utc
from .certificates import CertificateOperations
from .limits import LimitOperations
from .reading import Fields
from .results import (
    AuthenticationSession,
    AuthenticationStarted,
    AuthenticationStatus,
    Challenge,
    InvoiceStatus,
    MetadataPage,
    OnlineSession,
    Page,
    PersonalPermission,
    PublicKey,
    SessionListItem,
    SessionStatus,
    Token,
    Tokens,
)
from .tokens import TokenOperations


class Client(BatchOperations, CertificateOperations, TokenOperations, LimitOperations, Calling):
    """KSeF in one environment, for one authorisation.

    :param environment: where to call
    :param access_token: for the operations that need one; may be set later as well
    :param timeout: seconds to connect and seconds to wait for the answer
    :param session: a ``requests`` session to use (proxies, certificates); its headers are sent too
    :ivar warnings: texts of ``X-System-Warning`` headers seen, each once, oldest first
    """

    # --- authorisation

    def challenge(self) -> Challenge:
        """``POST /auth/challenge``: what the request to sign must contain."""
        return self._get("POST /auth/challenge", Challenge.read)

    def public_keys(self) -> list[PublicKey]:
        """``GET /security/public-key-certificates``: more than one per use during a rotation."""
        return self._list("GET /security/public-key-certificates", PublicKey.read)

    def authenticate_xades(
        self, signed: bytes, *, verify_certificate_chain: bool | None = None
    ) -> AuthenticationStarted:
        """``POST /auth/xades-signature``.

        :param signed: the signed ``AuthTokenRequest``, sent byte for byte
        :param verify_certificate_chain: make a test environment examine the certificate as
            strictly as production does
        """
        query = None
        if verify_certificate_chain is not None:
            query = {"verifyCertificateChain": "true" if verify_certificate_chain else "false"}
        return self._get(
            "POST /auth/xades-signature",
            AuthenticationStarted.read,
            query=query,
            headers={"Content-Type": "application/xml"},
            body=signed,
        )

    def authenticate_token(
        self,
        challenge: str,
        nip: str | None,
        encrypted_token: str,
        public_key_id: str | None = None,
        *,
        internal_id: str | None = None,
        nip_vat_ue: str | None = None,
    ) -> AuthenticationStarted:
        """``POST /auth/ksef-token``.

        :param challenge: of ``challenge()``
        :param nip: the company to act for; None for one of the other two
        :param encrypted_token: of ``ksef.crypto.encrypt_token``, Base64
        :param public_key_id: the key it was encrypted with
        :param internal_id: a unit of the company
        :param nip_vat_ue: an EU entity; KSeF makes no tokens for these by itself
        :raises ValueError: not exactly one identifier, or one the schema would refuse
        """
        context = Context.of(nip, internal_id=internal_id, nip_vat_ue=nip_vat_ue)
        body: dict[str, Any] = {
            "challenge": challenge,
            "contextIdentifier": {"type": context.type, "value": context.value},
            "encryptedToken": encrypted_token,
        }
        if public_key_id:
            body["publicKeyId"] = public_key_id
        return self._get("POST /auth/ksef-token", AuthenticationStarted.read, body=body)

    def authentication_status(
        self, reference: str, authentication_token: str
    ) -> AuthenticationStatus:
        """``GET /auth/{referenceNumber}``: status 100 may last long while certificates are
        checked."""
        return self._get(
            "GET /auth/{referenceNumber}",
            AuthenticationStatus.read,
            parts=(reference,),
            token=authentication_token,
        )

    def redeem(self, authentication_token: str) -> Tokens:
        """``POST /auth/token/redeem``: works once; a second call is refused."""
        return self._get("POST /auth/token/redeem", Tokens.read, token=authentication_token)

    def refresh(self, refresh_token: str) -> Token:
        """``POST /auth/token/refresh``: a new access token."""
        return self._get(
            "POST /auth/token/refresh",
            lambda fields: Token.read(fields.inner("accessToken")),
            token=refresh_token,
        )

    def authentication_sessions(self) -> list[AuthenticationSession]:
        """``GET /auth/sessions``, all pages: authorisations whose tokens are still good."""
        return list(
            self._all_pages("GET /auth/sessions", "items", AuthenticationSession.read, size=100)
        )

    def revoke_authentication_session(self, reference: str) -> None:
        """``DELETE /auth/sessions/{referenceNumber}``: its refresh token ends at once, its access
        token lives on for its minutes."""
        self._call(
            "DELETE /auth/sessions/{referenceNumber}", parts=(reference,), token=self._access()
        )

    def revoke_current_authentication_session(self) -> None:
        """``DELETE /auth/sessions/current``."""
        self._call("DELETE /auth/sessions/current", token=self._access())

    # --- sending

    def open_online_session(
        self, encrypted_key: bytes, iv: bytes, public_key_id: str | None = None
    ) -> OnlineSession:
        """``POST /sessions/online`` for FA(3) invoices.

        :param encrypted_key: of ``ksef.crypto.SessionKey.wrapped``
        :param iv: the session key's 16 bytes
        :param public_key_id: the key it was wrapped with
        """
        encryption = {
            "encryptedSymmetricKey": to_base64(encrypted_key),
            "initializationVector": to_base64(iv),
        }
        if public_key_id:
            encryption["publicKeyId"] = public_key_id
        return self._get(
            "POST /sessions/online",
            OnlineSession.read,
            body={"formCode": FORM_FA3, "encryption": encryption},
            token=self._access(),
        )

    def send_invoice(
        self,
        session_reference: str,
        *,
        invoice_hash: bytes,
        invoice_size: int,
        encrypted: bytes,
        offline: bool = False,
        hash_of_corrected: bytes | None = None,
    ) -> str:
        """``POST /sessions/online/{referenceNumber}/invoices``.

        :param invoice_hash: SHA-256 of the invoice's bytes
        :param invoice_size: their number
        :param encrypted: the bytes, encrypted with the session's key
        :param offline: the taxpayer declares the offline mode
        :param hash_of_corrected: SHA-256 of the invoice this one corrects technically
        :return: the invoice's reference number
        """
        body: dict[str, Any] = {
            "invoiceHash": to_base64(invoice_hash),
            "invoiceSize": invoice_size,
            "encryptedInvoiceHash": to_base64(hashlib.sha256(encrypted).digest()),
            "encryptedInvoiceSize": len(encrypted),
            "encryptedInvoiceContent": to_base64(encrypted),
            "offlineMode": offline,
        }
        if hash_of_corrected is not None:
            body["hashOfCorrectedInvoice"] = to_base64(hash_of_corrected)
        return self._get(
            "POST /sessions/online/{referenceNumber}/invoices",
            lambda fields: fields.text("referenceNumber"),
            parts=(session_reference,),
            body=body,
            token=self._access(),
        )

    def close_online_session(self, reference: str) -> None:
        """``POST /sessions/online/{referenceNumber}/close``: KSeF then makes the session's UPO."""
        self._call(
            "POST /sessions/online/{referenceNumber}/close",
            parts=(reference,),
            token=self._access(),
        )

    # --- what became of it

    def session_status(self, reference: str) -> SessionStatus:
        """``GET /sessions/{referenceNumber}``."""
        return self._get(
            "GET /sessions/{referenceNumber}",
            SessionStatus.read,
            parts=(reference,),
            token=self._access(),
        )

    def sessions(
        self,
        kind: str = "Online",
        *,
        reference: str | None = None,
        created_from: datetime | None = None,
        created_to: datetime | None = None,
        statuses: Sequence[str] = (),
    ) -> list[SessionListItem]:
        """``GET /sessions``, all pages, newest first.

        :param kind: ``"Online"`` or ``"Batch"``
        :param created_from: with time zone, as all moments
        :param statuses: of ``"InProgress"``, ``"Succeeded"``, ``"Failed"``, ``"Cancelled"``
        """
        query: list[tuple[str, str]] = [("sessionType", kind)]
        if reference:
            query.append(("referenceNumber", reference))
        if created_from:
            query.append(("dateCreatedFrom", to_utc(created_from)))
        if created_to:
            query.append(("dateCreatedTo", to_utc(created_to)))
        query += [("statuses", status) for status in statuses]
        return list(self._all_pages("GET /sessions", "sessions", SessionListItem.read, 1000, query))

    def session_invoices(
        self,
        reference: str,
        *,
        continuation: str | None = None,
        page_size: int | None = None,
    ) -> Page[InvoiceStatus]:
        """``GET /sessions/{referenceNumber}/invoices``: one page.

        :param continuation: of the page before
        :param page_size: 10 to 1000; KSeF's own default is 10
        """
        return self._page(
            "GET /sessions/{referenceNumber}/invoices",
            "invoices",
            InvoiceStatus.read,
            parts=(reference,),
            query=[("pageSize", str(page_size))] if page_size else [],
            continuation=continuation,
        )

    def invoice_status(self, session_reference: str, invoice_reference: str) -> InvoiceStatus:
        """``GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}``."""
        return self._get(
            "GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}",
            InvoiceStatus.read,
            parts=(session_reference, invoice_reference),
            token=self._access(),
        )

    def upo_of_invoice(self, session_reference: str, invoice_reference: str) -> bytes:
        """``GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}/upo``: the signed
        receipt, byte for byte."""
        return self._document(
            "GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}/upo",
            session_reference,
            invoice_reference,
        )

    def upo_of_invoice_by_number(self, session_reference: str, ksef_number: str) -> bytes:
        """``GET /sessions/{referenceNumber}/invoices/ksef/{ksefNumber}/upo``, byte for byte."""
        return self._document(
            "GET /sessions/{referenceNumber}/invoices/ksef/{ksefNumber}/upo",
            session_reference,
            ksef_number,
        )

    def upo_of_session(self, session_reference: str, upo_reference: str) -> bytes:
        """``GET /sessions/{referenceNumber}/upo/{upoReferenceNumber}``: one page of the session's
        receipt, byte for byte."""
        return self._document(
            "GET /sessions/{referenceNumber}/upo/{upoReferenceNumber}",
            session_reference,
            upo_reference,
        )

    def download(self, url: str) -> bytes:
        """Fetch a document from an address that KSeF named, such as ``UpoPage.url``, byte for byte.

        The address carries its own key: no token is sent (OpenAPI, ``downloadUrl``).

        :raises Unknown: ``kind`` is ``"address"``: it leads out of the client's environment and was
            not called
        """
        return self._download(url)

    # --- invoices

    def invoice(self, ksef_number: str) -> bytes:
        """``GET /invoices/ksef/{ksefNumber}``: the XML, byte for byte."""
        return self._document("GET /invoices/ksef/{ksefNumber}", ksef_number)

    def query_metadata(
        self,
        *,
        subject: str,
        date_type: str,
        date_from: datetime,
        date_to: datetime | None = None,
        restrict_to_hwm: bool | None = None,
        ksef_number: str | None = None,
        invoice_number: str | None = None,
        seller_nip: str | None = None,
        buyer: tuple[str, str] | None = None,
        currencies: Sequence[str] = (),
        invoicing_mode: str | None = None,
        invoice_types: Sequence[str] = (),
        self_invoicing: bool | None = None,
        has_attachment: bool | None = None,
        form_type: str | None = None,
        sort: str = "Asc",
        page_offset: int = 0,
        page_size: int = 100,
    ) -> MetadataPage:
        """``POST /invoices/query/metadata``: one page.

        Moments are sent in UTC: without offset KSeF would take them as Warsaw time.

        :param subject: the company's role: ``"Subject1"`` (seller), ``"Subject2"`` (buyer),
            ``"Subject3"``, ``"SubjectAuthorized"``
        :param date_type: ``"Issue"``, ``"Invoicing"``, ``"PermanentStorage"``
        :param date_from: with time zone; at most 100 days before the end
        :param date_to: leave it out for "until now": a moment that KSeF's clock has not reached
            is refused
        :param restrict_to_hwm: stop where the list is complete (``"PermanentStorage"`` only)
        :param buyer: type (``"Nip"``, ``"VatUe"``, ``"Other"``, ``"None"``) and identifier
        :param page_offset: number of the page, from 0
        :param page_size: 10 to 250
        :raises ValueError: a moment without time zone
        """
        dates: dict[str, Any] = {"dateType": date_type, "from": to_utc(date_from)}
        if date_to is not None:
            dates["to"] = to_utc(date_to)
        if restrict_to_hwm is not None:
            dates["restrictToPermanentStorageHwmDate"] = restrict_to_hwm
        identifier = None
        if buyer:
            identifier = {"type": buyer[0], "value": buyer[1]} if buyer[1] else {"type": buyer[0]}
        filters = {
            "subjectType": subject,
            "dateRange": dates,
            "ksefNumber": ksef_number or None,
            "invoiceNumber": invoice_number or None,
            "sellerNip": seller_nip or None,
            "buyerIdentifier": identifier,
            "currencyCodes": list(currencies) or None,
            "invoicingMode": invoicing_mode or None,
            "isSelfInvoicing": self_invoicing,
            "formType": form_type or None,
            "invoiceTypes": list(invoice_types) or None,
            "hasAttachment": has_attachment,
        }
        return self._get(
            "POST /invoices/query/metadata",
            MetadataPage.read,
            query=[
                ("sortOrder", sort),
                ("pageOffset", str(page_offset)),
                ("pageSize", str(page_size)),
            ],
            body={name: value for name, value in filters.items() if value is not None},
            token=self._access(),
        )

    # --- rights

    def personal_permissions(self) -> list[PersonalPermission]:
        """``POST /permissions/query/personal/grants``, all pages: what the person who authorised
        may do for this company, the owner's rights included."""
        operation = "POST /permissions/query/personal/grants"
        granted: list[PersonalPermission] = []
        owned: list[str] = []

        def read(fields: Fields) -> tuple[list[PersonalPermission], list[str], bool]:
            items = [PersonalPermission.read(item) for item in fields.objects("permissions")]
            return items, fields.texts("ownerPermissions"), fields.flag("hasMore")

        for offset in range(MAX_PAGES):
            items, scopes, has_more = self._get(
                operation,
                read,
                query=[("pageOffset", str(offset)), ("pageSize", "100")],
                body={},
                token=self._access(),
            )
            granted += items
            owned = owned or scopes
            if not has_more:
                break
        return [PersonalPermission(scope, "Active", owner=True) for scope in owned] + granted
