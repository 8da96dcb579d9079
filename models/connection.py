import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import format_datetime

from ..ksef import contexts, numbers
from ..ksef.errors import KsefError
from ..ksef.permissions import PERMISSIONS
from .explain import explain, for_readers
from .moments import to_odoo
from .step import CLAIM_CONNECTION, commit, wait_for
from .trouble import PASSING

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
    ("certificate", "KSeF certificate"),
    ("token", "KSeF token"),
    ("test_certificate", "Self-made test certificate"),
]
#: As whom KSeF is logged in to (OpenAPI, contextIdentifier).
CONTEXT_TYPES = [
    ("Nip", "NIP"),
    ("InternalId", "Internal identifier (unit of the company)"),
    ("NipVatUe", "NIP and EU VAT number"),
]
#: How long before the end of the authorisation a person is asked to sign again.
WARN_AHEAD = timedelta(days=2)


#: As whom a connection logs in: a new login may change that, an attempt that fails may not.
IDENTITY = ("nip", "context_type", "context_value")


def login_context(identity):
    """The context of the login as the keywords of ``ksef`` want it."""
    if identity["context_type"] == "InternalId":
        return {"internal_id": identity["context_value"]}
    if identity["context_type"] == "NipVatUe":
        return {"nip_vat_ue": identity["context_value"]}
    return {"nip": identity["nip"]}


