"""Did files change since the last time?"""

import hashlib
from collections.abc import Iterable

from .settings import REPOSITORY

# what Odoo takes in when it installs or updates the addon
ADDON = (
    "__init__.py",
    "__manifest__.py",
    "controllers",
    "data",
    "i18n",
    "ksef",
    "models",
    "report",
    "security",
    "static",
    "views",
    "wizards",
)


def fingerprint(names: Iterable[str] = ADDON, extra: str = "") -> str:
    """A hash of the files and folders named, and of ``extra``."""
    digest = hashlib.sha256(extra.encode())
    for name in names:
        top = REPOSITORY / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and path.suffix != ".pyc":
                digest.update(f"{path.relative_to(REPOSITORY)}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
