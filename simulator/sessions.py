"""Sending sessions: opening, closing, status, list, receipt."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from simulator import acceptance, public_keys, references, storage, upo
from simulator.clock import iso
from simulator.errors import BadRequest
from simulator.faults import UNAVAILABLE_SESSION
from simulator.operations import Answer, Call, operation
from simulator.reading import Fields, invalid, page, whole_number_of_query
from simulator.records import Invoice, Session

if TYPE_CHECKING:
    from simulator.world import World

ONLINE_LIFETIME = timedelta(hours=12)
FORMS = ({"systemCode": "FA (3)", "schemaVersion": "1-0E", "value": "FA"},)
SENDERS = ("InvoiceWrite", "PefInvoiceWrite", "EnforcementOperations")
READERS = ("InvoiceWrite", "Introspection", "PefInvoiceWrite", "EnforcementOperations")
STRICT = "subject-identifier-validation"
ONLINE, BATCH = "Online", "Batch"
DESCRIPTIONS = {
    100: "Sesja interaktywna otwarta",
    170: "Sesja interaktywna zamknięta",
    200: "Sesja interaktywna przetworzona pomyślnie",
    415: "Błąd odszyfrowania dostarczonego klucza",
    440: "Sesja anulowana",
    445: "Błąd weryfikacji, brak poprawnych faktur",
}
BATCH_DESCRIPTIONS = {
    100: "Sesja wsadowa rozpoczęta",
    150: "Trwa przetwarzanie",
    200: "Sesja wsadowa przetworzona pomyślnie",
    405: "Błąd weryfikacji poprawności dostarczonych elementów paczki",
    415: "Błąd odszyfrowania dostarczonego klucza",
    420: "Przekroczony limit faktur w sesji",
    430: "Błąd dekompresji pierwotnego archiwum",
    435: "Błąd odszyfrowania zaszyfrowanych części archiwum",
    440: "Sesja anulowana",
    445: "Błąd weryfikacji, brak poprawnych faktur",
}
TIMED_OUT = "Przekroczono czas wysyłki"
_COMMON = {100: "InProgress", 150: "InProgress", 170: "InProgress", 200: "Succeeded",
           405: "Failed", 415: "Failed", 420: "Failed", 430: "Failed", 435: "Failed",
           440: "Cancelled", 445: "Failed"}  # fmt: skip


@operation("POST /sessions/online", group="onlineSession", permissions=SENDERS)
def open_online(call: Call) -> Answer:
    world = call.world
    opening = read_opening(call, Fields.of_body(call.body))
    session = Session(
        id=references.reference(references.ONLINE_SESSION, call.now, world.random),
        created=call.now,
        updated=call.now,
        valid_until=call.now + ONLINE_LIFETIME,
        context_type=call.caller.context_type,
        context=call.caller.context,
        author=call.caller.subject,
        authentication=call.caller.id,
        **opening,
    )
    world.store.save(session)
    return Answer(201, {"referenceNumber": session.id, "validUntil": iso(session.valid_until)})


def read_opening(call: Call, body: Fields) -> dict[str, Any]:
    """What both kinds of sessions are opened with, by the names of the record.

    A key that cannot be decrypted is no refusal, but the end of the session (415).
    """
    world = call.world
    form_fields = body.object("formCode")
    form = {name: form_fields.text(name) for name in ("systemCode", "schemaVersion", "value")}
    if form not in FORMS:
        raise invalid("formCode", "Nieobsługiwany schemat faktury.")
    encryption = body.object("encryption")
    encrypted_key = encryption.data("encryptedSymmetricKey")
    iv = encryption.data("initializationVector")
    if len(iv) != 16:
        raise invalid(
            "encryption.initializationVector",
            f"Nieprawidłowa długość: oczekiwano 16 bajtów, otrzymano {len(iv)}.",
        )
    key_id = encryption.optional_text("publicKeyId", longest=44)
    error = 0
    try:
        key = public_keys.decrypt(world, encrypted_key, public_keys.FOR_SYMMETRIC_KEYS, key_id)
    except ValueError:
        key, error = b"", 415
    if len(key) != 32:
        error = 415
    return {
        "form": form,
        "key": key,
        "iv": iv,
        "strict_identifiers": world.settings.strict_identifiers or STRICT in call.features(),
        "error": error,
    }


@operation(
    "POST /sessions/online/{referenceNumber}/close",
    group="onlineSessionClose",
    permissions=SENDERS,
)
def close_online(call: Call) -> Answer:
    session = own_session(call, missing="odnaleziona", kind=ONLINE)
    code = status(call.world, session, call.now)[0]
    if code != 100:
        raise BadRequest(21180, f"Status sesji {code} uniemożliwia jej zamknięcie.")
    session.closed = session.updated = call.now
    call.world.store.save(session)
    return Answer(204)


@operation("GET /sessions/{referenceNumber}", group="sessionMisc", permissions=READERS)
def get_status(call: Call) -> Answer:
    world, session = call.world, own_session(call)
    content = _common(world, session, call.now)
    invoices = world.store.invoices_of(session.id)
    if session.upo and content["status"]["code"] == 200:
        content["upo"] = {"pages": [
            _upo_page(call, session, number) for number in range(len(session.upo))
        ]}  # fmt: skip
    content["validUntil"] = iso(session.valid_until)
    if invoices:
        successful, failed = _counts(invoices)
        content["invoiceCount"] = len(invoices)
        content["successfulInvoiceCount"] = successful
        content["failedInvoiceCount"] = failed
    return Answer(200, content)


@operation(
    "GET /sessions",
    group="sessionList",
    permissions=("Introspection", "EnforcementOperations", "InvoiceWrite"),
)
def list_sessions(call: Call) -> Answer:
    size = whole_number_of_query(call.query, "pageSize", default=10, least=10, most=1000)
    wanted = _SessionFilter(call)
    found = [
        (session, _common(call.world, session, call.now))
        for session in call.world.store.all(Session)
        if _visible(call, session)
    ]
    found = [one for one in found if wanted.accepts(*one)]
    found.sort(key=lambda one: (one[0].created, one[0].id), reverse=True)
    items, following = page(found, call.headers.get("x-continuation-token"), size)
    return Answer(
        200,
        {
            "continuationToken": following,
            "sessions": [_list_item(call.world, *one) for one in items],
        },
    )


@operation(
    "GET /sessions/{referenceNumber}/upo/{upoReferenceNumber}",
    group="sessionMisc",
    permissions=READERS,
)
def session_upo(call: Call) -> Answer:
    session = own_session(call)
    status(call.world, session, call.now)
    wanted = call.path["upoReferenceNumber"]
    for one in session.upo:
        if one["reference"] == wanted:
            data = one["xml"]
            return Answer(
                200,
                data=data,
                media_type="application/xml",
                headers=storage.content_hash(data),
            )
    raise BadRequest(
        21178,
        f"UPO o numerze referencyjnym {wanted} dla sesji {session.id} nie zostało znalezione.",
    )


def own_session(call: Call, missing: str = "znaleziona", kind: str | None = None) -> Session:
    """The session of the path, if it belongs to the caller's context (and is of that kind)."""
    reference = call.path["referenceNumber"]
    session = call.world.store.get(Session, reference)
    if session is None or not _visible(call, session) or kind not in (None, session.kind):
        raise BadRequest(21173, f"Sesja o numerze referencyjnym {reference} nie została {missing}.")
    return session


