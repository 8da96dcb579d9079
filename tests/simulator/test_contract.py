"""The table of operations says what the Ministry's document says."""

import re

import pytest
from ksef_running import CONTRACT

import simulator.api  # noqa: F401  (fills the table)
from simulator import errors, limits, tokens
from simulator.operations import OPERATIONS, Operation

DESCRIBED = CONTRACT.operations()
OF_ACCESS = (tokens.ACCESS,)


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
    from simulator import acceptance, auth, sessions

    schemas = CONTRACT.document["components"]["schemas"]

    def table(schema: str) -> dict[int, str]:
        text = schemas[schema]["properties"]["status"]["description"]
        text = text.split("Sesja interaktywna:")[-1]
        rows = re.findall(r"^\s*\|\s*(\d+)\s*\|\s*(.*?)\s*\|", text, re.MULTILINE)
        return {int(code): words for code, words in rows}

    invoice = table("SessionInvoiceStatusResponse")
    invoice[500] = invoice[500].removesuffix(" ({statusCode})")
    assert invoice == acceptance.DESCRIPTIONS
    session = table("SessionStatusResponse")
    assert {code: session[code] for code in sessions.DESCRIPTIONS} == sessions.DESCRIPTIONS
    authentication = table("AuthenticationOperationStatusResponse")
    assert {code: authentication[code] for code in auth.OUTCOMES} == auth.OUTCOMES


def test_every_method_of_authentication_has_its_words() -> None:
    from simulator import auth

    schemas = CONTRACT.document["components"]["schemas"]
    assert set(auth.METHODS) == set(schemas["AuthenticationMethod"]["enum"])
    categories = {category for category, _, _ in auth.METHODS.values()}
    assert categories <= set(schemas["AuthenticationMethodCategory"]["enum"])
