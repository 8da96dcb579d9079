"""Pytest over one folder, counted from its own report."""

import os
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping

from ..settings import LOGS, PYTHON, REPOSITORY
from .result import Result, wrong


def run(folder: str, environment: Mapping[str, str]) -> Result:
    """Run the tests in ``folder``; their output goes to the console as it comes."""
    LOGS.mkdir(parents=True, exist_ok=True)
    report = LOGS / f"{folder.replace('/', '-')}.xml"
    report.unlink(missing_ok=True)
    command = [str(PYTHON), "-m", "pytest", "-q", folder, f"--junitxml={report}"]
    done = subprocess.run(
        command, cwd=REPOSITORY, env={**os.environ, **environment}, stdin=subprocess.DEVNULL
    )
    if not report.exists():
        return wrong(f"pytest {folder} ended with code {done.returncode} and no report")
    result = _count(folder, ElementTree.parse(report).getroot())
    if done.returncode and not result.failed:
        result += wrong(f"pytest {folder} ended with code {done.returncode}")
    return result


def _count(folder: str, report: ElementTree.Element) -> Result:
    cases = list(report.iter("testcase"))
    if not cases:
        return wrong(f"{folder}: no tests found")
    words = []
    for case in cases:
        for kind in ("failure", "error", "skipped"):
            if case.find(kind) is not None:
                words.append(f"{kind}: {case.get('classname')}.{case.get('name')}")
                break
    return Result(len(cases) - len(words), len(words), tuple(words))
