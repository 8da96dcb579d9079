"""What the FA(3) tests share: the schema to check against, and ordinary invoices."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date, datetime, timezone
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from lxml import etree

from ksef import fa3
from ksef.fa3 import rates, schema

REPOSITORY = Path(__file__).resolve().parents[3]
SHARED = REPOSITORY.parent / "shared"
OFFICIAL_SCHEMA = SHARED / "ksef" / "xsd" / "schemat_FA(3)_v1-0E.xsd"
SAMPLES = sorted((SHARED / "samples").glob("*.xml"))

collect_ignore = []
if not SAMPLES:
    collect_ignore += ["test_samples.py", "test_rules_mutations.py", "test_independent_document.py"]
if not OFFICIAL_SCHEMA.is_file():
    collect_ignore.append("test_schemas_agree.py")

TODAY = date(2026, 9, 1)


def installed_schema() -> Path | None:
    """Return the schema of the Odoo on the Python path, or of the one that ``make run`` fetched."""
    try:
        return schema.path()
    except schema.SchemaMissing:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "l10n_pl_ksef")
        return next(iter(sorted(cache.glob(f"**/addons/{schema.IN_ADDONS}"))), None)


@pytest.fixture(scope="session")
def schema_file() -> Path:
    """The schema the tests check against: that of Odoo, or else the Ministry's."""
    found = installed_schema()
    if found is None and OFFICIAL_SCHEMA.is_file():
        found = OFFICIAL_SCHEMA
    assert found, "No FA(3) schema: run `make run` once, or set KSEF_FA3_SCHEMA."
    return found


@pytest.fixture(autouse=True)
def _use_schema(schema_file: Path) -> Iterator[None]:
    schema.use(schema_file)
    yield
    schema.use(None)


@pytest.fixture
def today() -> date:
    return TODAY


@pytest.fixture
def check() -> Callable[..., list]:
    """Validate as on a fixed day."""

    def check(data: bytes | fa3.Invoice, **options: object) -> list:
        if isinstance(data, fa3.Invoice):
            data = fa3.write(data)
        return fa3.validate(data, **{"today": TODAY, **options})

    return check


def canonical(data: bytes) -> bytes:
    """Exclusive canonical XML, without comments and white space between elements."""
    parser = etree.XMLParser(remove_blank_text=True, remove_comments=True, remove_pis=True)
    return etree.tostring(etree.fromstring(data, parser), method="c14n", exclusive=True)


@pytest.fixture(name="canonical")
def canonical_fixture() -> Callable[[bytes], bytes]:
    return canonical


def grosz(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def ordinary(rows: list[tuple[str, str, str]] | None = None) -> fa3.Invoice:
    """Return an ordinary invoice in PLN.

    :param rows: quantity, net price, rate code of each row
    """
    rows = rows if rows is not None else [("2", "50", "23"), ("1.5", "19.99", "8")]
    fa = fa3.Fa(
        KodWaluty="PLN",
        P_1=date(2026, 8, 31),
        P_1M="Kraków",
        P_2="FV/2026/08/0001",
        Adnotacje=fa3.Adnotacje(
            P_16=2,
            P_17=2,
            P_18=2,
            P_18A=2,
            Zwolnienie=fa3.Zwolnienie(P_19N=1),
            NoweSrodkiTransportu=fa3.NoweSrodkiTransportu(P_22N=1),
            P_23=2,
            PMarzy=fa3.PMarzy(P_PMarzyN=1),
        ),
        RodzajFaktury="VAT",
    )
    for number, (quantity, price, code) in enumerate(rows, 1):
        fa.FaWiersz.append(
            fa3.FaWiersz(
                NrWierszaFa=number,
                P_7=f"Towar {number}",
                P_8A="szt.",
                P_8B=Decimal(quantity),
                P_9A=Decimal(price),
                P_11=grosz(Decimal(quantity) * Decimal(price)),
                P_12=code,
            )
        )
        if code == "zw":
            fa.Adnotacje.Zwolnienie = fa3.Zwolnienie(P_19=1, P_19A="art. 43 ust. 1 pkt 29")
        if code in ("oo", "np II"):
            fa.Adnotacje.P_18 = 1
    total = Decimal(0)
    for rate in rates.BUCKETS:
        inside = [row for row in fa.FaWiersz if rates.RATES[row.P_12].net == rate.net]
        if not inside:
            continue
        net = sum((row.P_11 for row in inside), Decimal(0))
        setattr(fa, rate.net, net)
        total += net
        if rate.tax:
            tax = sum(
                (row.P_11 * rates.RATES[row.P_12].percent / 100 for row in inside), Decimal(0)
            )
            setattr(fa, rate.tax, grosz(tax))
            total += grosz(tax)
    fa.P_15 = total
    buyer = fa3.TPodmiot2(NIP="1234563218", Nazwa="Piekarnia Złoty Kłos")
    abroad = {code for _quantity, _price, code in rows} & {"0 WDT", "np II"}
    if abroad:
        buyer = fa3.TPodmiot2(KodUE="CZ", NrVatUE="12345679", Nazwa="Pekárna Zlatý Klas")
    return fa3.Invoice(
        Naglowek=fa3.Naglowek(
            DataWytworzeniaFa=datetime(2026, 8, 31, 10, 30, tzinfo=timezone.utc),
            SystemInfo="Odoo 19",
        ),
        Podmiot1=fa3.Podmiot1(
            PrefiksPodatnika="PL" if abroad else None,
            DaneIdentyfikacyjne=fa3.TPodmiot1(NIP="5260250274", Nazwa="Młyn & Synowie sp. z o.o."),
            Adres=fa3.TAdres(KodKraju="PL", AdresL1="ul. Długa 7", AdresL2="31-146 Kraków"),
            DaneKontaktowe=[fa3.DaneKontaktowe(Email="biuro@mlyn.example", Telefon="123456789")],
        ),
        Podmiot2=fa3.Podmiot2(
            DaneIdentyfikacyjne=buyer,
            Adres=fa3.TAdres(KodKraju="PL", AdresL1="Rynek 1", AdresL2="32-020 Wieliczka"),
            JST=2,
            GV=2,
        ),
        Fa=fa,
    )


@pytest.fixture
def make() -> Callable[..., fa3.Invoice]:
    return ordinary
