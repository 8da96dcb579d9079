"""What becomes of access and refresh tokens; the list of authorisations."""

from typing import Any

from ksef_caller import Caller, wait
from ksef_running import Running, problem_codes
from ksef_signing import SEAL, self_made

MINUTE = 60
DAY = 24 * 3600


def test_an_access_token_lives_fifteen_minutes(caller: Caller) -> None:
    caller.simulator.later(14 * MINUTE)
    caller.call("GET /limits/subject", expect=200)
    caller.simulator.later(61)
    caller.call("GET /limits/subject", expect=401)


def test_a_refresh_token_renews_many_times_for_seven_days(caller: Caller) -> None:
    for _ in range(2):
        caller.simulator.later(DAY)
        renewed = caller.json("POST /auth/token/refresh", token=caller.refresh)
        caller.access = renewed["accessToken"]["token"]
        caller.call("GET /limits/subject", expect=200)
    listed = caller.json("GET /auth/sessions")["items"]
    assert "lastTokenRefreshDate" in listed[0]
    caller.simulator.later(5 * DAY)
    caller.call("POST /auth/token/refresh", token=caller.refresh, expect=401)


def test_each_token_has_its_own_use(caller: Caller) -> None:
    caller.call("GET /limits/subject", token=caller.refresh, expect=401)
    caller.call("GET /limits/subject", token=caller.authentication, expect=401)
    caller.call("POST /auth/token/refresh", token=caller.access, expect=401)
    caller.call("GET /limits/subject", token=caller.access + "x", expect=401)
    caller.call("GET /limits/subject", token="", expect=401)


def test_access_tokens_can_be_made_to_expire(caller: Caller) -> None:
    caller.simulator.control("POST", "tokens/expire")
    caller.call("GET /limits/subject", expect=401)
    renewed = caller.json("POST /auth/token/refresh", token=caller.refresh)
    caller.access = renewed["accessToken"]["token"]
    caller.call("GET /limits/subject", expect=200)
    caller.simulator.control("POST", "tokens/expire", {"kind": "all"})
    caller.call("POST /auth/token/refresh", token=caller.refresh, expect=401)


def test_revocation_kills_the_refresh_token_and_spares_the_access_token(caller: Caller) -> None:
    caller.call("DELETE /auth/sessions/current", expect=204)
    answer = caller.call("POST /auth/token/refresh", token=caller.refresh, expect=400)
    assert problem_codes(answer) == [21301]
    assert "425" in answer.json()["errors"][0]["details"][0]
    status = caller.status()["status"]
    assert (status["code"], status["description"]) == (425, "Uwierzytelnienie unieważnione")
    caller.call("GET /limits/subject", expect=200)


def test_the_refresh_token_may_end_its_own_session(caller: Caller) -> None:
    caller.call("DELETE /auth/sessions/current", token=caller.refresh, expect=204)
    assert caller.status()["status"]["code"] == 425


def test_sessions_are_listed_newest_first_in_pages(simulator: Running) -> None:
    callers = [Caller(simulator).log_in_as("owner") for _ in range(12)]
    newest = callers[-1]
    first = newest.json("GET /auth/sessions?pageSize=10")
    assert [item["referenceNumber"] for item in first["items"]] == [
        caller.reference for caller in reversed(callers[2:])
    ]
    assert [item["isCurrent"] for item in first["items"]] == [True] + [False] * 9
    second = newest.json(
        "GET /auth/sessions?pageSize=10",
        headers={"x-continuation-token": first["continuationToken"]},
    )
    assert len(second["items"]) == 2
    assert second["continuationToken"] is None


def test_another_session_of_the_same_person_can_be_revoked(simulator: Running) -> None:
    one, other = Caller(simulator).log_in_as("owner"), Caller(simulator).log_in_as("owner")
    one.call(f"DELETE /auth/sessions/{other.reference}", expect=204)
    assert other.status()["status"]["code"] == 425
    assert len(one.json("GET /auth/sessions")["items"]) == 1


def test_another_person_s_session_cannot(simulator: Running) -> None:
    one, other = Caller(simulator).log_in_as("owner"), Caller(simulator).log_in_as("accountant")
    answer = one.call(f"DELETE /auth/sessions/{other.reference}", expect=400)
    assert problem_codes(answer) == [21405]
    assert other.status()["status"]["code"] == 200


