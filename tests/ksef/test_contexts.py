"""For whom one acts: exactly what the schema of the request allows."""

import re
from pathlib import Path

import pytest

from ksef.contexts import TYPES, Context

NIP = "5265877635"
VAT_NUMBERS = [
    *("ATU12345678", "BE0123456789", "BG123456789", "BG1234567890", "CY12345678X", "CZ12345678"),
    *("DE123456789", "DK12345678", "EE123456789", "EL123456789", "ESX12345678", "ES12345678X"),
    *("ESX1234567X", "FI12345678", "FRAB123456789", "HR12345678901", "HU12345678", "IE1234567AB"),
    *("IE1A12345X", "IE1+12345X", "IT12345678901", "LT123456789", "LT123456789012", "LU12345678"),
    *("LV12345678901", "MT12345678", "NLABC123456B01", "PT123456789", "RO12", "RO1234567890"),
    *("SE123456789012", "SI12345678", "SK1234567890", "XI123456789", "XI123456789012", "XIGD123"),
]
SCHEMA = Path(__file__).parents[3] / "shared/ksef/xsd/schemat_auth_v2-0.xsd"


@pytest.mark.parametrize("number", VAT_NUMBERS)
def test_an_eu_entity(number):
    assert Context("NipVatUe", f"{NIP}-{number}").nip == NIP


def test_one_of_three_kinds():
    assert Context.of(NIP) == Context("Nip", NIP)
    unit = Context.of(internal_id=f"{NIP}-12345")
    assert (unit.type, unit.value, unit.nip) == ("InternalId", f"{NIP}-12345", NIP)
    assert Context.of(nip_vat_ue=f"{NIP}-DE123456789").type == "NipVatUe"
    for wrong in ({}, {"nip": NIP, "internal_id": f"{NIP}-12345"}):
        with pytest.raises(ValueError, match="one of"):
            Context.of(**wrong)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("Nip", "0265877635"),
        ("Nip", "5005877635"),
        ("Nip", f"{NIP}\n"),
        ("Nip", "٥٢٦٥٨٧٧٦٣٥"),
        ("InternalId", NIP),
        ("InternalId", f"{NIP}-1234"),
        ("InternalId", f"{NIP}-123456"),
        ("NipVatUe", f"{NIP}-PL5265877635"),
        ("NipVatUe", f"{NIP}-DE12345678"),
        ("NipVatUe", "DE123456789"),
        ("NipVatUe", f"{NIP}-DE123456789</NipVatUe>"),
    ],
)
def test_nothing_else(kind, value):
    with pytest.raises(ValueError, match=f"no {kind}"):
        Context(kind, value)


def test_no_other_kind():
    with pytest.raises(ValueError, match="no type"):
        Context("PeppolId", "PPL123456")


if SCHEMA.exists():

    def test_the_schemas_patterns_agree():
        """The Ministry's schema, read as a regular expression, takes and refuses the same."""
        text = SCHEMA.read_text(encoding="utf-8")
        patterns = {}
        for kind, name in zip(TYPES, ("TNIP", "TIID", "TNipVatUE"), strict=True):
            pattern = re.search(rf'name="{name}">.*?pattern value="([^"]+)"', text, re.S).group(1)
            patterns[kind] = re.compile(pattern.rstrip("$"), re.ASCII)
        values = [NIP, "0265877635", f"{NIP}-12345", f"{NIP}-1234", "DE123456789"]
        values += [f"{NIP}-{number}" for number in VAT_NUMBERS]
        values += [f"{NIP}-{number[:-1]}" for number in VAT_NUMBERS]
        values += [f"{NIP}-{number}0" for number in VAT_NUMBERS]
        for kind, pattern in patterns.items():
            for value in values:
                try:
                    Context(kind, value)
                    taken = True
                except ValueError:
                    taken = False
                assert taken is bool(pattern.fullmatch(value)), (kind, value)
