import hashlib
import io
import json
import time
from base64 import b64decode
from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form
from odoo.tools.pdf import PdfFileReader

from ..models.confirmation import LONGEST
from ..models.confirmation_paper import MOST_ROWS, when
from .availability_case import KEYS, AvailabilityCase

BASE = datetime(2026, 3, 3, 9, 2, 30)


class ConfirmationCase(AvailabilityCase):
    def setUp(self):
        super().setUp()
        self.confirmations = self.env["l10n_pl_ksef.confirmation"].with_user(self.accountant)

    def past(self, *states, environment="production", start=BASE, **values):
        """Probes every five minutes; None leaves one out."""
        for turn, state in enumerate(states):
            if state:
                failed = state != "available"
                self.probe(
                    0,
                    state,
                    environment,
                    moment=start + timedelta(minutes=5 * turn),
                    server="odoo1.podlipa.example",
                    http_status=0 if failed else 200,
                    neutral=failed and ("answered" if state == "unavailable" else "silent"),
                    neutral_url=failed and "https://neutral.example",
                    **values,
                )

    def draft(self, **values):
        return self.confirmations.create(
            {
                "environment": "production",
                "start": BASE - timedelta(seconds=150),
                "end": BASE + timedelta(minutes=60),
                "lang": "en_US",
                **values,
            }
        )

    def made(self, **values):
        confirmation = self.draft(**values)
        confirmation.action_make()
        return confirmation

    def file(self, confirmation):
        return confirmation.evidence_id.raw

    def evidence(self, confirmation):
        return json.loads(self.file(confirmation))

    def html(self, confirmation):
        return confirmation.sudo()._html()


