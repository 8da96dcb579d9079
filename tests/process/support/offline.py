"""Certificates of the type Offline, and invoices issued outside KSeF."""

import os
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

from tools.odoo import Installation
from tools.settings import PYTHON, REPOSITORY

from .people import Person
from .waiting import wait_until
from .world import World

CONNECTION = "l10n_pl_ksef.connection"
SCRIPT = Path(__file__).parents[1] / "inside" / "rsa_certificate.py"


def get_certificate(person: Person) -> None:
    """The button on the connection, until the Offline certificate is there (P-256)."""
    [connection] = person.call(CONNECTION, "search", [["state", "=", "connected"]])
    person.call(CONNECTION, "action_enrol", [connection])
    field = "offline_certificate_id"

    def there() -> bool:
        person.call(CONNECTION, "live_progress", [connection])
        return bool(person.read(CONNECTION, connection, field)[field])

    wait_until(there, "KSeF makes the Offline certificate")


def get_rsa_certificate(installation: Installation, world: World) -> None:
    """The same for an RSA key; while no Odoo server of this database runs."""
    path = os.pathsep.join([str(REPOSITORY), installation.environment["PYTHONPATH"]])
    subprocess.run(
        [str(PYTHON), str(SCRIPT), world.records.database, "--", *installation.arguments],
        cwd=REPOSITORY,
        env={**os.environ, **installation.environment, "PYTHONPATH": path},
        check=True,
    )


def issue_offline(person: Person, *invoices: int, mode: str = "offline24") -> None:
    """The button on the invoice with its dialog."""
    action = person.call("account.move", "action_l10n_pl_ksef_issue_offline", list(invoices))
    person.call(action["res_model"], "write", [action["res_id"]], {"mode": mode})
    person.call(action["res_model"], "action_issue", [action["res_id"]])


def announce_failure(person: Person) -> None:
    """An announced failure that goes on, entered by hand as the administrator reads it."""
    begin = (datetime.now(timezone.utc) - timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S")
    values = {
        "environment": "simulator",
        "kind": "FAILURE",
        "start": begin,
        "announced": begin,
        "announcement": "K/2026/AWR/01",
        "text": "Awaria KSeF.",
        "link": "https://www.gov.pl/web/finanse/komunikat",
    }
    person.call("l10n_pl_ksef.outage", "create", [values])


def copy_with_rows(person: Person, invoice: int, rows: int) -> int:
    """A posted copy of an invoice with so many rows of its first product."""
    move = person.read("account.move", invoice, "invoice_date", "invoice_line_ids")
    day, [first, *_others] = move["invoice_date"], move["invoice_line_ids"]
    product = person.read("account.move.line", first, "product_id")["product_id"][0]
    values = {"invoice_date": day, "taxable_supply_date": day}
    [copy] = person.call("account.move", "copy", [invoice], values)
    old = person.read("account.move", copy, "invoice_line_ids")["invoice_line_ids"]
    commands = [[2, line] for line in old] + [
        [0, 0, {"product_id": product, "quantity": number + 1}] for number in range(rows)
    ]
    person.call("account.move", "write", [copy], {"invoice_line_ids": commands})
    person.call("account.move", "action_post", [copy])
    return copy
