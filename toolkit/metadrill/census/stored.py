"""A census on disk: one Parquet file a table, written as the rows come, then put in order.

The order is that of `tables.build`, so a stored census has the digests of one in memory. Sorting
goes through disk (duckdb) within a memory limit: a repository of any size can be counted.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from metadrill.census import asking, digests, trails
from metadrill.census.tables import SCHEMAS, Census, Files
from metadrill.errors import BackupError, CheckerError

_BATCH = 20_000
_NOTHING: Mapping[str, Path] = {}
Named = Mapping[str, Any]
Row = Named | tuple[Any, ...]


@dataclass(frozen=True)
class Figures:
    """Digest and number of rows of each table, and entities per type."""

    digests: Mapping[str, str]
    counts: Mapping[str, int]
    types: Mapping[str, int]


class Writer:
    """Takes rows table by table into a folder; `finish` orders them and says what there is."""

    def __init__(self, folder: Path, schemas: Mapping[str, pa.Schema] = SCHEMAS) -> None:
        self._folder, self._schemas = folder, schemas
        self._draft = folder / "unordered"
        self._draft.mkdir(parents=True)
        self._rows: dict[str, list[tuple[Any, ...]]] = {}
        self._files: dict[str, pq.ParquetWriter] = {}
        self._written: dict[str, int] = {}

    def add(self, table: str, rows: Iterable[Row]) -> None:
        """Take rows of a table, by name of column or in the order of the columns.

        A table that is named has been read, even when it has no row.
        """
        waiting = self._rows.setdefault(table, [])
        names = self._schemas[table].names
        for row in rows:
            waiting.append(row if isinstance(row, tuple) else tuple(map(row.get, names)))
            if len(waiting) >= _BATCH:
                self._write(table)

    def taken(self, table: str) -> int:
        """Return how many rows of a table were taken so far."""
        return self._written.get(table, 0) + len(self._rows.get(table, ()))

    def finish(self, without: Mapping[str, Path] = _NOTHING) -> dict[str, Path]:
        """Put every table in order and return its file. Raises EnvironmentNotReady: a full disk.

        `without` are files that list, as `place`, which of the rows are left out, counted from 0.
        """
        for table in self._rows:
            self._write(table)
        found = {}
        for table, file in self._files.items():
            file.close()
            found[table] = self._folder / f"{table}.parquet"
            names = self._schemas[table].names
            ordered(self._draft / f"{table}.parquet", found[table], names, without.get(table))
        shutil.rmtree(self._draft)
        return found

    def _write(self, table: str) -> None:
        schema = self._schemas[table]
        if table not in self._files:
            self._files[table] = pq.ParquetWriter(self._draft / f"{table}.parquet", schema)
        waiting = self._rows[table]
        columns = zip(*waiting, strict=True) if waiting else ((),) * len(schema)
        try:
            arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
        except (pa.ArrowException, OverflowError, TypeError) as error:
            raise CheckerError(f"{table}: a value is none that its column can hold: {error}") from None
        self._files[table].write_table(pa.Table.from_arrays(arrays, schema=schema))
        self._written[table] = self.taken(table)
        waiting.clear()


def values(table: str, row: Row) -> tuple[Any, ...]:
    """Return a row of a table in the order of its columns."""
    return row if isinstance(row, tuple) else tuple(map(row.get, SCHEMAS[table].names))


def ordered(source: Path, target: Path, columns: Iterable[str], without: Path | None = None) -> None:
    """Write the rows of a Parquet file in the order of its columns, nulls last.

    `without` lists, as `place`, which of them are left out, counted from 0.
    """
    by = ", ".join(f'"{name}" ASC NULLS LAST' for name in columns)
    if without is None:
        asking.copy(f"SELECT * FROM read_parquet($1) ORDER BY {by}", target, source)
        return
    rows = """SELECT * EXCLUDE file_row_number FROM read_parquet($1, file_row_number = true)
              WHERE file_row_number NOT IN (SELECT place FROM read_parquet($2))"""
    asking.copy(f"{rows} ORDER BY {by}", target, source, without)


def figures(files: Mapping[str, Path]) -> Figures:
    """Given ordered tables, return what they come to, read batch by batch. Raises BackupError."""
    census = read(files)
    return Figures(digests.tables(census), digests.counts(census), digests.types(census))


def read(files: Mapping[str, Path]) -> Census:
    """Given ordered tables, return the census; each is read when it is asked for, or not at all."""
    return Census(Files(files), {})


def audit(folder: Path, changes: Path) -> dict[str, Path]:
    """Given a file of changes, lay the table `audit` of a census into a folder; return it by its name."""
    writer = Writer(folder)
    writer.add("audit", trails.rows(rows(changes)))
    return writer.finish()


def guids(entities: Path) -> Iterator[str]:
    """Yield the guids of a table of entities that is in order, each once. Raises as `rows`."""
    for guid, _ in groupby(rows(entities), key=itemgetter("guid")):
        yield str(guid)


def rows(path: Path) -> Iterator[Named]:
    """Yield the rows of a Parquet file, batch by batch. Raises BackupError for one that is none."""
    with _readable(path), pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_BATCH):
            yield from batch.to_pylist()


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise BackupError(f"{path.name}: cannot be read: {error}", "verify the set") from None


def write(path: Path, rows: Iterable[Named], schema: pa.Schema) -> Path:
    """Write rows as one Parquet file in their order, batch by batch; return its path."""
    with pq.ParquetWriter(path, schema, compression="zstd") as file:
        waiting: list[dict[str, Any]] = []
        for row in rows:
            waiting.append(dict(row))
            if len(waiting) >= _BATCH:
                file.write_table(pa.Table.from_pylist(waiting, schema=schema))
                waiting.clear()
        file.write_table(pa.Table.from_pylist(waiting, schema=schema))
    return path
