"""What the operations of the API return, as KSeF means it.

Every class names its OpenAPI schema.  Moments have a time zone; hashes are the 32 digest bytes;
enumerations are KSeF's own words and may hold values nobody knows yet.  Tokens stay out of
``repr``, so that a log line or a traceback does not show them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Generic, TypeVar

from .reading import Fields

Item = TypeVar("Item")


@dataclass(frozen=True)
class Status:
    """``StatusInfo``: a code of the operation's own table, with KSeF's words in Polish."""

    code: int
    description: str
    details: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, fields: Fields) -> Status:
        return cls(
            code=fields.integer("code"),
            description=fields.text_or("description"),
            details=fields.texts("details"),
        )


@dataclass(frozen=True)
class InvoiceStatusInfo(Status):
    """``InvoiceStatusInfo``: for a duplicate (440) the extensions hold ``originalKsefNumber`` and
    ``originalSessionReferenceNumber``."""

    extensions: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, fields: Fields) -> InvoiceStatusInfo:
        return cls(
            code=fields.integer("code"),
            description=fields.text_or("description"),
            details=fields.texts("details"),
            extensions=fields.text_map("extensions"),
        )


@dataclass(frozen=True)
class Challenge:
    """``AuthenticationChallengeResponse``; a challenge lives ten minutes."""

    challenge: str
    timestamp: datetime
    timestamp_ms: int
    client_ip: str

    @classmethod
    def read(cls, fields: Fields) -> Challenge:
        return cls(
            challenge=fields.text("challenge"),
            timestamp=fields.moment("timestamp"),
            timestamp_ms=fields.integer("timestampMs"),
            client_ip=fields.text_or("clientIp"),
        )


@dataclass(frozen=True)
class PublicKey:
    """``PublicKeyCertificate``: a key of the Ministry to encrypt with.

    :ivar certificate: X.509, DER
    :ivar usage: of ``"KsefTokenEncryption"``, ``"SymmetricKeyEncryption"``
    """

    certificate: bytes = field(repr=False)
    certificate_id: str
    public_key_id: str
    valid_from: datetime
    valid_to: datetime
    usage: tuple[str, ...]

    @classmethod
    def read(cls, fields: Fields) -> PublicKey:
        return cls(
            certificate=fields.binary("certificate"),
            certificate_id=fields.text_or("certificateId"),
            public_key_id=fields.text_or("publicKeyId"),
            valid_from=fields.moment("validFrom"),
            valid_to=fields.moment("validTo"),
            usage=tuple(fields.texts("usage")),
        )


@dataclass(frozen=True)
class Token:
    """``TokenInfo``: a JWT, to be kept secret, and the moment it ends."""

    value: str = field(repr=False)
    valid_until: datetime

    @classmethod
    def read(cls, fields: Fields) -> Token:
        return cls(value=fields.text("token"), valid_until=fields.moment("validUntil"))


@dataclass(frozen=True)
class Tokens:
    """``AuthenticationTokensResponse``: access for minutes, refresh for up to seven days."""

    access: Token
    refresh: Token

    @classmethod
    def read(cls, fields: Fields) -> Tokens:
        return cls(
            access=Token.read(fields.inner("accessToken")),
            refresh=Token.read(fields.inner("refreshToken")),
        )


@dataclass(frozen=True)
class AuthenticationStarted:
    """``AuthenticationInitResponse``: KSeF took the request and examines it.

    :ivar token: good only for asking the status and for redeeming, once
    """

    reference: str
    token: str = field(repr=False)
    valid_until: datetime

    @classmethod
    def read(cls, fields: Fields) -> AuthenticationStarted:
        token = Token.read(fields.inner("authenticationToken"))
        return cls(
            reference=fields.text("referenceNumber"),
            token=token.value,
            valid_until=token.valid_until,
        )


@dataclass(frozen=True)
class AuthenticationStatus:
    """``AuthenticationOperationStatusResponse``.

    :ivar status: 100 in progress, 200 done, 415 no rights, 425, 450, 460, 470, 480, 500, 550
    :ivar method_category: ``"XadesSignature"``, ``"Token"`` …
    :ivar is_redeemed: None while KSeF does not say
    """

    status: Status
    start: datetime
    method_category: str
    method_code: str
    method_name: str
    is_redeemed: bool | None
    refresh_valid_until: datetime | None

    @classmethod
    def read(cls, fields: Fields) -> AuthenticationStatus:
        return cls(**_authentication(fields))


def _authentication(fields: Fields) -> dict:
    # The older authenticationMethod stands in for an answer without the newer object: both are in
    # the contract, and the Ministry's own examples lack the newer one.
    method = fields.inner_or_none("authenticationMethodInfo")
    older = fields.text_or("authenticationMethod")
    return {
        "status": Status.read(fields.inner("status")),
        "start": fields.moment("startDate"),
        "method_category": method.text_or("category") if method else "",
        "method_code": method.text_or("code") if method else older,
        "method_name": method.text_or("displayName") if method else older,
        "is_redeemed": fields.flag("isTokenRedeemed", None),
        "refresh_valid_until": fields.moment_or_none("refreshTokenValidUntil"),
    }


@dataclass(frozen=True)
class AuthenticationSession(AuthenticationStatus):
    """``AuthenticationListItem``: one authorisation whose tokens are still good."""

    reference: str
    is_current: bool

    @classmethod
    def read(cls, fields: Fields) -> AuthenticationSession:
        return cls(
            **_authentication(fields),
            reference=fields.text("referenceNumber"),
            is_current=fields.flag("isCurrent"),
        )


@dataclass(frozen=True)
class OnlineSession:
    """``OpenOnlineSessionResponse``; KSeF closes the session by itself at ``valid_until``."""

    reference: str
    valid_until: datetime

    @classmethod
    def read(cls, fields: Fields) -> OnlineSession:
        return cls(
            reference=fields.text("referenceNumber"), valid_until=fields.moment("validUntil")
        )


@dataclass(frozen=True)
class UpoPage:
    """``UpoPageResponse``: one page of a session's receipt; the link holds its own key."""

    reference: str
    url: str = field(repr=False)
    expires: datetime

    @classmethod
    def read(cls, fields: Fields) -> UpoPage:
        return cls(
            reference=fields.text("referenceNumber"),
            url=fields.text_or("downloadUrl"),
            expires=fields.moment("downloadUrlExpirationDate"),
        )


