"""Certificates like those that KSeF and others issue, made here and not by the code under test."""

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

NOW = datetime.datetime(2026, 10, 10, 12, tzinfo=datetime.timezone.utc)
PASSWORD = "Zażółć 1!"
SERIAL = 0x01F20A5D352AE590
UNIQUE_IDENTIFIER = x509.ObjectIdentifier("2.5.4.45")
QUALIFIED_STATEMENTS = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")


class Pair:
    """A key with its certificate in every writing that programs know."""

    def __init__(self, key, certificate):
        self.key = key
        self.certificate = certificate

    def key_as(self, encoding="PEM", form="PKCS8", password=None):
        protection = (
            serialization.BestAvailableEncryption(password.encode())
            if password
            else serialization.NoEncryption()
        )
        return self.key.private_bytes(
            getattr(serialization.Encoding, encoding),
            getattr(serialization.PrivateFormat, form),
            protection,
        )

    def certificate_as(self, encoding="PEM"):
        return self.certificate.public_bytes(getattr(serialization.Encoding, encoding))

    def pkcs12(self, password=PASSWORD, others=None):
        protection = (
            serialization.BestAvailableEncryption(password.encode())
            if password
            else serialization.NoEncryption()
        )
        return pkcs12.serialize_key_and_certificates(
            b"ksef", self.key, self.certificate, others, protection
        )


def issue(
    key=None,
    usage="Authentication",
    *,
    subject=None,
    begins=-10,
    ends=700,
    qualified=False,
    self_signed=False,
    serial=SERIAL,
):
    """Issue a certificate as KSeF does: its key usage tells the type."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    names = subject or {
        NameOID.COMMON_NAME: "Łucja Żółć",
        NameOID.GIVEN_NAME: "Łucja",
        NameOID.SURNAME: "Żółć",
        NameOID.SERIAL_NUMBER: "PNOPL-90010112349",
        NameOID.COUNTRY_NAME: "PL",
        UNIQUE_IDENTIFIER: "d9d22724-4696-460c-9e5e-b9e3aafb0af3",
    }
    name = x509.Name([x509.NameAttribute(oid, text) for oid, text in names.items()])
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test centre")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name if self_signed else issuer)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(NOW + datetime.timedelta(days=begins))
        .not_valid_after(NOW + datetime.timedelta(days=ends))
    )
    if usage:
        flags = dict.fromkeys(
            (
                *("digital_signature", "content_commitment", "key_encipherment", "crl_sign"),
                *("data_encipherment", "key_agreement", "key_cert_sign", "encipher_only"),
                "decipher_only",
            ),
            False,
        )
        flags["digital_signature"] = usage in ("Authentication", "both")
        flags["content_commitment"] = usage in ("Offline", "both")
        builder = builder.add_extension(x509.KeyUsage(**flags), critical=True)
    if qualified:
        statements = x509.UnrecognizedExtension(
            QUALIFIED_STATEMENTS, bytes.fromhex("300a3008060604008e460101")
        )
        builder = builder.add_extension(statements, critical=False)
    centre = key if self_signed else ec.generate_private_key(ec.SECP256R1())
    return Pair(key, builder.sign(centre, hashes.SHA256()))


@pytest.fixture(scope="session")
def issued():
    """Issues a certificate: ``issued(key, usage, …) -> Pair``."""
    return issue


@pytest.fixture(scope="session")
def now():
    return NOW


@pytest.fixture(scope="session")
def password():
    return PASSWORD


@pytest.fixture(scope="session")
def ec_pair():
    return issue()


@pytest.fixture(scope="session")
def rsa_pair(rsa_key):
    return issue(rsa_key)


@pytest.fixture(scope="session")
def offline_pair():
    return issue(usage="Offline", serial=SERIAL + 1)


@pytest.fixture(scope="session")
def offline_rsa_pair():
    return issue(rsa.generate_private_key(65537, 2048), "Offline", serial=SERIAL + 2)
