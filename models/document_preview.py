from odoo import models

from ..ksef import qr
from .modes import OFFLINE_MODES


class Document(models.Model):
    """The document as a page, from the very bytes that are frozen."""

    _inherit = "l10n_pl_ksef.document"

    def action_show(self):
        self.ensure_one()
        self.check_access("read")
        return self.env["l10n_pl_ksef.preview"]._open_for(self.move_id, self)

    def _page_code(self):
        """KOD I as an image with the words below it; nothing where the paper bears none."""
        self.ensure_one()
        label = self.ksef_number or (self.mode in OFFLINE_MODES and "OFFLINE")
        if not label or not self.sha256 or self.state in ("rejected", "outside"):
            return {}
        environment = self.connection_id._environment()
        link = qr.invoice_link(environment, self.nip, self.issue_date, self._digest())
        return {"code": qr.image(link), "code_label": label}
