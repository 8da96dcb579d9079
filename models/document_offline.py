import logging
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..ksef import qr
from ..ksef.deadlines import deadline
from .modes import MODES_OF_ISSUE, OFFLINE_MODES
from .moments import warsaw_day
from .step import CLAIM_DOCUMENT, claim, commit
from .vault import SecretLost

_logger = logging.getLogger(__name__)

#: The states of an original whose correction has to wait.
WITHOUT_NUMBER = ("prepared", "sending", "unknown", "sent")
#: The last check says nothing about now when it is older: the backlog then tries by itself.
CHECK_IS_OLD = timedelta(minutes=15)
#: Each claim is a lock of the database.
CLAIMED_AT_ONCE = 500


class Document(models.Model):
    """What a document bears that was issued outside KSeF: its mode and its second code."""

    _inherit = "l10n_pl_ksef.document"

    mode = fields.Selection(
        MODES_OF_ISSUE, "Mode of issue", default="online", required=True, readonly=True, index=True
    )
    issued_on = fields.Datetime(readonly=True, help="When its bytes were frozen.")
    hurried = fields.Boolean(
        readonly=True, help="Somebody wants it sent without waiting for two good checks."
    )
    certificate_id = fields.Many2one(
        "l10n_pl_ksef.certificate", "Offline certificate", readonly=True, ondelete="restrict"
    )
    certificate_link = fields.Char(
        "Link of KOD II", readonly=True, help="Signed with the Offline certificate."
    )
    corrects_id = fields.Many2one(
        "l10n_pl_ksef.document",
        "Technical correction of",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    corrected_by_ids = fields.One2many(
        "l10n_pl_ksef.document", "corrects_id", "Technically corrected by", readonly=True
    )

    @api.constrains("xml", "sha256", "mode")
    def _check_bytes_are_there(self):
        # art. 106ng: what is issued in a total failure need not have the form of FA(3).
        for document in self:
            if document.mode != "total_failure" and not document.sha256:
                raise ValidationError(self.env._("A KSeF document needs its XML."))

    def _is_offline(self):
        """Whether it was issued outside KSeF and has to be sent there (``offlineMode``)."""
        self.ensure_one()
        return self.mode in OFFLINE_MODES

    def _is_issued_outside(self):
        """Whether it was issued outside KSeF and has no number yet, or never gets one."""
        self.ensure_one()
        return self.mode != "online" and self.state not in ("accepted", "rejected")

    def _is_outside_by_mistake(self):
        """Issued as in a total failure, but none is on record for its day."""
        self.ensure_one()
        if self.mode != "total_failure" or self.state != "outside":
            return False
        moment = self._day_of_issue()
        if isinstance(moment, datetime):
            moment = moment.replace(tzinfo=timezone.utc)
        known = self.env["l10n_pl_ksef.outage"].sudo()._known(self.environment)
        return deadline(self.mode, moment, known).reason.outage is None

    # --- issuing -------------------------------------------------------------------------------

    def _issue_offline(self, mode):
        """Let documents that KSeF does not have yet count as issued offline; the bytes stay.

        The XML does not say the mode: the same hash stands in both codes and is what is sent
        later. Where an answer is missing KSeF may have it already, as ONLINE; then it is found
        there before anything is sent again, and the code leads to it all the same.
        """
        for start in range(0, len(self), CLAIMED_AT_ONCE):
            self[start : start + CLAIMED_AT_ONCE].sudo()._issue_offline_now(mode)

    def _issue_offline_now(self, mode):
        """The same in one step; what a worker sends at this moment is left to it."""
        with ExitStack() as claims:
            held = self.filtered(
                lambda document: claims.enter_context(
                    claim(self.env, CLAIM_DOCUMENT, document.id, new_transaction=False)
                )
            )
            commit(self.env)
            held.invalidate_recordset(["state", "mode"])
            changed = held.filtered(
                lambda document: (
                    document.mode == "online" and document.state in ("prepared", "unknown")
                )
            )
            changed.write({"mode": mode})
            changed._sign_code()
            changed._recompute_deadlines()
            changed.move_id._l10n_pl_ksef_issued()
            # Whoever claims them next has to see it.
            commit(self.env)

    def _sign_code(self):
        """Sign the link of KOD II where it is missing and the certificate is there.

        Once signed it stays: what was handed over cannot be mended. A link signed with a
        certificate that is revoked later would not verify, but the law asks for one that was valid
        at issue.
        """
        wanting = self.sudo().filtered(
            lambda document: (
                document._is_offline()
                and not document.certificate_link
                and document.state not in ("accepted", "rejected", "outside")
            )
        )
        for connection, documents in wanting.grouped("connection_id").items():
            certificate = connection.offline_certificate_id
            if not certificate or not certificate._is_good():
                continue
            try:
                # One use of the key, written down once, for all that are signed in this step.
                key, _content = certificate._use_key("kod_ii", connection)
            except SecretLost as lost:
                _logger.warning("KOD II could not be signed: %s", lost.words)
                connection._ask_for_help("key", lost.words)
                continue
            environment = connection._environment()
            for document in documents:
                document.write(
                    {
                        "certificate_id": certificate.id,
                        "certificate_link": qr.certificate_link(
                            environment,
                            connection.context_type,
                            connection._login_value(),
                            document.nip,
                            certificate.serial_number,
                            document._digest(),
                            key,
                        ),
                    }
                )

    @api.model
    def _sign_missing_codes(self):
        """The Offline certificate came after the invoices: their second code is made now."""
        waiting = self.sudo().search(
            [
                ("mode", "in", OFFLINE_MODES),
                ("certificate_link", "=", False),
                ("state", "in", ("prepared", "sending", "unknown", "sent")),
                ("connection_id.offline_certificate_id.state", "=", "active"),
            ],
            limit=500,
        )
        waiting._sign_code()
        waiting.filtered("certificate_link").move_id._l10n_pl_ksef_release_held()
        return waiting

    # --- the backlog ---------------------------------------------------------------------------

    @api.model
    def _may_leave(self):
        """Domain of the prepared documents that may go now.

        What was issued offline waits until KSeF is back: two good checks in a row. Where nothing
        was checked lately the sending itself is the check, with its own patience.
        """
        codes = [code for code, _name in self._fields["environment"].selection]
        down = [code for code in codes if not self._is_back(code)]
        return [
            "&",
            "|",
            "|",
            ("mode", "=", "online"),
            ("hurried", "=", True),
            ("environment", "not in", down),
            # A correction goes after its original has a number (guide, tryby-offline.md).
            "|",
            ("move_id.reversed_entry_id", "=", False),
            ("move_id.reversed_entry_id.l10n_pl_ksef_state", "not in", WITHOUT_NUMBER),
        ]

    def _may_go(self):
        """The same for one document."""
        self.ensure_one()
        if self._waits_for_original():
            return False
        return not self._is_offline() or self.hurried or self._is_back(self.environment)

    def _waits_for_original(self):
        """Whether it corrects an invoice that is on its way and has no number yet."""
        self.ensure_one()
        return self.move_id.reversed_entry_id.l10n_pl_ksef_state in WITHOUT_NUMBER

    @api.model
    def _is_back(self, environment):
        probes = self.env["l10n_pl_ksef.probe"].sudo()
        if probes._is_up(environment):
            return True
        last = probes.search([("environment", "=", environment)], order="moment desc", limit=1)
        return not last or last.moment < fields.Datetime.now() - CHECK_IS_OLD

    def _day_of_issue(self):
        """What the deadline counts from: the moment of issue if it was on P_1, else that day."""
        self.ensure_one()
        if self.issued_on and warsaw_day(self.issued_on) == self.issue_date:
            return self.issued_on
        return self.issue_date
