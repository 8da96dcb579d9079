"""The subject that KSeF wants in a request for a certificate."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class SubjectData:
    """``CertificateEnrollmentDataResponse`` (OpenAPI; guide, certyfikaty-KSeF.md 2).

    The values go into the request exactly as KSeF gives them; empty ones are left out.  Names and
    numbers of a person stay out of ``repr``.
    """

    common_name: str = field(repr=False)
    country_name: str
    given_names: tuple[str, ...] = field(default=(), repr=False)
    surname: str = field(default="", repr=False)
    serial_number: str = field(default="", repr=False)
    unique_identifier: str = field(default="", repr=False)
    organization_name: str = ""
    organization_identifier: str = ""

    def attributes(self) -> list[tuple[str, str]]:
        """The object identifiers of X.500 with their values, in their own order."""
        pairs = [
            ("2.5.4.3", self.common_name),
            ("2.5.4.4", self.surname),
            ("2.5.4.5", self.serial_number),
            ("2.5.4.6", self.country_name),
            ("2.5.4.10", self.organization_name),
            *(("2.5.4.42", name) for name in self.given_names),
            ("2.5.4.45", self.unique_identifier),
            ("2.5.4.97", self.organization_identifier),
        ]
        return [(identifier, value) for identifier, value in pairs if value]
