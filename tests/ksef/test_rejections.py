"""What may be done about a rejected offline invoice."""

import pytest

from ksef.rejections import _REMEDIES, _WORDS, Remedy, explanation, remedy


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        # guide, offline/korekta-techniczna.md: schema, size, duplicate, other technical validation
        (450, Remedy.CORRECTION),
        (430, Remedy.CORRECTION),
        (440, Remedy.NEW_NUMBER),
        (21405, Remedy.CORRECTION),
        # note 1: not for permissions
        (410, Remedy.SAME_FILE),
        (415, Remedy.SAME_FILE),
        # the file was not looked at
        (435, Remedy.SAME_FILE),
        (21402, Remedy.SAME_FILE),
        (21403, Remedy.SAME_FILE),
        # not judged, on its way, or accepted
        (405, None),
        (500, None),
        (550, None),
        (100, None),
        (200, None),
        (0, None),
        # note 4: KSeF has the invoice
        (21166, None),
        (21167, None),
    ],
)
def test_what_helps(code, expected):
    assert remedy(code) is expected


def test_every_one_is_explained():
    assert _REMEDIES.keys() == _WORDS.keys()
    assert all(explanation(code) for code in _REMEDIES)
    assert explanation(550) == ""
