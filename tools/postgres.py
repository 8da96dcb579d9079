"""PostgreSQL: the person's own through ``DATABASE_URL``, else one from a wheel in the cache."""

import fcntl
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from .command import run
from .console import Stop, step
from .settings import POSTGRES_DATA, PYTHON, REPOSITORY, STATE, settings

LOG = f"look into {POSTGRES_DATA}/log"
URL = "check DATABASE_URL: the server must run, and the user may create databases"

_in_use: list[IO] = []  # our share of the lock that says: somebody uses our own server


@dataclass(frozen=True)
class Server:
    """Where PostgreSQL listens; ``host`` is a folder where it listens on a Unix socket."""

    host: str = ""
    port: int = 5432
    user: str = "odoo"
    password: str = ""

    @property
    def odoo_arguments(self) -> list[str]:
        words = [f"--db_port={self.port}", f"--db_user={self.user}"]
        if self.host:
            words.append(f"--db_host={self.host}")
        return words

    @property
    def environment(self) -> dict[str, str]:
        """What libpq reads from the environment: a password has no place on a command line."""
        return {"PGPASSWORD": self.password} if self.password else {}

    def _ask(self, database: str, action: str, values: Any = None) -> Any:
        keywords = {"host": self.host, "port": self.port, "user": self.user}
        words = {
            "server": {key: value for key, value in keywords.items() if value},
            "database": database,
            "action": action,
            "values": values,
        }
        answer = run(
            [PYTHON, "-m", "tools.inside.database", json.dumps(words)],
            cwd=REPOSITORY,
            env=self.environment,
            failure="PostgreSQL does not do as asked",
            remedy=URL if settings.database_url else LOG,
        )
        return json.loads(answer.splitlines()[-1])

    def exists(self, database: str) -> bool:
        return self._ask(database, "exists")

    def drop(self, database: str) -> None:
        self._ask(database, "drop")

    def copy(self, template: str, database: str) -> None:
        self._ask(database, "copy", template)

    def recall(self, database: str, keys: Iterable[str]) -> dict[str, str]:
        return self._ask(database, "recall", list(keys))

    def remember(self, database: str, values: dict[str, str]) -> None:
        self._ask(database, "remember", values)


def start() -> Server:
    """The server, started where it is ours and not running yet."""
    if settings.database_url:
        return _given(settings.database_url)
    STATE.mkdir(parents=True, exist_ok=True)
    lock = (STATE / "postgres.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_SH)
    _in_use.append(lock)
    if (POSTGRES_DATA / "PG_VERSION").exists():
        return Server(host=_start_own())
    with step("Creating a PostgreSQL in the cache folder", "5 s"):
        return Server(host=_start_own())


def _given(url: str) -> Server:
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise Stop(
            f"DATABASE_URL begins with {parts.scheme or 'nothing'}://",
            "write it as postgresql://user:password@host:5432",
        )
    # a socket's folder stands in the query, as libpq has it: ?host=/run/postgresql
    query = dict(parse_qsl(parts.query))
    return Server(
        host=query.get("host") or unquote(parts.hostname or ""),
        port=parts.port or 5432,
        user=unquote(parts.username or "odoo"),
        password=unquote(parts.password or ""),
    )


def _start_own() -> str:
    command = [PYTHON, "-m", "tools.inside.postgres_start", POSTGRES_DATA]
    answer = run(command, cwd=REPOSITORY, attempts=2, remedy=LOG)
    return answer.strip().splitlines()[-1].removeprefix("socket ")


def stop() -> None:
    """Stop our own server when nobody else uses it; a server of the person's stays as it is."""
    if settings.database_url or not (POSTGRES_DATA / "postmaster.pid").exists():
        return
    while _in_use:
        _in_use.pop().close()
    with (STATE / "postgres.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # another run or test uses it
        run([PYTHON, "-m", "tools.inside.postgres_stop", POSTGRES_DATA], cwd=REPOSITORY, remedy=LOG)
