"""``python -m simulator`` as people and ``make run`` start it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
Start = Callable[..., tuple[subprocess.Popen, str]]


@pytest.fixture
def command() -> Iterator[Start]:
    processes: list[subprocess.Popen] = []

    def start(*arguments: str, **environment: str) -> tuple[subprocess.Popen, str]:
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "simulator", "--port", str(port), "--quiet", *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        processes.append(process)
        return process, f"http://127.0.0.1:{port}"

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            requests.get(url, timeout=5)
            return
        except requests.ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_it_starts_answers_and_stops_at_once(command: Start, tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    process, url = command("--seed", "0", "--limits", "off", "--db", str(file))
    wait_for(f"{url}/control/state")
    state = requests.get(f"{url}/control/state", timeout=5).json()
    assert (state["seed"], state["limits"]) == (0, "off")
    assert requests.post(f"{url}/v2/auth/challenge", timeout=5).status_code == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) in (0, -signal.SIGTERM)
    assert file.stat().st_size > 0


def test_without_a_schema_it_says_so_and_does_not_start(command: Start) -> None:
    process, _ = command(KSEF_FA3_SCHEMA="/nowhere/schema.xsd")
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "KSEF_FA3_SCHEMA" in output
