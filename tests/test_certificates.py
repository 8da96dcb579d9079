import warnings
from contextlib import suppress
from datetime import timedelta
from unittest.mock import patch

from cryptography import x509
from odoo import fields
from odoo.exceptions import AccessError, UserError

from ..ksef import certificates
from ..ksef.client import Client
from ..ksef.client.results_certificates import RetrievedCertificate
from ..ksef.errors import Gone
from .common import NIP, SIGNATURE
from .login_case import ENROLL, ENROLLMENT, LIMITS, RETRIEVE, REVOKE, LoginCase

CRON = "l10n_pl_ksef.cron_certificates"
KEEP = "l10n_pl_ksef.cron_keep"


class TestEnrolment(LoginCase):
    """Odoo's own KSeF certificates: requested after a login by signature, then used."""

    def requests(self):
        return self.env["l10n_pl_ksef.certificate"].sudo().search([], order="id")

    def one_request(self):
        """A connection with one request for an Authentication certificate, not sent yet."""
        connection = self.sign_with()
        self.wire.clear()
        certificate = self.env["l10n_pl_ksef.certificate"]._request(connection, "Authentication")
        return connection, certificate

    def let_requests_pass(self, minutes=3):
        for request in self.requests().filtered("requested_on"):
            request.requested_on -= timedelta(minutes=minutes)
        self.requests().next_try = False

    def test_the_whole_way(self):
        """One signature; from then on the certificate logs in, and nobody signs again."""
        wizard = self.begun("trusted_profile")
        self.assertTrue(wizard.enrol, "by default")
        self.upload(wizard, self.simulator.sign(self.request_of(wizard)))
        self.submit(wizard)
        wizard.live_progress()
        connection = self.connected(wizard)
        self.assertTrue(wizard.is_enrolling)
        self.assertEqual(len(self.calls(LIMITS)), 2, "the limits are asked first")
        self.assertEqual(len(self.calls(ENROLL)), 2)
        wizard.live_progress()
        self.assertFalse(wizard.is_enrolling)
        self.assertEqual(
            connection.certificate_ids.sorted("kind").mapped(lambda one: (one.kind, one.state)),
            [("Authentication", "active"), ("Offline", "active")],
        )
        known = self.known_certificates()
        for held in connection.certificate_ids:
            at_ksef = known[held.serial_number]
            self.assertEqual(at_ksef["status"], "Active")
            self.assertEqual(at_ksef["type"], held.kind)
            self.assertEqual(held.origin, "enrolled")
            key = self.env["l10n_pl_ksef.vault"]._open(held.sealed_key)
            self.assertTrue(key)
            years = (held.valid_to - held.valid_from).days
            self.assertIn(years, (730, 731))
        self.assertEqual(connection.authentication_certificate_id.kind, "Authentication")
        self.assertEqual(connection.offline_certificate_id.kind, "Offline")
        self.assertTrue(connection.renews_itself)
        self.assertEqual(
            connection.connected_until, connection.authentication_certificate_id.valid_to
        )
        self.assertIn("valid until", self.chatter(connection))

    def test_from_then_on_the_certificate_logs_in(self):
        connection = self.enrolled()
        self.wire.clear()
        self.later(days=8)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted", move.l10n_pl_ksef_words)
        self.assertEqual(len(self.calls(SIGNATURE)), 1)
        self.assertEqual(connection.state, "connected")
        self.assertEqual(connection.signer, "Jan Kowalski (PESEL •••••••7036)")
        self.assertTrue(connection.authorisation_ids[0].alone)
        [use] = self.uses(connection)
        self.assertEqual((use.purpose, use.user_id), ("login", self.accountant), "who pressed")
        self.assertEqual(use.certificate_id, connection.authentication_certificate_id)

    def test_without(self):
        """Who does not want certificates gets none, and one by one later."""
        connection = self.sign_with(enrol=False)
        self.assertFalse(connection.certificate_ids)
        self.assertFalse(connection.renews_itself)
        connection.with_user(self.manager).action_enrol()
        self.fetch_certificates(connection)
        self.assertTrue(connection.renews_itself)
        connection.with_user(self.manager).action_enrol()
        self.assertEqual(len(connection.certificate_ids), 2, "there is nothing to request")
        with self.assertRaises(AccessError):
            connection.with_user(self.accountant).action_enrol()

    def subject_of(self, request):
        csr = x509.load_der_x509_csr(self.stored_bytes(request, "signing_request"))
        self.assertTrue(csr.is_signature_valid)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of names with more than 64 characters
            return csr.subject

    def test_the_subject_is_what_ksef_says(self):
        """Each name as it stands in enrollments/data, UTF-8, no matter how long."""
        long = "Brzęczyszczykiewicz-Chrząszczyżewoszycka-" * 2
        self.simulator.control(
            "POST",
            "people",
            {
                "key": "long",
                "firstName": "Grzegorz Aleksander",
                "lastName": long,
                "pesel": "84421905155",
                "permissions": "owner",
            },
        )
        connection = self.enrolled("long")
        for request in connection.certificate_ids:
            subject = self.subject_of(request)
            found = {one.rfc4514_attribute_name: one.value for one in subject}
            self.assertEqual(found["CN"], f"Grzegorz Aleksander {long}")
            self.assertGreater(len(found["CN"]), 64)
            self.assertEqual(found["C"], "PL")
            self.assertEqual(
                {one.value for one in subject},
                {found["CN"], "PL", "Grzegorz Aleksander", long, "PNOPL-84421905155"},
            )

    def test_a_seal(self):
        """A company's own certificate bears the company's name."""
        connection = self.connected(self.log_in("test_certificate", enrol=True))
        self.fetch_certificates(connection)
        held = connection.authentication_certificate_id
        self.assertEqual(held.origin, "enrolled", "what was self-made is not used any longer")
        self.assertIn(f"VATPL-{NIP}", {one.value for one in self.subject_of(held)})
        self.later(days=8)
        connection.with_user(self.manager).action_check()
        self.assertEqual(connection.state, "connected")

    # --- what can go wrong on the way ------------------------------------------------------------

    def test_a_lost_answer(self):
        """The request arrived: the certificate is found by its name, no second one is used up."""
        connection, request = self.one_request()
        self.fault("lost_response", ENROLL)
        request._carry_on()
        self.assertEqual(request.state, "requested")
        self.assertIn("cut before the answer", request.words)
        request._carry_on()
        self.assertEqual(len(self.calls(ENROLL)), 1, "it may still be on its way")
        self.let_requests_pass()
        self.run_cron(CRON)
        self.assertEqual(request.state, "active", request.words)
        self.assertEqual(len(self.calls(ENROLL)), 1)
        self.assertEqual(len(self.known_certificates()), 1)
        self.assertTrue(connection.renews_itself)

    def test_a_lost_answer_while_ksef_is_still_busy(self):
        """It cannot be found by its name yet, but KSeF has counted it."""
        _connection, request = self.one_request()
        stuck = self.fault("stuck", ENROLL)
        self.fault("lost_response", ENROLL)
        request._carry_on()
        for _time in range(3):
            self.let_requests_pass()
            self.run_cron(CRON)
            self.assertEqual(request.state, "requested")
        self.assertIn("seems to be making", request.words)
        self.simulator.control("DELETE", f"faults/{stuck}")
        self.let_requests_pass()
        self.run_cron(CRON)
        self.assertEqual(request.state, "active", request.words)
        self.assertEqual(len(self.calls(ENROLL)), 1)

    def test_a_request_that_never_arrived(self):
        """Sent again: KSeF neither knows the name nor has it counted the request."""
        _connection, request = self.one_request()
        self.fault("reset", ENROLL)
        request._carry_on()
        self.assertEqual(request.state, "requested")
        csr = self.stored_bytes(request, "signing_request")
        self.let_requests_pass()
        self.run_cron(CRON)
        self.assertEqual(len(self.calls(ENROLL)), 2)
        self.assertEqual(self.stored_bytes(request, "signing_request"), csr, "the same key")
        self.run_cron(CRON)
        self.let_requests_pass()
        self.run_cron(CRON)
        self.assertEqual(request.state, "active", request.words)

    def test_a_crash_at_every_step(self):
        """Whatever was committed last, the next run carries on and uses up one request."""
        for step in ("certificate_limits", "enrollment_data", "enroll", "enrollment_status",
                     "retrieve_certificates"):  # fmt: skip
            with self.subTest(step=step):
                self.simulator.control("POST", "reset")
                _connection, request = self.one_request()
                with patch.object(Client, step, side_effect=SystemExit), suppress(SystemExit):
                    request._carry_on()
                    request._carry_on()
                    self.fail("the process lives on")
                self.assertIn(request.state, ("requested", "processing"))
                for _time in range(3):
                    self.let_requests_pass()
                    self.run_cron(CRON)
                self.assertEqual(request.state, "active", request.words)
                self.assertEqual(len(self.calls(ENROLL)), 1)

    def test_a_certificate_for_another_key(self):
        """Whoever could give it to us could log in as us: it is not used."""
        _key, foreign = self.issued()
        connection, request = self.one_request()
        request._carry_on()

        def given(client, serials):
            return [RetrievedCertificate(serials[0], request.name, "Authentication", foreign)]

        with patch.object(Client, "retrieve_certificates", given):
            request._carry_on()
        self.assertEqual(request.state, "refused")
        self.assertIn("for another key", request.words)
        self.assertFalse(request.sealed_key)
        self.assertFalse(connection.authentication_certificate_id)

    def test_not_given_out_yet(self):
        connection, request = self.one_request()
        request._carry_on()
        with patch.object(Client, "retrieve_certificates", return_value=[]):
            request._carry_on()
        self.assertEqual(request.state, "processing")
        request._carry_on()
        self.assertEqual(connection.authentication_certificate_id, request)

    def test_forgotten_by_ksef(self):
        """410 after thirty days: what came of the request is found by its name."""
        connection, request = self.one_request()
        request._carry_on()
        with patch.object(Client, "enrollment_status", side_effect=Gone([], http_status=410)):
            request._carry_on()
        self.assertEqual(request.state, "active", request.words)
        other = self.env["l10n_pl_ksef.certificate"]._request(connection, "Offline")
        self.fault("cancelled", ENROLL)
        other._carry_on()
        with patch.object(Client, "enrollment_status", side_effect=Gone([], http_status=410)):
            other._carry_on()
        self.assertEqual(other.state, "refused")
        self.assertIn("Request a new one", other.words)

    def test_cancelled_by_ksef(self):
        connection, request = self.one_request()
        self.fault("cancelled", ENROLL)
        request._carry_on()
        request._carry_on()
        self.assertEqual(request.state, "refused")
        self.assertIn("Operacja została anulowana", request.words)
        self.assertFalse(request.sealed_key)
        self.assertEqual(connection.state, "connected", "the login does not suffer")
        connection.with_user(self.manager).action_enrol()
        self.fetch_certificates(connection)
        self.assertTrue(connection.renews_itself)

    def test_trouble_at_every_call(self):
        """Outage, limit and rubbish are waited for; nothing is asked twice."""
        for operation in (LIMITS, ENROLLMENT, RETRIEVE, "GET /certificates/enrollments/data"):
            for kind in ("html_502", "limited", "error_500"):
                with self.subTest(operation=operation, kind=kind):
                    self.simulator.control("POST", "reset")
                    connection, request = self.one_request()
                    self.fault(kind, operation)
                    for _time in range(4):
                        connection.limited_until = False
                        self.let_requests_pass()
                        self.run_cron(CRON)
                    self.assertEqual(request.state, "active", request.words)
                    self.assertEqual(len(self.calls(ENROLL)), 1)

    def test_the_cron_comes_back_by_itself(self):
        """Nobody needs to look: what is due in seconds is not left to the next hour."""
        _connection, request = self.one_request()
        request._carry_on()
        trigger = self.env["ir.cron.trigger"].sudo()
        due = trigger.search([("cron_id", "=", self.env.ref(CRON).id)]).mapped("call_at")
        soon = fields.Datetime.now() + timedelta(seconds=30)
        self.assertTrue([moment for moment in due if moment < soon])

    # --- limits ----------------------------------------------------------------------------------

    def allow(self, connection, requests=12, held=6):
        self.simulator.request(
            "POST",
            "/v2/testdata/limits/subject/certificate",
            json={
                "subjectIdentifierType": "Pesel",
                "enrollment": {"maxEnrollments": requests},
                "certificate": {"maxCertificates": held},
            },
            headers={
                "Authorization": "Bearer "
                + self.env["l10n_pl_ksef.vault"]._open(connection.access_token)
            },
        )

    def test_the_limit_is_said_before_it_is_met(self):
        for limits in ({"held": 0}, {"requests": 0}):
            with self.subTest(limits=limits):
                self.simulator.control("POST", "reset")
                connection = self.sign_with()
                self.allow(connection, **limits)
                self.wire.clear()
                connection.with_user(self.manager).action_enrol()
                refused = connection.certificate_ids.filtered(lambda it: it.state == "refused")
                self.assertEqual(len(refused), 2)
                self.assertIn("used them up", refused[0].words)
                self.assertIn("Revoke one that is not needed", refused[0].words)
                self.assertFalse(self.calls(ENROLL), "nothing is asked in vain")
                self.assertEqual(connection.state, "connected")
                refused.connection_id = False
                refused.flush_recordset()

    def test_the_limit_is_met_all_the_same(self):
        """Another program was quicker between the question and the request."""
        connection, request = self.one_request()
        data = connection._ask("certificate_limits")
        self.allow(connection, requests=0)
        with patch.object(Client, "certificate_limits", return_value=data):
            request._carry_on()
        self.assertEqual(request.state, "refused")
        self.assertIn("25006", request.words)
        self.assertIn("used up the requests", request.words)


