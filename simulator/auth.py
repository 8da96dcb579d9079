"""Getting access: challenge, signature or KSeF token, status, tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from simulator import (
    auth_request,
    contexts,
    ksef_tokens,
    public_keys,
    references,
    tokens,
)
from simulator.certificates import authority, names, register
from simulator.clock import iso, iso_or_none, milliseconds
from simulator.errors import BadRequest, Gone
from simulator.operations import Answer, Call, operation
from simulator.reading import Fields, invalid
from simulator.records import Authentication, Challenge, KsefCertificate, KsefToken, Subject
from simulator.signatures import Identity, SignatureRefused, Signed, Trust, verify

if TYPE_CHECKING:
    from simulator.world import World

CHALLENGE_LIFETIME = timedelta(minutes=10)
STATUS_RETENTION = timedelta(days=7)

METHODS = {
    "Token": ("Token", "token.ksef", "Token KSeF"),
    "TrustedProfile": ("XadesSignature", "xades.trusted-profile", "Profil Zaufany"),
    "InternalCertificate": ("XadesSignature", "xades.internal-certificate", "Certyfikat KSeF"),
    "QualifiedSignature": ("XadesSignature", "xades.qualified-signature", "Podpis kwalifikowany"),
    "QualifiedSeal": ("XadesSignature", "xades.qualified-seal", "Pieczęć kwalifikowana"),
    "PersonalSignature": ("XadesSignature", "xades.personal-signature", "Podpis osobisty"),
    "PeppolSignature": ("XadesSignature", "xades.peppol", "Podpis dostawcy usług Peppol"),
}
_IN_PROGRESS = (100, "Uwierzytelnianie w toku")
OUTCOMES = {
    200: "Uwierzytelnianie zakończone sukcesem",
    415: "Uwierzytelnianie zakończone niepowodzeniem",
    425: "Uwierzytelnienie unieważnione",
    450: "Uwierzytelnianie zakończone niepowodzeniem z powodu błędnego tokenu",
    460: "Uwierzytelnianie zakończone niepowodzeniem z powodu błędu certyfikatu",
    480: "Uwierzytelnienie zablokowane",
}
_BLOCKED = (
    "Podejrzenie incydentu bezpieczeństwa. Skontaktuj się z Ministerstwem Finansów przez "
    "formularz zgłoszeniowy."
)
_REVOKED = "Uwierzytelnienie i powiązane refresh tokeny zostały unieważnione przez użytkownika"


@operation("POST /auth/challenge", group="anonymous", token=())
def challenge(call: Call) -> Answer:
    world = call.world
    made = Challenge(references.reference(references.CHALLENGE, call.now, world.random), call.now)
    world.store.save(made)
    return Answer(
        200,
        {
            "challenge": made.id,
            "timestamp": iso(made.created),
            "timestampMs": milliseconds(made.created),
            "clientIp": call.address,
        },
    )


@operation("POST /auth/xades-signature", group="anonymous", token=())
def with_signature(call: Call) -> Answer:
    world = call.world
    try:
        signed = verify(call.body, _trust(call))
    except SignatureRefused as refused:
        raise BadRequest(refused.code, *([refused.details] if refused.details else [])) from refused
    own = register.issued(world, signed.certificate)
    if own is not None and own.type == "Offline":
        raise BadRequest(21115, "Certyfikat typu Offline nie służy do uwierzytelniania.")
    request = auth_request.read(signed.xml)
    if not contexts.may_be_entered(world, request.context_type, request.context):
        raise BadRequest(21117)
    made = _challenge(world, request.challenge, call.now)
    identity = _signer(signed, own, by_fingerprint=request.subject_type == "certificateFingerprint")
    permissions = world.people.permissions(identity, request.context, request.context_type)
    outcome, details = 200, []
    if contexts.login_blocked(world, request.context_type, request.context):
        outcome, details = 480, [_BLOCKED]
    elif signed.method == "InternalCertificate" and (problem := _problem_of(own, call.now)):
        outcome, details = 460, [problem]
    elif not permissions:
        outcome, details = 415, ["Brak przypisanych uprawnień"]
    if own is not None and outcome == 200:
        own.last_use = call.now
        world.store.save(own)
    return _started(
        call,
        made,
        Authentication(
            id=references.reference(references.AUTHENTICATION, call.now, world.random),
            created=call.now,
            ready_at=call.now + timedelta(seconds=world.settings.auth_delay),
            context_type=request.context_type,
            context=request.context,
            method=signed.method,
            subject=Subject(
                identity.kind,
                identity.value,
                identity.first_name,
                identity.last_name,
                identity.organisation,
            ),
            permissions=sorted(permissions) if outcome == 200 else [],
            outcome=outcome,
            outcome_details=details,
            document_hash=base64.b64encode(hashlib.sha256(call.body).digest()).decode(),
            allowed_ips=request.allowed_ips,
            certificate_data=names.of_signature(signed.certificate, identity, signed.method),
        ),
        list(signed.warnings),
    )


def _signer(signed: Signed, own: KsefCertificate | None, *, by_fingerprint: bool) -> Identity:
    """A KSeF certificate carries the identity that it was issued for, even a fingerprint."""
    if own is not None and (own.subject.kind == "Fingerprint" or not by_fingerprint):
        return identity_of(own.subject)
    if not by_fingerprint:
        return signed.person
    if signed.method == "TrustedProfile":
        raise BadRequest(21406)
    return signed.person.by_fingerprint()


def _problem_of(own: KsefCertificate | None, now: datetime) -> str:
    """Why a KSeF certificate does not log in; "" when it does."""
    if own is None:
        return "Niepoprawny certyfikat"
    if now < own.valid_from:
        return "Nieważny certyfikat"
    return {
        "Active": "",
        "Expired": "Nieważny certyfikat",
        "Revoked": "Certyfikat odwołany",
        "Blocked": "Certyfikat zawieszony",
    }[register.status(own, now)]


@operation("POST /auth/ksef-token", group="anonymous", token=())
def with_ksef_token(call: Call) -> Answer:
    world = call.world
    body = Fields.of_body(call.body)
    text = body.text("challenge", shortest=36, longest=36)
    context = body.object("contextIdentifier")
    context_type = context.choice("type", contexts.TYPES)
    context_value = context.text("value")
    if not contexts.looks_right(context_type, context_value):
        raise invalid("contextIdentifier.value", "Nieprawidłowy identyfikator kontekstu.")
    encrypted = body.data("encryptedToken")
    key_id = body.optional_text("publicKeyId", longest=44)
    allowed_ips = _policy(body)
    made = _challenge(world, text, call.now)
    outcome, token, problem = _open_token(
        world, encrypted, key_id, made, (context_type, context_value)
    )
    if contexts.login_blocked(world, context_type, context_value):
        outcome, problem = 480, _BLOCKED
    if token is not None and outcome == 200:
        token.last_use = call.now
        world.store.save(token)
    return _started(
        call,
        made,
        Authentication(
            id=references.reference(references.AUTHENTICATION, call.now, world.random),
            created=call.now,
            ready_at=call.now + timedelta(seconds=world.settings.auth_delay),
            context_type=context_type,
            context=context_value,
            method="Token",
            subject=token.author if token else Subject("Nip", context_value),
            permissions=sorted(token.permissions) if token else [],
            outcome=outcome,
            outcome_details=[problem] if problem else [],
            ksef_token=token.id if token else "",
            allowed_ips=allowed_ips,
        ),
        [],
    )


@operation("GET /auth/{referenceNumber}", group="anonymous", token=(tokens.AUTHENTICATION,))
def status(call: Call) -> Answer:
    asked = call.world.store.get(Authentication, call.path["referenceNumber"])
    if asked is None or asked is not call.caller:
        raise _unknown(call.path["referenceNumber"])
    if call.now - asked.created > STATUS_RETENTION:
        raise Gone("Status operacji nie jest już dostępny.")
    return Answer(200, as_json(asked, call.now))


@operation("POST /auth/token/redeem", group="anonymous", token=(tokens.AUTHENTICATION,))
def redeem(call: Call) -> Answer:
    world, own = call.world, call.caller
    code = status_of(own, call.now)[0]
    if code != 200:
        raise BadRequest(
            21301, f"Status uwierzytelniania ({code}) nie pozwala na pobranie tokenów."
        )
    _refuse_revoked_token(world, own)
    if own.redeemed_at is not None:
        raise BadRequest(
            21301, f"Tokeny dla operacji uwierzytelniania {own.id} zostały już pobrane."
        )
    own.redeemed_at = call.now
    own.refresh_valid_until = call.now + tokens.REFRESH_LIFETIME
    world.store.save(own)
    return Answer(
        200,
        {
            "accessToken": access_token(world, own, call.now),
            "refreshToken": _token(world, own, call.now, tokens.REFRESH, own.refresh_valid_until),
        },
    )


@operation("POST /auth/token/refresh", group="anonymous", token=(tokens.REFRESH,))
def refresh(call: Call) -> Answer:
    world, own = call.world, call.caller
    code = status_of(own, call.now)[0]
    if code == 200 and contexts.login_blocked(world, own.context_type, own.context):
        code = 480
    if code != 200:
        raise BadRequest(
            21301,
            f"Status uwierzytelniania ({code}) nie pozwala na odświeżenie tokenu dostępowego.",
        )
    _refuse_revoked_token(world, own)
    own.permissions = sorted(current_permissions(world, own))
    own.last_refresh = call.now
    world.store.save(own)
    return Answer(200, {"accessToken": access_token(world, own, call.now)})


def status_of(one: Authentication, now: datetime) -> tuple[int, str, list[str]]:
    if one.revoked:
        return 425, OUTCOMES[425], [_REVOKED]
    if now < one.ready_at:
        return *_IN_PROGRESS, []
    return one.outcome, OUTCOMES[one.outcome], one.outcome_details


def as_json(one: Authentication, now: datetime) -> dict[str, Any]:
    code, description, details = status_of(one, now)
    category, method_code, name = METHODS[one.method]
    shown: dict[str, Any] = {"code": code, "description": description}
    if details:
        shown["details"] = details
    content: dict[str, Any] = {
        "startDate": iso(one.created),
        "authenticationMethod": one.method,
        "authenticationMethodInfo": {
            "category": category,
            "code": method_code,
            "displayName": name,
        },
        "status": shown,
    }
    if code == 200:
        content["isTokenRedeemed"] = one.redeemed_at is not None
        if one.last_refresh:
            content["lastTokenRefreshDate"] = iso_or_none(one.last_refresh)
        if one.refresh_valid_until:
            content["refreshTokenValidUntil"] = iso_or_none(one.refresh_valid_until)
    return content


def current_permissions(world: World, one: Authentication) -> set[str]:
    """A KSeF token keeps what it was made with; a person may have gained or lost rights."""
    if one.method == "Token":
        return set(one.permissions)
    return world.people.permissions(identity_of(one.subject), one.context, one.context_type)


def is_owner(world: World, one: Authentication) -> bool:
    return (
        one.method != "Token"
        and one.context_type == "Nip"
        and world.people.is_owner(identity_of(one.subject), one.context)
    )


def access_token(world: World, one: Authentication, now: datetime) -> dict[str, str]:
    return _token(world, one, now, tokens.ACCESS, now + tokens.ACCESS_LIFETIME)


def identity_of(subject: Subject) -> Identity:
    return Identity(
        kind=subject.kind,
        first_name=subject.first_name,
        last_name=subject.last_name,
        pesel=subject.value if subject.kind == "Pesel" else "",
        nip=subject.value if subject.kind == "Nip" else "",
        fingerprint=subject.value if subject.kind == "Fingerprint" else "",
        organisation=subject.organisation,
    )


def _trust(call: Call) -> Trust:
    """verifyCertificateChain=true asks for the strictness of production."""
    asked = call.query.get("verifyCertificateChain", ["false"])[0].lower() == "true"
    return Trust.practice(
        call.world.seed,
        strict=asked or call.world.settings.strict_certificates,
        internal=(authority.authority(call.world.seed)[1],),
        now=call.now,
    )


def _challenge(world: World, text: str, now: datetime) -> Challenge:
    made = world.store.get(Challenge, text)
    if made is None or made.used or now - made.created > CHALLENGE_LIFETIME:
        raise BadRequest(21111)
    return made


def _started(call: Call, made: Challenge, one: Authentication, warnings: list[str]) -> Answer:
    world = call.world
    made.used = True
    world.store.save(made)
    world.store.save(one)
    expires = call.now + tokens.AUTHENTICATION_LIFETIME
    answer = Answer(
        202,
        {
            "referenceNumber": one.id,
            "authenticationToken": _token(world, one, call.now, tokens.AUTHENTICATION, expires),
        },
    )
    if warnings:
        answer.headers["X-System-Warning"] = " | ".join(warnings)
    return answer


def _token(
    world: World, one: Authentication, now: datetime, kind: str, expires: datetime
) -> dict[str, str]:
    claims: dict[str, Any] = {"operation-reference-number": one.id}
    if kind == tokens.ACCESS:
        claims |= {
            "context-identifier-type": one.context_type,
            "context-identifier-value": one.context,
            "authentication-method": one.method,
            "per": one.permissions,
        }
    token = tokens.issue(kind, claims, now, expires, world.next_serial(), world.token_secret)
    return {"token": token, "validUntil": iso(expires)}


def _open_token(
    world: World,
    encrypted: bytes,
    key_id: str | None,
    made: Challenge,
    context: tuple[str, str],
) -> tuple[int, KsefToken | None, str]:
    """Outcome, token and what is wrong with it.  Only the key's id is refused at once (21470)."""
    try:
        plain = public_keys.decrypt(world, encrypted, public_keys.FOR_TOKENS, key_id)
    except ValueError:
        return 450, None, "Nieprawidłowe szyfrowanie tokena"
    try:
        text, _, timestamp = plain.decode("ascii").rpartition("|")
    except UnicodeDecodeError:
        return 450, None, "Nieprawidłowe kodowanie tokena"
    if not timestamp.isdigit():
        return 450, None, "Nieprawidłowe kodowanie tokena"
    if int(timestamp) != milliseconds(made.created):
        return 450, None, "Nieprawidłowy czas tokena"
    token = world.store.get(KsefToken, text.split("|")[0])
    secret_hash = hashlib.sha256(text.encode()).hexdigest()
    if token is None or not hmac.compare_digest(token.secret_hash, secret_hash):
        return 450, None, "Nieprawidłowy token"
    state = ksef_tokens.status(token, world.now())
    if state in ("Revoking", "Revoked"):
        return 450, token, "Token unieważniony"
    if state != "Active":
        return 450, token, "Token nieaktywny"
    if (token.context_type, token.context) != context:
        return 450, token, f"Token nie może być użyty w kontekście {context[1]}"
    return 200, token, ""


def _refuse_revoked_token(world: World, one: Authentication) -> None:
    token = world.store.get(KsefToken, one.ksef_token)
    if token is not None and ksef_tokens.status(token, world.now()) != "Active":
        raise BadRequest(21301, "Token KSeF został unieważniony.")


def _policy(body: Fields) -> dict[str, list[str]]:
    if not body.has("authorizationPolicy"):
        return {}
    policy = body.object("authorizationPolicy")
    if not policy.has("allowedIps"):
        return {}
    allowed = policy.object("allowedIps")
    lists = {name: allowed.texts(name) for name in ("ip4Addresses", "ip4Ranges", "ip4Masks")}
    for name, pattern in auth_request.ADDRESS_PATTERNS.items():
        if len(lists[name]) > 10:
            raise invalid(allowed.name(name), "Lista może zawierać najwyżej 10 pozycji.")
        for value in lists[name]:
            if not pattern.fullmatch(value):
                raise invalid(allowed.name(name), f"Nieprawidłowy adres '{value}'.")
    return {name: values for name, values in lists.items() if values}


def _unknown(reference: str) -> BadRequest:
    return BadRequest(
        21304,
        f"Operacja uwierzytelniania o numerze referencyjnym {reference} nie została znaleziona.",
    )