class Connection(models.Model):
    """The authorisation of one company in one environment of KSeF."""

    _name = "l10n_pl_ksef.connection"
    _inherit = [
        "l10n_pl_ksef.login",
        "l10n_pl_ksef.trouble",
        "mail.thread",
        "mail.activity.mixin",
    ]
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
    context_type = fields.Selection(
        CONTEXT_TYPES,
        "Log in as",
        default="Nip",
        required=True,
    )
    context_value = fields.Char(
        "Identifier", help="For a unit: NIP-00000; for an EU representative: NIP-DE123456789."
    )
    method = fields.Selection(METHODS, readonly=True, copy=False, tracking=True)
    # The life of a connection; the attempts to authorise it are records of their own
    # (l10n_pl_ksef.authorisation), so that a failed new attempt costs nothing of what is valid.
    #
    #   draft ──an authorisation is done──> connected ──nobody but a person can log in──> expired
    #                                        ^  ^  │                                       │
    #                                        │  │  ├──Disconnect──> disconnected           │
    #                                        │  │  └──another database──> asleep           │
    #                                        │  └──an administrator confirms──┘│           │
    #                                        └──────an authorisation is done───┴───────────┘
    state = fields.Selection(
        [
            ("draft", "Not authorised yet"),
            ("connected", "Connected"),
            ("expired", "Authorise again"),
            ("disconnected", "Disconnected"),
            ("asleep", "Asleep (copy)"),
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
    next_step = fields.Text(compute="_compute_next_step")
    renews_itself = fields.Boolean(compute="_compute_renews_itself")
    connected_until = fields.Datetime(
        compute="_compute_renews_itself",
        help="When a person has to act at the latest; by then the connection renews itself.",
    )
    authentication_certificate_id = fields.Many2one(
        "l10n_pl_ksef.certificate",
        "Authentication certificate",
        domain="[('environment', '=', environment), ('kind', '=', 'Authentication'),"
        " ('state', '=', 'active')]",
        copy=False,
    )
    offline_certificate_id = fields.Many2one(
        "l10n_pl_ksef.certificate",
        "Offline certificate",
        domain="[('environment', '=', environment), ('kind', '=', 'Offline'),"
        " ('state', '=', 'active')]",
        copy=False,
    )
    news = fields.Char(compute="_compute_news")
    certificate_ids = fields.One2many("l10n_pl_ksef.certificate", "connection_id", readonly=True)
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

    @api.constrains("active")
    def _check_archived(self):
        # Archived it would go on sending, but nobody would be warned before it ends.
        for connection in self:
            if connection.state == "connected" and not connection.active:
                raise ValidationError(
                    self.env._("Disconnect “%(name)s” before you archive it.", name=connection.name)
                )

    @api.constrains("context_type", "context_value", "nip")
    def _check_context(self):
        for connection in self:
            self._check_identity(connection._identity())

    @api.model
    def _check_identity(self, identity):
        """Refuse an identifier that is not one, before anybody signs for it."""
        if identity["context_type"] == "Nip":
            return
        try:
            found = contexts.Context.of(**login_context(identity))
        except ValueError as error:
            raise ValidationError(
                self.env._(
                    "“%(value)s” is not an identifier of that kind. A unit is written as"
                    " NIP-00000, an EU representative as NIP-DE123456789.",
                    value=identity["context_value"] or "",
                )
            ) from error
        if found.nip != identity["nip"]:
            raise ValidationError(self.env._("The identifier has to begin with the company's NIP."))

    @api.constrains("authentication_certificate_id", "offline_certificate_id", "environment")
    def _check_certificates(self):
        for connection in self:
            for certificate, kind in (
                (connection.authentication_certificate_id, "Authentication"),
                (connection.offline_certificate_id, "Offline"),
            ):
                same = (connection.environment, kind)
                if certificate and (certificate.environment, certificate.kind) != same:
                    raise ValidationError(
                        self.env._(
                            "“%(name)s” is a certificate of another kind, or of another environment"
                            " of KSeF.",
                            name=certificate.name,
                        )
                    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_may_use(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_may_use(vals)
        return super().write(vals)

    @api.model
    def _check_may_use(self, vals):
        """A certificate logs in as the person it names, so its id alone is no right to use it."""
        for name in ("authentication_certificate_id", "offline_certificate_id"):
            if vals.get(name):
                self.env["l10n_pl_ksef.certificate"].browse(vals[name]).check_access("read")

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
            granted = set((connection.permissions or "").split(", ")) - {""}
            # Not known is not no: KSeF itself decides about each document.
            connection.can_send = not granted or bool(granted & {"Owner", "InvoiceWrite"})
            connection.can_read = not granted or bool(granted & {"Owner", "InvoiceRead"})

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

    @api.depends("refresh_end", "authentication_certificate_id.state", "method")
    def _compute_renews_itself(self):
        for connection in self:
            itself = connection.state == "connected" and connection.sudo()._can_log_in_alone()
            connection.renews_itself = itself
            certificate = connection.sudo().authentication_certificate_id
            connection.connected_until = (
                (certificate.valid_to if itself else False) or connection.refresh_end
                if connection.state == "connected"
                else False
            )

    @api.depends("state", "certificate_ids.state")
    def _compute_news(self):
        for connection in self:
            states = connection.certificate_ids.mapped("state")
            connection.news = " ".join([connection.state, *states])

    @api.depends_context("lang")
    @api.depends("state", "refresh_end", "permissions", "method", "trouble", "trouble_words")
    def _compute_next_step(self):
        _ = self.env._
        words = {
            "draft": _("Press “Authorise” and sign the request file to connect."),
            "disconnected": _("You disconnected. Press “Authorise” to connect again."),
            "asleep": _(
                "This looks like a copy of the company's database, so nothing is sent from here."
                " If the company has moved here, press “This is the company's database”."
            ),
        }
        for connection in self:
            if connection.state == "expired":
                connection.next_step = connection._next_step_expired(connection.trouble)
            else:
                connection.next_step = (
                    words.get(connection.state) or connection._next_step_connected()
                )

    @api.model
    def _next_step_expired(self, trouble):
        _ = self.env._
        words = {
            "revoked": _(
                "Somebody logged this connection out at KSeF. Press “Authorise” and sign a new"
                " request file; invoices wait until then, nothing is lost."
            ),
            "permission": _(
                "KSeF lets this person in no longer. When the company's owner has granted the"
                " permissions again (Taxpayer Application), it goes on by itself within an hour,"
                " at once with “Check now”. Or press “Authorise” and let somebody else sign."
                " Invoices wait until then, nothing is lost."
            ),
            "certificate": _(
                "KSeF does not accept the KSeF certificate any more. Press “Authorise” and sign a"
                " new request file: Odoo then gets a new certificate. Invoices wait until then,"
                " nothing is lost."
            ),
            "token": _(
                "KSeF does not accept the KSeF token any more. Press “Authorise” and give a new"
                " token, or better: sign a request file. Invoices wait until then, nothing is lost."
            ),
            "blocked": _(
                "KSeF has blocked logins for this company. Write to the Ministry of Finance by the"
                " form on its KSeF pages. Invoices wait until the block is lifted, nothing is lost."
            ),
        }
        return words.get(trouble) or _(
            "The authorisation has ended. Press “Authorise” and sign a new request file;"
            " invoices wait until then, nothing is lost."
        )

    def _next_step_connected(self):
        _ = self.env._
        if not self.can_send:
            return self._words_cannot_send()
        if self._ends_soon():
            return _(
                "Sign a new request file before the end: press “Authorise again”. It takes two"
                " minutes and interrupts nothing."
            )
        if self.trouble_words:
            return self.trouble_words
        if not self.can_read:
            return _(
                "Nothing to do for sending. Purchase invoices cannot be fetched: KSeF does not let"
                " this person read invoices (InvoiceRead). The company's owner can grant that in"
                " the Taxpayer Application."
            )
        return _("Nothing to do.")

    def _words_cannot_send(self):
        return self.env._(
            "KSeF lets this person log in, but not issue invoices (InvoiceWrite). The"
            " company's owner can grant that in the Taxpayer Application."
        )

    def _selection_name(self, name):
        self.ensure_one()
        return dict(self._fields[name]._description_selection(self.env))[self[name]]

    def _ends_soon(self):
        """Whether a person has to sign soon, because nothing renews the login by itself."""
        self.ensure_one()
        return (
            bool(self.refresh_end)
            and self.refresh_end < fields.Datetime.now() + WARN_AHEAD
            and not self.sudo()._can_log_in_alone()
        )

    def _identity(self):
        """As whom this connection logs in."""
        self.ensure_one()
        return {name: self[name] for name in IDENTITY}

    def _login_value(self):
        """The identifier of the context that is logged in to, as the link of KOD II names it."""
        self.ensure_one()
        return self.nip if self.context_type == "Nip" else self.context_value

    # --- what becomes of it --------------------------------------------------------------------

    def _mark_connected(self, tokens, authorisation):
        """Take over the tokens of a finished authorisation."""
        self.ensure_one()
        vault = self.env["l10n_pl_ksef.vault"]
        if not (authorisation.alone and self.trouble == "certificate"):
            # A login by itself does not renew the certificate that it was done with.
            self._is_over(*dict(self._fields["trouble"].selection))
        if not authorisation.alone:
            self.told = False
        self.write(
            {
                **authorisation._identity(),
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
                "sealed_token": authorisation.sealed_token,
                "authentication_certificate_id": (
                    authorisation.certificate_id or self.authentication_certificate_id
                ).id,
            }
        )
        if authorisation.certificate_id:
            authorisation.certificate_id._has_worked()
        if not authorisation.alone:
            # A person was here just now and meant this database.
            self._settle_at_home()
        # Moving between environments is a decision of its own, even when the one in use has
        # expired: a practice login must never divert invoices from production.
        if not self.company_id.l10n_pl_ksef_connection_id:
            self.company_id.l10n_pl_ksef_connection_id = self
        self.env["l10n_pl_ksef.document"]._trigger_outbox(0)

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
        could_send = self.can_send
        try:
            if self.state == "expired" and self.trouble in PASSING:
                self._log_in_again()
            self._read_permissions()
            words = self.env._("KSeF answers and accepts our login.")
        except KsefError as error:
            words = self.last_check_result if self.state == "expired" else explain(self.env, error)
        else:
            self._is_over("key", "blocked")
            if self.can_send:
                self._is_over("permission")
            elif could_send:
                # Before somebody runs into it: the invoices of this connection will wait.
                self._ask_for_help("permission", self._words_cannot_send())
        self.write({"last_check": fields.Datetime.now(), "last_check_result": words})
        commit(self.env)

    def _log_in_again(self):
        """Try whether KSeF has taken back its no; nobody has to sign for that."""
        with wait_for(self.env, CLAIM_CONNECTION, self.id):
            self.invalidate_recordset()
            if self.state == "expired" and self._can_log_in_alone():
                self._log_in_alone()

    def action_disconnect(self):
        """Revoke our login at KSeF and forget the secrets, whatever KSeF answers."""
        for connection in self:
            connection.check_access("write")
            connection = connection.sudo()
            words = self.env._("Disconnected; the secrets are forgotten.")
            connection._forget_certificate()
            if connection.state == "connected":
                try:
                    connection._ask("revoke_current_authentication_session")
                    words = self.env._("Disconnected; the login was revoked at KSeF.")
                except KsefError as error:
                    words = self.env._(
                        "Disconnected here. KSeF did not confirm the revocation: %(words)s",
                        words=explain(self.env, error),
                    )
            connection.write(
                {
                    "state": "disconnected",
                    **connection._forgotten(),
                    "sealed_token": False,
                    "authentication_certificate_id": False,
                    "trouble": False,
                    "trouble_words": False,
                    "last_check": fields.Datetime.now(),
                    "last_check_result": words,
                }
            )
            connection.activity_unlink(["mail.mail_activity_data_todo"])
        return True

    def _forget_certificate(self):
        """The key that logs in is one of the secrets, unless another company logs in with it.

        It is not revoked at KSeF, which is for ever: without its key nobody can use it, and the
        list of certificates at KSeF revokes it. The Offline certificate stays: codes on invoices
        that were handed over name it.
        """
        certificate = self.authentication_certificate_id
        others = self.with_context(active_test=False).search_count(
            [("authentication_certificate_id", "=", certificate.id), ("id", "not in", self.ids)]
        )
        if not certificate or others:
            return
        certificate.sealed_key = False

    def action_use(self):
        """Ask for the change of the environment to which the company's invoices go."""
        self.ensure_one()
        self.check_access("write")
        return self.env["l10n_pl_ksef.change.environment"]._open_for(self)

    def _use(self):
        """Make this the environment to which the company's invoices go."""
        self.ensure_one()
        if self.state != "connected":
            raise UserError(
                self.env._("Authorise this connection first; then the company can use it.")
            )
        current = self.company_id.sudo().l10n_pl_ksef_connection_id
        if current.environment == "production" and self.environment != "production":
            waiting = current._on_their_way()
            if waiting:
                raise UserError(
                    self.env._(
                        "Production invoices are still on their way to KSeF: %(names)s. Change the"
                        " environment when they have their numbers.",
                        names=", ".join(waiting[:5].mapped("number")),
                    )
                )
        self.company_id.sudo().l10n_pl_ksef_connection_id = self
        self.sudo()._say(
            self.env._(
                "%(user)s: the company's invoices now go to KSeF %(environment)s.",
                user=self.env.user.name,
                environment=self._selection_name("environment"),
            )
        )

    def _on_their_way(self):
        return (
            self.env["l10n_pl_ksef.document"]
            .sudo()
            .search(
                [
                    ("connection_id", "in", self.ids),
                    ("state", "in", ("prepared", "sending", "unknown", "sent")),
                ]
            )
        )

    # --- certificates --------------------------------------------------------------------------

    def _enrol(self):
        """Request what is missing of the two KSeF certificates."""
        self.ensure_one()
        requests = self.env["l10n_pl_ksef.certificate"]
        listed = self._listed_at_ksef()
        for kind, held in (
            ("Authentication", self.authentication_certificate_id),
            ("Offline", self.offline_certificate_id),
        ):
            under_way = self.certificate_ids.filtered(
                lambda one: one.kind == kind and one.state in ("requested", "processing")  # noqa: B023
            )
            # A certificate made for practice logs in, but KSeF did not issue it; and one of the
            # person who signed before would go on logging in as that person.
            has_one = held and held._is_good() and held.origin != "self_made"
            has_one = has_one and held._can_be_opened()
            if held.origin == "enrolled" and listed is not None:
                has_one = has_one and held.serial_number in listed
            if not has_one and not under_way:
                requests |= requests._request(self, kind)
        if requests:
            self.env.ref("l10n_pl_ksef.cron_certificates").sudo()._trigger()
        return requests

    def _listed_at_ksef(self):
        """The serial numbers of the certificates of the person logged in; None if unknown."""
        try:
            found = self._ask("query_certificates")
        except KsefError as error:
            _logger.info("KSeF did not tell about certificates: %s", error)
            return None
        return {item.serial for item in found if item.status == "Active"}

    def action_enrol(self):
        """Let Odoo get its own KSeF certificates, so that nobody has to sign again."""
        self.ensure_one()
        self.check_access("write")
        if self.state != "connected":
            raise UserError(self.env._("Authorise the connection first."))
        if self.method == "token":
            raise UserError(
                self.env._(
                    "A login by KSeF token cannot request certificates. Authorise the connection"
                    " with a signature (Trusted Profile, qualified signature or seal) first."
                )
            )
        requests = self.sudo()._enrol()
        commit(self.env)
        requests._carry_on()
        return True

    def live_progress(self, shown=None):
        """Carry on with certificates that are being made, while somebody looks."""
        self.ensure_one()
        self.check_access("write")
        before = shown or self._live_state()
        self.sudo().certificate_ids.filtered(
            lambda one: one.state in ("requested", "processing")
        )._carry_on()
        self.invalidate_recordset()
        return before != self._live_state()

    def _live_state(self):
        return {"news": self.news}

    def action_sessions(self):
        self.ensure_one()
        self.check_access("write")
        return self.env["l10n_pl_ksef.sessions"]._open_for(self)

    def action_certificates(self):
        self.ensure_one()
        self.check_access("write")
        return self.env["l10n_pl_ksef.certificates"]._open_for(self)

    def action_documents(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("l10n_pl_ksef.document_action")
        return {**action, "domain": [("connection_id", "=", self.id)]}

    # --- cron ----------------------------------------------------------------------------------

    @api.model
    def _cron_keep(self):
        """Check every connection that should work, and say in time when a person must sign."""
        for connection in self.sudo().search([("state", "=", "asleep")]):
            connection._wake_at_home()
        found = self.sudo().search([("state", "in", ("connected", "expired"))])
        connections = found.filtered(
            lambda connection: connection._may_ask() or connection._may_log_in_again()
        )
        for connection in map(for_readers, found - connections):
            if connection.state == "expired" and connection.trouble:
                # Whoever ticked the activity off without signing is asked again the next day.
                connection._ask_for_help(connection.trouble, connection.trouble_words)
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(connections))
        for connection in map(for_readers, connections):
            connection._check()
            if connection.state == "connected" and connection._ends_soon():
                connection._ask_for_help(
                    "ending",
                    connection.env._(
                        "Sign a new request file before %(end)s, or let Odoo get its own KSeF"
                        " certificates: then nobody has to sign again.",
                        end=format_datetime(self.env, connection.refresh_end, tz="Europe/Warsaw"),
                    ),
                    connection.refresh_end.date(),
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
