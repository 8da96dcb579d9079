"""``make drill``: KSeF fails and comes back while invoices are issued; nothing is lost or late."""

import os
import subprocess

from .. import command, databases, odoo, postgres
from ..console import Stop, step
from ..settings import PYTHON, REPOSITORY

DATABASE = "ksef_drill"
#: Fewer leave a kind of invoice out.
FEWEST = 25


def drill() -> None:
    """Play it with N invoices (environment variable ``N``, 200 when unset)."""
    number = os.environ.get("N", "200")
    if not number.isdigit() or int(number) < FEWEST:
        raise Stop(f"N is {number}", f"choose {FEWEST} or more: make drill N={FEWEST}")
    try:
        installation = odoo.get()
        template = databases.addon(installation)
        with step("Making a company with a database of its own", "20 s"):
            databases.copy(installation, template, DATABASE)
            command.run(
                installation.script("tools.demo.load", DATABASE),
                cwd=REPOSITORY,
                env=installation.environment,
            )
        # In Odoo's own Python, which has what scans papers and asks the database.
        played = subprocess.run(
            [str(PYTHON), "-m", "tools.drill.play", DATABASE, number],
            cwd=REPOSITORY,
            env={**os.environ, **installation.environment},
            stdin=subprocess.DEVNULL,
        )
        databases.drop(installation, DATABASE)
    finally:
        postgres.stop()
    if played.returncode:
        raise Stop("The drill failed", "what is marked with NO is wrong")
