"""What the operations on limits return; every class names its OpenAPI schema."""

from __future__ import annotations

from dataclasses import dataclass

from .reading import Fields


@dataclass(frozen=True)
class SessionLimits:
    """``OnlineSessionEffectiveContextLimits``, ``BatchSessionEffectiveContextLimits``.

    :ivar max_invoices: in one session
    :ivar max_invoice_mb: size of one invoice, in megabytes
    :ivar max_invoice_with_attachment_mb: the same with an attachment
    """

    max_invoices: int
    max_invoice_mb: int
    max_invoice_with_attachment_mb: int

    @classmethod
    def read(cls, fields: Fields) -> SessionLimits:
        return cls(
            max_invoices=fields.integer("maxInvoices"),
            max_invoice_mb=fields.integer("maxInvoiceSizeInMB"),
            max_invoice_with_attachment_mb=fields.integer("maxInvoiceWithAttachmentSizeInMB"),
        )


@dataclass(frozen=True)
class ContextLimits:
    """``EffectiveContextLimits``.

    :ivar collective_max_invoices: in one collective identifier; None while KSeF does not say
    """

    online: SessionLimits
    batch: SessionLimits
    collective_max_invoices: int | None

    @classmethod
    def read(cls, fields: Fields) -> ContextLimits:
        collective = fields.inner_or_none("collectiveIdentifier")
        return cls(
            online=SessionLimits.read(fields.inner("onlineSession")),
            batch=SessionLimits.read(fields.inner("batchSession")),
            collective_max_invoices=collective.integer_or("maxInvoices") if collective else None,
        )


@dataclass(frozen=True)
class SubjectLimits:
    """``EffectiveSubjectLimits``; None where KSeF does not say.

    :ivar max_enrollments: requests for certificates
    :ivar max_certificates: active certificates
    """

    max_enrollments: int | None
    max_certificates: int | None

    @classmethod
    def read(cls, fields: Fields) -> SubjectLimits:
        enrollment = fields.inner_or_none("enrollment")
        certificate = fields.inner_or_none("certificate")
        return cls(
            max_enrollments=enrollment.integer_or("maxEnrollments") if enrollment else None,
            max_certificates=certificate.integer_or("maxCertificates") if certificate else None,
        )
