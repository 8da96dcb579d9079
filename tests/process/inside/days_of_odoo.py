"""Lets days pass in Odoo and at the simulator alike, and writes down what people would see.

``python days_of_odoo.py DATABASE SIMULATOR_URL < orders > diary -- ODOO OPTIONS``: an order is a
line of JSON, answered by one. Odoo runs here with real commits and its own scheduled actions; only
the clock is not real.
"""

import json
import sys
from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from itertools import pairwise

import requests
from freezegun import freeze_time

from tools.inside.registry import open_database

MODULE = "l10n_pl_ksef"
#: The scheduled actions in the order in which they may meet; requests for certificates take steps.
CRONS = ("cron_keep", "cron_certificates", "cron_certificates", "cron_outbox", "cron_verify")


class Days:
    """What can be ordered."""

    def __init__(self, env, simulator, clock):
        self.env = env
        self.simulator = simulator
        self.clock = clock
        self.example = env["account.move"].search([("ref", "=like", "crash%")], limit=1)
        self.company = self.example.company_id
        self.env = env(
            context={**env.context, "allowed_company_ids": self.company.ids, "lang": "en_US"}
        )
        self.access_ends = set()

    # --- orders ----------------------------------------------------------------------------------

    def pass_days(self, days):
        """Each day Odoo's scheduler runs; the diary says what became of the connection."""
        for _day in range(days):
            self._forward(days=1)
            self._crons()
        return self.look()

    def leap(self, days):
        """Days in which this server was switched off."""
        self._forward(days=days)

    def invoice(self):
        """Somebody issues an invoice and presses the button; returns its id."""
        move = (
            self.env["account.move"]
            .browse(self.example.id)
            .copy(
                {
                    "invoice_date": datetime.now().date(),
                    "taxable_supply_date": datetime.now().date(),
                    "ref": "year",
                }
            )
        )
        move.action_post()
        self.env.cr.commit()
        move.action_l10n_pl_ksef_send()
        self.env.cr.commit()
        return move.id

    def states(self):
        """How many of the invoices are in which state at KSeF."""
        moves = self.env["account.move"].search([("ref", "=", "year")])
        found = {}
        for state in moves.mapped("l10n_pl_ksef_state"):
            found[state] = found.get(state, 0) + 1
        return found

    def sign(self):
        """A person signs with the Trusted Profile, and lets Odoo get certificates."""
        wizard = self.env[f"{MODULE}.authorise"].create(
            {"company_id": self.company.id, "environment": "simulator"}
        )
        wizard.action_begin()
        self.env.cr.commit()
        signed = requests.post(
            f"{self.simulator}/trusted-profile",
            data={"person": "owner"},
            files={"file": ("request.xml", b64decode(wizard.request_file), "text/xml")},
            timeout=30,
        )
        signed.raise_for_status()
        wizard.write({"signed_file": b64encode(signed.content), "signed_name": "signed.xml"})
        wizard.action_submit()
        self.env.cr.commit()
        for _time in range(5):
            self._forward(seconds=2)
            wizard.live_progress()
            self.env.cr.commit()
        return self.look()

    def look(self):
        """What people see of the connection."""
        self.env.invalidate_all()
        connection = self._connection()
        held = connection.authentication_certificate_id
        notes = self.env["mail.message"].search(
            [
                ("model", "=", connection._name),
                ("res_id", "=", connection.id),
                ("message_type", "=", "user_notification"),
            ]
        )
        uses = self.env[f"{MODULE}.key.use"].search([("connection_id", "=", connection.id)])
        alone = connection.authorisation_ids.filtered("alone")
        return {
            "now": datetime.now().isoformat(),
            "state": connection.state,
            "trouble": connection.trouble,
            "words": connection.trouble_words,
            "activities": connection.activity_ids.mapped("summary"),
            "mails": notes.filtered(lambda note: "KSeF" in (note.subject or "")).mapped("subject"),
            "certificate": held.serial_number,
            "certificate_end": held.valid_to and held.valid_to.isoformat(),
            "certificate_states": connection.certificate_ids.sorted("id").mapped("state"),
            "logins_alone": len(alone.filtered(lambda attempt: attempt.state == "done")),
            "uses_of_keys": len(uses),
            "access_tokens": len(self.access_ends),
        }

    # --- inside ----------------------------------------------------------------------------------

    def _connection(self):
        return self.company.with_env(self.env).l10n_pl_ksef_connection_id

    def _forward(self, **span):
        answer = requests.post(
            f"{self.simulator}/control/clock",
            json={"forward": timedelta(**span).total_seconds()},
            timeout=30,
        )
        answer.raise_for_status()
        now = answer.json()["now"].replace("Z", "+00:00")
        self.clock.move_to(datetime.fromisoformat(now).replace(tzinfo=None))

    def _crons(self):
        for name, following in pairwise((*CRONS, "")):
            if name == following:
                self._forward(seconds=10)
            self.env.ref(f"{MODULE}.{name}").method_direct_trigger()
            self.env.cr.commit()
        self.env.invalidate_all()
        end = self._connection().access_end
        if end:
            self.access_ends.add(end)


def main(database, simulator, orders, diary, options):
    with open_database(database, options) as env, freeze_time(datetime.now(), tick=True) as clock:
        days = Days(env(user=env.ref("base.user_admin").id, su=True), simulator, clock)
        for line in orders:
            name, *arguments = json.loads(line)
            answer = getattr(days, name)(*arguments)
            diary.write(json.dumps(answer) + "\n")
            diary.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.stdin, sys.stdout, sys.argv[4:])
