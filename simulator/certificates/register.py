"""The register of KSeF certificates and what it knows of requests, limits and states."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from simulator.certificates import authority
from simulator.records import Enrollment, KsefCertificate, Subject

if TYPE_CHECKING:
    from simulator.world import World

# Requests count for thirty days, certificates as long as they are active.
WINDOW = timedelta(days=30)
_DEFAULT_LIMITS = {"Nip": (300, 100), "Pesel": (12, 6), "Fingerprint": (12, 6)}

_TAKEN = "Klucz publiczny został już certyfikowany przez inny podmiot."
_TOO_MANY = "Osiągnięto dopuszczalny limit posiadanych certyfikatów."


@dataclass(frozen=True)
class Limits:
    enrollments: int
    certificates: int


def limits(world: World, subject: Subject) -> Limits:
    """What a subject may have: KSeF's values, or those that were set for it."""
    enrollments, certificates = _DEFAULT_LIMITS[subject.kind]
    own = world.store.value("certificate_limits", {}).get(_name(subject), {})
    return Limits(own.get("enrollments", enrollments), own.get("certificates", certificates))


def set_limits(world: World, subject: Subject, values: dict[str, int]) -> None:
    """``values``: "enrollments" and "certificates"; an empty one brings the defaults back."""
    everyone = dict(world.store.value("certificate_limits", {}))
    everyone[_name(subject)] = values
    world.store.set_value("certificate_limits", everyone)


def requests_left(world: World, subject: Subject, now: datetime) -> int:
    made = sum(
        one.subject.key == subject.key and now - one.created < WINDOW
        for one in world.store.all(Enrollment)
    )
    return max(0, limits(world, subject).enrollments - made)


def certificates_left(world: World, subject: Subject, now: datetime) -> int:
    held = sum(
        one.subject.key == subject.key and status(one, now) == "Active"
        for one in world.store.all(KsefCertificate)
    )
    return max(0, limits(world, subject).certificates - held)


def status(certificate: KsefCertificate, now: datetime) -> str:
    """OpenAPI's CertificateListItemStatus; one that begins later is active too."""
    if certificate.revoked is not None:
        return "Blocked" if now < certificate.revoked else "Revoked"
    return "Active" if now < certificate.valid_to else "Expired"


def of_subject(world: World, subject: Subject) -> list[KsefCertificate]:
    """Newest first, with those of the NIP or PESEL that is tied to the subject's own."""
    settle(world)
    keys = world.people.tied(subject.key)
    found = [one for one in world.store.all(KsefCertificate) if one.subject.key in keys]
    return sorted(found, key=lambda one: (one.requested, one.id), reverse=True)


def issued(world: World, certificate: x509.Certificate) -> KsefCertificate | None:
    """The entry of exactly this certificate."""
    entry = world.store.get(KsefCertificate, f"{certificate.serial_number:016X}")
    der = certificate.public_bytes(serialization.Encoding.DER)
    return entry if entry is not None and entry.certificate == der else None


def revoke(world: World, certificate: KsefCertificate, reason: str, now: datetime) -> None:
    certificate.revoked = now + timedelta(seconds=world.settings.auth_delay)
    certificate.revocation_reason = reason
    world.store.save(certificate)


def settle(world: World) -> None:
    """Decides the requests whose time has come."""
    now = world.now()
    for enrollment in list(world.store.all(Enrollment)):
        if enrollment.status != 100 or enrollment.due > now:
            continue
        if enrollment.fault and world.faults.exists(enrollment.fault):
            continue
        _decide(world, enrollment)
        world.store.save(enrollment)


def _decide(world: World, enrollment: Enrollment) -> None:
    subject = enrollment.subject
    csr = x509.load_der_x509_csr(enrollment.csr)
    public = csr.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    public_key = hashlib.sha256(public).hexdigest()
    holders = [one for one in world.store.all(KsefCertificate) if one.public_key == public_key]
    if any(one.subject.key != subject.key for one in holders):
        enrollment.status, enrollment.details = 400, [_TAKEN]
        return
    if not certificates_left(world, subject, enrollment.due):
        enrollment.status, enrollment.details = 400, [_TOO_MANY]
        return
    serial = int("01" + world.random.hexadecimal(14), 16)
    start = max(enrollment.due, enrollment.valid_from or enrollment.due).replace(microsecond=0)
    end = authority.end_of_validity(start)
    certificate = authority.issue(world.seed, csr, enrollment.type, serial, start, end)
    names = csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    enrollment.status, enrollment.serial = 200, f"{serial:016X}"
    world.store.save(
        KsefCertificate(
            id=enrollment.serial,
            requested=enrollment.created,
            subject=subject,
            name=enrollment.name,
            type=enrollment.type,
            common_name=str(names[0].value),
            certificate=certificate.public_bytes(serialization.Encoding.DER),
            public_key=public_key,
            valid_from=start,
            valid_to=end,
        )
    )


def _name(subject: Subject) -> str:
    return f"{subject.kind}/{subject.value}"
