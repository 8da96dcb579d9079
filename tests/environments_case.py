"""DEMO and production of the tests: the real addresses, answered by simulators of their own."""

from urllib.parse import urlsplit, urlunsplit

from ..ksef import environments
from . import simulator_process
from .common import Call, KsefCase, pattern

PRACTISED = ("demo", "production")


class EnvironmentsCase(KsefCase):
    """The addon speaks with the hosts of DEMO and production; each request goes to a simulator.

    Nothing leaves this machine: what goes to any other host is stopped by Odoo's tests.
    """

    @classmethod
    def setUpClass(cls):
        cls.visits = []
        cls.hosts = {}
        super().setUpClass()
        cls.ksef = {"simulator": cls.simulator}
        for seed, code in enumerate(PRACTISED, 100):
            cls.ksef[code] = simulator_process.running(code, f"--seed={seed}")
            cls.hosts[urlsplit(environments.get(code).api).netloc] = code

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        address = urlsplit(request.url)
        code = cls.hosts.get(address.netloc)
        if code is None:
            return super()._request_handler(session, request, **options)
        call = Call(request.method, address.path.removeprefix("/v2"), request.body or b"")
        cls.visits.append((code, call))
        here = urlsplit(cls.ksef[code].url)
        request.url = urlunsplit(address._replace(scheme=here.scheme, netloc=here.netloc))
        answer = simulator_process.SEND(session, request, **options)
        call.status = answer.status_code
        return answer

    def setUp(self):
        super().setUp()
        for code in PRACTISED:
            self.ksef[code].control("POST", "reset")
        self.visits.clear()

    def seen(self, code, operation=None):
        """The requests that reached an environment."""
        calls = [call for where, call in self.visits if where == code]
        if operation:
            method, path = pattern(operation)
            calls = [it for it in calls if it.method == method and path.fullmatch(it.path)]
        return calls

    def received(self, code):
        """The invoices that an environment has."""
        return self.ksef[code].control("GET", "invoices")

    def trouble(self, code, kind, operation="*", times=None):
        body = {"kind": kind, "operation": operation, "times": times, "seconds": None}
        return self.ksef[code].control("POST", "faults", body)["id"]

    def no_more_trouble(self, code):
        self.ksef[code].control("DELETE", "faults")

    def sign_and_submit(self, wizard, person="owner"):
        signed = self.ksef[wizard.environment].sign(self.request_of(wizard), person)
        self.upload(wizard, signed)
        self.submit(wizard)

    def connect_to(self, code, user=None, company=None):
        """Authorise the company in an environment, the whole way; returns the connection."""
        wizard = self.wizard(company, environment=code, user=user)
        wizard.authorisation_id.sudo().enrol = False  # certificates have tests of their own
        self.sign_and_submit(wizard)
        wizard.live_progress()
        self.assertEqual(wizard.step, "done", wizard.words)
        return wizard.connection_id.sudo()
