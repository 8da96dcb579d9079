"""Canonical XML 1.0, 1.1 and exclusive, over a document, or a subtree without some subtrees.

Written out here because lxml offers neither version 1.1 nor a subtree in the namespace context of
its document, and a verifier must hash exactly the nodes that the signature names.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml import etree

from .names import XML
from .refusal import wrong_format


@dataclass(frozen=True)
class Nodes:
    """A node-set: a subtree (or the whole document), less the subtrees in `omit`.

    `comments` is false where the reference that selected the nodes leaves comments out
    (XML Signature, 4.4.3.3: `""` and `#id` do, the XPointer forms do not).
    """

    apex: etree._Element
    whole: bool = False
    comments: bool = False
    omit: frozenset[etree._Element] = field(default=frozenset())

    def without(self, elements: Iterable[etree._Element]) -> "Nodes":
        return Nodes(self.apex, self.whole, self.comments, self.omit | frozenset(elements))


def canonicalise(
    nodes: Nodes,
    *,
    exclusive: bool,
    version11: bool = False,
    with_comments: bool = False,
    prefixes: Iterable[str] = (),
) -> bytes:
    """The canonical bytes of a node-set.

    `prefixes` is the PrefixList of an exclusive canonicalisation ("#default" for no prefix).
    """
    writer = _Writer(
        nodes.omit,
        exclusive,
        nodes.comments and with_comments,
        frozenset("" if p == "#default" else p for p in prefixes),
    )
    before, after = _around(nodes.apex) if nodes.whole else ([], [])
    for node in before:
        if writer.wants(node):
            writer.node(node, {})
            writer.out.append("\n")
    inherited = {} if exclusive or nodes.whole else _inherited(nodes.apex, version11)
    if nodes.apex not in nodes.omit:
        writer.element(nodes.apex, {}, inherited)
    for node in after:
        if writer.wants(node):
            writer.out.append("\n")
            writer.node(node, {})
    return "".join(writer.out).encode("utf-8")


def _around(root: etree._Element) -> tuple[list[etree._Element], list[etree._Element]]:
    return list(root.itersiblings(preceding=True))[::-1], list(root.itersiblings())


def _inherited(apex: etree._Element, version11: bool) -> dict[str, str]:
    """The xml: attributes that the apex of a subtree takes over from its omitted ancestors."""
    found: dict[str, str] = {}
    for ancestor in apex.iterancestors():
        for name, value in ancestor.attrib.items():
            if not name.startswith("{" + XML + "}"):
                continue
            if version11 and name == f"{{{XML}}}base":
                raise wrong_format("xml:base above a subtree in canonical XML 1.1")
            if version11 and name == f"{{{XML}}}id":
                continue
            found.setdefault(name, value)
    return found


class _Writer:
    def __init__(
        self,
        omit: frozenset[etree._Element],
        exclusive: bool,
        comments: bool,
        prefixes: frozenset[str],
    ) -> None:
        self.omit = omit
        self.exclusive = exclusive
        self.comments = comments
        self.prefixes = prefixes
        self.out: list[str] = []

    def wants(self, node: etree._Element) -> bool:
        return node not in self.omit and (self.comments or node.tag is not etree.Comment)

    def node(self, node: etree._Element, rendered: dict[str, str]) -> None:
        if node.tag is etree.Comment:
            self.out.append(f"<!--{node.text or ''}-->")
        elif node.tag is etree.ProcessingInstruction:
            data = f" {node.text}" if node.text else ""
            self.out.append(f"<?{node.target}{data}?>")
        elif isinstance(node.tag, str):
            self.element(node, rendered, {})
        else:
            raise wrong_format("entity reference")

    def element(
        self, element: etree._Element, rendered: dict[str, str], inherited: dict[str, str]
    ) -> None:
        """Writes an element; `rendered` are the namespaces its output parent has written."""
        scope = {prefix or "": uri for prefix, uri in element.nsmap.items()}
        attributes = _attributes(element, inherited)
        declarations = self._declarations(element, scope, attributes, rendered)
        name = etree.QName(element).localname
        if element.prefix:
            name = f"{element.prefix}:{name}"
        self.out.append(f"<{name}")
        for prefix, uri in sorted(declarations.items()):
            self.out.append(f' {"xmlns:" + prefix if prefix else "xmlns"}="{_in_value(uri)}"')
        for _uri, _local, _prefix, qualified, value in attributes:
            self.out.append(f' {qualified}="{_in_value(value)}"')
        self.out.append(">")
        below = {**rendered, **declarations}
        self.out.append(_in_text(element.text))
        for child in element:
            if self.wants(child):
                self.node(child, below)
            self.out.append(_in_text(child.tail))
        self.out.append(f"</{name}>")

    def _declarations(
        self,
        element: etree._Element,
        scope: dict[str, str],
        attributes: list[tuple[str, str, str, str, str]],
        rendered: dict[str, str],
    ) -> dict[str, str]:
        if self.exclusive:
            used = {element.prefix or ""}
            used.update(prefix for _uri, _local, prefix, _name, _value in attributes if prefix)
            used |= self.prefixes & (scope.keys() | {""})
        else:
            used = scope.keys() | {""}
        used -= {"xml"}
        wanted = {prefix: scope.get(prefix, "") for prefix in used}
        return {prefix: uri for prefix, uri in wanted.items() if rendered.get(prefix, "") != uri}


def _attributes(
    element: etree._Element, inherited: dict[str, str]
) -> list[tuple[str, str, str, str, str]]:
    """(namespace, local name, prefix, qualified name, value), in canonical order."""
    found = []
    for position, (name, value) in enumerate(element.attrib.items(), 1):
        qualified = etree.QName(name)
        uri, local = qualified.namespace or "", qualified.localname
        prefix = ""
        if uri:
            # lxml keeps the attribute's own prefix to itself, XPath tells it.
            prefix = str(element.xpath(f"name(@*[{position}])")).partition(":")[0]
        found.append((uri, local, prefix, f"{prefix}:{local}" if prefix else local, value))
    for name, value in inherited.items():
        if name not in element.attrib:
            local = etree.QName(name).localname
            found.append((XML, local, "xml", f"xml:{local}", value))
    return sorted(found)


def _in_text(text: str | None) -> str:
    if not text:
        return ""
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")
    )


def _in_value(text: str) -> str:
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace('"', "&quot;")
        .replace("\t", "&#x9;")
        .replace("\n", "&#xA;")
        .replace("\r", "&#xD;")
    )
