"""KSeF's two kinds of numbers: reference numbers (36 characters) and KSeF numbers (35)."""

from __future__ import annotations

from datetime import date, datetime

from simulator.clock import warsaw_day
from simulator.randomness import Randomness

CHALLENGE = "CR"
AUTHENTICATION = "AU"
ONLINE_SESSION = "SO"
BATCH_SESSION = "SB"
INVOICE = "EE"
UPO = "EU"
KSEF_TOKEN = "EC"
ENROLLMENT = "EH"


def crc8(text: str) -> str:
    """CRC-8, polynomial 0x07, initial value 0, as two hexadecimal digits."""
    value = 0
    for byte in text.encode("ascii"):
        value ^= byte
        for _ in range(8):
            value = (value << 1) ^ 0x107 if value & 0x80 else value << 1
    return f"{value:02X}"


def reference(kind: str, now: datetime, random: Randomness) -> str:
    body = f"{warsaw_day(now):%Y%m%d}-{kind}-{random.hexadecimal(10)}-{random.hexadecimal(10)}"
    return f"{body}-{crc8(body)}"


def ksef_number(nip: str, day: date, random: Randomness) -> str:
    """``day``: when the invoice was taken in (guide, numer-ksef.md)."""
    body = f"{nip}-{day:%Y%m%d}-{random.hexadecimal(12)}"
    return f"{body}-{crc8(body)}"
