import re

from odoo import models

#: How Odoo writes an image of a message's own into the HTML that leaves.
IMAGE = re.compile(r'src="[^"]*/web/image/(\d+)\?access_token=([0-9a-fA-F-]+)"')


class IrMailServer(models.Model):
    _inherit = "ir.mail_server"

    def _build_email__(self, *args, **kwargs):
        message = super()._build_email__(*args, **kwargs)
        self._l10n_pl_ksef_embed_codes(message)
        return message

    def _l10n_pl_ksef_embed_codes(self, message):
        """Put the QR codes into the e-mail itself.

        Odoo leaves a link to its own server, which most customers cannot reach, and which mail
        programs do not load without being asked.
        """
        part = message.get_body(("html",))
        body = part.get_content() if part else ""
        found = {int(number): token for number, token in IMAGE.findall(body)}
        if not found:
            return
        attachments = self.env["ir.attachment"].sudo().browse(found).exists()
        codes = attachments.filtered(
            lambda it: (
                it.mimetype == "image/png"
                and (it.name or "").startswith("KSeF ")
                and it.access_token == found[it.id]
            )
        )
        if not codes:
            return

        def inside(match):
            number = int(match[1])
            return f'src="cid:ksef{number}"' if number in codes.ids else match[0]

        part.set_content(IMAGE.sub(inside, body), subtype="html", charset="utf-8")
        for code in codes:
            part.add_related(
                code.raw,
                "image",
                "png",
                cid=f"<ksef{code.id}>",
                filename=code.name,
                disposition="inline",
            )
