"""The tables of a census, version 1, and how they are built."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from metadrill.errors import CheckerError

TEXT, WHOLE, FLAG = pa.string(), pa.int64(), pa.bool_()
Tables = Mapping[str, pa.Table]

SCHEMAS: dict[str, pa.Schema] = {
    "typedefs": pa.schema([("name", TEXT), ("category", TEXT), ("digest", TEXT)]),
    "entities": pa.schema(
        [
            ("guid", TEXT), ("type", TEXT), ("unique_name", TEXT), ("state", TEXT),
            ("shell", FLAG), ("created", WHOLE), ("created_by", TEXT), ("updated", WHOLE),
            ("updated_by", TEXT), ("digest", TEXT),
        ]
    ),
    "rules": pa.schema(
        [
            ("type", TEXT), ("attribute", TEXT), ("opposite", TEXT), ("cardinality", TEXT),
            ("owns", FLAG),
        ]
    ),
    "annotations": pa.schema([("entity", TEXT), ("kind", TEXT), ("name", TEXT), ("digest", TEXT)]),
    "shortfalls": pa.schema([("entity", TEXT), ("attribute", TEXT), ("what", TEXT)]),
    "relationships": pa.schema(
        [
            ("guid", TEXT), ("type", TEXT), ("status", TEXT), ("seen_from", TEXT),
            ("other", TEXT), ("attribute", TEXT), ("digest", TEXT),
        ]
    ),
    "classifications": pa.schema(
        [("entity", TEXT), ("name", TEXT), ("source", TEXT), ("direct", FLAG), ("digest", TEXT)]
    ),
    "glossary": pa.schema(
        [("guid", TEXT), ("kind", TEXT), ("name", TEXT), ("parent", TEXT), ("digest", TEXT)]
    ),
    "assignments": pa.schema([("term", TEXT), ("entity", TEXT), ("seen_from", TEXT)]),
    "lineage": pa.schema([("process", TEXT), ("direction", TEXT), ("entity", TEXT)]),
    "documents": pa.schema(
        [("document", TEXT), ("guid", TEXT), ("type", TEXT), ("state", TEXT), ("modified", WHOLE)]
    ),
    "segments": pa.schema(
        [("file", TEXT), ("size", WHOLE), ("stored", TEXT), ("computed", TEXT)]
    ),
}  # fmt: skip

SCHEMA = frozenset({"typedefs", "rules"})
"""The tables that the type definitions fill."""
GRAPH = frozenset(SCHEMAS) - SCHEMA - {"documents", "segments"}
"""The tables that the entities of the graph fill."""


@dataclass(frozen=True)
class Census:
    """Every table of SCHEMAS, complete; one that the stack cannot give is absent, not empty.

    `faults` says what could not be read or decoded: table name → reason. A census with a
    fault in a table never proves anything about that table.
    """

    tables: Tables
    faults: Mapping[str, str]


def build(rows: Mapping[str, Iterable[Mapping[str, Any]]], faults: Mapping[str, str]) -> Census:
    """Given rows per table, return the census, sorted by its columns, so that digests are stable.

    Raises CheckerError for a table or a column that is not in SCHEMAS.
    """
    tables: dict[str, pa.Table] = {}
    for name, items in rows.items():
        if name not in SCHEMAS:
            raise CheckerError(f"census has no table {name}")
        schema = SCHEMAS[name]
        table = pa.Table.from_pylist(list(items), schema=schema)
        tables[name] = table.sort_by([(column, "ascending") for column in schema.names])
    return Census(tables, faults)
