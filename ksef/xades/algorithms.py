"""Checks and makes the signature values that KSeF allows.

RSA with PKCS#1 v1.5 is checked by hand: genuine Trusted Profile signatures leave out the NULL of
DigestInfo, which RFC 8017 (A.2.4) allows and OpenSSL, with all that is built on it, refuses.
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from . import names

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
    "sha3_256": hashes.SHA3_256,
    "sha3_384": hashes.SHA3_384,
    "sha3_512": hashes.SHA3_512,
}

# hash -> DER of its AlgorithmIdentifier's object identifier
_OIDS = {
    "sha1": bytes.fromhex("06052b0e03021a"),
    "sha256": bytes.fromhex("0609608648016503040201"),
    "sha384": bytes.fromhex("0609608648016503040202"),
    "sha512": bytes.fromhex("0609608648016503040203"),
}

# A foreign key may be made to keep us busy: beyond these sizes nothing is computed.
_MAX_RSA_BITS = 16384
_MAX_EXPONENT_BITS = 64


def fits(key: object, algorithm: str, data: bytes, value: bytes) -> bool | None:
    """Tell whether ``value`` is the signature of ``data``.

    :param key: the signer's public key
    :param algorithm: ``SignatureMethod``
    :return: None when it cannot be checked here: an unknown algorithm, or a key of another kind
    """
    scheme, name = names.SIGNATURES.get(algorithm, ("", ""))
    if scheme in ("rsa", "pss") and isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        if key.key_size > _MAX_RSA_BITS or numbers.e.bit_length() > _MAX_EXPONENT_BITS:
            return None
        if scheme == "rsa":
            return _pkcs1_fits(numbers, name, data, value)
        return _pss_fits(key, name, data, value)
    if scheme == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
        return _ecdsa_fits(key, name, data, value)
    return None


def _pkcs1_fits(numbers: rsa.RSAPublicNumbers, name: str, data: bytes, value: bytes) -> bool:
    size = (numbers.n.bit_length() + 7) // 8
    number = int.from_bytes(value, "big")
    if len(value) != size or number >= numbers.n:
        return False
    block = pow(number, numbers.e, numbers.n).to_bytes(size, "big")
    digest = hashlib.new(name, data).digest()
    return any(block == _pkcs1_block(size, _OIDS[name] + end, digest) for end in (b"\5\0", b""))


def _pkcs1_block(size: int, algorithm: bytes, digest: bytes) -> bytes:
    # all lengths here are below 128: one byte each
    identifier = bytes((0x30, len(algorithm))) + algorithm
    octets = bytes((0x04, len(digest))) + digest
    info = bytes((0x30, len(identifier) + len(octets))) + identifier + octets
    return b"\0\1" + b"\xff" * (size - 3 - len(info)) + b"\0" + info


def _pss_fits(key: rsa.RSAPublicKey, name: str, data: bytes, value: bytes) -> bool | None:
    kind = _HASHES[name]()
    scheme = padding.PSS(mgf=padding.MGF1(kind), salt_length=padding.PSS.AUTO)
    try:
        key.verify(value, data, scheme, kind)
    except InvalidSignature:
        return False
    except (UnsupportedAlgorithm, ValueError):
        return None
    return True


def _ecdsa_fits(
    key: ec.EllipticCurvePublicKey, name: str, data: bytes, value: bytes
) -> bool | None:
    size = (key.curve.key_size + 7) // 8
    if len(value) != 2 * size:
        return False
    encoded = encode_dss_signature(
        int.from_bytes(value[:size], "big"), int.from_bytes(value[size:], "big")
    )
    try:
        key.verify(encoded, data, ec.ECDSA(_HASHES[name]()))
    except InvalidSignature:
        return False
    except (UnsupportedAlgorithm, ValueError):
        return None
    return True


def method_for(key: object) -> str:
    """Return the ``SignatureMethod`` for a private key that KSeF accepts.

    :raises ValueError: KSeF accepts no signature of this key
    """
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size < 2048:
            raise ValueError("KSeF wants RSA keys of 2048 bits or more")
        return names.RSA_SHA256
    if isinstance(key, ec.EllipticCurvePrivateKey):
        if key.curve.key_size < 256:
            raise ValueError("KSeF wants elliptic curves of 256 bits or more")
        return names.ECDSA_SHA256
    raise ValueError("KSeF accepts signatures of RSA and elliptic curve keys")


def value_of(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    """Sign ``data`` with SHA-256: PKCS#1 v1.5 for RSA, ``r || s`` for elliptic curves."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    size = (key.curve.key_size + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")
