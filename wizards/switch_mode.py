from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ..ksef.deadlines import next_business_day
from ..models.document import ON_THEIR_WAY
from ..models.mode_change import CAUSES
from ..models.modes import MODES_OF_ISSUE, OFFLINE_MODES
from ..models.moments import warsaw_today

#: A person does not write "KSeF is back" as a reason for going offline.
REASONS = [(code, name) for code, name in CAUSES if code != "back"]


class SwitchMode(models.TransientModel):
    """Asks why the company's mode of issue is switched, and shows what follows from it."""

    _name = "l10n_pl_ksef.switch.mode"
    _description = "Switch the KSeF Mode"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    current_mode = fields.Selection(MODES_OF_ISSUE, compute="_compute_current")
    since = fields.Datetime(compute="_compute_current")
    mode = fields.Selection(MODES_OF_ISSUE, "Switch to", required=True)
    cause = fields.Selection(REASONS, "Reason")
    why = fields.Text("In your own words")
    proposal_words = fields.Text(compute="_compute_current")
    what_follows = fields.Html(compute="_compute_what_follows", sanitize=False)
    lacks_certificate = fields.Boolean(compute="_compute_what_follows")
    not_announced = fields.Boolean(compute="_compute_what_follows")
    waiting = fields.Integer("Waiting as ONLINE", compute="_compute_what_follows")
    take_waiting = fields.Boolean(
        "Issue them offline too",
        default=True,
        help="Invoices that KSeF does not have yet get two codes; what they say stays as it is.",
    )
    confirmed = fields.Boolean("A total failure was announced in the mass media; I have kept proof")

    @api.model
    def default_get(self, fields_list):
        # The company decides what is proposed, whether or not it is asked for.
        values = super().default_get([*fields_list, "company_id"])
        held = self._held(self.env["res.company"].browse(values["company_id"]))
        if "company_id" not in fields_list:
            del values["company_id"]
        if not held:
            return values
        fitting = held.l10n_pl_ksef_proposed_mode or held._l10n_pl_ksef_fitting_mode()[0]
        if not values.get("mode") and "mode" in fields_list:
            current = held.l10n_pl_ksef_mode
            fallback = "offline24" if current == "online" else "online"
            values["mode"] = fitting if fitting and fitting != current else fallback
        if "cause" in fields_list and not values.get("cause") and values.get("mode") != "online":
            values["cause"] = self._likely_cause(held, values.get("mode"))
        return values

    @api.model
    def _held(self, company):
        """The company with all rights, if the user works for it: an onchange meets no rules."""
        return (company & self.env.user.company_ids).sudo()

    @api.model
    def _likely_cause(self, company, mode):
        if company._l10n_pl_ksef_announcement(mode):
            return "announced"
        environment = company.l10n_pl_ksef_environment
        probes = self.env["l10n_pl_ksef.probe"].sudo()
        if environment and probes._is_up(environment) is False:
            last = probes.search([("environment", "=", environment)], order="moment desc", limit=1)
            return "own_line" if last.state == "own_line" else "ksef_silent"
        return "own_choice"

    @api.depends("company_id")
    def _compute_current(self):
        for wizard in self:
            company = self._held(wizard.company_id)
            wizard.current_mode = company.l10n_pl_ksef_mode
            wizard.since = company.l10n_pl_ksef_mode_since
            wizard.proposal_words = company.l10n_pl_ksef_proposal_words

    @api.depends("company_id", "mode")
    def _compute_what_follows(self):
        for wizard in self:
            company = self._held(wizard.company_id)
            connection = company.l10n_pl_ksef_connection_id
            certificate = connection.offline_certificate_id
            offline = wizard.mode in OFFLINE_MODES
            wizard.lacks_certificate = offline and not (certificate and certificate._is_good())
            wizard.not_announced = wizard.mode in (
                "offline",
                "emergency",
                "total_failure",
            ) and not (company and company._l10n_pl_ksef_announcement(wizard.mode))
            wizard.waiting = len(wizard._waiting()) if offline else 0
            lines = wizard._lines(connection)
            wizard.what_follows = self.env["ir.qweb"]._render(
                "l10n_pl_ksef.what_follows", {"lines": lines}
            )

    def _waiting(self):
        """What was to go online and has not arrived; KSeF may have those without an answer."""
        return (
            self.env["l10n_pl_ksef.document"]
            .sudo()
            .search(
                [
                    (
                        "connection_id",
                        "in",
                        self._held(self.company_id).l10n_pl_ksef_connection_id.ids,
                    ),
                    ("mode", "=", "online"),
                    ("state", "in", ("prepared", "unknown")),
                ]
            )
        )

    def _lines(self, connection):
        _ = self.env._
        tomorrow = format_date(
            self.env,
            next_business_day(
                warsaw_today(), self._held(self.company_id).l10n_pl_ksef_saturday_counts
            ),
        )
        to_ksef = _("They go to KSeF by themselves as soon as it answers twice in a row.")
        codes = _("Each invoice gets two codes (OFFLINE and CERTYFIKAT) until it has its number.")
        domestic = _(
            "Buyers with a Polish NIP get the invoice in KSeF only; until then you can hand over a"
            " transaction confirmation."
        )
        lines = {
            "online": [
                _("Invoices are sent to KSeF at once and are issued when KSeF accepts them."),
                _(
                    "Waiting from before: %(count)s. They go out by themselves.",
                    count=self._backlog(connection),
                ),
            ],
            "offline24": [
                _("Invoices issued today must be at KSeF by %(day)s.", day=tomorrow),
                codes,
                domestic,
                to_ksef,
            ],
            "offline": [
                _("Invoices must be at KSeF on the next business day after the end of the outage."),
                codes,
                domestic,
                to_ksef,
            ],
            "emergency": [
                _("Invoices must be at KSeF by the 7th business day after the end of the failure."),
                codes,
                _("Every buyer gets the invoice itself from you, with two codes."),
                to_ksef,
            ],
            "total_failure": [
                _("Invoices issued now stay outside KSeF for good; they are never sent."),
                _("They bear no codes, and JPK marks them as BFK."),
                _("Corrections made during the total failure stay outside KSeF too."),
            ],
        }
        return lines.get(self.mode, [])

    @api.model
    def _backlog(self, connection):
        return (
            self.env["l10n_pl_ksef.document"]
            .sudo()
            .search_count(
                [
                    ("connection_id", "=", connection.id),
                    ("mode", "in", OFFLINE_MODES),
                    ("state", "in", ON_THEIR_WAY),
                ]
            )
        )

    def action_switch(self):
        self.ensure_one()
        _ = self.env._
        self.env["account.move"]._l10n_pl_ksef_check_right(self.env.user)
        company = self.company_id
        company.check_access("read")
        if company not in self.env.user.company_ids:
            raise UserError(_("You do not work for this company."))
        if not company.sudo().l10n_pl_ksef_connection_id:
            raise UserError(
                _("The company is not connected with KSeF yet. An administrator connects it first.")
            )
        if self.mode == company.sudo().l10n_pl_ksef_mode:
            raise UserError(_("The company issues its invoices in this mode already."))
        if self.mode != "online" and not self.cause:
            raise UserError(_("Please say why: it is kept for a tax audit."))
        if self.mode == "total_failure" and self.not_announced and not self.confirmed:
            raise UserError(
                _(
                    "A total failure is announced on radio, television, in the press or on the"
                    " Internet. Please confirm that it was, since invoices issued now stay outside"
                    " KSeF for good."
                )
            )
        name = dict(self._fields["cause"]._description_selection(self.env)).get(self.cause, "")
        why = ". ".join(filter(None, [name, (self.why or "").strip()]))
        waiting = self._waiting() if self.mode in OFFLINE_MODES and self.take_waiting else None
        cause = "back" if self.mode == "online" else self.cause
        company._l10n_pl_ksef_switch(self.mode, why, cause)
        if waiting:
            waiting.move_id.with_env(self.env)._l10n_pl_ksef_issue(self.mode)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_certificate(self):
        """Open the connection, where the Offline certificate is requested."""
        self.ensure_one()
        connection = self.company_id.sudo().l10n_pl_ksef_connection_id
        return connection.with_env(self.env)._get_records_action(name=self.env._("KSeF Connection"))
