"""Creating each demo record once, however often the loader runs."""

from typing import Any

NAMESPACE = "l10n_pl_ksef_demo"


class Records:
    """Demo records by name. A record that somebody changed or deleted is left as it is."""

    def __init__(self, env):
        self.env = env
        self.created = 0

    def get(self, name: str):
        return self.env.ref(f"{NAMESPACE}.{name}", raise_if_not_found=False)

    def known(self, name: str) -> bool:
        """Was it ever made here? Deleting a record deletes its name, so a list remembers it."""
        return name in self._made()

    def make(self, name: str, model: str, values: dict[str, Any], env=None):
        """The record of that name, created now if it never was; None when it was deleted since."""
        if self.known(name):
            return self.get(name)
        record = (self.env if env is None else env)[model].create(values)
        self.adopt(name, record)
        return record

    def adopt(self, name: str, record) -> None:
        """Give a record that is already there a name of ours."""
        self.env["ir.model.data"]._update_xmlids(
            [{"xml_id": f"{NAMESPACE}.{name}", "record": record, "noupdate": True}]
        )
        names = " ".join(sorted(self._made() | {name}))
        self.env["ir.config_parameter"].set_param(f"{NAMESPACE}.made", names)
        self.created += 1

    def _made(self) -> set[str]:
        return set((self.env["ir.config_parameter"].get_param(f"{NAMESPACE}.made") or "").split())
