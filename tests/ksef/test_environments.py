"""Where each KSeF lives, and what may be done there."""

import pytest

from ksef import environments


@pytest.mark.parametrize(
    ("code", "host", "self_signed", "binding"),
    [
        ("production", "", False, True),
        ("demo", "-demo", False, False),
        ("test", "-test", True, False),
    ],
)
def test_the_ministrys_environments(code, host, self_signed, binding):
    environment = environments.get(code)
    assert environment.code == code
    assert environment.api == f"https://api{host}.ksef.mf.gov.pl/v2"
    assert environment.qr == f"https://qr{host}.ksef.mf.gov.pl"
    assert environment.self_signed is self_signed
    assert environment.binding is binding
    assert environment.signing_page.startswith("https://www.gov.pl/")


def test_the_status_service_has_no_demo():
    assert environments.DEMO.latarnia is None
    assert environments.PRODUCTION.latarnia == "https://api-latarnia.ksef.mf.gov.pl"
    assert environments.TEST.latarnia == "https://api-latarnia-test.ksef.mf.gov.pl"


def test_the_simulator_lives_where_it_is_told():
    simulator = environments.get("simulator", "http://127.0.0.1:9999/")
    assert simulator.api == "http://127.0.0.1:9999/v2"
    assert simulator.qr == "http://127.0.0.1:9999"
    assert simulator.latarnia == "http://127.0.0.1:9999/latarnia"
    assert simulator.signing_page == "http://127.0.0.1:9999/trusted-profile"
    assert not simulator.binding
    assert environments.get("simulator") == environments.simulator()


def test_another_code_is_an_error():
    with pytest.raises(ValueError, match="prod"):
        environments.get("prod")
