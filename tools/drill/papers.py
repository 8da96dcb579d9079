"""The papers of a sample of invoices, before and after they have their numbers."""

import requests

from tests.process.support.paper import Paper
from tests.process.support.people import Person
from tests.process.support.waiting import wait_until
from tests.process.support.world import World

from .report import Report

MOVE = "account.move"
WIZARD = "account.move.send.wizard"
CONFIRMATION = "Potwierdzenie transakcji"
#: Seconds in which the scheduler replaces the papers of a sample.
PATIENCE = 180


class Papers:
    """Printed by Odoo's own dialog; read as PDF and scanned by zbar."""

    def __init__(self, world: World, person: Person, report: Report):
        self._records = world.records
        self._person = person
        self._report = report
        self._before: dict[int, bytes] = {}

    def make_before(self, sample: dict[int, str]) -> None:
        """``sample`` says what each must be: “invoice”, or else a transaction confirmation."""
        for invoice, kind in sample.items():
            self._send_and_print(invoice)
            self._before[invoice] = self._stored(invoice)
            self._check_before(invoice, kind or CONFIRMATION)

    def _check_before(self, invoice: int, kind: str) -> None:
        paper = Paper(self._before[invoice])
        links = self._links(invoice)
        name = self._name(invoice)
        found = sorted(code.link for code in paper.codes())
        self._report.equal(
            f"{name}: zbar reads both codes on the paper", found == sorted(links), True
        )
        labelled = ("OFFLINE" in paper.text, "CERTYFIKAT" in paper.text)
        self._report.equal(f"{name}: they are labelled", labelled, (True, True))
        is_confirmation = CONFIRMATION.lower() in paper.text.lower()
        self._report.equal(
            f"{name}: it is a",
            CONFIRMATION if is_confirmation else "invoice",
            kind,
        )
        pages = [requests.get(link, timeout=10) for link in links]
        marks = [page.text.partition('data-status="')[2].partition('"')[0] for page in pages]
        self._report.equal(f"{name}: behind the codes", marks, ["not_sent", "confirmed"])

    def check_after(self) -> None:
        for invoice in self._before:
            wait_until(
                lambda: self._replaced(invoice),  # noqa: B023 - called at once
                f"the paper of {self._name(invoice)} is made anew",
                PATIENCE,
            )
            self._check_after(invoice)

    def _check_after(self, invoice: int) -> None:
        name, paper = self._name(invoice), Paper(self._stored(invoice))
        move = self._records.invoice(invoice)
        number = move["l10n_pl_ksef_number"]
        [link, _none] = self._links(invoice)
        codes = [code.link for code in paper.codes()]
        self._report.equal(f"{name}: one code is left", codes, [link])
        words = (number in paper.text, "OFFLINE" in paper.text, CONFIRMATION in paper.text)
        self._report.equal(
            f"{name}: it bears the number and is an invoice", words, (True, False, False)
        )
        page = requests.get(link, timeout=10).text
        self._report.check(f"{name}: the code shows the invoice", number in page, number)

    def _replaced(self, invoice: int) -> bool:
        return bool(self._attachment(invoice)) and self._stored(invoice) != self._before[invoice]

    def _send_and_print(self, invoice: int) -> None:
        """The dialog as it opens, without an e-mail."""
        wizard = self._person.call(WIZARD, "create", [{"move_id": invoice, "sending_methods": []}])
        self._person.call(WIZARD, "action_send_and_print", wizard)

    def _attachment(self, invoice: int) -> list[dict]:
        return self._records.ask(
            "SELECT name FROM ir_attachment WHERE res_model = 'account.move' AND res_id = %s"
            " AND res_field = 'invoice_pdf_report_file'",
            invoice,
        )

    def _stored(self, invoice: int) -> bytes:
        return self._records.file(MOVE, "invoice_pdf_report_file", invoice)

    def _links(self, invoice: int) -> list[str]:
        names = ("l10n_pl_ksef_link", "l10n_pl_ksef_certificate_link")
        found = self._person.read(MOVE, invoice, *names)
        return [found[name] for name in names]

    def _name(self, invoice: int) -> str:
        return self._records.invoice(invoice)["name"]
