"""The Ministry's status service: what it says, what it fails to say, and what follows from it."""

import dataclasses
import datetime
import json
import socket
from datetime import timedelta, timezone

import pytest

from ksef import deadlines, environments, errors, latarnia
from ksef.deadlines import Mode, OutageKind
from ksef.latarnia import Latarnia, Message, MessageType, State
from tests.ksef.with_simulator.conftest import Simulator as Running

HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
REFUSAL = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"

# as the test Latarnia published them first
TOTAL_START = {
    "id": "K/2026/AWR/02",
    "category": "TOTAL_FAILURE",
    "type": "FAILURE_START",
    "title": "Wystąpiła całkowita awaria",
    "text": "Od godziny 13:27 31 stycznia trwa całkowita awaria...",
    "start": "2026-01-31T11:27:00+00:00",
    "published": "2026-01-31T11:35:00+00:00",
    "eventId": 1003,
    "version": 1,
}
FAILURE_START = {
    "id": "K/2026/AWR/01",
    "category": "FAILURE",
    "type": "FAILURE_START",
    "title": "Wystąpiła awaria",
    "text": "Od godziny 12:13 31 stycznia trwa awaria...",
    "start": "2026-01-31T10:13:00+00:00",
    "published": "2026-01-31T10:13:00+00:00",
    "eventId": 1002,
    "version": 1,
}
FAILURE_END = {
    **FAILURE_START,
    "id": "K/2026/AWR/03",
    "type": "FAILURE_END",
    "title": "Zakończenie awarii",
    "end": "2026-02-01T12:30:00Z",
    "published": "2026-02-01T12:35:00.1234567Z",
}
MAINTENANCE = {
    "id": "K/2026/NI/01",
    "category": "MAINTENANCE",
    "type": "MAINTENANCE_ANNOUNCEMENT",
    "title": "Niedostępność",
    "text": "W dniu 2026-01-26 nastąpi niedostępność KSeF",
    "start": "2026-01-26T10:00:00+00:00",
    "end": "2026-01-26T22:00:00+00:00",
    "published": "2026-01-22T08:00:00+00:00",
    "eventId": 1000,
    "version": 1,
}


