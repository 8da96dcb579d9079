"""The readable page: nothing of a document is hidden, nothing of it gets out of its place."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from lxml import etree, html

from ksef import fa3
from ksef.fa3 import codes, fields, page, page_names
from ksef.fa3.namespace import FA3

from .test_properties import CALM, element

#: shown by the heading above their rows, or in the list of annotations
IN_WORDS = {"StanPrzed", "StanPrzedZ"}
XML_WHITE = " \t\r\n"


def described(cls=fa3.Invoice, found=None):
    """``{(parent class, name): Spec}`` of everything an invoice can hold."""
    found = {} if found is None else found
    for name, spec in fields.specs(cls):
        if (cls, name) not in found:
            found[cls, name] = spec
            if spec.cls:
                described(spec.cls, found)
    return found


def flat(text):
    """The text as a browser shows it, and as this test compares it."""
    unseen = "[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
    text = re.sub(unseen, lambda found: f"[U+{ord(found.group()):04X}]", text)
    return " ".join(text.split())


def polish(text):
    """A number as Polish people write it."""
    sign, whole, point, fraction = re.fullmatch(r"([+-]?)(\d+)(\.?)(\d*)", text).groups()
    return f"{sign}{int(whole):,}".replace(",", " ") + (
        f",{fraction}" if point and fraction else ""
    )


def words_of(name, spec, text):
    """What a person reads of an element."""
    if spec.kind in ("mark", "yes_no"):
        return {"1": "tak", "2": "nie"}[text]
    if spec.kind == "decimal":
        return polish(text)
    if name in codes.POLISH:
        known = {str(code): words for code, words in codes.POLISH[name].items()}
        return known.get(text, text)
    if name in ("P_12", "P_12Z"):
        return None
    return text


def leaves(node, cls=fa3.Invoice):
    """Name, description and text of every element that holds a text."""
    known = dict(fields.specs(cls))
    for child in node.iterchildren("*"):
        name = etree.QName(child).localname
        spec = known[name]
        if spec.cls:
            yield from leaves(child, spec.cls)
        elif (child.text or "").strip(XML_WHITE):
            yield name, spec, child.text.strip(XML_WHITE)


def assert_nothing_hidden(data, shown):
    """Every text of the document stands on the page, as often as in the document."""
    tree = html.fromstring(shown)
    for unseen in tree.xpath("//head"):
        unseen.getparent().remove(unseen)
    units = Counter(
        flat(node.text_content()) for node in tree.xpath("//td | //th | //p[@title] | //h3")
    )
    units += Counter(flat(node.text_content()) for node in tree.xpath("//span[@class='v']"))
    titles = Counter(tree.xpath("//@title"))
    wanted = Counter()
    for name, spec, text in leaves(etree.fromstring(data)):
        if name in IN_WORDS:
            continue
        words = words_of(name, spec, text)
        annotated = tree.xpath("//ul//span[@title=$name] | //p[@class='off']//span", name=name)
        if spec.kind in ("mark", "yes_no") and any(node.get("title") == name for node in annotated):
            in_list = bool(tree.xpath("//ul//span[@title=$name]", name=name))
            denies = name in ("P_19N", "P_22N", "P_PMarzyN")
            assert in_list == (text == "1" and not denies), name
            continue
        assert titles[name] or name in ("NKom", "WKom", "SKom"), name
        if words is None:
            assert text.startswith("0 ") or any(flat(text) in unit for unit in units), ascii(text)
            continue
        wanted[flat(words)] += 1
    missing = wanted - units
    assert not missing, [ascii(text) for text in missing]


@CALM
@given(element(fa3.Invoice))
def test_nothing_of_any_document_is_hidden(invoice):
    data = fa3.write(invoice)
    shown = page.render(data)
    assert_nothing_hidden(data, shown)
    assert page.render(invoice) == shown


def test_every_field_has_its_names():
    names = {
        name
        for (_cls, name), spec in described().items()
        if not re.fullmatch(r"P_1[34]_\d+(_\d|W)?", name)
    }
    assert names == set(page_names.NAMES)
    totals = {name for _cls, name in described() if re.fullmatch(r"P_13_\d+(_\d)?", name)}
    assert totals == set(page_names.TOTALS)
    for pair in (*page_names.NAMES.values(), *page_names.TOTALS.values()):
        assert len(pair) == 2 and all(pair)


def test_codes_have_words_in_both_languages():
    assert set(codes.POLISH) == set(codes.ENGLISH)
    for name, words in codes.POLISH.items():
        assert set(words) == set(codes.ENGLISH[name]), name
        assert all(words.values())


def test_the_order_of_the_page(make):
    shown = page.render(make(), ksef_number="5265877635-20260901-0200A0-AAAAAA-3E")
    places = [
        shown.index(words)
        for words in (
            "FV/2026/08/0001",
            "Faktura podstawowa",
            "5265877635-20260901-0200A0-AAAAAA-3E",
            "Sprzedawca",
            "Nabywca",
            "Szczegóły",
            "Pozycje",
            "Podsumowanie stawek podatku",
            "Kwota należności ogółem",
            "Adnotacje",
            "Wytworzona w",
        )
    ]
    assert places == sorted(places)
    tree = html.fromstring(shown)
    heads = [node.text_content() for node in tree.xpath("(//table)[1]//th")]
    assert heads == [
        "Lp.",
        "Nazwa towaru lub usługi",
        "Miara",
        "Ilość",
        "Cena jedn. netto",
        "Wartość sprzedaży netto",
        "Stawka podatku",
    ]
    rows = [[cell.text_content() for cell in row] for row in tree.xpath("(//table)[1]/tbody/tr")]
    assert rows == [
        ["1", "Towar 1", "szt.", "2", "50,00", "100,00", "23%"],
        ["2", "Towar 2", "szt.", "1,5", "19,99", "29,99", "8%"],
    ]


def test_rows_before_and_after_a_correction(make):
    invoice = make()
    invoice.Fa.FaWiersz[0].StanPrzed = 1
    tree = html.fromstring(page.render(invoice))
    headings = [node.text_content() for node in tree.xpath("//h2")]
    assert headings.index("Pozycje – stan przed korektą") + 1 == headings.index(
        "Pozycje – stan po korekcie"
    )
    tables = tree.xpath("//table")
    assert "Towar 1" in tables[0].text_content()
    assert "Towar 2" not in tables[0].text_content()
    assert "Towar 2" in tables[1].text_content()


def test_numbers_keep_their_digits(make):
    invoice = make([("1234567.125", "0.00000001", "23")])
    invoice.Fa.P_15 = Decimal("-1234567.80")
    shown = page.render(invoice).replace("\u00a0", " ")
    assert "1 234 567,125" in shown
    assert "0,00000001" in shown
    assert "-1 234 567,80" in shown
    assert "-1,234,567.80" in page.render(invoice, language="en")


def test_an_unfinished_invoice_has_a_page():
    assert "Krajowy System e-Faktur" in page.render(fa3.Invoice())
    half = fa3.Invoice(
        Fa=fa3.Fa(P_2="x" * 400, P_1=date(2026, 1, 1), P_15=Decimal("1.005"), KodWaluty="PLN")
    )
    shown = page.render(half, note="Szkic <b>")
    assert "x" * 400 in shown
    assert "1,005" in shown or "1.005" in shown
    assert "Szkic &lt;b&gt;" in shown


HOSTILE = (
    "<script>alert(1)</script>",
    "</span></p></body><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "javascript:alert(1)",
    "https://example.com/?a=1&b=2",
    "&lt;b&gt;&#60;",
    "]]>--><!--",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(make, text):
    invoice = make()
    invoice.Fa.P_2 = invoice.Podmiot2.DaneIdentyfikacyjne.Nazwa = text
    invoice.Fa.FaWiersz[0].P_7 = text
    invoice.Fa.Platnosc = fa3.Platnosc(LinkDoPlatnosci=text)
    invoice.Stopka = fa3.Stopka(Informacje=[fa3.Informacje(StopkaFaktury=text)])
    invoice.Zalacznik = fa3.Zalacznik(
        BlokDanych=[
            fa3.BlokDanych(
                ZNaglowek=text,
                MetaDane=[fa3.MetaDane(ZKlucz=text, ZWartosc=text)],
                Tekst=fa3.Tekst(Akapit=[text]),
                Tabela=[
                    fa3.Tabela(
                        TNaglowek=fa3.TNaglowek(Kol=[fa3.Kol(Typ=text, NKom=text)]),
                        Wiersz=[fa3.Wiersz(WKom=[text])],
                    )
                ],
            )
        ]
    )
    shown = page.render(invoice, ksef_number=text, note=text, code=b"\x89PNG", code_label=text)
    tree = html.fromstring(shown)
    plain = html.fromstring(page.render(make(), code=b"\x89PNG"))
    allowed = {node.tag for node in plain.iter("*")} | {"h3", "h4"}
    assert {node.tag for node in tree.iter("*")} <= allowed
    attributes = {name for node in tree.iter("*") for name in node.attrib}
    assert attributes <= {
        "lang",
        "charset",
        "http-equiv",
        "content",
        "class",
        "title",
        "alt",
        "src",
    }
    assert [node.get("src") for node in tree.iter("img")] == ["data:image/png;base64,iVBORw=="]
    assert not tree.xpath("//a | //script | //iframe | //form | //link")
    assert tree.xpath("string(//p[contains(@class, 'big')]/span[@title='P_2'])") == text
    assert tree.text_content().count(text) >= 9


def test_nothing_is_loaded_or_run(make):
    shown = page.render(make())
    policy = html.fromstring(shown).xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    assert "url(" not in shown and "@import" not in shown


def test_what_nobody_sees_is_shown(make):
    """An account number must not look like another one."""
    invoice = make()
    invoice.Fa.P_2 = "FV\u202e1/\u200b2"
    assert "FV[U+202E]1/[U+200B]2" in page.render(invoice)


def test_a_page_grows_with_the_document_only():
    """The worst that fits into 3 MB: rows of which each uses another column."""
    names = [name for name, spec in fields.specs(fa3.FaWiersz) if spec.kind == "text"]
    rows = [fa3.FaWiersz(**{names[at % len(names)]: "x"}) for at in range(10_000)]
    data = fa3.write(fa3.Invoice(Fa=fa3.Fa(FaWiersz=rows)))
    assert len(page.render(data)) < 5_000_000


@pytest.mark.parametrize(
    "body",
    [
        "<Fa>" + "<FaWiersz/>" * 10_001 + "</Fa>",
        "<Podmiot3/>" * 101,
        "<Zalacznik><BlokDanych><Tabela><Wiersz>"
        + "<WKom>a</WKom>" * 21
        + "</Wiersz></Tabela></BlokDanych></Zalacznik>",
    ],
)
def test_more_than_an_invoice_can_hold_is_refused(body):
    data = f'<Faktura xmlns="{FA3}">{body}</Faktura>'.encode()
    with pytest.raises(fa3.Unreadable) as raised:
        page.render(data)
    assert raised.value.problem.code == "too_many"
    assert raised.value.problem.message


def test_what_is_no_invoice_has_no_page():
    with pytest.raises(fa3.Unreadable):
        page.render(b"<html><script>alert(1)</script></html>")
