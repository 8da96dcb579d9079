import hashlib
import socket
import time
from base64 import b64decode
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.modules.neutralize import get_neutralization_queries

from ..models import probe_round
from ..models.moments import WARSAW, warsaw_today
from ..models.probe import CLAIM_PROBES, KEPT
from ..models.probe_day import first_moment
from . import simulator_process
from .availability_case import ALL, DEMO, KEYS, LATARNIA, NEUTRAL, PRODUCTION, AvailabilityCase


class TestProbes(AvailabilityCase):
    """Is KSeF there? Asked every five minutes, over real HTTP."""

    def test_production_and_demo_are_always_asked(self):
        with self.enter_registry_test_mode():
            self.env.ref("l10n_pl_ksef.cron_probe").sudo().method_direct_trigger()
        found = self.probes.search([])
        self.assertEqual(set(found.mapped("environment")), {"production", "demo"})
        for probe in found:
            self.assertEqual(probe.state, "available", probe.words)
            self.assertEqual((probe.http_status, probe.failure), (200, False))
            self.assertEqual(probe.content_type, "application/json")
            self.assertGreater(probe.milliseconds, 0)
            self.assertEqual(probe.server, socket.gethostname())
            self.assertTrue(probe.url.endswith("/v2/security/public-key-certificates"))
            self.assertIn("GMT", probe.their_date)
            self.assertFalse(probe.body, "a good answer is not kept 288 times a day")
            self.assertFalse(probe.neutral)
        self.assertEqual(len(self.seen("production", KEYS)), 1)
        self.assertEqual(len(self.seen("demo", KEYS)), 1)
        self.assertNotIn(NEUTRAL, self.asked, "nothing failed")
        by_code = {probe.environment: probe for probe in found}
        self.assertEqual(by_code["production"].latarnia, "AVAILABLE")
        self.assertFalse(by_code["demo"].latarnia, "there is no Latarnia for DEMO")
        self.assertEqual(self.asked.count(LATARNIA), 2)

    def test_every_five_minutes(self):
        cron = self.env.ref("l10n_pl_ksef.cron_probe").sudo()
        self.assertEqual((cron.interval_number, cron.interval_type), (5, "minutes"))
        self.assertTrue(cron.active)

    def test_the_environment_in_use_is_asked_too(self):
        self.connect()
        found = self.ask()
        self.assertEqual(set(found), {"production", "demo", "simulator"})
        self.assertEqual(found["simulator"].latarnia, "AVAILABLE")
        self.env["ir.config_parameter"].sudo().set_param("l10n_pl_ksef.probe_only_used", "True")
        self.assertEqual(set(self.ask()), {"simulator"})

    def test_no_company_concerned(self):
        self.env["res.company"].search([]).write({"l10n_pl_ksef_connection_id": False})
        self.env["res.company"].search([]).write(
            {
                "country_id": self.env.ref("base.de").id,
                "account_fiscal_country_id": self.env.ref("base.de").id,
            }
        )
        self.probes._cron_probe()
        self.assertEqual(self.asked, [])
        self.assertFalse(self.probes.search([]))

    def test_the_same_answer_is_kept_once(self):
        answers = self.env["l10n_pl_ksef.answer"].sudo()
        self.ask(3)
        kept = answers.search([])
        self.assertEqual(len(kept), 2, "state and messages")
        self.assertEqual(kept, self.probes.search([]).status_answer_id | self.probes.search([])
                         .messages_answer_id)  # fmt: skip
        for answer in kept:
            body = b64decode(answer.with_context(bin_size=False).body)
            self.assertEqual(hashlib.sha256(body).hexdigest(), answer.sha256)
            self.assertIn("content-type", answer.headers.lower())
            self.assertNotIn("cookie", answer.headers.lower())
        [status] = kept.filtered(lambda answer: answer.url.endswith("/status"))
        self.assertEqual(
            b64decode(status.with_context(bin_size=False).body), b'{"status":"AVAILABLE"}'
        )
        self.announce("production", status="FAILURE")
        self.ask()
        self.assertEqual(len(answers.search([])), 4)

    # --- how it fails --------------------------------------------------------------------------

    def test_failures_by_address(self):
        """Name, connection, TLS: on the real wire of this machine."""
        self.connect()
        port = simulator_process.running().url.rpartition(":")[2]
        cases = {
            "http://ksef.invalid": "dns",
            f"http://{self.refused}": "connect",
            f"https://127.0.0.1:{port}": "tls",
        }
        for url, failure in cases.items():
            with self.subTest(url=url):
                self.reach(url)
                found = self.ask()
                probe = found["simulator"]
                self.assertEqual((probe.state, probe.failure), ("unavailable", failure))
                self.assertEqual(probe.http_status, 0)
                self.assertEqual(probe.latarnia, "SILENT")
                self.assertEqual(probe.neutral, "answered")
                self.assertTrue(probe.url.startswith(url))
                self.assertEqual(found["production"].state, "available")

    def test_failures_of_the_answer(self):
        cases = {
            "html_502": ("not_ksef", 502, "<html"),
            "html_503": ("not_ksef", 503, "<html"),
            "error_500": ("http", 500, "Internal Server Error"),
            "reset": ("reset", 0, ""),
        }
        for kind, (failure, status, body) in cases.items():
            with self.subTest(kind=kind):
                self.trouble("production", kind, KEYS, times=1)
                found = self.ask()
                probe = found["production"]
                self.assertEqual((probe.state, probe.failure), ("unavailable", failure))
                self.assertEqual(probe.http_status, status)
                self.assertIn(body, probe.body or "")
                self.assertEqual(found["demo"].state, "available")
                self.assertEqual(probe.neutral, "answered")
                self.assertTrue(probe.words)

    def test_an_outage_of_the_whole_service(self):
        self.trouble("production", "outage")
        probe = self.ask()["production"]
        self.assertEqual((probe.state, probe.http_status), ("unavailable", 503))
        self.assertEqual(probe.latarnia, "AVAILABLE", "Latarnia is another service")

    def test_time_outs_are_waited_for_together(self):
        self.trouble("production", "slow", KEYS)
        self.trouble("demo", "slow", KEYS)
        with patch.object(probe_round, "TIMEOUT", (1, 1)):
            began = time.monotonic()
            found = self.ask()
            took = time.monotonic() - began
        self.assertEqual({probe.failure for probe in found.values()}, {"timeout"})
        self.assertLess(took, 1.9, "not one after the other")
        self.assertEqual({probe.state for probe in found.values()}, {"unavailable"})
        self.assertGreaterEqual(min(probe.milliseconds for probe in found.values()), 1000)

    def test_a_question_that_never_ends(self):
        self.trouble("production", "hold", KEYS)
        with patch.object(probe_round, "LONGEST", 0.5):
            began = time.monotonic()
            found = self.ask()
            self.assertLess(time.monotonic() - began, 3)
        self.no_more_trouble("production")
        self.assertEqual(found["production"].failure, "timeout")
        self.assertEqual(found["demo"].state, "available")

    def test_asked_too_often_is_an_answer(self):
        self.trouble("production", "limited", KEYS, times=1)
        probe = self.ask()["production"]
        self.assertEqual((probe.state, probe.http_status), ("available", 429))

    def test_latarnia_may_fail_alone(self):
        for how in ("html_502", "access_denied"):
            with self.subTest(how=how):
                self.announce("production", broken=how)
                probe = self.ask()["production"]
                self.assertEqual((probe.state, probe.latarnia), ("available", "SILENT"))
                self.assertTrue(probe.latarnia_words)
                self.assertFalse(probe.status_answer_id)
        self.assertFalse(self.outages.search([]))
        self.assertFalse(self.announcements.search([]))

    # --- own line or KSeF ----------------------------------------------------------------------

    def test_our_own_line(self):
        self.break_line()
        found = self.ask(2)
        self.assertEqual({probe.state for probe in found.values()}, {"own_line"})
        self.assertEqual({probe.failure for probe in found.values()}, {"connect"})
        self.assertEqual({probe.neutral for probe in found.values()}, {"silent"})
        self.assertFalse(self.outages.search([]), "that is no outage of KSeF")
        self.assertIs(self.probes._is_up("production"), False)
        page = self.probes.status_page()
        self.assertTrue(page["own_line"])
        self.assertEqual({one["state"] for one in page["environments"]}, {"own_line"})
        self.assertIn("not KSeF", page["environments"][0]["words"])
        self.assertEqual(page["environments"][0]["day"][-1]["state"], "own_line")

    def test_whatever_answers_proves_the_line(self):
        for host in ALL:
            with self.subTest(answers=host):
                self.probes.search([]).unlink()
                self.break_line()
                self.broken.discard(host)
                states = {code: probe.state for code, probe in self.ask().items()}
                expected = {"production": "unavailable", "demo": "unavailable"}
                if host == PRODUCTION:
                    expected["production"] = "available"
                if host == DEMO:
                    expected["demo"] = "available"
                self.assertEqual(states, expected)

    def test_an_error_page_proves_the_line(self):
        self.break_line()
        self.broken.discard(PRODUCTION)
        self.trouble("production", "html_503", KEYS)
        self.assertEqual(self.ask()["demo"].state, "unavailable")

    def test_the_simulator_stands_here(self):
        """Its failure is its own, whatever becomes of the line."""
        self.connect()
        self.break_line()
        self.assertEqual(self.ask()["simulator"].state, "available")
        self.fault("html_502", KEYS, times=None)
        found = self.ask()
        self.assertEqual(found["simulator"].state, "unavailable")
        self.assertEqual(found["production"].state, "own_line")

    # --- up or down ----------------------------------------------------------------------------

    def test_is_up(self):
        cases = [
            ([], None),
            ([(1, "available")], None),
            ([(6, "available"), (1, "available")], True),
            ([(6, "unavailable"), (1, "available")], None),
            ([(6, "available"), (1, "unavailable")], None),
            ([(6, "unavailable"), (1, "unavailable")], False),
            ([(6, "own_line"), (1, "own_line")], False),
            ([(11, "available"), (6, "unavailable"), (1, "unavailable")], False),
            ([(16, "available"), (1, "available")], None),
            ([(25, "unavailable"), (20, "unavailable")], None),
        ]
        for past, expected in cases:
            with self.subTest(past=past):
                self.probes.search([]).unlink()
                for minutes, state in past:
                    self.probe(minutes, state)
                self.assertIs(self.probes._is_up("production"), expected)
                self.assertIsNone(self.probes._is_up("demo"), "of another environment")

    def test_settings(self):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("l10n_pl_ksef.neutral_host", False)
        self.assertEqual(self.probes._neutral_host(), "https://www.gov.pl")
        settings = self.env["res.config.settings"].sudo()
        for wrong in ("gov.pl", "file:///etc/passwd", "https://", "http://[::1"):
            with self.subTest(wrong=wrong), self.assertRaises(ValidationError):
                settings.create({"l10n_pl_ksef_neutral_host": wrong})
        settings.create(
            {
                "l10n_pl_ksef_neutral_host": f" https://{NEUTRAL} ",
                "l10n_pl_ksef_probe_only_used": True,
            }
        ).execute()
        self.assertEqual(self.probes._neutral_host(), f"https://{NEUTRAL}")
        self.connect()
        self.assertEqual(set(self.ask()), {"simulator"})

    # --- several workers, copies ---------------------------------------------------------------

    def test_one_worker_at_a_time(self):
        with self.registry.cursor() as other:
            other.execute("SELECT pg_advisory_lock(%s, 0)", [CLAIM_PROBES])
            self.probes._cron_probe()
            self.assertEqual(self.asked, [])
            other.execute("SELECT pg_advisory_unlock(%s, 0)", [CLAIM_PROBES])
        self.assertTrue(self.ask())

    def test_a_copy_that_was_neutralized(self):
        self.connect_to("production")
        self.ask()
        self.env.flush_all()
        for query in get_neutralization_queries(["l10n_pl_ksef"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.assertEqual(set(self.ask()), {"production", "demo"})
        self.assertTrue(self.probes.status_page()["environments"])

    # --- people --------------------------------------------------------------------------------

    def test_who_sees_it(self):
        probe = self.ask()["production"]
        for user in (self.accountant, self.manager):
            own = probe.with_user(user)
            self.assertEqual(own.state, "available")
            page = own.status_page()
            self.assertEqual([one["code"] for one in page["environments"]], ["production", "demo"])
            for act in (
                lambda own=own: own.write({"state": "unavailable"}),
                lambda own=own: own.copy(),
                lambda own=own: own.unlink(),
            ):
                with self.assertRaises(AccessError):
                    act()
        own = probe.with_user(self.bookkeeper)
        with self.assertRaises(AccessError):
            own.status_page()
        with self.assertRaises(AccessError):
            own.read(["state"])


class TestGaps(AvailabilityCase):
    """A run that was missed is a gap: nobody asked, so nobody knows."""

    def page(self, code="production"):
        page = self.probes.status_page()
        return next(one for one in page["environments"] if one["code"] == code)

    def test_strip(self):
        for minutes, state in ((61, "available"), (56, "available"), (51, "unavailable"),
                               (46, "available"), (6, "available"), (1, "available")):  # fmt: skip
            self.probe(minutes, state)
        strip = self.page()["day"]
        self.assertEqual(len(strip), 288)
        self.assertEqual({self.length(slot) for slot in strip}, {timedelta(minutes=5)})
        states = {}
        for slot in strip:
            states[slot["state"]] = states.get(slot["state"], 0) + 1
        self.assertEqual(states["unavailable"], 1)
        self.assertIn(states["available"], (5, 6))
        self.assertEqual(states["gap"], 288 - 1 - states["available"])
        last = datetime.fromisoformat(strip[-1]["end"])
        self.assertLess(abs(last - datetime.now(timezone.utc)), timedelta(minutes=5))

    def length(self, slot):
        return datetime.fromisoformat(slot["end"]) - datetime.fromisoformat(slot["start"])

    def test_a_late_scheduler_is_no_gap(self):
        """A minute or two too late leaves a slot of five minutes empty without a missed run."""
        base = datetime(2026, 3, 2, 10, 4, 50)
        moments = [base + timedelta(minutes=5 * turn) for turn in range(20)]
        moments[7] += timedelta(seconds=130)
        for moment in moments:
            self.probe(0, moment=moment)
        days = self.env["l10n_pl_ksef.probe.day"]
        end = moments[-1] + timedelta(minutes=5)
        self.assertEqual(days._gaps(["production"], base, end), {"production": []})
        self.probes.search([("moment", "=", moments[12])]).unlink()
        self.assertEqual(
            days._gaps(["production"], base, end),
            {"production": [(moments[11] + timedelta(minutes=5), moments[13])]},
        )

    def test_calendar(self):
        yesterday = first_moment(warsaw_today() - timedelta(days=1))
        for turn in range(288):
            state = "available"
            if 100 <= turn < 112:
                state = "unavailable"
            if turn in (150, 151):
                state = "own_line"
            if turn in (200, 201, 202):
                continue
            moment = yesterday + timedelta(minutes=5 * turn + 2)
            self.probe(0, state, moment=moment)
        calendar = {day["day"]: day for day in self.page()["calendar"]}
        self.assertEqual(len(calendar), 90)
        day = calendar[str(warsaw_today() - timedelta(days=1))]
        self.assertEqual(day["state"], "unavailable")
        self.assertEqual(day["minutes_down"], 60)
        self.assertEqual(day["minutes_own_line"], 10)
        self.assertEqual(day["minutes_gap"], 15)
        self.assertEqual(day["probes"], 285)
        self.assertIn(day["expected"], (276, 288, 300))
        before = calendar[str(warsaw_today() - timedelta(days=2))]
        self.assertEqual((before["state"], before["probes"]), ("none", 0))

    def test_days_when_the_clock_changes(self):
        """Warsaw's 29 March 2026 has 23 hours, 25 October 25."""
        for month, day, hours in ((3, 29, 23), (10, 25, 25)):
            begins = datetime(2026, month, day, tzinfo=WARSAW).astimezone(timezone.utc)
            begins = begins.replace(tzinfo=None)
            for turn in range(hours * 12):
                moment = begins + timedelta(minutes=5 * turn)
                self.probe(0, "unavailable", moment=moment, environment="demo")
            sums = self.env["l10n_pl_ksef.probe.day"]._sums(
                ["demo"], begins, begins + timedelta(hours=hours)
            )["demo"]
            self.assertEqual(list(sums), [begins.date() + timedelta(days=1)])
            [one] = sums.values()
            self.assertEqual((one.probes, one.down), (hours * 12, timedelta(hours=hours)))

    def test_a_gap_over_midnight_belongs_to_both_days(self):
        midnight = first_moment(warsaw_today() - timedelta(days=1))
        self.probe(0, moment=midnight - timedelta(minutes=25))
        self.probe(0, moment=midnight + timedelta(minutes=40))
        calendar = {day["day"]: day for day in self.page()["calendar"]}
        two, one = (str(warsaw_today() - timedelta(days=back)) for back in (2, 1))
        self.assertEqual(calendar[two]["minutes_gap"], 20)
        self.assertEqual(calendar[one]["minutes_gap"], 40 + (24 * 60 - 45))

    def test_old_probes_become_sums(self):
        last = warsaw_today() - KEPT
        old, kept = first_moment(last - timedelta(days=1)), first_moment(last)
        for turn in range(288):
            state = "unavailable" if turn < 6 else "available"
            moment = old + timedelta(minutes=5 * turn)
            self.probe(0, state, moment=moment, milliseconds=turn)
        new = self.probe(0, moment=kept)
        self.probes._gc_probes()
        self.assertEqual(self.probes.search([]), new)
        day = self.env["l10n_pl_ksef.probe.day"].sudo().search([])
        self.assertEqual(len(day), 1)
        self.assertEqual((day.day, day.environment), (last - timedelta(days=1), "production"))
        self.assertEqual((day.probes, day.available), (288, 282))
        self.assertEqual((day.minutes_down, day.minutes_own_line, day.minutes_gap), (30, 0, 0))
        self.assertEqual((day.average_milliseconds, day.longest_milliseconds), (146, 287))
        self.probes._gc_probes()
        self.assertEqual(len(self.env["l10n_pl_ksef.probe.day"].sudo().search([])), 1)

    # --- speed ---------------------------------------------------------------------------------

    def days_ago(self, days):
        return fields.Datetime.now() - timedelta(days=days)

    def three_months(self):
        """A probe every five minutes of 90 days, of both environments."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO l10n_pl_ksef_probe
                   (environment, moment, state, milliseconds, http_status, url)
            SELECT environment, moment,
                   CASE WHEN extract(hour from moment) = 3 AND environment = 'production'
                        THEN 'unavailable' ELSE 'available' END,
                   150, 200, 'https://api.ksef.mf.gov.pl/v2/security/public-key-certificates'
              FROM generate_series(%s, %s, interval '5 minutes') AS moment,
                   unnest(ARRAY['production', 'demo']) AS environment
            """,
            [self.days_ago(90), self.days_ago(0)],
        )
        self.env.cr.execute("ANALYZE l10n_pl_ksef_probe")
        self.env.invalidate_all()

    def test_three_months_are_fast(self):
        for start in range(20):
            self.outages.create(
                {
                    "environment": "production",
                    "kind": "OBSERVED",
                    "source": "observed",
                    "start": self.days_ago(4 * start + 0.2),
                    "end": self.days_ago(4 * start + 0.1),
                }
            )
        self.three_months()
        page = self.env["l10n_pl_ksef.probe"].with_user(self.accountant)
        page.status_page()
        began = time.perf_counter()
        with self.counted() as few:
            shown = page.status_page()
        took = time.perf_counter() - began
        self.assertLess(took, 1, "half a second on an idle machine")
        self.assertEqual(len(shown["environments"][0]["latency"]), 288)
        self.assertEqual(len(shown["outages"]), 20)
        down = sum(day["minutes_down"] for day in shown["environments"][0]["calendar"])
        self.assertAlmostEqual(down, 90 * 60, delta=60, msg="an hour a day")
        old = [("environment", "=", "production"), ("moment", "<", self.days_ago(10))]
        self.probes.search(old).unlink()
        with self.counted() as fewer:
            page.status_page()
        self.assertLessEqual(fewer[0], 25)
        self.assertEqual(few[0], fewer[0], "the same number of queries, whatever there is")

    def counted(self):
        """How many queries a block makes from an empty cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        case = self

        class Counted(list):
            def __enter__(self):
                self.append(case.env.cr.sql_log_count)
                return self

            def __exit__(self, *_error):
                self[0] = case.env.cr.sql_log_count - self[0]

        return Counted()
