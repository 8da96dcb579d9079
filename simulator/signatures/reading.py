"""Reads XML that a stranger sent: bounded, UTF-8, without DTD, entities or network."""

import re

from lxml import etree

from .refusal import DOCUMENT, ENCODING, UNREADABLE, SignatureRefused

MAX_BYTES = 5_000_000
MAX_NODES = 50_000

_DECLARED = re.compile(
    rb"\A(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']"
)


def parse(data: bytes) -> etree._Element:
    """The root element of a document; SignatureRefused (21001, 21217, 9101) if unreadable."""
    if not data.strip():
        raise SignatureRefused(UNREADABLE, reason="empty")
    if len(data) > MAX_BYTES:
        raise SignatureRefused(DOCUMENT, reason="too large")
    _check_encoding(data)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise SignatureRefused(DOCUMENT, reason="document type declarations are not allowed")
    # The encoding is pinned: a declared UTF-7 must not hide a DOCTYPE from the test above.
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        no_network=True,
        huge_tree=False,
        remove_comments=False,
        remove_pis=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise SignatureRefused(DOCUMENT, reason=f"not XML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise SignatureRefused(DOCUMENT, reason="document type declarations are not allowed")
    for number, _node in enumerate(root.iter(), 1):
        if number > MAX_NODES:
            raise SignatureRefused(DOCUMENT, reason="too many nodes")
    return root


def _check_encoding(data: bytes) -> None:
    if data.lstrip()[:1] != b"<" and not data.startswith(b"\xef\xbb\xbf"):
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise SignatureRefused(ENCODING, reason="UTF-16")
        raise SignatureRefused(DOCUMENT, reason="not XML")
    declared = _DECLARED.match(data)
    if declared and declared.group(1).lower() not in (b"utf-8", b"utf8", b"us-ascii"):
        raise SignatureRefused(ENCODING, reason=f"declared as {declared.group(1).decode()}")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SignatureRefused(ENCODING, reason=str(error)) from error
