"""Ruff, pylint with OCA's mandatory checks, OCA's checks of XML and translations."""

import subprocess

from ..console import say
from ..settings import LINKS, MODULE, PYTHON, REPOSITORY, VENV
from .result import Result, ok, wrong

ADDON = LINKS / MODULE


def check() -> Result:
    translations = sorted(str(path) for path in (REPOSITORY / "i18n").glob("*.po*"))
    linters = {
        "ruff check": [VENV / "bin/ruff", "check", "--quiet", "."],
        "ruff format": [VENV / "bin/ruff", "format", "--check", "--quiet", "."],
        "pylint-odoo": [PYTHON, "-m", "pylint", "--rcfile=.pylintrc-mandatory", ADDON],
        "OCA module checks": [VENV / "bin/oca-checks-odoo-module", ADDON],
        "OCA translation checks": [VENV / "bin/oca-checks-po", *translations],
    }
    result = Result()
    for name, command in linters.items():
        done = subprocess.run(
            [str(word) for word in command],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode == 0:
            result += ok()
            say(f"  {name}: clean")
        else:
            result += wrong(f"{name} objects")
            say(done.stdout.rstrip())
    return result
