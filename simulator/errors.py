"""KSeF's refusals, in both formats: Problem Details and the older ``exception`` object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulator.clock import iso

DESCRIPTIONS = {
    9101: "Nieprawidłowy dokument.",
    9102: "Brak podpisu.",
    9103: "Przekroczona liczba dozwolonych podpisów.",
    9105: "Nieprawidłowy podpis.",
    21001: "Nieczytelna treść.",
    21111: "Nieprawidłowe wyzwanie autoryzacyjne.",
    21115: "Nieprawidłowy certyfikat.",
    21117: "Nieprawidłowy identyfikator podmiotu dla wskazanego typu kontekstu.",
    21155: "Przekroczono dozwoloną liczbę faktur w sesji.",
    21157: "Nieprawidłowy rozmiar części pakietu.",
    21161: "Przekroczono dozwoloną liczbę części pakietu.",
    21164: "Faktura o podanym identyfikatorze nie istnieje.",
    21165: "Faktura o podanym numerze KSeF nie jest jeszcze dostępna.",
    21166: "Korekta techniczna niedostępna.",
    21167: "Status faktury nie pozwala na korektę techniczną.",
    21173: "Brak sesji o wskazanym numerze referencyjnym.",
    21178: "Nie znaleziono UPO dla podanych kryteriów.",
    21180: "Status sesji nie pozwala na wykonanie operacji.",
    21183: "Zakres filtrowania wykracza poza dostępny zakres danych.",
    21184: "Sesja tymczasowo niedostępna.",
    21205: "Pakiet nie może być pusty.",
    21208: "Czas oczekiwania na requesty upload lub finish został przekroczony.",
    21217: "Nieprawidłowe kodowanie znaków.",
    21301: "Brak autoryzacji.",
    21304: "Brak uwierzytelnienia.",
    21401: "Dokument nie jest zgodny ze schemą (xsd).",
    21402: "Nieprawidłowy rozmiar pliku.",
    21403: "Nieprawidłowy skrót pliku.",
    21405: "Błąd walidacji danych wejściowych.",
    21406: "Konflikt podpisu i typu uwierzytelnienia.",
    21418: "Przekazany token kontynuacji ma nieprawidłowy format.",
    21470: "Przesłany identyfikator klucza jest nieznany lub wskazuje na wycofany klucz.",
    25001: "Brak możliwości pobrania danych do CSR dla wykorzystanego sposobu uwierzytelnienia.",
    25002: "Brak możliwości złożenia wniosku certyfikacyjnego dla wykorzystanego sposobu "
    "uwierzytelnienia.",
    25003: "Dane w CSR nie zgadzają się z danymi w użytym wektorze uwierzytelniającym.",
    25004: "Niepoprawny format CSR lub niepoprawny podpis CSR.",
    25005: "Wniosek certyfikacyjny o podanym numerze referencyjnym nie istnieje.",
    25006: "Osiągnięto limit możliwych do złożenia wniosków certyfikacyjnych.",
    25007: "Osiągnięto limit dopuszczalnej liczby posiadanych certyfikatów.",
    25008: "Certyfikat o podanym numerze seryjnym nie istnieje.",
    25009: "Nie można odwołać wskazanego certyfikatu, ponieważ jest już odwołany, zablokowany lub "
    "nieważny.",
    25010: "Nieprawidłowy typ lub długość klucza.",
    25011: "Nieprawidłowy algorytm podpisu CSR.",
    26001: "Nie można nadać tokenowi uprawnień których nie posiadasz.",
    26002: "Nie można wygenerować tokena dla obecnego typu kontekstu.",
}


class Refusal(Exception):
    """Ends an operation with an answer other than success."""


@dataclass
class BadRequest(Refusal):
    code: int
    details: tuple[str, ...] = ()

    def __init__(self, code: int, *details: str) -> None:
        super().__init__(code, *details)
        self.code = code
        self.details = details


class Unauthorized(Refusal):
    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Forbidden(Refusal):
    def __init__(self, reason: str, detail: str, security: dict[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.security = security


class Gone(Refusal):
    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class TooMany(Refusal):
    def __init__(self, retry_after: int, detail: str) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
        self.detail = detail


@dataclass(frozen=True)
class Occurrence:
    """Where and when it happened: the parts that every error body repeats."""

    path: str
    now: Any
    trace: str
    problem_details: bool  # the caller asked for them with X-Error-Format


def body_of(refusal: Refusal, at: Occurrence) -> tuple[int, dict[str, Any], str, dict[str, str]]:
    """Status, JSON, media type and headers of the answer."""
    problem = "application/problem+json"
    if isinstance(refusal, BadRequest):
        return (400, *_bad_request(refusal, at), {})
    if isinstance(refusal, TooMany):
        headers = {"Retry-After": str(refusal.retry_after)}
        if at.problem_details:
            return 429, _problem("Too Many Requests", 429, refusal.detail, at), problem, headers
        status = {
            "code": 429,
            "description": "Too Many Requests",
            "details": [refusal.detail],
        }
        return 429, {"status": status}, "application/json", headers
    if isinstance(refusal, Unauthorized):
        return 401, _problem("Unauthorized", 401, refusal.detail, at), problem, {}
    if isinstance(refusal, Gone):
        return 410, _problem("Gone", 410, refusal.detail, at), problem, {}
    if isinstance(refusal, Forbidden):
        content = _problem("Forbidden", 403, refusal.detail, at)
        content["reasonCode"] = refusal.reason
        if refusal.security is not None:
            content["security"] = refusal.security
        return 403, content, problem, {}
    raise TypeError(type(refusal).__name__)


def _bad_request(refusal: BadRequest, at: Occurrence) -> tuple[dict[str, Any], str]:
    description = DESCRIPTIONS[refusal.code]
    if at.problem_details:
        content = _problem("Bad Request", 400, "Żądanie jest nieprawidłowe.", at)
        content["errors"] = [
            {"code": refusal.code, "description": description, "details": list(refusal.details)}
        ]
        return content, "application/problem+json"
    detail = {
        "exceptionCode": refusal.code,
        "exceptionDescription": description,
        "details": list(refusal.details),
    }
    content = {
        "exception": {
            "exceptionDetailList": [detail],
            "serviceCode": at.trace,
            "timestamp": iso(at.now),
        }
    }
    return content, "application/json"


def _problem(title: str, status: int, detail: str, at: Occurrence) -> dict[str, Any]:
    return {
        "title": title,
        "status": status,
        "detail": detail,
        "instance": at.path,
        "traceId": at.trace,
        "timestamp": iso(at.now),
    }
