"""The database that tests copy: the demo company, connected, with invoices to send."""

import os
import re
import subprocess
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path

import requests

from tools import databases
from tools.odoo import Installation
from tools.settings import MODULE, REPOSITORY

from .odoo_server import OdooServer
from .people import Person
from .records import Records
from .simulator import Simulator
from .waiting import wait_until

DATABASE = "ksef_test_process"
FRESH = f"{DATABASE}_fresh"
INVOICES = 12


@dataclass(frozen=True)
class Template:
    """A database with its files, and the memory of the simulator that knows its company."""

    database: str
    memory: Path
    fresh: str  # the same before anybody connected the company


def make(installation: Installation, folder: Path) -> Template:
    databases.copy(installation, databases.addon(installation), DATABASE)
    subprocess.run(
        installation.script("tools.demo.load", DATABASE),
        cwd=REPOSITORY,
        env={**os.environ, **installation.environment},
        check=True,
        capture_output=True,
    )
    databases.copy(installation, DATABASE, FRESH)
    simulator = Simulator(installation, folder / "made.sqlite", folder / "simulator.log")
    odoo = OdooServer(installation, DATABASE, folder / "odoo.log")
    try:
        simulator.start()
        address(Records(installation, DATABASE), odoo, simulator)
        odoo.start()
        admin = odoo.log_in("admin")
        connect(admin, simulator)
        make_invoices(admin, INVOICES)
        build_pages(admin)
        memory = folder / "template.sqlite"
        simulator.copy_memory(memory)
    finally:
        odoo.stop()
        simulator.stop()
    return Template(DATABASE, memory, FRESH)


def build_pages(admin: Person) -> None:
    """Have Odoo put its style sheets and scripts together once and not in every test."""
    for bundle in re.findall(r'"(/web/assets/[^"]+)"', admin.download("/odoo").decode()):
        admin.download(bundle)


def address(records: Records, odoo: OdooServer, simulator: Simulator) -> None:
    """Tell a database where its server and its KSeF are."""
    records.set_parameter("web.base.url", odoo.url)
    records.set_parameter("web.base.url.freeze", "True")
    records.set_parameter("report.url", odoo.url)
    records.set_parameter(f"{MODULE}.simulator_url", simulator.url)
    # Nothing may reach out of this machine: neither the real KSeF nor any other host is asked.
    records.set_parameter(f"{MODULE}.probe_only_used", "True")
    records.set_parameter(f"{MODULE}.neutral_host", f"{simulator.url}/line")


def connect(admin: Person, simulator: Simulator, who: str = "owner") -> int:
    """The whole wizard without its dialog; returns the connection."""
    model = f"{MODULE}.authorise"
    wizard = admin.call(model, "create", [{"environment": "simulator"}])[0]
    admin.call(model, "action_begin", [wizard])
    asked = admin.read(model, wizard, "request_file", "request_name")
    signed = requests.post(
        f"{simulator.url}/trusted-profile",
        data={"person": who},
        files={"file": (asked["request_name"], b64decode(asked["request_file"]), "text/xml")},
        timeout=10,
    )
    signed.raise_for_status()
    content = b64encode(signed.content).decode()
    admin.call(model, "write", [wizard], {"signed_file": content, "signed_name": "signed.xml"})
    admin.call(model, "action_submit", [wizard])

    def connected() -> bool:
        admin.call(model, "live_progress", [wizard])
        return admin.read(model, wizard, "step")["step"] == "done"

    wait_until(connected, "the connection is authorised")
    return admin.read(model, wizard, "connection_id")["connection_id"][0]


def make_invoices(admin: Person, count: int) -> list[int]:
    """Posted copies of an invoice of the demo company, with references to find them by."""
    [demo] = admin.call(
        "account.move",
        "search",
        [
            ["move_type", "=", "out_invoice"],
            ["state", "=", "posted"],
            ["partner_id.name", "=like", "Lubelskie Centrum%"],
            ["company_id.name", "=like", "Pracownia%"],
        ],
        limit=1,
    )
    today = admin.read("account.move", demo, "invoice_date")["invoice_date"]
    made = []
    for number in range(count):
        values = {
            "invoice_date": today,
            "taxable_supply_date": today,
            "ref": f"crash {number + 1:02}",
        }
        made += admin.call("account.move", "copy", [demo], values)
    admin.call("account.move", "action_post", made)
    return made
