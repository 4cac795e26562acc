"""Entities laid into the tables of a census as they are read; one that is listed again counts once.

An export lists what an entity owns with its owner, and once more by itself. That is one vertex, read
twice, and between the two it may have been written. Another vertex of the same guid is no repetition:
its rows stay, so that the check that no guid occurs twice has something to find.
"""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from metadrill.census import asking, stored
from metadrill.census.tables import SCHEMAS, TEXT, WHOLE
from metadrill.errors import CheckerError

Rows = Mapping[str, Sequence[stored.Row]]
_TELLING = frozenset({"entities", "annotations"})
"""The tables by which a repetition is known: laid down whoever asks, so that all readings agree."""
_COLUMNS = SCHEMAS["entities"].names
_WHO = itemgetter(*map(_COLUMNS.index, ("type", "unique_name", "created", "created_by")))
"""What of an entity no write changes but one that gives it another name."""
_WHEN = itemgetter(_COLUMNS.index("updated"))
_SILENT = frozenset({"label", "business"})
"""What can be put on an entity without its time of update being moved (`toolkit/docs/stack-facts.md`)."""
_MARKS = ("who", "updated", "said", "put", "turn")

_MET = """
SELECT guid, min(turn) AS turn, min(said) = max(said) AS alike
FROM read_parquet($1) GROUP BY guid HAVING count(*) > 1
"""
_GONE = """
WITH met AS (SELECT * FROM read_parquet($2)),
odd AS (
    SELECT turn, put,
           min(turn) OVER (PARTITION BY guid, who) AS began,
           min(turn) OVER (PARTITION BY guid, who, updated) AS since,
           min(turn) OVER (PARTITION BY guid, who, updated, said) AS told,
           first_value(put) OVER (PARTITION BY guid, who, updated ORDER BY turn) AS had
    FROM read_parquet($1) SEMI JOIN (SELECT guid FROM met WHERE NOT alike) AS unlike USING (guid))
SELECT came.turn FROM read_parquet($1) AS came JOIN met USING (guid) WHERE alike AND came.turn <> met.turn
UNION ALL
SELECT turn FROM odd WHERE turn > told OR (turn = since AND turn > began) OR (turn > since AND put <> had)
"""
_PLACES = """
SELECT unnest(range(one.TABLE, coalesce(next.TABLE, ALL))) AS place
FROM read_parquet($1) one SEMI JOIN read_parquet($2) gone ON one.turn = gone.turn
LEFT JOIN read_parquet($1) next ON next.turn = one.turn + 1
"""


class Laying:
    """Takes entities; each counts once, as it came first. `needs` are the tables that must be given.

    One that comes again is the same if all of its row is, or if type, name and creation are and it was
    written in between: its time of update is another, or what moves none was put on it. What came is
    listed on disk, each with keyed hashes of 8 bytes and where its rows begin, and the rows of
    repetitions are left out at the end: nothing is kept in memory for each entity.
    """

    def __init__(self, folder: Path, tables: frozenset[str]) -> None:
        """Lay down some tables in a folder, which is made."""
        self.needs = tables | _TELLING
        self._folder, self._tables, self._turn = folder, tables, 0
        self._laid = sorted(self.needs)
        self._census = stored.Writer(folder / "graph", SCHEMAS)
        for table in self._laid:
            self._census.add(table, ())
        marks = [(name, WHOLE) for name in (*_MARKS, *self._laid)]
        self._came = stored.Writer(folder / "came", {"entities": pa.schema([("guid", TEXT), *marks])})
        self._came.add("entities", ())

    def add(self, guid: str, rows: Rows) -> None:
        """Lay down the rows of an entity, at most one of `entities`. Raises CheckerError: a wrong value."""
        if not rows:
            return
        marks = (guid, *_marks(rows), self._turn, *map(self._census.taken, self._laid))
        self._came.add("entities", (marks,))
        self._turn += 1
        for table, found in rows.items():
            self._census.add(table, found)

    def finish(self) -> dict[str, Path]:
        """Put the tables in order and return their files. Raises as `stored.Writer.finish`."""
        came = self._came.finish()["entities"]
        found = self._census.finish(self._again(came))
        came.unlink()
        for table in self.needs - self._tables:
            found.pop(table).unlink()
        return found

    def _again(self, came: Path) -> dict[str, Path]:
        """Given the list of what came, return files of the rows of what had come before, by table."""
        met, gone = (self._folder / f"{name}.parquet" for name in ("met", "gone"))
        asking.copy(_MET, met, came)
        if not pq.read_metadata(met).num_rows:
            return {}
        asking.copy(_GONE, gone, came, met)
        found = {table: self._folder / f"gone-{table}.parquet" for table in self._laid}
        for table, path in found.items():
            text = _PLACES.replace("TABLE", table).replace("ALL", str(self._census.taken(table)))
            asking.copy(text, path, came, gone)
        return found


def _marks(rows: Rows) -> tuple[Any, ...]:
    """Given the rows of an entity, return by what it is known again: as `_MARKS`, up to its turn."""
    entity = stored.values("entities", (*rows.get("entities", ()), {})[0])
    put = [stored.values("annotations", row) for row in rows.get("annotations", ())]
    try:
        silent = hash(tuple(row for row in put if row[1] in _SILENT))
        return hash(_WHO(entity)), _WHEN(entity), hash(entity), silent
    except TypeError as error:
        raise CheckerError(f"entities: a value is none that its column can hold: {error}") from None
