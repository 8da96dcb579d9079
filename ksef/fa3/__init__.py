"""The structured invoice FA(3): dataclasses <-> XML, and what is wrong with it.

The dataclasses mirror the Ministry's schema (FA(3), 1-0E); their attributes bear its names::

    from ksef import fa3

    invoice = fa3.Invoice(Naglowek=fa3.Naglowek(...), Podmiot1=fa3.Podmiot1(...), ...)
    data = fa3.write(invoice)
"""

from .model import *  # noqa: F403
from .writer import Unwritable as Unwritable
from .writer import write as write
