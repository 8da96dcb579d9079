import hashlib
import json
from base64 import b64encode

from odoo import api, fields, models

from .connection import ENVIRONMENTS
from .moments import to_odoo


class Answer(models.Model):
    """An answer of Latarnia, byte for byte, with the time at which it came.

    The same answer comes 288 times a day. It is kept once; each probe names the answers of its run.
    """

    _name = "l10n_pl_ksef.answer"
    _description = "Answer of the KSeF Status Service"
    _order = "first_fetched desc, id desc"
    _rec_name = "sha256"

    environment = fields.Selection(ENVIRONMENTS, required=True, readonly=True)
    url = fields.Char("Address", required=True, readonly=True)
    body = fields.Binary(attachment=True, readonly=True)
    sha256 = fields.Char("SHA-256", required=True, readonly=True, help="Hexadecimal.")
    headers = fields.Text(
        readonly=True, help="As JSON, of the first time that this answer came; without cookies."
    )
    first_fetched = fields.Datetime("First read on", required=True, readonly=True)
    last_fetched = fields.Datetime("Last read on", required=True, readonly=True, index=True)
    announcement_ids = fields.One2many("l10n_pl_ksef.announcement", "answer_id", readonly=True)

    _answer_uniq = models.UniqueIndex("(environment, url, sha256)")

    @api.model
    def _keep(self, environment, evidence):
        """The record of an answer (``ksef.latarnia.Evidence``): a new one if it is a new answer."""
        fetched = to_odoo(evidence.fetched)
        sha256 = hashlib.sha256(evidence.body).hexdigest()
        answer = self.search(
            [
                ("environment", "=", environment),
                ("url", "=", evidence.url),
                ("sha256", "=", sha256),
            ],
            limit=1,
        )
        if answer:
            answer.last_fetched = fetched
            return answer
        headers = {str(name): str(value)[:1000] for name, value in evidence.headers.items()}
        return self.create(
            {
                "environment": environment,
                "url": evidence.url,
                "body": b64encode(evidence.body),
                "sha256": sha256,
                "headers": json.dumps(headers, indent=1),
                "first_fetched": fetched,
                "last_fetched": fetched,
            }
        )

    @api.model
    def _forget_old(self, before):
        """Drop answers that came last before a moment and brought no announcement."""
        old = self.search([("last_fetched", "<", before), ("announcement_ids", "=", False)])
        old.unlink()
