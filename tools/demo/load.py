"""Load the demo company into a database: ``python -m tools.demo.load DATABASE -- ODOO OPTIONS``.

Safe to run again: each record is created once, and what people changed or deleted stays so.
"""

import sys
from datetime import datetime
from zoneinfo import ZoneInfo

from tools.demo import companies, invoices, partners, products, users
from tools.demo.records import Records
from tools.inside.registry import open_database


def load(env) -> int:
    """Create what is not there yet; return how many records that were."""
    env = env(context={**env.context, "lang": "pl_PL", "tz": "Europe/Warsaw"})
    records = Records(env)
    # loading Polish alone switches English off; a newcomer may read either
    env["res.lang"]._activate_lang("en_US")
    both = companies.load(records)
    env = env(
        context={**env.context, "allowed_company_ids": [company.id for company in both]},
    )
    records.env = env
    users.load(records, both)
    partners.load(records, both)
    products.load(records, both)
    invoices.load(records, datetime.now(ZoneInfo("Europe/Warsaw")).date())
    return records.created


if __name__ == "__main__":
    with open_database(sys.argv[1], sys.argv[3:]) as environment:
        print(f"{load(environment)} records created")
