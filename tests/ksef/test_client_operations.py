"""Every operation on the wire: what is sent, and what is understood of the answer."""

import base64
import datetime
import hashlib
import json
from decimal import Decimal

import pytest

from ksef import client as ksef_client
from ksef import environments, errors

UTC = datetime.timezone.utc
MOMENT = "2026-10-10T10:00:00.1234567+00:00"
REFERENCE = "20261010-SO-2D2F2D2000-3C3D3C3D3C-01"
INVOICE = "20261010-EE-2D2F2D2000-3C3D3C3D3C-02"
NUMBER = "5265877635-20250826-0100001AF629-AF"
HASH = hashlib.sha256(b"faktura").digest()
HASH_BASE64 = base64.b64encode(HASH).decode()


@pytest.fixture
def client(server):
    return ksef_client.Client(environments.simulator(server.url), access_token="access.jwt")


@pytest.fixture
def says(server, answer):
    """Makes the server answer JSON."""

    def says(*bodies, status=200):
        server.answer(*(answer(status=status, body=json.dumps(body).encode()) for body in bodies))

    return says


def sent_json(seen):
    assert seen.headers["content-type"] == "application/json"
    return json.loads(seen.body)


def test_every_request_asks_for_problem_details(client, server, says):
    says([])
    assert client.public_keys() == []
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("GET", "/v2/security/public-key-certificates")
    assert seen.headers["x-error-format"] == "problem-details"
    assert seen.headers["accept"] == "application/json"
    assert "authorization" not in seen.headers


def test_challenge(client, server, says, challenge):
    says(
        {
            "challenge": challenge,
            "timestamp": "2026-10-10T12:00:00.1234567+02:00",
            "timestampMs": 1791626400123,
            "clientIp": "192.0.2.7",
            "somethingNew": {"nobody": "knows"},
        }
    )
    got = client.challenge()
    assert (server.seen[0].method, server.seen[0].path) == ("POST", "/v2/auth/challenge")
    assert got.challenge == challenge
    assert got.timestamp == datetime.datetime(2026, 10, 10, 10, 0, 0, 123456, UTC)
    assert got.timestamp_ms == 1791626400123
    assert got.client_ip == "192.0.2.7"


def test_public_keys(client, says, rsa_person):
    says(
        [
            {
                "certificate": base64.b64encode(rsa_person.der).decode(),
                "certificateId": "c" * 44,
                "publicKeyId": "k" * 44,
                "validFrom": "2026-01-01T00:00:00Z",
                "validTo": "2028-01-01T00:00:00+01:00",
                "usage": ["SymmetricKeyEncryption", "SomethingNew"],
            }
        ]
    )
    (key,) = client.public_keys()
    assert key.certificate == rsa_person.der
    assert key.public_key_id == "k" * 44
    assert key.valid_from == datetime.datetime(2026, 1, 1, tzinfo=UTC)
    assert key.valid_to == datetime.datetime(2027, 12, 31, 23, tzinfo=UTC)
    assert key.usage == ("SymmetricKeyEncryption", "SomethingNew")


STARTED = {
    "referenceNumber": REFERENCE,
    "authenticationToken": {"token": "auth.jwt", "validUntil": MOMENT},
}


def test_a_signed_file_is_sent_byte_for_byte(client, server, says):
    says(STARTED, status=202)
    signed = "<ż/>\r\n\t".encode() + b"\xef\xbb\xbf"
    got = client.authenticate_xades(signed)
    seen = server.seen[0]
    assert (seen.method, seen.path) == ("POST", "/v2/auth/xades-signature")
    assert seen.headers["content-type"] == "application/xml"
    assert seen.body == signed
    assert (got.reference, got.token) == (REFERENCE, "auth.jwt")
    client.authenticate_xades(signed, verify_certificate_chain=True)
    assert server.seen[1].path == "/v2/auth/xades-signature?verifyCertificateChain=true"


def test_a_ksef_token_goes_with_its_key(client, server, says, challenge, nip):
    says(STARTED, status=202)
    client.authenticate_token(challenge, nip, "ZW5j", "k" * 44)
    assert server.seen[0].path == "/v2/auth/ksef-token"
    assert sent_json(server.seen[0]) == {
        "challenge": challenge,
        "contextIdentifier": {"type": "Nip", "value": nip},
        "encryptedToken": "ZW5j",
        "publicKeyId": "k" * 44,
    }


