"""The files that people upload: what is found in them, and what is said when it is not."""

import base64
import datetime
import itertools
import random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12
from cryptography.x509.oid import NameOID

from ksef import certificates, environments
from ksef.certificates import loading, refusals


def refused(files, password=None, **options):
    with pytest.raises(certificates.CertificateError) as caught:
        certificates.load(files, password, **options)
    error = caught.value
    assert error.problem.is_wall
    assert error.words == str(error) == error.problem.message
    assert "%(" not in error.words
    return error


@pytest.fixture(params=["ec_pair", "rsa_pair"])
def pair(request):
    return request.getfixturevalue(request.param)


def writings(pair, password):
    """Each writing as files and whether it needs the password."""
    certificate, der = pair.certificate_as("PEM"), pair.certificate_as("DER")
    keys = {
        "pkcs8 pem, locked": (pair.key_as(password=password), True),
        "pkcs8 pem": (pair.key_as(), False),
        "pkcs8 der, locked": (pair.key_as("DER", password=password), True),
        "pkcs8 der": (pair.key_as("DER"), False),
        "traditional pem, locked": (pair.key_as("PEM", "TraditionalOpenSSL", password), True),
        "traditional pem": (pair.key_as("PEM", "TraditionalOpenSSL"), False),
        "traditional der": (pair.key_as("DER", "TraditionalOpenSSL"), False),
        "base64": (base64.encodebytes(pair.key_as("DER")), False),
    }
    for name, (key, locked) in keys.items():
        yield name, [key, certificate], locked
    yield "certificate der", [pair.key_as(), der], False
    yield "certificate base64", [pair.key_as(), base64.b64encode(der)], False
    yield "one file", [pair.key_as(password=password) + certificate], True
    yield "with words around", [b"Bag Attributes\r\n ala" + certificate + b"x" + pair.key_as()], 0
    windows = pair.key_as().replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + certificate
    yield "windows", list(windows), False
    old = certificate.replace(b"BEGIN CERT", b"BEGIN X509 CERT").replace(
        b"END CERT", b"END X509 CERT"
    )
    yield "old label", [old, pair.key_as()], False
    bundle = pkcs7.serialize_certificates([pair.certificate], serialization.Encoding.PEM)
    yield "pkcs7 pem", [bundle, pair.key_as()], False
    bundle = pkcs7.serialize_certificates([pair.certificate], serialization.Encoding.DER)
    yield "pkcs7 der", [bundle, pair.key_as()], False
    yield "pkcs12", [pair.pkcs12(password)], True
    yield "pkcs12 open", [pair.pkcs12(None)], False


def test_every_writing_in_any_order(pair, password, now):
    for name, files, locked in writings(pair, password):
        for order in itertools.permutations(files):
            given = password if locked else None
            loaded = certificates.load(order, given, now=now)
            assert loaded.key_bytes == pair.key_as("DER"), name
            assert loaded.certificate_bytes == pair.certificate_as("DER"), name
            # a password that is not needed does no harm
            assert certificates.load(order, password, now=now).certificate == pair.certificate
        if locked:
            assert refused(files, now=now).code == "password_missing", name
            error = refused(files, "inne", now=now)
            assert error.code == "password_wrong", name
            assert isinstance(error, certificates.PasswordError)


def test_a_blank_around_the_password_is_forgiven(ec_pair, password, now):
    for files in (
        [ec_pair.pkcs12()],
        [ec_pair.key_as(password=password), ec_pair.certificate_as()],
    ):
        assert certificates.load(files, f" {password}\n", now=now).key_bytes


def test_pkcs12_as_older_programs_write_it(ec_pair, rsa_pair, password, now):
    for pair in (ec_pair, rsa_pair):
        protection = (
            serialization.PrivateFormat.PKCS12.encryption_builder()
            .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
            .hmac_hash(hashes.SHA1())
            .build(password.encode())
        )
        data = pkcs12.serialize_key_and_certificates(
            b"x", pair.key, pair.certificate, None, protection
        )
        assert certificates.load([data], password, now=now).certificate == pair.certificate


def test_authorities_beside_it_are_left_out(ec_pair, issued, now):
    authority = issued(subject={NameOID.COMMON_NAME: "Test centre"})
    bundle = authority.certificate_as() + ec_pair.certificate_as()
    assert certificates.load([bundle, ec_pair.key_as()], now=now).certificate == ec_pair.certificate
    data = ec_pair.pkcs12(None, [authority.certificate])
    assert certificates.load([data], now=now).certificate == ec_pair.certificate