def test_a_wrong_continuation_token_is_refused(caller: Caller) -> None:
    for token in ("x", "e30=", "eyJzdGFydCI6IC0xfQ=="):
        answer = caller.call(
            "GET /auth/sessions", headers={"x-continuation-token": token}, expect=400
        )
        assert problem_codes(answer) == [21418]


def test_page_sizes_have_bounds(caller: Caller) -> None:
    for size in ("9", "101", "many"):
        answer = caller.call(f"GET /auth/sessions?pageSize={size}", expect=400)
        assert problem_codes(answer) == [21405]


def test_permissions_are_those_of_the_person(simulator: Running) -> None:
    owner = Caller(simulator).log_in_as("owner")
    own = owner.json("POST /permissions/query/personal/grants", {})
    assert own["permissions"] == []
    assert {"InvoiceRead", "InvoiceWrite", "CredentialsManage"} <= set(own["ownerPermissions"])
    accountant = Caller(simulator).log_in_as("accountant")
    granted = accountant.json("POST /permissions/query/personal/grants", {})
    scopes = [permission["permissionScope"] for permission in granted["permissions"]]
    assert scopes == ["InvoiceRead", "InvoiceWrite"]
    assert "ownerPermissions" not in granted
    only = accountant.json(
        "POST /permissions/query/personal/grants", {"permissionTypes": ["InvoiceWrite"]}
    )
    assert [item["permissionScope"] for item in only["permissions"]] == ["InvoiceWrite"]


def test_a_new_right_comes_with_the_next_refresh(simulator: Running) -> None:
    accountant = Caller(simulator).log_in_as("accountant")
    person = simulator.world.people.persons["accountant"]
    simulator.world.people.grant("Pesel", person.pesel, accountant.nip, ["Introspection"])
    renewed = accountant.json("POST /auth/token/refresh", token=accountant.refresh)
    accountant.access = renewed["accessToken"]["token"]
    granted = accountant.json("POST /permissions/query/personal/grants", {})
    assert "Introspection" in [item["permissionScope"] for item in granted["permissions"]]


def test_a_missing_right_is_forbidden_in_words(simulator: Running) -> None:
    reader = Caller(simulator).log_in("InvoiceRead")
    answer = reader.call("POST /sessions/online", {}, expect=403)
    content = answer.json()
    assert content["reasonCode"] == "missing-permissions"
    assert content["security"]["presentPermissions"] == ["InvoiceRead"]
    assert "InvoiceWrite" in content["security"]["requiredAnyOfPermissions"]


def test_ksef_tokens_are_made_listed_and_revoked(simulator: Running) -> None:
    owner = Caller(simulator).log_in_as("owner")
    made = owner.json(
        "POST /tokens", {"permissions": ["InvoiceRead"], "description": "Odczyt faktur"}
    )
    assert made["token"].startswith(f"{made['referenceNumber']}|nip-9999999999|")
    caller = Caller(simulator)
    caller.started(
        caller.call("POST /auth/ksef-token", caller.ksef_token_request(made["token"]), token="")
    )
    caller.redeem()
    shown = owner.json(f"GET /tokens/{made['referenceNumber']}")
    assert shown["requestedPermissions"] == ["InvoiceRead"]
    assert shown["lastUseDate"] is not None
    listed = owner.json("GET /tokens?status=Active&description=odczyt")
    assert [token["referenceNumber"] for token in listed["tokens"]] == [made["referenceNumber"]]
    own = caller.json("GET /tokens")
    assert [token["referenceNumber"] for token in own["tokens"]] == [made["referenceNumber"]]
    answer = caller.call(
        "POST /tokens", {"permissions": ["InvoiceRead"], "description": "Drugi"}, expect=403
    )
    assert answer.json()["reasonCode"] == "auth-method-not-allowed"
    caller.call(f"DELETE /tokens/{made['referenceNumber']}", expect=204)
    assert owner.json(f"GET /tokens/{made['referenceNumber']}")["status"] == "Revoked"
    answer = caller.call("POST /auth/token/refresh", token=caller.refresh, expect=400)
    assert answer.json()["errors"][0]["details"] == ["Token KSeF został unieważniony."]


