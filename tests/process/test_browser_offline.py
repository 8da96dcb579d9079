"""The accountant's way through an outage in a real browser; pictures of it stay with the logs."""

from playwright.sync_api import expect

from tests.process.support import steps
from tests.process.support.agreement import assert_each_issued_once
from tests.process.support.browser import Screen
from tests.process.support.offline import get_certificate
from tests.process.support.paper import Paper
from tests.process.support.waiting import wait_until
from tests.process.support.world import World
from tools.settings import LOGS

PICTURES = LOGS / "screenshots" / "offline"
ACCOUNTANT = "ksiegowa"
CHIP = ".o_form_view [name=l10n_pl_ksef_chip]"
PROPOSAL = ".o_form_view [name=l10n_pl_ksef_proposal]"
BACKLOG = ".o_form_view [name=l10n_pl_ksef_backlog]"


class Album:
    """Pictures in the order in which they are taken."""

    def __init__(self, screen: Screen, name: str):
        self._screen = screen
        self._name = name
        self._taken = 0

    def take(self, what: str) -> None:
        self._taken += 1
        self._screen.page.wait_for_timeout(400)  # dialogs fade in
        self._screen.photograph(PICTURES, f"{self._name}-{self._taken:02}-{what}")

    def keep(self, what: str, png: bytes) -> None:
        self._taken += 1
        PICTURES.mkdir(parents=True, exist_ok=True)
        (PICTURES / f"{self._name}-{self._taken:02}-{what}.png").write_bytes(png)


def test_an_outage_from_proposal_to_number(world: World, screen: Screen):
    """KSeF is silent: a banner, a dialog, two codes on paper; it answers: the number is there."""
    go_through_it(world, screen, "pl", world.start())


