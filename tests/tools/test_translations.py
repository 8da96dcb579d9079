"""A translation is complete or it is not."""

import polib
import pytest

from tools.inside import compare_terms


def entry(msgid, msgstr="", **more):
    return polib.POEntry(msgid=msgid, msgstr=msgstr, **more)


def wrong(wanted, *found):
    template, translation = polib.POFile(), polib.POFile()
    template.append(entry(wanted))
    translation.extend(found)
    return compare_terms.compare(template, translation)["wrong"]


def test_complete():
    assert wrong("Send %(name)s", entry("Send %(name)s", "Wyślij %(name)s")) == []


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([], "missing"),
        ([entry("Send %(name)s")], "untranslated"),
        ([entry("Send %(name)s", "Wyślij %(name)s", flags=["fuzzy"])], "fuzzy"),
        ([entry("Send %(name)s", "Wyślij %(nazwa)s")], "other placeholders"),
        ([entry("Send %(name)s", "Wyślij")], "other placeholders"),
        ([entry("Send %(name)s", "Wyślij %(name)s"), entry("Old", "Stary")], "no longer"),
    ],
)
def test_incomplete(found, words):
    (only,) = wrong("Send %(name)s", *found)
    assert words in only
