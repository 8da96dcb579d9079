"""Why KSeF does not accept a signed file, with the codes of POST /auth/xades-signature."""

UNREADABLE = 21001
CERTIFICATE = 21115
ENCODING = 21217
DOCUMENT = 9101
NO_SIGNATURE = 9102
MANY_SIGNATURES = 9103
SIGNATURE = 9105

# KSeF's own words for the codes.
DESCRIPTIONS = {
    UNREADABLE: "Nieczytelna treść.",
    CERTIFICATE: "Nieprawidłowy certyfikat.",
    ENCODING: "Nieprawidłowe kodowanie znaków.",
    DOCUMENT: "Nieprawidłowy dokument.",
    NO_SIGNATURE: "Brak podpisu.",
    MANY_SIGNATURES: "Przekroczona liczba dozwolonych podpisów.",
    SIGNATURE: "Nieprawidłowy podpis.",
}

# The two details of 9105 that KSeF is known to give.
NEGATIVE = "Podpis zweryfikowany negatywnie."
FORMAT = "Format podpisu niezgodny z akceptowanymi profilami XAdES."


class SignatureRefused(Exception):
    """A signed file that KSeF would answer with 400.

    `code` is KSeF's number, `details` its detail line and `reason` says in English what exactly
    is wrong (for logs and tests; KSeF tells less).
    """

    def __init__(self, code: int, details: str = "", reason: str = "") -> None:
        self.code = code
        self.details = details
        self.reason = reason
        super().__init__(f"{code} {self.description} {details} {reason}".strip())

    @property
    def description(self) -> str:
        """KSeF's fixed Polish text for the code."""
        return DESCRIPTIONS[self.code]


def wrong_format(reason: str) -> SignatureRefused:
    """9105: it is signed, but not in one of the accepted profiles."""
    return SignatureRefused(SIGNATURE, FORMAT, reason)


def negative(reason: str) -> SignatureRefused:
    """9105: the mathematics says no."""
    return SignatureRefused(SIGNATURE, NEGATIVE, reason)


def bad_certificate(details: str, reason: str = "") -> SignatureRefused:
    """21115: the certificate cannot be used."""
    return SignatureRefused(CERTIFICATE, details, reason)
