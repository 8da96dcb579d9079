"""A document as a page that people read, laid out like the Ministry's visualisation.

Whatever the document holds is on the page: the parts that have a layout of their own take their
fields, and the rest of a part is listed by name.  A document may come from anybody: all text is
escaped, there is no link, no script and nothing to load, and the page grows with the document only.
"""

from __future__ import annotations

import base64

from ..problems import Problem
from ..words import _
from .document import Unreadable
from .fields import Element, specs
from .labels import label
from .model_invoice import Invoice
from .page_attachment import attachment
from .page_html import Safe, join, tag
from .page_names import TOTALS, name_of, word
from .page_parts import Parts, Shelf
from .places import Place
from .rates import BUCKETS
from .reader import read

_STYLE = """
body{font:13px/1.4 "Lato","DejaVu Sans","Liberation Sans",sans-serif;color:#222;margin:16px 20px}
h1{font-size:17px;margin:0;font-weight:400}h1 b{color:#c8102e}
h2{font-size:14px;margin:14px 0 5px;border-bottom:1px solid #bbb}
h3{font-size:13px;margin:8px 0 2px}h4{font-size:12px;margin:6px 0 1px;color:#444}
p{margin:0 0 1px}ul{margin:2px 0 4px;padding-left:18px}
header{display:flex;flex-wrap:wrap;justify-content:space-between;gap:4px 20px;
border-bottom:2px solid #c8102e;padding-bottom:6px}
header div+div{text-align:right}.big{font-size:17px;font-weight:700}
.l{color:#555}.v,td,th,li,h3,.t{unicode-bidi:isolate;white-space:pre-line}
p,h3,li{overflow-wrap:anywhere}td,th{overflow-wrap:break-word}
.g{display:grid;grid-template-columns:repeat(auto-fit,minmax(210px,1fr));gap:2px 24px}
.g>*{min-width:0}
.w{overflow-x:auto}table{border-collapse:collapse;margin:2px 0 6px;min-width:50%;font-size:12px}
th,td{border:1px solid #ccc;padding:2px 5px;vertical-align:top;text-align:left}
th{background:#f1f1f1;font-weight:600}td{min-width:3em}.n{text-align:right}.n,.d{white-space:nowrap}
tfoot td{font-weight:700}.off{color:#666;font-size:12px}.due{font-size:15px;text-align:right}
.note{background:#fff3cd;border:1px solid #d9b84a;padding:4px 8px;margin:0 0 8px}
.small{font-size:11px;color:#555;border-top:1px solid #bbb;margin-top:14px;padding-top:4px}
img{width:150px;image-rendering:pixelated}
"""
#: Belt and braces: even if something were wrong above, nothing would run or be fetched.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

#: the fields of Fa that tell of a correction
_CORRECTION = (
    "PrzyczynaKorekty",
    "TypKorekty",
    "NrFaKorygowany",
    "OkresFaKorygowanej",
    "P_15ZK",
    "KursWalutyZK",
    "DaneFaKorygowanej",
)
#: the parts of Fa that stand below the annotations, in the order of the schema
_SECTIONS = (
    "ZaliczkaCzesciowa",
    "FakturaZaliczkowa",
    "DodatkowyOpis",
    "Rozliczenie",
    "Platnosc",
    "WarunkiTransakcji",
)
#: the parts of the annotations, each with its mark for "nothing of this"
_NONE = {"Zwolnienie": "P_19N", "NoweSrodkiTransportu": "P_22N", "PMarzy": "P_PMarzyN"}


def render(
    document: bytes | Invoice,
    *,
    language: str = "pl",
    ksef_number: str = "",
    code: bytes = b"",
    code_label: str = "",
    note: str = "",
) -> str:
    """Return the page of a document, a whole HTML file.

    :param document: its bytes, or the dataclasses of it, which may be unfinished
    :param language: of the page's own words, ``"pl"`` or ``"en"``
    :param ksef_number: its number, if it has one
    :param code: image of KOD I as PNG, with ``code_label`` below
    :param note: words above everything, such as that this is a preview
    :raises Unreadable: not an FA(3) document, or more of something than FA(3) allows
    """
    invoice = document if isinstance(document, Invoice) else read(document)
    _check_bounds(invoice, Place())
    body = _Page(language).body(invoice, ksef_number)
    if note:
        body = tag("div", note, cls="note") + body
    if code:
        body += _code(code, code_label or ksef_number, language)
    title = f"{name_of('P_2', language)} {(invoice.Fa and invoice.Fa.P_2) or ''}".strip()
    return (
        f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"{tag('title', title)}<style>{_STYLE}</style></head><body>{body}</body></html>\n"
    )


