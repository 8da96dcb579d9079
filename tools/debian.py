"""Debian packages without root: a private apt configuration downloads them, dpkg unpacks them."""

import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from .command import run
from .console import Stop

APT_TIMEOUTS = 'Acquire::Retries "3";\nAcquire::http::Timeout "60";\n'
KEYRINGS = ("debian-archive-keyring.gpg", "debian-archive-keyring.pgp")


def available() -> bool:
    """Can this machine fetch Debian packages at all?"""
    return bool(shutil.which("apt-get") and shutil.which("dpkg") and _archive())


def _archive() -> str:
    """The address of the machine's own Debian archive, so that mirrors and proxies stay in use."""
    listed = run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"])
    for address in sorted(set(listed.split())):
        if urlsplit(address).path.rstrip("/").endswith("debian"):
            return address
    return ""


class Archive:
    """A private view of Debian's archive: own lists and cache in ``folder``, own suites."""

    def __init__(self, folder: Path, suites: tuple[str, ...]):
        self.folder = folder
        self.suites = suites

    @property
    def _env(self) -> dict[str, str]:
        return {"APT_CONFIG": str(self.folder / "apt.conf"), "LC_ALL": "C"}

    def update(self) -> None:
        for name in ("lists/partial", "cache/archives/partial", "packages"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        keyrings = (Path("/usr/share/keyrings") / name for name in KEYRINGS)
        signed = next((f"[signed-by={path}] " for path in keyrings if path.exists()), "")
        lines = [f"deb {signed}{_archive()} {suite} main\n" for suite in self.suites]
        (self.folder / "sources.list").write_text("".join(lines))
        (self.folder / "apt.conf").write_text(
            f'Dir::Etc::SourceList "{self.folder}/sources.list";\n'
            'Dir::Etc::SourceParts "/dev/null";\n'
            f'Dir::State::Lists "{self.folder}/lists";\n'
            f'Dir::Cache "{self.folder}/cache";\n'
            'APT::Sandbox::User "";\n' + APT_TIMEOUTS
        )
        run(["apt-get", "update", "-q"], env=self._env, attempts=3, remedy=NETWORK)

    def unpack(self, packages: list[str], target: Path) -> None:
        """Download ``packages`` (``name`` or ``name/suite``) and unpack them into ``target``."""
        download = ["apt-get", "download", "-q", *packages]
        run(download, cwd=self.folder / "packages", env=self._env, attempts=3, remedy=NETWORK)
        for package in packages:
            name = package.split("/")[0]
            pattern = re.compile(re.escape(name) + r"_[^_]+_[^_]+\.deb")
            files = [p for p in (self.folder / "packages").iterdir() if pattern.fullmatch(p.name)]
            if not files:
                raise Stop(f"apt-get download gave no file for {package}", NETWORK)
            target.mkdir(parents=True, exist_ok=True)
            for file in files:
                run(["dpkg", "-x", file, target], remedy=DISK)
                file.unlink()


NETWORK = "check the network and that `apt-get update` works on this machine, then try again"
DISK = "check that the disk has 2 GB free, then try again"
