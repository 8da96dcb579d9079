"""What several tests of the protocol share: certificates, a real HTTP server, a challenge."""

import datetime
import http.server
import threading
import time
from dataclasses import dataclass, field

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

CHALLENGE = "20261010-CR-461EA5B000-537A6BA15D-D7"
NIP = "5265877635"
ORGANISATION_IDENTIFIER = x509.ObjectIdentifier("2.5.4.97")
PERSON = {
    NameOID.COUNTRY_NAME: "PL",
    NameOID.COMMON_NAME: "Łucja Żółć",
    NameOID.GIVEN_NAME: "Łucja",
    NameOID.SURNAME: "Żółć",
    NameOID.SERIAL_NUMBER: "PNOPL-90010112349",
}
SEAL = {
    NameOID.COUNTRY_NAME: "PL",
    NameOID.COMMON_NAME: "Pieczęć próbna",
    NameOID.ORGANIZATION_NAME: "Próba sp. z o.o.",
    ORGANISATION_IDENTIFIER: f"VATPL-{NIP}",
}


@dataclass(frozen=True)
class Identity:
    """A private key with its certificate."""

    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    @property
    def key_der(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )


def issue(key, subject: dict, *, days=(-1, 365), issuer: dict | None = None) -> Identity:
    def name(attributes: dict) -> x509.Name:
        return x509.Name([x509.NameAttribute(oid, text) for oid, text in attributes.items()])

    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer or {NameOID.COMMON_NAME: "Test centre"}))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=days[0]))
        .not_valid_after(now + datetime.timedelta(days=days[1]))
        .sign(key, hashes.SHA256())
    )
    return Identity(key, certificate)


@pytest.fixture(scope="session")
def rsa_key():
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="session")
def make_identity():
    """Makes an identity from a key and a subject."""
    return issue


@pytest.fixture(scope="session")
def rsa_person(rsa_key) -> Identity:
    return issue(rsa_key, PERSON)


@pytest.fixture(scope="session")
def ec_person() -> Identity:
    return issue(ec.generate_private_key(ec.SECP256R1()), PERSON)


@pytest.fixture(scope="session")
def company_seal() -> Identity:
    return issue(ec.generate_private_key(ec.SECP384R1()), SEAL)


@pytest.fixture(scope="session")
def challenge() -> str:
    return CHALLENGE


@pytest.fixture(scope="session")
def nip() -> str:
    return NIP


@dataclass
class Seen:
    """A request as it came over the wire."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    """What the server shall answer; ``then`` replaces the answer by something worse."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    wait: float = 0.0
    length: int | None = None


class Server:
    """A real HTTP server on the loopback, answering from a list; the last answer repeats."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.answers: list[Answer] = [Answer()]
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.seen.append(Seen(self.command, self.path, headers, self.rfile.read(size)))
                answer = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                time.sleep(answer.wait)
                self.close_connection = True
                if answer.cut:
                    return
                self.send_response(answer.status)
                if answer.content_type:
                    self.send_header("Content-Type", answer.content_type)
                length = len(answer.body) if answer.length is None else answer.length
                self.send_header("Content-Length", str(length))
                self.send_header("Connection", "close")
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = do_PUT = do_DELETE = handle_one

            def log_message(self, format, *args) -> None:
                """Keep the test output clean."""

        class Quiet(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address) -> None:
                """A client that went away is what some tests are about."""

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def answer(self, *answers: Answer) -> None:
        self.answers = list(answers)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def answer() -> type[Answer]:
    return Answer
