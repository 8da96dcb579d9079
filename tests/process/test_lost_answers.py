"""The wire breaks, or KSeF goes away and comes back; Odoo finds out what became of it."""

from tests.process.support.agreement import assert_each_issued_once, assert_issued_once, frozen
from tests.process.support.simulator import SEND
from tests.process.support.world import World

ACCOUNTANT = "ksiegowa"


def test_the_connection_is_cut_after_acceptance(world: World):
    """The button itself looks the document up; the person sees the number."""
    odoo = world.start()
    [invoice, *_others] = world.records.invoices()
    world.simulator.trouble("lost_response", SEND, times=1)
    said = odoo.log_in(ACCOUNTANT).send_to_ksef(invoice)
    assert said["params"]["type"] == "success"
    document, data = frozen(world, invoice)
    assert document["tries"] == 1
    assert_issued_once(world, invoice, data)
    assert odoo.errors() == []


def test_ksef_falls_over_after_acceptance(world: World):
    """Every answer is lost for a while, even to the question what became of it."""
    odoo = world.start()
    [invoice, *_others] = world.records.invoices()
    cut = world.simulator.trouble("lost_response", SEND, times=1)
    outage = world.simulator.trouble("html_502", "GET /sessions/{referenceNumber}/invoices")
    said = odoo.log_in(ACCOUNTANT).send_to_ksef(invoice)
    assert said["params"]["type"] == "info"  # it is on its way; nobody claims more
    document, data = frozen(world, invoice)
    assert document["state"] == "unknown"
    for fault in (cut, outage):
        world.simulator.end_trouble(fault)
    world.records.let_time_pass(invoice, minutes=2)
    world.records.let_cron_finish(invoice)
    assert_issued_once(world, invoice, data)
    assert world.records.document(invoice)["tries"] == 1
    assert odoo.errors() == []


def test_ksef_is_gone_and_comes_back(world: World):
    """Connection refused: nothing can have arrived, so the same bytes go again."""
    odoo = world.start()
    first, second, *_others = world.records.invoices()
    accountant = odoo.log_in(ACCOUNTANT)
    accountant.send_to_ksef(first)
    world.simulator.kill()
    said = accountant.send_to_ksef(second)
    assert said["params"]["type"] == "info"
    document, data = frozen(world, second)
    assert document["state"] == "prepared"
    assert document["words"]
    world.simulator.start()
    world.records.let_time_pass(second, minutes=5)
    world.records.let_cron_finish(first, second)
    assert frozen(world, second)[1] == data
    assert_each_issued_once(world, [first, second])
    assert odoo.errors() == []
