from odoo.exceptions import UserError
from odoo.modules.neutralize import get_neutralization_queries

from .common import KsefCase


class TestNeutralize(KsefCase):
    """A copy of the database for practice holds no login and sends nothing."""

    def neutralize(self):
        self.env.flush_all()
        for query in get_neutralization_queries(["l10n_pl_ksef"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()

    def test_no_secret_is_left(self):
        connection = self.connect()
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        pending = self.wizard()
        self.upload(pending, self.simulator.sign(self.request_of(pending)))
        self.submit(pending)
        session = self.document(move).session_id
        attempt = pending.authorisation_id.sudo()
        secrets = (
            (connection, ("access_token", "access_end", "refresh_token", "refresh_end")),
            (session, ("sealed_key", "initialization_vector")),
            (attempt, ("authentication_token", "signed_file")),
        )
        for record, names in secrets:
            for name in names:
                self.assertTrue(record[name], name)
        self.neutralize()
        for record, names in secrets:
            for name in names:
                self.assertFalse(record[name], name)
        self.assertEqual(connection.state, "disconnected")
        self.assertEqual(session.state, "closed")
        self.assertEqual(attempt.state, "refused")
        self.assertEqual(move.l10n_pl_ksef_state, "accepted", "what was sent stays on record")
        self.assertTrue(self.document(move)._bytes())

    def test_nothing_is_sent(self):
        """Neither what waited nor what a person tries, and no cron asks KSeF anything."""
        self.connect()
        self.fault("limited", "POST /sessions/online")
        waiting = self.invoice()
        waiting.action_l10n_pl_ksef_send()
        self.assertEqual(waiting.l10n_pl_ksef_state, "prepared")
        self.env["l10n_pl_ksef.connection"].sudo().search([]).limited_until = False
        self.neutralize()
        self.let_pass(self.document(waiting), next_try=1)
        self.wire.clear()
        for cron in ("cron_outbox", "cron_keep", "cron_verify"):
            self.run_cron(f"l10n_pl_ksef.{cron}")
        move = self.invoice()
        with self.assertRaises(UserError):
            move.action_l10n_pl_ksef_send()
        waiting.action_l10n_pl_ksef_check()
        self.assertFalse(self.wire)
        self.assertFalse(self.at_ksef())

    def test_production_is_nowhere_in_use(self):
        """And a draft connection stays a draft."""
        connection = self.connect()
        draft = connection.copy({"environment": "demo", "name": "DEMO"})
        self.env.cr.execute(
            "UPDATE l10n_pl_ksef_connection SET environment = 'production' WHERE id = %s",
            [connection.id],
        )
        self.env.invalidate_all()
        self.assertEqual(self.company.l10n_pl_ksef_connection_id, connection)
        self.neutralize()
        self.assertFalse(self.company.l10n_pl_ksef_connection_id)
        self.assertEqual(draft.state, "draft")
        self.assertFalse(self.invoice().l10n_pl_ksef_can_send)
