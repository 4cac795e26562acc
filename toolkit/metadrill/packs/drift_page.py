"""The page of `drift --html`: one file, no network, no script."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from metadrill.packs import content, report, templates

SHOWN = 2000
"""How many rows a page lists; it counts all. The whole is for CSV and Parquet."""


def render(
    names: tuple[str, str],
    counts: Sequence[tuple[str, str, str, int]],
    sizes: Sequence[tuple[str, int, int]],
    rows: Iterable[Any],
) -> str:
    """Given what was compared, the counts (table, type, side, rows) and the rows, return the page."""
    style = (content.reports() / "style" / "report.css").read_text("utf-8")
    by_table: dict[str, list[Any]] = {}
    for row in islice(rows, SHOWN):
        by_table.setdefault(row.table, []).append(row)
    total = sum(count for *_, count in counts)
    return templates.fill(
        "drift.html.j2",
        first=names[0],
        second=names[1],
        total=total,
        counts=counts,
        sizes=sizes,
        tables=by_table,
        left_out=max(0, total - SHOWN),
        style=templates.own(style),
        policy=report.policy(style),
    )
