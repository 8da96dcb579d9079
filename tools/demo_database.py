"""The database of ``make run``: made once, updated when the addon's files change."""

from . import command, databases
from .console import Stop, say, step
from .databases import STAMP
from .fingerprint import ADDON, fingerprint
from .odoo import BESIDE, Installation
from .settings import MODULE, REPOSITORY, settings


def prepare(installation: Installation) -> None:
    """Make the database, or bring it up to date; nothing to do takes no time."""
    server, name = installation.server, settings.database
    now = fingerprint((*ADDON, "tools/demo"))
    known = server.recall(name, [STAMP]) if server.exists(name) else None
    if known is not None and STAMP not in known:
        _drop_half_made(installation)
        known = None
    if known is None:
        _create(installation)
    elif known[STAMP] != now:
        with step("The addon's files changed: updating the database", "20 s"):
            databases.run_odoo(
                installation, settings.database, f"--update={MODULE}", "--i18n-overwrite"
            )
            _load(installation)
    server.remember(name, {STAMP: now, **_addresses()})


def reset(installation: Installation) -> None:
    """Drop the database with its files."""
    if installation.server.exists(settings.database):
        known = installation.server.recall(settings.database, [STAMP])
        if settings.database_url and STAMP not in known:
            raise _not_ours()
    databases.drop(installation, settings.database)


def _create(installation: Installation) -> None:
    modules = ",".join((*BESIDE, MODULE))
    with step(f"Creating the demo database {settings.database}", "1 minute"):
        databases.run_odoo(
            installation,
            settings.database,
            f"--init={modules}",
            f"--load-language={databases.LANGUAGE}",
        )
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
