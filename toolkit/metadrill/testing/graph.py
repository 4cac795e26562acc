"""The graph of the in-memory stack: entities, and the census rows that they give."""

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

Row = dict[str, Any]
GLOSSARY = "AtlasGlossary"
CANARY = "metadrill_canary"
OWNER = "table"
"""The attribute by which a column of the twin names what owns it."""


@dataclass(frozen=True)
class Entity:
    """One entity; a reference to another is a `{guid}` in its attributes, or a list of them."""

    guid: str
    type: str
    name: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    classifications: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    state: str = "ACTIVE"
    created: int = 0
    updated: int = 0

    @property
    def digest(self) -> str:
        """SHA-256 of the attributes."""
        return digest(self.attributes)

    def references(self) -> Iterator[tuple[str, str]]:
        """Give attribute and guid of everything this entity points to."""
        for name, value in self.attributes.items():
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, dict) and "guid" in item:
                    yield name, str(item["guid"])

    def document(self) -> Row:
        """Return what the index holds of it."""
        return {
            "guid": self.guid,
            "type": self.type,
            "state": self.state,
            "modified": self.updated,
            "name": self.name,
            "tags": list(self.classifications),
            "edges": [edge(self.guid, name, other) for name, other in self.references()],
        }


def edge(guid: str, attribute: str, other: str) -> str:
    """Return the guid of the relationship by which an entity refers to another."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{guid} {attribute} {other}"))


def digest(value: object) -> str:
    """Return the SHA-256 of a value as JSON with its keys in order."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


class Graph:
    """Entities by guid, and the types there are."""

    def __init__(self) -> None:
        self.entities: dict[str, Entity] = {}
        self.types: dict[str, Row] = {CANARY: {"name": CANARY, "category": "entity"}}
        self.fingerprint = uuid.uuid4().hex

    def clear(self) -> None:
        """Lose everything; what comes after is another graph."""
        self.__init__()  # type: ignore[misc]  # the state of a new one

    def put(self, entity: Entity) -> None:
        """Add an entity, or replace the one of the same guid."""
        self.entities[entity.guid] = entity
        self.types.setdefault(entity.type, {"name": entity.type, "category": "entity"})
        for name, _ in entity.references():
            kind = f"{entity.type}.{name}"
            self.types.setdefault(kind, {"name": kind, "category": "relationship"})

    def indexed(self) -> dict[str, Row]:
        """Return the document each entity should have, by guid."""
        return {entity.guid: entity.document() for entity in self._plain()}

    def counts(self) -> dict[str, int]:
        """Return how many entities there are of each type, counted by type label alone."""
        return dict(Counter(entity.type for entity in list(self.entities.values()) if not _glossary(entity)))

    def rows(self) -> dict[str, list[Row]]:
        """Return the rows of every table of a census that a graph gives."""
        return {
            "typedefs": [
                {"name": name, "category": body["category"], "digest": digest(body)}
                for name, body in list(self.types.items())
            ],
            "entities": [_entity(entity) for entity in self._plain()],
            "relationships": list(self._relationships()),
            "classifications": list(self._classifications()),
            "glossary": list(self._glossary()),
            "assignments": list(self._assignments()),
            "lineage": list(self._lineage()),
            "rules": list(self._rules()),
            "annotations": list(self._annotations()),
            "shortfalls": [
                {"entity": entity.guid, "attribute": _OWED[1], "what": "missing"}
                for entity in self._plain()
                if entity.type == _OWED[0] and _OWED[1] not in entity.attributes
            ],
        }

    def dump(self) -> Row:
        """Return all of it as plain values."""
        return {"types": self.types, "entities": [asdict(entity) for entity in list(self.entities.values())]}

    def load(self, body: Row) -> None:
        """Take over what `dump` gave."""
        self.types = body["types"]
        for row in body["entities"]:
            row = {**row, "classifications": tuple(row["classifications"]), "terms": tuple(row["terms"])}
            self.put(Entity(**row))

    def _plain(self) -> list[Entity]:
        return [entity for entity in list(self.entities.values()) if not _glossary(entity)]

    def _relationships(self) -> Iterator[Row]:
        for entity in self._plain():
            for name, other in entity.references():
                guid = edge(entity.guid, name, other)
                row = {"guid": guid, "type": f"{entity.type}.{name}", "status": "ACTIVE", "digest": ""}
                yield {**row, "seen_from": entity.guid, "other": other, "attribute": name}
                if other in self.entities:
                    back = {"seen_from": other, "other": entity.guid, "attribute": _opposite(name)}
                    yield {**row, **back}

    def _rules(self) -> Iterator[Row]:
        """Yield that a column has one table, which owns it; every other reference takes several."""
        for name, body in list(self.types.items()):
            if body["category"] == "relationship":
                attribute = name.rpartition(".")[2]
                owned = attribute == OWNER
                one = {"type": name, "cardinality": "SET", "owns": False}
                yield {**one, "attribute": attribute, "opposite": _opposite(attribute),
                       "cardinality": "SINGLE" if owned else "SET"}  # fmt: skip
                yield {**one, "attribute": _opposite(attribute), "opposite": attribute, "owns": owned}

    def _annotations(self) -> Iterator[Row]:
        for entity in self._plain():
            if "owner" in entity.attributes:
                told = digest(entity.attributes["owner"])
                yield {"entity": entity.guid, "kind": "owner", "name": "owner", "digest": told}

    def _classifications(self) -> Iterator[Row]:
        for entity in self._plain():
            for name in entity.classifications:
                yield _tag(entity.guid, name, entity.guid)
            for attribute, other in entity.references():
                owner = self.entities.get(other)
                if attribute == OWNER and owner:
                    yield from (_tag(entity.guid, name, owner.guid) for name in owner.classifications)

    def _glossary(self) -> Iterator[Row]:
        for entity in filter(_glossary, list(self.entities.values())):
            parent = next((guid for name, guid in entity.references() if name == "anchor"), None)
            yield {
                "guid": entity.guid,
                "kind": entity.type,
                "name": entity.name,
                "parent": parent,
                "digest": entity.digest,
            }

    def _assignments(self) -> Iterator[Row]:
        for entity in self._plain():
            for term in entity.terms:
                yield from ({"term": term, "entity": entity.guid, "seen_from": end} for end in _ENDS)

    def _lineage(self) -> Iterator[Row]:
        for entity in self._plain():
            for name, other in entity.references():
                if name in _DIRECTIONS:
                    yield {"process": entity.guid, "direction": _DIRECTIONS[name], "entity": other}


def _opposite(attribute: str) -> str:
    """Return how the other end calls a reference."""
    return f"of_{attribute}"


_OWED = ("hive_process", "query")
"""A type of the twin, and an attribute that it must have."""
_ENDS = ("term", "entity")
_DIRECTIONS = {"inputs": "input", "outputs": "output"}


def _glossary(entity: Entity) -> bool:
    return entity.type.startswith(GLOSSARY)


def _tag(entity: str, name: str, source: str) -> Row:
    return {
        "entity": entity,
        "name": name,
        "source": source,
        "direct": entity == source,
        "digest": digest(name),
    }


def _entity(entity: Entity) -> Row:
    return {
        "guid": entity.guid,
        "type": entity.type,
        "unique_name": entity.name,
        "state": entity.state,
        "shell": False,
        "created": entity.created,
        "created_by": "admin",
        "updated": entity.updated,
        "updated_by": "admin",
        "digest": entity.digest,
    }
