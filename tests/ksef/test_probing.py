"""Whether KSeF answers, over real connections, and what it was when it did not."""

import datetime
import json
import socket
import ssl
import struct
import threading

import pytest
import requests

from ksef import environments, probing
from ksef.probing import Failure, probe, probe_host
from tests.ksef.with_simulator.conftest import Simulator

PATH = "/v2/security/public-key-certificates"
KEYS = [{"certificate": "MIIB", "usage": ["SymmetricKeyEncryption"], "newField": 1}]
HTML = b"<html><body>Request unsuccessful. Incapsula incident ID: 0</body></html>"
PROBLEM = "application/problem+json"
UNAVAILABLE = b'{"title": "Service Unavailable", "status": 503, "detail": "x"}'
QUICK = (2, 0.4)


@pytest.fixture
def ask(server, answer):
    """Makes the server answer with this, and probes it."""

    def ask(status=200, body=KEYS, content_type="application/json", timeout=QUICK, **more):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        server.answer(answer(status, body, content_type, **more))
        return asked(server.url, timeout=timeout)

    return ask


def asked(url, **options):
    options.setdefault("timeout", QUICK)
    found = probe(environments.simulator(url), **options)
    assert found.url == f"{url}{PATH}"
    assert found.available == (found.failure is None)
    assert isinstance(found.milliseconds, int) and found.milliseconds >= 0
    assert found.moment.utcoffset() == datetime.timedelta(0)
    assert found.words and "%" not in found.words
    return found


# --- answers


def test_an_answer(ask, server):
    before = datetime.datetime.now(datetime.timezone.utc)
    found = ask(
        headers={"X-Trace": "żółw\x01".encode().decode("latin-1"), "Set-Cookie": "a=secret"}
    )
    assert found.available
    assert (found.http_status, found.content_type) == (200, "application/json")
    assert before <= found.moment <= datetime.datetime.now(datetime.timezone.utc)
    assert json.loads(found.body) == KEYS
    assert found.headers["Content-Type"] == "application/json"
    assert found.headers["X-Trace"].endswith("w?")
    assert "secret" not in str(dict(found.headers))
    assert found.words == (
        f"{server.url.removeprefix('http://')} answered after {found.milliseconds} ms."
    )
    (seen,) = server.seen
    assert (seen.method, seen.path, seen.body) == ("GET", PATH, b"")
    assert seen.headers["user-agent"] == "l10n_pl_ksef"
    assert seen.headers["x-error-format"] == "problem-details"
    assert not {"authorization", "cookie"} & set(seen.headers)


def test_how_long_it_took(ask):
    found = ask(wait=0.2)
    assert found.available
    assert 200 <= found.milliseconds < 400


def test_no_cookies(ask, server, answer):
    kept = {"Set-Cookie": "incap_ses=1; Path=/"}
    ask(headers=kept)
    ask(headers=kept)
    session = requests.Session()
    session.cookies.set("sso", "secret")
    server.answer(answer(body=json.dumps(KEYS).encode(), headers=kept))
    assert asked(server.url, session=session).available
    assert asked(server.url, session=session).available
    assert [seen.headers.get("cookie") for seen in server.seen] == [None] * 4


@pytest.mark.parametrize(
    ("body", "content_type"), [(b"", ""), (HTML, "text/html"), ({"status": {"code": 429}}, PROBLEM)]
)
def test_asked_too_often_is_an_answer_of_ksef(ask, body, content_type):
    found = ask(429, body, content_type, headers={"Retry-After": "30"})
    assert (found.available, found.http_status, found.headers["Retry-After"]) == (True, 429, "30")
    assert "429" in found.words


@pytest.mark.parametrize(
    ("status", "body", "content_type"),
    [
        (500, {"title": "Error", "status": 500}, PROBLEM),
        (503, UNAVAILABLE, "application/json; charset=utf-8"),
        (400, {"exception": {"exceptionDetailList": []}}, "application/json"),
        (404, {"title": "Not Found", "status": 404}, PROBLEM),
        (504, b"", ""),
        (502, b"", "text/html"),
        (403, b"", ""),
    ],
)
def test_an_error_of_ksef(ask, status, body, content_type):
    found = ask(status, body, content_type)
    assert (found.failure, found.http_status) == (Failure.HTTP, status)
    assert f"HTTP {status}" in found.words


