"""Several Odoo processes on one database work on the same invoices at the same time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.process.support.agreement import assert_each_issued_once
from tests.process.support.odoo_server import OdooServer
from tests.process.support.people import Refused
from tests.process.support.world import World


@pytest.fixture
def two_servers(world: World) -> tuple[OdooServer, OdooServer]:
    first, second = world.start(), world.new_server()
    second.start()
    return first, second


def press_everywhere(
    pressing: ThreadPoolExecutor, servers: tuple[OdooServer, ...], invoices: list[int]
) -> int:
    """Press the same button at every server; how many said that there was something to do."""
    people = [server.log_in("ksiegowa") for server in servers]
    pressed = [pressing.submit(person.send_to_ksef, *invoices) for person in people]
    served = 0
    for answer in pressed:
        try:
            answer.result(120)
            served += 1
        except Refused as refused:
            # whoever came second finds nothing left to send
            assert refused.kind == "odoo.exceptions.UserError"
    return served


@pytest.mark.parametrize("count", [5, 10], ids=["sent by the button", "left to the cron"])
def test_two_servers_send_the_same_invoices(world, two_servers, pressing, count):
    invoices = world.records.invoices()[:count]
    assert press_everywhere(pressing, two_servers, invoices) >= 1
    world.records.let_cron_finish(*invoices)
    assert_each_issued_once(world, invoices)
    assert [server.errors() for server in two_servers] == [[], []]


def test_crons_and_buttons_at_once(world, two_servers, pressing):
    """Two crons carry on with what two people are sending."""
    invoices = world.records.invoices()
    first, second = (server.log_in("ksiegowa") for server in two_servers)
    answers = []
    for start in range(0, len(invoices), 4):
        part = invoices[start : start + 4]
        answers += [pressing.submit(person.send_to_ksef, *part) for person in (first, second)]
        world.records.wake_cron()
    for answer in answers:
        error = answer.exception(120)
        assert error is None or isinstance(error, Refused), error
    world.records.let_cron_finish(*invoices)
    assert_each_issued_once(world, invoices)
    assert [server.errors() for server in two_servers] == [[], []]
