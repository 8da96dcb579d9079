"""What the tests of Odoo's side share: two Polish companies, their people, and a real simulator."""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from odoo import Command, fields
from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.tests import new_test_user, tagged

from ..models.moments import warsaw_today
from . import simulator_process

#: The operations of KSeF that tests count and disturb, as OpenAPI names them.
SEND = "POST /sessions/online/{referenceNumber}/invoices"
OPEN = "POST /sessions/online"
CLOSE = "POST /sessions/online/{referenceNumber}/close"
LIST = "GET /sessions/{referenceNumber}/invoices"
STATUS = "GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}"
UPO = "GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}/upo"
SIGNATURE = "POST /auth/xades-signature"
REFRESH = "POST /auth/token/refresh"
REDEEM = "POST /auth/token/redeem"

NIP = "5265877635"
OTHER_NIP = "7811897358"


@dataclass
class Call:
    """One request that the addon sent to KSeF, and KSeF's answer."""

    method: str
    path: str
    body: bytes
    status: int = 0
    answer: bytes = b""


def pattern(operation):
    """A regular expression for the paths of an operation."""
    method, path = operation.split(" ")
    parts = [r"[^/]+" if part.startswith("{") else re.escape(part) for part in path.split("/")]
    return method, re.compile("/".join(parts))


