"""What is inside a batch package.  It comes from outside, so everything about it is bounded."""

from __future__ import annotations

import base64
import gzip
import hashlib
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from simulator.limits import MAX_INVOICE_SIZE_WITH_ATTACHMENT, MAX_INVOICES

ZIP = "Zip"
TAR_GZ = "TarGz"
KINDS = (ZIP, TAR_GZ)
#: Of all files together.  KSeF's own bound is not published; this one protects the memory.
LARGEST_CONTENT = 500_000_000
LONGEST_NAME = 128
_CHUNK = 65_536
#: In one piece are read: the directory of a ZIP file, a long name in a TAR file.
_LARGEST_READ = 4_000_000
_TAR_OVERHEAD = 4 * 512 * MAX_INVOICES
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,  # a password is asked for; NotImplementedError and RecursionError are kinds of it
    OverflowError,
    LookupError,
)


class Unreadable(Exception):
    """Not an archive, or not one that is unpacked here: the session ends with 430."""


class TooManyFiles(Exception):
    """More files than invoices are allowed: the session ends with 420."""


@dataclass(frozen=True)
class File:
    name: str
    hash: str  # Base64 of the SHA-256 of the whole file
    size: int
    data: bytes  # the whole file, or as much of it as shows that it is too large


def read(path: Path, kind: str) -> list[File]:
    """The files of an archive, in its order.  Raises Unreadable, TooManyFiles."""
    files: list[File] = []
    left = LARGEST_CONTENT
    try:
        with path.open("rb") as file:
            for name, content in (_of_zip if kind == ZIP else _of_tar_gz)(file):
                if len(files) == MAX_INVOICES:
                    raise TooManyFiles
                files.append(_read(name, content, left))
                left -= files[-1].size
    except _BROKEN as error:
        raise Unreadable(type(error).__name__) from error
    return files


def _of_zip(file: BinaryIO) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(_Bounded(file)) as archive:  # type: ignore[type-var]
        entries = [entry for entry in archive.infolist() if not entry.filename.endswith("/")]
        if len(entries) > MAX_INVOICES:
            raise TooManyFiles
        for entry in entries:
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Unreadable("compression")
            with archive.open(entry) as content:
                yield entry.filename, content


def _of_tar_gz(file: BinaryIO) -> Iterator[tuple[str, IO[bytes]]]:
    with tempfile.TemporaryFile() as plain:
        with gzip.GzipFile(fileobj=file) as stream:
            while chunk := stream.read(_CHUNK):
                if plain.tell() + len(chunk) > LARGEST_CONTENT + _TAR_OVERHEAD:
                    raise Unreadable("size")
                plain.write(chunk)
        plain.seek(0)
        with tarfile.open(fileobj=_Bounded(plain), mode="r:") as archive:
            for count, member in enumerate(archive):
                if count > 2 * MAX_INVOICES:  # directories are no invoices, but members
                    raise TooManyFiles
                if member.isdir():
                    continue
                content = archive.extractfile(member) if _is_plain(member) else None
                if content is None:
                    raise Unreadable("member")
                yield member.name, content


def _is_plain(member: tarfile.TarInfo) -> bool:
    """No link, no device, no file with holes."""
    return member.isreg() and not member.issparse()


def _read(name: str, content: IO[bytes], left: int) -> File:
    digest, size, kept = hashlib.sha256(), 0, bytearray()
    while chunk := content.read(_CHUNK):
        size += len(chunk)
        if size > left:
            raise Unreadable("size")
        digest.update(chunk)
        if len(kept) <= MAX_INVOICE_SIZE_WITH_ATTACHMENT:
            kept += chunk
    # names in a TAR file may hold bytes that are no text
    shown = name.encode("utf-8", "replace").decode()[:LONGEST_NAME]
    return File(shown, base64.b64encode(digest.digest()).decode(), size, bytes(kept))


class _Bounded:
    """A file that hands out no more at once than an honest archive asks for."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable
        self.close = file.close

    def read(self, size: int = -1) -> bytes:
        if size > _LARGEST_READ:
            raise Unreadable("read")
        data = self._file.read(size if size >= 0 else _LARGEST_READ + 1)
        if len(data) > _LARGEST_READ:
            raise Unreadable("read")
        return data
