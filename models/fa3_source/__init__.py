"""An invoice of Odoo as the dataclasses of ``ksef.fa3``.

Everything here reads; what is missing or wrong is collected as obstacles, each with the record a
person has to open to mend it. The parts of the document are files of their own.
"""

from .common import Obstacle, decimal, one_line
from .source import Source

__all__ = ["Obstacle", "Source", "decimal", "one_line"]
