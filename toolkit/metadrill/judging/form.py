"""An assessment as plain JSON, and back. Keys stand in the order of the model's fields."""

import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from metadrill.errors import JournalError
from metadrill.model.assessment import SCHEMA, Assessment
from metadrill.model.suite import CheckResult, sentences

_LATER = frozenset({"tiers", "deviations", "scope", "witness"})
"""What assessments of the first kind did not have yet: those that were sealed then are read still."""
HINT = "build it again from the journal with `metadrill assess`"


def to_json(assessment: Assessment) -> dict[str, Any]:
    """Given an assessment, return it as plain JSON: enums as values, tuples as lists."""
    return {field.name: _plain(getattr(assessment, field.name)) for field in fields(assessment)}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        plain = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return plain | {"sample": list(value.sample)} if isinstance(value, CheckResult) else plain
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def from_json(body: Mapping[str, Any]) -> Assessment:
    """Given what `to_json` gave, return the assessment; keys of a later version are left aside.

    Raises JournalError naming the key that is missing or of another type.
    """
    if not isinstance(body, Mapping) or body.get("schema") != SCHEMA:
        raise JournalError(f"assessment: not an {SCHEMA}", HINT)
    try:
        built = _built(body, Assessment, "assessment")
    except RecursionError:
        raise JournalError("assessment: nested too deep", HINT) from None
    return typing.cast(Assessment, built)


def _built(value: Any, kind: Any, place: str) -> Any:
    """Given a plain value and a type of the model, return the value in that type."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return value
    if origin in (types.UnionType, typing.Union):
        some = [one for one in inner if one is not type(None)]
        kept = next((one for one in some if type(value) is one), some[0])
        return None if value is None else _built(value, kept, place)
    if origin is tuple:
        return tuple(
            _built(item, inner[0], f"{place}[{i}]") for i, item in enumerate(_of(value, list, place))
        )
    if origin is not None and issubclass(origin, Mapping):
        items = _of(value, dict, place).items()
        return {_built(key, inner[0], place): _built(item, inner[1], f"{place}.{key}") for key, item in items}
    if is_dataclass(kind):
        return _record(_of(value, dict, place), kind, place)
    if issubclass(kind, Enum):
        try:
            return kind(value)
        except ValueError:
            raise JournalError(f"{place}: not one of {', '.join(str(e.value) for e in kind)}", HINT) from None
    return _of(value, kind, place)


def _record(value: Mapping[str, Any], kind: Any, place: str) -> Any:
    hints = typing.get_type_hints(kind)
    missing = [field.name for field in fields(kind) if field.name not in value and field.name not in _LATER]
    if missing:
        raise JournalError(f"{place}.{missing[0]}: missing", HINT)
    told = {name: hint for name, hint in hints.items() if name in value}
    given = {name: _built(value[name], hint, f"{place}.{name}") for name, hint in told.items()}
    if kind is CheckResult and "deviations" not in given:  # the first kind has the sentences alone
        given["deviations"] = sentences(_built(value.get("sample", []), tuple[str, ...], f"{place}.sample"))
    return kind(**given)


def alike(issued: Any, fresh: Mapping[str, Any]) -> bool:
    """Whether an assessment that was issued is the same as a fresh one, whichever version wrote it."""
    try:
        return to_json(from_json(issued)) == fresh
    except JournalError:
        return False


def _of(value: Any, kind: Any, place: str) -> Any:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind in (int, float) and isinstance(value, bool)):
        raise JournalError(f"{place}: not of type {kind.__name__}", HINT)
    return value
