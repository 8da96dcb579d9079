from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..ksef import numbers
from ..ksef.errors import KsefError
from ..models.authorisation import uploaded
from ..models.connection import ENVIRONMENTS
from ..models.explain import explain, translated


class Authorise(models.TransientModel):
    """Connects a company with KSeF: choose, sign the request file, upload it, wait for KSeF."""

    _name = "l10n_pl_ksef.authorise"
    _description = "Authorise a KSeF Connection"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    connection_id = fields.Many2one("l10n_pl_ksef.connection")
    environment = fields.Selection(ENVIRONMENTS, required=True, default="demo")
    nip = fields.Char("NIP", compute="_compute_nip", store=True, readonly=False, precompute=True)
    name = fields.Char(
        "Label",
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        help="How the connection is called in lists, for example: Shop in Gdańsk.",
    )
    authorisation_id = fields.Many2one("l10n_pl_ksef.authorisation")
    # choose ──Get the request file──> sign ──Verify at KSeF──> verify ──> done
    #                                   ^                          └────> refused
    #                                   └──────Get a new file───────────────┘
    step = fields.Selection(
        [
            ("choose", "1. Company"),
            ("sign", "2. Sign"),
            ("verify", "3. Verification"),
            ("done", "4. Connected"),
            ("refused", "Refused"),
        ],
        compute="_compute_step",
    )
    challenge_end = fields.Datetime(related="authorisation_id.challenge_end")
    request_file = fields.Binary(related="authorisation_id.request_file")
    request_name = fields.Char(related="authorisation_id.request_name")
    words = fields.Text(related="authorisation_id.words")
    signing_page = fields.Char(compute="_compute_signing_page")
    signed_file = fields.Binary("Signed file", attachment=False)
    signed_name = fields.Char()
    examination = fields.Html(compute="_compute_examination", sanitize=False)
    is_good = fields.Boolean(compute="_compute_examination")
    has_warnings = fields.Boolean(compute="_compute_examination")
    signer = fields.Char(related="connection_id.signer")
    connected_until = fields.Datetime(related="connection_id.refresh_end")
    permissions = fields.Char(related="connection_id.permissions")
    permission_words = fields.Char(related="connection_id.permission_words")
    can_send = fields.Boolean(related="connection_id.can_send")
    is_current = fields.Boolean(related="connection_id.is_current")

    @api.depends("company_id")
    def _compute_nip(self):
        for wizard in self:
            wizard.nip = numbers.normalise_nip(wizard.company_id.vat or "")

    @api.depends("company_id", "environment")
    def _compute_name(self):
        names = dict(self._fields["environment"]._description_selection(self.env))
        for wizard in self:
            wizard.name = f"{wizard.company_id.name} – {names.get(wizard.environment, '')}"

    @api.depends("authorisation_id.state")
    def _compute_step(self):
        steps = {"waiting": "sign", "verifying": "verify", "done": "done", "refused": "refused"}
        for wizard in self:
            wizard.step = steps.get(wizard.authorisation_id.state, "choose")

    @api.depends("environment")
    def _compute_signing_page(self):
        for wizard in self:
            environment = self.env["l10n_pl_ksef.connection"]._environment_of(wizard.environment)
            wizard.signing_page = environment.signing_page

    @api.depends("signed_file", "authorisation_id")
    def _compute_examination(self):
        for wizard in self:
            data = uploaded(wizard.with_context(bin_size=False).signed_file)
            if not data or not wizard.authorisation_id:
                wizard.examination, wizard.is_good, wizard.has_warnings = False, False, False
                continue
            seen = wizard.authorisation_id._examine(data)
            wizard.is_good = seen.ok
            wizard.has_warnings = bool(seen.warnings)
            wizard.examination = wizard._examination_html(seen)

    def _examination_html(self, seen):
        _ = self.env._
        box = Markup('<div class="alert alert-%s mb-2" role="alert">%s</div>')
        parts = [
            box % ("danger" if problem.is_wall else "warning", translated(self.env, problem))
            for problem in seen.problems
        ]
        if seen.ok:
            who = self.authorisation_id._signer_words(seen)
            parts.insert(0, box % ("success", _("Signed by %(who)s.", who=who)))
        return Markup("").join(parts)

    # --- opening -------------------------------------------------------------------------------

    def _reopen(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Connect with KSeF"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "large"},
        }

    @api.model
    def _open_new(self, company):
        return self.create({"company_id": company.id})._reopen()

    @api.model
    def _open_for(self, connection):
        wizard = self.create(
            {
                "company_id": connection.company_id.id,
                "connection_id": connection.id,
                "environment": connection.environment,
                "nip": connection.nip,
                "name": connection.name,
            }
        )
        running = connection.authorisation_ids[:1].filtered(lambda it: it.state == "verifying")
        if running:
            # Somebody may have closed the dialog while KSeF was still verifying.
            wizard.authorisation_id = running
        return wizard._reopen()

    # --- steps ---------------------------------------------------------------------------------

    def action_begin(self):
        """Make the connection, if it is new, and the request file."""
        self.ensure_one()
        self._check_manager()
        self.nip = numbers.normalise_nip(self.nip)
        if not numbers.check_nip(self.nip):
            raise UserError(
                self.env._(
                    "“%(nip)s” is not a NIP: it must have ten digits, the last of which is a check"
                    " digit. Please compare it with the company's registration.",
                    nip=self.nip,
                )
            )
        connection = self.connection_id or self._find_or_make_connection()
        self.connection_id = connection
        connection.write({"name": self.name, "nip": self.nip})
        return self.action_new_file()

    def _find_or_make_connection(self):
        connections = self.env["l10n_pl_ksef.connection"]
        known = connections.with_context(active_test=False).search(
            [("company_id", "=", self.company_id.id), ("environment", "=", self.environment)]
        )
        if known:
            known.active = True
            return known
        return connections.create(
            {
                "company_id": self.company_id.id,
                "environment": self.environment,
                "nip": self.nip,
                "name": self.name,
            }
        )

    def action_new_file(self):
        """Get a new challenge: the old one ran out or was used up."""
        self.ensure_one()
        self._check_manager()
        try:
            attempt = self.env["l10n_pl_ksef.authorisation"]._begin(self.connection_id)
        except KsefError as error:
            raise UserError(self._unreachable(error)) from error
        self.write({"authorisation_id": attempt.id, "signed_file": False, "signed_name": False})
        return self._reopen()

    def _unreachable(self, error):
        words = explain(self.env, error)
        if self.environment == "simulator":
            hint = self.env._(
                "Start the simulator (make run, or python -m simulator) and try again."
            )
        else:
            hint = self.env._("Try again in a few minutes; nothing was changed.")
        return f"{words}\n\n{hint}"

    def action_submit(self):
        """Pass the signed file on to KSeF."""
        self.ensure_one()
        self._check_manager()
        data = uploaded(self.with_context(bin_size=False).signed_file)
        if not data:
            raise UserError(self.env._("Choose the signed file first."))
        if not self.is_good:
            # The words stand in the dialog already; a wall is a wall for whoever calls this.
            seen = self.authorisation_id._examine(data)
            raise UserError("\n\n".join(translated(self.env, item) for item in seen.walls))
        self.authorisation_id._submit(data)
        return self._reopen()

    def action_use(self):
        self.ensure_one()
        self.connection_id.action_use()
        return {"type": "ir.actions.act_window_close"}

    def action_open_connection(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "l10n_pl_ksef.connection",
            "res_id": self.connection_id.id,
            "views": [(False, "form")],
            "target": "current",
        }

    def live_progress(self, shown=None):
        """Ask KSeF once; the dialog calls this every few seconds while it is open.

        One quick request each time: no worker waits for KSeF's verification, which may take long.
        Says whether there is news beside what is ``shown`` in the dialog; the cron may have been
        quicker than the dialog.
        """
        self.ensure_one()
        self._check_manager()
        before = shown or self._live_state()
        self.authorisation_id._progress()
        self.invalidate_recordset()
        return before != self._live_state()

    def _live_state(self):
        return {"step": self.step, "words": self.words}

    def _check_manager(self):
        if not self.env.user.has_group("l10n_pl_ksef.group_manager"):
            raise UserError(self.env._("Only a KSeF administrator authorises connections."))
