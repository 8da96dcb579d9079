"""The content of an AuthTokenRequest (schemas auth v2-0 and v2-1)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from simulator import contexts
from simulator.errors import BadRequest

NAMESPACES = ("http://ksef.mf.gov.pl/auth/token/2.0", "http://ksef.mf.gov.pl/auth/token/2.1")
CHALLENGE = re.compile(r"\d{8}-CR-[A-F0-9]{10}-[A-F0-9]{10}-[A-F0-9]{2}")
_OCTET = r"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_ADDRESS = rf"({_OCTET}\.){{3}}{_OCTET}"
_POLICY = {
    "Ip4Address": ("ip4Addresses", re.compile(_ADDRESS)),
    "Ip4Range": ("ip4Ranges", re.compile(f"{_ADDRESS}-{_ADDRESS}")),
    "Ip4Mask": ("ip4Masks", re.compile(rf"{_ADDRESS}/(\d|[12]\d|3[0-2])")),
}
ADDRESS_PATTERNS = dict(_POLICY.values())


@dataclass
class AuthRequest:
    challenge: str
    context_type: str
    context: str
    subject_type: str  # "certificateSubject" or "certificateFingerprint"
    allowed_ips: dict[str, list[str]] = field(default_factory=dict)


def read(xml: bytes) -> AuthRequest:
    """Raises BadRequest 21401 with what the schema says against it."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    root = etree.fromstring(xml, parser)
    name = etree.QName(root)
    if name.localname != "AuthTokenRequest" or name.namespace not in NAMESPACES:
        raise _against_schema(f"Element '{root.tag}' nie jest zadeklarowany.")
    children = _children(root, name.namespace)
    order = [tag for tag, _ in children]
    if order not in (
        ["Challenge", "ContextIdentifier", "SubjectIdentifierType"],
        ["Challenge", "ContextIdentifier", "SubjectIdentifierType", "AuthorizationPolicy"],
    ):
        raise _against_schema(
            "Element 'AuthTokenRequest' ma nieprawidłową zawartość: oczekiwano kolejno "
            "'Challenge', 'ContextIdentifier', 'SubjectIdentifierType'."
        )
    elements = dict(children)
    challenge = _text(elements["Challenge"]).strip()
    if not CHALLENGE.fullmatch(challenge):
        raise _invalid_value("Challenge", challenge)
    context = _children(elements["ContextIdentifier"], name.namespace)
    if len(context) != 1 or context[0][0] not in contexts.TYPES:
        raise _against_schema("Element 'ContextIdentifier' ma nieprawidłową zawartość.")
    context_type, identifier = context[0]
    value = _text(identifier)
    if not contexts.looks_right(context_type, value):
        raise _invalid_value(context_type, value)
    subject_type = _text(elements["SubjectIdentifierType"]).strip()
    if subject_type not in ("certificateSubject", "certificateFingerprint"):
        raise _invalid_value("SubjectIdentifierType", subject_type)
    request = AuthRequest(challenge, context_type, value, subject_type)
    if "AuthorizationPolicy" in elements:
        request.allowed_ips = _policy(elements["AuthorizationPolicy"], name.namespace)
    return request


def _policy(element: etree._Element, namespace: str | None) -> dict[str, list[str]]:
    allowed = _children(element, namespace)
    if [tag for tag, _ in allowed] != ["AllowedIps"]:
        raise _against_schema("Element 'AuthorizationPolicy' ma nieprawidłową zawartość.")
    addresses: dict[str, list[str]] = {}
    for tag, child in _children(allowed[0][1], namespace):
        if tag not in _POLICY:
            raise _against_schema(f"Element 'AllowedIps' nie może zawierać elementu '{tag}'.")
        name, pattern = _POLICY[tag]
        value = _text(child).strip()
        if not pattern.fullmatch(value):
            raise _invalid_value(tag, value)
        addresses.setdefault(name, []).append(value)
    if any(len(values) > 10 for values in addresses.values()):
        raise _against_schema("Element 'AllowedIps' zawiera zbyt wiele adresów.")
    return addresses


def _children(element: etree._Element, namespace: str | None) -> list[tuple[str, etree._Element]]:
    children = []
    for child in element:
        if not isinstance(child.tag, str):
            continue
        name = etree.QName(child)
        if name.namespace != namespace:
            raise _against_schema(
                f"Element '{etree.QName(element).localname}' ma nieprawidłowy element "
                f"podrzędny '{child.tag}'."
            )
        children.append((name.localname, child))
    return children


def _text(element: etree._Element) -> str:
    return element.text or ""


def _invalid_value(element: str, value: str) -> BadRequest:
    return _against_schema(f"Element '{element}' ma nieprawidłową wartość '{value}'.")


def _against_schema(problem: str) -> BadRequest:
    return BadRequest(21401, problem)
