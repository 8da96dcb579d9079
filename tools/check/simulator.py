"""A simulator of our own for the time of a test."""

import contextlib
from collections.abc import Iterator

from .. import processes
from ..odoo import Installation
from ..settings import LOGS, PYTHON, REPOSITORY


@contextlib.contextmanager
def running(installation: Installation) -> Iterator[str]:
    """Its address. Without rate limits: tests are faster than any accountant."""
    port = processes.free_port()
    url, log = f"http://127.0.0.1:{port}", LOGS / "test-simulator.log"
    log.unlink(missing_ok=True)
    command = [str(PYTHON), "-m", "simulator", f"--port={port}", "--limits=off"]
    process = installation.start(command, log, cwd=REPOSITORY)
    try:
        processes.wait_for(f"{url}/", process, log)
        yield url
    finally:
        processes.end(process)
