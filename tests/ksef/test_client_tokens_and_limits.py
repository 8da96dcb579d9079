"""KSeF tokens, limits and addresses named by the server, on the wire."""

import base64
import datetime
import hashlib
import json

import pytest

from ksef import client as ksef_client
from ksef import environments, errors

UTC = datetime.timezone.utc
MOMENT = "2026-10-10T10:00:00Z"
READ = datetime.datetime(2026, 10, 10, 10, tzinfo=UTC)
REFERENCE = "20251010-EC-1DCE3E3000-12ECB5B36E-45"
SECRET = f"{REFERENCE}|nip-5265877635|{'9f' * 32}"


@pytest.fixture
def client(server):
    return ksef_client.Client(environments.simulator(server.url), access_token="access.jwt")


@pytest.fixture
def says(server, answer):
    def says(*bodies, status=200):
        server.answer(*(answer(status=status, body=json.dumps(body).encode()) for body in bodies))

    return says


def request_line(seen):
    assert seen.headers["authorization"] == "Bearer access.jwt"
    return seen.method, seen.path


def test_making_a_token(client, server, says):
    says({"referenceNumber": REFERENCE, "token": SECRET}, status=202)
    made = client.generate_token(["InvoiceRead", "InvoiceWrite"], "Wystawianie faktur")
    assert request_line(server.seen[0]) == ("POST", "/v2/tokens")
    assert json.loads(server.seen[0].body) == {
        "permissions": ["InvoiceRead", "InvoiceWrite"],
        "description": "Wystawianie faktur",
    }
    assert (made.reference, made.token) == (REFERENCE, SECRET)
    assert "9f9f" not in repr(made)


@pytest.mark.parametrize(
    ("permissions", "description"),
    [
        ([], "Wystawianie"),
        (["Owner"], "Wystawianie"),
        (["InvoiceRead"], "abcd"),
        (["InvoiceRead"], "a" * 257),
    ],
)
def test_what_openapi_refuses_is_not_sent(client, server, permissions, description):
    with pytest.raises(ValueError, match="token"):
        client.generate_token(permissions, description)
    assert not server.seen


ITEM = {
    "referenceNumber": REFERENCE,
    "authorIdentifier": {"type": "Pesel", "value": "90010112349"},
    "contextIdentifier": {"type": "Nip", "value": "5265877635"},
    "description": "Wystawianie i przeglądanie",
    "requestedPermissions": ["InvoiceRead", "SomethingNew"],
    "dateCreated": MOMENT,
    "status": "Active",
}


def test_the_list_of_tokens(client, server, says):
    says(
        {"tokens": [ITEM], "continuationToken": "next=="},
        {"tokens": [{**ITEM, "lastUseDate": MOMENT, "statusDetails": ["x"]}]},
    )
    found = client.tokens(statuses=["Active", "Pending"], description="Wystaw")
    assert request_line(server.seen[0]) == (
        "GET",
        "/v2/tokens?status=Active&status=Pending&description=Wystaw&pageSize=100",
    )
    assert "x-continuation-token" not in server.seen[0].headers
    assert server.seen[1].headers["x-continuation-token"] == "next=="
    first, second = found
    assert (first.reference, first.status, first.status_details) == (REFERENCE, "Active", [])
    assert first.permissions == ["InvoiceRead", "SomethingNew"]
    assert (first.author_type, first.author) == ("Pesel", "90010112349")
    assert (first.context_type, first.context) == ("Nip", "5265877635")
    assert (first.created, first.last_used) == (READ, None)
    assert (second.last_used, second.status_details) == (READ, ["x"])
    assert "90010112349" not in repr(first)


def test_one_token_and_its_end(client, server, says, answer):
    says(ITEM)
    assert client.token(REFERENCE).description == "Wystawianie i przeglądanie"
    server.answer(answer(status=204, content_type=""))
    client.revoke_token(REFERENCE)
    assert [request_line(seen) for seen in server.seen] == [
        ("GET", f"/v2/tokens/{REFERENCE}"),
        ("DELETE", f"/v2/tokens/{REFERENCE}"),
    ]


def test_the_secret_is_not_taken_for_a_reference(client, server):
    for call in (client.token, client.revoke_token):
        with pytest.raises(ValueError, match="no reference"):
            call(SECRET)
    assert not server.seen


