from odoo import api, fields, models
from odoo.exceptions import UserError

from ..ksef.errors import KsefError
from ..models.explain import explain
from ..models.moments import to_odoo
from .dialog import dialog


class Sessions(models.TransientModel):
    """The logins that KSeF knows for the company, whichever program made them."""

    _name = "l10n_pl_ksef.sessions"
    _description = "Logins at KSeF"

    connection_id = fields.Many2one("l10n_pl_ksef.connection", required=True, readonly=True)
    line_ids = fields.One2many("l10n_pl_ksef.sessions.line", "wizard_id")

    @api.model
    def _open_for(self, connection):
        wizard = self.create({"connection_id": connection.id})
        wizard._read()
        return wizard._reopen()

    def _reopen(self):
        return dialog(self, self.env._("Logins at KSeF"))

    def _read(self):
        try:
            found = self.connection_id._ask("authentication_sessions")
        except KsefError as error:
            raise UserError(explain(self.env, error)) from error
        self.line_ids.unlink()
        self.line_ids = [
            fields.Command.create(
                {
                    "reference": item.reference,
                    "begun": to_odoo(item.start),
                    "method": item.method_name,
                    "until": to_odoo(item.refresh_valid_until),
                    "is_ours": item.is_current,
                }
            )
            for item in found
        ]

    def action_revoke_others(self):
        """Revoke every login but the one of this connection."""
        self.ensure_one()
        self.line_ids.filtered(lambda line: not line.is_ours)._revoke()
        self._read()
        return self._reopen()


class SessionsLine(models.TransientModel):
    _name = "l10n_pl_ksef.sessions.line"
    _description = "Login at KSeF"
    _order = "begun desc"

    wizard_id = fields.Many2one("l10n_pl_ksef.sessions", required=True, ondelete="cascade")
    reference = fields.Char(readonly=True)
    begun = fields.Datetime(readonly=True)
    method = fields.Char(readonly=True)
    until = fields.Datetime("Good until", readonly=True)
    is_ours = fields.Boolean("This connection", readonly=True)

    def _revoke(self):
        for line in self:
            try:
                line.wizard_id.connection_id._ask("revoke_authentication_session", line.reference)
            except KsefError as error:
                raise UserError(explain(self.env, error)) from error

    def action_revoke(self):
        """Revoke this login; its program has to log in again."""
        self.ensure_one()
        if self.is_ours:
            raise UserError(
                self.env._("This is the login of this connection. Use “Disconnect” for it.")
            )
        wizard = self.wizard_id
        self._revoke()
        wizard._read()
        return wizard._reopen()
