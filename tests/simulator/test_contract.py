"""The table of operations says what the Ministry's document says."""

import re
from datetime import timedelta

import pytest
from ksef_batch import Batch
from ksef_caller import Caller, fa3
from ksef_contract import BreachOfContract
from ksef_enrolling import enroll
from ksef_running import CONTRACT, Running

import simulator.api  # noqa: F401  (fills the table)
from simulator import acceptance, auth, errors, limits, sessions
from simulator.certificates import operations as certificates
from simulator.operations import OPERATIONS, Operation

DESCRIBED = CONTRACT.operations()
CHALLENGE = (
    b'{"challenge": "20261120-CR-0123456789-0123456789-AB", "timestamp": '
    b'"2026-11-20T10:00:00.1234567+00:00", "timestampMs": 1795168800123, '
    b'"clientIp": "127.0.0.1"}'
)


def names(operation: Operation) -> str:
    return operation.name


@pytest.fixture(params=OPERATIONS, ids=names)
def operation(request: pytest.FixtureRequest) -> Operation:
    return request.param


def test_is_in_the_document(operation: Operation) -> None:
    assert operation.name in DESCRIBED


def test_counts_against_the_described_limit(operation: Operation) -> None:
    text = DESCRIBED[operation.name]["responses"]["429"]["description"]
    row = next(line for line in text.splitlines() if "Limity liczby" in line)
    second, minute, hour, group = (cell.strip() for cell in row.split("|")[2:6])
    expected = [int(value) if value != "-" else -1 for value in (second, minute, hour)]
    limit = limits.PRODUCTION[operation.group]
    assert [limit.second, limit.minute, limit.hour] == expected
    assert operation.group == ("anonymous" if group == "-" else group)


def test_asks_for_the_described_permissions(operation: Operation) -> None:
    text = DESCRIBED[operation.name]["description"]
    found = re.search(r"\*\*Wymagan.*uprawni.*?\*\*:(.*)", text, re.DOTALL)
    described = set()
    if found:
        wanted = found[1].split("**Headers")[0]
        described = set(re.findall(r"`([A-Z]\w+)`", wanted)) - {"ContextIdentifier"}
    assert set(operation.permissions) == described


def test_asks_for_a_token_where_the_document_does(operation: Operation) -> None:
    assert bool(operation.token_kinds) == bool(DESCRIBED[operation.name].get("security"))


def test_knows_every_described_error_code(operation: Operation) -> None:
    text = DESCRIBED[operation.name]["responses"]["400"]["description"]
    rows = re.findall(r"^\|\s*(\d+)\s*\|\s*(.*?)\s*\|", text, re.MULTILINE)
    for code, description in rows:
        if int(code) == 21308:  # nobody dies here
            continue
        assert errors.DESCRIPTIONS[int(code)] == description


def test_statuses_are_worded_as_in_the_document() -> None:
    schemas = CONTRACT.document["components"]["schemas"]

    def table(schema: str, kind: int = -1) -> dict[int, str]:
        text = schemas[schema]["properties"]["status"]["description"]
        text = text.split("Sesja interaktywna:")[kind]
        rows = re.findall(r"^\s*\|\s*(\d+)\s*\|\s*(.*?)\s*\|", text, re.MULTILINE)
        return {int(code): words for code, words in rows}

    invoice = table("SessionInvoiceStatusResponse")
    invoice[500] = invoice[500].removesuffix(" ({statusCode})")
    assert invoice == acceptance.DESCRIPTIONS
    session = table("SessionStatusResponse")
    assert {code: session[code] for code in sessions.DESCRIPTIONS} == sessions.DESCRIPTIONS
    batch = table("SessionStatusResponse", 0)
    assert batch.pop(500)
    assert batch == sessions.BATCH_DESCRIPTIONS
    authentication = table("AuthenticationOperationStatusResponse")
    assert {code: authentication[code] for code in auth.OUTCOMES} == auth.OUTCOMES
    certificate = table("CertificateEnrollmentStatusResponse")
    described = certificates.DESCRIPTIONS
    assert {code: certificate[code] for code in described} == described


def test_every_method_of_authentication_has_its_words() -> None:
    schemas = CONTRACT.document["components"]["schemas"]
    assert set(auth.METHODS) == set(schemas["AuthenticationMethod"]["enum"])
    categories = {category for category, _, _ in auth.METHODS.values()}
    assert categories <= set(schemas["AuthenticationMethodCategory"]["enum"])


