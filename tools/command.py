"""Running other programs: quietly, with their output at hand when they fail."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .console import Stop, say

LAST_LINES = 15


def run(
    arguments: Sequence[str | Path],
    *,
    failure: str = "",
    remedy: str = "",
    attempts: int = 1,
    pause: float = 5,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> str:
    """Run a program and return what it printed; ``Stop`` with its last words when it fails.

    ``failure`` says what failed, in place of the command. ``env`` adds to the environment.
    ``attempts`` above one is for what may fail once and work the next time, as downloads do.
    """
    for attempt in range(1, attempts + 1):
        done = subprocess.run(
            [str(argument) for argument in arguments],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        if done.returncode == 0:
            return done.stdout
        if attempt < attempts:
            say(f"\n  {arguments[0]} failed, trying again ({attempt + 1} of {attempts})")
            time.sleep(pause * attempt)
    words = "\n  ".join(done.stdout.strip().splitlines()[-LAST_LINES:])
    what = failure or f"{' '.join(map(str, arguments[:4]))} … failed"
    raise Stop(f"{what}:\n  {words}", remedy)
