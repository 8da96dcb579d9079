"""Challenge, signature, KSeF token, status, redemption."""

from collections.abc import Callable

import pytest
import requests
from ksef_caller import Caller, b64, wait
from ksef_running import Running, problem_codes


def test_a_challenge_tells_time_and_address(simulator: Running) -> None:
    challenge = Caller(simulator).challenge()
    assert len(challenge["challenge"]) == 36
    assert challenge["clientIp"] == "127.0.0.1"
    assert abs(challenge["timestampMs"] / 1000 - simulator.world.now().timestamp()) < 5


def test_a_trusted_profile_signature_lets_in(simulator: Running) -> None:
    caller = Caller(simulator).log_in_as("owner")
    status = caller.status()
    assert status["authenticationMethod"] == "TrustedProfile"
    assert status["authenticationMethodInfo"]["category"] == "XadesSignature"
    assert status["isTokenRedeemed"] is True


def test_an_unknown_person_ends_at_415(simulator: Running) -> None:
    caller = Caller(simulator)
    document = caller.auth_token_request(caller.challenge()["challenge"])
    caller.started(caller.submit(caller.sign(document, "stranger")))
    status = wait(caller.status)
    assert status["code"] == 415
    assert status["details"] == ["Brak przypisanych uprawnień"]
    answer = caller.call("POST /auth/token/redeem", token=caller.authentication, expect=400)
    assert problem_codes(answer) == [21301]


def test_the_status_is_asynchronous(start: Callable[..., Running]) -> None:
    simulator = start(auth_delay=30)
    caller = Caller(simulator)
    document = caller.auth_token_request(caller.challenge()["challenge"])
    caller.started(caller.submit(caller.sign(document)))
    assert caller.status()["status"]["code"] == 100
    answer = caller.call("POST /auth/token/redeem", token=caller.authentication, expect=400)
    assert problem_codes(answer) == [21301]
    simulator.later(31)
    assert caller.status()["status"]["code"] == 200


@pytest.mark.parametrize("problem", ["unknown", "used", "expired"])
def test_a_challenge_is_good_once_and_for_ten_minutes(simulator: Running, problem: str) -> None:
    caller = Caller(simulator)
    challenge = caller.challenge()["challenge"]
    if problem == "unknown":
        challenge = "20261120-CR-0000000000-0000000000-00"
    if problem == "used":
        caller.started(caller.submit(caller.sign(caller.auth_token_request(challenge))))
    if problem == "expired":
        simulator.later(601)
    answer = caller.submit(caller.sign(caller.auth_token_request(challenge)))
    assert answer.status_code == 400
    assert problem_codes(answer) == [21111]


def test_just_before_ten_minutes_a_challenge_still_works(simulator: Running) -> None:
    caller = Caller(simulator)
    challenge = caller.challenge()["challenge"]
    simulator.later(595)
    caller.started(caller.submit(caller.sign(caller.auth_token_request(challenge))))


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (b"<Nip>9999999999</Nip>", b"<Nip>999999999</Nip>", 21401),
        (b"<Nip>9999999999</Nip>", b"", 21401),
        (b"AuthTokenRequest", b"AuthRequest", 21401),
        (b"auth/token/2.0", b"auth/token/1.0", 21401),
        (b"certificateSubject", b"subject", 21401),
        (b"</AuthTokenRequest>", b"<More/></AuthTokenRequest>", 21401),
    ],
)
def test_the_request_must_fit_the_schema(
    simulator: Running, before: bytes, after: bytes, code: int
) -> None:
    caller = Caller(simulator)
    document = caller.auth_token_request(caller.challenge()["challenge"])
    answer = caller.submit(caller.sign(document.replace(before, after)))
    assert answer.status_code == 400
    assert problem_codes(answer) == [code]


def test_version_2_1_of_the_schema_is_taken_too(simulator: Running) -> None:
    caller = Caller(simulator)
    document = caller.auth_token_request(caller.challenge()["challenge"])
    caller.started(caller.submit(caller.sign(document.replace(b"token/2.0", b"token/2.1"))))


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda signed, document: document, 9102),
        (lambda signed, document: b"no XML", 9101),
        (lambda signed, document: signed.replace(b"SigningTime>20", b"SigningTime>19"), 9105),
    ],
)
def test_a_damaged_signature_is_refused(
    simulator: Running, damage: Callable[[bytes, bytes], bytes], code: int
) -> None:
    caller = Caller(simulator)
    document = caller.auth_token_request(caller.challenge()["challenge"])
    answer = caller.submit(damage(caller.sign(document), document))
    assert answer.status_code == 400
    assert problem_codes(answer) == [code]


