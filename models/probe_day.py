from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone

from odoo import api, fields, models

from .connection import ENVIRONMENTS
from .moments import WARSAW, to_odoo
from .probe import EVERY, LATE

#: A probe stands for the time until the next one, or for five minutes when that is late or
#: missing. What is left over is a gap: nobody asked, so nobody knows.
SPANS = """
    WITH asked AS (
        SELECT environment, moment, state, milliseconds,
               LEAD(moment, 1, %(end)s) OVER (PARTITION BY environment ORDER BY moment) AS next
          FROM l10n_pl_ksef_probe
         WHERE environment IN %(codes)s AND moment >= %(start)s AND moment < %(end)s
    ), spans AS (
        SELECT environment, moment, state, milliseconds, next,
               CASE WHEN next - moment > %(late)s THEN moment + %(every)s ELSE next END AS until
          FROM asked
    )
"""
SUMS = f"""{SPANS}
    SELECT environment,
           (moment AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Warsaw')::date AS day,
           COUNT(*),
           COUNT(*) FILTER (WHERE state = 'available'),
           COALESCE(SUM(until - moment) FILTER (WHERE state = 'unavailable'), '0'),
           COALESCE(SUM(until - moment) FILTER (WHERE state = 'own_line'), '0'),
           COALESCE(AVG(milliseconds) FILTER (WHERE state = 'available'), 0),
           COALESCE(MAX(milliseconds) FILTER (WHERE state = 'available'), 0),
           MIN(moment)
      FROM spans
     GROUP BY 1, 2
"""
GAPS = f"""{SPANS}
    SELECT environment, until, next FROM spans WHERE next > until ORDER BY 1, 2
"""


@dataclass
class Sums:
    """What a day (of Warsaw) was like.

    :ivar probes: how many came back, good or bad
    :ivar down, own_line, gap: how long
    :ivar average, longest: milliseconds of good answers
    :ivar first: naive UTC
    """

    probes: int = 0
    available: int = 0
    down: timedelta = timedelta()
    own_line: timedelta = timedelta()
    average: float = 0
    longest: int = 0
    first: datetime | None = None
    gap: timedelta = timedelta()


class ProbeDay(models.Model):
    """What remains of the probes of one day when they are too old to be kept one by one."""

    _name = "l10n_pl_ksef.probe.day"
    _description = "KSeF Probes of a Day"
    _order = "day desc, environment"
    _rec_name = "day"

    environment = fields.Selection(ENVIRONMENTS, required=True, readonly=True)
    day = fields.Date(required=True, readonly=True, help="By the calendar of Warsaw.")
    probes = fields.Integer(readonly=True)
    available = fields.Integer("Good answers", readonly=True)
    minutes_down = fields.Integer("Unavailable (minutes)", readonly=True)
    minutes_own_line = fields.Integer("Own line broken (minutes)", readonly=True)
    minutes_gap = fields.Integer("Not asked (minutes)", readonly=True)
    average_milliseconds = fields.Integer("Time on average (ms)", readonly=True, aggregator="avg")
    longest_milliseconds = fields.Integer("Longest time (ms)", readonly=True, aggregator="max")

    _day_uniq = models.UniqueIndex("(environment, day)")

    @api.model
    def _sum_up(self, last):
        """Replace the probes of all days before ``last`` by their sums."""
        until = first_moment(last)
        probes = self.env["l10n_pl_ksef.probe"].sudo()
        oldest = probes.search([("moment", "<", until)], order="moment", limit=1)
        if not oldest:
            return
        codes = [code for code, _name in ENVIRONMENTS]
        sums = self._sums(codes, oldest.moment, until)
        self.create(
            [
                {
                    "environment": code,
                    "day": day,
                    "probes": one.probes,
                    "available": one.available,
                    "minutes_down": minutes(one.down),
                    "minutes_own_line": minutes(one.own_line),
                    "minutes_gap": minutes(one.gap),
                    "average_milliseconds": round(one.average),
                    "longest_milliseconds": one.longest,
                }
                for code, days in sums.items()
                for day, one in days.items()
            ]
        )
        # One statement: there are tens of thousands, and no other record depends on them.
        self.env.cr.execute("DELETE FROM l10n_pl_ksef_probe WHERE moment < %s", [until])
        probes.invalidate_model()

    @api.model
    def _sums(self, codes, start, end):
        """``{code: {day: Sums}}`` of the days in which there is at least one probe or a gap.

        :param start, end: naive UTC
        """
        self.env["l10n_pl_ksef.probe"].flush_model()
        values = {"codes": tuple(codes), "start": start, "end": end, "every": EVERY, "late": LATE}
        sums = {code: defaultdict(Sums) for code in codes}
        if not codes:
            return sums
        self.env.cr.execute(SUMS, values)
        for code, day, *numbers in self.env.cr.fetchall():
            sums[code][day] = Sums(*numbers)
        for code, found in self._gaps(codes, start, end).items():
            for begins, ends in found:
                for day, length in _by_days(begins, ends):
                    sums[code][day].gap += length
        return sums

    @api.model
    def _gaps(self, codes, start, end):
        """``{code: [(start, end)]}``: when nobody asked between two probes, and after the last."""
        self.env["l10n_pl_ksef.probe"].flush_model()
        values = {"codes": tuple(codes), "start": start, "end": end, "every": EVERY, "late": LATE}
        gaps = {code: [] for code in codes}
        self.env.cr.execute(GAPS, values)
        for code, begins, ends in self.env.cr.fetchall():
            gaps[code].append((begins, ends))
        return gaps


def first_moment(day):
    """The moment at which a day begins in Warsaw, as Odoo keeps moments."""
    return to_odoo(datetime.combine(day, time(), WARSAW))


def minutes(length):
    return round(length.total_seconds() / 60)


def _by_days(begins, ends):
    """The Warsaw days of an interval, each with the length of its part."""
    while begins < ends:
        day = begins.replace(tzinfo=timezone.utc).astimezone(WARSAW).date()
        cut = min(ends, first_moment(day + timedelta(days=1)))
        yield day, cut - begins
        begins = cut
