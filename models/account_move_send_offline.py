from datetime import datetime, time, timedelta

from odoo import models
from odoo.tools.misc import format_date

from .modes import OFFLINE_MODES
from .moments import WARSAW, warsaw_today

#: KSeF compares calendar days: what is sent this close to midnight may arrive on the next one.
NEAR_MIDNIGHT = timedelta(minutes=10)


def minutes_to_midnight(now):
    """Whole minutes until the day in Warsaw ends, if it ends soon; else None."""
    now = now.astimezone(WARSAW)
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), WARSAW)
    left = midnight - now
    return int(left.total_seconds() // 60) if left <= NEAR_MIDNIGHT else None


class AccountMoveSend(models.AbstractModel):
    """What the send wizard says of the mode of issue and of the day."""

    _inherit = "account.move.send"

    def _l10n_pl_ksef_mode_alerts(self, moves):
        _ = self.env._
        alerts = {}
        for company, theirs in moves.grouped("company_id").items():
            held = company.sudo()
            mode = held.l10n_pl_ksef_mode
            name = company._l10n_pl_ksef_mode_name(mode)
            switch = {
                "action_text": _("Switch the mode"),
                "action": theirs[:1].action_l10n_pl_ksef_switch_mode(),
            }
            if mode in OFFLINE_MODES:
                alerts[f"l10n_pl_ksef_mode_{company.id}"] = {
                    "level": "warning",
                    "message": _(
                        "The company issues in the mode %(mode)s: the invoice is issued now with"
                        " two codes, and sent to KSeF by itself when it answers. With that it is"
                        " issued in law and can only be corrected.",
                        mode=name,
                    ),
                    **switch,
                }
                certificate = held.l10n_pl_ksef_connection_id.offline_certificate_id
                if not certificate or not certificate._is_good():
                    alerts[f"l10n_pl_ksef_no_code_{company.id}"] = {
                        "level": "warning",
                        "message": theirs._l10n_pl_ksef_words_no_certificate(),
                    }
            elif mode == "total_failure":
                alerts[f"l10n_pl_ksef_mode_{company.id}"] = {
                    "level": "warning",
                    "message": _(
                        "Total failure of KSeF: the invoice is issued outside KSeF, bears no codes"
                        " and is never sent there."
                    ),
                    **switch,
                }
            elif held.l10n_pl_ksef_proposed_mode:
                alerts[f"l10n_pl_ksef_proposal_{company.id}"] = {
                    "level": "warning",
                    "message": held.l10n_pl_ksef_proposal_words,
                    **switch,
                }
        return alerts

    def _l10n_pl_ksef_date_alerts(self, moves):
        _ = self.env._
        today = warsaw_today()
        alerts = {}
        # In a total failure KSeF gets none of them.
        moves = moves - moves._l10n_pl_ksef_in_total_failure()
        future = moves.filtered(lambda move: move.invoice_date and move.invoice_date > today)
        if future:
            alerts["l10n_pl_ksef_future"] = {
                "level": "danger" if len(moves) == 1 else "warning",
                "message": _(
                    "KSeF refuses invoices dated in the future: %(names)s.",
                    names=self._l10n_pl_ksef_names(future),
                ),
                "action_text": _("View Invoice(s)"),
                "action": future._get_records_action(name=_("Dated in the future")),
            }
        online = moves.filtered(lambda move: move.company_id.sudo().l10n_pl_ksef_mode == "online")
        past = online.filtered(lambda move: move.invoice_date and move.invoice_date < today)
        if past:
            # 106nda section 16: what reaches KSeF on a later day than P_1 counts as offline24.
            alerts["l10n_pl_ksef_past"] = {
                "level": "warning",
                "message": _(
                    "%(names)s: the date of issue is before today, so KSeF will mark it as OFFLINE"
                    " (offline24, art. 106nda).",
                    names=self._l10n_pl_ksef_names(past),
                ),
            }
        offline = moves - online
        dated = offline.filtered(
            lambda move: (
                move.company_id.sudo().l10n_pl_ksef_mode in OFFLINE_MODES
                and move.invoice_date != today
            )
        )
        if dated:
            alerts["l10n_pl_ksef_not_today"] = {
                "level": "danger" if len(moves) == 1 else "warning",
                "message": _(
                    "%(names)s: an invoice issued offline bears today's date (%(today)s). Reset it"
                    " to draft and change its invoice date.",
                    names=self._l10n_pl_ksef_names(dated),
                    today=format_date(self.env, today),
                ),
                "action_text": _("View Invoice(s)"),
                "action": dated._get_records_action(name=_("Not dated today")),
            }
        left = minutes_to_midnight(datetime.now(WARSAW))
        late = online.filtered(lambda move: move.invoice_date == today)
        if left is not None and late:
            alerts["l10n_pl_ksef_midnight"] = {
                "level": "warning",
                "message": _(
                    "It is %(minutes)s minutes to midnight in Poland. What reaches KSeF after"
                    " midnight with today's date is OFFLINE there (offline24, art. 106nda sec. 16)."
                    " To be on the safe side date it tomorrow, or issue it offline.",
                    minutes=left,
                ),
            }
        return alerts
