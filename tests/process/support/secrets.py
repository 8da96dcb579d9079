"""Looking for secrets byte for byte, in whatever form they may have been written down."""

import io
import os
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import serialization

from .records import Records

SHORTEST = 8  # bytes; anything shorter turns up by chance
#: Every field in which something sealed is kept.
SEALED = {
    "l10n_pl_ksef_connection": ("access_token", "refresh_token", "sealed_token"),
    "l10n_pl_ksef_authorisation": ("authentication_token", "sealed_token"),
    "l10n_pl_ksef_authorise": ("sealed_inputs",),
    "l10n_pl_ksef_session": ("sealed_key",),
    "l10n_pl_ksef_certificate": ("sealed_key",),
}


def forms(secret: bytes) -> set[bytes]:
    """The secret as it is, in Base64 wherever it begins within other bytes, and in hexadecimal."""
    assert len(secret) >= SHORTEST, "too short to be looked for"
    found = {secret, secret.hex().encode(), secret.hex().upper().encode()}
    for before in range(3):
        for encode in (b64encode, urlsafe_b64encode):
            text = encode(bytes(before) + secret)
            # the first and the last letters depend on what stands beside the secret
            found.add(text[-(-before * 8 // 6) : -4])
    found.add(secret.decode("latin-1").encode("unicode_escape"))
    return found


def of_key(pem: bytes, password: bytes | None = None) -> dict[str, bytes]:
    """A private key as file, without its envelope, and as the bare number."""
    key = serialization.load_pem_private_key(pem, password)
    body = b"".join(pem.splitlines()[1:-1])
    der = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    number = key.private_numbers().private_value.to_bytes(32, "big")
    return {"key file": pem, "body of the key file": body, "key": der, "number of the key": number}


def tables(records: Records) -> Iterator[tuple[str, bytes]]:
    """Every table of the database as ``COPY`` writes it, which is what a dump holds."""
    names = records.ask(
        "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
    )
    with records.connected() as connection, connection.cursor() as cursor:
        for row in names:
            target = io.BytesIO()
            cursor.copy_expert(f"COPY {row['name']} TO STDOUT", target)
            yield row["name"], target.getvalue()


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()


def kept(records: Records, keys: str) -> dict[str, bytes]:
    """What lies sealed in the database, opened with the key that is not in it."""
    cipher = MultiFernet([Fernet(key.strip()) for key in keys.split(",")])
    found = {}
    for table, columns in SEALED.items():
        for column in columns:
            rows = records.ask(f"SELECT id, {column} AS value FROM {table} WHERE {column} <> ''")
            for row in rows:
                name = f"{table}.{column} of {row['id']}"
                try:
                    found[name] = cipher.decrypt(row["value"].encode())
                except InvalidToken:
                    raise AssertionError(f"{name} cannot be opened") from None
    return found


def found_in(places: Iterator[tuple[str, bytes]], secrets: dict[str, bytes]) -> list[str]:
    """Where a secret stands in some form."""
    wanted = {name: forms(secret) for name, secret in secrets.items()}
    return [
        f"{name} in {place}"
        for place, content in places
        for name, shapes in wanted.items()
        if any(shape in content for shape in shapes)
    ]


def mode(path: Path) -> int:
    return os.stat(path).st_mode & 0o777
