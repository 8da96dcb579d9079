"""Nothing may look like a success that is none."""

import xml.etree.ElementTree as ElementTree

import pytest

from tools.check import odoo_tests, python_tests

STAMP = "2026-10-05 10:00:00,000 77 {} ksef_test_odoo {}"
TOTAL = STAMP.format("INFO", "odoo.tests.result: {} failed, {} error(s) of {} tests")
TOTAL += " when loading database 'ksef_test_odoo'"


def read(tmp_path, *lines, code=0):
    log = tmp_path / "log"
    log.write_text("\n".join(lines))
    result = odoo_tests.read(log, code)
    return result.passed, result.failed


def test_all_passed(tmp_path):
    assert read(tmp_path, TOTAL.format(0, 0, 12)) == (12, 0)


def test_failures_and_errors(tmp_path):
    lines = [
        STAMP.format("ERROR", "odoo.addons.x.tests.a: FAIL: TestA.test_b"),
        TOTAL.format(1, 2, 12),
    ]
    assert read(tmp_path, *lines, code=1) == (9, 3)


def test_a_skip_is_a_failure(tmp_path):
    lines = [
        STAMP.format("INFO", "odoo.addons.x.tests.a: skipped TestTour.test_tour : no chromium"),
        TOTAL.format(0, 0, 12),
    ]
    assert read(tmp_path, *lines) == (11, 1)


def test_an_error_outside_tests_is_a_failure(tmp_path):
    lines = [STAMP.format("ERROR", "odoo.sql_db: bad query"), TOTAL.format(0, 0, 12)]
    assert read(tmp_path, *lines) == (12, 1)


@pytest.mark.parametrize("lines", [[], [STAMP.format("INFO", "odoo: starting")]])
def test_no_figures_are_a_failure(tmp_path, lines):
    assert read(tmp_path, *lines, code=0) == (0, 1)


def test_no_tests_are_a_failure(tmp_path):
    assert read(tmp_path, TOTAL.format(0, 0, 0)) == (0, 1)


def test_an_exit_code_is_a_failure(tmp_path):
    assert read(tmp_path, TOTAL.format(0, 0, 12), code=1) == (12, 1)


def count(*cases):
    body = "".join(f"<testcase classname='c' name='n'>{case}</testcase>" for case in cases)
    result = python_tests._count("tests/x", ElementTree.fromstring(f"<suite>{body}</suite>"))
    return result.passed, result.failed


def test_pytest_counts():
    assert count("", "") == (2, 0)
    assert count("", "<failure/>", "<error/>", "<skipped/>") == (1, 3)
    assert count() == (0, 1)
