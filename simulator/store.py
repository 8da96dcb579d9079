"""The state: records in memory, written through to a SQLite file when one was given."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from simulator import records

Record = TypeVar("Record")
KINDS: tuple[type, ...] = (
    records.Challenge,
    records.Authentication,
    records.Enrollment,
    records.KsefCertificate,
    records.KsefToken,
    records.Session,
    records.Invoice,
    records.PublicKey,
    records.LatarniaMessage,
)


class Store:
    def __init__(self, path: str | None = None) -> None:
        self._tables: dict[type, dict[str, Any]] = {kind: {} for kind in KINDS}
        self._values: dict[str, Any] = {}
        self._file = None if path is None else sqlite3.connect(path, check_same_thread=False)
        if self._file is not None:
            # a power cut may cost the last records, but never the file
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = NORMAL")
            self._file.execute(
                "CREATE TABLE IF NOT EXISTS record (kind TEXT, id TEXT, body TEXT, "
                "PRIMARY KEY (kind, id))"
            )
            self._file.execute(
                "CREATE TABLE IF NOT EXISTS value (name TEXT PRIMARY KEY, body TEXT)"
            )
            self._file.commit()
            self._load(self._file)
        self._index()

    def get(self, kind: type[Record], id: str) -> Record | None:
        return self._tables[kind].get(id)

    def all(self, kind: type[Record]) -> Iterator[Record]:
        """In the order in which they were first saved."""
        return iter(self._tables[kind].values())

    def count(self, kind: type) -> int:
        return len(self._tables[kind])

    def save(self, record: Any) -> None:
        self._tables[type(record)][record.id] = record
        if isinstance(record, records.Invoice):
            self._index_invoice(record)
        if self._file is not None:
            self._file.execute(
                "INSERT INTO record VALUES (?, ?, ?) "
                "ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
                (type(record).__name__, record.id, _dump(record)),
            )
            self._file.commit()

    def value(self, name: str, default: Any = None) -> Any:
        return self._values.get(name, default)

    def set_value(self, name: str, value: Any) -> None:
        self._values[name] = value
        if self._file is not None:
            self._file.execute(
                "INSERT INTO value VALUES (?, ?) "
                "ON CONFLICT (name) DO UPDATE SET body = excluded.body",
                (name, _dump(value)),
            )
            self._file.commit()

    def clear(self) -> None:
        for table in self._tables.values():
            table.clear()
        self._values.clear()
        self._index()
        if self._file is not None:
            self._file.execute("DELETE FROM record")
            self._file.execute("DELETE FROM value")
            self._file.commit()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    # Look-ups that would be slow over ten thousand invoices.

    def invoices_of(self, session: str) -> list[records.Invoice]:
        return self._by_session.get(session, [])

    def invoice_by_number(self, ksef_number: str) -> records.Invoice | None:
        return self._by_number.get(ksef_number)

    def accepted(self) -> list[records.Invoice]:
        """Accepted invoices in the order of their KSeF numbers' times."""
        return self._accepted

    def accepted_under(self, duplicate_key: tuple[str, str, str]) -> records.Invoice | None:
        return self._by_duplicate_key.get(duplicate_key)

    def invoices_with_hash(self, hash: str) -> list[records.Invoice]:
        return self._by_hash.get(hash, [])

    def corrections_of(self, hash: str) -> list[records.Invoice]:
        """Technical corrections of the invoice with this hash, whatever became of them."""
        return self._by_corrected.get(hash, [])

    def _index(self) -> None:
        self._by_session: dict[str, list[records.Invoice]] = {}
        self._by_number: dict[str, records.Invoice] = {}
        self._by_hash: dict[str, list[records.Invoice]] = {}
        self._by_corrected: dict[str, list[records.Invoice]] = {}
        self._by_duplicate_key: dict[tuple[str, str, str], records.Invoice] = {}
        self._accepted: list[records.Invoice] = []
        self._indexed: set[str] = set()
        loaded = list(self.all(records.Invoice))
        for invoice in sorted(loaded, key=lambda i: (i.session, i.ordinal)):
            self._index_arrival(invoice)
        for invoice in sorted(loaded, key=lambda i: (i.acquired or i.sent, i.id)):
            self._index_invoice(invoice)

    def _index_arrival(self, invoice: records.Invoice) -> None:
        self._indexed.add(invoice.id)
        self._by_session.setdefault(invoice.session, []).append(invoice)
        self._by_hash.setdefault(invoice.hash, []).append(invoice)
        if invoice.corrects:
            self._by_corrected.setdefault(invoice.corrects, []).append(invoice)

    def _index_invoice(self, invoice: records.Invoice) -> None:
        if invoice.id not in self._indexed:
            self._index_arrival(invoice)
        if invoice.ksef_number and invoice.ksef_number not in self._by_number:
            self._by_number[invoice.ksef_number] = invoice
            self._accepted.append(invoice)
            if invoice.facts:
                self._by_duplicate_key[duplicate_key(invoice.facts)] = invoice

    def _load(self, file: sqlite3.Connection) -> None:
        kinds = {kind.__name__: kind for kind in KINDS}
        for kind, body in file.execute("SELECT kind, body FROM record ORDER BY rowid"):
            record = _remade(kinds[kind], _parse(body))
            self._tables[kinds[kind]][record.id] = record
        for name, body in file.execute("SELECT name, body FROM value"):
            self._values[name] = _parse(body)


def _remade(kind: type, values: dict[str, Any]) -> Any:
    """A record; a file of an older simulator may say more than is still asked."""
    known = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in values.items() if name in known})


def duplicate_key(facts: dict[str, Any]) -> tuple[str, str, str]:
    """Seller, kind and number: what makes an invoice unique (guide, weryfikacja-faktury.md)."""
    return facts["seller_nip"], facts["kind"], facts["number"]


def _dump(value: Any) -> str:
    if is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    return json.dumps(value, default=_encode, ensure_ascii=False)


def _encode(value: Any) -> dict[str, Any]:
    if isinstance(value, datetime):
        return {"$time": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, records.Subject):
        return {"$subject": {f.name: getattr(value, f.name) for f in fields(value)}}
    raise TypeError(f"cannot keep a {type(value).__name__}")


def _parse(text: str) -> Any:
    return json.loads(text, object_hook=_decode)


def _decode(value: dict[str, Any]) -> Any:
    if len(value) != 1:
        return value
    ((tag, inner),) = value.items()
    if tag == "$time":
        return datetime.fromisoformat(inner)
    if tag == "$date":
        return date.fromisoformat(inner)
    if tag == "$bytes":
        return base64.b64decode(inner)
    if tag == "$subject":
        return records.Subject(**inner)
    return value