def test_a_file_of_another_kind_beside_the_right_ones_does_no_harm(ec_pair, now):
    files = [b"read me", ec_pair.certificate_as(), b"", ec_pair.key_as(), ec_pair.key_as()]
    assert certificates.load(files, now=now).certificate == ec_pair.certificate


def test_what_is_known_of_it(ec_pair, now):
    loaded = certificates.load([ec_pair.pkcs12(None)], now=now)
    assert loaded.description == certificates.describe(ec_pair.certificate)
    assert loaded.warnings == []
    assert loaded.key_bytes.hex() not in repr(loaded)
    assert "PrivateKey" not in repr(loaded)


def request_of(pair, encoding="PEM"):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    return builder.sign(pair.key, hashes.SHA256()).public_bytes(
        getattr(serialization.Encoding, encoding)
    )


def public_of(pair, encoding="PEM"):
    return pair.key.public_key().public_bytes(
        getattr(serialization.Encoding, encoding), serialization.PublicFormat.SubjectPublicKeyInfo
    )


def test_parts_that_are_missing(ec_pair, rsa_pair, now):
    key, certificate = ec_pair.key_as(), ec_pair.certificate_as()
    for encoding in ("PEM", "DER"):
        request, public = request_of(ec_pair, encoding), public_of(ec_pair, encoding)
        cases = [
            ("signing_request_instead", [request]),
            ("signing_request_instead", [key, request]),
            ("signing_request_instead", [public, request]),
            ("key_missing", [certificate, request]),
            ("public_key_only", [public]),
            ("public_key_only", [certificate, public]),
            ("certificate_missing", [key, public]),
        ]
        for code, files in cases:
            assert refused(files, now=now).code == code, (encoding, code)
    assert refused([certificate]).code == "key_missing"
    assert refused([key]).code == "certificate_missing"
    assert refused([key, rsa_pair.key_as()]).code == "certificate_missing"
    assert refused([]).code == refused([b"", b""]).code == "no_files"


def test_the_files_of_two_certificates(ec_pair, rsa_pair, offline_pair, now):
    mixed = [ec_pair.key_as(), rsa_pair.certificate_as(), offline_pair.certificate_as()]
    assert refused(mixed, now=now).code == "pair_mismatch"
    both = [ec_pair.pkcs12(None), rsa_pair.pkcs12(None)]
    error = refused(both, now=now)
    assert error.code == "several_pairs"
    assert "2 certificates" in error.words


def test_the_purpose_picks_one_of_both_certificates(ec_pair, offline_pair, now):
    files = [ec_pair.pkcs12(None), offline_pair.pkcs12(None)]
    for purpose, pair in (("Authentication", ec_pair), ("Offline", offline_pair)):
        for order in (files, files[::-1]):
            assert (
                certificates.load(order, purpose=purpose, now=now).certificate == pair.certificate
            )
    assert refused(files, now=now).code == "several_pairs"


def test_the_wrong_type_is_named(ec_pair, offline_pair, offline_rsa_pair, issued, now):
    for pair in (offline_pair, offline_rsa_pair):
        data = [pair.pkcs12(None)]
        assert refused(data, purpose="Authentication", now=now).code == "offline_certificate"
        assert certificates.load(data, purpose="Offline", now=now).description.type == "Offline"
    data = [ec_pair.pkcs12(None)]
    assert refused(data, purpose="Offline", now=now).code == "authentication_certificate"
    for other in (issued(usage=""), issued(usage="both"), issued(usage="Offline", qualified=True)):
        data = [other.pkcs12(None)]
        assert refused(data, purpose="Offline", now=now).code == "not_offline"
        assert certificates.load(data, purpose="Authentication", now=now)
    wide = issued(ec.generate_private_key(ec.SECP384R1()), "Offline")
    assert refused([wide.pkcs12(None)], purpose="Offline", now=now).code == "not_offline"


def test_keys_that_ksef_does_not_accept(issued, now):
    for key, words in (
        (rsa.generate_private_key(65537, 1024), "RSA 1024"),
        (ec.generate_private_key(ec.SECP224R1()), "EC secp224r1"),
        (ed25519.Ed25519PrivateKey.generate(), "Ed25519"),
    ):
        pair = issued(key)
        error = refused([pair.key_as(), pair.certificate_as()], now=now)
        assert error.code == "key_unsupported"
        assert words in error.words