@dataclass(frozen=True)
class SessionStatus:
    """``SessionStatusResponse``; counts are None while KSeF does not say."""

    status: Status
    created: datetime
    updated: datetime
    valid_until: datetime | None
    invoice_count: int | None
    successful: int | None
    failed: int | None
    upo_pages: list[UpoPage]

    @classmethod
    def read(cls, fields: Fields) -> SessionStatus:
        upo = fields.inner_or_none("upo")
        return cls(
            status=Status.read(fields.inner("status")),
            created=fields.moment("dateCreated"),
            updated=fields.moment("dateUpdated"),
            valid_until=fields.moment_or_none("validUntil"),
            invoice_count=fields.integer_or("invoiceCount"),
            successful=fields.integer_or("successfulInvoiceCount"),
            failed=fields.integer_or("failedInvoiceCount"),
            upo_pages=[UpoPage.read(page) for page in upo.objects("pages")] if upo else [],
        )


@dataclass(frozen=True)
class SessionListItem:
    """``SessionsQueryResponseItem``: one line of ``GET /sessions``."""

    reference: str
    status: Status
    created: datetime
    updated: datetime
    valid_until: datetime | None
    invoice_count: int
    successful: int
    failed: int

    @classmethod
    def read(cls, fields: Fields) -> SessionListItem:
        return cls(
            reference=fields.text("referenceNumber"),
            status=Status.read(fields.inner("status")),
            created=fields.moment("dateCreated"),
            updated=fields.moment("dateUpdated"),
            valid_until=fields.moment_or_none("validUntil"),
            invoice_count=fields.integer_or("totalInvoiceCount", 0),
            successful=fields.integer_or("successfulInvoiceCount", 0),
            failed=fields.integer_or("failedInvoiceCount", 0),
        )


