"""One company's world: its database, its KSeF, and the Odoo servers that a test starts."""

from collections.abc import Sequence
from pathlib import Path

from tools.odoo import Installation

from .odoo_server import OdooServer
from .records import Records
from .simulator import Simulator
from .template import address


class World:
    def __init__(self, installation: Installation, database: str, memory: Path, folder: Path):
        self._installation = installation
        self._folder = folder
        self._servers: list[OdooServer] = []
        self.records = Records(installation, database)
        self.simulator = Simulator(installation, memory, folder / "simulator.log")

    def start(self, english: Sequence[str] = ()) -> OdooServer:
        """Simulator and one Odoo server, ready for use.

        The demo people speak Polish, but for those whose logins stand in ``english``.
        """
        self.records.speak("en_US", english)
        server = self.prepared()
        server.start()
        return server

    def prepared(self, *arguments: str) -> OdooServer:
        """The simulator running, and an Odoo server with these arguments that can be started."""
        self.simulator.start()
        server = self.new_server()
        server.arguments = arguments
        address(self.records, server, self.simulator)
        return server

    def new_server(self) -> OdooServer:
        """One more server process for the same database, to be started."""
        log = self._folder / f"odoo-{len(self._servers) + 1}.log"
        server = OdooServer(self._installation, self.records.database, log)
        self._servers.append(server)
        return server

    def stop(self) -> None:
        for server in self._servers:
            server.stop()
        self.simulator.stop()