def status(world: World, session: Session, now: datetime) -> tuple[int, list[str]]:
    """Code and details.  Closes what has expired and makes the receipt when all is done."""
    if session.error:
        return session.error, session.details
    if session.closed is None:
        if now < session.valid_until:
            return 100, []
        _expire(world, session)
        return status(world, session, now)
    working = 150 if session.kind == BATCH else 170
    if session.unpack_at is not None:
        return working, []
    invoices = world.store.invoices_of(session.id)
    if not invoices:
        return 440, ["Nie przesłano faktur"]
    if any(invoice.status in acceptance.IN_PROGRESS for invoice in invoices):
        return working, []
    accepted = [invoice for invoice in invoices if invoice.ksef_number]
    if not accepted:
        return 445, []
    if not session.upo:
        session.upo = [
            {"reference": references.reference(references.UPO, now, world.random), "xml": xml}
            for xml in upo.of_session(world, session, accepted)
        ]
        world.store.save(session)
    return 200, []


def _expire(world: World, session: Session) -> None:
    """An interactive session is closed by its age; of a batch session nothing is left."""
    session.closed = session.updated = session.valid_until
    if session.kind == BATCH:
        session.error, session.details = 440, [TIMED_OUT]
        world.uploads.forget(session.id)
    world.store.save(session)


