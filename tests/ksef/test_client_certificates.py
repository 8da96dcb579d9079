"""The operations on certificates on the wire: what is sent, and what is understood."""

import base64
import datetime
import json

import pytest

from ksef import client as ksef_client
from ksef import environments, errors

UTC = datetime.timezone.utc
MOMENT = "2026-10-10T10:00:00.1234567+00:00"
READ = datetime.datetime(2026, 10, 10, 10, 0, 0, 123456, UTC)
REFERENCE = "20251010-EH-1B6C9EB000-4B15D3AEB9-89"
SERIAL = "018209160C631F1E"


@pytest.fixture
def client(server):
    return ksef_client.Client(environments.simulator(server.url), access_token="access.jwt")


@pytest.fixture
def says(server, answer):
    def says(*bodies, status=200):
        server.answer(*(answer(status=status, body=json.dumps(body).encode()) for body in bodies))

    return says


def request_line(seen):
    assert seen.headers["authorization"] == "Bearer access.jwt"
    return seen.method, seen.path


def test_limits(client, server, says):
    says(
        {
            "canRequest": True,
            "enrollment": {"remaining": 11, "limit": 12},
            "certificate": {"remaining": 0, "limit": 6},
        }
    )
    limits = client.certificate_limits()
    assert request_line(server.seen[0]) == ("GET", "/v2/certificates/limits")
    assert limits.can_request is True
    assert (limits.enrollment.limit, limits.enrollment.remaining) == (12, 11)
    assert (limits.certificate.limit, limits.certificate.remaining) == (6, 0)


def test_the_subject_of_a_person(client, server, says):
    says(
        {
            "commonName": "Łucja Żółć",
            "countryName": "PL",
            "givenName": "Łucja",
            "surname": "Żółć",
            "serialNumber": "PNOPL-90010112349",
            "uniqueIdentifier": None,
            "organizationName": None,
        }
    )
    data = client.enrollment_data()
    assert request_line(server.seen[0]) == ("GET", "/v2/certificates/enrollments/data")
    assert data.attributes() == [
        ("2.5.4.3", "Łucja Żółć"),
        ("2.5.4.4", "Żółć"),
        ("2.5.4.5", "PNOPL-90010112349"),
        ("2.5.4.6", "PL"),
        ("2.5.4.42", "Łucja"),
    ]
    # neither the name nor the number of a person gets into a log line by accident
    assert "Łucja" not in repr(data)
    assert "90010112349" not in repr(data)


def test_the_subject_of_an_organisation(client, says):
    says(
        {
            "commonName": "RÓŻA SP. Z O.O.",
            "countryName": "PL",
            "uniqueIdentifier": "d9d22724-4696-460c-9e5e-b9e3aafb0af3",
            "organizationName": "RÓŻA SPÓŁKA Z OGRANICZONĄ ODPOWIEDZIALNOŚCIĄ",
            "organizationIdentifier": "VATPL-5265877635 NTRPL-0001040934 BR:PL-525516467",
        }
    )
    assert client.enrollment_data().attributes() == [
        ("2.5.4.3", "RÓŻA SP. Z O.O."),
        ("2.5.4.6", "PL"),
        ("2.5.4.10", "RÓŻA SPÓŁKA Z OGRANICZONĄ ODPOWIEDZIALNOŚCIĄ"),
        ("2.5.4.45", "d9d22724-4696-460c-9e5e-b9e3aafb0af3"),
        ("2.5.4.97", "VATPL-5265877635 NTRPL-0001040934 BR:PL-525516467"),
    ]


def test_several_given_names(client, says):
    says({"commonName": "A B", "countryName": "PL", "givenName": ["Łucja", "Maria"]})
    assert client.enrollment_data().given_names == ("Łucja", "Maria")


def test_after_a_login_with_a_token_there_is_no_subject(client, says):
    says({"title": "Bad Request", "errors": [{"code": 25001, "description": "Brak"}]}, status=400)
    with pytest.raises(errors.Refused) as caught:
        client.enrollment_data()
    assert caught.value.codes == {25001}