def test_one_walk_through_every_operation(simulator: Running) -> None:
    """Each succeeds once, and the witness compares each answer with the document."""
    owner = Caller(simulator).log_in_as("owner")
    owner.log_in_as("owner")
    owner.json("POST /auth/token/refresh", token=owner.refresh)
    made = owner.json("POST /tokens", {"permissions": ["InvoiceRead"], "description": "Próba"})
    owner.json("GET /tokens")
    owner.json(f"GET /tokens/{made['referenceNumber']}")
    owner.call(f"DELETE /tokens/{made['referenceNumber']}", expect=204)
    for path in ("/rate-limits", "/limits/context", "/limits/subject", "/auth/sessions",
                 "/certificates/limits"):  # fmt: skip
        owner.json(f"GET {path}")
    holder = enroll(owner)
    owner.json("POST /certificates/query")
    end = {"validTo": (simulator.world.now() + timedelta(days=1)).isoformat()}
    owner.call(f"PUT /testdata/certificates/{holder.serial}", end, expect=200)
    owner.call(f"POST /certificates/{holder.serial}/revoke", expect=204)
    limit = {"certificate": {"maxCertificates": 2}}
    owner.call("POST /testdata/limits/subject/certificate", limit, expect=200)
    owner.call("DELETE /testdata/limits/subject/certificate", expect=200)
    context = {"contextIdentifier": {"type": "Nip", "value": owner.nip}}
    for action in ("block", "unblock"):
        owner.call(f"POST /testdata/context/{action}", context, token="", expect=200)
    owner.json("POST /permissions/query/personal/grants", {})
    sending = owner.open()
    outcome = sending.outcome(fa3(issued="2026-11-02"))
    sending.close()
    page = sending.status()["upo"]["pages"][0]["referenceNumber"]
    session = f"GET /sessions/{sending.reference}"
    owner.json("GET /sessions?sessionType=Online")
    owner.json(f"{session}/invoices")
    owner.json(f"{session}/invoices/failed")
    owner.call(f"{session}/invoices/{outcome['referenceNumber']}/upo", expect=200)
    owner.call(f"{session}/invoices/ksef/{outcome['ksefNumber']}/upo", expect=200)
    owner.call(f"{session}/upo/{page}", expect=200)
    owner.call(f"GET /invoices/ksef/{outcome['ksefNumber']}", expect=200)
    Batch(owner, [("A.xml", fa3(issued="2026-11-02", number="A"))]).send()
    window = {"dateType": "Issue", "from": "2026-11-01T00:00:00Z"}
    owner.json("POST /invoices/query/metadata", {"subjectType": "Subject1", "dateRange": window})
    Caller(simulator).log_in().call("DELETE /auth/sessions/current", expect=204)
    other = Caller(simulator).log_in_as("owner")
    owner.call(f"DELETE /auth/sessions/{other.reference}", expect=204)

    simulator.control("GET", "state")  # the witness has heard the last answer before this one
    succeeded = {seen[:-4] for seen in simulator.witness.seen if seen[-3] == "2"}
    assert succeeded == {operation.name for operation in OPERATIONS}


@pytest.mark.parametrize(
    ("status", "media_type", "body"),
    [
        (200, "application/json", b'{"challenge": "short"}'),
        (200, "application/json", CHALLENGE.replace(b"}", b', "more": 1}')),
        (200, "application/json", CHALLENGE.replace(b"+00:00", b"")),
        (200, "application/json", CHALLENGE.replace(b'"127.0.0.1"', b"null")),
        (200, "text/html", CHALLENGE),
        (201, "application/json", CHALLENGE),
        (500, "application/json", b"{}"),
        (429, "application/json", b'{"status": {}}'),
    ],
)
def test_the_comparison_notices_a_wrong_answer(status: int, media_type: str, body: bytes) -> None:
    headers = {"content-type": media_type}
    CONTRACT.check("POST", "/auth/challenge", 200, {"content-type": "application/json"}, CHALLENGE)
    with pytest.raises(BreachOfContract):
        CONTRACT.check("POST", "/auth/challenge", status, headers, body)
    with pytest.raises(BreachOfContract):
        CONTRACT.check("POST", "/auth/nothing/here", 200, headers, CHALLENGE)
