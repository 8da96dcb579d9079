import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import NO_ACCESS

from ..ksef import environments, numbers
from ..ksef.client import Client
from ..ksef.errors import ApiError, KsefError, Limited, Refused, Unauthorised
from ..ksef.permissions import PERMISSIONS
from .explain import explain, for_readers
from .moments import to_odoo
from .step import CLAIM_CONNECTION, commit, keep, wait_for

_logger = logging.getLogger(__name__)

ENVIRONMENTS = [
    ("production", "Production"),
    ("demo", "DEMO"),
    ("test", "TEST"),
    ("simulator", "Simulator"),
]
METHODS = [
    ("trusted_profile", "Trusted Profile"),
    ("signature", "Qualified signature or seal"),
]
DEFAULT_SIMULATOR = "http://127.0.0.1:8199"
#: An access token is renewed while it is still good for this long: a request may take a while.
ACCESS_MARGIN = timedelta(seconds=60)
#: How long before the end of the authorisation a person is asked to sign again.
WARN_AHEAD = timedelta(days=2)


class Connection(models.Model):
    """The authorisation of one company in one environment of KSeF."""

    _name = "l10n_pl_ksef.connection"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "KSeF Connection"
    _order = "company_id, environment"
    _check_company_auto = True

    name = fields.Char("Label", required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    environment = fields.Selection(ENVIRONMENTS, required=True, tracking=True)
    nip = fields.Char("NIP", required=True, size=10, tracking=True)
    method = fields.Selection(METHODS, readonly=True, copy=False, tracking=True)
    # The life of a connection; the attempts to authorise it are records of their own
    # (l10n_pl_ksef.authorisation), so that a failed new attempt costs nothing of what is valid.
    #
    #   draft ──an authorisation is done──> connected ──end of tokens, revoked at KSeF──> expired
    #                                        ^    │                                        │
    #                                        │    └──Disconnect──> disconnected            │
    #                                        └──────an authorisation is done──┴────────────┘
    state = fields.Selection(
        [
            ("draft", "Not authorised yet"),
            ("connected", "Connected"),
            ("expired", "Authorise again"),
            ("disconnected", "Disconnected"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    is_current = fields.Boolean(
        "In use", compute="_compute_is_current", search="_search_is_current"
    )
    signer = fields.Char("Authorised by", readonly=True, copy=False)
    authorised_on = fields.Datetime(readonly=True, copy=False)
    authentication_reference = fields.Char(readonly=True, copy=False)
    access_token = fields.Char(groups=NO_ACCESS, copy=False)
    access_end = fields.Datetime(groups=NO_ACCESS, copy=False)
    refresh_token = fields.Char(groups=NO_ACCESS, copy=False)
    refresh_end = fields.Datetime("Connected until", readonly=True, copy=False)
    permissions = fields.Char("Permission codes", readonly=True, copy=False)
    permission_words = fields.Char(
        "Permissions",
        compute="_compute_permission_words",
        help="What KSeF lets the person do for this NIP.",
    )
    can_send = fields.Boolean(compute="_compute_rights")
    can_read = fields.Boolean(compute="_compute_rights")
    last_check = fields.Datetime(readonly=True, copy=False)
    last_check_result = fields.Char(readonly=True, copy=False)
    limited_until = fields.Datetime(readonly=True, copy=False)
    next_step = fields.Text(compute="_compute_next_step")
    authorisation_ids = fields.One2many("l10n_pl_ksef.authorisation", "connection_id")
    document_ids = fields.One2many("l10n_pl_ksef.document", "connection_id")
    document_count = fields.Integer(compute="_compute_document_count")

    _company_environment_uniq = models.Constraint(
        "UNIQUE(company_id, environment)",
        "The company already has a connection to this KSeF environment. Open that one and"
        " authorise it again.",
    )

    @api.constrains("nip")
    def _check_nip(self):
        for connection in self:
            if not numbers.check_nip(connection.nip):
                raise ValidationError(
                    self.env._(
                        "“%(nip)s” is not a NIP: it must have ten digits, the last of which is a"
                        " check digit. Please compare it with the company's registration.",
                        nip=connection.nip,
                    )
                )

    @api.depends("company_id.l10n_pl_ksef_connection_id")
    def _compute_is_current(self):
        for connection in self:
            current = connection.company_id.sudo().l10n_pl_ksef_connection_id
            connection.is_current = bool(current) and current == connection

    def _search_is_current(self, operator, value):
        if operator not in ("in", "="):
            return NotImplemented
        current = self.env["res.company"].search([]).l10n_pl_ksef_connection_id
        wanted = value if operator == "=" else True in value
        return [("id", "in" if wanted else "not in", current.ids)]

    @api.depends("permissions")
    def _compute_rights(self):
        for connection in self:
            granted = set((connection.permissions or "").split(", "))
            connection.can_send = bool(granted & {"Owner", "InvoiceWrite"})
            connection.can_read = bool(granted & {"Owner", "InvoiceRead"})

    @api.depends_context("lang")
    @api.depends("permissions")
    def _compute_permission_words(self):
        for connection in self:
            codes = (connection.permissions or "").split(", ")
            known = [self.env._(words) for code, words in PERMISSIONS.items() if code in codes]
            others = [code for code in codes if code not in PERMISSIONS]
            connection.permission_words = ", ".join(filter(None, known + others))

    def _compute_document_count(self):
        counts = dict(
            self.env["l10n_pl_ksef.document"]._read_group(
                [("connection_id", "in", self.ids)], ["connection_id"], ["__count"]
            )
        )
        for connection in self:
            connection.document_count = counts.get(connection, 0)

    @api.depends_context("lang")
    @api.depends("state", "refresh_end", "permissions", "method")
    def _compute_next_step(self):
        _ = self.env._
        for connection in self:
            if connection.state == "draft":
                words = _("Press “Authorise” and sign the request file to connect.")
            elif connection.state == "expired":
                words = _(
                    "The authorisation has ended. Press “Authorise” and sign a new request file;"
                    " invoices wait until then, nothing is lost."
                )
            elif connection.state == "disconnected":
                words = _("You disconnected. Press “Authorise” to connect again.")
            elif not connection.can_send:
                words = _(
                    "KSeF lets this person log in, but not issue invoices (InvoiceWrite). The"
                    " company's owner can grant that in the Taxpayer Application."
                )
            elif connection._ends_soon():
                words = _(
                    "Sign a new request file before the end: press “Authorise again”. It takes two"
                    " minutes and interrupts nothing."
                )
            else:
                words = _("Nothing to do.")
            connection.next_step = words

    def _selection_name(self, name):
        self.ensure_one()
        return dict(self._fields[name]._description_selection(self.env))[self[name]]

    def _ends_soon(self):
        self.ensure_one()
        return bool(self.refresh_end) and self.refresh_end < fields.Datetime.now() + WARN_AHEAD

    # --- talking to KSeF -----------------------------------------------------------------------

    @api.model
    def _environment_of(self, code):
        """The ``ksef.environments.Environment`` of a code, with the simulator where it runs."""
        address = (
            self.env["ir.config_parameter"].sudo().get_param("l10n_pl_ksef.simulator_url")
            or DEFAULT_SIMULATOR
        )
        return environments.get(code, simulator_url=address)

    def _environment(self):
        self.ensure_one()
        return self._environment_of(self.environment)

    def _anonymous_client(self):
        return Client(self._environment())

    def _ask(self, operation, *args, **options):
        """Call one operation of KSeF with our login and return its typed answer.

        The login is renewed when it has to be; nothing but that is written or committed here.
        Raises the errors of ``ksef.errors``; after the one that says that our login has ended, the
        connection says so too.
        """
        self.ensure_one()
        connection = self.sudo()
        for last in (False, True):
            client = Client(connection._environment(), access_token=connection._access_token(last))
            try:
                return getattr(client, operation)(*args, **options)
            except Unauthorised as error:
                # Tokens can be revoked at KSeF before their time: one new try with a fresh one.
                if error.http_status == 401 and not last:
                    continue
                if error.http_status == 401:
                    keep(self.env, connection._mark_expired, error)
                raise
            except Limited as error:
                connection.limited_until = fields.Datetime.now() + timedelta(
                    seconds=error.retry_after
                )
                raise

    def _access_token(self, force=False):
        """A valid access token; renews it, one worker at a time, and commits the new one."""
        self.ensure_one()
        known = self.access_token
        if force or not self._access_is_fresh():
            with wait_for(self.env, CLAIM_CONNECTION, self.id):
                self.invalidate_recordset()
                if self.access_token == known or not self._access_is_fresh():
                    self._renew_access()
        return self.env["l10n_pl_ksef.vault"]._open_for_call(self.access_token)

    def _access_is_fresh(self):
        return bool(
            self.access_token
            and self.access_end
            and self.access_end > fields.Datetime.now() + ACCESS_MARGIN
        )

    def _renew_access(self):
        vault = self.env["l10n_pl_ksef.vault"]
        if self.state != "connected" or not self.refresh_token:
            words = self.env._("The KSeF connection “%(name)s” is not authorised.", name=self.name)
            raise Unauthorised(
                [ApiError(None, words)], operation="POST /auth/token/refresh", http_status=401
            )
        try:
            token = self._anonymous_client().refresh(vault._open_for_call(self.refresh_token))
        except (Unauthorised, Refused) as error:
            # Our login has ended; what the caller wanted to ask was not refused.
            ended = Unauthorised(error.errors, operation=error.operation, http_status=401)
            keep(self.env, self._mark_expired, ended)
            raise ended from error
        values = {
            "access_token": vault._seal(token.value),
            "access_end": to_odoo(token.valid_until),
        }
        keep(self.env, self.write, values)

    # --- what becomes of it --------------------------------------------------------------------

    def _mark_connected(self, tokens, authorisation):
        """Take over the tokens of a finished authorisation."""
        self.ensure_one()
        vault = self.env["l10n_pl_ksef.vault"]
        self.write(
            {
                "state": "connected",
                "method": authorisation.method,
                "signer": authorisation.signer,
                "authorised_on": fields.Datetime.now(),
                "authentication_reference": authorisation.reference,
                "access_token": vault._seal(tokens.access.value),
                "access_end": to_odoo(tokens.access.valid_until),
                "refresh_token": vault._seal(tokens.refresh.value),
                "refresh_end": to_odoo(tokens.refresh.valid_until),
                "limited_until": False,
            }
        )
        # Moving between environments is a decision of its own, even when the one in use has
        # expired: a practice login must never divert invoices from production.
        if not self.company_id.l10n_pl_ksef_connection_id:
            self.company_id.l10n_pl_ksef_connection_id = self
        self.activity_unlink(["mail.mail_activity_data_todo"])
        self.env["l10n_pl_ksef.document"]._trigger_outbox(0)

    def _mark_expired(self, error):
        self.ensure_one()
        self.write(
            {
                "state": "expired",
                "access_token": False,
                "access_end": False,
                "refresh_token": False,
                "last_check": fields.Datetime.now(),
                "last_check_result": explain(self.env, error),
            }
        )
        self._ask_to_sign(self.env._("KSeF: authorise the connection again"))

    def _ask_to_sign(self, summary):
        """One activity for the person who signed last, unless one is open already."""
        self.ensure_one()
        if self.activity_ids.filtered(lambda activity: activity.summary == summary):
            return
        last = self.authorisation_ids.filtered(lambda attempt: attempt.state == "done")[:1]
        user = (last or self).create_uid
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=(self.refresh_end or fields.Datetime.now()).date(),
            summary=summary,
            note=self.next_step,
            user_id=user.id if user.active and user.has_group("base.group_user") else self.env.uid,
        )

    def _read_permissions(self):
        """Remember what KSeF lets us do, to say what is missing before somebody runs into it."""
        self.ensure_one()
        granted = [item for item in self._ask("personal_permissions") if item.state == "Active"]
        scopes = {item.scope for item in granted}
        if any(item.owner for item in granted):
            scopes.add("Owner")
        self.sudo().permissions = ", ".join(sorted(scopes))

    # --- buttons -------------------------------------------------------------------------------

    def action_authorise(self):
        """Open the wizard for this connection."""
        self.ensure_one()
        self.check_access("write")
        return self.env["l10n_pl_ksef.authorise"]._open_for(self)

    def action_check(self):
        """Ask KSeF now whether the connection works, and say so."""
        for connection in self:
            connection.check_access("write")
            connection.sudo()._check()
        return True

    def _check(self):
        self.ensure_one()
        try:
            self._read_permissions()
            words = self.env._("KSeF answers and accepts our login.")
        except KsefError as error:
            words = explain(self.env, error)
            if isinstance(error, Unauthorised) and self.state == "connected":
                self._mark_expired(error)
        self.write({"last_check": fields.Datetime.now(), "last_check_result": words})
        commit(self.env)

    def action_disconnect(self):
        """Revoke our login at KSeF and forget the secrets, whatever KSeF answers."""
        for connection in self:
            connection.check_access("write")
            connection = connection.sudo()
            words = self.env._("Disconnected; the login was revoked at KSeF.")
            if connection.state == "connected":
                try:
                    connection._ask("revoke_current_authentication_session")
                except KsefError as error:
                    words = self.env._(
                        "Disconnected here. KSeF did not confirm the revocation: %(words)s",
                        words=explain(self.env, error),
                    )
            connection.write(
                {
                    "state": "disconnected",
                    "access_token": False,
                    "access_end": False,
                    "refresh_token": False,
                    "refresh_end": False,
                    "last_check": fields.Datetime.now(),
                    "last_check_result": words,
                }
            )
            connection.activity_unlink(["mail.mail_activity_data_todo"])
        return True

    def action_use(self):
        """Make this the environment to which the company's invoices go."""
        self.ensure_one()
        self.check_access("write")
        if self.state != "connected":
            raise UserError(
                self.env._("Authorise this connection first; then the company can use it.")
            )
        self.company_id.sudo().l10n_pl_ksef_connection_id = self
        return True

    def action_documents(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("l10n_pl_ksef.document_action")
        return {**action, "domain": [("connection_id", "=", self.id)]}

    # --- cron ----------------------------------------------------------------------------------

    @api.model
    def _cron_keep(self):
        """Check every connection that should work, and say in time when a person must sign."""
        connections = self.sudo().search([("state", "=", "connected")])
        connections = connections.filtered(lambda connection: connection._may_ask())
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(connections))
        for connection in map(for_readers, connections):
            connection._check()
            if connection.state == "connected" and connection._ends_soon():
                connection._ask_to_sign(
                    connection.env._("KSeF: sign a new request file before the connection ends")
                )
            if not cron._commit_progress(1):
                break

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unused(self):
        if self.document_ids:
            raise UserError(
                self.env._(
                    "Invoices were sent over this connection, so it has to stay. Disconnect and"
                    " archive it instead."
                )
            )

    def _may_ask(self):
        """Whether a request makes sense now: authorised, and no limit of KSeF to sit out."""
        self.ensure_one()
        return self.state == "connected" and not (
            self.limited_until and self.limited_until > fields.Datetime.now()
        )
