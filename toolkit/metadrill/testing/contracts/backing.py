"""Contracts of Backable, Copied, Restorable and Destructible: read, lost, put back, and the same again.

Each leaves the stack serving what it served before.
"""

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from metadrill.archives import solid, zips
from metadrill.census import Census
from metadrill.census.tables import STATE
from metadrill.errors import EnvironmentNotReady, MetadrillError, RecoveryError
from metadrill.ports.backing import (
    AtRest,
    Backable,
    Copied,
    Destructible,
    Restorable,
    Rows,
    StoreFiles,
    Unlinking,
)
from metadrill.testing.contracts.patience import LOOK, PATIENCE, able, refuses

# what a logical restore brings back as it was; update stamps and the status of relationships are its own
_KEPT: Mapping[str, tuple[str, ...]] = {
    "entities": ("guid", "type", "unique_name", "state", "digest"),
    "classifications": ("entity", "name", "source", "direct", "digest"),
    "glossary": ("guid", "kind", "name", "parent", "digest"),
    "assignments": ("term", "entity", "seen_from"),
    "lineage": ("process", "direction", "entity"),
}


Kept = Mapping[str, set[tuple[Any, ...]]]


class BackableContract:
    """Fixtures: `stack`, `dialect` (what its files mean), `tmp_path`."""

    def test_it_says_who_it_is_and_says_it_again(self, stack: Any) -> None:
        assert able(stack, Backable)
        told = stack.itself()
        assert told.cluster and told.fingerprint and set(told.versions) == set(stack.components)
        assert stack.itself() == told

    def test_a_sound_one_is_fit_and_one_without_its_engine_is_not(self, stack: Any, engine: str) -> None:
        assert set(stack.fit()) == set(stack.components)
        stack.stop(engine)
        try:
            with refuses(EnvironmentNotReady, MetadrillError):
                stack.fit()
        finally:
            stack.start(engine)
        stack.settle(PATIENCE)
        stack.fit()

    def test_its_export_is_whole_and_has_every_entity_it_counts(
        self, stack: Any, dialect: Any, tmp_path: Path
    ) -> None:
        path, facts = _exported(stack, tmp_path)
        types = dict(_typed(row) for _, rows in _entities(path, dialect) for row in rows["entities"])
        assert Counter(types.values()) == dict(facts["types"])
        assert len(types) == facts["entities"]
        assert {row["guid"] for row in stack.documents()} >= set(types)

    def test_its_types_are_those_of_its_entities_at_least(self, stack: Any, dialect: Any) -> None:
        named = {row["name"] for row in dialect.schema(stack.schema())["typedefs"]}
        assert named >= set(stack.census().tables["entities"]["type"].to_pylist())

    def test_reading_it_changes_nothing(self, stack: Any, tmp_path: Path) -> None:
        before = _kept(stack.census())
        _exported(stack, tmp_path)
        stack.schema()
        list(stack.documents())
        stack.settle(PATIENCE)
        assert _kept(stack.census()) == before


class CopiedContract:
    """Fixtures: `stack`, `tmp_path`."""

    def test_both_stores_are_copied_as_files_that_can_be_read_again(self, stack: Any, tmp_path: Path) -> None:
        assert able(stack, Copied)
        files = copied(stack, tmp_path)
        for path in (files.graph, files.index):
            with path.open("rb") as file:
                assert sum(len(member.content()) for member in solid.members(file, path.name)) > 0


class RestorableContract:
    """Fixtures: `stack`, one that can be copied and destroyed too, `tmp_path`, `a_type`."""

    def test_what_was_copied_as_files_comes_back_as_it_was(
        self, stack: Any, tmp_path: Path, a_type: str
    ) -> None:
        assert able(stack, Restorable)
        before, files = _whole(stack.census()), copied(stack, tmp_path)
        stack.destroy()
        stack.put_files(files)
        stack.settle(PATIENCE)
        assert _whole(stack.census()) == before
        assert stack.search(a_type, LOOK).ok

    def test_what_was_exported_comes_back_into_an_empty_one(
        self, stack: Any, tmp_path: Path, a_type: str
    ) -> None:
        (path, _), schema, files = _exported(stack, tmp_path), stack.schema(), copied(stack, tmp_path)
        census = stack.census()
        before, removed = _kept(census), _removed(census)
        stack.destroy()
        stack.renew()
        facts = stack.put_export(path, schema)
        stack.settle(PATIENCE)
        if able(stack, Unlinking):
            stack.unlink(removed)
            stack.settle(PATIENCE)
        assert facts["entities"] > 0
        differing = _differing(before, _kept(stack.census()))
        assert not differing, differing
        assert stack.search(a_type, LOOK).ok
        stack.put_files(files)
        stack.settle(PATIENCE)

    def test_what_is_no_export_is_refused_and_brings_nothing(self, stack: Any, tmp_path: Path) -> None:
        before, wrong = _kept(stack.census()), tmp_path / "wrong.zip"
        wrong.write_bytes(b"this is no archive")
        with refuses(RecoveryError):
            stack.put_export(wrong, stack.schema())
        assert _kept(stack.census()) == before


