"""What people see in a browser: the control panel, the practice Trusted Profile, the QR pages.

The pages take from `request.app.state.world`: `seed`, `now()`, `people`, `base_url`,
`find_invoice(nip, issue_date, sha256)` and `find_certificate(serial)`; the panel's script calls
the control API under `/control/`.
"""

from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from .layout import HERE
from .line import show_line
from .panel import show_panel
from .signing import show_form, sign_file
from .verification import show_certificate, show_invoice

routes = [
    Route("/", show_panel, methods=["GET"]),
    Route("/line", show_line, methods=["GET"]),
    Route("/trusted-profile", show_form, methods=["GET"]),
    Route("/trusted-profile", sign_file, methods=["POST"]),
    Route("/invoice/{nip}/{date}/{hash}", show_invoice, methods=["GET"]),
    Route(
        "/certificate/{context_type}/{context}/{nip}/{serial}/{hash}/{signature}",
        show_certificate,
        methods=["GET"],
    ),
    Mount("/assets", StaticFiles(directory=HERE / "assets"), name="assets"),
]

__all__ = ["routes"]