def test_the_status_of_an_authorisation(client, server, says):
    says(
        {
            "startDate": MOMENT,
            "authenticationMethod": "TrustedProfile",
            "authenticationMethodInfo": {
                "category": "XadesSignature",
                "code": "xades.trusted-profile",
                "displayName": "Profil Zaufany",
            },
            "status": {"code": 415, "description": "Nie", "details": ["Brak uprawnień"]},
            "isTokenRedeemed": None,
            "refreshTokenValidUntil": None,
        }
    )
    got = client.authentication_status(REFERENCE, "auth.jwt")
    assert server.seen[0].path == f"/v2/auth/{REFERENCE}"
    assert server.seen[0].headers["authorization"] == "Bearer auth.jwt"
    assert got.status == ksef_client.Status(415, "Nie", ["Brak uprawnień"])
    assert (got.method_category, got.method_code) == ("XadesSignature", "xades.trusted-profile")
    assert got.is_redeemed is None
    assert got.refresh_valid_until is None


def test_the_older_word_for_the_method_stands_in(client, says):
    says({"startDate": MOMENT, "authenticationMethod": "Token", "status": {"code": 100}})
    got = client.authentication_status(REFERENCE, "auth.jwt")
    assert (got.method_category, got.method_code, got.status.code) == ("", "Token", 100)


def test_tokens_are_redeemed_and_refreshed(client, server, says):
    access = {"token": "a.jwt", "validUntil": MOMENT}
    refresh = {"token": "r.jwt", "validUntil": "2026-10-17T10:00:00Z"}
    says({"accessToken": access, "refreshToken": refresh}, {"accessToken": access})
    tokens = client.redeem("auth.jwt")
    assert (tokens.access.value, tokens.refresh.value) == ("a.jwt", "r.jwt")
    assert tokens.refresh.valid_until == datetime.datetime(2026, 10, 17, 10, tzinfo=UTC)
    assert client.refresh("r.jwt").value == "a.jwt"
    assert [seen.path for seen in server.seen] == [
        "/v2/auth/token/redeem",
        "/v2/auth/token/refresh",
    ]
    assert [seen.headers["authorization"] for seen in server.seen] == [
        "Bearer auth.jwt",
        "Bearer r.jwt",
    ]


def test_tokens_stay_out_of_representations(client, says):
    says({"accessToken": {"token": "a.jwt", "validUntil": MOMENT}}, STARTED)
    assert "jwt" not in repr(client.refresh("r.jwt"))
    assert "jwt" not in repr(client.authenticate_xades(b"<a/>"))
    assert "jwt" not in repr(client)


def test_authorisations_are_listed_over_all_pages_and_revoked(client, server, says):
    item = {
        "startDate": MOMENT,
        "authenticationMethod": "TrustedProfile",
        "status": {"code": 200, "description": "ok"},
        "referenceNumber": REFERENCE,
        "isCurrent": True,
    }
    says(
        {"items": [item], "continuationToken": "next"},
        {"items": [{**item, "isCurrent": False}], "continuationToken": None},
        {},
    )
    sessions = client.authentication_sessions()
    assert [session.is_current for session in sessions] == [True, False]
    assert "x-continuation-token" not in server.seen[0].headers
    assert server.seen[1].headers["x-continuation-token"] == "next"
    client.revoke_authentication_session(REFERENCE)
    client.revoke_current_authentication_session()
    assert [(seen.method, seen.path) for seen in server.seen[2:]] == [
        ("DELETE", f"/v2/auth/sessions/{REFERENCE}"),
        ("DELETE", "/v2/auth/sessions/current"),
    ]


def test_a_session_is_opened_for_fa3(client, server, says):
    says({"referenceNumber": REFERENCE, "validUntil": MOMENT}, status=201)
    session = client.open_online_session(b"w" * 256, b"i" * 16, "k" * 44)
    assert session.reference == REFERENCE
    assert sent_json(server.seen[0]) == {
        "formCode": {"systemCode": "FA (3)", "schemaVersion": "1-0E", "value": "FA"},
        "encryption": {
            "encryptedSymmetricKey": base64.b64encode(b"w" * 256).decode(),
            "initializationVector": base64.b64encode(b"i" * 16).decode(),
            "publicKeyId": "k" * 44,
        },
    }


