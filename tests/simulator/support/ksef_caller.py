"""A plain caller of the API, written from the guide for these tests alone."""

import base64
import hashlib
import os
import time
from typing import Any
from xml.sax.saxutils import escape

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric import padding as asymmetric
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from ksef_running import Running
from ksef_signing import Holder

from simulator import trusted_profile

OAEP = asymmetric.OAEP(asymmetric.MGF1(hashes.SHA256()), hashes.SHA256(), None)
FORM = {"systemCode": "FA (3)", "schemaVersion": "1-0E", "value": "FA"}
PROBLEM_DETAILS = {"X-Error-Format": "problem-details"}


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def digest(data: bytes) -> str:
    return b64(hashlib.sha256(data).digest())


class Envelope:
    """A symmetric key and what it encrypts."""

    def __init__(self, key: bytes | None = None, iv: bytes | None = None) -> None:
        self.key = key or os.urandom(32)
        self.iv = iv or os.urandom(16)

    def encrypt(self, data: bytes) -> bytes:
        padder = padding.PKCS7(128).padder()
        encryptor = Cipher(algorithms.AES(self.key), modes.CBC(self.iv)).encryptor()
        return encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()


class Caller:
    def __init__(self, simulator: Running, nip: str = "9999999999") -> None:
        self.simulator = simulator
        self.nip = nip
        self.http = requests.Session()
        self.http.headers.update(PROBLEM_DETAILS)
        self.access = ""
        self.refresh = ""
        self.authentication = ""
        self.reference = ""

    def call(
        self,
        operation: str,
        body: Any = None,
        *,
        token: str | None = None,
        expect: int | tuple[int, ...] | None = None,
        **extra: Any,
    ) -> requests.Response:
        """``operation``: "GET /sessions/…" with the parameters filled in."""
        method, path = operation.split(" ", 1)
        headers = dict(extra.pop("headers", {}))
        bearer = self.access if token is None else token
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        answer = self.http.request(
            method,
            f"{self.simulator.url}/v2{path}",
            json=body,
            headers=headers,
            timeout=extra.pop("timeout", 10),
            **extra,
        )
        if expect is not None:
            expected = (expect,) if isinstance(expect, int) else expect
            assert answer.status_code in expected, answer.text
        return answer

    def json(self, operation: str, body: Any = None, **extra: Any) -> Any:
        answer = self.call(operation, body, expect=(200, 201, 202), **extra)
        return answer.json()

    # Getting access

    def challenge(self) -> dict[str, Any]:
        return self.json("POST /auth/challenge", token="")

    def public_key(self, usage: str) -> tuple[str, rsa.RSAPublicKey]:
        keys = self.json("GET /security/public-key-certificates", token="")
        newest = max(
            (key for key in keys if usage in key["usage"]), key=lambda key: key["validFrom"]
        )
        certificate = x509.load_der_x509_certificate(base64.b64decode(newest["certificate"]))
        return newest["publicKeyId"], certificate.public_key()

    def ksef_token_request(self, token: str, **changes: Any) -> dict[str, Any]:
        challenge = self.challenge()
        key_id, key = self.public_key("KsefTokenEncryption")
        timestamp = changes.pop("timestamp", challenge["timestampMs"])
        return {
            "challenge": challenge["challenge"],
            "contextIdentifier": {"type": "Nip", "value": self.nip},
            "encryptedToken": b64(key.encrypt(f"{token}|{timestamp}".encode(), OAEP)),
            "publicKeyId": key_id,
            **changes,
        }

    def auth_token_request(
        self,
        challenge: str,
        *,
        context: str | None = None,
        kind: str = "Nip",
        subject: str = "certificateSubject",
    ) -> bytes:
        return (
            '<?xml version="1.0" encoding="utf-8"?>'
            '<AuthTokenRequest xmlns="http://ksef.mf.gov.pl/auth/token/2.0">'
            f"<Challenge>{challenge}</Challenge>"
            f"<ContextIdentifier><{kind}>{context or self.nip}</{kind}></ContextIdentifier>"
            f"<SubjectIdentifierType>{subject}</SubjectIdentifierType>"
            "</AuthTokenRequest>"
        ).encode()

    def sign(self, document: bytes, person: str = "owner") -> bytes:
        world = self.simulator.world
        return trusted_profile.sign(
            document, world.people.persons[person], seed=world.seed, now=world.now()
        )

    def submit(self, signed: bytes, **query: str) -> requests.Response:
        return self.http.post(
            f"{self.simulator.url}/v2/auth/xades-signature",
            data=signed,
            params=query,
            headers={"Content-Type": "application/xml"},
            timeout=10,
        )

    def started(self, answer: requests.Response) -> None:
        assert answer.status_code == 202, answer.text
        content = answer.json()
        self.reference = content["referenceNumber"]
        self.authentication = content["authenticationToken"]["token"]

    def status(self) -> dict[str, Any]:
        return self.json(f"GET /auth/{self.reference}", token=self.authentication)

    def redeem(self) -> None:
        tokens = self.json("POST /auth/token/redeem", token=self.authentication)
        self.access = tokens["accessToken"]["token"]
        self.refresh = tokens["refreshToken"]["token"]

    def log_in(self, *permissions: str) -> "Caller":
        """With a KSeF token."""
        token = self.simulator.ksef_token(self.nip, *permissions)
        self.started(self.call("POST /auth/ksef-token", self.ksef_token_request(token), token=""))
        assert wait(self.status)["code"] == 200
        self.redeem()
        return self

    def log_in_as(self, person: str, **request: str) -> "Caller":
        """With the Trusted Profile."""
        document = self.auth_token_request(self.challenge()["challenge"], **request)
        self.started(self.submit(self.sign(document, person)))
        assert wait(self.status)["code"] == 200
        self.redeem()
        return self

    def present(self, holder: Holder, **request: str) -> requests.Response:
        """Sends a request signed with a certificate."""
        document = self.auth_token_request(self.challenge()["challenge"], **request)
        return self.submit(holder.sign(document))

    def outcome_with(self, holder: Holder, **request: str) -> dict[str, Any]:
        """The status in which a login with a certificate ends."""
        self.started(self.present(holder, **request))
        return wait(self.status)

    def log_in_with(self, holder: Holder, **request: str) -> "Caller":
        outcome = self.outcome_with(holder, **request)
        assert outcome["code"] == 200, outcome
        self.redeem()
        return self

    # Sending

    def session_request(self, envelope: Envelope, **changes: Any) -> dict[str, Any]:
        key_id, key = self.public_key("SymmetricKeyEncryption")
        encryption = {
            "encryptedSymmetricKey": b64(key.encrypt(envelope.key, OAEP)),
            "initializationVector": b64(envelope.iv),
            "publicKeyId": key_id,
            **changes,
        }
        return {"formCode": dict(FORM), "encryption": encryption}

    def open(self) -> "Sending":
        envelope = Envelope()
        opened = self.json("POST /sessions/online", self.session_request(envelope))
        return Sending(self, opened["referenceNumber"], envelope)


