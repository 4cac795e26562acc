"""What an entity of Atlas cannot be without, and an entry of its export with some of its entities alone."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from metadrill.archives import exports

_LISTS = frozenset({"inputs", "outputs", "categories"})
"""Lists that an entity is nothing without: a process' ends, the categories of a term. Any other list
names what belongs to the entity, or what it belongs with."""


def held(content: bytes) -> tuple[frozenset[str], frozenset[str]]:
    """Return the guids of an entry's entities, and of those outside of it that they need.

    A single reference leads to an owner (a column's table, a table's database, a term's glossary).
    """
    own: set[str] = set()
    named: set[str] = set()
    for entity in exports.parse(content):
        own.add(entity["guid"])
        for values in (entity.get("attributes"), entity.get("relationshipAttributes")):
            named.update(_references(values or {}))
    return frozenset(own), frozenset(named - own)


def pieces(content: bytes, guids: frozenset[str]) -> Iterator[tuple[str, bytes]]:
    """Yield what is wanted of an entry, as entries: its entity with the wanted ones that it owns; where
    that is not wanted, each of those alone. An entry of which all is wanted stays as it is, byte by byte."""
    entities = list(exports.parse(content))
    wanted = [entity for entity in entities if entity["guid"] in guids]
    if not wanted:
        return
    first = entities[0]
    if len(wanted) == len(entities):
        yield first["guid"], content
    elif wanted[0] is first:
        yield first["guid"], _entry(first, {entity["guid"]: entity for entity in wanted[1:]})
    else:
        for entity in wanted:
            yield entity["guid"], _entry(entity, {})


def _entry(entity: Mapping[str, Any], referred: Mapping[str, Any]) -> bytes:
    return json.dumps({"referredEntities": referred, "entity": entity}, separators=(",", ":")).encode()


def _references(values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        listed = value if isinstance(value, list) and name in _LISTS else [value]
        for item in listed:
            if not isinstance(item, Mapping) or item.get("relationshipStatus") == "DELETED":
                continue
            if isinstance(item.get("guid"), str):
                yield item["guid"]
