"""Batch sessions: opening and closing.  The parts come in between, see storage.py."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from simulator import packages, references, storage
from simulator.errors import BadRequest
from simulator.limits import MAX_PACKAGE_SIZE, MAX_PART_SIZE, MAX_PARTS
from simulator.operations import Answer, Call, operation
from simulator.reading import Fields, invalid
from simulator.records import Session
from simulator.sessions import BATCH, TIMED_OUT, own_session, read_opening, status
from simulator.unpacking import CLOSE

SENDERS = ("InvoiceWrite", "EnforcementOperations")
TIME_PER_PART = timedelta(minutes=20)
BLOCK = 16  # PKCS#7 adds at least one byte and fills a block


@operation("POST /sessions/batch", group="batchSession", permissions=SENDERS)
def open_batch(call: Call) -> Answer:
    world = call.world
    body = Fields.of_body(call.body)
    package = _package(body.object("batchFile"))
    opening = read_opening(call, body)
    session = Session(
        id=references.reference(references.BATCH_SESSION, call.now, world.random),
        created=call.now,
        updated=call.now,
        valid_until=call.now + TIME_PER_PART * len(package["parts"]),
        context_type=call.caller.context_type,
        context=call.caller.context,
        author=call.caller.subject,
        authentication=call.caller.id,
        **opening,
        kind=BATCH,
        offline=bool(body.flag("offlineMode")),
        package=package,
    )
    world.store.save(session)
    return Answer(
        201,
        {
            "referenceNumber": session.id,
            "partUploadRequests": [
                {
                    "ordinalNumber": part["ordinal"],
                    "method": "PUT",
                    "url": storage.upload_link(
                        world, call.base_url, session.id, part["ordinal"], session.valid_until
                    ),
                    "headers": dict(storage.UPLOAD_HEADERS),
                }
                for part in package["parts"]
            ],
        },
    )


@operation(CLOSE, group="batchSessionClose", permissions=SENDERS)
def close_batch(call: Call) -> Answer:
    world, session = call.world, own_session(call, kind=BATCH)
    code, details = status(world, session, call.now)
    if details == [TIMED_OUT]:
        raise BadRequest(21208, "Sesja anulowana, przekroczony czas wysyłki.")
    if code != 100:
        raise BadRequest(21180, f"Status sesji {code} uniemożliwia jej zamknięcie.")
    for part in (session.package or {})["parts"]:
        size = world.uploads.size(session.id, part["ordinal"])
        if size is None:
            raise BadRequest(
                21205, f"Nie przesłano zadeklarowanej '{part['ordinal']}' części pliku."
            )
        if size != part["size"]:
            raise BadRequest(
                21157,
                f"Zadeklarowany rozmiar części '{part['ordinal']}' nie zgadza się z rzeczywistym.",
            )
    session.closed = session.updated = call.now
    session.unpack_at = call.now + timedelta(seconds=world.settings.invoice_delay / 2)
    world.store.save(session)
    world.packages.add(session)
    return Answer(204)


def _package(fields: Fields) -> dict[str, Any]:
    """As it was declared.  Raises BadRequest."""
    size = fields.whole_number("fileSize", least=1, most=MAX_PACKAGE_SIZE)
    digest = fields.digest("fileHash")
    compression = packages.ZIP
    if fields.has("compressionType"):
        compression = fields.choice("compressionType", packages.KINDS)
    given = fields.objects("fileParts")
    if not given:
        raise invalid(fields.name("fileParts"), "Lista nie może być pusta.")
    if len(given) > MAX_PARTS:
        raise BadRequest(21161, f"Maksymalna liczba części to {MAX_PARTS}.")
    parts = [
        {
            "ordinal": part.whole_number("ordinalNumber", least=1),
            "size": part.whole_number("fileSize", least=1),
            "hash": part.digest("fileHash"),
        }
        for part in given
    ]
    parts.sort(key=lambda part: part["ordinal"])
    if [part["ordinal"] for part in parts] != list(range(1, len(parts) + 1)):
        raise invalid(fields.name("fileParts"), "Numery części muszą tworzyć ciąg od 1.")
    for part in parts:
        if part["size"] > largest_part():
            raise BadRequest(
                21157, f"Rozmiar części {part['ordinal']} przekroczył dozwolony rozmiar 100MB."
            )
    return {"size": size, "hash": digest, "compression": compression, "parts": parts}


def largest_part() -> int:
    """Encrypted."""
    return (MAX_PART_SIZE // BLOCK + 1) * BLOCK
