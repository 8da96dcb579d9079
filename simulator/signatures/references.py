"""What a ds:Reference points at and what its transforms leave of it."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from .canonical import Nodes, canonicalise
from .names import (
    BASE64_TRANSFORM,
    CANONICALISATIONS,
    DEFAULT_CANONICALISATION,
    DS,
    ENVELOPED_TRANSFORM,
    EXCLUSIVE,
    FILTER2,
    XPATH_TRANSFORM,
    ds,
)
from .refusal import negative, wrong_format

MAX_TRANSFORMS = 5

_BY_ID = re.compile(r"#xpointer\(id\((['\"])([^'\"]+)\1\)\)")
_NOT_SIGNATURE = re.compile(r"not\(ancestor-or-self::([A-Za-z_][\w.-]*):Signature\)")
_EVERY_SIGNATURE = re.compile(r"(?:/descendant::|//)([A-Za-z_][\w.-]*):Signature")


@dataclass(frozen=True)
class Selected:
    """The outcome of a reference: the nodes it started from and the bytes that are digested."""

    nodes: Nodes
    octets: bytes
    decoded: bool  # the octets came out of base64


def ids(root: etree._Element) -> dict[str, etree._Element]:
    """Every element with an identifier; a repeated identifier is an attack or a mistake."""
    found: dict[str, etree._Element] = {}
    for element in root.iter(etree.Element):
        names = {
            value
            for name, value in element.attrib.items()
            if name in ("Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id")
        }
        for name in names:
            if name in found:
                raise wrong_format(f"the identifier {name} stands there twice")
            found[name] = element
    return found


def select(
    reference: etree._Element,
    signature: etree._Element,
    elements: Mapping[str, etree._Element],
) -> Selected:
    """Follows a reference inside its own document; anything outside is refused as detached."""
    start = _target(reference.get("URI"), signature.getroottree().getroot(), elements)
    current: Nodes | bytes = start
    decoded = False
    for transform in _transforms(reference):
        if not isinstance(current, Nodes):
            raise wrong_format("a transform after bytes were made")
        algorithm = transform.get("Algorithm")
        if algorithm in CANONICALISATIONS:
            current = canonical_bytes(current, transform)
        elif algorithm == BASE64_TRANSFORM:
            current, decoded = _from_base64(current), True
        elif algorithm == ENVELOPED_TRANSFORM:
            current = current.without([signature])
        elif algorithm == XPATH_TRANSFORM:
            _only_not_signature(transform)
            current = current.without([signature])
        elif algorithm == FILTER2:
            _only_subtract_signature(transform)
            current = current.without([signature])
        else:
            raise wrong_format(f"transform {algorithm}")
        if isinstance(current, Nodes):
            start = current
    if isinstance(current, Nodes):
        exclusive, version11, comments = CANONICALISATIONS[DEFAULT_CANONICALISATION]
        current = canonicalise(
            current, exclusive=exclusive, version11=version11, with_comments=comments
        )
    return Selected(start, current, decoded)


def canonical_bytes(nodes: Nodes, method: etree._Element) -> bytes:
    """Canonicalises as a ds:Transform or ds:CanonicalizationMethod says."""
    algorithm = method.get("Algorithm")
    if algorithm not in CANONICALISATIONS:
        raise wrong_format(f"canonicalisation {algorithm}")
    exclusive, version11, comments = CANONICALISATIONS[algorithm]
    prefixes: list[str] = []
    for parameter in method.iterchildren(etree.Element):
        if not exclusive or parameter.tag != f"{{{EXCLUSIVE}}}InclusiveNamespaces":
            raise wrong_format(f"parameter {parameter.tag} of a canonicalisation")
        prefixes = (parameter.get("PrefixList") or "").split()
    return canonicalise(
        nodes,
        exclusive=exclusive,
        version11=version11,
        with_comments=comments,
        prefixes=prefixes,
    )


def decode_base64(text: str | None) -> bytes:
    """Strict base64 with white space allowed between the characters."""
    try:
        return base64.b64decode("".join((text or "").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise negative(f"bad base64: {error}") from error


def _target(uri: str | None, root: etree._Element, elements: Mapping[str, etree._Element]) -> Nodes:
    if uri == "":
        return Nodes(root, whole=True)
    if uri == "#xpointer(/)":
        return Nodes(root, whole=True, comments=True)
    if uri is None or not uri.startswith("#"):
        raise wrong_format(f"the signed data lie outside the file ({uri})")
    pointer = _BY_ID.fullmatch(uri)
    name = pointer.group(2) if pointer else uri[1:]
    if name not in elements:
        raise negative(f"nothing has the identifier {name}")
    return Nodes(elements[name], comments=pointer is not None)


def _transforms(reference: etree._Element) -> list[etree._Element]:
    groups = reference.findall(ds("Transforms"))
    if len(groups) > 1:
        raise wrong_format("two lists of transforms")
    transforms = [t for group in groups for t in group.iterchildren(etree.Element)]
    if len(transforms) > MAX_TRANSFORMS or any(t.tag != ds("Transform") for t in transforms):
        raise wrong_format("unusable transforms")
    return transforms


def _from_base64(nodes: Nodes) -> bytes:
    if nodes.whole or any(True for _child in nodes.apex.iterchildren(etree.Element)):
        raise wrong_format("base64 of something other than text")
    return decode_base64(str(nodes.apex.xpath("string()")))


def _only_not_signature(transform: etree._Element) -> None:
    expressions = list(transform.iterchildren(etree.Element))
    if len(expressions) != 1 or expressions[0].tag != ds("XPath"):
        raise wrong_format("XPath transform without its expression")
    _match(_NOT_SIGNATURE, expressions[0])


def _only_subtract_signature(transform: etree._Element) -> None:
    filters = list(transform.iterchildren(etree.Element))
    if (
        len(filters) != 1
        or filters[0].tag != f"{{{FILTER2}}}XPath"
        or filters[0].get("Filter") != "subtract"
    ):
        raise wrong_format("the XPath filter must subtract the signature")
    _match(_EVERY_SIGNATURE, filters[0])


def _match(pattern: re.Pattern[str], expression: etree._Element) -> None:
    text = "".join(str(expression.xpath("string()")).split())
    found = pattern.fullmatch(text)
    if not found or expression.nsmap.get(found.group(1)) != DS:
        raise wrong_format(f"XPath expression {text[:80]}")
