"""The real simulator in a process of its own, one for all tests of a run."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests
from odoo.tools import file_path

REPOSITORY = Path(__file__).resolve().parents[1]
SEED = 7
#: Odoo replaces it while tests run; this module is read before that.
SEND = requests.Session.send
#: Odoo ends the direct children of its process after each test class, so the simulator is made a
#: grandchild. It lives as long as the other end of its standard input is open, that is: as long as
#: Odoo itself, however that ends.
DETACHED = """
exec 3<&0
( "$@" </dev/null 3<&- & simulator=$!
  cat <&3 >/dev/null
  kill $simulator ) >"$LOG" 2>&1 &
"""


class SimulatorProcess:
    """``python -m simulator`` on a free port of the loopback, with further options."""

    def __init__(self, *options):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "simulator", f"--port={port}", f"--seed={SEED}"]
        command += ["--auth-delay=0", "--invoice-delay=0", "--storage-delay=0", "--limits=off"]
        command += ["--certificate-delay=0", "--quiet"]
        command += [f"--fa3-schema={file_path('l10n_pl_edi/data/fa3_schema.xsd')}"]
        command += options
        self._log = tempfile.NamedTemporaryFile(prefix="simulator-")  # noqa: SIM115
        self._starter = subprocess.Popen(
            ["sh", "-c", DETACHED, "simulator", *command],
            cwd=REPOSITORY,
            env={**os.environ, "LOG": self._log.name},
            stdin=subprocess.PIPE,
        )
        self._starter.wait(10)
        self._wait()

    def end(self):
        """Stop before Odoo does."""
        self._starter.stdin.close()

    def _wait(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                self.control("GET", "state")
            except requests.ConnectionError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"the simulator did not start: {self._log.read().decode()}")

    def request(self, method, path, **options):
        """One request beside the wire that the tests watch."""
        session = requests.Session()
        prepared = session.prepare_request(requests.Request(method, f"{self.url}{path}", **options))
        answer = SEND(session, prepared, timeout=30)
        answer.raise_for_status()
        return answer

    def control(self, method, path, body=None):
        """The control API, which is no part of KSeF."""
        return self.request(method, f"/control/{path}", json=body).json()

    def sign(self, data, person="owner", form="enveloping-base64"):
        """What the practice Trusted Profile page gives back for a file."""
        return self.request(
            "POST",
            "/trusted-profile",
            data={"person": person, "form": form},
            files={"file": ("request.xml", data, "application/xml")},
        ).content


_running = {}


def running(name="simulator", *options):
    """A simulator of this run of Odoo; several may stand for several environments."""
    if name not in _running:
        _running[name] = SimulatorProcess(*options)
    return _running[name]
