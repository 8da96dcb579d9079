"""The database of ``make run``: made once, updated when the addon's files change."""

import hashlib
import shutil
from pathlib import Path

from . import command, processes
from .console import Stop, say, step
from .odoo import BESIDE, Installation
from .settings import LOGS, MODULE, ODOO_DATA, REPOSITORY, settings

FINGERPRINT = f"{MODULE}_demo.fingerprint"
LANGUAGE = "pl_PL"
# folders whose changes Odoo takes in when it updates the addon, and the demo data
WATCHED = ("data", "i18n", "ksef", "models", "report", "security", "static", "tools/demo", "views")
WATCHED_TOO = ("wizards", "__init__.py", "__manifest__.py")
LOG = LOGS / "database.log"


def fingerprint() -> str:
    """A hash of the addon's files."""
    digest = hashlib.sha256()
    for name in (*WATCHED, *WATCHED_TOO):
        top = REPOSITORY / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and path.suffix != ".pyc":
                digest.update(f"{path.relative_to(REPOSITORY)}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def prepare(installation: Installation) -> None:
    """Make the database, or bring it up to date; nothing to do takes no time."""
    server, name = installation.server, settings.database
    now = fingerprint()
    known = server.recall(name, [FINGERPRINT]) if server.exists(name) else None
    if known is not None and FINGERPRINT not in known:
        _drop_half_made(installation)
        known = None
    if known is None:
        _create(installation)
    elif known[FINGERPRINT] != now:
        with step("The addon's files changed: updating the database", "20 s"):
            _odoo(installation, f"--update={MODULE}", "--i18n-overwrite")
            _load(installation)
    server.remember(name, {FINGERPRINT: now, **_addresses()})


def reset(installation: Installation) -> None:
    """Drop the database with its files."""
    if installation.server.exists(settings.database):
        known = installation.server.recall(settings.database, [FINGERPRINT])
        if settings.database_url and FINGERPRINT not in known:
            raise _not_ours()
        installation.server.drop(settings.database)
    shutil.rmtree(ODOO_DATA / "filestore" / settings.database, ignore_errors=True)


def _create(installation: Installation) -> None:
    modules = ",".join((*BESIDE, MODULE))
    with step(f"Creating the demo database {settings.database}", "1 minute"):
        _odoo(installation, f"--init={modules}", f"--load-language={LANGUAGE}")
    with step("Loading the demo company", "15 s"):
        _load(installation)


def _load(installation: Installation) -> None:
    command.run(
        installation.script("tools.demo.load", settings.database),
        cwd=REPOSITORY,
        env=installation.environment,
        remedy="make reset starts over with an empty database",
    )


def _drop_half_made(installation: Installation) -> None:
    if settings.database_url:
        raise _not_ours()
    say(f"- The database {settings.database} is half made: an earlier start was interrupted")
    reset(installation)


def _not_ours() -> Stop:
    return Stop(
        f"Your server has a database {settings.database} that this command did not make",
        "choose another name: DB_NAME=ksef_trial make run",
    )


def _addresses() -> dict[str, str]:
    """Where Odoo finds itself (also for printing) and the simulator."""
    return {
        "web.base.url": settings.odoo_url,
        "web.base.url.freeze": "True",
        "report.url": f"http://127.0.0.1:{settings.http_port}",
        f"{MODULE}.simulator_url": settings.simulator_url,
    }


def _odoo(installation: Installation, *arguments: str) -> None:
    """Run Odoo to its end; errors in its log are errors, whatever its exit code says."""
    LOG.unlink(missing_ok=True)
    words = ["--stop-after-init", "--no-http", "--without-demo=True", "--log-level=warn"]
    process = installation.start(installation.command(settings.database, *arguments, *words), LOG)
    try:
        code = process.wait()
    finally:
        processes.end(process)
    if code or _errors(LOG):
        words = _errors(LOG) or processes.tail(LOG)
        raise Stop(f"Odoo could not prepare the database:\n{words}", f"the whole log is {LOG}")


def _errors(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    # the PostgreSQL of the wheel has no extensions; Odoo does without this one
    found = [line for line in lines if " ERROR " in line or " CRITICAL " in line]
    return "\n".join(line for line in found if "pg_trgm" not in line)
