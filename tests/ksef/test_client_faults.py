"""How calls fail, over real connections: who said no, and whether the request may have arrived."""

import base64
import datetime
import email.utils
import hashlib
import http.client
import json
import logging
import socket
import ssl
import threading

import pytest
import requests

from ksef import client as ksef_client
from ksef import environments, errors

REFERENCE = "20261010-SO-2D2F2D2000-3C3D3C3D3C-01"
PROBLEM = "application/problem+json"
HTML = b"<html><body>Request unsuccessful. Incapsula incident</body></html>"
TOKEN = "eyJsecret.access.token"


def client_of(url, **options):
    options.setdefault("timeout", (2, 0.5))
    return ksef_client.Client(environments.simulator(url), access_token=TOKEN, **options)


@pytest.fixture
def client(server):
    return client_of(server.url)


@pytest.fixture
def fails(server, answer, client):
    """Makes the server answer once and returns the error that the client makes of it."""

    def fails(status, body=b"", content_type=PROBLEM, headers=None):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        server.answer(answer(status, body, content_type, headers or {}))
        with pytest.raises(errors.KsefError) as caught:
            client.close_online_session(REFERENCE)
        error = caught.value
        assert error.operation == "POST /sessions/online/{referenceNumber}/close"
        assert error.http_status == status
        assert error.words
        assert TOKEN not in str(error) + repr(error)
        return error

    return fails


# --- KSeF says no


def test_problem_details(fails):
    error = fails(
        400,
        {
            "title": "Bad Request",
            "status": 400,
            "instance": "/v2/x",
            "detail": "Błędne żądanie",
            "errors": [
                {"code": 21180, "description": "Status sesji nie pozwala.", "details": ["Już."]},
                {"code": 21405, "description": "Błąd walidacji.", "details": None},
            ],
            "timestamp": "2026-10-10T10:00:00Z",
            "traceId": "673843e023c432286660bc0501a3af44",
        },
    )
    assert type(error) is errors.Refused
    assert error.codes == {21180, 21405}
    assert error.errors[0] == errors.ApiError(21180, "Status sesji nie pozwala.", ["Już."])
    assert error.errors[1].details == []
    assert error.trace_id == "673843e023c432286660bc0501a3af44"
    assert "21180 Status sesji nie pozwala: Już." in error.words


def test_the_older_format(fails):
    error = fails(
        400,
        {
            "exception": {
                "exceptionDetailList": [
                    {
                        "exceptionCode": 21173,
                        "exceptionDescription": "Brak sesji.",
                        "details": ["Sesja nie została odnaleziona."],
                    }
                ],
                "serviceCode": "x",
                "timestamp": "2026-10-10T10:00:00Z",
            }
        },
        "application/json; charset=utf-8",
    )
    assert type(error) is errors.Refused
    assert error.errors == [
        errors.ApiError(21173, "Brak sesji.", ["Sesja nie została odnaleziona."])
    ]


def test_gone_has_words_but_no_code(fails):
    error = fails(410, {"title": "Gone", "status": 410, "detail": "Operacja wygasła."})
    assert type(error) is errors.Gone
    assert isinstance(error, errors.Refused)
    assert error.codes == set()
    assert "Operacja wygasła" in error.words


@pytest.mark.parametrize(
    "body",
    [
        {"exception": {"exceptionDetailList": None}},
        {"exception": {}},
        {"errors": ["?", {"code": True, "details": "x"}], "title": 5},
    ],
)
def test_half_an_error_is_still_one(fails, body):
    error = fails(400, body, "application/json")
    assert type(error) is errors.Refused
    assert error.codes == set()


@pytest.mark.parametrize("code", ["21405", 21405])
def test_a_code_may_be_text(fails, code):
    assert fails(400, {"errors": [{"code": code, "description": "x"}]}).codes == {21405}


# --- rights


def test_401(fails):
    error = fails(
        401, {"title": "Unauthorized", "status": 401, "detail": "Token wygasł.", "traceId": "t"}
    )
    assert type(error) is errors.Unauthorised
    assert error.reason_code == ""
    assert "Token wygasł" in error.words
    assert error.trace_id == "t"


def test_a_bare_401_means_the_same(fails):
    assert type(fails(401, b"", "")) is errors.Unauthorised


def test_403_names_what_is_missing(fails):
    security = {"requiredAnyOfPermissions": ["InvoiceWrite"], "presentPermissions": []}
    error = fails(
        403,
        {
            "title": "Forbidden",
            "status": 403,
            "detail": "Brak uprawnień",
            "reasonCode": "missing-permissions",
            "security": security,
        },
    )
    assert type(error) is errors.Unauthorised
    assert (error.reason_code, error.security) == ("missing-permissions", security)


# --- limits