def go_through_it(world: World, screen: Screen, language: str, odoo) -> None:
    page, album = screen.page, Album(screen, language)
    for name in ("cron_probe", "cron_certificates", "cron_keep", "cron_deadlines"):
        world.records.put_off_cron(name)
    get_certificate(odoo.log_in("admin"))
    [invoice] = world.records.demo_invoices("Bystrzaki")
    name = world.records.invoice(invoice)["name"]
    for _check in range(2):
        world.records.run_cron("cron_probe")
    screen.log_in(odoo.url, ACCOUNTANT)
    steps.menu(
        screen, "account.menu_finance_receivables", "account.menu_action_move_out_invoice_type"
    )

    # Not the pages behind the codes: who scans one has a line of their own.
    outage = world.simulator.trouble("outage", "api")
    for _check in range(2):
        world.records.run_cron("cron_probe")
    notification = page.locator(".o_notification")
    expect(notification.first).to_be_visible()  # it finds people wherever they are
    album.take("notification-on-the-list")
    page.reload()
    page.wait_for_selector(".o_list_view")
    album.take("list-with-banner")
    page.goto(f"{odoo.url}/odoo/accounting")
    page.wait_for_selector(".o_kanban_view, .o_account_kanban")
    album.take("dashboard")
    steps.menu(screen, "l10n_pl_ksef.menu_ksef", "l10n_pl_ksef.menu_status_page")
    page.wait_for_timeout(1500)
    album.take("status-page")

    steps.open_invoice(screen, name)
    expect(page.locator(PROPOSAL)).to_be_visible()
    album.take("invoice-with-proposal")
    page.click(f"{PROPOSAL} button[name=action_l10n_pl_ksef_switch_mode]")
    expect(page.locator(".modal input[data-value=offline24]")).to_be_checked()
    expect(page.locator(".modal input[data-value=ksef_silent]")).to_be_checked()
    album.take("switch-dialog")
    page.click(".modal button[name=action_switch]")
    expect(page.locator(".modal")).to_have_count(0)
    expect(page.locator(PROPOSAL)).to_have_count(0)
    album.take("after-the-switch")
    [company] = world.records.ask(
        "SELECT l10n_pl_ksef_mode AS mode FROM res_company WHERE name LIKE %s", "Pracownia%"
    )
    assert company["mode"] == "offline24"

    page.click(".o_statusbar_buttons button[name=action_l10n_pl_ksef_send]:visible")
    page.wait_for_selector(".modal")
    album.take("issue-confirm")
    page.click(".modal .modal-footer .btn-primary")
    expect(page.locator(BACKLOG)).to_be_visible()
    album.take("issued")
    page.click(".o_notebook [name=l10n_pl_ksef]")
    album.take("issued-ksef-tab")
    document = world.records.document(invoice)
    assert (document["mode"], document["state"]) == ("offline24", "prepared")
    assert document["certificate_link"]

    page.click(".o_statusbar_buttons button[name=action_invoice_sent]:visible")
    page.wait_for_selector(".modal button[name=action_send_and_print]")
    album.take("send-and-print")
    page.uncheck(".modal #email")
    album.take("send-and-print-without-mail")
    page.click(".modal button[name=action_send_and_print]:visible")
    expect(page.locator(".modal")).to_have_count(0)
    printed = screen.download(".o_statusbar_buttons button[name=action_print_pdf]:visible")
    paper = Paper(printed.read_bytes())
    links = odoo.log_in(ACCOUNTANT).read(
        "account.move", invoice, "l10n_pl_ksef_link", "l10n_pl_ksef_certificate_link"
    )
    links.pop("id")
    album.keep("paper-before", paper.png())
    assert sorted(code.link for code in paper.codes()) == sorted(links.values())
    assert printed.name.startswith("Potwierdzenie transakcji")
    album.take("after-printing")
    page.goto(links["l10n_pl_ksef_certificate_link"])
    expect(page.locator("main")).to_have_attribute("data-status", "confirmed")
    album.take("issuer-page")
    page.go_back()
    page.wait_for_selector(CHIP)

    world.simulator.end_trouble(outage)
    for _check in range(2):
        world.records.run_cron("cron_probe")
    world.records.let_cron_finish(invoice)
    number = world.records.document(invoice)["ksef_number"]
    expect(page.locator(CHIP)).to_contain_text(number)  # without being reloaded
    expect(page.locator(BACKLOG)).to_have_count(0)
    album.take("number")
    assert_each_issued_once(world, [invoice])

    def replaced() -> bool:
        rows = world.records.ask(
            "SELECT 1 FROM account_move WHERE id = %s AND NOT l10n_pl_ksef_pdf_outdated", invoice
        )
        return bool(rows)

    wait_until(replaced, "the paper is made anew", 60)
    page.reload()
    page.wait_for_selector(CHIP)
    printed = screen.download(".o_statusbar_buttons button[name=action_print_pdf]:visible")
    paper = Paper(printed.read_bytes())
    album.keep("paper-after", paper.png())
    assert [code.link for code in paper.codes()] == [links["l10n_pl_ksef_link"]]
    assert number in paper.text
    page.goto(links["l10n_pl_ksef_link"])
    expect(page.locator("main")).to_have_attribute("data-status", "found")
    album.take("invoice-page")

    page.goto(f"{odoo.url}/odoo")
    steps.menu(screen, "l10n_pl_ksef.menu_ksef", "l10n_pl_ksef.menu_switch_mode")
    expect(page.locator(".modal input[data-value=online]")).to_be_checked()
    album.take("switch-back")
    page.click(".modal button[name=action_switch]")
    expect(page.locator(".modal")).to_have_count(0)
    album.take("back-online")
    modes = world.records.ask("SELECT mode, cause FROM l10n_pl_ksef_mode_change ORDER BY id")
    assert [(row["mode"], row["cause"]) for row in modes] == [
        ("offline24", "ksef_silent"),
        ("online", "back"),
    ]
    assert screen.errors == []
    assert odoo.errors() == []
