import logging
from base64 import b64decode, b64encode
from datetime import datetime, timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import NO_ACCESS

from ..ksef import certificates, crypto, xades
from ..ksef.errors import KsefError, Limited, Refused, Unauthorised, Unknown
from .connection import IDENTITY, METHODS, login_context
from .explain import error_details, explain, for_readers, translated
from .step import CLAIM_AUTHORISATION, claim, commit, keep
from .vault import SecretLost

_logger = logging.getLogger(__name__)

#: guide/uwierzytelnianie.md: a challenge lives ten minutes.
CHALLENGE_LIFE = timedelta(minutes=10)


class Authorisation(models.Model):
    """One attempt to authorise a connection: a request file, its signature, KSeF's answer."""

    _name = "l10n_pl_ksef.authorisation"
    _description = "KSeF Authorisation"
    _order = "id desc"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "l10n_pl_ksef.connection", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    environment = fields.Selection(related="connection_id.environment")
    # As whom it logs in; the connection takes that over when KSeF says yes, and only then.
    nip = fields.Char("NIP", readonly=True)
    context_type = fields.Char(readonly=True)
    context_value = fields.Char(readonly=True)
    # One attempt goes one way; whoever wants another one gets a new file and with it a new record.
    #
    #   waiting ──the signed file reached KSeF──> verifying ──200 and tokens taken──> done
    #      ^                │                          │
    #      └──no answer─────┘                          └──KSeF said no──> refused
    state = fields.Selection(
        [
            ("waiting", "Waiting for the signed file"),
            ("verifying", "Being verified by KSeF"),
            ("done", "Done"),
            ("refused", "Refused"),
        ],
        default="waiting",
        required=True,
        readonly=True,
    )
    challenge = fields.Char(readonly=True)
    challenge_end = fields.Datetime(readonly=True)
    request_file = fields.Binary(readonly=True, attachment=True)
    request_name = fields.Char(readonly=True)
    signed_file = fields.Binary(readonly=True, attachment=True, groups="base.group_system")
    method = fields.Selection(METHODS, readonly=True)
    alone = fields.Boolean("Without a person", readonly=True)
    enrol = fields.Boolean("Get KSeF certificates afterwards", readonly=True)
    # What the change of environment asked for; it holds when the dialog is closed meanwhile, too.
    use_after = fields.Boolean("Use for the company's invoices afterwards", readonly=True)
    disconnect_after_id = fields.Many2one(
        "l10n_pl_ksef.connection", "Disconnect afterwards", readonly=True
    )
    home = fields.Char(groups=NO_ACCESS, help="In which database it was begun.")
    # With what it logs in by itself; the connection takes it over when KSeF says yes.
    certificate_id = fields.Many2one("l10n_pl_ksef.certificate", readonly=True)
    sealed_token = fields.Char(groups=NO_ACCESS)
    signer = fields.Char(readonly=True)
    reference = fields.Char(readonly=True)
    authentication_token = fields.Char(groups=NO_ACCESS)
    submitted_on = fields.Datetime(readonly=True)
    status_code = fields.Integer(readonly=True)
    words = fields.Text("What KSeF said", readonly=True)

    @api.model
    def _begin(self, connection, identity=None):
        """Get a challenge and make the request file for it."""
        identity = identity or connection._identity()
        client = connection._anonymous_client()
        challenge = client.challenge()
        request = xades.auth_token_request(challenge.challenge, **login_context(identity))
        return self.sudo().create(
            {
                **identity,
                "connection_id": connection.id,
                "home": connection._home_now(),
                "challenge": challenge.challenge,
                # Counted from now: KSeF's clock and ours need not agree, the minutes do.
                "challenge_end": fields.Datetime.now() + CHALLENGE_LIFE,
                "request_file": b64encode(request),
                "request_name": (
                    f"KSeF-{connection.environment}-{identity['nip']}"
                    f"-{challenge.challenge[-2:]}.xml"
                ),
            }
        )

    def _identity(self):
        self.ensure_one()
        return {name: self[name] for name in IDENTITY}

    # --- without a person ----------------------------------------------------------------------

    @api.model
    def _renew(self, connection):
        """Log in with the KSeF certificate or token of the connection: no file, no person."""
        attempts = self.sudo()
        pending = attempts.search(
            [
                ("connection_id", "=", connection.id),
                ("alone", "=", True),
                ("state", "=", "verifying"),
                ("reference", "!=", False),
                ("submitted_on", ">", fields.Datetime.now() - CHALLENGE_LIFE),
            ],
            limit=1,
        )
        return pending or attempts._begin_alone(
            connection,
            {
                "alone": True,
                "method": connection.method,
                "signer": connection.signer,
                "sealed_token": connection.sealed_token,
                "certificate_id": connection.authentication_certificate_id.id,
            },
        )

    @api.model
    def _begin_alone(self, connection, means):
        """Log in with what is in ``means``: a certificate held here, or a sealed KSeF token.

        Raises ``Limited`` and ``Unknown``: nothing was learnt then, and it is tried again.
        """
        attempts = self.sudo()
        client = connection._anonymous_client()
        challenge = client.challenge()
        values = {
            **connection._identity(),
            "connection_id": connection.id,
            "home": connection._home_now(),
            "challenge": challenge.challenge,
            "challenge_end": fields.Datetime.now() + CHALLENGE_LIFE,
            "submitted_on": fields.Datetime.now(),
            "state": "verifying",
            **means,
        }
        context = login_context(values)
        certificate = self.env["l10n_pl_ksef.certificate"].browse(means.get("certificate_id"))
        try:
            if means.get("sealed_token"):
                started = attempts._start_with_token(
                    context, client, challenge, means["sealed_token"]
                )
            else:
                started = attempts._start_with_certificate(
                    context, client, challenge, certificate, connection
                )
        except (Refused, Unauthorised) as error:
            certificate._drop_unused()
            return attempts.create(
                {
                    **values,
                    "state": "refused",
                    "status_code": self._code_of(error),
                    "words": self._refusal_words(error),
                    "sealed_token": False,
                }
            )
        token = self.env["l10n_pl_ksef.vault"]._seal(started.token)
        return attempts.create(
            {**values, "reference": started.reference, "authentication_token": token}
        )

    @api.model
    def _start_with_certificate(self, context, client, challenge, certificate, connection):
        key, content = certificate._use_key("login", connection)
        seen = certificates.describe(content)
        request = xades.auth_token_request(
            challenge.challenge,
            **context,
            # A certificate that names nobody is known to KSeF by its fingerprint.
            by_fingerprint=not (seen.masked_pesel or seen.nip),
        )
        commit(self.env)  # the use of the key is on record, whatever comes of it
        return client.authenticate_xades(xades.sign(request, key, content))

    @api.model
    def _start_with_token(self, context, client, challenge, sealed_token):
        token = self.env["l10n_pl_ksef.vault"]._open_for_call(sealed_token)
        chosen = crypto.choose_key(
            client.public_keys(), "KsefTokenEncryption", datetime.now(timezone.utc)
        )
        others = {name: value for name, value in context.items() if name != "nip"}
        return client.authenticate_token(
            challenge.challenge,
            context.get("nip"),
            crypto.encrypt_token(token, challenge.timestamp_ms, chosen),
            chosen.public_key_id,
            **others,
        )

    @api.model
    def _code_of(self, error):
        if getattr(error, "reason_code", "") == "security-service-blocked":
            return 480  # the status that a login ends with for the same reason
        return min(error.codes, default=error.http_status or 0)

    def _forget_repeated(self):
        """Of refusals that repeat themselves every hour the latest one is kept."""
        self.ensure_one()
        earlier = self.search(
            [("connection_id", "=", self.connection_id.id), ("id", "<", self.id)], limit=1
        )
        if earlier.alone and earlier.state == "refused" and earlier.status_code == self.status_code:
            earlier.unlink()

    def _trouble(self):
        """What a refused login means for the connection (l10n_pl_ksef.trouble)."""
        self.ensure_one()
        return {
            415: "permission",
            425: "revoked",
            450: "token",
            460: "certificate",
            480: "blocked",
            21115: "certificate",
        }.get(self.status_code, "ended")

    # --- with a signed file --------------------------------------------------------------------

    def _examine(self, data):
        """What the uploaded file is: ``ksef.xades.Examination``."""
        self.ensure_one()
        return xades.examine(
            data,
            challenge=self.challenge,
            **login_context(self._identity()),
            environment=self.connection_id._environment(),
        )

    def _submit(self, data):
        """Pass the signed file on to KSeF, byte for byte as it was uploaded."""
        self.ensure_one()
        attempt = self.sudo()
        with claim(self.env, CLAIM_AUTHORISATION, attempt.id) as held:
            attempt.invalidate_recordset(["state"])
            # A second press must not disturb the verification that the first one began.
            if held and attempt.state == "waiting":
                attempt._submit_claimed(data)

    def _submit_claimed(self, data):
        seen = self._examine(data)
        self.write(
            {
                "signed_file": b64encode(data),
                "signer": self._signer_words(seen),
                "method": self._method_of(seen),
                "submitted_on": fields.Datetime.now(),
                "state": "verifying",
                "words": False,
            }
        )
        commit(self.env)
        try:
            started = self.connection_id._anonymous_client().authenticate_xades(data)
        except (Refused, Unauthorised) as error:
            values = {"state": "refused", "words": self._refusal_words(error)}
        except (Limited, Unknown) as error:
            # Nothing was learnt; the same file may be sent again while its challenge lives.
            values = {"state": "waiting", "words": explain(self.env, error)}
        else:
            values = {
                "reference": started.reference,
                "authentication_token": self.env["l10n_pl_ksef.vault"]._seal(started.token),
            }
            self.env.ref("l10n_pl_ksef.cron_verify")._trigger()
        keep(self.env, self.write, values)

    @api.model
    def _method_of(self, seen):
        return "trusted_profile" if seen.trusted_profile else "signature"

    @api.model
    def _signer_words(self, seen):
        """Name of the person, with no more of the PESEL than tells two people apart."""
        signer = seen.signer
        name = f"{signer.first_name} {signer.last_name}".strip() or signer.organisation
        if signer.pesel:
            return f"{name} (PESEL •••••••{signer.pesel[-4:]})".strip()
        if signer.nip:
            return f"{name} (NIP {signer.nip})".strip()
        return name or seen.certificate_subject

    def _progress(self):
        """Ask KSeF once how the verification stands, and take the tokens when it is done."""
        for attempt in self.sudo():
            with claim(self.env, CLAIM_AUTHORISATION, attempt.id) as held:
                attempt.invalidate_recordset(["state"])
                if not held or attempt.state != "verifying":
                    continue
                if attempt._is_away():
                    keep(self.env, attempt._give_up)
                elif attempt.reference:
                    attempt._ask_status()
                else:
                    # Nobody holds it, so who sent the file has died before the answer came.
                    keep(self.env, attempt._give_back)

    def _is_away(self):
        """Whether this is a copy of the database in which the attempt was begun.

        The tokens are given out once only, and they are the original's.
        """
        return self.environment == "production" and self.home != self.connection_id._home_now()

    def _give_up(self):
        self.write(
            {
                "state": "refused",
                "authentication_token": False,
                "sealed_token": False,
                "words": self.env._(
                    "This login was begun in another database, or under another address. Begin"
                    " a new one if it is really from here that the company sends to KSeF."
                ),
            }
        )

    def _give_back(self):
        self.write(
            {
                "state": "waiting",
                "words": self.env._(
                    "The answer of KSeF was lost. Upload the signed file again, or get a new one"
                    " if the time is over."
                ),
            }
        )

    def _ask_status(self):
        """Ask once; every way ends with what is to be written."""
        self.ensure_one()
        client = self.connection_id._anonymous_client()
        try:
            token = self.env["l10n_pl_ksef.vault"]._open_for_call(self.authentication_token)
            status = client.authentication_status(self.reference, token).status
            # The tokens are given out once only, so they are written down before anything else.
            tokens = client.redeem(token) if status.code == 200 else None
        except (Refused, Unauthorised) as error:
            values = {
                "state": "refused",
                "status_code": self._code_of(error),
                "words": self._refusal_words(error),
            }
            keep(self.env, self._end, values)
        except (Limited, Unknown, SecretLost) as error:
            values = {"words": explain(self.env, error)}
            keep(self.env, self.write, values)
        else:
            keep(self.env, self._take, status, tokens)
            if tokens:
                self._learn_permissions()
                if self.use_after:
                    keep(self.env, self._put_to_use)
                    old = self.disconnect_after_id
                    old.with_user(self.create_uid).sudo(False).action_disconnect()
                if self.enrol:
                    self.connection_id._enrol()
                    commit(self.env)

    def _take(self, status, tokens):
        if status.code == 100:
            # DEMO and production ask the issuer of the certificate: that may take long.
            self.write({"status_code": 100, "words": status.description})
        elif tokens:
            self.connection_id._mark_connected(tokens, self)
            self.write(
                {
                    "state": "done",
                    "status_code": 200,
                    "words": False,
                    "authentication_token": False,
                    "sealed_token": False,
                }
            )
        else:
            words = "\n".join([status.description, *(status.details or [])])
            self._end(
                {
                    "state": "refused",
                    "status_code": status.code,
                    "words": self._status_words(status.code, words),
                }
            )

    def _end(self, values):
        """Nothing comes of it: no secret of it is kept."""
        self.write({**values, "authentication_token": False, "sealed_token": False})
        if not self.alone:
            self.certificate_id._drop_unused()

    def _put_to_use(self):
        """Let the company's invoices go there, as was asked for when the login was begun."""
        self.use_after = False
        connection = self.connection_id.with_user(self.create_uid).sudo()
        try:
            connection._use()
        except UserError as error:
            # Somebody has sent an invoice to production meanwhile: the old one stays in use.
            connection._say(str(error))
            self.disconnect_after_id = False

    def _learn_permissions(self):
        try:
            self.connection_id._read_permissions()
        except KsefError as error:
            # The hourly check asks again.
            _logger.info("KSeF did not tell the permissions yet: %s", error)
        commit(self.env)

    def _status_words(self, code, words):
        """KSeF's refusal with what a person can do about it (status codes of GET /auth)."""
        _ = self.env._
        help_for = {
            415: _(
                "The person who signed has no permission for NIP %(nip)s. A sole trader has it for"
                " their own NIP at once. For a company the person must be named in a ZAW-FA form"
                " (paper or e-Tax Office; the tax office enters it in a few days), or somebody who"
                " already has rights grants them in the Taxpayer Application (Aplikacja"
                " Podatnika KSeF). The company's qualified seal works without any of that. Check"
                " also that the NIP is the right one: a sole trader's and a company's NIP are"
                " easily mixed up.",
                nip=self.nip,
            ),
            425: _("The login was revoked meanwhile. Get a new file and sign it."),
            450: _(
                "KSeF tokens belong to one NIP and work until somebody revokes them. Check that"
                " this one is for NIP %(nip)s, or make a new one in the Taxpayer Application; with"
                " a signature no token is needed.",
                nip=self.nip,
            ),
            460: _(
                "The certificate of the signature is not accepted: it may have expired, been"
                " revoked, or come from an issuer that KSeF does not trust. Self-made certificates"
                " work on TEST only."
            ),
            470: _("The signing means belongs to a person who is registered as deceased."),
            480: _(
                "KSeF blocked the login for reasons of security. Write to the Ministry of Finance"
                " by the form on its KSeF pages."
            ),
        }
        again = _("Try again, or log in by another method.")
        return f"{words}\n\n{help_for.get(code, again)}"

    def _refusal_words(self, error):
        """The refusal of an uploaded file (error codes of POST /auth/xades-signature)."""
        _ = self.env._
        help_for = {
            21111: _(
                "The request file is too old, was used already, or belongs to another KSeF"
                " environment. Get a new file, sign it and upload it within ten minutes."
            ),
            21115: _("The certificate of the signature is not valid for KSeF."),
            21217: _(
                "The file was changed on its way (its characters were re-encoded). Upload it as it"
                " was downloaded after signing, without opening it."
            ),
            9102: _("KSeF found no signature in the file. Upload the file that you signed."),
            9103: _("The file is signed more than once. Get a new file and sign it once."),
            9105: _(
                "KSeF says that the signature is not right. Most often the file was opened and"
                " saved again: download a new one, do not open it, sign it, upload it."
            ),
        }
        known = [
            words for code, words in help_for.items() if code in (getattr(error, "codes", ()) or ())
        ]
        again = _("Get a new request file, sign it and upload it without opening it.")
        return "\n\n".join([error_details(error), *(known or [again])])

    @api.model
    def _cron_verify(self):
        """Follow the verifications that nobody watches."""
        attempts = self.sudo().search(
            [
                ("state", "=", "verifying"),
                ("submitted_on", ">", fields.Datetime.now() - timedelta(days=7)),
            ]
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(attempts))
        for attempt in map(for_readers, attempts):
            attempt._progress()
            if not cron._commit_progress(1):
                break

    def _problem_words(self, problems):
        return [translated(self.env, problem) for problem in problems]


def uploaded(value):
    """The bytes of a Binary field's value."""
    return b64decode(value or b"")
