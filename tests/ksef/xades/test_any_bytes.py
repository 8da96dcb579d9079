"""Whatever is uploaded is answered in words: random bytes, and signed files damaged at random."""

import base64
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ksef import xades

SAMPLES = Path(__file__).parents[4] / "shared" / "ksef" / "upo-examples"
FORMS = ["enveloped", "enveloping-xml", "enveloping-base64"]
KEYWORDS = [
    b"<!DOCTYPE a>",
    b"<!ENTITY",
    b"&x;",
    b"<ds:Signature/>",
    b"<ds:Object>",
    b"</ds:Object>",
    b' URI="#x"',
    b"<xades:SignedProperties/>",
    b"<?xml version='1.0' encoding='x'?>",
    b"]]>",
    b"<![CDATA[",
    b"\xef\xbb\xbf",
    b"\0",
    b"xmlns=''",
    b"xmlns:ds='u'",
    b"%PDF-",
    b"-----BEGIN X-----",
    b"http://www.w3.org/TR/1999/REC-xpath-19991116",
    b"http://www.w3.org/2000/09/xmldsig#base64",
]


def answered(data):
    got = xades.examine(data, "20261010-CR-461EA5B000-537A6BA15D-D7", "5265877635")
    for problem in got.problems:
        assert problem.message
        assert problem.level in ("wall", "warning")
    assert got.ok == (not got.walls)
    assert repr(got)
    return got


@given(st.binary(max_size=2000))
@settings(max_examples=300, deadline=None)
def test_random_bytes(data):
    assert not answered(data).ok


@given(st.text(max_size=300), st.sampled_from(["utf-8", "utf-16", "utf-32", "cp1250"]))
@settings(deadline=None)
def test_random_text(text, encoding):
    answered(f"<?xml version='1.0'?><a>{text}</a>".encode(encoding, "replace"))


@given(st.binary(max_size=300), st.sampled_from([b"%PDF-", b"PK\3\4", b"0\x82", b"0\x81", b"MII"]))
@settings(deadline=None)
def test_random_bytes_after_a_known_beginning(data, start):
    assert not answered(start + data).ok


@pytest.mark.parametrize("form", FORMS)
def test_signed_files_damaged_at_random(build, form):
    whole = build(form)

    @given(
        st.lists(
            st.tuples(
                st.integers(0, len(whole)),
                st.integers(0, 60),
                st.binary(max_size=8) | st.sampled_from(KEYWORDS),
            ),
            min_size=1,
            max_size=4,
        )
    )
    @settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
    def damaged(changes):
        data = whole
        for place, length, instead in changes:
            data = data[:place] + instead + data[place + length :]
        answered(data)

    damaged()


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_certificates_damaged_at_random(build, rsa_person):
    whole, der = build("enveloped"), rsa_person.der
    encoded = base64.b64encode(der)

    @given(st.integers(0, len(der) - 1), st.binary(min_size=1, max_size=4))
    @settings(max_examples=400, deadline=None)
    def damaged(place, instead):
        changed = der[:place] + instead + der[place + len(instead) :]
        answered(whole.replace(encoded, base64.b64encode(changed)))

    damaged()


if SAMPLES.is_dir():

    @pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("*.xml")))
    def test_official_receipts_are_told_apart(name):
        (wall,) = answered((SAMPLES / name).read_bytes()).walls
        assert wall.code == "receipt_file"
