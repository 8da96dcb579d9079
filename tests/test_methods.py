from base64 import b64encode
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509 import load_der_x509_certificate
from cryptography.x509.oid import NameOID
from odoo.exceptions import UserError

from ..ksef import certificates, xades
from .common import NIP, OTHER_NIP, SIGNATURE
from .login_case import LOGIN_BY_TOKEN, LoginCase

PASSWORD = "zażółć gęślą"


def locked(key, password=PASSWORD, encoding=serialization.Encoding.PEM):
    """A private key as the Ministry's application saves it."""
    return key.private_bytes(
        encoding,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password.encode()),
    )


def pem(certificate):
    return load_der_x509_certificate(certificate).public_bytes(serialization.Encoding.PEM)


def nobody():
    """Key and certificate of a person abroad: no PESEL, no NIP."""
    key = certificates.new_key()
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.GIVEN_NAME, "Hans"),
            x509.NameAttribute(NameOID.SURNAME, "Meier"),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, "IDCDE-590082394654"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Hans Meier"),
        ]
    )
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=90))
        .sign(key, hashes.SHA256())
    )
    return key, certificate


def bundle(key, certificate, password=PASSWORD):
    """One .p12 file with both."""
    return pkcs12.serialize_key_and_certificates(
        b"KSeF",
        key,
        load_der_x509_certificate(certificate),
        None,
        serialization.BestAvailableEncryption(password.encode()),
    )


class TestSignedFiles(LoginCase):
    """Files that were signed elsewhere: Trusted Profile, qualified signature, qualified seal."""

    def signed_with(self, **body):
        wizard = self.begun("signature", enrol=False)
        made = self.simulator.control("POST", "practice-certificates", body)
        signed = xades.sign(
            self.request_of(wizard), made["privateKey"].encode(), made["certificate"].encode()
        )
        self.upload(wizard, signed)
        self.assertTrue(wizard.is_good, wizard.examination)
        self.submit(wizard)
        wizard.live_progress()
        return self.connected(wizard)

    def test_trusted_profile(self):
        for person, signer, permissions in (
            ("owner", "Jan Kowalski (PESEL •••••••7036)", "Owner"),
            ("accountant", "Anna Nowak (PESEL •••••••4420)", "InvoiceRead, InvoiceWrite"),
        ):
            with self.subTest(person=person):
                connection = self.sign_with(person)
                self.assertEqual(connection.method, "trusted_profile")
                self.assertEqual(connection.signer, signer)
                self.assertIn(permissions, connection.permissions)
                self.assertFalse(connection.renews_itself)
                self.assertFalse(self.uses(connection), "no key lies here")

    def test_qualified_signature(self):
        connection = self.signed_with(person="accountant")
        self.assertEqual(connection.method, "signature")
        self.assertEqual(connection.signer, "Anna Nowak (PESEL •••••••4420)")
        self.assertTrue(connection.can_send)

    def test_qualified_seal(self):
        """The company itself signs: it needs no person with rights."""
        connection = self.signed_with(nip=NIP, name="Cukiernia Pod Lipą sp. z o.o.")
        self.assertEqual(connection.method, "signature")
        self.assertEqual(connection.signer, f"Cukiernia Pod Lipą sp. z o.o. (NIP {NIP})")
        self.assertTrue(connection.can_send)
        self.assertTrue(connection.can_read)

    def test_permissions_in_words(self):
        connection = self.sign_with("accountant").with_user(self.accountant)
        self.assertEqual(connection.permission_words, "issuing invoices, reading invoices")
        self.assertEqual(connection.next_step, "Nothing to do.")

    def test_missing_permissions_are_said(self):
        for permissions, can_send, can_read, words in (
            (["InvoiceRead"], False, True, "InvoiceWrite"),
            (["InvoiceWrite"], True, False, "InvoiceRead"),
        ):
            with self.subTest(permissions=permissions):
                self.without_rights("accountant")
                self.with_rights("accountant", permissions=permissions)
                connection = self.sign_with("accountant")
                self.assertEqual((connection.can_send, connection.can_read), (can_send, can_read))
                self.assertIn(words, connection.with_user(self.accountant).next_step)


