import logging
import time
from collections import defaultdict

from markupsafe import Markup
from odoo import api, fields, models, modules
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tools import sql

from ..ksef import fa3, qr
from .connection import ENVIRONMENTS
from .document import ON_THEIR_WAY, STATES
from .explain import translated
from .fa3_source import Obstacle, Source
from .modes import MODES_AT_KSEF, MODES_OF_ISSUE, OFFLINE_MODES
from .step import CLAIM_DOCUMENT, claim, commit

_logger = logging.getLogger(__name__)

#: States in which KSeF has or may have the document.
AT_KSEF = {"sending", "unknown", "sent", "accepted"}
#: What Odoo's own module calls our states; other modules read its fields.
NATIVE_STATUS = {
    "sending": "sent",
    "unknown": "sent",
    "sent": "sent",
    "accepted": "accepted",
    "rejected": "rejected",
}
#: A person who sends a few invoices waits this long for the numbers, in seconds.
PATIENCE = (0.3, 0.7, 1, 1, 2, 2)
#: More invoices than these are prepared and left to the cron: nobody looks at a single one, and a
#: page must not hang on hundreds of requests.
WATCHED = 5


class AccountMove(models.Model):
    _inherit = "account.move"

    l10n_pl_ksef_document_ids = fields.One2many(
        "l10n_pl_ksef.document",
        "move_id",
        "KSeF documents",
        groups="l10n_pl_ksef.group_user",
        copy=False,
    )
    # Of the company's current environment: a number got in DEMO is none in production.
    l10n_pl_ksef_document_id = fields.Many2one(
        "l10n_pl_ksef.document",
        "KSeF document",
        compute="_compute_l10n_pl_ksef",
        compute_sudo=True,
        store=True,
        index="btree_not_null",
        copy=False,
        groups="l10n_pl_ksef.group_user",
    )
    # The states of the document (models/document.py); empty: nothing was prepared yet.
    l10n_pl_ksef_state = fields.Selection(
        STATES,
        "KSeF state",
        compute="_compute_l10n_pl_ksef",
        compute_sudo=True,
        store=True,
        index="btree_not_null",
        copy=False,
    )
    l10n_pl_ksef_number = fields.Char(
        "KSeF number",
        compute="_compute_l10n_pl_ksef",
        compute_sudo=True,
        store=True,
        index="btree_not_null",
        copy=False,
    )
    # How it was issued (law); what KSeF made of it stands beside it.
    l10n_pl_ksef_mode = fields.Selection(
        MODES_OF_ISSUE,
        "KSeF mode",
        compute="_compute_l10n_pl_ksef",
        compute_sudo=True,
        store=True,
        copy=False,
    )
    l10n_pl_ksef_mode_at_ksef = fields.Selection(
        MODES_AT_KSEF,
        "Mode given by KSeF",
        compute="_compute_l10n_pl_ksef",
        compute_sudo=True,
        store=True,
        copy=False,
    )
    l10n_pl_ksef_deadline = fields.Date(
        "KSeF: send by",
        compute="_compute_l10n_pl_ksef",
        compute_sudo=True,
        store=True,
        index="btree_not_null",
        copy=False,
    )
    l10n_pl_ksef_environment = fields.Selection(
        ENVIRONMENTS,
        "KSeF environment",
        compute="_compute_l10n_pl_ksef",
        compute_sudo=True,
        store=True,
        copy=False,
    )
    l10n_pl_ksef_link = fields.Char("KSeF verification link", compute="_compute_l10n_pl_ksef_link")
    l10n_pl_ksef_words = fields.Text(related="l10n_pl_ksef_document_id.words", related_sudo=True)
    l10n_pl_ksef_has_upo = fields.Boolean(compute="_compute_l10n_pl_ksef_gate")
    l10n_pl_ksef_can_send = fields.Boolean(compute="_compute_l10n_pl_ksef_gate")
    l10n_pl_ksef_can_check = fields.Boolean(compute="_compute_l10n_pl_ksef_gate")
    l10n_pl_ksef_company_environment = fields.Selection(
        ENVIRONMENTS, compute="_compute_l10n_pl_ksef_gate"
    )
    l10n_pl_ksef_company_mode = fields.Selection(
        MODES_OF_ISSUE, compute="_compute_l10n_pl_ksef_gate"
    )
    l10n_pl_ksef_can_issue_offline = fields.Boolean(compute="_compute_l10n_pl_ksef_gate")
    l10n_pl_ksef_can_send_now = fields.Boolean(compute="_compute_l10n_pl_ksef_gate")
    l10n_pl_ksef_outside_by_mistake = fields.Boolean(compute="_compute_l10n_pl_ksef_gate")
    # The e-mail that a person ordered while the number was not there yet.
    l10n_pl_ksef_held = fields.Json(copy=False, groups=fields.NO_ACCESS)
    l10n_pl_ksef_mail_waits = fields.Boolean(compute="_compute_l10n_pl_ksef_mail_waits")
    l10n_pl_ksef_pdf_outdated = fields.Boolean(copy=False, index="btree_not_null")

    def _auto_init(self):
        self._l10n_pl_ksef_make_columns()
        return super()._auto_init()

    def _l10n_pl_ksef_make_columns(self):
        """Make the columns of new computed fields, with what is known before we ever sent.

        Odoo would compute them for every journal entry of the company's history, which takes hours
        where there are millions; nothing but what its own module sent has a value yet.
        """
        missing = [
            field
            for field in self._fields.values()
            if field.compute == "_compute_l10n_pl_ksef"
            and not sql.column_exists(self.env.cr, self._table, field.name)
        ]
        for field in missing:
            sql.create_column(
                self.env.cr, self._table, field.name, field.column_type[1], field.string
            )
        names = {field.name for field in missing}
        if "l10n_pl_ksef_mode_at_ksef" in names and "l10n_pl_ksef_mode" not in names:
            # In the version before the mode was what KSeF made of it; all were issued ONLINE.
            self.env.cr.execute(
                """
                UPDATE account_move
                   SET l10n_pl_ksef_mode_at_ksef = l10n_pl_ksef_mode,
                       l10n_pl_ksef_mode = 'online'
                 WHERE l10n_pl_ksef_document_id IS NOT NULL
                """
            )
        if "l10n_pl_ksef_state" in names:
            self.env.cr.execute(
                """
                UPDATE account_move
                   SET l10n_pl_ksef_state = l10n_pl_edi_status,
                       l10n_pl_ksef_number = l10n_pl_edi_number
                 WHERE l10n_pl_edi_status IN ('sent', 'accepted')
                """
            )

    @api.depends(
        "l10n_pl_ksef_document_ids.state",
        "l10n_pl_ksef_document_ids.ksef_number",
        "l10n_pl_ksef_document_ids.invoicing_mode",
        "l10n_pl_ksef_document_ids.mode",
        "l10n_pl_ksef_document_ids.deadline",
        "l10n_pl_ksef_document_ids.given_up",
        "l10n_pl_edi_number",
        "l10n_pl_edi_status",
    )
    def _compute_l10n_pl_ksef(self):
        for move in self:
            environment = move.company_id.l10n_pl_ksef_connection_id.environment
            documents = move.l10n_pl_ksef_document_ids
            ours = documents.filtered(lambda doc: doc.environment == environment)  # noqa: B023
            current = (
                ours.filtered(lambda doc: doc.state != "rejected").sorted("id", reverse=True)
                or ours.sorted("id", reverse=True)
            )[:1]
            move.l10n_pl_ksef_document_id = current
            move.l10n_pl_ksef_mode = current.mode
            move.l10n_pl_ksef_mode_at_ksef = current.invoicing_mode
            # Only while it has to go: afterwards a day says nothing.
            waits = current and current._is_offline() and current._is_due()
            move.l10n_pl_ksef_deadline = current.deadline if waits else False
            taken_over = not documents and move.l10n_pl_edi_status in ("sent", "accepted")
            if taken_over:
                # Sent by Odoo's own module before there was a connection of ours.
                move.l10n_pl_ksef_state = move.l10n_pl_edi_status
                move.l10n_pl_ksef_number = move.l10n_pl_edi_number
                # It does not say to which environment.
                move.l10n_pl_ksef_environment = False
            else:
                move.l10n_pl_ksef_state = current.state
                move.l10n_pl_ksef_number = current.ksef_number
                move.l10n_pl_ksef_environment = current.environment

    @api.depends("l10n_pl_ksef_document_id.state")
    def _compute_l10n_pl_ksef_link(self):
        for move in self:
            document = move.sudo().l10n_pl_ksef_document_id
            move.l10n_pl_ksef_link = (
                qr.invoice_link(
                    document.connection_id._environment(),
                    document.nip,
                    document.issue_date,
                    document._digest(),
                )
                if document.sha256
                and document.state != "rejected"
                and document.mode != "total_failure"
                else False
            )

    @api.depends_context("uid", "company")
    @api.depends("state", "l10n_pl_ksef_state", "move_type")
    def _compute_l10n_pl_ksef_gate(self):
        allowed = self.env.user.has_group("l10n_pl_ksef.group_user")
        actions = self._l10n_pl_ksef_actions()
        for move in self:
            open_actions = actions[move]
            move.l10n_pl_ksef_can_send = allowed and "send" in open_actions
            move.l10n_pl_ksef_can_check = allowed and "check" in open_actions
            move.l10n_pl_ksef_has_upo = "upo" in open_actions
            move.l10n_pl_ksef_can_issue_offline = allowed and "issue_offline" in open_actions
            move.l10n_pl_ksef_can_send_now = allowed and "send_now" in open_actions
            move.l10n_pl_ksef_outside_by_mistake = "not_outside" in open_actions
            move.l10n_pl_ksef_company_mode = move.company_id.sudo().l10n_pl_ksef_mode
            move.l10n_pl_ksef_company_environment = (
                move.company_id.sudo().l10n_pl_ksef_connection_id.environment
            )

    @api.depends("l10n_pl_ksef_held")
    def _compute_l10n_pl_ksef_mail_waits(self):
        for move in self:
            settings = (move.sudo().l10n_pl_ksef_held or {}).get("settings", {})
            move.l10n_pl_ksef_mail_waits = "email" in (settings.get("sending_methods") or ())

    # --- other countries -----------------------------------------------------------------------

    @api.model
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        key = super()._get_view_cache_key(view_id, view_type, **options)
        return (*key, self.env.companies._l10n_pl_ksef_concerns())

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Leave KSeF out of lists and searches of companies that have nothing to do with it."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type in ("list", "search") and not self.env.companies._l10n_pl_ksef_concerns():
            for node in arch.xpath(
                "//*[starts-with(@name, 'l10n_pl_ksef_')"
                " or starts-with(@name, 'action_l10n_pl_ksef_')]"
            ):
                node.getparent().remove(node)
        return arch, view

    # --- the gate ------------------------------------------------------------------------------

    def _l10n_pl_ksef_actions(self):
        """What may be done with each invoice now: ``{move: set of actions}``.

        The only place that decides it; buttons, bulk actions, crons and the send wizard ask here.

        ``send``           make a document and send it, or in a mode of the company that is not
                           ONLINE: issue it in that mode
        ``issue_offline``  issue this one outside KSeF, whatever the company's mode
        ``send_now``       it was issued offline and waits: send it without waiting for the checks
        ``check``          ask KSeF how it stands
        ``xml``            download the document
        ``upo``            download the receipt
        ``not_outside``    issued as in a total failure that is not on record: take that back
        ``withdraw``       a document exists that has not left: it may be dropped with a reset to
                           draft
        ``locked``         KSeF or the buyer has it, or may have it: no draft, no cancel, no
                           deletion
        """
        actions = {}
        for move in self:
            connection = move.company_id.sudo().l10n_pl_ksef_connection_id
            documents = move.sudo().l10n_pl_ksef_document_ids
            # Whether there is an UPO, without reading it.
            document = move.sudo().with_context(bin_size=True).l10n_pl_ksef_document_id
            by_others = not documents and move.l10n_pl_edi_status in ("sent", "accepted")
            done = set()
            # Issued offline it is issued in law (art. 106nda ust. 10); once it was printed or
            # mailed the buyer may have it, and it comes to KSeF as it is.
            on_paper = move.is_move_sent or move.sudo().invoice_pdf_report_id
            binding = documents.filtered(
                lambda doc: (
                    doc.environment in ("production", connection.environment)  # noqa: B023
                    and (
                        doc.state in AT_KSEF
                        or doc.maybe_at_ksef
                        or (on_paper and doc._is_issued_outside())  # noqa: B023
                    )
                )
            )
            if binding or by_others:
                done.add("locked")
            if document:
                if document.sha256:
                    done.add("xml")
                if document.upo:
                    done.add("upo")
                backlog = document.mode in OFFLINE_MODES and document.state == "prepared"
                if document.state in ON_THEIR_WAY and not backlog:
                    done.add("check")
                never_left = document.state in ("prepared", "outside")
                if never_left and document not in binding:
                    done.add("withdraw")
                if document.mode == "online" and document.state in ("prepared", "unknown"):
                    done.add("issue_offline")
                if backlog:
                    done.add("send_now")
                if document._is_outside_by_mistake():
                    done.add("not_outside")
            if (
                connection
                and connection.state != "disconnected"
                and move.state == "posted"
                and move.is_sale_document()
                and not by_others
                and (not document or document.state == "rejected")
            ):
                done |= {"send", "issue_offline"}
            actions[move] = done
        return actions

    # --- from invoice to document --------------------------------------------------------------

    def _l10n_pl_ksef_render(self):
        """The FA(3) bytes of these invoices, ``{move: bytes}``; what cannot be made is left out."""
        written, _obstacles = self._l10n_pl_ksef_render_or_say()
        return {move: data for move, (data, _invoice) in written.items()}

    def _l10n_pl_ksef_render_or_say(self):
        """``({move: (bytes, dataclasses)}, {move: [Obstacle]})``: each is in one of the two."""
        rendered = {}
        obstacles = defaultdict(list)
        for _company, moves in self.grouped("company_id").items():
            source = Source(moves.sudo())
            made = source.invoices()
            for move in moves:
                for obstacle in source.obstacles.get(move.id, []):
                    obstacles[move].append(obstacle)
                if move.id in made:
                    try:
                        rendered[move] = (fa3.write(made[move.id]), made[move.id])
                    except fa3.Unwritable as error:
                        obstacles[move] += [
                            Obstacle(translated(self.env, problem), move)
                            for problem in error.problems
                        ]
        return rendered, obstacles

    def _l10n_pl_ksef_check(self):
        """``({move: bytes}, {move: [Obstacle]}, {move: [words of warnings]})``."""
        written, obstacles = self._l10n_pl_ksef_render_or_say()
        rendered = {}
        warnings = defaultdict(list)
        for move, (data, invoice) in written.items():
            for problem in fa3.validate(data, invoice=invoice):
                if problem.is_wall:
                    obstacles[move].append(Obstacle(self._l10n_pl_ksef_where(problem), move))
                else:
                    warnings[move].append(self._l10n_pl_ksef_where(problem))
            if move not in obstacles:
                rendered[move] = data
        return rendered, obstacles, warnings

    def _l10n_pl_ksef_where(self, problem):
        words = translated(self.env, problem)
        return f"{words} [{problem.field}]" if problem.field else words

    # --- sending -------------------------------------------------------------------------------

    def _l10n_pl_ksef_send(self, mode=None):
        """Make the documents of what may be sent and send them; returns ``{move: [words]}`` of the
        invoices that cannot become documents.

        In another mode than ONLINE (``mode``, else the company's) they are issued outside KSeF, and
        the outbox sends them when KSeF is back.
        """
        # Two people may press the button at the same moment; the second finds nothing to do.
        candidates = self.try_lock_for_update()
        candidates.invalidate_recordset(["l10n_pl_ksef_state", "l10n_pl_ksef_document_id"])
        actions = candidates._l10n_pl_ksef_actions()
        ready = candidates.filtered(lambda move: "send" in actions[move])
        refused = {}
        for company, moves in ready.grouped("company_id").items():
            chosen = mode or company.sudo().l10n_pl_ksef_mode
            rendered, obstacles = moves._l10n_pl_ksef_render_for(chosen)
            refused.update(
                {move: [item.words for item in items] for move, items in obstacles.items()}
            )
            if rendered:
                documents = self.env["l10n_pl_ksef.document"]._prepare(
                    rendered, company.sudo().l10n_pl_ksef_connection_id, chosen
                )
                if chosen != "online":
                    documents.move_id._l10n_pl_ksef_issued()
        commit(self.env)  # the bytes are frozen before anything leaves
        documents = ready.sudo().l10n_pl_ksef_document_id.filtered(
            lambda document: document.state == "prepared" and document.mode == "online"
        )
        if len(documents) <= WATCHED:
            documents._send()
        if documents:
            documents._trigger_outbox(0 if len(documents) > WATCHED else 10)
        return refused

    def _l10n_pl_ksef_await(self):
        """Wait a few seconds for the numbers when somebody waits for them."""
        documents = self.sudo().l10n_pl_ksef_document_id
        if not documents or len(documents) > WATCHED:
            return
        for pause in PATIENCE:
            waiting = documents.filtered(lambda document: document.state in ("sent", "unknown"))
            if not waiting:
                break
            if not modules.module.current_test:
                time.sleep(pause)
            waiting.filtered(lambda document: document.state == "unknown")._settle()
            waiting.filtered(lambda document: document.state == "sent")._ask_status()
        documents.filtered(lambda document: document.state == "accepted")._fetch_upo()

    @api.model
    def _l10n_pl_ksef_check_right(self, user):
        if not user.has_group("l10n_pl_ksef.group_user"):
            raise AccessError(self._l10n_pl_ksef_no_right())

    @api.model
    def _l10n_pl_ksef_no_right(self):
        return self.env._(
            "You are not allowed to send to KSeF. Your administrator can give you the KSeF user"
            " right (Settings ▸ Users)."
        )

    def action_l10n_pl_ksef_send(self):
        """The button on the invoice and in the list."""
        self.check_access("write")
        self._l10n_pl_ksef_check_right(self.env.user)
        actions = self._l10n_pl_ksef_actions()
        ready = self.filtered(lambda move: "send" in actions[move])
        if not ready:
            raise UserError(
                self.env._(
                    "None of these invoices can be sent: they must be posted customer invoices that"
                    " KSeF does not have yet, of a company with a KSeF connection."
                )
            )
        refused = ready._l10n_pl_ksef_send()
        ready._l10n_pl_ksef_await()
        if refused and len(ready) == 1:
            ready._l10n_pl_ksef_raise_refused(ready.company_id.sudo().l10n_pl_ksef_mode)
        return ready._l10n_pl_ksef_report(refused)

    def _l10n_pl_ksef_raise_refused(self, mode):
        """The obstacles of one invoice, with the way to the record that has to be mended."""
        _rendered, obstacles = self._l10n_pl_ksef_render_for(mode)
        items = obstacles[self]
        words = "\n".join(f"• {item.words}" for item in items)
        elsewhere = next((item.record for item in items if item.record._name != self._name), None)
        if elsewhere is None:
            raise UserError(words)
        raise RedirectWarning(
            words,
            {
                "type": "ir.actions.act_window",
                "res_model": elsewhere._name,
                "res_id": elsewhere.id,
                "views": [(False, "form")],
            },
            self.env._("Open %(name)s", name=elsewhere.display_name),
        )

    def _l10n_pl_ksef_report(self, refused):
        """A notification that says what became of what was sent."""
        _ = self.env._
        states = defaultdict(int)
        for move in self:
            states[move.l10n_pl_ksef_state if move not in refused else "refused"] += 1
        lines = []
        if states["accepted"]:
            lines.append(_("With a KSeF number: %(count)s.", count=states["accepted"]))
        offline = self.filtered(
            lambda move: (
                move.l10n_pl_ksef_mode in OFFLINE_MODES
                and move.l10n_pl_ksef_state in ON_THEIR_WAY
                and move not in refused
            )
        )
        if offline:
            lines.append(
                _(
                    "Issued offline: %(count)s. They go to KSeF by themselves when it answers, by"
                    " %(day)s at the latest.",
                    count=len(offline),
                    day=offline._l10n_pl_ksef_first_deadline(),
                )
            )
        if states["outside"]:
            lines.append(_("Issued outside KSeF for good: %(count)s.", count=states["outside"]))
        waiting = sum(states[state] for state in ON_THEIR_WAY) - len(offline)
        if waiting:
            lines.append(
                _("On their way: %(count)s; the numbers come by themselves.", count=waiting)
            )
        if states[False]:
            lines.append(
                _(
                    "%(count)s were not sent, because somebody else is working on them at this"
                    " moment. Try again.",
                    count=states[False],
                )
            )
        bad = states["rejected"] + states["refused"] + states[False]
        if states["rejected"] + states["refused"]:
            lines.append(
                _(
                    "To be looked at: %(count)s.",
                    count=states["rejected"] + states["refused"],
                )
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": _("KSeF"),
                "message": " ".join(lines),
                "type": "danger" if bad else "info" if waiting or offline else "success",
                "sticky": bool(bad),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_l10n_pl_ksef_check(self):
        """Carry on with what is on its way, now instead of at the next run of the cron."""
        self.check_access("read")
        self._l10n_pl_ksef_check_right(self.env.user)
        for document in self.sudo().l10n_pl_ksef_document_id:
            if document.state == "prepared" and not document._may_go():
                continue  # the backlog waits until KSeF is back
            step = {
                "prepared": "_send",
                "sending": "_settle",
                "unknown": "_settle",
                "sent": "_ask_status",
            }.get(document.state)
            if step:
                getattr(document, step)()
            if document.state == "accepted" and not document.upo:
                document._fetch_upo()
        return True

    def l10n_pl_ksef_live_progress(self, shown=None):
        """Take the steps that are due while somebody looks at the invoice; says whether its state
        is another one than ``shown`` on the page, be it that the cron was quicker. The waiting
        times hold here too: KSeF counts every question."""
        self.ensure_one()
        self.check_access("read")
        self._l10n_pl_ksef_check_right(self.env.user)
        before = shown or self._l10n_pl_ksef_live_state()
        now = fields.Datetime.now()
        due = self.filtered(
            lambda move: (move.sudo().l10n_pl_ksef_document_id.next_try or now) <= now
        )
        due.action_l10n_pl_ksef_check()
        self.invalidate_recordset()
        return before != self._l10n_pl_ksef_live_state()

    def _l10n_pl_ksef_live_state(self):
        return {
            "l10n_pl_ksef_state": self.l10n_pl_ksef_state,
            "l10n_pl_ksef_has_upo": self.l10n_pl_ksef_has_upo,
        }

    def action_l10n_pl_ksef_download_xml(self):
        self.ensure_one()
        return self.l10n_pl_ksef_document_id.action_download_xml()

    def action_l10n_pl_ksef_download_upo(self):
        self.ensure_one()
        return self.l10n_pl_ksef_document_id.action_download_upo()

    # --- what KSeF said ------------------------------------------------------------------------

    def _l10n_pl_ksef_accepted(self, document):
        self.ensure_one()
        self._l10n_pl_ksef_say(
            self.env._(
                "KSeF accepted the invoice (%(environment)s).",
                environment=document._environment_name(),
            ),
            self.env._("KSeF number: %(number)s", number=document.ksef_number),
        )
        self._l10n_pl_ksef_detach_pdf()
        self._l10n_pl_ksef_release()

    def _l10n_pl_ksef_release(self):
        """Hand the e-mails that waited to Odoo's own cron for sending."""
        held = self.filtered("l10n_pl_ksef_held")
        for move in held:
            move.write(
                {
                    "sending_data": move.l10n_pl_ksef_held["author"],
                    "l10n_pl_ksef_held": {**move.l10n_pl_ksef_held, "released": True},
                }
            )
        if held:
            self.env.ref("account.ir_cron_account_move_send").sudo()._trigger()

    def _l10n_pl_ksef_rejected(self, document):
        self.ensure_one()
        self.l10n_pl_ksef_held = False
        self._l10n_pl_ksef_say(
            self.env._(
                "KSeF rejected the invoice (%(environment)s), so it is not issued. Correct what is"
                " wrong and send it again; it keeps its number.",
                environment=document._environment_name(),
            ),
            document.words,
        )

    def _l10n_pl_ksef_received_upo(self, document):
        self.ensure_one()
        self._l10n_pl_ksef_say(
            self.env._("UPO, KSeF's official receipt for this invoice."),
            attachments=[(f"UPO-{document.ksef_number}.xml", document._upo())],
        )

    def _l10n_pl_ksef_say(self, *lines, attachments=None):
        body = Markup("<br/>").join(line for line in lines if line)
        self.with_context(no_new_invoice=True).sudo().message_post(
            body=body, attachments=attachments or []
        )

    # --- keeping Odoo's own module in step -----------------------------------------------------

    def _l10n_pl_ksef_keep_in_step(self):
        """Write number and status where other modules look for them (rule 8 of the design)."""
        for move in self.sudo():
            document = move.l10n_pl_ksef_document_id
            if not move.l10n_pl_ksef_document_ids:
                continue
            values = {
                "l10n_pl_edi_number": document.ksef_number or False,
                "l10n_pl_edi_status": NATIVE_STATUS.get(document.state, False),
                "l10n_pl_edi_ref": document.reference or False,
                "l10n_pl_edi_session_id": document.session_id.reference or False,
            }
            changed = {name: value for name, value in values.items() if move[name] != value}
            if changed:
                move.write(changed)

    def action_l10n_pl_edi_update_invoice_status(self):
        # Ours are followed by our own cron; its API calls would use a login that is not there.
        ours = self.filtered(lambda move: move.sudo().l10n_pl_ksef_document_ids)
        if ours:
            return ours.action_l10n_pl_ksef_check()
        return super().action_l10n_pl_edi_update_invoice_status()

    def _cron_l10n_pl_edi_check_invoice_status(self):
        company = self.env.company
        if not company.l10n_pl_ksef_connection_id:
            return super()._cron_l10n_pl_edi_check_invoice_status()
        # Only what Odoo's own module sent and never got an answer for, while its login is there.
        theirs = self.search(
            [
                ("company_id", "=", company.id),
                ("l10n_pl_edi_status", "=", "sent"),
                ("l10n_pl_ksef_document_ids", "=", False),
            ]
        )
        if company.sudo().l10n_pl_edi_certificate:
            for move in theirs:
                move.action_l10n_pl_edi_update_invoice_status()
        return None

    # --- what was sent stays -------------------------------------------------------------------

    def _l10n_pl_ksef_guard(self):
        actions = self._l10n_pl_ksef_actions()
        locked = self.filtered(lambda move: "locked" in actions[move])
        handed = locked.filtered(lambda move: "send_now" in actions[move])
        handed |= locked.filtered(lambda move: move.l10n_pl_ksef_state == "outside")
        if handed:
            raise UserError(
                self.env._(
                    "%(names)s: issued outside KSeF and printed or sent, so the buyer may have it."
                    " It can no longer be changed, cancelled or deleted. What is wrong in it is put"
                    " right by a correction (Credit Note).",
                    names=", ".join(handed.mapped("name")),
                )
            )
        if locked:
            raise UserError(
                self.env._(
                    "KSeF has %(names)s, so it can no longer be changed, cancelled or deleted. What"
                    " is wrong in it is put right by a correction (Credit Note).",
                    names=", ".join(locked.mapped("name")),
                )
            )
        return actions

    def _l10n_pl_ksef_withdraw(self):
        """Drop documents that have not left yet."""
        for document in self.sudo().l10n_pl_ksef_document_ids:
            if document.state not in ("prepared", "outside"):
                continue
            # In the transaction of whoever resets to draft, which may still be rolled back; a
            # sender who comes in between fails on the row before anything has left.
            with claim(self.env, CLAIM_DOCUMENT, document.id, new_transaction=False) as held:
                document.invalidate_recordset(["state", "maybe_at_ksef"])
                left = document.state not in ("prepared", "outside") or document.maybe_at_ksef
                if not held or left:
                    raise UserError(
                        self.env._(
                            "%(name)s is being sent to KSeF at this moment.",
                            name=document.move_id.name,
                        )
                    )
                document.unlink()

    @api.depends("l10n_pl_ksef_state")
    def _compute_show_reset_to_draft_button(self):
        res = super()._compute_show_reset_to_draft_button()
        actions = self._l10n_pl_ksef_actions()
        for move in self:
            if "locked" in actions[move]:
                move.show_reset_to_draft_button = False
        return res

    def write(self, vals):
        if vals.get("state") in ("draft", "cancel"):
            self._l10n_pl_ksef_guard()
            self._l10n_pl_ksef_withdraw()
        if "name" in vals:
            # Odoo lets people renumber what is posted, but KSeF has it under its number (P_2).
            renamed = self.filtered(
                lambda move: move.l10n_pl_ksef_state and move.name != vals["name"]
            )
            for move, actions in renamed._l10n_pl_ksef_guard().items():
                if "withdraw" in actions and move.state == "posted":
                    raise UserError(
                        self.env._(
                            "%(name)s: the document for KSeF, and its code, bear this number. Reset"
                            " the invoice to draft first; then it is made anew.",
                            name=move.name,
                        )
                    )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never_what_ksef_has(self):
        self._l10n_pl_ksef_guard()
        evidence = self.filtered(lambda move: move.sudo().l10n_pl_ksef_document_ids)
        if evidence:
            raise UserError(
                self.env._(
                    "%(names)s: documents sent to KSeF, also in practice, are kept as evidence."
                    " Cancel the invoice instead of deleting it.",
                    names=", ".join(evidence.mapped("name")),
                )
            )
