import json
import logging
import socket
from datetime import timedelta

from odoo import api, fields, models

from ..ksef import probing
from .connection import ENVIRONMENTS
from .explain import in_words
from .moments import to_odoo, warsaw_today
from .probe_round import ask
from .step import claim, commit, keep

_logger = logging.getLogger(__name__)

CLAIM_PROBES = 1_516_310
EVERY = timedelta(minutes=5)
#: The scheduler is punctual to a minute or two; two probes farther apart than this have a gap
#: between them.
LATE = timedelta(minutes=8)
#: Older probes say nothing about now.
FRESH = timedelta(minutes=15)
#: How long single probes are kept; after that the sums of each day are.
KEPT = timedelta(days=400)
#: Asked when something failed, to tell a broken line of our own from a broken KSeF. The portal of
#: the Polish state: always there, far from the Ministry of Finance's servers, and a request by
#: every Polish computer surprises nobody there. Another host can be set.
NEUTRAL_HOST = "https://www.gov.pl"
#: KSeF is always asked here, used or not: who compares two environments knows more about each.
ALWAYS = ("production", "demo")

STATES = [
    ("available", "Available"),
    ("unavailable", "Unavailable"),
    ("own_line", "Own line broken"),
]
FAILURES = [
    ("dns", "Name resolution"),
    ("connect", "Connection"),
    ("tls", "Secure connection (TLS)"),
    ("timeout", "Time-out"),
    ("reset", "Broken connection"),
    ("http", "HTTP error"),
    ("not_ksef", "Another page instead of KSeF"),
]
LATARNIA = [
    ("AVAILABLE", "Available"),
    ("MAINTENANCE", "Announced unavailability"),
    ("FAILURE", "Announced failure"),
    ("TOTAL_FAILURE", "Announced total failure"),
    ("UNKNOWN", "Unknown word"),
    ("SILENT", "No answer of Latarnia"),
]


