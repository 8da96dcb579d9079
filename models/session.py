import logging
from base64 import b64decode, b64encode
from datetime import datetime, timedelta, timezone

from odoo import api, fields, models
from odoo.fields import NO_ACCESS

from ..ksef import crypto
from ..ksef.errors import KsefError, Refused, Unknown
from .explain import explain, for_readers
from .moments import to_odoo
from .step import commit
from .vault import SecretLost

_logger = logging.getLogger(__name__)

#: guide/sesja-interaktywna.md: a session lives twelve hours; we leave it before KSeF closes it.
END_MARGIN = timedelta(minutes=15)
#: A session is closed when nothing was sent over it for so long; only then its own UPO is made.
IDLE = timedelta(minutes=10)


class Session(models.Model):
    """One sending session at KSeF: the documents of a session share an encryption key."""

    _name = "l10n_pl_ksef.session"
    _description = "KSeF Session"
    _order = "id desc"
    _rec_name = "reference"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "l10n_pl_ksef.connection", required=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    environment = fields.Selection(related="connection_id.environment", store=True)
    kind = fields.Selection(
        [("online", "Interactive"), ("batch", "Batch")], default="online", required=True
    )
    reference = fields.Char(required=True, readonly=True, index=True)
    # Interactive; what a batch session goes through stands in session_batch.py:
    #
    # open ──nothing sent for a while, or its end is near──> closed ──KSeF made its UPO──> processed
    #   └──21180: KSeF says it is closed──────────────────────^  └──KSeF: no invoice in it──> failed
    state = fields.Selection(
        [
            ("open", "Open"),
            ("closed", "Closed"),
            ("processed", "Processed"),
            ("failed", "Failed"),
        ],
        default="open",
        required=True,
        readonly=True,
        index=True,
    )
    sealed_key = fields.Char(groups=NO_ACCESS, copy=False)
    initialization_vector = fields.Char(groups=NO_ACCESS, copy=False)
    valid_until = fields.Datetime(readonly=True)
    last_used = fields.Datetime(readonly=True)
    closed_on = fields.Datetime(readonly=True)
    status_words = fields.Char("What KSeF said", readonly=True)
    invoice_count = fields.Integer(readonly=True)
    successful_count = fields.Integer(readonly=True)
    failed_count = fields.Integer(readonly=True)
    upo_ids = fields.Many2many("ir.attachment", string="UPO of the session", readonly=True)
    document_ids = fields.One2many("l10n_pl_ksef.document", "session_id")

    @api.model
    def _for_sending(self, connection):
        """An open session of the connection; KSeF lets many requests share one."""
        now = fields.Datetime.now()
        session = self.sudo().search(
            [
                ("connection_id", "=", connection.id),
                ("kind", "=", "online"),
                ("state", "=", "open"),
                ("valid_until", ">", now + END_MARGIN),
                ("last_used", ">", now - IDLE),
            ],
            limit=1,
        )
        return session if session and session._has_key() else self._open_new(connection)

    @api.model
    def _public_key(self, connection):
        """The key of KSeF that a session's own key is encrypted with."""
        keys = connection._anonymous_client().public_keys()
        try:
            return crypto.choose_key(keys, "SymmetricKeyEncryption", datetime.now(timezone.utc))
        except ValueError as error:
            # Nothing was sent; a server whose clock is wrong ends here too.
            raise Unknown(
                "unreadable",
                may_have_arrived=False,
                reason=str(error),
                operation="GET /security/public-key-certificates",
            ) from error

    @api.model
    def _open_new(self, connection):
        chosen = self._public_key(connection)
        key = crypto.SessionKey.new()
        answer = connection._ask(
            "open_online_session", key.wrapped(chosen), key.iv, chosen.public_key_id
        )
        session = self.sudo().create(
            {
                "connection_id": connection.id,
                "reference": answer.reference,
                "sealed_key": self.env["l10n_pl_ksef.vault"]._seal(b64encode(key.key)),
                "initialization_vector": b64encode(key.iv).decode(),
                "valid_until": to_odoo(answer.valid_until),
                "last_used": fields.Datetime.now(),
            }
        )
        commit(self.env)
        return session

    def _has_key(self):
        """Whether its key can be opened here; without it nothing more goes over the session."""
        try:
            self._key()
        except SecretLost as error:
            self._leave(error.words)
            return False
        return True

    def _key(self):
        self.ensure_one()
        key = b64decode(self.env["l10n_pl_ksef.vault"]._open_for_call(self.sudo().sealed_key))
        return crypto.SessionKey(key, b64decode(self.sudo().initialization_vector))

    def _leave(self, words):
        """Send nothing more over it: KSeF said that it does not take documents (any more)."""
        self.sudo().write(
            {"state": "closed", "closed_on": fields.Datetime.now(), "status_words": words}
        )

    @api.model
    def _close_idle(self):
        """Close what is no longer used, so that KSeF makes the UPO of the session."""
        now = fields.Datetime.now()
        idle = self.sudo().search(
            [
                ("kind", "=", "online"),
                ("state", "=", "open"),
                ("connection_id.state", "=", "connected"),
                "|",
                ("last_used", "<", now - IDLE),
                ("valid_until", "<", now + END_MARGIN),
            ]
        )
        for session in map(for_readers, idle):
            # Somebody may be sending over it at this moment.
            if "sending" in session.document_ids.mapped("state"):
                continue
            if not session.connection_id._may_ask():
                continue
            try:
                session.connection_id._ask("close_online_session", session.reference)
                session._leave(session.env._("Closed; KSeF makes the UPO of the session."))
            except Refused as error:
                session._leave(explain(session.env, error))
            except KsefError as error:
                session.status_words = explain(session.env, error)
            commit(self.env)

    @api.model
    def _follow_closed(self):
        """Read how KSeF finished the closed sessions and keep their UPO."""
        closed = self.sudo().search(
            [
                ("kind", "=", "online"),
                ("state", "=", "closed"),
                ("connection_id.state", "=", "connected"),
            ],
            limit=20,
        )
        for session in map(for_readers, closed):
            if not session.connection_id._may_ask():
                continue
            try:
                session._read_status()
            except Refused as error:
                session.write({"state": "failed", "status_words": explain(session.env, error)})
            except KsefError as error:
                session.status_words = explain(session.env, error)
            commit(self.env)

    def _read_status(self):
        self.ensure_one()
        self._finish(self.connection_id._ask("session_status", self.reference))

    def _finish(self, answer):
        """Write down what KSeF says of the session, with its receipt once that is made."""
        values = {
            "status_words": answer.status.description,
            "invoice_count": answer.invoice_count or 0,
            "successful_count": answer.successful or 0,
            "failed_count": answer.failed or 0,
        }
        if answer.status.code == 200:
            pages = [
                (page, self.connection_id._ask("upo_of_session", self.reference, page.reference))
                for page in answer.upo_pages
            ]
            values["state"] = "processed"
            values["upo_ids"] = [
                fields.Command.create(
                    {
                        "name": f"UPO-{page.reference}.xml",
                        "raw": content,
                        "mimetype": "application/xml",
                        "res_model": self._name,
                        "res_id": self.id,
                    }
                )
                for page, content in pages
            ]
        elif answer.status.code >= 400:
            values["state"] = "failed"
        self.write(values)
