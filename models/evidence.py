import json
from datetime import timedelta
from itertools import zip_longest

from odoo import api, models, modules

from ..ksef import probing
from .probe import EVERY, LATE
from .probe_round import TIMEOUT
from .status_page import iso


class Evidence(models.AbstractModel):
    """Collects what is known of one environment in an interval, as plain values for JSON.

    Everything that a paper says comes from here, so the file alone proves the paper.
    """

    _name = "l10n_pl_ksef.evidence"
    _description = "KSeF Evidence"

    @api.model
    def _of(self, confirmation):
        code, start, end = confirmation.environment, confirmation.start, confirmation.end
        environment = self.env["l10n_pl_ksef.login"]._environment_of(code)
        company = confirmation.company_id
        probes = self.env["l10n_pl_ksef.probe"].search(
            [("environment", "=", code), ("moment", ">=", start), ("moment", "<", end)],
            order="moment, id",
        )
        outages = self.env["l10n_pl_ksef.outage"].search(
            [
                ("environment", "=", code),
                ("start", "<", end),
                "|",
                ("end", "=", False),
                ("end", ">", start),
            ],
            order="start, id",
        )
        announcements = self._announcements(code, start, end, outages)
        answers = (
            announcements.answer_id | probes.status_answer_id | probes.messages_answer_id
        ).sorted("id")
        spans = self._spans(code, probes, start, end)
        return {
            "format": "l10n_pl_ksef.confirmation/1",
            "software": {
                "name": "l10n_pl_ksef",
                "version": modules.get_manifest("l10n_pl_ksef").get("version", ""),
            },
            "company": {"name": company.name, "nip": self._nip(company)},
            "environment": {
                "code": code,
                "api": environment.api,
                "latarnia": environment.latarnia,
                "binding": environment.binding,
            },
            "interval": {"start": iso(start), "end": iso(end)},
            "made": {"at": iso(confirmation.made_on), "by": confirmation.made_by_id.name},
            "method": {
                "question": f"{probing.OPERATION.split(' ')[0]} {environment.api}"
                f"{probing.OPERATION.split(' ')[1]}",
                "every_seconds": int(EVERY.total_seconds()),
                "gap_after_seconds": int(LATE.total_seconds()),
                "timeout_seconds": {"connect": TIMEOUT[0], "read": TIMEOUT[1]},
                "servers": sorted(set(filter(None, probes.mapped("server")))),
                "neutral_hosts": sorted(set(filter(None, probes.mapped("neutral_url")))),
            },
            "summary": self._summary(probes, spans),
            "spans": spans,
            "probes": [self._probe(probe) for probe in probes],
            "days": self._days(code, start, end),
            "outages": [self._outage(outage) for outage in outages],
            "announcements": [self._announcement(one) for one in announcements],
            "answers": [self._answer(answer) for answer in answers],
        }

    def _nip(self, company):
        connection = company.l10n_pl_ksef_connection_id
        return connection.nip or (company.vat or "").upper().removeprefix("PL")

    def _announcements(self, code, start, end, outages):
        """Those of the outages, in all versions, and whatever was published or read meanwhile."""
        announcements = self.env["l10n_pl_ksef.announcement"]
        events = list(set(filter(None, outages.mapped("event"))))
        return announcements.search(
            [
                ("environment", "=", code),
                "|",
                "|",
                ("event", "in", events),
                "&",
                ("published", ">=", start),
                ("published", "<", end),
                "&",
                ("fetched", ">=", start),
                ("fetched", "<", end),
            ],
            order="published, id",
        )

    # --- intervals -----------------------------------------------------------------------------

    def _spans(self, code, probes, start, end):
        """The interval cut into pieces of one state; what no probe stands for is "not_asked".

        A probe stands for the time until the next one, or for five minutes when that one is late
        or missing.
        """
        before = self.env["l10n_pl_ksef.probe"].search(
            [
                ("environment", "=", code),
                ("moment", "<", start),
                ("moment", ">=", start - LATE),
            ],
            limit=1,
        )
        after = self.env["l10n_pl_ksef.probe"].search(
            [("environment", "=", code), ("moment", ">=", end), ("moment", "<", end + LATE)],
            order="moment, id",
            limit=1,
        )
        spans = []

        def add(begins, ends, state, probe=None):
            begins, ends = max(begins, start), min(ends, end)
            if begins >= ends and not (probe and start <= probe.moment < end):
                return
            if spans and spans[-1]["state"] == state:
                spans[-1]["end"] = ends
            else:
                spans.append({"start": begins, "end": ends, "state": state, "probes": 0})
            if probe and start <= probe.moment < end:
                spans[-1]["probes"] += 1

        known = [*before, *probes]
        if not known or known[0].moment > start:
            add(start, known[0].moment if known else end, "not_asked")
        for probe, following in zip_longest(known, known[1:]):
            next_moment = following.moment if following else (after.moment if after else end)
            late = next_moment - probe.moment > LATE
            until = probe.moment + EVERY if late else next_moment
            add(probe.moment, until, probe.state, probe)
            if late:
                add(until, next_moment, "not_asked")
        return [
            {
                "start": iso(span["start"]),
                "end": iso(span["end"]),
                "seconds": int((span["end"] - span["start"]).total_seconds()),
                "state": span["state"],
                "probes": span["probes"],
            }
            for span in spans
        ]

    def _summary(self, probes, spans):
        def seconds(state):
            return sum(span["seconds"] for span in spans if span["state"] == state)

        failed = probes.filtered(lambda probe: probe.state != "available")
        return {
            "probes": len(probes),
            "answered": len(probes) - len(failed),
            "failed": len(failed.filtered(lambda probe: probe.state == "unavailable")),
            "own_line": len(failed.filtered(lambda probe: probe.state == "own_line")),
            "neutral_asked": len(failed),
            "neutral_answered": len(failed.filtered(lambda probe: probe.neutral == "answered")),
            "seconds_available": seconds("available"),
            "seconds_unavailable": seconds("unavailable"),
            "seconds_own_line": seconds("own_line"),
            "seconds_not_asked": seconds("not_asked"),
        }

    # --- records -------------------------------------------------------------------------------

    def _probe(self, probe):
        values = {
            "moment": iso(probe.moment),
            "state": probe.state,
            "failure": probe.failure or None,
            "http_status": probe.http_status or None,
            "content_type": probe.content_type or None,
            "milliseconds": probe.milliseconds,
            "url": probe.url,
            "asked_from": probe.server or None,
            "date_in_answer": probe.their_date or None,
            "body": probe.body or None,
            "headers": json.loads(probe.headers) if probe.headers else None,
            "neutral_host": probe.neutral_url or None,
            "neutral": probe.neutral or None,
        }
        if probe.latarnia:
            values["latarnia"] = {
                "state": probe.latarnia,
                "word": probe.latarnia_words or None,
                "status_sha256": probe.status_answer_id.sha256 or None,
                "messages_sha256": probe.messages_answer_id.sha256 or None,
            }
        return values

    def _days(self, code, start, end):
        """The sums of days whose probes are kept no longer."""
        days = self.env["l10n_pl_ksef.probe.day"].search(
            [
                ("environment", "=", code),
                ("day", ">=", start.date() - timedelta(days=1)),
                ("day", "<=", end.date()),
            ],
            order="day",
        )
        names = (
            "probes",
            "available",
            "minutes_down",
            "minutes_own_line",
            "minutes_gap",
            "average_milliseconds",
            "longest_milliseconds",
        )
        return [{"day": str(day.day), **{name: day[name] for name in names}} for day in days]

    def _outage(self, outage):
        return {
            "kind": outage.kind,
            "source": outage.source,
            "start": iso(outage.start),
            "end": iso(outage.end),
            "announced": iso(outage.announced),
            "announcement": outage.announcement or None,
            "title": outage.title or None,
            "text": outage.text or None,
            "link": outage.link or None,
            "replaced": bool(outage.superseded_by_id),
            "entered_by": outage.create_uid.name if outage.source == "by_hand" else None,
            "entered_on": iso(outage.create_date) if outage.source == "by_hand" else None,
        }

    def _announcement(self, one):
        return {
            "number": one.number or None,
            "event": one.event or None,
            "version": one.version,
            "category": one.category or None,
            "type": one.kind or None,
            "title": one.title or None,
            "text": one.text or None,
            "start": iso(one.start),
            "end": iso(one.end),
            "published": iso(one.published),
            "first_read": iso(one.fetched),
            "replaced_by_later_version": one.replaced,
            "raw": one.raw,
            "sha256": one.sha256,
            "answer_sha256": one.answer_id.sha256,
        }

    def _answer(self, answer):
        body = answer.with_context(bin_size=False).body or b""
        return {
            "url": answer.url,
            "first_read": iso(answer.first_fetched),
            "sha256": answer.sha256,
            "body_base64": body.decode() if isinstance(body, bytes) else body,
            "headers": json.loads(answer.headers) if answer.headers else {},
        }
