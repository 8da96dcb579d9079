"""The pages by HTTP, over a small world of their own."""

import asyncio
import base64
import hashlib
import html
import re
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from types import SimpleNamespace
from urllib.parse import unquote

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from starlette.applications import Starlette

from simulator import api, control, faults, operations
from simulator.pages import panel, routes
from simulator.people import People
from simulator.signatures import Identity, Trust, verify

NIP = "5265877635"
DIGEST = hashlib.sha256(b"an invoice").digest()
HASH = base64.urlsafe_b64encode(DIGEST).decode().rstrip("=")
INVOICE = SimpleNamespace(
    ksef_number="5265877635-20261120-0100001AF629-AF",
    invoice_number="FV/2026/11/<7>",
    issue_date=date(2026, 11, 20),
    seller_nip=NIP,
    seller_name="Cukiernia Pod Lipą sp. z o.o.",
    buyer_name="Jan & Syn",
    buyer_id=None,
    gross=Decimal("1234567.5"),
    currency="PLN",
    invoicing_mode="Online",
    acquisition_date=datetime(2026, 11, 20, 12, 0, tzinfo=timezone.utc),
)


class World:
    """As much of the simulator as the pages ask for."""

    seed = 0
    base_url = "http://testserver"

    def __init__(self):
        self.people = People()
        self.certificates = {}

    def now(self):
        return datetime.now(timezone.utc)

    def find_invoice(self, nip, issue_date, sha256):
        found = (nip, issue_date, sha256) == (NIP, INVOICE.issue_date, DIGEST)
        return INVOICE if found else None

    def find_certificate(self, serial):
        return self.certificates.get(serial)


class Web:
    """A browser without pictures: asks the application directly and keeps its cookies."""

    def __init__(self, app):
        self.app = app
        self.cookies = httpx.Cookies()

    def get(self, path):
        return asyncio.run(self._ask("GET", path))

    def post(self, path, **content):
        return asyncio.run(self._ask("POST", path, **content))

    async def _ask(self, method, path, **content):
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://testserver", cookies=self.cookies
        ) as client:
            answer = await client.request(method, path, **content)
            self.cookies.update(client.cookies)
        return answer


@pytest.fixture
def world():
    return World()


@pytest.fixture
def web(world):
    app = Starlette(routes=routes)
    app.state.world = world
    return Web(app)


def words(answer):
    """The text of a page without its tags."""
    body = re.sub(r"<(script|style).*?</\1>", "", answer.text, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def post(web, data, name="request.xml", person="owner", **fields):
    files = {"file": (name, data, "text/xml")} if name else {"other": ("", b"")}
    return web.post("/trusted-profile", data={"person": person, **fields}, files=files)


# The practice Trusted Profile.


@pytest.mark.parametrize("form", ["", "enveloping-base64", "enveloping-xml", "enveloped"])
@pytest.mark.parametrize("person", ["owner", "accountant", "stranger"])
def test_signs_for_the_chosen_person(web, make, person, form):
    answer = post(web, make.REQUEST, person=person, **({"form": form} if form else {}))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/xml")
    signed = verify(answer.content, Trust.practice(strict=True))
    assert signed.person.pesel == People().persons[person].pesel
    assert signed.form == (form or "enveloping-base64")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("AuthTokenRequest.xml", "AuthTokenRequest-signed.xml"),
        ("Żądanie ABC.XML", "Żądanie ABC-signed.xml"),
        ("C:\\Users\\anna\\wniosek.xml", "wniosek-signed.xml"),
        ("no-ending", "no-ending-signed.xml"),
        ('a";b\r\nX-Evil: 1.xml', None),
    ],
)
def test_name_of_the_download(web, make, name, expected):
    answer = post(web, make.REQUEST, name=name)
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("attachment; filename=")
    assert "x-evil" not in answer.headers
    if expected:
        assert unquote(disposition.partition("filename*=UTF-8''")[2]) == expected


