"""Checks a foreign XML signature as far as that is possible without the web.

Whether the certificate is trusted, revoked or qualified KSeF decides.  Everything doubtful is a
warning, with one exception: a signature that does not cover the request is none.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime, timezone

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree

from ..environments import Environment
from ..problems import Problem
from ..words import _
from . import names, persons
from .algorithms import fits
from .canonical import Unsupported, canonical, canonical_part, parse, part, remove
from .names import ds, xades
from .persons import Signer

_MAX_REFERENCES = 5
_MAX_PREFIXES = 50
_MAX_CERTIFICATES = 10


@dataclass
class Findings:
    """What the signature says about its maker, and the doubts about it."""

    problems: list[Problem] = field(default_factory=list)
    signer: Signer | None = None
    subject: str = ""
    issuer: str = ""
    valid_to: datetime | None = None
    signing_time: datetime | None = None

    def warn(self, code: str, text: str, values: dict[str, object] | None = None) -> None:
        if code not in {problem.code for problem in self.problems}:
            self.problems.append(Problem("warning", code, text, values or {}))


def verify(
    tree: etree._ElementTree,
    signature: etree._Element,
    covering: etree._Element,
    environment: Environment | None,
    now: datetime,
) -> Findings:
    """Check the one signature of a document.

    :param covering: the element that a reference must cover
    """
    findings = Findings()
    info = signature.find(ds("SignedInfo"))
    properties = next(signature.iter(xades("SignedProperties")), None)
    references = info.findall(ds("Reference")) if info is not None else []
    if info is None or len(references) > _MAX_REFERENCES:
        _unchecked(findings)
    else:
        _references(findings, tree, signature, references, covering, properties)
    _properties(findings, properties, references)
    certificate = _certificate(findings, signature, properties)
    if certificate is not None:
        _describe(findings, certificate, environment, now)
        if info is not None:
            _value(findings, signature, info, certificate)
    return findings


# --- references


def _references(
    findings: Findings,
    tree: etree._ElementTree,
    signature: etree._Element,
    references: list[etree._Element],
    covering: etree._Element,
    properties: etree._Element | None,
) -> None:
    covered = False
    for reference in references:
        try:
            target = _target(tree, reference)
            covered = covered or _within(covering, target)
            digest = _digest(tree, signature, reference, target)
        except (Unsupported, etree.LxmlError, ValueError, TypeError):
            _unchecked(findings)
            continue
        if not hmac.compare_digest(digest, _binary(reference.findtext(ds("DigestValue")))):
            _changed(findings)
    if not covered:
        findings.problems.append(
            Problem(
                "wall",
                "request_not_signed",
                _(
                    "There is a signature in the file, but it does not cover the request. In the"
                    " signing program choose XAdES for the whole document (enveloped) and sign the"
                    " downloaded file anew."
                ),
            )
        )


def _target(tree: etree._ElementTree, reference: etree._Element) -> etree._Element:
    """The element that a reference points to; the root stands for the whole document."""
    uri = reference.get("URI")
    if uri in ("", "#xpointer(/)"):
        return tree.getroot()
    match = re.fullmatch(r"#(?:xpointer\(id\(['\"])?([^'\"()]+)(?:['\"]\)\))?", uri or "")
    if not match:
        raise Unsupported(f"reference {uri!r}")
    found = [
        item
        for item in tree.iter()
        if isinstance(item.tag, str)
        and match.group(1) in (item.get("Id"), item.get("ID"), item.get("id"))
    ]
    if len(found) != 1:
        raise Unsupported("a reference without a target, or with several")
    return found[0]


def _within(item: etree._Element, target: etree._Element) -> bool:
    return item is target or any(above is target for above in item.iterancestors())


def _digest(
    tree: etree._ElementTree,
    signature: etree._Element,
    reference: etree._Element,
    target: etree._Element,
) -> bytes:
    algorithm = _algorithm(reference.find(ds("DigestMethod")))
    name = names.DIGESTS.get(algorithm)
    if not name:
        raise Unsupported(algorithm)
    whole = target is tree.getroot()
    transforms = reference.findall(f"{ds('Transforms')}/{ds('Transform')}")
    last = _algorithm(transforms[-1]) if transforms else names.C14N
    document = parse(etree.tostring(tree, encoding="utf-8")) if whole else part(target, last)
    # XML Signature 4.4.3.3: a reference without XPointer leaves the comments out
    comments = (reference.get("URI") or "").startswith("#xpointer")
    content: bytes | None = None
    for transform in transforms:
        algorithm = _algorithm(transform)
        if content is not None:
            raise Unsupported("a transform after a canonical form")
        if algorithm == names.BASE64:
            content = _binary(document.getroot().xpath("string()"))
        elif algorithm == names.ENVELOPED or _takes_signature_out(transform, algorithm):
            if whole and signature is tree.getroot():
                raise Unsupported("a signature cannot be taken out of itself")
            _take_signatures_out(document)
        else:
            content = canonical(document, algorithm, _prefixes(transform), comments=comments)
    if content is None:
        content = canonical(document, names.C14N)
    return hashlib.new(name, content).digest()


def _takes_signature_out(transform: etree._Element, algorithm: str) -> bool:
    """Whether an XPath transform is one of those KSeF allows, which leave the signature out."""
    if algorithm == names.XPATH:
        expression = "".join((transform.findtext(ds("XPath")) or "").split())
        return bool(re.fullmatch(r"not\(ancestor-or-self::[\w.-]+:Signature\)", expression))
    if algorithm == names.XPATH_FILTER2:
        filters = transform.findall(f"{{{names.XPATH_FILTER2_NAMESPACE}}}XPath")
        return len(filters) == 1 and (
            filters[0].get("Filter") == "subtract"
            and bool(
                re.fullmatch(
                    r"(?:/?/descendant::|//|here\(\)/ancestor::)[\w.-]+:Signature(?:\[1\])?",
                    "".join((filters[0].text or "").split()),
                )
            )
        )
    return False


def _take_signatures_out(document: etree._ElementTree) -> None:
    while True:
        found = next(document.getroot().iter(ds("Signature")), None)
        if found is None:
            return
        remove(found)


def _prefixes(transform: etree._Element | None) -> list[str]:
    if transform is None:
        return []
    listed = transform.find(f"{{{names.EXC_C14N}}}InclusiveNamespaces")
    prefixes = (listed.get("PrefixList") or "").split() if listed is not None else []
    if len(prefixes) > _MAX_PREFIXES:
        raise Unsupported("too many prefixes")
    return prefixes


# --- the signature's own properties


def _properties(
    findings: Findings, properties: etree._Element | None, references: list[etree._Element]
) -> None:
    if properties is None:
        findings.warn(
            "not_xades",
            _(
                "The signature is plain XML Signature, without the properties of XAdES. KSeF will"
                " probably refuse it: choose the format XAdES in the signing program."
            ),
        )
        return
    uri = f"#{properties.get('Id')}"
    if not any(reference.get("URI") == uri for reference in references):
        findings.warn(
            "properties_not_signed",
            _(
                "The signature does not cover its own properties, as XAdES wants. KSeF will"
                " probably refuse it: sign the file with another program."
            ),
        )
    findings.signing_time = _moment(next(properties.iter(xades("SigningTime")), None))


def _moment(element: etree._Element | None) -> datetime | None:
    text = (element.text or "").strip() if element is not None else ""
    match = re.fullmatch(
        r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?", text, re.ASCII
    )
    if not match:
        return None
    zone = "+00:00" if match.group(2) in (None, "Z") else match.group(2)
    try:
        return datetime.fromisoformat(match.group(1) + zone).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


# --- the certificate


def _certificate(
    findings: Findings, signature: etree._Element, properties: etree._Element | None
) -> x509.Certificate | None:
    """The signer's certificate: the one XAdES names by its digest, else the first readable."""
    entries = list(signature.iter(ds("X509Certificate")))[:_MAX_CERTIFICATES]
    loaded = []
    for entry in entries:
        try:
            loaded.append(x509.load_der_x509_certificate(_binary(entry.text)))
        except persons.CERTIFICATE_ERRORS:
            continue
    if not loaded:
        findings.warn(
            "certificate_missing",
            _(
                "The signer's certificate is not in the file or cannot be read, so it could not be"
                " checked who signed. KSeF will probably refuse it."
            ),
        )
        return None
    named = _named_digests(properties)
    if properties is not None and not named:
        findings.warn(
            "signing_certificate_missing",
            _(
                "The signature does not say which certificate made it, as XAdES wants. KSeF will"
                " probably refuse it: sign the file with another program."
            ),
        )
    for certificate in loaded:
        if any(_is_named(certificate, name, value) for name, value in named):
            return certificate
    if named:
        findings.warn(
            "signing_certificate_other",
            _(
                "The signature names another certificate than the one in the file. It may have been"
                " changed after signing; KSeF will probably refuse it."
            ),
        )
    return loaded[0]


