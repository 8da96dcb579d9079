"""The modes of issue as selections; what each means in law stands in ksef/deadlines.py."""

from ..ksef.deadlines import Mode

#: How an invoice is issued (law): the five values of ``ksef.deadlines.Mode``.
MODES_OF_ISSUE = [
    ("online", "ONLINE"),
    ("offline24", "OFFLINE24"),
    ("offline", "OFFLINE (announced unavailability)"),
    ("emergency", "Emergency (announced failure)"),
    ("total_failure", "Total failure"),
]
#: What KSeF makes of an invoice by itself: it knows only two.
MODES_AT_KSEF = [("online", "ONLINE"), ("offline", "OFFLINE")]
#: Issued outside KSeF with two codes, sent there later.
OFFLINE_MODES = (Mode.OFFLINE24.value, Mode.OFFLINE.value, Mode.EMERGENCY.value)
