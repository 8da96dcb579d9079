from datetime import datetime, timedelta, timezone

from odoo import api, fields, models

from ..ksef import environments as known_environments
from .connection import ENVIRONMENTS
from .moments import warsaw_today
from .probe import EVERY, FRESH, LATE
from .probe_day import first_moment, minutes

#: How far back the page looks.
DAYS = 90
SLOTS = 288
#: How long an outage that is over stays on the page.
OUTAGES_SHOWN = timedelta(days=DAYS)
#: The kinds of announced outages as states, the gravest first.
ANNOUNCED = {
    "TOTAL_FAILURE": "total_failure",
    "FAILURE": "failure",
    "MAINTENANCE": "maintenance",
}
#: Of several probes in five minutes the worst is shown.
WORST = ("unavailable", "own_line", "available")


class Probe(models.Model):
    """What the status page shows, and the dot in lists and on the dashboard."""

    _inherit = "l10n_pl_ksef.probe"

    @api.model
    def status_page(self):
        """Everything on the page, in the user's language; moments are ISO 8601 in UTC."""
        self.check_access("read")
        page = self.sudo().with_company(self.env.company)
        now = fields.Datetime.now()
        codes = page._shown()
        outages = self.env["l10n_pl_ksef.outage"].sudo().search(
            [
                ("environment", "in", codes),
                "|",
                ("end", "=", False),
                ("end", ">", now - OUTAGES_SHOWN),
            ]
        )  # fmt: skip
        recent = page._recent(codes, now)
        calendars = page._calendars(codes, now)
        states = {code: page._state_of(code, recent[code], outages, now) for code in codes}
        return {
            "now": iso(now),
            "own_line": any(state["state"] == "own_line" for state in states.values()),
            "neutral_host": page._neutral_host(),
            "company": self._status_company(),
            "environments": [
                {
                    **states[code],
                    "day": _strip(recent[code], now),
                    "calendar": calendars[code],
                    "latency": [
                        {
                            "moment": iso(probe.moment),
                            "milliseconds": None if probe.failure else probe.milliseconds,
                        }
                        for probe in recent[code]
                        if probe.moment > now - SLOTS * EVERY
                    ],
                }
                for code in codes
            ],
            "outages": [page._status_outage(outage) for outage in outages],
        }

    @api.model
    def _state_now(self, environment):
        """``(state, words)`` of one environment, as on the page."""
        now = fields.Datetime.now()
        outages = self.env["l10n_pl_ksef.outage"].sudo().search(
            [
                ("environment", "=", environment),
                ("start", "<=", now),
                "|",
                ("end", "=", False),
                ("end", ">", now),
            ]
        )  # fmt: skip
        probes = self._latest(environment, 2).sorted("moment")
        return self.sudo()._state_and_words(environment, probes, outages, now)

    def _shown(self):
        """The environments on the page: those that are asked, and that of the company."""
        own = self.env.company.l10n_pl_ksef_environment
        watched = {*self._watched(), *([own] if own else [])}
        return [code for code, _name in ENVIRONMENTS if code in watched]

    def _status_company(self):
        company = self.env.company.sudo()
        modes = company._fields["l10n_pl_ksef_mode"]._description_selection(self.env)
        return {
            "name": company.name,
            "environment": company.l10n_pl_ksef_environment or False,
            "mode": company.l10n_pl_ksef_mode,
            "mode_words": dict(modes).get(company.l10n_pl_ksef_mode, ""),
            "since": iso(company.l10n_pl_ksef_mode_since),
            "proposed": company.l10n_pl_ksef_proposed_mode or False,
            "proposal_words": company.l10n_pl_ksef_proposal_words or "",
            "can_switch": bool(company.l10n_pl_ksef_connection_id)
            and self.env.user.has_group("l10n_pl_ksef.group_user"),
        }

    # --- now -----------------------------------------------------------------------------------

    def _recent(self, codes, now):
        """The probes of 24 hours by environment, the earliest first."""
        start = now - SLOTS * EVERY - LATE
        found = self.search_fetch(
            [("environment", "in", codes), ("moment", ">=", start)],
            ["environment", "moment", "state", "failure", "milliseconds"],
            order="moment, id",
        )
        return {
            code: found.filtered(lambda probe: probe.environment == code)  # noqa: B023
            for code in codes
        }

    def _state_of(self, code, recent, outages, now):
        # by themselves: of the others the long fields are not needed
        lately = self.browse(recent[-2:].ids)
        last = lately[-1:]
        state, words = self._state_and_words(code, lately, outages, now)
        running = self._running(code, outages, now)
        since = running[0].start if state in ANNOUNCED.values() else self._since(recent)
        return {
            "code": code,
            "name": dict(self._fields["environment"]._description_selection(self.env))[code],
            "state": state,
            "words": words,
            "since": iso(since),
            "last": last
            and {
                "moment": iso(last.moment),
                "milliseconds": last.milliseconds,
                "failure": last.failure or False,
                "words": last.words,
            }
            or None,
            "latarnia": self._latarnia_of(code, last),
        }

    def _latarnia_of(self, code, last):
        if not known_environments.get(code).latarnia or not last.latarnia:
            return None
        names = dict(self._fields["latarnia"]._description_selection(self.env))
        words = names[last.latarnia]
        if last.latarnia == "UNKNOWN":
            words = self.env._(
                "“%(word)s”: not a known word, so nothing follows from it", word=last.latarnia_words
            )
        return {"state": last.latarnia, "words": words, "fetched": iso(last.moment)}

    def _running(self, code, outages, now):
        """The announced outages that hold now, the gravest first."""
        running = outages.filtered(
            lambda outage: (
                outage.environment == code
                and outage.kind in ANNOUNCED
                and not outage.superseded_by_id
                and outage.start <= now
                and (not outage.end or now < outage.end)
            )
        )
        return running.sorted(lambda outage: list(ANNOUNCED).index(outage.kind))

    def _state_and_words(self, code, probes, outages, now):
        """``(state, words)``: our own line, what is announced, then what we see ourselves.

        :param probes: the last two, the earlier first
        """
        _ = self.env._
        last = probes[-1:]
        fresh = last and last.moment >= now - FRESH
        if fresh and last.state == "own_line":
            return "own_line", _(
                "From here nothing on the Internet can be reached: the line of this server seems"
                " to be broken, not KSeF."
            )
        running = self._running(code, outages, now)[:1]
        if running:
            return ANNOUNCED[running.kind], self._announced_words(running, fresh and last)
        if not last:
            return "unknown", _("Not checked yet.")
        if not fresh:
            return "unknown", _("Not known: the last check is older than 15 minutes.")
        if last.state == "unavailable":
            words = _("KSeF does not answer. %(words)s", words=last.words)
            once = probes[0].state == "available" if len(probes) == 2 else True
            if once:
                so_far = _("So far one check has failed.")
                words = f"{words} {so_far}"
            return "unavailable", words
        if len(probes) == 2 and probes[0].state != "available":
            return "available", _("KSeF answers again; so far one check has succeeded.")
        return "available", _("KSeF answers.")

    def _announced_words(self, outage, last):
        _ = self.env._
        kind = dict(outage._fields["kind"]._description_selection(self.env))[outage.kind]
        values = {"kind": kind, "start": outage._when(outage.start), "name": outage.announcement}
        if outage.end:
            values["end"] = outage._when(outage.end)
            words = _("%(kind)s %(name)s from %(start)s to %(end)s.", **values)
        else:
            words = _("%(kind)s %(name)s since %(start)s; its end is not announced yet.", **values)
        if last:
            seen = (
                _("Our last check was answered nevertheless.")
                if last.state == "available"
                else _("Our last check was not answered.")
            )
            words = f"{words} {seen}"
        return words

    def _since(self, recent):
        """Since when the probes say the same; within 24 hours they are at hand."""
        last = recent[-1:]
        if not last:
            return None
        began = last
        for probe in reversed(recent):
            if probe.state != last.state or began.moment - probe.moment > LATE:
                return began.moment
            began = probe
        self.env.cr.execute(
            """
            SELECT MIN(moment)
              FROM l10n_pl_ksef_probe
             WHERE environment = %(code)s
               AND moment > COALESCE((
                       SELECT MAX(moment)
                         FROM l10n_pl_ksef_probe
                        WHERE environment = %(code)s AND state != %(state)s
                   ), '-infinity')
            """,
            {"code": last.environment, "state": last.state},
        )
        return self.env.cr.fetchone()[0]

    # --- before --------------------------------------------------------------------------------

    def _calendars(self, codes, now):
        """The last 90 days of Warsaw's calendar, by environment."""
        today = warsaw_today()
        days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
        sums = self.env["l10n_pl_ksef.probe.day"]._sums(codes, first_moment(days[0]), now)
        expected = {
            day: int((min(now, first_moment(day + timedelta(days=1))) - first_moment(day)) / EVERY)
            for day in days
        }
        return {
            code: [_calendar_day(day, sums[code].get(day), expected[day]) for day in days]
            for code in codes
        }

    def _status_outage(self, outage):
        names = {
            name: dict(outage._fields[name]._description_selection(self.env))
            for name in ("kind", "source")
        }
        return {
            "id": outage.id,
            "environment": outage.environment,
            "kind": outage.kind,
            "kind_words": names["kind"][outage.kind],
            "start": iso(outage.start),
            "end": iso(outage.end),
            "source": outage.source,
            "source_words": names["source"][outage.source],
            "announcement": outage.announcement or "",
            "title": outage.title or "",
            "consequence": outage.consequence or "",
            "link": outage.link or "",
            "superseded": bool(outage.superseded_by_id),
        }


