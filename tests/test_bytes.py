from base64 import b64decode, b64encode

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .common import SEND, KsefCase


class TestBytes(KsefCase):
    """Bytes are sacred: rendered once, never changed, and sent again as they are."""

    def setUp(self):
        super().setUp()
        self.connect()

    def test_nothing_of_a_document_can_be_changed(self):
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        before = document.read(["xml", "sha256", "number", "issue_date", "nip", "environment"])
        values = {
            "xml": b64encode(b"<Faktura/>"),
            "sha256": "x",
            "number": "2",
            "issue_date": "2026-01-01",
            "nip": "1",
            "environment": "production",
            "move_id": self.invoice().id,
        }
        for name, value in values.items():
            with self.subTest(field=name), self.assertRaisesRegex(UserError, "never changes"):
                document.write({name: value})
        self.assertEqual(
            document.read(["xml", "sha256", "number", "issue_date", "nip", "environment"]), before
        )

    def test_again_means_the_same_bytes(self):
        """Whatever changes in Odoo meanwhile, a later try sends what was frozen."""
        self.fault("limited", "POST /sessions/online")
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        frozen = document._bytes()
        self.assertEqual(document.state, "prepared")
        self.assertFalse(self.at_ksef())
        self.company.name = "Całkiem Inna Nazwa"
        self.customer.write({"name": "Zupełnie Inny Klient", "street": "Nowa 1"})
        self.connection_free(document)
        self.run_outbox()
        self.assertEqual(document.state, "accepted")
        self.assertEqual(document._bytes(), frozen)
        self.assertIn("Cukiernia Pod Lipą", frozen.decode())
        self.assertEqual(self.at_ksef()[0]["sha256"], b64decode(document.sha256).hex())

    def connection_free(self, document):
        document.connection_id.limited_until = False
        self.let_pass(document, next_try=1)

    def test_bytes_that_were_tampered_with_are_not_sent(self):
        """If the stored XML is not what was frozen, it stays here, and that is said."""
        self.fault("limited", "POST /sessions/online")
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", document._name),
                    ("res_id", "=", document.id),
                    ("res_field", "=", "xml"),
                ]
            )
        )
        attachment.raw = document._bytes().replace(b"Sernik", b"Makowiec")
        document.invalidate_recordset(["xml"])
        self.connection_free(document)
        self.run_outbox()
        self.assertFalse(self.calls(SEND))
        self.assertEqual(document.state, "rejected")
        self.assertIn("not the one that was frozen", document.words)

    def test_evidence_is_kept(self):
        """What was sent cannot be deleted, by nobody."""
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        with self.assertRaisesRegex(UserError, "kept as evidence"):
            document.unlink()

    def test_one_document_for_each_environment(self):
        """The database itself refuses a second live document of an invoice."""
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        document = self.document(move)
        with mute_logger("odoo.sql_db"), self.assertRaisesRegex(Exception, "move_environment_uniq"):
            self.env["l10n_pl_ksef.document"]._prepare(
                {move: b"<Faktura/>"}, document.connection_id
            )
