"""Figures of a set: what moved while it was read, how far its stores are apart in time."""

import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from metadrill.census import asking
from metadrill.census.exempting import NAMES_ENTITIES
from metadrill.depot.listing import Listing

if TYPE_CHECKING:
    from metadrill.depot.shelf import Held

_MOVED = """
WITH before AS (SELECT guid, modified, state, type FROM read_parquet($1) WHERE guid <> ''),
after AS (SELECT guid, modified, state, type FROM read_parquet($2) WHERE guid <> ''),
differing AS ((FROM before EXCEPT FROM after) UNION ALL (FROM after EXCEPT FROM before))
SELECT DISTINCT guid, CASE WHEN guid NOT IN (SELECT guid FROM before) THEN 'came'
                           WHEN guid NOT IN (SELECT guid FROM after) THEN 'went' ELSE 'changed' END AS what
FROM differing ORDER BY guid
"""

_MOVED_TOO = """
WITH first AS (SELECT guid FROM read_parquet($2)), again AS (SELECT guid FROM read_parquet($3)),
differing AS (PARTS),
found AS (
    SELECT guid, what FROM read_parquet($1)
    UNION ALL
    SELECT guid, CASE WHEN guid NOT IN (FROM first) THEN 'came' WHEN guid NOT IN (FROM again) THEN 'went'
                      ELSE 'changed' END
    FROM differing WHERE guid IN (FROM first) OR guid IN (FROM again))
SELECT guid, arg_min(what, what = 'changed') AS what FROM found GROUP BY guid ORDER BY guid
"""


def moved(scratch: Path, before: Path, after: Path) -> Path:
    """Given two looks at the index, return a file of the guids whose document is not the same."""
    target = scratch / "moving.parquet"
    asking.copy(_MOVED, target, before, after)
    return target


def moved_too(scratch: Path, moved: Path, first: Mapping[str, Path], again: Mapping[str, Path]) -> Path:
    """Given what moved by the index, and two readings of the graph, return what moved by either."""
    files, parts = [moved, first["entities"], again["entities"]], []
    both = {table: columns for table, columns in NAMES_ENTITIES.items() if table in first and table in again}
    for table, columns in both.items():
        one, other = (f"FROM read_parquet(${len(files) + place})" for place in (1, 2))
        files += [first[table], again[table]]
        apart = f"({one} EXCEPT {other}) UNION ALL ({other} EXCEPT {one})"
        parts.append(f"SELECT unnest([{', '.join(columns)}]) AS guid FROM ({apart})")  # noqa: S608 - our own
    target = scratch / "moving-too.parquet"
    asking.copy(_MOVED_TOO.replace("PARTS", " UNION ALL ".join(parts)), target, *files)
    return target


def count(scratch: Path, file: Path) -> int:
    """Return the number of rows of a Parquet file."""
    return int(asking.query(scratch, "SELECT count(*) FROM read_parquet($1)", file)[0][0])


def skew(stores: Mapping[str, Mapping[str, str]]) -> float:
    """Return the seconds from the first store's begin to the last one's end."""
    begun = min(datetime.fromisoformat(store["started"]) for store in stores.values())
    ended = max(datetime.fromisoformat(store["ended"]) for store in stores.values())
    return round((ended - begun).total_seconds(), 3)


def known(parent: "Held | None") -> Listing:
    """Return the list of the entries that a parent's chain holds; an empty one without a parent."""
    return Listing(parent.path("entries") if parent else None)


def clear(scratch: Path) -> None:
    """Remove what was only needed on the way."""
    shutil.rmtree(scratch, ignore_errors=True)
