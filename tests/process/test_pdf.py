"""The printed invoice: its code leads to exactly what KSeF has."""

import hashlib
import re
from base64 import urlsafe_b64encode

import pytest
import requests

from tests.process.support.agreement import frozen
from tests.process.support.odoo_server import OdooServer
from tests.process.support.paper import Paper
from tests.process.support.people import Person
from tests.process.support.waiting import wait_until
from tests.process.support.world import World

MOVE = "account.move"
PRINT = "/report/pdf/account.report_invoice_with_payments/"
#: Millimetres that phones want on paper for this much text.
SMALLEST = 30


@pytest.fixture
def odoo(world: World) -> OdooServer:
    return world.start()


@pytest.fixture
def accountant(odoo: OdooServer) -> Person:
    return odoo.log_in("ksiegowa")


@pytest.fixture
def words_as_text(world: World, odoo: OdooServer) -> None:
    """Print with a font of the system: letters of web fonts become outlines that nobody reads."""
    world.records.ask("UPDATE res_company SET font = 'DejaVu Sans'")
    admin = odoo.log_in("admin")
    companies = admin.call("res.company", "search", [])
    admin.call("res.company", "write", companies, {"primary_color": "#000000"})


def link_of(person: Person, invoice: int) -> str:
    return person.read(MOVE, invoice, "l10n_pl_ksef_link")["l10n_pl_ksef_link"]


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def send_and_print(person: Person, invoice: int) -> None:
    """The wizard as it opens, without an e-mail."""
    wizard = person.call(
        "account.move.send.wizard", "create", [{"move_id": invoice, "sending_methods": []}]
    )
    person.call("account.move.send.wizard", "action_send_and_print", wizard)


def stored_pdf(world: World, invoice: int) -> bytes:
    return world.records.file(MOVE, "invoice_pdf_report_file", invoice)


def test_the_code_leads_to_what_ksef_has(world: World, odoo: OdooServer, accountant: Person):
    [invoice, *_others] = world.records.invoices()
    accountant.send_to_ksef(invoice)
    document, data = frozen(world, invoice)
    paper = Paper(accountant.download(f"{PRINT}{invoice}"))

    [code] = paper.codes(200)
    assert code.link == link_of(accountant, invoice)
    assert code.link.rsplit("/", 1)[1] == base64url(hashlib.sha256(data).digest())
    assert [it.link for it in paper.codes(100)] == [code.link]
    assert paper.links_read_by_another(100) == [code.link]
    assert min(code.width, code.height) >= SMALLEST
    assert document["ksef_number"] in paper.text
    assert "OFFLINE" not in paper.text

    page = requests.get(code.link, timeout=10)
    assert page.status_code == 200
    assert document["ksef_number"] in page.text
    assert odoo.errors() == []


def test_what_the_law_wants_stands_on_paper_without_its_header(
    world: World, odoo: OdooServer, accountant: Person, words_as_text: None
):
    """Where wkhtmltopdf leaves out Odoo's header, the seller still stands on the invoice."""
    [invoice, *_others] = world.records.invoices()
    accountant.send_to_ksef(invoice)
    html = accountant.download(f"/report/html/account.report_invoice_with_payments/{invoice}")
    # Odoo hands header, article and footer over apart; the article is what every engine prints.
    article = html.decode().split('class="article', 1)[1].split('class="footer', 1)[0]
    body = " ".join(re.sub(r"<[^>]*>", " ", article).split())
    paper = Paper(accountant.download(f"{PRINT}{invoice}"))
    assert paper.pages == 1
    for words in (
        "Sprzedawca: Pracownia Szkolna Bystrzyca sp. z o.o. NIP 9998975436",
        "ul. Kunickiego 45 20-422 Lublin",
        "al. Racławickie 20",
        "Ławka szkolna dwuosobowa",
        "KSeF Symulator – ćwiczenia: ten dokument nie został wystawiony w produkcyjnym KSeF.",
    ):
        assert words in body
        assert words in paper.text
    assert odoo.errors() == []


def test_a_colleague_without_the_right_prints_it_too(
    world: World, odoo: OdooServer, accountant: Person
):
    [invoice, *_others] = world.records.invoices()
    accountant.send_to_ksef(invoice)
    paper = Paper(odoo.log_in("fakturzystka").download(f"{PRINT}{invoice}"))
    assert [code.link for code in paper.codes()] == [link_of(accountant, invoice)]
    assert odoo.errors() == []


def test_the_paper_made_before_the_number_is_replaced(
    world: World, odoo: OdooServer, accountant: Person
):
    [invoice, *_others] = world.records.invoices()
    stuck = world.simulator.trouble("stuck", "*")
    send_and_print(accountant, invoice)
    before = stored_pdf(world, invoice)
    paper = Paper(before)
    [code] = paper.codes()
    assert "OFFLINE" in paper.text
    assert code.link == link_of(accountant, invoice)
    world.simulator.end_trouble(stuck)
    world.records.let_time_pass(invoice, minutes=2)
    world.records.let_cron_finish(invoice)

    def replaced() -> bool:
        found = world.records.ask(
            "SELECT 1 FROM ir_attachment WHERE res_model = 'account.move' AND res_id = %s"
            " AND res_field = 'invoice_pdf_report_file'",
            invoice,
        )
        return bool(found) and stored_pdf(world, invoice) != before

    wait_until(replaced, "the PDF is made anew", 30)
    after = Paper(stored_pdf(world, invoice))
    number = world.records.document(invoice)["ksef_number"]
    assert number in after.text
    assert "OFFLINE" not in after.text
    assert [it.link for it in after.codes()] == [code.link]

    kept = world.records.ask(
        "SELECT name, store_fname FROM ir_attachment WHERE res_model = 'account.move'"
        " AND res_id = %s AND mimetype = 'application/pdf' AND res_field IS NULL",
        invoice,
    )
    names = {row["name"]: row["store_fname"] for row in kept}
    [old] = [file for file in names.values() if world.records.content(file) == before]
    [name] = [name for name, file in names.items() if file == old]
    current = world.records.ask(
        "SELECT name FROM ir_attachment WHERE res_model = 'account.move' AND res_id = %s"
        " AND res_field = 'invoice_pdf_report_file'",
        invoice,
    )[0]["name"]
    assert name != current and name.endswith(".pdf")
    assert odoo.errors() == []
