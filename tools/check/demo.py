"""The demo company loads, and loading it again changes nothing."""

import os
import subprocess

from .. import databases
from ..odoo import Installation
from ..settings import REPOSITORY
from .result import Result, ok, wrong

DATABASE = "ksef_test_demo"


def check(installation: Installation) -> Result:
    databases.copy(installation, databases.addon(installation), DATABASE)
    result = Result()
    first, second = (_load(installation) for _ in range(2))
    result += ok() if first.endswith("records created") else wrong(f"demo company: {first}")
    result += ok() if second == "0 records created" else wrong(f"loaded again: {second}")
    databases.drop(installation, DATABASE)
    return result


def _load(installation: Installation) -> str:
    done = subprocess.run(
        installation.script("tools.demo.load", DATABASE),
        cwd=REPOSITORY,
        env={**os.environ, **installation.environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip()[-2000:]
