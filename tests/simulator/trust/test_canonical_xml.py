"""The canonicaliser against libxml2's, and against the rules that libxml2 cannot show here."""

import pytest
from lxml import etree

from simulator.signatures import SignatureRefused
from simulator.signatures.canonical import Nodes, canonicalise

DOCUMENTS = [
    b"<a/>",
    b'<a b="2" a="1"/>',
    b'<?xml version="1.0"?><?before x?><!--one--><a>t</a><!--two--><?after?>',
    b"<a>&lt;&amp;&gt;&#13;\t\n\"'</a>",
    b'<a x="&lt;&amp;&gt;&#13;&#9;&#10;&quot;\'"/>',
    "<a>zażółć gęślą jaźń €𝄞</a>".encode(),
    b"<a><![CDATA[<not> & markup]]></a>",
    b'<a xmlns="urn:1"><b xmlns=""><c xmlns="urn:1"/></b></a>',
    b'<a xmlns="urn:1"><b xmlns=""/></a>',
    b'<p:a xmlns:p="urn:1" xmlns:q="urn:2" q:x="1" y="2" p:z="3"><q:b p:x="1"/></p:a>',
    b'<a xmlns:z="urn:a" xmlns:y="urn:b" z:k="1" y:k="2"/>',
    b'<a xmlns:p="urn:1"><p:b xmlns:p="urn:2"><p:c/><p:d xmlns:p="urn:1"/></p:b></a>',
    b'<a xmlns:p="urn:1"><b xmlns:p="urn:1" p:x="1"/></a>',
    b'<a xmlns:p="urn:same" xmlns:q="urn:same"><b q:x="1" p:y="2"/></a>',
    b'<a xml:lang="pl" xml:space="preserve"><b xml:lang="en"><c/></b></a>',
    b'<a xmlns="urn:1" xmlns:u="urn:2">\n  <!-- c --><b>x<?pi  data ?>y</b>\n</a>',
    b'<a xmlns:unused="urn:u"><b unused:x="1"><c/></b><d/></a>',
]


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("comments", [False, True])
def test_whole_documents(document, exclusive, comments):
    root = etree.fromstring(document)
    ours = canonicalise(
        Nodes(root, whole=True, comments=True), exclusive=exclusive, with_comments=comments
    )
    theirs = etree.tostring(
        root.getroottree(), method="c14n", exclusive=exclusive, with_comments=comments
    )
    assert ours == theirs


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("prefixes", [(), ("p", "q"), ("unused", "#default")])
def test_exclusive_subtrees(document, prefixes):
    for element in etree.fromstring(document).iter(etree.Element):
        if "#default" in prefixes and element.getparent() is not None:
            continue  # lxml cannot say "#default"
        ours = canonicalise(Nodes(element, comments=True), exclusive=True, prefixes=prefixes)
        theirs = etree.tostring(
            element,
            method="c14n",
            exclusive=True,
            with_comments=False,
            with_tail=False,
            inclusive_ns_prefixes=[p for p in prefixes if p in element.nsmap] or None,
        )
        assert ours == theirs


def test_inclusive_subtree_takes_its_context_along():
    root = etree.fromstring(b'<a xmlns="urn:1" xmlns:p="urn:2" xml:lang="pl" xml:id="i"><b/></a>')
    assert canonicalise(Nodes(root[0]), exclusive=False) == (
        b'<b xmlns="urn:1" xmlns:p="urn:2" xml:id="i" xml:lang="pl"></b>'
    )


def test_version_11_leaves_identifiers_behind():
    root = etree.fromstring(b'<a xml:lang="pl" xml:space="preserve" xml:id="i"><b/></a>')
    assert canonicalise(Nodes(root[0]), exclusive=False, version11=True) == (
        b'<b xml:lang="pl" xml:space="preserve"></b>'
    )


def test_version_11_does_not_guess_about_xml_base():
    root = etree.fromstring(b'<a xml:base="http://x/"><b/></a>')
    with pytest.raises(SignatureRefused):
        canonicalise(Nodes(root[0]), exclusive=False, version11=True)


def test_omitted_subtree_leaves_the_text_after_it():
    root = etree.fromstring(b"<a>1<b>2</b>3</a>")
    nodes = Nodes(root, whole=True).without([root[0]])
    assert canonicalise(nodes, exclusive=False) == b"<a>13</a>"


def test_references_without_comments_lose_them():
    root = etree.fromstring(b"<a><!--c-->t</a>")
    assert canonicalise(Nodes(root), exclusive=False, with_comments=True) == b"<a>t</a>"
