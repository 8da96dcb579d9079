"""Finding invoices: metadata query, and one invoice by its KSeF number."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from simulator import storage
from simulator.clock import WARSAW, iso, warsaw_day
from simulator.errors import BadRequest
from simulator.operations import Answer, Call, operation
from simulator.reading import Fields, invalid, whole_number_of_query
from simulator.records import Invoice
from simulator.sessions import FORMS

MOST_RESULTS = 10_000
LONGEST_RANGE = timedelta(days=100)
_SUBJECTS = ("Subject1", "Subject2", "Subject3", "SubjectAuthorized")
_TYPES = ("Vat", "Zal", "Kor", "Roz", "Upr", "KorZal", "KorRoz", "VatPef", "VatPefSp", "KorPef",
          "VatRr", "KorVatRr")  # fmt: skip
_AMOUNTS = {"Brutto": "gross", "Netto": "net", "Vat": "vat"}


@operation("GET /invoices/ksef/{ksefNumber}", group="invoiceDownload", permissions=("InvoiceRead",))
def by_ksef_number(call: Call) -> Answer:
    number = call.path["ksefNumber"]
    invoice = call.world.store.invoice_by_number(number)
    if invoice is None or not any(
        _is_party(invoice, subject, call.caller.context) for subject in _SUBJECTS
    ):
        raise BadRequest(21164, f"Faktura o numerze KSeF {number} nie została znaleziona.")
    if _stored(invoice) > call.now:
        raise BadRequest(
            21165,
            f"Faktura o numerze KSeF {number} została przetworzona, ale nie jest jeszcze dostępna "
            "do pobrania. Spróbuj ponownie później.",
        )
    return Answer(
        200,
        data=invoice.xml,
        media_type="application/xml",
        headers=storage.content_hash(invoice.xml),
    )


@operation("POST /invoices/query/metadata", group="invoiceMetadata", permissions=("InvoiceRead",))
def metadata(call: Call) -> Answer:
    offset = whole_number_of_query(call.query, "pageOffset", default=0, least=0)
    size = whole_number_of_query(call.query, "pageSize", default=10, least=10, most=250)
    order = Fields({"sortOrder": call.query.get("sortOrder", ["Asc"])[0]})
    descending = order.choice("sortOrder", ("Asc", "Desc")) == "Desc"
    wanted = InvoiceFilter(call)
    found = sorted(
        (invoice for invoice in call.world.store.accepted() if wanted.accepts(invoice)),
        key=lambda invoice: (wanted.date_of(invoice), str(invoice.ksef_number)),
        reverse=descending,
    )
    reachable = found[:MOST_RESULTS]
    start = offset * size
    shown = reachable[start : start + size]
    at_the_end = start + size >= len(reachable)
    truncated = at_the_end and len(found) > MOST_RESULTS
    content: dict[str, Any] = {
        "hasMore": not at_the_end or truncated,
        "isTruncated": truncated,
        "invoices": [as_json(invoice) for invoice in shown],
    }
    if wanted.hwm is not None:
        content["permanentStorageHwmDate"] = iso(wanted.hwm)
    return Answer(200, content)


class InvoiceFilter:
    """InvoiceQueryFilters of the request body.  Raises BadRequest."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._context = call.caller.context
        body = Fields.of_body(call.body)
        self._subject = body.choice("subjectType", _SUBJECTS)
        self._read_range(body.object("dateRange"))
        self._read_exact(body)
        self._read_amount(body)
        self._read_buyer(body)

    def _read_range(self, fields: Fields) -> None:
        self._date_type = fields.choice("dateType", ("Issue", "Invoicing", "PermanentStorage"))
        self._from = fields.moment("from")
        self._to = fields.optional_moment("to") or self._call.now
        restricted = bool(fields.flag("restrictToPermanentStorageHwmDate"))
        if self._to < self._from:
            raise invalid("dateRange.to", "Data końcowa jest wcześniejsza niż początkowa.")
        if self._to - self._from > LONGEST_RANGE:
            raise invalid("dateRange", "Maksymalny dozwolony okres wynosi 100 dni.")
        self.hwm: datetime | None = None
        if self._date_type != "PermanentStorage":
            return
        mark = self._call.now - timedelta(seconds=self._call.world.settings.hwm_lag)
        if restricted:
            if self._from > mark:
                raise BadRequest(
                    21183,
                    "Parametr dateRange.from jest późniejszy niż PermanentStorageHwmDate przy "
                    "włączonym restrictToPermanentStorageHwmDate.",
                )
            self._to = min(self._to, mark)
        self.hwm = min(self._to, mark)

    def _read_exact(self, body: Fields) -> None:
        self._number = body.optional_text("ksefNumber", longest=36)
        self._facts = {
            "number": body.optional_text("invoiceNumber", longest=256),
            "seller_nip": body.optional_text("sellerNip", longest=10),
            "self_invoicing": body.flag("isSelfInvoicing"),
            "attachment": body.flag("hasAttachment"),
        }
        self._currencies = body.texts("currencyCodes")
        self._types = body.choices("invoiceTypes", _TYPES)
        self._mode = (
            body.choice("invoicingMode", ("Online", "Offline"))
            if body.has("invoicingMode")
            else None
        )
        self._form = (
            body.choice("formType", ("FA", "PEF", "FA_RR")) if body.has("formType") else None
        )

    def _read_amount(self, body: Fields) -> None:
        self._amount: tuple[str, float, float] | None = None
        if body.has("amount"):
            amount = body.object("amount")
            kind = _AMOUNTS[amount.choice("type", tuple(_AMOUNTS))]
            least, most = amount.optional_number("from"), amount.optional_number("to")
            self._amount = (
                kind,
                -math.inf if least is None else least,
                math.inf if most is None else most,
            )

    def _read_buyer(self, body: Fields) -> None:
        self._buyer: tuple[str, str | None] | None = None
        if body.has("buyerIdentifier"):
            buyer = body.object("buyerIdentifier")
            kind = buyer.choice("type", ("None", "Other", "Nip", "VatUe"))
            self._buyer = (kind, buyer.optional_text("value", longest=50))

    def accepts(self, invoice: Invoice) -> bool:
        facts = invoice.facts
        if facts is None or _stored(invoice) > self._call.now:
            return False
        if not _is_party(invoice, self._subject, self._context):
            return False
        if not self._in_range(invoice):
            return False
        if self._number not in (None, invoice.ksef_number):
            return False
        if self._mode not in (None, invoice.mode) or self._form not in (None, "FA"):
            return False
        if any(value is not None and facts[name] != value for name, value in self._facts.items()):
            return False
        if self._currencies and facts["currency"] not in self._currencies:
            return False
        if self._types and facts["type"] not in self._types:
            return False
        if self._buyer is not None:
            kind, value = self._buyer
            if facts["buyer"]["type"] != kind or value not in (None, facts["buyer"]["value"]):
                return False
        if self._amount is not None:
            kind, least, most = self._amount
            return least <= Decimal(facts[kind]) <= most
        return True

    def _in_range(self, invoice: Invoice) -> bool:
        moment = self.date_of(invoice)
        if self._date_type == "Issue":  # a day has no hour to compare
            return warsaw_day(self._from) <= warsaw_day(moment) <= warsaw_day(self._to)
        return self._from <= moment <= self._to

    def date_of(self, invoice: Invoice) -> datetime:
        if self._date_type == "Issue":
            day = date.fromisoformat((invoice.facts or {})["issued"])
            return datetime(day.year, day.month, day.day, tzinfo=WARSAW)
        return invoice.sent if self._date_type == "Invoicing" else _stored(invoice)


