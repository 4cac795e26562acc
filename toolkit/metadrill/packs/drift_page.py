"""The page of `drift --html`: one file, no network, no script."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from metadrill.packs import content, report, templates

SHOWN = 2000
"""How many rows a page lists; it counts all. The whole is for CSV and Parquet."""
_STYLE = """
.rows{table-layout:fixed;min-width:860px}
.rows td{font-size:13px}
.rows .side{width:14%}
.lede+.note{margin-top:14px}
"""


@dataclass(frozen=True)
class Told:
    """What was compared and what it comes to.

    The names of both; rows that differ, by table, type and side; rows of each table on either side;
    how many rows more are of what was written meanwhile; what the readings cannot say, a sentence each.
    """

    names: tuple[str, str]
    counts: Sequence[tuple[str, str, str, int]]
    sizes: Sequence[tuple[str, int, int]]
    moved: int
    limits: Sequence[str]


def render(told: Told, rows: Iterable[Any]) -> str:
    """Given what was compared, and the rows that differ, return the page; rows that moved stand apart."""
    style = (content.reports() / "style" / "report.css").read_text("utf-8") + _STYLE
    certain: dict[str, list[Any]] = {}
    moved: dict[str, list[Any]] = {}
    for row in islice(rows, SHOWN):
        (moved if row.moved else certain).setdefault(row.table, []).append(row)
    total = sum(count for *_, count in told.counts)
    return templates.fill(
        "drift.html.j2",
        told=told,
        total=total,
        certain=certain,
        moved=moved,
        left_out=max(0, total + told.moved - SHOWN),
        style=templates.own(style),
        policy=report.policy(style),
    )
