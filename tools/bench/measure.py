"""Measure in an open database: ``python -m tools.bench.measure DATABASE N -- ODOO OPTIONS``."""

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from tools.demo import load
from tools.demo.records import Records
from tools.inside.registry import open_database

LINES = ("board", "assembly", "water", "textbook", "training")
BUYERS = ("school", "office", "trader")
ROUNDS = 3
TOGETHER = 100  # invoices made at once, to keep memory flat


@dataclass(frozen=True)
class Cost:
    """Of one invoice."""

    milliseconds: float
    queries: float


def post_invoices(env, number: int):
    """That many posted invoices of five lines, to three buyers in turn."""
    records = Records(env)
    env = env(context={**env.context, "allowed_company_ids": [records.get("limited").id]})
    lines = [
        (0, 0, {"product_id": records.get(name).id, "quantity": place + 1})
        for place, name in enumerate(LINES)
    ]
    values = [
        {
            "move_type": "out_invoice",
            "partner_id": records.get(BUYERS[place % len(BUYERS)]).id,
            "invoice_date": date.today(),
            "invoice_line_ids": lines,
        }
        for place in range(number)
    ]
    moves = env["account.move"]
    for start in range(0, number, TOGETHER):
        moves |= env["account.move"].create(values[start : start + TOGETHER])
    moves.action_post()
    return moves


def measure(moves, render: Callable) -> Cost:
    """Time and queries of ``render`` on cold records, each divided by the number of invoices."""
    moves.env.flush_all()
    moves.env.invalidate_all()
    queries, begin = moves.env.cr.sql_log_count, time.perf_counter()
    render(moves)
    seconds = time.perf_counter() - begin
    count = len(moves)
    return Cost(seconds * 1000 / count, (moves.env.cr.sql_log_count - queries) / count)


def ours(moves) -> None:
    rendered = moves._l10n_pl_ksef_render()
    if len(rendered) != len(moves):
        raise SystemExit(f"{len(moves) - len(rendered)} invoices were not rendered")


def native(moves) -> None:
    for move in moves:
        move._l10n_pl_edi_render_xml()


def typical(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.milliseconds for cost in costs),
        statistics.median(cost.queries for cost in costs),
    )


def report(number: int, mine: Cost, theirs: Cost) -> str:
    def row(name: str, cost: Cost) -> str:
        return f"  {name:<28}{cost.milliseconds:>10.2f} ms{cost.queries:>12.2f} queries"

    time_ratio = mine.milliseconds / theirs.milliseconds
    query_ratio = mine.queries / theirs.queries
    return "\n".join(
        (
            f"{number} posted invoices of {len(LINES)} lines, per invoice, median of {ROUNDS}:",
            row("l10n_pl_ksef", mine),
            row("l10n_pl_edi", theirs),
            f"  ratio (ours / theirs): time {time_ratio:.3f}, queries {query_ratio:.3f}",
        )
    )


def main(database: str, number: int, options: list[str]) -> None:
    with open_database(database, options) as env:
        load.load(env)
        moves = post_invoices(env, number)
        # once unmeasured: both compile templates and fill the caches that outlive a transaction
        for render in (ours, native):
            render(moves[:1])
        found = [(measure(moves, ours), measure(moves, native)) for _ in range(ROUNDS)]
        print(report(number, typical([a for a, _ in found]), typical([b for _, b in found])))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[4:])
