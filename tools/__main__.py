"""``python3 -m tools COMMAND``: what the Makefile calls."""

import sys

from . import bench, drill, odoo, packages, postgres, run, settings
from .check import stages, translations
from .console import Stop, say


def get() -> None:
    """Fetch and install everything, start nothing."""
    odoo.get()
    postgres.stop()
    packages.say_what_is_missing()
    say(f"Odoo and its packages are in {settings.CACHE}")


def i18n() -> None:
    """Write the template of strings anew and merge it into the Polish translation."""
    try:
        translations.update(odoo.get())
    finally:
        postgres.stop()


COMMANDS = {
    "bench": bench.bench,
    "drill": drill.drill,
    "get": get,
    "i18n": i18n,
    "reset": run.reset,
    "run": run.run,
    "stop": run.stop,
}


def main(arguments: list[str]) -> int:
    if arguments[:1] != ["test"] and (len(arguments) != 1 or arguments[0] not in COMMANDS):
        say(f"usage: python3 -m tools {{{'|'.join(COMMANDS)}|test [STAGE …]}}")
        return 2
    try:
        if arguments[0] == "test":
            return stages.test(arguments[1:])
        COMMANDS[arguments[0]]()
    except Stop as stop:
        say(f"\nSTOPPED: {stop}")
        return 1
    except KeyboardInterrupt:
        say("\nInterrupted.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
