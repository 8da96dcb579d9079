"""Whether KSeF will take a document, and whether it is right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ..problems import Problem
from .document import Unreadable, file_problems, parse
from .model_invoice import Invoice
from .reader import from_root
from .rules_advances import kind_problems
from .rules_annotations import annotation_problems
from .rules_base import RULES as RULES
from .rules_corrections import correction_problems
from .rules_currency import currency_problems
from .rules_dates import date_problems, future_problems
from .rules_facts import facts_of
from .rules_parties import nip_problems, party_problems
from .rules_payment import payment_problems
from .rules_rows import number_problems, row_problems
from .rules_sums import sum_problems
from .schema_words import schema_problems

_WARSAW = ZoneInfo("Europe/Warsaw")


def validate(
    data: bytes, *, invoice: Invoice | None = None, today: date | None = None
) -> list[Problem]:
    """Return everything that is wrong with the document, in the accountant's words.

    Walls: KSeF would refuse the document, or it would have to be corrected.  Checked are the file
    (guide, faktury/weryfikacja-faktury.md), the schema, and what the schema cannot tell.

    :param invoice: what ``data`` was just written from; saves reading it again
    :param today: the calendar day in Warsaw; now, if left out
    :raises ksef.fa3.schema.SchemaMissing: no usable schema was found
    """
    try:
        root = parse(data)
    except Unreadable as unreadable:
        return [unreadable.problem]
    schema = schema_problems(root)
    problems = [*file_problems(data, root), *schema]
    if invoice is None:
        try:
            invoice = from_root(root)
        except Unreadable as unreadable:
            # The schema has refused it as well, mostly in better words.
            return problems or [unreadable.problem]
    problems += nip_problems(invoice)
    if invoice.Fa is not None:
        problems += future_problems(invoice.Fa, today or datetime.now(_WARSAW).date())
        problems += number_problems(invoice.Fa)
        # What is missing or wrong in itself would make wrong what is right.
        if not schema:
            problems += rule_problems(invoice)
    return problems


def rule_problems(invoice: Invoice) -> Iterator[Problem]:
    """Yield what the rules say of an invoice that the schema allows."""
    fa = invoice.Fa
    assert fa is not None
    yield from party_problems(invoice)
    yield from date_problems(fa)
    yield from kind_problems(invoice)
    yield from correction_problems(invoice)
    yield from annotation_problems(facts_of(invoice))
    yield from row_problems(fa)
    yield from sum_problems(fa)
    yield from currency_problems(fa)
    yield from payment_problems(fa)