class TestKsefCertificate(LoginCase):
    """A KSeF certificate that a person got elsewhere and uploads."""

    def setUp(self):
        super().setUp()
        self.key, self.certificate = self.issued()
        self.crt, self.key_file = pem(self.certificate), locked(self.key)

    def refused(self, words, *files, **values):
        """The words of the refusal; what is connected stays so."""
        before = self.env["l10n_pl_ksef.connection"].sudo().search([]).mapped("state")
        with self.assertRaisesRegex(UserError, words):
            self.with_files(*files, **values)
        self.assertFalse(self.calls(SIGNATURE), "nothing was sent to KSeF")
        self.env.invalidate_all()
        after = self.env["l10n_pl_ksef.connection"].sudo().search([]).mapped("state")
        self.assertEqual(before, after)
        self.assertFalse(
            self.env["l10n_pl_ksef.certificate"].sudo().search([("sealed_key", "!=", False)])
        )

    def test_every_kind_of_file(self):
        """As the Ministry's application saves them, and as other programs turn them."""
        der = locked(self.key, encoding=serialization.Encoding.DER)
        for name, files in {
            ".crt and .key": (self.crt, self.key_file, PASSWORD),
            "DER": (self.certificate, der, PASSWORD),
            "key without password": (self.crt, certificates.key_bytes(self.key), None),
            "PKCS#12": (bundle(self.key, self.certificate), None, PASSWORD),
            "one PEM file": (self.crt + self.key_file, None, PASSWORD),
            "exchanged": (self.key_file, self.crt, PASSWORD),
        }.items():
            with self.subTest(files=name):
                self.wire.clear()
                connection = self.connected(self.with_files(*files, enrol=False))
                self.assertEqual(connection.method, "certificate")
                self.assertEqual(connection.signer, "Jan Kowalski (PESEL •••••••7036)")
                self.assertTrue(connection.renews_itself)
                held = connection.authentication_certificate_id
                self.assertEqual(held.origin, "uploaded")
                self.assertEqual(self.stored_bytes(held, "content"), self.certificate)
                self.assertEqual(connection.connected_until, held.valid_to)
                self.assertEqual(len(self.calls(SIGNATURE)), 1)
        self.assertEqual(len(connection.certificate_ids), 1, "the same one, held once")
        self.assertEqual(len(self.uses(connection)), 6, "each use of the key is on record")

    def test_rsa(self):
        key, certificate = self.issued(key=self.rsa_key())
        connection = self.connected(self.with_files(pem(certificate), locked(key), PASSWORD))
        self.assertEqual(connection.method, "certificate")

    def test_password(self):
        """Wrong or missing: said so, and the files need not be chosen again."""
        wizard = self.chosen("certificate", certificate_file=b64encode(self.crt))
        wizard.write({"key_file": b64encode(self.key_file)})
        with self.assertRaisesRegex(UserError, "The private key is locked"):
            wizard.action_begin()
        wizard.key_password = "inne"
        with self.assertRaisesRegex(UserError, "The password does not open the private key"):
            wizard.action_begin()
        self.assertFalse(self.calls(SIGNATURE))
        wizard.key_password = PASSWORD
        wizard.action_begin()
        wizard.live_progress()
        self.connected(wizard)

    def test_what_cannot_log_in(self):
        other_key, _other = self.issued()
        offline_key, offline = self.issued("Offline")
        self.refused(
            "does not belong to the certificate", self.crt, locked(other_key), password=PASSWORD
        )
        self.refused(
            "This is an Offline certificate", pem(offline), locked(offline_key), password=PASSWORD
        )
        self.refused("its private key is missing", self.crt)
        self.refused("its certificate is missing", self.key_file, password=PASSWORD)
        self.refused("neither a certificate nor a private key", b"%PDF-1.7")
        self.refused("Upload the certificate and its private key", b"")
        self.refused("too many or too large", b"0" * (1024 * 1024 + 1))
        self.refused(
            "hold 2 certificates with their keys",
            bundle(self.key, self.certificate),
            locked(other_key) + pem(_other),
            password=PASSWORD,
        )

    def test_what_has_ended(self):
        now = datetime.now(timezone.utc)
        for words, made in (
            ("ended on", now - timedelta(days=800)),
            ("valid only from", now + timedelta(days=30)),
        ):
            with self.subTest(words=words):
                old = certificates.self_signed_person("Jan", "Kowalski", "81452317036", now=made)
                self.refused(words, old.certificate_bytes, old.key_bytes)

    def test_files_of_a_refused_try_are_not_mixed_with_the_next(self):
        """Who uploads a pair and then one .p12 file means that file alone."""
        other_key, _certificate = self.issued()
        wizard = self.chosen(
            "certificate",
            certificate_file=b64encode(self.crt),
            key_file=b64encode(locked(other_key)),
            key_password=PASSWORD,
        )
        with self.assertRaisesRegex(UserError, "does not belong"):
            wizard.action_begin()
        wizard.write(
            {
                "certificate_file": b64encode(bundle(self.key, self.certificate)),
                "key_password": PASSWORD,
            }
        )
        wizard.action_begin()
        wizard.live_progress()
        self.connected(wizard)

    def test_nobody_reads_what_was_given(self):
        wizard = self.chosen(
            "certificate",
            certificate_file=b64encode(self.crt),
            key_file=b64encode(self.key_file),
            key_password=PASSWORD,
            token="tajny",
        )
        self.env.invalidate_all()
        for name in ("certificate_file", "key_file", "key_password", "token"):
            self.assertFalse(wizard[name], name)
        self.assertNotIn(PASSWORD, str(wizard.sudo().read()))
        self.assertTrue(wizard.sudo().sealed_inputs)
        wizard.action_begin()
        self.assertFalse(wizard.sudo().sealed_inputs, "needed no longer")

    def test_revoked_at_ksef(self):
        """460: KSeF says so when one logs in, what was connected goes on, the key is dropped."""
        connection = self.sign_with("accountant")
        serial = certificates.describe(self.certificate).serial
        self.simulator.control("POST", f"certificates/{serial}/revoke")
        wizard = self.with_files(self.crt, self.key_file, PASSWORD)
        self.assertEqual(wizard.step, "refused")
        self.assertIn("odwołany", wizard.words)
        self.assertIn("been revoked", wizard.words)
        self.assertEqual(wizard.authorisation_id.status_code, 460)
        self.assertEqual(connection.state, "connected")
        self.assertEqual(connection.signer, "Anna Nowak (PESEL •••••••4420)")
        self.assertFalse(connection.trouble)
        refused = (
            self.env["l10n_pl_ksef.certificate"].sudo().search([("serial_number", "=", serial)])
        )
        self.assertEqual(refused.state, "refused")
        self.assertFalse(refused.sealed_key)
        # Back to the first step, with another method.
        wizard.action_start_over()
        self.assertEqual(wizard.step, "choose")

    def test_outage_while_logging_in(self):
        """The same files are tried again without choosing them anew."""
        wizard = self.chosen(
            "certificate",
            certificate_file=b64encode(self.crt),
            key_file=b64encode(self.key_file),
            key_password=PASSWORD,
        )
        self.fault("outage", times=1)
        with self.assertRaisesRegex(UserError, "could not be reached"):
            wizard.action_begin()
        wizard.action_begin()
        wizard.live_progress()
        connection = self.connected(wizard)
        self.assertEqual(
            len(connection.certificate_ids.filtered(lambda it: it.origin == "uploaded")), 1
        )


