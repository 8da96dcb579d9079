"""Examines a signed request that came back from a signing page, before it is sent.

A *wall* is what KSeF certainly refuses and what a person can mend: another file, another request,
a signature in another form.  A doubt about the cryptography of somebody else's signature is only
a *warning*: KSeF decides, and sending a doubtful file costs nothing.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from datetime import datetime, timezone

from lxml import etree

from .. import contexts
from ..environments import Environment
from ..problems import Problem
from ..words import _
from . import persons, recognising, request
from .canonical import local_name, parse
from .names import BASE64, DS, ds
from .persons import Signer
from .request import Request
from .verifying import Findings, verify

_MAX_PAYLOAD = recognising.MAX_BYTES
_MAX_SHOWN = 80
_FIND_SIGNATURES = etree.XPath(
    "//ds:Signature[not(ancestor::*[local-name() = 'UnsignedProperties'])]",
    namespaces={"ds": DS},
)
# roots of files that hold the signatures of a document beside them
_SIGNATURE_LISTS = ("XAdESSignatures", "Signatures", "document-signatures")


@dataclass(frozen=True)
class Examination:
    """What was signed, by whom, in which form, and what is wrong with it.

    :ivar form: ``"enveloped"``, ``"enveloping-xml"``, ``"enveloping-base64"`` or empty
    :ivar challenge: the challenge in the signed request
    :ivar context_type: ``"Nip"``, ``"InternalId"``, ``"NipVatUe"`` or whatever the request says
    :ivar context: the identifier in the signed request
    :ivar nip: the same when it is a NIP, else empty
    :ivar signer: the person or company; ``signer.pesel`` is personal data
    :ivar trusted_profile: signed with the Trusted Profile (Profil Zaufany)
    :ivar certificate_valid_to: with time zone
    :ivar signing_time: as the signature claims, with time zone; None if it does not
    """

    form: str = ""
    challenge: str = ""
    context_type: str = ""
    context: str = ""
    nip: str = ""
    signer: Signer = field(default_factory=Signer)
    trusted_profile: bool = False
    certificate_subject: str = ""
    certificate_issuer: str = ""
    certificate_valid_to: datetime | None = None
    signing_time: datetime | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def walls(self) -> list[Problem]:
        """What must be mended first."""
        return [problem for problem in self.problems if problem.is_wall]

    @property
    def warnings(self) -> list[Problem]:
        """What to know; sending is possible."""
        return [problem for problem in self.problems if not problem.is_wall]

    @property
    def ok(self) -> bool:
        """Whether the file may be sent."""
        return not self.walls


def examine(
    data: bytes,
    challenge: str | None = None,
    nip: str | None = None,
    *,
    internal_id: str | None = None,
    nip_vat_ue: str | None = None,
    environment: Environment | None = None,
    challenge_expires: datetime | None = None,
    now: datetime | None = None,
) -> Examination:
    """Examine any uploaded file; raises for no content whatever.

    :param data: the file, byte for byte
    :param challenge: the challenge the request was made for; not compared when None
    :param nip: the company the request was made for, ten digits; without any of the three
        identifiers nothing is compared
    :param internal_id: the unit it was made for instead
    :param nip_vat_ue: the EU entity it was made for instead
    :param environment: where it will be sent; tells whether home-made certificates are accepted
    :param challenge_expires: end of the challenge's ten minutes, with time zone
    :param now: with time zone; the present moment if not given
    """
    identifiers = zip(contexts.TYPES, (nip, internal_id, nip_vat_ue), strict=True)
    expected = next(((kind, value) for kind, value in identifiers if value is not None), None)
    now = now or datetime.now(timezone.utc)
    kind = recognising.not_xml(data)
    if kind:
        return Examination(problems=[kind])
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        return Examination(problems=[_definitions()])
    try:
        tree = parse(data)
    except etree.XMLSyntaxError as error:
        return Examination(problems=[_broken(error)])
    try:
        found = _locate(tree)
    except _Stop as stop:
        return Examination(problems=[stop.problem])

    problems: list[Problem] = []
    wanted = request.read(found.request)
    problems += _request_problems(wanted, challenge, expected, challenge_expires, now)
    findings = verify(tree, found.signature, found.covering, environment, now)
    problems += findings.problems
    signer, trusted = _signer(found.signature, findings, problems)
    if recognising.has_byte_order_mark(data):
        problems.append(_byte_order_mark())
    return Examination(
        form=found.form,
        challenge=wanted.challenge,
        context_type=wanted.context_type,
        context=wanted.context,
        nip=wanted.context if wanted.context_type == "Nip" else "",
        signer=signer,
        trusted_profile=trusted,
        certificate_subject=findings.subject,
        certificate_issuer=findings.issuer,
        certificate_valid_to=findings.valid_to,
        signing_time=findings.signing_time,
        problems=sorted(problems, key=lambda problem: not problem.is_wall),
    )


class _Stop(Exception):
    """Ends the examination: what follows would make no sense."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


