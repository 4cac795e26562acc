"""Type definitions of Atlas, resolved: what an entity must have, and what its values may be.

Source of the rules: `AtlasEntityType`, and `isValidValue` of `AtlasStructType`, `AtlasArrayType`,
`AtlasMapType` (Atlas 2.1.0, intg module). What is told of a value within another is named by the way to it:
`address.street` is the member of a struct, be it alone, in an array or in a map.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

Json = Mapping[str, Any]
Found = Sequence[tuple[str, str]]
"""What is wrong: the name of each attribute, and whether it is missing or illegal."""
Fits = Callable[[Any], bool]
Judge = Callable[[str, Any], Found]
"""Given the name of an attribute and its value, which is not null, it returns what is wrong."""

MISSING, ILLEGAL = "missing", "illegal"
_BITS = {"byte": 7, "short": 15, "int": 31, "long": 63, "date": 63}
_ENDS = ("endDef1", "endDef2")
_DEFINED = ("entityDefs", "structDefs", "classificationDefs", "relationshipDefs", "businessMetadataDefs")
_SEVERAL = ("LIST", "SET")
_RIGHT: Found = ()


def _anything(name: str, value: Any) -> Found:
    return _RIGHT


def _judge(fits: Fits) -> Judge:
    return lambda name, value: _RIGHT if fits(value) else ((name, ILLEGAL),)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(bits: int) -> Fits:
    most = 1 << bits
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and -most <= value < most


_PLAIN: Mapping[str, Judge] = {
    "string": _judge(lambda value: isinstance(value, str)),
    "boolean": _judge(lambda value: isinstance(value, bool)),
    **dict.fromkeys(("float", "double", "bigdecimal"), _judge(_number)),
    "biginteger": _judge(_whole(1 << 16)),
    **{name: _judge(_whole(bits)) for name, bits in _BITS.items()},
}


def _array(item: Judge) -> Judge:
    def judge(name: str, value: Any) -> Found:
        if not isinstance(value, list):
            return ((name, ILLEGAL),)
        if item is _anything:
            return _RIGHT
        return [wrong for one in value if one is not None for wrong in item(name, one)]

    return judge


def _map(key: Judge, item: Judge) -> Judge:
    def judge(name: str, value: Any) -> Found:
        if not isinstance(value, dict):
            return ((name, ILLEGAL),)
        wrong = [] if all(_fits_key(key, each) for each in value) else [(name, ILLEGAL)]
        return wrong + [found for one in value.values() if one is not None for found in item(name, one)]

    return judge


def _fits_key(judge: Judge, key: str) -> bool:
    """Whether a key is of its kind: itself, or as what it spells (in JSON every key is text)."""
    if not judge("", key):
        return True
    try:
        return not judge("", json.loads(key.lower()))
    except ValueError:
        return False


def _counted(judge: Judge, definition: Json) -> Judge:
    """Return what judges an array that takes several, as the graph keeps their number.

    A server gives the numbers as they were defined until it starts anew, and then as it has kept them
    (`AtlasStructDefStoreV2`): one at least where the attribute is asked for, no limit of less than two.
    An empty array is then missing, as null is: the canonical form takes them for the same.
    """
    least = 0 if definition.get("isOptional", True) else max(definition.get("valuesMinCount", 1), 1)
    most = definition.get("valuesMaxCount", 0)
    most = most if most > 1 else math.inf

    def counted(name: str, value: Any) -> Found:
        if isinstance(value, list) and not least <= len(value) <= most:
            return (*judge(name, value), (name, ILLEGAL if value else MISSING))
        return judge(name, value)

    return counted


_SURE = {"string": str, "boolean": bool}
"""The classes whose every value fits: most attributes are text, and are judged without a call."""
_Rule = tuple[str, bool, type | None, Judge]


class Types:
    """The definitions of a repository, as `/v2/types/typedefs` gives them."""

    def __init__(self, answer: Json) -> None:
        self._enums = {
            item["name"]: frozenset(element["value"] for element in item.get("elementDefs") or ())
            for item in answer.get("enumDefs") or ()
        }
        self._structs = {item["name"] for item in answer.get("structDefs") or ()}
        self._defined = {item["name"]: item for some in _DEFINED for item in answer.get(some) or ()}
        self._relationships = list(answer.get("relationshipDefs") or ())
        self._known: dict[str, tuple[_Rule, ...]] = {}

    def shortfalls(self, type_name: str, attributes: Json) -> list[tuple[str, str]]:
        """Return each attribute that is missing and must not be, or whose value does not fit.

        They are those of an entity, a struct, a classification or a relationship of that type.
        """
        found: list[tuple[str, str]] = []
        for name, required, sure, judge in self._rules(type_name):
            value = attributes.get(name)
            if value is None:
                if required:
                    found.append((name, MISSING))
            elif type(value) is not sure:
                found += judge(name, value)
        return found

    def business(self, type_name: str, group: str, attributes: Json) -> list[tuple[str, str]]:
        """Return the same of a group of business metadata on an entity of a type.

        An attribute that entities of that type cannot have is not missing.
        """
        found = self.shortfalls(group, attributes)
        foreign = self._elsewhere(type_name, group) if found else frozenset()
        return [(name, what) for name, what in found if what != MISSING or name not in foreign]

    def _elsewhere(self, type_name: str, group: str) -> frozenset[str]:
        """Return the attributes of a group that are for entities of other types alone."""
        own: set[str] = set()
        list(self._definitions(type_name, own))
        kinds = {
            definition["name"]: (definition.get("options") or {}).get("applicableEntityTypes") or "[]"
            for definition in self._definitions(group, set())
        }
        return frozenset(name for name, listed in kinds.items() if own.isdisjoint(json.loads(listed)))

    def derives(self, type_name: str, parents: Iterable[str]) -> bool:
        """Return whether a type of entities is one of some types, or derives from one."""
        own: set[str] = set()
        list(self._definitions(type_name, own))
        return not own.isdisjoint(parents)

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

    def _rules(self, type_name: str) -> tuple[_Rule, ...]:
        """Return what is asked of the attributes of a type; of those that take anything, nothing."""
        if type_name not in self._known:
            found = {item["name"]: item for item in self._definitions(type_name, set())}
            rules = (
                (name, not item.get("isOptional", True), _SURE.get(item["typeName"]), self._asked(item))
                for name, item in sorted(found.items())
            )
            self._known[type_name] = tuple(rule for rule in rules if rule[1] or rule[3] is not _anything)
        return self._known[type_name]

    def _definitions(self, type_name: str, seen: set[str]) -> Iterable[Json]:
        """Yield the attributes of a type, those of its parents first."""
        item = self._defined.get(type_name)
        if item is None or type_name in seen:
            return
        seen.add(type_name)
        for parent in item.get("superTypes") or ():
            yield from self._definitions(parent, seen)
        yield from item.get("attributeDefs") or ()

    def _asked(self, definition: Json) -> Judge:
        judge = self._judge(definition["typeName"])
        return _counted(judge, definition) if definition.get("cardinality") in _SEVERAL else judge

    def _judge(self, kind: str) -> Judge:
        """Return what judges values of a kind; entities and what is unknown take anything."""
        if kind in _PLAIN:
            return _PLAIN[kind]
        if kind in self._enums:
            values = self._enums[kind]
            return _judge(lambda value: isinstance(value, str) and value in values)
        if kind.startswith("array<"):
            return _array(self._judge(kind.removeprefix("array<").removesuffix(">")))
        if kind.startswith("map<"):
            key, _, item = kind.removeprefix("map<").removesuffix(">").partition(",")
            return _map(self._key(key.strip()), self._judge(item.strip()))
        return self._struct(kind) if kind in self._structs else _anything

    def _key(self, kind: str) -> Judge:
        """Return what judges the keys of a map: a date as a key has many spellings, and takes any."""
        return self._judge(kind) if kind in self._enums or kind in _PLAIN.keys() - {"date"} else _anything

    def _struct(self, kind: str) -> Judge:
        """Return what judges a struct: `typeName` and `attributes`, or the attributes alone.

        Its rules are looked up when a value is there: a struct may be defined by itself.
        """

        def judge(name: str, value: Any) -> Found:
            if not isinstance(value, dict):
                return ((name, ILLEGAL),)
            held = value.get("attributes")
            members = held if "typeName" in value and isinstance(held, dict) else value
            return [(f"{name}.{member}", what) for member, what in self.shortfalls(kind, members)]

        return judge