class TestConfirmation(ConfirmationCase):
    """What we saw of KSeF in an interval, with all the evidence, made once."""

    def test_the_file(self):
        up, down, line = "available", "unavailable", "own_line"
        self.past(up, up, down, down, up, None, None, up, line, up, up, up)
        confirmation = self.made()
        data = self.file(confirmation)
        self.assertEqual(hashlib.sha256(data).hexdigest(), confirmation.sha256)
        evidence = json.loads(data)
        again = json.dumps(evidence, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        self.assertEqual(again.encode(), data, "always the same way of writing")
        self.assertEqual(evidence["company"], {"name": self.company.name, "nip": "5265877635"})
        self.assertEqual(evidence["environment"]["api"], "https://api.ksef.mf.gov.pl/v2")
        self.assertEqual(
            evidence["interval"], {"start": "2026-03-03T09:00:00Z", "end": "2026-03-03T10:02:30Z"}
        )
        self.assertEqual(evidence["made"]["by"], self.accountant.name)
        self.assertEqual(
            evidence["method"]["question"],
            "GET https://api.ksef.mf.gov.pl/v2/security/public-key-certificates",
        )
        self.assertEqual(evidence["method"]["servers"], ["odoo1.podlipa.example"])
        self.assertEqual(len(evidence["probes"]), 10)
        self.assertEqual(
            [(one["state"], one["seconds"], one["probes"]) for one in evidence["spans"]],
            [
                ("not_asked", 150, 0),
                ("available", 600, 2),
                ("unavailable", 600, 2),
                ("available", 300, 1),
                ("not_asked", 600, 0),
                ("available", 300, 1),
                ("own_line", 300, 1),
                ("available", 900, 3),
            ],
        )
        self.assertEqual(sum(one["seconds"] for one in evidence["spans"]), 62 * 60 + 30)
        summary = evidence["summary"]
        self.assertEqual((summary["probes"], summary["failed"], summary["own_line"]), (10, 2, 1))
        self.assertEqual((summary["neutral_asked"], summary["neutral_answered"]), (3, 2))
        self.assertEqual(
            (confirmation.minutes_down, confirmation.minutes_own_line, confirmation.probe_count),
            (10, 5, 10),
        )
        self.assertEqual(confirmation.minutes_gap, 12)
        failed = evidence["probes"][2]
        self.assertEqual(failed["moment"], "2026-03-03T09:12:30Z")
        self.assertEqual((failed["failure"], failed["neutral"]), ("timeout", "answered"))

    def test_what_came_back_over_the_wire(self):
        """From the probe to the file: an outage of the simulator behind production's address."""
        self.trouble("production", "html_503", KEYS)
        self.announce("production", status="FAILURE", title="Awaria", text="Zażółć gęślą jaźń")
        self.ask(2)
        time.sleep(1.1)  # what came in the last second lies before its end
        now = fields.Datetime.now()
        confirmation = self.made(start=now - timedelta(minutes=10), end=now)
        evidence = self.evidence(confirmation)
        self.assertEqual([one["state"] for one in evidence["probes"]], ["unavailable"] * 2)
        probe = evidence["probes"][0]
        self.assertEqual((probe["failure"], probe["http_status"]), ("not_ksef", 503))
        self.assertIn("<html", probe["body"])
        self.assertIn("content-type", {name.lower() for name in probe["headers"]})
        self.assertEqual(probe["latarnia"]["state"], "FAILURE")
        [announcement] = evidence["announcements"]
        self.assertEqual(announcement["text"], "Zażółć gęślą jaźń")
        self.assertEqual(
            hashlib.sha256(announcement["raw"].encode()).hexdigest(), announcement["sha256"]
        )
        answers = {one["sha256"]: b64decode(one["body_base64"]) for one in evidence["answers"]}
        for sha256, body in answers.items():
            self.assertEqual(hashlib.sha256(body).hexdigest(), sha256)
        self.assertIn("Zażółć gęślą jaźń", answers[announcement["answer_sha256"]].decode())
        self.assertIn(probe["latarnia"]["messages_sha256"], answers)
        self.assertEqual(
            {(one["kind"], one["source"]) for one in evidence["outages"]},
            {("OBSERVED", "observed"), ("FAILURE", "latarnia")},
        )

    def test_another_environment_is_left_out(self):
        self.past("unavailable", "unavailable", environment="demo")
        self.past("available", "available")
        evidence = self.evidence(self.made())
        self.assertEqual(evidence["summary"]["failed"], 0)
        self.assertEqual(self.evidence(self.made(environment="demo"))["summary"]["failed"], 2)

    def test_nothing_was_asked(self):
        confirmation = self.made()
        evidence = self.evidence(confirmation)
        self.assertEqual([one["state"] for one in evidence["spans"]], ["not_asked"])
        self.assertIn("nothing can be said", self.html(confirmation))

    def test_cut_at_the_edges(self):
        """A probe before the interval stands for its beginning."""
        self.past("unavailable", "unavailable", "available")
        confirmation = self.made(
            start=BASE + timedelta(minutes=3), end=BASE + timedelta(minutes=12)
        )
        self.assertEqual(
            [(one["state"], one["seconds"], one["probes"])
             for one in self.evidence(confirmation)["spans"]],
            [("unavailable", 420, 1), ("available", 120, 1)],
        )  # fmt: skip

    # --- the paper -----------------------------------------------------------------------------

    def test_the_paper(self):
        self.past("available", "unavailable", "unavailable", "available", None, None, "own_line")
        confirmation = self.made()
        html = self.html(confirmation)
        for words in (
            confirmation.sha256,
            f"sha256sum {confirmation.evidence_id.name}".split(" ", 1)[0],
            confirmation.evidence_id.name,
            self.company.name,
            "5265877635",
            "api.ksef.mf.gov.pl",
            "2026-03-03 10:07:30 +01:00",
            "KSeF did not answer for 10 min 0 s: 2 of 5 checks failed.",
            "its own line was broken",
            "Unavailable: Time-out",
            "odoo1.podlipa.example",
            "No announcement of the Ministry",
            self.accountant.name,
        ):
            self.assertIn(words, html.replace("\xa0", " "))

    def test_the_paper_names_announcements(self):
        self.past("unavailable", "unavailable")
        self.outages.create(
            {
                "kind": "FAILURE",
                "source": "by_hand",
                "start": BASE,
                "end": BASE + timedelta(hours=1),
                "announced": BASE,
                "announcement": "K/2026/AWR/77",
                "text": "<b>Awaria</b> & inne",
                "link": "https://www.gov.pl/bip/77",
            }
        )
        confirmation = self.made()
        html = self.html(confirmation)
        self.assertIn("K/2026/AWR/77", html)
        self.assertIn("https://www.gov.pl/bip/77", html)
        self.assertIn("&lt;b&gt;Awaria&lt;/b&gt; &amp; inne", html)
        self.assertIn("Entered by hand", html)

    def test_practice_is_not_production(self):
        self.past("unavailable", environment="demo")
        self.assertIn("for practice", self.html(self.made(environment="demo")))
        self.assertNotIn("for practice", self.html(self.made()))

    def test_the_pdf(self):
        self.past(*["available", "unavailable"] * 40)
        confirmation = self.made(end=BASE + timedelta(hours=7))
        data = confirmation.pdf_id.raw
        self.assertTrue(data.startswith(b"%PDF-"))
        self.assertEqual(hashlib.sha256(data).hexdigest(), confirmation.pdf_sha256)
        pages = PdfFileReader(io.BytesIO(data)).pages
        self.assertGreater(len(pages), 1)
        for number, page in enumerate(pages, 1):
            text = page.extract_text()
            self.assertIn(f"Page {number} of {len(pages)}", text)
            self.assertIn(confirmation.sha256, text)

    def test_very_many_failures_are_put_together(self):
        self.past(*["unavailable"] * (MOST_ROWS + 1))
        confirmation = self.made(end=BASE + timedelta(days=3))
        [rows] = confirmation.sudo()._paper()["tables"]
        self.assertEqual([row["count"] for row in rows], [MOST_ROWS + 1])
        self.assertEqual(len(self.evidence(confirmation)["probes"]), MOST_ROWS + 1)

    def test_a_gap_ends_a_run(self):
        self.past("available", "available", None, None, "available")
        [rows] = self.made().sudo()._paper()["tables"]
        self.assertEqual([row["count"] for row in rows], [2, 1])

    def test_times_when_the_clock_goes_back(self):
        self.assertEqual(when("2026-10-25T00:30:00Z"), "2026-10-25 02:30:00 +02:00")
        self.assertEqual(when("2026-10-25T01:30:00Z"), "2026-10-25 02:30:00 +01:00")
        self.assertEqual(when(None), "…")

    # --- made once -----------------------------------------------------------------------------

    def test_filed_with_the_company(self):
        self.past("unavailable", "unavailable")
        confirmation = self.made()
        self.assertEqual(confirmation.state, "made")
        self.assertEqual(confirmation.made_by_id, self.accountant)
        for file in (confirmation.evidence_id, confirmation.pdf_id):
            self.assertEqual((file.res_model, file.res_id), (confirmation._name, confirmation.id))
            self.assertEqual(file.company_id, self.company)
        posted = confirmation.sudo().message_ids.attachment_ids
        self.assertEqual(posted, (confirmation.evidence_id | confirmation.pdf_id).sudo())
        self.assertIn(confirmation.sha256, self.chatter(confirmation))
        self.assertEqual(confirmation.action_verify()["params"]["type"], "success")

    def test_it_never_changes(self):
        self.past("unavailable")
        confirmation = self.made()
        values = {
            "start": BASE,
            "environment": "demo",
            "sha256": "0" * 64,
            "state": "draft",
            "evidence_id": confirmation.pdf_id.id,
            "minutes_down": 5,
        }
        for user in (self.accountant, self.manager):
            own = confirmation.with_user(user)
            for name, value in values.items():
                with self.subTest(user=user.login, name=name), self.assertRaises(UserError):
                    own.write({name: value})
            for act in (
                own.unlink,
                own.action_make,
                own.evidence_id.unlink,
                lambda own=own: own.evidence_id.write({"raw": b"{}"}),
                lambda own=own: own.pdf_id.write({"raw": b"x"}),
            ):
                with self.assertRaises(UserError):
                    act()
        for name, value in values.items():
            with self.subTest(user="superuser", name=name), self.assertRaises(UserError):
                confirmation.sudo().write({name: value})
        with self.assertRaises(UserError):
            confirmation.sudo().unlink()
        later = self.file(confirmation)
        self.past("available", start=BASE + timedelta(minutes=5))
        self.assertEqual(self.file(confirmation), later)

    def test_a_file_that_was_exchanged(self):
        """Whoever gets at the files is found out by the hash."""
        self.past("unavailable")
        confirmation = self.made()
        confirmation.evidence_id.sudo().raw = b"{}"
        self.assertEqual(confirmation.action_verify()["params"]["type"], "danger")

    def test_nothing_is_forged(self):
        with self.assertRaises(AccessError):
            self.draft(state="made", sha256="0" * 64)
        with self.assertRaises(AccessError):
            self.draft().write({"minutes_down": 500})

    def test_a_draft_can_go(self):
        draft = self.draft()
        draft.end = BASE + timedelta(hours=2)
        draft.unlink()
        self.assertFalse(draft.exists())

    def test_interval(self):
        for start, end in (
            (BASE, BASE),
            (BASE, BASE - timedelta(hours=1)),
            (BASE, BASE + LONGEST + timedelta(seconds=1)),
        ):
            with self.assertRaises(ValidationError):
                self.draft(start=start, end=end)
        future = self.draft(end=fields.Datetime.now() + timedelta(hours=1),
                            start=fields.Datetime.now() - timedelta(hours=1))  # fmt: skip
        with self.assertRaisesRegex(UserError, "future"):
            future.action_make()

    def test_what_the_form_proposes(self):
        outage = self.outages.create(
            {
                "environment": "production",
                "source": "observed",
                "kind": "OBSERVED",
                "start": BASE,
                "end": BASE + timedelta(hours=2),
            }
        )
        with Form(self.confirmations) as form:
            self.assertEqual(form.environment, "production")
            self.assertEqual(form.outage_id, outage)
            self.assertEqual(form.start, BASE - timedelta(minutes=30))
            self.assertEqual(form.end, BASE + timedelta(hours=2, minutes=30))
            form.environment = "demo"
            self.assertFalse(form.outage_id)
            self.assertEqual(form.end - form.start, timedelta(days=1))
        form.record.action_make()
        self.assertEqual(form.record.state, "made")

    def test_old_days_are_sums(self):
        self.env["l10n_pl_ksef.probe.day"].sudo().create(
            {
                "environment": "production",
                "day": BASE.date(),
                "probes": 280,
                "available": 250,
                "minutes_down": 150,
            }
        )
        confirmation = self.made()
        [day] = self.evidence(confirmation)["days"]
        self.assertEqual((day["day"], day["probes"], day["minutes_down"]), ("2026-03-03", 280, 150))
        self.assertIn("sums of each day", self.html(confirmation))

    # --- people and companies ------------------------------------------------------------------

    def test_bookkeepers_have_no_part_in_it(self):
        self.past("unavailable")
        confirmation = self.made()
        for act in (
            lambda: self.draft_of(self.bookkeeper),
            lambda: confirmation.with_user(self.bookkeeper).read(["sha256"]),
            lambda: confirmation.with_user(self.bookkeeper).action_verify(),
            lambda: confirmation.with_user(self.bookkeeper).action_download_pdf(),
            lambda: confirmation.evidence_id.with_user(self.bookkeeper).read(["raw"]),
        ):
            with self.assertRaises(AccessError):
                act()

    def draft_of(self, user):
        return self.draft().with_user(user).copy()

    def test_companies_are_kept_apart(self):
        self.past("unavailable")
        confirmation = self.made()
        other = self.env["res.company"].create({"name": "Piekarnia"})
        stranger = self.person("stranger", "account.group_account_user,l10n_pl_ksef.group_manager",
                               other)  # fmt: skip
        self.assertFalse(self.confirmations.with_user(stranger).search([]))
        for record in (confirmation, confirmation.evidence_id):
            with self.assertRaises(AccessError):
                record.with_user(stranger).read(["display_name"])
