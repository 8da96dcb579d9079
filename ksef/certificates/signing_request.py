"""Writes the request for a certificate: PKCS#10, DER, signed with SHA-256.

It is written by hand, because KSeF wants the subject back to the letter: libraries limit the
length of some attributes and choose string types themselves.  Names are UTF8String (one in
TeletexString is refused with 25004), the country and the serial number PrintableString, as RFC
5280 (A.1) defines them and as OpenAPI's example has them.
"""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from ..xades.signing import PrivateKey
from . import der
from .keys import public_bytes
from .subject import SubjectData

_PRINTABLE = ("2.5.4.5", "2.5.4.6")
_ECDSA_SHA256 = der.sequence(der.object_identifier("1.2.840.10045.4.3.2"))
_RSA_SHA256 = der.sequence(der.object_identifier("1.2.840.113549.1.1.11"), der.NULL)


def signing_request(key: PrivateKey, data: SubjectData) -> bytes:
    """Return the request for a certificate of ``key``, DER.

    :param key: a key on the curve P-256, as ``new_key()`` makes, or an RSA key of 2048 bits
    :param data: of ``Client.enrollment_data()``
    :raises ValueError: a key that KSeF does not certify (guide, certyfikaty-KSeF.md 3)
    """
    algorithm = _algorithm(key)
    info = der.sequence(
        der.integer(0),
        der.sequence(*(_attribute(*pair) for pair in data.attributes())),
        public_bytes(key.public_key()),
        der.attributes(),
    )
    return der.sequence(info, algorithm, der.bit_string(_signature(key, info)))


def _algorithm(key: PrivateKey) -> bytes:
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp256r1":
        return _ECDSA_SHA256
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size == 2048:
        return _RSA_SHA256
    raise ValueError("KSeF certifies keys on the curve P-256 and RSA keys of 2048 bits")


def _signature(key: PrivateKey, data: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


def _attribute(identifier: str, value: str) -> bytes:
    printable = identifier in _PRINTABLE and der.is_printable(value)
    text = der.printable_string(value) if printable else der.utf8_string(value)
    return der.set_of(der.sequence(der.object_identifier(identifier), text))