def test_time(ec_pair, now):
    data = [ec_pair.pkcs12(None)]
    begins, ends = ec_pair.certificate.not_valid_before_utc, ec_pair.certificate.not_valid_after_utc
    second = datetime.timedelta(seconds=1)
    assert certificates.load(data, now=begins).warnings == []
    assert refused(data, now=begins - second).code == "not_yet_valid"
    assert "2026-09-30" in refused(data, now=begins - second).words
    assert refused(data, now=ends).code == "expired"
    assert "2028-09-09" in refused(data, now=ends).words
    month = datetime.timedelta(days=30)
    (warning,) = certificates.load(data, now=ends - month + second).warnings
    assert (warning.code, warning.is_wall) == ("expires_soon", False)
    assert "2028-09-09" in warning.message
    assert certificates.load(data, now=ends - month).warnings == []


def test_nobody_is_named(issued, now):
    data = [issued(subject={NameOID.COMMON_NAME: "Nikt"}).pkcs12(None)]
    assert [item.code for item in certificates.load(data, now=now).warnings] == ["nobody_named"]


def test_home_made_certificates_are_for_practice(issued, ec_pair, now):
    data = [issued(usage="both", self_signed=True).pkcs12(None)]
    for environment in (environments.PRODUCTION, environments.DEMO):
        error = refused(data, environment=environment, now=now)
        assert error.code == "self_made_certificate"
        assert certificates.load([ec_pair.pkcs12(None)], environment=environment, now=now)
    for environment in (environments.TEST, environments.simulator(), None):
        assert certificates.load(data, environment=environment, now=now)


def test_bounds(ec_pair, now):
    assert refused([b"x"] * 11).code == "too_large"
    assert refused([b"x" * (loading.MAX_BYTES + 1)]).code == "too_large"
    files = [ec_pair.pkcs12(None), *[b"x"] * 9]
    assert certificates.load(files, now=now)


@pytest.mark.parametrize(
    "data",
    [
        b"x",
        b"\0",
        b"0",
        b"0\0",
        b"0\x82",
        b"0\x80\x02\x01\x03",
        b"%PDF-1.7",
        b"PK\x03\x04",
        "Łucja".encode(),
        b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        b"-----BEGIN PGP MESSAGE-----\nAAAA\n-----END PGP MESSAGE-----",
        b"-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----",
        b"-----BEGIN CERTIFICATE-----" * 1000,
        b"QUJD",
        b"QUJ",
    ],
)
def test_files_of_another_kind(data):
    # what begins like a PKCS#12 file might be one that is locked
    assert refused([data]).code in ("file_unknown", "password_missing")
    assert refused([data], "x").code in ("file_unknown", "password_wrong")


def test_damaged_files_have_words_too(ec_pair, password, now):
    """Whatever happens to a byte, the answer is a certificate or a refusal, never a traceback."""
    dice = random.Random(3)
    sources = [
        ec_pair.certificate_as("DER"),
        ec_pair.certificate_as("PEM"),
        ec_pair.key_as("DER"),
        ec_pair.key_as("PEM"),
        ec_pair.pkcs12(None),
    ]
    for source in sources:
        for _number in range(150):
            data = bytearray(source)
            for _change in range(dice.randint(1, 3)):
                data[dice.randrange(len(data))] = dice.randrange(256)
            if dice.random() < 0.2:
                del data[dice.randrange(len(data)) :]
            for others in ([], [ec_pair.key_as()], [ec_pair.certificate_as()]):
                try:
                    certificates.load([bytes(data), *others], "x", now=now)
                except certificates.CertificateError as error:
                    assert error.words


def test_a_certificate_with_parts_that_cannot_be_read(ec_pair, now):
    """What a library finds only when it is asked for: string type, version, key."""
    source = ec_pair.certificate_as("DER")
    name = b"\x0c" + bytes((len("Żółć".encode()),)) + "Żółć".encode()
    assert name in source
    version = bytes.fromhex("a003020102")
    curve = bytes.fromhex("06082a8648ce3d030107")
    for old, new in (
        (name, b"\x57" + name[1:]),
        (version, version[:-1] + b"\x07"),
        (curve, curve[:-1] + b"\x63"),
    ):
        assert source.count(old) >= 1
        error = refused([source.replace(old, new), ec_pair.key_as()], now=now)
        assert error.code in ("file_unknown", "pair_mismatch")


def test_every_refusal_has_its_own_code_and_words(now):
    arguments = {"several_pairs": (2,), "key_unsupported": ("RSA 1024",), "expired": (now,)}
    arguments |= {"not_yet_valid": (now,)}
    names = [
        name
        for name, value in vars(refusals).items()
        if callable(value) and value.__module__ == refusals.__name__ and name[0].islower()
    ]
    problems = {}
    for name in set(names) - {"expires_soon", "nobody_named"}:
        error = getattr(refusals, name)(*arguments.get(name, ()))
        problems[error.code] = error.words
        assert error.code == name
    assert len(problems) == len(set(problems.values())) == len(names) - 2
