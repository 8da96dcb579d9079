"""The virtual environment with Odoo's Python packages, the addon's and those for tests."""

import hashlib
import importlib.util
import os
import shutil
import sys
from pathlib import Path

from . import debian
from .command import run
from .console import Stop, say, step
from .settings import CACHE, PYTHON, REPOSITORY, VENV

FILES = ("requirements.txt", "requirements-odoo.txt", "requirements-dev.txt")
OLDEST = (3, 10)


def get() -> None:
    """Make the environment, or bring it up to date when a requirements file changed."""
    files = [REPOSITORY / name for name in FILES]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    stamp = VENV / ".requirements"
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == digest:
        return
    if sys.version_info[:2] < OLDEST:
        raise Stop(
            f"Odoo 19 needs Python 3.{OLDEST[1]} or newer; this is {sys.version.split()[0]}",
            "start make with a newer one: make PYTHON3=/path/to/python3 …",
        )
    with step("Installing Python packages", "1 minute"):
        if not PYTHON.exists():
            _create()
        wanted = [argument for path in files for argument in ("-r", str(path))]
        run(
            [PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", *wanted],
            attempts=3,
            remedy="check the network and that the disk has 2 GB free; a proxy or a mirror goes "
            "into pip's configuration",
        )
        stamp.write_text(digest)


def _create() -> None:
    VENV.parent.mkdir(parents=True, exist_ok=True)
    if _has("venv") and _has("ensurepip"):
        run([sys.executable, "-m", "venv", VENV], remedy=VENV_REMEDY)
    elif _has("venv") and debian.available():
        # Debian splits pip off into python3-venv; its pip is to be had without root.
        run([sys.executable, "-m", "venv", "--without-pip", VENV], remedy=VENV_REMEDY)
        pip = _pip_of_debian()
        run([PYTHON, pip / "pip", "install", "-q", pip], remedy=VENV_REMEDY)
    else:
        raise Stop("This Python cannot make virtual environments", VENV_REMEDY)
    run([PYTHON, "-m", "pip", "install", "-q", "-U", "pip"], attempts=3)


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _pip_of_debian() -> Path:
    archive = debian.Archive(CACHE / "apt-pip", ("trixie",))
    archive.update()
    archive.unpack(["python3-pip-whl"], CACHE / "pip-wheel")
    shutil.rmtree(archive.folder)
    found = sorted((CACHE / "pip-wheel").rglob("pip-*.whl"))
    if not found:
        raise Stop("Debian's python3-pip-whl holds no pip", VENV_REMEDY)
    return found[-1]


def missing_programs() -> list[str]:
    """What only root can install, in words; Odoo runs without."""
    words = []
    if not shutil.which("wkhtmltopdf"):
        words.append("wkhtmltopdf: invoices cannot be printed as PDF (apt-get install wkhtmltopdf)")
    if not any(shutil.which(name) for name in ("chromium", "google-chrome", "chromium-browser")):
        words.append("chromium: browser tests cannot run (apt-get install chromium)")
    return words


def say_what_is_missing() -> None:
    root = "" if os.geteuid() == 0 else " (as root)"
    for words in missing_programs():
        say(f"! missing{root}: {words}")


VENV_REMEDY = "install it, on Debian and Ubuntu as root: apt-get install python3-venv"
