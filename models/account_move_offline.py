from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import format_date

from ..ksef import numbers
from ..ksef.handing_over import Buyer, handing_over
from .account_move import WATCHED
from .document import ON_THEIR_WAY
from .explain import in_words
from .fa3_source import Obstacle
from .modes import OFFLINE_MODES
from .moments import warsaw_today
from .step import commit


class AccountMove(models.Model):
    """Invoices that are issued outside KSeF: their codes, their buyer, their deadline."""

    _inherit = "account.move"

    l10n_pl_ksef_deadline_words = fields.Text(compute="_compute_l10n_pl_ksef_offline")
    l10n_pl_ksef_certificate_link = fields.Char(
        "KSeF certificate link", compute="_compute_l10n_pl_ksef_offline"
    )
    l10n_pl_ksef_backlog_words = fields.Text(compute="_compute_l10n_pl_ksef_offline")
    l10n_pl_ksef_handing_over_words = fields.Text(compute="_compute_l10n_pl_ksef_offline")
    l10n_pl_ksef_lacks_code = fields.Boolean(compute="_compute_l10n_pl_ksef_offline")
    l10n_pl_ksef_day_passed = fields.Boolean(compute="_compute_l10n_pl_ksef_offline")
    l10n_pl_ksef_proposal_words = fields.Text(compute="_compute_l10n_pl_ksef_proposal")

    @api.depends_context("lang")
    @api.depends(
        "l10n_pl_ksef_document_id.state",
        "l10n_pl_ksef_document_id.mode",
        "l10n_pl_ksef_document_id.counts_as",
        "l10n_pl_ksef_document_id.certificate_link",
        "l10n_pl_ksef_document_id.deadline_words",
        "l10n_pl_ksef_document_id.deadline_lifted",
        "l10n_pl_ksef_number",
    )
    def _compute_l10n_pl_ksef_offline(self):
        today = warsaw_today()
        for move in self:
            document = move.sudo().l10n_pl_ksef_document_id
            waits = document.state in ON_THEIR_WAY if document else False
            offline = bool(document) and document._is_offline()
            move.l10n_pl_ksef_deadline_words = document.deadline_words if offline else False
            move.l10n_pl_ksef_backlog_words = (
                move._l10n_pl_ksef_words_of_backlog(document) if offline and waits else False
            )
            # Once there is a number one code is enough, and the only one that should be used.
            move.l10n_pl_ksef_certificate_link = (
                document.certificate_link if offline and not document.ksef_number else False
            )
            move.l10n_pl_ksef_lacks_code = offline and waits and not document.certificate_link
            move.l10n_pl_ksef_day_passed = (
                waits and document.mode == "online" and document.issue_date < today
            )
            move.l10n_pl_ksef_handing_over_words = (
                move._l10n_pl_ksef_words_of(move._l10n_pl_ksef_handing_over())
                if document and document.state != "rejected"
                else False
            )

    def _l10n_pl_ksef_words_of_backlog(self, document):
        _ = self.env._
        day = document.deadline and format_date(self.env, document.deadline)
        if document.state != "prepared":
            return _("Issued offline, on its way to KSeF. Due by %(day)s.", day=day or "…")
        if day:
            return _(
                "Issued offline. It goes to KSeF by itself as soon as KSeF answers, by %(day)s at"
                " the latest.",
                day=day,
            )
        return _(
            "Issued offline. It goes to KSeF by itself as soon as KSeF answers; by when it must be"
            " there follows from the end of the outage, which is not announced yet."
        )

    @api.depends_context("lang")
    def _compute_l10n_pl_ksef_proposal(self):
        for move in self:
            company = move.company_id.sudo()
            concerned = move.is_sale_document() and move.l10n_pl_ksef_state != "accepted"
            move.l10n_pl_ksef_proposal_words = (
                company.l10n_pl_ksef_proposal_words
                if concerned and company.l10n_pl_ksef_proposed_mode
                else False
            )

    # --- handing over --------------------------------------------------------------------------

    def _l10n_pl_ksef_buyer(self):
        """Where the buyer receives invoices: by a Polish NIP in KSeF, else as agreed (art. 106gb
        ust. 4)."""
        self.ensure_one()
        partner = self.commercial_partner_id
        vat = (partner.vat or "").strip().upper()
        country = vat[:2] if vat[:2].isalpha() else partner.country_id.code
        if country == "PL" and numbers.check_nip(numbers.normalise_nip(vat)):
            return Buyer.DOMESTIC
        return Buyer.OTHER

    def _l10n_pl_ksef_handing_over(self):
        """What the buyer may get now (``ksef.handing_over.HandingOver``)."""
        self.ensure_one()
        document = self.sudo().l10n_pl_ksef_document_id
        return handing_over(
            document.counts_as or document.mode or "online",
            self._l10n_pl_ksef_buyer(),
            self.l10n_pl_ksef_number or None,
            signed=bool(document.certificate_link),
            lifted=document.deadline_lifted,
        )

    def _l10n_pl_ksef_words_of(self, reason):
        words = in_words(self.env, reason.text, reason.values)
        return f"{words} ({reason.article})" if reason.article else words

    # --- issuing -------------------------------------------------------------------------------

    def _l10n_pl_ksef_render_for(self, mode):
        """``({move: bytes}, {move: [Obstacle]})`` of invoices that are issued in this mode now."""
        if mode == "total_failure":
            # art. 106ng: no duty of FA(3), so nothing in the content stands in the way.
            written, _obstacles = self._l10n_pl_ksef_render_or_say()
            return {move: written[move][0] if move in written else None for move in self}, {}
        rendered, obstacles, _warnings = self._l10n_pl_ksef_check()
        if mode == "online":
            return rendered, obstacles
        today = warsaw_today()
        for move in self:
            if move.invoice_date != today:
                # art. 106nda ust. 10: the day of issue is what P_1 says.
                words = self.env._(
                    "%(name)s: an invoice issued offline bears today's date (%(today)s). Reset it"
                    " to draft and change its invoice date.",
                    name=move.name,
                    today=format_date(self.env, today),
                )
                rendered.pop(move, None)
                obstacles[move].append(Obstacle(words, move))
        return rendered, obstacles

    def _l10n_pl_ksef_in_total_failure(self):
        """Those whose company issues outside KSeF now."""
        return self.filtered(
            lambda move: move.company_id.sudo().l10n_pl_ksef_mode == "total_failure"
        )

    def _l10n_pl_ksef_issue(self, mode):
        """Issue these in a mode, whatever the company's; returns ``{move: [words]}`` of those that
        cannot be issued."""
        actions = self._l10n_pl_ksef_actions()
        ready = self.filtered(lambda move: "issue_offline" in actions[move])
        # Those that wait as ONLINE keep their bytes, and only the mode changes.
        waiting = ready.filtered(lambda move: move.l10n_pl_ksef_state in ON_THEIR_WAY)
        if waiting and mode in OFFLINE_MODES:
            waiting.sudo().l10n_pl_ksef_document_id._issue_offline(mode)
        return (ready - waiting)._l10n_pl_ksef_send(mode)

    def _l10n_pl_ksef_first_deadline(self):
        """The first day by which one of these must be sent, in words."""
        days = [day for day in self.mapped("l10n_pl_ksef_deadline") if day]
        if days:
            return format_date(self.env, min(days))
        return self.env._("a day that follows from the end of the outage")

    def _l10n_pl_ksef_issued(self):
        """They were issued outside KSeF just now."""
        told = {}
        for move in self:
            document = move.sudo().l10n_pl_ksef_document_id
            outdated = move.l10n_pl_ksef_pdf_outdated
            move._l10n_pl_ksef_detach_pdf()
            # A person makes the new paper when they want to hand it over.
            move.l10n_pl_ksef_pdf_outdated = outdated
            told[move] = [
                move.env._(
                    "Issued as %(mode)s.",
                    mode=dict(move._fields["l10n_pl_ksef_mode"]._description_selection(move.env))[
                        document.mode
                    ],
                ),
                document.deadline_words,
                move._l10n_pl_ksef_words_of(move._l10n_pl_ksef_handing_over()),
            ]
        self._l10n_pl_ksef_say_each(told)
        self._l10n_pl_ksef_release_held()

    def _l10n_pl_ksef_release_held(self):
        """Let the e-mails go that waited and need not wait any more."""
        self.sudo().filtered(
            lambda move: move.l10n_pl_ksef_held and not move._l10n_pl_ksef_handing_over().waits
        )._l10n_pl_ksef_release()

    def _l10n_pl_ksef_stay_outside(self):
        """A total failure was announced before they were sent: they need not be sent any more."""
        words = self.env._("The invoice stays outside KSeF for good.")
        self._l10n_pl_ksef_say_each(
            {move: [words, move.sudo().l10n_pl_ksef_document_id.deadline_words] for move in self}
        )
        self._l10n_pl_ksef_release_held()

    def _l10n_pl_ksef_go_after_all(self):
        """The announcement of that total failure was taken back."""
        words = self.env._(
            "The total failure was taken back: the invoice has to be sent after all, and goes by"
            " itself."
        )
        self._l10n_pl_ksef_say_each(
            {move: [words, move.sudo().l10n_pl_ksef_document_id.deadline_words] for move in self}
        )

    def _l10n_pl_ksef_say_each(self, told):
        """Write something down on many invoices at once: ``{invoice: lines}``."""
        self.sudo()._message_log_batch(
            bodies={
                move.id: Markup("<br/>").join(line for line in lines if line)
                for move, lines in told.items()
            }
        )
        self.invalidate_recordset(["message_ids"])

    # --- buttons -------------------------------------------------------------------------------

    def action_l10n_pl_ksef_issue_offline(self):
        """Ask in which mode, and show what follows (wizard)."""
        self.check_access("write")
        self._l10n_pl_ksef_check_right(self.env.user)
        actions = self._l10n_pl_ksef_actions()
        ready = self.filtered(lambda move: "issue_offline" in actions[move])
        if not ready:
            raise UserError(
                self.env._(
                    "None of these invoices can be issued offline: they must be posted customer"
                    " invoices that KSeF does not have yet, of a company with a KSeF connection."
                )
            )
        return self.env["l10n_pl_ksef.issue.offline"]._open_for(ready)

    def action_l10n_pl_ksef_send_now(self):
        """Send what was issued offline without waiting for two good checks."""
        self.check_access("write")
        self._l10n_pl_ksef_check_right(self.env.user)
        actions = self._l10n_pl_ksef_actions()
        ready = self.filtered(lambda move: "send_now" in actions[move])
        documents = ready.sudo().l10n_pl_ksef_document_id
        if not documents:
            raise UserError(self.env._("None of these invoices waits to be sent to KSeF."))
        for connection in documents.connection_id:
            if connection.state != "connected":
                raise UserError(connection.next_step)
        documents.write({"next_try": False, "hurried": True})
        commit(self.env)
        if len(documents) <= WATCHED:
            documents._send()
            ready._l10n_pl_ksef_await()
        documents._trigger_outbox(0)
        return ready._l10n_pl_ksef_report({})

    def action_l10n_pl_ksef_not_outside(self):
        """There was no total failure: what was issued outside KSeF for good may be sent there.

        For an administrator, since it takes back what was said for good.
        """
        self.check_access("write")
        if not self.env.user.has_group("l10n_pl_ksef.group_manager"):
            raise AccessError(self.env._("Only a KSeF administrator decides that."))
        actions = self._l10n_pl_ksef_actions()
        wrong = self.filtered(lambda move: "not_outside" in actions[move])
        if not wrong:
            raise UserError(
                self.env._(
                    "This is for invoices that were issued as in a total failure, although none is"
                    " on record. If the total failure was announced by mistake, take back its entry"
                    " first (KSeF ▸ Evidence ▸ Outages)."
                )
            )
        words = self.env._(
            "%(user)s: there was no total failure. The invoice is not issued in KSeF yet; send it"
            " now. What was handed over was no invoice in law.",
            user=self.env.user.name,
        )
        wrong._l10n_pl_ksef_say_each({move: [words] for move in wrong})
        wrong.sudo().l10n_pl_ksef_document_id.unlink()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_l10n_pl_ksef_switch_mode(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("l10n_pl_ksef.switch_mode_action")
        company = self.company_id[:1] or self.env.company
        return {
            **action,
            "context": {
                "default_company_id": company.id,
                "default_mode": company.sudo().l10n_pl_ksef_proposed_mode or False,
            },
        }

    @api.model
    def _l10n_pl_ksef_words_no_certificate(self):
        return self.env._(
            "There is no Offline certificate yet, so the second code (KOD II) cannot be made. The"
            " invoice can be issued and is sent in time, but nothing may be handed over to the"
            " buyer before the certificate or the number is there. The KSeF administrator gets one"
            " with “Get KSeF certificates” on the connection, while KSeF answers."
        )
