"""Namespaces and algorithm identifiers of XML signatures, as far as KSeF allows them.

Source: guide, auth/podpis-xades.md.
"""

DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
AUTH_2_0 = "http://ksef.mf.gov.pl/auth/token/2.0"
AUTH_2_1 = "http://ksef.mf.gov.pl/auth/token/2.1"

ENVELOPED = f"{DS}enveloped-signature"
BASE64 = f"{DS}base64"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XPATH_FILTER2 = "http://www.w3.org/2002/06/xmldsig-filter2"
XPATH_FILTER2_NAMESPACE = XPATH_FILTER2

C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
C14N_11 = "http://www.w3.org/2006/12/xml-c14n11"
EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"

SIGNED_PROPERTIES_TYPE = "http://uri.etsi.org/01903#SignedProperties"

RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"

# algorithm identifier -> name in hashlib
DIGESTS = {
    f"{DS}sha1": "sha1",
    SHA256: "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
    "http://www.w3.org/2007/05/xmldsig-more#sha3-256": "sha3_256",
    "http://www.w3.org/2007/05/xmldsig-more#sha3-384": "sha3_384",
    "http://www.w3.org/2007/05/xmldsig-more#sha3-512": "sha3_512",
}

# algorithm identifier -> scheme and name of the hash in hashlib
SIGNATURES = {
    f"{DS}rsa-sha1": ("rsa", "sha1"),
    RSA_SHA256: ("rsa", "sha256"),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384": ("rsa", "sha384"),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512": ("rsa", "sha512"),
    "http://www.w3.org/2007/05/xmldsig-more#sha1-rsa-MGF1": ("pss", "sha1"),
    "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1": ("pss", "sha256"),
    "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1": ("pss", "sha384"),
    "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1": ("pss", "sha512"),
    "http://www.w3.org/2007/05/xmldsig-more#sha3-256-rsa-MGF1": ("pss", "sha3_256"),
    "http://www.w3.org/2007/05/xmldsig-more#sha3-384-rsa-MGF1": ("pss", "sha3_384"),
    "http://www.w3.org/2007/05/xmldsig-more#sha3-512-rsa-MGF1": ("pss", "sha3_512"),
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1": ("ecdsa", "sha1"),
    ECDSA_SHA256: ("ecdsa", "sha256"),
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384": ("ecdsa", "sha384"),
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512": ("ecdsa", "sha512"),
    "http://www.w3.org/2021/04/xmldsig-more#ecdsa-sha3-256": ("ecdsa", "sha3_256"),
    "http://www.w3.org/2021/04/xmldsig-more#ecdsa-sha3-384": ("ecdsa", "sha3_384"),
    "http://www.w3.org/2021/04/xmldsig-more#ecdsa-sha3-512": ("ecdsa", "sha3_512"),
}


def ds(name: str) -> str:
    """The qualified name of an element of XML Signature."""
    return f"{{{DS}}}{name}"


def xades(name: str) -> str:
    """The qualified name of an element of XAdES 1.3.2."""
    return f"{{{XADES}}}{name}"
