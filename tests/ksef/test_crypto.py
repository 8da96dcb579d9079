"""Session keys and the encrypted token, decrypted with the primitives alone."""

import base64
import datetime
from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from ksef import crypto

NOW = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
OAEP = padding.OAEP(
    mgf=padding.MGF1(algorithm=hashes.SHA256()), algorithm=hashes.SHA256(), label=None
)


@dataclass(frozen=True)
class Published:
    certificate: bytes
    valid_from: datetime.datetime = NOW - DAY
    valid_to: datetime.datetime = NOW + DAY
    usage: tuple[str, ...] = ("SymmetricKeyEncryption",)


@given(st.binary(max_size=5000))
def test_what_was_encrypted_comes_back(data):
    key = crypto.SessionKey.new()
    encrypted = key.encrypt(data)
    assert key.decrypt(encrypted) == data
    # padding only: the initialization vector does not stand in front
    assert len(encrypted) == (len(data) // 16 + 1) * 16


def test_it_is_aes_256_cbc_with_pkcs7_and_without_prefix():
    key = crypto.SessionKey(bytes(range(32)), bytes(range(16)))
    decryptor = Cipher(algorithms.AES(bytes(range(32))), modes.CBC(bytes(range(16)))).decryptor()
    plain = decryptor.update(key.encrypt(b"faktura")) + decryptor.finalize()
    assert plain == b"faktura" + b"\x09" * 9


def test_every_key_is_new():
    first, second = crypto.SessionKey.new(), crypto.SessionKey.new()
    assert (len(first.key), len(first.iv)) == (32, 16)
    assert first.key != second.key
    assert first.iv != second.iv


@pytest.mark.parametrize(("key", "iv"), [(16, 16), (32, 12), (0, 0)])
def test_keys_of_other_sizes_are_refused(key, iv):
    with pytest.raises(ValueError, match="32 bytes"):
        crypto.SessionKey(bytes(key), bytes(iv))


@pytest.mark.parametrize("data", [b"", b"x" * 15, b"y" * 32])
def test_foreign_ciphertext_is_an_error(data):
    key = crypto.SessionKey(b"k" * 32, b"i" * 16)
    with pytest.raises(ValueError):
        key.decrypt(data)


def test_secrets_stay_out_of_the_representation():
    key = crypto.SessionKey(b"K" * 32, b"V" * 16)
    assert "KKKK" not in repr(key)
    assert "VVVV" not in repr(key)


def test_the_key_is_wrapped_for_the_ministry(rsa_person):
    key = crypto.SessionKey.new()
    spki = rsa_person.key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    forms = [
        Published(rsa_person.der),
        rsa_person.certificate,
        rsa_person.key.public_key(),
        rsa_person.der,
        rsa_person.pem,
        spki,
    ]
    for form in forms:
        assert rsa_person.key.decrypt(key.wrapped(form), OAEP) == key.key


def test_elliptic_curve_keys_do_not_wrap(ec_person):
    with pytest.raises(ValueError, match="RSA"):
        crypto.SessionKey.new().wrapped(ec_person.der)


def test_the_token_is_encrypted_with_its_moment(rsa_person):
    encrypted = crypto.encrypt_token("20261010-EC-ABC|nip", 1760090400123, rsa_person.certificate)
    plain = rsa_person.key.decrypt(base64.b64decode(encrypted, validate=True), OAEP)
    assert plain == b"20261010-EC-ABC|nip|1760090400123"


def test_sha256_of_a_known_text():
    assert crypto.sha256(b"abc").hex() == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


def test_of_several_keys_the_newest_valid_one_is_taken():
    older = Published(b"older", valid_from=NOW - 9 * DAY)
    newer = Published(b"newer", valid_from=NOW - 2 * DAY)
    future = Published(b"future", valid_from=NOW + DAY / 2)
    ended = Published(b"ended", valid_from=NOW - DAY, valid_to=NOW - DAY / 2)
    other = Published(b"other", valid_from=NOW - DAY / 4, usage=("KsefTokenEncryption",))
    keys = [older, newer, future, ended, other]
    assert crypto.choose_key(keys, "SymmetricKeyEncryption", NOW) is newer
    assert crypto.choose_key(keys, "KsefTokenEncryption", NOW) is other
    assert crypto.choose_key([older], "SymmetricKeyEncryption", NOW) is older


def test_without_a_valid_key_there_is_none_to_choose():
    with pytest.raises(ValueError, match="SymmetricKeyEncryption"):
        crypto.choose_key([Published(b"", valid_to=NOW - DAY)], "SymmetricKeyEncryption", NOW)
    with pytest.raises(ValueError, match="time zone"):
        crypto.choose_key([], "SymmetricKeyEncryption", NOW.replace(tzinfo=None))
