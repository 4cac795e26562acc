"""Digests and counts of a census: what a backup manifest keeps of it.

A digest says that a table holds the same rows, in whatever order they were read. It is the
SHA-256 of a header and of the sorted rows as JSON arrays without their outer brackets, each
followed by a comma.
"""

import hashlib
import json

import pyarrow as pa

from metadrill.census.tables import Census

_BATCH = 65_536


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
    return {row["type"] or "": row["count_all"] for row in sorted(grouped, key=lambda row: row["type"] or "")}


def _digest(name: str, table: pa.Table) -> str:
    columns = table.schema.names
    state = hashlib.sha256(f"metadrill-table-1\n{name}\n{','.join(columns)}\n".encode())
    ordered = table.sort_by([(column, "ascending") for column in columns])
    for batch in ordered.to_batches(max_chunksize=_BATCH):
        lines = list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
        if lines:
            state.update(json.dumps(lines, separators=(",", ":"))[1:-1].encode() + b",")
    return state.hexdigest()
