"""A simulated year and more, in a moment."""

from ksef_caller import Caller
from ksef_enrolling import enroll
from ksef_running import Running, problem_codes

HOUR = 3600
DAY = 24 * HOUR


def forward(simulator: Running, seconds: float) -> None:
    simulator.control("POST", "clock", {"forward": seconds})


def test_the_clock_goes_on_from_where_it_is(simulator: Running) -> None:
    forward(simulator, DAY)
    forward(simulator, HOUR)
    assert simulator.world.clock.offset == DAY + HOUR
    assert simulator.control("POST", "clock", {"forward": -HOUR})["offset"] == DAY


def test_a_challenge_lives_ten_minutes_of_it(simulator: Running) -> None:
    caller = Caller(simulator)
    signed = caller.sign(caller.auth_token_request(caller.challenge()["challenge"]))
    forward(simulator, 601)
    assert problem_codes(caller.submit(signed)) == [21111]


def test_two_years_of_weekly_logins(simulator: Running) -> None:
    """A certificate renews itself before its end; nobody signs anything by hand again."""
    caller = Caller(simulator).log_in_as("owner")
    holder = enroll(caller)
    renewed = 0
    for _ in range(115):
        forward(simulator, 7 * DAY + HOUR)
        caller.call("GET /limits/context", expect=401)
        caller.call("POST /auth/token/refresh", token=caller.refresh, expect=401)
        caller = Caller(simulator).log_in_with(holder)
        left = holder.certificate.not_valid_after_utc - simulator.world.now()
        if left.days < 30:
            holder = enroll(caller)
            renewed += 1
        caller.json("POST /auth/token/refresh", token=caller.refresh)
    assert renewed == 1
    states = [one["status"] for one in caller.json("POST /certificates/query", {})["certificates"]]
    assert states == ["Active", "Expired"]
    assert caller.json("GET /security/public-key-certificates", token="")
    assert caller.json("GET /certificates/limits")["enrollment"]["remaining"] == 12


def test_a_ksef_token_lives_on(simulator: Running) -> None:
    token = simulator.ksef_token("9999999999")
    forward(simulator, 400 * DAY)
    caller = Caller(simulator)
    answer = caller.call("POST /auth/ksef-token", caller.ksef_token_request(token), token="")
    caller.started(answer)
    assert caller.status()["status"]["code"] == 200
    forward(simulator, 8 * DAY)
    caller.call(f"GET /auth/{caller.reference}", token=caller.authentication, expect=410)


def test_production_limits_follow_the_clock(start) -> None:  # type: ignore[no-untyped-def]
    simulator = start(limits="production")
    caller = Caller(simulator).log_in()
    for _ in range(10):
        caller.call("GET /limits/context", expect=200)
    caller.call("GET /limits/context", expect=429)
    forward(simulator, 2 * HOUR)
    caller = Caller(simulator).log_in()
    caller.call("GET /limits/context", expect=200)
