"""Entities picked out of a census: by guid, type, name, classification, lineage; those that were lost."""

import fnmatch
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

import pyarrow.compute as pc

from metadrill.census import lineage
from metadrill.census.tables import Tables
from metadrill.errors import UsageError
from metadrill.model.selection import By, Selection

_UP, _DOWN = "up", "down"
_WAYS = {By.LINEAGE: (_UP, _DOWN), By.UPSTREAM: (_UP,), By.DOWNSTREAM: (_DOWN,)}
_GONE = "DELETED"


def chosen(tables: Tables, selections: Iterable[Selection]) -> frozenset[str]:
    """Return the guids of the entities that any selection picks. Raises UsageError: one picks none."""
    found: set[str] = set()
    for selection in selections:
        picked = frozenset(_picked(tables, selection))
        if not picked:
            raise UsageError(f"selection {selection}: picks no entity", "is it written as it is there?")
        found |= picked
    return frozenset(found)


def active(tables: Tables) -> frozenset[str]:
    """Return the guids of the entities that are there and not deleted."""
    entities = tables["entities"]
    there = entities.filter(pc.not_equal(entities["state"], _GONE))
    return frozenset(guid for guid in there["guid"].to_pylist() if guid)


def lost(before: Tables, now: Tables) -> frozenset[str]:
    """Return the guids of what was there and not deleted, and is now deleted, or gone."""
    return active(before) - active(now)


def made(before: Tables, now: Tables, kinds: frozenset[str]) -> frozenset[str]:
    """Return the guids of what is new and of some types."""
    known = frozenset(before["entities"]["guid"].to_pylist())
    return frozenset(
        guid
        for guid, kind in _columns(now, "entities", "guid", "type")
        if kind in kinds and guid not in known
    )


def joined(tables: Tables, relationships: frozenset[str]) -> frozenset[str]:
    """Return the guids of the entities at the ends of some relationships."""
    ends: set[str] = set()
    for guid, one, other in _columns(tables, "relationships", "guid", "seen_from", "other"):
        if guid in relationships:
            ends |= {one, other}
    return frozenset(ends)


def kinds(tables: Tables, guids: frozenset[str]) -> dict[str, int]:
    """Return how many of some entities there are of each type."""
    counts: dict[str, int] = defaultdict(int)
    for guid, kind in _columns(tables, "entities", "guid", "type"):
        if guid in guids:
            counts[kind] += 1
    return dict(sorted(counts.items()))


def stamps(tables: Tables) -> dict[str, tuple[int, str]]:
    """Return time of update (milliseconds) and digest of every entity, by guid."""
    entities = tables["entities"]
    columns = (entities[name].to_pylist() for name in ("guid", "updated", "digest"))
    return {guid: (updated or 0, digest or "") for guid, updated, digest in zip(*columns, strict=True)}


def _picked(tables: Tables, selection: Selection) -> Iterable[str]:
    by, value = selection.by, selection.value
    if by is By.CLASSIFICATION:
        classifications = tables["classifications"]
        marked = classifications.filter(
            pc.and_(pc.equal(classifications["name"], value), classifications["direct"])
        )
        return filter(None, marked["entity"].to_pylist())
    if by in _WAYS:
        return _branch(tables, _roots(tables, value), _WAYS[by])
    column = {By.GUID: "guid", By.TYPE: "type", By.NAME: "unique_name"}[by]
    wanted = (
        re.compile(fnmatch.translate(value)) if by is not By.GUID else re.compile(re.escape(value) + r"\Z")
    )
    return [guid for guid, text in _columns(tables, "entities", "guid", column) if wanted.match(text)]


def _roots(tables: Tables, value: str) -> frozenset[str]:
    """Return the entity of that guid, or those of that unique name."""
    return frozenset(
        guid for guid, name in _columns(tables, "entities", "guid", "unique_name") if value in (guid, name)
    )


def _branch(tables: Tables, roots: frozenset[str], ways: tuple[str, ...]) -> set[str]:
    """Return the roots and all that is reached from them along the ways, each to its end."""
    rows = list(_columns(tables, "lineage", "process", "direction", "entity"))
    found = set(roots)
    for way in ways:
        steps = lineage.steps(rows, up=way == _UP)
        reached, front = set(roots), set(roots)
        while front:
            front = {to for guid in front for to in steps.get(guid, ())} - reached
            reached |= front
        found |= reached
    return found


def _columns(tables: Tables, table: str, *names: str) -> Iterator[tuple[str, ...]]:
    columns: list[list[str | None]] = [tables[table][name].to_pylist() for name in names]
    for row in zip(*columns, strict=True):
        yield tuple(value or "" for value in row)
