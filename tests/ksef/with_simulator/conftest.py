"""The protocol against a simulator in a process of its own, as a program meets KSeF."""

import datetime
import os
import socket
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from ksef import certificates, crypto, environments, fa3, xades
from ksef.client import Client
from ksef.fa3 import schema

REPOSITORY = Path(__file__).resolve().parents[3]
OFFICIAL_SCHEMA = REPOSITORY.parent / "shared" / "ksef" / "xsd" / "schemat_FA(3)_v1-0E.xsd"
NIP = "5265877635"


def schema_file() -> Path:
    """The schema of the Odoo on the Python path, of the one in the cache, or the Ministry's."""
    try:
        return schema.path()
    except schema.SchemaMissing:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "l10n_pl_ksef")
        found = [*sorted(cache.glob(f"**/addons/{schema.IN_ADDONS}")), OFFICIAL_SCHEMA]
        existing = [path for path in found if path.is_file()]
        assert existing, "No FA(3) schema: run `make run` once, or set KSEF_FA3_SCHEMA."
        return existing[0]


class Simulator:
    """``python -m simulator`` on a free port of the loopback, without delays and limits."""

    def __init__(self, log: Path, *options: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.environment = environments.simulator(self.url)
        self._http = requests.Session()
        delays = (f"--{name}-delay=0" for name in ("auth", "certificate", "invoice", "storage"))
        command = [sys.executable, "-m", "simulator", f"--port={port}", "--limits=off", "--quiet"]
        command += [f"--fa3-schema={schema_file()}", *delays, *options]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command, cwd=REPOSITORY, stdout=output, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                self.control("GET", "state")
                return
            except requests.ConnectionError:
                ended = self._process.poll() is not None
                if ended or time.monotonic() > deadline:
                    self.stop()
                    pytest.fail(f"the simulator did not start: {log.read_text()}")
                time.sleep(0.1)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)

    def control(self, method: str, path: str, body=None):
        answer = self._http.request(method, f"{self.url}/control/{path}", json=body, timeout=20)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def now(self) -> datetime.datetime:
        return datetime.datetime.fromisoformat(
            self.control("GET", "state")["now"].replace("Z", "+00:00")
        )

    def later(self, **time_span: float) -> None:
        """Move KSeF's clock, and with it everything that ends."""
        seconds = datetime.timedelta(**time_span).total_seconds()
        self.control("POST", "clock", {"forward": seconds})

    def client(self, access_token: str | None = None) -> Client:
        return Client(self.environment, access_token=access_token)

    # --- ways to log in

    def practice_page(self, request: bytes, person: str = "owner") -> bytes:
        """What a person does in the browser: sign the file with the Trusted Profile."""
        answer = self._http.post(
            self.environment.signing_page,
            data={"person": person},
            files={"file": ("request.xml", request, "application/xml")},
            timeout=20,
        )
        assert answer.headers["Content-Type"] == "application/xml", answer.text
        return answer.content

    def log_in_on_practice_page(self, person: str = "owner", nip: str = NIP) -> "Connection":
        client = self.client()
        challenge = client.challenge().challenge
        signed = self.practice_page(xades.auth_token_request(challenge, nip), person)
        seen = xades.examine(signed, challenge, nip, environment=self.environment, now=self.now())
        assert seen.ok and seen.trusted_profile, seen.problems
        return self.finish(client.authenticate_xades(signed))

    def started_with(self, key, certificate, nip: str | None = NIP, **context):
        """Sign with a certificate that lies here: nobody has to act."""
        client = self.client()
        request = xades.auth_token_request(client.challenge().challenge, nip, **context)
        signed = xades.sign(request, key, certificate, signing_time=self.now())
        by = {name: value for name, value in context.items() if name != "by_fingerprint"}
        seen = xades.examine(signed, nip=nip, **by, environment=self.environment, now=self.now())
        assert seen.ok, seen.problems
        return client.authenticate_xades(signed)

    def log_in_with(self, key, certificate, nip: str | None = NIP, **context) -> "Connection":
        return self.finish(self.started_with(key, certificate, nip, **context))

    def started_with_token(self, token: str, nip: str | None = NIP, **context):
        client = self.client()
        challenge = client.challenge()
        key = crypto.choose_key(client.public_keys(), "KsefTokenEncryption", self.now())
        encrypted = crypto.encrypt_token(token, challenge.timestamp_ms, key)
        return client.authenticate_token(
            challenge.challenge, nip, encrypted, key.public_key_id, **context
        )

    def log_in_with_token(self, token: str, nip: str | None = NIP, **context) -> "Connection":
        return self.finish(self.started_with_token(token, nip, **context))

    def outcome(self, started):
        """The status that an authorisation ends with."""
        client = self.client()
        deadline = time.monotonic() + 20
        while True:
            status = client.authentication_status(started.reference, started.token)
            if status.status.code != 100:
                return status
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def finish(self, started) -> "Connection":
        status = self.outcome(started)
        assert status.status.code == 200, status.status
        return Connection(self, self.client().redeem(started.token), status)