@tagged("post_install_l10n", "post_install", "-at_install")
class KsefCase(AccountTestInvoicingCommon):
    """A company that is not connected yet; the simulator is as new before every test."""

    @classmethod
    @AccountTestInvoicingCommon.setup_country("pl")
    def setUpClass(cls):
        cls.wire = []
        cls.addresses = set()
        super().setUpClass()
        # The words that tests expect are English, whatever language the database speaks.
        cls.env["res.lang"]._activate_lang("en_US")
        cls.env["ir.default"].set("res.partner", "lang", "en_US")
        cls.env["res.partner"].with_context(active_test=False).search(
            [("lang", "!=", "en_US")]
        ).lang = "en_US"
        cls.simulator = simulator_process.running()
        cls.addresses.add(urlsplit(cls.simulator.url).netloc)
        cls.env["ir.config_parameter"].sudo().set_param(
            "l10n_pl_ksef.simulator_url", cls.simulator.url
        )
        cls.company = cls.env.company
        cls.company.write(
            {
                "name": "Cukiernia Pod Lipą sp. z o.o.",
                "vat": f"PL{NIP}",
                "street": "ul. Lipowa 5",
                "zip": "00-316",
                "city": "Warszawa",
                "email": "biuro@podlipa.example",
            }
        )
        cls.customer = cls.env["res.partner"].create(
            {
                "name": "Hurtownia Łakoci S.A.",
                "is_company": True,
                "vat": "PL1234563218",
                "street": "ul. Długa 10/2",
                "zip": "80-831",
                "city": "Gdańsk",
                "country_id": cls.env.ref("base.pl").id,
                "email": "faktury@lakocie.example",
            }
        )
        cls.accountant = cls.person(
            "ksef_accountant", "account.group_account_user,l10n_pl_ksef.group_user"
        )
        cls.bookkeeper = cls.person("ksef_bookkeeper", "account.group_account_user")
        cls.manager = cls.person(
            "ksef_manager", "account.group_account_user,l10n_pl_ksef.group_manager"
        )

    @classmethod
    def person(cls, login, groups, company=None):
        company = company or cls.company
        return new_test_user(
            cls.env,
            login,
            groups=groups,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
            email=f"{login}@podlipa.example",
        )

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        address = urlsplit(request.url)
        if address.netloc not in cls.addresses:
            # Odoo's own handler compares the time-out with a number.
            if isinstance(options.get("timeout"), tuple):
                options["timeout"] = max(options["timeout"])
            return super()._request_handler(session, request, **options)
        call = Call(request.method, address.path.removeprefix("/v2"), request.body or b"")
        cls.wire.append(call)
        answer = simulator_process.SEND(session, request, **options)
        call.status = answer.status_code
        return answer

    def setUp(self):
        super().setUp()
        self.simulator.control("POST", "reset")
        self.wire.clear()

    # --- the simulator -------------------------------------------------------------------------

    def calls(self, operation):
        """The requests of one operation that the addon has made in this test."""
        method, path = pattern(operation)
        return [call for call in self.wire if call.method == method and path.fullmatch(call.path)]

    def fault(self, kind, operation="*", times=1, seconds=None):
        """Make trouble at the simulator; returns the trouble's id."""
        body = {"kind": kind, "operation": operation, "times": times, "seconds": seconds}
        return self.simulator.control("POST", "faults", body)["id"]

    def no_more_faults(self):
        self.simulator.control("DELETE", "faults")

    def start_over(self):
        """A KSeF as new, within a test: its sessions and logins are gone."""
        self.simulator.control("POST", "reset")
        self.env["l10n_pl_ksef.session"].sudo().search([]).state = "closed"
        connection = self.connect()
        self.wire.clear()
        return connection

    def at_ksef(self):
        """What the simulator has received, accepted or not."""
        return self.simulator.control("GET", "invoices")

    # --- connections ---------------------------------------------------------------------------

    def wizard(self, company=None, environment="simulator", nip=None, user=None):
        """The wizard with its request file ready to be signed."""
        company = company or self.company
        values = {"company_id": company.id, "environment": environment}
        if nip:
            values["nip"] = nip
        wizard = self.env["l10n_pl_ksef.authorise"].with_user(user or self.manager).create(values)
        wizard.action_begin()
        return wizard

    def request_of(self, wizard):
        return b64decode(wizard.with_context(bin_size=False).request_file)

    def upload(self, wizard, data):
        wizard.write({"signed_file": b64encode(data), "signed_name": "signed.xml"})

    def submit(self, wizard):
        wizard.action_submit()
        wizard.invalidate_recordset()  # as in the browser, where each click is a request

    def connect(self, person="owner", company=None, user=None, form="enveloping-base64"):
        """Authorise a company at the simulator, the whole way; returns the connection."""
        wizard = self.wizard(company, user=user)
        self.upload(wizard, self.simulator.sign(self.request_of(wizard), person, form))
        self.submit(wizard)
        wizard.live_progress()
        self.assertEqual(wizard.step, "done", wizard.words)
        return wizard.connection_id.sudo()

    # --- invoices ------------------------------------------------------------------------------

    @classmethod
    def tax(cls, name):
        """A tax of Odoo's Polish chart of accounts."""
        return cls.env["account.chart.template"].with_company(cls.company).ref(name)

    def line(self, name="Sernik na zimno", price=100.0, tax="vs_kraj_23", **values):
        taxes = self.tax(tax) if isinstance(tax, str) else tax
        return Command.create(
            {
                "name": name,
                "price_unit": price,
                "tax_ids": [Command.set(taxes.ids)],
                "account_id": self.company_data["default_account_revenue"].id,
                **values,
            }
        )

    def draft(self, *lines, partner=None, day=None, user=None, **values):
        """A draft invoice, entered by the accountant."""
        moves = self.env["account.move"].with_user(user or self.accountant)
        return moves.create(
            {
                "move_type": "out_invoice",
                "partner_id": (partner or self.customer).id,
                "invoice_date": day or warsaw_today(),
                "invoice_line_ids": list(lines) or [self.line()],
                **values,
            }
        )

    def invoice(self, *lines, **values):
        """A posted invoice, entered by the accountant."""
        move = self.draft(*lines, **values)
        move.action_post()
        return move

    def document(self, move):
        """The KSeF document of an invoice with the rights that tests need to look at it."""
        return move.sudo().l10n_pl_ksef_document_id

    # --- time ----------------------------------------------------------------------------------

    def run_cron(self, name):
        """Run a scheduled action as Odoo's scheduler does."""
        with self.enter_registry_test_mode():
            self.env.ref(name).sudo().method_direct_trigger()

    def run_outbox(self):
        self.run_cron("l10n_pl_ksef.cron_outbox")

    def pause(self, document):
        """Seconds until a document's next step."""
        return (document.next_try - fields.Datetime.now()).total_seconds()

    def let_pass(self, records, **moments):
        """Put moments of some records into the past: ``sent_on=minutes``."""
        for name, minutes in moments.items():
            records.sudo()[name] = fields.Datetime.now() - timedelta(minutes=minutes)

    def chatter(self, record):
        return "\n".join(str(body) for body in record.sudo().message_ids.mapped("body"))
