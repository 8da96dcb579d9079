"""The KSeF number of an invoice and the Polish tax number NIP."""

from __future__ import annotations

import re

# OpenAPI, schema KsefNumber: 35 characters; numbers of KSeF 1.0 have one more hyphen.
_KSEF_NUMBER = re.compile(
    r"[1-9](?:[0-9][1-9]|[1-9][0-9])[0-9]{7}"
    r"-(?:20[2-9][0-9]|2[1-9][0-9]{2}|[3-9][0-9]{3})(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    r"-[0-9A-F]{6}-?[0-9A-F]{6}-[0-9A-F]{2}"
)
# OpenAPI, schema Nip; the same pattern stands in the schemas of the invoice and of authorisation.
_NIP = re.compile(r"[1-9](?:[0-9][1-9]|[1-9][0-9])[0-9]{7}")
_NIP_WEIGHTS = (6, 5, 7, 2, 3, 4, 5, 6, 7)


def crc8(data: bytes) -> int:
    """Return the CRC-8 of ``data``: polynomial 0x07, initial value 0 (guide, numer-ksef.md)."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _bit in range(8):
            crc = (crc << 1 ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
    return crc


def looks_right(number: str) -> bool:
    """Tell whether ``number`` is built like a KSeF number, its checksum left aside.

    The checksum is no ground for refusal: numbers of KSeF 1.0, and some in the Ministry's own
    examples, do not fit it.
    """
    return bool(_KSEF_NUMBER.fullmatch(number))


def check(number: str) -> bool:
    """Tell whether ``number`` is a KSeF number of 35 characters with the right CRC-8.

    Source: guide, faktury/numer-ksef.md (the checksum covers the first 32 characters).
    """
    if len(number) != 35 or not looks_right(number):
        return False
    return f"{crc8(number[:32].encode('ascii')):02X}" == number[33:]


def normalise_nip(text: str) -> str:
    """Return a NIP as its ten digits: without ``PL``, spaces, hyphens and dots.

    Text that is no NIP comes back without those characters; ``check_nip`` tells.
    """
    cleaned = re.sub(r"[\s.\-\u2010-\u2015]", "", text).upper()
    return cleaned[2:] if cleaned.startswith("PL") else cleaned


def check_nip(nip: str) -> bool:
    """Tell whether ``nip`` is ten digits that fit the schema's pattern and the check digit.

    The check digit is the weighted sum of the first nine digits modulo 11; a remainder of 10 is
    never issued.
    """
    if not _NIP.fullmatch(nip):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_NIP_WEIGHTS, nip, strict=False))
    return total % 11 == int(nip[9])
