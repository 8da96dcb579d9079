"""What KSeF does with an invoice after it has been sent: statuses 100, 150 and the outcome."""

from __future__ import annotations

import base64
import hashlib
import heapq
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from simulator import contexts, documents, references, upo
from simulator.clock import warsaw_day
from simulator.faults import CANCELLED, REJECTED, STUCK
from simulator.limits import MAX_INVOICE_SIZE, MAX_INVOICE_SIZE_WITH_ATTACHMENT
from simulator.records import Invoice, Session
from simulator.store import duplicate_key

if TYPE_CHECKING:
    from simulator.world import World

DESCRIPTIONS = {
    100: "Faktura przyjęta do dalszego przetwarzania",
    150: "Trwa przetwarzanie",
    200: "Sukces",
    405: "Przetwarzanie anulowane z powodu błędu sesji",
    410: "Nieprawidłowy zakres uprawnień",
    415: "Brak możliwości wysyłania faktury z załącznikiem",
    430: "Błąd weryfikacji pliku faktury",
    435: "Błąd odszyfrowania pliku",
    440: "Duplikat faktury",
    450: "Błąd weryfikacji semantyki dokumentu faktury",
    500: "Nieznany błąd",
    550: "Operacja została anulowana przez system",
}
CANCELLED_DETAILS = (
    "Przetwarzanie zostało przerwane z przyczyn wewnętrznych systemu. Spróbuj ponownie"
)
IN_PROGRESS = (100, 150)
TECHNICAL = (415, 430, 435, 440, 450)  # rejections that a technical correction may follow
SECONDS_AT_ONCE = 1.0  # a large package is worked off over several requests
YEARS_OF_UNIQUENESS = 10  # full years after the one in which the invoice was issued


class Rejected(Exception):
    def __init__(
        self, status: int, *details: str, extensions: dict[str, str] | None = None
    ) -> None:
        super().__init__(status, *details)
        self.status = status
        self.details = list(details)
        self.extensions = extensions


