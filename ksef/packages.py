"""Archives of invoices for batch sessions: packed, cut into parts, encrypted.

Everything streams through files, so memory does not grow with the number of invoices.

Sources: guide, sesja-wsadowa.md and faktury/weryfikacja-faktury.md (limits); OpenAPI, schemas
``BatchFileInfo`` and ``EncryptionInfo``.  How a large archive is cut and encrypted: the archive
as a whole is cut into pieces, and each piece is encrypted on its own with the session's key and
initialization vector, which does not stand in front of the ciphertext (see ``SessionKey``).
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .crypto import SessionKey

#: weryfikacja-faktury.md, "Ograniczenia ilościowe".
MAX_INVOICES = 10_000
#: ``BatchFileInfo.fileParts.maxItems``.
MAX_PARTS = 50
#: Bytes of one part before it is encrypted (``BatchFileInfo.fileParts``, weryfikacja-faktury.md).
MAX_PART_BYTES = 100_000_000
#: Bytes of the archive before it is encrypted (``BatchFileInfo.fileSize``).
MAX_PACKAGE_BYTES = 5_000_000_000
#: A file's name comes back as ``invoiceFileName``, which has 128 letters at most.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
#: The oldest moment that a ZIP file can name: the same documents make the same archive.
_NO_MOMENT = (1980, 1, 1, 0, 0, 0)
_CHUNK = 1024 * 1024

Documents = Iterable[tuple[str, bytes]]


class Compression(str, Enum):
    """``CompressionType``: KSeF's default, and what it recommends for large packages."""

    ZIP = "Zip"
    TAR_GZ = "TarGz"


@dataclass(frozen=True)
class Part:
    """One encrypted part, as it lies in a file and as it is declared to KSeF.

    :ivar ordinal: 1 for the first
    :ivar path: the encrypted bytes
    :ivar size: their number
    :ivar sha256: their digest, 32 bytes
    """

    ordinal: int
    path: Path = field(repr=False)
    size: int
    sha256: bytes


@dataclass(frozen=True)
class Package:
    """What ``POST /sessions/batch`` declares.

    :ivar invoices: how many are in it
    :ivar size: bytes of the archive before it is cut and encrypted
    :ivar sha256: digest of the archive before it is cut and encrypted, 32 bytes
    """

    compression: Compression
    invoices: int
    size: int
    sha256: bytes
    parts: tuple[Part, ...]


@contextmanager
def packed(
    documents: Documents,
    key: SessionKey,
    *,
    compression: Compression = Compression.ZIP,
    part_bytes: int = MAX_PART_BYTES,
    folder: str | None = None,
) -> Iterator[Package]:
    """Pack ``documents`` and yield the package; its files live as long as the context does.

    :param documents: names and bytes of the invoices, taken one after the other; names are flat,
        unique, of ASCII letters, digits, ``.``, ``-`` and ``_``
    :param key: the session's key, a fresh one for each package
    :param part_bytes: where the archive is cut; smaller than allowed is for tests
    :param folder: where the temporary files are put; the system's place if not given
    :raises ValueError: no documents, too many of them, a name that cannot be, or an archive that
        KSeF would not take
    """
    with (
        tempfile.TemporaryDirectory(prefix="l10n_pl_ksef-", dir=folder) as directory,
        # No name in any folder: the invoices lie there as they are.
        tempfile.TemporaryFile(dir=directory) as archive,
    ):
        invoices = write_archive(documents, archive, compression)
        size = archive.tell()
        if size > min(MAX_PACKAGE_BYTES, MAX_PARTS * part_bytes):
            raise ValueError(f"an archive of {size} bytes is more than KSeF takes")
        archive.seek(0)
        yield Package(
            compression=compression,
            invoices=invoices,
            size=size,
            sha256=_digest(archive),
            parts=tuple(_parts(archive, size, Path(directory), key, part_bytes)),
        )


def write_archive(documents: Documents, target: BinaryIO, compression: Compression) -> int:
    """Write the archive to ``target`` and return the number of documents in it.

    :raises ValueError: no documents, too many of them, or a name that cannot be
    """
    checked = _Checked(documents)
    (_write_zip if compression is Compression.ZIP else _write_tar_gz)(checked, target)
    if not checked.names:
        raise ValueError("a package without invoices")
    return len(checked.names)


class _Checked:
    """The documents, as long as nothing is wrong with their names and number."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self.names: set[str] = set()

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        for name, data in self._documents:
            if not _NAME.fullmatch(name) or name in self.names:
                raise ValueError(f"no name for a document in a package: {name!r}")
            if len(self.names) == MAX_INVOICES:
                raise ValueError(f"more than {MAX_INVOICES} invoices in a package")
            self.names.add(name)
            yield name, data


def _write_zip(documents: _Checked, target: BinaryIO) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in documents:
            entry = zipfile.ZipInfo(name, _NO_MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, data)


def _write_tar_gz(documents: _Checked, target: BinaryIO) -> None:
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=target, mtime=0) as compressed,
        tarfile.open(mode="w", fileobj=compressed, format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, data in documents:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            entry.mode = 0o600
            archive.addfile(entry, io.BytesIO(data))


def _digest(source: BinaryIO) -> bytes:
    digest = hashlib.sha256()
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
    return digest.digest()


def _parts(
    archive: BinaryIO, size: int, directory: Path, key: SessionKey, part_bytes: int
) -> Iterator[Part]:
    archive.seek(0)
    for number in range(-(-size // part_bytes)):
        path = directory / f"{number + 1}.aes"
        _encrypt(archive, min(part_bytes, size - number * part_bytes), path, key)
        # Of the file that is uploaded, not of what went into it: both could differ (a full disk).
        with path.open("rb") as written:
            digest = _digest(written)
        yield Part(number + 1, path, path.stat().st_size, digest)


def _encrypt(source: BinaryIO, size: int, path: Path, key: SessionKey) -> None:
    """Encrypt the next ``size`` bytes of ``source`` into a file: AES-256-CBC with PKCS#7."""
    padder = padding.PKCS7(algorithms.AES.block_size).padder()
    encryptor = Cipher(algorithms.AES(key.key), modes.CBC(key.iv)).encryptor()
    with path.open("wb") as target:
        while size:
            chunk = source.read(min(_CHUNK, size))
            if not chunk:
                raise ValueError("the archive ends too early")
            size -= len(chunk)
            target.write(encryptor.update(padder.update(chunk)))
        target.write(encryptor.update(padder.finalize()) + encryptor.finalize())
