"""The stages of ``make test`` in their order, and the closing line."""

import time
import traceback
from collections.abc import Callable, Sequence

from .. import odoo, postgres
from ..console import Stop, say
from ..odoo import Installation
from ..settings import PYTHON
from . import demo, lint, odoo_tests, programs, python_tests, translations
from .result import Result, wrong

MOST_WORDS = 40  # lines of explanation of one stage


def _pytest(folder: str) -> Callable[[Installation], Result]:
    return lambda installation: python_tests.run(folder, installation.environment)


STAGES: dict[str, Callable[[Installation], Result]] = {
    "programs": lambda installation: programs.check(),
    "lint": lambda installation: lint.check(),
    "tools": _pytest("tests/tools"),
    "ksef": _pytest("tests/ksef"),
    "simulator": _pytest("tests/simulator"),
    "odoo": odoo_tests.check,
    "demo": demo.check,
    "translations": translations.check,
    "process": _pytest("tests/process"),
}


def test(names: Sequence[str]) -> int:
    """Run the stages named, or all; the last line is ``N passed, N failed``."""
    unknown = sorted(set(names) - set(STAGES))
    if unknown:
        raise Stop(f"There is no stage {', '.join(unknown)}", f"choose of {', '.join(STAGES)}")
    results: dict[str, Result] = {}
    try:
        installation = odoo.get()
        for name in names or STAGES:
            say(f"\n=== {name}")
            begin = time.monotonic()
            results[name] = _run(STAGES[name], installation)
            _summary(name, results[name], time.monotonic() - begin)
    except Stop as stop:
        results["start"] = wrong(str(stop))
        say(f"\nSTOPPED: {stop}")
    finally:
        if PYTHON.exists():
            postgres.stop()
    total = sum(results.values(), Result())
    say("\n=== all stages")
    for name, result in results.items():
        say(f"  {name:<14} {result.passed:>5} passed {result.failed:>5} failed")
    say(f"\n{total.passed} passed, {total.failed} failed")
    return 1 if total.failed else 0


def _run(stage: Callable[[Installation], Result], installation: Installation) -> Result:
    """One stage; whatever it breaks with is its failure, and the other stages still run."""
    try:
        return stage(installation)
    except Stop as stop:
        return wrong(str(stop))
    except Exception as error:
        traceback.print_exc()
        return wrong(f"the stage broke: {error}")


def _summary(name: str, result: Result, seconds: float) -> None:
    for word in result.words[:MOST_WORDS]:
        say(f"  ! {word}")
    if len(result.words) > MOST_WORDS:
        say(f"  ! … and {len(result.words) - MOST_WORDS} more")
    say(f"--- {name}: {result.passed} passed, {result.failed} failed in {seconds:.0f} s")
