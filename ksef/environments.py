"""The environments of KSeF: where each lives and what it means for the person who uses it.

Sources: guide, srodowiska.md and kody-qr.md; the status service of the Ministry (Latarnia) exists
for production and test only, and the test one shows staged messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from .words import _

_LOOPBACK = {"localhost": "127.0.0.1", "::1": "127.0.0.1"}
_PORTS = {"http": 80, "https": 443}

SIMULATOR_URL = "http://127.0.0.1:8199"

_SIGNING_PAGE = (
    "https://www.gov.pl/web/gov/podpisz-dokument-elektronicznie-wykorzystaj-podpis-zaufany"
)


@dataclass(frozen=True)
class Environment:
    """One KSeF.

    :ivar code: ``"production"``, ``"demo"``, ``"test"`` or ``"simulator"``
    :ivar name: English name, marked for translation
    :ivar api: base address of the API, with its version and without a closing slash
    :ivar qr: base address of the links in QR codes
    :ivar latarnia: base address of the Ministry's status service, None where there is none
    :ivar signing_page: where a person signs a file with the Trusted Profile
    :ivar self_signed: whether certificates that anybody made are accepted for authorisation
    :ivar binding: whether an invoice sent there is issued in the eyes of the law
    """

    code: str
    name: str
    api: str
    qr: str
    latarnia: str | None
    signing_page: str
    self_signed: bool
    binding: bool

    def allows(self, url: str) -> bool:
        """Tell whether an address that the server named may be used.

        KSeF names addresses for uploads and downloads, and its storage answers on the host of the
        API (OpenAPI, ``downloadUrl``: ``https://api-test.ksef.mf.gov.pl/storage/…``).  Anything
        else could make this machine call into its own network, so only the scheme, host and port
        of this environment's API pass.  For an API on this machine its loopback names count as
        one.
        """
        origin = _origin(url)
        return origin is not None and origin == _origin(self.api)


def _origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an address; None for one that nobody writes in good faith."""
    # what a browser, urllib and a proxy read differently is refused instead of understood
    if not url.isascii() or not url.isprintable() or "\\" in url or " " in url:
        return None
    try:
        parts = urlsplit(url)
        port = _PORTS.get(parts.scheme) if parts.port is None else parts.port
    except ValueError:
        return None
    if not port or not parts.hostname or "@" in parts.netloc:
        return None
    return parts.scheme, _LOOPBACK.get(parts.hostname, parts.hostname), port


PRODUCTION = Environment(
    code="production",
    name=_("Production"),
    api="https://api.ksef.mf.gov.pl/v2",
    qr="https://qr.ksef.mf.gov.pl",
    latarnia="https://api-latarnia.ksef.mf.gov.pl",
    signing_page=_SIGNING_PAGE,
    self_signed=False,
    binding=True,
)

DEMO = Environment(
    code="demo",
    name=_("Demo"),
    api="https://api-demo.ksef.mf.gov.pl/v2",
    qr="https://qr-demo.ksef.mf.gov.pl",
    latarnia=None,
    signing_page=_SIGNING_PAGE,
    self_signed=False,
    binding=False,
)

TEST = Environment(
    code="test",
    name=_("Test"),
    api="https://api-test.ksef.mf.gov.pl/v2",
    qr="https://qr-test.ksef.mf.gov.pl",
    latarnia="https://api-latarnia-test.ksef.mf.gov.pl",
    signing_page=_SIGNING_PAGE,
    self_signed=True,
    binding=False,
)

_PUBLIC = {environment.code: environment for environment in (PRODUCTION, DEMO, TEST)}


def simulator(url: str = SIMULATOR_URL) -> Environment:
    """Return the practice KSeF at ``url`` (scheme, host and port)."""
    url = url.rstrip("/")
    return Environment(
        code="simulator",
        name=_("Simulator"),
        api=f"{url}/v2",
        qr=url,
        latarnia=f"{url}/latarnia",
        signing_page=f"{url}/trusted-profile",
        self_signed=True,
        binding=False,
    )


def get(code: str, simulator_url: str | None = None) -> Environment:
    """Return the environment with this ``code``.

    :param simulator_url: where the simulator runs, when ``code`` is ``"simulator"``
    :raises ValueError: no environment has this code
    """
    if code == "simulator":
        return simulator(simulator_url or SIMULATOR_URL)
    try:
        return _PUBLIC[code]
    except KeyError:
        raise ValueError(f"unknown KSeF environment: {code!r}") from None