def as_json(invoice: Invoice) -> dict[str, Any]:
    facts, acquired = invoice.facts, invoice.acquired
    if facts is None or acquired is None:
        raise RuntimeError(f"invoice {invoice.id} was not accepted")
    buyer = facts["buyer"]
    content: dict[str, Any] = {
        "ksefNumber": invoice.ksef_number,
        "invoiceNumber": facts["number"],
        "issueDate": facts["issued"],
        "invoicingDate": iso(invoice.sent),
        "acquisitionDate": iso(acquired),
        "permanentStorageDate": iso(_stored(invoice)),
        "seller": {"nip": facts["seller_nip"], "name": facts["seller_name"]},
        "buyer": {"identifier": _identifier(buyer), "name": buyer["name"]},
        "netAmount": float(facts["net"]),
        "grossAmount": float(facts["gross"]),
        "vatAmount": float(facts["vat"]),
        "currency": facts["currency"],
        "invoicingMode": invoice.mode,
        "invoiceType": facts["type"],
        "formCode": FORMS[0],
        "isSelfInvoicing": facts["self_invoicing"],
        "hasAttachment": facts["attachment"],
        "invoiceHash": invoice.hash,
        "thirdSubjects": [
            {"identifier": _identifier(third), "name": third["name"], "role": third["role"]}
            for third in facts["third"]
        ],
    }
    if invoice.corrects:
        content["hashOfCorrectedInvoice"] = invoice.corrects
    if facts["authorised"]:
        content["authorizedSubject"] = facts["authorised"]
    return content


def _identifier(party: dict[str, Any]) -> dict[str, Any]:
    if party["value"] is None:
        return {"type": party["type"]}
    return {"type": party["type"], "value": party["value"]}


def _is_party(invoice: Invoice, subject: str, context: str) -> bool:
    facts = invoice.facts
    if facts is None:
        return False
    if subject == "Subject1":
        # a part of a company sees what it sent itself, the company sees all of its own
        return context in (facts["seller_nip"], invoice.context)
    if subject == "Subject2":
        return facts["buyer"]["value"] == context
    if subject == "Subject3":
        return any(third["value"] == context for third in facts["third"])
    return bool(facts["authorised"]) and facts["authorised"]["nip"] == context


def _stored(invoice: Invoice) -> datetime:
    if invoice.stored is None:
        raise RuntimeError(f"invoice {invoice.id} was not accepted")
    return invoice.stored
