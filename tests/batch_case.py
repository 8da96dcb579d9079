"""What the tests of batch sessions share: many invoices, and a line that can be cut anywhere."""

from contextlib import contextmanager
from dataclasses import dataclass, field

from ..models.step import CLAIM_SESSION
from .common import KsefCase, pattern

OPEN_BATCH = "POST /sessions/batch"
CLOSE_BATCH = "POST /sessions/batch/{referenceNumber}/close"
UPLOAD = "PUT /storage/{root}/{session}/batch-parts/{ordinal}"
SESSION = "GET /sessions/{referenceNumber}"
SESSION_UPO = "GET /sessions/{referenceNumber}/upo/{upoReferenceNumber}"
RECEIPT = "GET /storage/{root}/{session}/invoice-upo/{name}"


class Killed(BaseException):
    """The process ends here; nothing catches that."""


@dataclass
class Upload:
    """What went to KSeF's storage."""

    method: str
    url: str
    headers: dict = field(repr=False)
    body: bytes = field(repr=False)


class BatchCase(KsefCase):
    @classmethod
    def setUpClass(cls):
        cls.uploads = []
        cls.on_the_line = []
        super().setUpClass()

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        if hasattr(request.body, "read"):
            data = request.body.read()
            request.body.seek(0)
            cls.uploads.append(Upload(request.method, request.url, dict(request.headers), data))
        what = [it for it in cls.on_the_line if it.matches(request)]
        for interruption in what:
            interruption.before(request)
        answer = super()._request_handler(session, request, **options)
        for interruption in what:
            interruption.after(request)
        return answer

    def setUp(self):
        super().setUp()
        self.connection = self.connect()
        self.uploads.clear()
        self.on_the_line.clear()
        self.wire.clear()

    def many(self, count=8, **values):
        """Invoices of the accountant that wait for the outbox."""
        moves = self.env["account.move"].union(*(self.invoice(**values) for _it in range(count)))
        moves = moves.with_user(self.accountant)
        moves.action_l10n_pl_ksef_send()
        self.assertEqual(set(self.documents(moves).mapped("state")), {"prepared"})
        self.wire.clear()
        return moves

    def documents(self, moves):
        return moves.sudo().l10n_pl_ksef_document_ids

    def sessions(self):
        """The batch sessions, oldest first."""
        return self.env["l10n_pl_ksef.session"].sudo().search([("kind", "=", "batch")], order="id")

    def killed(self, operation, when):
        """The process ends before or after a request; then everything is as it was committed."""
        self.on_the_line.append(Interruption(operation, when, kill))
        try:  # assertRaises would take back what was done before
            self.documents_due()._send_batch()
        except Killed:
            self.on_the_line.clear()
        self.assertFalse(self.on_the_line, "nothing was killed")
        self.env.invalidate_all()

    @contextmanager
    def held_elsewhere(self, session):
        """As by another process: a claim of a database connection of its own."""
        with self.registry.cursor() as other:
            other.execute("SELECT pg_advisory_lock(%s, %s)", [CLAIM_SESSION, session.id])
            yield
            other.execute("SELECT pg_advisory_unlock(%s, %s)", [CLAIM_SESSION, session.id])

    def documents_due(self):
        return self.env["l10n_pl_ksef.document"].sudo().search([("state", "=", "prepared")])

    def later(self, moves, minutes=3):
        """Minutes pass, and the outbox runs."""
        documents = self.documents(moves)
        self.let_pass(documents, next_try=1, sent_on=minutes)
        self.let_pass(self.sessions(), last_used=minutes)
        self.let_pass(self.connection, limited_until=0)
        self.run_outbox()

    def assert_once(self, moves):
        """Every invoice has its number and receipt, and KSeF received each exactly once."""
        documents = self.documents(moves)
        self.assertEqual(documents.mapped("state"), ["accepted"] * len(documents))
        at_ksef = self.at_ksef()
        self.assertEqual([it["status"] for it in at_ksef], [200] * len(documents))
        self.assertEqual(
            {it["sha256"]: it["ksefNumber"] for it in at_ksef},
            {document._digest().hex(): document.ksef_number for document in documents},
        )
        for document in documents:
            self.assertIn(document.ksef_number.encode(), document._upo())


class Interruption:
    """Something that happens before or after the requests of one operation."""

    def __init__(self, operation, when, what):
        self._method, self._path = pattern(operation)
        self._when = when
        self._what = what

    def matches(self, request):
        path = request.path_url.split("?")[0].removeprefix("/v2")
        return request.method == self._method and self._path.fullmatch(path)

    def before(self, request):
        if self._when == "before":
            self._what(request)

    def after(self, request):
        if self._when == "after":
            self._what(request)


def kill(request):
    raise Killed


def damage(request):
    """One byte changes on its way."""
    data = request.body.read()
    request.body = data[:-1] + bytes([data[-1] ^ 1])
