"""What a person may do in KSeF for a company, in words.

guide/uprawnienia.md; OpenAPI, ``PersonalPermissionScope``.  ``Owner`` is no scope: KSeF tells
it beside them, of a person who has them as owner of the company and not by grant.
"""

from __future__ import annotations

from .words import _

#: the most telling first
PERMISSIONS = {
    "Owner": _("owner"),
    "InvoiceWrite": _("issuing invoices"),
    "InvoiceRead": _("reading invoices"),
    "CredentialsManage": _("managing permissions"),
    "CredentialsRead": _("reading permissions"),
    "Introspection": _("reading the history of sessions"),
    "SubunitManage": _("managing subordinate units"),
    "VatUeManage": _("managing EU entities"),
    "CollectiveIdentifierManage": _("managing collective identifiers"),
    "EnforcementOperations": _("enforcement operations"),
}
