"""The document that asks KSeF for access: ``AuthTokenRequest`` 2.0."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from ..contexts import Context
from . import names
from .canonical import local_name, namespace

_CHALLENGE = re.compile(r"\d{8}-CR-[A-F0-9]{10}-[A-F0-9]{10}-[A-F0-9]{2}", re.ASCII)


def auth_token_request(
    challenge: str,
    nip: str | None = None,
    *,
    internal_id: str | None = None,
    nip_vat_ue: str | None = None,
    by_fingerprint: bool = False,
) -> bytes:
    """Return the request to sign, UTF-8 without byte order mark, for one context.

    :param challenge: of ``POST /auth/challenge``; it lives ten minutes
    :param nip: the company to act for, ten digits
    :param internal_id: one of its units instead: NIP, ``-``, five digits
    :param nip_vat_ue: the EU entity it represents instead: NIP, ``-``, VAT-UE number
    :param by_fingerprint: KSeF shall recognise the person by the SHA-256 of the certificate, to
        which rights were granted, instead of by its subject (guide, auth/podpis-xades.md)
    :raises ValueError: what the schema would refuse
    """
    if not _CHALLENGE.fullmatch(challenge):
        raise ValueError(f"no challenge of KSeF: {challenge!r}")
    context = Context.of(nip, internal_id=internal_id, nip_vat_ue=nip_vat_ue)
    recognised_by = "certificateFingerprint" if by_fingerprint else "certificateSubject"
    # nothing here needs escaping: the patterns leave no room for it
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<AuthTokenRequest xmlns="{names.AUTH_2_0}">'
        f"<Challenge>{challenge}</Challenge>"
        f"<ContextIdentifier><{context.type}>{context.value}</{context.type}></ContextIdentifier>"
        f"<SubjectIdentifierType>{recognised_by}</SubjectIdentifierType>"
        "</AuthTokenRequest>"
    ).encode()


@dataclass(frozen=True)
class Request:
    """What an ``AuthTokenRequest`` asks for; fields that it lacks are empty."""

    version: str
    challenge: str
    context_type: str
    context: str
    subject_type: str

    @property
    def is_known_version(self) -> bool:
        return self.version in (names.AUTH_2_0, names.AUTH_2_1)


def is_request(element: etree._Element) -> bool:
    return local_name(element) == "AuthTokenRequest"


def read(element: etree._Element) -> Request:
    """Read an ``AuthTokenRequest`` element of any version."""
    found = {local_name(child): child for child in element}
    contexts = [child for child in found.get("ContextIdentifier", ()) if local_name(child)]
    return Request(
        version=namespace(element),
        challenge=_text(found.get("Challenge")),
        context_type=local_name(contexts[0]) if len(contexts) == 1 else "",
        context=_text(contexts[0]) if len(contexts) == 1 else "",
        subject_type=_text(found.get("SubjectIdentifierType")),
    )


def _text(element: etree._Element | None) -> str:
    if element is None:
        return ""
    return " ".join(element.xpath("string()").split())


def day_of(challenge: str) -> str:
    """The day in a challenge as ``YYYYMMDD``, empty if it is no challenge."""
    return challenge[:8] if _CHALLENGE.fullmatch(challenge) else ""