def test_an_invoice_is_sent_with_its_hashes(client, server, says):
    says({"referenceNumber": INVOICE}, status=202)
    got = client.send_invoice(REFERENCE, invoice_hash=HASH, invoice_size=7, encrypted=b"e" * 16)
    assert got == INVOICE
    assert server.seen[0].path == f"/v2/sessions/online/{REFERENCE}/invoices"
    assert server.seen[0].headers["authorization"] == "Bearer access.jwt"
    body = sent_json(server.seen[0])
    assert body == {
        "invoiceHash": HASH_BASE64,
        "invoiceSize": 7,
        "encryptedInvoiceHash": base64.b64encode(hashlib.sha256(b"e" * 16).digest()).decode(),
        "encryptedInvoiceSize": 16,
        "encryptedInvoiceContent": base64.b64encode(b"e" * 16).decode(),
        "offlineMode": False,
    }
    client.send_invoice(
        REFERENCE,
        invoice_hash=HASH,
        invoice_size=7,
        encrypted=b"e" * 16,
        offline=True,
        hash_of_corrected=HASH,
    )
    body = sent_json(server.seen[1])
    assert body["offlineMode"] is True
    assert body["hashOfCorrectedInvoice"] == HASH_BASE64


def test_a_session_is_closed(client, server, answer):
    server.answer(answer(status=204, content_type=""))
    client.close_online_session(REFERENCE)
    assert server.seen[0].path == f"/v2/sessions/online/{REFERENCE}/close"


def test_the_status_of_a_session(client, says):
    says(
        {
            "status": {"code": 200, "description": "ok"},
            "dateCreated": MOMENT,
            "dateUpdated": MOMENT,
            "upo": {
                "pages": [
                    {
                        "referenceNumber": INVOICE,
                        "downloadUrl": "https://x/?sig=s",
                        "downloadUrlExpirationDate": MOMENT,
                    }
                ]
            },
            "invoiceCount": 3,
            "successfulInvoiceCount": 2,
            "failedInvoiceCount": 1,
        }
    )
    got = client.session_status(REFERENCE)
    assert (got.invoice_count, got.successful, got.failed) == (3, 2, 1)
    assert got.valid_until is None
    (page,) = got.upo_pages
    assert (page.reference, page.url) == (INVOICE, "https://x/?sig=s")
    assert "sig=" not in repr(got)


INVOICE_STATUS = {
    "ordinalNumber": 1,
    "invoiceNumber": "FV/2026/10/1",
    "ksefNumber": NUMBER,
    "referenceNumber": INVOICE,
    "invoiceHash": HASH_BASE64,
    "acquisitionDate": MOMENT,
    "invoicingDate": MOMENT,
    "permanentStorageDate": None,
    "upoDownloadUrl": None,
    "invoicingMode": "Offline",
    "status": {"code": 200, "description": "Sukces"},
}


def test_the_status_of_an_invoice(client, server, says):
    duplicate = {
        **INVOICE_STATUS,
        "ksefNumber": None,
        "invoicingMode": None,
        "status": {
            "code": 440,
            "description": "Duplikat faktury",
            "details": ["Duplikat"],
            "extensions": {"originalKsefNumber": NUMBER, "nothing": None},
        },
    }
    says(INVOICE_STATUS, duplicate)
    got = client.invoice_status(REFERENCE, INVOICE)
    assert server.seen[0].path == f"/v2/sessions/{REFERENCE}/invoices/{INVOICE}"
    assert (got.ksef_number, got.invoice_hash, got.invoicing_mode) == (NUMBER, HASH, "Offline")
    assert got.permanent_storage_date is None
    assert got.status.extensions == {}
    got = client.invoice_status(REFERENCE, INVOICE)
    assert (got.ksef_number, got.status.code) == ("", 440)
    assert got.status.extensions == {"originalKsefNumber": NUMBER}


def test_invoices_of_a_session_come_in_pages(client, server, says):
    says({"invoices": [INVOICE_STATUS], "continuationToken": "n"}, {"invoices": []})
    page = client.session_invoices(REFERENCE, page_size=1000)
    assert server.seen[0].path == f"/v2/sessions/{REFERENCE}/invoices?pageSize=1000"
    assert [item.reference for item in page.items] == [INVOICE]
    last = client.session_invoices(REFERENCE, continuation=page.continuation)
    assert server.seen[1].headers["x-continuation-token"] == "n"
    assert server.seen[1].path == f"/v2/sessions/{REFERENCE}/invoices"
    assert (last.items, last.continuation) == ([], None)


