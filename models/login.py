import logging
import re
import time
from datetime import timedelta

from odoo import api, fields, models, modules
from odoo.fields import NO_ACCESS

from ..ksef import environments
from ..ksef.client import Client
from ..ksef.errors import ApiError, Limited, Refused, Unauthorised, Unknown
from .explain import error_details
from .moments import to_odoo
from .step import CLAIM_CONNECTION, keep, wait_for
from .trouble import PASSING
from .vault import SecretLost

_logger = logging.getLogger(__name__)

DEFAULT_SIMULATOR = "http://127.0.0.1:8199"
#: An access token is renewed while it is still good for this long: a request may take a while.
ACCESS_MARGIN = timedelta(seconds=60)
#: A login by KSeF certificate or token is verified inside KSeF, so it is worth waiting, in seconds.
ALONE_PATIENCE = (0.2, 0.5, 1, 2, 3)


class Login(models.AbstractModel):
    """The part of a connection that talks to KSeF: tokens, and how they are renewed.

    The access token (minutes) is renewed with the refresh token (days); that one by a new login
    with the KSeF certificate or the KSeF token, for which nobody is needed.
    """

    _name = "l10n_pl_ksef.login"
    _description = "KSeF Login"

    access_token = fields.Char(groups=NO_ACCESS, copy=False)
    access_end = fields.Datetime(groups=NO_ACCESS, copy=False)
    refresh_token = fields.Char(groups=NO_ACCESS, copy=False)
    refresh_end = fields.Datetime("Login good until", readonly=True, copy=False)
    sealed_token = fields.Char(groups=NO_ACCESS, copy=False)
    limited_until = fields.Datetime(readonly=True, copy=False)

    # --- addresses -----------------------------------------------------------------------------

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

    # --- asking --------------------------------------------------------------------------------

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
                else:
                    keep(self.env, connection._mark_lacking, error)
                raise
            except Limited as error:
                connection.limited_until = fields.Datetime.now() + timedelta(
                    seconds=error.retry_after
                )
                raise

    def _may_log_in_again(self):
        """Whether KSeF said a no that it may take back, and no person is needed to try."""
        self.ensure_one()
        return (
            self.state == "expired"
            and self.trouble in PASSING
            and self._can_log_in_alone()
            and self._is_at_home()
        )

    def _may_ask(self):
        """Whether a request makes sense now: authorised, at home, and no limit to sit out."""
        self.ensure_one()
        if self.state == "connected" and not self._is_at_home():
            self._fall_asleep()
        return self.state == "connected" and not self._is_limited()

    def _is_limited(self):
        """Whether KSeF told us to wait: every question before the end makes it longer."""
        self.ensure_one()
        return bool(self.limited_until and self.limited_until > fields.Datetime.now())

    # --- tokens --------------------------------------------------------------------------------

    def _access_token(self, force=False):
        """A valid access token; renews it, one worker at a time, and commits the new one."""
        self.ensure_one()
        if not self._is_at_home():
            self._fall_asleep()
            self._not_authorised()
        known = self.access_token
        try:
            if force or not self._access_is_fresh():
                with wait_for(self.env, CLAIM_CONNECTION, self.id):
                    self.invalidate_recordset()
                    if self.access_token == known or not self._access_is_fresh():
                        self._renew_access()
            return self.env["l10n_pl_ksef.vault"]._open_for_call(self.access_token)
        except SecretLost as lost:
            # The key may come back with a restored file, so nothing is forgotten here.
            keep(self.env, self._ask_for_help, "key", lost.words)
            raise

    def _access_is_fresh(self):
        return bool(
            self.access_token
            and self.access_end
            and self.access_end > fields.Datetime.now() + ACCESS_MARGIN
        )

    def _not_authorised(self):
        words = self.env._("The KSeF connection “%(name)s” is not authorised.", name=self.name)
        raise Unauthorised(
            [ApiError(None, words)], operation="POST /auth/token/refresh", http_status=401
        )

    def _renew_access(self):
        if self.state != "connected":
            self._not_authorised()
        now = fields.Datetime.now()
        ended, trouble = None, "ended"
        if self.refresh_token and (not self.refresh_end or self.refresh_end > now):
            try:
                self._refresh()
                return
            except (Unauthorised, Refused) as error:
                # Our login has ended; what the caller wanted to ask was not refused.
                ended = Unauthorised(error.errors, operation=error.operation, http_status=401)
                trouble = self._trouble_of(error)
        if self._can_log_in_alone():
            self._log_in_alone()
            return
        if ended is None:
            words = self.env._("The login has reached its end.")
            ended = Unauthorised([ApiError(None, words)], http_status=401)
        keep(self.env, self._mark_expired, ended, trouble)
        raise ended

    def _trouble_of(self, error):
        """What a refused renewal means; KSeF names the status of the login in its words only."""
        said = error_details(error)
        status = re.search(r"\((425|480)\)", said)
        if status:
            return {"425": "revoked", "480": "blocked"}[status[1]]
        return "ended"

    def _refresh(self):
        vault = self.env["l10n_pl_ksef.vault"]
        token = self._anonymous_client().refresh(vault._open_for_call(self.refresh_token))
        values = {
            "access_token": vault._seal(token.value),
            "access_end": to_odoo(token.valid_until),
        }
        keep(self.env, self.write, values)

    # --- without a person ----------------------------------------------------------------------

    def _can_log_in_alone(self):
        self.ensure_one()
        certificate = self.authentication_certificate_id
        return bool(self.sealed_token) or bool(certificate and certificate._is_good())

    def _log_in_alone(self):
        """Log in anew with the KSeF certificate or token; the caller holds the connection."""
        attempts = self.env["l10n_pl_ksef.authorisation"]
        attempt = attempts._renew(self)
        for pause in ALONE_PATIENCE:
            attempt._progress()
            if attempt.state != "verifying":
                break
            time.sleep(pause if not modules.module.current_test else pause / 10)
        if attempt.state == "done":
            return
        if attempt.state == "refused":
            keep(self.env, attempt._forget_repeated)
            if attempt._trouble() == "certificate":
                keep(self.env, attempt.certificate_id.sudo()._does_not_work, attempt.words)
                if self._can_log_in_alone():
                    # The one before is still good: it was kept for this.
                    self._log_in_alone()
                    return
            # What to do about it says the connection.
            said = (attempt.words or "").partition("\n\n")[0]
            error = Unauthorised([ApiError(None, said)], http_status=401)
            keep(self.env, self._mark_expired, error, attempt._trouble())
            raise error
        # It goes on by the cron that follows verifications; what waits is tried again.
        raise Unknown("timeout", may_have_arrived=False, operation="GET /auth/{referenceNumber}")

    def _forgotten(self):
        """The values that forget every secret of the login."""
        return {
            "access_token": False,
            "access_end": False,
            "refresh_token": False,
            "refresh_end": False,
        }

    def _said(self, error):
        return error_details(error)