def iso(moment):
    """A moment that Odoo keeps, for a browser."""
    return f"{moment.isoformat(timespec='seconds')}Z" if moment else None


def _calendar_day(day, sums, expected):
    state = "none"
    if sums and sums.probes:
        state = "gap" if sums.gap else "available"
        if sums.own_line:
            state = "own_line"
        if sums.down:
            state = "unavailable"
    elif sums and sums.gap:
        state = "gap"
    return {
        "day": day.isoformat(),
        "state": state,
        "minutes_down": minutes(sums.down) if sums else 0,
        "minutes_own_line": minutes(sums.own_line) if sums else 0,
        "minutes_gap": minutes(sums.gap) if sums else 0,
        "probes": sums.probes if sums else 0,
        "expected": expected,
    }


def _strip(recent, now):
    """The last 24 hours in slots of five minutes; a slot that no probe stands for is a gap."""
    width = EVERY.total_seconds()
    end = datetime.fromtimestamp(-(-now.replace(tzinfo=timezone.utc).timestamp() // width) * width,
                                 timezone.utc).replace(tzinfo=None)  # fmt: skip
    start = end - SLOTS * EVERY
    probes = list(recent)
    slots, following = [], 0
    for number in range(SLOTS):
        begins = start + number * EVERY
        ends = begins + EVERY
        while following < len(probes) and probes[following].moment < begins:
            following += 1
        before = probes[following - 1] if following else None
        inside = []
        while following < len(probes) and probes[following].moment < ends:
            inside.append(probes[following])
            following += 1
        after = probes[following] if following < len(probes) else None
        state = "gap"
        if inside:
            states = {probe.state for probe in inside}
            state = next(one for one in WORST if one in states)
        elif before and (after.moment if after else now) - before.moment <= LATE:
            state = before.state
        failed = next((probe.failure for probe in inside if probe.failure), False)
        slots.append({"start": iso(begins), "end": iso(ends), "state": state, "failure": failed})
    return slots
