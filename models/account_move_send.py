from markupsafe import Markup
from odoo import api, models
from odoo.addons.base.models.ir_actions_report import _wkhtml

from .document import ON_THEIR_WAY

EDI = "l10n_pl_ksef"
#: What is kept of a person's choices when the e-mail has to wait for the KSeF number.
KEPT = (
    "sending_methods",
    "invoice_edi_format",
    "mail_lang",
    "mail_body",
    "mail_subject",
    "mail_partner_ids",
    "mail_attachments_widget",
)


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _l10n_pl_ksef_applicable(self, move):
        return "send" in move._origin._l10n_pl_ksef_actions()[move._origin]

    def _get_all_extra_edis(self):
        res = super()._get_all_extra_edis()
        res[EDI] = {
            # Odoo puts it behind a box and, for many invoices, behind "by".
            "label": "KSeF",
            "is_applicable": self._l10n_pl_ksef_applicable,
            "help": self.env._(
                "Sends the invoice to KSeF, which gives it its number. After that it cannot be"
                " changed, only corrected."
            ),
        }
        return res

    # --- what is said before sending -----------------------------------------------------------

    def _get_alerts(self, moves, moves_data):
        alerts = super()._get_alerts(moves, moves_data)
        chosen = moves.filtered(lambda move: EDI in (moves_data[move]["extra_edis"] or ()))._origin
        if chosen:
            alerts.update(self._l10n_pl_ksef_alerts(chosen))
        return alerts

    def _l10n_pl_ksef_alerts(self, moves):
        alerts = self._l10n_pl_ksef_circumstances(moves)
        # art. 106ng: what stays outside KSeF needs not the form of FA(3).
        to_ksef = moves - moves._l10n_pl_ksef_in_total_failure()
        alerts.update(self._l10n_pl_ksef_content_alerts(to_ksef))
        return alerts

    def _l10n_pl_ksef_circumstances(self, moves):
        """What is to be said whatever the invoices hold: right, environment, login, mode, day."""
        _ = self.env._
        alerts = {}
        names = dict(
            self.env["l10n_pl_ksef.connection"]
            ._fields["environment"]
            ._description_selection(self.env)
        )
        if not self.env.user.has_group("l10n_pl_ksef.group_user"):
            alerts["l10n_pl_ksef_right"] = {
                "level": "danger",
                "message": self.env["account.move"]._l10n_pl_ksef_no_right(),
            }
        # art. 106ng: what stays outside KSeF needs no right there.
        to_ksef = moves - moves._l10n_pl_ksef_in_total_failure()
        for connection in to_ksef.company_id.sudo().l10n_pl_ksef_connection_id:
            key = f"l10n_pl_ksef_environment_{connection.id}"
            if connection.environment == "production":
                alerts[key] = {
                    "level": "info",
                    "message": _(
                        "KSeF PRODUCTION: once KSeF has taken the invoice it is issued and legally"
                        " binding. It cannot be withdrawn, only corrected."
                    ),
                }
            else:
                alerts[key] = {
                    "level": "warning",
                    "message": _(
                        "KSeF %(environment)s: this is practice. The invoice is not issued in law"
                        " and the buyer does not get it in KSeF.",
                        environment=names[connection.environment],
                    ),
                }
            if connection.state != "connected":
                alerts[f"l10n_pl_ksef_login_{connection.id}"] = {
                    "level": "warning",
                    "message": _(
                        "The KSeF connection has to be authorised again. The invoice is prepared"
                        " now and sent by itself after that."
                    ),
                    "action_text": _("Open the connection"),
                    "action": connection._get_records_action(name=_("KSeF Connection")),
                }
            elif not connection.can_send:
                alerts[f"l10n_pl_ksef_permission_{connection.id}"] = {
                    "level": "danger",
                    "message": _(
                        "%(signer)s may not issue invoices in KSeF for this NIP (InvoiceWrite is"
                        " missing).",
                        signer=connection.signer or connection.name,
                    ),
                    "action_text": _("Open the connection"),
                    "action": connection._get_records_action(name=_("KSeF Connection")),
                }
        alerts.update(self._l10n_pl_ksef_mode_alerts(moves))
        alerts.update(self._l10n_pl_ksef_date_alerts(moves))
        return alerts

    def _l10n_pl_ksef_content_alerts(self, moves):
        _ = self.env._
        _rendered, obstacles, warnings = moves._l10n_pl_ksef_check()
        alerts = {}
        for number, (move, items) in enumerate(obstacles.items()):
            for position, item in enumerate(items):
                elsewhere = item.record != move
                alerts[f"l10n_pl_ksef_obstacle_{number}_{position}"] = {
                    "level": "danger" if len(moves) == 1 else "warning",
                    "message": item.words
                    if len(moves) == 1
                    else _("%(name)s: %(words)s", name=move.name, words=item.words),
                    "action_text": _("Open %(name)s", name=item.record.display_name)
                    if elsewhere or len(moves) > 1
                    else False,
                    "action": item.record._get_records_action()
                    if elsewhere or len(moves) > 1
                    else False,
                }
        for number, (move, words) in enumerate(warnings.items()):
            alerts[f"l10n_pl_ksef_warning_{number}"] = {
                "level": "warning",
                "message": f"{move.name}: " + " ".join(words),
            }
        return alerts

    @api.model
    def _l10n_pl_ksef_names(self, moves):
        names = moves[:5].mapped("name")
        return ", ".join(names) + (" …" if len(moves) > 5 else "")

    # --- sending -------------------------------------------------------------------------------

    @api.model
    def _get_default_sending_settings(self, move, from_cron=False, **custom_settings):
        held = move.sudo().l10n_pl_ksef_held if from_cron else None
        if held and held.get("released"):
            kept = held["settings"]
            restored = {name: kept[name] for name in KEPT if name in kept}
            if kept.get("mail_body"):
                # JSON knows no markup; as plain text the message would show its tags.
                restored["mail_body"] = Markup(kept["mail_body"])
            if kept.get("mail_template"):
                restored["mail_template"] = self.env["mail.template"].browse(kept["mail_template"])
            if kept.get("pdf_report"):
                restored["pdf_report"] = self.env["ir.actions.report"].browse(kept["pdf_report"])
            custom_settings = {**restored, **custom_settings}
            move.sudo().l10n_pl_ksef_held = False
        return super()._get_default_sending_settings(move, from_cron=from_cron, **custom_settings)

    @api.model
    def _call_web_service_before_invoice_pdf_render(self, invoices_data):
        super()._call_web_service_before_invoice_pdf_render(invoices_data)
        chosen = {
            move.id: data
            for move, data in invoices_data.items()
            if EDI in (data.get("extra_edis") or ())
        }
        # The cron sends in the name of whoever ordered it.
        for data in chosen.values():
            author = self.env["res.users"].browse(data.get("author_user_id") or self.env.uid)
            if not author.has_group("l10n_pl_ksef.group_user"):
                words = self.env["account.move"]._l10n_pl_ksef_no_right()
                data["error"] = {"error_title": words}
        moves = self.env["account.move"].browse(
            move_id for move_id, data in chosen.items() if not data.get("error")
        )
        if not moves:
            return
        before = {own.id: own.invoice_pdf_report_id.id for own in moves}
        refused = moves._l10n_pl_ksef_send()
        moves._l10n_pl_ksef_await()
        for own in moves:
            data = chosen[own.id]
            if own.invoice_pdf_report_id.id != before[own.id]:
                # The e-mail takes the PDF with the number, which is made now, not the old one.
                data["mail_attachments_widget"] = [
                    item
                    for item in data.get("mail_attachments_widget") or []
                    if item.get("id") != before[own.id]
                ]
            if own in refused:
                data["error"] = {
                    "error_title": self.env._("The invoice was not sent to KSeF:"),
                    "errors": refused[own],
                }
            elif own.l10n_pl_ksef_state == "rejected":
                data["error"] = {
                    "error_title": self.env._("KSeF rejected the invoice:"),
                    "errors": (own.sudo().l10n_pl_ksef_words or "").splitlines(),
                }
            elif own.l10n_pl_ksef_state in ON_THEIR_WAY and own._l10n_pl_ksef_handing_over().waits:
                own.sudo().l10n_pl_ksef_held = self._l10n_pl_ksef_keep(data)
            elif "send" in own._l10n_pl_ksef_actions()[own]:
                # No document was made, because another transaction held the invoice.
                data["error"] = {
                    "error_title": self.env._(
                        "The invoice was not sent to KSeF, because somebody else is working on it"
                        " at this moment. Try again."
                    ),
                    "retry": True,
                }

    @api.model
    def _l10n_pl_ksef_keep(self, data):
        settings = {name: data[name] for name in KEPT if name in data}
        settings["sending_methods"] = list(settings.get("sending_methods") or [])
        settings["mail_template"] = data["mail_template"].id if data.get("mail_template") else False
        settings["pdf_report"] = data["pdf_report"].id if data.get("pdf_report") else False
        return {
            "author": {
                "author_user_id": data.get("author_user_id"),
                "author_partner_id": data.get("author_partner_id"),
            },
            "settings": settings,
        }

    @api.model
    def _prepare_invoice_pdf_report(self, invoices_data):
        # A PDF engine without the patched Qt (Debian's) makes one document at a time; the numbers
        # are there already, so the e-mails of a batch must not fail on that.
        ours = any(move.l10n_pl_ksef_state for move in invoices_data)
        if len(invoices_data) > 1 and ours and not _wkhtml().is_patched_qt:
            for move, data in invoices_data.items():
                super()._prepare_invoice_pdf_report({move: data})
            return None
        return super()._prepare_invoice_pdf_report(invoices_data)

    @api.model
    def _hook_if_success(self, moves_data, from_cron=False):
        # An invoice that KSeF has not accepted is not issued yet: its e-mail waits for the number
        # and goes out by itself then (account.move, _l10n_pl_ksef_accepted).
        for move, data in moves_data.items():
            # Ordered while the number was awaited: this e-mail is the one that a person wants.
            later = EDI not in (data.get("extra_edis") or ())
            if move.l10n_pl_ksef_held and later and data.get("sending_methods"):
                move.l10n_pl_ksef_held = self._l10n_pl_ksef_keep(data)
        now = {move: data for move, data in moves_data.items() if not move.l10n_pl_ksef_held}
        return super()._hook_if_success(now, from_cron=from_cron) if now else None
