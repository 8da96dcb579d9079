"""The start page: what the simulator holds, and the levers that make trouble."""

from starlette.requests import Request
from starlette.responses import Response

from ..faults import AIMS
from .layout import chooser, language, render

# Where a disturbance can strike; the names are those of the API's operations.
OPERATIONS = (
    "POST /sessions/online/{referenceNumber}/invoices",
    "POST /sessions/online",
    "POST /sessions/online/{referenceNumber}/close",
    "POST /sessions/batch",
    "POST /sessions/batch/{referenceNumber}/close",
    "GET /sessions/{referenceNumber}",
    "GET /sessions/{referenceNumber}/invoices",
    "GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}",
    "GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}/upo",
    "POST /auth/challenge",
    "POST /auth/xades-signature",
    "GET /auth/{referenceNumber}",
    "POST /auth/token/redeem",
    "POST /auth/token/refresh",
    "GET /certificates/limits",
    "GET /certificates/enrollments/data",
    "POST /certificates/enrollments",
    "GET /certificates/enrollments/{referenceNumber}",
    "POST /certificates/retrieve",
    "POST /certificates/query",
    "GET /security/public-key-certificates",
    "GET /invoices/ksef/{ksefNumber}",
    "POST /invoices/query/metadata",
)


async def show_panel(request: Request) -> Response:
    """GET /"""
    t = chooser(language(request))
    base = f"{request.url.scheme}://{request.url.netloc}"
    words = {
        "none": t("brak", "none"),
        "normal": t("Działa bez zakłóceń", "Working normally"),
        "disturbed": t("Zakłócenia są włączone", "Disturbances are switched on"),
        "unreachable": t(
            "Brak połączenia z symulatorem. Strona sama spróbuje ponownie.",
            "No connection to the simulator. The page will try again by itself.",
        ),
        "remove": t("Usuń", "Remove"),
        "untilRemoved": t("do odwołania", "until removed"),
        "left": t("jeszcze", "left:"),
        "met": t("trafionych wywołań", "calls met"),
        "aims": {
            "*": t("cały KSeF", "all of KSeF"),
            "everything": t("wszystko, też Latarnia i łącze", "everything, Latarnia and line too"),
            "api": t("API", "the API"),
            "storage": t("pliki: części paczek i UPO", "files: parts of packages and receipts"),
            "qr": t("strony kodów QR", "pages of the QR codes"),
            "latarnia": t("Latarnia", "Latarnia"),
            "line": t("łącze (/line)", "the line (/line)"),
        },
        "batch": t("wsadowo", "in a package"),
        "declaredOffline": t("zgłoszona offline", "declared offline"),
        "timesReceived": t("otrzymana razy: ", "times received: "),
        "seconds": t("s", "s"),
        "noInvoices": t(
            "Nic jeszcze nie przyszło. Wyślij fakturę z Odoo, a pokaże się tutaj.",
            "Nothing has come yet. Send an invoice from Odoo and it will show here.",
        ),
        "done": t("Zrobione.", "Done."),
        "failed": t("Nie udało się: ", "It failed: "),
        "confirmReset": t(
            "Usunąć wszystkie faktury, sesje, tokeny i certyfikaty z symulatora?",
            "Remove every invoice, session, token and certificate from the simulator?",
        ),
        "revoke": t("Odwołaj", "Revoke"),
        "endsSoon": t("Za 7 dni", "In 7 days"),
        "endsNow": t("Teraz", "Now"),
        "endsSoonHint": t("Certyfikat straci ważność za 7 dni", "The certificate ends in 7 days"),
        "endsNowHint": t("Certyfikat traci ważność teraz", "The certificate ends now"),
        "unblock": t("Odblokuj", "Unblock"),
        "blockedLogins": t("zablokowane logowanie", "logins blocked"),
        "blockedCalls": t("zablokowane wszystko", "everything blocked"),
        "states": {
            "Active": t("aktywny", "active"),
            "Blocked": t("zablokowany", "blocked"),
            "Revoked": t("odwołany", "revoked"),
            "Revoking": t("w trakcie odwoływania", "being revoked"),
            "Expired": t("wygasł", "expired"),
            "Pending": t("oczekuje", "pending"),
        },
        "types": {
            "Authentication": t("logowanie", "logging in"),
            "Offline": t("kod QR (offline)", "QR code (offline)"),
        },
        "exactTime": t("bez przesunięcia", "no offset"),
        "verify": t("sprawdź", "check"),
        "limits": {
            "production": t("jak w produkcji", "as in production"),
            "off": t("wyłączone", "off"),
        },
        "latarnia": {
            "AVAILABLE": t("dostępny", "available"),
            "MAINTENANCE": t("prace serwisowe", "maintenance"),
            "FAILURE": t("awaria", "failure"),
            "TOTAL_FAILURE": t("awaria całkowita", "total failure"),
        },
        "kinds": {
            "outage": t("przerwa w działaniu", "outage"),
            "slow": t("wolne odpowiedzi", "slow answers"),
            "lost_response": t("zgubiona odpowiedź", "lost response"),
            "hold": t("odpowiedź wstrzymana", "answer held back"),
            "reset": t("zerwane połączenie", "connection reset"),
            "limited": t("limit żądań (429)", "request limit (429)"),
            "html_502": t("strona HTML 502", "HTML page 502"),
            "html_503": t("strona HTML 503", "HTML page 503"),
            "html_200": t("strona HTML 200", "HTML page 200"),
            "error_500": t("błąd 500", "error 500"),
            "stuck": t("faktura czeka (150)", "invoice stuck (150)"),
            "cancelled": t("faktura anulowana (550)", "invoice cancelled (550)"),
            "rejected": t("faktura odrzucona (450)", "invoice rejected (450)"),
            "unavailable_session": t("sesja niedostępna (21184)", "session unavailable (21184)"),
        },
    }
    return render(request, "panel.html", base=base, words=words, operations=OPERATIONS, aims=AIMS)
