"""Everything random comes from the seed: the same run gives the same numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable


class Randomness:
    """A counter under SHA-256, kept with the state: a restart repeats nothing."""

    def __init__(self, seed: int, used: int = 0, on_use: Callable[[int], None] | None = None):
        self._seed = seed
        self.used = used
        self._on_use = on_use

    def hexadecimal(self, digits: int) -> str:
        """Upper-case hexadecimal digits, at most 64."""
        self.used += 1
        if self._on_use:
            self._on_use(self.used)
        return hashlib.sha256(f"{self._seed}/{self.used}".encode()).hexdigest()[:digits].upper()

    def secret(self, purpose: str) -> bytes:
        """32 bytes that stay the same for the whole life of this simulator."""
        return hashlib.sha256(f"{self._seed}:{purpose}".encode()).digest()
