"""One simulated KSeF: its time, its randomness, its state."""

from __future__ import annotations

import base64
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from cryptography import x509

from simulator import acceptance, auth, public_keys
from simulator.certificates import register
from simulator.clock import Clock
from simulator.fa3_schema import Fa3Schema
from simulator.faults import Faults
from simulator.latarnia import Latarnia
from simulator.limits import Limiter
from simulator.people import People
from simulator.randomness import Randomness
from simulator.records import Invoice, KsefCertificate, PublicKey
from simulator.settings import Settings
from simulator.store import Store
from simulator.unpacking import Packages
from simulator.uploads import Uploads


class World:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.seed = settings.seed
        self.store = Store(settings.database)
        self.schema = Fa3Schema(settings.fa3_schema)
        self.uploads = Uploads(settings.database)
        self.clock = Clock(self.store.value("clock_offset", 0.0))
        self._begin()

    def _begin(self) -> None:
        self.random = Randomness(
            self.seed,
            self.store.value("randomness_used", 0),
            lambda used: self.store.set_value("randomness_used", used),
        )
        self.token_secret = self.random.secret("tokens")
        self.link_secret = self.random.secret("download links")
        saved_people = self.store.value("people")
        self.people = People.load(saved_people) if saved_people else People()
        self.faults = Faults()
        self.limiter = Limiter(self.settings.limits)
        self.latarnia = Latarnia(self)
        self.queue = acceptance.Queue(self)
        self.packages = Packages(self)
        if not self.store.count(PublicKey):
            public_keys.publish_first(self)

    @property
    def base_url(self) -> str:
        return self.settings.base_url or self.settings.address

    def now(self) -> datetime:
        return self.clock.now()

    def settle(self) -> None:
        """Does what has become due: every request begins with it."""
        self.packages.settle()
        self.queue.settle()

    def set_clock_offset(self, seconds: float) -> None:
        self.clock.offset = seconds
        self.store.set_value("clock_offset", seconds)

    def trace(self) -> str:
        """What KSeF calls traceId and serviceCode (the W3C form of it)."""
        return f"00-{self.random.hexadecimal(32).lower()}-{self.random.hexadecimal(16).lower()}-00"

    def next_serial(self) -> int:
        serial = self.store.value("token_serial", 0) + 1
        self.store.set_value("token_serial", serial)
        return serial

    def add_person(self, body: dict[str, Any]) -> dict[str, Any]:
        """Raises ValueError."""
        added = self.people.add(body)
        self.save_people()
        return added

    def save_people(self) -> None:
        self.store.set_value("people", self.people.dump())

    async def reset(self) -> None:
        """Back to the state of a new simulator with the same seed; settings stay."""
        await self.faults.remove()
        self.store.clear()
        self.uploads.clear()
        self.clock.offset = 0.0
        self._begin()

    # For the pages behind the QR codes.

    def find_invoice(self, nip: str, issue_date: date, sha256: bytes) -> Any | None:
        """The accepted invoice with this hash, or the technical correction that replaced it."""
        self.settle()
        first = base64.b64encode(sha256).decode()
        wanted, seen = [first], {first}
        for hash in wanted:  # grows: a correction may have been rejected and corrected itself
            for invoice in self.store.invoices_with_hash(hash):
                facts = invoice.facts
                if not invoice.ksef_number or facts is None:
                    continue
                if (facts["seller_nip"], invoice.issue_date) == (nip, issue_date):
                    return _shown(invoice, corrected=invoice.hash != first)
            for invoice in self.store.corrections_of(hash):
                if invoice.hash not in seen:
                    seen.add(invoice.hash)
                    wanted.append(invoice.hash)
        return None

    def find_certificate(self, serial: str) -> Any | None:
        register.settle(self)
        entry = self.store.get(KsefCertificate, serial)
        if entry is None:
            return None
        return SimpleNamespace(
            certificate=x509.load_der_x509_certificate(entry.certificate),
            type=entry.type,
            status=register.status(entry, self.now()),
            identity=auth.identity_of(entry.subject),
        )


def _shown(invoice: Invoice, *, corrected: bool) -> Any:
    facts = invoice.facts or {}
    return SimpleNamespace(
        corrected=corrected,
        sha256=base64.b64decode(invoice.hash),
        ksef_number=invoice.ksef_number,
        invoice_number=facts["number"],
        issue_date=invoice.issue_date,
        seller_nip=facts["seller_nip"],
        seller_name=facts["seller_name"],
        buyer_name=facts["buyer"]["name"],
        buyer_id=facts["buyer"]["value"],
        gross=Decimal(facts["gross"]),
        currency=facts["currency"],
        invoicing_mode=invoice.mode,
        acquisition_date=invoice.acquired,
    )
