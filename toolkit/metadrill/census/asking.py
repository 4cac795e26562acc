"""Engines: what asks questions in SQL of census tables, wherever these lie.

`Local` is duckdb: tables in memory and Parquet files alike, within a limit of memory, the rest on
disk. A question is written once, in the SQL that every engine understands; the little that they
say differently is a method here (`listed`, `number`).
"""

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar

import pyarrow as pa

from metadrill.census.tables import Files
from metadrill.errors import BackupError, EnvironmentNotReady

MEMORY = "256MB"
PIECE = 50_000
"""Rows of a piece of an answer, and so what of it is in memory at a time."""
_FORM = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 100000"
_FULL = ("No space left", "Out of Memory")
T = TypeVar("T")
Source: TypeAlias = pa.Table | Path


class Engine(Protocol):
    """Holds named tables and answers questions about them; whoever made one closes it."""

    def close(self) -> None:
        """Give back all that it holds: memory, workers' memory, files of its own. It is asked no more."""

    def give(self, name: str, source: Source) -> None:
        """Make a table, or a Parquet file, known under a name."""

    def define(self, name: str, text: str) -> None:
        """Give a question a name; it is asked when its rows are wanted."""

    def keep(self, name: str, text: str) -> None:
        """Ask a question once and give its answer a name."""

    def columns(self, text: str) -> tuple[str, ...]:
        """Return the names of the columns of an answer."""

    def pieces(self, text: str, rows: int = PIECE) -> Iterator[pa.Table]:
        """Yield an answer piece by piece; one without rows is no piece."""

    def native(self, text: str) -> Any:
        """Return an answer as a frame that the checker's library judges where it lies; None: in pieces.

        What is held of it, so that it is not asked again, is given back when the next one is wanted.
        """

    def unique(self, source: str, keys: Sequence[str]) -> bool:
        """Whether it is certain that no two rows share the keys (null counts as empty text)."""

    def listed(self, column: str) -> str:
        """Return SQL for the values of a group, in order, with a comma between them."""

    def number(self, text: str) -> str:
        """Return SQL for a whole number of 60 bits that stands for a text."""


class Local:
    """The engine `local`. What it put on disk is gone once nobody holds it any more, closed or not."""

    def __init__(self, memory: str = MEMORY) -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix="metadrill-")
        self._duck = _connected(Path(self._scratch.name), memory)
        self._duck.execute("SET preserve_insertion_order=false")
        self._unique: dict[tuple[str, ...], bool] = {}

    def close(self) -> None:
        """See `Engine`."""
        self._duck.close()
        self._scratch.cleanup()

    def give(self, name: str, source: Source) -> None:
        """See `Engine`."""
        if isinstance(source, Path):
            self.define(name, f"SELECT * FROM read_parquet('{quoted(literal(source))}')")
        else:
            self._duck.register(name, source)

    def define(self, name: str, text: str) -> None:
        """See `Engine`. Raises BackupError for a file that cannot be read."""
        with told(name):
            self._duck.execute(f"CREATE OR REPLACE VIEW {name} AS {text}")

    def keep(self, name: str, text: str) -> None:
        """See `Engine`. Raises as `pieces`."""
        target = Path(self._scratch.name) / f"{name}.parquet"
        with told(name), ThreadPoolExecutor(1) as pool:
            asked = f"COPY ({text}) TO '{quoted(target)}' ({_FORM})"
            apart(pool, self._duck, lambda: self._duck.execute(asked))
        self.give(name, target)

    def columns(self, text: str) -> tuple[str, ...]:
        """See `Engine`."""
        with told(text):
            return tuple(self._duck.sql(text).columns)

    def pieces(self, text: str, rows: int = PIECE) -> Iterator[pa.Table]:
        """See `Engine`. Raises EnvironmentNotReady for a disk that is full, BackupError as `define`."""
        with told(text), ThreadPoolExecutor(1) as pool:
            reader = apart(pool, self._duck, lambda: self._duck.sql(text).to_arrow_reader(rows))
            while (batch := apart(pool, self._duck, lambda: next(reader, None))) is not None:
                if batch.num_rows:
                    yield pa.Table.from_batches([batch])

    def native(self, text: str) -> Any:
        """See `Engine`: answers come in pieces."""

    def unique(self, source: str, keys: Sequence[str]) -> bool:
        """See `Engine`."""
        if (source, *keys) not in self._unique:
            named = ", ".join(f"coalesce({key}, '')" for key in keys)
            text = f"SELECT count(*) = count(DISTINCT hash({named})) AS one FROM {source}"
            self._unique[source, *keys] = one(self, text)[0]
        return self._unique[source, *keys]

    def listed(self, column: str) -> str:
        """See `Engine`."""
        return f"array_to_string(list_sort(list({column})), ', ')"

    def number(self, text: str) -> str:
        """See `Engine`."""
        return f"CAST('0x' || substr(md5({text}), 1, 15) AS BIGINT)"


def one(engine: Engine, text: str) -> tuple[Any, ...]:
    """Return the only row of an answer."""
    (row,) = (row for piece in engine.pieces(text) for row in piece.to_pylist())
    return tuple(row.values())


def _connected(scratch: Path, memory: str = MEMORY) -> Any:
    """Return a connection that keeps within a limit of memory, and puts the rest into a folder."""
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute(f"SET memory_limit='{memory}'")
    connection.execute(f"SET temp_directory='{quoted(scratch)}'")
    connection.execute("SET threads=1")
    return connection


def query(scratch: Path, text: str, *files: Path) -> list[tuple[Any, ...]]:
    """Ask something of Parquet files ($1, $2, …) within the memory limit; return the rows.

    Raises EnvironmentNotReady for a disk that is full, BackupError for a file that cannot be read.
    """
    with told(", ".join(path.name for path in files)), _connected(scratch / "duckdb") as connection:
        places = [literal(path) for path in files]
        with ThreadPoolExecutor(1) as pool:
            return apart(pool, connection, lambda: connection.execute(text, places).fetchall())


def copy(text: str, target: Path, *files: Path, form: str = _FORM) -> None:
    """Write the answer to a question as a file, Parquet unless another form is named. Raises as `query`."""
    query(target.parent, f"COPY ({text}) TO '{quoted(target)}' ({form})", *files)


@contextmanager
def told(what: str) -> Iterator[None]:
    """Say an error of the library as ours."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        if any(word in str(error) for word in _FULL):
            raise EnvironmentNotReady(f"census: {error}", "free some space") from None
        raise BackupError(f"{' '.join(what.split())[:120]}: cannot be read: {error}") from None


def apart(pool: ThreadPoolExecutor, connection: Any, act: Callable[[], T]) -> T:
    """Ask in a thread of its own. A signal reaches the main one at once, and ends the question too.

    Within a question the library lets no signal through, or puts an error of its own in its place.
    """
    answer = pool.submit(act)
    try:
        return answer.result()
    except BaseException:
        connection.interrupt()
        raise


def literal(path: Path) -> str:
    """Return a path as one that names itself alone: `[`, `*` and `?` would stand for other files too."""
    return re.sub(r"([\[*?])", r"[\1]", str(path))


def quoted(text: str | Path) -> str:
    """Return what stands between the quotes of a text in SQL."""
    return str(text).replace("'", "''")


def given(engine: Engine, prefix: str, tables: Mapping[str, Any]) -> None:
    """Make the tables of a census known, from their files where they lie on disk."""
    for name in tables:
        engine.give(f"{prefix}_{name}", tables.files[name] if isinstance(tables, Files) else tables[name])
