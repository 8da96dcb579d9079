"""The signed request that opens KSeF: build it, sign it, examine one that somebody else signed.

``auth_token_request`` makes the document to sign, ``sign`` signs it with a certificate,
``examine`` reads a file that came back from a signing page.  Sources: guide, uwierzytelnianie.md
and auth/podpis-xades.md; schema ``http://ksef.mf.gov.pl/auth/token/2.0``; XML Signature 1.1;
ETSI EN 319 132-1 (XAdES).
"""

from .examining import Examination, examine
from .persons import Signer
from .request import auth_token_request
from .signing import sign

__all__ = ["Examination", "Signer", "auth_token_request", "examine", "sign"]
