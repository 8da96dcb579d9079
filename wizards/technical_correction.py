from base64 import b64decode, b64encode

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..ksef import fa3
from ..ksef.fa3.difference import differences, repeats
from ..ksef.rejections import Remedy, explanation
from ..models.explain import translated
from ..models.step import commit
from .dialog import dialog

#: More differences, or characters of one value, are not shown: the point is made long before.
SHOWN = 200
SHOWN_CHARACTERS = 1000
SHOWN_FILE = 200_000
#: What only a person can decide.
DOUBTS = ("unreadable", "repeats")
#: Where the number of an invoice stands.
NUMBER = "Fa/P_2"


class TechnicalCorrection(models.TransientModel):
    """Brings an invoice to KSeF that was issued offline and rejected.

    The buyer may have it, with a code that names the rejected file. What goes now has the same
    content, which is shown here, and goes either as the same file or with the hash of the first one
    (ksef/rejections.py).
    """

    _name = "l10n_pl_ksef.technical.correction"
    _description = "Technical Correction"

    move_id = fields.Many2one("account.move", "Invoice", required=True, readonly=True)
    document_id = fields.Many2one("l10n_pl_ksef.document", required=True, readonly=True)
    status_code = fields.Integer(related="document_id.status_code")
    reason = fields.Text(related="document_id.words", string="KSeF's words")
    advice = fields.Text(compute="_compute_advice")
    same_file = fields.Boolean(compute="_compute_advice")
    standing = fields.Text(compute="_compute_advice")
    # What goes, as it was examined; it is compared again before it is sent.
    xml = fields.Binary(attachment=False, readonly=True)
    new_file = fields.Text("What goes to KSeF", compute="_compute_files")
    rejected_file = fields.Text("What the buyer may have", compute="_compute_files")
    verdict = fields.Selection(
        [
            ("same", "The content is the same"),
            ("repeats", "The file is the same"),
            ("unreadable", "It cannot be compared"),
            ("different", "The content is not the same"),
            ("number", "It needs another number"),
            ("obstacles", "It cannot be written"),
        ],
        readonly=True,
    )
    verdict_words = fields.Text(readonly=True)
    line_ids = fields.One2many(
        "l10n_pl_ksef.technical.correction.line", "wizard_id", "Differences", readonly=True
    )
    is_sure = fields.Boolean("I have looked at both files, and they say the same")

    @api.depends("document_id")
    def _compute_advice(self):
        for wizard in self:
            document = wizard.document_id.sudo()
            wizard.same_file = document._remedy() is Remedy.SAME_FILE
            words = explanation(document.status_code)
            wizard.advice = self.env._(words) if words else False
            wizard.standing = wizard._words_of_standing(document)

    def _words_of_standing(self, document):
        modes = dict(document._fields["mode"]._description_selection(self.env))
        _ = self.env._
        words = [
            _(
                "Issued as %(mode)s: the buyer may have it, with two codes.",
                mode=modes[document.mode],
            )
        ]
        if document.deadline:
            day = format_date(self.env, document.deadline)
            words.append(_("It must be at KSeF by %(day)s.", day=day))
        attempts = len(document._attempts())
        if attempts > 1:
            words.append(_("It was sent %(count)s times already.", count=attempts))
        return " ".join(words)

    @api.depends("xml", "document_id")
    def _compute_files(self):
        for wizard in self:
            first = wizard.document_id.sudo()._original()._bytes()
            wizard.rejected_file = self._readable(first)
            wizard.new_file = self._readable(wizard._bytes())

    @api.model
    def _readable(self, data):
        text = data[:SHOWN_FILE].decode("utf-8", "replace").replace("\x00", "\ufffd")
        # One element a line is enough to read it; the bytes stay as they are.
        return text.replace("><", ">\n<")

    def _bytes(self):
        self.ensure_one()
        return b64decode(self.with_context(bin_size=False).xml or b"")

    # --- opening -------------------------------------------------------------------------------

    @api.model
    def _open_for(self, move):
        wizard = self.create(
            {"move_id": move.id, "document_id": move.sudo().l10n_pl_ksef_document_id.id}
        )
        wizard._examine()
        return wizard._reopen()

    def _reopen(self):
        title = (
            self.env._("Send again: %(name)s", name=self.move_id.name)
            if self.same_file
            else self.env._("Technical correction: %(name)s", name=self.move_id.name)
        )
        return dialog(self, title, "large")

    # --- examining -----------------------------------------------------------------------------

    def _examine(self):
        """Render the invoice again and compare it with the first file."""
        self.ensure_one()
        document = self.document_id.sudo()
        rendered, obstacles, _warnings = self.move_id._l10n_pl_ksef_check()
        fresh = rendered.get(self.move_id)
        self.line_ids.unlink()
        self.write({"is_sure": False, "verdict_words": False, "xml": False})
        if fresh is None:
            words = "\n".join(f"• {item.words}" for item in obstacles[self.move_id])
            if self.same_file:
                # The file that goes is there; only the proof is missing.
                self._conclude("unreadable", document._bytes(), words)
            else:
                self._conclude("obstacles", None, words)
            return
        data = document._bytes() if self.same_file else fresh
        try:
            found = self._differences(fresh)
        except fa3.Unreadable as unreadable:
            self._conclude("unreadable", data, translated(self.env, unreadable.problem))
            return
        if found:
            self._show(found)
            self._conclude("different", fresh)
        elif self.same_file:
            self._conclude("same", data)
        elif document._wants_another_number():
            self._conclude("number", fresh)
        elif any(repeats(attempt._bytes(), fresh) for attempt in document._attempts()):
            self._conclude("repeats", fresh)
        else:
            self._conclude("same", fresh)

    def _conclude(self, verdict, data, words=False):
        self.write(
            {"verdict": verdict, "verdict_words": words, "xml": b64encode(data) if data else False}
        )

    def _differences(self, data):
        """What ``data`` says otherwise than the first file; but for the number, where that may
        change.

        :raises fa3.Unreadable: it cannot be told
        """
        document = self.document_id.sudo()
        free = {NUMBER} if document._may_change_number() else set()
        return [
            item
            for item in differences(document._original()._bytes(), data)
            if item.path not in free
        ]

    def _show(self, found):
        _ = self.env._
        lines = []
        for item in found[:SHOWN]:
            words = _(item.label.text)
            lines.append(
                {
                    "place": words % item.label.values if item.label.values else words,
                    "path": item.path,
                    "before": (item.before or "")[:SHOWN_CHARACTERS],
                    "after": (item.after or "")[:SHOWN_CHARACTERS],
                }
            )
        if len(found) > SHOWN:
            lines.append({"place": _("… and %(count)s more", count=len(found) - SHOWN)})
        self.line_ids = [fields.Command.create(line) for line in lines]

    # --- deciding ------------------------------------------------------------------------------

    def action_send(self):
        """Make the new document and send it."""
        self.ensure_one()
        move = self.move_id
        self._check_open()
        if self.verdict not in ("same", *DOUBTS):
            raise UserError(self.env._("This cannot be sent: its content is not the same."))
        if self.verdict in DOUBTS and not self.is_sure:
            raise UserError(
                self.env._("Please look at both files first, and say that you are sure.")
            )
        if not self._is_as_examined():
            # Somebody changed the invoice while this dialog was open.
            self._examine()
            return self._reopen()
        document = self.document_id.sudo()
        data = self._bytes()
        corrects = document.corrects_id if self.same_file else document._original()
        again = document._again(data, corrects)
        if not self.same_file:
            # It bears the codes of the first file, which lead here as well; what is printed from
            # now on bears those of this one.
            move._l10n_pl_ksef_detach_pdf()
            move._l10n_pl_ksef_say(
                self.env._(
                    "Technical correction: the same invoice goes to KSeF in another file. The code"
                    " on what was handed over leads to it as soon as KSeF has accepted it."
                ),
                self.env._("SHA-256 of the first file: %(sha256)s", sha256=corrects.sha256),
            )
        else:
            move._l10n_pl_ksef_say(self.env._("The same file goes to KSeF again."))
        commit(self.env)
        again._send()
        again._trigger_outbox()
        move._l10n_pl_ksef_await()
        return move._l10n_pl_ksef_report({})

    def action_give_up(self):
        """Open the way to issue the invoice anew, with other content."""
        self.ensure_one()
        self._check_open()
        self.document_id.sudo().given_up = True
        self.move_id._l10n_pl_ksef_say(
            self.env._(
                "%(user)s decided to issue the invoice anew. The codes of the rejected file"
                " (%(number)s) lead nowhere: whoever has them must get the new ones.",
                user=self.env.user.name,
                number=self.document_id.number,
            )
        )
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _check_open(self):
        move = self.move_id
        move.check_access("write")
        move._l10n_pl_ksef_check_right(self.env.user)
        # Two people may have this open for the same invoice.
        held = move.try_lock_for_update()
        move.invalidate_recordset(["l10n_pl_ksef_state", "l10n_pl_ksef_document_id"])
        still = held and move.sudo().l10n_pl_ksef_document_id == self.document_id
        open_actions = move._l10n_pl_ksef_actions()[move]
        if not still or not {"technical_correction", "send_again"} & open_actions:
            raise UserError(
                self.env._("Meanwhile somebody else went on with this invoice. Close this window.")
            )

    def _is_as_examined(self):
        """Whether the invoice still says what was shown here."""
        if self.same_file and self.verdict == "unreadable":
            return True
        rendered, _obstacles, _warnings = self.move_id._l10n_pl_ksef_check()
        fresh = rendered.get(self.move_id)
        return fresh is not None and not differences(self._bytes(), fresh)


class TechnicalCorrectionLine(models.TransientModel):
    _name = "l10n_pl_ksef.technical.correction.line"
    _description = "Difference of a Technical Correction"

    wizard_id = fields.Many2one(
        "l10n_pl_ksef.technical.correction", required=True, ondelete="cascade"
    )
    place = fields.Char("Where", readonly=True)
    path = fields.Char("Field of FA(3)", readonly=True)
    before = fields.Text("What the buyer may have", readonly=True)
    after = fields.Text("What Odoo says now", readonly=True)
