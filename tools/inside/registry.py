"""Opening an Odoo database from a script of ours, with Odoo's own command line options."""

import contextlib
from collections.abc import Iterator, Sequence


@contextlib.contextmanager
def open_database(database: str, arguments: Sequence[str]) -> Iterator:
    """An environment of the superuser; committed at the end, rolled back on an error."""
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    quiet = ["--log-level=warn", "--log-handler=py.warnings:ERROR"]
    config.parse_config([*arguments, *quiet, f"--database={database}"], setup_logging=True)
    with Registry(database).cursor() as cursor:
        yield api.Environment(cursor, SUPERUSER_ID, {})
