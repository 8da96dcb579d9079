"""Reads XML safely and brings it into canonical form for digests.

The documents are foreign: nothing is fetched, no entity is resolved, libxml2's size limits stay
on.
"""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from . import names

_XML = "http://www.w3.org/XML/1998/namespace"
_INHERITED = (f"{{{_XML}}}lang", f"{{{_XML}}}space")


class Unsupported(ValueError):
    """A transform or canonical form that is not understood here."""


def parse(data: bytes) -> etree._ElementTree:
    """Parse foreign XML.

    :raises lxml.etree.XMLSyntaxError: it is not well-formed, or beyond libxml2's limits
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_blank_text=False,
    )
    return etree.fromstring(data, parser).getroottree()


def local_name(element: etree._Element) -> str:
    """The name without namespace; empty for comments and processing instructions."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def namespace(element: etree._Element) -> str:
    """The namespace's name, empty if there is none."""
    return (etree.QName(element).namespace or "") if isinstance(element.tag, str) else ""


def canonical(
    tree: etree._ElementTree,
    algorithm: str = names.EXC_C14N,
    prefixes: Sequence[str] = (),
    *,
    comments: bool = True,
) -> bytes:
    """Return the canonical form of a whole document.

    :param algorithm: exclusive or inclusive C14N; version 1.1 differs from 1.0 for parts of a
        document only
    :param prefixes: ``PrefixList`` of exclusive C14N
    :param comments: False when what is to be written has lost its comments before, whatever the
        algorithm does with them
    :raises Unsupported: another algorithm
    :raises lxml.etree.C14NError: the document has no canonical form (relative namespace names)
    """
    with_comments = algorithm.endswith("#WithComments")
    base = algorithm[: -len("#WithComments")] if with_comments else algorithm
    if base + "#" == names.EXC_C14N or base == names.EXC_C14N:
        exclusive = True
    elif base in (names.C14N, names.C14N_11):
        exclusive = False
    else:
        raise Unsupported(algorithm)
    return etree.tostring(
        tree,
        method="c14n",
        exclusive=exclusive,
        with_comments=with_comments and comments,
        inclusive_ns_prefixes=list(prefixes) if exclusive and prefixes else None,
    )


def part(element: etree._Element, algorithm: str) -> etree._ElementTree:
    """Return ``element`` as a document of its own, to be brought into a canonical form.

    lxml canonicalises documents only; a copied element would lose the namespace declarations of
    its ancestors, which inclusive C14N shows.  Written out and read again it keeps them.  Inclusive
    C14N shows the ``xml:`` attributes of the ancestors as well, exclusive C14N does not.
    """
    tree = parse(etree.tostring(element, encoding="utf-8", with_tail=False))
    if algorithm.startswith((names.C14N, names.C14N_11)):
        for ancestor in element.iterancestors():
            for name, value in ancestor.attrib.items():
                if name in _INHERITED and name not in tree.getroot().attrib:
                    tree.getroot().set(name, value)
    return tree


def canonical_part(
    element: etree._Element, algorithm: str = names.EXC_C14N, prefixes: Sequence[str] = ()
) -> bytes:
    """Return the canonical form of one element within its document."""
    return canonical(part(element, algorithm), algorithm, prefixes)


def remove(element: etree._Element) -> None:
    """Take an element out of its document and leave the text behind it, as C14N sees it."""
    parent, tail, before = element.getparent(), element.tail, element.getprevious()
    if parent is None:
        raise Unsupported("the root cannot be removed")
    if tail:
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
    parent.remove(element)
