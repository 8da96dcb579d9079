"""What people see in a real browser, with a real simulator behind it."""

import hashlib
from base64 import b64decode
from pathlib import Path

from lxml import etree
from playwright.sync_api import expect

from tests.process.support import steps
from tests.process.support.agreement import assert_each_issued_once, frozen
from tests.process.support.browser import Screen
from tests.process.support.paper import Paper
from tests.process.support.records import DOCUMENT
from tests.process.support.world import World

INVOICE = "FV/2026/00001"
CHIP = ".o_form_view [name=l10n_pl_ksef_chip]"


def name_of(world: World, invoice: int) -> str:
    return world.records.invoice(invoice)["name"]


def assert_receipt(world: World, invoice: int, receipt: Path) -> None:
    """The file on the person's disk is the UPO of this invoice, as KSeF signed it."""
    document, data = frozen(world, invoice)
    content = receipt.read_bytes()
    assert content == world.records.file(DOCUMENT, "upo", document["id"])
    texts = [element.text for element in etree.fromstring(content).iter("{*}*")]
    assert document["ksef_number"] in texts
    digest = hashlib.sha256(data).digest()
    assert digest in [b64decode(text.strip()) for text in texts if text and len(text.strip()) == 44]


def test_from_login_to_receipt(fresh_world: World, screen: Screen):
    """Login, connection, Trusted Profile, Send & Print, number, receipt, paper."""
    world, page = fresh_world, screen.page
    [invoice] = world.records.demo_invoices("Bystrzaki")
    odoo = world.start(english=["admin"])
    screen.log_in(odoo.url, "admin")

    steps.open_connections(screen)
    request = steps.begin_connection(screen)
    expect(page.locator(".modal .o_l10n_pl_ksef_countdown")).to_contain_text("9:")
    signed = steps.sign(screen, request, "owner")
    steps.upload(screen, signed)
    expect(page.locator(".modal .alert-success")).to_contain_text("Signed by Jan Kowalski")
    page.click(".modal button[name=action_submit]:visible")
    expect(page.locator(".modal [name=done]")).to_contain_text("Connected.")
    page.click(".modal button[name=action_open_connection]")
    expect(page.locator(".o_form_view .o_statusbar_status [aria-checked=true]")).to_have_text(
        "Connected"
    )
    [connection] = world.records.ask("SELECT * FROM l10n_pl_ksef_connection")
    assert (connection["state"], connection["environment"]) == ("connected", "simulator")
    assert connection["nip"] == "9998975436"
    assert "Jan Kowalski" in connection["signer"]

    steps.open_invoice(screen, name_of(world, invoice))
    expect(page.locator(CHIP)).to_have_count(0)
    page.click(".o_statusbar_buttons button[name=action_invoice_sent]:visible")
    expect(page.locator(".modal #l10n_pl_ksef")).to_be_checked()
    expect(page.locator(".modal [name=alerts]")).to_contain_text("this is practice")
    page.uncheck(".modal #email")
    page.click(".modal button[name=action_send_and_print]:visible")
    expect(page.locator(CHIP)).to_contain_text("Accepted")
    document = world.records.document(invoice)
    expect(page.locator(CHIP)).to_contain_text(document["ksef_number"])
    receipt = screen.download(".o_statusbar_buttons button[name=action_l10n_pl_ksef_download_upo]")
    assert_receipt(world, invoice, receipt)
    assert_each_issued_once(world, [invoice])
    printed = screen.download(".o_statusbar_buttons button[name=action_print_pdf]:visible")
    paper = Paper(printed.read_bytes())
    [code] = paper.codes()
    assert document["ksef_number"] in paper.text
    assert code.link.startswith(f"{world.simulator.url}/invoice/9998975436/")

    page.goto(code.link)  # as a phone that has scanned it
    expect(page.locator("body")).to_contain_text(document["ksef_number"])
    assert screen.errors == []
    assert odoo.errors() == []


def test_the_number_comes_while_the_accountant_watches(world: World, screen: Screen):
    """In Polish: KSeF takes its time, and the page shows the number without being reloaded."""
    page = screen.page
    [invoice] = world.records.demo_invoices("Bystrzaki")
    odoo = world.start()
    stuck = world.simulator.trouble("stuck", "*")
    screen.log_in(odoo.url, "ksiegowa")
    steps.open_invoice(screen, name_of(world, invoice))
    page.click(".o_statusbar_buttons button[name=action_l10n_pl_ksef_send]:visible")
    waiting = page.locator(".o_form_view [name=l10n_pl_ksef_on_its_way]")
    expect(waiting).to_contain_text("KSeF przetwarza fakturę")
    world.simulator.end_trouble(stuck)
    expect(page.locator(CHIP)).to_contain_text("Przyjęto")
    number = world.records.document(invoice)["ksef_number"]
    expect(page.locator(CHIP)).to_contain_text(number)
    expect(waiting).to_have_count(0)
    assert_each_issued_once(world, [invoice])
    assert screen.errors == []
    assert odoo.errors() == []


def test_a_stranger_signs(fresh_world: World, screen: Screen):
    """KSeF refuses the login; the dialog says why and offers a new file."""
    page = screen.page
    odoo = fresh_world.start(english=["admin"])
    screen.log_in(odoo.url, "admin")
    steps.open_connections(screen)
    signed = steps.sign(screen, steps.begin_connection(screen), "stranger")
    steps.upload(screen, signed)
    page.click(".modal button[name=action_submit]:visible")
    refused = page.locator(".modal [name=refused]")
    expect(refused).to_contain_text("KSeF did not accept the login.")
    expect(refused).to_contain_text("ZAW-FA")
    expect(page.locator(".modal button[name=action_new_file]:visible")).to_be_enabled()
    [connection] = fresh_world.records.ask("SELECT state FROM l10n_pl_ksef_connection")
    assert connection["state"] == "draft"
    assert screen.errors == []
    assert odoo.errors() == []