class Sending:
    """One interactive session."""

    def __init__(self, caller: Caller, reference: str, envelope: Envelope) -> None:
        self.caller = caller
        self.reference = reference
        self.envelope = envelope

    def request(self, xml: bytes, **changes: Any) -> dict[str, Any]:
        encrypted = changes.pop("encrypted", None) or self.envelope.encrypt(xml)
        return {
            "invoiceHash": digest(xml),
            "invoiceSize": len(xml),
            "encryptedInvoiceHash": digest(encrypted),
            "encryptedInvoiceSize": len(encrypted),
            "encryptedInvoiceContent": b64(encrypted),
            **changes,
        }

    def post(self, request: dict[str, Any], **extra: Any) -> requests.Response:
        return self.caller.call(
            f"POST /sessions/online/{self.reference}/invoices", request, **extra
        )

    def send(self, xml: bytes, **changes: Any) -> str:
        answer = self.post(self.request(xml, **changes), expect=202)
        return answer.json()["referenceNumber"]

    def invoice(self, reference: str) -> dict[str, Any]:
        return self.caller.json(f"GET /sessions/{self.reference}/invoices/{reference}")

    def outcome(self, xml: bytes, **changes: Any) -> dict[str, Any]:
        """Sends, waits and gives the invoice's status answer."""
        reference = self.send(xml, **changes)
        wait(lambda: self.invoice(reference))
        return self.invoice(reference)

    def close(self) -> None:
        self.caller.call(f"POST /sessions/online/{self.reference}/close", expect=204)

    def status(self) -> dict[str, Any]:
        return self.caller.json(f"GET /sessions/{self.reference}")