def refuse_unavailable(call: Call, session: Session, operation_name: str) -> None:
    if call.world.faults.take((UNAVAILABLE_SESSION,), operation_name):
        raise BadRequest(
            21184,
            f"Trwają prace serwisowe i sesja {session.id} jest tymczasowo niedostępna. Spróbuj "
            "ponownie później lub otwórz nową sesję, aby wysłać kolejne faktury.",
        )


def _visible(call: Call, session: Session) -> bool:
    if (session.context_type, session.context) != (
        call.caller.context_type,
        call.caller.context,
    ):
        return False
    if call.may("Introspection", "EnforcementOperations"):
        return True
    return session.author.key == call.caller.subject.key


class _SessionFilter:
    _DATES = ("dateCreated", "dateClosed", "dateModified")

    def __init__(self, call: Call) -> None:
        query = Fields({name: values[0] for name, values in call.query.items()})
        self._type = query.choice("sessionType", (ONLINE, BATCH))
        self._reference = query.optional_text("referenceNumber", longest=36)
        self._ranges = {
            name: (query.optional_moment(f"{name}From"), query.optional_moment(f"{name}To"))
            for name in self._DATES
        }
        statuses = Fields({"statuses": call.query.get("statuses", [])})
        self._statuses = statuses.choices(
            "statuses", ("InProgress", "Succeeded", "Failed", "Cancelled")
        )

    def accepts(self, session: Session, content: dict[str, Any]) -> bool:
        if self._type != session.kind or self._reference not in (None, session.id):
            return False
        if self._statuses and _COMMON[content["status"]["code"]] not in self._statuses:
            return False
        moments = {
            "dateCreated": session.created,
            "dateClosed": session.closed,
            "dateModified": session.updated,
        }
        for name, (start, end) in self._ranges.items():
            moment = moments[name]
            if (start or end) and moment is None:
                return False
            if (start and moment < start) or (end and moment > end):
                return False
        return True


def _common(world: World, session: Session, now: datetime) -> dict[str, Any]:
    code, details = status(world, session, now)
    words = BATCH_DESCRIPTIONS if session.kind == BATCH else DESCRIPTIONS
    shown: dict[str, Any] = {"code": code, "description": words[code]}
    if details:
        shown["details"] = details
    return {
        "status": shown,
        "dateCreated": iso(session.created),
        "dateUpdated": iso(session.updated),
    }


def _list_item(world: World, session: Session, content: dict[str, Any]) -> dict[str, Any]:
    invoices = world.store.invoices_of(session.id)
    successful, failed = _counts(invoices)
    return {
        "referenceNumber": session.id,
        **content,
        "validUntil": iso(session.valid_until),
        "totalInvoiceCount": len(invoices),
        "successfulInvoiceCount": successful,
        "failedInvoiceCount": failed,
    }


def _counts(invoices: list[Invoice]) -> tuple[int, int]:
    successful = sum(1 for invoice in invoices if invoice.ksef_number)
    done = sum(1 for invoice in invoices if invoice.status not in acceptance.IN_PROGRESS)
    return successful, done - successful


def _upo_page(call: Call, session: Session, number: int) -> dict[str, str]:
    url, ends = storage.link_json(
        call.world, call.base_url, storage.session_upo_path(session.id, number), call.now
    )
    return {
        "referenceNumber": session.upo[number]["reference"],
        "downloadUrl": url,
        "downloadUrlExpirationDate": ends,
    }