class Probe(models.Model):
    """One question to one environment of KSeF, and what came back.

    Nobody writes or deletes them by hand: they are evidence. After 400 days the sums of each day
    remain (l10n_pl_ksef.probe.day).
    """

    _name = "l10n_pl_ksef.probe"
    _description = "KSeF Probe"
    _order = "moment desc, id desc"
    _rec_name = "moment"
    _log_access = False

    environment = fields.Selection(ENVIRONMENTS, required=True, readonly=True)
    moment = fields.Datetime("Asked on", required=True, readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True)
    failure = fields.Selection(FAILURES, "What failed", readonly=True)
    http_status = fields.Integer("HTTP status", readonly=True)
    content_type = fields.Char(readonly=True)
    milliseconds = fields.Integer("Time (ms)", readonly=True, aggregator="avg")
    url = fields.Char("Address", readonly=True)
    server = fields.Char("Asked from", readonly=True, help="The name of this Odoo server.")
    their_date = fields.Char(
        "Date in the answer", readonly=True, help="By the clock of whoever answered."
    )
    # Only of what failed: a good answer says nothing that its status does not.
    body = fields.Text("Beginning of the answer", readonly=True)
    headers = fields.Text("Headers of the answer", readonly=True, help="As JSON, without cookies.")
    latarnia = fields.Selection(LATARNIA, "Latarnia said", readonly=True)
    latarnia_words = fields.Char(
        "Latarnia's own word", readonly=True, help="Or what kept it from answering."
    )
    status_answer_id = fields.Many2one(
        "l10n_pl_ksef.answer", "Latarnia's state", readonly=True, ondelete="set null"
    )
    messages_answer_id = fields.Many2one(
        "l10n_pl_ksef.answer", "Latarnia's messages", readonly=True, ondelete="set null"
    )
    neutral = fields.Selection(
        [("answered", "Answered"), ("silent", "No answer")],
        "Neutral host",
        readonly=True,
        help="A host that has nothing to do with KSeF; asked only when something failed.",
    )
    neutral_url = fields.Char("Address of the neutral host", readonly=True)
    words = fields.Char("What came back", compute="_compute_words")

    _moment = models.Index("(environment, moment DESC)")
    _troubles = models.Index("(environment, moment DESC) WHERE state != 'available'")

    @api.depends("failure", "http_status", "milliseconds", "url", "content_type")
    @api.depends_context("lang")
    def _compute_words(self):
        for probe in self:
            plain = probing.Probe(
                url=probe.url or "",
                moment=None,
                milliseconds=probe.milliseconds,
                failure=probing.Failure(probe.failure) if probe.failure else None,
                http_status=probe.http_status or None,
                content_type=probe.content_type or "",
            )
            probe.words = in_words(self.env, plain.text, plain.values)

    # --- asking --------------------------------------------------------------------------------

    @api.model
    def _cron_probe(self):
        """Ask all environments that are watched, keep what came back, and let the rest react."""
        companies = self.env["res.company"].sudo().search([])
        if not companies._l10n_pl_ksef_concerns():
            return
        with claim(self.env, CLAIM_PROBES, 0) as held:
            # Another run is under way; its probes do for this one.
            if held:
                self.sudo()._probe_all()

    def _probe_all(self):
        watched = [self.env["l10n_pl_ksef.login"]._environment_of(code) for code in self._watched()]
        neutral_url = self._neutral_host()
        if not watched:
            return
        # No transaction stays open while the network is waited for.
        commit(self.env)
        result = ask(watched, neutral_url)
        changed = set()
        keep(self.env, self._keep_round, result, changed)
        companies = self.env["res.company"].sudo()
        if changed:
            # What changed is kept; somebody may be sending one of the documents at this moment.
            keep(self.env, companies._l10n_pl_ksef_outages_changed, sorted(changed))
        companies._l10n_pl_ksef_availability_changed()
        commit(self.env)

    @api.model
    def _watched(self):
        """The codes of the environments that are asked."""
        used = self.env["res.company"].sudo().search([]).mapped("l10n_pl_ksef_environment")
        only_used = self._parameter("l10n_pl_ksef.probe_only_used")
        wanted = set(filter(None, used)) | (set() if only_used else set(ALWAYS))
        return [code for code, _name in ENVIRONMENTS if code in wanted]

    @api.model
    def _neutral_host(self):
        return (self._parameter("l10n_pl_ksef.neutral_host") or "").strip() or NEUTRAL_HOST

    def _parameter(self, key):
        return self.env["ir.config_parameter"].sudo().get_param(key)

    # --- keeping -------------------------------------------------------------------------------

    def _keep_round(self, result, changed):
        """Write down what came back; adds the environments whose outages changed to ``changed``."""
        outages = self.env["l10n_pl_ksef.outage"].sudo()
        values = []
        for code, probe in result.probes.items():
            said = result.said.get(code)
            news = self._keep_said(code, said) if said else {}
            if news.pop("announced", False) and outages._follow(code):
                changed.add(code)
            values.append({**self._values(code, probe, result), **news})
        self.create(values)
        changed.update(code for code in result.probes if outages._observe(code))

    def _values(self, code, probe, result):
        state = "available" if probe.available else "unavailable"
        if not probe.available and result.own_line and code != "simulator":
            state = "own_line"
        values = {
            "environment": code,
            "moment": to_odoo(probe.moment),
            "state": state,
            "failure": probe.failure and probe.failure.value,
            "http_status": probe.http_status or 0,
            "content_type": probe.content_type,
            "milliseconds": probe.milliseconds,
            "url": probe.url,
            "server": socket.gethostname(),
            "their_date": _header(probe.headers, "Date"),
        }
        if not probe.available:
            values["body"] = probe.body.decode("utf-8", "replace").replace("\0", "�")
            values["headers"] = json.dumps(dict(probe.headers), indent=1)
            values["neutral"] = "answered" if result.neutral.available else "silent"
            values["neutral_url"] = result.neutral.url
        return values

    def _keep_said(self, code, said):
        """Latarnia's answers and the announcements in them; returns values of the probe."""
        answers = self.env["l10n_pl_ksef.answer"].sudo()
        announcements = self.env["l10n_pl_ksef.announcement"].sudo()
        values = {"latarnia": "SILENT", "latarnia_words": self._silence(said)}
        new = announcements.browse()
        if said.status:
            answer = answers._keep(code, said.status.evidence)
            values["status_answer_id"] = answer.id
            values["latarnia"] = said.status.state.value
            values["latarnia_words"] = said.status.word[:200]
            new |= announcements._keep(code, said.status.messages, said.status.unread, answer)
        if said.messages:
            answer = answers._keep(code, said.messages.evidence)
            values["messages_answer_id"] = answer.id
            new |= announcements._keep(code, said.messages.messages, said.messages.unread, answer)
        return {**values, "announced": bool(new)}

    def _silence(self, said):
        return str(said.error or "timeout")[:200]

    # --- what follows --------------------------------------------------------------------------

    @api.model
    def _latest(self, environment, count=1):
        return self.sudo().search([("environment", "=", environment)], limit=count)

    @api.model
    def _is_up(self, environment):
        """True after two good probes, False after two that failed, None when that is not known.

        Neither of the two may be older than 15 minutes. Whether KSeF failed or our own line says
        the last probe's state.
        """
        probes = self._latest(environment, 2)
        if len(probes) < 2 or min(probes.mapped("moment")) < fields.Datetime.now() - FRESH:
            return None
        good = {probe.state == "available" for probe in probes}
        return good.pop() if len(good) == 1 else None

    @api.autovacuum
    def _gc_probes(self):
        """Replace probes older than 400 days by the sums of each day."""
        last = warsaw_today() - KEPT
        days = self.env["l10n_pl_ksef.probe.day"].sudo()
        days._sum_up(last)
        self.env["l10n_pl_ksef.answer"].sudo()._forget_old(fields.Datetime.now() - KEPT)


def _header(headers, name):
    found = [value for key, value in headers.items() if key.lower() == name.lower()]
    return found[0][:100] if found else False
