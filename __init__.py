from . import models
from . import wizards
from .ksef import redact

# No token, no PESEL and no document reaches a log, at whatever level somebody sets it.
redact.install_everywhere()