def test_sessions_are_listed(client, server, says):
    item = {
        "referenceNumber": REFERENCE,
        "status": {"code": 170, "description": "zamknięta"},
        "dateCreated": MOMENT,
        "dateUpdated": MOMENT,
        "totalInvoiceCount": 1,
        "successfulInvoiceCount": 1,
        "failedInvoiceCount": 0,
    }
    says({"sessions": [item]})
    warsaw = datetime.timezone(datetime.timedelta(hours=2))
    (got,) = client.sessions(
        "Online",
        created_from=datetime.datetime(2026, 10, 10, 12, tzinfo=warsaw),
        statuses=("InProgress", "Failed"),
    )
    assert (got.reference, got.status.code, got.invoice_count) == (REFERENCE, 170, 1)
    assert server.seen[0].path == (
        "/v2/sessions?sessionType=Online&dateCreatedFrom=2026-10-10T10%3A00%3A00Z"
        "&statuses=InProgress&statuses=Failed&pageSize=1000"
    )


def test_a_list_that_never_ends_is_left(client, server, says):
    says({"sessions": [], "continuationToken": "same"})
    assert client.sessions("Online") == []
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    ("call", "path"),
    [
        (
            lambda client: client.upo_of_invoice(REFERENCE, INVOICE),
            f"/v2/sessions/{REFERENCE}/invoices/{INVOICE}/upo",
        ),
        (
            lambda client: client.upo_of_invoice_by_number(REFERENCE, NUMBER),
            f"/v2/sessions/{REFERENCE}/invoices/ksef/{NUMBER}/upo",
        ),
        (
            lambda client: client.upo_of_session(REFERENCE, INVOICE),
            f"/v2/sessions/{REFERENCE}/upo/{INVOICE}",
        ),
        (lambda client: client.invoice(NUMBER), f"/v2/invoices/ksef/{NUMBER}"),
    ],
)
def test_documents_come_byte_for_byte(client, server, answer, call, path):
    document = "<?xml version='1.0'?>\r\n<Ą> </Ą>\n".encode()
    hashed = base64.b64encode(hashlib.sha256(document).digest()).decode()
    server.answer(
        answer(body=document, content_type="application/xml", headers={"x-ms-meta-hash": hashed})
    )
    assert call(client) == document
    assert server.seen[0].path == path
    assert server.seen[0].headers["accept"] == "application/xml"
    assert server.seen[0].headers["authorization"] == "Bearer access.jwt"


METADATA = {
    "ksefNumber": NUMBER,
    "invoiceNumber": "FV/1",
    "issueDate": "2026-10-09",
    "invoicingDate": MOMENT,
    "acquisitionDate": MOMENT,
    "permanentStorageDate": MOMENT,
    "seller": {"nip": "5265877635", "name": None},
    "buyer": {"identifier": {"type": "None", "value": None}, "name": "Kowalski"},
    "netAmount": 100.1,
    "grossAmount": 123,
    "vatAmount": 22.9,
    "currency": "PLN",
    "invoicingMode": "Online",
    "invoiceType": "Vat",
    "formCode": {"systemCode": "FA (3)", "schemaVersion": "1-0E", "value": "FA"},
    "isSelfInvoicing": False,
    "hasAttachment": False,
    "invoiceHash": HASH_BASE64,
}


def test_metadata_is_asked_in_utc_and_read_without_rounding(client, server, says):
    says(
        {
            "hasMore": True,
            "isTruncated": False,
            "permanentStorageHwmDate": MOMENT,
            "invoices": [METADATA],
        }
    )
    page = client.query_metadata(
        subject="Subject1",
        date_type="PermanentStorage",
        date_from=datetime.datetime(
            2026, 10, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=2))
        ),
        restrict_to_hwm=True,
        invoice_number="FV/1",
        buyer=("None", ""),
        page_offset=2,
        page_size=250,
    )
    assert server.seen[0].path == (
        "/v2/invoices/query/metadata?sortOrder=Asc&pageOffset=2&pageSize=250"
    )
    assert sent_json(server.seen[0]) == {
        "subjectType": "Subject1",
        "dateRange": {
            "dateType": "PermanentStorage",
            "from": "2026-10-01T00:00:00Z",
            "restrictToPermanentStorageHwmDate": True,
        },
        "invoiceNumber": "FV/1",
        "buyerIdentifier": {"type": "None"},
    }
    (got,) = page.items
    assert (page.has_more, page.is_truncated) == (True, False)
    assert page.hwm == datetime.datetime(2026, 10, 10, 10, 0, 0, 123456, UTC)
    assert (got.net, got.gross, got.vat) == (Decimal("100.1"), Decimal(123), Decimal("22.9"))
    assert got.issue_date == datetime.date(2026, 10, 9)
    assert (got.invoice_hash, got.hash_of_corrected) == (HASH, None)
    assert (got.buyer_type, got.buyer_identifier, got.buyer_name) == ("None", "", "Kowalski")