def test_enrolling(client, server, says):
    says({"referenceNumber": REFERENCE, "timestamp": MOMENT}, status=202)
    warsaw = datetime.timezone(datetime.timedelta(hours=2))
    begins = datetime.datetime(2026, 10, 11, 0, 30, tzinfo=warsaw)
    assert client.enroll("Faktury 2026_Łódź", "Authentication", b"\x30\x00csr") == REFERENCE
    assert client.enroll("Faktury 2026", "Offline", b"csr", begins) == REFERENCE
    assert request_line(server.seen[0]) == ("POST", "/v2/certificates/enrollments")
    assert json.loads(server.seen[0].body) == {
        "certificateName": "Faktury 2026_Łódź",
        "certificateType": "Authentication",
        "csr": base64.b64encode(b"\x30\x00csr").decode(),
    }
    assert json.loads(server.seen[1].body)["validFrom"] == "2026-10-10T22:30:00Z"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Abcd", "Offline"),
        ("A" * 101, "Offline"),
        ("Firma (1)", "Offline"),
        ("Faktury\n2026", "Offline"),
        ("Faktury", "offline"),
    ],
)
def test_what_openapi_refuses_is_not_sent(client, server, name, kind):
    with pytest.raises(ValueError, match="no "):
        client.enroll(name, kind, b"csr")
    with pytest.raises(ValueError, match="time zone"):
        client.enroll("Faktury", "Offline", b"csr", datetime.datetime(2026, 1, 1))
    assert not server.seen


def test_what_became_of_the_request(client, server, says):
    says(
        {"requestDate": MOMENT, "status": {"code": 100, "description": "Wniosek przyjęty"}},
        {
            "requestDate": MOMENT,
            "status": {"code": 200, "description": "Wniosek obsłużony"},
            "certificateSerialNumber": SERIAL,
        },
    )
    waiting = client.enrollment_status(REFERENCE)
    assert request_line(server.seen[0]) == ("GET", f"/v2/certificates/enrollments/{REFERENCE}")
    assert (waiting.status.code, waiting.serial, waiting.requested) == (100, "", READ)
    done = client.enrollment_status(REFERENCE)
    assert (done.status.code, done.serial) == (200, SERIAL)


def test_a_request_that_is_too_old(client, says):
    says({"title": "Gone", "status": 410, "detail": "Operacja wygasła."}, status=410)
    with pytest.raises(errors.Gone) as caught:
        client.enrollment_status(REFERENCE)
    assert caught.value.http_status == 410
    assert "Operacja wygasła" in caught.value.words


def test_certificates_are_fetched_ten_at_a_time(client, server, says, ec_person):
    serials = [f"{number:016X}" for number in range(23)]
    entry = {
        "certificate": base64.b64encode(ec_person.der).decode(),
        "certificateName": "Faktury",
        "certificateSerialNumber": SERIAL,
        "certificateType": "Offline",
    }
    says({"certificates": [entry]}, {"certificates": []}, {"certificates": [entry]})
    found = client.retrieve_certificates(serials)
    assert [request_line(seen) for seen in server.seen] == [
        ("POST", "/v2/certificates/retrieve")
    ] * 3
    asked = [json.loads(seen.body)["certificateSerialNumbers"] for seen in server.seen]
    assert [len(numbers) for numbers in asked] == [10, 10, 3]
    assert sum(asked, []) == serials
    assert [item.certificate for item in found] == [ec_person.der] * 2
    assert (found[0].serial, found[0].name, found[0].type) == (SERIAL, "Faktury", "Offline")
    assert client.retrieve_certificates([]) == []
    assert len(server.seen) == 3


ITEM = {
    "certificateSerialNumber": SERIAL,
    "name": "Certyfikat 1",
    "type": "Authentication",
    "commonName": "Łucja Żółć",
    "status": "Active",
    "subjectIdentifier": {"type": "Pesel", "value": "90010112349"},
    "validFrom": MOMENT,
    "validTo": "2028-10-10T10:00:00Z",
    "requestDate": MOMENT,
}


