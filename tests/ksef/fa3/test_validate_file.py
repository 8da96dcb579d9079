"""What KSeF wants of the file itself (guide, faktury/weryfikacja-faktury.md)."""

from __future__ import annotations

import pytest

from ksef import fa3
from ksef.fa3 import characters


def codes(problems) -> list[str]:
    return [problem.code for problem in problems]


def test_byte_order_mark(make, check):
    (problem,) = check(b"\xef\xbb\xbf" + fa3.write(make()))
    assert problem.is_wall
    assert problem.code == "bom"
    assert "byte order mark" in problem.message


@pytest.mark.parametrize("place", ["before", "inside", "after"])
def test_processing_instruction(make, check, place):
    instruction = b'<?xml-stylesheet href="x.xsl"?>'
    data = fa3.write(make())
    data = {
        "before": data.replace(b"<Faktura", instruction + b"<Faktura", 1),
        "inside": data.replace(b"<Fa>", instruction + b"<Fa>", 1),
        "after": data + instruction,
    }[place]
    (problem,) = check(data)
    assert problem.code == "processing_instruction"
    assert "xml-stylesheet" in problem.message


@pytest.mark.parametrize(
    "character", ["\x7f", "\x80", "\x9f", "\ufdd0", "\U0001fffe", "\U0010ffff"]
)
@pytest.mark.parametrize("as_reference", [False, True])
def test_discouraged_character(make, check, character, as_reference):
    written = f"&#{ord(character)};" if as_reference else character
    data = fa3.write(make()).decode().replace("Towar 2", f"To{written}war").encode()
    (problem,) = check(data)
    assert (problem.code, problem.field, problem.place) == (
        "refused_character",
        "P_7",
        "FaWiersz[2]",
    )
    assert problem.message.startswith(
        f"Row 2, description: an invisible character (U+{ord(character):04X}, at position 3)"
    )


@pytest.mark.parametrize(
    "character", ["\x85", "\xa0", "§", "½", "„", "ﷺ", "😀", "\u2028", "\U00020000"]
)
def test_unusual_characters_that_ksef_takes(make, check, character):
    data = fa3.write(make()).decode().replace("Towar 2", f"To{character}war").encode()
    assert check(data) == []


def test_the_quick_look_at_bytes_misses_no_character():
    for code in [*range(0x3000), *range(0xD000, 0x11000), 0x1FFFE, 0x10FFFF]:
        if 0xD800 <= code < 0xE000:
            continue
        character = chr(code)
        if characters.first_refused(character):
            assert characters.may_hold_refused(character.encode()), hex(code)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("<Faktura>ż</Faktura>".encode("cp1250"), "not_utf8"),
        (b"<?xml version='1.0' encoding='ISO-8859-2'?><Faktura/>", "not_utf8"),
        (b"<!DOCTYPE a><a/>", "doctype"),
        (b"nonsense", "not_xml"),
        (b"<Invoice/>", "not_an_invoice"),
    ],
)
def test_what_cannot_be_read_is_one_wall(check, data, code):
    assert codes(check(data)) == [code]


def test_a_large_invoice_is_refused_unless_it_has_an_attachment(make, check):
    invoice = make()
    invoice.Fa.DodatkowyOpis = [
        fa3.TKluczWartosc(Klucz="k" * 256, Wartosc="w" * 256) for _ in range(1900)
    ]
    problems = check(invoice)
    assert codes(problems) == ["too_large"]
    assert "without an attachment at most 1000000" in problems[0].message
    invoice.Zalacznik = fa3.Zalacznik(
        BlokDanych=[fa3.BlokDanych(MetaDane=[fa3.MetaDane(ZKlucz="a", ZWartosc="b")])]
    )
    assert check(invoice) == []
