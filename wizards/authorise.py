import json
from base64 import b64decode

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import NO_ACCESS

from ..ksef import certificates, numbers
from ..ksef.errors import KsefError
from ..models.authorisation import uploaded
from ..models.connection import CONTEXT_TYPES, ENVIRONMENTS, IDENTITY
from ..models.explain import explain, translated
from ..models.step import commit, keep
from .dialog import dialog


class Authorise(models.TransientModel):
    """Connects a company with KSeF: choose, sign the request file, upload it, wait for KSeF."""

    _name = "l10n_pl_ksef.authorise"
    _description = "Authorise a KSeF Connection"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    connection_id = fields.Many2one("l10n_pl_ksef.connection", check_company=True)
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
    method = fields.Selection(
        [
            ("trusted_profile", "Trusted Profile (Profil Zaufany)"),
            ("signature", "Qualified signature or seal"),
            ("certificate", "KSeF certificate"),
            ("token", "KSeF token"),
            ("test_certificate", "Self-made test certificate"),
        ],
        "Log in with",
        default="trusted_profile",
        required=True,
    )
    can_self_sign = fields.Boolean(compute="_compute_signing_page")
    context_type = fields.Selection(
        CONTEXT_TYPES,
        "Log in as",
        default="Nip",
        required=True,
    )
    context_value = fields.Char("Identifier")
    # What a person types or uploads here is sealed at once and never read back by anybody; the
    # fields themselves are always empty.
    token = fields.Char("KSeF token", compute="_compute_input", inverse="_inverse_token")
    certificate_file = fields.Binary(
        "Certificate", compute="_compute_input", inverse="_inverse_certificate_file"
    )
    certificate_name = fields.Char()
    key_file = fields.Binary("Private key", compute="_compute_input", inverse="_inverse_key_file")
    key_name = fields.Char()
    key_password = fields.Char(
        "Password of the key", compute="_compute_input", inverse="_inverse_key_password"
    )
    sealed_inputs = fields.Char(groups=NO_ACCESS)
    kept_files = fields.Char(
        "Uploaded already",
        compute="_compute_kept_files",
        help="Kept encrypted until the login; upload others to replace them.",
    )
    held_certificate_id = fields.Many2one(
        "l10n_pl_ksef.certificate",
        "Certificate held by Odoo",
        domain="[('environment', '=', environment), ('kind', '=', 'Authentication'),"
        " ('state', '=', 'active')]",
        help="One person's certificate logs in for every NIP for which the person has rights: an"
        " accounting office uploads it once.",
    )
    enrol = fields.Boolean(
        "Let Odoo get its own KSeF certificates",
        default=True,
        help="With them the connection renews itself for years, and offline invoices get their"
        " second QR code. Nobody has to sign again.",
    )
    use_after = fields.Boolean()
    disconnect_after_id = fields.Many2one("l10n_pl_ksef.connection", check_company=True)
    authorisation_id = fields.Many2one("l10n_pl_ksef.authorisation", check_company=True)
    certificate_ids = fields.One2many(
        related="connection_id.certificate_ids", string="KSeF certificates"
    )
    is_enrolling = fields.Boolean(compute="_compute_is_enrolling")
    news = fields.Char(compute="_compute_is_enrolling")
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
    connected_until = fields.Datetime(related="connection_id.connected_until")
    renews_itself = fields.Boolean(related="connection_id.renews_itself")
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
            wizard.can_self_sign = environment.self_signed

    def _compute_input(self):
        for wizard in self:
            wizard.token = wizard.key_password = False
            wizard.certificate_file = wizard.key_file = False

    @api.depends("certificate_name", "key_name", "sealed_inputs")
    def _compute_kept_files(self):
        for wizard in self:
            kept = wizard.sudo().sealed_inputs
            names = filter(None, (wizard.certificate_name, wizard.key_name))
            wizard.kept_files = ", ".join(names) if kept else False

    def write(self, vals):
        if vals.get("certificate_file"):
            # Another certificate has another key: those of the one before do not fit.
            self.sudo().sealed_inputs = False
            if not vals.get("key_file"):
                vals = {**vals, "key_name": False}
        return super().write(vals)

    def _inverse_token(self):
        self._seal_input("token", lambda wizard: wizard.token)

    def _inverse_key_password(self):
        self._seal_input("password", lambda wizard: wizard.key_password)

    def _inverse_certificate_file(self):
        self._seal_input("certificate", lambda wizard: wizard._as_text("certificate_file"))

    def _inverse_key_file(self):
        self._seal_input("key", lambda wizard: wizard._as_text("key_file"))

    def _as_text(self, name):
        value = self[name]
        return value.decode() if isinstance(value, bytes) else value

    def _seal_input(self, name, read):
        for wizard in self:
            value = read(wizard)
            if value:
                inputs = {**wizard._inputs(), name: value}
                sealed = self.env["l10n_pl_ksef.vault"]._seal(json.dumps(inputs))
                wizard.sudo().sealed_inputs = sealed

    def _inputs(self):
        self.ensure_one()
        sealed = self.sudo().sealed_inputs
        return json.loads(self.env["l10n_pl_ksef.vault"]._open(sealed)) if sealed else {}

    @api.depends("connection_id.certificate_ids.state", "authorisation_id.state", "words")
    def _compute_is_enrolling(self):
        for wizard in self:
            states = wizard.connection_id.certificate_ids.mapped("state")
            wizard.is_enrolling = not {"requested", "processing"}.isdisjoint(states)
            # What the dialog shows, in one value: it is read again when this has changed.
            wizard.news = " ".join([wizard.step, wizard.words or "", *states])

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
        return dialog(self, self.env._("Connect with KSeF"), "large")

    @api.model
    def _open_new(self, company):
        return self.create({"company_id": company.id})._reopen()

    @api.model
    def _open_to_use(self, change, old):
        """Open from the change of environment: what is authorised here is used at once."""
        target = change.target_id
        values = {
            "company_id": change.company_id.id,
            "environment": change.environment,
            "connection_id": target.id,
            "use_after": True,
            "disconnect_after_id": old.id,
        }
        if target:
            values.update(target._identity(), name=target.name)
        return self.create(values)._reopen()

    @api.model
    def _open_for(self, connection):
        wizard = self.create(
            {
                "company_id": connection.company_id.id,
                "connection_id": connection.id,
                "environment": connection.environment,
                "name": connection.name,
                **connection._identity(),
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
        connection.name = self.name
        self._check_change_of_nip()
        if connection.state == "draft":
            connection.write(self._identity())
        connection._check_identity(self._identity())
        if self.method in ("trusted_profile", "signature"):
            return self.action_new_file()
        try:
            return self._log_in_here()
        except KsefError as error:
            raise UserError(self._unreachable(error)) from error

    def _identity(self):
        return {name: self[name] for name in IDENTITY}

    def _check_change_of_nip(self):
        """What was sent for one NIP is found at KSeF with a login for that NIP only."""
        waiting = self.connection_id._on_their_way()
        if self.connection_id.nip != self.nip and waiting:
            raise UserError(
                self.env._(
                    "Invoices are on their way to KSeF for NIP %(nip)s (%(names)s). Log in for that"
                    " NIP; another one is possible when they have their numbers.",
                    nip=self.connection_id.nip,
                    names=", ".join(waiting[:5].mapped("number")),
                )
            )

    def _log_in_here(self):
        """Log in with what the person gave: certificate, token, or a certificate made here."""
        connection = self.connection_id
        means = {
            **self._identity(),
            "method": self.method,
            "enrol": self.enrol and self.method != "token",
        }
        if self.method == "token":
            token = self._inputs().get("token", "").strip()
            if not token:
                raise UserError(self.env._("Paste the KSeF token first."))
            means["sealed_token"] = self.env["l10n_pl_ksef.vault"]._seal(token)
            means["signer"] = self.env._("KSeF token")
        elif self.method == "certificate" and self.held_certificate_id:
            self.held_certificate_id.check_access("read")
            means["certificate_id"] = self.held_certificate_id.id
            means["signer"] = self.held_certificate_id._signer()
        else:
            loaded = self._test_certificate() if self.method != "certificate" else self._loaded()
            origin = "uploaded" if self.method == "certificate" else "self_made"
            held = self.env["l10n_pl_ksef.certificate"]._keep_loaded(connection, loaded, origin)
            means["certificate_id"] = held.id
            means["signer"] = held._words_of(loaded.description)
        commit(self.env)
        means.update(self._wishes())
        attempt = self.env["l10n_pl_ksef.authorisation"]._begin_alone(connection, means)
        self.sudo().write({"authorisation_id": attempt.id, "sealed_inputs": False})
        self.env.ref("l10n_pl_ksef.cron_verify").sudo()._trigger()
        return self._reopen()

    def _loaded(self):
        inputs = self._inputs()
        files = [b64decode(inputs[name]) for name in ("certificate", "key") if name in inputs]
        try:
            return certificates.load(
                files,
                inputs.get("password") or None,
                purpose=certificates.AUTHENTICATION,
                environment=self.connection_id._environment(),
            )
        except certificates.PasswordError as error:
            raise UserError(translated(self.env, error.problem)) from error
        except certificates.CertificateError as error:
            # The next try begins with new files: what lay here before is not shown to anybody.
            keep(self.env, self.sudo().write, {"sealed_inputs": False})
            raise UserError(translated(self.env, error.problem)) from error

    def _test_certificate(self):
        if not self.connection_id._environment().self_signed:
            raise UserError(
                self.env._("Self-made certificates work on TEST and in the simulator only.")
            )
        made = certificates.self_signed_seal(self.company_id.name, self.nip)
        return certificates.load(
            [made.certificate_bytes, made.key_bytes], environment=self.connection_id._environment()
        )

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
                "name": self.name,
                **self._identity(),
            }
        )

    def action_start_over(self):
        """Back to the choice of the method: what was given was refused."""
        self.ensure_one()
        self._check_manager()
        self.authorisation_id = False
        return self._reopen()

    def action_new_file(self):
        """Get a new challenge: the old one ran out or was used up."""
        self.ensure_one()
        self._check_manager()
        try:
            attempt = self.env["l10n_pl_ksef.authorisation"]._begin(
                self.connection_id, self._identity()
            )
        except KsefError as error:
            raise UserError(self._unreachable(error)) from error
        attempt.write({"enrol": self.enrol, **self._wishes()})
        self.write({"authorisation_id": attempt.id, "signed_file": False, "signed_name": False})
        return self._reopen()

    def _wishes(self):
        """What the change of environment wants to happen when the login is there."""
        return {
            "use_after": self.use_after,
            "disconnect_after_id": self.disconnect_after_id.id,
        }

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
        return self.connection_id.action_use()

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
        under_way = self.connection_id.sudo().certificate_ids.filtered(
            lambda certificate: certificate.state in ("requested", "processing")
        )
        under_way._carry_on()
        self.invalidate_recordset()
        return before != self._live_state()

    def _live_state(self):
        return {"news": self.news}

    def _check_manager(self):
        if not self.env.user.has_group("l10n_pl_ksef.group_manager"):
            raise UserError(self.env._("Only a KSeF administrator authorises connections."))