def test_the_list_is_read_to_its_end(client, server, says):
    second = {**ITEM, "lastUseDate": MOMENT, "status": "SomethingNew"}
    says(
        {"certificates": [ITEM] * 2, "hasMore": True},
        {"certificates": [second], "hasMore": False},
    )
    items = client.query_certificates(
        status="Active",
        type="Authentication",
        name="Cert",
        serial=SERIAL,
        expires_after=READ,
    )
    assert [request_line(seen) for seen in server.seen] == [
        ("POST", "/v2/certificates/query?pageOffset=0&pageSize=50"),
        ("POST", "/v2/certificates/query?pageOffset=1&pageSize=50"),
    ]
    assert json.loads(server.seen[1].body) == {
        "status": "Active",
        "type": "Authentication",
        "name": "Cert",
        "certificateSerialNumber": SERIAL,
        "expiresAfter": "2026-10-10T10:00:00.123456Z",
    }
    assert len(items) == 3
    first, last = items[0], items[-1]
    assert (first.serial, first.name, first.type) == (SERIAL, "Certyfikat 1", "Authentication")
    assert (first.subject_type, first.subject) == ("Pesel", "90010112349")
    assert first.valid_to == datetime.datetime(2028, 10, 10, 10, tzinfo=UTC)
    assert (first.valid_from, first.requested, first.last_used) == (READ, READ, None)
    assert (last.status, last.last_used) == ("SomethingNew", READ)
    assert "90010112349" not in repr(first)


def test_the_whole_list_needs_no_filter(client, server, says):
    says({"certificates": [], "hasMore": False})
    assert client.query_certificates() == []
    assert json.loads(server.seen[0].body) == {}


def test_a_list_without_end_ends(client, server, says):
    says({"certificates": [], "hasMore": True})
    assert client.query_certificates() == []
    assert len(server.seen) == 200


def test_revoking(client, server, answer):
    server.answer(answer(status=204, content_type=""))
    client.revoke_certificate(SERIAL, "Superseded")
    client.revoke_certificate(SERIAL)
    assert request_line(server.seen[0]) == ("POST", f"/v2/certificates/{SERIAL}/revoke")
    assert json.loads(server.seen[0].body) == {"revocationReason": "Superseded"}
    assert json.loads(server.seen[1].body) == {"revocationReason": "Unspecified"}
    for serial, reason in ((SERIAL.lower(), "Superseded"), ("../x", "Superseded"), (SERIAL, "x")):
        with pytest.raises(ValueError, match="no "):
            client.revoke_certificate(serial, reason)
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    ("call", "body"),
    [
        (lambda client: client.certificate_limits(), {"canRequest": True}),
        (lambda client: client.enrollment_data(), {"commonName": "A"}),
        (lambda client: client.enrollment_data(), {"commonName": "A", "countryName": 7}),
        (lambda client: client.enroll("Faktury", "Offline", b""), {"timestamp": MOMENT}),
        (lambda client: client.enrollment_status(REFERENCE), {"requestDate": MOMENT}),
        (
            lambda client: client.retrieve_certificates([SERIAL]),
            {"certificates": [{"certificateSerialNumber": SERIAL, "certificate": "?"}]},
        ),
        (lambda client: client.query_certificates(), {"certificates": [{}]}),
    ],
)
def test_half_an_answer_is_unreadable(client, says, call, body):
    says(body)
    with pytest.raises(errors.Unknown) as caught:
        call(client)
    assert caught.value.kind == "unreadable"


def test_without_a_token_nothing_is_asked(server):
    client = ksef_client.Client(environments.simulator(server.url))
    for call in (
        client.certificate_limits,
        client.enrollment_data,
        client.query_certificates,
        client.tokens,
        client.context_limits,
        client.subject_limits,
    ):
        with pytest.raises(ValueError, match="access token"):
            call()
    assert not server.seen