def wait(status: Any, seconds: float = 5) -> dict[str, Any]:
    """Asks until the status is final."""
    deadline = time.monotonic() + seconds
    while (found := status()["status"])["code"] in (100, 150, 170):
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return found


def fa3(
    *,
    number: str = "FV/2026/1",
    issued: str = "2026-11-20",
    seller: str = "9999999999",
    buyer: str = "1111111111",
    kind: str = "VAT",
    item: str = "Usługa",
    currency: str = "PLN",
    net: str = "100.00",
    vat: str = "23.00",
    gross: str = "123.00",
    after_fa: str = "",
    third: str = "",
) -> bytes:
    """A small valid FA(3) invoice."""
    in_pln = "" if currency == "PLN" else f"<P_14_1W>{vat}</P_14_1W>"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Faktura xmlns="http://crd.gov.pl/wzor/2025/06/25/13775/">
<Naglowek><KodFormularza kodSystemowy="FA (3)" wersjaSchemy="1-0E">FA</KodFormularza>
<WariantFormularza>3</WariantFormularza>
<DataWytworzeniaFa>2026-11-20T08:00:00Z</DataWytworzeniaFa></Naglowek>
<Podmiot1><DaneIdentyfikacyjne><NIP>{seller}</NIP><Nazwa>Sprzedawca sp. z o.o.</Nazwa>
</DaneIdentyfikacyjne><Adres><KodKraju>PL</KodKraju><AdresL1>ul. Prosta 1</AdresL1></Adres>
</Podmiot1>
<Podmiot2><DaneIdentyfikacyjne><NIP>{buyer}</NIP><Nazwa>Nabywca S.A.</Nazwa>
</DaneIdentyfikacyjne><Adres><KodKraju>PL</KodKraju><AdresL1>ul. Krzywa 2</AdresL1></Adres>
<JST>2</JST><GV>2</GV></Podmiot2>{third}
<Fa><KodWaluty>{currency}</KodWaluty><P_1>{issued}</P_1><P_2>{escape(number)}</P_2>
<P_13_1>{net}</P_13_1><P_14_1>{vat}</P_14_1>{in_pln}<P_15>{gross}</P_15>
<Adnotacje><P_16>2</P_16><P_17>2</P_17><P_18>2</P_18><P_18A>2</P_18A>
<Zwolnienie><P_19N>1</P_19N></Zwolnienie>
<NoweSrodkiTransportu><P_22N>1</P_22N></NoweSrodkiTransportu><P_23>2</P_23>
<PMarzy><P_PMarzyN>1</P_PMarzyN></PMarzy></Adnotacje><RodzajFaktury>{kind}</RodzajFaktury>
<FaWiersz><NrWierszaFa>1</NrWierszaFa><P_7>{item}</P_7><P_8A>szt.</P_8A><P_8B>1</P_8B>
<P_9A>{net}</P_9A><P_11>{net}</P_11><P_12>23</P_12></FaWiersz></Fa>{after_fa}
</Faktura>""".encode()


THIRD_PARTY = """
<Podmiot3><DaneIdentyfikacyjne><NIP>{nip}</NIP><Nazwa>Faktor S.A.</Nazwa></DaneIdentyfikacyjne>
<Adres><KodKraju>PL</KodKraju><AdresL1>ul. Inna 3</AdresL1></Adres><Rola>1</Rola></Podmiot3>"""
