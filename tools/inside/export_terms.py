"""Export the addon's strings: ``python -m tools.inside.export_terms DATABASE FILE -- OPTIONS``."""

import sys
from pathlib import Path

from tools.inside.registry import open_database
from tools.settings import MODULE


def main(database: str, target: str, options: list[str]) -> None:
    from odoo.tools.translate import trans_export

    with open_database(database, options) as env, Path(target).open("wb") as file:
        trans_export(None, [MODULE], file, "po", env)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[4:])
