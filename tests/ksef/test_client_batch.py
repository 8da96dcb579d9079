"""Batch sessions on the wire: what is declared, where the parts go, and how it fails."""

import base64
import hashlib
import json

import pytest

from ksef import client as ksef_client
from ksef import environments, errors
from ksef.crypto import SessionKey
from ksef.packages import Compression, packed

REFERENCE = "20261010-SB-213D593000-4DE10D80A5-E9"
KEY_ID = "k" * 44
TOKEN = "access.jwt"
PATH = "/storage/00/20261010-sb/batch-parts/1?se=2026-10-10T10%3A10%3A54Z&sp=w&sig=8mKZ%2Bn7w%3D"


@pytest.fixture
def client(server):
    return ksef_client.Client(
        environments.simulator(server.url), access_token=TOKEN, timeout=(2, 0.5)
    )


@pytest.fixture
def key():
    return SessionKey.new()


@pytest.fixture
def package(key):
    """In three parts."""
    documents = [("a.xml", b"<Faktura>1</Faktura>"), ("b.xml", b"<Faktura>2</Faktura>")]
    with packed(documents, key, part_bytes=100) as package:
        assert len(package.parts) == 3
        yield package


def upload_request(server, ordinal, **changed):
    return {
        "ordinalNumber": ordinal,
        "method": "PUT",
        "url": f"{server.url}{PATH}",
        "headers": {"x-ms-blob-type": "BlockBlob", "x-nothing": None},
        **changed,
    }


@pytest.fixture
def opens(server, answer):
    """Makes the server open a session."""

    def opens(*uploads):
        body = {"referenceNumber": REFERENCE, "partUploadRequests": list(uploads)}
        server.answer(answer(201, json.dumps(body).encode()))

    return opens


def test_opening(client, server, opens, package, key):
    opens(*(upload_request(server, ordinal) for ordinal in (2, 3, 1)))
    session = client.open_batch_session(package, b"wrapped", key.iv, KEY_ID, offline=True)
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("POST", "/v2/sessions/batch")
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    sent = json.loads(seen.body)
    assert sent["formCode"] == {"systemCode": "FA (3)", "schemaVersion": "1-0E", "value": "FA"}
    assert sent["offlineMode"] is True
    assert sent["encryption"] == {
        "encryptedSymmetricKey": base64.b64encode(b"wrapped").decode(),
        "initializationVector": base64.b64encode(key.iv).decode(),
        "publicKeyId": KEY_ID,
    }
    archive = b"".join(key.decrypt(part.path.read_bytes()) for part in package.parts)
    assert sent["batchFile"] == {
        "fileSize": len(archive),
        "fileHash": base64.b64encode(hashlib.sha256(archive).digest()).decode(),
        "compressionType": "Zip",
        "fileParts": [
            {
                "ordinalNumber": part.ordinal,
                "fileSize": len(part.path.read_bytes()),
                "fileHash": base64.b64encode(
                    hashlib.sha256(part.path.read_bytes()).digest()
                ).decode(),
            }
            for part in package.parts
        ],
    }
    assert session.reference == REFERENCE
    assert [upload.ordinal for upload in session.uploads] == [1, 2, 3]
    assert session.uploads[0].headers == {"x-ms-blob-type": "BlockBlob"}
    assert "sig=" not in repr(session), "the address holds a key"


def test_opening_for_online_invoices_in_a_tar(client, server, opens, key):
    opens(upload_request(server, 1))
    with packed([("a.xml", b"1")], key, compression=Compression.TAR_GZ) as package:
        client.open_batch_session(package, b"wrapped", key.iv)
    sent = json.loads(server.seen[0].body)
    assert sent["batchFile"]["compressionType"] == "TarGz"
    assert sent["offlineMode"] is False
    assert "publicKeyId" not in sent["encryption"]


@pytest.mark.parametrize(
    "change",
    [
        {"ordinalNumber": 4},
        {"ordinalNumber": 2},
        {"ordinalNumber": None},
        {"method": "GET"},
        {"method": None},
        {"url": None},
        {"headers": {"a b": "c"}},
        {"headers": {"x-a": "c\r\nX-B: d"}},
        {"headers": {"x-a": "ż"}},
    ],
)
def test_instructions_that_cannot_be_followed(client, server, opens, package, key, change):
    """They are found before anything is uploaded; the session ends by itself."""
    opens(upload_request(server, 2), upload_request(server, 3), upload_request(server, 1, **change))
    with pytest.raises(errors.Unknown) as caught:
        client.open_batch_session(package, b"wrapped", key.iv)
    assert caught.value.kind == "unreadable"
    assert len(server.seen) == 1


def test_a_part_is_missing_in_the_instructions(client, server, opens, package, key):
    opens(upload_request(server, 1), upload_request(server, 2))
    with pytest.raises(errors.Unknown, match="do not fit"):
        client.open_batch_session(package, b"wrapped", key.iv)


def test_opening_is_refused(client, server, answer, package, key):
    body = {
        "title": "Bad Request",
        "status": 400,
        "errors": [{"code": 21157, "description": "Nieprawidłowy rozmiar części pakietu."}],
    }
    server.answer(answer(400, json.dumps(body).encode(), "application/problem+json"))
    with pytest.raises(errors.Refused) as caught:
        client.open_batch_session(package, b"wrapped", key.iv)
    assert caught.value.codes == {21157}


def upload_of(server, **changed):
    given = {"ordinal": 1, "method": "PUT", "url": f"{server.url}{PATH}"}
    return ksef_client.PartUpload(
        **{**given, "headers": {"x-ms-blob-type": "BlockBlob"}, **changed}
    )


