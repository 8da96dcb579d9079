"""Odoo's own tests of the addon, browser tours included, in a database made for them."""

import re
from pathlib import Path

from .. import databases, processes
from ..console import say, step
from ..odoo import Installation
from ..settings import LOGS, MODULE
from . import simulator
from .result import Result, wrong

DATABASE = "ksef_test_odoo"
LOG = LOGS / "test-odoo.log"
TOTAL = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests when loading database")
SKIPPED = re.compile(r" INFO \S+ \S+: skipped (.+)")
BROKEN = re.compile(r" (?:ERROR|CRITICAL) \S+ (\S+): (.+)")
MOST_LINES = 200  # of one failure, on the console


def check(installation: Installation) -> Result:
    databases.copy(installation, databases.base(installation), DATABASE)
    LOG.unlink(missing_ok=True)
    command = installation.command(
        DATABASE,
        f"--init={MODULE}",
        f"--test-tags=/{MODULE}",
        f"--http-port={processes.free_port()}",
        f"--screenshots={LOGS / 'screenshots'}",
        "--without-demo=True",
        "--stop-after-init",
    )
    with simulator.running(installation) as url, step("Odoo tests of the addon", "5 minutes"):
        process = installation.start(command, LOG, env={"KSEF_SIMULATOR_URL": url})
        try:
            code = process.wait()
        finally:
            processes.end(process)
    result = read(LOG, code)
    if result.failed:
        say(_failures(LOG))
        say(f"  the whole log is {LOG}")
    databases.drop(installation, DATABASE)
    return result


def read(log: Path, code: int) -> Result:
    """Count what Odoo's log says; silence, skips and errors outside tests are failures."""
    text = log.read_text(errors="replace")
    totals = [tuple(map(int, found)) for found in TOTAL.findall(text)]
    if not totals:
        return wrong(f"Odoo ended with code {code} before its tests did")
    failed, errors, run = totals[-1]
    skipped = SKIPPED.findall(text)
    words = [f"skipped: {what}" for what in skipped]
    words += [f"{where}: {what}" for where, what in BROKEN.findall(text) if "pg_trgm" not in what]
    if not run:
        words.append("Odoo found no test of the addon")
    if code and not words:
        words.append(f"Odoo ended with code {code}")
    # an error logged outside a failing test counts, once, when no test failed
    broken = failed + errors + len(skipped)
    return Result(max(0, run - broken), broken or min(1, len(words)), tuple(words))


def _failures(log: Path) -> str:
    """The error lines with their tracebacks: all that does not begin with a time stamp."""
    lines, wanted = [], False
    for line in log.read_text(errors="replace").splitlines():
        if re.match(r"\d{4}-\d\d-\d\d ", line):
            wanted = bool(BROKEN.search(line)) and "pg_trgm" not in line
        if wanted:
            lines.append(f"    {line}")
    return "\n".join(lines[:MOST_LINES])
