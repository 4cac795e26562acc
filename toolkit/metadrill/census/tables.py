"""The tables of a census, version 1, and how they are built."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from metadrill.errors import BackupError, CheckerError

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
    "trait_documents": pa.schema([("document", TEXT), ("type", TEXT)]),
    "edge_documents": pa.schema([("document", TEXT), ("relationship", TEXT)]),
    "text_documents": pa.schema([("document", TEXT)]),
    "audit": pa.schema(
        [
            ("entity", TEXT), ("event", TEXT), ("place", WHOLE), ("moment", WHOLE), ("actor", TEXT),
            ("action", TEXT), ("creates", FLAG), ("brought", FLAG), ("digest", TEXT),
        ]
    ),
    "segments": pa.schema(
        [("file", TEXT), ("size", WHOLE), ("stored", TEXT), ("computed", TEXT)]
    ),
    "definitions": pa.schema([("what", TEXT), ("defined", TEXT)]),
    "consistency": pa.schema([("what", TEXT), ("type", TEXT), ("state", TEXT), ("issues", TEXT)]),
    "answers": pa.schema([("probe", TEXT), ("outcome", TEXT), ("took", WHOLE), ("limit", WHOLE)]),
    "consumers": pa.schema([("topic", TEXT), ("consumer", TEXT), ("behind", WHOLE)]),
}  # fmt: skip

SCHEMA = frozenset({"typedefs", "rules"})
"""The tables that the type definitions fill."""
SELF_TOLD = frozenset({"definitions", "consistency", "answers", "consumers"})
"""The tables of what a running repository says of itself: no backup holds them."""
BESIDE = frozenset({"trait_documents", "edge_documents", "text_documents"})
"""The tables of the index that nothing but the same repository's graph can be held against: no backup
holds them, and their documents bear names that another graph gives anew."""
STATE = frozenset(SCHEMAS) - SELF_TOLD - BESIDE - {"segments"}
"""The tables that are the same at two looks at the same state: not its files, which are merged."""
GRAPH = STATE - SCHEMA - {"documents", "audit"}
"""The tables that the entities of the graph fill."""
NAMES: Mapping[str, tuple[str, str]] = {"entities": ("type", "unique_name"), "glossary": ("kind", "name")}
"""The tables that say of a guid what it is and what it is called, and the columns that do."""


class Files(Mapping[str, pa.Table]):
    """Tables that lie in Parquet files, in order; one is read when it is asked for."""

    def __init__(self, files: Mapping[str, Path], folder: Any = None) -> None:
        """Give the files, and what removes their folder when nobody holds them any more."""
        self.files = {name: path for name, path in files.items() if name in SCHEMAS}
        self._folder = folder

    def __getitem__(self, name: str) -> pa.Table:
        """Return a table. Raises BackupError for a file that is no such table."""
        path = self.files[name]
        try:
            return pq.read_table(path).cast(SCHEMAS[name])
        except (pa.ArrowException, OSError, ValueError) as error:
            raise BackupError(f"{path.name}: cannot be read: {error}", "verify the set") from None

    def rows(self, name: str) -> int:
        """Return how many rows a table has, by its file's own word. Raises BackupError as `[]` does."""
        with self._read(name) as file:
            return int(file.metadata.num_rows)

    def batches(self, name: str, rows: int, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield a table in pieces of so many rows. Raises BackupError as `[]` does."""
        with self._read(name) as file:
            yield from file.iter_batches(rows, columns=columns)

    @contextmanager
    def _read(self, name: str) -> Iterator[pq.ParquetFile]:
        path = self.files[name]
        try:
            with pq.ParquetFile(path) as file:
                if file.schema_arrow.names != SCHEMAS[name].names:
                    raise BackupError(f"{path.name}: is no table of {name}", "verify the set")
                yield file
        except (pa.ArrowException, OSError) as error:
            raise BackupError(f"{path.name}: cannot be read: {error}", "verify the set") from None

    def __contains__(self, name: object) -> bool:
        return name in self.files  # else it would be read to find out

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


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


def with_table(census: Census, other: Census, name: str) -> Census:
    """Return a census with a table of another in the place of its own, and what is at fault with it."""
    faults = {table: fault for table, fault in census.faults.items() if table != name}
    faults |= {name: other.faults[name]} if name in other.faults else {}
    kept, taken = (
        [table for table in census.tables if table != name],
        [name] if name in other.tables else [],
    )
    if isinstance(census.tables, Files) and isinstance(other.tables, Files):
        files = {table: census.tables.files[table] for table in kept}
        files |= {table: other.tables.files[table] for table in taken}
        return Census(Files(files, (census.tables, other.tables)), faults)
    tables = {table: census.tables[table] for table in kept}
    return Census(tables | {table: other.tables[table] for table in taken}, faults)
