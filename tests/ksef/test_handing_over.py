"""What a buyer may get, in every mode."""

import itertools

import pytest

from ksef.deadlines import Mode
from ksef.handing_over import Buyer, HandingOver, Paper, handing_over

NUMBER = "5265877635-20261120-010080615740-E4"
DOMESTIC, OTHER = Buyer
INVOICE, CONFIRMATION = Paper
ONE, TWO, NONE = (True, False), (True, True), (False, False)

BEFORE_THE_NUMBER = [
    ("online", DOMESTIC, INVOICE, ONE, True, "art. 106na ust. 3"),
    ("online", OTHER, INVOICE, ONE, True, "art. 106na ust. 3"),
    ("offline24", DOMESTIC, CONFIRMATION, TWO, False, "art. 106nda ust. 3"),
    ("offline24", OTHER, INVOICE, TWO, False, "art. 106gb ust. 4"),
    ("offline", DOMESTIC, CONFIRMATION, TWO, False, "art. 106nh ust. 4"),
    ("offline", OTHER, INVOICE, TWO, False, "art. 106gb ust. 4"),
    ("emergency", DOMESTIC, INVOICE, TWO, False, "art. 106nf"),
    ("emergency", OTHER, INVOICE, TWO, False, "art. 106nf"),
    ("total_failure", DOMESTIC, INVOICE, NONE, False, "art. 106ng"),
    ("total_failure", OTHER, INVOICE, NONE, False, "art. 106ng"),
]


def codes(found: HandingOver) -> tuple[bool, bool]:
    return found.kod_1, found.kod_2


@pytest.mark.parametrize(
    ("mode", "buyer", "paper", "expected", "waits", "article"), BEFORE_THE_NUMBER
)
@pytest.mark.parametrize("number", [None, ""])
def test_before_the_number(mode, buyer, paper, expected, waits, article, number):
    found = handing_over(mode, buyer, number)
    assert (found.paper, codes(found), found.waits) == (paper, expected, waits)
    assert found.article == article
    assert handing_over(Mode(mode), buyer.value, number) == found


def test_the_table_is_whole():
    rows = [(Mode(mode), buyer) for mode, buyer, *_rest in BEFORE_THE_NUMBER]
    assert rows == list(itertools.product(Mode, Buyer))


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("buyer", Buyer)
@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("lifted", [True, False])
def test_with_the_number_it_is_one_code(mode, buyer, signed, lifted):
    found = handing_over(mode, buyer, NUMBER, signed, lifted)
    assert (found.paper, codes(found), found.waits) == (INVOICE, ONE, False)
    assert NUMBER in found.message
    assert ("in KSeF under" in found.message, "visualisation" in found.message) == (
        True,
        buyer is DOMESTIC,
    )


@pytest.mark.parametrize("mode", ["offline24", "offline", "emergency"])
@pytest.mark.parametrize("buyer", Buyer)
def test_without_a_certificate_it_waits(mode, buyer):
    signed, found = (handing_over(mode, buyer, None, ready) for ready in (True, False))
    assert (found.paper, codes(found), found.waits) == (signed.paper, ONE, True)
    assert "certificate of the type Offline" in found.message
    assert not signed.waits


@pytest.mark.parametrize(
    ("mode", "buyer", "paper", "expected", "waits", "article"),
    [row for row in BEFORE_THE_NUMBER if row[0] in ("online", "total_failure")],
)
def test_what_needs_no_certificate(mode, buyer, paper, expected, waits, article):
    assert handing_over(mode, buyer, None, False) == handing_over(mode, buyer, None)


@pytest.mark.parametrize(
    ("mode", "article"),
    [
        ("offline24", "art. 106nha"),
        ("offline", "art. 106nh ust. 3 pkt 2"),
        ("emergency", "art. 106nf ust. 7"),
    ],
)
@pytest.mark.parametrize("buyer", Buyer)
@pytest.mark.parametrize("signed", [True, False])
def test_a_lifted_duty_leaves_the_invoice_to_hand_over(mode, article, buyer, signed):
    found = handing_over(mode, buyer, None, signed, lifted=True)
    assert (found.paper, codes(found), found.waits) == (INVOICE, (True, signed), False)
    assert found.article == article


def test_every_text_is_whole():
    combinations = itertools.product(Mode, Buyer, (None, NUMBER), (True, False), (True, False))
    found = [handing_over(*one) for one in combinations]
    assert len({one.text for one in found}) == 9
    for one in found:
        assert one.message and "%" not in one.message
        assert str(one) == f"{one.message} ({one.article})"
    assert len({paper.words for paper in Paper}) == len(Paper)


@pytest.mark.parametrize(("mode", "buyer"), [("offline48", "other"), ("online", "cousin")])
def test_an_unknown_mode_or_buyer(mode, buyer):
    with pytest.raises(ValueError, match="offline48|cousin"):
        handing_over(mode, buyer, None)
