"""Odoo's command line, with our paths and our database server in it."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import odoo_source, packages, postgres
from .settings import LINKS, MODULE, ODOO_DATA, PYTHON, REPOSITORY

# Creating a Polish company installs these on the fly, in a second registry load: take them up front.
BESIDE = ("l10n_pl", "l10n_pl_edi", "account_peppol", "account_edi_ubl_cii", "contacts")


@dataclass(frozen=True)
class Installation:
    """Odoo, its packages and its database server, ready for use."""

    odoo: odoo_source.Odoo
    server: postgres.Server

    @property
    def environment(self) -> dict[str, str]:
        path = os.environ.get("PYTHONPATH", "")
        parts = [str(self.odoo.python_path), *([path] if path else [])]
        return {**os.environ, "PYTHONPATH": os.pathsep.join(parts), "PYTHONUNBUFFERED": "1"}

    @property
    def common_arguments(self) -> list[str]:
        folders = ",".join(str(folder) for folder in (*self.odoo.addons, LINKS))
        return [
            f"--addons-path={folders}",
            f"--data-dir={ODOO_DATA}",
            *self.server.odoo_arguments,
        ]

    def command(self, database: str, *arguments: str, subcommand: str = "") -> list[str]:
        words = [subcommand] if subcommand else []
        start = [str(PYTHON), "-m", "odoo", *words]
        return [*start, *self.common_arguments, f"--database={database}", *arguments]

    def shell(self, database: str, script: Path, arguments: Sequence[str] = ()) -> list[str]:
        """A script of ours that opens ``database`` itself: see ``tools.registry``."""
        return [str(PYTHON), str(script), database, *self.common_arguments, *arguments]

    def start(self, command: Sequence[str], log: Path) -> subprocess.Popen:
        """Start a long-lived process with its output in ``log``."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as sink:
            return subprocess.Popen(
                command,
                cwd=REPOSITORY,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


def get() -> Installation:
    """Fetch, install and start whatever is not there yet."""
    odoo = odoo_source.get()
    packages.get()
    LINKS.mkdir(parents=True, exist_ok=True)
    ODOO_DATA.mkdir(parents=True, exist_ok=True)
    link = LINKS / MODULE
    if not link.is_symlink() or link.resolve() != REPOSITORY:
        link.unlink(missing_ok=True)
        link.symlink_to(REPOSITORY, target_is_directory=True)
    return Installation(odoo, postgres.start())