@pytest.mark.parametrize(
    ("status", "body", "content_type"),
    [
        (200, HTML, "text/html; charset=utf-8"),
        (502, HTML, "text/html"),
        (503, HTML, "text/html"),
        (403, HTML, "text/html"),
        (500, {"message": "gateway"}, "application/json"),
        (404, b"not found", "text/plain"),
        (200, HTML, "application/json"),
        (200, KEYS, "text/html"),
        (200, KEYS, ""),
        (200, b"", "application/json"),
        (204, b"", ""),
        (200, b"{", "application/json"),
        (200, b"\xff\xfe[", "application/json"),
        (200, b"[" * 100_000, "application/json"),
        (200, {}, "application/json"),
        (200, {"status": "ok"}, "application/json"),
        (200, [], "application/json"),
        (200, ["x"], "application/json"),
        (200, [{"certificate": None}], "application/json"),
        (302, b"", ""),
        (301, HTML, "text/html"),
    ],
)
def test_an_answer_of_something_else(ask, server, status, body, content_type):
    found = ask(status, body, content_type, headers={"Location": f"{server.url}/portal"})
    assert (found.failure, found.http_status) == (Failure.NOT_KSEF, status)
    assert found.content_type == content_type.split(";")[0]
    assert f"HTTP {status}" in found.words
    # redirects are not followed
    assert [seen.path for seen in server.seen] == [PATH]


@pytest.mark.parametrize("status", [200, 302, 503])
def test_an_endless_answer_is_cut_off(ask, server, status):
    size = 64 * 1024 * 1024
    found = ask(status, HTML * 10_000, "text/html", length=size, headers={"Location": "/"})
    assert (found.failure, found.http_status) == (Failure.NOT_KSEF, status)
    assert found.body == (HTML * 100)[: probing.KEPT_BYTES]


def test_an_endless_error_is_not_ksefs(ask):
    body = UNAVAILABLE.rstrip(b"}") + b" " * probing.MAX_BYTES + b"}"
    assert ask(503, body).failure is Failure.NOT_KSEF


def test_many_and_long_headers_are_cut(ask):
    found = ask(headers={f"X-{number}": "y" * 2000 for number in range(90)})
    assert found.available
    assert len(found.headers) == 50
    assert max(map(len, found.headers.values())) == 500


@pytest.mark.parametrize("location", ["http://[", "//\udcff", "http://a..b", "\x7f"])
def test_a_redirect_to_nonsense(ask, location):
    found = ask(302, b"", "", headers={"Location": location.encode("latin-1", "replace").decode()})
    assert found.failure is Failure.NOT_KSEF


# --- no answer


def failed(found, failure, status=None):
    assert (found.failure, found.http_status) == (failure, status)
    return found


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def test_nobody_listens():
    url = f"http://127.0.0.1:{free_port()}"
    found = failed(asked(url), Failure.CONNECT)
    assert (found.headers, found.body, found.content_type) == ({}, b"", "")


def test_a_name_that_nobody_has():
    # .invalid never resolves (RFC 2606)
    found = failed(probe_host("http://ksef.invalid/"), Failure.DNS)
    assert found.words == "The name ksef.invalid could not be resolved."


