"""The status service: failures, maintenance, its own troubles."""

from datetime import timedelta

import pytest
import requests
from ksef_running import Running

KEYS = {"id", "eventId", "category", "type", "title", "text", "start", "version", "published"}


def status(simulator: Running) -> dict:
    return requests.get(f"{simulator.url}/latarnia/status", timeout=5).json()


def messages(simulator: Running) -> list[dict]:
    return requests.get(f"{simulator.url}/latarnia/messages", timeout=5).json()


def test_in_good_times_it_says_little(simulator: Running) -> None:
    assert status(simulator) == {"status": "AVAILABLE"}
    assert messages(simulator) == []


@pytest.mark.parametrize("category", ["FAILURE", "TOTAL_FAILURE"])
def test_a_failure_lasts_from_its_start_to_its_end(simulator: Running, category: str) -> None:
    simulator.control("POST", "latarnia", {"status": category, "text": "Awaria."})
    told = status(simulator)
    assert told["status"] == category
    (start,) = told["messages"]
    assert set(start) == KEYS  # no end yet
    assert (start["type"], start["category"], start["text"]) == (
        "FAILURE_START",
        category,
        "Awaria.",
    )
    simulator.later(3600)
    simulator.control("POST", "latarnia", {"status": "AVAILABLE"})
    assert status(simulator) == {"status": "AVAILABLE"}
    end, begin = messages(simulator)
    assert begin == start
    assert end["type"] == "FAILURE_END"
    assert (end["eventId"], end["start"]) == (start["eventId"], start["start"])
    assert end["end"] > start["start"]


def test_maintenance_is_announced_and_comes(simulator: Running) -> None:
    begin = simulator.world.now() + timedelta(hours=1)
    simulator.control(
        "POST",
        "latarnia",
        {
            "status": "AVAILABLE",
            "type": "MAINTENANCE_ANNOUNCEMENT",
            "start": begin.isoformat(),
            "end": (begin + timedelta(hours=2)).isoformat(),
        },
    )
    assert status(simulator) == {"status": "AVAILABLE"}
    (announced,) = messages(simulator)
    assert announced["category"] == "MAINTENANCE"
    assert "/NI/" in announced["id"]
    simulator.later(3700)
    assert status(simulator)["status"] == "MAINTENANCE"
    simulator.later(2 * 3600)
    assert status(simulator) == {"status": "AVAILABLE"}


def test_the_worst_counts_and_the_newest_stands_first(simulator: Running) -> None:
    for category in ("MAINTENANCE", "TOTAL_FAILURE", "FAILURE"):
        simulator.control("POST", "latarnia", {"status": category})
    assert status(simulator)["status"] == "TOTAL_FAILURE"
    assert [message["category"] for message in messages(simulator)] == [
        "FAILURE",
        "TOTAL_FAILURE",
        "MAINTENANCE",
    ]
    assert len({message["eventId"] for message in messages(simulator)}) == 3


def test_messages_are_kept_for_thirty_days(simulator: Running) -> None:
    simulator.control("POST", "latarnia", {"status": "FAILURE"})
    simulator.control("POST", "latarnia", {"status": "AVAILABLE"})
    simulator.later(31 * 24 * 3600)
    assert messages(simulator) == []


def test_it_can_fail_itself(simulator: Running) -> None:
    for broken, code, kind in (
        ("html_502", 502, "text/html"),
        ("access_denied", 403, "application/xml"),
    ):
        simulator.control("POST", "latarnia", {"broken": broken})
        answer = requests.get(f"{simulator.url}/latarnia/status", timeout=5)
        assert answer.status_code == code
        assert answer.headers["Content-Type"].startswith(kind)
    simulator.control("POST", "latarnia", {"broken": None})
    assert status(simulator) == {"status": "AVAILABLE"}


@pytest.mark.parametrize("body", [{"status": "FINE"}, {"type": "X"}, {"start": "soon"}])
def test_wrong_announcements_are_refused(simulator: Running, body: dict) -> None:
    body = {"status": "FAILURE", **body}
    answer = requests.post(f"{simulator.url}/control/latarnia", json=body, timeout=5)
    assert answer.status_code == 400
