"""Real Odoo and simulator processes, on databases of their own."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.process.support import template
from tests.process.support.world import World
from tools import databases, odoo
from tools.odoo import Installation


@pytest.fixture(scope="session")
def installation() -> Installation:
    return odoo.get()


@pytest.fixture(scope="session")
def made(
    installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[template.Template]:
    """The template, made once for all tests."""
    yield template.make(installation, tmp_path_factory.mktemp("template"))
    databases.drop(installation, template.DATABASE)


@pytest.fixture
def world(installation: Installation, made: template.Template, tmp_path: Path) -> Iterator[World]:
    """A connected company in a database of its own, with nothing running yet."""
    database = f"{template.DATABASE}_copy"
    databases.copy(installation, made.database, database)
    memory = tmp_path / "simulator.sqlite"
    shutil.copy(made.memory, memory)
    place = World(installation, database, memory, tmp_path)
    try:
        yield place
    finally:
        place.stop()
        databases.drop(installation, database)


@pytest.fixture
def pressing() -> Iterator[ThreadPoolExecutor]:
    """Presses buttons in threads of their own, since a killed server never answers."""
    with ThreadPoolExecutor(4) as threads:
        yield threads
