"""Stands for a host that has nothing to do with KSeF: whoever reaches it has a line."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response


async def show_line(request: Request) -> Response:
    """GET /line"""
    return PlainTextResponse("line\n", headers={"Cache-Control": "no-store"})
