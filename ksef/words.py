"""Marks the human strings of this package for translation.

The package itself speaks English. Odoo's translation export collects every literal given to
``_`` and the addon looks the translation up when it shows the text, so that a problem found here
is read in the user's language there.
"""


def _(text: str) -> str:
    """Return ``text`` as it is; its only purpose is to be found by the translation export."""
    return text