class TestKsefToken(LoginCase):
    """A KSeF token, pasted."""

    def test_good(self):
        made = self.ksef_token()
        wizard = self.with_token(f"  {made['token']}\n")
        connection = self.connected(wizard)
        self.assertEqual(connection.method, "token")
        self.assertTrue(connection.can_send)
        self.assertTrue(connection.renews_itself, "a token logs in again by itself")
        self.assertFalse(connection.certificate_ids, "a token cannot request certificates")
        with self.assertRaisesRegex(UserError, "cannot request certificates"):
            connection.with_user(self.manager).action_enrol()
        [sent] = self.calls(LOGIN_BY_TOKEN)
        secret = made["token"].rpartition("|")[2]
        self.assertNotIn(secret, str(sent.body), "encrypted on its way")
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted")

    def test_logs_in_again_by_itself(self):
        connection = self.connected(self.with_token(self.ksef_token()["token"]))
        self.later(days=8)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted", move.l10n_pl_ksef_words)
        self.assertEqual(connection.state, "connected")
        self.assertEqual(len(self.calls(LOGIN_BY_TOKEN)), 2)

    def test_revoked(self):
        made = self.ksef_token()
        self.simulator.control("POST", f"ksef-tokens/{made['referenceNumber']}/revoke")
        wizard = self.with_token(made["token"])
        self.assertEqual(wizard.step, "refused")
        self.assertEqual(wizard.authorisation_id.status_code, 450)
        for words in ("unieważniony", "until somebody revokes them", NIP):
            self.assertIn(words, wizard.words)
        self.assertFalse(wizard.authorisation_id.sudo().sealed_token, "not kept")
        self.assertEqual(wizard.connection_id.state, "draft")

    def test_of_another_company(self):
        wizard = self.with_token(self.ksef_token(OTHER_NIP)["token"])
        self.assertEqual(wizard.step, "refused")
        self.assertIn(f"nie może być użyty w kontekście {NIP}", wizard.words)
        self.assertIn(f"this one is for NIP {NIP}", wizard.words)

    def test_nonsense(self):
        wizard = self.with_token("20261120-EC-nonsense")
        self.assertEqual(wizard.step, "refused")
        self.assertEqual(wizard.authorisation_id.status_code, 450)
        with self.assertRaisesRegex(UserError, "Paste the KSeF token first"):
            self.with_token("   ")

    def test_without_the_right_to_issue(self):
        connection = self.connected(
            self.with_token(self.ksef_token(permissions=["InvoiceRead"])["token"])
        )
        self.assertFalse(connection.can_send)
        self.assertIn("InvoiceWrite", connection.next_step)