def test_a_revoked_ksef_token_logs_nobody_in(simulator: Running) -> None:
    owner = Caller(simulator).log_in_as("owner")
    made = owner.json("POST /tokens", {"permissions": ["InvoiceRead"], "description": "Próba"})
    owner.call(f"DELETE /tokens/{made['referenceNumber']}", expect=204)
    assert ends(simulator, made["token"]) == {
        "code": 450,
        "description": "Uwierzytelnianie zakończone niepowodzeniem z powodu błędnego tokenu",
        "details": ["Token unieważniony"],
    }
    assert owner.json(f"GET /tokens/{made['referenceNumber']}")["lastUseDate"] is None
    revoked = owner.json("GET /tokens?status=Revoked")["tokens"]
    assert [one["referenceNumber"] for one in revoked] == [made["referenceNumber"]]


def test_a_ksef_token_comes_and_goes_in_steps(simulator: Running) -> None:
    owner = Caller(simulator).log_in_as("owner")
    simulator.slow_down()
    made = owner.json("POST /tokens", {"permissions": ["InvoiceRead"], "description": "Próba"})

    def shown() -> str:
        return owner.json(f"GET /tokens/{made['referenceNumber']}")["status"]

    assert shown() == "Pending"
    early, later = Caller(simulator), Caller(simulator)
    request = early.ksef_token_request(made["token"])
    early.started(early.call("POST /auth/ksef-token", request, token=""))
    simulator.later(61)
    assert early.status()["status"]["details"] == ["Token nieaktywny"]
    assert shown() == "Active"
    request = later.ksef_token_request(made["token"])
    later.started(later.call("POST /auth/ksef-token", request, token=""))
    owner.call(f"DELETE /tokens/{made['referenceNumber']}", expect=204)
    assert shown() == "Revoking"
    simulator.later(61)
    assert shown() == "Revoked"
    assert later.status()["status"]["code"] == 200
    refused = later.call("POST /auth/token/redeem", token=later.authentication, expect=400)
    assert refused.json()["errors"][0]["details"] == ["Token KSeF został unieważniony."]


def test_the_control_api_revokes_ksef_tokens(caller: Caller) -> None:
    (token,) = caller.simulator.control("GET", "ksef-tokens")
    assert (token["status"], token["context"]) == ("Active", {"type": "Nip", "value": caller.nip})
    path = f"ksef-tokens/{token['referenceNumber']}/revoke"
    assert caller.simulator.control("POST", path)["status"] == "Revoked"
    caller.call("GET /limits/context", expect=200)
    caller.call("POST /auth/token/refresh", token=caller.refresh, expect=400)


def test_a_sole_trader_sees_the_company_s_tokens(simulator: Running) -> None:
    simulator.control("POST", "people", {
        "key": "trader", "firstName": "Ewa", "lastName": "Maj", "pesel": "85510100000",
        "nip": "1111111111", "permissions": ["InvoiceRead"], "contexts": ["9999999999"],
    })  # fmt: skip
    seal = {**SEAL, "organizationIdentifier": "VATPL-1111111111"}
    simulator.world.people.grant("Nip", "1111111111", "9999999999", ["InvoiceRead"])
    company = Caller(simulator).log_in_with(self_made(seal))
    made = company.json("POST /tokens", {"permissions": ["InvoiceRead"], "description": "Próba"})
    person = Caller(simulator).log_in_as("trader")
    shown = person.json("GET /tokens")["tokens"]
    assert [one["referenceNumber"] for one in shown] == [made["referenceNumber"]]


def ends(simulator: Running, token: str) -> dict[str, Any]:
    """The status in which a login with a KSeF token ends."""
    caller = Caller(simulator)
    request = caller.ksef_token_request(token)
    caller.started(caller.call("POST /auth/ksef-token", request, token=""))
    return wait(caller.status)


def test_a_token_gets_no_right_that_its_maker_lacks(simulator: Running) -> None:
    accountant = Caller(simulator).log_in_as("accountant")
    answer = accountant.call(
        "POST /tokens",
        {"permissions": ["InvoiceRead", "CredentialsManage"], "description": "Za dużo"},
        expect=400,
    )
    assert problem_codes(answer) == [26001]
