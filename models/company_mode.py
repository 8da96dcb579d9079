from datetime import datetime, timezone

from odoo import api, fields, models

from ..ksef.deadlines import Mode, OutageKind, announced_mode
from .modes import MODES_OF_ISSUE
from .moments import warsaw_today
from .step import keep

#: What an environment for practice announces is staged there; nothing is proposed by it.
STAGED = ("test",)


class ResCompany(models.Model):
    """How the company issues its invoices just now, and which mode fits what is known of KSeF."""

    _inherit = "res.company"

    # Any mode may follow any other. A person switches (wizard) or, if the company wants it, the
    # addon by itself; each switch is a line in l10n_pl_ksef.mode.change.
    #
    #   online ──two failed checks: offline24──┐
    #     ^   ──announced: offline, emergency──┼──> offline24 | offline | emergency | total_failure
    #     │   ──own choice: any────────────────┘                  │
    #     └──two good checks and nothing announced any more───────┘  (total failure: by a person)
    l10n_pl_ksef_mode = fields.Selection(
        MODES_OF_ISSUE,
        "KSeF mode of issue",
        default="online",
        required=True,
        copy=False,
    )
    l10n_pl_ksef_mode_since = fields.Datetime("In this mode since", copy=False)
    l10n_pl_ksef_own_choice = fields.Boolean(
        copy=False, help="Chosen without any trouble: then the way back is not proposed."
    )
    l10n_pl_ksef_proposed_mode = fields.Selection(
        MODES_OF_ISSUE, "Proposed KSeF mode", copy=False, readonly=True
    )
    l10n_pl_ksef_proposal_reason = fields.Char("Why it is proposed", copy=False, readonly=True)
    l10n_pl_ksef_proposal_announcement = fields.Char(
        "Announcement it rests on", copy=False, readonly=True
    )
    l10n_pl_ksef_proposal_words = fields.Text(compute="_compute_l10n_pl_ksef_proposal_words")
    l10n_pl_ksef_declined_mode = fields.Selection(MODES_OF_ISSUE, copy=False)
    l10n_pl_ksef_switch_automatically = fields.Boolean("Switch the KSeF mode automatically")
    l10n_pl_ksef_saturday_counts = fields.Boolean("Saturday counts as a business day")

    # --- switching -----------------------------------------------------------------------------

    def _l10n_pl_ksef_switch(self, mode, why, cause="own_choice", automatic=False):
        """Issue in this mode from now on; who, when and why stays on record."""
        for company in self.sudo():
            if company.l10n_pl_ksef_mode == mode:
                continue
            connection = company.l10n_pl_ksef_connection_id
            self.env["l10n_pl_ksef.mode.change"].sudo().create(
                {
                    "company_id": company.id,
                    "environment": connection.environment,
                    "before": company.l10n_pl_ksef_mode,
                    "mode": mode,
                    "cause": cause,
                    "why": why,
                    "user_id": self.env.uid,
                    "automatic": automatic,
                    "announcement": company._l10n_pl_ksef_announcement(mode),
                }
            )
            company.write(
                {
                    "l10n_pl_ksef_mode": mode,
                    "l10n_pl_ksef_mode_since": fields.Datetime.now(),
                    "l10n_pl_ksef_own_choice": cause == "own_choice",
                    "l10n_pl_ksef_proposed_mode": False,
                    "l10n_pl_ksef_proposal_reason": False,
                    "l10n_pl_ksef_declined_mode": False,
                }
            )
            if connection:
                words = self.env._(
                    "Mode of issue: %(mode)s. %(why)s",
                    mode=company._l10n_pl_ksef_mode_name(mode),
                    why=why or "",
                )
                connection._say(words)
        self.env["l10n_pl_ksef.document"]._trigger_outbox(0)

    @api.model
    def _l10n_pl_ksef_mode_name(self, mode):
        field = self._fields["l10n_pl_ksef_mode"]
        return dict(field._description_selection(self.env)).get(mode, "")

    # --- what is announced and observed --------------------------------------------------------

    def _l10n_pl_ksef_outages(self):
        self.ensure_one()
        environment = self.sudo().l10n_pl_ksef_environment
        if not environment:
            return []
        return self.env["l10n_pl_ksef.outage"].sudo()._known(environment)

    def _l10n_pl_ksef_announcement(self, mode):
        """The announcement on which a mode rests at this moment, if there is one: its number, or
        the day of one that was entered without."""
        self.ensure_one()
        kind = {
            "offline": OutageKind.MAINTENANCE,
            "emergency": OutageKind.FAILURE,
            "total_failure": OutageKind.TOTAL_FAILURE,
        }.get(mode)
        now = datetime.now(timezone.utc)
        running = [
            outage
            for outage in self._l10n_pl_ksef_outages()
            if outage.kind == kind and announced_mode(now, [outage]) is not Mode.ONLINE
        ]
        return running[-1].name if running else False

    def _l10n_pl_ksef_fitting_mode(self):
        """``(mode, reason)`` that fit what is known now; ``(False, False)``: nothing is known.

        An announcement decides (art. 106ne); else two failed checks in a row, whether it is KSeF
        or our own line, give offline24, which needs no reason (art. 106nda ust. 1).
        """
        self.ensure_one()
        environment = self.sudo().l10n_pl_ksef_environment
        announced = announced_mode(datetime.now(timezone.utc), self._l10n_pl_ksef_outages())
        if environment not in STAGED and announced is not Mode.ONLINE:
            return announced.value, announced.value
        probes = self.env["l10n_pl_ksef.probe"].sudo()
        up = probes._is_up(environment) if environment else None
        if up is False:
            last = probes.search([("environment", "=", environment)], order="moment desc", limit=1)
            return Mode.OFFLINE24.value, "own_line" if last.state == "own_line" else "silent"
        return (Mode.ONLINE.value, "back") if up else (False, False)

    def _l10n_pl_ksef_words_of_proposal(self, reason, announcement):
        """Why a mode is proposed, in the reader's language."""
        _ = self.env._
        name = announcement or ""
        words = {
            "offline": _(
                "The Ministry announced that KSeF is unavailable (%(name)s). Invoices issued now"
                " are due on the next business day after its end.",
                name=name,
            ),
            "emergency": _(
                "The Ministry announced a failure of KSeF (%(name)s). Invoices issued now are due"
                " on the 7th business day after its end.",
                name=name,
            ),
            "total_failure": _(
                "The Ministry announced a total failure of KSeF (%(name)s). Invoices issued now"
                " stay outside KSeF for good.",
                name=name,
            ),
            "own_line": _(
                "This server reaches neither KSeF nor anything else: it is our own line. You can"
                " issue invoices offline (offline24); they are due on the next business day."
            ),
            "silent": _(
                "KSeF did not answer twice in a row, and nothing is announced. You can issue"
                " invoices offline (offline24); they are due on the next business day."
            ),
            "back": _("KSeF answers again, and nothing is announced any more."),
            "no_total_failure": _(
                "No announcement of a total failure is in force any more. Invoices issued in this"
                " mode stay outside KSeF for good."
            ),
            "not_announced": _(
                "No announcement covers the present mode any more. Invoices issued now count as"
                " offline24: due on the next business day."
            ),
        }
        return words.get(reason, "")

    @api.depends_context("lang")
    @api.depends("l10n_pl_ksef_proposal_reason", "l10n_pl_ksef_proposal_announcement")
    def _compute_l10n_pl_ksef_proposal_words(self):
        for company in self:
            company.l10n_pl_ksef_proposal_words = company._l10n_pl_ksef_words_of_proposal(
                company.l10n_pl_ksef_proposal_reason, company.l10n_pl_ksef_proposal_announcement
            )

    # --- proposing -----------------------------------------------------------------------------

    @api.model
    def _l10n_pl_ksef_availability_changed(self):
        """After each round of checks: propose, switch if the company wants that, let the backlog
        go."""
        companies = self.sudo().search([("l10n_pl_ksef_connection_id", "!=", False)])
        for company in companies:
            lang = company.partner_id.lang or self.env.lang
            # Somebody may be switching at this moment.
            keep(self.env, company.with_context(lang=lang)._l10n_pl_ksef_propose)
        documents = self.env["l10n_pl_ksef.document"]
        if documents._due(["prepared"], [("mode", "!=", "online"), *documents._may_leave()]):
            documents._trigger_outbox(0)

    def _l10n_pl_ksef_propose(self):
        self.ensure_one()
        mode, reason = self._l10n_pl_ksef_fitting_mode()
        if not mode:
            return  # not known: what was proposed stays as it is
        current = self.l10n_pl_ksef_mode
        if mode == current or (mode == "online" and self.l10n_pl_ksef_own_choice):
            mode, reason = False, False
        elif mode == "offline24" and current in ("offline", "emergency", "total_failure"):
            # It still does not answer, but its announcement has ended, or there never was one.
            reason = "no_total_failure" if current == "total_failure" else "not_announced"
        values = {
            "l10n_pl_ksef_proposed_mode": mode,
            "l10n_pl_ksef_proposal_reason": reason,
            "l10n_pl_ksef_proposal_announcement": self._l10n_pl_ksef_announcement(mode),
        }
        if mode != self.l10n_pl_ksef_declined_mode:
            self.l10n_pl_ksef_declined_mode = False
        elif mode:
            return  # a person said no to it, and nothing else has happened since
        if mode == self.l10n_pl_ksef_proposed_mode:
            changed = {name: value for name, value in values.items() if self[name] != value}
            if changed:
                self.write(changed)
            return
        if (
            mode
            and self.l10n_pl_ksef_switch_automatically
            # Outside KSeF for good: no program decides that.
            and mode != "total_failure"
            and current != "total_failure"
        ):
            cause = "back" if mode == "online" else "ksef_silent"
            if self._l10n_pl_ksef_announcement(mode):
                cause = "announced"
            announcement = values["l10n_pl_ksef_proposal_announcement"]
            why = self._l10n_pl_ksef_words_of_proposal(reason, announcement)
            self._l10n_pl_ksef_switch(mode, why, cause, automatic=True)
            self._l10n_pl_ksef_notify(mode, reason, announcement, switched=True)
            return
        self.write(values)
        if mode:
            self._l10n_pl_ksef_notify(mode, reason, values["l10n_pl_ksef_proposal_announcement"])

    def _l10n_pl_ksef_notify(self, mode, reason, announcement, switched=False):
        """A notification for everybody of the company who works with KSeF, wherever they are."""
        self.ensure_one()
        users = self.env.ref("l10n_pl_ksef.group_user").sudo().all_user_ids
        for user in users.filtered(lambda user: user.active and self in user.company_ids):
            company = self.with_context(lang=user.lang)
            name = company._l10n_pl_ksef_mode_name(mode)
            title = (
                company.env._("KSeF mode: %(mode)s", mode=name)
                if switched
                else company.env._("KSeF: switch to %(mode)s", mode=name)
            )
            words = company._l10n_pl_ksef_words_of_proposal(reason, announcement)
            user._bus_send(
                "simple_notification", {"title": title, "message": words, "type": "warning"}
            )

    def l10n_pl_ksef_decline(self):
        """Not now: the same proposal does not come again before something else happens."""
        self.ensure_one()
        self.env["account.move"]._l10n_pl_ksef_check_right(self.env.user)
        self.check_access("read")
        company = self.sudo()
        company.write(
            {
                "l10n_pl_ksef_declined_mode": company.l10n_pl_ksef_proposed_mode,
                "l10n_pl_ksef_proposed_mode": False,
                "l10n_pl_ksef_proposal_reason": False,
            }
        )
        return True

    @api.model
    def _l10n_pl_ksef_outages_changed(self, environments):
        """An announcement came, changed or was taken back: deadlines follow it."""
        self.env["l10n_pl_ksef.document"]._recompute_open_deadlines(environments)
        companies = self.sudo().search([("l10n_pl_ksef_connection_id", "!=", False)])
        for company in companies.filtered(
            lambda company: company.l10n_pl_ksef_environment in environments
        ):
            lang = company.partner_id.lang or self.env.lang
            company.with_context(lang=lang)._l10n_pl_ksef_propose()

    def write(self, vals):
        res = super().write(vals)
        if "l10n_pl_ksef_saturday_counts" in vals:
            self.env["l10n_pl_ksef.document"].sudo().search(
                [
                    ("company_id", "in", self.ids),
                    ("mode", "!=", "online"),
                    ("state", "in", ("prepared", "sending", "unknown", "sent")),
                ]
            )._recompute_deadlines()
        return res

    def _l10n_pl_ksef_begin_online(self):
        """In another environment: a mode of practice is no reason to issue real invoices offline,
        nor the reverse."""
        why = self.env._("The company's invoices go to another environment of KSeF now.")
        self._l10n_pl_ksef_switch("online", why)
        self.sudo().write(
            {
                "l10n_pl_ksef_proposed_mode": False,
                "l10n_pl_ksef_proposal_reason": False,
                "l10n_pl_ksef_declined_mode": False,
                "l10n_pl_ksef_own_choice": False,
            }
        )

    # --- the light -----------------------------------------------------------------------------

    def _l10n_pl_ksef_light(self):
        """What the dot says on lists and dashboard (the same meaning as on the status page)."""
        self.ensure_one()
        company = self.sudo()
        connection = company.l10n_pl_ksef_connection_id
        if not connection:
            return False
        state, words = self.env["l10n_pl_ksef.probe"].sudo()._state_now(connection.environment)
        return {
            "state": state,
            "words": words,
            "environment": connection.environment,
            "mode": company.l10n_pl_ksef_mode,
            "mode_words": company._l10n_pl_ksef_mode_name(company.l10n_pl_ksef_mode),
            "proposed": company.l10n_pl_ksef_proposed_mode,
            "proposed_words": company._l10n_pl_ksef_mode_name(company.l10n_pl_ksef_proposed_mode),
            "proposal_words": company.l10n_pl_ksef_proposal_words or "",
            **connection._due_counts(warsaw_today()),
        }
