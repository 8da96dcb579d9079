"""Which certificates count for what."""

from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID

from ..practice_pki import practice_ca, practice_seal
from .refusal import bad_certificate


@dataclass(frozen=True)
class Trust:
    """The rules a signature is judged by.

    seals: certificates of the Trusted Profile's seal: only under one of these the person in
        ClaimedRole counts.
    internal: authorities whose certificates are KSeF's own (method InternalCertificate).
    strict: the manner of the demo and production environments, and of `verifyCertificateChain`:
        no self-signed certificates, no SHA-1.
    authorities: who may have issued a certificate when strict, beside `seals` and `internal`.
    now: the moment at which certificates must be valid; None = the real time.
    """

    seals: frozenset[x509.Certificate] = frozenset()
    internal: tuple[x509.Certificate, ...] = ()
    strict: bool = False
    authorities: tuple[x509.Certificate, ...] = field(default=())
    now: datetime | None = None

    @classmethod
    def practice(
        cls,
        seed: int = 0,
        *,
        strict: bool = False,
        internal: tuple[x509.Certificate, ...] = (),
        now: datetime | None = None,
    ) -> "Trust":
        """Trusts the simulator's own seal and authority for a seed."""
        seals, authorities = _practice(seed)
        return cls(seals, internal, strict, authorities, now)

    def is_seal(self, certificate: x509.Certificate) -> bool:
        return certificate in self.seals

    def is_internal(self, certificate: x509.Certificate) -> bool:
        return any(_issued(certificate, authority) for authority in self.internal)

    def check(self, certificate: x509.Certificate) -> None:
        """SignatureRefused (21115) for a certificate that is out of date or not trusted."""
        if self.is_internal(certificate):
            return  # KSeF judges its own certificates by its register
        now = self.now or datetime.now(timezone.utc)
        if now < certificate.not_valid_before_utc:
            raise bad_certificate("Certyfikat nie jest jeszcze ważny.")
        if now > certificate.not_valid_after_utc:
            raise bad_certificate("Certyfikat utracił ważność.")
        if not self.strict or self.is_seal(certificate):
            return
        if not any(_issued(certificate, authority) for authority in self.authorities):
            raise bad_certificate("Certyfikat nie pochodzi od zaufanego wystawcy.")


@lru_cache(maxsize=4)
def _practice(seed: int) -> tuple[frozenset[x509.Certificate], tuple[x509.Certificate, ...]]:
    return frozenset([practice_seal(seed)[1]]), (practice_ca(seed)[1],)


def _issued(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    if certificate == authority:
        return False
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def common_name(name: x509.Name) -> str:
    """The CN of a subject or issuer, "" without one."""
    values = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(values[0].value) if values else ""
