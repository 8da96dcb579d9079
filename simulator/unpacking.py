"""What KSeF does with a package after its session was closed, until there are invoices."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from simulator import acceptance, packages, references
from simulator.records import Invoice, Session

if TYPE_CHECKING:
    from simulator.world import World

CLOSE = "POST /sessions/batch/{referenceNumber}/close"
_CHUNK = 1_000_000


class _Failed(Exception):
    """The session ends with an error, and no invoice comes out of it."""

    def __init__(self, status: int, *details: str) -> None:
        super().__init__(status, *details)
        self.status = status
        self.details = list(details)


class Packages:
    """Closed batch sessions whose packages wait to be unpacked."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting = [one.id for one in world.store.all(Session) if one.unpack_at is not None]

    def add(self, session: Session) -> None:
        self._waiting.append(session.id)

    def settle(self) -> None:
        now = self._world.now()
        for id in list(self._waiting):
            session = self._world.store.get(Session, id)
            if session is None or session.unpack_at is None:
                self._waiting.remove(id)
            elif session.unpack_at <= now:
                self._waiting.remove(id)
                _unpack(self._world, session)


def _unpack(world: World, session: Session) -> None:
    plain = world.uploads.scratch(session.id, "package")
    try:
        _decrypt(world, session, plain)
        files = packages.read(plain, (session.package or {})["compression"])
    except _Failed as failed:
        session.error, session.details = failed.status, failed.details
    except packages.TooManyFiles:
        session.error = 420
    except packages.Unreadable:
        session.error = 430
    else:
        # some are there already when the simulator died in the middle of it
        known = len(world.store.invoices_of(session.id))
        for ordinal, file in enumerate(files[known:], known + 1):
            _take_in(world, session, ordinal, file)
    session.unpack_at = None
    world.store.save(session)
    world.uploads.forget(session.id)


def _take_in(world: World, session: Session, ordinal: int, file: packages.File) -> None:
    closed = session.closed or world.now()
    invoice = Invoice(
        id=references.reference(references.INVOICE, closed, world.random),
        session=session.id,
        ordinal=ordinal,
        context=session.context,
        sent=session.created,
        due=closed + timedelta(seconds=world.settings.invoice_delay),
        hash=file.hash,
        size=file.size,
        encrypted=b"",
        offline_declared=session.offline,
        corrects=None,  # technical corrections go into interactive sessions only
        plain=file.data,
        file_name=file.name,
        received_hash=file.hash,
    )
    acceptance.meet(world, invoice, CLOSE)
    world.store.save(invoice)
    world.queue.add(invoice)


def _decrypt(world: World, session: Session, target: Path) -> None:
    """The parts, put together to the package.  Raises _Failed."""
    declared = session.package or {}
    prefixed = False
    whole = hashlib.sha256()
    with target.open("wb") as package:
        for part in declared["parts"]:
            path = world.uploads.part(session.id, part["ordinal"])
            with path.open("rb") as encrypted:
                prefixed |= encrypted.read(16) == session.iv
                encrypted.seek(0)
                if _digest(encrypted) != part["hash"]:
                    raise _Failed(
                        405,
                        f"Skrót części '{part['ordinal']}' nie zgadza się z zadeklarowanym.",
                    )
                encrypted.seek(0)
                _decrypt_part(session, encrypted, package, whole)
        size = package.tell()
    if base64.b64encode(whole.digest()).decode() == declared["hash"] and size == declared["size"]:
        return
    if prefixed:
        raise _Failed(435, "Szyfrogram jest poprzedzony wektorem inicjującym.")
    what = "Rozmiar" if size != declared["size"] else "Skrót"
    raise _Failed(405, f"{what} pliku paczki nie zgadza się z zadeklarowanym.")


def _decrypt_part(
    session: Session, encrypted: BinaryIO, package: BinaryIO, whole: hashlib._Hash
) -> None:
    decryptor = Cipher(algorithms.AES(session.key), modes.CBC(session.iv)).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    try:
        while chunk := encrypted.read(_CHUNK):
            plain = unpadder.update(decryptor.update(chunk))
            whole.update(plain)
            package.write(plain)
        plain = unpadder.update(decryptor.finalize()) + unpadder.finalize()
    except ValueError as error:
        raise _Failed(435) from error
    whole.update(plain)
    package.write(plain)


def _digest(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return base64.b64encode(digest.digest()).decode()
