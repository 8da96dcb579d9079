"""Operations that the test environment alone has: here, the blocking of contexts."""

from __future__ import annotations

from simulator import contexts
from simulator.operations import Answer, Call, operation
from simulator.reading import Fields, invalid


@operation("POST /testdata/context/block", token=())
def block(call: Call) -> Answer:
    contexts.block(call.world, *_context(call))
    return Answer(200)


@operation("POST /testdata/context/unblock", token=())
def unblock(call: Call) -> Answer:
    contexts.unblock(call.world, *_context(call))
    return Answer(200)


def _context(call: Call) -> tuple[str, str]:
    context = Fields.of_body(call.body).object("contextIdentifier")
    kind, value = context.choice("type", contexts.TYPES), context.text("value")
    if not contexts.looks_right(kind, value):
        raise invalid("contextIdentifier.value", "Nieprawidłowy identyfikator kontekstu.")
    return kind, value