class AtRestContract:
    """Fixtures: `stack`, one that can be copied, restored and destroyed too, `dialect`, `tmp_path`."""

    def test_what_was_copied_as_files_is_read_at_rest(self, stack: Any, dialect: Any, tmp_path: Path) -> None:
        assert able(stack, AtRest)
        (served, _), schema, files = _exported(stack, tmp_path), stack.schema(), copied(stack, tmp_path)
        before = {guid: _told(rows) for guid, rows in _entities(served, dialect)}
        documents = {row["guid"] for row in stack.documents()}
        stack.destroy()
        at_rest = tmp_path / "at-rest.zip"
        assert json.loads(stack.read_files(files, at_rest)) == json.loads(schema)
        assert {guid: _told(rows) for guid, rows in _entities(at_rest, dialect)} == before
        assert {row["guid"] for row in stack.documents()} == documents
        stack.put_files(files)
        stack.settle(PATIENCE)


class DestructibleContract:
    """Fixtures: `stack`, one that can be copied and restored too, `tmp_path`, `a_type`."""

    def test_what_was_destroyed_answers_nothing_and_begins_empty(
        self, stack: Any, tmp_path: Path, a_type: str
    ) -> None:
        assert able(stack, Destructible)
        guids, files = set(stack.census().tables["entities"]["guid"].to_pylist()), copied(stack, tmp_path)
        truth = stack.destroy()
        assert truth["lost"] and json.loads(json.dumps(truth)) == truth
        with suppress(MetadrillError):
            assert not stack.search(a_type, LOOK).ok
        assert stack.renew()["seconds"] >= 0
        assert stack.present({guid: guid for guid in sorted(guids)[:20]}) == set()
        stack.put_files(files)
        stack.settle(PATIENCE)
        assert set(stack.census().tables["entities"]["guid"].to_pylist()) == guids


def _exported(stack: Any, folder: Path) -> tuple[Path, Mapping[str, Any]]:
    path = folder / "export.zip"
    with path.open("wb") as file:
        return path, stack.export(file, PATIENCE)


def copied(stack: Any, folder: Path) -> StoreFiles:
    """Copy the files of both stores into a folder."""
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    files = StoreFiles(folder / "graph.tar.zst", folder / "index.tar.zst")
    with files.index.open("wb") as index, files.graph.open("wb") as graph:
        stack.copy_index(index, scratch)
        stack.copy_graph(graph, scratch)
    return files


def _entities(path: Path, dialect: Any) -> Any:
    with path.open("rb") as file:
        raw = ((entry.name, entry.content) for entry in zips.entries(file, path.name))
        for name, content in dialect.whole(raw, path.name):
            if name not in dialect.control:
                yield from dialect.entities(content)


def _told(rows: Rows) -> Mapping[str, Any]:
    """Return the rows of one entity, of each table in one order."""
    return {table: sorted(json.dumps(row, default=str) for row in found) for table, found in rows.items()}


def _kept(census: Census) -> Kept:
    """Return what of a census is the same after a logical restore."""
    return {
        table: set(zip(*(census.tables[table][column].to_pylist() for column in columns), strict=True))
        for table, columns in _KEPT.items()
    }


def _removed(census: Census) -> list[str]:
    """Return the relationships that were deleted between live entities."""
    states = {row["guid"]: row["state"] for row in census.tables["entities"].to_pylist()}
    return sorted(
        {
            row["guid"]
            for row in census.tables["relationships"].to_pylist()
            if row["status"] == "DELETED"
            and states.get(row["seen_from"]) == states.get(row["other"]) == "ACTIVE"
        }
    )


def _differing(before: Kept, after: Kept) -> Mapping[str, Any]:
    """Return some rows of each table that only one side has."""
    return {
        table: (
            sorted(before[table] - after[table], key=str)[:5],
            sorted(after[table] - before[table], key=str)[:5],
        )
        for table in before
        if before[table] != after[table]
    }


def _whole(census: Census) -> Mapping[str, list[Any]]:
    """Return all of a census that is the same at two looks."""
    return {name: table.to_pylist() for name, table in census.tables.items() if name in STATE}


def _typed(row: Any) -> tuple[str, str]:
    """Return guid and type of a row of the table `entities`, which may come by name or in order."""
    guid, kind = row[:2] if isinstance(row, tuple) else (row["guid"], row["type"])
    return guid, kind
