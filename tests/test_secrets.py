import logging
import os
import stat
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from cryptography.fernet import Fernet
from odoo.exceptions import AccessError, UserError
from odoo.tools import config

from .common import REFRESH, SEND, KsefCase


class TestSecrets(KsefCase):
    """Tokens and keys: encrypted where they are kept, shown and logged nowhere."""

    def setUp(self):
        super().setUp()
        self.connection = self.connect()

    def unsealed(self, sealed):
        return self.env["l10n_pl_ksef.vault"]._open(sealed)

    def secrets(self):
        """Every secret that the database has to keep, as plain text."""
        wizard = self.wizard()
        self.upload(wizard, self.simulator.sign(self.request_of(wizard)))
        self.submit(wizard)  # so that a login under way is among them
        self.invoice().action_l10n_pl_ksef_send()
        session = self.env["l10n_pl_ksef.session"].sudo().search([], limit=1)
        found = {
            "access token": self.unsealed(self.connection.access_token),
            "refresh token": self.unsealed(self.connection.refresh_token),
            "operation token": self.unsealed(wizard.authorisation_id.sudo().authentication_token),
            "session key": self.unsealed(session.sealed_key),
        }
        for name, value in found.items():
            self.assertGreater(len(value), 40, name)
        return found

    def test_no_column_holds_one(self):
        """The dump of the database gives nothing away."""
        secrets = self.secrets()
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT table_name FROM information_schema.tables
             WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
               AND (table_name LIKE 'l10n_pl_ksef%' OR table_name IN (
                   'account_move', 'ir_attachment', 'ir_config_parameter', 'ir_logging',
                   'mail_activity', 'mail_message', 'mail_tracking_value', 'res_company'))
            """
        )
        tables = [table for (table,) in self.env.cr.fetchall()]
        self.assertGreater(len(tables), 10)
        rows = 0
        for table in tables:
            self.env.cr.execute(f'SELECT t::text FROM "{table}" t')  # pylint: disable=sql-injection
            for (row,) in self.env.cr.fetchall():
                rows += 1
                for name, secret in secrets.items():
                    self.assertNotIn(secret, row, f"the {name} stands in {table}")
        self.assertGreater(rows, 20)
        self.env.cr.execute("SELECT access_token, refresh_token FROM l10n_pl_ksef_connection")
        self.assertTrue(all(self.env.cr.fetchone()), "they are kept, but sealed")

    def test_nobody_reads_them(self):
        """Neither the KSeF administrator nor the system administrator, by no way of the ORM."""
        self.invoice().action_l10n_pl_ksef_send()
        session = self.env["l10n_pl_ksef.session"].sudo().search([], limit=1)
        attempt = self.connection.authorisation_ids[0]
        admin = self.env.ref("base.user_admin")
        admin.company_ids |= self.company
        for record, names in (
            (self.connection, ("access_token", "access_end", "refresh_token")),
            (session, ("sealed_key", "initialization_vector")),
            (attempt, ("authentication_token",)),
        ):
            for user in (self.accountant, self.manager, admin):
                own = record.with_user(user)
                for name in names:
                    with self.subTest(user=user.login, field=name):
                        with self.assertRaises(AccessError):
                            own.read([name])
                        with self.assertRaises(AccessError):
                            own.search([(name, "!=", False)])
                        with self.assertRaises(UserError):
                            own.export_data([name])
                        if own.has_access("read"):
                            self.assertNotIn(name, own.fields_get())

    def test_the_signed_file_is_not_shown(self):
        """A signature names a person with PESEL; only the system reads it."""
        attempt = self.connection.authorisation_ids[0]
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", attempt._name),
                    ("res_id", "=", attempt.id),
                    ("res_field", "=", "signed_file"),
                ]
            )
        )
        self.assertTrue(attachment.raw)
        with self.assertRaises(AccessError):
            attempt.with_user(self.manager).read(["signed_file"])
        with self.assertRaises(AccessError):
            attachment.with_user(self.manager).read(["raw"])

    def test_nothing_in_the_log(self):
        """Whatever goes right or wrong: no token, no key, no PESEL, no bodies."""
        records = []

        class Keeper(logging.Handler):
            def emit(self, record):
                records.append(record)

        keeper = Keeper(logging.DEBUG)
        loggers = [
            logging.getLogger(name)
            for name in ("odoo.addons.l10n_pl_ksef", "odoo.addons.account", "urllib3", "requests")
        ]
        for logger in loggers:
            before = logger.level
            logger.addHandler(keeper)
            logger.setLevel(logging.DEBUG)
            self.addCleanup(logger.setLevel, before)
            self.addCleanup(logger.removeHandler, keeper)

        secrets = self.secrets()
        for kind in ("html_502", "lost_response", "limited", "error_500", "cancelled"):
            self.fault(kind, SEND)
            self.connection.limited_until = False
            self.invoice().action_l10n_pl_ksef_send()
        self.connection.limited_until = False
        self.simulator.control("POST", "tokens/expire", {"kind": "access"})
        self.fault("html_502", REFRESH)
        self.invoice().action_l10n_pl_ksef_send()
        self.simulator.control("POST", "tokens/expire", {"kind": "all"})
        self.invoice().action_l10n_pl_ksef_send()
        self.run_outbox()
        self.connection.action_disconnect()

        formatter = logging.Formatter("%(message)s")
        text = "\n".join(formatter.format(record) for record in records)
        self.assertIn("/v2/sessions/online", text, "urllib3 was heard")
        for name, secret in secrets.items():
            self.assertNotIn(secret, text, name)
            self.assertNotIn(secret.split(".")[-1], text, name)
        self.assertNotIn("81452317036", text)
        self.assertNotIn("Sernik", text)
        self.assertNotIn("Bearer", text)

    def test_nothing_in_messages(self):
        """Chatter, activities and words shown to people hold no secret either."""
        secrets = self.secrets()
        self.simulator.control("POST", "tokens/expire", {"kind": "all"})
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        said = "\n".join(
            [
                self.chatter(move),
                self.chatter(self.connection),
                str(self.connection.last_check_result),
                str(move.l10n_pl_ksef_words),
                str(self.connection.activity_ids.mapped("note")),
            ]
        )
        self.assertTrue(said.strip())
        for secret in secrets.values():
            self.assertNotIn(secret, said)


class TestVault(KsefCase):
    """The key that is not in the database."""

    def vault(self):
        return self.env["l10n_pl_ksef.vault"]

    def without_key(self):
        """No key in the environment nor in the configuration; an empty data directory."""
        directory = TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        clean = {name: value for name, value in os.environ.items() if name != "L10N_PL_KSEF_KEY"}
        self.startPatcher(patch.dict(os.environ, clean, clear=True))
        self.startPatcher(
            patch.dict(config.options, {"data_dir": directory.name, "l10n_pl_ksef_key": None})
        )
        return Path(directory.name) / "l10n_pl_ksef" / "secret.key"

    def key(self, value):
        self.startPatcher(patch.dict(os.environ, {"L10N_PL_KSEF_KEY": value}))

    def test_made_on_first_use(self):
        """One file, readable by the system user alone, made once."""
        file = self.without_key()
        self.assertFalse(file.exists())
        sealed = self.vault()._seal("tajemnica")
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(file.parent.stat().st_mode), 0o700)
        self.assertEqual(os.listdir(file.parent), ["secret.key"], "no draft is left behind")
        first = file.read_bytes()
        self.assertNotIn("tajemnica", sealed)
        self.assertEqual(self.vault()._open(sealed), "tajemnica")
        self.assertNotEqual(self.vault()._seal("tajemnica"), sealed)
        self.assertEqual(file.read_bytes(), first)

    def test_two_workers_make_one_key(self):
        """Whoever comes second takes the key of the first."""
        file = self.without_key()
        made = Fernet.generate_key()
        link = os.link

        def other_was_faster(source, target):
            Path(target).write_bytes(made)
            return link(source, target)

        with patch("os.link", other_was_faster):
            sealed = self.vault()._seal("tajemnica")
        self.assertEqual(file.read_bytes(), made)
        self.assertEqual(Fernet(made).decrypt(sealed.encode()), b"tajemnica")
        self.assertEqual(os.listdir(file.parent), ["secret.key"])

    def test_key_of_the_environment_or_the_configuration(self):
        file = self.without_key()
        mine, other = Fernet.generate_key().decode(), Fernet.generate_key().decode()
        config.options["l10n_pl_ksef_key"] = mine
        sealed = self.vault()._seal("a")
        self.assertEqual(Fernet(mine).decrypt(sealed.encode()), b"a")
        self.key(other)
        sealed = self.vault()._seal("b")
        self.assertEqual(Fernet(other).decrypt(sealed.encode()), b"b")
        self.assertFalse(file.exists(), "no file where there is a key")

    def test_a_key_is_exchanged(self):
        """The first of several seals, all of them open."""
        self.without_key()
        old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
        self.key(old)
        sealed = self.vault()._seal("a")
        self.key(f"{new}, {old}")
        self.assertEqual(self.vault()._open(sealed), "a")
        resealed = self.vault()._seal("a")
        self.assertEqual(Fernet(new).decrypt(resealed.encode()), b"a")

    def test_not_a_key(self):
        self.without_key()
        self.key("password123")
        with self.assertRaisesRegex(UserError, "encryption key of this server is not valid"):
            self.vault()._seal("a")

    def test_another_key(self):
        """A database on another server: said in words, nothing breaks, a new login mends it."""
        connection = self.connect()
        move = self.invoice()
        waiting = self.invoice()
        self.fault("limited", "POST /sessions/online")
        waiting.action_l10n_pl_ksef_send()
        connection.limited_until = False
        self.key(Fernet.generate_key().decode())
        self.wire.clear()
        connection.with_user(self.manager).action_check()
        self.assertIn("the key on this server is another one", connection.last_check_result)
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "prepared")
        self.assertIn("the key on this server is another one", move.l10n_pl_ksef_words)
        self.let_pass(self.document(waiting) | self.document(move), next_try=1)
        self.run_outbox()
        self.assertEqual(waiting.l10n_pl_ksef_state, "prepared")
        self.assertFalse(self.wire)
        self.connect()
        self.let_pass(self.document(waiting) | self.document(move), next_try=1)
        self.run_outbox()
        self.assertEqual((move | waiting).mapped("l10n_pl_ksef_state"), ["accepted"] * 2)
