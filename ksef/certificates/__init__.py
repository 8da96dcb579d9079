"""Certificates and their private keys: asking KSeF for them, reading uploaded ones, making some.

``new_key`` and ``signing_request`` ask for a certificate, ``load`` reads the files that the
Ministry's application gives, ``describe`` says whose a certificate is, ``self_signed_person`` and
``self_signed_seal`` make test certificates.  Nothing here keeps a key or sends one anywhere.
"""

from .describing import AUTHENTICATION, OFFLINE, Description, describe
from .keys import PrivateKey, certificate_bytes, fits, key_bytes, new_key
from .loading import Loaded, load
from .refusals import CertificateError, PasswordError
from .self_made import SelfMade, self_signed_person, self_signed_seal
from .signing_request import signing_request
from .subject import SubjectData

__all__ = [
    "AUTHENTICATION",
    "OFFLINE",
    "CertificateError",
    "Description",
    "Loaded",
    "PasswordError",
    "PrivateKey",
    "SelfMade",
    "SubjectData",
    "certificate_bytes",
    "describe",
    "fits",
    "key_bytes",
    "load",
    "new_key",
    "self_signed_person",
    "self_signed_seal",
    "signing_request",
]
