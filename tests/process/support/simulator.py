"""A simulator process of its own, with its control API."""

import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import requests

from tools import processes
from tools.odoo import Installation
from tools.settings import PYTHON, REPOSITORY

from .waiting import wait_until

OPEN = "POST /sessions/online"
SEND = "POST /sessions/online/{referenceNumber}/invoices"
INVOICE_STATUS = "GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}"


class Simulator:
    """Keeps its state in ``memory``, so that it may be killed and started again."""

    def __init__(self, installation: Installation, memory: Path, log: Path):
        self._installation = installation
        self.memory = memory
        self.log = log
        self.port = processes.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        command = [str(PYTHON), "-m", "simulator", f"--port={self.port}", f"--db={self.memory}"]
        options = ["--limits=off", "--auth-delay=0.2", "--invoice-delay=0.2"]
        self.process = self._installation.start([*command, *options], self.log, cwd=REPOSITORY)
        processes.wait_for(f"{self.url}/control/state", self.process, self.log)

    def kill(self) -> None:
        """As a power cut would; what it had confirmed stands in its memory."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process:
            processes.end(self.process)

    def copy_memory(self, target: Path) -> None:
        """The state as it is, though the process may be writing."""
        with sqlite3.connect(self.memory) as source, sqlite3.connect(target) as copy:
            source.backup(copy)

    def ask(self, method: str, path: str, body: dict | None = None) -> Any:
        answer = requests.request(method, f"{self.url}/control/{path}", json=body, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def invoices(self) -> list[dict]:
        """Every document that arrived, whatever became of it."""
        return self.ask("GET", "invoices")

    def accepted(self) -> list[dict]:
        return [invoice for invoice in self.invoices() if invoice["ksefNumber"]]

    def trouble(
        self, kind: str, operation: str, times: int | None = None, seconds: float | None = None
    ) -> str:
        body = {"kind": kind, "operation": operation, "times": times, "seconds": seconds}
        return self.ask("POST", "faults", body)["id"]

    def end_trouble(self, fault: str) -> None:
        self.ask("DELETE", f"faults/{fault}")

    def wait_for_trouble(self, fault: str) -> None:
        """Until a request has met it."""
        wait_until(lambda: self.has_met(fault), f"a request meets {fault}")

    def has_met(self, fault: str) -> bool:
        return any(it["id"] == fault and it["seen"] for it in self.ask("GET", "faults"))
