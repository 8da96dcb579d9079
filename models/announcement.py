import hashlib
import json
import logging

from odoo import api, fields, models

from ..ksef import latarnia
from .connection import ENVIRONMENTS
from .moments import to_odoo

_logger = logging.getLogger(__name__)

#: Latarnia makes a handful a month; whatever sends more at once is not it.
MOST_AT_ONCE = 200
LARGEST_VERSION = 2**31 - 1


class Announcement(models.Model):
    """One version of one message of Latarnia, as it came.

    Never changed and never deleted: who issued invoices by it has to show it. Messages with words
    that nobody knows yet are kept and shown as well; no outage follows from them.
    """

    _name = "l10n_pl_ksef.announcement"
    _description = "Announcement about KSeF"
    _order = "published desc, id desc"

    environment = fields.Selection(ENVIRONMENTS, required=True, readonly=True, index=True)
    number = fields.Char(
        readonly=True, help="Latarnia's identifier: AWR for a failure, NI for an unavailability."
    )
    event = fields.Char(
        readonly=True, index=True, help="What the messages of one event have in common."
    )
    category = fields.Char(readonly=True, help="Latarnia's own word for what is announced.")
    kind = fields.Char("Type", readonly=True, help="Latarnia's own word for what the message does.")
    words = fields.Char("Meaning", compute="_compute_words")
    title = fields.Char(readonly=True)
    text = fields.Text(readonly=True)
    start = fields.Datetime(readonly=True)
    end = fields.Datetime(readonly=True)
    version = fields.Integer(readonly=True)
    published = fields.Datetime(readonly=True)
    fetched = fields.Datetime("First read on", required=True, readonly=True)
    raw = fields.Text("As it came (JSON)", required=True, readonly=True)
    sha256 = fields.Char("SHA-256 of the JSON", required=True, readonly=True)
    answer_id = fields.Many2one(
        "l10n_pl_ksef.answer", "Came in", readonly=True, ondelete="restrict", index=True
    )
    unread = fields.Char("Why it could not be read", readonly=True)
    replaced = fields.Boolean(readonly=True, help="A later version of the same message came.")
    outage_ids = fields.Many2many("l10n_pl_ksef.outage", readonly=True)

    _version_uniq = models.UniqueIndex("(environment, sha256)")

    @api.depends("number", "title", "version")
    def _compute_display_name(self):
        for message in self:
            parts = [message.number, message.title]
            name = " ".join(part for part in parts if part)
            message.display_name = name or self.env._("Announcement that could not be read")

    @api.depends("category", "kind", "unread")
    @api.depends_context("lang")
    def _compute_words(self):
        _ = self.env._
        types = {
            latarnia.MessageType.FAILURE_START: _("begins"),
            latarnia.MessageType.FAILURE_END: _("ends"),
            latarnia.MessageType.MAINTENANCE_ANNOUNCEMENT: _("will be"),
        }
        for message in self:
            state = latarnia.State(message.category or "")
            what = types.get(latarnia.MessageType(message.kind or ""))
            known = state.kind is not None and what and not message.unread
            message.words = (
                f"{_(state.words)}: {what}"
                if known
                else _("Not understood, so nothing follows from it. Please read it yourself.")
            )

    # --- keeping -------------------------------------------------------------------------------

    @api.model
    def _keep(self, environment, messages, unread, answer):
        """Keep what is new of an answer's messages; returns the new records.

        :param messages: ``ksef.latarnia.Message``
        :param unread: ``ksef.latarnia.UnreadMessage``
        """
        values = {}
        for message in messages:
            values.setdefault(_sha256(message.raw), self._values(message))
        for message in unread:
            values.setdefault(_sha256(message.raw), {"raw": message.raw, "unread": message.why})
        known = self.search([("environment", "=", environment), ("sha256", "in", list(values))])
        for sha256 in known.mapped("sha256"):
            del values[sha256]
        if len(values) > MOST_AT_ONCE:
            _logger.warning("Latarnia: %s new messages at once; some are left out", len(values))
        return self.create(
            [
                {
                    **value,
                    "environment": environment,
                    "sha256": sha256,
                    "answer_id": answer.id,
                    "fetched": answer.last_fetched,
                }
                for sha256, value in list(values.items())[:MOST_AT_ONCE]
            ]
        )

    def _values(self, message):
        if abs(message.version) > LARGEST_VERSION:
            return {"raw": message.raw, "unread": "a version out of all reason"}
        # Latarnia's own words, also those that ksef.latarnia does not know.
        content = json.loads(message.raw)
        return {
            "number": message.id,
            "event": str(message.event_id),
            "category": content["category"],
            "kind": content["type"],
            "title": message.title,
            "text": message.text,
            "start": to_odoo(message.start),
            "end": to_odoo(message.end),
            "version": message.version,
            "published": to_odoo(message.published),
            "raw": message.raw,
        }

    @api.model
    def _by_message(self, environment):
        """``{ksef.latarnia.Message: record}`` of all that can be read, the last fetched first.

        Of two texts with the same version and publication the one that came later holds.
        """
        found = self.search(
            [("environment", "=", environment), ("unread", "=", False)], order="id desc"
        )
        return {latarnia.Message.read(one.raw): one for one in found}


def _sha256(raw):
    return hashlib.sha256(raw.encode()).hexdigest()
