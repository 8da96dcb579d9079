"""Databases that others are copied from: plain Odoo, and Odoo with the addon."""

import shutil
from pathlib import Path

from . import processes
from .console import Stop, step
from .fingerprint import fingerprint
from .odoo import BESIDE, Installation
from .settings import LOGS, MODULE, ODOO_DATA

LANGUAGE = "pl_PL"
BASE = "ksef_test_base"  # Odoo with the modules that the addon needs
ADDON = "ksef_test_addon"  # the same with the addon
STAMP = f"{MODULE}_tools.fingerprint"


def run_odoo(installation: Installation, database: str, *arguments: str) -> None:
    """Run Odoo to its end; an error in its log is an error, whatever its exit code says."""
    log = LOGS / f"{database}.log"
    log.unlink(missing_ok=True)
    quiet = ("--stop-after-init", "--no-http", "--without-demo=True", "--log-level=warn")
    process = installation.start(installation.command(database, *arguments, *quiet), log)
    try:
        code = process.wait()
    finally:
        processes.end(process)
    errors = _errors(log)
    if code or errors:
        words = errors or processes.tail(log)
        raise Stop(f"Odoo could not prepare {database}:\n{words}", f"the whole log is {log}")


def _errors(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    found = [line for line in lines if " ERROR " in line or " CRITICAL " in line]
    # the PostgreSQL of the wheel has no extensions; Odoo does without this one
    return "\n".join(line for line in found if "pg_trgm" not in line)


def copy(installation: Installation, template: str, database: str) -> None:
    """Make ``database`` a copy of ``template``, with its files."""
    drop(installation, database)
    installation.server.copy(template, database)
    files = ODOO_DATA / "filestore"
    if (files / template).exists():
        shutil.copytree(files / template, files / database)


def drop(installation: Installation, database: str) -> None:
    installation.server.drop(database)
    shutil.rmtree(ODOO_DATA / "filestore" / database, ignore_errors=True)


def base(installation: Installation) -> str:
    """Odoo with everything the addon needs, made once."""
    # a file of Odoo's release tells one Odoo from another
    release = (installation.odoo.python_path / "odoo" / "release.py").read_text()
    wanted = fingerprint([], f"{BESIDE}{installation.odoo.python_path}{release}")
    if not _is(installation, BASE, wanted):
        with step("Creating a database with Odoo's own modules", "30 s"):
            drop(installation, BASE)
            modules = f"--init={','.join(BESIDE)}"
            run_odoo(installation, BASE, modules, f"--load-language={LANGUAGE}")
            installation.server.remember(BASE, {STAMP: wanted})
    return BASE


def addon(installation: Installation) -> str:
    """The same with the addon as it is now."""
    template = base(installation)
    origin = installation.server.recall(template, [STAMP])[STAMP]
    wanted = fingerprint(extra=origin)
    if not _is(installation, ADDON, wanted):
        with step("Installing the addon into a copy", "10 s"):
            copy(installation, template, ADDON)
            run_odoo(installation, ADDON, f"--init={MODULE}")
            installation.server.remember(ADDON, {STAMP: wanted})
    return ADDON


def _is(installation: Installation, database: str, wanted: str) -> bool:
    server = installation.server
    return server.exists(database) and server.recall(database, [STAMP]).get(STAMP) == wanted
