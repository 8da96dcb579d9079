"""Two valid keys of each use, rotation, re-certification rules of the guide."""

import base64
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from ksef_caller import OAEP, Caller, Envelope, b64
from ksef_running import Running, problem_codes

USES = ("KsefTokenEncryption", "SymmetricKeyEncryption")


def keys(simulator: Running) -> list[dict]:
    return Caller(simulator).json("GET /security/public-key-certificates", token="")


def test_two_keys_of_each_use_are_valid(simulator: Running) -> None:
    now = simulator.world.now()
    for use in USES:
        of_use = [key for key in keys(simulator) if key["usage"] == [use]]
        assert len(of_use) == 2
        for key in of_use:
            certificate = x509.load_der_x509_certificate(base64.b64decode(key["certificate"]))
            assert certificate.not_valid_before_utc < now < certificate.not_valid_after_utc
            assert "Ministerstwo Finansów" in certificate.subject.rfc4514_string()


def test_the_ids_are_the_digests_of_certificate_and_key(simulator: Running) -> None:
    for key in keys(simulator):
        der = base64.b64decode(key["certificate"])
        public = x509.load_der_x509_certificate(der).public_key()
        info = public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        assert key["certificateId"] == b64(hashlib.sha256(der).digest())
        assert key["publicKeyId"] == b64(hashlib.sha256(info).digest())


@pytest.mark.parametrize("index", [0, 1])
def test_either_key_opens_a_session(caller: Caller, index: int) -> None:
    of_use = [key for key in keys(caller.simulator) if key["usage"] == [USES[1]]]
    der = base64.b64decode(of_use[index]["certificate"])
    public = x509.load_der_x509_certificate(der).public_key()
    envelope = Envelope()
    for key_id in (of_use[index]["publicKeyId"], None):
        request = caller.session_request(
            envelope,
            encryptedSymmetricKey=b64(public.encrypt(envelope.key, OAEP)),
            publicKeyId=key_id,
        )
        reference = caller.json("POST /sessions/online", request)["referenceNumber"]
        assert caller.json(f"GET /sessions/{reference}")["status"]["code"] == 100


def test_a_planned_rotation_adds_keys(caller: Caller) -> None:
    before = {key["publicKeyId"] for key in keys(caller.simulator)}
    made = caller.simulator.control("POST", "keys/rotate")
    after = {key["publicKeyId"] for key in keys(caller.simulator)}
    assert after == before | {key["publicKeyId"] for key in made}
    assert caller.public_key(USES[1])[0] in {key["publicKeyId"] for key in made}
    assert caller.open().status()["status"]["code"] == 100


def test_an_emergency_rotation_withdraws_the_older_ones(caller: Caller) -> None:
    old = caller.session_request(Envelope())
    caller.simulator.control("POST", "keys/rotate", {"emergency": True})
    assert len(keys(caller.simulator)) == 2
    answer = caller.call("POST /sessions/online", old, expect=400)
    assert problem_codes(answer) == [21470]
    assert caller.open().status()["status"]["code"] == 100


def test_a_key_of_the_other_use_is_unknown(caller: Caller) -> None:
    other, _ = caller.public_key(USES[0])
    answer = caller.call(
        "POST /sessions/online",
        caller.session_request(Envelope(), publicKeyId=other),
        expect=400,
    )
    assert problem_codes(answer) == [21470]


def test_in_years_to_come_there_are_keys_too(simulator: Running) -> None:
    before = {key["publicKeyId"] for key in keys(simulator)}
    simulator.later(5 * 365 * 24 * 3600)
    later = keys(simulator)
    assert {use for key in later for use in key["usage"]} == set(USES)
    assert not before & {key["publicKeyId"] for key in later}
    assert Caller(simulator).log_in().open().status()["status"]["code"] == 100
    simulator.clock(0)
    assert {key["publicKeyId"] for key in keys(simulator)} == before
