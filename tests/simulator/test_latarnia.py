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


def announce(simulator: Running, **body: object) -> dict:
    return simulator.control("POST", "latarnia", body)["message"]


def test_a_corrected_announcement_comes_again_as_a_higher_version(simulator: Running) -> None:
    begin = simulator.world.now() + timedelta(hours=1)
    first = announce(simulator, status="MAINTENANCE", start=begin.isoformat())
    later = begin + timedelta(hours=1)
    second = announce(simulator, correct=first["id"], start=later.isoformat(), title="Inna godzina")
    assert (first["version"], second["version"]) == (1, 2)
    assert (second["id"], second["eventId"]) == (first["id"], first["eventId"])
    assert (second["end"], second["title"]) == (first["end"], "Inna godzina")
    assert second["start"] > first["start"]
    assert sorted(one["version"] for one in messages(simulator)) == [1, 2]
    simulator.later(3700)  # the first version would hold by now
    assert status(simulator) == {"status": "AVAILABLE"}
    simulator.later(3600)
    (told,) = status(simulator)["messages"]
    assert (status(simulator)["status"], told) == ("MAINTENANCE", second)
    third = announce(simulator, correct="last", version=7, text="Jeszcze raz.")
    assert (third["version"], third["text"], third["start"]) == (7, "Jeszcze raz.", second["start"])
    assert first["text"] != second["text"]  # it names the hours
    assert announce(simulator, correct="last")["text"] == "Jeszcze raz."


@pytest.mark.parametrize(
    "body", [{"correct": "K/2026/NI/77"}, {"correct": "last", "version": 1}, {"event": 77}]
)
def test_only_what_is_known_can_be_corrected_or_ended(simulator: Running, body: dict) -> None:
    announce(simulator, status="FAILURE")
    if "event" in body:
        body = {**body, "type": "FAILURE_END"}
    answer = requests.post(f"{simulator.url}/control/latarnia", json=body, timeout=5)
    assert answer.status_code == 400
    assert len(messages(simulator)) == 1


def test_maintenance_can_end_before_its_time(simulator: Running) -> None:
    first = announce(simulator, status="MAINTENANCE")
    simulator.later(60)
    ended = announce(simulator, type="FAILURE_END")
    assert (ended["id"], ended["version"]) == (first["id"], 2)
    assert ended["end"] < first["end"]
    simulator.later(1)
    assert status(simulator) == {"status": "AVAILABLE"}


def test_one_failure_of_two_can_end(simulator: Running) -> None:
    one = announce(simulator, status="FAILURE")
    two = announce(simulator, status="FAILURE")
    ended = announce(
        simulator, type="FAILURE_END", event=one["eventId"], end="2026-11-20T10:00:00+01:00"
    )
    assert (ended["eventId"], ended["end"]) == (one["eventId"], "2026-11-20T09:00:00+00:00")
    assert [held["id"] for held in status(simulator)["messages"]] == [two["id"]]
    assert [message["id"][-6:] for message in messages(simulator)] == ["AWR/03", "AWR/02", "AWR/01"]


def test_a_failure_that_became_a_total_one(simulator: Running) -> None:
    announce(simulator, status="FAILURE")
    announce(simulator, status="TOTAL_FAILURE")
    assert status(simulator)["status"] == "TOTAL_FAILURE"
    announce(simulator, type="FAILURE_END")
    assert status(simulator)["status"] == "FAILURE"


def test_published_earlier_than_now(simulator: Running) -> None:
    told = announce(simulator, status="FAILURE", published="2026-11-19T10:00:00Z")
    assert told["published"] == "2026-11-19T10:00:00+00:00"


def test_a_word_that_nobody_knows(simulator: Running) -> None:
    simulator.control("POST", "latarnia", {"word": "DEGRADED"})
    assert status(simulator) == {"status": "DEGRADED"}
    assert simulator.control("GET", "state")["latarnia"]["word"] == "DEGRADED"
    simulator.control("POST", "latarnia", {"word": None})
    assert status(simulator) == {"status": "AVAILABLE"}


def test_messages_that_nobody_would_write(simulator: Running) -> None:
    strange = [{"id": 7, "type": "<script>"}, None]
    simulator.control("POST", "latarnia", {"raw": strange})
    announce(simulator, status="FAILURE")
    assert messages(simulator)[:2] == strange
    assert len(messages(simulator)) == 3
    simulator.control("POST", "latarnia", {"raw": None})
    assert len(messages(simulator)) == 1


def test_answers_that_look_right_and_are_not(simulator: Running) -> None:
    for broken, kind in (("html_200", "text/html"), ("no_json", "application/json")):
        simulator.control("POST", "latarnia", {"broken": broken})
        for path in ("status", "messages"):
            answer = requests.get(f"{simulator.url}/latarnia/{path}", timeout=5)
            assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (200, kind)
            with pytest.raises(requests.JSONDecodeError):
                answer.json()
