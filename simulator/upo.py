"""Receipts (UPO 4-3): written, signed, handed out."""

from __future__ import annotations

import base64
import functools
import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

import xmlsec
from cryptography.hazmat.primitives import serialization
from lxml import etree

from simulator import ministry, practice_pki
from simulator.clock import WARSAW, iso_seconds
from simulator.records import Authentication, Invoice, Session

if TYPE_CHECKING:
    from simulator.world import World

NAMESPACE = "http://upo.schematy.mf.gov.pl/KSeF/v4-3"
_XADES = "http://uri.etsi.org/01903/v1.3.2#"
_DS = "http://www.w3.org/2000/09/xmldsig#"
# The schema fixes the name; only the test environment adds to it (and breaks the schema).
_RECIPIENT = "Ministerstwo Finansów"
PAGE_SIZE = 10_000
_CONTEXT_ELEMENTS = {
    "Nip": "Nip",
    "InternalId": "IdWewnetrzny",
    "NipVatUe": "IdZlozonyVatUE",
    "PeppolId": "IdDostawcyUslugPeppol",
}


def of_invoice(world: World, session: Session, invoice: Invoice) -> bytes:
    root = _begin(world, session)
    _end(root, session, [invoice])
    return _signed(root, world.seed, invoice.acquired or world.now(), invoice.id)


def of_session(world: World, session: Session, accepted: list[Invoice]) -> list[bytes]:
    """The pages of a session's receipt, each with at most 10 000 documents."""
    pages = []
    count = -(-len(accepted) // PAGE_SIZE)
    for number in range(count):
        part = accepted[number * PAGE_SIZE : (number + 1) * PAGE_SIZE]
        root = _begin(world, session)
        description = _add(root, "OpisPotwierdzenia")
        _add(description, "Strona", str(number + 1))
        _add(description, "LiczbaStron", str(count))
        _add(description, "ZakresDokumentowOd", str(number * PAGE_SIZE + 1))
        # "exclusive" in the schema's words, inclusive in every official example
        _add(description, "ZakresDokumentowDo", str(number * PAGE_SIZE + len(part)))
        _add(description, "CalkowitaLiczbaDokumentow", str(len(accepted)))
        _end(root, session, part)
        pages.append(_signed(root, world.seed, session.updated, f"{session.id}-{number}"))
    return pages


def _begin(world: World, session: Session) -> etree._Element:
    authentication = world.store.get(Authentication, session.authentication)
    if authentication is None:
        raise RuntimeError(f"session {session.id} without its authorisation")
    root = etree.Element(f"{{{NAMESPACE}}}Potwierdzenie", nsmap={None: NAMESPACE})
    _add(root, "NazwaPodmiotuPrzyjmujacego", _RECIPIENT)
    _add(root, "NumerReferencyjnySesji", session.id)
    proof = _add(root, "Uwierzytelnienie")
    context = _add(proof, "IdKontekstu")
    _add(context, _CONTEXT_ELEMENTS[session.context_type], session.context)
    if authentication.ksef_token:
        _add(proof, "NumerReferencyjnyTokenaKSeF", authentication.ksef_token)
    else:
        _add(proof, "SkrotDokumentuUwierzytelniajacego", authentication.document_hash)
    return root


def _end(root: etree._Element, session: Session, invoices: list[Invoice]) -> None:
    _add(root, "NazwaStrukturyLogicznej", "Schemat_FA(3)_v1-0E.xsd")
    _add(root, "KodFormularza", session.form["systemCode"])
    for invoice in invoices:
        if invoice.facts is None or invoice.acquired is None:
            raise RuntimeError(f"invoice {invoice.id} was not accepted")
        document = _add(root, "Dokument")
        _add(document, "NipSprzedawcy", invoice.facts["seller_nip"])
        _add(document, "NumerKSeFDokumentu", invoice.ksef_number)
        _add(document, "NumerFaktury", invoice.facts["number"])
        _add(document, "DataWystawieniaFaktury", invoice.facts["issued"])
        _add(document, "DataPrzeslaniaDokumentu", _polish_time(invoice.sent))
        _add(document, "DataNadaniaNumeruKSeF", _polish_time(invoice.acquired))
        _add(document, "SkrotDokumentu", invoice.hash)
        _add(document, "TrybWysylki", invoice.mode)


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    element.text = text
    return element


def _polish_time(moment: datetime) -> str:
    return moment.astimezone(WARSAW).isoformat(timespec="milliseconds")


def _signed(root: etree._Element, seed: int, moment: datetime, id: str) -> bytes:
    """An enveloped XAdES-B-B signature of the Ministry (its stand-in here)."""
    key, certificate = _seal(seed)
    signature = xmlsec.template.create(
        root, xmlsec.Transform.EXCL_C14N, xmlsec.Transform.RSA_SHA256, ns="ds"
    )
    signature.set("Id", f"Signature-{id}")
    root.append(signature)
    whole = xmlsec.template.add_reference(signature, xmlsec.Transform.SHA256, uri="")
    xmlsec.template.add_transform(whole, xmlsec.Transform.ENVELOPED)
    xmlsec.template.add_transform(whole, xmlsec.Transform.EXCL_C14N)
    properties_id = f"SignedProperties-{id}"
    part = xmlsec.template.add_reference(
        signature,
        xmlsec.Transform.SHA256,
        uri=f"#{properties_id}",
        type="http://uri.etsi.org/01903#SignedProperties",
    )
    xmlsec.template.add_transform(part, xmlsec.Transform.EXCL_C14N)
    xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(signature))
    properties = _qualifying_properties(signature, properties_id, moment, certificate)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(key, xmlsec.KeyFormat.PEM)
    context.key.load_cert_from_memory(certificate, xmlsec.KeyFormat.CERT_DER)
    context.register_id(properties, "Id")
    context.sign(signature)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _qualifying_properties(
    signature: etree._Element, id: str, moment: datetime, certificate: bytes
) -> etree._Element:
    container = etree.SubElement(signature, f"{{{_DS}}}Object")
    qualifying = etree.SubElement(
        container, f"{{{_XADES}}}QualifyingProperties", nsmap={"xades": _XADES}
    )
    qualifying.set("Target", f"#{signature.get('Id')}")
    properties = etree.SubElement(qualifying, f"{{{_XADES}}}SignedProperties")
    properties.set("Id", id)
    own = etree.SubElement(properties, f"{{{_XADES}}}SignedSignatureProperties")
    etree.SubElement(own, f"{{{_XADES}}}SigningTime").text = iso_seconds(moment)
    signing = etree.SubElement(own, f"{{{_XADES}}}SigningCertificateV2")
    digest = etree.SubElement(
        etree.SubElement(signing, f"{{{_XADES}}}Cert"), f"{{{_XADES}}}CertDigest"
    )
    method = etree.SubElement(digest, f"{{{_DS}}}DigestMethod")
    method.set("Algorithm", xmlsec.Transform.SHA256.href)
    value = etree.SubElement(digest, f"{{{_DS}}}DigestValue")
    value.text = base64.b64encode(hashlib.sha256(certificate).digest()).decode()
    return properties


@functools.cache
def _seal(seed: int) -> tuple[bytes, bytes]:
    """The private key (PEM) and the certificate (DER)."""
    key, certificate = ministry.certificate(
        seed, "upo-seal", practice_pki.VALID_FROM, practice_pki.VALID_TO
    )
    return (
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        certificate.public_bytes(serialization.Encoding.DER),
    )
