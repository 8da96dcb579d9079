import socket
import threading
from urllib.parse import urlsplit

from ..ksef.client import Client
from ..ksef.errors import Unknown
from . import simulator_process
from .common import KsefCase


class Trap:
    """A server within the company's network that nobody should be made to call."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.calls = 0
        threading.Thread(target=self._count, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _count(self):
        while True:
            try:
                caller, _address = self._listener.accept()
            except OSError:
                return
            self.calls += 1
            caller.close()

    def close(self):
        self._listener.close()


class TestAddresses(KsefCase):
    """Addresses that KSeF names are used for hosts of that environment only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.trap = Trap()
        cls.addClassCleanup(cls.trap.close)
        # A KSeF, or somebody in its place, that names addresses in our own network.
        cls.hostile = simulator_process.SimulatorProcess(f"--base-url={cls.trap.url}")
        cls.addClassCleanup(cls.hostile.end)
        cls.addresses |= {urlsplit(cls.hostile.url).netloc, urlsplit(cls.trap.url).netloc}
        cls.env["ir.config_parameter"].sudo().set_param(
            "l10n_pl_ksef.simulator_url", cls.hostile.url
        )
        cls.simulator = cls.hostile

    def test_invoice_and_session_without_calling_the_named_address(self):
        """Number, UPO and the session's UPO come from KSeF itself."""
        connection = self.connect()
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")
        self.run_outbox()
        self.assertTrue(move.l10n_pl_ksef_has_upo)
        session = self.document(move).session_id
        self.let_pass(session, last_used=600)
        self.run_outbox()
        self.run_outbox()
        self.assertEqual(session.state, "processed", session.status_words)
        self.assertTrue(session.upo_ids)
        named = connection._ask("session_status", session.reference).upo_pages
        self.assertTrue(all(page.url.startswith(self.trap.url) for page in named))
        self.assertTrue(named, "an address was named")
        self.assertEqual(self.trap.calls, 0)

    def test_the_client_refuses_it(self):
        """Whoever uses an address that was named: refused before a connection is made."""
        environment = self.env["l10n_pl_ksef.connection"]._environment_of("simulator")
        client = Client(environment, access_token="a token that must not leave")
        port = urlsplit(self.hostile.url).port
        for url in (
            f"{self.trap.url}/storage/upo",
            "http://169.254.169.254/latest/meta-data/",
            f"http://127.0.0.1:{port}@{urlsplit(self.trap.url).netloc}/storage",
            f"ftp://127.0.0.1:{port}/storage",
            "file:///etc/passwd",
            "https://api.ksef.mf.gov.pl/storage/upo",
        ):
            with self.subTest(url=url), self.assertRaises(Unknown) as refused:
                client.download(url)
            self.assertEqual(refused.exception.kind, "address")
        self.assertEqual(self.trap.calls, 0)
        self.assertEqual(self.wire, [])

    def test_each_environment_has_its_own_host(self):
        """An address of DEMO is none of production's, and the other way round."""
        connections = self.env["l10n_pl_ksef.connection"]
        codes = ("production", "demo", "test", "simulator")
        environments = {code: connections._environment_of(code) for code in codes}
        for code, environment in environments.items():
            for other, there in environments.items():
                with self.subTest(environment=code, named=other):
                    self.assertEqual(environment.allows(f"{there.api}/storage"), code == other)
