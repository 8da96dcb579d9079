from base64 import b64encode

from markupsafe import Markup
from odoo import api, fields, models

from ..ksef import fa3
from ..ksef.fa3 import page
from ..models.account_move_preview import Finding
from ..models.explain import translated
from .dialog import dialog

#: Findings beyond these are counted only: a broken invoice of 10 000 rows may have as many.
SHOWN = 50
#: Above the page, in its own language.
NOTES = {
    "pl": "PODGLĄD – to nie jest jeszcze faktura w KSeF",
    "en": "PREVIEW – this is not an invoice in KSeF yet",
}
ALERTS = {"wall": "danger", "warning": "warning", "info": "info"}


class Preview(models.TransientModel):
    """An invoice as KSeF and the buyer will see it, with what is wrong beside it.

    Nothing is kept: page, findings and file are made when they are looked at. Of an invoice whose
    document is frozen already, the frozen bytes are shown.
    """

    _name = "l10n_pl_ksef.preview"
    _description = "KSeF Preview"

    move_id = fields.Many2one("account.move", "Invoice", required=True, readonly=True)
    document_id = fields.Many2one("l10n_pl_ksef.document", readonly=True)
    language = fields.Selection(
        [("pl", "Polski"), ("en", "English")],
        required=True,
        default=lambda self: self.env["account.move"]._l10n_pl_ksef_page_language(),
    )
    page = fields.Text(compute="_compute_page")
    findings = fields.Html(compute="_compute_page", sanitize=False)
    has_walls = fields.Boolean(compute="_compute_page")
    has_xml = fields.Boolean(compute="_compute_page")
    xml = fields.Binary(compute="_compute_xml", attachment=False)
    # Whether what may be done with the invoice concerns what is shown here.
    is_current = fields.Boolean(compute="_compute_is_current")
    can_send = fields.Boolean(related="move_id.l10n_pl_ksef_can_send")
    can_issue_offline = fields.Boolean(related="move_id.l10n_pl_ksef_can_issue_offline")
    can_send_now = fields.Boolean(related="move_id.l10n_pl_ksef_can_send_now")
    environment = fields.Selection(related="move_id.l10n_pl_ksef_company_environment")
    mode = fields.Selection(related="move_id.l10n_pl_ksef_company_mode")

    @api.depends("move_id", "document_id", "language")
    def _compute_page(self):
        for wizard in self:
            if wizard.document_id:
                shown, findings, data = wizard._of_document()
            else:
                shown, findings, data = wizard._of_invoice()
            wizard.page = shown
            wizard.findings = wizard._in_html(findings)
            wizard.has_walls = any(item.level == "wall" for item in findings)
            wizard.has_xml = bool(data)

    @api.depends("move_id", "document_id")
    def _compute_xml(self):
        for wizard in self:
            data = (wizard._of_document if wizard.document_id else wizard._of_invoice)()[2]
            wizard.xml = b64encode(data) if data else False

    @api.depends("move_id", "document_id")
    def _compute_is_current(self):
        for wizard in self:
            current = wizard.move_id.sudo().l10n_pl_ksef_document_id
            wizard.is_current = not wizard.document_id or wizard.document_id == current

    # --- what is shown -------------------------------------------------------------------------

    def _of_invoice(self):
        """``(page, findings, bytes)`` of an invoice without a document; no rule of companies has
        been asked in an onchange, so it is asked here."""
        move = self.move_id
        move.check_access("read")
        move._l10n_pl_ksef_check_right(self.env.user)
        preview = move._l10n_pl_ksef_preview()
        try:
            note = NOTES[self.language]
            shown = page.render(preview.invoice, language=self.language, note=note)
        except fa3.Unreadable as unreadable:
            return "", [Finding("wall", translated(self.env, unreadable.problem))], b""
        return shown, preview.findings, preview.data

    def _of_document(self):
        document = self.document_id
        document.check_access("read")
        findings = []
        if document.state == "rejected":
            findings.append(Finding("wall", document.words or self.env._("Rejected by KSeF.")))
        data = document.sudo()._bytes() if document.sha256 else b""
        if not data:
            words = self.env._("There is no file: the invoice was issued outside KSeF.")
            return "", [*findings, Finding("info", words)], b""
        try:
            shown = page.render(
                data,
                language=self.language,
                ksef_number=document.ksef_number or "",
                **document.sudo()._page_code(),
            )
        except fa3.Unreadable as unreadable:
            return "", [*findings, Finding("wall", translated(self.env, unreadable.problem))], data
        return shown, findings, data

    def _in_html(self, findings):
        _ = self.env._
        if not findings:
            words = (
                _("This is the file as it was frozen.")
                if self.document_id
                else _("Nothing stands in the way.")
            )
            return Markup('<div class="alert alert-success p-2">%s</div>') % words
        order = list(ALERTS)
        findings = sorted(findings, key=lambda item: order.index(item.level))
        lines = [self._line(item) for item in findings[:SHOWN]]
        if len(findings) > SHOWN:
            more = _("… and %(count)s more", count=len(findings) - SHOWN)
            lines.append(Markup("<p>%s</p>") % more)
        return Markup().join(lines)

    def _line(self, finding):
        record = finding.record
        link = Markup()
        if record is not None and record != self.move_id and record.has_access("read"):
            # Into a tab of its own: the preview stays, and is checked again when it is mended.
            link = Markup(
                ' <a class="alert-link" href="/odoo/%s/%s" target="_blank" rel="noopener">%s</a>'
            ) % (record._name, record.id, self.env._("Open %(name)s", name=record.display_name))
        return Markup('<div class="alert alert-%s p-2 mb-2" role="alert">%s%s</div>') % (
            ALERTS[finding.level],
            Markup("<br/>").join(finding.words.splitlines()),
            link,
        )

    # --- opening -------------------------------------------------------------------------------

    @api.model
    def _open_for(self, move, document=None):
        """The dialog: of a document, or of what an invoice is or would be at KSeF."""
        if document is None:
            current = move.l10n_pl_ksef_document_id
            document = current.filtered(lambda doc: doc.sha256 and doc.state != "rejected")
        wizard = self.create({"move_id": move.id, "document_id": document.id})
        return wizard._reopen()

    def _reopen(self):
        name = self.document_id.number or self.move_id.display_name
        title = (
            self.env._("KSeF document: %(name)s", name=name)
            if self.document_id
            else self.env._("KSeF preview: %(name)s", name=name)
        )
        return dialog(self, title, "extra-large")

    # --- buttons -------------------------------------------------------------------------------

    def action_check_again(self):
        """Look again, after something was mended elsewhere."""
        return self._reopen()

    def action_download_xml(self):
        self.ensure_one()
        self.check_access("read")
        if self.document_id:
            return self.document_id.action_download_xml()
        number = self.move_id.name or "draft"
        name = "".join(c if c.isalnum() or c in "-." else "_" for c in number)
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/xml/FA3-{name}.xml?download=true",
            "target": "download",
        }

    def action_send(self):
        self.ensure_one()
        return self.move_id.action_l10n_pl_ksef_send()

    def action_issue_offline(self):
        self.ensure_one()
        return self.move_id.action_l10n_pl_ksef_issue_offline()

    def action_send_now(self):
        self.ensure_one()
        return self.move_id.action_l10n_pl_ksef_send_now()
