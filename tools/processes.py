"""Our long-lived processes: ports, readiness, and stopping what an earlier run left behind."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from .console import Stop
from .settings import STATE, settings

RUNNING = STATE / f"running-{settings.database}.json"
PATIENCE = 20  # seconds a process gets to end by itself


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url: str, process: subprocess.Popen, log: Path, seconds: int = 90) -> None:
    """Wait until ``url`` answers; ``Stop`` with the end of the log when the process ends first."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise Stop(f"A process ended by itself:\n{tail(log)}", f"the whole log is {log}")
        with (
            contextlib.suppress(urllib.error.HTTPError, OSError),
            urllib.request.urlopen(url, timeout=10) as answer,
        ):
            if answer.status == 200:
                return
        time.sleep(0.3)
    raise Stop(f"{url} did not answer within {seconds} s:\n{tail(log)}", f"the whole log is {log}")


def tail(log: Path, lines: int = 15) -> str:
    if not log.exists():
        return ""
    return "\n".join(
        "    " + line for line in log.read_text(errors="replace").splitlines()[-lines:]
    )


def end(process: subprocess.Popen) -> None:
    """Ask a process of ours to end; insist when it does not."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def remember(main: int, children: dict[str, subprocess.Popen], url: str) -> None:
    words = {"main": main, "url": url, "children": {k: p.pid for k, p in children.items()}}
    RUNNING.write_text(json.dumps(words))


def forget() -> None:
    RUNNING.unlink(missing_ok=True)


def running() -> dict:
    """What an earlier run wrote down, as far as it still runs; empty when nothing does."""
    if not RUNNING.exists():
        return {}
    words = json.loads(RUNNING.read_text())
    main = words["main"] if _is_ours(words["main"], "tools") else 0
    children = {name: pid for name, pid in words["children"].items() if _is_ours(pid, name)}
    return {"main": main, "url": words["url"], "children": children} if main or children else {}


def stop_earlier() -> bool:
    """End an earlier run: its main process ends the others; what outlived it is ended here."""
    found = running()
    if found.get("main"):
        _end_pid(found["main"], "tools")
    for name, pid in running().get("children", {}).items():
        _end_pid(pid, name)
    forget()
    return bool(found)


def _is_ours(pid: int, word: str) -> bool:
    """Is ``pid`` still the process that we started? Numbers are used again."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return word.encode() in command


def _end_pid(pid: int, word: str) -> None:
    for number, patience in ((signal.SIGTERM, 2 * PATIENCE), (signal.SIGKILL, 5)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        limit = time.monotonic() + patience
        while time.monotonic() < limit:
            if not _is_ours(pid, word):
                return
            time.sleep(0.2)
    raise Stop(f"Process {pid} does not end", f"end it yourself: kill -9 {pid}")