def test_clear_words_for_a_wrong_file(web, make):
    signed = post(web, make.REQUEST).content
    other = make.REQUEST.replace(b"AuthTokenRequest", b"Another")
    doctype = b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + make.REQUEST.partition(b"?>")[2]
    said = set()
    for data, expected in [
        (b"", "pusty"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04", "nie jest plik XML"),
        (doctype, "nie jest plik XML"),
        (signed, "już podpisany"),
        (make.signed(), "już podpisany"),
        (b'<Faktura xmlns="http://crd.gov.pl/wzor/2025/06/25/13775/"/>', "faktura"),
        (other, "inny plik XML"),
        (b"x" * 10_000_001, "za duży"),
    ]:
        answer = post(web, data)
        assert answer.status_code == 400
        assert expected in words(answer), expected
        assert "request.xml" in words(answer)
        said.add(re.search(r'role="alert">(.*?)</div>', answer.text, re.S).group(1).strip())
    assert len(said) == 7


def test_missing_file_or_person(web, make):
    assert "Nie wybrano pliku" in words(post(web, b"", name=""))
    assert "Wybierz osobę" in words(post(web, make.REQUEST, person="nobody"))
    assert "Nieznany kształt" in words(post(web, make.REQUEST, form="detached"))


def test_a_hostile_name_is_only_text(web):
    answer = post(web, b"", name="<script>alert(1)</script>.xml")
    assert "<script>alert" not in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_says_that_it_is_practice_in_both_languages(web):
    polish = words(web.get("/trusted-profile"))
    assert "ĆWICZENIA" in polish
    assert "To nie jest gov.pl" in polish
    english = words(web.get("/trusted-profile?lang=en"))
    assert "PRACTICE" in english
    assert "neither gov.pl" in english
    assert "PRACTICE" in words(web.get("/trusted-profile"))  # remembered
    assert "ĆWICZENIA" in words(web.get("/trusted-profile?lang=pl"))
    assert "ĆWICZENIA" in words(Web(web.app).get("/trusted-profile?lang=xx"))


def test_shows_what_each_person_may(web, world):
    world.people.add(
        {
            "key": "reader",
            "firstName": "Ewa",
            "lastName": "Maj",
            "pesel": "85510100000",
            "permissions": ["InvoiceRead"],
            "contexts": [NIP],
        }
    )
    text = words(web.get("/trusted-profile?lang=en"))
    assert "Jan Kowalski Company owner: every right" in text
    assert "Anna Nowak Accountant" in text
    assert "Piotr Zieliński No rights" in text
    assert f"Ewa Maj Selected rights InvoiceRead NIP {NIP}" in text


# KOD I.


def test_invoice_found(web):
    answer = web.get(f"/invoice/{NIP}/20-11-2026/{HASH}")
    assert answer.status_code == 200
    text = words(answer)
    for expected in (
        "Faktura jest w KSeF",
        INVOICE.ksef_number,
        "FV/2026/11/<7>",
        "20.11.2026",
        "20.11.2026 13:00:00",
        "Cukiernia Pod Lipą",
        "Jan & Syn",
        "1 234 567,50 PLN",
    ):
        assert expected in text
    assert "Identyfikator nabywcy" not in text
    assert "<7>" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        f"/invoice/{NIP}/19-11-2026/{HASH}",
        f"/invoice/1111111111/20-11-2026/{HASH}",
        f"/invoice/{NIP}/20-11-2026/{HASH.swapcase()}",
    ],
)
def test_invoice_unknown(web, path):
    answer = web.get(path)
    assert answer.status_code == 404
    assert "Faktura nie została jeszcze przesłana do KSeF" in words(answer)
    assert 'data-status="not_sent"' in answer.text
    assert "has not been sent to KSeF yet" in words(web.get(path + "?lang=en"))


@pytest.mark.parametrize(
    "path",
    [
        f"/invoice/{NIP}/2026-11-20/{HASH}",
        f"/invoice/{NIP}/31-02-2026/{HASH}",
        f"/invoice/{NIP}/20-11-2026/abc",
        f"/invoice/{NIP}/20-11-2026/%3Cb%3E",
        f"/invoice/x/20-11-2026/{HASH}",
    ],
)
def test_invoice_link_that_is_none(web, path):
    answer = web.get(path)
    assert answer.status_code == 400
    assert "link jest nieprawidłowy" in words(answer)
    assert "<b>" not in answer.text


def test_padding_of_the_hash_does_not_matter(web):
    assert web.get(f"/invoice/{NIP}/20-11-2026/{HASH}%3D").status_code == 200


# KOD II.


