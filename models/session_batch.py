"""Batch sessions: many invoices in one archive.

KSeF processes nothing of a batch session before it is closed (guide/sesja-wsadowa.md). So what
became of a lost answer is always found out: a session that is open still is closed again, which
KSeF refuses when a part is missing; from then on the session itself says how it stands, once for
all its documents.
"""

from base64 import b64encode
from datetime import timedelta, timezone

from odoo import api, fields, models

from ..ksef.client import Client
from ..ksef.errors import KsefError, Refused, Unknown
from .document import DUPLICATE, IN_FLIGHT, REST, SESSION_NOT_SHOWN
from .explain import explain, explain_waiting, for_readers
from .step import CLAIM_SESSION, claim, commit, keep

#: guide/sesja-wsadowa.md: for so long parts are taken, times the number of parts.
TIME_PER_PART = timedelta(minutes=20)
#: Seconds to connect and to wait: a part may be larger than a question.
UPLOAD_TIMEOUT = (5, 120)
#: A question that follows a lost answer or a refusal that may be hasty.
SOON = timedelta(seconds=20)
#: KSeF says that a part is missing or too short (21205, 21157) or that it does not know the session
#: (21173), now and then a moment after it took all parts.
HASTY = {21157, 21173, 21205}
#: It was closed before: its status says more.
NOT_OPEN = 21180
#: What is waited for. GET /sessions/{referenceNumber}/invoices: 1000 on a page at most.
WAITING = ("sending", "unknown", "sent")
PAGE = 1000
METADATA_PAGE = 250
#: KSeF answers 20 questions about metadata in an hour.
METADATA_PAGES = 10