def _named_digests(properties: etree._Element | None) -> list[tuple[str, bytes]]:
    if properties is None:
        return []
    return [
        (_algorithm(digest.find(ds("DigestMethod"))), _binary(digest.findtext(ds("DigestValue"))))
        for kind in ("SigningCertificateV2", "SigningCertificate")
        for element in properties.iter(xades(kind))
        for digest in element.iter(xades("CertDigest"))
    ][:_MAX_CERTIFICATES]


def _is_named(certificate: x509.Certificate, algorithm: str, value: bytes) -> bool:
    name = names.DIGESTS.get(algorithm)
    der = certificate.public_bytes(serialization.Encoding.DER)
    return bool(name) and hmac.compare_digest(hashlib.new(name, der).digest(), value)


def _describe(
    findings: Findings,
    certificate: x509.Certificate,
    environment: Environment | None,
    now: datetime,
) -> None:
    try:
        findings.subject = persons.shown(certificate.subject)
        findings.issuer = persons.shown(certificate.issuer)
        findings.valid_to = certificate.not_valid_after_utc
        findings.signer = persons.of_certificate(certificate)
        starts = certificate.not_valid_before_utc
    except persons.CERTIFICATE_ERRORS:
        _unchecked(findings)
        return
    if now > findings.valid_to:
        findings.warn(
            "certificate_expired",
            _(
                "The signing certificate ended on %(day)s. KSeF will probably refuse it: sign with"
                " a valid one."
            ),
            {"day": findings.valid_to.date().isoformat()},
        )
    elif now < starts:
        findings.warn(
            "certificate_not_yet",
            _(
                "The signing certificate begins only on %(day)s. Check the clock of this server, or"
                " sign with another certificate."
            ),
            {"day": starts.date().isoformat()},
        )
    home_made = certificate.subject == certificate.issuer
    if home_made and environment is not None and not environment.self_signed:
        findings.warn(
            "certificate_home_made",
            _(
                "The signing certificate is home-made. KSeF accepts such certificates only in its"
                " test environment."
            ),
        )


