"""Checks raw signatures and digests, for the algorithms that KSeF lists."""

import hashlib
import hmac

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from .names import DIGESTS, SIGNATURE_METHODS
from .refusal import bad_certificate, negative, wrong_format

MIN_RSA_BITS = 2048
MAX_RSA_BITS = 16384
MIN_CURVE_BITS = 256

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
    "sha3_256": hashes.SHA3_256,
    "sha3_384": hashes.SHA3_384,
    "sha3_512": hashes.SHA3_512,
}

# DER of the AlgorithmIdentifier's object identifier, without the optional NULL parameter.
_DIGEST_OIDS = {
    "sha1": bytes.fromhex("06052b0e03021a"),
    "sha256": bytes.fromhex("0609608648016503040201"),
    "sha384": bytes.fromhex("0609608648016503040202"),
    "sha512": bytes.fromhex("0609608648016503040203"),
}
_NULL = bytes.fromhex("0500")


def digest(uri: str | None, data: bytes, *, allow_sha1: bool = True) -> bytes:
    """The digest of some bytes by a DigestMethod's URI; refuses what KSeF does not list."""
    name = DIGESTS.get(uri or "")
    if name is None:
        raise wrong_format(f"digest method {uri}")
    if name == "sha1" and not allow_sha1:
        raise wrong_format("SHA-1 digest")
    return hashlib.new(name, data).digest()


def check_signature(
    uri: str | None,
    certificate: x509.Certificate,
    signature: bytes,
    data: bytes,
    *,
    allow_sha1: bool = True,
) -> None:
    """Raises SignatureRefused unless `signature` over `data` is the certificate's."""
    method = SIGNATURE_METHODS.get(uri or "")
    if method is None:
        raise wrong_format(f"signature method {uri}")
    family, name = method
    if name == "sha1" and not allow_sha1:
        raise wrong_format("SHA-1 signature")
    key = _public_key(certificate)
    if family == "ecdsa":
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise negative("the certificate's key is not for ECDSA")
        good = _ecdsa(key, signature, data, name)
    else:
        if not isinstance(key, rsa.RSAPublicKey):
            raise negative("the certificate's key is not for RSA")
        good = (_pkcs1 if family == "pkcs1" else _pss)(key, signature, data, name)
    if not good:
        raise negative("the signature value does not fit")


def _public_key(certificate: x509.Certificate) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise bad_certificate("Nieobsługiwany klucz.", str(error)) from error
    if isinstance(key, rsa.RSAPublicKey):
        if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
            raise bad_certificate("Niedozwolona długość klucza.", f"RSA {key.key_size} bits")
        if key.public_numbers().e.bit_length() > 64:
            raise bad_certificate("Nieobsługiwany klucz.", "huge RSA exponent")
        return key
    if isinstance(key, ec.EllipticCurvePublicKey):
        if key.curve.key_size < MIN_CURVE_BITS:
            raise bad_certificate("Niedozwolona długość klucza.", f"curve {key.curve.name}")
        return key
    raise bad_certificate("Nieobsługiwany klucz.", type(key).__name__)


def pkcs1_blocks(size: int, name: str, data: bytes) -> list[bytes]:
    """The encoded messages of RSASSA-PKCS1-v1_5 (RFC 8017, 9.2) that count as right.

    Two of them: DigestInfo's AlgorithmIdentifier with NULL parameters, and without. The second is
    what the government's signing service writes; OpenSSL refuses it, RFC 8017 A.2.4 allows it.
    `size` is the length of the modulus in bytes.
    """
    value = hashlib.new(name, data).digest()
    blocks = []
    for parameters in (_NULL, b""):
        algorithm = _DIGEST_OIDS[name] + parameters
        info = bytes([0x30, len(algorithm)]) + algorithm + bytes([0x04, len(value)]) + value
        info = bytes([0x30, len(info)]) + info
        blocks.append(b"\x00\x01" + b"\xff" * (size - len(info) - 3) + b"\x00" + info)
    return blocks


def _pkcs1(key: rsa.RSAPublicKey, signature: bytes, data: bytes, name: str) -> bool:
    numbers = key.public_numbers()
    size = (key.key_size + 7) // 8
    value = int.from_bytes(signature, "big")
    if len(signature) != size or value >= numbers.n:
        return False
    block = pow(value, numbers.e, numbers.n).to_bytes(size, "big")
    # Compared whole with what it must be, never parsed: nothing can hide in the padding.
    return any(hmac.compare_digest(block, right) for right in pkcs1_blocks(size, name, data))


def _pss(key: rsa.RSAPublicKey, signature: bytes, data: bytes, name: str) -> bool:
    algorithm = _HASHES[name]()
    scheme = padding.PSS(padding.MGF1(algorithm), salt_length=algorithm.digest_size)
    try:
        key.verify(signature, data, scheme, algorithm)
    except InvalidSignature:
        return False
    return True


def _ecdsa(key: ec.EllipticCurvePublicKey, signature: bytes, data: bytes, name: str) -> bool:
    width = (key.curve.key_size + 7) // 8
    if len(signature) != 2 * width:
        return False
    r, s = (int.from_bytes(part, "big") for part in (signature[:width], signature[width:]))
    if not r or not s:
        return False
    try:
        key.verify(utils.encode_dss_signature(r, s), data, ec.ECDSA(_HASHES[name]()))
    except InvalidSignature:
        return False
    return True
