"""``python -m simulator --port 8199``"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import uvicorn

from simulator.app import create_app
from simulator.fa3_schema import SchemaMissing
from simulator.settings import Settings


def _arguments() -> argparse.Namespace:
    default = Settings()
    parser = argparse.ArgumentParser(prog="python -m simulator", description="A KSeF for practice.")
    parser.add_argument("--port", type=int, default=8199)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--db", metavar="FILE", help="keep the state in this SQLite file")
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument("--limits", choices=("production", "off"), default=default.limits)
    parser.add_argument("--auth-delay", type=float, default=default.auth_delay, metavar="S")
    parser.add_argument(
        "--certificate-delay", type=float, default=default.certificate_delay, metavar="S"
    )
    parser.add_argument("--invoice-delay", type=float, default=default.invoice_delay, metavar="S")
    parser.add_argument("--storage-delay", type=float, default=default.storage_delay, metavar="S")
    parser.add_argument("--base-url", metavar="URL", help="the address that links should show")
    parser.add_argument(
        "--identifiers",
        choices=("strict", "lenient"),
        default="strict",
        help="check digits of NIPs: strict as in production, lenient as in the test environment",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="refuse self-made certificates and /testdata, as the demo and production do",
    )
    parser.add_argument("--fa3-schema", type=Path, metavar="FILE")
    parser.add_argument("--quiet", action="store_true", help="no line for every request")
    return parser.parse_args()


def main() -> int:
    given = _arguments()
    app = create_app(
        Settings(
            seed=given.seed,
            database=given.db,
            address=f"http://{given.host}:{given.port}",
            base_url=given.base_url.rstrip("/") if given.base_url else None,
            limits=given.limits,
            auth_delay=given.auth_delay,
            certificate_delay=given.certificate_delay,
            invoice_delay=given.invoice_delay,
            storage_delay=given.storage_delay,
            strict_identifiers=given.identifiers == "strict",
            strict_certificates=given.strict,
            fa3_schema=given.fa3_schema,
        )
    )
    try:
        app.state.world.schema.load()
    except SchemaMissing as error:
        print(error, file=sys.stderr)
        return 2
    uvicorn.run(
        app,
        host=given.host,
        port=given.port,
        log_level="warning" if given.quiet else "info",
        access_log=not given.quiet,
        timeout_graceful_shutdown=2,
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
