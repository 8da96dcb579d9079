"""The drill: a company issues invoices while KSeF is announced to be down, fails, and comes back.

Odoo, its scheduler, PostgreSQL and the simulator are processes of their own; people work over
JSON-RPC as the web client does. What became of each invoice is read from the simulator's control
API and from the database, past Odoo. Nothing is sent by the drill: the outbox has to go by itself.
"""

import hashlib
import time
from base64 import b64decode, urlsafe_b64decode
from collections import Counter
from datetime import datetime, timedelta, timezone
from itertools import cycle, islice

import requests

from ksef.deadlines import WARSAW, add_business_days, next_business_day, warsaw_day
from tests.process.support.offline import get_certificate, issue_offline
from tests.process.support.records import DOCUMENT
from tests.process.support.simulator import SEND
from tests.process.support.template import connect
from tests.process.support.waiting import wait_until
from tests.process.support.world import World

from .papers import Papers
from .report import Report

ACCOUNTANT = "ksiegowa"
MOVE = "account.move"
SWITCH = "l10n_pl_ksef.switch.mode"
COMPANY = "Pracownia%"
#: Who buys, and how the demo company knows them: by NIP, from abroad, as a consumer.
BUYERS = {"domestic": "Lubelskie Centrum", "foreign": "Lernwerkstatt", "consumer": "Zielińska"}
#: How many invoices a person posts or issues with one press of a button.
AT_ONCE = 24  # as many of each buyer
#: Seconds from the announcement to the unavailability: time enough for one round of checks.
AHEAD = 8
#: Seconds in which everything must have its number and its receipt once KSeF is back.
PATIENCE = 300
#: Everything is posted and issued in this time.
NEAR_MIDNIGHT = timedelta(minutes=6)
#: What is out of order: KSeF's API and its storage; with the line also Latarnia and all the rest.
#: The pages behind the codes stay, since whoever scans a code has a line of their own.
KSEF = ("api", "storage")
LINE = (*KSEF, "latarnia", "line")
#: Ready to go, or no answer came; the outbox looks at KSeF first then.
WAITING = "state IN ('prepared', 'unknown')"


