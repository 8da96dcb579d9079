import logging
from base64 import b64decode, b64encode
from datetime import timedelta, timezone

from odoo import api, fields, models, modules
from odoo.exceptions import UserError

from ..ksef import crypto
from ..ksef.client import InvoiceMetadata
from ..ksef.errors import KsefError, Limited, Refused, Unknown
from .connection import ENVIRONMENTS
from .explain import error_details, explain, explain_waiting, for_readers
from .modes import MODES_AT_KSEF
from .moments import to_odoo
from .step import CLAIM_DOCUMENT, claim, commit, keep

_logger = logging.getLogger(__name__)

#: A request whose answer did not come may still be on its way; only after this long does its
#: absence from the session's list mean that it never arrived.
IN_FLIGHT = timedelta(seconds=90)
#: How long a connection is left alone after KSeF did not answer at all.
REST = timedelta(seconds=50)
#: Waiting times between tries, in minutes; the last one repeats.
PATIENCE = (1, 2, 5, 10, 15, 30)
#: KSeF's status codes of an invoice (OpenAPI, SessionInvoiceStatusResponse).
IN_PROGRESS = {100, 150}
#: 405 cancelled with the session, 500 unknown error, 550 cancelled by the system: KSeF did not
#: judge the document, so the same bytes go again.
NOT_JUDGED = {405, 500, 550}
#: Errors of a session that a new session mends: 21155 full, 21173 unknown, 21180 closed,
#: 21184 temporarily unavailable.
SESSION_OVER = {21155, 21173, 21180, 21184}
#: The code of a session that KSeF does not show us: who may only issue sees no session of others
#: (OpenAPI, GET /sessions), and the person who signs may be another one next week.
SESSION_NOT_SHOWN = 21173
DUPLICATE = 440
#: KSeF could not decrypt it. That happens to good files too: one more try, over a new session.
NOT_DECRYPTED = 435
#: KSeF answers 20 questions about metadata in an hour, whoever asks them.
METADATA_PAUSE = timedelta(minutes=10)
STATES = [
    ("prepared", "Ready to send"),
    ("sending", "Being sent"),
    ("unknown", "Being looked up at KSeF"),
    ("sent", "Being processed by KSeF"),
    ("accepted", "Accepted"),
    ("rejected", "Rejected"),
    ("outside", "Outside KSeF"),
]
#: The states from which a document goes on by itself.
ON_THEIR_WAY = ("prepared", "sending", "unknown", "sent")
FROZEN = {"xml", "sha256", "move_id", "environment", "nip", "number", "issue_date", "issued_on"}


class Overtaken(Exception):
    """While the sending was prepared, the document became one that is not sent, or not so."""


