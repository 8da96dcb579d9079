"""What the drill tells: each step in plain words as it happens, and the table at the end."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Check:
    what: str
    right: bool
    found: str


class Report:
    def __init__(self, say: Callable[[str], None] = print):
        self._say = say
        self._begin = time.monotonic()
        self._steps = 0
        self.checks: list[Check] = []

    @property
    def failed(self) -> list[Check]:
        return [check for check in self.checks if not check.right]

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """One step; what breaks it off is a failed check, and so the drill is."""
        self._steps += 1
        self._say(f"\n{self._steps}. {title}   [{datetime.now():%H:%M:%S}]")
        begin = time.monotonic()
        try:
            yield
        except Exception as error:
            self.check(f"step {self._steps} comes to its end", False, f"{error}")
            raise
        self._say(f"   ({time.monotonic() - begin:.1f} s)")

    def tell(self, words: str) -> None:
        self._say(f"   {words}")

    def check(self, what: str, right: Any, found: Any = "") -> None:
        """Something that must hold; the drill goes on, so that all that is wrong is seen."""
        check = Check(what, bool(right), str(found))
        self.checks.append(check)
        mark = "ok " if check.right else "NO "
        self._say(f"   {mark} {what}{f': {found}' if found != '' else ''}")

    def equal(self, what: str, found: Any, wanted: Any) -> None:
        self.check(what, found == wanted, found if found == wanted else f"{found}, not {wanted}")

    def table(self) -> str:
        """All checks with what was found."""
        width = max((len(check.what) for check in self.checks), default=0)
        lines = [
            f"{'ok' if check.right else 'NO':<3} {check.what:<{width}}  {_short(check.found)}"
            for check in self.checks
        ]
        right = len(self.checks) - len(self.failed)
        total = f"{right} right, {len(self.failed)} wrong, {time.monotonic() - self._begin:.0f} s"
        return "\n".join(["=" * 100, *(line.rstrip() for line in lines), "=" * 100, total])


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 120 else f"{line[:119]}…"
