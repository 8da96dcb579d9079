"""Orders to the Odoo whose clock is not real."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools.odoo import Installation
from tools.settings import PYTHON, REPOSITORY

from .world import World

SCRIPT = Path(__file__).parents[1] / "inside" / "days_of_odoo.py"


class Years:
    """Each order is answered before the next one is given."""

    def __init__(self, process: subprocess.Popen, log: Path):
        self._process = process
        self._log = log

    def order(self, name: str, *arguments: Any) -> Any:
        self._process.stdin.write(json.dumps([name, *arguments]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"Odoo ended: {self._log.read_text()[-4000:]}"
        return json.loads(answer)


@contextmanager
def years(installation: Installation, world: World, folder: Path) -> Iterator[Years]:
    """Simulator and Odoo of a world, ready to let time pass."""
    world.simulator.start()
    world.records.set_parameter("l10n_pl_ksef.simulator_url", world.simulator.url)
    log = folder / "years.log"
    path = os.pathsep.join([str(REPOSITORY), installation.environment["PYTHONPATH"]])
    command = [str(PYTHON), str(SCRIPT), world.records.database, world.simulator.url]
    with log.open("w") as errors:
        process = subprocess.Popen(
            [*command, "--", *installation.arguments],
            cwd=folder,
            env={**os.environ, **installation.environment, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        yield Years(process, log)
    finally:
        process.stdin.close()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
