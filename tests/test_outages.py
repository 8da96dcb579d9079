from datetime import datetime, timedelta, timezone

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from ..ksef import deadlines
from .availability_case import KEYS, AvailabilityCase

BIP = "https://www.podatki.gov.pl/ksef/komunikaty/awaria"


class OutageCase(AvailabilityCase):
    def setUp(self):
        super().setUp()
        self.now = fields.Datetime.now()

    def hours(self, count):
        return self.now + timedelta(hours=count)

    def iso(self, count):
        return f"{self.hours(count).isoformat(timespec='seconds')}Z"

    def known(self, environment="production"):
        return self.outages._known(environment)

    def track(self, *records):
        """Write the history down, as the end of a request does."""
        self.env.flush_all()
        self.cr.flush()
        for record in records:
            record.invalidate_recordset(["message_ids"])

    def by_hand(self, user=None, **values):
        return (
            self.env["l10n_pl_ksef.outage"]
            .with_user(user or self.manager)
            .create(
                {
                    "kind": "FAILURE",
                    "start": self.hours(-3),
                    "announced": self.hours(-2),
                    "text": "Od godziny 8 trwa awaria KSeF.",
                    "link": BIP,
                    **values,
                }
            )
        )


class TestObserved(OutageCase):
    """What we notice ourselves: two failed probes begin an outage, two good ones end it."""

    def test_from_two_failed_to_two_good(self):
        self.trouble("production", "html_502", KEYS)
        first = self.ask()["production"]
        self.assertFalse(self.outages.search([]), "one failure is none")
        self.ask()
        [outage] = self.outages.search([])
        self.assertEqual((outage.environment, outage.kind), ("production", "OBSERVED"))
        self.assertEqual(
            (outage.source, outage.start, outage.end), ("observed", first.moment, False)
        )
        self.assertFalse(outage.announced)
        self.ask(2)
        self.assertEqual(len(self.outages.search([])), 1)
        self.no_more_trouble("production")
        good = self.ask()["production"]
        self.assertFalse(outage.end, "one good answer is not the end")
        self.ask()
        self.assertEqual(outage.end, good.moment)
        self.ask()
        self.assertEqual(len(self.outages.search([])), 1)
        self.assertIn("no deadline moves", outage.consequence)
        [plain] = self.known()
        self.assertEqual(plain.kind, deadlines.OutageKind.OBSERVED)
        self.assertEqual(
            deadlines.announced_mode(datetime.now(timezone.utc), [plain]).value, "online"
        )

    def test_ups_and_downs_are_no_outage(self):
        for kind in ("html_502", None, "html_502", None):
            if kind:
                self.trouble("production", kind, KEYS, times=1)
            self.ask()
        self.assertFalse(self.outages.search([]))

    def test_failures_long_apart(self):
        """Between them nobody asked: that is no outage of hours."""
        self.probe(200, "unavailable")
        self.trouble("production", "html_502", KEYS)
        self.ask()
        self.assertFalse(self.outages.search([]))
        second = self.ask()
        [outage] = self.outages.search([])
        self.assertGreater(outage.start, self.now - timedelta(minutes=1))
        self.assertLessEqual(outage.start, second["production"].moment)

    def test_on_the_page(self):
        self.trouble("demo", "html_502", KEYS)
        self.ask(2)
        page = self.probes.with_user(self.accountant).status_page()
        [shown] = page["outages"]
        self.assertEqual((shown["environment"], shown["kind"]), ("demo", "OBSERVED"))
        self.assertEqual(shown["end"], None)
        self.assertTrue(shown["start"].endswith("Z"))
        demo = next(one for one in page["environments"] if one["code"] == "demo")
        self.assertEqual(demo["state"], "unavailable")
        self.assertIn("502", demo["words"])
        self.assertEqual(demo["last"]["failure"], "not_ksef")
        self.assertEqual(demo["since"], shown["start"])
        self.assertIsNone(demo["latarnia"])


