"""Type definitions of Atlas, resolved: what an entity must have, and what its values may be.

Source of the rules: `AtlasEntityType`, `AtlasStructType.isValidValue` (Atlas 2.1.0, intg module).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
Fits = Callable[[Any], bool]

MISSING, ILLEGAL = "missing", "illegal"
_BITS = {"byte": 7, "short": 15, "int": 31, "long": 63, "date": 63}
_ENDS = ("endDef1", "endDef2")


def _anything(value: Any) -> bool:
    return True


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(bits: int) -> Fits:
    most = 1 << bits
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and -most <= value < most


_PLAIN: Mapping[str, Fits] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    **dict.fromkeys(("float", "double", "bigdecimal"), _number),
    "biginteger": _whole(1 << 16),
    **{name: _whole(bits) for name, bits in _BITS.items()},
}


class Types:
    """The definitions of a repository, as `/v2/types/typedefs` gives them."""

    def __init__(self, answer: Json) -> None:
        self._enums = {
            item["name"]: frozenset(element["value"] for element in item.get("elementDefs") or ())
            for item in answer.get("enumDefs") or ()
        }
        self._structs = {item["name"] for item in answer.get("structDefs") or ()}
        self._entities = {item["name"]: item for item in answer.get("entityDefs") or ()}
        self._relationships = list(answer.get("relationshipDefs") or ())
        self._known: dict[str, tuple[tuple[str, bool, Fits], ...]] = {}

    def shortfalls(self, type_name: str, attributes: Json) -> Iterator[tuple[str, str]]:
        """Yield each attribute of an entity that is missing and must not be, or whose value does not fit."""
        for name, required, fits in self._rules(type_name):
            value = attributes.get(name)
            if value is None:
                if required:
                    yield name, MISSING
            elif not fits(value):
                yield name, ILLEGAL

    def derives(self, type_name: str, parents: Iterable[str]) -> bool:
        """Return whether a type of entities is one of some types, or derives from one."""
        seen, front = set[str](), {type_name}
        while front:
            seen |= front
            parents_of = (self._entities.get(name, {}).get("superTypes") or () for name in front)
            front = {parent for found in parents_of for parent in found} - seen
        return not seen.isdisjoint(parents)

    def ends(self) -> Iterator[Json]:
        """Yield a row per end of each relationship type: how many it takes, and whether it owns."""
        for item in self._relationships:
            both = [item.get(end) or {} for end in _ENDS]
            for end, other in (both, both[::-1]):
                yield {
                    "type": item["name"],
                    "attribute": str(end.get("name") or ""),
                    "opposite": str(other.get("name") or ""),
                    "cardinality": str(end.get("cardinality") or ""),
                    "owns": item.get("relationshipCategory") == "COMPOSITION"
                    and bool(end.get("isContainer")),
                }

    def _rules(self, type_name: str) -> tuple[tuple[str, bool, Fits], ...]:
        """Return what is asked of the attributes of a type; of those that take anything, nothing."""
        if type_name not in self._known:
            found = {
                definition["name"]: (
                    not definition.get("isOptional", True),
                    self._fits(definition["typeName"]),
                )
                for definition in self._definitions(type_name, set())
            }
            self._known[type_name] = tuple(
                (name, required, fits)
                for name, (required, fits) in sorted(found.items())
                if required or fits is not _anything
            )
        return self._known[type_name]

    def _definitions(self, type_name: str, seen: set[str]) -> Iterable[Json]:
        """Yield the attributes of a type, those of its parents first."""
        item = self._entities.get(type_name)
        if item is None or type_name in seen:
            return
        seen.add(type_name)
        for parent in item.get("superTypes") or ():
            yield from self._definitions(parent, seen)
        yield from item.get("attributeDefs") or ()

    def _fits(self, kind: str) -> Fits:
        """Return what decides whether a value is of a kind; entities and what is unknown take anything."""
        if kind in _PLAIN:
            return _PLAIN[kind]
        if kind in self._enums:
            values = self._enums[kind]
            return lambda value: isinstance(value, str) and value in values
        if kind.startswith("array<"):
            item = self._fits(kind.removeprefix("array<").removesuffix(">"))
            return lambda value: isinstance(value, list) and all(one is None or item(one) for one in value)
        if kind.startswith("map<"):
            return lambda value: isinstance(value, dict)
        return (lambda value: isinstance(value, dict)) if kind in self._structs else _anything
