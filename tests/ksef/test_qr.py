"""The links of the QR codes, their signatures, and pictures that a reader reads."""

import base64
import datetime
import hashlib
import io

import pytest
import zxingcpp
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from pyzbar import pyzbar

from ksef import environments, qr

DAY = datetime.date(2026, 2, 1)
NIP = "1111111111"
URL_HASH = "UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE"
DIGEST = base64.urlsafe_b64decode(URL_HASH + "=")
SERIAL = "01F20A5D352AE590"
EXAMPLE = f"https://qr-test.ksef.mf.gov.pl/invoice/{NIP}/01-02-2026/{URL_HASH}"


@pytest.mark.parametrize(
    "sha256",
    [
        DIGEST,
        URL_HASH,
        URL_HASH + "=",
        base64.b64encode(DIGEST).decode(),
        base64.b64encode(DIGEST).decode().rstrip("="),
    ],
)
def test_the_guides_example(sha256):
    assert qr.invoice_link("test", NIP, DAY, sha256) == EXAMPLE
    assert qr.invoice_link(environments.TEST, NIP, DAY, sha256) == EXAMPLE


def test_every_environment_has_its_host():
    for code, host in (
        ("production", "https://qr.ksef.mf.gov.pl/"),
        ("demo", "https://qr-demo.ksef.mf.gov.pl/"),
        ("simulator", "http://127.0.0.1:8199/"),
    ):
        assert qr.invoice_link(code, NIP, DAY, DIGEST).startswith(f"{host}invoice/")


@given(st.binary(min_size=32, max_size=32), st.dates(datetime.date(2026, 1, 1)))
def test_the_hash_can_be_read_back(digest, day):
    link = qr.invoice_link("test", NIP, day, digest)
    assert base64.urlsafe_b64decode(link.rsplit("/", 1)[1] + "=") == digest
    assert f"/{day.day:02d}-{day.month:02d}-{day.year}/" in link
    assert "=" not in link
    assert "+" not in link


@pytest.mark.parametrize("sha256", [b"", b"x" * 31, "", "?", URL_HASH[:-2], "ą" * 43])
def test_what_is_no_hash(sha256):
    with pytest.raises(ValueError, match=r"hash|SHA-256"):
        qr.invoice_link("test", NIP, DAY, sha256)


@pytest.mark.parametrize("nip", ["", "111111111", "111-111-11-11", "1111111111/x"])
def test_what_is_no_nip(nip):
    with pytest.raises(ValueError, match="NIP"):
        qr.invoice_link("test", nip, DAY, DIGEST)


# --- KOD II


def certificate_link(key, **changes):
    values = {"context_type": "Nip", "context": NIP, "nip": NIP, "serial": SERIAL} | changes
    return qr.certificate_link("test", sha256=DIGEST, key=key, **values)


def taken_apart(link):
    path, signature = link.rsplit("/", 1)
    value = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    return path.removeprefix("https://").encode(), value


PATH = f"qr-test.ksef.mf.gov.pl/certificate/Nip/{NIP}/{NIP}/{SERIAL}/{URL_HASH}".encode()
PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)


def test_rsa_signs_with_pss_and_32_bytes_of_salt(rsa_person):
    for key in (rsa_person.key, rsa_person.key_pem, rsa_person.key_der):
        signed, value = taken_apart(certificate_link(key))
        assert signed == PATH
        public = rsa_person.key.public_key()
        public.verify(value, signed, PSS, hashes.SHA256())
        # the path is hashed once: the hash of its hash does not verify
        with pytest.raises(InvalidSignature):
            public.verify(value, hashlib.sha256(signed).digest(), PSS, hashes.SHA256())


def test_elliptic_curves_sign_r_and_s(ec_person):
    for _number in range(20):
        signed, value = taken_apart(certificate_link(ec_person.key))
        assert signed == PATH
        assert len(value) == 64
        encoded = encode_dss_signature(
            int.from_bytes(value[:32], "big"), int.from_bytes(value[32:], "big")
        )
        ec_person.key.public_key().verify(encoded, signed, ec.ECDSA(hashes.SHA256()))


def test_other_keys_are_refused(company_seal):
    with pytest.raises(ValueError, match="P-256"):
        certificate_link(company_seal.key)
    with pytest.raises(ValueError, match="2048"):
        certificate_link(rsa.generate_private_key(65537, 1024))


@pytest.mark.parametrize(
    "change",
    [
        {"context_type": "nip"},
        {"context": ""},
        {"context": "1/2"},
        {"serial": "01F20A5D352AE59G"},
        {"serial": ""},
        {"nip": "1"},
    ],
)
def test_values_that_do_not_belong_into_the_link(ec_person, change):
    with pytest.raises(ValueError, match="no "):
        certificate_link(ec_person.key, **change)


@pytest.mark.parametrize(
    ("context_type", "context"),
    [
        ("InternalId", "1111111111-00001"),
        ("NipVatUe", "1111111111-IE1234567+A"),
        ("PeppolId", "PPL123456"),
    ],
)
def test_other_contexts(ec_person, context_type, context):
    link = certificate_link(ec_person.key, context_type=context_type, context=context)
    assert f"/certificate/{context_type}/{context}/{NIP}/" in link


# --- the picture


def read(png):
    image = Image.open(io.BytesIO(png))
    assert image.format == "PNG"
    (code,) = zxingcpp.read_barcodes(image)
    return image, code


def test_the_picture_is_read_back_with_error_correction_m(ec_person, rsa_person):
    links = [EXAMPLE, certificate_link(ec_person.key), certificate_link(rsa_person.key)]
    for link in links:
        _image, code = read(qr.image(link))
        assert code.format == zxingcpp.BarcodeFormat.QRCode
        assert code.text == link
        assert code.ec_level == "M"


