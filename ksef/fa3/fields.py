"""What the schema knows of each field, told once beside it in the dataclasses.

Each function here makes the dataclass field of one kind of element.  The writer and the reader
work from nothing but these descriptions, so that neither knows any element by name.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

#: key of the description in the metadata of a dataclass field
KEY = "fa3"


class Element:
    """Base of all elements with content of their own.

    ``source_form`` is set by the reader only, where the document held something that the values
    do not tell: an element without content, or the root's prefix and attributes.
    """

    __slots__ = ("source_form",)


@dataclass(frozen=True, slots=True)
class Spec:
    """Description of one field.

    :param kind: how the value is written: ``text`` (white space collapsed), ``exact`` (kept but
        for its ends), ``lines`` (line breaks kept), ``decimal``, ``whole``, ``mark``, ``yes_no``,
        ``day``, ``moment``, ``form_code``, ``element``
    :param required: the schema wants it wherever its parent stands (choices are not required)
    :param max_items: how often it may stand; more than one makes it a list
    :param max_length: longest text, in characters; 0 for no limit
    :param empty: the element may stand without content
    :param total: most digits of a number
    :param fraction: most digits after the point
    :param shown: digits after the point that are written even when they are zeros
    :param cls: class of an element with content of its own
    :param attribute: an XML attribute instead of an element
    """

    kind: str
    required: bool = False
    max_items: int = 1
    max_length: int = 0
    empty: bool = False
    total: int = 0
    fraction: int = 0
    shown: int = 0
    cls: type[Element] | None = None
    attribute: bool = False


def _field(spec: Spec, default: Any = None) -> Any:
    if spec.max_items > 1:
        return dataclasses.field(default_factory=list, metadata={KEY: spec})
    return dataclasses.field(default=default, metadata={KEY: spec})


def specs(cls: type[Element]) -> list[tuple[str, Spec]]:
    """Return name and description of each field of ``cls``, in the schema's order."""
    return [(field.name, field.metadata[KEY]) for field in dataclasses.fields(cls)]  # type: ignore[arg-type]


def text(max_length: int = 0, *, required: bool = False, empty: bool = False) -> Any:
    """Text in which a run of white space counts as one blank (xsd:token)."""
    return _field(Spec("text", required=required, max_length=max_length, empty=empty))


def exact(max_length: int = 0, *, required: bool = False) -> Any:
    """Text that counts to the letter, such as a number or a code (xsd:string)."""
    return _field(Spec("exact", required=required, max_length=max_length))


def lines(max_length: int, *, required: bool = False) -> Any:
    """Text with line breaks (TTekstowy)."""
    return _field(Spec("lines", required=required, max_length=max_length))


def amount(*, required: bool = False) -> Any:
    """Amount of money, two digits after the point (TKwotowy)."""
    return _field(Spec("decimal", required=required, total=18, fraction=2, shown=2))


def price(*, required: bool = False) -> Any:
    """Unit price or discount, two to eight digits after the point (TKwotowy2)."""
    return _field(Spec("decimal", required=required, total=22, fraction=8, shown=2))


def quantity(*, required: bool = False) -> Any:
    """Quantity or exchange rate, up to six digits after the point (TIlosci)."""
    return _field(Spec("decimal", required=required, total=22, fraction=6))


def percent(*, required: bool = False) -> Any:
    """Percentage from 0 to 100, up to six digits after the point (TProcentowy)."""
    return _field(Spec("decimal", required=required, total=9, fraction=6))


def whole(default: int | None = None, *, required: bool = False) -> Any:
    """Whole number: a row number or a code of one of the schema's lists."""
    return _field(Spec("whole", required=required), default)


def mark(*, required: bool = False) -> Any:
    """A mark that is 1 or absent (TWybor1); ``True`` and ``False`` are taken as well."""
    return _field(Spec("mark", required=required))


def yes_no(*, required: bool = False) -> Any:
    """1 for yes, 2 for no (TWybor1_2); ``True`` and ``False`` are taken as well."""
    return _field(Spec("yes_no", required=required))


def day(*, required: bool = False) -> Any:
    """A calendar day (TData)."""
    return _field(Spec("day", required=required))


def moment(*, required: bool = False) -> Any:
    """A point in time with its zone (TDataCzas); written in UTC."""
    return _field(Spec("moment", required=required))


def form_code() -> Any:
    """The form's code, which carries the version of the schema in its attributes."""
    return _field(Spec("form_code", required=True), "FA")


def attribute(*, required: bool = False) -> Any:
    """Text in an XML attribute."""
    return _field(Spec("exact", required=required, attribute=True))


def one(cls: type[Element], *, required: bool = False) -> Any:
    """An element with content of its own."""
    return _field(Spec("element", required=required, cls=cls))


def many(what: Any, max_items: int, *, required: bool = False) -> Any:
    """A list: of elements of a class, or of simple values as another function here makes them."""
    if isinstance(what, type):
        spec = Spec("element", required=required, max_items=max_items, cls=what)
    else:
        spec = dataclasses.replace(what.metadata[KEY], required=required, max_items=max_items)
    return _field(spec)
