"""Gets the company's Offline certificate for an RSA key, as other programs make them.

``python rsa_certificate.py DATABASE -- ODOO OPTIONS``: the addon itself makes keys on P-256 only.
"""

import sys
import time
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric import rsa

from tools.inside.registry import open_database

SECONDS = 20


def rsa_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def get(env) -> str:
    """Enrol it over the company's connection, in the place of the one that the addon got."""
    connection = env["l10n_pl_ksef.connection"].search([("state", "=", "connected")], limit=1)
    connection.offline_certificate_id = False
    with patch("odoo.addons.l10n_pl_ksef.ksef.certificates.new_key", rsa_key):
        requests = connection._enrol()
        env.cr.commit()
        for _second in range(SECONDS):
            requests._carry_on()
            if connection.offline_certificate_id:
                return connection.offline_certificate_id.serial_number
            time.sleep(1)
    raise TimeoutError(requests.mapped("words"))


if __name__ == "__main__":
    with open_database(sys.argv[1], sys.argv[3:]) as environment:
        print(get(environment))
