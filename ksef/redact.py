"""Keeps secrets and personal data out of log files, whatever is logged at whatever level.

Nothing here decides what may be logged: our own code logs no bodies and no tokens.  It is the net
below: a traceback, a library's debug output or a careless line must not put a token, a private
key, a PESEL or an invoice on disk (Regulation (EU) 2016/679, art. 5 (1) (f)).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable

WITHHELD = "[log record withheld: it could not be checked for secrets]"

# Every pattern starts at a boundary or with a fixed text and has one way to match, so that the
# time grows with the length of the text only.
_RULES: list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]] = [
    (
        re.compile(r"-----BEGIN [A-Z0-9 ]{1,40}-----.*?(?:-----END [A-Z0-9 ]{1,40}-----|\Z)", re.S),
        "[key or certificate removed]",
    ),
    (re.compile(r"(?i)\b(bearer)(\s+|%20)[^\s\"',;<>]+"), r"\1 [removed]"),
    # JWT: KSeF's access, refresh and authentication tokens
    (re.compile(r"(?<![\w-])eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)*"), "[token removed]"),
    # KSeF token: reference, context and secret, and the timestamp that is encrypted with it
    (
        re.compile(
            r"(?i)(?<![\w-])\d{8}-EC-[\w-]{1,40}(?:\||%7C)[\w+*-]{1,64}(?:\||%7C)[\w+/=-]+"
            r"(?:(?:\||%7C)\d+)?"
        ),
        "[token removed]",
    ),
    # the same without a reference that is known: anything long with a secret behind two bars
    (
        re.compile(r"(?<![\w-])[\w-]{8,64}\|[\w+*-]{1,64}\|[\w+/=-]{16,}(?:\|\d+)?"),
        "[token removed]",
    ),
    # an address that carries its own key
    (
        re.compile(r"(?i)([?&;](?:sig|skoid|token|access_token|password)=)[^&\s\"'<>]+"),
        r"\1[removed]",
    ),
    (
        re.compile(
            r"(?i)([\"'](?:\w*token|\w*password|passphrase|\w*private_?key|\w*symmetrickey)[\"']"
            r"\s*:\s*b?)(?:\"[^\"]*\"?|'[^']*'?)"
        ),
        r"\1'[removed]'",
    ),
    # Base64 of XML, of PEM and of DER, on one line or wrapped
    (
        re.compile(
            r"(?<![A-Za-z0-9+/])(?:PD94bWw|77u/PD94|LS0tLS1CRUdJ|MI[GIH])[A-Za-z0-9+/]{20,}={0,2}"
            r"(?:(?:\\r)?(?:\\n|\r?\n)[A-Za-z0-9+/]+={0,2})*"
        ),
        "[Base64 removed]",
    ),
    (
        re.compile(
            r"(?<![A-Za-z0-9+/])(?=[A-Za-z+/]*[0-9])(?=[a-z0-9+/]*[A-Z])[A-Za-z0-9+/]{65,}={0,2}"
        ),
        "[Base64 removed]",
    ),
    # PESEL: eleven digits, unless they are part of a hexadecimal number such as a KSeF number
    (re.compile(r"(?<![0-9A-Fa-f])[0-9]{11}(?![0-9A-Fa-f])"), "[PESEL removed]"),
]

_XML_START = re.compile(
    r"<\?xml\b|<(?:\w{1,40}:)?(?:Faktura|AuthTokenRequest|Signature|Potwierdzenie|Podmiot[123]|Fa"
    r"|FaWiersz|PodpisZP|EPSignature)(?=[\s/>])"
)
_XML_REMOVED = "[XML removed]"

# attributes of every log record: the rest came from ``extra``
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_formatter = logging.Formatter()


def redact(text: str) -> str:
    """Return ``text`` without tokens, keys, PESEL numbers and XML documents.

    From the beginning of an XML document up to the last ``>`` of the text everything goes.
    """
    start = _XML_START.search(text)
    if start:
        end = max(text.rfind(">"), start.end() - 1) + 1
        text = f"{text[: start.start()]}{_XML_REMOVED}{text[end:]}"
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


class RedactingFilter(logging.Filter):
    """Cleans log records; lets all of them pass and never raises.

    :param names: clean only records of these loggers and of those below them; all when empty
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        super().__init__()
        self._names = tuple(names)

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean the record in place."""
        if self._concerns(record.name) and not getattr(record, "redacted", False):
            try:
                _clean(record)
            except Exception:
                # Logging must not stop the work, and what could not be looked at is not written.
                _withhold(record)
            record.redacted = True
        return True

    def _concerns(self, name: str) -> bool:
        return not self._names or any(
            name == wanted or name.startswith(f"{wanted}.") for wanted in self._names
        )


def _clean(record: logging.LogRecord) -> None:
    message = record.getMessage()
    cleaned = redact(message)
    if cleaned != message:
        # the formatted text takes the place of format and arguments, which hold the secret
        record.msg, record.args = cleaned, None
    if record.exc_info and not record.exc_text:
        # what a formatter makes of it later, made now
        record.exc_text = _formatter.formatException(record.exc_info)
    if record.exc_text:
        cleaned = redact(record.exc_text)
        if cleaned != record.exc_text:
            record.exc_text, record.exc_info = cleaned, None
    if record.stack_info:
        record.stack_info = redact(record.stack_info)
    for name, value in list(vars(record).items()):
        if name not in _OWN and isinstance(value, str):
            setattr(record, name, redact(value))


def _withhold(record: logging.LogRecord) -> None:
    record.msg, record.args = WITHHELD, None
    record.exc_info = record.exc_text = record.stack_info = None
    for name in set(vars(record)) - _OWN:
        setattr(record, name, None)


def install(*names: str) -> RedactingFilter:
    """Clean what these loggers, and those below them, write.

    The filter is put on the loggers themselves (a logger's filter sees only what is logged through
    it, so each one that exists gets it) and on the root's handlers, for loggers that come later.

    :param names: such as ``"urllib3"``, ``"requests"`` and the addon's own
    :return: the filter, to put it on further handlers
    :raises ValueError: no name is given
    """
    if not names:
        raise ValueError("name the loggers to clean")
    redacting = RedactingFilter(names)
    existing = (name for name in list(logging.root.manager.loggerDict) if redacting._concerns(name))
    for name in sorted({*names, *existing}):
        logging.getLogger(name).addFilter(redacting)
    for handler in logging.root.handlers:
        handler.addFilter(redacting)
    return redacting
