from base64 import b64encode

from odoo import api, models

from ..ksef import numbers, qr
from .step import commit


class AccountMove(models.Model):
    _inherit = "account.move"

    def _l10n_pl_ksef_codes(self):
        """What stands beside the QR codes on paper: image, label and link of each code."""
        self.ensure_one()
        link = self.l10n_pl_ksef_link
        if not link:
            return []
        image = b64encode(qr.image(link)).decode()
        return [
            {
                "image": f"data:image/png;base64,{image}",
                # guide/kody-qr.md: the number, or OFFLINE as long as there is none.
                "label": self.l10n_pl_ksef_number or "OFFLINE",
                "link": link,
            }
        ]

    def _l10n_pl_ksef_seller_nip(self):
        return numbers.normalise_nip(self.company_id.vat or "")

    def _l10n_pl_ksef_seller_address(self):
        lines = self.company_id.partner_id._display_address(True).split("\n")
        return [line.strip() for line in lines if line.strip()]

    def _l10n_pl_ksef_environment_name(self):
        return self.sudo().l10n_pl_ksef_document_id._environment_name()

    def _l10n_pl_ksef_detach_pdf(self):
        """Put aside the PDF that was made before the number was known: it does not bear it.

        Whoever needs the PDF first makes a new one: the e-mail that waited, or the outbox.
        """
        self.ensure_one()
        old = self.sudo().invoice_pdf_report_id
        if not old:
            return
        name = (old.name or "").removesuffix(".pdf")
        old.write(
            {
                "res_field": False,
                "name": self.env._("%(name)s (before the KSeF number).pdf", name=name),
            }
        )
        self.invalidate_recordset(["invoice_pdf_report_id", "invoice_pdf_report_file"])
        self.l10n_pl_ksef_pdf_outdated = True
        held = self.l10n_pl_ksef_held
        if held:
            widget = held["settings"].get("mail_attachments_widget") or []
            held["settings"]["mail_attachments_widget"] = [
                item for item in widget if item.get("id") != old.id
            ]
            self.l10n_pl_ksef_held = held

    @api.model
    def _l10n_pl_ksef_replace_outdated_pdf(self, limit=50):
        """Make the PDF anew where the one from before the number was put aside."""
        moves = self.sudo().search([("l10n_pl_ksef_pdf_outdated", "=", True)], limit=limit)
        sender = self.env["account.move.send"]
        for move in moves:
            locked = move.try_lock_for_update()
            if locked and not locked.invoice_pdf_report_id:
                data = {locked: {"pdf_report": sender._get_default_pdf_report_id(locked)}}
                sender._prepare_invoice_pdf_report(data)
                sender._link_invoice_documents(data)
            locked.l10n_pl_ksef_pdf_outdated = False
            commit(self.env)