def utc(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def message(base: dict, **changed) -> Message:
    values = {**base, **changed}
    kept = {name: value for name, value in values.items() if value is not None}
    return Message.read(json.dumps(kept))


def service(url: str, **options) -> Latarnia:
    options.setdefault("timeout", (2, 0.5))
    return Latarnia(environments.simulator(url), **options)


@pytest.fixture
def reader(server):
    return service(server.url)


@pytest.fixture
def says(server, answer):
    """Makes the server answer with this."""

    def says(body, status=200, content_type="application/json", **more):
        if not isinstance(body, bytes):
            body = json.dumps(body, ensure_ascii=False).encode()
        server.answer(answer(status, body, content_type, **more))
        return body

    return says


# --- what it says


def test_all_is_well(reader, says, server):
    body = says({"status": "AVAILABLE"}, headers={"ETag": '"1"', "Set-Cookie": "incap=secret"})
    before = datetime.datetime.now(timezone.utc)
    status = reader.status()
    assert (status.state, status.word) == (State.AVAILABLE, "AVAILABLE")
    assert (status.messages, status.unread) == ((), ())
    assert status.state.kind is None
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("GET", "/latarnia/status")
    assert seen.headers["cache-control"] == "no-cache"
    assert seen.headers["accept"] == "application/json"
    assert "authorization" not in seen.headers
    evidence = status.evidence
    assert evidence.url == f"{server.url}/latarnia/status"
    assert (evidence.body, evidence.text) == (body, body.decode())
    assert before <= evidence.fetched <= datetime.datetime.now(timezone.utc)
    assert evidence.headers["ETag"] == '"1"'
    assert "secret" not in str(dict(evidence.headers))


def test_a_total_failure(reader, says):
    says({"status": "TOTAL_FAILURE", "messages": [TOTAL_START]})
    status = reader.status()
    assert status.state is State.TOTAL_FAILURE
    assert status.state.kind is OutageKind.TOTAL_FAILURE
    (found,) = status.messages
    assert found == Message(
        id="K/2026/AWR/02",
        event_id=1003,
        category=State.TOTAL_FAILURE,
        type=MessageType.FAILURE_START,
        title="Wystąpiła całkowita awaria",
        text="Od godziny 13:27 31 stycznia trwa całkowita awaria...",
        start=utc("2026-01-31T11:27:00"),
        end=None,
        version=1,
        published=utc("2026-01-31T11:35:00"),
        raw=json.dumps(TOTAL_START, ensure_ascii=False),
    )


@pytest.mark.parametrize("word", ["DEGRADED", "", "available", "UNKNOWN", "FAILURE "])
def test_a_word_nobody_knows_is_no_failure(reader, says, word):
    says({"status": word, "messages": None, "since": "2026-11-20"})
    status = reader.status()
    assert (status.state, status.word) == (State.UNKNOWN, word)
    assert status.state.kind is None


def test_states_have_names():
    names = [state.words for state in State]
    assert len(set(names)) == len(names)


def test_messages(reader, says, server):
    listed = [FAILURE_END, TOTAL_START, FAILURE_START, MAINTENANCE]
    body = says(listed)
    found = reader.messages()
    assert server.seen[0].path == "/latarnia/messages"
    assert [one.id for one in found.messages] == [one["id"] for one in listed]
    assert [json.loads(one.raw) for one in found.messages] == listed
    assert found.messages[0].published == utc("2026-02-01T12:35:00.123456")
    assert found.unread == ()
    assert found.evidence.body == body


def test_no_messages(reader, says):
    says([])
    assert reader.messages().messages == ()


def test_new_fields_and_words_do_not_hurt(reader, says):
    says([{**FAILURE_START, "category": "CYBER", "type": "FAILURE_PAUSE", "link": {"bip": 1}}])
    (found,) = reader.messages().messages
    assert (found.category, found.type) == (State.UNKNOWN, MessageType.UNKNOWN)
    kept = json.loads(found.raw)
    assert (kept["category"], kept["type"], kept["link"]) == ("CYBER", "FAILURE_PAUSE", {"bip": 1})


def test_a_byte_order_mark_does_not_hurt(reader, says):
    says(b"\xef\xbb\xbf" + b'{"status": "AVAILABLE"}')
    assert reader.status().state is State.AVAILABLE


@pytest.mark.parametrize("content_type", ["", "binary/octet-stream", "text/plain"])
def test_json_without_its_name_is_json(reader, says, content_type):
    says({"status": "AVAILABLE"}, content_type=content_type)
    assert reader.status().state is State.AVAILABLE


@pytest.mark.parametrize(
    "broken",
    [
        "?",
        None,
        [],
        {},
        {**FAILURE_START, "id": None},
        {**FAILURE_START, "eventId": "1002"},
        {**FAILURE_START, "eventId": True},
        {**FAILURE_START, "start": None},
        {**FAILURE_START, "start": "31.01.2026"},
        {**FAILURE_START, "start": "0001-01-01T00:00:00+14:00"},
        {**FAILURE_START, "end": "9999-12-31T23:59:59-14:00"},
        {**FAILURE_START, "published": "soon"},
        {**FAILURE_START, "version": 1.5},
        {**FAILURE_START, "text": ["x"]},
        {**FAILURE_START, "text": "\0"},
        {**FAILURE_START, "title": "\ud800"},
    ],
)
def test_one_broken_message_does_not_hide_the_others(reader, says, broken):
    body = json.dumps([broken, MAINTENANCE]).encode()
    says(body)
    found = reader.messages()
    assert [one.id for one in found.messages] == ["K/2026/NI/01"]
    (unread,) = found.unread
    assert json.loads(unread.raw) == broken
    assert unread.why
    assert unread.raw.encode()
    says(json.dumps({"status": "FAILURE", "messages": [broken, FAILURE_START]}).encode())
    status = reader.status()
    assert (status.state, len(status.messages), len(status.unread)) == (State.FAILURE, 1, 1)


def test_a_kept_message_is_read_again(reader, says):
    says([FAILURE_END])
    (found,) = reader.messages().messages
    assert Message.read(found.raw) == found
    for kept in ("", "{", "[]", "{}", "[" * 100_000):
        with pytest.raises(ValueError):
            Message.read(kept)


# --- what it fails to say


def unknown(call) -> errors.Unknown:
    with pytest.raises(errors.Unknown) as caught:
        call()
    assert caught.value.words
    return caught.value


@pytest.mark.parametrize(
    ("status", "body", "content_type"),
    [
        (502, HTML, "text/html"),
        (503, HTML, "text/html"),
        (504, b"", ""),
        (403, REFUSAL, "application/xml"),
        (401, b"", ""),
        (404, b'{"title": "Not Found", "status": 404}', "application/json"),
        (403, b'{"title": "Forbidden", "status": 403}', "application/json"),
        (400, HTML, "text/html"),
        (500, b'{"status": "TOTAL_FAILURE"}', "application/json"),
        (503, b'{"status": "FAILURE", "messages": []}', "application/json"),
        (302, b"", ""),
    ],
)
def test_no_usable_answer_says_nothing(reader, says, server, status, body, content_type):
    says(body, status, content_type, headers={"Location": f"{server.url}/elsewhere"})
    for call, operation in ((reader.status, "status"), (reader.messages, "messages")):
        error = unknown(call)
        assert (error.kind, error.http_status) == ("http", status)
        assert error.operation == f"GET /{operation}"
    assert [seen.path for seen in server.seen] == ["/latarnia/status", "/latarnia/messages"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (HTML, "text/html"),
        (REFUSAL, "application/xml"),
        (b"", ""),
        (b"{", "application/json"),
        (b"\xff\xfe{", "application/json"),
        (b"null", "application/json"),
        (b'"FAILURE"', "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'{"status": null}', "application/json"),
        (b'{"status": 3}', "application/json"),
        (b'{"status": "\\ud800"}', "application/json"),
        (b'{"status": "FAILURE", "messages": {}}', "application/json"),
        (b'{"messages": []}', "application/json"),
    ],
)
def test_a_success_that_cannot_be_read_says_nothing(reader, says, body, content_type):
    says(body, 200, content_type)
    for call in (reader.status, reader.messages):
        error = unknown(call)
        assert (error.kind, error.http_status) == ("unreadable", 200)


def test_a_page_is_named(reader, says):
    says(HTML, 200, "text/html; charset=utf-8")
    assert "text/html instead of JSON" in unknown(reader.status).words


def test_too_many_questions(reader, says):
    says(b"", 429, "", headers={"Retry-After": "30"})
    with pytest.raises(errors.Limited) as caught:
        reader.status()
    assert caught.value.retry_after == 30


def test_an_endless_answer_is_cut_off(reader, says):
    says(b" " * (latarnia.MAX_BYTES + 1))
    assert "larger" in unknown(reader.messages).words


def test_silence(reader, says):
    says({"status": "AVAILABLE"}, wait=1.2)
    error = unknown(reader.status)
    assert (error.kind, error.http_status) == ("timeout", None)


def test_a_broken_connection(reader, says):
    says(b"", cut=True)
    assert unknown(reader.status).kind == "reset"
    says({"status": "AVAILABLE"}, length=500)
    assert unknown(reader.status).kind == "reset"


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    assert unknown(service(url).status).kind == "connect"


def test_there_is_none_for_demo():
    with pytest.raises(ValueError, match="demo"):
        Latarnia(environments.DEMO)
    for environment in (environments.PRODUCTION, environments.TEST):
        assert Latarnia(environment).environment is environment


# --- from messages to outages


def test_the_published_messages():
    total, ended, maintenance = (
        message(TOTAL_START),
        [message(FAILURE_END), message(FAILURE_START)],
        message(MAINTENANCE),
    )
    found = latarnia.outages([total, *ended, maintenance])
    assert [one.messages for one in found] == [(maintenance,), tuple(ended), (total,)]
    assert [one.outage for one in found] == [
        deadlines.Outage(
            OutageKind.MAINTENANCE,
            utc("2026-01-26T10:00"),
            utc("2026-01-26T22:00"),
            utc("2026-01-22T08:00"),
            "K/2026/NI/01",
        ),
        deadlines.Outage(
            OutageKind.FAILURE,
            utc("2026-01-31T10:13"),
            utc("2026-02-01T12:30"),
            utc("2026-01-31T10:13"),
            "K/2026/AWR/01",
        ),
        deadlines.Outage(
            OutageKind.TOTAL_FAILURE,
            utc("2026-01-31T11:27"),
            None,
            utc("2026-01-31T11:35"),
            "K/2026/AWR/02",
        ),
    ]


def only(*messages: Message) -> deadlines.Outage:
    """The one outage that these messages make, in whichever order they come."""
    (found,) = latarnia.outages(messages)
    assert latarnia.outages(reversed(messages)) == [found]
    return found.outage


def test_a_later_version_replaces_the_earlier():
    early = message(MAINTENANCE)
    late = message(
        MAINTENANCE, version=2, end="2026-01-27T04:00:00Z", published="2026-01-25T08:00:00Z"
    )
    assert latarnia.latest([early, late]) == latarnia.latest([late, early]) == [late]
    outage = only(early, late)
    assert outage.end == utc("2026-01-27T04:00")
    # public since the first version
    assert outage.announced == utc("2026-01-22T08:00")
    assert only(late).announced == utc("2026-01-25T08:00")


def test_a_version_counts_more_than_its_time():
    newer = message(FAILURE_START, version=3, start="2026-01-31T09:00:00Z")
    older = message(FAILURE_START, version=2, published="2026-02-03T09:00:00Z")
    assert only(newer, older).start == utc("2026-01-31T09:00")
    # public since the first version, as far as that is known
    assert only(newer, message(FAILURE_START, published="2026-01-30T09:00:00Z")).announced == utc(
        "2026-01-30T09:00"
    )
    same = message(FAILURE_START, version=3, published="2026-02-04T09:00:00Z")
    assert latarnia.latest([newer, same, older]) == [same]


def test_the_start_and_the_end_may_bear_one_id():
    end = message(FAILURE_END, id=FAILURE_START["id"])
    assert len(latarnia.latest([message(FAILURE_START), end])) == 2
    assert only(message(FAILURE_START), end).end == utc("2026-02-01T12:30")


def test_the_newest_message_is_first():
    listed = [message(base) for base in (MAINTENANCE, FAILURE_END, FAILURE_START, TOTAL_START)]
    ids = [one.id for one in latarnia.latest(listed)]
    assert ids == ["K/2026/AWR/03", "K/2026/AWR/02", "K/2026/AWR/01", "K/2026/NI/01"]


def test_a_corrected_end():
    start, end = message(FAILURE_START), message(FAILURE_END)
    corrected = message(
        FAILURE_END, version=2, end="2026-02-02T08:00:00Z", published="2026-02-02T09:00:00Z"
    )
    assert only(start, end, corrected).end == utc("2026-02-02T08:00")
    another = message(
        FAILURE_END,
        id="K/2026/AWR/09",
        end="2026-02-02T08:00:00Z",
        published="2026-02-03T09:00:00Z",
    )
    assert only(start, end, another).end == utc("2026-02-02T08:00")


def test_a_start_corrected_after_the_end_stays_ended():
    corrected = message(FAILURE_START, version=2, published="2026-02-05T08:00:00Z")
    assert only(message(FAILURE_END), corrected).end == utc("2026-02-01T12:30")


def test_a_failure_that_begins_again_is_open():
    again = message(
        FAILURE_START,
        id="K/2026/AWR/04",
        start="2026-02-01T15:00:00Z",
        published="2026-02-01T15:10:00Z",
    )
    outage = only(message(FAILURE_START), message(FAILURE_END), again)
    assert (outage.start, outage.end) == (utc("2026-01-31T10:13"), None)


def test_an_end_of_another_event_ends_nothing():
    found = latarnia.outages([message(FAILURE_START), message(FAILURE_END, eventId=7)])
    assert [one.outage.end for one in found] == [None, utc("2026-02-01T12:30")]


def ends(*messages):
    """When each kind of outage ended, in whichever order the messages come."""
    found = latarnia.outages(messages)
    assert latarnia.outages(reversed(messages)) == found
    return {one.outage.kind: one.outage.end for one in found}


ENDED = utc("2026-02-01T12:30")
TOTAL_END = {**FAILURE_END, "id": "K/2026/AWR/05", "category": "TOTAL_FAILURE"}
OF_ONE_EVENT = {"eventId": FAILURE_START["eventId"]}


@pytest.mark.parametrize("end", [FAILURE_END, TOTAL_END])
def test_a_failure_that_became_a_total_one_ends_with_it(end):
    start, worse = message(FAILURE_START), message(TOTAL_START, **OF_ONE_EVENT)
    assert ends(start, worse) == {OutageKind.FAILURE: None, OutageKind.TOTAL_FAILURE: None}
    assert ends(start, worse, message(end)) == {
        OutageKind.FAILURE: ENDED,
        OutageKind.TOTAL_FAILURE: ENDED,
    }


def test_each_category_ends_by_its_own_message():
    over = {"end": "2026-02-03T10:00:00Z", "published": "2026-02-03T10:05:00Z"}
    start, worse = message(FAILURE_START), message(TOTAL_START, **OF_ONE_EVENT)
    assert ends(start, worse, message(FAILURE_END), message(TOTAL_END, **over)) == {
        OutageKind.FAILURE: ENDED,
        OutageKind.TOTAL_FAILURE: utc("2026-02-03T10:00"),
    }


def test_where_one_category_passes_into_the_other_the_other_goes_on():
    start, worse = message(FAILURE_START), message(TOTAL_START, **OF_ONE_EVENT)
    # over in the moment the total failure began, or told before or with it
    for changed in (
        {"end": TOTAL_START["start"], "published": "2026-01-31T11:40:00Z"},
        {"end": "2026-01-31T11:30:00Z", "published": TOTAL_START["published"]},
    ):
        found = ends(start, worse, message(FAILURE_END, **changed))
        assert found[OutageKind.TOTAL_FAILURE] is None
        assert found[OutageKind.FAILURE] == message(FAILURE_END, **changed).end


def test_a_total_failure_that_became_an_ordinary_one():
    total = message(TOTAL_START, **OF_ONE_EVENT)
    milder = message(
        FAILURE_START,
        id="K/2026/AWR/06",
        start=FAILURE_END["end"],
        published=FAILURE_END["published"],
    )
    over = message(TOTAL_END)
    assert ends(total, over, milder) == {
        OutageKind.TOTAL_FAILURE: ENDED,
        OutageKind.FAILURE: None,
    }
    end = message(FAILURE_END, end="2026-02-02T12:00:00Z", published="2026-02-02T12:00:00Z")
    assert ends(total, over, milder, end) == {
        OutageKind.TOTAL_FAILURE: ENDED,
        OutageKind.FAILURE: utc("2026-02-02T12:00"),
    }


def test_a_start_corrected_after_the_end_of_the_other_opens_nothing():
    start, worse = message(FAILURE_START), message(TOTAL_START, **OF_ONE_EVENT)
    again = message(TOTAL_START, **OF_ONE_EVENT, version=2, published="2026-02-05T08:00:00Z")
    found = ends(start, worse, again, message(FAILURE_END))
    assert found[OutageKind.TOTAL_FAILURE] == ENDED
    named = message(TOTAL_START, **OF_ONE_EVENT, end="2026-01-31T20:00:00Z")
    found = ends(start, named, message(FAILURE_END))
    assert found[OutageKind.TOTAL_FAILURE] == utc("2026-01-31T20:00")


def test_an_end_that_names_another_category_ends_the_event():
    end = message(FAILURE_END, category="TOTAL_FAILURE")
    assert only(message(FAILURE_START), end).kind is OutageKind.FAILURE
    assert only(message(FAILURE_START), end).end == utc("2026-02-01T12:30")


def test_an_end_without_its_start_is_a_failure_of_its_own():
    outage = only(message(FAILURE_END))
    assert (outage.start, outage.end) == (utc("2026-01-31T10:13"), utc("2026-02-01T12:30"))
    assert (outage.announced, outage.announcement) == (None, "K/2026/AWR/03")

    later = message(
        FAILURE_END,
        id="K/2026/AWR/09",
        end="2026-02-02T08:00:00Z",
        published="2026-02-03T09:00:00Z",
    )
    assert only(message(FAILURE_END), later).end == utc("2026-02-02T08:00")


def test_an_end_published_before_its_start_still_makes_an_interval():
    end = message(FAILURE_END, end=None, published="2026-01-30T10:00:00Z")
    assert only(end).end == only(end).start


@pytest.mark.parametrize("end", [None, "2026-01-30T10:00:00Z"])
def test_an_end_without_a_time_was_by_its_publication(end):
    end = message(FAILURE_END, end=end)
    assert only(message(FAILURE_START), end).end == end.published
    assert only(end).end == end.published


def test_a_start_that_names_its_end():
    assert only(message(FAILURE_START, end="2026-01-31T12:00:00Z")).end == utc("2026-01-31T12:00")
    assert only(message(FAILURE_START, end="2026-01-31T09:00:00Z")).end is None


def test_maintenance_announced_again_under_another_id():
    again = message(
        MAINTENANCE,
        id="K/2026/NI/02",
        end="2026-01-27T04:00:00Z",
        published="2026-01-25T08:00:00Z",
    )
    outage = only(message(MAINTENANCE), again)
    assert (outage.end, outage.announcement) == (utc("2026-01-27T04:00"), "K/2026/NI/02")
    assert outage.announced == utc("2026-01-22T08:00")


def test_maintenance_without_an_end():
    assert only(message(MAINTENANCE, end=None)).end is None


@pytest.mark.parametrize(
    "nothing",
    [
        message(FAILURE_START, category="CYBER"),
        message(FAILURE_START, category="AVAILABLE"),
        message(FAILURE_START, category="MAINTENANCE"),
        message(FAILURE_START, type="FAILURE_PAUSE"),
        message(FAILURE_START, type="MAINTENANCE_ANNOUNCEMENT"),
        message(TOTAL_START, type="MAINTENANCE_ANNOUNCEMENT"),
        message(FAILURE_END, category="CYBER"),
        message(FAILURE_END, category="MAINTENANCE"),
        message(MAINTENANCE, type="FAILURE_START"),
        message(MAINTENANCE, end="2026-01-25T10:00:00Z"),
    ],
)
def test_what_is_not_understood_is_no_outage(nothing):
    assert latarnia.outages([nothing]) == []


# --- against the simulator


class Simulator(Running):
    """Its Latarnia and the commands for it."""

    @property
    def latarnia(self) -> Latarnia:
        return Latarnia(self.environment)

    def announce(self, **body) -> None:
        self.control("POST", "latarnia", body)

    def outages(self):
        found = self.latarnia.messages()
        assert found.unread == ()
        return latarnia.outages(found.messages)


@pytest.fixture(scope="module")
def _simulator(tmp_path_factory):
    simulator = Simulator(tmp_path_factory.mktemp("latarnia") / "log")
    yield simulator
    simulator.stop()


@pytest.fixture
def simulator(_simulator):
    _simulator.control("POST", "reset")
    _simulator.control("POST", "clock", {"offset": 0})
    return _simulator


def test_the_simulator_is_available(simulator):
    status = simulator.latarnia.status()
    assert (status.state, status.messages) == (State.AVAILABLE, ())
    assert simulator.outages() == []


@pytest.mark.parametrize("kind", [OutageKind.FAILURE, OutageKind.TOTAL_FAILURE])
def test_a_failure_comes_and_goes(simulator, kind):
    simulator.announce(status=kind.value, title="Awaria próbna")
    status = simulator.latarnia.status()
    assert status.state.kind is kind
    (found,) = status.messages
    assert (found.type, found.title) == (MessageType.FAILURE_START, "Awaria próbna")
    (announced,) = simulator.outages()
    assert announced.messages == (found,)
    assert (announced.outage.kind, announced.outage.end) == (kind, None)
    assert announced.outage.announcement == found.id
    issued = simulator.now()
    mode = deadlines.announced_mode(issued, [announced.outage])
    expected = {OutageKind.FAILURE: Mode.EMERGENCY, OutageKind.TOTAL_FAILURE: Mode.TOTAL_FAILURE}
    assert mode is expected[kind]
    due = deadlines.deadline(mode, issued, [announced.outage])
    assert (due.day, due.lifted) == (None, kind is OutageKind.TOTAL_FAILURE)

    simulator.later(hours=36)
    simulator.announce(status="AVAILABLE")
    assert simulator.latarnia.status().state is State.AVAILABLE
    (ended,) = simulator.outages()
    assert [one.type for one in ended.messages] == [
        MessageType.FAILURE_END,
        MessageType.FAILURE_START,
    ]
    assert dataclasses.replace(ended.outage, end=None) == announced.outage
    assert ended.outage.end >= issued + timedelta(hours=35)
    assert deadlines.announced_mode(simulator.now(), [ended.outage]) is Mode.ONLINE
    if kind is OutageKind.FAILURE:
        due = deadlines.deadline(mode, issued, [ended.outage])
        assert due.day == deadlines.add_business_days(ended.outage.end, 7)
        assert due.article == "art. 106nf ust. 4"


def test_maintenance_is_cut_short(simulator):
    now = simulator.now()
    simulator.announce(
        status="MAINTENANCE",
        start=(now - timedelta(hours=1)).isoformat(),
        end=(now + timedelta(days=3)).isoformat(),
    )
    before = simulator.latarnia.messages().messages
    assert simulator.latarnia.status().state is State.MAINTENANCE
    simulator.announce(status="AVAILABLE")
    assert simulator.latarnia.status().state is State.AVAILABLE
    after = simulator.latarnia.messages().messages
    assert [one.version for one in before] == [1]
    corrected = tuple(latarnia.latest(after))
    assert [one.version for one in corrected] == [2]
    (announced,) = latarnia.outages([*before, *after])
    assert announced.messages == corrected
    assert announced.outage.end <= simulator.now()
    assert announced.outage.announced == before[0].published
    due = deadlines.deadline(Mode.OFFLINE, now, [announced.outage])
    assert due.day == deadlines.next_business_day(announced.outage.end)


def test_maintenance_in_the_future_changes_nothing_yet(simulator):
    start = simulator.now() + timedelta(days=1)
    simulator.announce(
        type="MAINTENANCE_ANNOUNCEMENT",
        category="MAINTENANCE",
        start=start.isoformat(),
        end=(start + timedelta(hours=4)).isoformat(),
    )
    assert simulator.latarnia.status().state is State.AVAILABLE
    (announced,) = simulator.outages()
    known = [announced.outage]
    assert deadlines.announced_mode(simulator.now(), known) is Mode.ONLINE
    assert deadlines.announced_mode(start + timedelta(hours=1), known) is Mode.OFFLINE


@pytest.mark.parametrize(("broken", "status"), [("html_502", 502), ("access_denied", 403)])
def test_latarnia_itself_is_broken(simulator, broken, status):
    simulator.announce(broken=broken)
    try:
        for call in (simulator.latarnia.status, simulator.latarnia.messages):
            error = unknown(call)
            assert (error.kind, error.http_status) == ("http", status)
    finally:
        simulator.announce(broken=None)
    assert simulator.latarnia.status().state is State.AVAILABLE
