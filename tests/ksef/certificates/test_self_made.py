"""Test certificates that anybody makes: the subjects that the guide wants."""

import datetime

import pytest
from cryptography import x509

from ksef import certificates


def subject(made):
    return {item.oid.dotted_string: item.value for item in made.certificate.subject}


def test_a_person_by_pesel(now):
    made = certificates.self_signed_person("Łucja", "Żółć", "90010112349", now=now)
    assert subject(made) == {
        "2.5.4.42": "Łucja",
        "2.5.4.4": "Żółć",
        "2.5.4.5": "PNOPL-90010112349",
        "2.5.4.3": "Łucja Żółć",
        "2.5.4.6": "PL",
    }
    seen = certificates.describe(made.certificate)
    assert (seen.self_signed, seen.type, seen.key) == (True, "", "EC P-256")
    assert seen.valid_from == now - datetime.timedelta(hours=1)
    assert seen.valid_to == now + datetime.timedelta(days=730)


def test_a_person_by_nip():
    made = certificates.self_signed_person(" Łucja ", "Żółć", nip="5265877635")
    assert subject(made)["2.5.4.5"] == "TINPL-5265877635"
    assert subject(made)["2.5.4.42"] == "Łucja"
    assert certificates.describe(made.certificate).nip == "5265877635"


def test_a_seal(rsa_key):
    made = certificates.self_signed_seal("Próba sp. z o.o.", "5265877635", key=rsa_key, days=3)
    assert subject(made) == {
        "2.5.4.10": "Próba sp. z o.o.",
        "2.5.4.97": "VATPL-5265877635",
        "2.5.4.3": "Próba sp. z o.o.",
        "2.5.4.6": "PL",
    }
    assert certificates.fits(rsa_key, made.certificate)
    assert certificates.describe(made.certificate).nip == "5265877635"


def test_it_signs_and_is_no_authority():
    made = certificates.self_signed_seal("Próba", "5265877635")
    usage = made.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature and usage.content_commitment and not usage.key_cert_sign
    constraints = made.certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.value.ca is False


def test_its_bytes_are_loaded_again():
    made = certificates.self_signed_person("Ą", "Ę", "90010112349")
    loaded = certificates.load([made.certificate_bytes, made.key_bytes])
    assert loaded.key_bytes == made.key_bytes
    assert loaded.certificate_bytes == made.certificate_bytes


def test_long_names_stay_whole_where_they_matter():
    name = "Żółwik " * 20
    made = certificates.self_signed_seal(name, "5265877635")
    assert subject(made)["2.5.4.10"] == name.strip()
    assert name.startswith(subject(made)["2.5.4.3"])
    assert len(subject(made)["2.5.4.3"].encode()) <= 64


@pytest.mark.parametrize(
    "arguments",
    [
        {"first_name": "", "last_name": "Żółć", "pesel": "90010112349"},
        {"first_name": "Łucja", "last_name": " ", "pesel": "90010112349"},
        {"first_name": "Łucja", "last_name": "Żółć"},
        {"first_name": "Łucja", "last_name": "Żółć", "pesel": "90010112349", "nip": "5265877635"},
        {"first_name": "Łucja", "last_name": "Żółć", "pesel": "9001011234"},
        {"first_name": "Łucja", "last_name": "Żółć", "nip": "PL5265877635"},
    ],
)
def test_who_it_is_must_be_said(arguments):
    with pytest.raises(ValueError, match="person|digits"):
        certificates.self_signed_person(**arguments)


def test_a_seal_needs_a_name_and_a_nip():
    with pytest.raises(ValueError, match="name"):
        certificates.self_signed_seal(" ", "5265877635")
    with pytest.raises(ValueError, match="digits"):
        certificates.self_signed_seal("Próba", "٥٢٦٥٨٧٧٦٣٥")
