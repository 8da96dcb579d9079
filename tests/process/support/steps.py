"""What people do in Odoo's pages, in the order of their work."""

from pathlib import Path

from .browser import Screen

FINANCE = "account.menu_finance"


def menu(screen: Screen, *names: str) -> None:
    """Walk through the menus of the accounting app by their technical names."""
    page = screen.page
    page.click(".o_navbar_apps_menu button")
    for name in (FINANCE, *names):
        page.click(f"[data-menu-xmlid='{name}']")


def open_connections(screen: Screen) -> None:
    menu(screen, f"{FINANCE}_configuration", "l10n_pl_ksef.menu_connections")


def open_invoice(screen: Screen, name: str) -> None:
    menu(screen, f"{FINANCE}_receivables", "account.menu_action_move_out_invoice_type")
    screen.page.click(f".o_data_row:has-text('{name}') td[name=name]")
    screen.page.wait_for_selector(f".o_form_view .oe_title:has-text('{name}')")


def choose_method(screen: Screen, method: str) -> None:
    """New connection to the simulator, with the method chosen."""
    page = screen.page
    page.click(".o_control_panel .btn-primary:visible, .o_list_view header .btn-primary:visible")
    page.check(".modal input[data-value=simulator]")
    page.check(f".modal input[data-value={method}]")


def begin_connection(screen: Screen) -> Path:
    """New connection to the simulator, up to the request file on the person's disk."""
    page = screen.page
    page.get_by_role("button", name="New connection").click()
    page.check(".modal input[data-value=simulator]")
    page.click(".modal button[name=action_begin]")
    return screen.download(".modal [name=request_file] a")


def sign(screen: Screen, request: Path, person: str) -> Path:
    """To the practice Trusted Profile in a tab of its own, and back with the signed file."""
    with screen.new_tab() as tabs:
        screen.page.click(".modal [name=signing_page] a")
    [practice] = tabs
    practice.check(f"input[name=person][value={person}]")
    practice.set_input_files("input[type=file]", request)
    signed = screen.download("button[type=submit]", practice)
    practice.close()
    return signed


def upload(screen: Screen, file: Path) -> None:
    screen.page.set_input_files(".modal [name=signed_file] input[type=file]", file)
