from odoo import fields, models
from odoo.tools.misc import format_date

#: No more invoices are named in a reminder; the list behind it shows all.
NAMED = 10
ACTIVITY = "l10n_pl_ksef.activity_deadline"


class Connection(models.Model):
    """Reminders of what must be at KSeF soon.

    One activity for each person who issued invoices offline, and not one for each invoice; an
    overdue invoice is also mailed, once a day, to the KSeF administrators.
    """

    _inherit = "l10n_pl_ksef.connection"

    escalated_on = fields.Date(readonly=True, copy=False)

    def _has_to_meet_deadlines(self):
        """Neither practice that is over nor a copy of the database reminds anybody."""
        self.ensure_one()
        in_use = self.environment == "production" or self.is_current
        return in_use and self.state != "asleep" and self._is_at_home()

    def _remind_of_deadlines(self, documents, today):
        """``documents``: offline ones due by the next business day, overdue ones among them."""
        self.ensure_one()
        writers = (
            self.env.ref("l10n_pl_ksef.group_user")
            .sudo()
            .all_user_ids.filtered(lambda user: user.active and self.company_id in user.company_ids)
        )
        responsible = self._responsible()
        groups = documents.grouped(lambda document: document.create_uid & writers or responsible)
        for person, theirs in groups.items():
            self._schedule_deadline(person, theirs, today)
        self._reminders().filtered(lambda activity: activity.user_id not in groups).unlink()
        late = documents.filtered(lambda document: document.deadline < today)
        if late:
            self._escalate(late, today)

    def _schedule_deadline(self, user, documents, today):
        late = documents.filtered(lambda document: document.deadline < today)
        day = documents[0].deadline
        _ = self.env._
        summary = (
            _("KSeF: %(count)s invoices are overdue", count=len(late))
            if late
            else _(
                "KSeF: %(count)s invoices must be sent by %(day)s",
                count=len(documents),
                day=format_date(self.env, day),
            )
        )
        note = self._words_of_due(documents, late)
        open_ones = self._reminders().filtered(lambda activity: activity.user_id == user)
        if open_ones:
            open_ones[1:].unlink()
            values = {"summary": summary, "note": note, "date_deadline": day}
            if any(open_ones[0][name] != values[name] for name in ("summary", "date_deadline")):
                open_ones[0].write(values)
            return
        self.activity_schedule(
            ACTIVITY, date_deadline=day, summary=summary, note=note, user_id=user.id
        )

    def _reminders(self):
        return self.activity_ids.filtered(
            lambda activity: (
                activity.automated and activity.activity_type_id == self.env.ref(ACTIVITY)
            )
        )

    def _words_of_due(self, documents, late):
        _ = self.env._
        names = ", ".join(documents[:NAMED].mapped("number"))
        if len(documents) > NAMED:
            names += _(" and %(count)s more", count=len(documents) - NAMED)
        if self.state != "connected":
            # Nothing goes by itself, whether KSeF answers or not.
            advice = self.next_step
        elif late:
            advice = _(
                "They should have been at KSeF already. Open KSeF ▸ Availability: if KSeF answers,"
                " press “Send to KSeF now” on the invoices; if it does not, keep a confirmation of"
                " unavailability, and send from another line if yours is down. An invoice that"
                " KSeF rejected for a technical reason needs a technical correction."
            )
        else:
            advice = _(
                "They go out by themselves as soon as KSeF answers. Look at KSeF ▸ Availability;"
                " if only your line is down, find another one before the day is over."
            )
        return f"{names}. {advice}"

    def _escalate(self, late, today):
        """Tell the administrators, once a day."""
        if self.escalated_on == today:
            return
        summary = self.env._("KSeF: %(count)s invoices are overdue", count=len(late))
        self._mail_managers(summary, self._words_of_due(late, late))
        self.escalated_on = today

    def _deadlines_are_met(self):
        """Nothing is due any more."""
        done = self.filtered(
            lambda connection: self.env.ref(ACTIVITY) in connection.activity_ids.activity_type_id
        )
        if done:
            done.activity_unlink([ACTIVITY])

    def _due_counts(self, today):
        """What waits, for the dashboard and the light: ``{due today, overdue, waiting}``."""
        self.ensure_one()
        groups = self.env["l10n_pl_ksef.document"]._read_group(
            [
                ("connection_id", "=", self.id),
                ("mode", "!=", "online"),
                *self.env["l10n_pl_ksef.document"]._still_due(),
            ],
            ["deadline:day"],
            ["__count"],
        )
        counts = {"due_today": 0, "overdue": 0, "waiting": 0}
        for day, count in groups:
            counts["waiting"] += count
            if day and day < today:
                counts["overdue"] += count
            elif day == today:
                counts["due_today"] += count
        return counts
