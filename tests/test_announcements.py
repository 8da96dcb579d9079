import hashlib
import json
from base64 import b64decode
from datetime import datetime, timezone

from odoo.exceptions import AccessError

from ..ksef.latarnia import Evidence, Message, UnreadMessage
from ..models.announcement import MOST_AT_ONCE
from .availability_case import AvailabilityCase

MESSAGE = {
    "id": "K/2026/AWR/02",
    "eventId": 1003,
    "category": "FAILURE",
    "type": "FAILURE_START",
    "title": "Wystąpiła awaria",
    "text": "Od godziny 13:27 trwa awaria…",
    "start": "2026-03-31T11:27:00+00:00",
    "published": "2026-03-31T11:35:00.123+00:00",
    "version": 1,
}


class TestAnnouncements(AvailabilityCase):
    """Each version of each message is kept as it came."""

    def answer(self, body=b"[]"):
        url = "https://api-latarnia.ksef.mf.gov.pl/messages"
        evidence = Evidence(url, datetime.now(timezone.utc), body, {})
        return self.env["l10n_pl_ksef.answer"].sudo()._keep("production", evidence)

    def take(self, *values, environment="production"):
        """As if Latarnia had said these messages; returns what was new."""
        messages = [Message.read(json.dumps({**MESSAGE, **value})) for value in values]
        new = self.announcements._keep(environment, messages, (), self.answer())
        self.outages._follow(environment)
        return new

    def test_as_it_came(self):
        self.announce("production", status="FAILURE", title="Wystąpiła awaria", text="Zażółć gęślą")
        self.ask()
        [message] = self.announcements.search([])
        self.assertEqual(message.environment, "production")
        self.assertEqual((message.category, message.kind), ("FAILURE", "FAILURE_START"))
        self.assertEqual((message.title, message.text), ("Wystąpiła awaria", "Zażółć gęślą"))
        self.assertEqual(message.version, 1)
        raw = json.loads(message.raw)
        self.assertEqual((raw["id"], str(raw["eventId"])), (message.number, message.event))
        self.assertEqual(hashlib.sha256(message.raw.encode()).hexdigest(), message.sha256)
        body = b64decode(message.answer_id.with_context(bin_size=False).body)
        self.assertIn("Zażółć gęślą", body.decode())
        self.assertEqual(hashlib.sha256(body).hexdigest(), message.answer_id.sha256)
        self.assertTrue(message.fetched)
        self.assertEqual(message.words, "announced failure: begins")
        self.ask(2)
        self.assertEqual(len(self.announcements.search([])), 1)

    def test_versions(self):
        self.take({})
        self.take({"version": 2, "text": "poprawka"})
        self.take({})
        kept = self.announcements.search([], order="version")
        self.assertEqual(kept.mapped("version"), [1, 2])
        self.assertEqual(kept.mapped("replaced"), [True, False])
        [outage] = self.outages.search([])
        self.assertEqual(outage.text, "poprawka")
        self.assertEqual(outage.announcement_ids, kept[1])

    def test_the_same_version_with_another_text(self):
        """Should the Ministry correct silently, the later text holds and both are kept."""
        self.take({})
        self.take({"start": "2026-03-31T09:00:00+00:00"})
        self.assertEqual(len(self.announcements.search([])), 2)
        [outage] = self.outages.search([])
        self.assertEqual(str(outage.start), "2026-03-31 09:00:00")

    def test_another_category_takes_the_outage_back(self):
        self.take({})
        self.take({"version": 2, "category": "TOTAL_FAILURE"})
        found = self.outages.with_context(active_test=False).search([])
        self.assertEqual(
            {(outage.kind, outage.active) for outage in found},
            {("FAILURE", False), ("TOTAL_FAILURE", True)},
        )
        self.assertEqual(len(self.outages._known("production")), 1)

    def test_unknown_words_change_nothing(self):
        for turn, value in enumerate(
            ({"category": "PARTIAL_FAILURE"}, {"type": "FAILURE_PAUSE"}, {"category": "AVAILABLE"})
        ):
            with self.subTest(value=value):
                [message] = self.take({"eventId": 2000 + turn, **value})
                self.assertIn(next(iter(value.values())), (message.category, message.kind))
                self.assertIn("nothing follows", message.words)
        self.assertFalse(self.outages.with_context(active_test=False).search([]))
        self.assertEqual(self.probes._state_now("production")[0], "unknown")

    def test_what_cannot_be_read_is_shown(self):
        unread = UnreadMessage('{"id": 5}', "id of message is of another kind than expected")
        [message] = self.announcements._keep("production", (), (unread,), self.answer())
        self.assertEqual(message.raw, '{"id": 5}')
        self.assertIn("another kind", message.unread)
        self.assertIn("could not be read", message.display_name)
        self.assertFalse(self.outages._follow("production"))

    def test_numbers_out_of_all_reason(self):
        found = self.take({"eventId": 10**40}, {"version": 10**30, "eventId": 5})
        self.assertEqual(len(found), 2)
        self.assertEqual(len(found.filtered("unread")), 1)
        [outage] = self.outages.search([])
        self.assertEqual(outage.event, "1" + 40 * "0")

    def test_a_flood(self):
        values = [{"eventId": number} for number in range(MOST_AT_ONCE + 50)]
        with self.assertLogs("odoo.addons.l10n_pl_ksef.models.announcement", "WARNING"):
            self.take(*values)
        self.assertEqual(len(self.announcements.search([])), MOST_AT_ONCE)

    def test_markup_is_text(self):
        self.take({"title": "<img src=x onerror=alert(1)>", "text": "<script>alert(1)</script>"})
        [outage] = self.outages.search([])
        self.assertEqual(outage.text, "<script>alert(1)</script>")
        page = self.probes.status_page()
        self.assertEqual(page["outages"][0]["title"], "<img src=x onerror=alert(1)>")

    def test_who_reads(self):
        [message] = self.take({})
        for user in (self.accountant, self.manager):
            own = message.with_user(user)
            self.assertEqual(own.number, "K/2026/AWR/02")
            self.assertTrue(own.answer_id.sha256)
            for act in (
                lambda own=own: own.write({"text": "x"}),
                lambda own=own: own.unlink(),
                lambda own=own: own.copy(),
                lambda own=own: own.answer_id.unlink(),
            ):
                with self.assertRaises(AccessError):
                    act()
        with self.assertRaises(AccessError):
            message.with_user(self.bookkeeper).read(["text"])
