"""Private keys: making them, writing them, and telling whether one belongs to a certificate."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from ..xades.persons import CERTIFICATE_ERRORS
from ..xades.signing import PrivateKey, load_certificate, load_key

CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a fresh key on the curve P-256, as KSeF recommends (guide, certyfikaty-KSeF.md 3)."""
    return ec.generate_private_key(ec.SECP256R1())


def key_bytes(key: PrivateKey) -> bytes:
    """Return the key as PKCS#8 DER without password: a secret, to be kept encrypted."""
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def certificate_bytes(certificate: x509.Certificate) -> bytes:
    """Return the certificate as DER."""
    return certificate.public_bytes(serialization.Encoding.DER)


def fits(key: bytes | PrivateKey, certificate: bytes | x509.Certificate) -> bool:
    """Tell whether the certificate is about this key; each as object, PEM or DER.

    :raises ValueError: one of them cannot be read
    """
    try:
        certified = public_bytes(load_certificate(certificate).public_key())
    except CERTIFICATE_ERRORS as error:
        raise ValueError("the certificate or its key cannot be read") from error
    return public_bytes(load_key(key).public_key()) == certified


def public_bytes(key) -> bytes:
    """Return a public key as ``SubjectPublicKeyInfo``, DER."""
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def kind_of(key) -> str:
    """Name the kind of a public or private key for people: ``"EC P-256"``, ``"RSA 2048"``."""
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        return f"EC {CURVES.get(key.curve.name, key.curve.name)}"
    return type(key).__name__.removesuffix("PublicKey").removesuffix("PrivateKey")
