"""Session keys, the encrypted KSeF token and hashes.

Sources: guide, sesja-interaktywna.md and bezpieczenstwo/klucze-publiczne-do-szyfrowania.md;
OpenAPI, schemas ``EncryptionInfo`` and ``InitTokenAuthenticationRequest``.  KSeF publishes RSA
keys only for these purposes.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar, Union

from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

KEY_BYTES = 32
IV_BYTES = 16


class PublishedKey(Protocol):
    """A key as ``GET /security/public-key-certificates`` publishes it (``client.PublicKey``)."""

    @property
    def certificate(self) -> bytes: ...

    @property
    def valid_from(self) -> datetime: ...

    @property
    def valid_to(self) -> datetime: ...

    @property
    def usage(self) -> tuple[str, ...]: ...


_Key = TypeVar("_Key", bound=PublishedKey)
AnyPublicKey = Union[PublishedKey, x509.Certificate, RSAPublicKey, bytes]  # noqa: UP007


def sha256(data: bytes) -> bytes:
    """Return the SHA-256 digest of ``data``, 32 bytes."""
    return hashlib.sha256(data).digest()


def choose_key(keys: Iterable[_Key], usage: str, now: datetime) -> _Key:
    """Return the key to encrypt with: for this use, valid now, the newest of several.

    :param usage: ``"SymmetricKeyEncryption"`` or ``"KsefTokenEncryption"``
    :param now: a moment with time zone
    :raises ValueError: none of ``keys`` can be used, or ``now`` has no time zone
    """
    if now.tzinfo is None:
        raise ValueError("now must have a time zone")
    usable = [key for key in keys if usage in key.usage and key.valid_from <= now <= key.valid_to]
    if not usable:
        raise ValueError(f"KSeF publishes no key for {usage} that is valid at {now.isoformat()}")
    return max(usable, key=lambda key: key.valid_from)


def _rsa_key(key: AnyPublicKey) -> RSAPublicKey:
    certificate = getattr(key, "certificate", key)
    if isinstance(certificate, bytes):
        certificate = _loaded(certificate)
    public_key = (
        certificate.public_key() if isinstance(certificate, x509.Certificate) else certificate
    )
    if not isinstance(public_key, RSAPublicKey):
        raise ValueError("KSeF encrypts with RSA keys only; this is another kind of key")
    return public_key


def _loaded(data: bytes) -> object:
    if b"-----BEGIN CERTIFICATE-----" in data:
        return x509.load_pem_x509_certificate(data)
    if b"-----BEGIN" in data:
        return serialization.load_pem_public_key(data)
    try:
        return x509.load_der_x509_certificate(data)
    except ValueError:
        return serialization.load_der_public_key(data)


def _oaep(data: bytes, key: AnyPublicKey) -> bytes:
    scheme = rsa_padding.OAEP(
        mgf=rsa_padding.MGF1(algorithm=hashes.SHA256()), algorithm=hashes.SHA256(), label=None
    )
    return _rsa_key(key).encrypt(data, scheme)


def encrypt_token(token: str, timestamp_ms: int, public_key: AnyPublicKey) -> str:
    """Return ``token|timestamp`` encrypted for ``POST /auth/ksef-token``, as Base64.

    :param token: the KSeF token as the taxpayer was given it
    :param timestamp_ms: the challenge's ``timestampMs``
    :param public_key: a key for ``KsefTokenEncryption``: a published key, a certificate or a
        public key (object, DER or PEM)
    :raises ValueError: the key is not an RSA key
    """
    plain = f"{token}|{timestamp_ms}".encode()
    return base64.b64encode(_oaep(plain, public_key)).decode("ascii")


@dataclass(frozen=True)
class SessionKey:
    """The symmetric key of one sending session: AES-256-CBC with PKCS#7 padding.

    :ivar key: 32 bytes, secret
    :ivar iv: 16 bytes; sent beside the ciphertext and never put in front of it, though a sentence
        of the guide says so: KSeF answers such ciphertext with status 435
    """

    key: bytes = field(repr=False)
    iv: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.key) != KEY_BYTES or len(self.iv) != IV_BYTES:
            raise ValueError("a session key has 32 bytes and its initialization vector 16")

    @classmethod
    def new(cls) -> SessionKey:
        """Return a fresh random key; every session gets its own."""
        return cls(os.urandom(KEY_BYTES), os.urandom(IV_BYTES))

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self.key), modes.CBC(self.iv))

    def encrypt(self, data: bytes) -> bytes:
        """Return ``data`` encrypted, without the initialization vector."""
        padder = padding.PKCS7(algorithms.AES.block_size).padder()
        encryptor = self._cipher().encryptor()
        padded = padder.update(data) + padder.finalize()
        return encryptor.update(padded) + encryptor.finalize()

    def decrypt(self, data: bytes) -> bytes:
        """Return what ``encrypt`` was given.

        :raises ValueError: ``data`` was not encrypted with this key
        """
        decryptor = self._cipher().decryptor()
        unpadder = padding.PKCS7(algorithms.AES.block_size).unpadder()
        padded = decryptor.update(data) + decryptor.finalize()
        return unpadder.update(padded) + unpadder.finalize()

    def wrapped(self, public_key: AnyPublicKey) -> bytes:
        """Return the key encrypted for KSeF: RSA-OAEP with SHA-256 and MGF1-SHA256.

        :param public_key: a key for ``SymmetricKeyEncryption``: a published key, a certificate or
            a public key (object, DER or PEM)
        :raises ValueError: the key is not an RSA key
        """
        return _oaep(self.key, public_key)
