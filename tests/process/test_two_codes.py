"""What is printed of invoices issued offline: read back from paper, and asked at KSeF."""

import re
from dataclasses import dataclass

import pytest
import qrcode
import requests
from qrcode.constants import ERROR_CORRECT_M

from tests.process.support.odoo_server import OdooServer
from tests.process.support.offline import (
    announce_failure,
    copy_with_rows,
    get_certificate,
    get_rsa_certificate,
    issue_offline,
)
from tests.process.support.paper import Paper
from tests.process.support.people import Person
from tests.process.support.waiting import wait_until
from tests.process.support.world import World
from tools.odoo import Installation

MOVE = "account.move"
PRINT = "/report/pdf/account.report_invoice_with_payments/"
#: Millimetres that a phone and an office scanner still tell apart.
SMALLEST_MODULE = 0.4
PILE = 40


@dataclass
class Case:
    """An invoice of the demo company, how it is issued, and what the buyer gets."""

    customer: str
    rows: int
    mode: str
    confirmation: bool


CASES = (
    Case("Lernwerkstatt", 1, "offline24", confirmation=False),
    Case("Lernwerkstatt", PILE, "offline24", confirmation=False),
    Case("Bystrzaki", 1, "offline24", confirmation=True),
    Case("Bystrzaki", PILE, "offline24", confirmation=True),
    Case("Bystrzaki", 2, "emergency", confirmation=False),
)


@pytest.fixture(params=["P-256", "RSA"])
def odoo(request: pytest.FixtureRequest, installation: Installation, world: World) -> OdooServer:
    """A company with an Offline certificate for such a key."""
    server = world.prepared()
    if request.param == "RSA":
        get_rsa_certificate(installation, world)
    # A font of the system: letters of web fonts become outlines that nobody reads.
    world.records.ask("UPDATE res_company SET font = 'DejaVu Sans'")
    server.start()
    admin = server.log_in("admin")
    if request.param == "P-256":
        get_certificate(admin)
    companies = admin.call("res.company", "search", [])
    admin.call("res.company", "write", companies, {"primary_color": "#000000"})
    return server


def links(person: Person, invoice: int) -> list[str]:
    fields = ("l10n_pl_ksef_link", "l10n_pl_ksef_certificate_link")
    found = person.read(MOVE, invoice, *fields)
    return [found[field] for field in fields if found[field]]


def modules(link: str) -> int:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M)
    code.add_data(link, optimize=0)
    code.make(fit=True)
    return code.modules_count


def status(link: str) -> str:
    """What the page says that a code leads to."""
    return re.search(r'data-status="(\w+)"', requests.get(link, timeout=10).text)[1]


def let_numbers_come(world: World, *invoices: int) -> None:
    """KSeF answers again: two good checks, then everything goes by itself."""
    for _check in range(2):
        world.records.run_cron("cron_probe")
    for invoice in invoices:
        world.records.let_time_pass(invoice, minutes=60)
    world.records.let_cron_finish(*invoices)


def assert_readable(paper: Paper, expected: list[str]) -> None:
    """Each code says its link: scanned in two resolutions, by two readers, on one page."""
    for resolution in (150, 200):
        assert sorted(code.link for code in paper.codes(resolution)) == sorted(expected)
        assert sorted(paper.links_read_by_another(resolution)) == sorted(expected)
    codes = sorted(paper.codes(200), key=lambda code: code.left)
    assert [code.link for code in codes] == expected, "KOD I stands first"
    assert {code.page for code in codes} == {paper.pages - 1}, "with the totals"
    for code in codes:
        assert code.width / modules(code.link) >= SMALLEST_MODULE
    for left, right in zip(codes, codes[1:], strict=False):
        # Quiet zones: four modules each.
        gap = right.left - left.left - left.width
        assert gap >= 4 * (left.width / modules(left.link) + right.width / modules(right.link)) - 1
        assert abs(left.top - right.top) < 10, "beside each other"


