from markupsafe import Markup
from odoo import api, models

from ..ksef import qr
from .account_move_send import EDI
from .document import ON_THEIR_WAY

CONFIRMATION_MAIL = "l10n_pl_ksef.mail_template_confirmation"
INVOICE_MAILS = ("account.email_template_edi_invoice", "account.email_template_edi_credit_note")
#: Pixels a module on a screen: a phone reads them from a hand's breadth.
SCREEN = 4


class AccountMoveSend(models.AbstractModel):
    """The dialog chooses the paper that the buyer may get, and says why."""

    _inherit = "account.move.send"

    # --- what is said before sending -----------------------------------------------------------

    def _get_alerts(self, moves, moves_data):
        alerts = super()._get_alerts(moves, moves_data)
        papers = {}
        for move in moves:
            invoice = move._origin
            if EDI not in (moves_data[move]["extra_edis"] or ()):
                papers[invoice] = invoice._l10n_pl_ksef_paper()
            elif invoice.company_id.sudo().l10n_pl_ksef_mode != "online":
                papers[invoice] = invoice._l10n_pl_ksef_expected_paper()
            # What is sent now gets its number or waits for it, as the rest of the dialog says.
        alerts.update(self._l10n_pl_ksef_paper_alerts(papers, len(moves) > 1))
        alerts.update(self._l10n_pl_ksef_preview_alerts(papers, len(moves) > 1))
        return alerts

    def _l10n_pl_ksef_preview_alerts(self, papers, many):
        """Where a person sends paper only, and the paper is none for the customer."""
        return {
            f"l10n_pl_ksef_preview_{move.id}": {
                "level": "warning",
                "message": f"{move.name}: {words}" if many else words,
            }
            for move, paper in papers.items()
            if not paper and (words := move._l10n_pl_ksef_preview_words())
        }

    def _l10n_pl_ksef_paper_alerts(self, papers, many):
        """``papers``: what the buyer of each invoice may get, or None."""
        _ = self.env._
        groups = {}
        for move, paper in papers.items():
            if paper and not move.l10n_pl_ksef_number:
                key = (paper.paper, paper.waits, paper.text)
                groups.setdefault(key, (paper, []))[1].append(move)
        alerts = {}
        for number, (paper, found) in enumerate(groups.values()):
            moves = self.env["account.move"].union(*found)
            words = moves[0]._l10n_pl_ksef_words_of(paper)
            if paper.waits:
                title = _("The customer gets nothing yet.")
            elif moves[0]._l10n_pl_ksef_is_confirmation(paper):
                title = _("The customer gets a transaction confirmation, not the invoice.")
            else:
                title = _("The customer gets the invoice.")
            if many:
                title = f"{self._l10n_pl_ksef_names(moves)}: {title}"
            alerts[f"l10n_pl_ksef_paper_{number}"] = {
                "level": "warning" if paper.waits else "info",
                "message": f"{title} {words}",
            }
        return alerts

    # --- what is made --------------------------------------------------------------------------

    @api.model
    def _get_default_pdf_report_id(self, move):
        # A layout of one's own for invoices is none for confirmations.
        if move._origin._l10n_pl_ksef_is_confirmation(move._origin._l10n_pl_ksef_expected_paper()):
            return self.env.ref("account.account_invoices")
        return super()._get_default_pdf_report_id(move)

    @api.model
    def _get_placeholder_mail_attachments_data(self, move, **kwargs):
        found = super()._get_placeholder_mail_attachments_data(move, **kwargs)
        paper = move._origin._l10n_pl_ksef_expected_paper()
        if EDI in (kwargs.get("extra_edis") or ()) and move._l10n_pl_ksef_is_confirmation(paper):
            # It is issued with the sending; then the file bears this name.
            old = move._get_invoice_report_filename(report=kwargs.get("pdf_report"))
            new = move._l10n_pl_ksef_confirmation_filename()
            for item in found:
                if item["name"] == old:
                    item.update(id=f"placeholder_{new}", name=new)
        return found

    # --- what is mailed ------------------------------------------------------------------------

    @api.model
    def _hook_if_success(self, moves_data, from_cron=False):
        # Also where it was sent to KSeF before, and only the e-mail was ordered now.
        for move, data in moves_data.items():
            waits = (
                move.l10n_pl_ksef_state in ON_THEIR_WAY and move._l10n_pl_ksef_handing_over().waits
            )
            if waits and not move.l10n_pl_ksef_held and data.get("sending_methods"):
                move.l10n_pl_ksef_held = self._l10n_pl_ksef_keep(data)
        return super()._hook_if_success(moves_data, from_cron=from_cron)

    @api.model
    def _get_mail_params(self, move, move_data):
        move_data = self._l10n_pl_ksef_fitting_mail(move, move_data)
        params = super()._get_mail_params(move, move_data)
        lang = move_data.get("mail_lang") or self.env.lang
        codes = move.with_context(lang=lang)._l10n_pl_ksef_codes() if params else []
        if not codes:
            return params
        for code in codes:
            code["cid"] = f"l10n_pl_ksef_{code['kind']}"
            image = qr.image(code["link"], box_size=SCREEN)
            # The width stands in the header of a PNG.
            code["pixels"] = int.from_bytes(image[16:20], "big")
            params["attachments"].append((f"KSeF {code['label']}.png", image, {"cid": code["cid"]}))
        block = self.env["ir.qweb"]._render("l10n_pl_ksef.mail_codes", {"codes": codes})
        params["body"] = Markup("%s%s") % (Markup(params["body"] or ""), block)
        return params

    @api.model
    def _l10n_pl_ksef_fitting_mail(self, move, move_data):
        """The words were chosen before the invoice was issued, or before it had its number: where
        they speak of the other paper, those of the right one are taken."""
        chosen = move_data.get("mail_template")
        confirmation = self.env.ref(CONFIRMATION_MAIL, raise_if_not_found=False)
        if not chosen or not confirmation:
            return move_data
        invoices = self.env["mail.template"].union(
            *(
                self.env.ref(name, raise_if_not_found=False) or chosen.browse()
                for name in INVOICE_MAILS
            )
        )
        wrong = invoices if move._l10n_pl_ksef_is_confirmation() else confirmation
        if chosen not in wrong:
            return move_data
        template = move._get_mail_template()
        lang = move_data.get("mail_lang")
        return {
            **move_data,
            "mail_template": template,
            "mail_body": self._get_default_mail_body(move, template, lang),
            "mail_subject": self._get_default_mail_subject(move, template, lang),
        }
