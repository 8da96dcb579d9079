"""Tells which other kind of file was uploaded instead of a signed XML.

Everything here looks at bytes only; nothing is unpacked and nothing is executed.
"""

from __future__ import annotations

import base64
import binascii
import re

from cryptography import x509

from ..problems import Problem
from ..words import _

MAX_BYTES = 1024 * 1024
# A signed request has some hundreds of tags.  Canonical forms take time in proportion to their
# product, so a file made for the purpose could keep a server busy for minutes.
_MAX_TAGS = 4_000
_MAX_ATTRIBUTES = 10_000
_MAX_NAMESPACES = 200

_UTF8_BOM = b"\xef\xbb\xbf"
_OTHER_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
# an XML document of which every letter is preceded or followed by a zero byte
_WIDE_XML = (b"<\x00", b"\x00<", b"\x00\x00\x00<")
_IMAGES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RTF = b"{\\rtf"
_SIGNED_DATA_OID = bytes.fromhex("06092a864886f70d010702")
_DECLARED_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]+)["']""")
_PEM_LABEL = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----")


def not_xml(data: bytes) -> Problem | None:
    """Return what the file is when it is no XML in UTF-8, None when it may be one."""
    if not data.strip(b" \t\r\n\0" + _UTF8_BOM):
        return _wall(
            "empty_file",
            _(
                "The file is empty. Download the signed file from the signing page again and"
                " upload that one."
            ),
        )
    if len(data) > MAX_BYTES:
        return Problem(
            "wall",
            "too_large",
            _(
                "The file is too large (%(size)s kB): a signed request has some ten kB. Choose the"
                " file that the signing page gave you."
            ),
            {"size": len(data) // 1024},
        )
    known = _container(data) or _key_material(data) or _page(data)
    if known:
        return known
    wrong_encoding = _encoding(data)
    if wrong_encoding:
        return wrong_encoding
    if not data.lstrip(_UTF8_BOM + b" \t\r\n").startswith(b"<"):
        return _wall(
            "not_xml",
            _(
                "This is no XML file. Choose the signed file as the signing page gave it to you;"
                " its name ends in .xml."
            ),
        )
    return too_complex(data)


def too_complex(data: bytes) -> Problem | None:
    """Return a wall when XML has more parts than any signed request, None if it has not."""
    parts = ((b"<", _MAX_TAGS), (b"=", _MAX_ATTRIBUTES), (b"xmlns", _MAX_NAMESPACES))
    if all(data.count(mark) <= limit for mark, limit in parts):
        return None
    return _wall(
        "too_complex",
        _(
            "The file has far more parts than a signed request, so it was not read. Choose the"
            " signed file as the signing page gave it to you."
        ),
    )


def other_kind(data: bytes) -> Problem | None:
    """Return what a file inside a signature is, when it is no XML that a person meant to sign."""
    return _container(data) or _key_material(data) or _page(data)


def has_byte_order_mark(data: bytes) -> bool:
    return data.startswith(_UTF8_BOM)


def _wall(code: str, text: str) -> Problem:
    return Problem("wall", code, text)


def _container(data: bytes) -> Problem | None:
    if b"%PDF-" in data[:1024]:
        return _wall(
            "pdf_file",
            _(
                "This is a PDF. KSeF takes only the XML with its signature inside. On the signing"
                " page choose the XML file you downloaded here, not a PDF, and upload the XML it"
                " gives back."
            ),
        )
    if data.startswith(_PACKED):
        if b"vnd.etsi.asic" in data[:200] or b"META-INF/" in data:
            return _wall(
                "asic_container",
                _(
                    "This is a signature container (ASiC, a ZIP with the signature beside the"
                    " document). KSeF takes only XAdES inside the XML. In the signing program"
                    " choose the format XAdES, enveloped, and sign the downloaded file anew."
                ),
            )
        return _wall(
            "zip_file",
            _(
                "This is a packed file (ZIP or the like) or an office document. If the signed XML"
                " file lies in it, unpack it and upload that one."
            ),
        )
    if data.startswith(_IMAGES):
        return _wall(
            "image_file",
            _(
                "This is a picture. Upload the signed XML file that the signing page gave you, not"
                " a screenshot or a scan of it."
            ),
        )
    if data.startswith((_OLE, _RTF)):
        return _office()
    return None


def _key_material(data: bytes) -> Problem | None:
    label = _PEM_LABEL.search(data[:4096])
    if label:
        return _pem(label.group(1).decode("ascii"))
    der = data
    text = b"".join(data[:8192].split())
    if text.startswith(b"MI"):
        # DER always begins so in Base64; mail programs and some signing programs write it
        try:
            der = base64.b64decode(b"".join(data.split()), validate=True)
        except (binascii.Error, ValueError):
            return None
    if len(der) < 16 or der[0] != 0x30:
        return None
    if _SIGNED_DATA_OID in der[:32]:
        return _detached_cms()
    content = der[2 + (der[1] & 0x0F if der[1] & 0x80 else 0) :]
    if content.startswith(b"\x02\x01\x03\x30"):
        return _private_key()
    if content.startswith((b"\x02\x01\x00\x30", b"\x02\x01\x00\x02", b"\x02\x01\x01\x04")):
        return _private_key()
    try:
        x509.load_der_x509_certificate(der)
    except (ValueError, x509.InvalidVersion):
        return None
    return _certificate()


def _pem(label: str) -> Problem | None:
    if "PRIVATE KEY" in label:
        return _private_key()
    if label in ("PKCS7", "CMS", "PGP SIGNATURE", "PGP SIGNED MESSAGE"):
        return _detached_cms()
    return _certificate()


def _office() -> Problem:
    return _wall(
        "office_file",
        _(
            "This is an office document. The downloaded request must not be opened in another"
            " program: sign it as it is and upload the signed XML file."
        ),
    )


def _detached_cms() -> Problem:
    return _wall(
        "cms_signature",
        _(
            "This is a signature of another kind (CAdES/PKCS#7, often .p7s or .sig). KSeF takes"
            " only XAdES inside the XML. In the signing program choose the format XAdES, enveloped,"
            " and sign the downloaded file anew."
        ),
    )


def _private_key() -> Problem:
    return _wall(
        "private_key",
        _(
            "This file holds a private key. It was not stored; never pass it on. Upload the signed"
            " XML file here, or choose the certificate as the way to authorise."
        ),
    )


def _certificate() -> Problem:
    return _wall(
        "certificate_file",
        _(
            "This is a certificate, not a signed file. Sign the downloaded request and upload the"
            " XML file that the signing page or program gives you."
        ),
    )


def _page(data: bytes) -> Problem | None:
    start = data[:4096].lstrip(_UTF8_BOM + b" \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")) or b"<html" in start[:2048]:
        return _wall(
            "html_page",
            _(
                "This is a web page that the browser saved, not the signed file. On the signing"
                " page use its download button and upload the XML file it gives you."
            ),
        )
    return None


def _encoding(data: bytes) -> Problem | None:
    declared = _DECLARED_ENCODING.search(data[:1024])
    name = declared.group(1).decode("ascii").lower() if declared else "utf-8"
    if data.startswith(_OTHER_BOMS) or data[:4].startswith(_WIDE_XML):
        name = "utf-16"
    if name not in ("utf-8", "utf8", "us-ascii", "ascii"):
        return Problem(
            "wall",
            "wrong_encoding",
            _(
                "The file's letters are written in another way (%(encoding)s) than KSeF reads"
                " (UTF-8). It was probably opened and saved in another program. Get a new request,"
                " sign it without opening it and upload what the signing page gives you."
            ),
            {"encoding": name.upper()},
        )
    if not data.lstrip(_UTF8_BOM + b" \t\r\n").startswith(b"<"):
        return None
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _wall(
            "encoding_damaged",
            _(
                "The file's letters are damaged: they are not UTF-8. It was probably opened and"
                " saved in another program. Get a new request, sign it without opening it and"
                " upload what the signing page gives you."
            ),
        )
    return None
