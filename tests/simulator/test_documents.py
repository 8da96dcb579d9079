"""Rules about the file itself (guide, weryfikacja-faktury.md), and the schema's words."""

import pytest
from ksef_caller import fa3

from simulator import documents
from simulator.fa3_schema import Fa3Schema, SchemaMissing, in_polish

GOOD = fa3()


@pytest.fixture(scope="module")
def schema() -> Fa3Schema:
    return Fa3Schema()


def test_a_good_document_passes(schema: Fa3Schema) -> None:
    tree = documents.read(GOOD, schema)
    assert documents.facts(tree)["number"] == "FV/2026/1"


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"\xef\xbb\xbf" + GOOD, "BOM"),
        (GOOD.replace(b"UTF-8", b"ISO-8859-2"), "UTF-8"),
        (GOOD.decode().encode("utf-16"), "UTF-8"),
        (GOOD.replace("Usługa".encode(), b"\x81\x81"), "UTF-8"),
        (GOOD.replace(b"<Fa>", b"<?tool do?><Fa>"), "instrukcji"),
        (GOOD.replace(b"<Faktura", b"<?tool do?><Faktura"), "instrukcji"),
        (GOOD + b"<?tool do?>", "instrukcji"),
        (GOOD.replace("Usługa".encode(), "a\x80b".encode()), "Unicode"),
        (GOOD.replace("Usługa".encode(), b"a&#x7f;b"), "Unicode"),
        (GOOD.replace("Usługa".encode(), "a\ufdd0b".encode()), "Unicode"),
        (GOOD.replace("Usługa".encode(), "a\U0001fffeb".encode()), "Unicode"),
        (GOOD.replace(b"<Faktura", b"<!DOCTYPE Faktura><Faktura"), "DOCTYPE"),
        (GOOD[:-5], "XML"),
        (b"", "XML"),
        (b"PDF", "XML"),
    ],
)
def test_files_that_are_refused(schema: Fa3Schema, data: bytes, word: str) -> None:
    with pytest.raises(documents.Unacceptable) as refused:
        documents.read(data, schema)
    assert word in refused.value.details[0]


@pytest.mark.parametrize("text", ["a\x85b", "łąka", "a\ufffdb", "😀", "a&#xA0;b"])
def test_characters_that_are_not(schema: Fa3Schema, text: str) -> None:
    documents.read(GOOD.replace("Usługa".encode(), text.encode()), schema)


def test_without_a_prolog_it_passes(schema: Fa3Schema) -> None:
    documents.read(GOOD.split(b"\n", 1)[1], schema)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (b"<P_2>FV/2026/1</P_2>", b"", "Element 'P_13_1' nie jest w tym miejscu dozwolony."),
        (b"<JST>2</JST>", b"", "Element 'GV' nie jest w tym miejscu dozwolony."),
        (b"<KodWaluty>PLN", b"<KodWaluty>PL", "Element 'KodWaluty' ma nieprawidłową wartość"),
        (b"<P_15>123.00", b"<P_15>123,00", "Element 'P_15' ma nieprawidłową wartość '123,00'"),
        (b"<P_1>2026-11-20", b"<P_1>20.11.2026", "Element 'P_1' ma nieprawidłową wartość"),
        (b'"FA (3)"', b'"FA(3)"', "Atrybut 'kodSystemowy' elementu 'KodFormularza'"),
        (b"<NIP>9999999999", b"<NIP>999", "Element 'NIP' ma nieprawidłową wartość '999'"),
        (b"13775/", b"13776/", "Element 'Faktura' nie jest zadeklarowany"),
    ],
)
def test_the_schema_objects_in_polish(
    schema: Fa3Schema, before: bytes, after: bytes, expected: str
) -> None:
    assert before in GOOD
    with pytest.raises(documents.Unacceptable) as refused:
        documents.read(GOOD.replace(before, after), schema)
    assert any(detail.startswith(expected) for detail in refused.value.details)
    for detail in refused.value.details:
        assert "{" not in detail and "This element" not in detail


def test_an_unknown_objection_keeps_its_place() -> None:
    assert in_polish("Element '{x}A': Something new.") == "Element 'A' jest nieprawidłowy."
    assert in_polish("Something new.") == "Dokument jest nieprawidłowy."


def test_the_facts_of_a_foreign_invoice(schema: Fa3Schema) -> None:
    facts = documents.facts(documents.read(fa3(currency="EUR", vat="97.41"), schema))
    assert (facts["currency"], facts["vat"], facts["net"]) == ("EUR", "97.41", "100.00")


def test_a_missing_schema_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KSEF_FA3_SCHEMA", "/nowhere/schema.xsd")
    with pytest.raises(SchemaMissing, match="KSEF_FA3_SCHEMA"):
        Fa3Schema().load()
