from datetime import datetime, timedelta, timezone

from odoo import Command, api, fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase

from ..models.moments import WARSAW, to_odoo
from .common import OTHER_NIP, KsefCase

EVERY = timedelta(minutes=5)
#: Slots of the strip, counted back from the running one, in which something is amiss.
UNAVAILABLE = range(100, 104)
OWN_LINE = range(150, 153)
MISSING = range(200, 206)


class StatusCase(KsefCase):
    """A connected company, and checks of which each slot of the last 24 hours has at most one."""

    def probe(self, moment, state="available", environment="simulator", **values):
        """A check as the scheduled action writes it down."""
        if state != "available":
            values = {"failure": "timeout", "milliseconds": 10_000, **values}
        return (
            self.env["l10n_pl_ksef.probe"]
            .sudo()
            .create(
                {
                    "environment": environment,
                    "moment": moment,
                    "state": state,
                    "http_status": 0 if "failure" in values else 200,
                    "content_type": "" if "failure" in values else "application/json",
                    "milliseconds": 120,
                    "url": "http://127.0.0.1/v2",
                    **values,
                }
            )
        )

    def checks_of_a_day(self):
        """24 hours of checks, 13 of which tell or lack something."""
        now = fields.Datetime.now()
        running = now - (now - datetime.min) % EVERY
        for back in range(287, -1, -1):
            state = "available"
            if back in UNAVAILABLE:
                state = "unavailable"
            elif back in OWN_LINE:
                state = "own_line"
            if back not in MISSING:
                self.probe(running - back * EVERY, state)

    def checks_of_an_old_day(self, days, failed):
        """Around noon in Warsaw, ``failed`` checks in a row without an answer."""
        noon = datetime.now(WARSAW).replace(hour=12, minute=0) - timedelta(days=days)
        noon = to_odoo(noon.astimezone(timezone.utc))
        for number in range(-3, failed + 3):
            state = "unavailable" if 0 <= number < failed else "available"
            self.probe(noon + number * EVERY, state)

    def outage(self, kind, hours, end=None, **values):
        now = fields.Datetime.now()
        return (
            self.env["l10n_pl_ksef.outage"]
            .sudo()
            .create(
                {
                    "environment": "simulator",
                    "kind": kind,
                    "start": now + timedelta(hours=hours),
                    "end": end and now + timedelta(hours=end),
                    **values,
                }
            )
        )

    def announced(self, kind, hours, end=None, number="K/2026/NI/77"):
        return self.outage(
            kind,
            hours,
            end,
            source="by_hand",
            announced=fields.Datetime.now() - timedelta(hours=72),
            announcement=number,
            title="Prace serwisowe",
            text="Niedostępność KSeF",
            link="https://www.gov.pl/web/finanse/niedostepnosc",
        )

    def lights(self, user, companies=None):
        context = {"allowed_company_ids": (companies or self.company).ids}
        return self.env["res.company"].with_user(user).with_context(**context).l10n_pl_ksef_lights()


class TestStatusPage(StatusCase, HttpCase):
    """The page in the browser; a tour fails on any error of its page."""

    def test_what_stands_on_the_page(self):
        self.connect()
        self.checks_of_a_day()
        self.checks_of_an_old_day(10, failed=5)
        self.checks_of_an_old_day(20, failed=1)
        self.announced("MAINTENANCE", 30, 36)
        self.outage("OBSERVED", -9, -8, source="observed")
        self.start_tour(
            "/odoo/ksef-availability", "l10n_pl_ksef_status_page", login="ksef_accountant"
        )

    def test_it_refreshes_itself(self):
        """A check that others make appears without a click; without a server the page says so."""
        self.connect()
        now = fields.Datetime.now()
        for minutes in (7, 2):
            self.probe(now - timedelta(minutes=minutes), "unavailable")
        for number in range(6):  # enough to scroll
            self.announced("MAINTENANCE", 30 + number, 31 + number, f"K/2026/NI/{number}")
        probes = type(self.env["l10n_pl_ksef.probe"])
        original = probes.status_page
        asked = []

        @api.model
        def status_page(model):
            asked.append(model.env.user.login)
            if len(asked) == 3:  # meanwhile the scheduled action runs
                self.probe(fields.Datetime.now())
            return original(model)

        self.patch(probes, "status_page", status_page)
        self.start_tour(
            "/odoo/accounting", "l10n_pl_ksef_status_page_refreshes", login="ksef_accountant"
        )
        self.assertGreaterEqual(len(asked), 4)
        self.assertEqual(set(asked), {"ksef_accountant"})

    def test_nothing_was_checked_yet(self):
        self.start_tour(
            "/odoo/ksef-availability", "l10n_pl_ksef_status_page_empty", login="ksef_manager"
        )
        probes = self.env["l10n_pl_ksef.probe"].sudo().search([])
        self.assertEqual(sorted(probes.mapped("environment")), ["demo", "production"])
        self.assertEqual(set(probes.mapped("state")), {"own_line"}, "nothing is let through here")

    def test_only_administrators_ask_out_of_turn(self):
        self.connect()
        probes = self.env["l10n_pl_ksef.probe"]
        for user in (self.accountant, self.bookkeeper):
            with self.assertRaises(AccessError):
                probes.with_user(user).action_check_now()
        self.assertFalse(probes.sudo().search([]))
        probes.with_user(self.manager).action_check_now()
        self.assertEqual(probes._latest("simulator").state, "available")

    def test_a_confirmation_of_an_outage(self):
        """The button beside an outage opens a new confirmation of just that time."""
        self.connect()
        outage = self.outage("OBSERVED", -9, -8, source="observed")
        self.outage("OBSERVED", -3, -2, source="observed")
        self.start_tour(
            "/odoo/ksef-availability", "l10n_pl_ksef_status_page_confirm", login="ksef_accountant"
        )
        [confirmation] = self.env["l10n_pl_ksef.confirmation"].sudo().search([])
        self.assertEqual(confirmation.outage_id, outage)
        self.assertLess(confirmation.start, outage.start)
        self.assertGreater(confirmation.end, outage.end)
        self.assertEqual(confirmation.create_uid, self.accountant)


