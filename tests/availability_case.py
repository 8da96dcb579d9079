"""Probes of the tests: the real hosts, each answered by a simulator or broken on purpose."""

import socket
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

from odoo import fields

from ..ksef import environments
from . import simulator_process
from .environments_case import EnvironmentsCase

LATARNIA = urlsplit(environments.PRODUCTION.latarnia).netloc
PRODUCTION = urlsplit(environments.PRODUCTION.api).netloc
DEMO = urlsplit(environments.DEMO.api).netloc
NEUTRAL = "neutral.example"
ALL = {LATARNIA, PRODUCTION, DEMO, NEUTRAL}
KEYS = "GET /security/public-key-certificates"


def closed_port():
    """A port of this machine on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


class AvailabilityCase(EnvironmentsCase):
    """Production, DEMO, Latarnia and the neutral host can be reached, as long as no test breaks
    them: a broken one refuses the connection, on the real wire."""

    @classmethod
    def setUpClass(cls):
        cls.broken = set()
        cls.asked = []
        super().setUpClass()
        cls.refused = f"127.0.0.1:{closed_port()}"
        parameters = cls.env["ir.config_parameter"].sudo()
        parameters.set_param("l10n_pl_ksef.neutral_host", f"https://{NEUTRAL}")
        cls.probes = cls.env["l10n_pl_ksef.probe"].sudo()
        cls.outages = cls.env["l10n_pl_ksef.outage"].sudo()
        cls.announcements = cls.env["l10n_pl_ksef.announcement"].sudo()

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        address = urlsplit(request.url)
        cls.asked.append(address.netloc)
        if address.netloc in cls.broken:
            request.url = urlunsplit(address._replace(scheme="http", netloc=cls.refused))
            return simulator_process.SEND(session, request, **options)
        if address.netloc == LATARNIA:
            return cls._sent(session, request, "production", f"/latarnia{address.path}", options)
        if address.netloc == NEUTRAL:
            return cls._sent(session, request, "demo", "/control/state", options)
        return super()._request_handler(session, request, **options)

    @classmethod
    def _sent(cls, session, request, code, path, options):
        here = urlsplit(cls.ksef[code].url)
        request.url = urlunsplit(here._replace(path=path))
        return simulator_process.SEND(session, request, **options)

    def setUp(self):
        super().setUp()
        self.probes.search([]).unlink()
        self.broken.clear()
        self.asked.clear()

    # --- making things happen ------------------------------------------------------------------

    def ask(self, times=1):
        """Run the cron; returns the probes of the last run by environment."""
        for _turn in range(times):
            before = self.probes.search([])
            self.probes._cron_probe()
        new = self.probes.search([]) - before
        return {probe.environment: probe for probe in new}

    def announce(self, code, **body):
        return self.ksef[code].control("POST", "latarnia", body)

    def move_clock(self, code, **body):
        return self.ksef[code].control("POST", "clock", body)

    def break_line(self):
        self.broken |= ALL

    def probe(self, minutes_ago, state="available", environment="production", **values):
        """A probe of the past."""
        moment = fields.Datetime.now() - timedelta(minutes=minutes_ago)
        return self.probes.create(
            {
                "environment": environment,
                "moment": moment,
                "state": state,
                "milliseconds": 120,
                "url": "https://api.ksef.mf.gov.pl/v2/security/public-key-certificates",
                "failure": False if state == "available" else "timeout",
                **values,
            }
        )

    def reach(self, url):
        """Let the simulator of the company be looked for elsewhere, on the real wire."""
        self.addresses.add(urlsplit(url).netloc)
        self.env["ir.config_parameter"].sudo().set_param("l10n_pl_ksef.simulator_url", url)
