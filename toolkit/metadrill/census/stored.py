"""A census on disk: one Parquet file a table, written as the rows come, then put in order.

The order is that of `tables.build`, so a stored census has the digests of one in memory. Sorting
goes through disk (duckdb) within a memory limit: a repository of any size can be counted.
"""

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from metadrill.census import digests
from metadrill.census.tables import SCHEMAS, Census
from metadrill.errors import BackupError, EnvironmentNotReady

_BATCH = 20_000
_MEMORY = "256MB"
_FULL = ("No space left", "Out of Memory")
_FORM = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 100000"
Row = Mapping[str, Any]
T = TypeVar("T")


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
        self._rows: dict[str, list[Row]] = {}
        self._files: dict[str, pq.ParquetWriter] = {}

    def add(self, table: str, rows: Iterable[Row]) -> None:
        """Take rows of a table; a table that is named has been read, even when it has none."""
        waiting = self._rows.setdefault(table, [])
        for row in rows:
            waiting.append(row)
            if len(waiting) >= _BATCH:
                self._write(table)

    def finish(self) -> dict[str, Path]:
        """Put every table in order and return its file. Raises EnvironmentNotReady: a full disk."""
        for table in self._rows:
            self._write(table)
        found = {}
        for table, file in self._files.items():
            file.close()
            found[table] = self._folder / f"{table}.parquet"
            ordered(self._draft / f"{table}.parquet", found[table], self._schemas[table].names)
        shutil.rmtree(self._draft)
        return found

    def _write(self, table: str) -> None:
        schema = self._schemas[table]
        if table not in self._files:
            self._files[table] = pq.ParquetWriter(self._draft / f"{table}.parquet", schema)
        waiting = self._rows[table]
        self._files[table].write_table(pa.Table.from_pylist([dict(row) for row in waiting], schema=schema))
        waiting.clear()


def ordered(source: Path, target: Path, columns: Iterable[str]) -> None:
    """Write the rows of a Parquet file in the order of its columns, nulls last."""
    by = ", ".join(f'"{name}" ASC NULLS LAST' for name in columns)
    copy(f"SELECT * FROM read_parquet($1) ORDER BY {by}", target, source)  # noqa: S608 - our own columns


def copy(text: str, target: Path, *files: Path, form: str = _FORM) -> None:
    """Write the answer to a question as a file, Parquet unless another form is named. Raises as `query`."""
    query(target.parent, f"COPY ({text}) TO '{_quoted(target)}' ({form})", *files)


def query(scratch: Path, text: str, *files: Path) -> list[tuple[Any, ...]]:
    """Ask something of Parquet files ($1, $2, …) within the memory limit; return the rows.

    Raises EnvironmentNotReady for a disk that is full, BackupError for a file that cannot be read.
    """
    import duckdb

    try:
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"SET memory_limit='{_MEMORY}'")
            connection.execute(f"SET temp_directory='{_quoted(scratch / 'duckdb')}'")
            connection.execute("SET threads=1")
            places = [_literal(path) for path in files]
            return _apart(connection, lambda: connection.execute(text, places).fetchall())
    except duckdb.Error as error:
        if any(word in str(error) for word in _FULL):
            raise EnvironmentNotReady(f"{scratch}: {error}", "free some space") from None
        raise BackupError(f"{', '.join(path.name for path in files)}: cannot be read: {error}") from None


def ask(text: str, tables: Mapping[str, pa.Table]) -> pa.Table:
    """Ask something of tables in memory, each under its name; return the rows."""
    import duckdb

    with duckdb.connect(":memory:") as connection:
        connection.execute("SET threads=1")
        for name, table in tables.items():
            connection.register(name, table)
        return _apart(connection, lambda: connection.sql(text).to_arrow_table())


def _apart(connection: Any, act: Callable[[], T]) -> T:
    """Ask in a thread of its own. A signal reaches the main one at once, and ends the question too.

    Within a question the library lets no signal through, or puts an error of its own in its place.
    """
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(act)
        try:
            return answer.result()
        except BaseException:
            connection.interrupt()
            raise


def _literal(path: Path) -> str:
    """Return a path as one that names itself alone: `[`, `*` and `?` would stand for other files too."""
    return re.sub(r"([\[*?])", r"[\1]", str(path))


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def figures(files: Mapping[str, Path]) -> Figures:
    """Given ordered tables, return what they come to, read batch by batch. Raises BackupError."""
    sums, counts, types = {}, {}, Counter[str]()
    for name, path in sorted(files.items()):
        if name not in SCHEMAS:
            continue
        with _readable(path), pq.ParquetFile(path) as file:
            if file.schema_arrow.names != SCHEMAS[name].names:
                raise BackupError(f"{path.name}: is no table of {name}", "verify the set")
            sums[name] = digests.of_batches(name, SCHEMAS[name].names, file.iter_batches(digests.BATCH))
            counts[name] = int(file.metadata.num_rows)
            if name == "entities":
                for batch in file.iter_batches(digests.BATCH, columns=["type"]):
                    for item in batch.column(0).value_counts().to_pylist():
                        types[item["values"] or ""] += item["counts"]
    return Figures(sums, counts, dict(sorted(types.items())))


def read(files: Mapping[str, Path]) -> Census:
    """Given ordered tables, return the census. Raises BackupError for a file that is no such table."""
    try:
        tables = {
            name: pq.read_table(path).cast(SCHEMAS[name]) for name, path in files.items() if name in SCHEMAS
        }
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BackupError(f"census: cannot be read: {error}", "verify the set") from None
    return Census(tables, {})


def rows(path: Path) -> Iterator[Row]:
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


def write(path: Path, rows: Iterable[Row], schema: pa.Schema) -> Path:
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
