"""How the in-memory stack is filled: an archive, a sample, entities by API."""

import json
import uuid
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from metadrill.errors import UsageError
from metadrill.testing.graph import Entity, Graph

MOMENT = 1_700_000_000_000
_SPACE = uuid.UUID(int=0)


class Filling:
    """The side of the twin that takes data in. The stack gives the graph and the index."""

    graph: Graph

    def _indexed(self, documents: Iterable[Mapping[str, Any]]) -> None:
        raise NotImplementedError

    def _called(self, component: str, method: str, path: str, body: object = None) -> None:
        raise NotImplementedError

    def sample_data(self, deadline: timedelta) -> Mapping[str, Any]:
        """Place a small catalog: tables with columns, lineage, classifications, a glossary."""
        entities = list(sample())
        self._place(entities)
        self.graph.types["PII"] = {"name": "PII", "category": "classification"}
        self._called("atlas", "RUN", "sample")
        return {"entities": len(entities), "result": "SUCCESS"}

    def import_archive(self, archive: Path, deadline: timedelta) -> Mapping[str, Any]:
        """Bring in an archive of `<guid>.json` files, each with an `entity`."""
        try:
            with zipfile.ZipFile(archive) as parts:
                bodies = [json.loads(parts.read(name)) for name in parts.namelist()]
        except (zipfile.BadZipFile, ValueError, OSError) as error:
            raise UsageError(f"{archive}: refused: {error}", "an export archive is a zip of JSON") from None
        entities = [each for body in bodies for each in _held(body)]
        self._place(entities)
        self._called("atlas", "POST", "/admin/import", archive.name)
        return {"entities": len(entities), "result": "SUCCESS"}

    def create(self, typedefs: Mapping[str, Any], entities: Sequence[Mapping[str, Any]]) -> list[str]:
        """Create types, then entities; return their guids in order."""
        for category, found in typedefs.items():
            for body in found:
                self.graph.types[body["name"]] = {**body, "category": category.removesuffix("Defs")}
        made = [_entity({**body, "guid": str(uuid.uuid4())}) for body in entities]
        self._place(made)
        self._called("atlas", "POST", "/v2/entity/bulk", len(made))
        return [entity.guid for entity in made]

    def delete(self, guids: Sequence[str]) -> None:
        """Delete softly: the entity stays, its state changes."""
        gone = [replace(self.graph.entities[guid], state="DELETED") for guid in guids]
        self._place(gone)
        self._called("atlas", "DELETE", "/v2/entity/bulk", list(guids))

    def _place(self, entities: Iterable[Entity]) -> None:
        placed = list(entities)
        for entity in placed:
            self.graph.put(entity)
        indexed = self.graph.indexed()
        self._indexed(indexed[entity.guid] for entity in placed if entity.guid in indexed)


def _held(body: Any) -> Iterable[Entity]:
    """Give the entities of one entry: of an export of the twin's own; or the first, and those it owns."""
    if isinstance(body, dict) and "self" in body:
        told = body["self"]
        yield Entity(**{**told, **{name: tuple(told[name]) for name in ("classifications", "terms")}})
    elif isinstance(body, dict) and "entity" in body:
        yield from map(_entity, (body["entity"], *(body.get("referredEntities") or {}).values()))


def sample(tables: int = 6) -> Iterable[Entity]:
    """Give the entities of a small catalog, the same each time."""
    glossary, term = _named("AtlasGlossary", "business"), _named("AtlasGlossaryTerm", "customer")
    yield glossary
    yield replace(term, attributes={"anchor": {"guid": glossary.guid}})
    database = _named("hive_db", "sales")
    yield replace(database, attributes={"owner": "data-platform"})
    made = [_named("hive_table", f"sales.table_{number}") for number in range(tables)]
    for number, table in enumerate(made):
        attributes = {"db": {"guid": database.guid}, "comment": f"table {number}"}
        tags = ("PII",) if number % 2 == 0 else ()
        yield replace(table, attributes=attributes, classifications=tags, terms=(term.guid,))
        for column in ("id", "amount", "customer"):
            made_column = _named("hive_column", f"{table.name}.{column}")
            yield replace(made_column, attributes={"table": {"guid": table.guid}, "type": "string"})
    for source, target in pairwise(made):
        process = _named("hive_process", f"{source.name}->{target.name}")
        ends = {"inputs": [{"guid": source.guid}], "outputs": [{"guid": target.guid}]}
        yield replace(process, attributes=ends)


def _named(type_name: str, name: str) -> Entity:
    guid = str(uuid.uuid5(_SPACE, f"{type_name} {name}"))
    return Entity(guid, type_name, name, created=MOMENT, updated=MOMENT)


def _entity(body: Mapping[str, Any]) -> Entity:
    attributes = dict(body.get("attributes") or {})
    return Entity(
        guid=str(body["guid"]),
        type=str(body["typeName"]),
        name=str(attributes.get("qualifiedName") or attributes.get("name") or body["guid"]),
        attributes=attributes,
        classifications=tuple(tag["typeName"] for tag in body.get("classifications") or ()),
        state=str(body.get("status") or "ACTIVE"),
        created=int(body.get("createTime") or MOMENT),
        updated=int(body.get("updateTime") or MOMENT),
    )
