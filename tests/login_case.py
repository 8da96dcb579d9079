"""What the tests of the methods of login, of certificates and of troubles share."""

from base64 import b64decode, b64encode
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import rsa
from freezegun import freeze_time

from ..ksef import certificates, environments
from ..ksef.client import Client
from .common import NIP, KsefCase

LOGIN_BY_TOKEN = "POST /auth/ksef-token"
ENROLL = "POST /certificates/enrollments"
ENROLLMENT = "GET /certificates/enrollments/{referenceNumber}"
KNOWN = "POST /certificates/query"
RETRIEVE = "POST /certificates/retrieve"
REVOKE = "POST /certificates/{certificateSerialNumber}/revoke"
LIMITS = "GET /certificates/limits"


class LoginCase(KsefCase):
    """Logs in by every method, and lets years pass for Odoo and KSeF alike."""

    def setUp(self):
        super().setUp()
        self._clock = None
        self.addCleanup(self._stop_clock)

    # --- time ----------------------------------------------------------------------------------

    def later(self, **span):
        """Let time pass, here and at KSeF."""
        seconds = timedelta(**span).total_seconds()
        now = self.simulator.control("POST", "clock", {"forward": seconds})["now"]
        moment = datetime.fromisoformat(now.replace("Z", "+00:00")).replace(tzinfo=None)
        if self._clock is None:
            self._freezer = freeze_time(moment, tick=True)
            self._clock = self._freezer.start()
        else:
            self._clock.move_to(moment)

    def _stop_clock(self):
        if self._clock is not None:
            self._freezer.stop()
        self.simulator.control("POST", "clock", {"offset": 0})

    # --- logging in ----------------------------------------------------------------------------

    def begun(self, method, user=None, **values):
        """The wizard after its first step, as whoever is a KSeF administrator and no more."""
        wizard = self.chosen(method, user=user, **values)
        wizard.action_begin()
        wizard.invalidate_recordset()
        return wizard

    def chosen(self, method, user=None, **values):
        return (
            self.env["l10n_pl_ksef.authorise"]
            .with_user(user or self.manager)
            .create(
                {
                    "company_id": self.company.id,
                    "environment": "simulator",
                    "method": method,
                    **values,
                }
            )
        )

    def log_in(self, method, **values):
        """The whole way; returns the wizard, whatever came of it."""
        wizard = self.begun(method, **values)
        wizard.live_progress()
        return wizard

    def connected(self, wizard):
        self.assertEqual(wizard.step, "done", wizard.words)
        return wizard.connection_id.sudo()

    def with_token(self, token, **values):
        return self.log_in("token", token=token, **values)

    def with_files(self, certificate, key=None, password=None, **values):
        """Upload a certificate of KSeF."""
        inputs = {"certificate_file": b64encode(certificate)}
        if key:
            inputs["key_file"] = b64encode(key)
        if password:
            inputs["key_password"] = password
        return self.log_in("certificate", **inputs, **values)

    def sign_with(self, person="owner", enrol=False, **values):
        """The Trusted Profile, with or without certificates afterwards."""
        wizard = self.begun("trusted_profile", enrol=enrol, **values)
        self.upload(wizard, self.simulator.sign(self.request_of(wizard), person))
        self.submit(wizard)
        wizard.live_progress()
        return self.connected(wizard)

    def enrolled(self, person="owner"):
        """A connection that has both KSeF certificates; nobody needs to sign again."""
        connection = self.sign_with(person, enrol=True)
        self.fetch_certificates(connection)
        self.assertEqual(connection.certificate_ids.mapped("state"), ["active", "active"])
        return connection

    def fetch_certificates(self, connection):
        """As while somebody looks at the connection."""
        for _step in range(2):
            connection.with_user(self.manager).live_progress()

    # --- KSeF's side ---------------------------------------------------------------------------

    def client(self, connection):
        """A program of somebody else, logged in as the connection is."""
        token = self.env["l10n_pl_ksef.vault"]._open(connection.access_token)
        return Client(environments.simulator(self.simulator.url), access_token=token)

    def issued(self, kind="Authentication", key=None):
        """A certificate as a person gets it in the Ministry's application: its key and DER."""
        connection = self.sign_with()
        client = self.client(connection)
        key = key or certificates.new_key()
        request = certificates.signing_request(key, client.enrollment_data())
        reference = client.enroll("Aplikacja Podatnika", kind, request)
        serial = client.enrollment_status(reference).serial
        [made] = client.retrieve_certificates([serial])
        connection.with_user(self.manager).action_disconnect()
        self.wire.clear()
        return key, made.certificate

    def rsa_key(self):
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def known_certificates(self):
        """Serial number to what KSeF knows of it."""
        return {one["serial"]: one for one in self.simulator.control("GET", "certificates")}

    def ksef_token(self, nip=NIP, permissions=("InvoiceRead", "InvoiceWrite")):
        body = {"nip": nip, "permissions": list(permissions)}
        return self.simulator.control("POST", "ksef-tokens", body)

    def without_rights(self, person="owner"):
        self.simulator.control("POST", "grants/revoke", {"person": person})

    def with_rights(self, person="owner", context=None, permissions=("Owner",)):
        body = {"person": person, "context": context, "permissions": list(permissions)}
        self.simulator.control("POST", "grants", body)

    # --- what people are told ------------------------------------------------------------------

    def mails(self, connection):
        """The subjects of what was mailed to the KSeF administrators about a connection."""
        messages = (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", connection._name),
                    ("res_id", "=", connection.id),
                    ("message_type", "=", "user_notification"),
                    ("notified_partner_ids", "in", self.manager.partner_id.ids),
                    ("subject", "=like", "KSeF: %"),
                ],
                order="id",
            )
        )
        return messages.mapped("subject")

    def activities(self, connection):
        connection.invalidate_recordset(["activity_ids"])
        return connection.activity_ids

    def uses(self, connection):
        return (
            self.env["l10n_pl_ksef.key.use"].sudo().search([("connection_id", "=", connection.id)])
        )

    def stored_bytes(self, record, name):
        return b64decode(record.sudo().with_context(bin_size=False)[name])
