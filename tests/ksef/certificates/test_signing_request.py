"""The request for a certificate, read by a foreign library and, byte by byte, by openssl."""

import shutil
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from ksef import certificates
from ksef.certificates import der

PERSON = certificates.SubjectData(
    common_name="Łucja Maria ŻÓŁĆ",
    country_name="PL",
    given_names=("Łucja", "Maria"),
    surname="Żółć-Ósma",
    serial_number="PNOPL-90010112349",
    unique_identifier="d9d22724-4696-460c-9e5e-b9e3aafb0af3",
)
SEAL = certificates.SubjectData(
    common_name="RÓŻA SP. Z O.O.",
    country_name="PL",
    organization_name="RÓŻA SPÓŁKA Z OGRANICZONĄ ODPOWIEDZIALNOŚCIĄ",
    organization_identifier="VATPL-5265877635 NTRPL-0001040934 BR:PL-525516467",
)
UTF8, PRINTABLE = 0x0C, 0x13


def read(request):
    return x509.load_der_x509_csr(request)


def attributes(request):
    return [
        (item.oid.dotted_string, item._type.value, item.value) for item in read(request).subject
    ]


def test_every_attribute_of_a_person_is_copied():
    assert attributes(certificates.signing_request(certificates.new_key(), PERSON)) == [
        ("2.5.4.3", UTF8, "Łucja Maria ŻÓŁĆ"),
        ("2.5.4.4", UTF8, "Żółć-Ósma"),
        ("2.5.4.5", PRINTABLE, "PNOPL-90010112349"),
        ("2.5.4.6", PRINTABLE, "PL"),
        ("2.5.4.42", UTF8, "Łucja"),
        ("2.5.4.42", UTF8, "Maria"),
        ("2.5.4.45", UTF8, "d9d22724-4696-460c-9e5e-b9e3aafb0af3"),
    ]


def test_every_attribute_of_a_seal_is_copied():
    assert attributes(certificates.signing_request(certificates.new_key(), SEAL)) == [
        ("2.5.4.3", UTF8, "RÓŻA SP. Z O.O."),
        ("2.5.4.6", PRINTABLE, "PL"),
        ("2.5.4.10", UTF8, "RÓŻA SPÓŁKA Z OGRANICZONĄ ODPOWIEDZIALNOŚCIĄ"),
        ("2.5.4.97", UTF8, "VATPL-5265877635 NTRPL-0001040934 BR:PL-525516467"),
    ]


def test_the_bytes_are_those_of_openapis_example():
    """The subject of the CSR in the contract, whose attributes stand in another order there."""
    request = certificates.signing_request(
        certificates.new_key(),
        certificates.SubjectData(
            common_name="Firma Kowalski Certyfikat",
            country_name="PL",
            serial_number="ABC123456789",
            unique_identifier="d9d22724-4696-460c-9e5e-b9e3aafb0af3",
            organization_name="Firma Kowalski Sp. z o.o.",
            organization_identifier="7762811692",
        ),
    )
    for attribute in (
        "3122302006035504030c194669726d61204b6f77616c736b6920436572747966696b6174",
        "31223020060355040a0c194669726d61204b6f77616c736b692053702e207a206f2e6f2e",
        "311330110603550461" + "0c0a37373632383131363932",
        "310b3009060355040613" + "02504c",
        "311530130603550405130c414243313233343536373839",
        "312d302b060355042d0c24" + b"d9d22724-4696-460c-9e5e-b9e3aafb0af3".hex(),
    ):
        assert bytes.fromhex(attribute) in request


@pytest.mark.filterwarnings("ignore:Attribute's length")
def test_nothing_is_shortened_trimmed_or_normalised():
    long = "SPÓŁDZIELNIA " * 12 + "\u0144 n\u0301  "
    data = certificates.SubjectData(
        common_name=long, country_name="POL", serial_number="NIP_526*ż", organization_name=long
    )
    assert attributes(certificates.signing_request(certificates.new_key(), data)) == [
        ("2.5.4.3", UTF8, long),
        # neither the asterisk nor the letter fits into a PrintableString
        ("2.5.4.5", UTF8, "NIP_526*ż"),
        ("2.5.4.6", PRINTABLE, "POL"),
        ("2.5.4.10", UTF8, long),
    ]


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_the_key_signs_for_itself(kind, rsa_key):
    key = certificates.new_key() if kind == "ec" else rsa_key
    request = read(certificates.signing_request(key, PERSON))
    assert request.is_signature_valid
    assert isinstance(request.signature_hash_algorithm, hashes.SHA256)
    assert request.signature_algorithm_oid.dotted_string == (
        "1.2.840.10045.4.3.2" if kind == "ec" else "1.2.840.113549.1.1.11"
    )
    assert request.public_key() == key.public_key()
    assert len(request.extensions) == 0
    assert len(request.attributes) == 0


def test_it_is_der_that_reads_back_to_the_same_bytes(rsa_key):
    for key in (certificates.new_key(), rsa_key):
        request = certificates.signing_request(key, PERSON)
        assert read(request).public_bytes(serialization.Encoding.DER) == request


if shutil.which("openssl"):

    def test_openssl_agrees(tmp_path):
        path = tmp_path / "request.der"
        path.write_bytes(certificates.signing_request(certificates.new_key(), PERSON))
        command = ["openssl", "req", "-inform", "DER", "-in", path, "-noout", "-verify", "-subject"]
        done = subprocess.run([*command, "-nameopt", "utf8"], capture_output=True, check=True)
        assert b"verify OK" in done.stdout + done.stderr
        assert "Żółć-Ósma".encode() in done.stdout


@pytest.mark.parametrize(
    "make",
    [
        lambda: rsa.generate_private_key(65537, 3072),
        lambda: ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate,
    ],
)
def test_keys_that_ksef_does_not_certify(make):
    with pytest.raises(ValueError, match="P-256"):
        certificates.signing_request(make(), PERSON)


def test_a_new_key_is_new_and_on_the_right_curve():
    first, second = certificates.new_key(), certificates.new_key()
    assert first.curve.name == "secp256r1"
    assert certificates.key_bytes(first) != certificates.key_bytes(second)
    assert serialization.load_der_private_key(certificates.key_bytes(first), None) is not None


@pytest.mark.parametrize(
    ("content", "start"),
    [(0, "3000"), (127, "307f"), (128, "308180"), (255, "3081ff"), (256, "30820100")],
)
def test_lengths_in_der(content, start):
    assert der.sequence(b"\0" * content)[: len(start) // 2].hex() == start


def test_object_identifiers_in_der():
    assert der.object_identifier("1.2.840.113549.1.1.11").hex() == "06092a864886f70d01010b"
    assert der.object_identifier("2.5.4.97").hex() == "0603550461"
