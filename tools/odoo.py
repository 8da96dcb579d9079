"""Odoo's command line, with our paths and our database server in it."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import odoo_source, packages, postgres
from .console import Stop
from .settings import CACHE, LINKS, MODULE, ODOO_DATA, PYTHON, REPOSITORY

# Creating a Polish company installs these on the fly, which reloads everything: have them up front.
BESIDE = (
    "l10n_pl",
    "l10n_pl_edi",
    "account_peppol",
    "account_edi_ubl_cii",
    "account_debit_note",
    "contacts",
)


@dataclass(frozen=True)
class Installation:
    """Odoo, its packages and its database server, ready for use."""

    odoo: odoo_source.Odoo
    server: postgres.Server

    @property
    def environment(self) -> dict[str, str]:
        """What our Odoo processes add to the environment."""
        path = os.environ.get("PYTHONPATH", "")
        parts = [str(self.odoo.python_path), *([path] if path else [])]
        return {
            "PYTHONPATH": os.pathsep.join(parts),
            "PYTHONUNBUFFERED": "1",
            "KSEF_FA3_SCHEMA": str(self.fa3_schema),
            # a warning of Odoo's own libraries, a thousand times
            "PYTHONWARNINGS": "ignore::DeprecationWarning",
            **self.server.environment,
        }

    @property
    def fa3_schema(self) -> Path:
        """The Ministry's schema of FA(3), which comes with Odoo."""
        for folder in self.odoo.addons:
            path = folder / "l10n_pl_edi/data/fa3_schema.xsd"
            if path.exists():
                return path
        raise Stop("This Odoo has no addon l10n_pl_edi", "set ODOO_SRC to another Odoo 19")

    @property
    def arguments(self) -> list[str]:
        folders = ",".join(str(folder) for folder in (*self.odoo.addons, LINKS))
        return [
            f"--addons-path={folders}",
            f"--data-dir={ODOO_DATA}",
            "--http-interface=127.0.0.1",
            *self.server.odoo_arguments,
        ]

    def command(self, database: str, *arguments: str) -> list[str]:
        start = [str(PYTHON), "-m", "odoo", *self.arguments]
        return [*start, f"--database={database}", *arguments]

    def script(self, module: str, database: str, *arguments: str) -> list[str]:
        """A script of ours that opens ``database`` itself (see ``tools.inside.registry``)."""
        return [str(PYTHON), "-m", module, database, *arguments, "--", *self.arguments]

    def start(
        self,
        command: Sequence[str],
        log: Path,
        env: dict[str, str] | None = None,
        cwd: Path = CACHE,
    ) -> subprocess.Popen:
        """Start a process with its output at the end of ``log``."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as sink:
            return subprocess.Popen(
                command,
                cwd=cwd,
                env={**os.environ, **self.environment, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


def get() -> Installation:
    """Fetch, install and start whatever is not there yet."""
    odoo = odoo_source.get()
    packages.get()
    for folder in (LINKS, ODOO_DATA):
        folder.mkdir(parents=True, exist_ok=True)
    link = LINKS / MODULE
    if not link.is_symlink() or link.resolve() != REPOSITORY:
        link.unlink(missing_ok=True)
        link.symlink_to(REPOSITORY, target_is_directory=True)
    return Installation(odoo, postgres.start())
