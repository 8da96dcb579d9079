"""Authorised once, connected for good: two years of an Odoo that nobody looks after."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.process.support.world import World
from tests.process.support.years import Years, years
from tools.odoo import Installation

WEEKS = 52


@pytest.fixture
def days(installation: Installation, world: World, tmp_path: Path) -> Iterator[Years]:
    with years(installation, world, tmp_path) as ordered:
        yield ordered


def week(days: Years, numbers: list[int]) -> dict:
    """Seven days with an invoice in the middle."""
    days.order("pass_days", 3)
    numbers.append(days.order("invoice"))
    return days.order("pass_days", 4)


def assert_nothing_lost(world: World, invoices: list[int]) -> None:
    """Each was issued once, with the number that Odoo shows."""
    arrived = {one["ksefNumber"] for one in world.simulator.invoices()}
    assert len(world.simulator.invoices()) == len(invoices)
    assert {world.records.invoice(it)["l10n_pl_ksef_number"] for it in invoices} == arrived
    assert None not in arrived


def test_a_year_without_a_person_and_one_with_a_revoked_certificate(
    world: World, days: Years
) -> None:
    begun = days.order("sign")
    assert begun["state"] == "connected"
    assert begun["certificate"], begun
    assert begun["certificate_states"][-2:] == ["active", "active"]

    # The certificate is good for two years: the year begins so that its end falls into it.
    days.order("leap", 500)
    invoices: list[int] = []
    serials = set()
    for number in range(WEEKS):
        seen = week(days, invoices)
        assert seen["state"] == "connected", (number, seen)
        assert seen["trouble"] is False, (number, seen)
        assert seen["activities"] == seen["mails"] == [], (number, seen)
        serials.add(seen["certificate"])
    assert days.order("states") == {"accepted": WEEKS}
    assert_nothing_lost(world, invoices)
    assert len(serials) == 2, "renewed once"
    assert begun["certificate"] in serials
    assert seen["certificate"] != begun["certificate"]
    assert seen["certificate_end"] > begun["certificate_end"]
    assert seen["certificate_states"].count("replaced") == 2
    assert seen["logins_alone"] >= WEEKS, "the refresh token lives for a week"
    assert seen["uses_of_keys"] == seen["logins_alone"], "each use of the key is on record"
    assert seen["access_tokens"] >= 7 * WEEKS, "a new one every day"

    # The second year: after some weeks somebody revokes the certificate at KSeF, just when the
    # login that it opened is good for another week.
    for _week in range(10):
        seen = week(days, invoices)
        assert seen["activities"] == []
    logins = seen["logins_alone"]
    while seen["logins_alone"] == logins:
        seen = days.order("pass_days", 1)
    world.simulator.ask("POST", f"certificates/{seen['certificate']}/revoke")
    told = days.order("pass_days", 1)
    assert told["trouble"] == "certificate", "within a day"
    assert len(told["activities"]) == len(told["mails"]) == 1
    assert seen["certificate"] in told["words"]
    assert told["state"] == "connected"
    for _week in range(4):
        seen = week(days, invoices)
    assert seen["state"] == "expired"
    assert len(seen["activities"]) == 1
    assert len(seen["mails"]) == 3, "the revocation, two days before the end, the end"
    waiting = days.order("states")
    assert set(waiting) == {"accepted", "prepared"}, waiting
    assert sum(waiting.values()) == len(invoices), "nothing is lost"

    # A person signs; what waited goes out, and it goes on by itself.
    signed = days.order("sign")
    assert signed["state"] == "connected"
    assert signed["activities"] == []
    assert signed["trouble"] is False
    for _week in range(6):
        seen = week(days, invoices)
        assert seen["state"] == "connected", seen
        assert seen["activities"] == [], seen
    assert days.order("states") == {"accepted": len(invoices)}
    assert len(seen["mails"]) == 3
    assert_nothing_lost(world, invoices)