class TestSelfMade(LoginCase):
    """One click for developers and trainees, on TEST and in the simulator."""

    def test_one_click(self):
        wizard = self.log_in("test_certificate", enrol=False)
        connection = self.connected(wizard)
        held = connection.authentication_certificate_id
        self.assertEqual((connection.method, held.origin), ("test_certificate", "self_made"))
        self.assertIn("Owner", connection.permissions, "the company's own seal")
        self.later(days=8)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted", move.l10n_pl_ksef_words)

    def test_its_name_may_be_long(self):
        self.company.name = "Przedsiębiorstwo Produkcyjno-Usługowo-Handlowe „Żółć” " * 2
        self.connected(self.log_in("test_certificate", enrol=False))

    def test_not_where_invoices_count(self):
        for code in ("production", "demo"):
            with self.subTest(environment=code):
                wizard = self.chosen("test_certificate", environment=code)
                self.assertFalse(wizard.can_self_sign)
                with self.assertRaisesRegex(UserError, "on TEST and in the simulator only"):
                    wizard.action_begin()
                own = certificates.self_signed_seal("Cukiernia", NIP)
                wizard = self.chosen(
                    "certificate",
                    environment=code,
                    certificate_file=b64encode(own.certificate_bytes),
                    key_file=b64encode(own.key_bytes),
                )
                with self.assertRaisesRegex(UserError, "made by its owner"):
                    wizard.action_begin()
        self.assertFalse(self.wire)
        self.assertTrue(self.chosen("test_certificate", environment="test").can_self_sign)


