"""The ASGI application."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from simulator import api, control, latarnia, pages, storage
from simulator.faults import FaultMiddleware
from simulator.settings import Settings
from simulator.world import World


class Simulator(Starlette):
    """Faults stand outside all of Starlette: they need the server's own ``send``."""

    def __init__(self, world: World) -> None:
        super().__init__(
            routes=[
                *api.routes,
                *storage.routes,
                *latarnia.routes,
                *control.routes,
                *pages.routes,
            ]
        )
        self.state.world = world
        self._outermost = FaultMiddleware(super().__call__, world)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self
        await self._outermost(scope, receive, send)


def create_app(settings: Settings | None = None) -> Simulator:
    return Simulator(World(settings or Settings()))
