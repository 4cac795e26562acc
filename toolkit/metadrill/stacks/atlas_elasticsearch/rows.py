"""An Atlas entity as rows of census tables (the only place that knows both)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from metadrill.census import canonical
from metadrill.census.tables import GRAPH
from metadrill.stacks.atlas_elasticsearch.types import Types

Row = dict[str, Any]
Entity = Mapping[str, Any]
Relations = list[tuple[str, Mapping[str, Any]]]

GLOSSARY = {"AtlasGlossary": "glossary", "AtlasGlossaryTerm": "term", "AtlasGlossaryCategory": "category"}
OWNERS = ("owner", "ownerType", "ownerName")
_PARENTS = ("parentCategory", "anchor")


def internal(type_name: str) -> bool:
    """Whether a type is Atlas' own book-keeping.

    By name: in 2.1.0 the glossary's types are subtypes of `__internal` too, and they are data.
    """
    return type_name.startswith("__")


def collect(entities: Iterable[Entity], types: Types | None = None) -> dict[str, list[Row]]:
    """Given entities, return the rows of every table that the graph fills; without types no shortfalls."""
    rows: dict[str, list[Row]] = {name: [] for name in GRAPH if types or name != "shortfalls"}
    for entity in entities:
        if internal(entity["typeName"]):
            continue
        relations = list(_relations(entity))
        rows["entities"].append(_entity(entity))
        rows["relationships"].extend(_relationships(entity, relations))
        rows["classifications"].extend(_classifications(entity))
        rows["annotations"].extend(_annotations(entity))
        if types:
            rows["shortfalls"].extend(_shortfalls(entity, types))
        rows["assignments"].extend(_assignments(entity, relations))
        rows["lineage"].extend(_lineage(entity, relations))
        if entity["typeName"] in GLOSSARY:
            rows["glossary"].append(_glossary(entity))
    return rows


def schema(answer: Mapping[str, Any], types: Types) -> dict[str, list[Row]]:
    """Given the answer of `/v2/types/typedefs`, return the rows of the tables of the schema."""
    ends = [dict(row) for row in types.ends() if not internal(row["type"])]
    return {"typedefs": _typedefs(answer), "rules": ends}


def _typedefs(answer: Mapping[str, Any]) -> list[Row]:
    """Return a row per type, Atlas' own left out."""
    return [
        {
            "name": item["name"],
            "category": category.removesuffix("Defs"),
            "digest": canonical.digest(canonical.typedef(item)),
        }
        for category, items in answer.items()
        for item in items or ()
        if not internal(item["name"])
    ]


def _entity(entity: Entity) -> Row:
    attributes = entity.get("attributes") or {}
    return {
        "guid": entity["guid"],
        "type": entity["typeName"],
        "unique_name": str(attributes.get("qualifiedName") or attributes.get("name") or ""),
        "state": entity["status"],
        "shell": bool(entity.get("isIncomplete")),
        "created": entity.get("createTime"),
        "created_by": entity.get("createdBy"),
        "updated": entity.get("updateTime"),
        "updated_by": entity.get("updatedBy"),
        "digest": canonical.digest(canonical.entity(entity)),
    }


def _relations(entity: Entity) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, value in (entity.get("relationshipAttributes") or {}).items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict) and item.get("relationshipGuid"):
                yield name, item


def _relationships(entity: Entity, relations: Relations) -> Iterator[Row]:
    for name, item in relations:
        carried = item.get("relationshipAttributes") or {}
        yield {
            "guid": item["relationshipGuid"],
            "type": item.get("relationshipType") or carried.get("typeName") or "",
            "status": item.get("relationshipStatus") or "ACTIVE",
            "seen_from": entity["guid"],
            "other": item["guid"],
            "attribute": name,
            "digest": canonical.digest(canonical.relationship(carried))
            if carried.get("attributes")
            else canonical.bare_relationship(carried.get("typeName")),
        }


def _classifications(entity: Entity) -> Iterator[Row]:
    for item in entity.get("classifications") or ():
        source = item.get("entityGuid") or entity["guid"]
        yield {
            "entity": entity["guid"],
            "name": item["typeName"],
            "source": source,
            "direct": source == entity["guid"],
            "digest": canonical.digest(canonical.classification(item)),
        }


def _annotations(entity: Entity) -> Iterator[Row]:
    """Yield what people put on an entity beside its type's own attributes, and who owns it."""
    guid = entity["guid"]
    for label in sorted(set(entity.get("labels") or ())):
        yield _annotation(guid, "label", label, True)
    for name, value in (entity.get("customAttributes") or {}).items():
        yield _annotation(guid, "custom", name, value)
    for group, values in (entity.get("businessAttributes") or {}).items():
        for name, value in (values or {}).items():
            if value is not None:
                yield _annotation(guid, "business", f"{group}.{name}", value)
    attributes = entity.get("attributes") or {}
    for name in OWNERS:
        if attributes.get(name) is not None:
            yield _annotation(guid, "owner", name, attributes[name])


def _annotation(guid: str, kind: str, name: str, value: Any) -> Row:
    return {"entity": guid, "kind": kind, "name": name, "digest": canonical.digest(canonical.value(value))}


def _shortfalls(entity: Entity, types: Types) -> Iterator[Row]:
    """Yield what an entity lacks or holds against its type; a shell, which was never filled, owes nothing."""
    if not entity.get("isIncomplete"):
        for name, what in types.shortfalls(entity["typeName"], entity.get("attributes") or {}):
            yield {"entity": entity["guid"], "attribute": name, "what": what}


def _assignments(entity: Entity, relations: Relations) -> Iterator[Row]:
    for name, item in relations:
        if item.get("relationshipStatus") == "DELETED":
            continue
        if name == "meanings":
            yield {"term": item["guid"], "entity": entity["guid"], "seen_from": "entity"}
        elif name == "assignedEntities" and entity["typeName"] == "AtlasGlossaryTerm":
            yield {"term": entity["guid"], "entity": item["guid"], "seen_from": "term"}


def _lineage(entity: Entity, relations: Relations) -> Iterator[Row]:
    """Yield the edges of a process by its relationships: its attributes still list deleted ones."""
    if not {"inputs", "outputs"} <= set(entity.get("relationshipAttributes") or {}):
        return
    for name, item in relations:
        if name in ("inputs", "outputs") and item.get("relationshipStatus") != "DELETED":
            yield {"process": entity["guid"], "direction": name, "entity": item["guid"]}


def _glossary(entity: Entity) -> Row:
    related = entity.get("relationshipAttributes") or {}
    parents = [related[name] for name in _PARENTS if related.get(name)]
    return {
        "guid": entity["guid"],
        "kind": GLOSSARY[entity["typeName"]],
        "name": str(entity["attributes"].get("qualifiedName") or entity["attributes"].get("name") or ""),
        "parent": parents[0]["guid"] if parents else "",
        "digest": canonical.digest(canonical.entity(entity)),
    }
