"""Log records without secrets, at every level, whoever logs."""

import base64
import io
import logging
import sys
import time
import traceback

import pytest
import requests

from ksef import certificates, client, environments, redact

HEADER = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
JWT = f"{HEADER}.eyJzdWIiOiJ4In0.c2VjcmV0LXNpZ25hdHVyZQ-_"
KSEF_TOKEN = f"20251010-EC-1DCE3E3000-12ECB5B36E-45|nip-5265877635|{'919f7044' * 8}"
UNIT_TOKEN = f"20251010-EC-1DCE3E3000-12ECB5B36E-45|internalId-5265877635-12345|{'ab' * 32}"
PESEL = "90010112349"
XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Faktura xmlns="http://crd.gov.pl/wzor/"><Podmiot1>'
    "<Nazwa>Żółta Łódź</Nazwa></Podmiot1></Faktura>"
)
KEY = certificates.self_signed_person("Łucja", "Żółć", PESEL)
PEM = (
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIHsMFcGCSqGSIb3DQEFDTBK\nc2VjcmV0\n"
    "-----END ENCRYPTED PRIVATE KEY-----"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"token={JWT}!", "token=[token removed]!"),
        (f"Authorization: Bearer {JWT}", "Authorization: Bearer [removed]"),
        ("bearer abc.def, next", "bearer [removed], next"),
        ("{'Authorization': 'Bearer abc'}", "{'Authorization': 'Bearer [removed]'}"),
        (f"token {KSEF_TOKEN}.", "token [token removed]."),
        (f"{KSEF_TOKEN}|1791626400123", "[token removed]"),
        (f"{UNIT_TOKEN}|1791626400123 x", "[token removed] x"),
        (KSEF_TOKEN.replace("|", "%7C"), "[token removed]"),
        ("other-token-1|context|0123456789abcdef0", "[token removed]"),
        (f"PESEL {PESEL}", "PESEL [PESEL removed]"),
        (f"PNOPL-{PESEL}", "PNOPL-[PESEL removed]"),
        (f"PESEL{PESEL}, {PESEL}", "PESEL[PESEL removed], [PESEL removed]"),
        (f'{{"value":"{PESEL}"}}', '{"value":"[PESEL removed]"}'),
        (f"a {PEM} b", "a [key or certificate removed] b"),
        (f"a {PEM[:60]}", "a [key or certificate removed]"),
        (repr(PEM), "'[key or certificate removed]'"),
        (f"a {XML} b", "a [XML removed] b"),
        (XML[39:], "[XML removed]"),
        (repr(XML.encode()), "b'[XML removed]'"),
        ("<ns1:Faktura a='b'><c>", "[XML removed]"),
        ("<AuthTokenRequest/> <Signature/>", "[XML removed]"),
        ("<?xml", "[XML removed]"),
        (
            "GET /storage/upo.xml?sv=2025&sig=ZlQO6%2Btzu3%3D&sp=r HTTP",
            "GET /storage/upo.xml?sv=2025&sig=[removed]&sp=r HTTP",
        ),
        ('{"encryptedToken": "abc"}', "{\"encryptedToken\": '[removed]'}"),
        ("{'password': 'a b', 'x': 1}", "{'password': '[removed]', 'x': 1}"),
        ("{'private_key': b'0\\x81', 'x': 1}", "{'private_key': b'[removed]', 'x': 1}"),
    ],
)
def test_what_is_removed(text, expected):
    assert redact.redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Session 20261010-SO-2D2F2D2000-3C3D3C3D3C-01 opened for 5265877635",
        "KSeF number 5265877635-20250826-0100001AF629-AF",
        "5265877635-20250826-01000012345A-AF 01000012345F 12345678901A",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "a12345678901b 0123456789 123456789012",
        "Starting new HTTPS connection (1): api-test.ksef.mf.gov.pl:443",
        '"GET /v2/sessions?sessionType=Online&pageSize=1000 HTTP/1.1" 200 4231',
        "2026-10-10 10:00:00,123 1791626400123 1791626400",
        "1 < 2 > 0, a | b | c, <Response [200]>, <ksef.client.api.Client object at 0x7f>",
        'File "/usr/lib/python3/dist-packages/odoo/addons/l10n_pl_ksef/models/document.py"',
        "the eyJ at the beginning, a bearer",
        "token removed",
    ],
)
def test_what_stays(text):
    assert redact.redact(text) == text


