"""The certificates that KSeF issues: asking for one, fetching, listing and revoking them.

They belong to the person or company that authorised, whatever the context (guide,
certyfikaty-KSeF.md).  Nothing of this works after a login with a KSeF token, except looking.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ..certificates.subject import SubjectData
from .calling import Calling, to_base64, to_utc
from .reading import Fields
from .results_certificates import (
    CertificateItem,
    CertificateLimits,
    EnrollmentStatus,
    RetrievedCertificate,
    subject_data,
)

CERTIFICATE_TYPES = ("Authentication", "Offline")
REVOCATION_REASONS = ("Unspecified", "Superseded", "KeyCompromise")
_NAME = re.compile(r"[a-zA-Z0-9_\- ąćęłńóśźżĄĆĘŁŃÓŚŹŻ]{5,100}")
_SERIAL = re.compile(r"[0-9A-F]{16}")
_RETRIEVED_AT_ONCE = 10
_PAGE = 50


class CertificateOperations(Calling):
    """``/certificates``."""

    def certificate_limits(self) -> CertificateLimits:
        """``GET /certificates/limits``: look here before asking for a certificate."""
        return self._get("GET /certificates/limits", CertificateLimits.read, token=self._access())

    def enrollment_data(self) -> SubjectData:
        """``GET /certificates/enrollments/data``: the subject that the request must carry
        unchanged.

        :raises Refused: 25001 after a login that has no such data, as with a KSeF token
        """
        return self._get("GET /certificates/enrollments/data", subject_data, token=self._access())

    def enroll(
        self,
        name: str,
        certificate_type: str,
        csr: bytes,
        valid_from: datetime | None = None,
    ) -> str:
        """``POST /certificates/enrollments``.

        :param name: for people, 5 to 100 letters, digits, spaces, ``_`` and ``-``
        :param certificate_type: one of ``CERTIFICATE_TYPES``
        :param csr: of ``ksef.certificates.signing_request``, DER
        :param valid_from: with time zone; from the moment of issue on if not given
        :return: the request's reference number
        :raises ValueError: what OpenAPI would refuse
        :raises Refused: 25002 to 25011: subject, form, limits or key (OpenAPI, table of the
            operation)
        """
        if not _NAME.fullmatch(name):
            raise ValueError(f"no name for a certificate: {name!r}")
        if certificate_type not in CERTIFICATE_TYPES:
            raise ValueError(f"no type of certificate: {certificate_type!r}")
        body = {
            "certificateName": name,
            "certificateType": certificate_type,
            "csr": to_base64(csr),
        }
        if valid_from is not None:
            body["validFrom"] = to_utc(valid_from)
        return self._get(
            "POST /certificates/enrollments",
            lambda fields: fields.text("referenceNumber"),
            body=body,
            token=self._access(),
        )

    def enrollment_status(self, reference: str) -> EnrollmentStatus:
        """``GET /certificates/enrollments/{referenceNumber}``.

        :raises Gone: KSeF no longer knows; the certificate, if one was issued, is in
            ``query_certificates``
        """
        return self._get(
            "GET /certificates/enrollments/{referenceNumber}",
            EnrollmentStatus.read,
            parts=(reference,),
            token=self._access(),
        )

    def retrieve_certificates(self, serials: Sequence[str]) -> list[RetrievedCertificate]:
        """``POST /certificates/retrieve``, ten at a time; unknown numbers are left out.

        :param serials: 16 hexadecimal digits each
        :raises ValueError: a serial number that is none
        """
        for serial in serials:
            _check_serial(serial)
        found: list[RetrievedCertificate] = []
        for start in range(0, len(serials), _RETRIEVED_AT_ONCE):
            wanted = list(serials[start : start + _RETRIEVED_AT_ONCE])
            found += self._get(
                "POST /certificates/retrieve",
                _retrieved,
                body={"certificateSerialNumbers": wanted},
                token=self._access(),
            )
        return found

    def query_certificates(
        self,
        *,
        status: str | None = None,
        type: str | None = None,
        name: str | None = None,
        serial: str | None = None,
        expires_after: datetime | None = None,
    ) -> list[CertificateItem]:
        """``POST /certificates/query``, all pages, the newest request first.

        :param status: ``"Active"``, ``"Blocked"``, ``"Revoked"`` or ``"Expired"``
        :param type: one of ``CERTIFICATE_TYPES``
        :param name: part of the name
        :param serial: the whole serial number
        :param expires_after: with time zone
        """
        wanted: dict[str, Any] = {
            "status": status,
            "type": type,
            "name": name,
            "certificateSerialNumber": serial,
            "expiresAfter": to_utc(expires_after) if expires_after else None,
        }
        return list(
            self._all_offsets(
                "POST /certificates/query",
                "certificates",
                CertificateItem.read,
                _PAGE,
                {key: value for key, value in wanted.items() if value is not None},
            )
        )

    def revoke_certificate(self, serial: str, reason: str = "Unspecified") -> None:
        """``POST /certificates/{certificateSerialNumber}/revoke``: for good.  Sessions that it
        opened live on: revoke them too.

        :param reason: one of ``REVOCATION_REASONS``
        :raises ValueError: a serial number or reason that is none
        :raises Refused: 25008 unknown, 25009 not active any more
        """
        _check_serial(serial)
        if reason not in REVOCATION_REASONS:
            raise ValueError(f"no reason for a revocation: {reason!r}")
        self._call(
            "POST /certificates/{certificateSerialNumber}/revoke",
            parts=(serial,),
            body={"revocationReason": reason},
            token=self._access(),
        )


def _retrieved(fields: Fields) -> list[RetrievedCertificate]:
    return [RetrievedCertificate.read(item) for item in fields.objects("certificates")]


def _check_serial(serial: str) -> None:
    if not _SERIAL.fullmatch(serial):
        raise ValueError(f"no serial number of a KSeF certificate: {serial!r}")