def test_429_says_how_long_to_wait(fails):
    older = {"status": {"code": 429, "description": "Too Many Requests", "details": ["x"]}}
    assert fails(429, older, "application/json", {"Retry-After": "30"}).retry_after == 30
    assert type(fails(429, {"title": "Too Many Requests", "status": 429})) is errors.Limited


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 60),
        ("", 60),
        ("soon", 60),
        ("0", 1),
        ("-5", 60),
        ("999999", 86400),
        ("9" * 30, 60),
        ("\u0663", 60),
    ],
)
def test_429_with_an_odd_header(fails, header, seconds):
    headers = {} if header is None else {"Retry-After": header.encode("utf-8").decode("latin-1")}
    assert fails(429, b"", "", headers).retry_after == seconds


def test_429_with_a_date(fails):
    later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=90)
    header = email.utils.format_datetime(later, usegmt=True)
    assert 80 <= fails(429, HTML, "text/html", {"Retry-After": header}).retry_after <= 91
    past = email.utils.formatdate(0, usegmt=True)
    assert fails(429, b"", "", {"Retry-After": past}).retry_after == 1


# --- not KSeF's answer


@pytest.mark.parametrize(
    ("status", "body", "content_type"),
    [
        (400, HTML, "text/html"),
        (403, HTML, "text/html; charset=utf-8"),
        (403, b"", ""),
        (401, HTML, "text/html"),
        (404, b"not found", "text/plain"),
        (400, b"{", "application/json"),
        (400, b"[]", "application/json"),
        (400, b'{"message": "gateway"}', "application/json"),
        (400, b"[" * 100_000, "application/json"),
        (408, {"title": "Request Timeout", "status": 408}, PROBLEM),
        (500, {"title": "Error", "status": 500, "detail": "Awaria"}, PROBLEM),
        (502, HTML, "text/html"),
        (503, HTML, "text/html"),
        (504, b"", ""),
        (302, b"", ""),
    ],
)
def test_everything_else_is_unknown(fails, status, body, content_type):
    error = fails(status, body, content_type, {"Location": "https://login.example/"})
    assert type(error) is errors.Unknown
    assert error.kind == "http"
    assert error.may_have_arrived


def test_redirects_are_not_followed(fails, server):
    fails(307, b"", "", {"Location": f"{server.url}/elsewhere"})
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (HTML, "text/html"),
        (b"", ""),
        (b"{", "application/json"),
        (b"\xff\xfe{", "application/json"),
        (b"[]", "application/json"),
        (b"{}", "application/json"),
        (b'{"referenceNumber": 5}', "application/json"),
        (b'{"referenceNumber": null}', "application/json"),
    ],
)
def test_a_success_that_cannot_be_read_is_unknown(server, answer, client, body, content_type):
    server.answer(answer(202, body, content_type))
    with pytest.raises(errors.Unknown) as caught:
        client.send_invoice(REFERENCE, invoice_hash=b"", invoice_size=1, encrypted=b"")
    assert caught.value.kind == "unreadable"
    assert caught.value.may_have_arrived
    assert caught.value.http_status == 202


@pytest.mark.parametrize("moment", ["yesterday", "2026-13-01T00:00:00Z", "2026-10-10", 5, None])
def test_a_moment_that_is_none(server, answer, client, moment):
    body = {"referenceNumber": REFERENCE, "validUntil": moment}
    server.answer(answer(201, json.dumps(body).encode()))
    with pytest.raises(errors.Unknown, match="validUntil"):
        client.open_online_session(b"", b"")


def test_a_damaged_document_is_not_taken(server, answer, client):
    right = base64.b64encode(hashlib.sha256(b"<UPO/>").digest()).decode()
    for headers in ({"x-ms-meta-hash": right}, {"x-ms-meta-hash": "?"}):
        server.answer(answer(body=b"<UPO />", content_type="application/xml", headers=headers))
        with pytest.raises(errors.Unknown, match="hash"):
            client.upo_of_invoice(REFERENCE, REFERENCE)


@pytest.mark.parametrize(
    ("body", "content_type"), [(HTML, "text/html"), (b"{}", "application/json"), (b"", "")]
)
def test_a_document_of_another_kind_is_not_taken(server, answer, client, body, content_type):
    server.answer(answer(body=body, content_type=content_type))
    with pytest.raises(errors.Unknown) as caught:
        client.upo_of_invoice(REFERENCE, REFERENCE)
    assert caught.value.kind == "unreadable"


def test_an_endless_answer_is_cut_off(server, answer, client):
    server.answer(answer(body=b" " * (8 * 1024 * 1024 + 1)))
    with pytest.raises(errors.Unknown, match="larger"):
        client.public_keys()


# --- the connection


def unknown(call):
    with pytest.raises(errors.Unknown) as caught:
        call()
    assert caught.value.http_status is None
    assert TOKEN not in str(caught.value)
    return caught.value.kind, caught.value.may_have_arrived


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def test_nobody_listens():
    client = client_of(f"http://127.0.0.1:{free_port()}")
    assert unknown(client.challenge) == ("connect", False)


