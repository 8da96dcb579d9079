from base64 import b64encode

from odoo import fields, models

from ..ksef import crypto
from ..ksef.rejections import Remedy, remedy


class Document(models.Model):
    """What comes after KSeF rejected a document that was issued offline."""

    _inherit = "l10n_pl_ksef.document"

    given_up = fields.Boolean(
        "Issued anew",
        readonly=True,
        help="Somebody decided to issue the invoice anew instead; its codes lead nowhere.",
    )

    def _remedy(self):
        """What helps against the rejection (``ksef.rejections.Remedy``), or None."""
        self.ensure_one()
        if self.state != "rejected" or not self._is_offline() or self.given_up:
            return None
        return remedy(self.status_code)

    def _original(self):
        """The first document of the invoice, whose code the buyer may have."""
        self.ensure_one()
        return self.corrects_id or self

    def _attempts(self):
        """All documents that brought the same offline invoice to KSeF, or tried to."""
        self.ensure_one()
        first = self._original().sha256
        return self.move_id.l10n_pl_ksef_document_ids.filtered(
            lambda document: (
                document.environment == self.environment and document._original().sha256 == first
            )
        )

    def _again(self, data, corrects):
        """Another document of the same invoice: issued when and as this one was."""
        self.ensure_one()
        digest = b64encode(crypto.sha256(data)).decode()
        values = {
            "move_id": self.move_id.id,
            "connection_id": self.connection_id.id,
            "environment": self.environment,
            "nip": self.nip,
            "number": self.move_id.name,
            "issue_date": self.issue_date,
            "mode": self.mode,
            "issued_on": self.issued_on,
            "corrects_id": corrects.id,
            "xml": b64encode(data),
            "sha256": digest,
        }
        if digest == self.sha256:
            # The second code that was handed over names the same file.
            values |= {
                "certificate_id": self.certificate_id.id,
                "certificate_link": self.certificate_link,
            }
        again = self.sudo().create(values)
        again._sign_code()
        again._recompute_deadlines()
        return again

    def _wants_another_number(self):
        """Whether the invoice has to get another number before it is sent again."""
        self.ensure_one()
        duplicates = self._attempts().filtered(
            lambda document: remedy(document.status_code) is Remedy.NEW_NUMBER
        )
        return self.move_id.name in duplicates.mapped("number")

    def _may_change_number(self):
        self.ensure_one()
        return any(
            remedy(document.status_code) is Remedy.NEW_NUMBER for document in self._attempts()
        )
