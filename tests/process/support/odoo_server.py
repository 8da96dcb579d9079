"""An Odoo server process of its own, the way to talk to it, and to kill it."""

import contextlib
import os
import re
import signal
import subprocess
from pathlib import Path

from tools import processes
from tools.odoo import Installation

from .people import Person

LOGIN_PAGE = "/web/login"
#: An error of the log with the lines that belong to it.
ENTRY = re.compile(
    r"^\d{4}-\d\d-\d\d \S+ \d+ (?:ERROR|CRITICAL) .*(?:\n(?!\d{4}-\d\d-\d\d \S+ \d+ ).*)*",
    re.MULTILINE,
)
#: Words that stand together in errors which are none.
HARMLESS = (("pg_trgm",), ("odoo.sql_db: bad query", "could not serialize access"))


class OdooServer:
    """One server process on one database; several may serve the same one."""

    def __init__(self, installation: Installation, database: str, log: Path):
        self._installation = installation
        self.database = database
        self.log = log
        self.port = processes.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.arguments: tuple[str, ...] = ()  # further ones; the last of two that differ counts
        self.environment: dict[str, str] = {}
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        command = self._installation.command(
            self.database,
            f"--http-port={self.port}",
            f"--db-filter=^{self.database}$",
            "--no-database-list",
            "--max-cron-threads=1",
            *self.arguments,
        )
        self.process = self._installation.start(command, self.log, self.environment)
        processes.wait_for(self.url + LOGIN_PAGE, self.process, self.log)

    def kill(self) -> None:
        """``kill -9`` to it and to whatever it had started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process:
            processes.end(self.process)

    def log_in(self, login: str) -> Person:
        """Somebody whose password is the same word as the login."""
        return Person(self.url, self.database, login)

    def errors(self) -> list[str]:
        """What it logged as an error, with what PostgreSQL said to it.

        Left out: an extension that PostgreSQL's wheel lacks, and queries in conflict with another
        process. Those are repeated; one that was given up is an error of its own in the log.
        """
        found = ENTRY.findall(self.log.read_text(errors="replace"))
        return [text for text in found if not any(all(map(text.count, it)) for it in HARMLESS)]