def test_nobody_picks_up():
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        # the queue takes one; whoever comes next is not answered at all
        waiting = [socket.socket() for _number in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        found = asked(f"http://127.0.0.1:{address[1]}", timeout=(0.3, 0.3))
        for one in waiting:
            one.close()
    failed(found, Failure.TIMEOUT)
    assert 250 <= found.milliseconds < 2000


def test_no_answer_in_time(ask):
    found = failed(ask(wait=1.0, timeout=(2, 0.3)), Failure.TIMEOUT)
    assert 300 <= found.milliseconds < 900


def test_half_an_answer(ask):
    found = failed(ask(length=5000), Failure.RESET, 200)
    assert found.content_type == "application/json"


def test_a_connection_that_is_cut(ask):
    failed(ask(cut=True), Failure.RESET)


def serve(speak):
    """Let one visitor in and speak with it as told; returns the address and the thread."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run():
        with listener:
            connection, _address = listener.accept()
        with connection:
            speak(connection)

    thread = threading.Thread(target=run)
    thread.start()
    return f"127.0.0.1:{listener.getsockname()[1]}", thread


def test_a_connection_that_is_reset():
    def reset(connection):
        connection.recv(65536)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    address, thread = serve(reset)
    failed(asked(f"http://{address}"), Failure.RESET)
    thread.join()


def test_an_answer_that_is_no_http():
    def greet(connection):
        connection.recv(65536)
        connection.sendall(b"220 mail.example ESMTP\r\n")

    address, thread = serve(greet)
    failed(asked(f"http://{address}"), Failure.RESET)
    thread.join()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("at_once", "drop", "status"),
    [
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", 200),
        (HEAD + b"Content-Length: 9000\r\n\r\n", b" ", 200),
        (HEAD, b"X-Drop: x\r\n", None),
    ],
)
def test_an_answer_that_drips(at_once, drop, status):
    stop = threading.Event()

    def drip(connection):
        connection.recv(65536)
        try:
            connection.sendall(at_once)
            while not stop.wait(0.05):
                connection.sendall(drop)
        except OSError:
            """The visitor has left."""

    address, thread = serve(drip)
    found = asked(f"http://{address}", timeout=(0.4, 0.2))
    stop.set()
    thread.join()
    failed(found, Failure.TIMEOUT, status)
    assert 790 <= found.milliseconds < 2500


def test_a_resolver_that_is_silent(monkeypatch):
    stop = threading.Event()

    def resolve(*args, **kwargs):
        stop.wait(20)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    found = failed(probe_host("http://ksef.invalid/", timeout=(0.2, 0.1)), Failure.TIMEOUT)
    stop.set()
    assert 390 <= found.milliseconds < 2000


def test_an_error_of_our_own_is_not_hidden(server):
    class Broken(requests.Session):
        def send(self, request, **options):
            raise AttributeError("a mistake")

    with pytest.raises(AttributeError, match="a mistake"):
        asked(server.url, session=Broken())


def test_tls_is_not_spoken_there(server):
    failed(probe_host(server.url.replace("http", "https")), Failure.TLS)
    assert server.seen == []


def test_a_certificate_nobody_trusts(rsa_person, tmp_path):
    (tmp_path / "both.pem").write_bytes(rsa_person.key_pem + rsa_person.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")

    def speak(connection):
        with pytest.raises(ssl.SSLError):
            context.wrap_socket(connection, server_side=True)

    address, thread = serve(speak)
    found = failed(asked(f"https://{address}"), Failure.TLS)
    thread.join()
    assert "TLS" in found.words


def test_a_handshake_that_hangs():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = asked(f"https://127.0.0.1:{listener.getsockname()[1]}", timeout=(0.3, 0.3))
    failed(found, Failure.TLS)


def test_a_proxy_that_is_not_there(server, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("no_proxy", "")
    failed(asked(server.url), Failure.CONNECT)
    assert server.seen == []


@pytest.mark.parametrize("url", ["nowhere", "http://", "gopher://x", "http://[", "http://a..b", ""])
def test_an_address_that_is_none(url):
    found = probe_host(url, timeout=QUICK)
    assert found.failure in (Failure.CONNECT, Failure.DNS)
    assert found.words


# --- the neutral host


@pytest.mark.parametrize("status", [200, 204, 302, 401, 404, 405, 500, 503])
def test_any_answer_proves_the_line(server, answer, status):
    server.answer(answer(status, b"", "text/html", {"Location": "http://127.0.0.1:1/"}))
    found = probe_host(f"{server.url}/x", timeout=QUICK)
    assert (found.available, found.url) == (True, f"{server.url}/x")
    assert found.http_status in (status, 501)
    assert len(server.seen) <= 1


def test_the_neutral_host_is_gone():
    url = f"http://user:secret@127.0.0.1:{free_port()}/"
    found = failed(probe_host(url, timeout=QUICK), Failure.CONNECT)
    assert "secret" not in found.words


def test_failures_have_names():
    names = [failure.words for failure in Failure]
    assert len(set(names)) == len(names) == 7


# --- against the simulator


@pytest.fixture(scope="module")
def simulator(tmp_path_factory):
    simulator = Simulator(tmp_path_factory.mktemp("probing") / "log")
    yield simulator
    simulator.stop()


def test_the_simulator_answers(simulator):
    found = probe(simulator.environment)
    assert (found.available, found.http_status, found.failure) == (True, 200, None)
    assert probe_host(simulator.url).available


@pytest.mark.parametrize(
    ("kind", "failure", "status"),
    [
        ("outage", Failure.NOT_KSEF, 503),
        ("error_500", Failure.HTTP, 500),
        ("html_502", Failure.NOT_KSEF, 502),
        ("html_503", Failure.NOT_KSEF, 503),
        ("reset", Failure.RESET, None),
        ("lost_response", Failure.RESET, None),
        ("limited", None, 429),
    ],
)
def test_the_simulator_in_trouble(simulator, kind, failure, status):
    fault = simulator.control("POST", "faults", {"kind": kind, "operation": "*"})
    try:
        failed(probe(simulator.environment, timeout=QUICK), failure, status)
    finally:
        simulator.control("DELETE", "faults", {"id": fault["id"]})
    assert probe(simulator.environment).available
