from odoo import api, fields, models
from odoo.exceptions import UserError

from ..ksef.errors import KsefError
from ..models.explain import explain
from ..models.moments import to_odoo
from .dialog import dialog


class Certificates(models.TransientModel):
    """The certificates that KSeF knows for the person logged in, with those we hold marked."""

    _name = "l10n_pl_ksef.certificates"
    _description = "Certificates at KSeF"

    connection_id = fields.Many2one("l10n_pl_ksef.connection", required=True, readonly=True)
    line_ids = fields.One2many("l10n_pl_ksef.certificates.line", "wizard_id")
    limits = fields.Char(readonly=True)
    reason = fields.Selection(
        [
            ("Unspecified", "No reason given"),
            ("Superseded", "Replaced by another one"),
            ("KeyCompromise", "Its key may be in wrong hands"),
        ],
        "Reason of revocation",
        default="Unspecified",
        required=True,
    )

    @api.model
    def _open_for(self, connection):
        wizard = self.create({"connection_id": connection.id})
        wizard._read()
        return wizard._reopen()

    def _reopen(self):
        return dialog(self, self.env._("Certificates at KSeF"), "extra-large")

    def _read(self):
        try:
            found = self.connection_id._ask("query_certificates")
            limits = self.connection_id._ask("certificate_limits")
        except KsefError as error:
            raise UserError(explain(self.env, error)) from error
        held = {
            certificate.serial_number: certificate
            for certificate in self.env["l10n_pl_ksef.certificate"].search(
                [("environment", "=", self.connection_id.environment)]
            )
        }
        self.limits = self.env._(
            "Certificates left: %(certificates)s of %(most)s; requests left: %(requests)s of"
            " %(all)s.",
            certificates=limits.certificate.remaining,
            most=limits.certificate.limit,
            requests=limits.enrollment.remaining,
            all=limits.enrollment.limit,
        )
        kinds = dict(
            self.env["l10n_pl_ksef.certificate"]._fields["kind"]._description_selection(self.env)
        )
        states = {
            "Active": self.env._("Active"),
            "Blocked": self.env._("Blocked"),
            "Revoked": self.env._("Revoked"),
            "Expired": self.env._("Expired"),
        }
        self.line_ids.unlink()
        self.line_ids = [
            fields.Command.create(
                {
                    "serial_number": item.serial,
                    "name": item.name,
                    "kind": kinds.get(item.type, item.type),
                    "status": item.status,
                    "status_name": states.get(item.status, item.status),
                    "valid_from": to_odoo(item.valid_from),
                    "valid_to": to_odoo(item.valid_to),
                    "last_used": to_odoo(item.last_used),
                    "certificate_id": held[item.serial].id if item.serial in held else False,
                }
            )
            for item in found
        ]


class CertificatesLine(models.TransientModel):
    _name = "l10n_pl_ksef.certificates.line"
    _description = "Certificate at KSeF"
    _order = "valid_to desc"

    wizard_id = fields.Many2one("l10n_pl_ksef.certificates", required=True, ondelete="cascade")
    serial_number = fields.Char(readonly=True)
    name = fields.Char(readonly=True)
    kind = fields.Char(readonly=True)
    status = fields.Char("KSeF's word", readonly=True)
    status_name = fields.Char("Status", readonly=True)
    valid_from = fields.Datetime(readonly=True)
    valid_to = fields.Datetime(readonly=True)
    last_used = fields.Datetime(readonly=True)
    certificate_id = fields.Many2one("l10n_pl_ksef.certificate", readonly=True)
    is_held = fields.Boolean("Held here", compute="_compute_is_held")

    @api.depends("certificate_id")
    def _compute_is_held(self):
        for line in self:
            line.is_held = bool(line.certificate_id)

    def action_revoke(self):
        """Revoke at KSeF, for ever, with the reason chosen above the list."""
        self.ensure_one()
        wizard = self.wizard_id
        if self.certificate_id:
            self.certificate_id._revoke_over(wizard.connection_id, wizard.reason)
        else:
            try:
                wizard.connection_id._ask("revoke_certificate", self.serial_number, wizard.reason)
            except KsefError as error:
                raise UserError(explain(self.env, error)) from error
        wizard._read()
        return wizard._reopen()