def test_the_name_is_not_known(monkeypatch):
    def refuse(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert unknown(client_of("http://api.ksef.invalid").challenge) == ("dns", False)


def test_the_connection_does_not_come_to_be(monkeypatch):
    def wait(self, address):
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket.socket, "connect", wait)
    assert unknown(client_of("http://127.0.0.1:9").challenge) == ("timeout", False)


@pytest.mark.parametrize("url", ["nowhere", "http://", "gopher://127.0.0.1", "http://a..b"])
def test_an_address_that_is_none(url):
    kind, may_have_arrived = unknown(client_of(url).challenge)
    assert kind in ("connect", "dns")
    assert not may_have_arrived


def test_tls_is_not_spoken_there(server):
    client = client_of(server.url.replace("http://", "https://"))
    assert unknown(client.challenge) == ("tls", False)
    assert server.seen == []


def test_a_proxy_that_is_not_there(server, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("no_proxy", "")
    assert unknown(client_of(server.url).challenge) == ("connect", False)
    assert server.seen == []


@pytest.fixture
def tls_server(rsa_person, tmp_path):
    """Speaks TLS with a certificate nobody trusts; ``cut`` ends the connection after it read."""
    (tmp_path / "key.pem").write_bytes(rsa_person.key_pem)
    (tmp_path / "cert.pem").write_bytes(rsa_person.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    listener = socket.create_server(("127.0.0.1", 0))
    heard = []

    def serve():
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(connection, server_side=True) as speaking:
                    heard.append(speaking.recv(65536))
            except OSError:
                connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"https://127.0.0.1:{listener.getsockname()[1]}", heard
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def test_an_untrusted_certificate_stops_before_anything_is_sent(tls_server):
    url, heard = tls_server
    assert unknown(client_of(url).challenge) == ("tls", False)
    assert heard == []


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_tls_that_breaks_after_the_request_may_have_brought_it(tls_server):
    url, heard = tls_server
    session = requests.Session()
    session.verify = False
    session.trust_env = False
    kind, may_have_arrived = unknown(client_of(url, session=session).challenge)
    assert kind in ("reset", "tls")
    assert may_have_arrived
    assert heard[0].startswith(b"POST /v2/auth/challenge")


def test_a_handshake_that_is_cut_or_hangs_brought_nothing():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        assert unknown(client_of(url).challenge) == ("tls", False)

        def cut():
            connection, _address = listener.accept()
            connection.recv(10)
            connection.close()

        # the connection of the hanging handshake above waits in the queue, too
        listener.accept()[0].close()
        thread = threading.Thread(target=cut)
        thread.start()
        assert unknown(client_of(url).challenge) == ("tls", False)
        thread.join()


def test_the_answer_does_not_come(server, answer, client):
    server.answer(answer(wait=1.5))
    assert unknown(client.challenge) == ("timeout", True)
    assert len(server.seen) == 1


def test_the_connection_breaks_instead_of_an_answer(server, answer, client):
    server.answer(answer(cut=True))
    assert unknown(client.challenge) == ("reset", True)


def test_the_connection_breaks_within_the_answer(server, answer, client):
    server.answer(answer(body=b"[]", length=100))
    assert unknown(client.challenge) == ("reset", True)


def test_an_answer_that_is_no_http():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def babble():
            connection, _address = listener.accept()
            connection.recv(65536)
            connection.sendall(b"\x00\x01\x02 nothing like HTTP\r\n\r\n")
            connection.close()

        thread = threading.Thread(target=babble)
        thread.start()
        client = client_of(f"http://127.0.0.1:{listener.getsockname()[1]}")
        assert unknown(client.challenge) == ("reset", True)
        thread.join()


def test_a_dripping_answer_ends():
    """Each drop comes within the read time-out; all of them do not."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        finished = threading.Event()

        def drip():
            connection, _address = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    b"Transfer-Encoding: chunked\r\n\r\n"
                )
                try:
                    while not finished.wait(0.05):
                        connection.sendall(b"1\r\n \r\n")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        client = client_of(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=(1, 0.2))
        with pytest.raises(errors.Unknown, match="slow"):
            client.challenge()
        finished.set()
        thread.join()


def test_neither_tokens_nor_bodies_are_logged(server, answer, client, caplog):
    http.client.HTTPConnection.debuglevel = 0
    caplog.set_level(logging.DEBUG)
    server.answer(answer(400, b'{"title": "secret-answer", "status": 400}', PROBLEM))
    with pytest.raises(errors.Refused):
        client.send_invoice(REFERENCE, invoice_hash=b"h" * 32, invoice_size=9, encrypted=b"e" * 16)
    assert TOKEN not in caplog.text
    assert "secret-answer" not in caplog.text
    assert base64.b64encode(b"e" * 16).decode() not in caplog.text