class TestLight(StatusCase, HttpCase):
    """The dot and the proposal in the list of invoices and on the dashboard."""

    def propose(self, mode="offline24"):
        self.company.sudo().write(
            {
                "l10n_pl_ksef_proposed_mode": mode,
                "l10n_pl_ksef_proposal_reason": "silent",
            }
        )

    def two_checks(self, state):
        now = fields.Datetime.now()
        for minutes in (7, 2):
            self.probe(now - timedelta(minutes=minutes), state)

    def test_the_way_from_the_list(self):
        self.connect()
        self.invoice()
        self.two_checks("unavailable")
        self.propose()
        self.start_tour("/odoo/accounting", "l10n_pl_ksef_light", login="ksef_accountant")
        self.assertFalse(self.company.l10n_pl_ksef_proposed_mode)
        self.assertEqual(self.company.l10n_pl_ksef_declined_mode, "offline24")
        self.assertEqual(self.company.l10n_pl_ksef_mode, "online")

    def test_whom_it_does_not_concern(self):
        """Nothing is shown to people without the right."""
        self.connect()
        self.invoice()
        self.two_checks("unavailable")
        self.propose()
        self.assertEqual(len(self.lights(self.accountant)), 1)
        self.start_tour("/odoo/accounting", "l10n_pl_ksef_no_light", login="ksef_bookkeeper")

    def test_a_company_without_ksef(self):
        self.invoice()
        self.two_checks("unavailable")
        self.propose()
        self.assertEqual(self.lights(self.accountant), [])
        self.start_tour("/odoo/accounting", "l10n_pl_ksef_no_light", login="ksef_accountant")

    def test_the_lights_of_several_companies(self):
        """The active company's first; companies without KSeF have none."""
        self.connect()
        other = self.env["res.company"].create(
            {"name": "Bez KSeF", "vat": f"PL{OTHER_NIP}", "country_id": self.env.ref("base.pl").id}
        )
        self.accountant.company_ids = [Command.link(other.id)]
        self.two_checks("available")
        [light] = self.lights(self.accountant, other + self.company)
        self.assertEqual(light["company"], "Cukiernia Pod Lipą sp. z o.o.")
        self.assertEqual((light["state"], light["words"]), ("available", "KSeF answers."))
        self.assertEqual((light["mode"], light["proposed"]), ("online", False))
        self.assertEqual(self.lights(self.accountant, other), [])
        self.assertEqual(self.lights(self.bookkeeper), [])

    def test_the_same_state_everywhere(self):
        """Page, list and dashboard never say different things."""
        self.connect()
        journal = self.company_data["default_journal_sale"].with_user(self.accountant)

        def said():
            self.env.invalidate_all()
            probes = self.env["l10n_pl_ksef.probe"].with_user(self.accountant)
            page = {one["code"]: one for one in probes.status_page()["environments"]}
            [light] = self.lights(self.accountant)
            card = journal._get_journal_dashboard_data_batched()[journal.id]["l10n_pl_ksef"]
            found = {
                (one["state"], one["words"]) for one in (page["simulator"], light, card["light"])
            }
            [(state, _words)] = found
            return state

        self.assertEqual(said(), "unknown")
        self.two_checks("unavailable")
        self.assertEqual(said(), "unavailable")
        self.announced("MAINTENANCE", -1, 1)
        self.assertEqual(said(), "maintenance")
        self.announced("FAILURE", -1, number="K/2026/AWR/78")
        self.assertEqual(said(), "failure")
        self.announced("TOTAL_FAILURE", -1, number="K/2026/AWR/79")
        self.assertEqual(said(), "total_failure")
        self.probe(fields.Datetime.now(), "own_line")
        self.assertEqual(said(), "own_line")

    def test_who_may_read_the_page(self):
        self.connect()
        for user in (self.accountant, self.manager):
            page = self.env["l10n_pl_ksef.probe"].with_user(user).status_page()
            self.assertEqual(page["company"]["environment"], "simulator")
            self.assertIs(page["company"]["can_switch"], True)
        with self.assertRaises(AccessError):
            self.env["l10n_pl_ksef.probe"].with_user(self.bookkeeper).status_page()
