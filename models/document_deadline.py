from datetime import date, datetime, timezone

from odoo import api, fields, models
from odoo.tools.misc import format_date

from ..ksef import deadlines
from .explain import for_readers, in_words
from .modes import MODES_OF_ISSUE
from .moments import warsaw_today
from .step import commit, keep

#: The states in which a document still has to come to KSeF.
DUE_STATES = ("prepared", "sending", "unknown", "sent")


class Document(models.Model):
    """By when a document must be at KSeF (ksef/deadlines.py), and who is told in time."""

    _inherit = "l10n_pl_ksef.document"

    # An emergency that nobody announced is offline24 in law: buyer, deadline and JPK go by that.
    counts_as = fields.Selection(MODES_OF_ISSUE, readonly=True)
    deadline = fields.Date("Send by", readonly=True, index="btree_not_null")
    deadline_waiting = fields.Boolean(
        readonly=True, help="The day follows from the end of an outage that nobody announced yet."
    )
    deadline_lifted = fields.Boolean("Need not be sent", readonly=True)
    deadline_words = fields.Text("Why this day", readonly=True)

    def _recompute_deadlines(self):
        """Count again by when each must be sent, by what is announced today.

        A total failure lifts the duty for good (art. 106nf ust. 7, 106nha, 106nh ust. 3 pkt 2);
        should its announcement be taken back, the document waits again.
        """
        outages = {
            code: self.env["l10n_pl_ksef.outage"].sudo()._known(code)
            for code in set(self.sudo().mapped("environment"))
        }
        same = {}
        for document in self.sudo():
            moment = document._day_of_issue()
            if isinstance(moment, datetime):
                moment = moment.replace(tzinfo=timezone.utc)
            found = deadlines.deadline(
                document.mode,
                moment,
                outages[document.environment],
                document.company_id.l10n_pl_ksef_saturday_counts,
            )
            counts_as = deadlines.counts_as(document.mode, moment, outages[document.environment])
            values = {
                "counts_as": counts_as.value,
                "deadline": found.day or False,
                "deadline_waiting": found.waiting,
                "deadline_lifted": found.lifted,
                "deadline_words": document._words_of_deadline(found),
            }
            if document.mode != "online":
                if found.lifted and document.state == "prepared" and not document.maybe_at_ksef:
                    values["state"] = "outside"
                elif not found.lifted and document.state == "outside":
                    values["state"] = "prepared"
            changed = {name: value for name, value in values.items() if document[name] != value}
            if changed:
                same.setdefault(tuple(changed.items()), []).append(document.id)
        # What changes in the same way is written at once: there may be thousands.
        for changed, ids in same.items():
            documents = self.sudo().browse(ids)
            documents.write(dict(changed))
            state = dict(changed).get("state")
            if state == "outside":
                for_readers(documents).move_id._l10n_pl_ksef_stay_outside()
            elif state:
                for_readers(documents).move_id._l10n_pl_ksef_go_after_all()

    def _words_of_deadline(self, found):
        readers = for_readers(self)
        lines = [
            f"{readers._in_words(reason)} ({reason.article})" if reason.article else ""
            for reason in found.reasons
        ]
        return "\n".join(filter(None, lines))

    def _in_words(self, reason):
        """A reason in the readers' language, its days as they write them."""
        values = {
            name: format_date(self.env, value) if isinstance(value, date) else value
            for name, value in reason.values.items()
        }
        return in_words(self.env, reason.text, values)

    @api.model
    def _recompute_open_deadlines(self, environments):
        """An announcement came, changed or was taken back."""
        self.sudo().search(
            [
                ("environment", "in", list(environments)),
                ("mode", "!=", "online"),
                "|",
                ("state", "=", "outside"),
                *self._still_due(),
            ]
        )._recompute_deadlines()

    def _is_due(self):
        """The same for the document that stands for its invoice."""
        self.ensure_one()
        return self.state in DUE_STATES or (self.state == "rejected" and not self.given_up)

    @api.model
    def _still_due(self):
        """Domain of what is not in KSeF yet; what KSeF rejected is issued in law all the same."""
        return [
            "|",
            ("state", "in", DUE_STATES),
            "&",
            "&",
            ("state", "=", "rejected"),
            ("given_up", "=", False),
            "&",
            ("move_id.state", "=", "posted"),
            ("move_id.l10n_pl_ksef_state", "=", "rejected"),
        ]

    # --- telling -------------------------------------------------------------------------------

    @api.model
    def _cron_deadlines(self):
        """Remind a working day ahead, escalate what is overdue (once for each person and day)."""
        self._sign_missing_codes()
        commit(self.env)
        # Also what a recount that was cut short has left.
        codes = [code for code, _name in self._fields["environment"].selection]
        keep(self.env, self._recompute_open_deadlines, codes)
        today = warsaw_today()
        tomorrow = deadlines.next_business_day(today)
        due = (
            self.sudo()
            .search(
                [
                    ("mode", "!=", "online"),
                    ("deadline", "!=", False),
                    ("deadline", "<=", tomorrow),
                    *self._still_due(),
                ],
                order="deadline, id",
            )
            .filtered(lambda document: document.move_id.l10n_pl_ksef_document_id == document)
        )
        reminded = self.env["l10n_pl_ksef.connection"].sudo()
        for connection, documents in due.grouped("connection_id").items():
            if connection._has_to_meet_deadlines():
                for_readers(connection)._remind_of_deadlines(documents, today)
                reminded |= connection
                commit(self.env)
        gone = reminded.with_context(active_test=False).search([]) - reminded
        gone._deadlines_are_met()
