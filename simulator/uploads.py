"""The encrypted parts of batch packages.  They lie in files: together they may exceed memory."""

from __future__ import annotations

import shutil
import tempfile
from functools import cached_property
from pathlib import Path


class Uploads:
    """One folder per session; beside the database, so that a restart finds what it left."""

    def __init__(self, database: str | None) -> None:
        self._database = database
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    @cached_property
    def _folder(self) -> Path:
        if self._database is not None:
            return Path(f"{self._database}-parts")
        self._temporary = tempfile.TemporaryDirectory(prefix="ksef-simulator-")
        return Path(self._temporary.name)

    def part(self, session: str, ordinal: int) -> Path:
        return self._folder / session / f"part-{ordinal}"

    def size(self, session: str, ordinal: int) -> int | None:
        """In bytes; None when nothing came."""
        path = self.part(session, ordinal)
        return path.stat().st_size if path.is_file() else None

    def scratch(self, session: str, name: str) -> Path:
        """A place for a file of one's own in the session's folder."""
        folder = self._folder / session
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name

    def forget(self, session: str) -> None:
        shutil.rmtree(self._folder / session, ignore_errors=True)

    def clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True, exist_ok=True)
