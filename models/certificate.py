import logging
from base64 import b64decode, b64encode
from datetime import timedelta
from secrets import token_hex

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import NO_ACCESS
from odoo.tools.misc import format_datetime

from ..ksef import certificates
from ..ksef.errors import Gone, KsefError, Limited, Refused, Unauthorised, Unknown
from .connection import ENVIRONMENTS
from .explain import error_details, explain, for_readers
from .moments import to_odoo
from .step import CLAIM_CERTIFICATE, claim, commit, keep
from .vault import SecretLost

_logger = logging.getLogger(__name__)

#: How long before its end a certificate is renewed; the old one goes on until the new one works.
RENEW_AHEAD = timedelta(days=30)
#: From when on a renewal that does not succeed needs a person.
WORRY_AHEAD = timedelta(days=21)
#: A request whose answer was lost is looked up only after it can no longer be on its way.
IN_FLIGHT = timedelta(seconds=90)
#: What KSeF counted and has not made by then comes to nothing.
FORGOTTEN = timedelta(hours=2)


def pause_after(error):
    """How long to wait before the step that went wrong is taken again."""
    if isinstance(error, Limited):
        return timedelta(seconds=max(120, error.retry_after))
    # What is not allowed is not allowed two minutes later either, unless a person does something.
    return timedelta(hours=1) if isinstance(error, Unauthorised) else timedelta(minutes=2)