class Document(models.Model):
    """One attempt to bring one invoice into one environment of KSeF.

    The bytes are rendered once and never change: their hash stands in the QR code and is what
    KSeF is asked for when an answer was lost.
    """

    _name = "l10n_pl_ksef.document"
    _description = "KSeF Document"
    _order = "id desc"
    _rec_name = "number"
    _check_company_auto = True

    move_id = fields.Many2one(
        "account.move", "Invoice", required=True, readonly=True, ondelete="restrict", index=True
    )
    connection_id = fields.Many2one(
        "l10n_pl_ksef.connection", required=True, readonly=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(
        related="connection_id.company_id", store=True, index=True, readonly=True
    )
    environment = fields.Selection(ENVIRONMENTS, required=True, readonly=True)
    nip = fields.Char("Seller's NIP", required=True, readonly=True)
    number = fields.Char("Invoice number", required=True, readonly=True)
    issue_date = fields.Date("Date of issue (P_1)", required=True, readonly=True)
    xml = fields.Binary("XML", attachment=True, readonly=True)
    sha256 = fields.Char("SHA-256", readonly=True, index=True, help="Base64, as KSeF writes it.")
    # Who may do what in which state is decided in account.move, _l10n_pl_ksef_actions.
    #
    #   prepared ──claimed──> sending ──202──> sent ──200──> accepted
    #     ^  ^                  │  │             │
    #     │  │                  │  │             ├──4xx: KSeF judged it──> rejected
    #     │  │                  │  │             └──405, 500, 550: not judged──> prepared
    #     │  │                  │  └──refused on receipt──> rejected, or prepared (session over)
    #     │  └──limit reached───┤
    #     │                     └──no answer, or the process died──> unknown
    #     └──KSeF does not have it──────────────────────────────────────┤
    #                                               sent <──KSeF has it─┘
    #
    #   prepared ──total failure: the duty to send ended──> outside
    #       ^──────its announcement was taken back────────────┘
    #   What is issued during a total failure (art. 106ng) begins and ends as outside.
    #   Where there was no total failure, an administrator drops that document, and it is sent anew.
    state = fields.Selection(
        STATES,
        default="prepared",
        required=True,
        readonly=True,
        index=True,
    )
    session_id = fields.Many2one(
        "l10n_pl_ksef.session", readonly=True, ondelete="restrict", index=True
    )
    reference = fields.Char("KSeF reference", readonly=True, index=True)
    tries = fields.Integer(readonly=True)
    maybe_at_ksef = fields.Boolean(
        readonly=True, help="Something left whose fate was never proved; it is not withdrawn."
    )
    sent_on = fields.Datetime("Last sent", readonly=True)
    next_try = fields.Datetime(readonly=True, index=True)
    asked = fields.Integer("Times tried in this state", readonly=True)
    status_code = fields.Integer("KSeF status", readonly=True)
    words = fields.Text("What happened", readonly=True)
    ksef_number = fields.Char("KSeF number", readonly=True, index=True)
    invoicing_mode = fields.Selection(MODES_AT_KSEF, "Mode at KSeF", readonly=True)
    acquisition_date = fields.Datetime("Number given on", readonly=True)
    storage_date = fields.Datetime("Stored permanently on", readonly=True)
    upo = fields.Binary("UPO", attachment=True, readonly=True)

    _move_environment_uniq = models.UniqueIndex(
        "(move_id, environment) WHERE state != 'rejected'",
        "The invoice already has a document in this KSeF environment.",
    )

    # --- bytes are sacred ----------------------------------------------------------------------

    def write(self, vals):
        frozen = FROZEN & vals.keys()
        if frozen:
            raise UserError(
                self.env._(
                    "A KSeF document never changes once it is made (%(fields)s). Make a new one.",
                    fields=", ".join(sorted(frozen)),
                )
            )
        res = super().write(vals)
        if {"state", "ksef_number", "reference"} & vals.keys():
            self.move_id._l10n_pl_ksef_keep_in_step()
        return res

    @api.ondelete(at_uninstall=False)
    def _unlink_only_what_never_left(self):
        never_left = {"prepared", "outside"}
        if self.filtered(lambda doc: doc.state not in never_left or doc.maybe_at_ksef):
            raise UserError(
                self.env._("Documents that were sent to KSeF are kept as evidence for ten years.")
            )

    @api.model
    def _prepare(self, rendered, connection, mode="online", corrects=None):
        """Freeze the bytes of some invoices: ``{move: bytes}`` becomes documents.

        ``corrects``: the rejected document of each invoice that is corrected technically. In a
        total failure the bytes may be missing, and nothing is ever sent.
        """
        documents = self.sudo().create(
            [
                {
                    "move_id": move.id,
                    "connection_id": connection.id,
                    "environment": connection.environment,
                    "nip": connection.nip,
                    "number": move.name,
                    "issue_date": move.invoice_date,
                    "mode": mode,
                    "issued_on": fields.Datetime.now(),
                    "corrects_id": corrects[move].id if corrects else False,
                    "state": "outside" if mode == "total_failure" else "prepared",
                    "xml": b64encode(data) if data else False,
                    "sha256": b64encode(crypto.sha256(data)).decode() if data else False,
                }
                for move, data in rendered.items()
            ]
        )
        documents._sign_code()
        documents._recompute_deadlines()
        return documents

    def _bytes(self):
        self.ensure_one()
        return b64decode(self.with_context(bin_size=False).xml)

    def _upo(self):
        self.ensure_one()
        return b64decode(self.with_context(bin_size=False).upo or b"")

    def _environment_name(self):
        return dict(self._fields["environment"]._description_selection(self.env))[self.environment]

    def _digest(self):
        self.ensure_one()
        return b64decode(self.sha256)

    # --- sending -------------------------------------------------------------------------------

    def _send(self):
        """Send what is ready, each in steps of its own: intent, call, result."""
        for document in self.sudo():
            with claim(self.env, CLAIM_DOCUMENT, document.id) as held:
                document.invalidate_recordset(["state", "next_try"])
                ready = held and document.state == "prepared"
                if ready and document._waits_for_original():
                    continue
                if ready and document.connection_id._may_ask():
                    document._send_one()

    def _send_one(self):
        self.ensure_one()
        connection = self.connection_id
        data = self._bytes()
        if crypto.sha256(data) != self._digest():
            self._set_aside(
                self.env._("The stored XML is not the one that was frozen. It was not sent.")
            )
            return
        try:
            # The login is renewed now: between the intent and the call nothing may go wrong.
            connection._access_token()
            session = self.env["l10n_pl_ksef.session"]._for_sending(connection)
            encrypted = session._key().encrypt(data)
        except KsefError as error:
            keep(self.env, self._not_begun, error)
            return
        doubtful = self.maybe_at_ksef
        try:
            keep(self.env, self._intend, session)
        except Overtaken:
            return
        # From here on KSeF may have it.
        try:
            reference = connection._ask(
                "send_invoice",
                session.reference,
                invoice_hash=self._digest(),
                invoice_size=len(data),
                encrypted=encrypted,
                offline=self._is_offline(),
                hash_of_corrected=self.corrects_id._digest() if self.corrects_id else None,
            )
        except KsefError as error:
            keep(self.env, self._sending_failed, error, doubtful)
        else:
            sent = {"state": "sent", "reference": reference, "asked": 0, "next_try": False}
            keep(self.env, self.write, sent)

    def _not_begun(self, error):
        """Nothing has left: the login could not be renewed, or no session opened."""
        self._wait(explain_waiting(self.env, error), error, self.maybe_at_ksef)
        if isinstance(error, Unknown):
            # One time-out is enough for all that wait behind it.
            self.connection_id.limited_until = fields.Datetime.now() + REST

    def _intend(self, session):
        # Opening the session took a while: a total failure may have lifted the duty since.
        self.invalidate_recordset(["state"])
        if self.state != "prepared":
            raise Overtaken
        self.write(
            {
                "state": "sending",
                "session_id": session.id,
                "reference": False,
                "tries": self.tries + 1,
                "sent_on": fields.Datetime.now(),
                "maybe_at_ksef": True,
                "words": False,
            }
        )
        # To the minute is enough, and workers who send over one session collide less.
        if session.last_used < fields.Datetime.now() - timedelta(minutes=1):
            session.last_used = fields.Datetime.now()

    def _sending_failed(self, error, doubtful):
        """``doubtful``: an earlier try may have arrived, whatever KSeF says of this one."""
        self.ensure_one()
        if isinstance(error, Unknown) and error.may_have_arrived:
            self.write(
                {
                    "state": "unknown",
                    "words": explain(self.env, error),
                    "next_try": fields.Datetime.now() + timedelta(seconds=2),
                }
            )
        elif isinstance(error, Refused) and not error.codes & SESSION_OVER:
            self._reject(error_details(error), min(error.codes, default=0))
        else:
            if isinstance(error, Refused):
                self.session_id._leave(explain(self.env, error))
            self._wait(explain_waiting(self.env, error), error, doubtful)

    def _wait(self, words, error=None, doubtful=False):
        """Back to the queue; the same bytes go again later."""
        self.ensure_one()
        pause = timedelta(minutes=PATIENCE[min(self.asked, len(PATIENCE) - 1)])
        if isinstance(error, Limited):
            pause = timedelta(seconds=error.retry_after)
        elif isinstance(error, Refused) and error.codes & SESSION_OVER:
            pause = timedelta()  # a new session takes it at once
        self.write(
            {
                "state": "prepared",
                "words": words,
                "asked": self.asked + 1,
                "next_try": fields.Datetime.now() + pause,
                # Every way here is an answer of KSeF or a connection that never came to be; it
                # says nothing about a try before this one whose answer was lost.
                "maybe_at_ksef": doubtful,
            }
        )

    def _set_aside(self, words):
        self.ensure_one()
        self._reject(words, 0)
        commit(self.env)

    # --- finding out ---------------------------------------------------------------------------

    def _settle(self):
        """Find out at KSeF what became of documents whose answer was lost.

        By hash in the list of their session, else among the company's invoices; before either says
        that KSeF does not have it, nothing is sent again (rule 2 of the design; pitfall 1).
        """
        for document in self.sudo():
            with claim(self.env, CLAIM_DOCUMENT, document.id) as held:
                document.invalidate_recordset(["state"])
                # Who can claim a document that says "sending" knows that its sender has died.
                lost = held and document.state in ("sending", "unknown")
                if lost and not document.connection_id._is_limited():
                    document._settle_one()

    def _settle_one(self):
        self.ensure_one()
        try:
            session = self.session_id.reference
            found = session and self._or_metadata(self._find_in, session)
            original = self._find_original(found) if found else None
        except KsefError as error:
            values = {
                "state": "unknown",
                "words": explain(self.env, error),
                "next_try": fields.Datetime.now() + timedelta(minutes=1),
            }
            keep(self.env, self.write, values)
            return
        keep(self.env, self._settled, found, original)

    def _settled(self, found, original):
        """``found`` is what KSeF has of it, if anything."""
        if isinstance(found, InvoiceMetadata):
            self._accept(found)
        elif found:
            self.write({"state": "sent", "reference": found.reference, "next_try": False})
            self._take(found, original)
        elif fields.Datetime.now() < (self.sent_on or fields.Datetime.now()) + IN_FLIGHT:
            self.write(
                {"state": "unknown", "next_try": fields.Datetime.now() + timedelta(seconds=20)}
            )
        else:
            self.write(
                {
                    "state": "prepared",
                    "words": self.env._("KSeF did not receive it; it is sent again."),
                    "next_try": False,
                }
            )

    def _or_metadata(self, ask, *arguments):
        """What KSeF answers about our document, or its metadata if the session is not shown."""
        try:
            return ask(*arguments)
        except Refused as error:
            if SESSION_NOT_SHOWN not in error.codes:
                raise
        return self._find_in_metadata(since=(self.sent_on or self.create_date) - timedelta(days=1))

    def _find_in(self, session_reference):
        """Our bytes in the list of a session, by their hash; of several the most successful."""
        found = []
        continuation = None
        while True:
            page = self.connection_id._ask(
                "session_invoices", session_reference, continuation=continuation
            )
            found += [item for item in page.items if item.invoice_hash == self._digest()]
            continuation = page.continuation
            if not continuation:
                break
        # The same bytes stand there twice when KSeF cancelled them (550) and they went again.
        return max(
            found,
            key=lambda item: (
                item.status.code == 200,
                item.status.code in IN_PROGRESS,
                item.ordinal,
            ),
            default=None,
        )

    def _find_in_metadata(self, since, **what):
        """Our bytes among the company's invoices, by their hash."""
        now = fields.Datetime.now()
        # guide/api-changelog.md: one question covers 100 days at most.
        since = max(since, now - timedelta(days=99))
        page = self.connection_id._ask(
            "query_metadata",
            subject="Subject1",
            date_type="Invoicing",
            date_from=since.replace(tzinfo=timezone.utc),
            invoice_number=self.number,
            **what,
        )
        return next((item for item in page.items if item.invoice_hash == self._digest()), None)

    def _find_original(self, answer):
        """440: what KSeF already has under this number, if it is these very bytes (pitfall 1)."""
        if isinstance(answer, InvoiceMetadata) or answer.status.code != DUPLICATE:
            return None
        extensions = answer.status.extensions or {}
        session = extensions.get("originalSessionReferenceNumber")
        number = extensions.get("originalKsefNumber")
        if session:
            try:
                found = self._find_in(session)
            except Refused as error:
                if SESSION_NOT_SHOWN not in error.codes:
                    raise
            else:
                return found if found and found.status.code == 200 else None
        if not number:
            return None
        return self._find_in_metadata(
            since=fields.Datetime.now() - timedelta(days=99), ksef_number=number
        )

    # --- results -------------------------------------------------------------------------------

    def _ask_status(self):
        """Ask KSeF how it stands with what it has."""
        for document in self.sudo():
            with claim(self.env, CLAIM_DOCUMENT, document.id) as held:
                document.invalidate_recordset(["state"])
                if not (held and document.state == "sent" and document.connection_id._may_ask()):
                    continue
                document._ask_status_one()

    def _ask_status_one(self):
        try:
            answer = self._or_metadata(self._ask_session)
            original = self._find_original(answer) if answer else None
        except KsefError as error:
            values = {"words": explain(self.env, error), "next_try": self._next_question()}
            keep(self.env, self.write, values)
            return
        if not answer:
            words = self.env._(
                "KSeF shows how it stands only to the person who sent it, or when it is accepted;"
                " it is asked again by itself."
            )
            values = {"words": words, "next_try": fields.Datetime.now() + METADATA_PAUSE}
            keep(self.env, self.write, values)
        elif isinstance(answer, InvoiceMetadata):
            keep(self.env, self._accept, answer)
        else:
            keep(self.env, self._take, answer, original)

    def _ask_session(self):
        return self.connection_id._ask("invoice_status", self.session_id.reference, self.reference)

    def _next_question(self):
        """KSeF may take seconds or days: ask often at first, then less and less.

        By its age and not by the number of questions: whoever watches asks many in a few seconds
        and still wants the number as soon as it is there.
        """
        now = fields.Datetime.now()
        age = now - (self.sent_on or now)
        return now + min(max(age / 3, timedelta(seconds=2)), timedelta(minutes=30))

    def _take(self, answer, original=None):
        """Write down what KSeF says about a document that it has.

        ``original`` is what :meth:`_find_original` said about the answer.
        """
        self.ensure_one()
        status = answer.status
        words = "\n".join([status.description, *(status.details or [])])
        if status.code in IN_PROGRESS:
            self.write(
                {
                    "status_code": status.code,
                    "words": words,
                    "asked": self.asked + 1,
                    "next_try": self._next_question(),
                }
            )
        elif status.code == 200:
            self._accept(answer)
        elif status.code in NOT_JUDGED:
            self.write({"status_code": status.code})
            self._wait(words)
        elif status.code == NOT_DECRYPTED and self.tries < 2:
            self.session_id._leave(words)
            self.write({"status_code": status.code})
            self._wait(words)
        elif status.code == DUPLICATE:
            self._take_duplicate(answer, original, words)
        else:
            self._reject(words, status.code)

    def _accept(self, answer):
        self.write(
            {
                "state": "accepted",
                "status_code": 200,
                "words": False,
                # Set until the UPO is there: so the outbox finds these few among all accepted.
                "next_try": fields.Datetime.now(),
                "ksef_number": answer.ksef_number,
                "invoicing_mode": (answer.invoicing_mode or "").lower()
                if (answer.invoicing_mode or "").lower() in ("online", "offline")
                else False,
                "acquisition_date": to_odoo(answer.acquisition_date),
                "storage_date": to_odoo(answer.permanent_storage_date),
            }
        )
        self.move_id._l10n_pl_ksef_accepted(self)

    def _take_duplicate(self, answer, original, words):
        """440: ours if the bytes are ours, else a conflict that a person has to look at."""
        extensions = answer.status.extensions or {}
        session = extensions.get("originalSessionReferenceNumber")
        if original:
            values = {"reference": getattr(original, "reference", False)}
            if session:
                values["session_id"] = self._session(session).id
            self.write(values)
            self._accept(original)
            return
        conflict = self.env._(
            "KSeF already holds another invoice with this number: %(number)s. Compare the two"
            " documents; if the other one is right, this one must get another number.",
            number=extensions.get("originalKsefNumber") or "?",
        )
        self._reject(f"{words}\n{conflict}", 440)

    def _session(self, reference):
        """The record of a session of ours; one that this database forgot is entered again."""
        sessions = self.env["l10n_pl_ksef.session"]
        return sessions.search([("reference", "=", reference)], limit=1) or sessions.create(
            {
                "connection_id": self.connection_id.id,
                "reference": reference,
                "state": "processed",
            }
        )

    def _reject(self, words, code):
        self.write(
            {
                "state": "rejected",
                "status_code": code,
                "words": words,
                "next_try": False,
                "maybe_at_ksef": False,
            }
        )
        self.move_id._l10n_pl_ksef_rejected(self)

    def _fetch_upo(self):
        """Keep KSeF's receipt byte for byte: its signature covers every byte of it."""
        for document in self.sudo():
            with claim(self.env, CLAIM_DOCUMENT, document.id) as held:
                document.invalidate_recordset(["upo", "state"])
                wanted = held and document.state == "accepted" and not document.upo
                if wanted and not document.connection_id._is_limited():
                    document._fetch_upo_one()

    def _fetch_upo_one(self):
        try:
            content = self._ask_upo()
        except KsefError as error:
            keep(self.env, self._upo_not_there, error)
        else:
            keep(self.env, self._take_upo, content)

    def _upo_not_there(self, error):
        self.write(
            {
                "asked": self.asked + 1,
                "next_try": self._next_question(),
                "words": self.env._(
                    "The UPO is not there yet: %(words)s", words=explain(self.env, error)
                ),
            }
        )

    def _take_upo(self, content):
        self.write({"upo": b64encode(content), "next_try": False, "words": False})
        self.move_id._l10n_pl_ksef_received_upo(self)

    def _ask_upo(self):
        session = self.session_id.reference
        if self.reference:
            return self.connection_id._ask("upo_of_invoice", session, self.reference)
        return self.connection_id._ask("upo_of_invoice_by_number", session, self.ksef_number)

    # --- buttons -------------------------------------------------------------------------------

    def _download(self, field, name):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/{field}/{name}?download=true",
            "target": "download",
        }

    def action_download_xml(self):
        return self._download("xml", f"FA3-{self._file_number()}.xml")

    def action_download_upo(self):
        return self._download("upo", f"UPO-{self.ksef_number or self._file_number()}.xml")

    def _file_number(self):
        return "".join(c if c.isalnum() or c in "-." else "_" for c in self.number)

    # --- cron ----------------------------------------------------------------------------------

    @api.model
    def _due(self, states, extra=(), within=timedelta()):
        now = fields.Datetime.now() + within
        return self.sudo().search(
            [
                ("state", "in", states),
                ("connection_id.state", "=", "connected"),
                "|",
                ("connection_id.limited_until", "=", False),
                ("connection_id.limited_until", "<=", now),
                "|",
                ("next_try", "=", False),
                ("next_try", "<=", now),
                *extra,
            ],
            # What is due first goes first.
            order="deadline, id",
            limit=200,
        )

    @api.model
    def _outbox(self):
        """The documents that are due, each with its step: look up, send, ask, fetch the UPO."""
        return [
            (document, step)
            for documents, step in (
                (self._due(["sending", "unknown"]), "_settle"),
                (self._due(["prepared"], self._may_leave()), "_send"),
                (self._due(["sent"]), "_ask_status"),
                (self._due(["accepted"], [("next_try", "!=", False)]), "_fetch_upo"),
            )
            for document in documents
        ]

    @api.model
    def _cron_outbox(self):
        """Carry every document on by the step that is due."""
        cron = self.env["ir.cron"]
        work = self._outbox()
        cron._commit_progress(remaining=len(work))
        for document, step in work:
            for_readers(document)._carry_on(step)
            if not cron._commit_progress(1):
                return
        self.env["l10n_pl_ksef.session"]._close_idle()
        self.env["l10n_pl_ksef.session"]._follow_closed()
        self.env["account.move"]._l10n_pl_ksef_replace_outdated_pdf()
        # A step makes the next one due: what was lost is sent, what was sent is asked for. Odoo
        # comes back at once for what remains; a record that others hold is left to them.
        remaining = [item for item in self._outbox() if item not in work]
        cron._commit_progress(remaining=len(remaining))
        # What is not due before the next minute, or waits for a person, needs no extra run.
        soon = timedelta(minutes=1)
        if self._due(ON_THEIR_WAY, ["|", ("state", "!=", "prepared"), *self._may_leave()], soon):
            self._trigger_outbox()

    def _carry_on(self, step):
        """Take a step; a document that cannot even be tried must not stop those behind it."""
        self._or_later(getattr(self, step))

    def _or_later(self, do, *arguments):
        """Do something for one document; whatever is wrong with it, the others go on."""
        self.ensure_one()
        try:
            do(*arguments)
        except Exception as error:
            if modules.module.current_test:
                raise
            _logger.exception("KSeF document %s could not be carried on", self.id)
            self.env.cr.rollback()
            later = fields.Datetime.now() + timedelta(minutes=PATIENCE[-1])
            keep(self.env, self.write, {"words": str(error), "next_try": later})

    @api.model
    def _trigger_outbox(self, seconds=10):
        self.env.ref("l10n_pl_ksef.cron_outbox").sudo()._trigger(
            at=fields.Datetime.now() + timedelta(seconds=seconds)
        )
