"""What a KSeF certificate says of its owner: read from the signature that logged in."""

from __future__ import annotations

import re

from cryptography import x509

from simulator.signatures import Identity

# OpenAPI's names, in the order of the guide's table, with what X.500 calls them.
OIDS = {
    "commonName": "2.5.4.3",
    "surname": "2.5.4.4",
    "serialNumber": "2.5.4.5",
    "countryName": "2.5.4.6",
    "organizationName": "2.5.4.10",
    "givenName": "2.5.4.42",
    "uniqueIdentifier": "2.5.4.45",
    "organizationIdentifier": "2.5.4.97",
}
_PERSONAL = ("surname", "serialNumber", "givenName")
_CORPORATE = ("organizationName", "organizationIdentifier")

# A PESEL or NIP is always given back with the prefix of the standard (ETSI EN 319 412-1).
_PREFIXES = (
    (re.compile(r"(?:PNOPL|PESEL).*?(\d{11})"), "PNOPL-"),
    (re.compile(r"(?:TINPL|NIP).*?(\d{10})"), "TINPL-"),
)


def of_signature(certificate: x509.Certificate, identity: Identity, method: str) -> dict[str, str]:
    """By OpenAPI's names.  The Trusted Profile's certificate is not the signer's own."""
    if method == "TrustedProfile":
        return {
            "commonName": identity.name,
            "surname": identity.last_name,
            "serialNumber": f"PNOPL-{identity.pesel}",
            "countryName": "PL",
            "givenName": identity.first_name,
        }
    data = {name: _text(certificate, oid) for name, oid in OIDS.items()}
    data["commonName"] = data["commonName"] or identity.name
    data["countryName"] = data["countryName"] or "PL"
    data["serialNumber"] = _with_prefix(data["serialNumber"])
    corporate = not (data["surname"] or data["givenName"])
    for name in _PERSONAL if corporate else _CORPORATE:
        data[name] = ""
    return {name: text for name, text in data.items() if text}


def _text(certificate: x509.Certificate, oid: str) -> str:
    found = certificate.subject.get_attributes_for_oid(x509.ObjectIdentifier(oid))
    values = [one.value for one in found]
    return " ".join(v if isinstance(v, str) else v.decode("utf-8", "replace") for v in values)


def _with_prefix(number: str) -> str:
    for pattern, prefix in _PREFIXES:
        if found := pattern.search(number):
            return prefix + found[1]
    return number