class Connection:
    """An authorisation with its tokens."""

    def __init__(self, simulator: Simulator, tokens, status) -> None:
        self.simulator = simulator
        self.tokens = tokens
        self.status = status
        self.client = simulator.client(tokens.access.value)

    def permissions(self) -> set[str]:
        return {item.scope for item in self.client.personal_permissions()}

    def enrol(self, kind: str, key=None, name: str = "Odoo 2026"):
        """Ask for a certificate and fetch it: key, certificate and serial number."""
        key = key or certificates.new_key()
        request = certificates.signing_request(key, self.client.enrollment_data())
        reference = self.client.enroll(name, kind, request)
        deadline = time.monotonic() + 20
        status = self.client.enrollment_status(reference)
        while status.status.code == 100:
            assert time.monotonic() < deadline
            time.sleep(0.01)
            status = self.client.enrollment_status(reference)
        assert status.status.code == 200, status.status
        (fetched,) = self.client.retrieve_certificates([status.serial])
        assert (fetched.serial, fetched.name, fetched.type) == (status.serial, name, kind)
        assert certificates.fits(key, fetched.certificate)
        seen = certificates.describe(fetched.certificate)
        assert (seen.serial, seen.type) == (status.serial, kind)
        return Enrolled(key, fetched.certificate, seen)

    def send(self, data: bytes) -> str:
        """Send an invoice in a session of its own and return its KSeF number."""
        client, now = self.client, self.simulator.now()
        key = crypto.SessionKey.new()
        public = crypto.choose_key(client.public_keys(), "SymmetricKeyEncryption", now)
        session = client.open_online_session(key.wrapped(public), key.iv, public.public_key_id)
        reference = client.send_invoice(
            session.reference,
            invoice_hash=crypto.sha256(data),
            invoice_size=len(data),
            encrypted=key.encrypt(data),
        )
        client.close_online_session(session.reference)
        deadline = time.monotonic() + 20
        while True:
            status = client.invoice_status(session.reference, reference)
            if status.status.code not in (100, 150):
                break
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert status.status.code == 200, status.status
        assert status.invoice_hash == crypto.sha256(data)
        return status.ksef_number


class Enrolled:
    """A certificate that KSeF issued, with its key."""

    def __init__(self, key, certificate: bytes, description: certificates.Description) -> None:
        self.key = key
        self.certificate = certificate
        self.description = description

    @property
    def serial(self) -> str:
        return self.description.serial


def start(tmp_path_factory, *options: str):
    log = tmp_path_factory.mktemp("simulator") / "log"
    return Simulator(log, *options)


@pytest.fixture(scope="session")
def _running(tmp_path_factory):
    simulator = start(tmp_path_factory)
    yield simulator
    simulator.stop()


@pytest.fixture
def simulator(_running):
    """A simulator where nothing has happened yet, at the present time."""
    _running.control("POST", "reset")
    _running.control("POST", "clock", {"offset": 0})
    return _running


@pytest.fixture(scope="session")
def strict_simulator(tmp_path_factory):
    """One that refuses self-made certificates, as demo and production do."""
    simulator = start(tmp_path_factory, "--strict")
    yield simulator
    simulator.stop()


@pytest.fixture(scope="session")
def company() -> str:
    return NIP


@pytest.fixture
def invoice():
    """Writes an ordinary invoice: ``invoice(number, day) -> bytes``."""
    schema.use(schema_file())

    def invoice(number: str, day: datetime.date) -> bytes:
        fa = fa3.Fa(
            KodWaluty="PLN",
            P_1=day,
            P_2=number,
            P_13_1=Decimal("100.00"),
            P_14_1=Decimal("23.00"),
            P_15=Decimal("123.00"),
            Adnotacje=fa3.Adnotacje(
                P_16=2,
                P_17=2,
                P_18=2,
                P_18A=2,
                Zwolnienie=fa3.Zwolnienie(P_19N=1),
                NoweSrodkiTransportu=fa3.NoweSrodkiTransportu(P_22N=1),
                P_23=2,
                PMarzy=fa3.PMarzy(P_PMarzyN=1),
            ),
            RodzajFaktury="VAT",
            FaWiersz=[
                fa3.FaWiersz(
                    NrWierszaFa=1, P_7="Chleb", P_9A=Decimal(100), P_11=Decimal(100), P_12="23"
                )
            ],
        )
        made = datetime.datetime.combine(day, datetime.time(6), datetime.timezone.utc)
        return fa3.write(
            fa3.Invoice(
                Naglowek=fa3.Naglowek(DataWytworzeniaFa=made),
                Podmiot1=fa3.Podmiot1(
                    DaneIdentyfikacyjne=fa3.TPodmiot1(NIP=NIP, Nazwa="Próba sp. z o.o."),
                    Adres=fa3.TAdres(KodKraju="PL", AdresL1="Rynek 1"),
                ),
                Podmiot2=fa3.Podmiot2(
                    DaneIdentyfikacyjne=fa3.TPodmiot2(NIP="1234563218", Nazwa="Odbiorca"),
                    Adres=fa3.TAdres(KodKraju="PL", AdresL1="Rynek 2"),
                    JST=2,
                    GV=2,
                ),
                Fa=fa,
            )
        )

    yield invoice
    schema.use(None)