@dataclass(frozen=True)
class InvoiceStatus:
    """``SessionInvoiceStatusResponse``: what became of one invoice of a session.

    :ivar invoice_hash: SHA-256 of the invoice as it was sent; finds our own document again
    :ivar acquisition_date: when the KSeF number was given
    :ivar invoicing_date: when KSeF took the invoice for processing
    :ivar permanent_storage_date: when it can be fetched by its number
    :ivar invoicing_mode: ``"Online"``, ``"Offline"`` or empty while KSeF does not say
    """

    ordinal: int
    invoice_number: str
    ksef_number: str
    reference: str
    invoice_hash: bytes
    acquisition_date: datetime | None
    invoicing_date: datetime
    permanent_storage_date: datetime | None
    invoicing_mode: str
    upo_url: str = field(repr=False)
    status: InvoiceStatusInfo

    @classmethod
    def read(cls, fields: Fields) -> InvoiceStatus:
        return cls(
            ordinal=fields.integer("ordinalNumber"),
            invoice_number=fields.text_or("invoiceNumber"),
            ksef_number=fields.text_or("ksefNumber"),
            reference=fields.text("referenceNumber"),
            invoice_hash=fields.binary("invoiceHash"),
            acquisition_date=fields.moment_or_none("acquisitionDate"),
            invoicing_date=fields.moment("invoicingDate"),
            permanent_storage_date=fields.moment_or_none("permanentStorageDate"),
            invoicing_mode=fields.text_or("invoicingMode"),
            upo_url=fields.text_or("upoDownloadUrl"),
            status=InvoiceStatusInfo.read(fields.inner("status")),
        )


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list.

    :ivar continuation: give it to the next call; None on the last page
    """

    items: list[Item]
    continuation: str | None


@dataclass(frozen=True)
class InvoiceMetadata:
    """``InvoiceMetadata``: what KSeF tells of an invoice without its content.

    :ivar buyer_type: ``"Nip"``, ``"VatUe"``, ``"Other"``, ``"None"``
    :ivar net: in ``currency``; so are ``gross`` and ``vat``
    """

    ksef_number: str
    invoice_number: str
    issue_date: date
    invoicing_date: datetime
    acquisition_date: datetime
    permanent_storage_date: datetime
    seller_nip: str
    seller_name: str
    buyer_type: str
    buyer_identifier: str
    buyer_name: str
    net: Decimal
    gross: Decimal
    vat: Decimal
    currency: str
    invoicing_mode: str
    invoice_type: str
    system_code: str
    schema_version: str
    self_invoicing: bool
    has_attachment: bool
    invoice_hash: bytes
    hash_of_corrected: bytes | None

    @classmethod
    def read(cls, fields: Fields) -> InvoiceMetadata:
        seller, buyer = fields.inner("seller"), fields.inner("buyer")
        buyer_identifier, form = buyer.inner("identifier"), fields.inner("formCode")
        return cls(
            ksef_number=fields.text("ksefNumber"),
            invoice_number=fields.text("invoiceNumber"),
            issue_date=fields.day("issueDate"),
            invoicing_date=fields.moment("invoicingDate"),
            acquisition_date=fields.moment("acquisitionDate"),
            permanent_storage_date=fields.moment("permanentStorageDate"),
            seller_nip=seller.text("nip"),
            seller_name=seller.text_or("name"),
            buyer_type=buyer_identifier.text("type"),
            buyer_identifier=buyer_identifier.text_or("value"),
            buyer_name=buyer.text_or("name"),
            net=fields.amount("netAmount"),
            gross=fields.amount("grossAmount"),
            vat=fields.amount("vatAmount"),
            currency=fields.text("currency"),
            invoicing_mode=fields.text_or("invoicingMode"),
            invoice_type=fields.text_or("invoiceType"),
            system_code=form.text_or("systemCode"),
            schema_version=form.text_or("schemaVersion"),
            self_invoicing=fields.flag("isSelfInvoicing"),
            has_attachment=fields.flag("hasAttachment"),
            invoice_hash=fields.binary("invoiceHash"),
            hash_of_corrected=fields.binary_or_none("hashOfCorrectedInvoice"),
        )


@dataclass(frozen=True)
class MetadataPage:
    """``QueryInvoicesMetadataResponse``.

    :ivar has_more: another page follows
    :ivar is_truncated: the filter met more than 10 000 invoices: narrow the dates and start over
    :ivar hwm: up to this moment the list is complete (``permanentStorageHwmDate``)
    """

    items: list[InvoiceMetadata]
    has_more: bool
    is_truncated: bool
    hwm: datetime | None

    @classmethod
    def read(cls, fields: Fields) -> MetadataPage:
        return cls(
            items=[InvoiceMetadata.read(item) for item in fields.objects("invoices")],
            has_more=fields.flag("hasMore"),
            is_truncated=fields.flag("isTruncated"),
            hwm=fields.moment_or_none("permanentStorageHwmDate"),
        )


@dataclass(frozen=True)
class PersonalPermission:
    """``PersonalPermission``, or one scope of ``ownerPermissions``.

    :ivar scope: ``"InvoiceWrite"``, ``"InvoiceRead"``, ``"CredentialsManage"`` …
    :ivar state: ``"Active"``, ``"Inactive"``
    :ivar owner: the person has it as owner of the company, not by grant; then ``id`` is empty
    """

    scope: str
    state: str
    description: str = ""
    id: str = ""
    owner: bool = False
    start: datetime | None = None
    can_delegate: bool = False

    @classmethod
    def read(cls, fields: Fields) -> PersonalPermission:
        return cls(
            scope=fields.text("permissionScope"),
            state=fields.text_or("permissionState"),
            description=fields.text_or("description"),
            id=fields.text_or("id"),
            start=fields.moment_or_none("startDate"),
            can_delegate=fields.flag("canDelegate"),
        )
