"""Certificates of the Ministry of Finance's stand-in, issued by the simulator's authority."""

from __future__ import annotations

import hashlib
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from simulator import practice_pki


def certificate(
    seed: int, label: str, valid_from: datetime, valid_to: datetime
) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = practice_pki.rsa_key(seed, label)
    authority_key, authority = practice_pki.practice_ca(seed)
    subject = practice_pki.name(CN="Ministerstwo Finansów", O="Ministerstwo Finansów", C="PL")
    serial = hashlib.sha256(f"{seed}/{label}/{valid_from}".encode()).digest()[:15]
    return key, (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(serial, "big") | 1)
        .not_valid_before(valid_from)
        .not_valid_after(valid_to)
        .sign(authority_key, hashes.SHA256())
    )
