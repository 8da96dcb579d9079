"""Why an uploaded certificate cannot be used, in words a person can act on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..problems import Problem
from ..words import _


class CertificateError(ValueError):
    """The files do not give a certificate to work with.

    :ivar problem: a wall: code, text marked for translation, values
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem

    @property
    def code(self) -> str:
        """The problem's short stable name, such as ``"key_missing"``."""
        return self.problem.code

    @property
    def words(self) -> str:
        """The English text with its values filled in."""
        return self.problem.message

    def __str__(self) -> str:
        return self.words


class PasswordError(CertificateError):
    """The private key is locked, and the password is missing or wrong."""


def _wall(code: str, text: str, values: Mapping[str, Any] | None = None) -> CertificateError:
    return CertificateError(Problem("wall", code, text, values or {}))


def _day(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d")


def no_files() -> CertificateError:
    return _wall("no_files", _("Upload the certificate and its private key."))


def too_large() -> CertificateError:
    return _wall(
        "too_large",
        _("These files are too many or too large: a certificate and its key are small files."),
    )


def file_unknown() -> CertificateError:
    return _wall(
        "file_unknown",
        _(
            "There is a file that holds neither a certificate nor a private key. Upload the .crt"
            " and the .key file that the Ministry's application gave you, or one .p12 or .pfx file."
        ),
    )


def encryption_unknown() -> CertificateError:
    return _wall(
        "encryption_unknown",
        _(
            "The private key is locked in an outdated way that cannot be opened here. Save it anew"
            " with a current program, or enrol a new certificate."
        ),
    )


def password_missing() -> PasswordError:
    text = _(
        "The private key is locked. Enter the password that was chosen when the certificate was"
        " enrolled."
    )
    return PasswordError(Problem("wall", "password_missing", text))


def password_wrong() -> PasswordError:
    text = _(
        "The password does not open the private key. Enter the one that was chosen when the"
        " certificate was enrolled; if it is the right one, the file is damaged."
    )
    return PasswordError(Problem("wall", "password_wrong", text))


def key_missing() -> CertificateError:
    return _wall(
        "key_missing",
        _(
            "The certificate is here, but its private key is missing. Upload the .key file too: it"
            " was saved on the computer where the certificate was enrolled."
        ),
    )


def public_key_only() -> CertificateError:
    return _wall(
        "public_key_only",
        _(
            "There is only a public key, which cannot sign. Upload the file with the private key"
            " (.key)."
        ),
    )


def certificate_missing() -> CertificateError:
    return _wall(
        "certificate_missing",
        _(
            "The private key is here, but its certificate is missing. Upload the .crt file too; it"
            " can be downloaded in the Ministry's application."
        ),
    )


def signing_request_instead() -> CertificateError:
    return _wall(
        "signing_request_instead",
        _(
            "This is a request for a certificate (CSR), not the certificate that was issued for it."
            " Download the certificate (.crt) in the Ministry's application and upload that one."
        ),
    )


def pair_mismatch() -> CertificateError:
    return _wall(
        "pair_mismatch",
        _(
            "The private key does not belong to the certificate. Whoever has several certificates"
            " easily mixes up their files: upload the .crt and the .key of the same one."
        ),
    )


def several_pairs(count: int) -> CertificateError:
    return _wall(
        "several_pairs",
        _("The files hold %(count)s certificates with their keys. Upload one of them."),
        {"count": count},
    )


def key_unsupported(kind: str) -> CertificateError:
    return _wall(
        "key_unsupported",
        _(
            "KSeF does not accept signatures of this key (%(kind)s): it takes RSA from 2048 bits on"
            " and elliptic curves from 256 bits on."
        ),
        {"kind": kind},
    )


def expired(moment: datetime) -> CertificateError:
    return _wall(
        "expired",
        _("The certificate ended on %(day)s. Enrol a new one and upload that."),
        {"day": _day(moment)},
    )


def not_yet_valid(moment: datetime) -> CertificateError:
    return _wall(
        "not_yet_valid",
        _("The certificate is valid only from %(day)s on. Come back then, or enrol another one."),
        {"day": _day(moment)},
    )


def offline_certificate() -> CertificateError:
    return _wall(
        "offline_certificate",
        _(
            "This is an Offline certificate: it confirms invoices issued without connection and"
            " cannot open KSeF. Upload the one of the type Authentication."
        ),
    )


def authentication_certificate() -> CertificateError:
    return _wall(
        "authentication_certificate",
        _(
            "This is an Authentication certificate: it opens KSeF and cannot confirm invoices"
            " issued without connection. Upload the one of the type Offline."
        ),
    )


def not_offline() -> CertificateError:
    return _wall(
        "not_offline",
        _(
            "This is not a KSeF certificate of the type Offline, and no other kind can confirm"
            " invoices issued without connection."
        ),
    )


def self_made_certificate() -> CertificateError:
    return _wall(
        "self_made_certificate",
        _(
            "This certificate was made by its owner. Only the Ministry's test environment and the"
            " simulator accept such certificates."
        ),
    )


def expires_soon(moment: datetime) -> Problem:
    text = _("The certificate ends on %(day)s. Enrol a new one soon.")
    return Problem("warning", "expires_soon", text, {"day": _day(moment)})


def nobody_named() -> Problem:
    text = _(
        "The certificate names neither a PESEL nor a NIP. KSeF recognises it only if rights were"
        " granted to its fingerprint."
    )
    return Problem("warning", "nobody_named", text)
