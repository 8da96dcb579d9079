"""The KSeF protocol in plain Python: no Odoo, no database.

KSeF (Krajowy System e-Faktur) is the Polish Ministry of Finance's invoice exchange.  This package
speaks its API 2.x, builds and examines the signed request that opens it, and makes the QR links
that stand on an invoice.  It keeps nothing: what has to be remembered, its caller remembers.

Sources named in the docstrings: *OpenAPI* is the Ministry's OpenAPI document of the API, *guide*
is its guide for integrators (github.com/CIRFMF/ksef-docs).
"""
