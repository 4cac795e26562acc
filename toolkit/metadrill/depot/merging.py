"""A part of a set put beside what stands already: what is lost, what is newer than the cut, what to do."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from metadrill.census import selecting
from metadrill.census.tables import Tables

_EDGES = {"classifications": ("entity", "source"), "relationships": ("seen_from", "other")}


class Decision(StrEnum):
    """What becomes of an entity that was changed since the cut."""

    KEEP = "keep"
    BACKUP = "backup"


@dataclass(frozen=True)
class Newer:
    """An entity that is there and not as the set has it: what differs, since when and by whom."""

    guid: str
    kind: str
    name: str
    what: str
    updated: int
    by: str
    decided: Decision


@dataclass(frozen=True)
class Merge:
    """What is put: of what was wanted the lost, and the changed where the backup was decided for."""

    put: frozenset[str]
    lost: frozenset[str]
    newer: tuple[Newer, ...]
    others: frozenset[str]
    """Entities that need not be as the set has them: new since the cut, changed, or gone and not wanted."""


def merge(
    before: Tables, now: Tables, wanted: tuple[frozenset[str], frozenset[str]], decision: Decision
) -> Merge:
    """Given a set's tables and those of what stands, return what is to be done.

    `wanted` are the entities that were picked, and those with all that they need: of the latter
    only what is lost is put, whatever was decided.
    """
    picked, needed = wanted
    lost = selecting.lost(before, now) & needed
    differing = dict(_differing(before, now))
    newer = tuple(
        _newer(now, {guid: differing[guid] for guid in picked - lost if guid in differing}, decision)
    )
    put = lost | (frozenset(row.guid for row in newer) if decision is Decision.BACKUP else frozenset())
    strangers = _all(now) ^ _all(before)
    others = (strangers | differing.keys() | _apart(before, now, put)) - put
    return Merge(put, lost, newer, frozenset(others))


def _newer(now: Tables, what: Mapping[str, str], decision: Decision) -> Iterator[Newer]:
    for row in now["entities"].to_pylist():
        if row["guid"] in what:
            yield Newer(
                row["guid"], row["type"], row["unique_name"] or "", what[row["guid"]], row["updated"] or 0,
                row["updated_by"] or "", decision,
            )  # fmt: skip


def _differing(before: Tables, now: Tables) -> Iterator[tuple[str, str]]:
    """Yield each entity that is on both sides and not the same, and what of it differs."""
    then, there = _by_guid(before), _by_guid(now)
    tags, tagged = _tags(before), _tags(now)
    for guid in then.keys() & there.keys():
        found = [
            key
            for key in ("type", "unique_name", "state", "digest")
            if {row[key] for row in then[guid]} != {row[key] for row in there[guid]}
        ]
        if tags.get(guid) != tagged.get(guid):
            found.append("classifications")
        if found:
            yield guid, " ".join("attributes" if key == "digest" else key for key in found)


def _apart(before: Tables, now: Tables, put: frozenset[str]) -> set[str]:
    """Return the ends of edges that differ though nothing that is put has to do with them."""
    found: set[str] = set()
    for table, ends in _EDGES.items():
        for row in _rows(before, table) ^ _rows(now, table):
            named = {value for key, value in row if key in ends}
            if not named & put:
                found |= named
    return found


def _rows(tables: Tables, table: str) -> set[tuple[tuple[str, Any], ...]]:
    return {tuple(row.items()) for row in tables[table].to_pylist()}


def _by_guid(tables: Tables) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each entity: one, unless several entities have its guid."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in tables["entities"].to_pylist():
        if row["guid"]:
            found.setdefault(row["guid"], []).append(row)
    return found


def _all(tables: Tables) -> frozenset[str]:
    return frozenset(guid for guid in tables["entities"]["guid"].to_pylist() if guid)


def _tags(tables: Tables) -> dict[str, set[tuple[str, str]]]:
    """Return the classifications that each entity bears itself."""
    found: dict[str, set[tuple[str, str]]] = {}
    for row in _direct(tables["classifications"].to_pylist()):
        found.setdefault(row["entity"], set()).add((row["name"], row["digest"] or ""))
    return found


def _direct(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return (row for row in rows if row["direct"])
