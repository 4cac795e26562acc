"""Digests and counts of a census: what a backup manifest keeps of it.

A digest says that a table holds the same rows, in whatever order they were read. It is the
SHA-256 of a header and of the sorted rows as JSON arrays without their outer brackets, each
followed by a comma.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyarrow as pa

from metadrill.census.tables import SCHEMAS, Census, Files

BATCH = 65_536


def tables(census: Census) -> dict[str, str]:
    """Return the SHA-256 of each table that the census has, by name."""
    return {name: _digest(name, census.tables) for name in sorted(census.tables)}


def counts(census: Census) -> dict[str, int]:
    """Return the number of rows of each table, by name."""
    return {name: rows(census, name) for name in sorted(census.tables)}


def rows(census: Census, table: str) -> int:
    """Return the number of rows of a table; 0 where there is none."""
    tables = census.tables
    if table not in tables:
        return 0
    return tables.rows(table) if isinstance(tables, Files) else tables[table].num_rows


def types(census: Census) -> dict[str, int]:
    """Return the number of entities per type, in every state. No entities table: nothing."""
    return valued(census, "entities", "type")


def valued(census: Census, table: str, column: str) -> dict[str, int]:
    """Return how many rows of a table have each text in a column (null as ''). No such table: nothing."""
    found = Counter[str]()
    if table in census.tables:
        for batch in batches(census.tables, table, [column]):
            for item in batch.column(0).value_counts().to_pylist():
                found[item["values"] or ""] += item["counts"]
    return dict(sorted(found.items()))


def batches(
    tables: Mapping[str, pa.Table], name: str, columns: list[str] | None = None
) -> Iterator[pa.RecordBatch]:
    """Yield a table batch by batch, from its file where it lies in one, in its order."""
    if isinstance(tables, Files):
        yield from tables.batches(name, BATCH, columns)
        return
    table = tables[name]
    ordered = table.sort_by([(column, "ascending") for column in table.schema.names])
    yield from ordered.select(columns or table.schema.names).to_batches(max_chunksize=BATCH)


def _digest(name: str, tables: Mapping[str, pa.Table]) -> str:
    return of_batches(name, SCHEMAS[name].names, batches(tables, name))


def of_batches(name: str, columns: Sequence[str], batches: Iterable[pa.RecordBatch]) -> str:
    """Given the batches of a table that is in order, return its digest."""
    state = hashlib.sha256(f"metadrill-table-1\n{name}\n{','.join(columns)}\n".encode())
    for batch in batches:
        lines = list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
        if lines:
            state.update(json.dumps(lines, separators=(",", ":"))[1:-1].encode() + b",")
    return state.hexdigest()