def _value(
    findings: Findings,
    signature: etree._Element,
    info: etree._Element,
    certificate: x509.Certificate,
) -> None:
    method = _algorithm(info.find(ds("SignatureMethod")))
    form = info.find(ds("CanonicalizationMethod"))
    digests = [_algorithm(item) for item in info.iter(ds("DigestMethod"))]
    if names.SIGNATURES.get(method, ("", ""))[1] == "sha1" or f"{names.DS}sha1" in digests:
        findings.warn(
            "sha1",
            _(
                "The signature uses SHA-1, which KSeF refuses outside its test environment. Choose"
                " SHA-256 in the signing program."
            ),
        )
    try:
        key = certificate.public_key()
        signed = canonical_part(info, _algorithm(form), _prefixes(form))
        result = fits(key, method, signed, _binary(signature.findtext(ds("SignatureValue"))))
    except (*persons.CERTIFICATE_ERRORS, etree.LxmlError):
        result, key = None, None
    if result is None:
        _unchecked(findings)
    elif not result:
        findings.warn(
            "signature_doubtful",
            _(
                "The signature does not fit the file and its certificate. The file was probably"
                " changed after signing. You can send it nevertheless, KSeF decides; if it refuses,"
                " get a new request and sign it without opening it."
            ),
        )
    short = (isinstance(key, rsa.RSAPublicKey) and key.key_size < 2048) or (
        isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size < 256
    )
    if short:
        findings.warn(
            "key_short",
            _(
                "The key of the signing certificate is shorter than KSeF wants (RSA 2048 bits,"
                " elliptic curves 256 bits). KSeF will probably refuse it."
            ),
        )


# --- small helpers


def _algorithm(element: etree._Element | None) -> str:
    return (element.get("Algorithm") or "") if element is not None else ""


def _binary(text: str | None) -> bytes:
    try:
        return base64.b64decode("".join((text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _changed(findings: Findings) -> None:
    findings.warn(
        "changed_after_signing",
        _(
            "The file looks as if it had been opened and saved again after signing: its content no"
            " longer fits the signature, and KSeF will probably refuse it. Download the signed file"
            " from the signing page again and upload it without opening it, or sign a new request."
        ),
    )


def _unchecked(findings: Findings) -> None:
    findings.warn(
        "unchecked",
        _(
            "The signature is made in a way that cannot be checked here. You can send it"
            " nevertheless: KSeF decides."
        ),
    )
