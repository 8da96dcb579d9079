"""The frame of every page: language, headers, templates."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

HERE = Path(__file__).parent
LANGUAGES = ("pl", "en")

_TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def language(request: Request) -> str:
    """ "pl" or "en": what the address says, else what was chosen before, else Polish."""
    wanted = request.query_params.get("lang") or request.cookies.get("lang")
    return wanted if wanted in LANGUAGES else "pl"


def chooser(lang: str) -> Callable[[str, str], str]:
    """The function that picks the Polish or the English text."""
    return lambda polish, english: english if lang == "en" else polish


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page; the template gets `t(polish, english)`, `lang` and the two language addresses."""
    lang = language(request)
    path = request.url.path
    switch = {code: f"{path}?{urlencode({'lang': code})}" for code in LANGUAGES}
    html = _TEMPLATES.get_template(template).render(
        t=chooser(lang), lang=lang, switch=switch, path=path, **values
    )
    response = HTMLResponse(html, status_code=status, headers=_HEADERS)
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie("lang", lang, samesite="lax", httponly=True)
    return response
