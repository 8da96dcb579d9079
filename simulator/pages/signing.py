"""The practice Trusted Profile: choose a person, upload the request, get the signed file."""

import re
from typing import Any
from urllib.parse import quote

from lxml import etree
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from .. import trusted_profile
from ..people import ACCOUNTANT, OWNER, People, Person
from ..trusted_profile import WrongFile, read_xml
from .layout import render

FORMS = ("enveloping-base64", "enveloping-xml", "enveloped")
_REQUEST = re.compile(r"\{http://ksef\.mf\.gov\.pl/auth/token/2\.[01]\}AuthTokenRequest")
_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"


async def show_form(request: Request) -> Response:
    """GET /trusted-profile"""
    return _form(request)


async def sign_file(request: Request) -> Response:
    """POST /trusted-profile: multipart `person`, `file` and, if wished, `form`."""
    people: People = request.app.state.world.people
    async with request.form(max_files=1, max_fields=10) as sent:
        chosen = str(sent.get("person") or "")
        form = str(sent.get("form") or FORMS[0])
        person = people.persons.get(chosen)
        upload = sent.get("file")
        if person is None:
            return _form(request, problem="no_person", form=form)
        if not isinstance(upload, UploadFile) or not upload.filename:
            return _form(request, problem="no_file", chosen=chosen, form=form)
        name = upload.filename
        data = await upload.read(trusted_profile.MAX_BYTES + 1)
    try:
        _check_request(data)
        if form not in FORMS:
            raise WrongFile("form")
        world = request.app.state.world
        signed = trusted_profile.sign(data, person, form, seed=world.seed, now=world.now())
    except WrongFile as wrong:
        return _form(request, problem=wrong.kind, chosen=chosen, form=form, name=name)
    return Response(
        signed,
        media_type="application/xml",
        headers={
            "Content-Disposition": _disposition(name),
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


def _check_request(data: bytes) -> None:
    """WrongFile for everything that a newcomer may take for the request by mistake."""
    if data.startswith(b"%PDF"):
        raise WrongFile("pdf")
    root = read_xml(data)
    if next(root.iter(_SIGNATURE), None) is not None:
        raise WrongFile("signed")
    if not _REQUEST.fullmatch(root.tag):
        raise WrongFile("invoice" if etree.QName(root).localname == "Faktura" else "not_request")


def _disposition(name: str) -> str:
    """`<name>-signed.xml`, in a form that no header can be broken out of."""
    stem = re.split(r"[\\/]", name)[-1]
    stem = re.sub(r"\.xml$", "", stem, flags=re.IGNORECASE)
    stem = re.sub(r"[\x00-\x1f\x7f]", "", stem)[:100] or "AuthTokenRequest"
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", stem)
    return (
        f'attachment; filename="{plain}-signed.xml"; '
        f"filename*=UTF-8''{quote(stem + '-signed.xml', safe='')}"
    )


def _form(
    request: Request,
    *,
    problem: str = "",
    chosen: str = "owner",
    form: str = FORMS[0],
    name: str = "",
) -> Response:
    people: People = request.app.state.world.people
    if form not in FORMS:
        form = FORMS[0]
    return render(
        request,
        "signing.html",
        400 if problem else 200,
        persons=[_card(people, person) for person in people.persons.values()],
        problem=problem,
        chosen=chosen,
        form=form,
        forms=FORMS,
        name=name,
        megabytes=trusted_profile.MAX_BYTES // 1_000_000,
    )


def _card(people: People, person: Person) -> dict[str, Any]:
    """A person as the page shows her, with her rights in one word."""
    grants = [g for g in people.grants if (g.kind, g.value) == ("Pesel", person.pesel)]
    permissions = frozenset(p for g in grants for p in g.permissions)
    contexts = sorted({g.context for g in grants if g.context})
    everywhere = any(g.context is None for g in grants)
    if permissions >= OWNER:
        role = "owner"
    elif permissions == ACCOUNTANT:
        role = "accountant"
    elif permissions:
        role = "some"
    else:
        role = "sole_trader" if person.nip else "none"
    return {
        "key": person.key,
        "name": person.name,
        "pesel": person.pesel,
        "nip": person.nip,
        "role": role,
        "permissions": sorted(permissions),
        "contexts": [] if everywhere else contexts,
    }
