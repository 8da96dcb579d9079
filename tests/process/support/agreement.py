"""Whether Odoo and KSeF say the same about what was issued."""

import hashlib
from base64 import b64decode
from collections.abc import Sequence

from .records import DOCUMENT
from .world import World


def frozen(world: World, invoice: int) -> tuple[dict, bytes]:
    """The document and its bytes as the database has them."""
    document = world.records.document(invoice)
    return document, world.records.file(DOCUMENT, "xml", document["id"])


def assert_issued_once(world: World, invoice: int, data: bytes) -> None:
    """Exactly these bytes arrived, exactly once, and everybody sees the number."""
    _document, kept = frozen(world, invoice)
    assert kept == data
    assert_each_issued_once(world, [invoice])


def assert_each_issued_once(world: World, invoices: Sequence[int]) -> None:
    """KSeF saw one document of each invoice and no other one, and Odoo has its number."""
    arrived = {item["sha256"]: item for item in world.simulator.invoices()}
    assert len(arrived) == len(world.simulator.invoices()) == len(invoices)
    for invoice in invoices:
        document, data = frozen(world, invoice)
        seen = arrived[hashlib.sha256(data).hexdigest()]
        assert seen["sha256"] == b64decode(document["sha256"]).hex()
        assert seen["ksefNumber"] == document["ksef_number"]
        assert seen["referenceNumber"] == document["reference"]
        assert seen["sessionReference"] == document["session"]
        move = world.records.invoice(invoice)
        assert seen["invoiceNumber"] == move["name"]
        assert move["l10n_pl_ksef_state"] == "accepted"
        assert move["l10n_pl_ksef_number"] == document["ksef_number"]
        assert move["l10n_pl_edi_number"] == document["ksef_number"]
