"""Digests and counts of a census: what a backup manifest keeps of it.

A digest says that a table holds the same rows, in whatever order they were read. It is the
SHA-256 of a header and of the sorted rows as JSON arrays without their outer brackets, each
followed by a comma.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence

import pyarrow as pa

from metadrill.census.tables import Census

BATCH = 65_536


def tables(census: Census) -> dict[str, str]:
    """Return the SHA-256 of each table that the census has, by name."""
    return {name: _digest(name, table) for name, table in sorted(census.tables.items())}


def counts(census: Census) -> dict[str, int]:
    """Return the number of rows of each table, by name."""
    return {name: table.num_rows for name, table in sorted(census.tables.items())}


def types(census: Census) -> dict[str, int]:
    """Return the number of entities per type, in every state. No entities table: nothing."""
    if "entities" not in census.tables:
        return {}
    grouped = census.tables["entities"].group_by("type").aggregate([([], "count_all")]).to_pylist()
    found: dict[str, int] = {}
    for row in grouped:
        found[row["type"] or ""] = found.get(row["type"] or "", 0) + row["count_all"]
    return dict(sorted(found.items()))


def _digest(name: str, table: pa.Table) -> str:
    columns = table.schema.names
    ordered = table.sort_by([(column, "ascending") for column in columns])
    return of_batches(name, columns, ordered.to_batches(max_chunksize=BATCH))


def of_batches(name: str, columns: Sequence[str], batches: Iterable[pa.RecordBatch]) -> str:
    """Given the batches of a table that is in order, return its digest."""
    state = hashlib.sha256(f"metadrill-table-1\n{name}\n{','.join(columns)}\n".encode())
    for batch in batches:
        lines = list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
        if lines:
            state.update(json.dumps(lines, separators=(",", ":"))[1:-1].encode() + b",")
    return state.hexdigest()
