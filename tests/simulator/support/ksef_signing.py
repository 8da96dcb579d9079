"""Keys with certificates: self-made ones, requests for KSeF's own, and signing with either."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from ksef_client.services.xades import sign_xades_enveloped

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

OIDS = {
    "countryName": "2.5.4.6",
    "organizationName": "2.5.4.10",
    "organizationIdentifier": "2.5.4.97",
    "givenName": "2.5.4.42",
    "surname": "2.5.4.4",
    "serialNumber": "2.5.4.5",
    "uniqueIdentifier": "2.5.4.45",
    "commonName": "2.5.4.3",
}
PERSON = {
    "givenName": "Zofia",
    "surname": "Wiśniewska",
    "serialNumber": "PNOPL-85510100000",
    "commonName": "Zofia Wiśniewska",
    "countryName": "PL",
}
SEAL = {
    "organizationName": "Sprzedawca sp. z o.o.",
    "organizationIdentifier": "VATPL-9999999999",
    "commonName": "Sprzedawca",
    "countryName": "PL",
}


@dataclass
class Holder:
    """Who has a private key and the certificate to it."""

    key: Key
    certificate: x509.Certificate

    def sign(self, document: bytes) -> bytes:
        """XAdES, made by somebody else's code."""
        certificate = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        key = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
        return sign_xades_enveloped(document.decode(), certificate, key).encode()

    @property
    def serial(self) -> str:
        return f"{self.certificate.serial_number:016X}"


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def name(data: dict[str, str]) -> x509.Name:
    return x509.Name(
        [
            # KSeF gives names longer than X.520 allows, and takes them back
            x509.NameAttribute(x509.ObjectIdentifier(OIDS[key]), text, _validate=False)
            for key, text in data.items()
        ]
    )


def self_made(data: dict[str, str], now: datetime | None = None, key: Any = None) -> Holder:
    """A certificate that its owner signed."""
    key = key or new_key()
    start = (now or datetime.now(timezone.utc)) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name(data))
        .issuer_name(name(data))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    return Holder(key, certificate)


def request_for(data: dict[str, str], key: Any = None, algorithm: Any = None, **how: Any) -> bytes:
    """A PKCS#10 request as DER."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(name(data))
    csr = builder.sign(key or new_key(), algorithm or hashes.SHA256(), **how)
    return csr.public_bytes(serialization.Encoding.DER)


def enrollment(csr: bytes, kind: str = "Authentication", **changes: Any) -> dict[str, Any]:
    return {
        "certificateName": "Certyfikat z testów",
        "certificateType": kind,
        "csr": base64.b64encode(csr).decode(),
        **changes,
    }