class TestContexts(LoginCase):
    """As whom one logs in: a NIP, a unit of the company, an EU entity."""

    def test_unit_of_the_company(self):
        unit = {"context_type": "InternalId", "context_value": f"{NIP}-12345"}
        connection = self.sign_with("accountant", **unit)
        self.assertEqual(connection.context_value, f"{NIP}-12345")
        self.assertTrue(connection.can_send)
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted", move.l10n_pl_ksef_words)
        # "Authorise again" means the same unit.
        opened = connection.with_user(self.manager).action_authorise()["res_id"]
        wizard = self.env["l10n_pl_ksef.authorise"].with_user(self.manager).browse(opened)
        self.assertEqual(wizard.context_value, f"{NIP}-12345")

    def test_eu_entity(self):
        entity = f"{NIP}-DE123456789"
        self.with_rights("owner", entity, ["InvoiceWrite", "InvoiceRead", "VatUeManage"])
        connection = self.sign_with(
            "owner", enrol=True, context_type="NipVatUe", context_value=entity
        )
        self.assertEqual(connection.permissions, "InvoiceRead, InvoiceWrite, VatUeManage")
        self.fetch_certificates(connection)
        self.later(days=8)
        connection.with_user(self.manager).action_check()
        self.assertEqual(connection.state, "connected", connection.last_check_result)
        self.assertEqual(connection.authorisation_ids[0].context_value, entity)

    def test_a_certificate_that_names_nobody(self):
        """Rights may be granted to the fingerprint of a certificate without PESEL and NIP."""
        key, certificate = nobody()
        seen = certificates.describe(certificate)
        entity = f"{NIP}-DE123456789"
        self.simulator.control(
            "POST",
            "grants",
            {
                "kind": "Fingerprint",
                "value": seen.fingerprint,
                "context": entity,
                "permissions": ["InvoiceWrite", "InvoiceRead"],
            },
        )
        wizard = self.with_files(
            certificates.certificate_bytes(certificate),
            certificates.key_bytes(key),
            enrol=False,
            context_type="NipVatUe",
            context_value=entity,
        )
        self.assertTrue(self.connected(wizard).can_send)

    def test_identifiers_are_checked_first(self):
        for kind, value, words in (
            ("InternalId", f"{NIP}-1", "is not an identifier of that kind"),
            ("InternalId", "", "is not an identifier of that kind"),
            ("NipVatUe", f"{NIP}-12", "is not an identifier of that kind"),
            ("InternalId", f"{OTHER_NIP}-12345", "has to begin with the company's NIP"),
        ):
            with self.subTest(value=value), self.assertRaisesRegex(UserError, words):
                self.begun("trusted_profile", context_type=kind, context_value=value)
        self.assertFalse(self.wire)

    def test_a_failed_login_changes_nothing(self):
        """Who tries another NIP in vain stays connected for the first one."""
        connection = self.sign_with()
        wizard = self.begun("trusted_profile", nip=OTHER_NIP)
        self.assertIn(f"<Nip>{OTHER_NIP}</Nip>", self.request_of(wizard).decode())
        self.assertEqual(connection.nip, NIP)
        self.upload(wizard, self.simulator.sign(self.request_of(wizard), "stranger"))
        self.submit(wizard)
        wizard.live_progress()
        self.assertEqual(wizard.step, "refused")
        self.assertIn(OTHER_NIP, wizard.words)
        self.assertEqual((connection.state, connection.nip), ("connected", NIP))
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "accepted", move.l10n_pl_ksef_words)

    def test_no_other_nip_while_invoices_are_on_their_way(self):
        connection = self.sign_with()
        self.fault("limited", "POST /sessions/online")
        move = self.invoice()
        move.action_l10n_pl_ksef_send()
        self.assertEqual(move.l10n_pl_ksef_state, "prepared")
        with self.assertRaisesRegex(UserError, move.name):
            self.begun("trusted_profile", nip=OTHER_NIP)
        self.assertEqual(connection.nip, NIP)
