from . import models, wizards
from .ksef import redact

# No token, no PESEL and no document reaches a log, at whatever level somebody sets it: neither from
# the addon and its HTTP library, nor from Odoo's own record of requests, calls and queries.
redact.install(__name__, "requests", "urllib3", "odoo.http", "odoo.service.model", "odoo.sql_db")
