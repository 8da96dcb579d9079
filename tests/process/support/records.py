"""What stands in Odoo's database and filestore, read past Odoo."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg2
from psycopg2.extras import RealDictCursor

from tools.odoo import Installation
from tools.settings import ODOO_DATA

from .waiting import wait_until

DOCUMENT = "l10n_pl_ksef.document"
BETWEEN = 2  # seconds from one waking of the cron to the next


class Records:
    def __init__(self, installation: Installation, database: str):
        server = installation.server
        words = {
            "host": server.host,
            "port": server.port,
            "user": server.user,
            "password": server.password,
        }
        self._words = {key: value for key, value in words.items() if value}
        self.database = database

    def ask(self, query: str, *values: Any, database: str = "") -> list[dict]:
        with (
            self.connected(database) as connection,
            connection.cursor(cursor_factory=RealDictCursor) as cursor,
        ):
            cursor.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def connected(self, database: str = "") -> Iterator[psycopg2.extensions.connection]:
        connection = psycopg2.connect(dbname=database or self.database, **self._words)
        connection.autocommit = True
        try:
            yield connection
        finally:
            connection.close()

    # --- invoices and their documents ---

    def invoices(self, prefix: str = "crash") -> list[int]:
        """Posted invoices that nobody has sent yet; the template makes them."""
        rows = self.ask("SELECT id FROM account_move WHERE ref LIKE %s ORDER BY id", f"{prefix}%")
        return [row["id"] for row in rows]

    def demo_invoices(self, customer: str) -> list[int]:
        """Posted invoices of the demo company to customers with that word in their name."""
        rows = self.ask(
            "SELECT m.id FROM account_move m JOIN res_partner p ON p.id = m.partner_id"
            " WHERE m.state = 'posted' AND m.move_type = 'out_invoice' AND m.ref IS NULL"
            " AND position(%s in p.name) > 0 ORDER BY m.id",
            customer,
        )
        return [row["id"] for row in rows]

    def documents(self, *invoices: int) -> list[dict]:
        return self.ask(
            "SELECT d.*, s.reference AS session, upo.file_size AS upo_size"
            " FROM l10n_pl_ksef_document d"
            " LEFT JOIN l10n_pl_ksef_session s ON s.id = d.session_id"
            " LEFT JOIN ir_attachment upo ON upo.res_model = 'l10n_pl_ksef.document'"
            " AND upo.res_field = 'upo' AND upo.res_id = d.id"
            " WHERE d.move_id = ANY(%s) ORDER BY d.id",
            list(invoices),
        )

    def document(self, invoice: int) -> dict:
        [found] = self.documents(invoice)
        return found

    def invoice(self, invoice: int) -> dict:
        [found] = self.ask("SELECT * FROM account_move WHERE id = %s", invoice)
        return found

    def file(self, model: str, field: str, record: int) -> bytes:
        """The content of a Binary field."""
        [row] = self.ask(
            "SELECT store_fname, db_datas FROM ir_attachment"
            " WHERE res_model = %s AND res_field = %s AND res_id = %s",
            model,
            field,
            record,
        )
        if row["store_fname"]:
            return self.content(row["store_fname"])
        return bytes(row["db_datas"])

    def content(self, name: str) -> bytes:
        """A file of the filestore."""
        return (ODOO_DATA / "filestore" / self.database / name).read_bytes()

    def wait_for_state(self, invoice: int, *states: str, seconds: float = 20) -> dict:
        def there() -> dict | None:
            found = self.documents(invoice)
            return found[-1] if found and found[-1]["state"] in states else None

        return wait_until(there, f"invoice {invoice} becomes {' or '.join(states)}", seconds)

    # --- time and the cron ---

    def let_time_pass(self, invoice: int, minutes: int) -> None:
        """As if the document had been sent and asked for so much earlier."""
        self.ask(
            "UPDATE l10n_pl_ksef_document SET sent_on = sent_on - %s * interval '1 minute',"
            " next_try = next_try - %s * interval '1 minute' WHERE move_id = %s",
            minutes,
            minutes,
            invoice,
        )

    def wake_cron(self, name: str = "cron_outbox") -> None:
        """Let a job be due now and tell Odoo's processes to look, as a trigger does."""
        # Odoo leaves out fractions of seconds when it counts the next call.
        self._put_cron(name, "-2 seconds")
        self.notify_crons()

    def put_off_cron(self, name: str) -> None:
        """Let a job not come by itself; if it runs just now, wait for its end."""
        self._put_cron(name, "1 year")

    def run_cron(self, name: str, seconds: float = 120) -> None:
        """Have Odoo's scheduler run a job that is put off, once, and wait for its end."""
        self.wake_cron(name)

        def ran() -> bool:
            [job] = self.ask(
                "SELECT nextcall > now() AT TIME ZONE 'UTC' AS later FROM ir_cron, ir_model_data d"
                " WHERE d.model = 'ir.cron' AND d.res_id = ir_cron.id AND d.name = %s"
                " AND d.module = 'l10n_pl_ksef'",
                name,
            )
            self.notify_crons()
            return job["later"]

        wait_until(ran, f"{name} runs", seconds)
        self.put_off_cron(name)

    def _put_cron(self, name: str, later: str) -> None:
        self.ask(
            "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' + %s::interval"
            " FROM ir_model_data d WHERE d.model = 'ir.cron' AND d.res_id = ir_cron.id"
            " AND d.name = %s AND d.module = 'l10n_pl_ksef'",
            later,
            name,
        )

    def notify_crons(self) -> None:
        """Have Odoo's processes look for jobs that are due, which they do once a minute."""
        self.ask("SELECT pg_notify('cron_trigger', %s)", self.database, database="postgres")

    def let_cron_finish(self, *invoices: int, seconds: float = 60) -> None:
        """Until the cron alone has brought each invoice its number and its receipt."""
        woken = -BETWEEN

        def finished() -> bool:
            nonlocal woken
            found = self.documents(*invoices)
            if len(found) == len(invoices) and all(document["upo_size"] for document in found):
                return True
            if time.monotonic() > woken + BETWEEN:
                self.wake_cron()
                woken = time.monotonic()
            return False

        wait_until(finished, f"the cron finishes invoices {invoices}", seconds)

    def speak(self, language: str, logins: Sequence[str]) -> None:
        """While no Odoo process has the people in its cache."""
        self.ask(
            "UPDATE res_partner SET lang = %s FROM res_users u"
            " WHERE u.partner_id = res_partner.id AND u.login = ANY(%s)",
            language,
            list(logins),
        )

    def set_parameter(self, key: str, value: str) -> None:
        """While no Odoo process has the parameters in its cache."""
        self.ask("DELETE FROM ir_config_parameter WHERE key = %s", key)
        self.ask("INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s)", key, value)
