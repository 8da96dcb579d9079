"""Where in the document something is: names for programs, places for people.

``field`` is the path of schema names from the root ("Podmiot2/DaneIdentyfikacyjne/NIP"); of what
lies in ``Fa`` the path begins below it, and of rows below the row: "P_2", "P_12",
"Platnosc/TerminPlatnosci/Termin".  ``place`` names the repeated element it stands in, counted from
one: "FaWiersz[3]".
"""

from __future__ import annotations

from dataclasses import dataclass

_DROPPED = ("Fa/FaWiersz/", "Fa/")
_REPEATED_ROWS = ("FaWiersz", "ZamowienieWiersz")


@dataclass(frozen=True, slots=True)
class Place:
    """Path to an element: its names from below the root, each with its number among equals."""

    steps: tuple[tuple[str, int | None], ...] = ()

    def down(self, name: str, number: int | None = None) -> Place:
        """Return the place of a child; ``number`` counts from one, for repeatable elements."""
        return Place((*self.steps, (name, number)))

    @property
    def path(self) -> str:
        """All names from below the root."""
        return "/".join(name for name, _number in self.steps)

    @property
    def field(self) -> str:
        """The name of the field, as problems give it."""
        path = self.path
        for dropped in _DROPPED:
            if path.startswith(dropped):
                path = path[len(dropped) :]
                break
        last = path.rpartition("/")[2]
        # The names that begin so are unique in the whole schema.
        return last if last.startswith("P_") else path

    @property
    def place(self) -> str:
        """The innermost repeated element, or nothing."""
        for name, number in reversed(self.steps):
            if number is not None:
                return f"{name}[{number}]"
        return ""

    @property
    def row(self) -> int | None:
        """The number of the row of the invoice or order, if it is in one."""
        for name, number in self.steps:
            if name in _REPEATED_ROWS:
                return number
        return None
