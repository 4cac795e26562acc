"""What a logical restore keeps, changes and loses: the table, counted for one set.

Source: fact 1.4 of the domain's notes, proved on the running server by `tests/live/test_backup.py`,
which exports, imports into an empty stack and compares: every difference must be one of these rows.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from metadrill.census import asking
from metadrill.depot import composing
from metadrill.depot.shelf import Held
from metadrill.model.backup import Method
from metadrill.ports.backing import Dialect


class Fate(StrEnum):
    """What becomes of something in an import."""

    KEPT = "kept"
    CHANGED = "changed"
    LOST = "lost"
    MAY_CHANGE = "may change"


@dataclass(frozen=True)
class Line:
    """One row of the table: `count` says how many things of a set it concerns, -1 where nobody counts."""

    key: str
    item: str
    fate: Fate
    why: str
    count: int = -1


_TABLE = (
    ("guids", "guids, types, unique names, creation stamps of entities", Fate.KEPT, "an import keeps them"),
    ("attributes", "attributes, labels, business metadata, custom attributes", Fate.KEPT, "written whole"),
    ("classifications", "direct classifications with attributes, validity, propagate flag", Fate.KEPT, ""),
    ("glossary", "glossaries, terms, categories, assignments", Fate.KEPT, "exported as types of their own"),
    ("spare_types", "types that no entity uses", Fate.KEPT,
     "an export leaves them out: they are created from the set's own list before the import"),
    ("deleted", "soft-deleted entities", Fate.KEPT, "deleted again by the import, at its own time"),
    ("propagated", "propagated classifications", Fate.KEPT, "computed anew, not taken from the export"),
    ("removed_edges", "relationships that were deleted between live entities", Fate.KEPT,
     "an import makes them active again: they are deleted again after it"),
    ("update_stamps", "update time and updating user of entities", Fate.CHANGED, "the import's own"),
    ("type_stamps", "guids and times of type definitions", Fate.CHANGED, "types are made anew"),
    ("edge_stamps", "times, users and versions of relationships", Fate.LOST, "edges are made anew"),
    ("contended", "which of several relationships holds an end that takes only one", Fate.MAY_CHANGE,
     "the last one that is imported holds it, the others are marked deleted"),
    ("deleted_edges", "state of relationships between soft-deleted entities", Fate.MAY_CHANGE,
     "the import deletes the entities again, and what ties them"),
    ("history", "history of changes of entities", Fate.LOST, "kept beside the set where the server keeps it"),
)  # fmt: skip

_CONTENDED = """
WITH edges AS (SELECT * FROM read_parquet($1) WHERE list_contains(string_split(?, ' '), type)),
named AS (SELECT type, other AS entity, count(DISTINCT guid) AS n FROM edges GROUP BY 1, 2),
own AS (SELECT type, seen_from AS entity, count(DISTINCT guid) AS n FROM edges GROUP BY 1, 2),
ends AS (SELECT named.type, named.entity FROM named LEFT JOIN own USING (type, entity)
         WHERE named.n > 1 AND coalesce(own.n, 0) <= 1)
SELECT DISTINCT edges.guid FROM edges JOIN ends
ON edges.type = ends.type AND (edges.other = ends.entity OR edges.seen_from = ends.entity)
ORDER BY 1
"""
_DELETED_EDGES = """
SELECT DISTINCT r.guid FROM read_parquet($1) r
JOIN read_parquet($2) a ON r.seen_from = a.guid AND a.state = 'DELETED'
JOIN read_parquet($2) b ON r.other = b.guid AND b.state = 'DELETED'
ORDER BY 1
"""
_REMOVED_EDGES = """
SELECT DISTINCT r.guid, r.seen_from, r.other FROM read_parquet($1) r
JOIN read_parquet($2) a ON r.seen_from = a.guid AND a.state = 'ACTIVE'
JOIN read_parquet($2) b ON r.other = b.guid AND b.state = 'ACTIVE'
WHERE r.status = 'DELETED'
ORDER BY 1, 2, 3
"""
_COUNTS = """
SELECT count(*), count(*) FILTER (state = 'DELETED') FROM read_parquet($1)
"""


def contended(held: Held, dialect: Dialect) -> frozenset[str]:
    """Return the relationships of a set that share an end which takes only one.

    Some repositories come to hold such ends (Atlas' own sample does, by sharing columns between
    tables); an import cannot bring them back as they were.
    """
    single = dialect.single(composing.schema(held))
    if not single:
        return frozenset()
    text = _CONTENDED.replace("?", "'" + " ".join(sorted(single)).replace("'", "''") + "'")
    with tempfile.TemporaryDirectory(prefix="metadrill-") as folder:
        rows = asking.query(Path(folder), text, held.tables()["relationships"])
    return frozenset(str(row[0]) for row in rows)


def deleted_edges(held: Held) -> frozenset[str]:
    """Return the relationships of a set whose ends are both soft-deleted entities."""
    files = held.tables()
    with tempfile.TemporaryDirectory(prefix="metadrill-") as folder:
        rows = asking.query(Path(folder), _DELETED_EDGES, files["relationships"], files["entities"])
    return frozenset(str(row[0]) for row in rows)


def removed_edges(held: Held, dialect: Dialect) -> Mapping[str, frozenset[str]]:
    """Return the deleted relationships between live entities of a set, and the ends of each.

    An import makes them anew; they are deleted again after it. Not those at an end that several claim:
    what becomes of these cannot be said.
    """
    files, spared = held.tables(), contended(held, dialect)
    with tempfile.TemporaryDirectory(prefix="metadrill-") as folder:
        rows = asking.query(Path(folder), _REMOVED_EDGES, files["relationships"], files["entities"])
    return {str(guid): frozenset((str(end), str(other))) for guid, end, other in rows if guid not in spared}


def foretold(held: Held, dialect: Dialect) -> Mapping[str, frozenset[str]]:
    """Return the relationships of a set whose state a logical restore may change, by row of the table."""
    return {"contended": contended(held, dialect), "deleted_edges": deleted_edges(held)}


def table(held: Held, dialect: Dialect) -> tuple[Line, ...]:
    """Return the table for a set, counted; nothing for one whose restore is physical."""
    if Method.LOGICAL not in held.manifest.methods:
        return ()
    counts = _counted(held, dialect)
    return tuple(Line(key, item, fate, why, counts.get(key, -1)) for key, item, fate, why in _TABLE)


def _counted(held: Held, dialect: Dialect) -> Mapping[str, int]:
    files, told = held.tables(), held.manifest.census.counts
    with tempfile.TemporaryDirectory(prefix="metadrill-") as folder:
        every, deleted = asking.query(Path(folder), _COUNTS, files["entities"])[0]
        propagated = asking.query(
            Path(folder), "SELECT count(*) FROM read_parquet($1) WHERE NOT direct", files["classifications"]
        )[0][0]
    return {
        "guids": every, "attributes": every, "update_stamps": every, "history": every, "deleted": deleted,
        "propagated": propagated, "classifications": told["classifications"] - propagated,
        "glossary": told["glossary"], "type_stamps": told["typedefs"], "edge_stamps": told["relationships"],
        "removed_edges": len(removed_edges(held, dialect)),
        **{key: len(found) for key, found in foretold(held, dialect).items()},
    }  # fmt: skip