@dataclass(frozen=True)
class _Located:
    form: str
    signature: etree._Element
    request: etree._Element
    covering: etree._Element
    """The element that a reference must cover for the request to be signed."""


def _locate(tree: etree._ElementTree) -> _Located:
    root = tree.getroot()
    signatures = _signatures(root)
    if len(signatures) > 1:
        raise _Stop(_signed_twice())
    if not signatures:
        raise _Stop(_unsigned(root))
    signature = signatures[0]
    if signature is root:
        return _enveloping(signature)
    if request.is_request(root):
        return _Located("enveloped", signature, root, root)
    if local_name(root) in _SIGNATURE_LISTS:
        raise _Stop(_detached())
    raise _Stop(_other_document(root))


def _signatures(root: etree._Element) -> list[etree._Element]:
    """The signatures of the document itself: those inside unsigned properties are time stamps and
    countersignatures."""
    return _FIND_SIGNATURES(root)


def _enveloping(signature: etree._Element) -> _Located:
    identifiers = {
        value: item for item in signature.iter(ds("Object")) for value in [item.get("Id")] if value
    }
    objects = [item for item in signature.findall(ds("Object")) if _carries(item)]
    referenced = [
        (reference, identifiers[uri[1:]])
        for reference in signature.findall(f"{ds('SignedInfo')}/{ds('Reference')}")
        for uri in [reference.get("URI") or ""]
        if uri.startswith("#") and uri[1:] in identifiers
    ]
    for reference, item in referenced:
        if item in objects:
            return _from_object(signature, item, reference)
    inner = [
        item for item in signature.iter() if request.is_request(item) and item is not signature
    ]
    if inner:
        # the request is there; whether a reference covers it is the verification's question
        return _Located("enveloping-xml", signature, inner[0], inner[0])
    if objects:
        return _from_object(signature, objects[0], None)
    raise _Stop(_detached())


def _carries(item: etree._Element) -> bool:
    """Whether an Object holds a document and not the signature's own properties."""
    children = [child for child in item if isinstance(child.tag, str)]
    own = ("QualifyingProperties", "QualifyingPropertiesReference", "SignatureProperties")
    if children:
        return any(local_name(child) not in own for child in children)
    return bool((item.text or "").strip())


def _from_object(
    signature: etree._Element, item: etree._Element, reference: etree._Element | None
) -> _Located:
    children = [child for child in item if isinstance(child.tag, str)]
    transforms = reference.iter(ds("Transform")) if reference is not None else ()
    decoded = any(transform.get("Algorithm") == BASE64 for transform in transforms)
    if children and not decoded:
        document = next((child for child in children if request.is_request(child)), None)
        if document is None:
            raise _Stop(_other_document(children[0]))
        return _Located("enveloping-xml", signature, document, item)
    root = _decoded(item)
    if _signatures(root):
        raise _Stop(_signed_twice())
    if not request.is_request(root):
        raise _Stop(_other_document(root))
    return _Located("enveloping-base64", signature, root, item)


