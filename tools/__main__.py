"""``python3 -m tools COMMAND``: what the Makefile calls."""

import sys

from . import odoo, packages, postgres, run, settings
from .console import Stop, say


def get() -> None:
    """Fetch and install everything, start nothing."""
    odoo.get()
    postgres.stop()
    packages.say_what_is_missing()
    say(f"Odoo and its packages are in {settings.CACHE}")


COMMANDS = {"get": get, "run": run.run, "stop": run.stop, "reset": run.reset}


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        say(f"usage: python3 -m tools {{{'|'.join(COMMANDS)}}}")
        return 2
    try:
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
