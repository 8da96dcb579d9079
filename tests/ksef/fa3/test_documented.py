"""docs/fa3.md tells every rule as it is, and the tests it names exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ksef.fa3.validator import RULES

REPOSITORY = Path(__file__).resolve().parents[3]
TEXT = (REPOSITORY / "docs" / "fa3.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^\| (\d+) \| [^|]+ \| (yes|part|no|not yet) \| ([^|]+) \|$", TEXT, re.M)


def test_every_rule_is_told_as_it_is():
    told = re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]+) \|$", TEXT, re.M)
    assert sorted(told) == sorted((rule.code, rule.level, rule.source) for rule in RULES.values())


def test_every_example_is_told():
    assert [int(number) for number, _state, _words in EXAMPLES] == list(range(1, 27))


@pytest.mark.parametrize("number, state, words", EXAMPLES)
def test_the_tests_it_names_exist(number, state, words):
    named = re.findall(r"`(\w+\.py)::(\w+)`", words)
    assert bool(named) == (state in ("yes", "part")), number
    for file, test in named:
        assert f"def {test}(" in (REPOSITORY / "tests" / file).read_text(encoding="utf-8"), test
