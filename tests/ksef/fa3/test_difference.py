"""The proof of a technical correction: what counts as content, and what as form."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal

import pytest

from ksef import fa3
from ksef.fa3.difference import MAX_SIZE, differences, repeats
from ksef.fa3.labels import LABELS

D = Decimal


@pytest.fixture
def data(make: Callable[..., fa3.Invoice]) -> bytes:
    return fa3.write(make())


def told(before: bytes, after: bytes) -> list[tuple[str, str, str | None, str | None]]:
    return [
        (found.path, str(found.label), found.before, found.after)
        for found in differences(before, after)
    ]


def swap(data: bytes, *pairs: tuple[bytes, bytes]) -> bytes:
    for old, new in pairs:
        assert data.count(old) == 1, (old, data.count(old))
        data = data.replace(old, new)
    return data


class TestForm:
    """Written otherwise, and the same invoice."""

    def test_a_file_and_itself(self, data: bytes) -> None:
        assert differences(data, data) == []
        assert repeats(data, data)

    def test_made_at_another_time_by_another_program(self, make: Callable[..., fa3.Invoice]):
        first, second = make(), make()
        second.Naglowek.DataWytworzeniaFa = datetime(2026, 9, 3, 8, 0, tzinfo=timezone.utc)
        before, after = fa3.write(first), fa3.write(second)
        assert differences(before, after) == []
        assert repeats(before, after), "only the time is another one"
        second.Naglowek.SystemInfo = "Odoo 20"
        after = fa3.write(second)
        assert differences(before, after) == []
        assert not repeats(before, after), "another file, though the same invoice"

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            # pitfall 18: the form's code without its blank
            (b'"FA (3)"', b'"FA(3)"'),
            (b"<WariantFormularza>3<", b"<WariantFormularza>2<"),
            (b"http://crd.gov.pl/wzor/2025/06/25/13775/", b"http://crd.gov.pl/wzor/2023/06/29/1/"),
            (b"<P_8B>2<", b"<P_8B>2.000000<"),
            (b"<P_8B>2<", b"<P_8B>+02,0<"),
            (b"<P_15>155.39<", b"<P_15> 155,39 <"),
            (b"<P_15>155.39<", "<P_15>155,390\u00a0<".encode()),
            (b"<NrWierszaFa>1<", b"<NrWierszaFa>01<"),
            (b"<P_7>Towar 1<", b"<P_7>\n  Towar\t 1  <"),
            (b"<P_7>Towar 1<", b"<P_7>Towar&#x20;&#49;<"),
            (b"<P_7>Towar 1<", b"<P_7><![CDATA[Towar 1]]><"),
            # what KSeF and XML refuse is invisible: that is a reason to be rejected, no content
            (b"<P_7>Towar 1<", b"<P_7>Towar&#7; 1\x01<"),
            (b"<P_7>Towar 1<", "<P_7>To\x80war 1\ufdd0<".encode()),
            (b"<P_7>Towar 1<", b"<P_7>Towar<?break here?> 1<!-- ? --><"),
            # an o and its accent apart
            ("Kraków</P_1M>".encode(), "Krako\u0301w</P_1M>".encode()),
            (b"<P_2>", b"<WZ></WZ><P_2>"),
            (b"<P_2>", b"<OkresFa>  <P_6_Od/> </OkresFa><P_2>"),
            # the schema's order was not kept
            (b"<P_16>2</P_16><P_17>2</P_17>", b"<P_17>2</P_17><P_16>2</P_16>"),
        ],
    )
    def test_what_is_no_content(self, data: bytes, old: bytes, new: bytes) -> None:
        other = swap(data, (old, new))
        assert other != data
        assert differences(other, data) == []
        assert differences(data, other) == []

    def test_prefixes(self, data: bytes) -> None:
        prefixed = data.replace(b"</", b"</n:").replace(b"<", b"<n:").replace(b"<n:/n:", b"</n:")
        prefixed = prefixed.replace(b"<n:?xml", b"<?xml").replace(b" xmlns=", b" xmlns:n=")
        assert fa3.read(prefixed).Fa.P_2 == fa3.read(data).Fa.P_2
        assert differences(prefixed, data) == []

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "windows-1250", "iso-8859-2"])
    def test_another_encoding(self, data: bytes, encoding: str) -> None:
        text = data.decode()
        name = "utf-8" if encoding == "utf-8-sig" else encoding
        other = text.replace("UTF-8", name, 1).encode(encoding)
        assert other != data
        assert differences(other, data) == []
        changed = text.replace("UTF-8", name, 1).replace("Młyn", "Młynek").encode(encoding)
        assert [found.after for found in differences(data, changed)] == [
            "Młynek & Synowie sp. z o.o."
        ]

    def test_a_larger_file_than_ksef_takes(self, data: bytes) -> None:
        large = swap(data, (b"<Fa>", b"<Fa>" + b" " * 4_000_000))
        assert differences(large, data) == []


class TestContent:
    """What the invoice says is not the same."""

    @pytest.mark.parametrize(
        ("old", "new", "expected"),
        [
            (
                b"<P_15>155.39<",
                b"<P_15>155.40<",
                ("Fa/P_15", "Total due", "155.39", "155.40"),
            ),
            (
                b"<NIP>1234563218<",
                b"<NIP>5260250274<",
                (
                    "Podmiot2/DaneIdentyfikacyjne/NIP",
                    "Buyer's NIP",
                    "1234563218",
                    "5260250274",
                ),
            ),
            (
                b"<P_7>Towar 2<",
                b"<P_7>Towar  dwa<",
                ("Fa/FaWiersz[2]/P_7", "Row 2, description", "Towar 2", "Towar dwa"),
            ),
            (
                b"<P_1M>Krak\xc3\xb3w</P_1M>",
                b"",
                ("Fa/P_1M", "Place of issue", "Kraków", None),
            ),
            (
                b"<P_16>2<",
                b"<P_16>1<",
                ("Fa/Adnotacje/P_16", "Cash method (P_16)", "2", "1"),
            ),
            (
                b"<P_1>2026-08-31<",
                b"<P_1>2026-09-01<",
                ("Fa/P_1", "Date of issue", "2026-08-31", "2026-09-01"),
            ),
            # of no element of the schema, and of none that it has here
            (b"<P_2>", b"<Rabat>5</Rabat><P_2>", ("Fa/Rabat", "Rabat", None, "5")),
            # a dot is no group separator: 1.234 and 1234 are two numbers
            (b"<P_8B>2<", b"<P_8B>2,5<", ("Fa/FaWiersz[1]/P_8B", "Row 1, quantity", "2", "2,5")),
            # no number at all is compared as it stands
            (b"<P_8B>2<", b"<P_8B>2 szt.<", ("Fa/FaWiersz[1]/P_8B",) + ("Row 1, quantity",)
             + ("2", "2 szt.")),
            (b"<P_12>23<", b'<P_12 Typ="x">23<',
             ("Fa/FaWiersz[1]/P_12/@Typ", "P_12/@Typ", None, "x")),
        ],
    )  # fmt: skip
    def test_one_value(self, data: bytes, old: bytes, new: bytes, expected: tuple) -> None:
        assert told(data, swap(data, (old, new))) == [expected]

    def test_a_label_can_be_translated(self, data: bytes) -> None:
        [found] = differences(data, swap(data, (b"<P_7>Towar 2<", b"<P_7>Towar dwa<")))
        assert found.label.text == LABELS["P_7"]
        assert found.label.values == {"row": 2}

    def test_a_row_that_is_gone(self, make: Callable[..., fa3.Invoice]) -> None:
        rows = [("1", "10", "23"), ("2", "20", "23"), ("3", "30", "23")]
        before = make(rows)
        after = make(rows)
        del after.Fa.FaWiersz[1]
        found = told(fa3.write(before), fa3.write(after))
        assert ("Fa/FaWiersz[2]/P_7", "Row 2, description", "Towar 2", None) in found
        assert {place.split("/")[1] for place, *_rest in found} == {"FaWiersz[2]"}
        assert told(fa3.write(after), fa3.write(before))[1][1:] == (
            "Row 2, description",
            None,
            "Towar 2",
        )

    def test_rows_in_another_order(self, make: Callable[..., fa3.Invoice]) -> None:
        before, after = make(), make()
        after.Fa.FaWiersz.reverse()
        assert differences(fa3.write(before), fa3.write(after))

    def test_the_same_twice(self, data: bytes) -> None:
        """What a schema refuses as a repetition may be two different sums."""
        other = swap(data, (b"<P_15>155.39<", b"<P_15>155.39</P_15><P_15>1<"))
        assert told(data, other) == [("Fa/P_15[2]", "Total due", None, "1")]


class TestUnreadable:
    """What cannot be read proves nothing."""

    @pytest.mark.parametrize(
        ("broken", "code"),
        [
            (b"", "not_xml"),
            (b"<Faktura><Fa></Faktura>", "not_xml"),
            (b"\xff\xfe\x00", "not_utf8"),
            (b"<Faktura>\xff</Faktura>", "not_utf8"),
            (b'<?xml version="1.0" encoding="ebcdic"?><Faktura/>', "not_utf8"),
            (b'<!DOCTYPE F [<!ENTITY a "1">]><F>&a;</F>', "doctype"),
            (b"<Faktura>&a;</Faktura>", "not_xml"),
            (b"<Faktura>" * 300 + b"</Faktura>" * 300, "not_xml"),
            (b"<Faktura>" + b" " * MAX_SIZE + b"</Faktura>", "too_large"),
        ],
    )
    def test_it_says_so(self, data: bytes, broken: bytes, code: str) -> None:
        for files in ((broken, data), (data, broken)):
            with pytest.raises(fa3.Unreadable) as raised:
                differences(*files)
            assert raised.value.problem.code == code

    def test_nothing_is_fetched_or_expanded(self, data: bytes, tmp_path) -> None:
        secret = tmp_path / "secret"
        secret.write_text("5")
        hostile = b'<!DOCTYPE F [<!ENTITY a SYSTEM "file://%s">]>' % str(secret).encode()
        with pytest.raises(fa3.Unreadable):
            differences(hostile + data[data.index(b"<Faktura") :], data)

    @pytest.mark.parametrize(("old", "new"), [(9_000, 9_000), (9_000, 8_999), (1_500, 1_499)])
    def test_many_rows_are_quick(self, old: int, new: int) -> None:
        row = b"<FaWiersz><P_7>x</P_7></FaWiersz>"
        files = [b"<Faktura><Fa>" + row * count + b"</Fa></Faktura>" for count in (old, new)]
        begin = time.monotonic()
        assert len(differences(*files)) == old - new
        assert time.monotonic() - begin < 10
