"""Start the PostgreSQL in the folder given, with a role ``odoo``; print where it listens."""

import sys
from pathlib import Path

from tools.inside import own_postgres

if __name__ == "__main__":
    server = own_postgres.get_server(Path(sys.argv[1]))
    cursor = own_postgres.connect(server).cursor()
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'odoo'")
    if not cursor.fetchone():
        cursor.execute("CREATE ROLE odoo LOGIN CREATEDB")
        # A crash of the machine may lose the last moments of a demo database, never its integrity.
        cursor.execute("ALTER SYSTEM SET synchronous_commit = off")
        cursor.execute("SELECT pg_reload_conf()")
    print(f"socket {own_postgres.socket(server)}")
