"""Namespaces and algorithm names that a signature accepted by KSeF may use.

The lists follow the guide's page "Podpis XAdES"; whatever is not listed there is refused.
"""

DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
FILTER2 = "http://www.w3.org/2002/06/xmldsig-filter2"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
XML = "http://www.w3.org/XML/1998/namespace"
NAMESPACES = {"ds": DS, "xades": XADES}

SIGNED_PROPERTIES_TYPE = "http://uri.etsi.org/01903#SignedProperties"
OBJECT_TYPE = DS + "Object"

BASE64_TRANSFORM = DS + "base64"
ENVELOPED_TRANSFORM = DS + "enveloped-signature"
XPATH_TRANSFORM = "http://www.w3.org/TR/1999/REC-xpath-19991116"

_C14N_10 = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_C14N_11 = "http://www.w3.org/2006/12/xml-c14n11"

# URI -> (exclusive, version 1.1, with comments)
CANONICALISATIONS = {
    _C14N_10: (False, False, False),
    _C14N_10 + "#WithComments": (False, False, True),
    _C14N_11: (False, True, False),
    _C14N_11 + "#WithComments": (False, True, True),
    EXCLUSIVE: (True, False, False),
    EXCLUSIVE + "WithComments": (True, False, True),
}
DEFAULT_CANONICALISATION = _C14N_10

# URI -> name of the hash in hashlib
DIGESTS = {
    DS + "sha1": "sha1",
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
    "http://www.w3.org/2007/05/xmldsig-more#sha3-256": "sha3_256",
    "http://www.w3.org/2007/05/xmldsig-more#sha3-384": "sha3_384",
    "http://www.w3.org/2007/05/xmldsig-more#sha3-512": "sha3_512",
}

_MORE_2001 = "http://www.w3.org/2001/04/xmldsig-more#"
_MORE_2007 = "http://www.w3.org/2007/05/xmldsig-more#"
_MORE_2021 = "http://www.w3.org/2021/04/xmldsig-more#"

# URI -> (family, name of the hash in hashlib)
SIGNATURE_METHODS = {
    DS + "rsa-sha1": ("pkcs1", "sha1"),
    _MORE_2001 + "rsa-sha256": ("pkcs1", "sha256"),
    _MORE_2001 + "rsa-sha384": ("pkcs1", "sha384"),
    _MORE_2001 + "rsa-sha512": ("pkcs1", "sha512"),
    _MORE_2007 + "sha1-rsa-MGF1": ("pss", "sha1"),
    _MORE_2007 + "sha256-rsa-MGF1": ("pss", "sha256"),
    _MORE_2007 + "sha384-rsa-MGF1": ("pss", "sha384"),
    _MORE_2007 + "sha512-rsa-MGF1": ("pss", "sha512"),
    _MORE_2007 + "sha3-256-rsa-MGF1": ("pss", "sha3_256"),
    _MORE_2007 + "sha3-384-rsa-MGF1": ("pss", "sha3_384"),
    _MORE_2007 + "sha3-512-rsa-MGF1": ("pss", "sha3_512"),
    _MORE_2001 + "ecdsa-sha1": ("ecdsa", "sha1"),
    _MORE_2001 + "ecdsa-sha256": ("ecdsa", "sha256"),
    _MORE_2001 + "ecdsa-sha384": ("ecdsa", "sha384"),
    _MORE_2001 + "ecdsa-sha512": ("ecdsa", "sha512"),
    _MORE_2021 + "ecdsa-sha3-256": ("ecdsa", "sha3_256"),
    _MORE_2021 + "ecdsa-sha3-384": ("ecdsa", "sha3_384"),
    _MORE_2021 + "ecdsa-sha3-512": ("ecdsa", "sha3_512"),
}


def ds(name: str) -> str:
    """The name of an XML Signature element as lxml writes it."""
    return f"{{{DS}}}{name}"


def xades(name: str) -> str:
    """The name of a XAdES 1.3.2 element as lxml writes it."""
    return f"{{{XADES}}}{name}"
