"""Problems carry their words and their values apart, for translation."""

import ast
from pathlib import Path

import pytest

from ksef.problems import Problem

PACKAGE = Path(__file__).parents[2] / "ksef"


def test_a_problem_speaks():
    problem = Problem("wall", "x", "%(count)s of 5%%", {"count": 3}, field="P_8B", place="line 3")
    assert str(problem) == problem.message == "3 of 5%"
    assert problem.is_wall
    assert not Problem("warning", "x", "5% as it stands").is_wall
    assert Problem("warning", "x", "5% as it stands").message == "5% as it stands"
    assert hash(problem) == hash(Problem("wall", "x", "%(count)s of 5%%", {}, "P_8B", "line 3"))


def marked_calls():
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_":
                yield pytest.param(node, id=f"{path.relative_to(PACKAGE)}:{node.lineno}")


@pytest.mark.parametrize("call", list(marked_calls()))
def test_marked_strings_are_literals_that_an_exporter_finds(call):
    assert len(call.args) == 1
    assert not call.keywords
    assert isinstance(call.args[0], ast.Constant)
    text = call.args[0].value
    assert text == text.strip()
    assert "  " not in text
