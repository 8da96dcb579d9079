"""The reader: any honest spelling of a document, and nothing hostile."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from ksef import fa3

NAMESPACE = "http://crd.gov.pl/wzor/2025/06/25/13775/"


def test_what_was_written_is_read_back(make):
    invoice = make()
    assert fa3.read(fa3.write(invoice)) == invoice


def change(data: bytes, old: str, new: str) -> bytes:
    changed = data.decode().replace(old, new, 1).encode()
    assert changed != data
    return changed


@pytest.mark.parametrize(
    ("old", "new", "get", "value"),
    [
        ("<P_15>155.39", "<P_15>155.390", lambda i: i.Fa.P_15, Decimal("155.39")),
        ("<P_8B>2<", "<P_8B> 2.000 <", lambda i: i.Fa.FaWiersz[0].P_8B, Decimal(2)),
        ("<P_7>Towar 1<", "<P_7>\n Towar\t1 <", lambda i: i.Fa.FaWiersz[0].P_7, "Towar 1"),
        ("<P_7>Towar 1<", "<P_7>Towar<!-- x --> 1<", lambda i: i.Fa.FaWiersz[0].P_7, "Towar 1"),
        ("<P_7>Towar 1<", "<P_7><![CDATA[a<b]]><", lambda i: i.Fa.FaWiersz[0].P_7, "a<b"),
        ("<P_7>Towar 1<", "<P_7>a&#13;&#10;b<", lambda i: i.Fa.FaWiersz[0].P_7, "a b"),
        ("<P_1>2026-08-31<", "<P_1> 2026-08-31\n<", lambda i: i.Fa.P_1.isoformat(), "2026-08-31"),
        ("<NrWierszaFa>1<", "<NrWierszaFa>+01<", lambda i: i.Fa.FaWiersz[0].NrWierszaFa, 1),
        (
            "2026-08-31T10:30:00Z",
            "2026-08-31T12:30:00.1234567+02:00",
            lambda i: i.Naglowek.DataWytworzeniaFa,
            datetime(2026, 8, 31, 10, 30, 0, 123456, tzinfo=timezone.utc),
        ),
        (
            "2026-08-31T10:30:00Z",
            "2026-08-31T24:00:00-01:30",
            lambda i: i.Naglowek.DataWytworzeniaFa,
            datetime(2026, 9, 1, tzinfo=timezone(timedelta(hours=-1, minutes=-30))),
        ),
        (
            "2026-08-31T10:30:00Z",
            "2026-08-31T10:30:00",
            lambda i: i.Naglowek.DataWytworzeniaFa,
            datetime(2026, 8, 31, 10, 30),
        ),
        ("</Fa>", "<Rozliczenie/></Fa>", lambda i: i.Fa.Rozliczenie, fa3.Rozliczenie()),
    ],
)
def test_other_spellings_are_understood_and_kept(make, canonical, old, new, get, value):
    data = change(fa3.write(make()), old, new)
    invoice = fa3.read(data)
    assert get(invoice) == value
    assert canonical(fa3.write(invoice)) == canonical(data)


def test_a_calculation_forgets_the_spelling(make):
    data = change(fa3.write(make()), "<P_8B>2<", "<P_8B>2.000<")
    invoice = fa3.read(data)
    invoice.Fa.FaWiersz[0].P_8B += 1
    assert b"<P_8B>3</P_8B>" in fa3.write(invoice)


def test_prefix_and_attributes_of_the_root_are_kept(make, canonical):
    text = fa3.write(make()).decode()
    text = text.replace("</", "</f:").replace("<", "<f:").replace("<f:/f:", "</f:")
    text = text.replace("<f:?xml", "<?xml").replace(
        f'xmlns="{NAMESPACE}"',
        f'xmlns:f="{NAMESPACE}" xmlns:x="http://www.w3.org/2001/XMLSchema-instance" '
        f'x:schemaLocation="{NAMESPACE} &quot;a&amp;b&quot;"',
    )
    again = fa3.write(fa3.read(text.encode()))
    # The prefix of xsi is not kept: it means the same.
    expected = text.replace("x:schema", "xsi:schema").replace("xmlns:x=", "xmlns:xsi=").encode()
    assert canonical(again) == canonical(expected)
    assert fa3.read(again) == make()


def test_a_byte_order_mark_is_overlooked(make):
    assert fa3.read(b"\xef\xbb\xbf" + fa3.write(make())) == make()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_xml"),
        (b"FV 1/2026", "not_xml"),
        (b"<Faktura", "not_xml"),
        (b"%PDF-1.7", "not_xml"),
        (b"<Faktura/>", "other_form"),
        (b"<Faktura xmlns='http://crd.gov.pl/wzor/2023/06/29/12648/'/>", "other_form"),
        (b"<html><body>502 Bad Gateway</body></html>", "not_an_invoice"),
        ("<Faktura>ż</Faktura>".encode("utf-16"), "not_utf8"),
        ("<Faktura>ż</Faktura>".encode("iso-8859-2"), "not_utf8"),
        (b"<?xml version='1.0' encoding='windows-1250'?><Faktura/>", "not_utf8"),
        (b"<?xml version='1.0'?><!-- x --><?y z?>\n<!DOCTYPE Faktura []><Faktura/>", "doctype"),
        (b"<!--", "not_xml"),
        (b"x" * 3_000_001, "too_large"),
    ],
)
def test_what_is_no_invoice_is_refused_in_words(data, code):
    with pytest.raises(fa3.Unreadable) as caught:
        fa3.read(data)
    assert caught.value.problem.code == code
    assert caught.value.problem.message


def test_entities_are_never_expanded(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("geheim")
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha" * 10}">' for n in range(10))
    for doctype in (
        f"<!DOCTYPE Faktura [{bomb}]>",
        f'<!DOCTYPE Faktura [<!ENTITY e9 SYSTEM "file://{secret}">]>',
        '<!DOCTYPE Faktura SYSTEM "http://127.0.0.1:1/x.dtd">',
    ):
        data = f'{doctype}<Faktura xmlns="{NAMESPACE}"><Fa><P_2>&e9;</P_2></Fa></Faktura>'.encode()
        started = time.monotonic()
        with pytest.raises(fa3.Unreadable):
            fa3.read(data)
        assert time.monotonic() - started < 1


def test_deep_nesting_is_refused():
    data = f'<Faktura xmlns="{NAMESPACE}">'.encode() + b"<Fa>" * 100_000
    with pytest.raises(fa3.Unreadable):
        fa3.read(data)


@pytest.mark.parametrize(
    ("old", "new", "code", "field"),
    [
        ("<P_2>", "<P_X>1</P_X><P_2>", "unknown_element", "P_X"),
        ("<P_2>", "<P_2>1</P_2><P_2>", "too_many", "P_2"),
        ("<P_15>155.39", "<P_15>155,39", "wrong_value", "P_15"),
        ("<P_15>155.39", "<P_15>" + "9" * 100_000, "wrong_value", "P_15"),
        ("<NrWierszaFa>1<", "<NrWierszaFa>" + "9" * 100_000 + "<", "wrong_value", "NrWierszaFa"),
        ("<P_1>2026-08-31", "<P_1>2026-02-30", "wrong_value", "P_1"),
        ("<P_7>Towar 1", "<P_7><b>Towar</b>", "unknown_element", "FaWiersz/P_7/b"),
        ("<P_7>Towar 1", "<P_7>a<?b?>", "unknown_element", "FaWiersz/P_7/<?…?>"),
        ("<Fa>", '<Fa lang="pl">', "unknown_element", "@lang"),
    ],
)
def test_what_the_model_cannot_hold_is_refused_with_place(make, old, new, code, field):
    with pytest.raises(fa3.Unreadable) as caught:
        fa3.read(change(fa3.write(make()), old, new))
    assert caught.value.problem.code == code
    assert caught.value.problem.field.endswith(field.removeprefix("FaWiersz/"))
