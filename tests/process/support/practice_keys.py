"""A certificate that the simulator takes for its owner's, with the key in an envelope."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

OWNER = {
    NameOID.COUNTRY_NAME: "PL",
    NameOID.COMMON_NAME: "Jan Kowalski",
    NameOID.GIVEN_NAME: "Jan",
    NameOID.SURNAME: "Kowalski",
    NameOID.SERIAL_NUMBER: "PNOPL-81452317036",
}


@dataclass(frozen=True)
class Pair:
    certificate: bytes  # PEM
    key: bytes  # PEM, PKCS#8, encrypted


def owner(password: str) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(oid, text) for oid, text in OWNER.items()])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return Pair(
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(password.encode()),
        ),
    )