class TestAnnounced(OutageCase):
    """What Latarnia announces."""

    def test_a_failure_and_its_end(self):
        message = self.announce("production", status="FAILURE", start=self.iso(-1))["message"]
        self.probes = self.probes.with_context(tracking_disable=False, mail_notrack=False)
        self.ask()
        self.track()
        [outage] = self.outages.search([])
        self.assertEqual((outage.kind, outage.source), ("FAILURE", "latarnia"))
        self.assertEqual((outage.start, outage.end), (self.hours(-1), False))
        self.assertEqual(outage.announcement, message["id"])
        self.assertLess(abs(outage.announced - self.now), timedelta(minutes=1))
        [plain] = self.known()
        self.assertEqual(plain.announcement, message["id"])
        self.assertEqual(
            deadlines.announced_mode(datetime.now(timezone.utc), [plain]).value, "emergency"
        )
        page = self.probes.status_page()
        self.assertEqual(page["environments"][0]["state"], "failure")
        self.assertEqual(page["environments"][0]["latarnia"]["state"], "FAILURE")
        self.assertIn("answered nevertheless", page["environments"][0]["words"])
        self.assertEqual(self.probes._state_now("production")[0], "failure")
        self.assertIn("seven business days", outage.consequence)

        self.announce("production", status="AVAILABLE", end=self.iso(0))
        self.ask()
        self.assertEqual(outage.end, self.hours(0))
        self.assertEqual(len(self.outages.search([])), 1)
        self.assertEqual(len(outage.announcement_ids), 2)
        due = deadlines.deadline("emergency", self.known()[0].start, self.known()).day
        self.assertIn("must be sent to KSeF by", outage.consequence)
        self.assertIn(f"{due:%m/%d/%Y}", outage.consequence)
        self.assertEqual(self.probes.status_page()["environments"][0]["state"], "available")
        self.track(outage)
        self.assertTrue(outage.message_ids.tracking_value_ids, "each change stands in its history")

    def test_a_later_version_replaces(self):
        self.announce("production", status="MAINTENANCE", start=self.iso(1), end=self.iso(5))
        self.ask()
        [outage] = self.outages.search([])
        self.assertEqual((outage.start, outage.end), (self.hours(1), self.hours(5)))
        self.assertEqual(self.probes.status_page()["environments"][0]["state"], "available",
                         "not yet")  # fmt: skip
        self.move_clock("production", forward=2 * 3600)
        self.announce("production", status="AVAILABLE")  # cuts it short by a new version
        self.ask()
        self.assertEqual(len(self.outages.search([])), 1)
        self.assertLess(outage.end, self.hours(3))
        versions = self.announcements.search([], order="version")
        self.assertEqual(versions.mapped("version"), [1, 2])
        self.assertEqual(versions.mapped("replaced"), [True, False])
        self.assertEqual(outage.announcement_ids, versions[1])
        self.assertLess(abs(outage.announced - self.now), timedelta(minutes=1), "the first time")

    def test_total_failure(self):
        self.announce("production", status="TOTAL_FAILURE")
        self.ask()
        [outage] = self.outages.search([])
        self.assertEqual(outage.kind, "TOTAL_FAILURE")
        self.assertIn("stay outside KSeF for good", outage.consequence)
        self.assertEqual(self.probes.status_page()["environments"][0]["state"], "total_failure")

    def test_what_is_staged_touches_nothing_real(self):
        """TEST and the simulator announce what they like."""
        self.connect()
        self.announce("simulator", status="TOTAL_FAILURE")
        self.ask()
        [outage] = self.outages.search([])
        self.assertEqual(outage.environment, "simulator")
        self.assertEqual(self.known("production"), [])
        self.assertEqual(self.known("demo"), [])
        self.assertIn("practice", outage.consequence)
        page = self.probes.status_page()
        states = {one["code"]: one["state"] for one in page["environments"]}
        self.assertEqual(
            states, {"production": "available", "demo": "available", "simulator": "total_failure"}
        )

    def test_production_does_not_touch_demo(self):
        self.announce("production", status="FAILURE")
        self.ask()
        self.assertEqual(self.known("demo"), [])
        self.assertEqual(len(self.known("production")), 1)

    def test_nobody_changes_it(self):
        self.announce("production", status="FAILURE")
        self.ask()
        outage = self.outages.search([])
        for user, error in ((self.accountant, AccessError), (self.manager, UserError)):
            with self.assertRaises(error):
                outage.with_user(user).end = self.now
            with self.assertRaises(error):
                outage.with_user(user).active = False
            with self.assertRaises(AccessError):
                outage.with_user(user).unlink()
        with self.assertRaises(UserError):
            outage.unlink()