def test_refusals_come_in_the_older_format_unless_asked(simulator: Running) -> None:
    answer = requests.post(f"{simulator.url}/v2/auth/xades-signature", data=b"no XML", timeout=10)
    assert answer.headers["Content-Type"] == "application/json"
    details = answer.json()["exception"]["exceptionDetailList"]
    assert details[0]["exceptionCode"] == 9101
    assert details[0]["exceptionDescription"] == "Nieprawidłowy dokument."


def test_the_token_pair_can_be_fetched_once(caller: Caller) -> None:
    answer = caller.call("POST /auth/token/redeem", token=caller.authentication, expect=400)
    assert problem_codes(answer) == [21301]
    assert "zostały już pobrane" in answer.json()["errors"][0]["details"][0]


def test_the_status_is_gone_after_seven_days(caller: Caller) -> None:
    caller.simulator.later(7 * 24 * 3600 + 1)
    caller.call(f"GET /auth/{caller.reference}", token=caller.authentication, expect=410)


def test_only_its_own_token_opens_a_status(simulator: Running) -> None:
    one, other = Caller(simulator).log_in(), Caller(simulator).log_in()
    answer = one.call(f"GET /auth/{other.reference}", token=one.authentication, expect=400)
    assert problem_codes(answer) == [21304]
    one.call(f"GET /auth/{one.reference}", token=one.access, expect=401)


def outcome_of(caller: Caller, request: dict[str, object]) -> str:
    caller.started(caller.call("POST /auth/ksef-token", request, token=""))
    status = wait(caller.status)
    assert status["code"] == 450
    return status["details"][0]


def test_a_ksef_token_fails_in_words(simulator: Running) -> None:
    caller = Caller(simulator)
    token = simulator.ksef_token(caller.nip)
    other = token[:-4] + "0000"
    assert outcome_of(caller, caller.ksef_token_request(other)) == "Nieprawidłowy token"
    late = caller.ksef_token_request(token, timestamp=1)
    assert outcome_of(caller, late) == "Nieprawidłowy czas tokena"
    noise = caller.ksef_token_request(token, encryptedToken=b64(b"x" * 256))
    assert outcome_of(caller, noise) == "Nieprawidłowe szyfrowanie tokena"
    stranger = {"type": "Nip", "value": "1111111111"}
    elsewhere = caller.ksef_token_request(token, contextIdentifier=stranger)
    assert outcome_of(caller, elsewhere) == "Token nie może być użyty w kontekście 1111111111"


def test_a_revoked_ksef_token_is_told_apart(simulator: Running) -> None:
    caller = Caller(simulator).log_in()
    token = simulator.ksef_token(caller.nip)
    owner = Caller(simulator).log_in_as("owner")
    owner.call(f"DELETE /tokens/{token.split('|')[0]}", expect=204)
    assert outcome_of(caller, caller.ksef_token_request(token)) == "Token unieważniony"


def test_an_unknown_key_is_refused_at_once(simulator: Running) -> None:
    caller = Caller(simulator)
    token = simulator.ksef_token(caller.nip)
    request = caller.ksef_token_request(token, publicKeyId=b64(b"k" * 32))
    answer = caller.call("POST /auth/ksef-token", request, token="", expect=400)
    assert problem_codes(answer) == [21470]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", 21001),
        (b"[]", 21001),
        (b"{}", 21405),
        (b'{"challenge": 1}', 21405),
    ],
)
def test_unreadable_requests_are_refused(simulator: Running, body: bytes, code: int) -> None:
    answer = requests.post(f"{simulator.url}/v2/auth/ksef-token", data=body, timeout=10)
    assert answer.status_code == 400
    assert problem_codes(answer) == [code]


def test_an_authorisation_can_be_bound_to_addresses(simulator: Running) -> None:
    caller = Caller(simulator)
    for policy, allowed in (
        ({"ip4Addresses": ["127.0.0.1"]}, True),
        ({"ip4Masks": ["127.0.0.0/8"]}, True),
        ({"ip4Ranges": ["127.0.0.1-127.0.0.9"]}, True),
        ({"ip4Addresses": ["10.0.0.1"]}, False),
    ):
        request = caller.ksef_token_request(
            simulator.ksef_token(caller.nip), authorizationPolicy={"allowedIps": policy}
        )
        caller.started(caller.call("POST /auth/ksef-token", request, token=""))
        answer = caller.call("POST /auth/token/redeem", token=caller.authentication)
        assert answer.status_code == (200 if allowed else 403)
        if not allowed:
            assert answer.json()["reasonCode"] == "ip-not-allowed"


def test_a_self_signed_certificate_is_refused_when_the_chain_is_checked(
    simulator: Running,
) -> None:
    caller = Caller(simulator)
    document = caller.auth_token_request(caller.challenge()["challenge"])
    signed = caller.sign(document)
    answer = caller.submit(signed, verifyCertificateChain="true")
    assert answer.status_code == 202  # the practice seal has an issuer