@settings(max_examples=20, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.integers(2, 12))
def test_every_hash_is_readable_in_every_size(digest, box_size):
    link = qr.invoice_link("production", NIP, DAY, digest)
    image, code = read(qr.image(link, box_size=box_size))
    assert code.text == link
    modules, rest = divmod(image.width, box_size)
    assert rest == 0
    assert (modules - 8 - 17) % 4 == 0
    assert image.width == image.height


def test_around_the_code_is_a_quiet_zone():
    image = Image.open(io.BytesIO(qr.image(EXAMPLE, box_size=3))).convert("L")
    inner = image.point(lambda value: 255 - value).getbbox()
    assert inner == (12, 12, image.width - 12, image.height - 12)
    assert {colour for _count, colour in image.getcolors()} == {0, 255}


# --- on paper and on a screen


def filler(name, count):
    """So many bytes that look like a signature's, always the same."""
    blocks = (hashlib.sha256(f"{name} {number}".encode()).digest() for number in range(20))
    return base64.urlsafe_b64encode(b"".join(blocks)[:count]).decode().rstrip("=")


def signed_link(bytes_of_signature):
    """As long as KOD II becomes with such a signature, on the longest host name."""
    start = f"https://qr-test.ksef.mf.gov.pl/certificate/Nip/{NIP}/{NIP}/{SERIAL}/"
    return f"{start}{URL_HASH}/{filler('signature', bytes_of_signature)}"


# (link, level, modules, millimetres on paper)
PRINTED = [
    (EXAMPLE, "M", 41, 36),
    (signed_link(64), "M", 61, 36),
    (signed_link(256), "M", 85, 42),
    (signed_link(384), "M", 97, 48),
    (signed_link(512), "L", 97, 48),
]
NAMES = ["KOD I", "P-256", "RSA 2048", "RSA 3072", "RSA 4096"]
INCH = 25.4


def seen_by(image):
    """What zbar and zxing, which phones use, read in a picture."""
    zbar = [code.data.decode() for code in pyzbar.decode(image, symbols=[pyzbar.ZBarSymbol.QRCODE])]
    return zbar, [code.text for code in zxingcpp.read_barcodes(image)]


def scanned(link, resolution, blur_mm=0.0, stains=()):
    """The code on white paper at its printed size, as a scanner sees it."""
    picture = Image.open(io.BytesIO(qr.image(link))).convert("L")
    for box in stains:
        ImageDraw.Draw(picture).ellipse(box, fill=90)
    dot = resolution / INCH
    width = round(qr.printed_mm(link) * dot)
    page = Image.new("L", (width + 97, width + 83), 255)
    page.paste(picture.resize((width, width), Image.Resampling.LANCZOS), (41, 37))
    return page.filter(ImageFilter.GaussianBlur(blur_mm * dot)) if blur_mm else page


def test_the_links_are_as_long_as_real_ones(ec_person, rsa_person):
    for key, row in ((ec_person.key, PRINTED[1]), (rsa_person.key, PRINTED[2])):
        link = certificate_link(key)
        assert len(link) == len(row[0])
        assert qr.printed_mm(link) == row[3]


@pytest.mark.parametrize(("link", "level", "modules", "millimetres"), PRINTED, ids=NAMES)
def test_level_and_size(link, level, modules, millimetres):
    image, code = read(qr.image(link, box_size=3))
    assert code.ec_level == level
    assert image.width == 3 * (modules + 8)
    assert qr.printed_mm(link) == millimetres
    assert millimetres / (modules + 8) >= 0.4
    # beside each other on A4 between margins of 20 mm, with the text of 70 mm
    assert millimetres <= 50


@pytest.mark.parametrize("resolution", [300, 200])
@pytest.mark.parametrize("blur", [0.0, 0.1, 0.15])
@pytest.mark.parametrize("link", [row[0] for row in PRINTED[:4]], ids=NAMES[:4])
def test_on_paper(link, resolution, blur):
    assert seen_by(scanned(link, resolution, blur)) == ([link], [link])


@pytest.mark.parametrize("resolution", [300, 200])
def test_the_longest_on_paper(resolution):
    link = PRINTED[4][0]
    assert seen_by(scanned(link, resolution, 0.1)) == ([link], [link])


@pytest.mark.parametrize("link", [row[0] for row in PRINTED[:4]], ids=NAMES[:4])
def test_with_a_coffee_stain(link):
    width = Image.open(io.BytesIO(qr.image(link))).width
    stain = tuple(int(width * share) for share in (0.55, 0.55, 0.68, 0.68))
    assert seen_by(scanned(link, 200, stains=[stain])) == ([link], [link])


@pytest.mark.parametrize("link", [row[0] for row in PRINTED[:3]], ids=NAMES[:3])
def test_on_a_screen_photographed_askew(link):
    """A phone's screen of 1080 dots, another phone holds its camera askew; light from one side."""
    screen = Image.new("L", (1080, 1080), 255)
    picture = Image.open(io.BytesIO(qr.image(link))).convert("L")
    screen.paste(picture.resize((900, 900), Image.Resampling.BILINEAR), (90, 90))
    corners = (-60, -20, 20, 1150, 1130, 1090, 1100, -70)
    photo = screen.transform(
        (1080, 1080), Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=255
    ).rotate(7, Image.Resampling.BICUBIC, fillcolor=255)
    shade = Image.linear_gradient("L").resize(photo.size).point(lambda value: 120 + value // 2)
    photo = ImageChops.multiply(photo, shade).filter(ImageFilter.GaussianBlur(1.5))
    assert seen_by(photo) == ([link], [link])
