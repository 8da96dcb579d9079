"""What may be done about an invoice issued offline that KSeF rejected.

The buyer may have it already, with KOD I, which names the file by its hash.  So it comes to KSeF as
that very file, or as a technical correction that names the hash of that file; only then does the
code lead to the invoice.  Sources: guide, offline/korekta-techniczna.md and
faktury/weryfikacja-faktury.md; OpenAPI, SessionInvoiceStatusResponse and
``POST /sessions/online/{referenceNumber}/invoices``.

Which hash a second correction names, after a first one was rejected as well, no source says.  It is
that of the first file: the guide speaks of the original invoice ("faktura pierwotna"), whose code
was handed over, and describes no chain; and 21166 refuses only what was corrected successfully.
"""

from __future__ import annotations

from enum import Enum

from .words import _


class Remedy(str, Enum):
    """What helps."""

    #: another file of the same content, with the hash of the first one
    CORRECTION = "correction"
    #: the same, under another number: the only content that has to change, since KSeF knows a
    #: duplicate by seller, kind and number
    NEW_NUMBER = "new_number"
    #: the same file: it was not what KSeF objected to
    SAME_FILE = "same_file"


#: By the status of the invoice, or by the error code if it was refused on receipt.  The guide names
#: schema, size and duplicates, and "other errors of technical validation"; it excludes errors about
#: permissions.  405, 500 and 550 judge nothing, and the outbox sends the same file by itself.
#: 21166 and 21167 say that KSeF has the invoice; that no file mends.
_REMEDIES = {
    410: Remedy.SAME_FILE,
    415: Remedy.SAME_FILE,
    430: Remedy.CORRECTION,
    435: Remedy.SAME_FILE,
    440: Remedy.NEW_NUMBER,
    450: Remedy.CORRECTION,
    21402: Remedy.SAME_FILE,
    21403: Remedy.SAME_FILE,
    21405: Remedy.CORRECTION,
}

_WORDS = {
    410: _(
        "The person who sent it lacks a permission for this seller. That is no technical reason:"
        " once the permission is there, the same file goes again, and both codes stay as they are."
    ),
    415: _(
        "The company may not send invoices with attachments. That is no technical reason: once it"
        " is registered for them in e-Urząd Skarbowy, the same file goes again."
    ),
    430: _(
        "KSeF could not use the file: its size, its encoding or its characters. A technical"
        " correction brings the same invoice in a better file."
    ),
    435: _(
        "KSeF could not decrypt what arrived. The invoice itself was not looked at: the same file"
        " goes again, and both codes stay as they are."
    ),
    440: _(
        "KSeF has another invoice with this number. Compare the two first: if it is this very"
        " invoice, sent by another program, nothing has to be sent. Else reset this one to draft,"
        " give it a number of its own and post it again; nothing else may change. Tell the buyer"
        " the new number."
    ),
    450: _(
        "The file breaks a rule of the form (schema), or of KSeF. If the invoice can be written"
        " rightly without saying anything else, a technical correction does it."
    ),
    21402: _("What arrived was incomplete. The same file goes again."),
    21403: _("What arrived was damaged. The same file goes again."),
    21405: _(
        "KSeF refused the file on receipt. A technical correction brings the same invoice in a"
        " better file."
    ),
}


def remedy(code: int) -> Remedy | None:
    """Return what helps against a rejection; None when nothing here does.

    :param code: status of the invoice, or error code of the refused request
    """
    return _REMEDIES.get(code)


def explanation(code: int) -> str:
    """Return what a rejection means and what to do: English, marked for translation."""
    return _WORDS.get(code, "")
