"""What is wrong with a document, in words a person can act on.

A *wall* stops: sending would certainly be refused, or would do harm.  A *warning* informs: the
person may go on after reading it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["wall", "warning"]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    :param level: ``"wall"`` or ``"warning"``
    :param code: short stable name, for programs and tests (``"signature_missing"``)
    :param text: English text marked with ``_()``, with ``%(name)s`` placeholders; a translator
        looks it up as it stands, so it never contains the values themselves
    :param values: what the placeholders stand for; without values the text is shown as it stands
    :param field: the schema's name of the field concerned (``"P_8B"``), if one is
    :param place: where in the document, for people (``"line 3"``) or as an XPath, if known
    :param source: what says so (``"art. 106e ust. 1 pkt 19"``), as Poles cite it in any language
    """

    level: Level
    code: str
    text: str
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict, hash=False)
    field: str = ""
    place: str = ""
    source: str = ""

    @property
    def message(self) -> str:
        """The English text with its values filled in."""
        return self.text % self.values if self.values else self.text

    @property
    def is_wall(self) -> bool:
        """True when the problem stops the work; False when the person may go on."""
        return self.level == "wall"

    def __str__(self) -> str:
        return self.message
