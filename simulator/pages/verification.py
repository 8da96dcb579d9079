"""The pages that a reader of the QR codes sees."""

import base64
import binascii
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from .certificate_link import CertificateLink, check
from .layout import render

_WARSAW = ZoneInfo("Europe/Warsaw")
_DATE = re.compile(r"(\d{2})-(\d{2})-(\d{4})")


async def show_invoice(request: Request) -> Response:
    """GET /invoice/{nip}/{DD-MM-YYYY}/{hash}: KOD I."""
    parts = request.path_params
    issue_date, digest = _date(parts["date"]), _base64url(parts["hash"])
    good = re.fullmatch(r"\d{10}", parts["nip"]) and issue_date and digest and len(digest) == 32
    if not good:
        return render(request, "invoice.html", 400, outcome="bad_link", facts=[], **_seen(parts))
    invoice = request.app.state.world.find_invoice(parts["nip"], issue_date, digest)
    if invoice is None:
        return render(request, "invoice.html", 404, outcome="not_sent", facts=[], **_seen(parts))
    corrected = getattr(invoice, "corrected", False)
    return render(
        request,
        "invoice.html",
        outcome="corrected" if corrected else "found",
        facts=_facts(invoice),
        number=invoice.ksef_number,
        newer=_path(invoice) if corrected else "",
        **_seen(parts),
    )


async def show_certificate(request: Request) -> Response:
    """GET /certificate/…: KOD II."""
    link = CertificateLink(host=request.url.netloc, **request.path_params)
    checks = check(link, request.app.state.world)
    return render(
        request,
        "certificate.html",
        200 if all(c.passed for c in checks) else 404,
        checks=checks,
        link=link,
        good=all(c.passed for c in checks),
    )


def _path(invoice: Any) -> str:
    """Of the page that the invoice's own code leads to."""
    digest = base64.urlsafe_b64encode(invoice.sha256).decode().rstrip("=")
    return f"/invoice/{invoice.seller_nip}/{invoice.issue_date:%d-%m-%Y}/{digest}"


def _seen(parts: dict[str, str]) -> dict[str, str]:
    return {"nip": parts["nip"], "date": parts["date"], "hash": parts["hash"]}


def _date(text: str) -> date | None:
    found = _DATE.fullmatch(text)
    if not found:
        return None
    day, month, year = (int(part) for part in found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _base64url(text: str) -> bytes | None:
    if not re.fullmatch(r"[A-Za-z0-9_-]+={0,2}", text):
        return None
    text = text.rstrip("=")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None


def _facts(invoice: Any) -> list[tuple[str, str]]:
    """(name of the line, text); what the simulator does not know is left out."""
    lines = []
    for name in (
        "ksef_number",
        "invoice_number",
        "issue_date",
        "seller_name",
        "seller_nip",
        "buyer_name",
        "buyer_id",
        "gross",
        "acquisition_date",
        "invoicing_mode",
    ):
        value = getattr(invoice, name, None)
        if value in (None, ""):
            continue
        if isinstance(value, datetime):
            value = value.astimezone(_WARSAW).strftime("%d.%m.%Y %H:%M:%S")
        elif isinstance(value, date):
            value = value.strftime("%d.%m.%Y")
        elif name == "gross":
            value = f"{_amount(Decimal(value))} {getattr(invoice, 'currency', None) or 'PLN'}"
        lines.append((name, str(value)))
    return lines


def _amount(value: Decimal) -> str:
    """As amounts are written in Poland: 1 234,50."""
    return f"{value:,.2f}".replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")