class TestByHand(OutageCase):
    """An administrator of KSeF enters what stands in the BIP while Latarnia is silent."""

    def test_as_a_form(self):
        with Form(self.env["l10n_pl_ksef.outage"].with_user(self.manager)) as form:
            form.kind = "FAILURE"
            form.start = self.hours(-3)
            form.announced = self.hours(-2)
            form.announcement = "K/2026/AWR/07"
            form.text = "Od godziny 8 trwa awaria KSeF."
            form.link = BIP
        outage = form.record
        self.assertEqual((outage.source, outage.environment), ("by_hand", "production"))
        [plain] = self.known()
        self.assertEqual(plain.kind, deadlines.OutageKind.FAILURE)
        self.assertEqual(plain.start, self.hours(-3).replace(tzinfo=timezone.utc))
        self.assertEqual(plain.announced, self.hours(-2).replace(tzinfo=timezone.utc))
        self.assertIsNone(plain.end)
        self.assertEqual(outage.with_user(self.accountant).announcement, "K/2026/AWR/07")
        self.assertEqual(self.probes._state_now("production")[0], "failure")

    def test_who_may(self):
        for user in (self.accountant, self.bookkeeper):
            with self.assertRaises(AccessError):
                self.by_hand(user)
        outage = self.by_hand()
        with self.assertRaises(AccessError):
            outage.with_user(self.accountant).end = self.now
        with self.assertRaises(AccessError):
            outage.with_user(self.bookkeeper).read(["start"])
        for values in ({"source": "latarnia"}, {"event": "1000"}):
            with self.assertRaises(AccessError):
                outage.write(values)
            with self.assertRaises(AccessError):
                self.by_hand(**values)

    def test_what_it_needs(self):
        for values in (
            {"link": False},
            {"link": "see the BIP"},
            {"link": "javascript:alert(1)"},
            {"text": "  "},
            {"announced": False},
            {"kind": "OBSERVED"},
            {"end": self.hours(-4)},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.by_hand(**values)

    def test_changes_stay_on_record(self):
        outage = self.by_hand().with_context(tracking_disable=False, mail_notrack=False)
        self.track(outage)
        before = outage.sudo().message_ids
        outage.end = self.hours(-1)
        self.track(outage)
        tracked = (outage.sudo().message_ids - before).sudo().tracking_value_ids
        self.assertEqual(tracked.field_id.mapped("name"), ["end"])
        self.assertEqual((outage.sudo().message_ids - before).author_id, self.manager.partner_id)
        with self.assertRaises(AccessError):
            outage.unlink()
        outage.action_archive()
        self.assertEqual(self.known(), [])
        self.assertTrue(outage.exists())

    def test_latarnia_replaces_it(self):
        outage = self.by_hand()
        other = self.by_hand(kind="MAINTENANCE", end=self.hours(-1))
        self.announce("production", status="FAILURE", start=self.iso(-2))
        self.ask()
        official = self.outages.search([("source", "=", "latarnia")])
        self.assertEqual(outage.superseded_by_id, official)
        self.assertFalse(other.superseded_by_id)
        self.assertEqual(
            {plain.announcement for plain in self.known() if plain.kind.value == "FAILURE"},
            {official.announcement},
        )
        self.assertEqual(len(self.known()), 2)

    def test_another_number_is_another_outage(self):
        outage = self.by_hand(announcement="K/2020/AWR/99")
        self.announce("production", status="FAILURE", start=self.iso(-2))
        self.ask()
        self.assertFalse(outage.superseded_by_id)
        self.assertEqual(len(self.known()), 2)
        official = self.outages.search([("source", "=", "latarnia")])
        outage.announcement = f" {official.announcement.lower()} "
        self.assertEqual(outage.superseded_by_id, official)
        self.assertEqual(len(self.known()), 1)

    @mute_logger("odoo.sql_db")
    def test_latarnia_s_outages_are_not_doubled(self):
        self.announce("production", status="FAILURE")
        self.ask(3)
        self.assertEqual(len(self.outages.search([])), 1)


class TestWhatFollows(OutageCase):
    """Deadlines of invoices follow what becomes known."""

    def offline_invoice(self):
        self.connect_to("production")
        move = self.invoice()
        move._l10n_pl_ksef_issue("offline24")
        return self.document(move)

    def test_deadlines_move_with_an_announcement(self):
        document = self.offline_invoice()
        before = document.deadline
        self.assertTrue(before)
        self.announce("production", status="FAILURE")
        self.ask()
        self.assertTrue(document.deadline_waiting, document.deadline_words)
        self.announce("production", status="AVAILABLE")
        self.ask()
        self.assertFalse(document.deadline_waiting)
        self.assertGreater(document.deadline, before)

    def test_deadlines_move_with_what_a_person_entered(self):
        document = self.offline_invoice()
        before = document.deadline
        outage = self.by_hand(announced=self.hours(1), start=self.hours(-1), end=self.hours(2))
        self.assertGreater(document.deadline, before)
        outage.action_archive()
        self.assertEqual(document.deadline, before)
