"""The authority that issues the KSeF certificates of the simulator."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from simulator import practice_pki

_LABEL = "ksef certificates"
_YEARS = 2


@lru_cache(maxsize=4)
def authority(seed: int) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = practice_pki.ec_key(seed, _LABEL)
    subject = practice_pki.name(CN="Symulator KSeF - certyfikaty KSeF", O="Symulator", C="PL")
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(practice_pki.VALID_FROM)
        .not_valid_after(practice_pki.VALID_TO)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
    )
    return key, builder.sign(key, hashes.SHA256())


def issue(
    seed: int,
    csr: x509.CertificateSigningRequest,
    type: str,
    serial: int,
    valid_from: datetime,
    valid_to: datetime,
) -> x509.Certificate:
    """With the subject and key of the request; ``type`` is Authentication or Offline."""
    key, own = authority(seed)
    usage = "digital_signature" if type == "Authentication" else "content_commitment"
    return (
        x509.CertificateBuilder()
        .subject_name(csr.subject)
        .issuer_name(own.subject)
        .public_key(csr.public_key())
        .serial_number(serial)
        .not_valid_before(valid_from)
        .not_valid_after(valid_to)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(csr.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        .sign(key, hashes.SHA256())
    )


def end_of_validity(start: datetime) -> datetime:
    """Two years later, on the same day of the year."""
    year = start.year + _YEARS
    if (start.month, start.day) == (2, 29):
        return start.replace(year=year, day=28)
    return start.replace(year=year)


def _usage(*allowed: str) -> x509.KeyUsage:
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
             "key_agreement", "key_cert_sign", "crl_sign", "encipher_only",
             "decipher_only")  # fmt: skip
    return x509.KeyUsage(**{name: name in allowed for name in names})