def test_base64_of_secrets():
    for secret in (XML.encode(), KEY.key_bytes, KEY.certificate_bytes, PEM.encode()):
        for written in (
            base64.b64encode(secret).decode(),
            base64.encodebytes(secret).decode(),
            repr(base64.encodebytes(secret)),
        ):
            shown = redact.redact(f"body {written} end")
            pieces = written.replace("\\n", "\n").split("\n")
            assert not any(piece in shown for piece in pieces if len(piece) > 8), shown
            assert shown.startswith("body ")


def test_cleaning_twice_changes_nothing():
    for text in (JWT, KSEF_TOKEN, PESEL, XML, PEM, f"Bearer {JWT}", '{"password": "x"}'):
        once = redact.redact(text)
        assert redact.redact(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "a" * 200_000,
        "0" * 200_000,
        "A0" * 100_000,
        "a|" * 100_000,
        "-----BEGIN A-----" * 12_000,
        "<?xml" * 40_000,
        "<a:" * 70_000,
        "eyJ" * 70_000,
        "eyJa.b" * 35_000,
        "Bearer " * 30_000,
        "'token':'" * 25_000,
        "?sig=" * 40_000,
        "PD94bWw" * 30_000,
        "MIIabc\n" * 30_000,
        "20251010-EC-" * 20_000,
        " " * 200_000,
    ],
)
def test_no_text_takes_long(text):
    start = time.perf_counter()
    redact.redact(text)
    assert time.perf_counter() - start < 2


@pytest.fixture
def log():
    """A logger of our own name with the filter, and what it wrote."""
    written = io.StringIO()
    logger = logging.getLogger("ksef_redact_test")
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    redacting = redact.RedactingFilter()
    logger.addFilter(redacting)
    yield logger, written
    logger.removeHandler(handler)
    logger.removeFilter(redacting)


SECRETS = ("c2VjcmV0", "919f7044", PESEL, "Żółta", "MIHsMF")


def clean(text):
    return not any(secret in text for secret in SECRETS)


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO, logging.WARNING, logging.CRITICAL])
def test_every_level_and_every_way_to_log(log, level):
    logger, written = log
    logger.log(level, f"token {JWT}")
    logger.log(level, "token %s of %s", KSEF_TOKEN, PESEL)
    logger.log(level, "%(xml)s", {"xml": XML})
    logger.log(level, "%r", XML.encode())
    logger.log(level, "%s", {"headers": {"Authorization": f"Bearer {JWT}"}})
    logger.log(level, ValueError(PEM))
    logger.log(level, "%d%%", 100)
    lines = written.getvalue()
    assert clean(lines)
    assert lines.count("removed]") == 7
    assert "100%" in lines


def test_tracebacks(log):
    logger, written = log

    def fail():
        try:
            raise ValueError(f"inner {KSEF_TOKEN}")
        except ValueError as error:
            raise RuntimeError(f"outer {XML}") from error

    try:
        fail()
    except RuntimeError:
        logger.exception("failed for %s", PESEL)
    text = written.getvalue()
    assert clean(text)
    assert "in fail" in text
    assert "RuntimeError: outer [XML removed]" in text


def test_harmless_tracebacks_stay_objects(log):
    """Whoever groups errors by their exception still can."""
    logger, _written = log
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    logger.addHandler(handler)
    try:
        raise KeyError("name")
    except KeyError:
        logger.exception("harmless %s", "words")
    finally:
        logger.removeHandler(handler)
    (record,) = records
    assert record.exc_info[0] is KeyError
    assert record.args == ("words",)


