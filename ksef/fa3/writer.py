"""From the dataclasses to the bytes of the document.

One generic writer for all elements: the order is that of the dataclass fields, the form that of
their descriptions.  Elements without content are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

from ..problems import Problem
from .fields import Element, Spec, specs
from .model_invoice import Invoice
from .namespace import FA3, FORM_SCHEMA_VERSION, FORM_SYSTEM_CODE
from .places import Place
from .source_form import RootForm, with_root_form
from .values import Formatter, Unfit, formatter

_HEAD = f'<?xml version="1.0" encoding="UTF-8"?>\n<Faktura xmlns="{FA3}">'


class Unwritable(ValueError):
    """The invoice holds values that the document cannot carry.

    :ivar problems: all of them, each a wall with field and place
    """

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


def write(invoice: Invoice) -> bytes:
    """Return the document: UTF-8 without byte order mark, with XML declaration, on one line.

    Texts are tidied (white space, characters that KSeF refuses); nothing is shortened or rounded.
    The result is not validated: see :func:`ksef.fa3.validate`.

    :raises Unwritable: a text is too long, a number has too many digits, a time has no zone
    :raises TypeError: a field holds a value of another type than its own
    """
    out: list[str] = [_HEAD]
    try:
        _write_children(invoice, out.append)
    except (Unfit, TypeError, AttributeError, ValueError):
        problems = list(_problems(invoice, Place()))
        if problems:
            raise Unwritable(problems) from None
        raise
    out.append("</Faktura>")
    text = "".join(out)
    form = getattr(invoice, "source_form", None)
    if isinstance(form, RootForm):
        text = with_root_form(text, form)
    return text.encode()


class _Step(NamedTuple):
    start: str
    end: str
    empty: bool
    many: bool
    write: Formatter | None
    cls: type[Element] | None


class _Plan(NamedTuple):
    values: Callable[[Any], tuple[Any, ...]]
    steps: list[_Step]


@cache
def _plan(cls: type[Element]) -> _Plan:
    """Return how to write the content of ``cls``; made once for each class."""
    steps, names = [], []
    for name, spec in specs(cls):
        if spec.attribute:
            continue
        start = f"<{name}>"
        if spec.kind == "form_code":
            start = (
                f'<{name} kodSystemowy="{FORM_SYSTEM_CODE}" wersjaSchemy="{FORM_SCHEMA_VERSION}">'
            )
        write_value = None if spec.cls else formatter(spec)
        steps.append(
            _Step(start, f"</{name}>", spec.empty, spec.max_items > 1, write_value, spec.cls)
        )
        names.append(name)
    get = attrgetter(*names)
    return _Plan(get if len(names) > 1 else lambda element: (get(element),), steps)


@cache
def _attributes(cls: type[Element]) -> list[tuple[str, Spec]]:
    return [(name, spec) for name, spec in specs(cls) if spec.attribute]


def _write_children(element: Element, out: Callable[[str], None]) -> None:
    plan = _plan(type(element))
    for value, (start, end, empty, many, write_value, cls) in zip(
        plan.values(element), plan.steps, strict=True
    ):
        if value is None:
            continue
        if many and isinstance(value, str):
            raise TypeError("a list is wanted")
        if write_value is not None:
            for item in value if many else (value,):
                text = write_value(item)
                if text or empty:
                    out(f"{start}{text}{end}")
        else:
            for item in value if many else (value,):
                if type(item) is not cls:
                    raise TypeError("an element of another class")
                _write_element(item, start, end, out)


def _write_element(element: Element, start: str, end: str, out: Callable[[str], None]) -> None:
    attributes = _attributes(type(element))
    if attributes:
        start = start[:-1] + "".join(_attribute(element, *pair) for pair in attributes) + ">"
    content: list[str] = []
    _write_children(element, content.append)
    if content or attributes or getattr(element, "source_form", None):
        out(start)
        out("".join(content))
        out(end)


def _attribute(element: Element, name: str, spec: Spec) -> str:
    value = getattr(element, name)
    if value is None:
        return ""
    text = (
        formatter(spec)(value).replace('"', "&quot;").replace("\t", "&#9;").replace("\n", "&#10;")
    )
    return f' {name}="{text}"'


# What is wrong, with its place: a second, slower walk that is only made after the first failed.


def _problems(element: Element, place: Place) -> Iterator[Problem]:
    for name, spec in specs(type(element)):
        value = getattr(element, name)
        if value is None:
            continue
        many = spec.max_items > 1
        if many and isinstance(value, str):
            raise TypeError(f"{place.down(name).path}: a list is wanted, not {value!r}")
        for number, item in enumerate(value if many else [value], 1):
            where = place.down(name, number if many else None)
            if spec.cls is None:
                yield from _value_problems(item, spec, where)
            elif isinstance(item, spec.cls):
                yield from _problems(item, where)
            else:
                raise TypeError(f"{where.path}: {spec.cls.__name__} is wanted, not {item!r}")


def _value_problems(value: Any, spec: Spec, place: Place) -> Iterator[Problem]:
    try:
        formatter(spec)(value)
    except Unfit as unfit:
        yield unfit.problem(place)
    except (TypeError, AttributeError, ValueError) as error:
        raise TypeError(f"{place.path}: {error} ({value!r})") from error
