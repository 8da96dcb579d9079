"""The Ministry's own examples and schemas."""

from pathlib import Path

import pytest
from ksef_caller import Caller, fa3
from ksef_running import Running
from lxml import etree

from simulator import documents
from simulator.fa3_schema import Fa3Schema

SHARED = Path(__file__).resolve().parents[3] / "shared"
EXAMPLES = sorted((SHARED / "samples").glob("*.xml"))
OFFICIAL_SCHEMA = SHARED / "ksef" / "xsd" / "schemat_FA(3)_v1-0E.xsd"
UPO_SCHEMA = SHARED / "ksef" / "xsd" / "upo-v4-3.xsd"
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_official_example_is_read(path: Path) -> None:
    facts = documents.facts(documents.read(path.read_bytes(), Fa3Schema()))
    assert facts["number"] and facts["seller_nip"] and facts["type"]


def test_odoo_s_schema_and_the_ministry_s_object_to_the_same() -> None:
    wrong = etree.fromstring(fa3().replace(b"<P_15>123.00", b"<P_15>x")).getroottree()
    assert Fa3Schema(OFFICIAL_SCHEMA).objections(wrong) == Fa3Schema().objections(wrong)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_official_example_is_accepted(simulator: Running, path: Path) -> None:
    data = path.read_bytes()
    seller = documents.facts(documents.read(data, Fa3Schema()))["seller_nip"]
    sending = Caller(simulator, seller).log_in().open()
    outcome = sending.outcome(data)
    if "attachment" in str(path) or b"<Zalacznik>" in data:
        assert outcome["status"]["code"] == 415
    else:
        assert outcome["status"]["code"] == 200, outcome


@pytest.mark.parametrize("method", ["token", "signature"])
def test_receipts_fit_the_official_schema(simulator: Running, method: str) -> None:
    schema = etree.XMLSchema(etree.parse(str(UPO_SCHEMA)))
    caller = Caller(simulator)
    caller = caller.log_in() if method == "token" else caller.log_in_as("owner")
    sending = caller.open()
    outcome = [
        sending.outcome(fa3(issued="2026-11-02", number=f"FV/{number}")) for number in range(3)
    ][0]
    sending.close()
    upo = sending.status()["upo"]["pages"][0]["referenceNumber"]
    for path in (
        f"invoices/{outcome['referenceNumber']}/upo",
        f"invoices/ksef/{outcome['ksefNumber']}/upo",
        f"upo/{upo}",
    ):
        receipt = caller.call(f"GET /sessions/{sending.reference}/{path}", expect=200).content
        root = etree.fromstring(receipt)
        root.remove(root.find(SIGNATURE))  # the schema knows no signature
        schema.assertValid(root)
