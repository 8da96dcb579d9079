"""The FA(3) schema: where it lies, and its objections in Polish.

The Ministry's schema comes with every Odoo 19.  The types that it imports from the web are a
small file of ours, so nothing is ever fetched.
"""

from __future__ import annotations

import importlib.util
import os
import re
from functools import cached_property
from pathlib import Path

from lxml import etree

NAMESPACE = "http://crd.gov.pl/wzor/2025/06/25/13775/"
_BASE_TYPES = Path(__file__).parent / "schema" / "base_types.xsd"
_IN_ADDONS = Path("l10n_pl_edi", "data", "fa3_schema.xsd")
MOST_DETAILS = 10


class SchemaMissing(Exception):
    """No FA(3) schema on this machine."""


class Fa3Schema:
    def __init__(self, path: Path | None = None) -> None:
        self._given = path

    @cached_property
    def path(self) -> Path:
        """Raises SchemaMissing."""
        candidates = [self._given] if self._given else _candidates()
        for candidate in candidates:
            if candidate.is_file():
                return candidate
        raise SchemaMissing(
            "The FA(3) schema was not found. Set KSEF_FA3_SCHEMA to the file "
            "schemat_FA(3)_v1-0E.xsd, or run in an environment with Odoo 19 "
            f"(looked at: {', '.join(map(str, candidates)) or 'nothing'})."
        )

    @cached_property
    def _schema(self) -> etree.XMLSchema:
        parser = etree.XMLParser(no_network=True, resolve_entities=False)
        parser.resolvers.add(_LocalTypes())
        return etree.XMLSchema(etree.parse(str(self.path), parser))

    def load(self) -> None:
        """Finds and reads the schema now.  Raises SchemaMissing."""
        _ = self._schema

    def objections(self, document: etree._ElementTree) -> list[str]:
        if self._schema.validate(document):
            return []
        found = [in_polish(entry.message) for entry in self._schema.error_log]
        return list(dict.fromkeys(found))[:MOST_DETAILS]


class _LocalTypes(etree.Resolver):
    def resolve(self, url: str, public_id: str, context: object) -> object:
        if url.endswith("StrukturyDanych_v10-0E.xsd"):
            return self.resolve_filename(str(_BASE_TYPES), context)
        return None


def _candidates() -> list[Path]:
    if named := os.environ.get("KSEF_FA3_SCHEMA"):
        return [Path(named)]
    roots: list[Path] = []
    if source := os.environ.get("ODOO_SRC"):
        roots += [Path(source), Path(source) / "odoo"]
    spec = importlib.util.find_spec("odoo")  # finds the package without importing it
    for place in (spec.submodule_search_locations or []) if spec else []:
        roots += [Path(place), Path(place).parent]
    return [root / "addons" / _IN_ADDONS for root in roots]


_NAMESPACE_PREFIX = re.compile(r"\{[^}]*\}")
_MESSAGES = (
    (
        r"Element '(.+?)': This element is not expected\. Expected is (one of )?\( (.+?) \)\.",
        r"Element '\1' nie jest w tym miejscu dozwolony. Oczekiwano: '\3'.",
    ),
    (
        r"Element '(.+?)': This element is not expected\.",
        r"Element '\1' nie jest w tym miejscu dozwolony.",
    ),
    (
        r"Element '(.+?)': Missing child element\(s\)\. Expected is (one of )?\( (.+?) \)\.",
        r"Element '\1' ma niepełną zawartość. Oczekiwano: '\3'.",
    ),
    (
        r"Element '(.+?)': Missing child element\(s\)\.",
        r"Element '\1' ma niepełną zawartość.",
    ),
    (
        r"Element '(.+?)': \[facet 'pattern'\] The value '(.*)' is not accepted by the pattern.*",
        r"Element '\1' ma nieprawidłową wartość '\2': wartość nie pasuje do wzorca.",
    ),
    (
        r"Element '(.+?)': \[facet 'enumeration'\] The value '(.*)' is not an element of the "
        r"set \{(.+)\}\.",
        r"Element '\1' ma nieprawidłową wartość '\2'. Dozwolone wartości: \3.",
    ),
    (
        r"Element '(.+?)': \[facet '(maxLength|minLength|length)'\] The value (?:'(.*)' )?has a "
        r"length of '(\d+)'; this (?:exceeds|underruns|differs from).*?'(\d+)'\.",
        r"Element '\1' ma wartość o nieprawidłowej długości \4 (ograniczenie \2: \5).",
    ),
    (
        r"Element '(.+?)': \[facet '(.+?)'\] (?:The value )?(?:'(.*?)')?.*",
        r"Element '\1' ma nieprawidłową wartość '\3' (ograniczenie \2).",
    ),
    (
        r"Element '(.+?)': '(.*)' is not a valid value of .*",
        r"Element '\1' ma nieprawidłową wartość '\2' dla swojego typu danych.",
    ),
    (
        r"Element '(.+?)', attribute '(.+?)': (?:\[facet '.+?'\] )?The value '(.*?)' .*",
        r"Atrybut '\2' elementu '\1' ma nieprawidłową wartość '\3'.",
    ),
    (
        r"Element '(.+?)', attribute '(.+?)': The attribute '.+?' is not allowed\.",
        r"Atrybut '\2' elementu '\1' nie jest dozwolony.",
    ),
    (
        r"Element '(.+?)': The attribute '(.+?)' is required but missing\.",
        r"Brak wymaganego atrybutu '\2' elementu '\1'.",
    ),
    (
        r"Element '(.+?)': No matching global declaration available.*",
        r"Element '\1' nie jest zadeklarowany w schemie.",
    ),
    (
        r"Element '(.+?)': The element content is not allowed.*|"
        r"Element '(.+?)': Character content is not allowed.*",
        r"Element '\1\2' nie może zawierać tekstu.",
    ),
)


def in_polish(message: str) -> str:
    """libxml2's objection in KSeF's language; an unknown one keeps its place only."""
    text = _NAMESPACE_PREFIX.sub("", message).strip()
    for pattern, translation in _MESSAGES:
        if re.fullmatch(pattern, text, re.DOTALL):
            return re.sub(pattern, translation, text, flags=re.DOTALL)
    place = re.match(r"Element '(.+?)'", text)
    return f"Element '{place[1]}' jest nieprawidłowy." if place else "Dokument jest nieprawidłowy."