def _check_bounds(element: Element, place: Place) -> None:
    """Keep a page from growing beyond what an invoice can be."""
    for name, spec in specs(type(element)):
        value = getattr(element, name)
        if not value or (spec.cls is None and spec.max_items == 1):
            continue
        items = value if spec.max_items > 1 else [value]
        where = place.down(name)
        if len(items) > spec.max_items:
            text = _("%(label)s: it stands more than %(limit)s times.")
            values = {"label": label(where), "limit": spec.max_items}
            raise Unreadable(Problem("wall", "too_many", text, values, where.field, where.place))
        if spec.cls is not None:
            for item in items:
                _check_bounds(item, where)


def _code(image: bytes, words: str, language: str) -> Safe:
    data = base64.b64encode(image).decode("ascii")
    return join(
        (
            tag("h2", word("check", language)),
            Safe(f'<img alt="KOD I" src="data:image/png;base64,{data}">'),
            tag("p", words, cls="small"),
        )
    )


class _Page(Parts):
    """The parts of the page, from top to bottom."""

    def word(self, key: str) -> str:
        return word(key, self.language)

    def body(self, invoice: Invoice, ksef_number: str) -> Safe:
        whole = Shelf(invoice)
        fa = whole.inner("Fa")
        head = self.head(fa, ksef_number)
        parties = [
            box
            for name in ("Podmiot1", "Podmiot2", "Podmiot3", "PodmiotUpowazniony")
            for box in self.parties(name, whole)
        ]
        return join(
            (
                head,
                self.side_by_side(parties),
                self.correction(fa),
                *self.middle(fa),
                attachment(self, whole.inner("Zalacznik")),
                self.footer(whole),
            )
        )

    def middle(self, fa: Shelf) -> list[Safe]:
        """What the invoice says of itself. The details are what no other part wants."""
        parts = [
            self.rows(fa, "FaWiersz", "StanPrzed", ("before", "after")),
            self.sums(fa),
            self.annotations(fa),
            *(self.section(name, fa) for name in _SECTIONS),
            self.order(fa),
        ]
        return [self.titled("h2", self.word("details"), self.facts(fa)), *parts]

    # --- the top -------------------------------------------------------------------------------

    def head(self, fa: Shelf, ksef_number: str) -> Safe:
        lines = [self.taken(fa, "P_2", "big")]
        if "RodzajFaktury" in fa:
            spec = fa.spec("RodzajFaktury")
            kind = self.value("RodzajFaktury", spec, fa.take("RodzajFaktury"))
            lines.append(tag("p", kind))
        if ksef_number:
            name = tag("span", f"{self.word('number')}: ", cls="l")
            lines.append(tag("p", name, tag("span", ksef_number, cls="v")))
        system = tag("h1", self.word("ksef"))
        return tag("header", tag("div", system), tag("div", *lines))

    def parties(self, name: str, shelf: Shelf) -> list[Safe]:
        found = shelf.elements(name)
        numbers = [f" {number}" for number in range(1, len(found) + 1)] if len(found) > 1 else [""]
        return [
            self.party(self.name(name) + number, Shelf(party))
            for party, number in zip(found, numbers, strict=False)
        ]

    def party(self, heading: str, party: Shelf) -> Safe:
        first = [self.taken(party, name) for name in ("Rola", "RolaInna", "OpisRoli", "RolaPU")]
        who = self.facts(party.inner("DaneIdentyfikacyjne"), wide=False)
        return tag("div", tag("h2", heading), *first, who, self.facts(party, wide=False))

    def side_by_side(self, boxes: list[Safe]) -> Safe:
        return tag("div", *boxes, cls="g") if boxes else Safe()

    def correction(self, fa: Shelf) -> Safe:
        chosen = self.facts(fa.part(_CORRECTION))
        boxes = self.parties("Podmiot1K", fa) + self.parties("Podmiot2K", fa)
        content = join((chosen, self.side_by_side(boxes)))
        return self.titled("h2", self.word("correction"), content)

    # --- rows and sums -------------------------------------------------------------------------

    def rows(self, fa: Shelf, name: str, mark: str, states: tuple[str, str]) -> Safe:
        """The rows; in a correction that shows both states, first those that were."""
        found = fa.elements(name)
        old = [row for row in found if getattr(row, mark) == 1]
        if not old:
            return self.titled("h2", self.name(name), self.table(found))
        new = [row for row in found if getattr(row, mark) != 1]
        before, after = map(self.word, states)
        return join(
            (
                self.titled("h2", before, self.table(old, leave_out=(mark,))),
                self.titled("h2", after, self.table(new)),
            )
        )

    def sums(self, fa: Shelf) -> Safe:
        in_pln = any(rate.tax_pln in fa for rate in BUCKETS)
        lines = []
        for rate in BUCKETS:
            names = [rate.net, rate.tax, *([rate.tax_pln] if in_pln else ())]
            if any(name in fa for name in names):
                words = TOTALS[rate.net][self.language == "en"]
                cells = [self.sum_of(fa, name) for name in names]
                lines.append(tag("tr", tag("td", words), *cells))
        heads = ["rate", "net", "tax", *(["tax_pln"] if in_pln else ())]
        table = self.frame([tag("th", self.word(key)) for key in heads], lines) if lines else ""
        return self.titled("h2", self.word("sums"), join((table, self.due(fa))))

    def sum_of(self, fa: Shelf, name: str) -> Safe:
        if name not in fa:
            return Safe("<td></td>")
        return tag("td", self.text(name, fa.spec(name), fa.take(name)), cls="n", title=name)

    def due(self, fa: Shelf) -> Safe:
        if "P_15" not in fa:
            return Safe()
        amount = self.value("P_15", fa.spec("P_15"), fa.take("P_15"))
        # Once more, for it stands among the details as well.
        currency = fa.peek("KodWaluty")
        name = tag("span", f"{self.name('P_15')}: ", cls="l")
        return tag("p", name, tag("b", amount, f" {currency}" if currency else ""), cls="due")

    # --- what is said of it --------------------------------------------------------------------

    def annotations(self, fa: Shelf) -> Safe:
        """What holds, in words; and in one line what does not, for the law wants both said."""
        notes = fa.inner("Adnotacje")
        holds: list[Safe] = []
        absent: list[Safe] = []
        more: list[Safe] = []
        for name, spec, value in notes.items():
            if spec.kind == "yes_no" and value in (1, 2):
                notes.take(name)
                (holds if value == 1 else absent).append(tag("span", self.name(name), title=name))
        for name, none in _NONE.items():
            inner = notes.inner(name)
            for field, spec, value in inner.items():
                if spec.kind == "mark" and value == 1:
                    inner.take(field)
                    if field == none:
                        absent.append(tag("span", self.name(name), title=field))
                    else:
                        holds.append(tag("span", self.name(field), title=field))
            more.append(self.facts(inner))
        more.append(self.facts(notes))
        parts = [tag("ul", *(tag("li", item) for item in holds)) if holds else Safe(), *more]
        if absent:
            listed = Safe("; ".join(absent))
            parts.append(tag("p", f"{self.word('absent')}: ", listed, cls="off"))
        return self.titled("h2", self.name("Adnotacje"), join(parts))

    def section(self, name: str, fa: Shelf) -> Safe:
        """A part that needs no layout of its own."""
        if name not in fa:
            return Safe()
        several = fa.spec(name).max_items > 1
        found = fa.elements(name)
        content = self.table(found) if several else self.facts(Shelf(found[0]))
        return self.titled("h2", self.name(name), content)

    def order(self, fa: Shelf) -> Safe:
        order = fa.inner("Zamowienie")
        rows = self.rows(order, "ZamowienieWiersz", "StanPrzedZ", ("order_before", "order_after"))
        return join((self.titled("h2", self.name("Zamowienie"), self.facts(order)), rows))

    # --- the bottom ----------------------------------------------------------------------------

    def footer(self, whole: Shelf) -> Safe:
        foot = whole.inner("Stopka")
        texts = [self.facts(Shelf(text)) for text in foot.elements("Informacje")]
        file = self.facts(whole.inner("Naglowek"))
        return join(
            (
                self.section("Rejestry", foot),
                self.titled("h2", self.name("Informacje"), join(texts)),
                self.facts(foot),
                self.facts(whole),
                tag("div", file, cls="small") if file else Safe(),
            )
        )
