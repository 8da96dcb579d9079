from datetime import datetime, timezone

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools.misc import format_date, format_datetime

from ..ksef import deadlines, environments, latarnia
from .connection import ENVIRONMENTS
from .moments import to_odoo
from .probe import FRESH

KINDS = [
    ("OBSERVED", "Not announced"),
    ("MAINTENANCE", "Announced unavailability"),
    ("FAILURE", "Announced failure"),
    ("TOTAL_FAILURE", "Announced total failure"),
]
SOURCES = [
    ("observed", "Noticed by Odoo"),
    ("latarnia", "Latarnia"),
    ("by_hand", "Entered by hand"),
]
#: Which mode the law allows while an outage lasts.
MODE_DURING = {
    "MAINTENANCE": deadlines.Mode.OFFLINE,
    "FAILURE": deadlines.Mode.EMERGENCY,
    "TOTAL_FAILURE": deadlines.Mode.TOTAL_FAILURE,
}
#: What only the addon itself writes.
OWN = {"source", "event", "announcement_ids", "superseded_by_id"}


class Outage(models.Model):
    """An interval in which one environment of KSeF is down, or announced to be.

    Deadlines follow from the announced ones, so nothing is deleted; what was entered by mistake is
    archived, and each change stands in the record's history.
    """

    _name = "l10n_pl_ksef.outage"
    _inherit = ["mail.thread"]
    _description = "KSeF Outage"
    _order = "start desc, id desc"
    _mail_post_access = "read"

    active = fields.Boolean(default=True, tracking=True)
    environment = fields.Selection(
        ENVIRONMENTS, required=True, default="production", index=True, tracking=True
    )
    kind = fields.Selection(
        KINDS,
        required=True,
        tracking=True,
        help="An announced unavailability, failure or total failure allows a mode of issue and"
        " moves deadlines. From an outage that was not announced nothing follows.",
    )
    start = fields.Datetime(required=True, tracking=True)
    end = fields.Datetime(tracking=True, help="Empty as long as nobody knows the end.")
    announced = fields.Datetime(
        "Announced on", tracking=True, help="When it was made public. Deadlines move by it."
    )
    announcement = fields.Char(
        "Announcement number", tracking=True, help="The Ministry's number, such as K/2026/AWR/02."
    )
    source = fields.Selection(
        SOURCES, required=True, readonly=True, default="by_hand", tracking=True
    )
    event = fields.Char(readonly=True, help="Latarnia's number of the event.")
    title = fields.Char(tracking=True)
    text = fields.Text("Text of the announcement", tracking=True)
    link = fields.Char(
        "Link to the BIP",
        tracking=True,
        help="Where the announcement stands in the Ministry's Public Information Bulletin (BIP).",
    )
    announcement_ids = fields.Many2many(
        "l10n_pl_ksef.announcement", string="Announcements in force", readonly=True
    )
    superseded_by_id = fields.Many2one(
        "l10n_pl_ksef.outage",
        "Replaced by",
        readonly=True,
        ondelete="restrict",
        tracking=True,
        help="Latarnia announced the same outage later. What Latarnia says holds.",
    )
    consequence = fields.Text("What follows", compute="_compute_consequence")

    _event_uniq = models.UniqueIndex("(environment, event, kind) WHERE source = 'latarnia'")
    _observed_uniq = models.UniqueIndex(
        "(environment) WHERE source = 'observed' AND \"end\" IS NULL AND active"
    )

    @api.depends("kind", "announcement", "start")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for outage in self:
            parts = [kinds.get(outage.kind), outage.announcement]
            if outage.start:
                parts.append(self._when(outage.start))
            outage.display_name = " ".join(part for part in parts if part)

    def _when(self, moment):
        return format_datetime(self.env, moment, tz="Europe/Warsaw", dt_format="short")

    # --- by hand -------------------------------------------------------------------------------

    @api.constrains("start", "end")
    def _check_order(self):
        for outage in self:
            if outage.end and outage.end < outage.start:
                raise ValidationError(self.env._("An outage cannot end before it starts."))

    @api.constrains("source", "kind", "link", "text", "announced")
    def _check_by_hand(self):
        for outage in self.filtered(lambda outage: outage.source == "by_hand"):
            if outage.kind == "OBSERVED":
                raise ValidationError(
                    self.env._("By hand only what the Ministry has announced is entered.")
                )
            if not (outage.link or "").strip().lower().startswith(("https://", "http://")):
                raise ValidationError(
                    self.env._(
                        "Give the address of the announcement in the Ministry's Public Information"
                        " Bulletin (BIP), beginning with https://. It is the evidence for a later"
                        " deadline."
                    )
                )
            if not outage.announced or not (outage.text or "").strip():
                raise ValidationError(
                    self.env._("Give the text of the announcement and when it was published.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for values in vals_list:
                self._refuse_own(values)
        outages = super().create(vals_list)
        outages._tell_if_by_hand()
        return outages

    def write(self, vals):
        if not self.env.su:
            self.check_access("write")
            self._refuse_own(vals)
            if any(outage.source != "by_hand" for outage in self):
                raise UserError(
                    self.env._(
                        "What Odoo noticed and what Latarnia announced is not changed by hand."
                        " Enter an announcement of your own if Latarnia is silent."
                    )
                )
        before = set(self.mapped("environment"))
        res = super().write(vals)
        if vals.keys() - {"message_main_attachment_id"}:
            self._tell_if_by_hand(before)
        return res

    def _refuse_own(self, values):
        if any(values[name] and values[name] != "by_hand" for name in OWN & values.keys()):
            raise AccessError(self.env._("This is written by Odoo alone."))

    def _tell_if_by_hand(self, before=()):
        """Deadlines and proposals follow what a person entered, at once."""
        changed = set(self.mapped("environment")) | set(before)
        by_hand = self.filtered(lambda outage: outage.source == "by_hand")
        if by_hand and not self.env.context.get("l10n_pl_ksef_quiet"):
            self.sudo()._supersede(changed)
            self.env["res.company"].sudo()._l10n_pl_ksef_outages_changed(sorted(changed))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._(
                "Deadlines of invoices may have followed from it, so an outage is kept as evidence."
                " Archive what was entered by mistake."
            )
        )

    # --- for deadlines -------------------------------------------------------------------------

    @api.model
    def _known(self, environment):
        """All outages of an environment that count, as ``ksef.deadlines`` wants them."""
        found = (
            self.sudo()
            .with_context(active_test=True)
            .search([("environment", "=", environment), ("superseded_by_id", "=", False)])
        )
        return [outage._plain() for outage in found]

    def _plain(self):
        """As a ``ksef.deadlines.Outage``."""
        self.ensure_one()
        return deadlines.Outage(
            deadlines.OutageKind(self.kind),
            _aware(self.start),
            _aware(self.end),
            _aware(self.announced),
            self.announcement or "",
        )

    @api.depends("kind", "start", "end", "announced", "environment")
    @api.depends_context("lang", "company")
    def _compute_consequence(self):
        known = {code: self._known(code) for code in set(self.mapped("environment")) if code}
        for outage in self:
            ready = outage.kind and outage.start and outage.environment
            outage.consequence = ready and outage._consequence(known[outage.environment])

    def _consequence(self, known):
        """What the law makes of the invoices issued while it lasts."""
        self.ensure_one()
        _ = self.env._
        values = {"start": self._when(self.start), "end": self.end and self._when(self.end)}
        mode = MODE_DURING.get(self.kind)
        if mode is None and self._is_announced_too(known):
            words = _(
                "It falls into an outage that was announced; what follows from that one is said"
                " there."
            )
        elif mode is None:
            words = _(
                "Nothing was announced, so no deadline moves: an invoice issued offline meanwhile"
                " (offline24) must be sent on the next business day after its issue."
            )
        elif mode is deadlines.Mode.TOTAL_FAILURE:
            words = (
                _(
                    "Invoices issued between %(start)s and %(end)s stay outside KSeF for good and"
                    " bear no codes. Invoices that waited to be sent when it was announced need not"
                    " be sent any more.",
                    **values,
                )
                if self.end
                else _(
                    "Invoices issued since %(start)s stay outside KSeF for good and bear no codes."
                    " Invoices that waited to be sent when it was announced need not be sent any"
                    " more.",
                    **values,
                )
            )
        else:
            words = self._deadline_words(mode, known, values)
        if not environments.get(self.environment).binding:
            practice = _("This is practice: nothing real follows from it.")
            words = f"{words} {practice}"
        return words

    def _is_announced_too(self, known):
        """Whether an announced outage meets the interval that Odoo noticed."""
        return any(
            other.kind is not deadlines.OutageKind.OBSERVED
            and (not self.end or other.start < _aware(self.end))
            and (not other.end or _aware(self.start) < other.end)
            for other in known
        )

    def _deadline_words(self, mode, known, values):
        _ = self.env._
        company = self.env.company
        saturday = bool(company._fields.get("l10n_pl_ksef_saturday_counts")) and (
            company.sudo().l10n_pl_ksef_saturday_counts
        )
        day = deadlines.deadline(
            mode, _aware(self.start), known or [self._plain()], saturday_counts=saturday
        ).day
        values["day"] = day and format_date(self.env, day)
        values["mode"] = _(mode.words)
        if self.end and day:
            return _(
                "Invoices issued between %(start)s and %(end)s in the mode “%(mode)s” must be sent"
                " to KSeF by %(day)s.",
                **values,
            )
        if mode is deadlines.Mode.EMERGENCY:
            return _(
                "Invoices issued since %(start)s may be issued in the mode “%(mode)s”. They must be"
                " sent within seven business days after the end of the failure, which is not"
                " announced yet.",
                **values,
            )
        return _(
            "Invoices issued since %(start)s may be issued in the mode “%(mode)s”. They must be"
            " sent on the next business day after its end, which is not announced yet.",
            **values,
        )

    # --- from Latarnia's messages --------------------------------------------------------------

    @api.model
    def _follow(self, environment):
        """Make the announced outages what all known messages of an environment say.

        Returns whether something changed.
        """
        records = self.env["l10n_pl_ksef.announcement"]._by_message(environment)
        latest = set(latarnia.latest(records))
        for message, record in records.items():
            if record.replaced != (message not in latest):
                record.replaced = message not in latest
        known = {
            (outage.event, outage.kind): outage
            for outage in self.with_context(active_test=False).search(
                [("environment", "=", environment), ("source", "=", "latarnia")]
            )
        }
        changed = False
        for announced in latarnia.outages(records):
            values = self._announced_values(environment, announced, records)
            outage = known.pop((values["event"], values["kind"]), None)
            if outage is None:
                self.create(values)
                changed = True
            else:
                changed |= outage._update(values)
        for outage in known.values():
            # A later version says something else; what it was stays in the history.
            changed |= outage._update({"active": False})
        self._supersede([environment])
        return changed

    def _announced_values(self, environment, announced, records):
        outage, newest = announced.outage, announced.messages[0]
        return {
            "active": True,
            "environment": environment,
            "source": "latarnia",
            "event": str(newest.event_id),
            "kind": outage.kind.value,
            "start": to_odoo(outage.start),
            "end": to_odoo(outage.end),
            "announced": to_odoo(outage.announced),
            "announcement": outage.announcement,
            "title": newest.title,
            "text": "\n\n".join(message.text for message in announced.messages),
            "announcement_ids": [
                fields.Command.set([records[message].id for message in announced.messages])
            ],
        }

    def _update(self, values):
        """Write what is different; returns whether anything was."""
        self.ensure_one()
        different = {
            name: value
            for name, value in values.items()
            if name != "announcement_ids" and self[name] != value
        }
        if set(self.announcement_ids.ids) != set(
            values.get("announcement_ids", [(6, 0, self.announcement_ids.ids)])[0][2]
        ):
            different["announcement_ids"] = values["announcement_ids"]
        if different:
            self.write(different)
        return bool(different)

    @api.model
    def _supersede(self, codes):
        """What a person entered gives way to Latarnia's own words about the same outage.

        The same outage: the numbers agree, or, where none was entered, kind and time do.
        """
        found = self.search(
            [("environment", "in", list(codes)), ("source", "in", ("by_hand", "latarnia"))]
        )
        official = found.filtered(lambda outage: outage.source == "latarnia")
        for outage in found - official:
            same = official.filtered(outage._is_same)[:1]
            if outage.superseded_by_id != same:
                outage.with_context(l10n_pl_ksef_quiet=True).superseded_by_id = same

    def _is_same(self, official):
        """Whether this one, entered by hand, is an outage that Latarnia announced."""
        if (self.environment, self.kind) != (official.environment, official.kind):
            return False
        number = (self.announcement or "").strip().upper()
        if number:
            messages = official.announcement_ids.mapped("number") + [official.announcement]
            return number in {(one or "").strip().upper() for one in messages}
        endless = datetime.max
        return self.start <= (official.end or endless) and official.start <= (self.end or endless)

    # --- by our own probes ---------------------------------------------------------------------

    @api.model
    def _observe(self, environment):
        """Open an outage after two failed probes, close it after two good ones.

        Returns whether something changed.
        """
        probes = self.env["l10n_pl_ksef.probe"]._latest(environment, 2)
        states = set(probes.mapped("state"))
        running = self.search(
            [
                ("environment", "=", environment),
                ("source", "=", "observed"),
                ("end", "=", False),
            ]
        )
        if len(probes) < 2 or len(states) > 1:
            return False
        # The run began with the earlier of the two, or a change of state would have been seen then.
        began, last = sorted(probes.mapped("moment"))
        if states == {"unavailable"} and not running and last - began <= FRESH:
            self.create(
                {
                    "environment": environment,
                    "source": "observed",
                    "kind": "OBSERVED",
                    "start": began,
                }
            )
            return True
        if states == {"available"} and running:
            running.end = max(began, *running.mapped("start"))
            return True
        return False


def _aware(moment):
    return moment.replace(tzinfo=timezone.utc) if moment else None
