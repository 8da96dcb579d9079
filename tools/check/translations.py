"""``i18n/pl.po`` against a fresh export: every string translated, none missing, none in doubt."""

import json
from pathlib import Path

from .. import command, databases
from ..console import say
from ..odoo import Installation
from ..settings import CACHE, MODULE, PYTHON, REPOSITORY
from .result import Result, wrong

TEMPLATE = REPOSITORY / "i18n" / f"{MODULE}.pot"
POLISH = REPOSITORY / "i18n" / "pl.po"


def check(installation: Installation) -> Result:
    """One passed for each string that is right."""
    exported = _export(installation)
    found = json.loads(_compare("check", exported))
    words = tuple(f"pl.po: {word}" for word in found["wrong"])
    return Result(found["right"], len(words), words) if found["all"] else wrong("no strings found")


def update(installation: Installation) -> None:
    """Write the template anew and merge it into pl.po, keeping what is translated."""
    exported = _export(installation)
    TEMPLATE.parent.mkdir(exist_ok=True)
    TEMPLATE.write_bytes(exported.read_bytes())
    found = json.loads(_compare("merge", exported))
    say(f"{found['all']} strings, {len(found['wrong'])} to translate in {POLISH}")


def _export(installation: Installation) -> Path:
    target = CACHE / f"{MODULE}.pot"
    database = databases.addon(installation)
    command.run(
        installation.script("tools.inside.export_terms", database, str(target)),
        cwd=REPOSITORY,
        env=installation.environment,
    )
    return target


def _compare(action: str, exported: Path) -> str:
    words = [PYTHON, "-m", "tools.inside.compare_terms", action, exported, POLISH]
    return command.run(words, cwd=REPOSITORY)
