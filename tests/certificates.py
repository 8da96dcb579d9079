"""Certificates as qualified signatures have them, made on the spot."""

from datetime import datetime, timedelta, timezone
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

#: The simulator's owner, as the certificate of a qualified signature names him.
OWNER = {
    NameOID.COUNTRY_NAME: "PL",
    NameOID.COMMON_NAME: "Jan Kowalski",
    NameOID.GIVEN_NAME: "Jan",
    NameOID.SURNAME: "Kowalski",
    NameOID.SERIAL_NUMBER: "PNOPL-81452317036",
}


@cache
def key():
    return ec.generate_private_key(ec.SECP256R1())


@cache
def certificate():
    name = x509.Name([x509.NameAttribute(oid, text) for oid, text in OWNER.items()])
    now = datetime.now(timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key().public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .sign(key(), hashes.SHA256())
    )


def key_pem():
    return key().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def certificate_pem():
    return certificate().public_bytes(serialization.Encoding.PEM)
