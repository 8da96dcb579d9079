"""KSeF's failures in words that say what to do next."""

from ..ksef import fa3
from ..ksef.errors import KsefError, Limited, Refused, Unauthorised, Unknown


def translated(env, problem):
    """The words of a ``ksef.problems.Problem`` in the user's language.

    The literals stand in ksef/, marked there for the translation export.
    """
    return fa3.translated(problem, env._)


def for_readers(records):
    """The records in the language of those who read what is written down about them.

    Crons run as OdooBot, who speaks English in most databases. Records that go together speak the
    language of the first.
    """
    writer = records[:1].create_uid
    lang = records[:1].company_id.partner_id.lang if writer._is_superuser() else writer.lang
    return records.with_context(lang=lang or records.env.lang)


def error_details(error):
    """KSeF's own words (Polish) with their codes, one line an error."""
    lines = []
    for item in getattr(error, "errors", None) or []:
        words = " ".join([item.description or "", *(item.details or [])]).strip()
        lines.append(f"{words} ({item.code})" if item.code else words)
    return "\n".join(lines) or str(error)


def explain(env, error: KsefError):
    """What happened and what to do, for a person."""
    _ = env._
    if isinstance(error, Limited):
        return _(
            "KSeF accepts no further requests for %(seconds)s seconds, because its limit of"
            " requests was reached. It goes on by itself after that.",
            seconds=error.retry_after,
        )
    if isinstance(error, Unauthorised):
        if error.http_status == 401:
            return _(
                "KSeF does not accept our login any more. Authorise the connection again (menu KSeF"
                " ▸ Connections)."
            )
        words = error_details(error).rstrip(".")
        return {
            "ip-not-allowed": _(
                "KSeF refused: %(words)s. The login is bound to another IP address: authorise the"
                " connection again, or let KSeF accept this server's address.",
                words=words,
            ),
            "auth-method-not-allowed": _(
                "KSeF refused: %(words)s. Log in by another method, with a signature or a"
                " certificate.",
                words=words,
            ),
            "context-type-not-allowed": _(
                "KSeF refused: %(words)s. Log in for the company's NIP itself.", words=words
            ),
            "insufficient-resource-access": _("KSeF refused: %(words)s.", words=words),
            "security-service-blocked": _(
                "KSeF has blocked this company for reasons of security: %(words)s. Write to the"
                " Ministry of Finance by the form on its KSeF pages.",
                words=words,
            ),
        }.get(error.reason_code) or _(
            "KSeF refused, because the person who authorised the connection lacks a permission:"
            " %(words)s. The owner of the company grants permissions in the Taxpayer Application"
            " (Aplikacja Podatnika KSeF).",
            words=words,
        )
    if isinstance(error, Refused):
        return _("KSeF refused: %(words)s", words=error_details(error))
    if isinstance(error, Unknown):
        reasons = {
            "dns": _("its address could not be found: is this server connected to the Internet?"),
            "connect": _("no connection could be made"),
            "tls": _("the encrypted connection failed"),
            "timeout": _("no answer came in time"),
            "reset": _("the connection was cut before the answer came"),
            "http": _("it answered with error %(code)s", code=error.http_status),
            "unreadable": _("its answer could not be read"),
            "address": _("it named an address outside KSeF, which is not used"),
        }
        return _(
            "KSeF could not be reached: %(reason)s.",
            reason=reasons.get(error.kind, str(error)),
        )
    return str(error)


def explain_waiting(env, error: KsefError):
    """The same for work that goes on by itself."""
    if isinstance(error, Limited):
        return explain(env, error)
    again = env._("Nothing is lost; it is tried again by itself.")
    return f"{explain(env, error)} {again}"


def in_words(env, text, values=None):
    """A literal that ksef/ marked, in the user's language, its placeholders filled in."""
    words = env._(text)
    return words % values if values else words
