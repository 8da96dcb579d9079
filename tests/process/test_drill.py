"""The drill of ``make drill``, with fewer invoices."""

from tests.process.support.world import World
from tools.drill.report import Report
from tools.drill.scenario import Drill

INVOICES = 25


def test_ksef_fails_and_comes_back(fresh_world: World):
    report = Report()
    Drill(fresh_world, INVOICES, report).run()
    assert report.checks and report.failed == [], report.table()
