"""What the simulator remembers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass
class Challenge:
    id: str  # the challenge itself
    created: datetime
    used: bool = False


@dataclass
class Subject:
    """Who authorised: a person, an organisation or a bare certificate."""

    kind: str  # "Pesel", "Nip", "Fingerprint"
    value: str
    first_name: str = ""
    last_name: str = ""
    organisation: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.value


@dataclass
class Authentication:
    id: str  # reference number
    created: datetime
    ready_at: datetime
    context_type: str
    context: str
    method: str  # OpenAPI AuthenticationMethod
    subject: Subject
    permissions: list[str]
    outcome: int = 200  # the code after ready_at
    outcome_details: list[str] = field(default_factory=list)
    document_hash: str = ""  # Base64 SHA-256 of the signed document
    ksef_token: str = ""  # reference number of the KSeF token used
    allowed_ips: dict[str, list[str]] = field(default_factory=dict)
    redeemed_at: datetime | None = None
    refresh_valid_until: datetime | None = None
    last_refresh: datetime | None = None
    revoked: bool = False
    # what a KSeF certificate for the one who signed must say, by the names of OpenAPI
    certificate_data: dict[str, str] = field(default_factory=dict)


@dataclass
class Enrollment:
    """A request for a KSeF certificate."""

    id: str
    created: datetime
    due: datetime  # when it is decided
    subject: Subject
    name: str
    type: str  # "Authentication" or "Offline"
    csr: bytes
    valid_from: datetime | None
    status: int = 100
    details: list[str] = field(default_factory=list)
    serial: str = ""
    fault: str = ""  # the id of the fault that holds it


@dataclass
class KsefCertificate:
    id: str  # serial number, 16 hexadecimal digits
    requested: datetime
    subject: Subject
    name: str
    type: str
    common_name: str
    certificate: bytes
    public_key: str  # hexadecimal SHA-256 of it
    valid_from: datetime
    valid_to: datetime  # what the register says; the test environment can shorten it
    last_use: datetime | None = None
    revoked: datetime | None = None  # when the revocation is through; before, it is blocked
    revocation_reason: str = ""


@dataclass
class KsefToken:
    id: str
    created: datetime
    secret_hash: str
    context_type: str
    context: str
    author: Subject
    permissions: list[str]
    description: str
    active: datetime | None = None  # from when on; None = from the beginning
    revoked: datetime | None = None  # when the revocation is through
    last_use: datetime | None = None


@dataclass
class Session:
    id: str
    created: datetime
    updated: datetime
    valid_until: datetime
    context_type: str
    context: str
    author: Subject
    authentication: str
    form: dict[str, str]
    key: bytes
    iv: bytes
    strict_identifiers: bool
    error: int = 0  # 415 when the key could not be decrypted; what ended a batch session
    closed: datetime | None = None
    upo: list[dict[str, Any]] = field(default_factory=list)  # {"reference", "xml"}
    kind: str = "Online"  # or "Batch", which alone has what follows
    details: list[str] = field(default_factory=list)  # of the error
    offline: bool = False  # declared for every invoice of the package
    package: dict[str, Any] | None = None  # as declared: "size", "hash", "compression", "parts"
    unpack_at: datetime | None = None  # None = not closed yet, or unpacked


@dataclass
class Invoice:
    id: str
    session: str
    ordinal: int
    context: str
    sent: datetime  # = invoicingDate; in a batch session the moment of its opening
    due: datetime | None  # when its status becomes final; None = held by a fault
    hash: str  # Base64; declared, or in a batch session that of the file
    size: int
    encrypted: bytes
    offline_declared: bool
    corrects: str | None
    fault: str | None = None  # the id of the fault that holds it
    status: int = 100
    details: list[str] = field(default_factory=list)
    extensions: dict[str, str] | None = None
    number: str | None = None
    ksef_number: str | None = None
    acquired: datetime | None = None
    stored: datetime | None = None
    mode: str | None = None
    xml: bytes = b""
    facts: dict[str, Any] | None = None  # what queries need, see documents.py
    issue_date: date | None = None
    upo: bytes = b""
    plain: bytes = b""  # a file of a package until its status is final
    file_name: str | None = None  # in the package
    received_hash: str = ""  # Base64, of the bytes that came out; empty when none did
    forced: dict[str, Any] | None = None  # {"status", "details"} that a fault decided on


@dataclass
class PublicKey:
    id: str  # publicKeyId
    name: str  # what its private key is derived from
    usage: str
    certificate: bytes
    certificate_id: str
    valid_from: datetime
    valid_to: datetime
    published: datetime
    withdrawn: bool = False


@dataclass
class LatarniaMessage:
    id: str  # what Latarnia calls so, followed by the version from the second one on
    event: int
    category: str
    type: str
    title: str
    text: str
    start: datetime
    end: datetime | None
    version: int
    published: datetime
    number: str = ""  # what Latarnia calls the id
