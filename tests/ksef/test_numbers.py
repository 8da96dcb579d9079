"""KSeF numbers with their CRC-8, and the NIP."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksef import numbers

EXAMPLE = "5265877635-20250826-0100001AF629-AF"

nips = st.from_regex(r"[1-9]([0-9][1-9]|[1-9][0-9])[0-9]{7}", fullmatch=True)
hexadecimal = st.text("0123456789ABCDEF", min_size=12, max_size=12)


def test_crc8_of_the_published_check_value():
    # the check value of CRC-8 with polynomial 07 in the catalogue of CRC algorithms
    assert numbers.crc8(b"123456789") == 0xF4


def test_the_guides_example_is_right():
    assert numbers.check(EXAMPLE)
    assert numbers.looks_right(EXAMPLE)


@given(nips, st.dates(), hexadecimal)
def test_a_number_made_by_the_rule_is_right_and_one_changed_digit_is_not(nip, day, technical):
    start = f"{nip}-{max(day.year, 2020):04d}{day:%m%d}-{technical}"
    number = f"{start}-{numbers.crc8(start.encode()):02X}"
    assert numbers.check(number)
    changed = number[:25] + ("0" if number[25] != "0" else "1") + number[26:]
    assert numbers.looks_right(changed)
    assert not numbers.check(changed)


@pytest.mark.parametrize(
    "number",
    [
        "",
        EXAMPLE.lower(),
        EXAMPLE + "\n",
        EXAMPLE[:-1],
        EXAMPLE + "0",
        EXAMPLE.replace("20250826", "20251326"),
        EXAMPLE.replace("20250826", "20250832"),
        EXAMPLE.replace("526", "026"),
        EXAMPLE.replace("5", "\u0665"),
    ],
)
def test_what_is_no_number(number):
    assert not numbers.check(number)
    assert not numbers.looks_right(number)


def test_a_wrong_checksum_is_no_wrong_number():
    assert numbers.looks_right(EXAMPLE[:-2] + "00")
    assert not numbers.check(EXAMPLE[:-2] + "00")


def test_numbers_of_the_first_ksef_have_one_more_hyphen():
    older = "5265877635-20230826-010000-1AF629-AF"
    assert numbers.looks_right(older)
    assert not numbers.check(older)


@given(st.text(string.printable, max_size=40))
def test_any_text_is_answered(text):
    assert numbers.check(text) in (True, False)
    assert isinstance(numbers.check_nip(numbers.normalise_nip(text)), bool)


@pytest.mark.parametrize("nip", ["1111111111", "5265877635", "5252955037", "9512352379"])
def test_nips_in_official_documents_are_right(nip):
    assert numbers.check_nip(nip)


@given(nips)
def test_exactly_one_check_digit_at_most_fits(nip):
    fitting = [digit for digit in "0123456789" if numbers.check_nip(nip[:9] + digit)]
    assert len(fitting) <= 1
    total = sum(int(a) * b for a, b in zip(nip[:9], (6, 5, 7, 2, 3, 4, 5, 6, 7), strict=True))
    assert fitting == ([] if total % 11 == 10 else [str(total % 11)])


@pytest.mark.parametrize("nip", ["", "0000000000", "1234567890", "526587763", "52658776350", "x"])
def test_what_is_no_nip(nip):
    assert not numbers.check_nip(nip)


@pytest.mark.parametrize(
    "text",
    ["5265877635", "PL5265877635", "pl 526-587-76-35", " 526 587 76 35 ", "526\u00a0587\u20137635"],
)
def test_a_nip_as_people_write_it(text):
    assert numbers.normalise_nip(text) == "5265877635"
    assert re.fullmatch(r"\d{10}", numbers.normalise_nip(text))
