"""The Polish tax number."""

from __future__ import annotations

import re

PATTERN = re.compile(r"[1-9]((\d[1-9])|([1-9]\d))\d{7}")
_WEIGHTS = (6, 5, 7, 2, 3, 4, 5, 6, 7)


def looks_right(nip: str) -> bool:
    return PATTERN.fullmatch(nip) is not None


def check_digit_right(nip: str) -> bool:
    if len(nip) != 10 or not nip.isascii() or not nip.isdigit():
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, nip, strict=False))
    return total % 11 == int(nip[9])
