"""Getting Odoo 19: the person's own, Debian's package, or a shallow clone; in this order."""

import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import debian
from .command import run
from .console import Stop, step
from .settings import CACHE, ODOO_CLONE, ODOO_TREE, settings

BRANCH = "19.0"
REPOSITORY = "https://github.com/odoo/odoo.git"

# odoo-19 stands in unstable only. It replaces web libraries and fonts by links to these packages.
UNSTABLE = "sid"
FROM_UNSTABLE = [
    "odoo-19",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-ocr-b",
]
# Unstable's Font Awesome 7 no longer has the 4.7 files that Odoo links to; this release has.
STABLE = "trixie"
FROM_STABLE = [f"fonts-font-awesome/{STABLE}", f"fonts-inconsolata/{STABLE}"]

# Named by an asset bundle and absent from the package: every page with that bundle would log an
# error, which fails browser tours.
ABSENT = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"


@dataclass(frozen=True)
class Odoo:
    """``python_path`` holds the package ``odoo``; ``addons`` are the folders with Odoo's addons."""

    python_path: Path
    addons: tuple[Path, ...]


def get() -> Odoo:
    if settings.odoo_source:
        return _at(Path(settings.odoo_source).expanduser().resolve())
    if (ODOO_CLONE / ".complete").exists():
        return _at(ODOO_CLONE)
    if (ODOO_TREE / ".complete").exists() or debian.available():
        return _at(_from_debian())
    return _at(_from_git())


def _at(path: Path) -> Odoo:
    """Odoo in ``path``: a checkout, an installed package, or the folder that holds the package."""
    candidates = (
        path,
        path.parent,
        path / "usr/lib/python3/dist-packages",
        path / "lib/python3/dist-packages",
    )
    for python_path in candidates:
        package = python_path / "odoo"
        if (package / "release.py").exists():
            _check_version(package / "release.py")
            # a checkout keeps most addons beside the package, an installed one has all inside
            inside, beside = package / "addons", python_path / "addons"
            has_all = (inside / "account").exists()
            return Odoo(python_path, (inside,) if has_all else (inside, beside))
    raise Stop(
        f"There is no Odoo in {path}",
        "set ODOO_SRC to a checkout of branch 19.0 or to the folder that contains the package odoo",
    )


def _check_version(release: Path) -> None:
    spec = importlib.util.spec_from_file_location("odoo_release", release)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if module.version_info[0] != 19:
        raise Stop(f"{release.parent} is Odoo {module.version}", "set ODOO_SRC to an Odoo 19")


def _from_debian() -> Path:
    if not (ODOO_TREE / ".complete").exists():
        shutil.rmtree(ODOO_TREE, ignore_errors=True)
        archive = debian.Archive(CACHE / "apt", (UNSTABLE, STABLE))
        with step("Getting Odoo 19 and its fonts from Debian", "30 s, 140 MB"):
            archive.update()
            archive.unpack([f"{name}/{UNSTABLE}" for name in FROM_UNSTABLE], ODOO_TREE)
            archive.unpack(FROM_STABLE, ODOO_TREE)
            _repair(ODOO_TREE)
            shutil.rmtree(archive.folder)
        (ODOO_TREE / ".complete").touch()
    return ODOO_TREE


def _repair(tree: Path) -> None:
    addons = tree / "usr/lib/python3/dist-packages/odoo/addons"
    absent = addons / ABSENT
    if not absent.exists():
        absent.parent.mkdir(parents=True, exist_ok=True)
        absent.touch()
    broken = [path for path in addons.rglob("*") if path.is_symlink() and not path.exists()]
    if broken:
        names = ", ".join(str(path.relative_to(addons)) for path in broken[:5])
        raise Stop(f"Debian's packages do not fit together; these links lead nowhere: {names}", GIT)


def _from_git() -> Path:
    if not shutil.which("git"):
        raise Stop("There is neither apt-get nor git to fetch Odoo with", "install git")
    shutil.rmtree(ODOO_CLONE, ignore_errors=True)
    with step(f"Getting Odoo's branch {BRANCH} with git", "a few minutes, 1 GB"):
        run(
            ["git", "clone", "-q", "--depth=1", f"--branch={BRANCH}", REPOSITORY, ODOO_CLONE],
            attempts=3,
            remedy="check the network, or set ODOO_SRC to an Odoo 19 that you have",
        )
    (ODOO_CLONE / ".complete").touch()
    return ODOO_CLONE


GIT = f"clone Odoo's branch {BRANCH} yourself and set ODOO_SRC to it"