class Session(models.Model):
    _inherit = "l10n_pl_ksef.session"

    # Of a batch session:
    #
    # open ──parts uploaded, told to process──> closed ──200: its UPO is made──> processed
    #   └──a part is missing────────────────────────┴──4xx: KSeF cannot use it──> failed
    offline = fields.Boolean("Declared as offline", readonly=True)
    package_size = fields.Integer("Size of the package", readonly=True, help="In bytes.")
    package_sha256 = fields.Char("SHA-256 of the package", readonly=True)
    part_count = fields.Integer("Parts", readonly=True)
    parts_uploaded = fields.Integer("Parts uploaded", readonly=True)
    parts = fields.Text(
        "What was uploaded", readonly=True, help="SHA-256 and size of each encrypted part."
    )
    close_asked = fields.Datetime("Told to process on", readonly=True)

    @api.model
    def _create_batch(self, connection, opened, package, offline):
        now = fields.Datetime.now()
        return self.sudo().create(
            {
                "connection_id": connection.id,
                "kind": "batch",
                "reference": opened.reference,
                "offline": offline,
                "valid_until": now + TIME_PER_PART * len(package.parts),
                "last_used": now,
                "package_size": package.size,
                "package_sha256": b64encode(package.sha256).decode(),
                "part_count": len(package.parts),
                "parts": "\n".join(
                    f"{part.ordinal}: {b64encode(part.sha256).decode()} ({part.size})"
                    for part in package.parts
                ),
            }
        )

    # --- handing over --------------------------------------------------------------------------

    def _hand_over(self, opened, package):
        """Upload the parts and tell KSeF to process them; the intent is committed."""
        self.ensure_one()
        client = Client(self.connection_id._environment(), timeout=UPLOAD_TIMEOUT)
        try:
            for upload, part in zip(opened.uploads, package.parts, strict=True):
                client.upload_part(upload, part)
                arrived = {"parts_uploaded": part.ordinal, "last_used": fields.Datetime.now()}
                keep(self.env, self.write, arrived)
            keep(self.env, self._intend_to_close)
            self.connection_id._ask("close_batch_session", self.reference)
        except KsefError as error:
            keep(self.env, self._hand_over_failed, error)
        else:
            keep(self.env, self._closed)

    def _intend_to_close(self):
        self.close_asked = fields.Datetime.now()

    def _hand_over_failed(self, error):
        """Whatever may be at KSeF is looked up; what cannot be there goes again."""
        if self.close_asked or (isinstance(error, Unknown) and error.may_have_arrived):
            self._on_the_way().write(
                {
                    "state": "unknown",
                    "words": explain(self.env, error),
                    "next_try": fields.Datetime.now() + SOON,
                }
            )
            return
        # A refusal would come again, and so would an address that leads out of KSeF.
        counted = isinstance(error, Refused) or (
            isinstance(error, Unknown) and error.kind == "address"
        )
        self._give_up(explain_waiting(self.env, error), counted, error)
        if not counted:
            self.connection_id.limited_until = fields.Datetime.now() + REST

    def _closed(self):
        """KSeF has all of it and was told to process it."""
        self._leave(self.env._("Closed; KSeF processes the invoices and makes the UPO."))
        self._on_the_way().write({"state": "sent", "asked": 0, "words": False, "next_try": False})

    def _give_up(self, words, counted, error=None):
        """Nothing of the session is processed, now or later: its documents go again.

        ``counted``: KSeF could not use the package as it was. When that happens again, they go one
        by one, so that what is wrong with one of them harms that one only.
        """
        now = fields.Datetime.now()
        self.write({"state": "failed", "closed_on": now, "status_words": words})
        for document in self._on_the_way():
            document._come_back(words, counted, error)

    def _on_the_way(self):
        return self.document_ids.filtered(lambda document: document.state in WAITING)

    # --- how it stands -------------------------------------------------------------------------

    @api.model
    def _follow_closed(self):
        """Sessions whose documents wait are asked for with them; here go those left behind."""
        res = super()._follow_closed()
        left = self.sudo().search(
            [
                ("kind", "=", "batch"),
                ("state", "in", ("open", "closed")),
                ("connection_id.state", "=", "connected"),
                ("document_ids", "not any", [("state", "in", WAITING)]),
            ],
            limit=20,
        )
        for session in left:
            for_readers(session)._follow_batch()
        return res

    def _follow_batch(self):
        """Ask KSeF how it stands, once for all documents of a batch."""
        for session in self.sudo():
            # Held by its sender too: who can claim it knows that nobody uploads or closes.
            with claim(self.env, CLAIM_SESSION, session.id) as held:
                session.invalidate_recordset()
                session.document_ids.invalidate_recordset(["state", "tries", "sent_on"])
                if held and session._may_be_asked():
                    session._follow_one()

    def _may_be_asked(self):
        waiting = self._on_the_way()
        if not waiting and self.state not in ("open", "closed"):
            return False
        connection = self.connection_id
        # Who waits for a lost answer is told why there is none.
        lost = any(document.state != "sent" for document in waiting)
        return not connection._is_limited() if lost else connection._may_ask()

    def _follow_one(self):
        documents = self._on_the_way()
        try:
            answer = self.connection_id._ask("session_status", self.reference)
            over = answer.status.code == 200 or answer.status.code >= 400
            found = self._listed(self.reference) if over and documents else {}
            originals = self._originals(documents, found)
        except KsefError as error:
            if isinstance(error, Refused) and SESSION_NOT_SHOWN in error.codes:
                self._follow_unseen(documents, error)
            else:
                keep(self.env, self._asked_in_vain, error)
            return
        if over:
            self._take_results(documents, answer, found, originals)
        elif answer.status.code == 100 and self.state == "open":
            self._close_again()
        else:
            keep(self.env, self._still_processing, answer)

    def _take_results(self, documents, answer, found, originals):
        status = answer.status
        words = "\n".join([status.description, *(status.details or [])])
        if status.code == 200:
            words = self.env._("KSeF processed the package without this invoice. It is sent again.")
        receipts = True
        for document in documents:
            item = found.get(document._digest())
            document._keep_alone(document._learn, item, originals.get(document), words)
            if receipts and item and item.upo_url and document.state == "accepted":
                receipts = document._download_upo(item.upo_url)
        if self.state in ("open", "closed"):
            try:
                self._finish(answer)
            except KsefError as error:
                self.status_words = explain(self.env, error)
            commit(self.env)

    def _still_processing(self, answer):
        status = answer.status
        words = "\n".join([status.description, *(status.details or [])])
        if self.state == "open":
            self._leave(words)
        self.status_words = status.description
        for document in self._on_the_way():
            document.write(
                {
                    "state": "sent",
                    "status_code": status.code,
                    "words": words,
                    "asked": document.asked + 1,
                    "next_try": document._next_question(),
                }
            )

    def _asked_in_vain(self, error):
        words = explain(self.env, error)
        self.status_words = words
        for document in self._on_the_way():
            values = {"words": words, "next_try": document._next_question()}
            if document.state != "sent":
                values["state"] = "unknown"
                values["next_try"] = fields.Datetime.now() + timedelta(minutes=1)
            document.write(values)

    # --- its sender is gone --------------------------------------------------------------------

    def _close_again(self):
        """Nobody uploads any more: KSeF says whether it has all parts, by closing or refusing."""
        if not self.close_asked:
            keep(self.env, self._intend_to_close)
        try:
            self.connection_id._ask("close_batch_session", self.reference)
        except Refused as error:
            keep(self.env, self._close_refused, error)
        except KsefError as error:
            keep(self.env, self._asked_in_vain, error)
        else:
            keep(self.env, self._closed)

    def _close_refused(self, error):
        young = fields.Datetime.now() < self.last_used + IN_FLIGHT
        if NOT_OPEN in error.codes or (young and error.codes & HASTY):
            self._on_the_way().write(
                {
                    "state": "unknown",
                    "words": explain(self.env, error),
                    "next_try": fields.Datetime.now() + SOON,
                }
            )
        else:
            # A part whose upload broke off says nothing about what is in it.
            self._give_up(explain(self.env, error), self.parts_uploaded == self.part_count)

    def _follow_unseen(self, documents, error):
        """KSeF shows a session only to the one who opened it, and another person has signed."""
        if not self.close_asked:
            keep(self.env, self._close_refused, error)
            return
        try:
            found = self._in_metadata(documents)
        except KsefError as failed:
            keep(self.env, self._asked_in_vain, failed)
            return
        for document in documents:
            item = found.get(document._digest())
            document._keep_alone(document._learn_unseen, item, explain(self.env, error))
        if not self._on_the_way():
            failed = {"state": "failed", "status_words": explain(self.env, error)}
            keep(self.env, self.write, failed)

    # --- lists ---------------------------------------------------------------------------------

    def _listed(self, reference):
        """What KSeF has in a session, by hash."""
        found = {}
        continuation = None
        while True:
            page = self.connection_id._ask(
                "session_invoices", reference, continuation=continuation, page_size=PAGE
            )
            for item in page.items:
                known = found.get(item.invoice_hash)
                if not known or known.status.code != 200:
                    found[item.invoice_hash] = item
            if not page.continuation or page.continuation == continuation:
                return found
            continuation = page.continuation

    def _originals(self, documents, found):
        """440: what KSeF has already under their numbers, where it is the same bytes."""
        originals, lists = {}, {}
        for document in documents:
            item = found.get(document._digest())
            if not item or item.status.code != DUPLICATE:
                continue
            session = (item.status.extensions or {}).get("originalSessionReferenceNumber")
            if session and session not in lists:
                lists[session] = self._listed_if_shown(session)
            if lists.get(session) is None:
                originals[document] = document._find_original(item)
            else:
                original = lists[session].get(document._digest())
                found_there = original and original.status.code == 200
                originals[document] = original if found_there else None
        return originals

    def _listed_if_shown(self, reference):
        try:
            return self._listed(reference)
        except Refused as error:
            if SESSION_NOT_SHOWN not in error.codes:
                raise
            return None

    def _in_metadata(self, documents):
        """Which of the documents stand among the company's invoices, by hash.

        To KSeF they came when the session was opened; the clocks may differ by an hour.
        """
        found = {}
        since = max(
            self.create_date - timedelta(hours=1), fields.Datetime.now() - timedelta(days=99)
        )
        for number in range(METADATA_PAGES):
            page = self.connection_id._ask(
                "query_metadata",
                subject="Subject1",
                date_type="Invoicing",
                date_from=since.replace(tzinfo=timezone.utc),
                page_offset=number,
                page_size=METADATA_PAGE,
            )
            found.update((item.invoice_hash, item) for item in page.items)
            if not page.has_more or all(document._digest() in found for document in documents):
                break
        return found
