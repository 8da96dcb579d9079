"""What a certificate says, for people."""

import datetime
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from ksef import certificates

ORGANISATION_IDENTIFIER = x509.ObjectIdentifier("2.5.4.97")


def test_a_certificate_of_ksef(ec_pair, now):
    seen = certificates.describe(ec_pair.certificate)
    assert (seen.name, seen.first_name, seen.last_name) == ("Łucja Żółć", "Łucja", "Żółć")
    assert (seen.masked_pesel, seen.nip, seen.organisation) == ("*******2349", "", "")
    assert seen.serial == "01F20A5D352AE590"
    assert seen.type == certificates.AUTHENTICATION == "Authentication"
    assert (seen.qualified, seen.self_signed) == (False, False)
    assert seen.issuer == "CN=Test centre"
    assert seen.valid_from == now - datetime.timedelta(days=10)
    assert seen.valid_to == now + datetime.timedelta(days=700)
    assert seen.key == "EC P-256"
    digest = hashlib.sha256(ec_pair.certificate_as("DER")).hexdigest().upper()
    assert seen.fingerprint == digest
    assert "serialNumber=PNOPL-*******2349" in seen.subject
    assert "90010112349" not in repr(seen)


def test_the_type_stands_in_the_key_usage(issued):
    types = {
        usage: certificates.describe(issued(usage=usage).certificate).type
        for usage in ("Authentication", "Offline", "both", "")
    }
    assert types == {"Authentication": "Authentication", "Offline": "Offline", "both": "", "": ""}


def test_a_qualified_certificate_is_no_offline_one(issued):
    """Qualified signatures carry the key usage that Offline certificates of KSeF have."""
    seen = certificates.describe(issued(usage="Offline", qualified=True).certificate)
    assert (seen.qualified, seen.type) == (True, "")


def test_a_seal(issued, rsa_key):
    subject = {
        NameOID.COMMON_NAME: "Pieczęć",
        NameOID.ORGANIZATION_NAME: "Próba sp. z o.o.",
        ORGANISATION_IDENTIFIER: "VATPL-5265877635",
    }
    pair = issued(rsa_key, subject=subject)
    for given in (pair.certificate, pair.certificate_as("PEM"), pair.certificate_as("DER")):
        seen = certificates.describe(given)
        assert (seen.name, seen.organisation) == ("Próba sp. z o.o.", "Próba sp. z o.o.")
        assert (seen.nip, seen.masked_pesel, seen.key) == ("5265877635", "", "RSA 2048")


def test_a_name_is_always_shown(issued):
    pair = issued(subject={NameOID.COMMON_NAME: "Nikt"})
    assert certificates.describe(pair.certificate).name == "Nikt"
    assert (
        certificates.describe(issued(subject={NameOID.COUNTRY_NAME: "PL"}).certificate).name == ""
    )


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (ec.generate_private_key(ec.SECP384R1()), "EC P-384"),
        (ec.generate_private_key(ec.SECP256K1()), "EC secp256k1"),
        (ed25519.Ed25519PrivateKey.generate(), "Ed25519"),
    ],
)
def test_other_keys_have_names_too(issued, key, words):
    assert certificates.describe(issued(key).certificate).key == words


def test_who_signed_it(issued, ec_pair):
    made = issued(self_signed=True)
    assert certificates.describe(made.certificate).self_signed
    # the same names alone do not make it so
    other = issued(subject={NameOID.COMMON_NAME: "Test centre"})
    assert not certificates.describe(other.certificate).self_signed


def test_long_and_short_serial_numbers(issued):
    assert certificates.describe(issued(serial=0xAB).certificate).serial == "00000000000000AB"
    long = certificates.describe(issued(serial=0xABCDEF0123456789ABCDEF).certificate).serial
    assert long == "ABCDEF0123456789ABCDEF"


def test_what_is_no_certificate():
    for data in (b"", b"0\0", b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----"):
        with pytest.raises(ValueError):
            certificates.describe(data)


def test_key_and_certificate_fit_or_do_not(ec_pair, rsa_pair, offline_pair):
    for pair in (ec_pair, rsa_pair):
        assert certificates.fits(pair.key, pair.certificate)
        assert certificates.fits(pair.key_as("PEM"), pair.certificate_as("DER"))
        assert certificates.fits(pair.key_as("DER"), pair.certificate_as("PEM"))
        assert not certificates.fits(pair.key, offline_pair.certificate)
    with pytest.raises(ValueError):
        certificates.fits(b"?", ec_pair.certificate)
