"""Where things are, and what the person who runs us may choose through the environment."""

import os
from dataclasses import dataclass
from pathlib import Path

MODULE = "l10n_pl_ksef"
REPOSITORY = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / MODULE

ODOO_TREE = CACHE / "odoo-deb"  # Debian's packages, extracted
ODOO_CLONE = CACHE / "odoo-git"  # a shallow clone, where apt is not to be had
VENV = CACHE / "venv"
PYTHON = VENV / "bin" / "python"
LINKS = (
    CACHE / "addons"
)  # Odoo wants the folder to bear the module's name: a link to the repository
POSTGRES_DATA = CACHE / "pg"
ODOO_DATA = CACHE / "odoo-data"  # filestore and sessions
STATE = CACHE / "state"  # process ids, fingerprints, the simulator's memory
LOGS = CACHE / "logs"


@dataclass(frozen=True)
class Settings:
    """One choice a field; the name of the environment variable stands beside it."""

    odoo_source: str = os.environ.get("ODOO_SRC", "")
    database_url: str = os.environ.get("DATABASE_URL", "")
    database: str = os.environ.get("DB_NAME", "ksef_demo")
    http_port: int = int(os.environ.get("HTTP_PORT", "8069"))
    simulator_port: int = int(os.environ.get("SIMULATOR_PORT", "8199"))

    @property
    def simulator_url(self) -> str:
        return f"http://127.0.0.1:{self.simulator_port}"

    @property
    def odoo_url(self) -> str:
        return f"http://localhost:{self.http_port}"


settings = Settings()
