"""From the bytes of a document to the dataclasses.

One generic reader for all elements, driven by the same descriptions as the writer.  It does not
check the document against the schema; it only refuses what the dataclasses cannot hold.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from lxml import etree

from ..problems import Problem
from ..words import _
from .as_written import remember
from .document import Unreadable, parse
from .fields import Element, Spec, specs
from .labels import label
from .model_invoice import Invoice
from .namespace import FA3, XSI
from .places import Place
from .source_form import RootForm
from .values import Formatter, Unfit, formatter
from .values import parse as parse_value

_NAMESPACE = f"{{{FA3}}}"
_XSI = f"{{{XSI}}}"


def read(data: bytes) -> Invoice:
    """Return the invoice that a document tells.

    ``write(read(data))`` is the same document but for comments, processing instructions, white
    space between elements and the way it is spelt (exclusive canonical XML is equal).

    :raises Unreadable: not an FA(3) document, or something in it that the schema does not know
    """
    return from_root(parse(data))


def from_root(root: etree._Element) -> Invoice:
    """Return the invoice under the root element of a parsed document; see :func:`read`."""
    invoice = Invoice()
    _fill(invoice, root, Place())
    xsi = tuple(
        (str(name).removeprefix(_XSI), str(value))
        for name, value in root.attrib.items()
        if str(name).startswith(_XSI)
    )
    if root.prefix or xsi:
        invoice.source_form = RootForm(root.prefix or "", xsi)
    return invoice


@cache
def _plan(cls: type[Element]) -> dict[str, tuple[str, Spec, Formatter | None]]:
    """Return, for each tag in ``cls``, the attribute it goes to and how to write its value."""
    return {
        _NAMESPACE + name: (name, spec, None if spec.cls else formatter(spec))
        for name, spec in specs(cls)
        if not spec.attribute
    }


@cache
def _attributes(cls: type[Element]) -> dict[str, Spec]:
    return {name: spec for name, spec in specs(cls) if spec.attribute}


def _fill(target: Element, source: etree._Element, place: Place) -> None:
    plan = _plan(type(target))
    filled: set[str] = set()
    if source.attrib:
        _fill_attributes(target, source, place)
    for child in source:
        tag = child.tag
        if not isinstance(tag, str):
            continue
        known = plan.get(tag)
        if known is None:
            raise _unknown(place.down(etree.QName(child).localname))
        name, spec, write = known
        if spec.max_items > 1:
            values = getattr(target, name)
            values.append(_value(child, spec, write, place.down(name, len(values) + 1)))
        elif name in filled:
            raise _repeated(place.down(name))
        else:
            filled.add(name)
            setattr(target, name, _value(child, spec, write, place.down(name)))
    if place.steps and not len(source) and not source.attrib:
        target.source_form = True


def _value(source: etree._Element, spec: Spec, write: Formatter | None, place: Place) -> Any:
    if write is None:
        assert spec.cls is not None
        element = spec.cls()
        _fill(element, source, place)
        return element
    for child in source:
        name = etree.QName(child).localname if isinstance(child.tag, str) else "<?…?>"
        raise _unknown(place.down(name))
    text = source.text or ""
    try:
        value = parse_value(spec, text)
    except (ValueError, OverflowError):
        raise _wrong(place, text) from None
    return value if _writes_as(write, value, text) else remember(value, text)


def _writes_as(write: Formatter, value: Any, text: str) -> bool:
    """Tell whether the writer would give just this text."""
    if type(value) is str and value is text:
        return True
    try:
        return write(value) == text
    except Unfit:
        return False


def _fill_attributes(target: Element, source: etree._Element, place: Place) -> None:
    known = _attributes(type(target))
    for name, value in source.attrib.items():
        if name in known:
            setattr(target, str(name), str(value))
        elif not str(name).startswith(_XSI):
            raise _unknown(place.down(f"@{name}"))


def _problem(place: Place, code: str, text: str, **values: Any) -> Unreadable:
    values["label"] = label(place)
    return Unreadable(Problem("wall", code, text, values, field=place.field, place=place.place))


def _unknown(place: Place) -> Unreadable:
    return _problem(place, "unknown_element", _("%(label)s: FA(3) has no such element here."))


def _repeated(place: Place) -> Unreadable:
    return _problem(place, "too_many", _("%(label)s: it may stand only once."))


def _wrong(place: Place, text: str) -> Unreadable:
    return _problem(
        place, "wrong_value", _("%(label)s: “%(value)s” is not a value of this field."), value=text
    )
