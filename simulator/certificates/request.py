"""Reads a PKCS#10 request.  The names are read from the bytes, for their encoding counts.

KSeF still takes requests signed with SHA-1; here they are refused, for want of a verifier.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import SignatureAlgorithmOID

from simulator.certificates.names import OIDS
from simulator.errors import BadRequest

RSA_BITS = 2048
_ALGORITHMS = {
    SignatureAlgorithmOID.RSA_WITH_SHA256,
    SignatureAlgorithmOID.RSA_WITH_SHA384,
    SignatureAlgorithmOID.RSA_WITH_SHA512,
    SignatureAlgorithmOID.RSASSA_PSS,
    SignatureAlgorithmOID.ECDSA_WITH_SHA256,
    SignatureAlgorithmOID.ECDSA_WITH_SHA384,
    SignatureAlgorithmOID.ECDSA_WITH_SHA512,
}
_HASHES = ("sha256", "sha384", "sha512")

_UTF8_STRING = 0x0C
_PRINTABLE_STRING = 0x13
# All attributes of OIDS are of the branch 2.5.4, whose numbers take one byte each.
_NAMES = {bytes([0x55, 4, int(oid.rpartition(".")[2])]): name for name, oid in OIDS.items()}


@dataclass(frozen=True)
class Request:
    csr: x509.CertificateSigningRequest
    names: dict[str, str]  # by OpenAPI's names; repeated given names stand behind each other
    foreign: bool  # names something that KSeF does not know, or one thing twice

    def says(self, data: dict[str, str]) -> bool:
        """Whether it says exactly this of its owner; the order is free."""
        return not self.foreign and self.names == data


def read(data: bytes) -> Request:
    """Raises BadRequest 25004, 25010, 25011."""
    try:
        csr = x509.load_der_x509_csr(data)
        names = list(_names(data))
    except (ValueError, IndexError) as error:
        raise BadRequest(25004) from error
    _check_key(csr)
    _check_signature(csr)
    return _request(csr, names)


def _request(csr: x509.CertificateSigningRequest, names: list[tuple[bytes, str]]) -> Request:
    found: dict[str, str] = {}
    foreign = False
    for oid, text in names:
        name = _NAMES.get(oid, "")
        if name in found and name == "givenName":
            found[name] += f" {text}"
        elif not name or name in found:
            foreign = True
        else:
            found[name] = text
    return Request(csr, found, foreign)


def _check_key(csr: x509.CertificateSigningRequest) -> None:
    try:
        key = csr.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadRequest(25010) from error
    if isinstance(key, rsa.RSAPublicKey) and key.key_size == RSA_BITS:
        return
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return
    raise BadRequest(25010)


def _check_signature(csr: x509.CertificateSigningRequest) -> None:
    if csr.signature_algorithm_oid not in _ALGORITHMS:
        raise BadRequest(25011)
    try:
        algorithm = csr.signature_hash_algorithm
        if algorithm is None or algorithm.name not in _HASHES:
            raise BadRequest(25011)
        good = csr.is_signature_valid
    except UnsupportedAlgorithm as error:
        raise BadRequest(25011) from error
    if not good:
        raise BadRequest(25004)


def _names(data: bytes) -> Iterator[tuple[bytes, str]]:
    """The attributes of the subject (RFC 2986): (object identifier as DER, text).

    ValueError for a text that is neither a UTF8String nor a PrintableString.
    """
    ((_, request),) = _elements(data)
    information = _elements(request)[0][1]
    subject = _elements(information)[1][1]
    for _, group in _elements(subject):
        for _, attribute in _elements(group):
            (_, oid), (tag, value) = _elements(attribute)
            if tag not in (_UTF8_STRING, _PRINTABLE_STRING):
                raise ValueError(f"string type {tag:#x}")
            yield oid, value.decode("utf-8" if tag == _UTF8_STRING else "ascii")


def _elements(data: bytes) -> list[tuple[int, bytes]]:
    """Tags and contents of the DER elements that stand one behind the other."""
    found = []
    position = 0
    while position < len(data):
        tag, length = data[position], data[position + 1]
        position += 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(data[position : position + size], "big")
            position += size
        found.append((tag, data[position : position + length]))
        position += length
    return found