class TestRenewal(LoginCase):
    """Certificates end after two years; the next one is there before."""

    def setUp(self):
        super().setUp()
        self.connection = self.enrolled()
        self.old = self.connection.authentication_certificate_id
        self.old_offline = self.connection.offline_certificate_id
        self.wire.clear()

    def renew(self):
        """The hourly runs of the cron, as often as the steps of a request need them."""
        for _run in range(2):
            for request in self.connection.certificate_ids.filtered("next_try"):
                request.next_try = False
            self.run_cron(CRON)

    def newest(self, kind="Authentication"):
        found = self.connection.certificate_ids.filtered(lambda one: one.kind == kind)
        return found.sorted("id")[-1]

    def test_not_too_early(self):
        self.later(days=690)
        self.renew()
        self.assertFalse(self.calls(ENROLL))

    def test_in_time(self):
        """A month ahead; the old one stays until the new one has logged in."""
        self.later(days=705)
        self.renew()
        new = self.newest()
        self.assertEqual(len(self.calls(ENROLL)), 2)
        self.assertEqual(new.replaces_id, self.old)
        self.assertEqual(self.connection.authentication_certificate_id, new)
        self.assertEqual(self.old.state, "active")
        self.assertTrue(self.old.sealed_key, "kept until the new one has worked")
        self.assertEqual(self.old_offline.state, "replaced")
        self.assertEqual(self.connection.offline_certificate_id, self.newest("Offline"))
        self.renew()
        self.assertEqual(len(self.calls(ENROLL)), 2, "once")
        self.later(days=8)
        self.connection.with_user(self.manager).action_check()
        self.assertEqual(self.connection.state, "connected")
        self.assertEqual(self.uses(self.connection)[0].certificate_id, new)
        self.assertEqual(self.old.state, "replaced")
        self.assertFalse(self.old.sealed_key)
        self.assertFalse(self.activities(self.connection))
        self.assertFalse(self.mails(self.connection))

    def test_a_new_one_that_does_not_work(self):
        """KSeF refuses the new one: the old one, which is still good, goes on."""
        self.later(days=705)
        self.renew()
        new = self.newest()
        self.simulator.control("POST", f"certificates/{new.serial_number}/revoke")
        self.later(days=8)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted", move.l10n_pl_ksef_words)
        self.assertEqual(self.connection.state, "connected")
        self.assertEqual(self.connection.authentication_certificate_id, self.old)
        self.assertEqual(new.state, "revoked")
        self.assertIn("odwołany", new.words)
        # and the next one is requested
        self.renew()
        self.assertNotEqual(self.newest(), new)
        self.assertEqual(self.newest().state, "active")

    def test_a_renewal_that_does_not_succeed(self):
        """Tried once a day, said three weeks before the end, once; done when it can be done."""
        self.later(days=705)
        self.fault("cancelled", ENROLL, times=None)
        self.renew()
        self.renew()
        self.assertEqual(self.newest().state, "refused")
        self.assertEqual(len(self.calls(ENROLL)), 2, "not every hour")
        self.assertFalse(self.activities(self.connection), "there is time")
        self.later(days=6)
        for _hour in range(3):
            self.later(hours=1)
            self.run_cron(KEEP)
            self.renew()
        [activity] = self.activities(self.connection)
        self.assertEqual(activity.user_id, self.manager)
        self.assertIn("could not be renewed", activity.note)
        self.assertIn("anulowana", activity.note)
        self.assertEqual(
            self.mails(self.connection), [f"KSeF: The KSeF certificate – {self.connection.name}"]
        )
        self.assertEqual(len(self.calls(ENROLL)), 4)
        # A weekly login by the certificate itself changes nothing of that.
        self.later(days=8)
        self.run_cron(KEEP)
        self.renew()
        self.assertEqual(len(self.activities(self.connection)), 1)
        self.assertEqual(len(self.mails(self.connection)), 1)
        self.no_more_faults()
        self.later(days=1, hours=1)
        self.renew()
        self.assertEqual(self.newest().state, "active")
        self.assertFalse(self.activities(self.connection))
        self.assertFalse(self.connection.trouble)

    def test_one_certificate_for_two_companies(self):
        """An accounting office: who asked for it is disconnected, the other company renews it."""
        other = self.setup_other_company(name="Jan Kowalski Usługi", vat="PL7811897358")["company"]
        self.manager.company_ids |= other
        second = self.sign_with(company_id=other.id)
        second.authentication_certificate_id = self.old
        self.connection.with_user(self.manager).action_disconnect()
        self.later(days=705)
        self.run_cron(CRON)
        for request in second.certificate_ids:
            request._carry_on()
        self.assertNotEqual(second.authentication_certificate_id, self.old)
        self.assertEqual(second.authentication_certificate_id.replaces_id, self.old)

    def test_another_person_signs(self):
        """Who signs logs in from then on: not the certificate of the one before."""
        connection = self.sign_with("accountant", enrol=True)
        self.fetch_certificates(connection)
        held = connection.authentication_certificate_id
        self.assertNotEqual(held, self.old)
        self.assertIn("Nowak", held.subject)
        self.later(days=8)
        connection.with_user(self.manager).action_check()
        self.assertEqual(connection.state, "connected")
        self.assertEqual(connection.permissions, "InvoiceRead, InvoiceWrite")

    def test_an_uploaded_one_is_renewed_if_wanted(self):
        for enrol in (True, False):
            with self.subTest(enrol=enrol):
                self._stop_clock()
                self._clock = None
                self.simulator.control("POST", "reset")
                key, certificate = self.issued()
                wizard = self.with_files(certificate, certificates.key_bytes(key), enrol=enrol)
                self.connection = connection = self.connected(wizard)
                self.fetch_certificates(connection)
                uploaded = connection.authentication_certificate_id
                self.assertEqual(uploaded.origin, "uploaded")
                self.later(days=712)
                self.run_cron(KEEP)
                self.renew()
                held = connection.authentication_certificate_id
                if enrol:
                    self.assertEqual((held.origin, held.replaces_id), ("enrolled", uploaded))
                    self.assertFalse(self.activities(connection))
                else:
                    self.assertEqual(held, uploaded)
                    [activity] = self.activities(connection)
                    self.assertIn("Upload the next one", activity.note)


