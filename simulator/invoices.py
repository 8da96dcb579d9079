"""Invoices of a session: sending, status, lists, receipts."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any

from simulator import acceptance, references, storage
from simulator.clock import iso, warsaw_day
from simulator.errors import BadRequest
from simulator.limits import MAX_INVOICES
from simulator.operations import Answer, Call, operation
from simulator.reading import Fields, invalid, page, whole_number_of_query
from simulator.records import Invoice
from simulator.sessions import ONLINE, READERS, SENDERS, own_session, refuse_unavailable, status

SEND = "POST /sessions/online/{referenceNumber}/invoices"


@operation(SEND, group="invoiceSend", permissions=SENDERS)
def send(call: Call) -> Answer:
    world = call.world
    session = own_session(call, missing="odnaleziona", kind=ONLINE)
    body = Fields.of_body(call.body)
    digest = body.digest("invoiceHash")
    size = body.whole_number("invoiceSize", least=1)
    encrypted_digest = body.digest("encryptedInvoiceHash")
    encrypted_size = body.whole_number("encryptedInvoiceSize", least=1)
    encrypted = body.data("encryptedInvoiceContent")
    offline = bool(body.flag("offlineMode"))
    corrects = body.digest("hashOfCorrectedInvoice") if body.has("hashOfCorrectedInvoice") else None

    code = status(world, session, call.now)[0]
    if code != 100:
        raise BadRequest(21180, f"Status sesji {code} uniemożliwia wysyłkę faktur.")
    refuse_unavailable(call, session, SEND)
    sent = world.store.invoices_of(session.id)
    if len(sent) >= MAX_INVOICES:
        raise BadRequest(
            21155,
            f"Sesja o numerze referencyjnym {session.id} osiągnęła dozwolony limit liczby faktur "
            f"{MAX_INVOICES}.",
        )
    if len(encrypted) != encrypted_size:
        raise BadRequest(21402, "Długość treści nie zgadza się z rozmiarem pliku.")
    if base64.b64encode(hashlib.sha256(encrypted).digest()).decode() != encrypted_digest:
        raise BadRequest(21403, "Skrót treści nie zgadza się ze skrótem pliku.")
    if corrects is not None:
        _refuse_wrong_correction(call, corrects, offline)

    invoice = Invoice(
        id=references.reference(references.INVOICE, call.now, world.random),
        session=session.id,
        ordinal=len(sent) + 1,
        context=session.context,
        sent=call.now,
        due=call.now + timedelta(seconds=world.settings.invoice_delay),
        hash=digest,
        size=size,
        encrypted=encrypted,
        offline_declared=offline,
        corrects=corrects,
    )
    acceptance.meet(world, invoice, SEND)
    session.updated = call.now
    world.store.save(session)
    world.store.save(invoice)
    world.queue.add(invoice)
    return Answer(202, {"referenceNumber": invoice.id})


@operation(
    "GET /sessions/{referenceNumber}/invoices", group="sessionInvoiceList", permissions=READERS
)
def list_all(call: Call) -> Answer:
    session = own_session(call)
    return _page_of(call, call.world.store.invoices_of(session.id))


@operation(
    "GET /sessions/{referenceNumber}/invoices/failed",
    group="sessionInvoiceList",
    permissions=READERS,
)
def list_failed(call: Call) -> Answer:
    session = own_session(call)
    return _page_of(
        call,
        [
            invoice
            for invoice in call.world.store.invoices_of(session.id)
            if invoice.status not in acceptance.IN_PROGRESS and not invoice.ksef_number
        ],
    )


@operation(
    "GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}",
    group="invoiceStatus",
    permissions=READERS,
)
def get_status(call: Call) -> Answer:
    return Answer(200, as_json(call, _invoice(call)))


@operation(
    "GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}/upo",
    group="sessionMisc",
    permissions=READERS,
)
def upo_by_reference(call: Call) -> Answer:
    invoice = _invoice(call)
    if not invoice.upo:
        raise invalid("invoiceReferenceNumber", "UPO dla tej faktury nie jest dostępne.")
    return _receipt(invoice)


@operation(
    "GET /sessions/{referenceNumber}/invoices/ksef/{ksefNumber}/upo",
    group="sessionMisc",
    permissions=READERS,
)
def upo_by_ksef_number(call: Call) -> Answer:
    number, session = call.path["ksefNumber"], own_session(call)
    invoice = call.world.store.invoice_by_number(number)
    if invoice is None or invoice.session != session.id:
        raise BadRequest(
            21178,
            f"UPO o numerze KSeF {number} i numerze referencyjnym sesji {session.id} nie zostało "
            "znalezione.",
        )
    return _receipt(invoice)


def as_json(call: Call, invoice: Invoice) -> dict[str, Any]:
    code = acceptance.shown_status(invoice, call.now)
    shown: dict[str, Any] = {"code": code, "description": acceptance.DESCRIPTIONS[code]}
    if code not in acceptance.IN_PROGRESS and invoice.details:
        shown["details"] = invoice.details
    if invoice.extensions:
        shown["extensions"] = invoice.extensions
    content: dict[str, Any] = {
        "ordinalNumber": invoice.ordinal,
        "referenceNumber": invoice.id,
        "invoiceHash": invoice.hash,
        "invoicingDate": iso(invoice.sent),
        "status": shown,
    }
    if invoice.file_name is not None:
        content["invoiceFileName"] = invoice.file_name
    if invoice.number:
        content["invoiceNumber"] = invoice.number
    if invoice.ksef_number and invoice.acquired and invoice.stored:
        content["ksefNumber"] = invoice.ksef_number
        content["acquisitionDate"] = iso(invoice.acquired)
        content["invoicingMode"] = invoice.mode
        if invoice.stored <= call.now:
            content["permanentStorageDate"] = iso(invoice.stored)
        path = storage.invoice_upo_path(invoice.session, invoice.ksef_number)
        url, ends = storage.link_json(call.world, call.base_url, path, call.now)
        content["upoDownloadUrl"], content["upoDownloadUrlExpirationDate"] = url, ends
    return content


def _invoice(call: Call) -> Invoice:
    session, reference = own_session(call), call.path["invoiceReferenceNumber"]
    invoice = call.world.store.get(Invoice, reference)
    if invoice is None or invoice.session != session.id:
        raise invalid(
            "invoiceReferenceNumber",
            f"Faktura o numerze referencyjnym {reference} nie została znaleziona.",
        )
    return invoice


def _page_of(call: Call, invoices: list[Invoice]) -> Answer:
    size = whole_number_of_query(call.query, "pageSize", default=10, least=10, most=1000)
    items, following = page(invoices, call.headers.get("x-continuation-token"), size)
    return Answer(
        200,
        {
            "continuationToken": following,
            "invoices": [as_json(call, invoice) for invoice in items],
        },
    )


def _receipt(invoice: Invoice) -> Answer:
    return Answer(
        200,
        data=invoice.upo,
        media_type="application/xml",
        headers=storage.content_hash(invoice.upo),
    )


def _refuse_wrong_correction(call: Call, corrects: str, offline: bool) -> None:
    """A technical correction replaces a rejected offline invoice, and does so once.

    The guide says what may be corrected (offline/korekta-techniczna.md), the contract names the
    codes 21166 and 21167; for what it names no code, the field itself is refused.
    """
    if not offline:
        raise invalid("hashOfCorrectedInvoice", "Korekta techniczna wymaga offlineMode: true.")
    if any(
        invoice.ksef_number and invoice.context == call.caller.context
        for invoice in call.world.store.corrections_of(corrects)
    ):
        raise BadRequest(21166, "Faktura posiada już przetworzoną prawidłowo korektę techniczną.")
    originals = [
        invoice
        for invoice in call.world.store.invoices_with_hash(corrects)
        if invoice.context == call.caller.context
    ]
    if any(invoice.ksef_number for invoice in originals):
        raise BadRequest(
            21167, "Nie można wysłać korekty technicznej do prawidłowo przetworzonej faktury."
        )
    if not originals:
        raise invalid("hashOfCorrectedInvoice", "Nie znaleziono odrzuconej faktury o tym skrócie.")
    if not any(invoice.status in acceptance.TECHNICAL for invoice in originals):
        raise BadRequest(
            21167, f"Faktura o statusie {originals[-1].status} nie została odrzucona technicznie."
        )
    if not any(_was_offline(invoice) for invoice in originals):
        raise invalid(
            "hashOfCorrectedInvoice", "Korekta techniczna dotyczy wyłącznie faktur offline."
        )


def _was_offline(invoice: Invoice) -> bool:
    """Declared so, or dated before the day on which it came."""
    late = invoice.issue_date is not None and invoice.issue_date < warsaw_day(invoice.sent)
    return invoice.offline_declared or late
