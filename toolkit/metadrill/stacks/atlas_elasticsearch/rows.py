"""An Atlas entity as rows of census tables (the only place that knows both)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from metadrill.census import canonical
from metadrill.census.tables import GRAPH
from metadrill.stacks.atlas_elasticsearch.types import Types

Row = dict[str, Any]
Entity = Mapping[str, Any]
Relations = list[tuple[str, Entity]]
Tuples = dict[str, list[tuple[Any, ...]]]

GLOSSARY = {"AtlasGlossary": "glossary", "AtlasGlossaryTerm": "term", "AtlasGlossaryCategory": "category"}
OWNERS = ("owner", "ownerType", "ownerName")
_TIES = frozenset({"relationships", "assignments", "lineage", "shortfalls"})
_PARENTS = ("parentCategory", "anchor")


def internal(type_name: str) -> bool:
    """Whether a type is Atlas' own book-keeping.

    By name: in 2.1.0 the glossary's types are subtypes of `__internal` too, and they are data.
    """
    return type_name.startswith("__")


def of(entity: Entity, types: Types | None = None, tables: frozenset[str] = GRAPH) -> Tuples:
    """Given an entity, return its rows in some tables, each in the order of that table's columns.

    A table may be left out where it has no row; without types there are no shortfalls.
    """
    kind = entity["typeName"]
    if internal(kind):
        return {}
    guid, attributes = entity["guid"], entity.get("attributes") or {}
    related = entity.get("relationshipAttributes") or {}
    rows: Tuples = {}
    relations = list(_relations(related)) if related and tables & _TIES else []
    if "entities" in tables:
        rows["entities"] = [_entity(entity, guid, kind, attributes)]
    if relations:
        if "relationships" in tables:
            rows["relationships"] = [_relationship(guid, name, item) for name, item in relations]
        if "assignments" in tables:
            rows["assignments"] = list(_assignments(guid, kind, relations))
        if "lineage" in tables and "inputs" in related and "outputs" in related:
            rows["lineage"] = list(_lineage(guid, relations))
    if "classifications" in tables and entity.get("classifications"):
        rows["classifications"] = list(_classifications(guid, entity))
    if "annotations" in tables:
        rows["annotations"] = list(_annotations(guid, entity, attributes))
    if "shortfalls" in tables and types and not entity.get("isIncomplete"):  # a shell owes nothing
        rows["shortfalls"] = _shortfalls(entity, guid, relations, types)
    if "glossary" in tables and kind in GLOSSARY:
        rows["glossary"] = [_glossary(entity, guid, attributes, related)]
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


def _entity(entity: Entity, guid: str, kind: str, attributes: Entity) -> tuple[Any, ...]:
    return (
        guid,
        kind,
        _name(attributes),
        entity["status"],
        bool(entity.get("isIncomplete")),
        entity.get("createTime"),
        entity.get("createdBy"),
        entity.get("updateTime"),
        entity.get("updatedBy"),
        canonical.digest(canonical.entity(entity)),
    )


def _name(attributes: Entity) -> str:
    return str(attributes.get("qualifiedName") or attributes.get("name") or "")


def _relations(related: Entity) -> Iterator[tuple[str, Entity]]:
    for name, value in related.items():
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, dict) and item.get("relationshipGuid"):
                yield name, item


def _relationship(guid: str, name: str, item: Entity) -> tuple[Any, ...]:
    carried = item.get("relationshipAttributes") or {}
    return (
        item["relationshipGuid"],
        item.get("relationshipType") or carried.get("typeName") or "",
        item.get("relationshipStatus") or "ACTIVE",
        guid,
        item["guid"],
        name,
        canonical.digest(canonical.relationship(carried))
        if carried.get("attributes")
        else canonical.bare_relationship(carried.get("typeName")),
    )


def _classifications(guid: str, entity: Entity) -> Iterator[tuple[Any, ...]]:
    for item in entity["classifications"]:
        source = item.get("entityGuid") or guid
        digest = canonical.digest(canonical.classification(item))
        yield guid, item["typeName"], source, source == guid, digest


def _annotations(guid: str, entity: Entity, attributes: Entity) -> Iterator[tuple[str, ...]]:
    """Yield what people put on an entity beside its type's own attributes, and who owns it."""
    for label in sorted(set(entity.get("labels") or ())):
        yield guid, "label", label, canonical.value(True)
    for name, value in (entity.get("customAttributes") or {}).items():
        yield guid, "custom", name, canonical.value(value)
    for group, values in (entity.get("businessAttributes") or {}).items():
        for name, value in (values or {}).items():
            if value is not None:
                yield guid, "business", f"{group}.{name}", canonical.value(value)
    for name in OWNERS:
        if attributes.get(name) is not None:
            yield guid, "owner", name, canonical.value(attributes[name])


def _shortfalls(entity: Entity, guid: str, relations: Relations, types: Types) -> list[tuple[str, ...]]:
    """Return what is missing or illegal of an entity, its own classifications, its business metadata and
    its relationships, each with the name of what has it: `PII.level`.
    """
    kind = entity["typeName"]
    found = types.shortfalls(kind, entity.get("attributes") or {})
    for item in entity.get("classifications") or ():
        if (item.get("entityGuid") or guid) == guid:
            found += _of(item["typeName"], types.shortfalls(item["typeName"], item.get("attributes") or {}))
    for group, values in (entity.get("businessAttributes") or {}).items():
        found += _of(group, types.business(kind, group, values or {}))
    for end, item in relations:
        carried = item.get("relationshipAttributes")
        if carried and carried.get("attributes"):
            found += _of(end, types.shortfalls(carried["typeName"], carried["attributes"]))
    return [(guid, *one) for one in dict.fromkeys(found)] if found else []


def _of(owner: str, found: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return ((f"{owner}.{name}", what) for name, what in found)


def _assignments(guid: str, kind: str, relations: Relations) -> Iterator[tuple[str, str, str]]:
    for name, item in relations:
        if item.get("relationshipStatus") == "DELETED":
            continue
        if name == "meanings":
            yield item["guid"], guid, "entity"
        elif name == "assignedEntities" and kind == "AtlasGlossaryTerm":
            yield guid, item["guid"], "term"


def _lineage(guid: str, relations: Relations) -> Iterator[tuple[str, str, str]]:
    """Yield the edges of a process by its relationships: its attributes still list deleted ones."""
    for name, item in relations:
        if name in ("inputs", "outputs") and item.get("relationshipStatus") != "DELETED":
            yield guid, name, item["guid"]


def _glossary(entity: Entity, guid: str, attributes: Entity, related: Entity) -> tuple[str, ...]:
    parents = [related[name] for name in _PARENTS if related.get(name)]
    return (
        guid,
        GLOSSARY[entity["typeName"]],
        _name(attributes),
        parents[0]["guid"] if parents else "",
        canonical.digest(canonical.entity(entity)),
    )
