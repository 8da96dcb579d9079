import logging
from contextlib import ExitStack
from datetime import timedelta

from odoo import api, fields, models, modules

from ..ksef import crypto
from ..ksef.errors import KsefError, Refused, Unknown
from ..ksef.packages import packed
from .document import METADATA_PAUSE, PATIENCE, REST, Overtaken
from .explain import explain_waiting
from .step import CLAIM_DOCUMENT, CLAIM_SESSION, claim, commit, keep

_logger = logging.getLogger(__name__)

#: So many documents at once are worth an archive; fewer have their numbers sooner one by one.
FEWEST_IN_BATCH = 6
#: KSeF takes 10 000 (guide/limity/limity.md), but each is claimed with a lock of the database.
MOST_IN_BATCH = 500
#: After so many packages that KSeF could not use, their documents go one by one.
MOST_FAILURES = 2
#: After so long a package that KSeF was told to process, but does not show, did not arrive. Should
#: it have, KSeF answers 440 and our own bytes are recognised.
LOST_SIGHT = timedelta(days=1)
#: The order of the steps: what is lost is found before anything is sent.
STEPS = ("_settle", "_send_batch", "_send", "_ask_status", "_fetch_upo")


class Document(models.Model):
    """Sending many documents in one archive, and asking for them by their session."""

    _inherit = "l10n_pl_ksef.document"

    batch_failures = fields.Integer(
        "Packages that failed", readonly=True, help="Packages with this document that KSeF refused."
    )
    doubtful_before_batch = fields.Boolean(readonly=True)

    # --- what goes together --------------------------------------------------------------------

    def _goes_alone(self):
        """Technical corrections may not go in a package (guide/offline/korekta-techniczna.md)."""
        return bool(self.corrects_id) or self.batch_failures >= MOST_FAILURES

    @api.model
    def _grouped_for_sending(self, documents):
        """The steps that send the documents: ``_send_batch`` for many that go together."""
        work = []
        groups = documents.grouped(
            lambda document: (document.connection_id, document._is_offline())
        )
        for group in groups.values():
            together = group.filtered(lambda document: not document._goes_alone())
            if len(together) < FEWEST_IN_BATCH:
                together = self.browse()
            work += [
                (together[start : start + MOST_IN_BATCH], "_send_batch")
                for start in range(0, len(together), MOST_IN_BATCH)
            ]
            work += [(document, "_send") for document in group - together]
        return work

    @api.model
    def _outbox(self):
        """One step for all documents of a package, where its session answers for all of them."""
        work, to_send, followed = [], self.browse(), {}
        for documents, step in super()._outbox():
            if step == "_send":
                to_send |= documents
            elif documents.session_id.kind == "batch":
                followed.setdefault((step, documents.session_id), []).append(documents)
            else:
                work.append((documents, step))
        work += [(self.union(*items), step) for (step, _session), items in followed.items()]
        work += self._grouped_for_sending(to_send)
        return sorted(work, key=lambda item: STEPS.index(item[1]))

    def _carry_on(self, step):
        if len(self) == 1:
            return super()._carry_on(step)
        try:
            getattr(self, step)()
        except Exception as error:
            if modules.module.current_test:
                raise
            _logger.exception("KSeF documents %s could not be carried on", self.ids)
            self.env.cr.rollback()
            keep(self.env, self._stumbled, step, error)
        return None

    def _stumbled(self, step, error):
        """What cannot be packed together is tried one by one after a while."""
        later = fields.Datetime.now() + timedelta(minutes=PATIENCE[-1])
        for document in self:
            values = {"words": str(error), "next_try": later}
            if step == "_send_batch":
                values["batch_failures"] = document.batch_failures + 1
            document.write(values)

    def _keep_alone(self, write, *arguments):
        """Write one result; whatever is wrong with this document must not stop the others."""
        self._or_later(keep, self.env, write, *arguments)

    # --- sending -------------------------------------------------------------------------------

    def _send_batch(self):
        """Send what is ready in packages: one for each connection and offline flag."""
        documents = self.sudo()[:MOST_IN_BATCH]
        with ExitStack() as claims:
            held = documents.filtered(
                lambda document: claims.enter_context(
                    claim(self.env, CLAIM_DOCUMENT, document.id, new_transaction=False)
                )
            )
            commit(self.env)
            held.invalidate_recordset()
            ready = held.filtered(lambda document: document.state == "prepared")
            groups = ready.grouped(
                lambda document: (document.connection_id, document._is_offline())
            )
            for (connection, offline), group in groups.items():
                together = group.filtered(lambda document: not document._goes_alone())
                for document in group - together if len(together) > 1 else group:
                    if connection._may_ask():
                        document._send_one()
                if len(together) > 1 and connection._may_ask():
                    together._send_together(connection, offline)

    def _send_together(self, connection, offline):
        """One package: pack, open, intend, upload, close. Every document is held."""
        sessions = self.env["l10n_pl_ksef.session"]
        sound = self.filtered(lambda document: document._is_sound())
        for document in self - sound:
            document._set_aside(
                self.env._("The stored XML is not the one that was frozen. It was not sent.")
            )
        if not sound:
            return
        with ExitStack() as stack:
            try:
                # As with one document: whatever can go wrong goes wrong before the intent.
                connection._access_token()
                public_key = sessions._public_key(connection)
                key = crypto.SessionKey.new()
                package = stack.enter_context(packed(sound._to_pack(), key))
                opened = connection._ask(
                    "open_batch_session",
                    package,
                    key.wrapped(public_key),
                    key.iv,
                    public_key.public_key_id,
                    offline=offline,
                )
            except KsefError as error:
                keep(self.env, sound._batch_not_begun, error)
                return
            try:
                keep(self.env, sound._intend_batch, opened, package, offline, stack)
            except Overtaken:
                return  # the session runs out at KSeF without a part
            # From here on KSeF may get it.
            sound.session_id._hand_over(opened, package)

    def _is_sound(self):
        sound = crypto.sha256(self._bytes()) == self._digest()
        self._forget_bytes()
        return sound

    def _to_pack(self):
        """Name and bytes of each, one after the other; by its hash KSeF's answer is found."""
        for document in self:
            yield f"{document.id}.xml", document._bytes()
            document._forget_bytes()

    def _forget_bytes(self):
        """Hold one document in memory, not all of them."""
        self.invalidate_recordset(["xml"], flush=False)
        self.env["ir.attachment"].invalidate_model(["raw", "datas"], flush=False)

    def _batch_not_begun(self, error):
        """Nothing has left: the login could not be renewed, or no session opened."""
        words = explain_waiting(self.env, error)
        for document in self:
            document._wait(words, error, document.maybe_at_ksef)
            if isinstance(error, Refused):
                document.batch_failures += 1
        if isinstance(error, Unknown):
            self.connection_id.limited_until = fields.Datetime.now() + REST

    def _intend_batch(self, opened, package, offline, stack):
        # Packing took a while: somebody may have issued one of them offline since.
        self.invalidate_recordset(["state", "mode"])
        for document in self:
            if document.state != "prepared" or document._is_offline() != offline:
                raise Overtaken
        session = self.env["l10n_pl_ksef.session"]._create_batch(
            self.connection_id, opened, package, offline
        )
        stack.enter_context(claim(self.env, CLAIM_SESSION, session.id, new_transaction=False))
        for document in self:
            document.write(
                {
                    "state": "sending",
                    "session_id": session.id,
                    "reference": False,
                    "tries": document.tries + 1,
                    "sent_on": fields.Datetime.now(),
                    "doubtful_before_batch": document.maybe_at_ksef,
                    "maybe_at_ksef": True,
                    "words": False,
                }
            )

    # --- results -------------------------------------------------------------------------------

    def _come_back(self, words, counted, error=None):
        """To the queue: its package came to nothing, which says nothing about earlier tries."""
        self._wait(words, error, self.doubtful_before_batch)
        if counted:
            self.batch_failures += 1

    def _learn(self, item, original, words):
        """``item`` is what KSeF has of it, if anything; ``words`` say why there is nothing."""
        if item is None:
            self._come_back(words, True)
            return
        self.write({"state": "sent", "reference": item.reference, "next_try": False})
        self._take(item, original)
        if self.state == "prepared":
            self.batch_failures += 1

    def _learn_unseen(self, item, words):
        """The same from the company's invoices, where only accepted ones stand."""
        if item:
            self._accept(item)
        elif self.state != "sent" and fields.Datetime.now() > self.sent_on + LOST_SIGHT:
            self._come_back(words, False)
        else:
            state = "sent" if self.state == "sent" else "unknown"
            next_try = fields.Datetime.now() + METADATA_PAUSE
            self.write({"state": state, "words": words, "next_try": next_try})

    def _by_session(self):
        """The documents that went in packages, apart from those that went alone."""
        documents = self.sudo()
        in_batch = documents.filtered(lambda document: document.session_id.kind == "batch")
        return in_batch, documents - in_batch

    def _settle(self):
        in_batch, alone = self._by_session()
        lost = in_batch.filtered(lambda document: document.state in ("sending", "unknown"))
        lost.session_id._follow_batch()
        return super(Document, alone)._settle()

    def _ask_status(self):
        in_batch, alone = self._by_session()
        sent = in_batch.filtered(lambda document: document.state == "sent")
        sent.session_id._follow_batch()
        return super(Document, alone)._ask_status()

    # --- receipts ------------------------------------------------------------------------------

    def _fetch_upo(self):
        """The list of a session names the addresses of all receipts, which KSeF does not count."""
        in_batch, alone = self._by_session()
        for session, documents in in_batch.grouped("session_id").items():
            wanted = documents.filtered(lambda doc: doc.state == "accepted" and not doc.upo)
            if len(wanted) < 2 or not session.connection_id._may_ask():
                alone |= documents
                continue
            try:
                found = session._listed(session.reference)
            except KsefError as error:
                for document in wanted:
                    document._keep_alone(document._upo_not_there, error)
                continue
            for document in wanted:
                item = found.get(document._digest())
                if not (item and item.upo_url and document._download_upo(item.upo_url)):
                    alone |= document
        return super(Document, alone)._fetch_upo()

    def _download_upo(self, url):
        """Fetch its receipt from an address that KSeF named; tells whether it is there."""
        with claim(self.env, CLAIM_DOCUMENT, self.id) as held:
            self.invalidate_recordset(["upo", "state"])
            if not held or self.upo:
                return held
            try:
                content = self.connection_id._anonymous_client().download(url)
            except KsefError as error:
                _logger.info("The receipt of KSeF document %s is fetched later: %s", self.id, error)
                return False
            self._keep_alone(self._take_upo, content)
        return True