def test_the_buyer_gets_two_codes_and_then_one(world: World, odoo: OdooServer):
    announce_failure(odoo.log_in("admin"))
    accountant = odoo.log_in("ksiegowa")
    outage = world.simulator.trouble("outage", "api")
    issued = {}
    for case in CASES:
        [invoice, *_others] = world.records.demo_invoices(case.customer)
        copy = copy_with_rows(accountant, invoice, case.rows)
        issue_offline(accountant, copy, mode=case.mode)
        issued[copy] = case

    for invoice, case in issued.items():
        expected = links(accountant, invoice)
        paper = Paper(accountant.download(f"{PRINT}{invoice}"))
        assert len(expected) == 2
        assert_readable(paper, expected)
        assert "OFFLINE" in paper.text and "CERTYFIKAT" in paper.text
        assert ("Potwierdzenie transakcji" in paper.text) == case.confirmation
        assert (world.records.invoice(invoice)["name"]) in paper.text
        assert "9998975436" in paper.text, "the seller"
        assert (paper.pages > 1) == (case.rows == PILE)
        assert [status(link) for link in expected] == ["not_sent", "confirmed"]

    world.simulator.end_trouble(outage)
    let_numbers_come(world, *issued)
    for invoice in issued:
        [link] = links(accountant, invoice)
        paper = Paper(accountant.download(f"{PRINT}{invoice}"))
        assert_readable(paper, [link])
        assert world.records.document(invoice)["ksef_number"] in paper.text
        for word in ("OFFLINE", "CERTYFIKAT", "Potwierdzenie"):
            assert word not in paper.text
        assert status(link) == "found"
    assert odoo.errors() == []


@pytest.mark.parametrize("odoo", ["P-256"], indirect=True)
def test_the_confirmation_makes_room_for_the_invoice(world: World, odoo: OdooServer):
    """Sent with the dialog: its file bears its name, and is replaced when the number is there."""
    accountant = odoo.log_in("ksiegowa")
    [invoice, *_others] = world.records.demo_invoices("Bystrzaki")
    outage = world.simulator.trouble("outage", "api")
    issue_offline(accountant, invoice)
    values = {"move_id": invoice, "sending_methods": []}
    wizard = accountant.call("account.move.send.wizard", "create", [values])
    accountant.call("account.move.send.wizard", "action_send_and_print", wizard)

    def kept() -> dict | None:
        found = world.records.ask(
            "SELECT name, store_fname FROM ir_attachment WHERE res_model = 'account.move'"
            " AND res_id = %s AND res_field = 'invoice_pdf_report_file'",
            invoice,
        )
        return found[0] if found else None

    name = world.records.invoice(invoice)["name"].replace("/", "_")
    before = kept()
    assert before["name"] == f"Potwierdzenie transakcji {name}.pdf"
    assert_readable(Paper(world.records.content(before["store_fname"])), links(accountant, invoice))

    world.simulator.end_trouble(outage)
    let_numbers_come(world, invoice)

    def replaced() -> dict | None:
        now = kept()
        return now if now and now["store_fname"] != before["store_fname"] else None

    after = wait_until(replaced, "the PDF is made anew", 30)
    assert "Potwierdzenie" not in after["name"] and after["name"].endswith(f"{name}.pdf")
    [link] = links(accountant, invoice)
    paper = Paper(world.records.content(after["store_fname"]))
    assert_readable(paper, [link])
    assert world.records.document(invoice)["ksef_number"] in paper.text
    [aside] = world.records.ask(
        "SELECT name FROM ir_attachment WHERE res_model = 'account.move' AND res_id = %s"
        " AND store_fname = %s AND res_field IS NULL",
        invoice,
        before["store_fname"],
    )
    assert aside["name"].startswith(f"Potwierdzenie transakcji {name} (")
    assert odoo.errors() == []
