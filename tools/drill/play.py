"""``python -m tools.drill.play DATABASE N``: the drill on a demo company's database."""

import sys
import tempfile
from pathlib import Path

from .. import odoo, pytest_plugin  # noqa: F401 - tests/ is a bare folder then, without Odoo
from ..settings import LOGS
from .report import Report


def play(database: str, count: int) -> bool:
    """Whether all went well."""
    from tests.process.support.world import World

    from .scenario import Drill

    report = Report(lambda words: print(words, flush=True))
    LOGS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="drill-", dir=LOGS) as folder:
        world = World(odoo.get(), database, Path(folder) / "simulator.sqlite", Path(folder))
        try:
            Drill(world, count, report).run()
        except Exception as error:
            print(f"\nThe drill broke off: {error!r}", flush=True)
            report.check("the drill comes to its end", False, error)
        finally:
            world.stop()
            for name in ("odoo-1.log", "simulator.log"):
                if report.failed and (Path(folder) / name).exists():
                    (LOGS / f"drill-{name}").write_bytes((Path(folder) / name).read_bytes())
                    print(f"{LOGS / f'drill-{name}'} is kept", flush=True)
    print(f"\n{report.table()}", flush=True)
    return not report.failed


if __name__ == "__main__":
    sys.exit(0 if play(sys.argv[1], int(sys.argv[2])) else 1)
