"""What the parts of a page are made of: fields with their names, tables, boxes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from .fields import Element, Spec, specs
from .page_html import Safe, join, tag
from .page_names import name_of
from .page_values import shown

#: An address reads best without names before its lines.
_UNNAMED = ("AdresL1", "AdresL2", "KodKraju")


@cache
def _specs(cls: type[Element]) -> dict[str, Spec]:
    return dict(specs(cls))


def _holds(value: Any) -> bool:
    return value is not None and value is not False and value != []


class Shelf:
    """The fields of an element that hold something and are not on the page yet."""

    def __init__(self, element: Element | None) -> None:
        self._specs = _specs(type(element)) if element is not None else {}
        self._left = {
            name: value for name in self._specs if _holds(value := getattr(element, name))
        }

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def __bool__(self) -> bool:
        return bool(self._left)

    def spec(self, name: str) -> Spec:
        """Return the description of a field."""
        return self._specs[name]

    def peek(self, name: str) -> Any:
        """Return a value and leave it for the page, or ``None``."""
        return self._left.get(name)

    def take(self, name: str) -> Any:
        """Return a value, which the caller puts on the page, or ``None``."""
        return self._left.pop(name, None)

    def elements(self, name: str) -> list[Element]:
        """Take the elements of a name, be it one or several."""
        found = self.take(name)
        if found is None:
            return []
        return found if isinstance(found, list) else [found]

    def inner(self, name: str) -> Shelf:
        """Take the one element of a name as a shelf; an empty one where there is none."""
        return Shelf(self.take(name))

    def part(self, names: Iterable[str]) -> Shelf:
        """Take some fields, in this order, as a shelf of their own."""
        part = Shelf(None)
        part._specs = self._specs
        part._left = {name: self.take(name) for name in names if name in self}
        return part

    def items(self) -> list[tuple[str, Spec, Any]]:
        """Return name, description and value of all that is left."""
        return [(name, self._specs[name], value) for name, value in self._left.items()]


class Parts:
    """Makes the pieces of a page.

    :param language: of the page's own words, ``"pl"`` or ``"en"``
    """

    def __init__(self, language: str) -> None:
        self.language = language

    def name(self, name: str) -> str:
        """Return what the page calls an element."""
        return name_of(name, self.language)

    def text(self, name: str, spec: Spec, value: Any) -> str:
        """Return a value in words."""
        return shown(name, spec, value, self.language)

    def value(self, name: str, spec: Spec, value: Any) -> Safe:
        """Return a value; its name in the schema shows when the mouse rests on it."""
        return tag("span", self.text(name, spec, value), cls="v", title=name)

    def line(self, name: str, spec: Spec, value: Any, cls: str = "") -> Safe:
        """Return one line: name and value."""
        content = self.value(name, spec, value)
        if name in _UNNAMED:
            return tag("p", content, cls=cls)
        return tag("p", tag("span", f"{self.name(name)}: ", cls="l"), content, cls=cls)

    def taken(self, shelf: Shelf, name: str, cls: str = "") -> Safe:
        """Take a field of a shelf and return its line, or nothing."""
        if name not in shelf:
            return Safe()
        spec = shelf.spec(name)
        return self.line(name, spec, shelf.take(name), cls)

    def facts(self, shelf: Shelf, wide: bool = True) -> Safe:
        """Return everything that is left on a shelf: simple fields first, then what has parts.

        :param wide: several columns, where there is room for them
        """
        lines: list[Safe] = []
        boxes: list[Safe] = []
        for name, spec, value in shelf.items():
            if spec.cls is None:
                values = value if spec.max_items > 1 else [value]
                lines += [self.line(name, spec, item) for item in values]
            elif spec.max_items > 1:
                boxes.append(self.titled("h4", self.name(name), self.list_of(value)))
            else:
                boxes.append(self.titled("h4", self.name(name), self.facts(Shelf(value), False)))
        content = join(lines)
        if len(lines) > 3 and wide:
            content = tag("div", content, cls="g")
        if len(boxes) > 1 and wide:
            boxes = [tag("div", *(tag("div", box) for box in boxes), cls="g")]
        return join((content, *boxes))

    def titled(self, level: str, heading: str, content: Safe) -> Safe:
        """Return content below its heading, or nothing where there is none."""
        return join((tag(level, heading), content)) if content else Safe()

    def list_of(self, elements: list[Element]) -> Safe:
        """Return several elements of a kind: as a table, or one after another when they have
        parts of their own or stand alone."""
        if len(elements) > 1 and all(map(_is_flat, elements)):
            return self.table(elements)
        return join(self.facts(Shelf(element)) for element in elements)

    def table(self, elements: list[Element], leave_out: tuple[str, ...] = ()) -> Safe:
        """Return a table with the columns that are used."""
        if not elements:
            return Safe()
        if not all(map(_is_flat, elements)):
            return self.list_of(elements)
        described = _specs(type(elements[0]))
        used = [
            (name, spec)
            for name, spec in described.items()
            if name not in leave_out and any(_holds(getattr(item, name)) for item in elements)
        ]
        if not used:
            return Safe()
        heads = [tag("th", self.name(name), title=name) for name, _spec in used]
        lines = [
            tag("tr", *(self.cell(name, spec, getattr(item, name)) for name, spec in used))
            for item in elements
        ]
        return self.frame(heads, lines)

    def cell(self, name: str, spec: Spec, value: Any) -> Safe:
        """Return a cell of a table."""
        if not _holds(value):
            return Safe("<td></td>")
        cls = {"decimal": "n", "day": "d"}.get(spec.kind, "")
        return tag("td", self.text(name, spec, value), cls=cls)

    def frame(self, heads: list[Safe], lines: list[Safe], foot: list[Safe] | None = None) -> Safe:
        """Return a table of cells that are made already; it scrolls when it is too wide."""
        parts = [tag("thead", tag("tr", *heads))] if heads else []
        parts.append(tag("tbody", *lines))
        if foot:
            parts.append(tag("tfoot", *foot))
        return tag("div", tag("table", *parts), cls="w")


def _is_flat(element: Element) -> bool:
    """Tell whether an element holds simple values only."""
    return all(
        spec.cls is None and spec.max_items == 1
        for name, spec in _specs(type(element)).items()
        if _holds(getattr(element, name))
    )
