"""What the person at the keyboard sees: steps with their time, and errors with their remedy."""

import contextlib
import sys
import threading
import time
from collections.abc import Iterator


class Stop(Exception):
    """Something is missing or failed: ``what`` says what, ``remedy`` what to do about it."""

    def __init__(self, what: str, remedy: str = ""):
        super().__init__(what)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what}\n  What to do: {self.remedy}" if self.remedy else self.what


def say(text: str = "") -> None:
    print(text, flush=True)


@contextlib.contextmanager
def step(title: str, expected: str = "") -> Iterator[None]:
    """Announce a long step, show that it lives while it runs, and say how long it took."""
    hint = f" (about {expected})" if expected else ""
    begin = time.monotonic()
    if not sys.stdout.isatty():
        say(f"- {title}{hint} ...")
        yield
        say(f"  done in {time.monotonic() - begin:.0f} s")
        return
    over = threading.Event()

    def tick() -> None:
        while not over.wait(1):
            print(f"\r- {title}{hint} ... {time.monotonic() - begin:.0f} s", end="", flush=True)

    print(f"- {title}{hint} ...", end="", flush=True)
    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    try:
        yield
    finally:
        over.set()
        ticker.join()
        say(f"\r- {title}{hint} ... {time.monotonic() - begin:.0f} s")
