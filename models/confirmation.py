import hashlib
import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .connection import ENVIRONMENTS

#: What is written by making it, and by nobody's hand.
MADE = {
    "state",
    "made_on",
    "made_by_id",
    "evidence_id",
    "pdf_id",
    "sha256",
    "pdf_sha256",
    "probe_count",
    "minutes_down",
    "minutes_own_line",
    "minutes_gap",
}
#: What was made once never changes.
FROZEN = MADE | {"company_id", "environment", "start", "end", "lang"}
#: Longer intervals make papers that nobody reads.
LONGEST = timedelta(days=31)
#: What is proposed around an outage, to show that KSeF answered before and after.
MARGIN = timedelta(minutes=30)


class Confirmation(models.Model):
    """What Odoo saw of KSeF in an interval, as a paper and as a file with all the evidence.

    The file is made once from the probes, gaps, outages and announcements; its hash stands on the
    paper. Both are filed with the record and never change.
    """

    _name = "l10n_pl_ksef.confirmation"
    _inherit = ["mail.thread"]
    _description = "Confirmation of KSeF's Unavailability"
    _order = "id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    environment = fields.Selection(
        ENVIRONMENTS, required=True, default=lambda self: self._default_environment()
    )
    outage_id = fields.Many2one(
        "l10n_pl_ksef.outage",
        "For the outage",
        domain="[('environment', '=', environment)]",
        default=lambda self: self._last_outage(self._default_environment()),
        help="Sets the interval, with half an hour before and after.",
    )
    start = fields.Datetime("From", required=True)
    end = fields.Datetime("To", required=True)
    lang = fields.Selection(
        lambda self: self.env["res.lang"].get_installed(),
        "Language of the paper",
        required=True,
        default=lambda self: self.env.company.partner_id.lang or self.env.lang,
    )
    # draft ──Make──> made
    state = fields.Selection(
        [("draft", "Draft"), ("made", "Made")], default="draft", required=True, readonly=True
    )
    made_on = fields.Datetime("Made on", readonly=True, copy=False)
    made_by_id = fields.Many2one("res.users", "Made by", readonly=True, copy=False)
    evidence_id = fields.Many2one(
        "ir.attachment", "Evidence (JSON)", readonly=True, copy=False, ondelete="restrict"
    )
    sha256 = fields.Char(
        "SHA-256 of the evidence", readonly=True, copy=False, help="Hexadecimal, as sha256sum says."
    )
    pdf_id = fields.Many2one(
        "ir.attachment", "Paper (PDF)", readonly=True, copy=False, ondelete="restrict"
    )
    pdf_sha256 = fields.Char("SHA-256 of the paper", readonly=True, copy=False)
    probe_count = fields.Integer("Probes", readonly=True, copy=False)
    minutes_down = fields.Integer("Unavailable (minutes)", readonly=True, copy=False)
    minutes_own_line = fields.Integer("Own line broken (minutes)", readonly=True, copy=False)
    minutes_gap = fields.Integer("Not asked (minutes)", readonly=True, copy=False)

    # --- what is proposed ----------------------------------------------------------------------

    @api.model
    def _default_environment(self):
        return self.env.company.sudo().l10n_pl_ksef_environment or "production"

    @api.model
    def _last_outage(self, environment):
        return self.env["l10n_pl_ksef.outage"].search(
            [("environment", "=", environment), ("start", "<=", fields.Datetime.now())], limit=1
        )

    @api.model
    def default_get(self, names):
        values = super().default_get(names)
        outage = self.env["l10n_pl_ksef.outage"].browse(values.get("outage_id"))
        start, end = self._around(outage)
        values.setdefault("start", start)
        values.setdefault("end", end)
        return values

    @api.model
    def _around(self, outage):
        """The interval of an outage with some time around it; without one the last day."""
        now = fields.Datetime.now()
        if not outage or outage.start > now:
            return now - timedelta(days=1), now
        end = min(outage.end + MARGIN if outage.end else now, now)
        return max(outage.start - MARGIN, end - LONGEST), end

    @api.onchange("environment")
    def _onchange_environment(self):
        if self.outage_id.environment != self.environment:
            self.outage_id = self._last_outage(self.environment)

    @api.onchange("outage_id")
    def _onchange_outage(self):
        self.start, self.end = self._around(self.outage_id)

    @api.depends("environment", "start", "end")
    @api.depends_context("lang")
    def _compute_display_name(self):
        names = dict(self._fields["environment"]._description_selection(self.env))
        for one in self:
            when = [self.env["l10n_pl_ksef.outage"]._when(it) for it in (one.start, one.end) if it]
            one.display_name = f"{names.get(one.environment, '')} {' – '.join(when)}".strip()

    # --- what must not change ------------------------------------------------------------------

    @api.constrains("start", "end")
    def _check_interval(self):
        for one in self:
            if one.end <= one.start or one.end - one.start > LONGEST:
                raise ValidationError(
                    self.env._(
                        "Choose an interval of at most 31 days, with its end after its start."
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            self._refuse_made(values)
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_made(vals)
        if FROZEN & vals.keys() and any(one.state == "made" for one in self):
            raise UserError(
                self.env._(
                    "A confirmation never changes once it is made. Make a new one for another"
                    " interval."
                )
            )
        return super().write(vals)

    def _refuse_made(self, values):
        if not self.env.su and any(values[name] != "draft" for name in MADE & values.keys()):
            raise AccessError(self.env._("This is written by Odoo alone."))

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        if any(one.state == "made" for one in self):
            raise UserError(self.env._("A confirmation that was made is kept as evidence."))

    # --- making --------------------------------------------------------------------------------

    def action_make(self):
        """Collect the evidence, write it down once, and print the paper."""
        for one in self:
            one.check_access("write")
            if one.state == "made":
                raise UserError(self.env._("This confirmation was made before."))
            if one.end > fields.Datetime.now():
                raise UserError(
                    self.env._("The end lies in the future: what is to come cannot be confirmed.")
                )
            one.sudo()._make(self.env.user)
        return True

    def _make(self, user):
        self.ensure_one()
        self.write({"made_on": fields.Datetime.now(), "made_by_id": user.id})
        evidence = self.env["l10n_pl_ksef.evidence"]._of(self)
        # Sorted, so that the same facts give the same bytes; the hash is that of these bytes.
        data = json.dumps(evidence, ensure_ascii=False, indent=1, sort_keys=True).encode()
        data += b"\n"
        summary = evidence["summary"]
        file = self._filed(f"{self._file_name()}.json", data, "application/json")
        self.write(
            {
                "evidence_id": file.id,
                "sha256": hashlib.sha256(data).hexdigest(),
                "probe_count": summary["probes"],
                "minutes_down": round(summary["seconds_unavailable"] / 60),
                "minutes_own_line": round(summary["seconds_own_line"] / 60),
                "minutes_gap": round(summary["seconds_not_asked"] / 60),
            }
        )
        pdf = self._print()
        paper = self._filed(f"{self._file_name()}.pdf", pdf, "application/pdf")
        self.write(
            {"pdf_id": paper.id, "pdf_sha256": hashlib.sha256(pdf).hexdigest(), "state": "made"}
        )
        self.message_post(
            body=self.env._(
                "%(user)s made the confirmation. SHA-256 of the evidence: %(sha256)s",
                user=user.name,
                sha256=self.sha256,
            ),
            attachment_ids=[paper.id, file.id],
        )

    def _file_name(self):
        """No letters that a file system or a mail program changes."""
        return (
            f"KSeF-{self.environment}-{self.start:%Y%m%dT%H%MZ}-{self.end:%Y%m%dT%H%MZ}-{self.id}"
        )

    def _filed(self, name, data, mimetype):
        return self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": data,
                "mimetype": mimetype,
                "res_model": self._name,
                "res_id": self.id,
                "company_id": self.company_id.id,
            }
        )

    def _evidence(self):
        """The evidence as it was written down."""
        self.ensure_one()
        return json.loads(self.sudo().evidence_id.raw)

    # --- afterwards ----------------------------------------------------------------------------

    def action_verify(self):
        """Compare the files with their hashes, as anybody can with sha256sum."""
        self.ensure_one()
        self.check_access("read")
        mine = self.sudo()
        good = mine.state == "made" and all(
            hashlib.sha256(file.raw or b"").hexdigest() == sha256
            for file, sha256 in (
                (mine.evidence_id, mine.sha256),
                (mine.pdf_id, mine.pdf_sha256),
            )
        )
        words = (
            self.env._("Both files are as they were made.")
            if good
            else self.env._("A file is not as it was made. Restore it from a backup.")
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success" if good else "danger", "message": words},
        }

    def action_download_pdf(self):
        return self._download("pdf_id")

    def action_download_evidence(self):
        return self._download("evidence_id")

    def _download(self, name):
        self.ensure_one()
        self.check_access("read")
        file = self.sudo()[name]
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{file.id}?download=true",
            "target": "download",
        }
