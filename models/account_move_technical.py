from odoo import api, fields, models
from odoo.exceptions import UserError

from ..ksef.rejections import Remedy


class AccountMove(models.Model):
    """Invoices issued offline that KSeF rejected (ksef/rejections.py)."""

    _inherit = "account.move"

    l10n_pl_ksef_can_correct_technically = fields.Boolean(compute="_compute_l10n_pl_ksef_gate")
    l10n_pl_ksef_can_send_again = fields.Boolean(compute="_compute_l10n_pl_ksef_gate")

    @api.depends("l10n_pl_ksef_document_id.given_up")
    def _compute_l10n_pl_ksef_gate(self):
        res = super()._compute_l10n_pl_ksef_gate()
        allowed = self.env.user.has_group("l10n_pl_ksef.group_user")
        actions = self._l10n_pl_ksef_actions()
        for move in self:
            open_actions = actions[move]
            move.l10n_pl_ksef_can_correct_technically = (
                allowed and "technical_correction" in open_actions
            )
            move.l10n_pl_ksef_can_send_again = allowed and "send_again" in open_actions
        return res

    def _l10n_pl_ksef_actions(self):
        """
        ``technical_correction``  it was issued offline and rejected for a technical reason: send
                                  the same invoice in another file, to which the old code leads
        ``send_again``            it was issued offline and rejected for a reason outside the file:
                                  send the same file

        Neither a new document (``send``) nor another issue (``issue_offline``) is open then: the
        codes that were handed over would lead nowhere. The wizard opens both, when a person decides
        so.
        """
        actions = super()._l10n_pl_ksef_actions()
        for move, done in actions.items():
            if "send" not in done:
                continue
            document = move.sudo().l10n_pl_ksef_document_id
            remedy = document._remedy() if document else None
            if remedy is None:
                continue
            done -= {"send", "issue_offline"}
            done.add("send_again" if remedy is Remedy.SAME_FILE else "technical_correction")
            if move.is_move_sent or move.sudo().invoice_pdf_report_id:
                # What the buyer has must stay the same, or no correction fits its code any more.
                done.add("locked")
        return actions

    def action_l10n_pl_ksef_technical_correction(self):
        """Ask before an invoice that was issued offline goes to KSeF again (wizard)."""
        self.ensure_one()
        self.check_access("write")
        self._l10n_pl_ksef_check_right(self.env.user)
        if not {"technical_correction", "send_again"} & self._l10n_pl_ksef_actions()[self]:
            raise UserError(
                self.env._(
                    "A technical correction is for a posted invoice that was issued offline and"
                    " that KSeF rejected for a technical reason."
                )
            )
        return self.env["l10n_pl_ksef.technical.correction"]._open_for(self)

    def _l10n_pl_ksef_rejected(self, document):
        remedy = document._remedy()
        if remedy is None:
            return super()._l10n_pl_ksef_rejected(document)
        self.ensure_one()
        self.l10n_pl_ksef_held = False
        if remedy is Remedy.SAME_FILE:
            next_step = self.env._(
                "It was issued offline, so the buyer may have it. Press “Send again…”, once the"
                " reason is gone: then the same file goes, and its codes stay right."
            )
        else:
            next_step = self.env._(
                "It was issued offline, so the buyer may have it. Press “Technical correction…”:"
                " then the same invoice goes in another file, and the code that was handed over"
                " leads to it."
            )
        self._l10n_pl_ksef_say(
            self.env._(
                "KSeF rejected the invoice (%(environment)s).",
                environment=document._environment_name(),
            ),
            document.words,
            next_step,
        )
        return None