class Drill:
    """``count`` invoices are issued offline; three more show what goes on beside them."""

    def __init__(self, world: World, count: int, report: Report):
        self.world = world
        self.records = world.records
        self.simulator = world.simulator
        self.report = report
        waiting = max(6, count // 20)
        maintenance = (count - waiting) // 4
        late = max(5, count // 10)
        singles = 4
        failure = count - waiting - maintenance - late - singles
        #: In the order of the scenario: who issues how many in which mode.
        self.sizes = {
            "waiting": waiting,
            "singles": singles,
            "maintenance": maintenance,
            "failure": failure,
            "late": late,
            "lost": 1,
            "before": 1,
            "after": 1,
        }
        self.groups: dict[str, list[int]] = {}
        self.buyers: dict[int, str] = {}
        self.promised: dict[int, str] = {}  # hexadecimal SHA-256 by invoice, as its code says it
        self.faults: list[str] = []

    @property
    def offline(self) -> list[int]:
        """The invoices that are issued offline, in the order in which they were."""
        names = ("waiting", "singles", "maintenance", "failure", "late")
        return [invoice for name in names for invoice in self.groups[name]]

    def run(self) -> None:
        step = self.report.step
        self._wait_out_midnight()
        with step("A company connects, and gets its Offline certificate"):
            self.open_office()
        with step(f"{sum(self.sizes.values())} invoices are posted, for buyers of three kinds"):
            self.post_invoices()
        with step("KSeF works: an invoice goes out online, and two checks are good"):
            self.work_online()
        with step("Latarnia announces an unavailability ahead"):
            begins = self.announce_maintenance()
        with step("KSeF stops answering while the accountant sends"):
            self.lose_answers()
        with step("The unavailability begins: OFFLINE is proposed"):
            self.begin_maintenance(begins)
        with step("Invoices are issued in the unavailability"):
            self.issue_in_maintenance()
        with step("Latarnia announces a failure: emergency is proposed"):
            self.announce_failure()
        with step("The line breaks altogether, and work goes on"):
            self.break_the_line()
        with step("The failure is announced to be over, but KSeF is still silent: OFFLINE24"):
            self.end_announcements()
        papers = Papers(self.world, self.accountant, self.report)
        with step("What is handed over meanwhile: papers with two codes, scanned"):
            self.hand_over(papers)
        with step("KSeF answers again: one good check lets nothing go"):
            self.come_back()
        with step("The second good check: the backlog goes out by itself"):
            self.let_backlog_go()
        with step("What KSeF has is what the codes promised"):
            self.compare()
        with step("Back to ONLINE, as proposed"):
            self.go_back_online()
        with step("The papers are replaced by ones with the number"):
            self.replace_papers(papers)
        with step("Who switched, when and why"):
            self.look_at_log()

    # --- beginning -----------------------------------------------------------------------------

    def _wait_out_midnight(self) -> None:
        """Invoices issued offline bear the date of today, so all of it happens on one day."""
        left = timedelta(days=1) - _since_midnight()
        if left < NEAR_MIDNIGHT:
            self.report.tell(f"In Warsaw the day ends in {left}: it begins after that.")
            time.sleep(left.total_seconds() + 1)

    def open_office(self) -> None:
        # Web fonts become outlines on paper, and nobody can search those for words.
        self.records.ask("UPDATE res_company SET font = 'DejaVu Sans'")
        self.odoo = self.world.start()
        for name in ("cron_probe", "cron_keep", "cron_certificates", "cron_deadlines"):
            self.records.put_off_cron(name)
        self.admin = self.odoo.log_in("admin")
        self.accountant = self.odoo.log_in(ACCOUNTANT)
        companies = self.admin.call("res.company", "search", [])
        self.admin.call("res.company", "write", companies, {"primary_color": "#000000"})
        connect(self.admin, self.simulator)
        get_certificate(self.admin)
        [connection] = self.records.ask(
            "SELECT c.state, c.nip, o.kind, o.state AS certificate, o.serial_number"
            " FROM l10n_pl_ksef_connection c"
            " JOIN l10n_pl_ksef_certificate o ON o.id = c.offline_certificate_id"
        )
        self.report.equal("the company is connected", connection["state"], "connected")
        self.report.equal(
            "its Offline certificate is active",
            (connection["kind"], connection["certificate"]),
            ("Offline", "active"),
        )
        self.report.tell(f"NIP {connection['nip']}, certificate {connection['serial_number']}")

    def post_invoices(self) -> None:
        today = str(warsaw_day(datetime.now(timezone.utc)))
        values = {"invoice_date": today, "taxable_supply_date": today, "ref": "drill"}
        # Invoices of the demo company, one for each buyer, copied again and again.
        known = [self.records.demo_invoices(name)[0] for name in BUYERS.values()]
        made: list[int] = []
        while len(made) < sum(self.sizes.values()):
            origins = (known + made)[: min(AT_ONCE, sum(self.sizes.values()) - len(made))]
            copies = self.admin.call(MOVE, "copy", origins, values)
            self.admin.call(MOVE, "action_post", copies)
            made += copies
        self.buyers = dict(zip(made, cycle(BUYERS), strict=False))
        queue = iter(made)
        self.groups = {name: list(islice(queue, size)) for name, size in self.sizes.items()}
        posted = self.records.ask(
            "SELECT count(*) AS count FROM account_move WHERE id = ANY(%s) AND state = 'posted'",
            made,
        )[0]["count"]
        self.report.equal("all are posted", posted, len(made))
        kinds = Counter(self.buyers[invoice] for invoice in self.offline)
        self.report.tell(", ".join(f"{count} {buyer}" for buyer, count in kinds.items()))

    def work_online(self) -> None:
        [invoice] = self.groups["before"]
        self.accountant.send_to_ksef(invoice)
        self._probe()
        self._probe()
        self.report.equal("both checks are good", self._last_probes(2), ["available"] * 2)
        self.records.wait_for_state(invoice, "accepted", seconds=60)
        self.report.equal("its mode at KSeF", self._at_ksef(invoice)["invoicingMode"], "Online")
        self._expect_mode("online", None)

    # --- everything goes wrong -----------------------------------------------------------------

    def announce_maintenance(self) -> datetime:
        begins = datetime.now(timezone.utc) + timedelta(seconds=AHEAD)
        self.simulator.ask(
            "POST",
            "latarnia",
            {
                "status": "MAINTENANCE",
                "start": begins.isoformat(),
                "end": (begins + timedelta(hours=6)).isoformat(),
            },
        )
        self._probe()
        [outage] = self._outages("MAINTENANCE")
        self.report.tell(f"{outage['announcement']}: {outage['text']}")
        # A check that came late would see it begun; then this drill proves nothing.
        ahead = datetime.now(timezone.utc) < begins
        self.report.check("it is known before it begins", ahead)
        self._expect_mode("online", None)
        return begins

    def lose_answers(self) -> None:
        # It arrives, and nobody is told: neither by the answer nor by the list of the session.
        lost = self.simulator.trouble("lost_response", SEND, times=1)
        deaf = self.simulator.trouble("html_502", "GET /sessions/{referenceNumber}/invoices")
        self.accountant.send_to_ksef(*self.groups["lost"])
        self._break("outage", KSEF)
        for fault in (lost, deaf):
            self.simulator.end_trouble(fault)
        self.report.equal("the answer for one was lost", self._states("lost"), ["unknown"])
        self.report.equal("though KSeF has it", len(self.simulator.invoices()), 2)
        said = self.accountant.send_to_ksef(*self.groups["waiting"])
        self.report.tell(f"The accountant is told: {said['params']['message']}")
        waiting = self._documents("waiting", f"mode = 'online' AND {WAITING}")
        self.report.equal("the others wait as ONLINE", waiting, len(self.groups["waiting"]))

    def begin_maintenance(self, begins: datetime) -> None:
        pause = (begins - datetime.now(timezone.utc)).total_seconds()
        time.sleep(max(pause, 0) + 1)
        self._probe()
        self.report.equal("the check fails", self._last_probes(1), ["unavailable"])
        self._expect_mode("online", "offline")
        # Four customers wait at the counter: she issues theirs one by one before she switches.
        for invoice in self.groups["singles"]:
            issue_offline(self.accountant, invoice, mode="offline24")
        self._issued("singles", "offline24")
        seen = self._switch()
        self.report.equal(
            "the dialog counts what waits as ONLINE",
            seen["waiting"],
            len(self.groups["waiting"]) + 1,
        )
        self.report.equal("and fills in the reason", seen["cause"], "announced")
        self._expect_mode("offline", None)
        self._issued("waiting", "offline")

    def issue_in_maintenance(self) -> None:
        self._issue("maintenance")
        self._issued("maintenance", "offline")

    def announce_failure(self) -> None:
        self.simulator.ask("POST", "latarnia", {"status": "FAILURE"})
        self._probe()
        self.report.equal("two checks in a row failed", self._last_probes(2), ["unavailable"] * 2)
        [outage] = self._outages("FAILURE")
        self.report.tell(f"{outage['announcement']}: {outage['text']}")
        self._expect_mode("offline", "emergency")
        seen = self._switch()
        self.report.equal("nothing waits as ONLINE any more", seen["waiting"], 0)
        self._expect_mode("emergency", None)
        half = len(self.groups["failure"]) // 2
        self._issue("failure", self.groups["failure"][:half])

    def break_the_line(self) -> None:
        self._mend()
        self._break("reset", LINE)
        self._probe()
        [last] = self.records.ask(
            "SELECT state, failure, latarnia, neutral FROM l10n_pl_ksef_probe"
            " ORDER BY id DESC LIMIT 1"
        )
        self.report.equal(
            "nothing answers, not even Latarnia and the neutral host",
            (last["failure"], last["latarnia"], last["neutral"]),
            ("reset", "SILENT", "silent"),
        )
        self._expect_mode("emergency", None)
        half = len(self.groups["failure"]) // 2
        self._issue("failure", self.groups["failure"][half:])
        self._issued("failure", "emergency")
        open_ended = self._documents("failure", "deadline IS NULL AND deadline_waiting")
        self.report.equal(
            "their deadline waits for the announced end", open_ended, len(self.groups["failure"])
        )

    def end_announcements(self) -> None:
        self._mend()
        self._break("outage", KSEF)
        # Latarnia counts in seconds: what was issued in this one would be issued after the end.
        time.sleep(1)
        self.simulator.ask("POST", "latarnia", {"status": "AVAILABLE"})  # the failure
        self.simulator.ask("POST", "latarnia", {"status": "AVAILABLE"})  # what was announced ahead
        self._probe()
        [failure], [maintenance] = self._outages("FAILURE"), self._outages("MAINTENANCE")
        self.report.check("the failure has an end", failure["end"], failure["end"])
        self.report.check(
            "the unavailability ended earlier than announced",
            maintenance["end"] < maintenance["start"] + timedelta(hours=6),
            maintenance["end"],
        )
        self._expect_mode("emergency", "offline24")
        self._switch()
        self._expect_mode("offline24", None)
        self._issue("late")
        self._issued("late", "offline24")
        ended = warsaw_day(failure["end"].replace(tzinfo=timezone.utc))
        self._expect_deadline("failure", add_business_days(ended, 7), "art. 106nf ust. 4")
        today = warsaw_day(datetime.now(timezone.utc))
        self._expect_deadline("late", next_business_day(today), "art. 106nda ust. 2")
        waiting = self._documents(None, "deadline IS NULL OR deadline_waiting")
        self.report.equal("no deadline waits any more", waiting, 0)

    # --- what buyers get -----------------------------------------------------------------------

    def hand_over(self, papers: Papers) -> None:
        links = ["l10n_pl_ksef_link", "l10n_pl_ksef_certificate_link"]
        found = self.accountant.call(MOVE, "read", self.offline, links)
        rows = {row["move_id"]: row for row in self.records.documents(*self.offline)}
        unsent = confirmed = same = 0
        for move in found:
            link, second = (move[name] for name in links)
            digest = urlsafe_b64decode(link.rsplit("/", 1)[1] + "=")
            self.promised[move["id"]] = digest.hex()
            same += self._frozen(rows[move["id"]]["id"]) == digest.hex()
            unsent += _outcome(link) == "not_sent"
            confirmed += _outcome(second) == "confirmed"
        count = len(self.offline)
        self.report.equal("KOD I bears the hash of the frozen bytes", same, count)
        self.report.equal("KOD I leads to “not sent yet”", unsent, count)
        self.report.equal("KOD II leads to a confirmed issuer", confirmed, count)
        papers.make_before(self._sample())

    def _frozen(self, document: int) -> str:
        return hashlib.sha256(self.records.file(DOCUMENT, "xml", document)).hexdigest()

    def _sample(self) -> dict[int, str]:
        """One paper of each mode and kind of buyer that the law tells apart."""
        sample = {}
        for name, buyer in (
            ("singles", "domestic"),
            ("waiting", "domestic"),
            ("maintenance", "foreign"),
            ("failure", "domestic"),
            ("failure", "consumer"),
        ):
            invoice = next(one for one in self.groups[name] if self.buyers[one] == buyer)
            sample[invoice] = "invoice" if name == "failure" or buyer == "foreign" else ""
        return sample

    # --- everything comes back -----------------------------------------------------------------

    def come_back(self) -> None:
        before = len(self.simulator.invoices())
        self._mend()
        self._probe()
        self.report.equal("the check is good", self._last_probes(2), ["available", "unavailable"])
        self.records.run_cron("cron_outbox")
        self.records.wake_cron()  # from now on by itself again, once a minute
        self.report.equal("nothing has left", len(self.simulator.invoices()), before)
        waiting = self._documents(None, WAITING)
        self.report.equal("the backlog waits", waiting, len(self.offline))

    def let_backlog_go(self) -> None:
        self.due = {
            row["sha256"]: row["deadline"]
            for row in self.records.ask(
                "SELECT sha256, deadline FROM l10n_pl_ksef_document WHERE move_id = ANY(%s)",
                self.offline,
            )
        }
        self._probe()
        self.report.equal("the check is good again", self._last_probes(2), ["available"] * 2)
        begin = time.monotonic()
        everything = [*self.offline, *self.groups["lost"], *self.groups["before"]]

        def numbers() -> bool:
            return self._count(everything, "state = 'accepted'") == len(everything)

        wait_until(numbers, "every invoice has its number", PATIENCE)
        self.report.tell(f"all have their numbers after {time.monotonic() - begin:.0f} s")

        def receipts() -> bool:
            rows = self.records.documents(*everything)
            return all(row["upo_size"] for row in rows)

        wait_until(receipts, "every receipt is there", PATIENCE)
        self.report.tell(f"and their receipts (UPO) after {time.monotonic() - begin:.0f} s")

    def compare(self) -> None:
        report, offline = self.report, self.offline
        arrived = self.simulator.invoices()
        hashes = Counter(one["sha256"] for one in arrived)
        documents = {row["move_id"]: row for row in self.records.documents(*offline)}
        at_ksef = {one["sha256"]: one for one in arrived}
        count = len(offline)
        mine = {invoice: at_ksef.get(self.promised[invoice]) for invoice in offline}
        report.equal("KSeF has all of them", sum(map(bool, mine.values())), count)
        report.equal("nothing was received twice", max(hashes.values()), 1)
        report.equal("and nothing else", len(arrived), count + 2)
        mine = {invoice: one for invoice, one in mine.items() if one}
        right = sum(
            one["receivedSha256"] == self.promised[invoice] == b64decode(row["sha256"]).hex()
            for invoice, one in mine.items()
            for row in [documents[invoice]]
        )
        report.equal("the bytes are those of the codes", right, count)
        numbers = sum(
            one["ksefNumber"] == documents[invoice]["ksef_number"] for invoice, one in mine.items()
        )
        report.equal("Odoo knows their numbers", numbers, count)
        modes = Counter(one["invoicingMode"] for one in mine.values())
        report.equal("KSeF's mode of them", dict(modes), {"Offline": count})
        declared = Counter(one["offlineDeclared"] for one in mine.values())
        report.equal("each was declared as offline", dict(declared), {True: count})
        kinds = Counter(one["sessionKind"] for one in mine.values())
        sessions = len({one["sessionReference"] for one in mine.values()})
        # Those that KSeF was asked about first may have become ready a little later than the rest.
        together = count - len(self.groups["waiting"])
        report.check("they went in batch sessions", kinds["Batch"] >= together, dict(kinds))
        report.tell(f"over {sessions} session(s)")
        in_time = sum(
            warsaw_day(row["acquisition_date"].replace(tzinfo=timezone.utc)) <= row["deadline"]
            for row in documents.values()
        )
        report.equal("each has its number in time", in_time, count)
        order = [
            self.due[row["sha256"]]
            for one in arrived
            for row in documents.values()
            if b64decode(row["sha256"]).hex() == one["sha256"]
        ]
        report.check("the oldest deadline went first", order == sorted(order), _runs(order))
        [lost] = self.groups["lost"]
        row = self.records.document(lost)
        report.equal(
            "the one whose answer was lost was found, not sent again",
            (row["state"], row["tries"], at_ksef[b64decode(row["sha256"]).hex()]["invoicingMode"]),
            ("accepted", 1, "Online"),
        )
        upo = sum(bool(row["upo_size"]) for row in documents.values())
        report.equal("their receipts (UPO) are stored", upo, count)

    def go_back_online(self) -> None:
        self._expect_mode("offline24", "online")
        self._switch()
        self._expect_mode("online", None)
        [invoice] = self.groups["after"]
        self.accountant.send_to_ksef(invoice)
        self.records.wait_for_state(invoice, "accepted", seconds=60)
        self.report.equal("the next one goes as", self._at_ksef(invoice)["invoicingMode"], "Online")

    def replace_papers(self, papers: Papers) -> None:
        papers.check_after()
        found = self.accountant.call(
            MOVE, "read", self.offline, ["l10n_pl_ksef_link", "l10n_pl_ksef_certificate_link"]
        )
        shown = sum(_outcome(move["l10n_pl_ksef_link"]) == "found" for move in found)
        self.report.equal("KOD I shows the invoice at KSeF", shown, len(self.offline))
        same = sum(
            urlsafe_b64decode(move["l10n_pl_ksef_link"].rsplit("/", 1)[1] + "=").hex()
            == self.promised[move["id"]]
            for move in found
        )
        self.report.equal("it is the same link as before", same, len(self.offline))
        second = sum(bool(move["l10n_pl_ksef_certificate_link"]) for move in found)
        self.report.equal("there is no second code any more", second, 0)

    def look_at_log(self) -> None:
        rows = self.records.ask(
            "SELECT c.before, c.mode, c.cause, c.announcement, u.login"
            " FROM l10n_pl_ksef_mode_change c JOIN res_users u ON u.id = c.user_id ORDER BY c.id"
        )
        for row in rows:
            self.report.tell(
                f"{row['login']}: {row['before']} to {row['mode']}, {row['cause']}"
                f" {row['announcement'] or ''}"
            )
        self.report.equal(
            "all four switches are on record",
            [(row["mode"], row["cause"], row["login"]) for row in rows],
            [
                ("offline", "announced", ACCOUNTANT),
                ("emergency", "announced", ACCOUNTANT),
                ("offline24", "ksef_silent", ACCOUNTANT),
                ("online", "back", ACCOUNTANT),
            ],
        )
        errors = self.odoo.errors()
        self.report.equal("Odoo logged no error", errors[:1], [])

    # --- people --------------------------------------------------------------------------------

    def _issue(self, name: str, invoices: list[int] | None = None) -> None:
        """The button “Send to KSeF” in the list, while the company's mode is an offline one."""
        invoices = self.groups[name] if invoices is None else invoices
        for start in range(0, len(invoices), AT_ONCE):
            self.accountant.send_to_ksef(*invoices[start : start + AT_ONCE])

    def _switch(self) -> dict:
        """The dialog with what it proposes; returns what it said."""
        [company] = self.records.ask("SELECT c.id FROM res_company c WHERE c.name LIKE %s", COMPANY)
        values = {"company_id": company["id"]}
        names = ("mode", "cause", "company_id", "take_waiting", "why")
        defaults = self.accountant.call(SWITCH, "default_get", list(names))
        [wizard] = self.accountant.call(SWITCH, "create", [{**defaults, **values}])
        seen = self.accountant.read(SWITCH, wizard, "mode", "cause", "waiting", "proposal_words")
        self.report.tell(f"The banner says: {seen['proposal_words']}")
        self.accountant.call(SWITCH, "action_switch", [wizard])
        self.report.tell(f"The accountant switches to {seen['mode']}.")
        return seen

    # --- KSeF ----------------------------------------------------------------------------------

    def _break(self, kind: str, services: tuple[str, ...]) -> None:
        self.faults += [self.simulator.trouble(kind, service) for service in services]

    def _mend(self) -> None:
        while self.faults:
            self.simulator.end_trouble(self.faults.pop())

    def _probe(self) -> None:
        self.records.run_cron("cron_probe")

    def _at_ksef(self, invoice: int) -> dict:
        digest = b64decode(self.records.document(invoice)["sha256"]).hex()
        [found] = [one for one in self.simulator.invoices() if one["sha256"] == digest]
        return found

    # --- what the database says ----------------------------------------------------------------

    def _last_probes(self, count: int) -> list[str]:
        rows = self.records.ask(
            "SELECT state FROM l10n_pl_ksef_probe WHERE environment = 'simulator'"
            " ORDER BY id DESC LIMIT %s",
            count,
        )
        return [row["state"] for row in rows]

    def _outages(self, kind: str) -> list[dict]:
        return self.records.ask(
            'SELECT announcement, text, start, "end" FROM l10n_pl_ksef_outage'
            " WHERE kind = %s AND source = 'latarnia' AND active ORDER BY id",
            kind,
        )

    def _expect_mode(self, mode: str, proposed: str | None) -> None:
        [company] = self.records.ask(
            "SELECT l10n_pl_ksef_mode AS mode, l10n_pl_ksef_proposed_mode AS proposed"
            " FROM res_company WHERE name LIKE %s",
            COMPANY,
        )
        self.report.equal(
            "mode of the company, and what is proposed",
            f"{company['mode']}, {company['proposed'] or 'nothing'}",
            f"{mode}, {proposed or 'nothing'}",
        )

    def _count(self, invoices: list[int], condition: str) -> int:
        [row] = self.records.ask(
            f"SELECT count(*) AS count FROM l10n_pl_ksef_document WHERE move_id = ANY(%s)"
            f" AND ({condition})",
            invoices,
        )
        return row["count"]

    def _documents(self, name: str | None, condition: str) -> int:
        return self._count(self.groups[name] if name else self.offline, condition)

    def _states(self, name: str) -> list[str]:
        return [row["state"] for row in self.records.documents(*self.groups[name])]

    def _issued(self, name: str, mode: str) -> None:
        good = self._documents(name, f"mode = '{mode}' AND {WAITING}")
        signed = self._documents(name, "certificate_link IS NOT NULL")
        size = len(self.groups[name])
        self.report.equal(
            f"{size} invoices issued as {mode}, with both codes", (good, signed), (size, size)
        )

    def _expect_deadline(self, name: str, day: object, article: str) -> None:
        rows = self.records.documents(*self.groups[name])
        days = {row["deadline"] for row in rows}
        self.report.equal(
            f"deadline of the {len(rows)} “{name}”", sorted(map(str, days)), [str(day)]
        )
        named = sum(article in (row["deadline_words"] or "") for row in rows)
        self.report.equal(f"and why: {article}", named, len(rows))


def _since_midnight() -> timedelta:
    now = datetime.now(WARSAW)
    return now - now.replace(hour=0, minute=0, second=0, microsecond=0)


def _outcome(link: str | bool) -> str:
    """What the page behind a code says, as its mark for programs names it."""
    if not link:
        return "no link"
    page = requests.get(link, timeout=10).text
    mark = page.partition('data-status="')[2]
    return mark.partition('"')[0]


def _runs(days: list) -> str:
    """Such as “4 due 2026-11-23, 20 due 2026-12-01”."""
    return ", ".join(f"{count} due {day}" for day, count in Counter(days).items())
