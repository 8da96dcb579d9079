"""The structured invoice FA(3): dataclasses <-> XML, and what is wrong with it.

The dataclasses mirror the Ministry's schema (FA(3), 1-0E); their attributes bear its names::

    from ksef import fa3

    invoice = fa3.Invoice(Naglowek=fa3.Naglowek(...), Podmiot1=fa3.Podmiot1(...), ...)
    data = fa3.write(invoice)
    problems = fa3.validate(data)
    fa3.read(data).Fa.FaWiersz[0].P_7
"""

from .document import Unreadable as Unreadable
from .labels import translated as translated
from .model import *  # noqa: F403
from .reader import read as read
from .validator import validate as validate
from .writer import Unwritable as Unwritable
from .writer import write as write
