"""Writes the little DER that a request for a certificate needs (ITU-T X.690)."""

from __future__ import annotations

import string

NULL = b"\x05\x00"
_PRINTABLE = frozenset(string.ascii_letters + string.digits + " '()+,-./:=?")


def sequence(*parts: bytes) -> bytes:
    return _element(0x30, b"".join(parts))


def set_of(part: bytes) -> bytes:
    """A SET of one element."""
    return _element(0x31, part)


def attributes() -> bytes:
    """The ``[0]`` of a request that has no attributes."""
    return _element(0xA0, b"")


def integer(number: int) -> bytes:
    """An INTEGER from 0 to 127."""
    return _element(0x02, bytes((number,)))


def bit_string(data: bytes) -> bytes:
    return _element(0x03, b"\0" + data)


def object_identifier(dotted: str) -> bytes:
    first, second, *rest = (int(number) for number in dotted.split("."))
    return _element(0x06, b"".join(map(_base128, [40 * first + second, *rest])))


def utf8_string(text: str) -> bytes:
    return _element(0x0C, text.encode())


def printable_string(text: str) -> bytes:
    return _element(0x13, text.encode("ascii"))


def is_printable(text: str) -> bool:
    """Whether a PrintableString can hold the text."""
    return set(text) <= _PRINTABLE


def _base128(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | 0x80)
    return bytes(reversed(digits))


def _element(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content