class TestRevocation(LoginCase):
    """Certificates revoked here and at KSeF, and the list of what KSeF knows."""

    def setUp(self):
        super().setUp()
        self.connection = self.enrolled()
        self.held = self.connection.authentication_certificate_id
        self.wire.clear()

    def listed(self, user=None):
        opened = self.connection.with_user(user or self.manager).action_certificates()
        return self.env[opened["res_model"]].with_user(self.manager).browse(opened["res_id"])

    def line(self, certificate):
        wizard = self.listed()
        return wizard.line_ids.filtered(
            lambda line: line.serial_number == certificate.serial_number
        )

    def test_list(self):
        """All that KSeF knows for the person; those held here are marked."""
        client = self.client(self.connection)
        key = certificates.new_key()
        client.enroll(
            "Z telefonu",
            "Offline",
            certificates.signing_request(key, client.enrollment_data()),
        )
        wizard = self.listed()
        held = {line.name: line.certificate_id for line in wizard.line_ids}
        self.assertEqual(len(held), 3)
        self.assertFalse(held["Z telefonu"])
        self.assertEqual(
            held[self.held.name] | held[self.connection.offline_certificate_id.name],
            self.connection.certificate_ids,
        )
        self.assertEqual(wizard.limits, "Certificates left: 3 of 6; requests left: 9 of 12.")
        with self.assertRaises(AccessError):
            self.connection.with_user(self.accountant).action_certificates()
        # One that is not held here is revoked all the same.
        wizard.reason = "KeyCompromise"
        wizard.line_ids.filtered(lambda line: line.name == "Z telefonu").action_revoke()
        known = {one["name"]: one for one in self.known_certificates().values()}
        self.assertEqual(known["Z telefonu"]["status"], "Revoked")
        self.assertEqual(known["Z telefonu"]["revocationReason"], "KeyCompromise")

    def test_revoked_here(self):
        for reason, certificate in (
            ("Superseded", self.connection.offline_certificate_id),
            ("KeyCompromise", self.held),
        ):
            with self.subTest(reason=reason):
                line = self.line(certificate)
                line.wizard_id.reason = reason
                line.action_revoke()
                known = self.known_certificates()[certificate.serial_number]
                self.assertEqual(known["status"], "Revoked")
                self.assertEqual(known["revocationReason"], reason)
                self.assertEqual(certificate.state, "revoked")
                self.assertFalse(certificate.sealed_key)
        self.assertFalse(self.connection.authentication_certificate_id)
        self.assertFalse(self.connection.offline_certificate_id)
        self.assertFalse(self.connection.renews_itself)
        self.assertEqual(self.connection.state, "connected", "what it opened stays open")

    def test_revoked_from_its_form(self):
        with self.assertRaisesRegex(UserError, "Only a KSeF administrator"):
            self.held.with_user(self.accountant).action_revoke()
        self.held.with_user(self.manager).action_revoke()
        self.assertEqual(self.held.state, "revoked")
        with self.assertRaisesRegex(UserError, "KSeF refused"):
            self.held.with_user(self.manager).action_revoke()

    def test_no_answer_to_the_revocation(self):
        """Said so; whether it was revoked is found out, not guessed."""
        self.fault("lost_response", REVOKE)
        with self.assertRaisesRegex(UserError, "cut before the answer"):
            self.held.with_user(self.manager).action_revoke()
        self.assertEqual(self.held.state, "active")
        self.run_cron(CRON)
        self.assertEqual(self.held.state, "revoked")

    def test_over_the_connection_that_shows_it(self):
        """The one that it was requested with may be disconnected long ago."""
        other = self.setup_other_company(name="Jan Kowalski Usługi", vat="PL7811897358")["company"]
        self.manager.company_ids |= other
        second = self.sign_with(company_id=other.id)
        self.connection.with_user(self.manager).action_disconnect()
        self.connection = second
        self.line(self.held).with_context(
            allowed_company_ids=[self.company.id, other.id]
        ).action_revoke()
        self.assertEqual(self.held.state, "revoked")

    def test_certificates_stay(self):
        """They prove who signed; the uses of their keys are never changed or deleted."""
        self.later(days=8)
        self.connection.with_user(self.manager).action_check()
        use = self.uses(self.connection)
        self.assertEqual(len(use), 1)
        for user in (self.manager, self.env.ref("base.user_root"), self.env.ref("base.user_admin")):
            own = use.with_user(user)
            with self.subTest(user=user.login):
                with self.assertRaises(UserError):
                    own.purpose = "kod_ii"
                with self.assertRaises(UserError):
                    own.unlink()
                with self.assertRaises(UserError):
                    self.held.with_user(user).unlink()
        for change in (lambda: use.sudo().write({"user_id": False}), use.sudo().unlink):
            with self.assertRaisesRegex(UserError, "record of key uses"):
                change()
        with self.assertRaises(AccessError):
            self.env["l10n_pl_ksef.key.use"].with_user(self.manager).create(
                {"certificate_id": self.held.id, "purpose": "login"}
            )
        self.assertEqual(use.company_id, self.company)
        with self.assertRaises(AccessError):
            use.with_user(self.accountant).read(["purpose"])
