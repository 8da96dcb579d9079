"""What all parts of the source share."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Obstacle:
    """Why an invoice cannot become a document: words, and the record to open."""

    words: str
    record: object


def decimal(value, digits):
    """The exact decimal that Odoo shows for a float, with that many digits after the point."""
    return Decimal(f"{value:.{digits}f}")


def one_line(text, length=None):
    words = " ".join((text or "").split())
    return words[:length] if length else words
