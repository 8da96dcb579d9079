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


@pytest.mark.parametrize(
    "url",
    [
        "https://api-test.ksef.mf.gov.pl/storage/01/upo_00.xml?sv=2025-01-05&sig=a%2Bb%3D",
        "https://api-test.ksef.mf.gov.pl:443/storage/01/part-1",
        "https://API-TEST.ksef.mf.gov.pl/storage",
    ],
)
def test_addresses_of_the_same_environment_are_used(url):
    assert environments.TEST.allows(url)
    assert not environments.PRODUCTION.allows(url)
    assert not environments.DEMO.allows(url)
    assert not environments.simulator().allows(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/storage/01/upo_00.xml",
        "//api-test.ksef.mf.gov.pl/storage",
        "http://api-test.ksef.mf.gov.pl/storage",
        "ftp://api-test.ksef.mf.gov.pl/storage",
        "file:///etc/passwd",
        "https://api-test.ksef.mf.gov.pl:8443/storage",
        "https://api-test.ksef.mf.gov.pl:0/storage",
        "https://api-test.ksef.mf.gov.pl:99999/storage",
        "https://api-test.ksef.mf.gov.pl:x/storage",
        "https://api-test.ksef.mf.gov.pl.example.com/storage",
        "https://example.com/api-test.ksef.mf.gov.pl",
        "https://example.com#@api-test.ksef.mf.gov.pl/",
        "https://api-test.ksef.mf.gov.pl@example.com/storage",
        "https://user:secret@api-test.ksef.mf.gov.pl/storage",
        "https://example.com\\@api-test.ksef.mf.gov.pl/storage",
        "https://api-test.ksef.mf.gov.pl\\.example.com/storage",
        "https://api-test.ksef.mf.gov.pl\t.example.com/",
        "https://api-test.ksef.mf.gov.pl/stor age",
        "https://api-test.ksef.mf.gov.pl./storage",
        "https://ａpi-test.ksef.mf.gov.pl/storage",
        "https://qr-test.ksef.mf.gov.pl/invoice",
        "https://[api-test.ksef.mf.gov.pl/",
        "https://127.0.0.1/storage",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/storage",
    ],
)
def test_other_addresses_are_not(url):
    assert not environments.TEST.allows(url)


def test_the_simulators_own_address_passes():
    simulator = environments.simulator("http://127.0.0.1:8199")
    for host in ("127.0.0.1", "localhost", "[::1]", "LOCALHOST"):
        assert simulator.allows(f"http://{host}:8199/storage/upo.xml?sig=x")
        assert environments.simulator(f"http://{host}:8199").allows("http://127.0.0.1:8199/x")
    for url in (
        "http://127.0.0.1:8198/storage",
        "https://127.0.0.1:8199/storage",
        "http://127.0.0.2:8199/storage",
        "http://127.0.0.1/storage",
        "http://localhost.example.com:8199/storage",
        "http://169.254.169.254:8199/",
    ):
        assert not simulator.allows(url)
    named = environments.simulator("http://ksef-simulator:8080")
    assert named.allows("http://ksef-simulator:8080/storage")
    assert not named.allows("http://127.0.0.1:8080/storage")
