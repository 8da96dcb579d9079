from datetime import timedelta
from urllib.parse import urlsplit

from markupsafe import Markup
from odoo import api, fields, models

from .explain import explain
from .step import commit

#: A trouble that goes on is mailed once; ticked off without a cure it asks again after that.
ASK_AGAIN = timedelta(days=1)
#: Troubles of a connection that works all the same, the lesser one first: they never hide a
#: greater one, and two at a time do not take turns.
MILD = ("certificate", "ending")
#: What KSeF may take back without a signature: it is worth asking again (415, 480).
PASSING = ("permission", "blocked")
#: 403: what the reason means for the connection. The others speak of one operation only.
REASONS = {
    "missing-permissions": "permission",
    "ip-not-allowed": "permission",
    "security-service-blocked": "blocked",
}


def weight(trouble):
    return MILD.index(trouble) if trouble in MILD else len(MILD)


class Trouble(models.AbstractModel):
    """The part of a connection that notices when a person has to act, and tells them once.

    A trouble leads to words on the connection, an activity for the person responsible and a mail to
    everybody of the KSeF administrators' group; documents wait, nothing is lost.
    """

    _name = "l10n_pl_ksef.trouble"
    _description = "KSeF Trouble"

    trouble = fields.Selection(
        [
            ("ended", "The login has ended"),
            ("revoked", "The login was revoked at KSeF"),
            ("permission", "A permission is missing"),
            ("certificate", "The KSeF certificate"),
            ("token", "The KSeF token"),
            ("blocked", "KSeF blocked the login"),
            ("key", "The encryption key of this server is another one"),
            ("asleep", "A copy of the database, or a new address"),
            ("ending", "A signature is needed soon"),
        ],
        readonly=True,
        copy=False,
    )
    trouble_words = fields.Text("What is wrong", readonly=True, copy=False)
    told = fields.Char(readonly=True, copy=False)
    told_on = fields.Datetime(readonly=True, copy=False)
    homes = fields.Text(
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="The databases and addresses from which an administrator let production be used.",
    )

    # --- telling -------------------------------------------------------------------------------

    def _ask_for_help(self, trouble, words, deadline=None):
        """Say it once: the same trouble does not make a second activity or mail."""
        self.ensure_one()
        if self.trouble and weight(trouble) < weight(self.trouble):
            return  # it is told when the greater one is over
        now = fields.Datetime.now()
        same = self.trouble == trouble
        lately = self.told == trouble and self.told_on > now - ASK_AGAIN
        self.write({"trouble": trouble, "trouble_words": words})
        if same and (lately or self._open_activities()):
            return
        name = self._selection_name("trouble")
        summary = self.env._("KSeF: %(trouble)s", trouble=name)
        self.activity_unlink(["mail.mail_activity_data_todo"])
        told = same or lately
        # Odoo mails whoever gets an activity; our own mail goes to that person too.
        self.with_context(mail_activity_quick_update=not told).activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=deadline or fields.Date.context_today(self),
            summary=summary,
            note=words,
            user_id=self._responsible().id,
        )
        if not told:
            self._mail_managers(summary, words)
        self.write({"told": trouble, "told_on": now})

    def _open_activities(self):
        todo = self.env.ref("mail.mail_activity_data_todo")
        return self.activity_ids.filtered(
            lambda activity: activity.automated and activity.activity_type_id == todo
        )

    def _responsible(self):
        """Who signed last, if they still work here; else an administrator of KSeF."""
        managers = self._managers()
        last = self.authorisation_ids.filtered(
            lambda attempt: attempt.state == "done" and not attempt.alone
        )[:1]
        user = (last or self).create_uid
        if user in managers:
            return user
        return managers[:1] or self.env.user

    def _managers(self):
        group = self.env.ref("l10n_pl_ksef.group_manager")
        return group.sudo().all_user_ids.filtered(
            lambda user: (
                user.active
                and not user.share
                and self.company_id in user.company_ids
                and user.id != self.env.ref("base.user_root").id
            )
        )

    def _mail_managers(self, subject, words):
        partners = self._managers().partner_id
        if not partners:
            return
        body = Markup("<p>%s</p>") % words
        self.message_notify(
            partner_ids=partners.ids,
            subject=f"{subject} – {self.name}",
            body=body,
            email_layout_xmlid="mail.mail_notification_light",
        )

    def _say(self, words):
        self.message_post(body=words)

    def _is_over(self, *troubles):
        """Forget the trouble, if it is one of these: it works again."""
        self.ensure_one()
        if self.trouble in troubles:
            self.write({"trouble": False, "trouble_words": False})
            self.activity_unlink(["mail.mail_activity_data_todo"])

    # --- what can happen -----------------------------------------------------------------------

    def _mark_expired(self, error, trouble="ended"):
        """Nobody but a person can log in again."""
        self.ensure_one()
        words = explain(self.env, error)
        if trouble in PASSING:
            words = self._said(error)
        self.write(
            {
                "state": "expired",
                **self._forgotten(),
                "last_check": fields.Datetime.now(),
                "last_check_result": words,
            }
        )
        self._ask_for_help(trouble, f"{self._said(error)}\n{self._next_step_expired(trouble)}")

    def _mark_lacking(self, error):
        """The login is good, but something was taken away (403)."""
        trouble = REASONS.get(error.reason_code)
        if trouble:
            self._ask_for_help(trouble, explain(self.env, error))

    # --- copies --------------------------------------------------------------------------------

    @api.model
    def _home_now(self):
        """Which database this is, where it lies and where people reach it.

        A dump restored under another name, or by another PostgreSQL, has the same uuid, and the
        same address until somebody opens it; its scheduled actions do not wait for that.
        """
        self.env.cr.execute(
            """
            SELECT current_database(),
                   CASE WHEN has_function_privilege('pg_control_system()', 'execute')
                        THEN (SELECT system_identifier FROM pg_control_system())
                    END
            """
        )
        name, place = self.env.cr.fetchone()
        parameters = self.env["ir.config_parameter"].sudo()
        address = urlsplit(parameters.get_param("web.base.url") or "").netloc
        return f"{parameters.get_param('database.uuid')} {name} {place or ''} {address}"

    def _is_at_home(self):
        """Whether this is the database that an administrator connected with production.

        A restored copy, or a staging server, must never send in the company's name.
        """
        self.ensure_one()
        homes = (self.sudo().homes or "").splitlines()
        return self.environment != "production" or not homes or self._home_now() in homes

    def _settle_at_home(self):
        homes = (self.sudo().homes or "").splitlines()
        if self._home_now() not in homes:
            self.sudo().homes = "\n".join([*homes, self._home_now()])

    def _fall_asleep(self):
        self.ensure_one()
        if self.state != "connected":
            return
        self.state = "asleep"
        self._ask_for_help(
            "asleep",
            self.env._(
                "This database, or its address, is not the one that was connected with the"
                " production KSeF. If it is a copy, leave the connection asleep. If the company has"
                " moved here, open the connection and press “This is the company's database”."
            ),
        )
        commit(self.env)

    def _wake_at_home(self):
        """Go on when it was only away for a while, under another address for example."""
        self.ensure_one()
        if self._is_at_home():
            self.state = "connected"
            self._is_over("asleep")
            commit(self.env)

    def action_wake(self):
        """An administrator says that this is the company's own database."""
        self.check_access("write")
        for connection in self.filtered(lambda one: one.state == "asleep"):
            woken = connection.sudo()
            woken._settle_at_home()
            woken.state = "connected"
            woken._is_over("asleep")
            woken._say(
                self.env._(
                    "%(user)s confirmed this database as the company's own.",
                    user=self.env.user.name,
                )
            )
        return True
