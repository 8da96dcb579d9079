"""What the schema finds wrong, in an accountant's words.

libxml2 stops looking at the children of an element once one of them is out of place, and speaks
of facets and patterns.  So its log only says *where* something is wrong; the words come from
looking at the document with the model's eyes, which sees everything at once.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from ..problems import Problem
from ..words import _
from . import schema
from .content import content_problems
from .document import form_problem, walk
from .fields import Element, Spec, specs
from .formats import value_problem
from .labels import label
from .model_invoice import Invoice
from .namespace import FA3
from .places import Place

#: entries of the schema's log; the model finds nearly all of the rest by itself
_LOOKED_AT = 500
_CONTENT = "SCHEMAV_ELEMENT_CONTENT"
_NAMESPACE = f"{{{FA3}}}"

_Known = dict[etree._Element, tuple[Place, type[Element] | None, Spec | None]]


def schema_problems(root: etree._Element) -> list[Problem]:
    """Return everything about the document that the schema does not allow, all of it walls.

    :raises ksef.fa3.schema.SchemaMissing: no usable schema
    """
    log = schema.errors(root)
    if not log:
        return []
    form = form_problem(root)
    if form:
        return [form]
    known = _known_elements(root)
    blamed_parents = set()
    blamed_values: dict[etree._Element, str] = {}
    for entry in log[:_LOOKED_AT]:
        element = _element_of(root, entry)
        if entry.type_name == _CONTENT and "Missing child" not in (entry.message or ""):
            parent = element.getparent()
            blamed_parents.add(element if parent is None else parent)
        elif entry.type_name == _CONTENT:
            blamed_parents.add(element)
        else:
            blamed_values.setdefault(element, entry.message or "")
    problems: list[Problem] = []
    for element, (place, cls, spec) in known.items():
        if cls is not None:
            problems += content_problems(element, cls, place, element in blamed_parents)
            message = blamed_values.get(element)
            if message is not None:
                problems.append(_other(place, element, message))
        elif spec is not None:
            problem = value_problem(spec, element.text or "", place, element in blamed_values)
            if problem:
                problems.append(problem)
    return problems or [_fallback(root, log)]


def _known_elements(root: etree._Element) -> _Known:
    """Return the elements that the model knows, each with its place and description."""
    found: _Known = {root: (Place(), Invoice, None)}
    for element, place in walk(root):
        parent = found.get(element.getparent())
        if parent is None or parent[1] is None:
            continue
        spec = dict(specs(parent[1])).get(str(element.tag).removeprefix(_NAMESPACE))
        if spec is not None:
            found[element] = (place, spec.cls, spec)
    return found


_STEP = re.compile(r"([^\[]+)(?:\[(\d+)\])?")


def _element_of(root: etree._Element, entry: Any) -> etree._Element:
    """Return the element a log entry speaks of, or the root.

    The entry's path names prefixes without telling what they stand for, so it is no XPath.
    """
    element = root
    for step in (entry.path or "").split("/")[2:]:
        found = _STEP.fullmatch(step)
        name, number = (found.group(1), int(found.group(2) or 1)) if found else ("", 1)
        matching = [
            child
            for child in element
            if isinstance(child.tag, str) and name in ("*", _prefixed_name(child))
        ]
        if len(matching) < number:
            break
        element = matching[number - 1]
    return element


def _prefixed_name(element: etree._Element) -> str:
    name = etree.QName(element).localname
    return f"{element.prefix}:{name}" if element.prefix else name


def _other(place: Place, element: etree._Element, message: str) -> Problem:
    """Return a problem of an element with children that is none of its content (attributes)."""
    return Problem(
        "wall",
        "schema",
        _("%(label)s: %(reason)s"),
        {"label": label(place), "reason": message.replace(_NAMESPACE, "")},
        field=place.field,
        place=place.place,
    )


def _fallback(root: etree._Element, log: list[Any]) -> Problem:
    """Return the schema's own first message, for what the model finds nothing wrong with."""
    entry = log[0]
    element = _element_of(root, entry)
    place = next((where for other, where in walk(root) if other is element), Place())
    return _other(place, element, entry.message or "")