def test_a_moment_without_zone_is_an_error(client, server):
    with pytest.raises(ValueError, match="time zone"):
        client.query_metadata(
            subject="Subject1",
            date_type="Issue",
            date_from=datetime.datetime(2026, 10, 1),
        )
    assert server.seen == []


def test_permissions_of_the_owner_and_by_grant(client, server, says):
    granted = {
        "id": "0c9a7e88-cb35-4b4c-9d5f-8f2e2bb2c6f2",
        "permissionScope": "InvoiceWrite",
        "description": "Sprzedaż",
        "permissionState": "Active",
        "startDate": MOMENT,
        "canDelegate": True,
    }
    says(
        {"permissions": [granted], "ownerPermissions": ["CredentialsManage"], "hasMore": True},
        {"permissions": [{**granted, "permissionScope": "SomethingNew"}], "hasMore": False},
    )
    got = client.personal_permissions()
    assert [(item.scope, item.owner) for item in got] == [
        ("CredentialsManage", True),
        ("InvoiceWrite", False),
        ("SomethingNew", False),
    ]
    assert [seen.path.split("?")[1] for seen in server.seen] == [
        "pageOffset=0&pageSize=100",
        "pageOffset=1&pageSize=100",
    ]


def test_limits(client, says):
    says({"other": {"perSecond": 10, "perMinute": 30, "perHour": -1}, "new": "thing"})
    assert client.rate_limits() == {"other": {"perSecond": 10, "perMinute": 30, "perHour": -1}}


def test_warnings_are_kept_once(client, server, answer):
    warned = answer(body=b"[]", headers={"X-System-Warning": "[sig-001]: Podpis"})
    other = answer(body=b"[]", headers={"X-System-Warning": "[x]: y | [z]: w"})
    server.answer(warned, warned, other, answer(body=b"[]"))
    for _number in range(4):
        client.public_keys()
    assert client.warnings == ["[sig-001]: Podpis", "[x]: y | [z]: w"]


@pytest.mark.parametrize("reference", ["", "../auth/challenge", "a/b", "a?b", "x" * 65, "ą"])
def test_an_identifier_cannot_lead_elsewhere(client, server, reference):
    with pytest.raises(ValueError, match="reference"):
        client.session_status(reference)
    assert server.seen == []


def test_without_a_token_nothing_is_sent(server):
    client = ksef_client.Client(environments.simulator(server.url))
    with pytest.raises(ValueError, match="access token"):
        client.rate_limits()
    assert server.seen == []


@pytest.mark.parametrize("token", ["a b", "a\nb", "\u017c", "\x7f"])
def test_a_damaged_token_is_not_sent(server, token):
    client = ksef_client.Client(environments.simulator(server.url), access_token=token)
    with pytest.raises(ValueError, match="token"):
        client.rate_limits()
    assert server.seen == []


@pytest.mark.parametrize("continuation", ["a\r\nX-Evil: 1", "\u017c"])
def test_a_continuation_that_is_no_header_is_not_taken(client, says, continuation):
    says({"invoices": [], "continuationToken": continuation})
    with pytest.raises(errors.Unknown, match="continuationToken"):
        client.session_invoices(REFERENCE)


def test_one_number_is_both_timeouts(server, says):
    says([])
    assert ksef_client.Client(environments.simulator(server.url), timeout=3).public_keys() == []


def test_credentials_lying_about_are_not_sent(client, server, says, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    says([], {"other": {}})
    client.public_keys()
    client.rate_limits()
    assert "authorization" not in server.seen[0].headers
    assert server.seen[1].headers["authorization"] == "Bearer access.jwt"
