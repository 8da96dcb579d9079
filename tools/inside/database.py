"""Asking the database server: does it exist, what was remembered; drop it, copy it, remember.

Called with one JSON argument: server (keywords of psycopg2.connect), database, action, values.
Prints its answer as JSON.
"""

import json
import sys

import psycopg2
from psycopg2.extensions import quote_ident


def connect(words: dict, database: str):
    connection = psycopg2.connect(dbname=database, connect_timeout=10, **words["server"])
    connection.autocommit = True
    return connection.cursor()


def exists(words: dict) -> bool:
    cursor = connect(words, "postgres")
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [words["database"]])
    return bool(cursor.fetchone())


def drop(words: dict) -> None:
    cursor = connect(words, "postgres")
    cursor.execute(f"DROP DATABASE IF EXISTS {quote_ident(words['database'], cursor)} WITH (FORCE)")


def copy(words: dict) -> None:
    cursor = connect(words, "postgres")
    template, name = (quote_ident(words[key], cursor) for key in ("values", "database"))
    cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")


def recall(words: dict) -> dict:
    """The system parameters whose keys are given; without Odoo's table, nothing."""
    cursor = connect(words, words["database"])
    cursor.execute("SELECT to_regclass('ir_config_parameter')")
    if cursor.fetchone()[0] is None:
        return {}
    cursor.execute(
        "SELECT key, value FROM ir_config_parameter WHERE key = ANY(%s)", [list(words["values"])]
    )
    return dict(cursor.fetchall())


def remember(words: dict) -> None:
    """Set system parameters, while no Odoo process has them in its cache."""
    cursor = connect(words, words["database"])
    for key, value in words["values"].items():
        cursor.execute(
            "INSERT INTO ir_config_parameter (key, value, create_date, write_date)"
            " VALUES (%s, %s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            [key, value],
        )


if __name__ == "__main__":
    WORDS = json.loads(sys.argv[1])
    ACTIONS = (copy, drop, exists, recall, remember)
    (ACTION,) = (action for action in ACTIONS if action.__name__ == WORDS["action"])
    try:
        print(json.dumps(ACTION(WORDS)))
    except psycopg2.Error as error:
        raise SystemExit(str(error).strip()) from None
