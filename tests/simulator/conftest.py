import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared" / "ksef"
sys.path.insert(0, str(HERE / "support"))

from ksef_caller import Caller  # noqa: E402
from ksef_running import INSTANT, Running, Servers, running  # noqa: E402

from simulator.clock import warsaw_day  # noqa: E402
from simulator.settings import Settings  # noqa: E402

# These compare with the Ministry's own documents, which are not a part of the product.
collect_ignore = [] if SHARED.is_dir() else ["test_contract.py", "test_official_files.py"]


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    made = Servers()
    yield made
    made.stop()


@pytest.fixture
def start(servers: Servers) -> Iterator[Callable[..., Running]]:
    """Starts simulators with settings that differ from an instant one without limits."""
    with ExitStack() as stack:

        def begin(**changes: Any) -> Running:
            return stack.enter_context(running(servers, Settings(**{**INSTANT, **changes})))

        yield begin


@pytest.fixture
def simulator(start: Callable[..., Running]) -> Running:
    return start()


@pytest.fixture
def caller(simulator: Running) -> Caller:
    """Logged in with a KSeF token that may read and write invoices of 9999999999."""
    return Caller(simulator).log_in()


@pytest.fixture
def today(simulator: Running) -> date:
    return warsaw_day(simulator.world.now())


def pytest_configure(config: Any) -> None:
    if not (SHARED / "openapi-2.9.0-te.json").is_file():
        print("The OpenAPI document is not at hand: answers are not compared with it.")