class Certificate(models.Model):
    """A KSeF certificate that this database holds the key of, or a self-made one for practice.

    It stands for a person or a company and carries no rights; KSeF decides by its own list of
    permissions. The private key is sealed (l10n_pl_ksef.vault); each use of it is written down.
    """

    _name = "l10n_pl_ksef.certificate"
    _description = "KSeF Certificate"
    _order = "valid_to desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    environment = fields.Selection(ENVIRONMENTS, required=True, readonly=True)
    connection_id = fields.Many2one(
        "l10n_pl_ksef.connection",
        "Requested over",
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    kind = fields.Selection(
        [("Authentication", "Authentication"), ("Offline", "Offline")],
        required=True,
        readonly=True,
        help="Authentication logs in; Offline signs the second QR code (KOD II). None does both.",
    )
    origin = fields.Selection(
        [
            ("enrolled", "Requested by Odoo"),
            ("uploaded", "Uploaded"),
            ("self_made", "Self-made for practice"),
        ],
        required=True,
        readonly=True,
    )
    # requested ──202──> processing ──200, its key fits──> active ──next one works──> replaced
    #     │                  │                               ├──revoked────────────> revoked
    #     └──KSeF said no────┴───────────> refused           └──its end────────────> expired
    state = fields.Selection(
        [
            ("requested", "Requested"),
            ("processing", "Being made by KSeF"),
            ("active", "Active"),
            ("replaced", "Replaced"),
            ("revoked", "Revoked"),
            ("expired", "Expired"),
            ("refused", "Refused"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    serial_number = fields.Char(readonly=True, index=True)
    fingerprint = fields.Char("SHA-256", readonly=True)
    subject = fields.Char(readonly=True)
    valid_from = fields.Datetime(readonly=True)
    valid_to = fields.Datetime(readonly=True)
    content = fields.Binary("Certificate", attachment=True, readonly=True)
    sealed_key = fields.Char(groups=NO_ACCESS, copy=False)
    signing_request = fields.Binary(attachment=True, readonly=True)
    reference = fields.Char("Reference of the request", readonly=True)
    begun_on = fields.Datetime(readonly=True)
    requested_on = fields.Datetime(readonly=True)
    requests_left = fields.Integer(
        readonly=True, help="The person's requests that KSeF had left before this one."
    )
    next_try = fields.Datetime(readonly=True)
    words = fields.Text("What happened", readonly=True)
    replaces_id = fields.Many2one("l10n_pl_ksef.certificate", readonly=True)
    use_ids = fields.One2many("l10n_pl_ksef.key.use", "certificate_id", readonly=True)
    use_count = fields.Integer(compute="_compute_use_count")

    def _compute_use_count(self):
        counts = dict(
            self.env["l10n_pl_ksef.key.use"]._read_group(
                [("certificate_id", "in", self.ids)], ["certificate_id"], ["__count"]
            )
        )
        for certificate in self:
            certificate.use_count = counts.get(certificate, 0)

    # --- keeping and using ---------------------------------------------------------------------

    @api.model
    def _keep_loaded(self, connection, loaded, origin):
        """Keep a key and certificate that a person uploaded or that were made for practice."""
        seen = loaded.description
        known = self.sudo().search(
            [
                ("company_id", "=", connection.company_id.id),
                ("environment", "=", connection.environment),
                ("serial_number", "=", seen.serial),
                ("fingerprint", "=", seen.fingerprint),
            ],
            limit=1,
        )
        key = self.env["l10n_pl_ksef.vault"]._seal(b64encode(loaded.key_bytes))
        if known:
            known.write({"state": "active", "sealed_key": key, "words": False})
            return known
        return self.sudo().create(
            {
                "name": seen.name or seen.subject,
                "company_id": connection.company_id.id,
                "environment": connection.environment,
                "connection_id": connection.id,
                "kind": seen.type or certificates.AUTHENTICATION,
                "origin": origin,
                "state": "active",
                "serial_number": seen.serial,
                "subject": seen.subject,
                "valid_from": to_odoo(seen.valid_from),
                "valid_to": to_odoo(seen.valid_to),
                "fingerprint": seen.fingerprint,
                "content": b64encode(loaded.certificate_bytes),
                "sealed_key": key,
            }
        )

    def _use_key(self, purpose, connection):
        """``(key, certificate)`` for one use, which is written down (who, when, what for)."""
        self.ensure_one()
        held = self.sudo()
        key = b64decode(self.env["l10n_pl_ksef.vault"]._open_for_call(held.sealed_key))
        self.env["l10n_pl_ksef.key.use"].sudo().create(
            {
                "certificate_id": self.id,
                "purpose": purpose,
                "connection_id": connection.id,
                "user_id": self.env.uid,
            }
        )
        return key, b64decode(held.with_context(bin_size=False).content)

    def _signer(self):
        """Whom it stands for, as a signed file names its signer."""
        self.ensure_one()
        return self._words_of(
            certificates.describe(b64decode(self.with_context(bin_size=False).content))
        )

    @api.model
    def _words_of(self, seen):
        if seen.masked_pesel:
            return f"{seen.name} (PESEL {seen.masked_pesel.replace('*', '•')})"
        return f"{seen.name} (NIP {seen.nip})" if seen.nip else seen.name

    def _is_good(self):
        self.ensure_one()
        now = fields.Datetime.now()
        return (
            self.state == "active"
            and bool(self.sudo().sealed_key)
            and (not self.valid_from or self.valid_from <= now)
            and self.valid_to > now
        )

    def _can_be_opened(self):
        """Whether its key can be opened with the key of this server."""
        try:
            self.env["l10n_pl_ksef.vault"]._open_for_call(self.sudo().sealed_key)
        except SecretLost:
            return False
        return True

    # --- requesting ----------------------------------------------------------------------------

    @api.model
    def _request(self, connection, kind, replaces=None):
        """Begin a request for a certificate; the rest goes by itself (:meth:`_carry_on`)."""
        today = fields.Date.context_today(self)
        return self.sudo().create(
            {
                # KSeF wants letters, digits, blanks and hyphens; the end makes it unique, so that
                # it can be found at KSeF when an answer was lost.
                "name": f"Odoo {kind} {today} {token_hex(4)}",
                "company_id": connection.company_id.id,
                "environment": connection.environment,
                "connection_id": connection.id,
                "kind": kind,
                "origin": "enrolled",
                "state": "requested",
                "begun_on": fields.Datetime.now(),
                "replaces_id": replaces.id if replaces else False,
            }
        )

    def _carry_on(self):
        """Take the step that is due of each request; returns nothing, the state tells."""
        for certificate in self.sudo():
            with claim(self.env, CLAIM_CERTIFICATE, certificate.id) as held:
                certificate.invalidate_recordset(["state", "reference"])
                if not held or certificate.state not in ("requested", "processing"):
                    continue
                try:
                    if certificate.state == "requested":
                        certificate._send_request()
                    else:
                        certificate._ask_request()
                except (Limited, Unknown, Unauthorised, SecretLost) as error:
                    later = {
                        "words": explain(self.env, error),
                        "next_try": fields.Datetime.now() + pause_after(error),
                    }
                    keep(self.env, certificate.write, later)
                except Refused as error:
                    keep(self.env, certificate._was_refused, certificate._refusal_words(error))
                certificate._come_back()

    def _come_back(self):
        """Let the cron go on as soon as the next step is due."""
        if self.state in ("requested", "processing"):
            due = self.next_try or fields.Datetime.now() + timedelta(seconds=5)
            self.env.ref("l10n_pl_ksef.cron_certificates").sudo()._trigger(due)
            commit(self.env)

    def _was_refused(self, words):
        """It comes to nothing, so nobody needs its key."""
        self.write({"state": "refused", "words": words, "sealed_key": False, "next_try": False})

    def _send_request(self):
        connection = self.connection_id
        if self.requested_on:
            # The answer to an earlier request was lost; a person has only twelve.
            landed = self.requested_on + IN_FLIGHT
            if fields.Datetime.now() < landed:
                keep(self.env, self.write, {"next_try": landed})
                return
            if self._look_up():
                return
        limits = connection._ask("certificate_limits")
        if self.requested_on and self._may_be_under_way(limits.enrollment.remaining):
            return
        if not limits.can_request:
            words = self.env._(
                "KSeF lets one person hold %(most)s certificates at a time and request"
                " %(requests)s; this person has used them up. Revoke one that is not needed any"
                " more (KSeF ▸ Connections ▸ Certificates at KSeF), then request again.",
                most=limits.certificate.limit,
                requests=limits.enrollment.limit,
            )
            keep(self.env, self._was_refused, words)
            return
        data = connection._ask("enrollment_data")
        if not self.sealed_key:
            key = certificates.new_key()
            made = {
                "sealed_key": self.env["l10n_pl_ksef.vault"]._seal(
                    b64encode(certificates.key_bytes(key))
                ),
                "signing_request": b64encode(certificates.signing_request(key, data)),
            }
            keep(self.env, self.write, made)
        intent = {
            "requested_on": fields.Datetime.now(),
            "requests_left": limits.enrollment.remaining,
        }
        keep(self.env, self.write, intent)
        request = b64decode(self.with_context(bin_size=False).signing_request)
        reference = connection._ask("enroll", self.name, self.kind, request)
        taken = {"state": "processing", "reference": reference, "words": False}
        keep(self.env, self.write, {**taken, "next_try": False})

    def _may_be_under_way(self, remaining):
        """Whether KSeF has counted the request whose answer was lost, and may be busy with it."""
        if remaining >= self.requests_left:
            return False
        if fields.Datetime.now() > self.requested_on + FORGOTTEN:
            return False
        later = fields.Datetime.now() + timedelta(minutes=5)
        words = self.env._("KSeF's answer was lost; it seems to be making the certificate.")
        keep(self.env, self.write, {"words": words, "next_try": later})
        return True

    def _look_up(self):
        """Find the certificate at KSeF by the name that only this request bears."""
        found = self.connection_id._ask("query_certificates", name=self.name)
        if found:
            self._fetch(found[0].serial)
        elif self.state == "processing":
            words = self.env._("KSeF made no certificate of this request. Request a new one.")
            keep(self.env, self._was_refused, words)
        return bool(found)

    def _ask_request(self):
        try:
            answer = self.connection_id._ask("enrollment_status", self.reference)
        except Gone:
            # KSeF has forgotten the request; what came of it may be there all the same.
            self._look_up()
            return
        status = answer.status
        if status.code == 100:
            later = fields.Datetime.now() + timedelta(seconds=5)
            keep(self.env, self.write, {"words": status.description, "next_try": later})
        elif status.code == 200:
            self._fetch(answer.serial)
        else:
            words = "\n".join([status.description, *(status.details or [])])
            keep(self.env, self._was_refused, words)

    def _fetch(self, serial):
        """Take the certificate over, if it is for our key; never one for another key."""
        found = self.connection_id._ask("retrieve_certificates", [serial])
        item = next((one for one in found if one.serial == serial), None)
        if not item:
            words = self.env._("KSeF has made the certificate, but does not give it out yet.")
            later = fields.Datetime.now() + timedelta(minutes=2)
            keep(self.env, self.write, {"words": words, "next_try": later})
            return
        key = b64decode(self.env["l10n_pl_ksef.vault"]._open_for_call(self.sealed_key))
        if not certificates.fits(key, item.certificate):
            words = self.env._("KSeF gave a certificate for another key; it is not used.")
            keep(self.env, self._was_refused, words)
            return
        keep(self.env, self._become_active, item)

    def _become_active(self, item):
        seen = certificates.describe(item.certificate)
        self.write(
            {
                "state": "active",
                "serial_number": item.serial,
                "fingerprint": seen.fingerprint,
                "subject": seen.subject,
                "valid_from": to_odoo(seen.valid_from),
                "valid_to": to_odoo(seen.valid_to),
                "content": b64encode(item.certificate),
                "words": False,
                "next_try": False,
            }
        )
        self._put_to_use()

    def _put_to_use(self):
        """Every connection that used the certificate before uses this one from now on."""
        field = self._field_on_connection()
        connections = self.connection_id
        if self.replaces_id:
            connections |= self.env["l10n_pl_ksef.connection"].search(
                [(field, "=", self.replaces_id.id)]
            )
            if self.kind == certificates.OFFLINE:
                self.replaces_id._was_replaced()
        connections.write({field: self.id})
        if self.kind == certificates.OFFLINE:
            # Invoices may wait for their second code.
            self.env.ref("l10n_pl_ksef.cron_deadlines").sudo()._trigger()
        for connection in connections:
            connection._is_over("certificate", "ending")
            connection._say(
                self.env._(
                    "KSeF certificate %(kind)s is there: %(serial)s, valid until %(end)s.",
                    kind=self._kind_name(),
                    serial=self.serial_number,
                    end=fields.Date.to_string(self.valid_to),
                )
            )

    def _was_replaced(self):
        self.filtered(lambda one: one.state == "active").write(
            {"state": "replaced", "sealed_key": False}
        )

    def _drop_unused(self):
        """A person's certificate that KSeF did not accept: its key is not kept."""
        for certificate in self.sudo().filtered(lambda one: one.origin != "enrolled"):
            if not certificate._connections():
                words = self.env._("KSeF did not accept a login with it.")
                certificate._was_refused(words)

    def _has_worked(self):
        """KSeF let us in with it: the one that it replaces is not needed any more."""
        self.replaces_id._was_replaced()

    def _does_not_work(self, words):
        """KSeF refused a login with it; the one that it was to replace goes on, if it is good."""
        self.ensure_one()
        before = self.replaces_id
        connections = self._connections()
        self.write({"state": "revoked", "words": words, "sealed_key": False})
        connections.authentication_certificate_id = before if before and before._is_good() else self

    def _field_on_connection(self):
        if self.kind == certificates.OFFLINE:
            return "offline_certificate_id"
        return "authentication_certificate_id"

    def _kind_name(self):
        return dict(self._fields["kind"]._description_selection(self.env))[self.kind]

    def _refusal_words(self, error):
        _ = self.env._
        help_for = {
            25001: _("Log in with a signature or a certificate; a KSeF token cannot request one."),
            25002: _("Log in with a signature or a certificate; a KSeF token cannot request one."),
            25006: _("The person has used up the requests that KSeF allows."),
            25007: _("The person holds as many certificates as KSeF allows: revoke one first."),
        }
        known = [words for code, words in help_for.items() if code in error.codes]
        return "\n".join([error_details(error), *known])

    # --- renewing, revoking, ending ------------------------------------------------------------

    @api.model
    def _renew_in_time(self):
        """Request the successor of every certificate in use that ends soon."""
        soon = fields.Datetime.now() + RENEW_AHEAD
        ending = self.sudo().search(
            [
                ("state", "=", "active"),
                ("origin", "in", ("enrolled", "uploaded")),
                ("valid_to", "<", soon),
            ]
        )
        successors = self.sudo().search(
            [
                ("replaces_id", "in", ending.ids),
                ("state", "in", ("requested", "processing", "active")),
            ]
        )
        for certificate in map(for_readers, ending - successors.replaces_id):
            users = certificate._connections().filtered(lambda one: one.state == "connected")
            if not users:
                continue
            # One person's certificate may serve several companies.
            asking = certificate.connection_id
            connection = asking if asking in users else users[0]
            last = self.sudo().search(
                [("replaces_id", "=", certificate.id)], order="id desc", limit=1
            )
            if certificate._renews_itself(connection):
                waited = fields.Datetime.now() - timedelta(days=1)
                if not last or not last.begun_on or last.begun_on < waited:
                    self._request(connection, certificate.kind, certificate)
            if certificate.valid_to < fields.Datetime.now() + WORRY_AHEAD:
                for user in users:
                    certificate._worry(user, last)

    def _connections(self):
        """The connections that use it."""
        self.ensure_one()
        field = self._field_on_connection()
        return self.env["l10n_pl_ksef.connection"].search([(field, "=", self.id)])

    def _renews_itself(self, connection):
        """Whether Odoo may request the next one: its own always, another one if asked to."""
        self.ensure_one()
        if self.origin == "enrolled":
            return connection.method != "token"
        logins = connection.authorisation_ids
        last = logins.filtered(lambda attempt: attempt.state == "done" and not attempt.alone)[:1]
        return last.enrol and last.method != "token"

    def _worry(self, connection, last):
        """Its end comes near and there is no other one: a person has to know."""
        end = fields.Date.to_string(self.valid_to)
        if last:
            words = self.env._(
                "The KSeF certificate %(serial)s ends on %(end)s and could not be renewed:"
                " %(words)s",
                serial=self.serial_number,
                end=end,
                words=last.words or "",
            )
        else:
            words = self.env._(
                "The certificate %(serial)s ends on %(end)s. Upload the next one (“Authorise"
                " again”), or let Odoo get its own KSeF certificates: then nobody has to do"
                " this again.",
                serial=self.serial_number,
                end=end,
            )
        connection._ask_for_help("certificate", words)

    @api.model
    def _mark_ended(self):
        self.sudo().search(
            [("state", "=", "active"), ("valid_to", "<", fields.Datetime.now())]
        ).write({"state": "expired"})

    def action_revoke(self, reason="Unspecified"):
        """Revoke at KSeF: nobody can log in or sign with it any more, for ever."""
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group("l10n_pl_ksef.group_manager"):
            raise UserError(self.env._("Only a KSeF administrator revokes certificates."))
        self._revoke_over(self.connection_id, reason)
        return True

    def _revoke_over(self, connection, reason):
        """Revoke at KSeF with the login of that connection."""
        certificate = self.sudo()
        try:
            connection._ask("revoke_certificate", certificate.serial_number, reason)
        except KsefError as error:
            raise UserError(explain(self.env, error)) from error
        keep(self.env, certificate._mark_revoked)

    def _mark_revoked(self):
        self.write({"state": "revoked", "sealed_key": False})
        for connection in self.env["l10n_pl_ksef.connection"].search(
            [
                "|",
                ("authentication_certificate_id", "in", self.ids),
                ("offline_certificate_id", "in", self.ids),
            ]
        ):
            if connection.authentication_certificate_id in self:
                connection.authentication_certificate_id = False
            if connection.offline_certificate_id in self:
                connection.offline_certificate_id = False

    # --- what others do at KSeF ----------------------------------------------------------------

    @api.model
    def _compare_with_ksef(self, connection):
        """Notice what was revoked at KSeF by somebody else: a login that it opened goes on for
        days and would tell too late."""
        used = connection.authentication_certificate_id | connection.offline_certificate_id
        held = used.filtered(lambda one: one.state == "active" and one.origin != "self_made")
        if not held or connection.method == "token":
            return
        status = {item.serial: item.status for item in connection._ask("query_certificates")}
        for certificate in held:
            if status.get(certificate.serial_number) in ("Blocked", "Revoked"):
                keep(self.env, certificate._was_revoked_elsewhere)

    def _was_revoked_elsewhere(self):
        """Say it on every connection that used it."""
        connections = self._connections()
        words = self.env._("It was revoked at KSeF, not by this Odoo.")
        self.write({"words": words})
        self._mark_revoked()
        for connection in map(for_readers, connections):
            connection._ask_for_help("certificate", self._words_revoked(connection))

    def _words_revoked(self, connection):
        _ = connection.env._
        serial = self.serial_number
        if self.kind == certificates.OFFLINE:
            return _(
                "The Offline certificate %(serial)s was revoked at KSeF. Without one, invoices"
                " cannot be issued when KSeF is out of reach. If that was no mistake of yours, ask"
                " who did it; then press “Get KSeF certificates”.",
                serial=serial,
            )
        return _(
            "The KSeF certificate %(serial)s was revoked at KSeF. The login goes on until %(end)s"
            " and nothing is lost, but it does not renew itself any more. If that was no mistake"
            " of yours, ask who did it; then press “Get KSeF certificates”, or authorise again.",
            serial=serial,
            end=format_datetime(connection.env, connection.refresh_end, tz="Europe/Warsaw"),
        )

    # --- cron ----------------------------------------------------------------------------------

    @api.model
    def _cron_certificates(self):
        """Follow requests, renew in time, notice what has ended."""
        self._mark_ended()
        connections = self.env["l10n_pl_ksef.connection"].sudo()
        for connection in connections.search([("state", "=", "connected")]):
            if connection._may_ask():
                try:
                    self._compare_with_ksef(connection)
                except KsefError as error:
                    _logger.info("KSeF did not tell about certificates: %s", error)
        self._renew_in_time()
        commit(self.env)
        now = fields.Datetime.now()
        waiting = self.sudo().search(
            [
                ("state", "in", ("requested", "processing")),
                ("connection_id.state", "=", "connected"),
                "|",
                ("next_try", "=", False),
                ("next_try", "<=", now),
            ]
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(waiting))
        for certificate in map(for_readers, waiting):
            certificate._carry_on()
            if not cron._commit_progress(1):
                break

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("KSeF certificates are kept: they prove who signed."))
