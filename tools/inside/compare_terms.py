"""Compare a template with a translation, or merge it in.

``python -m tools.inside.compare_terms check|merge TEMPLATE TRANSLATION``; prints JSON: how many
strings there are, how many are right, and what is wrong with the others.
"""

import json
import re
import sys
from pathlib import Path

import polib

#: The comment before words that are the same in both languages. OCA's checks want such words left
#: empty; the comment tells them from forgotten ones.
SAME = "The same in Polish."
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sdif]|%%|\{\w*\}")


def wrong(wanted: polib.POEntry, found: polib.POEntry | None) -> str:
    """What is wrong with a translation; nothing when it is right."""
    short = wanted.msgid.replace("\n", " ")[:70]
    if found is None or found.obsolete:
        return f"missing: {short}"
    if found.fuzzy:
        return f"fuzzy: {short}"
    if not found.msgstr.strip():
        return "" if found.tcomment.strip() == SAME else f"untranslated: {short}"
    if sorted(PLACEHOLDER.findall(wanted.msgid)) != sorted(PLACEHOLDER.findall(found.msgstr)):
        return f"other placeholders: {short}"
    return ""


def compare(template: polib.POFile, translation: polib.POFile) -> dict:
    found = {entry.msgid: entry for entry in translation}
    words = [wrong(entry, found.get(entry.msgid)) for entry in template]
    words += [
        f"no longer in the addon: {entry.msgid[:70]}"
        for entry in translation
        if entry.msgid not in {wanted.msgid for wanted in template}
    ]
    words = [word for word in words if word]
    return {"all": len(template), "right": max(0, len(template) - len(words)), "wrong": words}


def merge(template: polib.POFile, path: Path) -> polib.POFile:
    """Translations that are still wanted, in the order of their texts; the others are dropped."""
    if path.exists():
        translation = polib.pofile(str(path))
    else:
        translation = polib.POFile()
        translation.metadata = {**template.metadata, "Language": "pl"}
    translation.merge(template)
    for entry in translation.obsolete_entries():
        translation.remove(entry)
    translation.sort(key=lambda entry: entry.msgid)
    translation.save(str(path))
    return translation


if __name__ == "__main__":
    ACTION, SOURCE, TARGET = sys.argv[1:4]
    TEMPLATE = polib.pofile(SOURCE)
    if ACTION == "merge":
        TRANSLATION = merge(TEMPLATE, Path(TARGET))
    else:
        TRANSLATION = polib.pofile(TARGET) if Path(TARGET).exists() else polib.POFile()
    print(json.dumps(compare(TEMPLATE, TRANSLATION)))
