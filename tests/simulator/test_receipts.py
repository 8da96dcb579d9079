"""UPO: content, signature, the two ways to fetch it."""

import hashlib
from datetime import date

import pytest
import requests
import xmlsec
from ksef_caller import Caller, Sending, b64, digest, fa3
from ksef_running import Running, problem_codes
from lxml import etree

UPO = "{http://upo.schematy.mf.gov.pl/KSeF/v4-3}"
DAY = 24 * 3600


@pytest.fixture
def sending(caller: Caller) -> Sending:
    return caller.open()


def text(receipt: bytes, name: str) -> str | None:
    return etree.fromstring(receipt).findtext(f".//{UPO}{name}")


def test_the_receipt_names_the_invoice(sending: Sending, today: date) -> None:
    xml = fa3(issued=today.isoformat())
    outcome = sending.outcome(xml)
    path = f"GET /sessions/{sending.reference}/invoices/{outcome['referenceNumber']}/upo"
    receipt = sending.caller.call(path, expect=200).content
    assert text(receipt, "NumerKSeFDokumentu") == outcome["ksefNumber"]
    assert text(receipt, "SkrotDokumentu") == digest(xml)
    assert text(receipt, "NumerFaktury") == "FV/2026/1"
    assert text(receipt, "DataWystawieniaFaktury") == today.isoformat()
    assert text(receipt, "TrybWysylki") == "Online"
    assert text(receipt, "NumerReferencyjnySesji") == sending.reference
    assert text(receipt, "NumerReferencyjnyTokenaKSeF")


def test_after_a_signature_it_names_the_signed_document(simulator: Running) -> None:
    caller = Caller(simulator)
    signed = caller.sign(caller.auth_token_request(caller.challenge()["challenge"]))
    caller.started(caller.submit(signed))
    caller.redeem()
    sending = caller.open()
    outcome = sending.outcome(fa3(issued="2026-11-02"))
    receipt = requests.get(outcome["upoDownloadUrl"], timeout=10).content
    assert text(receipt, "SkrotDokumentuUwierzytelniajacego") == digest(signed)


def test_the_signature_is_good_and_breaks_with_the_content(sending: Sending) -> None:
    outcome = sending.outcome(fa3(issued="2026-11-02"))
    receipt = requests.get(outcome["upoDownloadUrl"], timeout=10).content
    verify(receipt)
    with pytest.raises(xmlsec.VerificationError):
        verify(receipt.replace(b"FV/2026/1", b"FV/2026/9"))


def verify(receipt: bytes) -> None:
    root = etree.fromstring(receipt)
    signature = xmlsec.tree.find_node(root, xmlsec.Node.SIGNATURE)
    xmlsec.tree.add_ids(root, ["Id"])
    context = xmlsec.SignatureContext()
    certificate = signature.findtext(".//{http://www.w3.org/2000/09/xmldsig#}X509Certificate")
    pem = f"-----BEGIN CERTIFICATE-----\n{certificate.strip()}\n-----END CERTIFICATE-----\n"
    context.key = xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.CERT_PEM)
    context.verify(signature)


def test_the_link_needs_no_token_and_tells_the_hash(sending: Sending) -> None:
    outcome = sending.outcome(fa3(issued="2026-11-02"))
    answer = requests.get(outcome["upoDownloadUrl"], timeout=10)
    assert answer.status_code == 200
    expected = b64(hashlib.sha256(answer.content).digest())
    assert answer.headers["x-ms-meta-hash"] == expected
    api = sending.caller.call(
        f"GET /sessions/{sending.reference}/invoices/ksef/{outcome['ksefNumber']}/upo"
    )
    assert api.content == answer.content
    assert api.headers["x-ms-meta-hash"] == expected


def test_the_link_dies_after_three_days_and_cannot_be_forged(sending: Sending) -> None:
    url = sending.outcome(fa3(issued="2026-11-02"))["upoDownloadUrl"]
    assert requests.get(url.replace("sig=", "sig=x"), timeout=10).status_code == 403
    assert requests.get(url.split("?")[0], timeout=10).status_code == 403
    sending.caller.simulator.later(3 * DAY + 1)
    assert requests.get(url, timeout=10).status_code == 403


def test_the_session_s_receipt_holds_its_good_invoices(sending: Sending) -> None:
    good = [
        sending.outcome(fa3(issued="2026-11-02", number=f"FV/{number}"))["ksefNumber"]
        for number in range(3)
    ]
    sending.outcome(fa3(issued="2026-11-02", number="FV/0"))  # a duplicate
    sending.close()
    page = sending.status()["upo"]["pages"][0]
    receipt = requests.get(page["downloadUrl"], timeout=10).content
    verify(receipt)
    numbers = etree.fromstring(receipt).iter(f"{UPO}NumerKSeFDokumentu")
    assert [number.text for number in numbers] == good
    assert text(receipt, "CalkowitaLiczbaDokumentow") == "3"
    path = f"GET /sessions/{sending.reference}/upo/{page['referenceNumber']}"
    assert sending.caller.call(path, expect=200).content == receipt


def test_there_is_none_where_nothing_was_accepted(sending: Sending) -> None:
    caller, reference = sending.caller, sending.send(b"<Faktura/>")
    session = f"GET /sessions/{sending.reference}"
    assert problem_codes(caller.call(f"{session}/invoices/{reference}/upo", expect=400)) == [21405]
    number = "9999999999-20261120-000000000000-00"
    answer = caller.call(f"{session}/invoices/ksef/{number}/upo", expect=400)
    assert problem_codes(answer) == [21178]
    upo = "20261120-EU-0000000000-0000000000-00"
    assert problem_codes(caller.call(f"{session}/upo/{upo}", expect=400)) == [21178]