def kod2(key, *, host="testserver", nip=NIP, der=False, salt=32, serial="01F20A5D352AE590"):
    path = f"/certificate/Nip/{NIP}/{nip}/{serial}/{HASH}"
    data = (host + path).encode()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        value = key.sign(data, ec.ECDSA(hashes.SHA256()))
        if not der:
            r, s = utils.decode_dss_signature(value)
            value = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    else:
        scheme = padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=salt)
        value = key.sign(data, scheme, hashes.SHA256())
    return f"{path}/{base64.urlsafe_b64encode(value).decode().rstrip('=')}"


def register(world, make, key, **parts):
    entry = {"type": "Offline", "status": "Active", "identity": Identity("Nip", nip=NIP), **parts}
    entry.setdefault("certificate", make.certificate_of(key, make.SEAL))
    world.certificates["01F20A5D352AE590"] = SimpleNamespace(**entry)


def test_certificate_unknown(web, make):
    answer = web.get(kod2(make.key_of("p256")))
    assert answer.status_code == 404
    assert "Nieznany certyfikat" in words(answer)


@pytest.mark.parametrize(("kind", "der"), [("p256", False), ("p256", True), ("rsa2048", False)])
def test_certificate_confirmed(web, world, make, kind, der):
    key = make.key_of(kind)
    register(world, make, key)
    answer = web.get(kod2(key, der=der))
    assert answer.status_code == 200
    assert "Wystawca potwierdzony" in words(answer)


@pytest.mark.parametrize(
    ("registered", "link", "failed"),
    [
        ({"status": "Revoked"}, {}, "nie został odwołany"),
        ({"type": "Authentication"}, {}, "typu Offline"),
        ({"identity": Identity("Nip", nip="1111111111")}, {}, "InvoiceWrite"),
        ({}, {"nip": "1111111111"}, "Kontekst zgadza się"),
        ({}, {"host": "qr.ksef.mf.gov.pl"}, "Podpis w linku"),
        ({}, {"salt": 222}, "Podpis w linku"),
    ],
)
def test_certificate_not_confirmed(web, world, make, registered, link, failed):
    key = make.key_of("rsa2048")
    register(world, make, key, **registered)
    text = words(web.get(kod2(key, **link)))
    assert "Wystawca niepotwierdzony" in text
    assert re.search(f"{failed}[^:]*: nie", text)
    assert text.count(": nie") == 1


def test_certificate_out_of_date_or_of_a_weak_key(web, world, make):
    key = make.key_of("p256")
    old = make.certificate_of(key, start=datetime.now(timezone.utc) - timedelta(days=700))
    register(world, make, key, certificate=old)
    assert "nie został odwołany : nie" in words(web.get(kod2(key))).replace(":", " :")
    weak = make.key_of("rsa1024")
    register(world, make, weak)
    assert "niepotwierdzony" in words(web.get(kod2(weak)))
    register(world, make, make.key_of("p384"))
    assert "niepotwierdzony" in words(web.get(kod2(key)))
    register(world, make, key)
    assert "niepotwierdzony" in words(web.get(kod2(key)[:-4] + "****"))


# The panel.


def test_panel(web):
    text = words(web.get("/"))
    assert "Symulator KSeF" in text
    assert "http://testserver/v2" in text
    assert "Make trouble" in words(web.get("/?lang=en"))
    for asset in re.findall(r'(?:src|href)="(/assets/[^"]+)"', web.get("/").text):
        assert web.get(asset).status_code == 200


def test_the_levers_fit_the_control_api(web):
    """Every operation, disturbance and address on the panel is one that the simulator knows."""
    assert api.routes
    known = {operation.name for operation in operations.OPERATIONS}
    assert set(panel.OPERATIONS) <= known
    page = web.get("/").text
    assert set(re.findall(r'data-fault="(\w+)"', page)) == set(faults.KINDS)
    paths = {route.path for route in control.routes}
    assert set(re.findall(r'data-post="([^"]+)"', page)) <= paths
    script = web.get("/assets/panel.js").text
    assert set(re.findall(r'"(/control/[a-z/]+)"', script)) <= paths


def test_nothing_comes_from_outside(web):
    for path in ("/", "/trusted-profile", f"/invoice/{NIP}/20-11-2026/{HASH}"):
        assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', web.get(path).text)
    for asset in ("style.css", "panel.js", "signing.js"):
        assert "http" not in web.get(f"/assets/{asset}").text.replace("http://www.w3.org", "")
