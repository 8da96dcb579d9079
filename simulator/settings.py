"""What can be set when the simulator starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """The choices of one run; times in seconds."""

    seed: int = 0
    database: str | None = None  # a SQLite file; None = the state dies with the process
    address: str = "http://127.0.0.1:8199"  # where it listens
    base_url: str | None = None  # for download links; None = the Host header of the request
    limits: str = "production"  # or "off"
    auth_delay: float = 0.5  # until an authorisation leaves status 100
    certificate_delay: float = 1.0  # until a request for a certificate is decided
    invoice_delay: float = 1.0  # until an invoice leaves statuses 100 and 150
    storage_delay: float = 0.5  # from the KSeF number to the permanent storage
    hwm_lag: float = 2.0  # how far the high-water mark lies behind the present
    strict_identifiers: bool = True  # check digits of NIPs, as the production environment does
    strict_certificates: bool = False  # no self-made ones, no /testdata: demo and production
    fa3_schema: Path | None = None  # None = looked for, see fa3_schema.py
