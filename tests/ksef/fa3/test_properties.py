"""Random invoices: what is written is read back, and what adds up is valid."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ksef import fa3
from ksef.fa3 import characters, fields, rates, values

CALM = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=40)


def value_of(spec: fields.Spec) -> st.SearchStrategy:
    """Return random values that the field can hold, in the form the reader gives them."""
    if spec.kind in ("text", "exact", "lines"):
        tidy = TEXT.map(lambda text: values.tidy(spec, text)).filter(bool)
        limit = spec.max_length
        if limit:
            tidy = tidy.map(lambda text: values.tidy(spec, text[:limit])).filter(bool)
        return st.one_of(tidy, st.just("")) if spec.empty else tidy
    if spec.kind == "decimal":
        whole = 10 ** (spec.total - spec.fraction) - 1
        return st.decimals(-whole, whole, places=spec.fraction, allow_nan=False).map(
            lambda number: abs(number) if number == 0 else number
        )
    return {
        "whole": st.integers(-(10**12), 10**12),
        "mark": st.just(1),
        "yes_no": st.sampled_from([1, 2]),
        "day": st.dates(date(1900, 1, 1), date(2100, 12, 31)),
        "moment": st.datetimes(
            datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(timezone.utc)
        ),
        "form_code": st.just("FA"),
    }[spec.kind]


@st.composite
def element(draw, cls: type[fields.Element]):
    """Draw an element of which at least one field stands."""
    described = fields.specs(cls)
    sure = draw(st.integers(0, len(described) - 1))
    chosen = {}
    for index, (name, spec) in enumerate(described):
        if index != sure and not spec.attribute and draw(st.integers(0, 3)) != 0:
            continue
        strategy = element(spec.cls) if spec.cls else value_of(spec)
        if spec.max_items > 1:
            chosen[name] = draw(st.lists(strategy, min_size=1, max_size=2))
        else:
            chosen[name] = draw(strategy)
    return cls(**chosen)


@CALM
@given(element(fa3.Invoice))
def test_any_invoice_comes_back_as_it_was(invoice):
    data = fa3.write(invoice)
    again = fa3.read(data)
    assert again == invoice
    assert fa3.write(again) == data


@CALM
@given(TEXT)
def test_no_text_makes_an_unreadable_or_refused_document(text):
    invoice = fa3.Invoice(Fa=fa3.Fa(P_2=text + "x"))
    data = fa3.write(invoice)
    assert not characters.first_refused(data.decode())
    number = fa3.read(data).Fa.P_2
    assert number == " ".join(part for part in number.split(" ") if part)
    assert number.endswith("x")


ROW = st.tuples(
    st.decimals(Decimal("0.001"), 10_000, places=3).map(str),
    st.decimals(Decimal("0.00000001"), 10_000, places=8).map(str),
    st.sampled_from(sorted(rates.RATES)),
)


@CALM
@given(rows=st.lists(ROW, min_size=1, max_size=30))
def test_invoices_that_add_up_are_valid(make, check, rows):
    invoice = make(rows)
    assert check(invoice) == []
    assert check(invoice, invoice=invoice) == []


@CALM
@given(rows=st.lists(ROW, min_size=1, max_size=10), data=st.data())
def test_a_total_that_is_wrong_never_passes(make, check, rows, data):
    invoice = make(rows)
    names = [
        name
        for name in (*rates.NET_FIELDS, *rates.TAX_FIELDS, "P_15")
        if getattr(invoice.Fa, name) is not None
    ]
    name = data.draw(st.sampled_from(names))
    wrong = data.draw(st.sampled_from([Decimal("-2"), Decimal("0.5"), Decimal("1000")]))
    setattr(invoice.Fa, name, getattr(invoice.Fa, name) + wrong)
    assert name in {problem.field for problem in check(invoice)}


PIECES = [
    *(b"<", b">", b"/", b"&", b"&#x1F;", b"&#65;", b"]]>", b"<!--", b"-->", b"<?x?>", b"\x00"),
    *(b"\xff", b"\xc5", b"<Fa>", b"</Fa>", b"<FaWiersz>", b"<P_12/>", b"<P_2>", b"</P_2>"),
    *(b' xmlns="urn:x"', b' xmlns:a="urn:a"', b"<a:b/>", b' Typ="x"', b"-", b"9" * 50, b"\n"),
]


@CALM
@given(
    edits=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 30), st.sampled_from(PIECES)), max_size=4
    )
)
def test_no_damaged_document_makes_it_stumble(make, check, edits):
    data = fa3.write(make())
    for where, length, piece in edits:
        at = int(where * len(data))
        data = data[:at] + piece + data[at + length :]
    problems = check(data)
    assert all(problem.message for problem in problems)
    try:
        fa3.read(data)
    except fa3.Unreadable as unreadable:
        assert unreadable.problem.message
        assert problems
