"""``make run``: Odoo with the demo company, and the simulator beside it, until Ctrl-C."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from . import demo_database, odoo, packages, postgres, processes
from .console import Stop, say, step
from .settings import CACHE, LOGS, PYTHON, REPOSITORY, STATE, settings

ROOM_NEEDED = 4 * 1024**3  # bytes, for a first start
SIMULATOR_MEMORY = STATE / f"simulator-{settings.database}.sqlite"
WELCOME = """
================================================================================
  Odoo                {url}
  KSeF simulator      {simulator}
  Database            {database}

  Login / password    admin / admin                  owner, administrator
                      ksiegowa / ksiegowa            accountant, may send to KSeF
                      fakturzystka / fakturzystka    bookkeeper, may not send

  Next:  1. Log in as admin.  2. Invoicing > Configuration > KSeF > New
         connection: choose Simulator and sign on its practice page.
         3. Open a posted invoice and press "Send to KSeF".

  Dalej: 1. Zaloguj się jako admin.  2. Fakturowanie > Konfiguracja > KSeF >
         Nowe połączenie: wybierz Symulator i podpisz na jego stronie
         ćwiczebnej.  3. Otwórz zaksięgowaną fakturę: "Wyślij do KSeF".

  Logs                {logs}
  Ctrl-C stops everything and keeps the data; make reset starts over.
================================================================================"""


def run() -> None:
    earlier = processes.running()
    if earlier.get("main"):
        raise Stop(f"It runs already: {earlier['url']}", "make stop ends it")
    if earlier:
        processes.stop_earlier()
    _check_ports()
    _check_room()
    _end_on_signals()
    children: dict[str, subprocess.Popen] = {}
    try:
        installation = odoo.get()
        demo_database.prepare(installation)
        with step("Starting the simulator and Odoo", "5 s"):
            _start(installation, children)
        packages.say_what_is_missing()
        say(
            WELCOME.format(
                url=settings.odoo_url,
                simulator=settings.simulator_url,
                database=settings.database,
                logs=LOGS,
            )
        )
        _watch(children)
    except KeyboardInterrupt:
        say("\nStopping ...")
    finally:
        for process in children.values():
            processes.end(process)
        if PYTHON.exists():
            postgres.stop()
        processes.forget()


def stop() -> None:
    say("Stopped." if processes.stop_earlier() else "Nothing was running.")
    if PYTHON.exists():
        postgres.stop()


def reset() -> None:
    """Drop the demo database and the simulator's memory; the next start makes new ones."""
    processes.stop_earlier()
    try:
        demo_database.reset(odoo.get())
        # SQLite keeps files beside its own, and the simulator a folder of uploaded parts
        for path in STATE.glob(f"{SIMULATOR_MEMORY.name}*"):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
    finally:
        if PYTHON.exists():
            postgres.stop()
    say(f"The demo database {settings.database} is gone; make run makes a new one.")


def _check_ports() -> None:
    choices = {"HTTP_PORT": settings.http_port, "SIMULATOR_PORT": settings.simulator_port}
    for variable, port in choices.items():
        if not processes.port_is_free(port):
            raise Stop(
                f"Port {port} is taken by another program",
                f"choose another: {variable}={port + 1} make run",
            )


def _check_room() -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(CACHE).free
    if not PYTHON.exists() and free < ROOM_NEEDED:
        raise Stop(
            f"The disk of {CACHE} has {free // 1024**2} MB free; a first start needs 4 GB",
            "make room, or choose another place: XDG_CACHE_HOME=/other/disk make run",
        )


def _end_on_signals() -> None:
    """``make stop`` and a closing terminal end us as Ctrl-C does."""

    def interrupt(number, frame):
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)


def _start(installation: odoo.Installation, children: dict[str, subprocess.Popen]) -> None:
    LOGS.mkdir(parents=True, exist_ok=True)
    logs = {name: _log(name) for name in ("simulator", "odoo")}
    for log in logs.values():
        log.unlink(missing_ok=True)
    command = [str(PYTHON), "-m", "simulator", f"--port={settings.simulator_port}"]
    children["simulator"] = installation.start(
        [*command, f"--db={SIMULATOR_MEMORY}"], logs["simulator"], cwd=REPOSITORY
    )
    children["odoo"] = installation.start(
        installation.command(
            settings.database,
            f"--http-port={settings.http_port}",
            f"--db-filter=^{settings.database}$",
            "--no-database-list",
            "--max-cron-threads=1",
        ),
        logs["odoo"],
        env={"KSEF_SIMULATOR_URL": settings.simulator_url},
    )
    processes.remember(os.getpid(), children, settings.odoo_url)
    processes.wait_for(f"{settings.simulator_url}/", children["simulator"], logs["simulator"])
    address = f"http://127.0.0.1:{settings.http_port}/web/login"
    processes.wait_for(address, children["odoo"], logs["odoo"])


def _log(name: str) -> Path:
    return LOGS / f"{settings.database}-{name}.log"


def _watch(children: dict[str, subprocess.Popen]) -> None:
    while True:
        for name, process in children.items():
            if process.poll() is not None:
                log = _log(name)
                raise Stop(
                    f"{name} ended by itself:\n{processes.tail(log)}", f"the whole log is {log}"
                )
        time.sleep(0.5)
