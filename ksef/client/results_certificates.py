"""What the operations on certificates return; every class names its OpenAPI schema.

Serial numbers are 16 hexadecimal digits in capitals, as KSeF writes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ..certificates.subject import SubjectData
from .reading import Fields
from .results import Status


@dataclass(frozen=True)
class Limit:
    """``CertificateLimit``: how many there may be, and how many of them are left."""

    limit: int
    remaining: int

    @classmethod
    def read(cls, fields: Fields) -> Limit:
        return cls(limit=fields.integer("limit"), remaining=fields.integer("remaining"))


@dataclass(frozen=True)
class CertificateLimits:
    """``CertificateLimitsResponse``.

    :ivar can_request: whether another certificate may be asked for now
    :ivar enrollment: requests
    :ivar certificate: active certificates
    """

    can_request: bool
    enrollment: Limit
    certificate: Limit

    @classmethod
    def read(cls, fields: Fields) -> CertificateLimits:
        return cls(
            can_request=fields.flag("canRequest"),
            enrollment=Limit.read(fields.inner("enrollment")),
            certificate=Limit.read(fields.inner("certificate")),
        )


def subject_data(fields: Fields) -> SubjectData:
    """``CertificateEnrollmentDataResponse``, to the letter.

    The guide speaks of ``givenName`` as a list, OpenAPI as a text: both are read.
    """
    return SubjectData(
        common_name=fields.text("commonName"),
        country_name=fields.text("countryName"),
        given_names=fields.text_or_texts("givenName"),
        surname=fields.text_or("surname"),
        serial_number=fields.text_or("serialNumber"),
        unique_identifier=fields.text_or("uniqueIdentifier"),
        organization_name=fields.text_or("organizationName"),
        organization_identifier=fields.text_or("organizationIdentifier"),
    )


@dataclass(frozen=True)
class EnrollmentStatus:
    """``CertificateEnrollmentStatusResponse``.

    :ivar status: 100 in progress, 200 done, 400 refused, 500, 550 (try again)
    :ivar serial: of the certificate, once it is there
    """

    status: Status
    requested: datetime
    serial: str

    @classmethod
    def read(cls, fields: Fields) -> EnrollmentStatus:
        return cls(
            status=Status.read(fields.inner("status")),
            requested=fields.moment("requestDate"),
            serial=fields.text_or("certificateSerialNumber"),
        )


@dataclass(frozen=True)
class RetrievedCertificate:
    """``RetrieveCertificatesListItem``.

    :ivar type: ``"Authentication"`` or ``"Offline"``
    :ivar certificate: X.509, DER
    """

    serial: str
    name: str
    type: str
    certificate: bytes = field(repr=False)

    @classmethod
    def read(cls, fields: Fields) -> RetrievedCertificate:
        return cls(
            serial=fields.text("certificateSerialNumber"),
            name=fields.text_or("certificateName"),
            type=fields.text("certificateType"),
            certificate=fields.binary("certificate"),
        )


@dataclass(frozen=True)
class CertificateItem:
    """``CertificateListItem``: one line of the list, without the certificate itself.

    :ivar type: ``"Authentication"`` or ``"Offline"``
    :ivar status: ``"Active"``, ``"Blocked"`` (about to be revoked), ``"Revoked"``, ``"Expired"``
    :ivar subject_type: ``"Nip"``, ``"Pesel"`` or ``"Fingerprint"``
    :ivar subject: the identifier itself; of a person it is the PESEL, so it stays out of ``repr``
    :ivar last_used: None when it never was
    """

    serial: str
    name: str
    type: str
    status: str
    common_name: str
    subject_type: str
    subject: str = field(repr=False)
    valid_from: datetime
    valid_to: datetime
    last_used: datetime | None
    requested: datetime

    @classmethod
    def read(cls, fields: Fields) -> CertificateItem:
        subject = fields.inner("subjectIdentifier")
        return cls(
            serial=fields.text("certificateSerialNumber"),
            name=fields.text_or("name"),
            type=fields.text("type"),
            status=fields.text("status"),
            common_name=fields.text_or("commonName"),
            subject_type=subject.text("type"),
            subject=subject.text("value"),
            valid_from=fields.moment("validFrom"),
            valid_to=fields.moment("validTo"),
            last_used=fields.moment_or_none("lastUseDate"),
            requested=fields.moment("requestDate"),
        )
