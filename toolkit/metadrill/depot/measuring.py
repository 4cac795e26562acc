"""The fidelity table, measured: of what a set held, how much a logical restore brought back as it was."""

from collections.abc import Callable, Mapping
from typing import Any

from metadrill.census import Census
from metadrill.depot import fidelity
from metadrill.depot.fidelity import Fate
from metadrill.depot.shelf import Held
from metadrill.model.qualification import Came, FidelityRow
from metadrill.ports.backing import Dialect

Row = Mapping[str, Any]
Things = Mapping[tuple[Any, ...], Any]
Things_of = Callable[[Census], Things]
_EVERY_OTHER = "relationships"


def measure(held: Held, dialect: Dialect, after: Census) -> tuple[FidelityRow, ...]:
    """Given a set, and the census of an empty stack that it was imported into, return the table.

    A row that is foretold as kept is good only where nothing of it is changed, lost or new. What no
    census tells is absent: its count is -1, and it proves nothing.
    """
    before = held.census()
    told = fidelity.foretold(held, dialect)
    removed = frozenset(fidelity.removed_edges(held, dialect))
    ways = _ways(before, told, removed)
    lines = [(line.key, line.item, line.fate) for line in fidelity.table(held, dialect)]
    lines.append((_EVERY_OTHER, "every other relationship: its ends, status and attributes", Fate.KEPT))
    return tuple(_row(line, before, after, ways.get(line[0])) for line in lines)


def _row(line: tuple[str, str, Fate], before: Census, after: Census, things: Things_of | None) -> FidelityRow:
    key, item, fate = line
    if things is None:
        return FidelityRow(key, item, fate.value, -1, 0, 0, 0, 0, Came.ABSENT, "no census tells")
    had, has = things(before), things(after)
    same = sum(has.get(thing) == value for thing, value in had.items() if thing in has)
    lost, anew = len(had.keys() - has.keys()), len(has.keys() - had.keys())
    changed = len(had) - same - lost
    good = fate is not Fate.KEPT or not (changed or lost or anew)
    came = Came.GOOD if good else Came.BAD
    return FidelityRow(key, item, fate.value, len(had), same, changed, lost, anew, came)


def _ways(
    before: Census, told: Mapping[str, frozenset[str]], removed: frozenset[str]
) -> Mapping[str, Things_of]:
    """Return, by the key of a line, how a census tells what of it is there, and what each is like."""
    used = {row["type"] for row in before.tables["entities"].to_pylist()}
    gone = {row["guid"] for row in before.tables["entities"].to_pylist() if row["state"] == "DELETED"}
    open_ended = frozenset[str]().union(*told.values()) | removed

    def edges(guids: frozenset[str]) -> Things_of:
        return _of("relationships", "guid", "status", lambda row: row["guid"] in guids)

    return {
        "guids": _of("entities", "guid", "type unique_name created created_by"),
        "attributes": _both(
            _of("entities", "guid", "digest"), _of("annotations", "entity kind name", "digest")
        ),
        "classifications": _of("classifications", "entity name", "digest", lambda row: row["direct"]),
        "propagated": _of("classifications", "entity name source", "", lambda row: not row["direct"]),
        "glossary": _both(
            _of("glossary", "guid kind", "name parent digest"),
            _of("assignments", "term entity seen_from", ""),
        ),
        "spare_types": _of("typedefs", "category name", "digest", lambda row: row["name"] not in used),
        "deleted": _of("entities", "guid", "state", lambda row: row["guid"] in gone),
        "removed_edges": edges(removed),
        "contended": edges(told["contended"]),
        "deleted_edges": edges(told["deleted_edges"]),
        "update_stamps": _of("entities", "guid", "updated updated_by"),
        _EVERY_OTHER: _of(
            "relationships", "guid seen_from", "type status other digest",
            lambda row: row["guid"] not in open_ended,
        ),
    }  # fmt: skip


def _of(table: str, key: str, like: str, wanted: Callable[[Row], bool] = lambda row: True) -> Things_of:
    """Return how the rows of a table that are wanted are read: what names each, and what it is like."""

    def things(census: Census) -> Things:
        rows = census.tables[table].to_pylist() if table in census.tables else ()
        found: dict[tuple[Any, ...], set[tuple[Any, ...]]] = {}
        for row in rows:
            if wanted(row):
                found.setdefault(_values(row, key), set()).add(_values(row, like))
        return found

    return things


def _both(one: Things_of, other: Things_of) -> Things_of:
    return lambda census: {**one(census), **other(census)}


def _values(row: Row, columns: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in columns.split())
