"""Every way to log in, and what an administrator does afterwards, in a real browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.process.support import practice_keys, steps
from tests.process.support.browser import Screen
from tests.process.support.odoo_server import OdooServer
from tests.process.support.world import World

NIP = "9998975436"
PASSWORD = "Hasło-do-klucza-9f2c"
DONE = ".modal [name=done]"
CERTIFICATES = f"{DONE} [name=certificate_ids]"


@pytest.fixture
def odoo(fresh_world: World, screen: Screen) -> OdooServer:
    """Odoo with its administrator before the list of connections, in English."""
    server = fresh_world.start(english=["admin"])
    screen.log_in(server.url, "admin")
    steps.open_connections(screen)
    return server


def assert_no_errors(screen: Screen, odoo: OdooServer) -> None:
    assert screen.errors == []
    assert odoo.errors() == []


def connection_of(world: World) -> dict:
    [connection] = world.records.ask("SELECT * FROM l10n_pl_ksef_connection")
    return connection


def log_in(screen: Screen) -> None:
    screen.page.click(".modal button[name=action_begin]:visible")


def assert_renews_itself(screen: Screen, kinds: int = 2) -> None:
    """Connected, and the certificates come while the dialog is open."""
    page = screen.page
    expect(page.locator(DONE)).to_contain_text("Connected.")
    expect(page.locator(f"{CERTIFICATES} .o_data_row:has-text('Active')")).to_have_count(kinds)
    expect(page.locator(DONE)).to_contain_text("renews itself; nobody has to sign again")


def test_trusted_profile_and_certificates(fresh_world: World, screen: Screen, odoo: OdooServer):
    """One signature, and from then on nobody has to sign; the connection shows both."""
    page = screen.page
    signed = steps.sign(screen, steps.begin_connection(screen), "owner")
    steps.upload(screen, signed)
    page.click(".modal button[name=action_submit]:visible")
    assert_renews_itself(screen)
    page.click(".modal button[name=action_open_connection]")
    for name, kind in (
        ("authentication_certificate_id", "Odoo Authentication"),
        ("offline_certificate_id", "Odoo Offline"),
    ):
        field = page.locator(f".o_form_view .o_field_widget[name={name}] input")
        expect(field).to_have_value(re.compile(kind))
    held = connection_of(fresh_world)
    assert held["authentication_certificate_id"] and held["offline_certificate_id"]

    # What KSeF knows of the person, with ours marked; one of them is revoked.
    page.click("button[name=action_certificates]:visible")
    lines = page.locator(".modal [name=line_ids] .o_data_row")
    expect(lines).to_have_count(2)
    expect(page.locator(".modal")).to_contain_text("Certificates left: 4 of 6")
    expect(lines.filter(has_text="Odoo Offline")).to_have_count(1)
    lines.filter(has_text="Odoo Offline").locator("button[name=action_revoke]").click()
    page.locator(".modal:has-text('for ever') .modal-footer .btn-primary").click()
    # KSeF says "Blocked" until its list of revoked certificates is published.
    expect(lines.filter(has_text=re.compile("Blocked|Revoked"))).to_have_count(1)
    page.locator(".modal .modal-footer button:has-text('Close')").click()
    assert connection_of(fresh_world)["offline_certificate_id"] is None

    # Logins of other programs can be ended from here.
    page.click("button[name=action_sessions]:visible")
    logins = page.locator(".modal [name=line_ids] .o_data_row")
    expect(logins.first).to_be_visible()
    ours = logins.filter(has=page.locator("[name=is_ours] input:checked"))
    expect(ours).to_have_count(1)
    expect(ours.locator("button[name=action_revoke]")).to_have_count(0)
    page.locator(".modal .modal-footer button:has-text('Close')").click()
    assert_no_errors(screen, odoo)


def test_certificate_files(fresh_world: World, screen: Screen, odoo: OdooServer, tmp_path: Path):
    """A wrong password is said; the right one logs in, and nothing typed is shown again."""
    page = screen.page
    pair = practice_keys.owner(PASSWORD)
    certificate, key = tmp_path / "jan.crt", tmp_path / "jan.key"
    certificate.write_bytes(pair.certificate)
    key.write_bytes(pair.key)
    steps.choose_method(screen, "certificate")
    page.set_input_files(".modal [name=certificate_file] input[type=file]", certificate)
    page.set_input_files(".modal [name=key_file] input[type=file]", key)
    page.fill(".modal [name=key_password] input", "nie to")
    log_in(screen)
    error = page.locator(".modal:has-text('password')").last
    expect(error).to_contain_text("password")
    error.locator(".modal-footer .btn-primary").click()
    expect(page.locator(".modal [name=kept_files]")).to_have_text("jan.crt, jan.key")
    page.fill(".modal [name=key_password] input", PASSWORD)
    log_in(screen)
    assert_renews_itself(screen)
    connection = connection_of(fresh_world)
    assert connection["method"] == "certificate"
    assert connection["signer"].startswith("Jan Kowalski")
    assert PASSWORD not in page.content()
    assert_no_errors(screen, odoo)


def test_token(fresh_world: World, screen: Screen, odoo: OdooServer):
    """It logs in, and the dialog says what it cannot do."""
    page = screen.page
    body = {"nip": NIP, "permissions": ["InvoiceRead", "InvoiceWrite"]}
    token = fresh_world.simulator.ask("POST", "ksef-tokens", body)["token"]
    steps.choose_method(screen, "token")
    expect(page.locator(".modal")).to_contain_text("cannot request certificates")
    expect(page.locator(".modal [name=enrol]")).to_have_count(0)
    field = page.locator(".modal [name=token] input")
    assert field.get_attribute("type") == "password"
    field.fill(token)
    log_in(screen)
    expect(page.locator(DONE)).to_contain_text("Connected.")
    expect(page.locator(DONE)).to_contain_text("renews itself")
    page.click(".modal button[name=action_open_connection]")
    expect(page.locator(".o_form_view button[name=action_enrol]")).to_have_count(0)
    assert connection_of(fresh_world)["method"] == "token"
    assert token.split("|")[-1] not in page.content()
    assert_no_errors(screen, odoo)


def test_self_made_certificate(fresh_world: World, screen: Screen, odoo: OdooServer):
    """One click, no account; in production it is not offered."""
    page = screen.page
    steps.choose_method(screen, "test_certificate")
    page.check(".modal input[data-value=production]")
    expect(page.locator(".modal button[name=action_begin]:visible")).to_have_count(0)
    page.check(".modal input[data-value=simulator]")
    log_in(screen)
    expect(page.locator(DONE)).to_contain_text("Connected.")
    assert connection_of(fresh_world)["method"] == "test_certificate"
    assert_no_errors(screen, odoo)


def test_change_of_environment(fresh_world: World, screen: Screen):
    """What follows is read and wanted, then the login leads to the new environment."""
    world, page = fresh_world, screen.page
    # No login is kept for it, so that no request to the Ministry's DEMO can be made.
    world.records.ask(
        "WITH made AS (INSERT INTO l10n_pl_ksef_connection"
        " (name, company_id, environment, nip, context_type, state, method, active, create_uid)"
        " SELECT 'Próby', c.id, 'demo', %s, 'Nip', 'connected', 'trusted_profile', true, 2"
        " FROM res_company c JOIN res_partner p ON p.id = c.partner_id"
        " WHERE p.vat LIKE %s RETURNING id, company_id)"
        " UPDATE res_company SET l10n_pl_ksef_connection_id = made.id FROM made"
        " WHERE res_company.id = made.company_id",
        NIP,
        f"%{NIP}",
    )
    server = world.start(english=["admin"])
    screen.log_in(server.url, "admin")
    steps.menu(screen, f"{steps.FINANCE}_configuration", "l10n_pl_ksef.menu_change_environment")
    dialog = page.locator(".modal")
    expect(dialog).to_contain_text("From practice to production.")
    expect(dialog).to_contain_text("Nothing can be withdrawn or deleted there")
    page.check(".modal input[data-value=simulator]")
    expect(dialog).not_to_contain_text("From practice to production.")
    page.click(".modal button[name=action_change]:visible")
    error = page.locator(".modal:has-text('confirm that you have read')").last
    error.locator(".modal-footer .btn-primary").click()
    page.check(".modal [name=confirmed] input")
    page.check(".modal [name=disconnect_old] input")
    page.click(".modal button[name=action_change]:visible")
    page.check(".modal input[data-value=test_certificate]")
    log_in(screen)
    expect(page.locator(DONE)).to_contain_text("Connected.")
    expect(page.locator(DONE)).not_to_contain_text("still go to another environment")
    states = world.records.ask(
        "SELECT n.environment, n.state, c.id IS NOT NULL AS used FROM l10n_pl_ksef_connection n"
        " LEFT JOIN res_company c ON c.l10n_pl_ksef_connection_id = n.id ORDER BY n.environment"
    )
    assert [tuple(row.values()) for row in states] == [
        ("demo", "disconnected", False),
        ("simulator", "connected", True),
    ]
    assert_no_errors(screen, server)
