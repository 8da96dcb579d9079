"""Odoo dies at the worst moments: nothing is lost and nothing is sent twice."""

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
import requests

from tests.process.support.agreement import assert_each_issued_once, assert_issued_once, frozen
from tests.process.support.odoo_server import OdooServer
from tests.process.support.simulator import INVOICE_STATUS, OPEN, SEND
from tests.process.support.waiting import wait_until
from tests.process.support.world import World

ACCOUNTANT = "ksiegowa"


def press(pressing: ThreadPoolExecutor, odoo: OdooServer, invoice: int) -> Future:
    return pressing.submit(odoo.log_in(ACCOUNTANT).send_to_ksef, invoice)


def test_killed_after_acceptance_before_the_answer(world: World, pressing):
    """The whole promise: nobody touches anything after the restart."""
    odoo = world.start()
    [invoice, *_others] = world.records.invoices()
    hold = world.simulator.trouble("hold", SEND)
    pressed = press(pressing, odoo, invoice)
    world.simulator.wait_for_trouble(hold)
    [arrived] = wait_until(world.simulator.accepted, "the simulator accepts the document")
    document, data = frozen(world, invoice)
    assert document["state"] == "sending"
    assert arrived["sha256"] == hashlib.sha256(data).hexdigest()
    odoo.kill()
    with pytest.raises(requests.ConnectionError):
        pressed.result(10)
    world.simulator.end_trouble(hold)
    assert frozen(world, invoice) == (document, data)

    odoo.start()
    world.records.wait_for_state(invoice, "accepted", seconds=100)  # the cron comes once a minute
    assert_issued_once(world, invoice, data)
    assert odoo.errors() == []


def test_killed_while_the_session_opens(world: World, pressing):
    """The document was frozen, the sending had not begun."""
    odoo = world.start()
    [invoice, *_others] = world.records.invoices()
    hold = world.simulator.trouble("hold", OPEN)
    pressed = press(pressing, odoo, invoice)
    world.simulator.wait_for_trouble(hold)
    document, data = frozen(world, invoice)
    assert document["state"] == "prepared"
    odoo.kill()
    with pytest.raises(requests.ConnectionError):
        pressed.result(10)
    world.simulator.end_trouble(hold)
    assert world.simulator.invoices() == []

    odoo.start()
    world.records.let_cron_finish(invoice)
    assert_issued_once(world, invoice, data)
    assert odoo.errors() == []


def test_killed_after_the_intent_before_the_call(world: World, pressing):
    """“Being sent” stands in the database, and nothing ever reached KSeF."""
    odoo = world.start()
    [invoice, *_others] = world.records.invoices()
    slow = world.simulator.trouble("slow", SEND, seconds=60)
    pressed = press(pressing, odoo, invoice)
    world.simulator.wait_for_trouble(slow)
    _document, data = frozen(world, invoice)
    world.records.wait_for_state(invoice, "sending")
    odoo.kill()
    world.simulator.kill()  # the request that waits in it is gone with it
    with pytest.raises(requests.ConnectionError):
        pressed.result(10)
    world.simulator.start()
    assert world.simulator.invoices() == []

    odoo.start()
    world.records.wake_cron()
    world.records.wait_for_state(invoice, "unknown")
    assert world.simulator.invoices() == []  # it might still be on its way: not sent again yet
    world.records.let_time_pass(invoice, minutes=2)
    world.records.let_cron_finish(invoice)
    assert_issued_once(world, invoice, data)
    assert world.records.document(invoice)["tries"] == 2
    assert odoo.errors() == []


def test_killed_while_asking_for_the_number(world: World, pressing):
    odoo = world.start()
    [invoice, *_others] = world.records.invoices()
    hold = world.simulator.trouble("hold", INVOICE_STATUS)
    pressed = press(pressing, odoo, invoice)
    world.simulator.wait_for_trouble(hold)
    document, data = frozen(world, invoice)
    assert document["state"] == "sent"
    odoo.kill()
    with pytest.raises(requests.ConnectionError):
        pressed.result(10)
    world.simulator.end_trouble(hold)

    odoo.start()
    world.records.let_cron_finish(invoice)
    assert_issued_once(world, invoice, data)
    assert odoo.errors() == []


def test_killed_in_the_middle_of_a_pile(world: World, pressing):
    """Some are through, one is on its way, the others wait: each ends accepted once."""
    odoo = world.start()
    invoices = world.records.invoices()[:5]
    slow = world.simulator.trouble("slow", SEND, seconds=1)
    pressed = pressing.submit(odoo.log_in(ACCOUNTANT).send_to_ksef, *invoices)
    wait_until(lambda: len(world.simulator.invoices()) >= 2, "two documents arrive")
    odoo.kill()
    with pytest.raises(requests.ConnectionError):
        pressed.result(10)
    assert len(world.simulator.invoices()) < len(invoices)
    world.simulator.end_trouble(slow)

    odoo.start()
    for invoice in invoices:
        world.records.let_time_pass(invoice, minutes=2)
    world.records.let_cron_finish(*invoices)
    assert_each_issued_once(world, invoices)
    assert odoo.errors() == []
