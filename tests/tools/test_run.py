"""``make run`` as a newcomer lives it: a first start, people who log in, a second start."""

import os
import subprocess
import sys
import time
import xmlrpc.client

import pytest
import requests

from tools import databases, processes
from tools.settings import REPOSITORY

DATABASE = "ksef_test_run"
FIRST, SECOND = 240, 60  # seconds a start may take on a slow machine


class Run:
    """``python -m tools run`` in a process of its own, on free ports."""

    def __init__(self, log):
        self.log = log
        self.http, self.simulator = processes.free_port(), processes.free_port()
        self.env = {
            **os.environ,
            "DB_NAME": DATABASE,
            "HTTP_PORT": str(self.http),
            "SIMULATOR_PORT": str(self.simulator),
        }
        self.process = None

    def tools(self, command):
        return subprocess.run(
            [sys.executable, "-m", "tools", command],
            cwd=REPOSITORY,
            env=self.env,
            capture_output=True,
            text=True,
        )

    def start(self, patience):
        with self.log.open("w") as sink:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tools", "run"],
                cwd=REPOSITORY,
                env=self.env,
                stdout=sink,
                stderr=subprocess.STDOUT,
            )
        end = time.monotonic() + patience
        while "Ctrl-C" not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.3)

    def people(self):
        """User ids by login, through the door that other programs use."""
        common = xmlrpc.client.ServerProxy(f"http://localhost:{self.http}/xmlrpc/2/common")
        logins = ("admin", "ksiegowa", "fakturzystka")
        return {login: common.authenticate(DATABASE, login, login, {}) for login in logins}

    def ask(self, uid, password, model, method, *arguments):
        objects = xmlrpc.client.ServerProxy(f"http://localhost:{self.http}/xmlrpc/2/object")
        return objects.execute_kw(DATABASE, uid, password, model, method, list(arguments))


@pytest.fixture
def run(tmp_path, installation):
    run = Run(tmp_path / "run.log")
    databases.drop(installation, DATABASE)
    yield run
    if run.process:
        processes.end(run.process)
    run.tools("reset")


def test_from_nothing_to_a_company_and_back(run, installation):
    run.start(FIRST)
    people = run.people()
    assert all(people.values()), people

    # two companies, sales and purchases, drafts and posted
    domain = [[["move_type", "in", ["out_invoice", "in_invoice"]]]]
    fields = ["move_type", "state", "company_id"]
    moves = run.ask(people["admin"], "admin", "account.move", "search_read", *domain, fields)
    kinds = {(move["move_type"], move["state"]) for move in moves}
    assert len(kinds) == 4, kinds
    assert len({move["company_id"][0] for move in moves}) == 2

    # the accountant may send, the bookkeeper may not, and neither administers
    group = "l10n_pl_ksef.group_user"
    may = {
        login: run.ask(uid, login, "res.users", "has_group", [uid], group)
        for login, uid in people.items()
    }
    assert may == {"admin": True, "ksiegowa": True, "fakturzystka": False}
    for login in ("ksiegowa", "fakturzystka"):
        uid = people[login]
        assert not run.ask(uid, login, "res.users", "has_group", [uid], "base.group_system")

    assert requests.get(f"http://127.0.0.1:{run.simulator}/", timeout=10).status_code == 200
    assert "It runs already" in run.tools("run").stdout

    # stopped from another terminal; the second start is quick and keeps what people wrote
    partner = run.ask(people["admin"], "admin", "res.partner", "create", {"name": "Nowy klient"})
    assert "Stopped." in run.tools("stop").stdout
    assert run.process.wait(60) == 0
    assert processes.port_is_free(run.http)
    run.start(SECOND)
    found = run.ask(people["admin"], "admin", "res.partner", "read", [partner], ["name"])
    assert found[0]["name"] == "Nowy klient"
    run.tools("stop")
    assert run.process.wait(60) == 0

    # starting over
    assert "is gone" in run.tools("reset").stdout
    assert not installation.server.exists(DATABASE)


def test_a_taken_port_names_the_remedy(run):
    run.env["HTTP_PORT"] = str(run.simulator)
    with subprocess.Popen(
        [sys.executable, "-m", "http.server", str(run.simulator), "--bind", "127.0.0.1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as other:
        while processes.port_is_free(run.simulator):
            time.sleep(0.1)
        answer = run.tools("run")
        other.terminate()
    assert answer.returncode == 1
    assert f"Port {run.simulator} is taken" in answer.stdout
    assert "HTTP_PORT=" in answer.stdout