def test_stack_and_extra(log):
    logger, _written = log
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    logger.addHandler(handler)
    logger.info("x", extra={"body": XML, "count": 7}, stack_info=True)
    logger.removeHandler(handler)
    (record,) = records
    assert record.body == "[XML removed]"
    assert record.count == 7
    assert "test_stack_and_extra" in record.stack_info


class Hostile:
    """An object that cannot be shown."""

    def __str__(self):
        raise RuntimeError(KSEF_TOKEN)

    __repr__ = __str__


def test_nothing_raises_and_what_cannot_be_read_is_not_written(log, capsys):
    logger, written = log
    logger.info("%s", Hostile())
    logger.info(*("%s %s", KSEF_TOKEN))
    logger.info("%d", JWT)
    logger.info(Hostile())
    assert written.getvalue().splitlines() == [f"INFO {redact.WITHHELD}"] * 4
    assert clean("".join(capsys.readouterr()))


def test_a_record_that_is_no_record():
    record = logging.makeLogRecord({"name": "x", "msg": XML, "exc_info": "odd"})
    assert redact.RedactingFilter().filter(record) is True
    assert record.getMessage() == redact.WITHHELD


@pytest.fixture
def restored():
    """Takes the filters away again that ``install`` left behind."""
    kept = []
    yield kept
    loggers = [logging.getLogger(name) for name in list(logging.root.manager.loggerDict)]
    for item in [*loggers, *logging.root.handlers]:
        for redacting in kept:
            item.removeFilter(redacting)


def test_libraries_that_log_our_requests(server, answer, restored, caplog):
    restored.append(redact.install("urllib3", "requests", "ksef_redact_late"))
    caplog.set_level(logging.DEBUG)
    server.answer(answer(body=XML.encode(), content_type="text/xml"))
    url = f"{server.url}/storage/upo.xml?sv=1&sig=ZlQO6secret&pesel={PESEL}"
    client.Client(environments.simulator(server.url)).download(url)
    requests.get(f"{server.url}/{JWT}", timeout=5).close()
    assert "urllib3.connectionpool" in {record.name for record in caplog.records}
    assert "GET /storage/upo.xml?sv=1&sig=[removed]&pesel=[PESEL removed]" in caplog.text
    assert clean(caplog.text)


def test_loggers_that_come_later(restored):
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logging.root.addHandler(handler)
    try:
        restored.append(redact.install("ksef_redact_parent"))
        logging.getLogger("ksef_redact_parent.later.child").error("for %s", PESEL)
        logging.getLogger("ksef_redact_parental").error("not ours: %s", PESEL)
    finally:
        logging.root.removeHandler(handler)
    assert written.getvalue().splitlines() == ["for [PESEL removed]", f"not ours: {PESEL}"]


def test_installing_needs_names_and_may_be_repeated(restored):
    with pytest.raises(ValueError, match="name"):
        redact.install()
    for _number in range(3):
        restored.append(redact.install("ksef_redact_again"))
    record = logging.makeLogRecord({"name": "ksef_redact_again", "msg": f"for {PESEL}"})
    assert logging.getLogger("ksef_redact_again").filter(record)
    assert record.getMessage() == "for [PESEL removed]"


def test_our_own_objects_show_nothing():
    """What a debugger's or a careless line's ``%r`` writes of the client's results."""
    made = certificates.load([KEY.key_bytes, KEY.certificate_bytes])
    token = client.NewKsefToken("20251010-EC-1DCE3E3000-12ECB5B36E-45", KSEF_TOKEN)
    text = f"{made!r} {KEY!r} {token!r} {client.Token(JWT, None)!r}"
    assert "Łucja" in text
    for secret in (KSEF_TOKEN, JWT, PESEL):
        assert secret not in text


def test_formatting_is_not_repeated(log):
    """The traceback is written once, not by the filter and again by the handler."""
    logger, written = log
    try:
        raise ValueError("plain")
    except ValueError:
        logger.exception("x")
        expected = "".join(traceback.format_exception(*sys.exc_info()))
    assert written.getvalue() == f"ERROR x\n{expected}"
