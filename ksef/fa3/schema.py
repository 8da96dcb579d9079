"""The Ministry's FA(3) schema: where it lies, and checking against it.

The addon does not carry the Ministry's schema: every Odoo 19 does
(``l10n_pl_edi/data/fa3_schema.xsd``).  What that file imports from the web is answered with
``xsd/base_types.xsd`` beside this module.  Nothing is ever fetched.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from .namespace import BASE_TYPES

#: names the file, for programs that run without Odoo
VARIABLE = "KSEF_FA3_SCHEMA"
#: where the file lies below a folder of Odoo's addons
IN_ADDONS = Path("l10n_pl_edi", "data", "fa3_schema.xsd")

_BASE_TYPES_FILE = Path(__file__).parent / "xsd" / "base_types.xsd"
_IMPORTED = BASE_TYPES + "StrukturyDanych_v10-0E.xsd"

_lock = threading.Lock()
_chosen: Path | None = None
_compiled: tuple[tuple[Path | None, str | None], etree.XMLSchema] | None = None


class SchemaMissing(RuntimeError):
    """No usable FA(3) schema; the message says where it was looked for and what to do."""


def use(path: str | os.PathLike[str] | None) -> None:
    """Check against the schema in ``path`` from now on; ``None`` goes back to looking for one."""
    global _chosen
    _chosen = Path(path) if path is not None else None


def path() -> Path:
    """Return the file of the schema.

    The first of: the file given to :func:`use`, the one that the environment variable
    ``KSEF_FA3_SCHEMA`` names, the one in the addons of the Odoo that this Python finds.

    :raises SchemaMissing: there is none
    """
    if _chosen is not None:
        return _existing(_chosen, "fa3.schema.use()")
    named = os.environ.get(VARIABLE)
    if named:
        return _existing(Path(named), VARIABLE)
    folders = list(_addons_folders())
    for folder in folders:
        if (folder / IN_ADDONS).is_file():
            return folder / IN_ADDONS
    looked = ", ".join(map(str, folders)) or "no Odoo was found by this Python"
    raise SchemaMissing(
        f"The FA(3) schema {IN_ADDONS} was not found in Odoo's addons ({looked}). Run with Odoo "
        f"19 on the Python path, or name the schema's file in the environment variable {VARIABLE}."
    )


def _existing(file: Path, source: str) -> Path:
    if not file.is_file():
        raise SchemaMissing(
            f"The FA(3) schema {file}, named by {source}, does not exist. Correct the path, or "
            "remove it to take the schema of the installed Odoo."
        )
    return file


def _addons_folders() -> Iterator[Path]:
    """Yield the folders in which Odoo's addons may lie, without importing Odoo."""
    seen: set[Path] = set()
    loaded = getattr(sys.modules.get("odoo.addons"), "__path__", ())
    try:
        spec = importlib.util.find_spec("odoo")
    except (ImportError, ValueError):
        spec = None
    packages = list(spec.submodule_search_locations or ()) if spec else []
    source = os.environ.get("ODOO_SRC")
    if source:
        packages.append(os.path.join(source, "odoo"))
    candidates = [Path(folder) for folder in loaded]
    for package in map(Path, packages):
        # An installed package keeps all addons below itself, a checkout most of them beside it.
        candidates += [package / "addons", package.parent / "addons"]
    for folder in candidates:
        if folder not in seen:
            seen.add(folder)
            yield folder


class _OnlyBaseTypes(etree.Resolver):
    """Answers the schema's import with our file, and anything else with nothing."""

    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:
        if system_url and system_url.endswith(_IMPORTED):
            return self.resolve_filename(str(_BASE_TYPES_FILE), context)
        return self.resolve_empty(context)


def _compile(file: Path) -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
    parser.resolvers.add(_OnlyBaseTypes())
    try:
        # From bytes, for a parser reads a named file without asking its resolvers.
        tree = etree.fromstring(file.read_bytes(), parser)
        return etree.XMLSchema(tree)
    except (etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
        raise SchemaMissing(
            f"The file {file} is not the FA(3) schema: {error}. Install Odoo's module l10n_pl_edi "
            f"again, or name another file in the environment variable {VARIABLE}."
        ) from error


def errors(root: etree._Element) -> list[etree._LogEntry]:
    """Return what the schema finds wrong with the document, in its order; safe with threads.

    :raises SchemaMissing: no usable schema
    """
    global _compiled
    asked = _chosen, os.environ.get(VARIABLE)
    # A compiled schema keeps one error log for all who use it: one at a time, then.
    with _lock:
        if _compiled is None or _compiled[0] != asked:
            _compiled = asked, _compile(path())
        schema = _compiled[1]
        if schema.validate(root):
            return []
        return list(schema.error_log)
