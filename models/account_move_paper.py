from base64 import b64encode
from datetime import datetime, timezone
from math import ceil

from odoo import api, fields, models
from odoo.tools.misc import format_date

from ..ksef import numbers, qr
from ..ksef.deadlines import counts_as
from ..ksef.handing_over import Paper, handing_over
from .document import ON_THEIR_WAY
from .moments import warsaw_today
from .step import commit

#: The layout of what a buyer gets who receives the invoice itself in KSeF only.
CONFIRMATION = "l10n_pl_ksef.report_confirmation_document"
#: Engines shrink what they print to three quarters of what the page says.
SHRUNK = 0.75


class AccountMove(models.Model):
    """What is printed and handed over: an invoice or a transaction confirmation, with codes."""

    _inherit = "account.move"

    l10n_pl_ksef_qr_invoice = fields.Image(
        "QR code of the invoice (KOD I)", compute="_compute_l10n_pl_ksef_qr"
    )
    l10n_pl_ksef_qr_certificate = fields.Image(
        "QR code of the issuer (KOD II)", compute="_compute_l10n_pl_ksef_qr"
    )

    @api.depends("l10n_pl_ksef_link", "l10n_pl_ksef_certificate_link", "l10n_pl_ksef_number")
    def _compute_l10n_pl_ksef_qr(self):
        for move in self:
            images = {
                code["kind"]: b64encode(qr.image(code["link"]))
                for code in move._l10n_pl_ksef_codes()
            }
            move.l10n_pl_ksef_qr_invoice = images.get("invoice", False)
            move.l10n_pl_ksef_qr_certificate = images.get("certificate", False)

    # --- which paper ---------------------------------------------------------------------------

    def _l10n_pl_ksef_paper(self):
        """What the buyer may get of this invoice now (``ksef.handing_over.HandingOver``).

        None where KSeF has no say: nothing was sent or issued by this addon.
        """
        self.ensure_one()
        document = self.sudo().l10n_pl_ksef_document_id
        return self._l10n_pl_ksef_handing_over() if document else None

    def _l10n_pl_ksef_expected_paper(self):
        """The same, as it will be once the invoice is sent from Odoo's dialog now."""
        self.ensure_one()
        mode = self.company_id.sudo().l10n_pl_ksef_mode
        paper = self._l10n_pl_ksef_paper()
        rejected = self.l10n_pl_ksef_state == "rejected"
        if (paper and not rejected) or mode == "online":
            return paper
        if "send" not in self._l10n_pl_ksef_actions()[self]:
            return paper
        certificate = self.company_id.sudo().l10n_pl_ksef_connection_id.offline_certificate_id
        now = datetime.now(timezone.utc)
        return handing_over(
            counts_as(mode, now, self.company_id._l10n_pl_ksef_outages()),
            self._l10n_pl_ksef_buyer(),
            None,
            signed=bool(certificate and certificate._is_good()),
        )

    def _l10n_pl_ksef_is_confirmation(self, paper=None):
        paper = paper or self._l10n_pl_ksef_paper()
        return bool(paper) and paper.paper is Paper.CONFIRMATION

    def _l10n_pl_ksef_may_be_handed_over(self):
        """Whether what is printed now is for the buyer; then it is no pro forma either."""
        paper = self._l10n_pl_ksef_paper()
        return bool(paper) and not paper.waits and self.l10n_pl_ksef_state != "rejected"

    def _l10n_pl_ksef_preview_words(self):
        """Why what is printed now must not be handed over; False where it may be."""
        self.ensure_one()
        if self.l10n_pl_ksef_state == "rejected":
            return self.env._("KSeF rejected this invoice, so it is not issued.")
        paper = self._l10n_pl_ksef_paper()
        if paper:
            return self._l10n_pl_ksef_words_of(paper) if paper.waits else False
        expected = self._l10n_pl_ksef_expected_paper()
        # A consumer's invoice may stay outside KSeF.
        if expected and (expected.kod_1 or expected.kod_2) and self.commercial_partner_id.vat:
            return self.env._(
                "The invoice is not issued yet. Issue it with “Send to KSeF”; then it is printed"
                " with its codes."
            )
        return False

    def _l10n_pl_ksef_printed(self):
        """What was issued outside KSeF and printed is not taken back: the buyer may have it."""
        handed = self.sudo().filtered(
            lambda move: (
                not move.is_move_sent
                and move.l10n_pl_ksef_mode not in (False, "online")
                and move.l10n_pl_ksef_state in (*ON_THEIR_WAY, "outside")
                and move._l10n_pl_ksef_may_be_handed_over()
            )
        )
        if handed:
            handed.is_move_sent = True

    def _get_name_invoice_report(self):
        if self._l10n_pl_ksef_is_confirmation():
            return CONFIRMATION
        return super()._get_name_invoice_report()

    # --- its name ------------------------------------------------------------------------------

    def _l10n_pl_ksef_confirmation_name(self):
        # As the Ministry calls it, whatever the language: its readers are Polish taxpayers, and
        # the file lies beside the invoices.
        return f"Potwierdzenie transakcji {self.name}"

    def _l10n_pl_ksef_confirmation_filename(self, extension="pdf"):
        return f"{self._l10n_pl_ksef_confirmation_name().replace('/', '_')}.{extension}"

    def _get_report_base_filename(self):
        if self._l10n_pl_ksef_is_confirmation():
            return self._l10n_pl_ksef_confirmation_name()
        return super()._get_report_base_filename()

    def _get_invoice_report_filename(self, extension="pdf", report=None):
        if self._l10n_pl_ksef_is_confirmation():
            return self._l10n_pl_ksef_confirmation_filename(extension)
        return super()._get_invoice_report_filename(extension, report)

    def _get_invoice_proforma_pdf_report_filename(self):
        if self._l10n_pl_ksef_may_be_handed_over():
            return self._get_invoice_report_filename()
        return super()._get_invoice_proforma_pdf_report_filename()

    def _get_mail_template(self):
        """The words of the e-mail fit what is attached to it."""
        if self and all(
            move._l10n_pl_ksef_is_confirmation(move._l10n_pl_ksef_expected_paper()) for move in self
        ):
            return self.env.ref("l10n_pl_ksef.mail_template_confirmation")
        return super()._get_mail_template()

    # --- what stands on it ---------------------------------------------------------------------

    def _l10n_pl_ksef_codes(self):
        """The QR codes that belong on this invoice now, as dictionaries: ``kind``, ``link``,
        ``label``, ``words`` under it, ``image`` (data URI) and ``width`` (CSS)."""
        self.ensure_one()
        paper = self._l10n_pl_ksef_paper()
        if not paper:
            return []
        codes = []
        if paper.kod_1 and self.l10n_pl_ksef_link:
            # guide/kody-qr.md: the number, or OFFLINE as long as there is none.
            label = self.l10n_pl_ksef_number or "OFFLINE"
            words = self.env._("Check the invoice in KSeF")
            codes.append(self._l10n_pl_ksef_code("invoice", self.l10n_pl_ksef_link, label, words))
        if paper.kod_2 and self.l10n_pl_ksef_certificate_link:
            link = self.l10n_pl_ksef_certificate_link
            words = self.env._("Check the issuer in KSeF")
            codes.append(self._l10n_pl_ksef_code("certificate", link, "CERTYFIKAT", words))
        return codes

    @api.model
    def _l10n_pl_ksef_code(self, kind, link, label, words):
        image = b64encode(qr.image(link)).decode()
        return {
            "kind": kind,
            "link": link,
            "label": label,
            "words": words,
            "image": f"data:image/png;base64,{image}",
            "width": f"{ceil(qr.printed_mm(link) / SHRUNK)}mm",
        }

    def _l10n_pl_ksef_arrival_words(self):
        """When the buyer finds the invoice in KSeF, in the language of the paper."""
        self.ensure_one()
        if self.l10n_pl_ksef_deadline:
            return self.env._(
                "The seller has to send it there by %(day)s.",
                day=format_date(self.env, self.l10n_pl_ksef_deadline),
            )
        return self.env._(
            "The seller sends it there after the end of the KSeF outage, in the time that the law"
            " gives from then on."
        )

    def _l10n_pl_ksef_seller_nip(self):
        return numbers.normalise_nip(self.company_id.vat or "")

    def _l10n_pl_ksef_buyer_nip(self):
        return numbers.normalise_nip(self.commercial_partner_id.vat or "")

    def _l10n_pl_ksef_seller_address(self):
        return self._l10n_pl_ksef_address_of(self.company_id.partner_id)

    @api.model
    def _l10n_pl_ksef_address_of(self, partner):
        lines = partner._display_address(True).split("\n")
        return [line.strip() for line in lines if line.strip()]

    def _l10n_pl_ksef_environment_name(self):
        return self.sudo().l10n_pl_ksef_document_id._environment_name()

    # --- the PDF that Odoo keeps ---------------------------------------------------------------

    def _l10n_pl_ksef_detach_pdf(self):
        """Put aside the PDF that was made before the number or the codes were known: it does not
        bear them.

        Whoever needs the PDF first makes a new one: the e-mail that waited, or the outbox.
        """
        self.ensure_one()
        old = self.sudo().invoice_pdf_report_id
        if not old:
            return
        name = (old.name or "").removesuffix(".pdf")
        if self.l10n_pl_ksef_number:
            name = self.env._("%(name)s (before the KSeF number).pdf", name=name)
        else:
            day = warsaw_today()
            name = self.env._("%(name)s (replaced on %(day)s).pdf", name=name, day=day)
        old.write({"res_field": False, "name": name})
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
