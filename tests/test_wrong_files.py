import io
import zipfile
from base64 import b64encode
from datetime import timedelta

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7
from lxml import etree
from odoo.exceptions import UserError

from ..ksef import xades
from ..models.moments import warsaw_today
from . import certificates
from .common import OTHER_NIP, SIGNATURE, KsefCase


def archive(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, content in files.items():
            packed.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


class TestWrongFiles(KsefCase):
    """Each mistake gets words of its own, before anything is sent, and none a traceback."""

    def files(self, wizard):
        """``name: (bytes, words)``"""
        request = self.request_of(wizard)
        good = self.simulator.sign(request)
        enveloped = self.simulator.sign(request, form="enveloped")
        day = warsaw_today()
        earlier = (day - timedelta(days=3)).strftime("%Y%m%d")
        older = xades.auth_token_request(f"{earlier}-CR-461EA5B000-537A6BA15D-D7", wizard.nip)
        elsewhere = xades.auth_token_request(
            f"{day:%Y%m%d}-CR-461EA5B000-537A6BA15D-D7", wizard.nip
        )
        challenge = wizard.authorisation_id.challenge
        other_nip = xades.auth_token_request(challenge, OTHER_NIP)
        key, certificate = certificates.key(), certificates.certificate()
        cades = (
            pkcs7.PKCS7SignatureBuilder()
            .set_data(request)
            .add_signer(certificate, key, hashes.SHA256())
            .sign(serialization.Encoding.DER, [])
        )
        twice = etree.fromstring(enveloped)
        twice.append(etree.fromstring(etree.tostring(twice[-1])))
        signature_alone = etree.tostring(etree.fromstring(enveloped)[-1])
        pdf = b"%PDF-1.7\n1 0 obj\n"
        pdf_inside = good.replace(b64encode(request), b64encode(pdf))
        damaged = good.replace(b64encode(request), b64encode(request[: len(request) // 2]))
        picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
        text = good.decode()
        return {
            "as downloaded": (request, "nobody has signed it yet"),
            "web page": (b"<!DOCTYPE html><html><body>Podpisz</body></html>", "web page"),
            "PDF": (pdf, "This is a PDF"),
            "ASiC": (
                archive(mimetype="application/vnd.etsi.asic-e+zip", request=request),
                "signature container",
            ),
            "ZIP": (archive(request=good), "packed file"),
            "CAdES": (cades, "signature of another kind"),
            "older": (self.simulator.sign(older), "signed for an older request"),
            "other environment": (self.simulator.sign(elsewhere), "another environment of KSeF"),
            "other NIP": (self.simulator.sign(other_nip), f"signed for NIP {OTHER_NIP}"),
            "signed twice": (etree.tostring(twice), "signed more than once"),
            "signature alone": (signature_alone, "detached signature"),
            "PDF signed": (pdf_inside, "another file was signed"),
            "content damaged": (damaged, "the file inside it is damaged"),
            "invoice": (
                b'<Faktura xmlns="http://crd.gov.pl/wzor/2025/06/25/13775/"/>',
                "This is an invoice",
            ),
            "UPO": (
                b'<Potwierdzenie xmlns="http://upo.schematy.mf.gov.pl/KSeF/v4-3"/>',
                "official receipt",
            ),
            "other XML": (b"<Deklaracja/>", "another document (Deklaracja)"),
            "empty": (b" \n", "The file is empty"),
            "certificate": (certificates.certificate_pem(), "This is a certificate"),
            "private key": (certificates.key_pem(), "holds a private key"),
            "UTF-16": (text.replace("UTF-8", "UTF-16").encode("utf-16"), "(UTF-16)"),
            "letters damaged": (
                good.replace(b"Jan", b"\xb1an"),
                "damaged: they are not UTF-8",
            ),
            "breaks off": (good[: len(good) // 2], "damaged or incomplete"),
            "picture": (picture, "This is a picture"),
            "office": (b"{\\rtf1 }", "office document"),
            "text": (b"Podpisano elektronicznie.", "This is no XML file"),
            "definitions": (
                b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
                + request.partition(b"?>")[2],
                "definitions (DOCTYPE or entities)",
            ),
            "too large": (good + b" " * 1024 * 1024, "too large"),
        }

    def test_words_of_their_own(self):
        wizard = self.wizard()
        said = {}
        for name, (data, words) in self.files(wizard).items():
            with self.subTest(file=name):
                self.upload(wizard, data)
                self.assertFalse(wizard.is_good)
                self.assertIn(words, str(wizard.examination).replace("&#39;", "'"))
                self.assertNotIn("Signed by", wizard.examination)
                with self.assertRaises(UserError) as refused:
                    self.submit(wizard)
                self.assertIn(words, str(refused.exception))
                said[name] = str(refused.exception)
        self.assertGreaterEqual(len(said), 14)
        self.assertEqual(len(set(said.values())), len(said), "two mistakes share their words")
        self.assertFalse(self.calls(SIGNATURE), "nothing of it was sent")
        self.assertEqual(wizard.step, "sign")

    def test_nothing_uploaded(self):
        wizard = self.wizard()
        self.assertFalse(wizard.examination)
        with self.assertRaisesRegex(UserError, "Choose the signed file first"):
            self.submit(wizard)

    def test_opened_and_saved_again(self):
        """Pitfall 10: what an editor did to a signed file is a warning before, and KSeF's refusal
        is explained after."""
        wizard = self.wizard()
        enveloped = self.simulator.sign(self.request_of(wizard), form="enveloped")
        tree = etree.fromstring(enveloped)
        etree.indent(tree, "    ")
        self.upload(wizard, etree.tostring(tree, xml_declaration=True, encoding="UTF-8"))
        self.assertTrue(wizard.is_good)
        self.assertTrue(wizard.has_warnings)
        self.assertIn("saved", wizard.examination)
        self.submit(wizard)
        self.assertEqual(wizard.step, "refused")
        self.assertIn("opened and saved again", wizard.words)
        self.assertIn("9105", wizard.words)

    def test_what_is_in_a_file_cannot_break_the_page(self):
        """A hostile name inside a file is shown as text."""
        wizard = self.wizard()
        request = self.request_of(wizard)
        evil = request.replace(
            f"<Nip>{wizard.nip}</Nip>".encode(),
            b"<Nip>&lt;script&gt;alert(1)&lt;/script&gt;</Nip>",
        )
        self.assertNotEqual(evil, request)
        self.upload(wizard, self.simulator.sign(evil))
        self.assertFalse(wizard.is_good)
        self.assertIn("alert(1)", wizard.examination)
        self.assertNotIn("<script", wizard.examination)

    def test_a_good_file_after_wrong_ones(self):
        """Mistakes use nothing up: the right file of the same request still works."""
        wizard = self.wizard()
        for data in (b"", self.request_of(wizard), b"%PDF-1.4"):
            self.upload(wizard, data)
            with self.assertRaises(UserError):
                self.submit(wizard)
        self.upload(wizard, self.simulator.sign(self.request_of(wizard)))
        self.submit(wizard)
        wizard.live_progress()
        self.assertEqual(wizard.step, "done")
