"""Verifies the signatures that come to the simulator, independently of the product's own code."""

from .identity import Identity
from .refusal import SignatureRefused
from .trust import Trust
from .verifying import Signed, verify

__all__ = ["Identity", "SignatureRefused", "Signed", "Trust", "verify"]
