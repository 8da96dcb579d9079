from contextlib import contextmanager
from dataclasses import dataclass

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..ksef import fa3
from .explain import translated
from .fa3_source import Source
from .moments import warsaw_today

#: Stands for the number in a preview; in Polish, as all of the document.
NO_NUMBER = "SZKIC"


@dataclass(frozen=True)
class Finding:
    """What a person should know before sending.

    ``level`` is ``wall``, ``warning`` or ``info``; ``record`` is what has to be opened to mend it.
    """

    level: str
    words: str
    record: object = None


@dataclass(frozen=True)
class Preview:
    """What an invoice would be at KSeF: ``data`` is empty while something stands in the way."""

    invoice: fa3.Invoice
    data: bytes
    findings: list


class PreviewSource(Source):
    """Keeps what it has read of invoices that cannot become documents yet."""

    def __init__(self, moves):
        super().__init__(moves)
        self.unfinished = {}

    def _invoice(self, move):
        invoice = super()._invoice(move)
        if not move.name or move.name == "/":
            invoice.Fa.P_2 = NO_NUMBER
        self.unfinished[move.id] = invoice
        return invoice


class AccountMove(models.Model):
    """What an invoice will look like in KSeF, before anything is made of it."""

    _inherit = "account.move"

    l10n_pl_ksef_can_preview = fields.Boolean(compute="_compute_l10n_pl_ksef_gate")

    def _compute_l10n_pl_ksef_gate(self):
        res = super()._compute_l10n_pl_ksef_gate()
        allowed = self.env.user.has_group("l10n_pl_ksef.group_user")
        actions = self._l10n_pl_ksef_actions()
        for move in self:
            move.l10n_pl_ksef_can_preview = allowed and "preview" in actions[move]
        return res

    def _l10n_pl_ksef_actions(self):
        """
        ``preview``  show it as KSeF and the buyer will see it, also as a draft
        """
        actions = super()._l10n_pl_ksef_actions()
        for move, done in actions.items():
            connection = move.company_id.sudo().l10n_pl_ksef_connection_id
            if connection and move.is_sale_document() and move.state != "cancel":
                done.add("preview")
        return actions

    def action_l10n_pl_ksef_preview(self):
        """Show the invoice as it will be at KSeF (wizard)."""
        self.ensure_one()
        self.check_access("read")
        self._l10n_pl_ksef_check_right(self.env.user)
        if "preview" not in self._l10n_pl_ksef_actions()[self]:
            raise UserError(
                self.env._(
                    "There is a KSeF preview of customer invoices only, of a company with a KSeF"
                    " connection."
                )
            )
        return self.env["l10n_pl_ksef.preview"]._open_for(self)

    # --- making it -----------------------------------------------------------------------------

    def _l10n_pl_ksef_preview(self):
        """The document that would be made now (:class:`Preview`); nothing of it is kept."""
        self.ensure_one()
        with self._l10n_pl_ksef_as_if_confirmed_today():
            source = PreviewSource(self.sudo())
            source.invoices()
        invoice = source.unfinished[self.id]
        findings = [
            Finding("wall", item.words, item.record) for item in source.obstacles.get(self.id, [])
        ]
        data = b""
        if not findings:
            try:
                data = fa3.write(invoice)
            except fa3.Unwritable as error:
                findings = [
                    Finding("wall", translated(self.env, problem), self)
                    for problem in error.problems
                ]
            else:
                findings = [
                    Finding(problem.level, self._l10n_pl_ksef_where(problem), self)
                    for problem in fa3.validate(data, invoice=invoice)
                ]
        if self.state == "posted" and self._l10n_pl_ksef_in_total_failure():
            # art. 106ng: no duty of FA(3), so nothing in the content stands in the way.
            findings = [Finding("warning", item.words, item.record) for item in findings]
        return Preview(invoice, data, findings + self._l10n_pl_ksef_findings_around())

    def _l10n_pl_ksef_findings_around(self):
        """What does not follow from the content: of a draft, of the login, of the day."""
        if self.state == "draft":
            return self._l10n_pl_ksef_findings_of_draft()
        if "send" not in self._l10n_pl_ksef_actions()[self]:
            return []
        levels = {"danger": "wall", "warning": "warning"}
        alerts = self.env["account.move.send"]._l10n_pl_ksef_circumstances(self)
        return [
            Finding(levels.get(alert["level"], "info"), alert["message"])
            for alert in alerts.values()
        ]

    def _l10n_pl_ksef_findings_of_draft(self):
        _ = self.env._
        lines = [_("This is a draft. It can be sent to KSeF once it is confirmed.")]
        if not self.name or self.name == "/":
            lines.append(
                _(
                    "It gets its number when it is confirmed; until then the preview shows"
                    " “%(word)s” in its place.",
                    word=NO_NUMBER,
                )
            )
        if not self.invoice_date:
            lines.append(
                _(
                    "It has no invoice date yet. If it is confirmed today it bears today's"
                    " (%(today)s).",
                    today=format_date(self.env, warsaw_today()),
                )
            )
        return [Finding("info", words) for words in lines]

    @contextmanager
    def _l10n_pl_ksef_as_if_confirmed_today(self):
        """A draft without a date bears today's, in memory and only within this."""
        field = self._fields["invoice_date"]
        dateless = self.filtered(lambda move: move.state == "draft" and not move.invoice_date)
        try:
            for move in dateless:
                field._update_cache(move, warsaw_today())
            yield
        finally:
            for move in dateless:
                field._update_cache(move, None)

    @api.model
    def _l10n_pl_ksef_page_language(self):
        return "pl" if (self.env.lang or "").startswith("pl") else "en"
