"""The twin as something to back up: its export, its files, and what becomes of them again."""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

from metadrill import clock
from metadrill.archives import dividing, exports, solid, zips
from metadrill.census.tables import GRAPH, SCHEMA
from metadrill.errors import ArchiveError, EnvironmentNotReady, MetadrillError, NoRoom, RecoveryError
from metadrill.model.backup import Left, Method
from metadrill.ports.backing import Entry, Row, Rows, Self, StoreFiles
from metadrill.testing.graph import Entity, Graph
from metadrill.testing.index import MemoryIndex
from metadrill.testing.volume import TAKES, MemoryVolume

_OWNED = {
    "entities": "guid", "relationships": "seen_from", "classifications": "entity", "glossary": "guid",
    "assignments": "entity", "lineage": "process", "annotations": "entity", "shortfalls": "entity",
}  # fmt: skip


class MemoryDialect:
    """Ports `Dialect` and `Divisible` of the twin: every entry carries its own rows."""

    repository = "atlas"
    control = exports.CONTROL

    def whole(self, entries: Iterator[Entry], name: str) -> Iterator[Entry]:
        """Pass entries through; raise ArchiveError unless the export is complete."""
        return exports.entries(entries, name)

    def entities(
        self, content: bytes, types: Any = None, tables: frozenset[str] = GRAPH
    ) -> Iterator[tuple[str, Rows]]:
        """Yield the one entity of an entry."""
        try:
            body = json.loads(content)
            rows = {table: rows for table, rows in body["rows"].items() if table in tables}
            yield body["entity"]["guid"], rows
        except (ValueError, KeyError, TypeError) as error:
            raise ArchiveError(f"an entry is not as it should be: {error}") from None

    def types(self, schema: bytes) -> Rows:
        """Return the rows that the schema is: more is not asked of an entity of the twin."""
        return self.schema(schema)

    def schema(self, schema: bytes) -> Rows:
        """Return the rows that the schema is."""
        try:
            rows: Mapping[str, list[Row]] = {table: json.loads(schema)["rows"][table] for table in SCHEMA}
        except (ValueError, KeyError, TypeError) as error:
            raise ArchiveError(f"the types are not as they should be: {error}") from None
        return rows

    def single(self, schema: bytes) -> frozenset[str]:
        """Return that no relationship has such an end."""
        return frozenset()

    def held(self, content: bytes) -> tuple[frozenset[str], frozenset[str]]:
        """Return the one entity of an entry, and everything it refers to."""
        body = json.loads(content)["self"]
        needs = (guid for _, guid in Entity(**body).references())
        return frozenset({body["guid"]}), frozenset(needs)

    def only(self, entries: Iterator[Entry], guids: frozenset[str]) -> Iterator[Entry]:
        """Pass on the entries of some entities alone."""

        def pieces(content: bytes) -> list[tuple[str, bytes]]:
            guid = json.loads(content)["entity"]["guid"]
            return [(guid, content)] if guid in guids else []

        return dividing.only(entries, pieces)

    def excluded(self, methods: Iterable[Method]) -> tuple[Left, ...]:
        """Return one thing."""
        return (Left("everything transient", "it is a twin"),)


