"""Real Odoo and simulator processes, on databases of their own."""

import contextlib
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.process.support import browser, template
from tests.process.support.browser import Screen
from tests.process.support.world import World
from tools import databases, odoo
from tools.odoo import Installation
from tools.settings import LOGS

FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def installation() -> Installation:
    return odoo.get()


@pytest.fixture(scope="session")
def made(
    installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[template.Template]:
    """The template, made once for all tests."""
    yield template.make(installation, tmp_path_factory.mktemp("template"))
    for database in (template.DATABASE, template.FRESH):
        databases.drop(installation, database)


@contextlib.contextmanager
def copy_of(installation: Installation, database: str, folder: Path) -> Iterator[World]:
    copy = f"{template.DATABASE}_copy"
    databases.copy(installation, database, copy)
    place = World(installation, copy, folder / "simulator.sqlite", folder)
    try:
        yield place
    finally:
        place.stop()
        databases.drop(installation, copy)


@pytest.fixture
def world(installation: Installation, made: template.Template, tmp_path: Path) -> Iterator[World]:
    """A connected company in a database of its own, with nothing running yet."""
    shutil.copy(made.memory, tmp_path / "simulator.sqlite")
    with copy_of(installation, made.database, tmp_path) as place:
        yield place


@pytest.fixture
def fresh_world(
    installation: Installation, made: template.Template, tmp_path: Path
) -> Iterator[World]:
    """The demo company before anybody has heard of KSeF."""
    with copy_of(installation, made.fresh, tmp_path) as place:
        yield place


@pytest.fixture
def pressing() -> Iterator[ThreadPoolExecutor]:
    """Presses buttons in threads of their own, since a killed server never answers."""
    with ThreadPoolExecutor(4) as threads:
        yield threads


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def screen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Screen]:
    """A browser window; pictures of it stay when the test fails."""
    with browser.opened(tmp_path) as window:
        yield window
        if request.node.stash.get(FAILED, True):
            window.photograph(LOGS / "screenshots", request.node.name)
