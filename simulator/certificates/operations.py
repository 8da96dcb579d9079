"""The operations on KSeF certificates.  They concern the caller, whatever the context."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from typing import Any

from simulator import references
from simulator.certificates import register, request
from simulator.clock import iso, iso_or_none, iso_seconds
from simulator.errors import BadRequest, Forbidden, Gone
from simulator.faults import CANCELLED, STUCK
from simulator.operations import Answer, Call, operation
from simulator.reading import Fields, invalid, whole_number_of_query
from simulator.records import Enrollment, KsefCertificate

ENROLL = "POST /certificates/enrollments"
TYPES = ("Authentication", "Offline")
STATUSES = ("Active", "Blocked", "Revoked", "Expired")
REASONS = ("Unspecified", "Superseded", "KeyCompromise")
DESCRIPTIONS = {
    100: "Wniosek przyjęty do realizacji",
    200: "Wniosek obsłużony (certyfikat wygenerowany)",
    400: "Wniosek odrzucony",
    550: "Operacja została anulowana przez system",
}
_CANCELLED_DETAILS = (
    "Przetwarzanie zostało przerwane z przyczyn wewnętrznych systemu. Spróbuj ponownie"
)
_RETENTION = timedelta(days=30)
_FURTHEST_START = timedelta(days=90)
_NAME = re.compile(r"[a-zA-Z0-9_\- ąćęłńóśźżĄĆĘŁŃÓŚŹŻ]+")
_SERIAL = re.compile(r"[0-9A-F]{16}")


@operation("GET /certificates/limits")
def limits(call: Call) -> Answer:
    world, subject = call.world, call.caller.subject
    register.settle(world)
    allowed = register.limits(world, subject)
    requests = register.requests_left(world, subject, call.now)
    certificates = register.certificates_left(world, subject, call.now)
    return Answer(
        200,
        {
            "canRequest": bool(requests and certificates) and call.caller.method != "Token",
            "enrollment": {"remaining": requests, "limit": allowed.enrollments},
            "certificate": {"remaining": certificates, "limit": allowed.certificates},
        },
    )


@operation("GET /certificates/enrollments/data")
def enrollment_data(call: Call) -> Answer:
    if not call.caller.certificate_data:
        raise BadRequest(25001)
    return Answer(200, call.caller.certificate_data)


@operation(ENROLL)
def enroll(call: Call) -> Answer:
    world, caller = call.world, call.caller
    if not caller.certificate_data:
        raise BadRequest(25002)
    body = Fields.of_body(call.body)
    name = body.text("certificateName", shortest=5, longest=100)
    if not _NAME.fullmatch(name):
        raise invalid("certificateName", "Nazwa zawiera niedozwolone znaki.")
    kind = body.choice("certificateType", TYPES)
    csr = body.data("csr")
    valid_from = body.optional_moment("validFrom")
    if valid_from and valid_from > call.now + _FURTHEST_START:
        raise invalid("validFrom", "Data może być późniejsza od bieżącej najwyżej o 90 dni.")
    if not request.read(csr).says(caller.certificate_data):
        raise BadRequest(25003)
    register.settle(world)
    if not register.requests_left(world, caller.subject, call.now):
        raise BadRequest(25006)
    if not register.certificates_left(world, caller.subject, call.now):
        raise BadRequest(25007)
    enrollment = Enrollment(
        id=references.reference(references.ENROLLMENT, call.now, world.random),
        created=call.now,
        due=call.now + timedelta(seconds=world.settings.certificate_delay),
        subject=caller.subject,
        name=name,
        type=kind,
        csr=csr,
        valid_from=valid_from,
    )
    if world.faults.take_aimed((CANCELLED,), ENROLL):
        enrollment.status, enrollment.details = 550, [_CANCELLED_DETAILS]
    elif fault := world.faults.take_aimed((STUCK,), ENROLL):
        enrollment.fault = fault.id
    world.store.save(enrollment)
    return Answer(202, {"referenceNumber": enrollment.id, "timestamp": iso(enrollment.created)})


@operation("GET /certificates/enrollments/{referenceNumber}")
def enrollment_status(call: Call) -> Answer:
    register.settle(call.world)
    enrollment = call.world.store.get(Enrollment, call.path["referenceNumber"])
    if enrollment is None or enrollment.subject.key != call.caller.subject.key:
        raise BadRequest(25005)
    if call.now - enrollment.created > _RETENTION:
        raise Gone("Operacja wygasła i nie jest już dostępna.")
    status: dict[str, Any] = {
        "code": enrollment.status,
        "description": DESCRIPTIONS[enrollment.status],
    }
    if enrollment.details:
        status["details"] = enrollment.details
    content = {"requestDate": iso(enrollment.created), "status": status}
    if enrollment.serial:
        content["certificateSerialNumber"] = enrollment.serial
    return Answer(200, content)


@operation("POST /certificates/retrieve")
def retrieve(call: Call) -> Answer:
    serials = Fields.of_body(call.body).texts("certificateSerialNumbers")
    if not 1 <= len(serials) <= 10:
        raise invalid("certificateSerialNumbers", "Oczekiwano od 1 do 10 numerów seryjnych.")
    for serial in serials:
        _check_serial("certificateSerialNumbers", serial)
    own = register.of_subject(call.world, call.caller.subject)
    return Answer(
        200,
        {
            "certificates": [
                {
                    "certificate": base64.b64encode(one.certificate).decode(),
                    "certificateName": one.name,
                    "certificateSerialNumber": one.id,
                    "certificateType": one.type,
                }
                for one in own
                if one.id in serials
            ]
        },
    )


@operation("POST /certificates/query")
def query(call: Call) -> Answer:
    size = whole_number_of_query(call.query, "pageSize", default=10, least=10, most=50)
    offset = whole_number_of_query(call.query, "pageOffset", default=0, least=0)
    body = Fields.of_body(call.body or b"{}")
    serial = body.optional_text("certificateSerialNumber")
    if serial is not None:
        _check_serial("certificateSerialNumber", serial)
    name = body.optional_text("name") or ""
    kind = body.choice("type", TYPES) if body.has("type") else None
    status = body.choice("status", STATUSES) if body.has("status") else None
    expires_after = body.optional_moment("expiresAfter")
    found = [
        one
        for one in register.of_subject(call.world, call.caller.subject)
        if serial in (None, one.id)
        and name in one.name
        and kind in (None, one.type)
        and status in (None, register.status(one, call.now))
        and (expires_after is None or one.valid_to > expires_after)
    ]
    start = offset * size
    return Answer(
        200,
        {
            "certificates": [_as_json(call, one) for one in found[start : start + size]],
            "hasMore": len(found) > start + size,
        },
    )


@operation("POST /certificates/{certificateSerialNumber}/revoke")
def revoke(call: Call) -> Answer:
    if call.caller.method == "Token":
        raise Forbidden(
            "auth-method-not-allowed",
            "Operacja nie jest dostępna dla użytej metody uwierzytelnienia.",
            {"authenticationMethodCategory": "Token"},
        )
    certificate = _own(call, "certificateSerialNumber")
    body = Fields.of_body(call.body or b"{}")
    reason = (
        body.choice("revocationReason", REASONS) if body.has("revocationReason") else REASONS[0]
    )
    if register.status(certificate, call.now) != "Active":
        raise BadRequest(25009)
    register.revoke(call.world, certificate, reason, call.now)
    return Answer(204)


@operation("PUT /testdata/certificates/{serialNumber}")
def shorten(call: Call) -> Answer:
    certificate = _own(call, "serialNumber")
    valid_to = Fields.of_body(call.body).moment("validTo")
    if valid_to > certificate.valid_to:
        raise invalid("validTo", "Nowa data ważności nie może być późniejsza niż obecna.")
    certificate.valid_to = valid_to
    call.world.store.save(certificate)
    return Answer(200)


@operation("POST /testdata/limits/subject/certificate")
def set_limits(call: Call) -> Answer:
    body = Fields.of_body(call.body)
    values = {}
    for place, field, name in (
        ("enrollment", "maxEnrollments", "enrollments"),
        ("certificate", "maxCertificates", "certificates"),
    ):
        if body.has(place) and body.object(place).has(field):
            values[name] = body.object(place).whole_number(field, least=0)
    register.set_limits(call.world, call.caller.subject, values)
    return Answer(200)


@operation("DELETE /testdata/limits/subject/certificate")
def reset_limits(call: Call) -> Answer:
    register.set_limits(call.world, call.caller.subject, {})
    return Answer(200)


def _own(call: Call, parameter: str) -> KsefCertificate:
    """The certificate of the path.  Raises BadRequest 21405, 25008."""
    serial = call.path[parameter]
    _check_serial(parameter, serial)
    for one in register.of_subject(call.world, call.caller.subject):
        if one.id == serial:
            return one
    raise BadRequest(25008)


def _check_serial(field: str, serial: str) -> None:
    if not _SERIAL.fullmatch(serial):
        raise invalid(field, f"Nieprawidłowy numer seryjny '{serial}'.")


def _as_json(call: Call, one: KsefCertificate) -> dict[str, Any]:
    return {
        "certificateSerialNumber": one.id,
        "name": one.name,
        "type": one.type,
        "commonName": one.common_name,
        "status": register.status(one, call.now),
        "subjectIdentifier": {"type": one.subject.kind, "value": one.subject.value},
        "validFrom": iso_seconds(one.valid_from),
        "validTo": iso_seconds(one.valid_to),
        "lastUseDate": iso_or_none(one.last_use),
        "requestDate": iso(one.requested),
    }
