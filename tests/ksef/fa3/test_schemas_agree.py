"""Our base types against the Ministry's own: the same documents are valid under both."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

from ksef import fa3
from ksef.fa3 import schema
from ksef.fa3.namespace import BASE_TYPES

SHARED = Path(__file__).resolve().parents[4] / "shared"
XSD = SHARED / "ksef" / "xsd"
XS = "{http://www.w3.org/2001/XMLSchema}"
OURS = Path(fa3.__file__).parent / "xsd" / "base_types.xsd"


class Official(etree.Resolver):
    def resolve(self, url, public_id, context):
        return self.resolve_filename(str(XSD / url.rpartition("/")[2]), context)


@pytest.fixture(scope="module")
def official() -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Official())
    file = XSD / "schemat_FA(3)_v1-0E.xsd"
    return etree.XMLSchema(etree.fromstring(file.read_bytes(), parser))


def test_the_installed_schema_is_the_ministrys(schema_file):
    def content(file: Path) -> bytes:
        parser = etree.XMLParser(remove_blank_text=True, remove_comments=True)
        root = etree.fromstring(file.read_bytes(), parser)
        for documentation in root.iter(XS + "documentation"):
            documentation.text = " ".join((documentation.text or "").split())
        return etree.tostring(root, method="c14n")

    assert content(schema_file) == content(XSD / "schemat_FA(3)_v1-0E.xsd")


def test_our_file_defines_the_types_that_are_used_and_no_others(schema_file):
    used = set(re.findall(r'"etd:(\w+)"', schema_file.read_text()))
    names = [e.get("name") for e in etree.parse(str(OURS)).getroot().iter(XS + "simpleType")]
    assert sorted(name for name in names if name) == sorted(used)


def test_country_codes_are_the_same():
    def codes(file: Path) -> set[str]:
        root = etree.parse(str(file)).getroot()
        return {
            value.get("value")
            for value in root.find(f"{XS}simpleType[@name='TKodKraju']").iter(XS + "enumeration")
        }

    assert codes(OURS) == codes(XSD / "KodyKrajow_v10-0E.xsd")


# Values at and beyond the border of every type.
VALUES = {
    "TData": [
        *("2026-01-01", " 2026-01-01\n", "1899-12-31", "1900-01-01", "2050-12-31", "2051-01-01"),
        *("2026-02-29", "2024-02-29", "2026-1-1", "2026-01-01Z", "02026-01-01", "", "x"),
    ],
    "TDataCzas": [
        *("2026-01-01T00:00:00Z", "2026-01-01T24:00:00", "2026-01-01T00:00:00.1234567+14:00"),
        *(
            "2026-01-01T00:00:00+14:01",
            "2026-01-01",
            "2026-01-01T25:00:00Z",
            " 2026-01-01T00:00:00 ",
        ),
    ],
    "TNaturalny": [
        *("0", "1", "007", "+5", "-1", "-0", "1.0", "99999999999999", "100000000000000", " 3 ", ""),
    ],
    "TNrIdentyfikacjiPodatkowej": ["x", " ", "", "x" * 50, "x" * 51, "a\nb", " a\tb "],
    "TAdresEmail": [
        *("a@b", "@b", "a@", "ab", "a@b@c", " a@b ", "a b@c", "a" * 253 + "@b", "a" * 254 + "@b"),
    ],
    "TNrKRS": ["0123456789", "012345678", "01234567890", " 0123456789", "01234x6789", ""],
    "TNrNIP": [
        *("5260250274", "0260250274", "5002502741", "5010000000", "526025027", "52602502741", ""),
        " 5260250274",
    ],
    "TNrREGON": ["123456789", "12345678901234", "1234567890", "12345678", " 123456789", "x", ""],
    "TTekstowy": ["x", "", " ", "\n", "a\n\nb", "x" * 3500, "x" * 3501, "ż" * 3500],
    "TWybor1": ["1", "2", "0", "", "01", "+1", " 1 ", "true"],
    "TWybor1_2": ["1", "2", "3", "0", "", "02", " 2\n", "1.0"],
    "TKodKraju": ["PL", "pl", " PL", "PL ", "", "POL", "XX", "UK", "GB", "EL", "GR", "XI", "QQ"],
}


@pytest.fixture(scope="module")
def types() -> dict[str, tuple[etree.XMLSchema, etree.XMLSchema]]:
    """For each type a schema of one element, over the Ministry's definition and over ours."""

    def one(name: str, file: Path) -> etree.XMLSchema:
        text = (
            f'<xs:schema xmlns:xs="{XS[1:-1]}" xmlns:b="{BASE_TYPES}">'
            f'<xs:import namespace="{BASE_TYPES}" schemaLocation="{file.as_uri()}"/>'
            f'<xs:element name="v" type="b:{name}"/></xs:schema>'
        )
        return etree.XMLSchema(etree.fromstring(text))

    return {
        name: (one(name, XSD / "StrukturyDanych_v10-0E.xsd"), one(name, OURS)) for name in VALUES
    }


@pytest.mark.parametrize("name", VALUES)
def test_a_type_allows_the_same_values(types, name):
    theirs, ours = types[name]
    verdicts = {}
    for value in VALUES[name]:
        element = etree.Element("v")
        element.text = value
        verdicts[value] = theirs.validate(element)
        assert ours.validate(element) == verdicts[value], value
    assert set(verdicts.values()) == {True, False}


def test_the_samples_and_their_mutations_get_the_same_verdict(official):
    """Each element of each sample is dropped, emptied or doubled in turn."""
    verdicts = []
    for file in sorted((SHARED / "samples").glob("*.xml")):
        root = etree.fromstring(file.read_bytes())
        assert official.validate(root)
        assert schema.errors(root) == []
        # One of each name is enough: they share their type.
        for element in {e.tag: e for e in root.iter() if isinstance(e.tag, str)}.values():
            if len(element) or element is root:
                continue
            text = element.text
            for changed in ("", f"{text}0", f" {text} ", "x" * 4000):
                element.text = changed
                verdict = official.validate(root)
                assert (schema.errors(root) == []) == verdict, (file.name, element.tag, changed)
                verdicts.append(verdict)
            element.text = text
    assert True in verdicts
    assert False in verdicts
    assert len(verdicts) > 2000