class Queue:
    """Invoices on their way.  Every request settles what has become due, in order."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting: list[tuple[datetime, int, str]] = []
        self._held: dict[str, Invoice] = {}
        self._arrivals = 0
        for invoice in world.store.all(Invoice):
            if invoice.status in IN_PROGRESS:
                self.add(invoice)

    def add(self, invoice: Invoice) -> None:
        if invoice.due is None:
            self._held[invoice.id] = invoice
        else:
            self._arrivals += 1
            heapq.heappush(self._waiting, (invoice.due, self._arrivals, invoice.id))

    def settle(self) -> None:
        now = self._world.now()
        for invoice in list(self._held.values()):
            if invoice.fault is None or not self._world.faults.exists(invoice.fault):
                del self._held[invoice.id]
                invoice.fault, invoice.due = None, now
                self.add(invoice)
        stop = time.monotonic() + SECONDS_AT_ONCE
        while self._waiting and self._waiting[0][0] <= now and time.monotonic() < stop:
            due, _, id = heapq.heappop(self._waiting)
            invoice = self._world.store.get(Invoice, id)
            if invoice is not None and invoice.status in IN_PROGRESS:
                process(self._world, invoice, due)


def meet(world: World, invoice: Invoice, operation: str) -> None:
    """A fault may make a sent invoice end otherwise than it deserves, or wait."""
    if world.faults.take((CANCELLED,), operation):
        invoice.forced = {"status": 550, "details": [CANCELLED_DETAILS]}
    elif fault := world.faults.take((REJECTED,), operation):
        invoice.forced = {"status": fault.code, "details": list(fault.words)}
    elif fault := world.faults.take((STUCK,), operation):
        invoice.fault, invoice.due = fault.id, None


def shown_status(invoice: Invoice, now: datetime) -> int:
    """100 in the first half of the waiting time, 150 after it."""
    if invoice.status not in IN_PROGRESS:
        return invoice.status
    if invoice.due is None or now - invoice.sent >= (invoice.due - invoice.sent) / 2:
        return 150
    return 100


def process(world: World, invoice: Invoice, moment: datetime) -> None:
    """Accepts or rejects; ``moment`` becomes the time of the KSeF number."""
    session = world.store.get(Session, invoice.session)
    if session is None:
        raise RuntimeError(f"invoice {invoice.id} without its session")
    try:
        _accept(world, session, invoice, moment)
    except Rejected as rejected:
        invoice.status = rejected.status
        invoice.details = rejected.details
        invoice.extensions = rejected.extensions
    invoice.encrypted = invoice.plain = b""
    world.store.save(invoice)
    if session.updated < moment:
        session.updated = moment
        world.store.save(session)


def _accept(world: World, session: Session, invoice: Invoice, moment: datetime) -> None:
    data = _plain(session, invoice)
    if invoice.forced is not None:
        _note(world, invoice, data)
        raise Rejected(invoice.forced["status"], *invoice.forced["details"])
    if len(data) > MAX_INVOICE_SIZE_WITH_ATTACHMENT:
        raise Rejected(430, "Przekroczono maksymalny rozmiar faktury.")
    try:
        tree = documents.read(data, world.schema)
    except documents.Unacceptable as refused:
        raise Rejected(450, *refused.details) from refused
    facts = documents.facts(tree)
    invoice.number = facts["number"]
    attached = facts["attachment"]
    if len(data) > MAX_INVOICE_SIZE and not attached:
        raise Rejected(430, "Przekroczono maksymalny rozmiar faktury bez załącznika.")
    if attached and session.kind == "Online" and invoice.corrects is None:
        raise Rejected(415, "Faktury z załącznikiem można wysyłać wyłącznie w sesji wsadowej.")
    invoice.issue_date = issued = documents.issue_date(tree)
    if issued > warsaw_day(invoice.sent):
        raise Rejected(
            450, "Data wystawienia faktury (P_1) jest późniejsza niż data przyjęcia faktury."
        )
    if session.strict_identifiers and (wrong := documents.wrong_identifiers(tree)):
        raise Rejected(450, *wrong)
    if facts["seller_nip"] != contexts.nip_of(invoice.context):
        raise Rejected(
            410,
            f"Kontekst {invoice.context} nie jest uprawniony do wystawienia faktury w imieniu "
            f"sprzedawcy (NIP: {facts['seller_nip']})",
        )
    _refuse_duplicate(world, facts, moment)
    invoice.facts = facts
    invoice.xml = data
    invoice.mode = (
        "Offline" if invoice.offline_declared or issued < warsaw_day(invoice.sent) else "Online"
    )
    invoice.ksef_number = references.ksef_number(
        facts["seller_nip"], warsaw_day(invoice.sent), world.random
    )
    invoice.acquired = moment
    invoice.stored = moment + timedelta(seconds=world.settings.storage_delay)
    invoice.status = 200
    invoice.details = []
    invoice.upo = upo.of_invoice(world, session, invoice)


def _note(world: World, invoice: Invoice, data: bytes) -> None:
    """What can be told of a file that is refused, whatever it says."""
    try:
        tree = documents.read(data, world.schema)
    except documents.Unacceptable:
        return
    invoice.number = documents.facts(tree)["number"]
    invoice.issue_date = documents.issue_date(tree)


def _plain(session: Session, invoice: Invoice) -> bytes:
    if session.kind == "Batch":
        return invoice.plain
    data = decrypt(invoice.encrypted, session.key, session.iv)
    if data is not None:
        invoice.received_hash = _hash(data)
    if data is None:
        raise Rejected(435, "Nie udało się odszyfrować pliku faktury.")
    if len(data) == invoice.size and _hash(data) == invoice.hash:
        return data
    if _hash(data[16:]) == invoice.hash:
        raise Rejected(435, "Szyfrogram jest poprzedzony wektorem inicjującym.")
    if len(data) != invoice.size:
        raise Rejected(430, "Rozmiar odszyfrowanej faktury nie zgadza się z zadeklarowanym.")
    raise Rejected(430, "Skrót odszyfrowanej faktury nie zgadza się z zadeklarowanym.")


def decrypt(data: bytes, key: bytes, iv: bytes) -> bytes | None:
    """AES-256-CBC with PKCS#7; None when it cannot be."""
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    try:
        padded = decryptor.update(data) + decryptor.finalize()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        return None


def _refuse_duplicate(world: World, facts: dict[str, str], moment: datetime) -> None:
    original = world.store.accepted_under(duplicate_key(facts))
    if original is None or original.issue_date is None:
        return
    if warsaw_day(moment).year > original.issue_date.year + YEARS_OF_UNIQUENESS:
        return
    raise Rejected(
        440,
        f"Duplikat faktury. Faktura o numerze KSeF: {original.ksef_number} została już "
        f"prawidłowo przesłana do systemu w sesji: {original.session}",
        extensions={
            "originalSessionReferenceNumber": original.session,
            "originalKsefNumber": str(original.ksef_number),
        },
    )


def _hash(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()
