"""``make bench``: how long rendering takes, ours and Odoo's own in the same run."""

import os

from .. import command, databases, odoo, postgres
from ..console import say, step
from ..settings import REPOSITORY

DATABASE = "ksef_bench"


def bench() -> None:
    """Render N invoices (environment variable ``N``, 300 when unset) in a database of its own."""
    number = os.environ.get("N", "300")
    try:
        installation = odoo.get()
        template = databases.addon(installation)
        with step(f"Posting {number} invoices and rendering them", "2 minutes"):
            databases.copy(installation, template, DATABASE)
            answer = command.run(
                installation.script("tools.bench.measure", DATABASE, number),
                cwd=REPOSITORY,
                env=installation.environment,
            )
        say(answer.rstrip())
        databases.drop(installation, DATABASE)
    finally:
        postgres.stop()
