"""The dataclasses against the schema itself: every element, its order, kind and limits."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from lxml import etree

from ksef import fa3
from ksef.fa3 import codes, fields, model, rates

XS = "{http://www.w3.org/2001/XMLSchema}"


class Schema:
    """As much of XML Schema as FA(3) uses."""

    def __init__(self, file: Path) -> None:
        self.root = etree.parse(str(file)).getroot()
        self.complex = {e.get("name"): e for e in self.root.iterchildren(XS + "complexType")}
        self.simple = {e.get("name"): e for e in self.root.iterchildren(XS + "simpleType")}

    def elements(self, node, optional=False):
        """Yield each element below a type: its declaration, and whether its parent demands it."""
        for child in node:
            if child.tag == XS + "element":
                yield child, not optional and child.get("minOccurs", "1") != "0"
            elif child.tag in (XS + "sequence", XS + "choice"):
                loose = child.tag == XS + "choice" or child.get("minOccurs") == "0"
                yield from self.elements(child, optional or loose)
            elif child.tag == XS + "complexContent":
                base = child.find(XS + "extension").get("base").removeprefix("tns:")
                yield from self.elements(self.complex[base], optional)

    def content(self, element):
        """Return the complex type of an element, or nothing for one with a mere value."""
        inner = element.find(XS + "complexType")
        if inner is not None:
            return None if inner.find(XS + "simpleContent") is not None else inner
        return self.complex.get((element.get("type") or "").removeprefix("tns:"))

    def facets(self, element):
        """Return the facets of a value's type, nearest first, and the base type's name."""
        found = {}
        node = element.find(XS + "simpleType")
        name = element.get("type")
        if name is None and node is None:
            name = element.find(f".//{XS}extension").get("base")
        while True:
            if node is None:
                if not name.startswith("tns:"):
                    return found, name
                node = self.simple[name.removeprefix("tns:")]
            restriction = node.find(XS + "restriction")
            for facet in restriction:
                key = str(facet.tag).removeprefix(XS)
                if key == "enumeration":
                    found.setdefault(key, []).append(facet.get("value"))
                else:
                    found.setdefault(key, facet.get("value"))
            name, node = restriction.get("base"), None

    def enumeration(self, name):
        return [e.get("value") for e in self.simple[name].iter(XS + "enumeration")]


@pytest.fixture(scope="module")
def xsd(schema_file):
    return Schema(schema_file)


@pytest.fixture(scope="module")
def pairs(xsd):
    """Every dataclass field beside its declaration: (class, name, spec, declaration, demanded)."""
    found = []
    seen = set()

    def compare(cls, node):
        specs = {name: spec for name, spec in fields.specs(cls) if not spec.attribute}
        declared = list(xsd.elements(node))
        assert list(specs) == [element.get("name") for element, _wanted in declared], cls
        for element, wanted in declared:
            spec = specs[element.get("name")]
            found.append((cls, element.get("name"), spec, element, wanted))
            content = xsd.content(element)
            assert (content is None) == (spec.cls is None), (cls, element.get("name"))
            if content is not None and (spec.cls, content) not in seen:
                seen.add((spec.cls, content))
                compare(spec.cls, content)

    compare(fa3.Invoice, xsd.root.find(XS + "element").find(XS + "complexType"))
    return found


def test_every_class_and_element_is_there_in_order(pairs):
    classes = {cls for cls, *_rest in pairs}
    assert classes == {getattr(model, name) for name in model.__all__}
    assert len(pairs) > 300


def test_repetitions_and_obligations_are_those_of_the_schema(pairs):
    for cls, name, spec, element, wanted in pairs:
        assert spec.max_items == int(element.get("maxOccurs", "1")), (cls, name)
        assert spec.required == wanted, (cls, name)


KINDS = {
    "xsd:token": "text",
    "xsd:string": "exact",
    "xsd:normalizedString": "exact",
    "xsd:decimal": "decimal",
    "xsd:integer": "whole",
    "xsd:byte": "whole",
    "etd:TNaturalny": "whole",
    "etd:TData": "day",
    "etd:TDataCzas": "moment",
    "etd:TWybor1": "mark",
    "etd:TWybor1_2": "yes_no",
    "etd:TTekstowy": "lines",
    "etd:TAdresEmail": "text",
    "etd:TKodKraju": "exact",
    "etd:TNrNIP": "exact",
    "etd:TNrKRS": "exact",
    "etd:TNrREGON": "exact",
    "etd:TNrIdentyfikacjiPodatkowej": "exact",
}
LIMITS_OF_BASE = {
    "etd:TTekstowy": 3500,
    "etd:TAdresEmail": 255,
    "etd:TNrIdentyfikacjiPodatkowej": 50,
}


def test_kinds_and_limits_are_those_of_the_schema(pairs, xsd):
    for cls, name, spec, element, _wanted in pairs:
        if spec.cls is not None or spec.kind == "form_code":
            continue
        facets, base = xsd.facets(element)
        kind = KINDS[base]
        if kind == "whole" and facets.get("enumeration") == ["1", "2"]:
            kind = "yes_no"
        assert spec.kind == kind, (cls, name, base)
        limit = int(facets.get("maxLength") or LIMITS_OF_BASE.get(base, 0))
        # Patterns and enumerations bound the rest of the texts.
        if "enumeration" in facets or ("pattern" in facets and name != "LinkDoPlatnosci"):
            assert spec.max_length in (0, limit), (cls, name)
        else:
            assert spec.max_length == limit, (cls, name)
        assert spec.empty == (facets.get("minLength") == "0"), (cls, name)
        if kind == "decimal":
            assert spec.total == int(facets["totalDigits"]), (cls, name)
            assert spec.fraction == int(facets["fractionDigits"]), (cls, name)


def test_code_lists_are_those_of_the_schema(xsd):
    assert list(rates.RATES) == [
        *("23", "22", "8", "7", "5", "4", "3", "0 KR", "0 WDT", "0 EX", "zw", "np I", "np II", "oo")
    ]
    assert set(rates.RATES) == set(xsd.enumeration("TStawkaPodatku"))
    assert set(codes.KINDS) == set(xsd.enumeration("TRodzajFaktury"))
    assert list(codes.GTU) == xsd.enumeration("TGTU")
    assert list(codes.PROCEDURES) == xsd.enumeration("TOznaczenieProcedury")
    assert list(codes.PROCEDURES_ORDER) == xsd.enumeration("TOznaczenieProceduryZ")
    for table, name in (
        (codes.CORRECTION_TYPES, "TTypKorekty"),
        (codes.PAYMENT_FORMS, "TFormaPlatnosci"),
        (codes.OWN_ACCOUNTS, "TRachunekWlasnyBanku"),
        (codes.SELLER_STATES, "TStatusInfoPodatnika"),
        (codes.AUTHORISED_ROLES, "TRolaPodmiotuUpowaznionego"),
        (codes.THIRD_PARTY_ROLES, "TRolaPodmiotu3"),
        (codes.TRANSPORTS, "TRodzajTransportu"),
        (codes.LOADS, "TLadunek"),
    ):
        assert [str(code) for code in table] == xsd.enumeration(name), name


def test_rates_name_totals_of_the_schema():
    names = {field.name for field in dataclasses.fields(fa3.Fa)}
    for rate in rates.BUCKETS:
        assert {rate.net, rate.tax, rate.tax_pln} - {""} <= names
    totals = {name for name in names if name.startswith("P_13_")}
    assert totals == set(rates.NET_FIELDS)
    assert {name for name in names if name.startswith("P_14_") and name[-1] != "W"} == set(
        rates.TAX_FIELDS
    )