def test_a_token_logs_in_to_other_contexts(client, server, says, challenge):
    says(
        {
            "referenceNumber": REFERENCE,
            "authenticationToken": {"token": "auth.jwt", "validUntil": MOMENT},
        },
        status=202,
    )
    client.authenticate_token(challenge, None, "ZW5j", internal_id="5265877635-12345")
    client.authenticate_token(challenge, None, "ZW5j", nip_vat_ue="5265877635-DE123456789")
    sent = [json.loads(seen.body)["contextIdentifier"] for seen in server.seen]
    assert sent == [
        {"type": "InternalId", "value": "5265877635-12345"},
        {"type": "NipVatUe", "value": "5265877635-DE123456789"},
    ]
    for wrong in ({"nip": None}, {"nip": "5265877635", "internal_id": "5265877635-12345"}):
        with pytest.raises(ValueError, match="one of"):
            client.authenticate_token(challenge, encrypted_token="ZW5j", **wrong)


def test_limits_of_the_context(client, server, says):
    session = {
        "maxInvoiceSizeInMB": 1,
        "maxInvoiceWithAttachmentSizeInMB": 3,
        "maxInvoices": 10000,
    }
    says(
        {
            "onlineSession": session,
            "batchSession": {**session, "maxInvoices": 5},
            "collectiveIdentifier": {"maxInvoices": 500},
        },
        {"onlineSession": session, "batchSession": session},
    )
    limits = client.context_limits()
    assert request_line(server.seen[0]) == ("GET", "/v2/limits/context")
    online = limits.online
    assert (online.max_invoices, online.max_invoice_mb) == (10000, 1)
    assert online.max_invoice_with_attachment_mb == 3
    assert (limits.batch.max_invoices, limits.collective_max_invoices) == (5, 500)
    assert client.context_limits().collective_max_invoices is None


def test_limits_of_the_subject(client, server, says):
    says(
        {"enrollment": {"maxEnrollments": 12}, "certificate": {"maxCertificates": 6}},
        {"enrollment": None},
    )
    limits = client.subject_limits()
    assert request_line(server.seen[0]) == ("GET", "/v2/limits/subject")
    assert (limits.max_enrollments, limits.max_certificates) == (12, 6)
    limits = client.subject_limits()
    assert (limits.max_enrollments, limits.max_certificates) == (None, None)


def test_an_address_of_the_environment_is_fetched_without_the_token(client, server, answer):
    document = "<Potwierdzenie>ż</Potwierdzenie>\r\n".encode()
    digest = base64.b64encode(hashlib.sha256(document).digest()).decode()
    server.answer(
        answer(body=document, content_type="text/xml", headers={"x-ms-meta-hash": digest})
    )
    assert client.download(f"{server.url}/storage/01/upo.xml?sp=r&sig=a%2Bb%3D") == document
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("GET", "/storage/01/upo.xml?sp=r&sig=a%2Bb%3D")
    assert "authorization" not in seen.headers


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://api.ksef.mf.gov.pl/storage/01/upo.xml?sig=secret",
        "file:///etc/passwd",
        "http://127.0.0.1:1/storage",
        "http://[",
    ],
)
def test_another_address_is_not_called(client, server, url):
    with pytest.raises(errors.Unknown) as caught:
        client.download(url)
    assert caught.value.kind == "address"
    assert caught.value.may_have_arrived is False
    assert "secret" not in str(caught.value)
    assert not server.seen


def test_a_download_is_checked_like_every_document(client, server, answer):
    wrong = {"x-ms-meta-hash": base64.b64encode(b"0" * 32).decode()}
    for given in (
        answer(body=b"<html>", content_type="text/html"),
        answer(body=b"", content_type="text/xml"),
        answer(body=b"<a/>", content_type="text/xml", headers=wrong),
    ):
        server.answer(given)
        with pytest.raises(errors.Unknown) as caught:
            client.download(f"{server.url}/storage/upo.xml")
        assert caught.value.kind == "unreadable"


def test_a_redirection_elsewhere_is_not_followed(client, server, answer):
    away = answer(status=302, content_type="", headers={"Location": "http://169.254.169.254/"})
    server.answer(away)
    with pytest.raises(errors.Unknown) as caught:
        client.download(f"{server.url}/storage/upo.xml")
    assert caught.value.http_status == 302
    assert len(server.seen) == 1