class Backing:
    """Ports `Backable`, `Audited`, `Copied`, `Restorable`, `AtRest`, `Purgeable`, `Destructible`."""

    graph: Graph
    index: MemoryIndex
    _lock: Any
    components: tuple[str, ...]
    versions: Mapping[str, str] = {"atlas": "memory", "elasticsearch": "memory"}
    dialect = MemoryDialect()
    import_makes: frozenset[str] = frozenset()

    def itself(self) -> Self:
        """Return an identity that goes with the graph."""
        return Self("cluster-1", self.graph.fingerprint, self.versions, {})

    def fit(self) -> Mapping[str, str]:
        """Return the views. Raises EnvironmentNotReady where one is not well."""
        views = dict(self.views())
        if views["elasticsearch"] != "green" or views["atlas"] != "ACTIVE":
            raise EnvironmentNotReady(f"{views}: not fit to be backed up")
        return views

    def documents(self) -> Iterator[Row]:
        """Yield the documents of the index."""
        for guid, body in self.index.read()[0].items():
            yield {"document": guid, **{key: body.get(key) for key in ("guid", "type", "state", "modified")}}

    def schema(self) -> bytes:
        """Return the types, and their rows."""
        every = self.graph.rows()
        rows = {table: every[table] for table in SCHEMA}
        return json.dumps({"types": self.graph.types, "rows": rows}).encode()

    def export(self, into: BinaryIO, deadline: timedelta) -> Mapping[str, Any]:
        """Write a zip as Atlas writes one."""
        rows = self.graph.rows()
        entries = {guid: self._entry(entity, rows) for guid, entity in sorted(self.graph.entities.items())}
        body = io.BytesIO()
        with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
            for guid, content in entries.items():
                archive.writestr(f"{guid}.json", json.dumps(content))
            archive.writestr(exports.ORDER, json.dumps(list(entries)))
            archive.writestr(exports.TYPES, "{}")
            archive.writestr(exports.INFO, json.dumps({"operationStatus": "SUCCESS"}))
        into.write(body.getvalue())
        counted = [row["type"] for row in rows["entities"]]
        types = {name: counted.count(name) for name in sorted(set(counted))}
        return {"types": types, "entities": len(counted)}

    def _entry(self, entity: Entity, rows: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
        own = {
            table: [row for row in rows[table] if row[owner] == entity.guid]
            for table, owner in _OWNED.items()
        }
        return {"entity": {"guid": entity.guid}, "self": asdict(entity), "rows": own}

    def changes(self, guids: Iterable[str]) -> Iterator[Row]:
        """Yield that each was created."""
        for guid in guids:
            at = self.graph.entities[guid].created
            yield {
                "guid": guid, "at": at, "user": "admin", "action": "ENTITY_CREATE", "details": "",
                "key": f"{guid}:{at}", "creates": True, "brought": False,
            }  # fmt: skip

    def copy_index(self, into: BinaryIO, scratch: Path) -> Mapping[str, Any]:
        """Pack the documents."""
        return _packed(into, "documents.json", list(self.index.read()[0].values()))

    def copy_graph(self, into: BinaryIO, scratch: Path) -> Mapping[str, Any]:
        """Pack the graph."""
        return _packed(into, "graph.json", self.graph.dump())

    def put_files(self, files: StoreFiles) -> Mapping[str, Any]:
        """Take over both."""
        self._again(self._laid(files))
        tail = dict(self.repair_tail())
        return {"tail": tail}

    def read_files(self, files: StoreFiles, export: Path) -> bytes:
        """Take over both as they are, stopped, and write the export."""
        for component in reversed(self.components):
            self.stop(component)
        self._replaced(self._laid(files))
        with export.open("wb") as file:
            self.export(file, timedelta(minutes=1))
        return self.schema()

    def _laid(self, files: StoreFiles) -> list[Mapping[str, Any]]:
        """Take over the graph; return the documents. Raises NoRoom where the volume is full."""
        if self.volume().free() < TAKES:
            raise NoRoom("the stores' files: no space left on device", "free some")
        graph, documents = _unpacked(files.graph), _unpacked(files.index)
        self._discard_files()
        self.graph.clear()
        self.graph.load(graph)
        return list(documents)

    def put_export(self, archive: Path, schema: bytes) -> Mapping[str, Any]:
        """Take over the entities of an export, and the types."""
        self.graph.types |= json.loads(schema)["types"]
        try:
            with archive.open("rb") as file:
                entries = exports.entries(((e.name, e.content) for e in zips.entries(file, "it")), "it")
                bodies = [json.loads(content) for name, content in entries if name not in exports.CONTROL]
        except ArchiveError as error:
            raise RecoveryError(f"import refused: {error.message}") from None
        with self._lock:  # a write that comes meanwhile is in both or in neither
            self.graph.load({"types": self.graph.types, "entities": [body["self"] for body in bodies]})
            self._again(list(self.graph.indexed().values()))
        return {"entities": len(bodies)}

    def purge(self, guids: Sequence[str]) -> Mapping[str, Any]:
        """Remove deleted entities from graph and index."""
        for guid in guids:
            if self.graph.entities[guid].state != "DELETED":
                raise MetadrillError(f"{guid}: is not deleted, and so not purged")
            del self.graph.entities[guid]
        self.index.drop(guids)
        return {"purged": len(guids)}

    def destroy(self) -> Mapping[str, Any]:
        """Lose graph and index, and stop."""
        lost = {"graph": len(self.graph.entities)}
        for component in reversed(self.components):
            self.stop(component)
        ended = clock.SYSTEM.monotonic_ns()
        self.graph.clear()
        self.index.replace([])
        self._discard_files()
        return {"lost": lost, "served_until_ns": ended}

    def renew(self) -> Mapping[str, Any]:
        """Start with nothing in it."""
        for component in self.components:
            self.start(component)
        return {"seconds": 0.0}

    def _again(self, documents: list[Mapping[str, Any]]) -> None:
        for component in self.components:
            self.start(component)
        self._replaced(documents)

    def views(self) -> Mapping[str, str]:
        raise NotImplementedError

    def volume(self) -> MemoryVolume:
        raise NotImplementedError

    def stop(self, component: str) -> None:
        raise NotImplementedError

    def start(self, component: str) -> None:
        raise NotImplementedError

    def repair_tail(self) -> Mapping[str, Any]:
        raise NotImplementedError

    def _discard_files(self) -> None:
        raise NotImplementedError

    def _replaced(self, documents: Iterable[Mapping[str, Any]]) -> None:
        raise NotImplementedError


def _packed(into: BinaryIO, name: str, body: Any) -> Mapping[str, Any]:
    with solid.Writer(into) as archive:
        archive.add(name, json.dumps(body).encode())
    return {"files": 1}


def _unpacked(path: Path) -> Any:
    with path.open("rb") as file:
        bodies = [json.loads(member.content()) for member in solid.members(file, path.name)]
    return bodies[0]