def _decoded(item: etree._Element) -> etree._Element:
    """The root of the file that stands as Base64 in the signature."""
    try:
        content = base64.b64decode("".join(item.xpath("string()").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _Stop(_content_damaged()) from error
    kind = recognising.other_kind(content)
    if kind:
        raise _Stop(_other_file_signed())
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or len(content) > _MAX_PAYLOAD:
        raise _Stop(_definitions())
    if recognising.too_complex(content):
        raise _Stop(_content_damaged())
    try:
        return parse(content).getroot()
    except etree.XMLSyntaxError as error:
        looks_like_xml = content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
        raise _Stop(_content_damaged() if looks_like_xml else _other_file_signed()) from error


def _request_problems(
    wanted: Request,
    challenge: str | None,
    expected: tuple[str, str] | None,
    challenge_expires: datetime | None,
    now: datetime,
) -> list[Problem]:
    problems = []
    if not wanted.is_known_version:
        problems.append(_request_version(wanted.version))
    if not wanted.challenge or not wanted.context:
        problems.append(_request_damaged())
        return problems
    if challenge is not None and wanted.challenge != challenge:
        problems.append(_other_challenge(wanted.challenge, challenge))
    elif challenge_expires is not None and now >= challenge_expires:
        problems.append(_expired())
    if expected is not None and wanted.context_type != expected[0]:
        problems.append(_other_context(wanted.context_type, expected[0]))
    elif expected is not None and wanted.context != expected[1]:
        problems.append(_other_identifier(wanted.context, *expected))
    return problems


def _signer(
    signature: etree._Element, findings: Findings, problems: list[Problem]
) -> tuple[Signer, bool]:
    person = persons.of_trusted_profile(signature)
    if person is not None:
        if not person.pesel:
            problems.append(_no_pesel())
        return person, True
    if findings.signer is None:
        return Signer(), False
    if not findings.signer.pesel and not findings.signer.nip:
        problems.append(_nobody_named())
    return findings.signer, False


# --- the words


def _wall(code: str, text: str, values: dict[str, object] | None = None) -> Problem:
    return Problem("wall", code, text, values or {})


def _warning(code: str, text: str) -> Problem:
    return Problem("warning", code, text)


def _shown(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:_MAX_SHOWN]


def _definitions() -> Problem:
    return _wall(
        "document_type",
        _(
            "The file holds definitions (DOCTYPE or entities) that a signed request never has, so"
            " it was not read. Get a new request here, sign it without opening it and upload what"
            " the signing page gives you."
        ),
    )


def _broken(error: etree.XMLSyntaxError) -> Problem:
    return _wall(
        "xml_broken",
        _(
            "The file is damaged or incomplete: its XML breaks off or is wrong in line %(line)s."
            " Download the signed file from the signing page again; if that does not help, get a"
            " new request and sign it."
        ),
        {"line": error.lineno or 1},
    )


def _unsigned(root: etree._Element) -> Problem:
    if request.is_request(root):
        return _wall(
            "unsigned",
            _(
                "This is the request as you downloaded it: nobody has signed it yet. Sign it on the"
                " signing page, download the signed file there and upload that one."
            ),
        )
    return _other_document(root)


def _other_document(root: etree._Element) -> Problem:
    name = local_name(root)
    if name == "Faktura":
        return _wall(
            "invoice_file",
            _(
                "This is an invoice. Here only the signed request for access belongs: sign the file"
                " you downloaded from this page and upload the result."
            ),
        )
    if name == "Potwierdzenie":
        return _wall(
            "receipt_file",
            _(
                "This is an official receipt (UPO). Here only the signed request for access"
                " belongs: sign the file you downloaded from this page and upload the result."
            ),
        )
    return _wall(
        "other_document",
        _(
            "This is another document (%(name)s), not the request for access to KSeF. Sign the file"
            " you downloaded from this page and upload the result."
        ),
        {"name": _shown(name)},
    )


def _other_file_signed() -> Problem:
    return _wall(
        "other_file_signed",
        _(
            "The signature is there, but another file was signed (a PDF, a picture, a packed file"
            " or the like). On the signing page choose the XML file you downloaded here."
        ),
    )


def _content_damaged() -> Problem:
    return _wall(
        "content_damaged",
        _(
            "The signature is there, but the file inside it is damaged. Get a new request, sign it"
            " without opening it and upload what the signing page gives you."
        ),
    )


def _signed_twice() -> Problem:
    return _wall(
        "signed_twice",
        _(
            "The file is signed more than once; KSeF accepts exactly one signature. Get a new"
            " request, let one person sign it once and upload the result."
        ),
    )


def _detached() -> Problem:
    return _wall(
        "detached",
        _(
            "The file holds only a signature; the signed request is not in it (detached signature)."
            " In the signing program choose XAdES with the signature inside the document"
            " (enveloped) and sign the downloaded file anew."
        ),
    )


def _request_version(version: str) -> Problem:
    return _wall(
        "request_version",
        _(
            "The request is written for another version of KSeF (%(version)s). Get a new request on"
            " this page and sign that one."
        ),
        {"version": _shown(version)},
    )


def _request_damaged() -> Problem:
    return _wall(
        "request_damaged",
        _(
            "The request in the file lacks its challenge or its NIP: it was changed, or it does not"
            " come from here. Get a new request on this page and sign it without opening it."
        ),
    )


def _other_challenge(found: str, expected: str) -> Problem:
    day, today = request.day_of(found), request.day_of(expected)
    if day and today and day < today:
        return _wall(
            "challenge_older",
            _(
                "This file was signed for an older request, of %(day)s. A request is good for ten"
                " minutes only. Sign the newest file you downloaded here and upload that one."
            ),
            {"day": f"{day[:4]}-{day[4:6]}-{day[6:]}"},
        )
    return _wall(
        "challenge_other",
        _(
            "This file was signed for another request: an earlier attempt, another company or"
            " another environment of KSeF. Sign the newest file you downloaded here; old downloads"
            " often lie beside it under a similar name."
        ),
    )


def _expired() -> Problem:
    return _wall(
        "challenge_expired",
        _(
            "The ten minutes of this request are over. Get a new request, sign it and upload it"
            " before the time runs out."
        ),
    )


def _other_identifier(found: str, kind: str, expected: str) -> Problem:
    if kind != "Nip":
        return _wall(
            "identifier_other",
            _(
                "The request was signed for %(found)s, but this is the connection of %(expected)s."
                " Get the request from the right connection and sign that one."
            ),
            {"found": _shown(found), "expected": expected},
        )
    return _wall(
        "nip_other",
        _(
            "The request was signed for NIP %(found)s, but this is the connection of NIP"
            " %(expected)s. Whoever runs both a company and a sole trader's business easily mixes"
            " them up: get the request from the right company and sign that one."
        ),
        {"found": _shown(found), "expected": expected},
    )


def _other_context(kind: str, expected: str) -> Problem:
    if expected != "Nip":
        return _wall(
            "context_other",
            _(
                "The request was made for an identifier of another kind (%(kind)s instead of"
                " %(expected)s). Get a new request on this page and sign that one."
            ),
            {"kind": _shown(kind), "expected": expected},
        )
    return _wall(
        "context_other",
        _(
            "The request was not made for a NIP but for another identifier (%(kind)s). Get a new"
            " request on this page and sign that one."
        ),
        {"kind": _shown(kind)},
    )


def _byte_order_mark() -> Problem:
    return _warning(
        "byte_order_mark",
        _(
            "At the file's beginning stands a byte order mark, which signing pages do not write: it"
            " was probably opened and saved in an editor. If KSeF refuses it, get a new request and"
            " sign it without opening it."
        ),
    )


def _no_pesel() -> Problem:
    return _warning(
        "pesel_missing",
        _(
            "The Trusted Profile's signature does not name a PESEL, by which KSeF recognises the"
            " person. KSeF will probably refuse it."
        ),
    )


def _nobody_named() -> Problem:
    return _warning(
        "signer_unnamed",
        _(
            "The signing certificate names neither a PESEL nor a NIP. KSeF recognises such a"
            " signature only if rights were granted to the fingerprint of this certificate."
        ),
    )
