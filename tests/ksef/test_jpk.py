"""The marker of JPK_V7 for every kind of document."""

import pytest

from ksef.deadlines import Mode
from ksef.jpk import Marker, correction_due, purchase_marker, sale_marker

NUMBER = "5265877635-20261120-010080615740-E4"


@pytest.mark.parametrize("mode", [None, *Mode])
@pytest.mark.parametrize("outside", [True, False])
def test_a_number_is_the_marker(mode, outside):
    assert sale_marker(NUMBER, mode, outside) is Marker.KSEF


@pytest.mark.parametrize(
    ("mode", "outside", "marker"),
    [
        ("online", False, "DI"),
        ("offline24", False, "DI"),
        ("offline", False, "DI"),
        ("emergency", False, "OFF"),
        ("total_failure", False, "BFK"),
        (None, False, "DI"),
        ("online", True, "BFK"),
        ("offline24", True, "BFK"),
        ("offline", True, "BFK"),
        # art. 106nf ust. 1 is what OFF asks for, not whether it will be sent
        ("emergency", True, "OFF"),
        ("total_failure", True, "BFK"),
        (None, True, "BFK"),
    ],
)
def test_a_sale_without_a_number(mode, outside, marker):
    for number in (None, ""):
        assert sale_marker(number, mode, outside).value == marker
    if mode:
        assert sale_marker(None, Mode(mode), outside).value == marker


@pytest.mark.parametrize(
    ("number", "domestic", "emergency", "awaiting", "marker"),
    [
        (NUMBER, True, False, False, "NrKSeF"),
        (NUMBER, True, True, True, "NrKSeF"),
        (NUMBER, False, False, False, "NrKSeF"),
        (None, True, False, False, "BFK"),
        (None, True, True, False, "OFF"),
        (None, True, True, True, "OFF"),
        (None, True, False, True, "DI"),
        ("", True, False, True, "DI"),
        (None, False, False, False, "BFK"),
        (None, False, True, True, "BFK"),
    ],
)
def test_a_purchase(number, domestic, emergency, awaiting, marker):
    assert purchase_marker(number, domestic, emergency, awaiting).value == marker


def test_only_di_is_corrected():
    assert [one.value for one in Marker if correction_due(one)] == ["DI"]
    assert [one.value for one in Marker if correction_due(one.value)] == ["DI"]


def test_unknown_words():
    with pytest.raises(ValueError, match="offline48"):
        sale_marker(None, "offline48")
    with pytest.raises(ValueError, match="RO"):
        correction_due("RO")


def test_markers_have_meanings():
    meanings = [one.words for one in Marker]
    assert len(set(meanings)) == len(meanings)