def test_uploading(client, server, answer, package):
    server.answer(answer(201, b"", ""))
    for part in package.parts:
        client.upload_part(upload_of(server, ordinal=part.ordinal), part)
    assert [seen.body for seen in server.seen] == [part.path.read_bytes() for part in package.parts]
    for seen, part in zip(server.seen, package.parts, strict=True):
        assert (seen.method, seen.path) == ("PUT", PATH)
        assert seen.headers["x-ms-blob-type"] == "BlockBlob"
        assert seen.headers["content-length"] == str(part.size)
        assert hashlib.sha256(seen.body).digest() == part.sha256
        assert "authorization" not in seen.headers
        assert TOKEN not in json.dumps(seen.headers) + seen.path


def test_the_method_is_the_one_that_ksef_named(client, server, answer, package):
    server.answer(answer(201, b"", ""))
    client.upload_part(upload_of(server, method="POST", headers={}), package.parts[0])
    assert server.seen[0].method == "POST"
    assert "x-ms-blob-type" not in server.seen[0].headers


@pytest.mark.parametrize(
    "url",
    [
        "https://ksef-api-storage/storage/00/batch-parts/1?sig=x",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:1/storage/1",
        "file:///etc/passwd",
        "http://user@127.0.0.1/x",
        "",
    ],
)
def test_no_address_outside_ksef_is_called(client, server, package, url):
    with pytest.raises(errors.Unknown) as caught:
        client.upload_part(upload_of(server, url=url), package.parts[0])
    assert caught.value.kind == "address"
    assert not caught.value.may_have_arrived
    assert "sig=" not in str(caught.value)
    assert server.seen == []


def test_the_storage_of_the_test_environment_may_be_called():
    """As it was seen there: the host of the API."""
    host = "https://api-test.ksef.mf.gov.pl"
    assert environments.TEST.allows(f"{host}/storage/09/sb/batch-parts/1.zip.enc?sp=w&sig=d%3D")
    assert not environments.PRODUCTION.allows(f"{host}/storage/09/sb/batch-parts/1?sp=w&sig=d%3D")


@pytest.mark.parametrize("status", [400, 401, 403])
def test_the_storage_refuses(client, server, answer, package, status):
    body = (
        '\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code>'
        "<Message>Signature not valid in the specified time frame.</Message></Error>"
    ).encode()
    server.answer(answer(status, body, "application/xml"))
    with pytest.raises(errors.Refused) as caught:
        client.upload_part(upload_of(server), package.parts[0])
    error = caught.value
    assert error.http_status == status
    assert error.codes == set()
    assert "AuthenticationFailed: Signature not valid in the specified time frame." in error.words


def test_the_storage_refuses_without_a_word(client, server, answer, package):
    server.answer(answer(403, b"", "application/xml"))
    with pytest.raises(errors.Refused, match="HTTP 403"):
        client.upload_part(upload_of(server), package.parts[0])


@pytest.mark.parametrize(
    ("status", "content_type"),
    [
        (200, "text/html"),  # the edge lets nothing pass and says that all is well
        (200, ""),
        (202, ""),
        (302, ""),
        (401, ""),  # no word about our login: the storage does not know it
        (403, "text/html"),
        (429, ""),
        (500, "application/xml"),
        (503, "text/html"),
    ],
)
def test_no_proof_that_it_is_stored(client, server, answer, package, status, content_type):
    server.answer(answer(status, b"<html>Incapsula incident</html>", content_type))
    with pytest.raises(errors.KsefError) as caught:
        client.upload_part(upload_of(server), package.parts[0])
    error = caught.value
    assert type(error) is errors.Unknown
    assert (error.kind, error.http_status) == ("http", status)
    assert error.may_have_arrived


def test_the_answer_to_an_upload_is_lost(client, server, answer, package):
    server.answer(answer(cut=True))
    with pytest.raises(errors.Unknown) as caught:
        client.upload_part(upload_of(server), package.parts[0])
    assert caught.value.may_have_arrived
    server.answer(answer(201, wait=1))
    with pytest.raises(errors.Unknown) as caught:
        client.upload_part(upload_of(server), package.parts[0])
    assert caught.value.kind == "timeout"
    assert caught.value.may_have_arrived


def test_nobody_there(server, package):
    client = ksef_client.Client(environments.simulator("http://127.0.0.1:1"), timeout=1)
    upload = upload_of(server, url="http://127.0.0.1:1/storage/1")
    with pytest.raises(errors.Unknown) as caught:
        client.upload_part(upload, package.parts[0])
    assert caught.value.kind == "connect"
    assert not caught.value.may_have_arrived


def test_closing(client, server, answer):
    server.answer(answer(204, b"", ""))
    client.close_batch_session(REFERENCE)
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("POST", f"/v2/sessions/batch/{REFERENCE}/close")
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    assert seen.body == b""


def test_closing_is_refused(client, server, answer):
    body = {
        "exception": {
            "exceptionDetailList": [
                {
                    "exceptionCode": 21205,
                    "exceptionDescription": "Pakiet nie może być pusty.",
                    "details": ["Nie przesłano zadeklarowanej '1' części pliku."],
                }
            ]
        }
    }
    server.answer(answer(400, json.dumps(body).encode()))
    with pytest.raises(errors.Refused) as caught:
        client.close_batch_session(REFERENCE)
    assert caught.value.codes == {21205}
    assert "Nie przesłano zadeklarowanej" in caught.value.words
