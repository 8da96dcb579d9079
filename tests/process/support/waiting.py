"""Waiting for what other processes do, never longer than told."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def wait_until(look: Callable[[], Found], what: str, seconds: float = 20) -> Found:
    """The first true answer of ``look``; AssertionError with its last answer when there is none."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < end, f"{what}: not within {seconds} s, the last was {found!r}"
        time.sleep(0.1)
