"""Stop the PostgreSQL in the folder given, unless somebody is still connected to it."""

import sys
from pathlib import Path

from tools.inside import own_postgres

if __name__ == "__main__":
    server = own_postgres.get_server(Path(sys.argv[1]))
    connection = own_postgres.connect(server)
    cursor = connection.cursor()
    cursor.execute(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    (others,) = cursor.fetchone()
    connection.close()
    if not others:
        server.stop()
