"""The canonical form of metadata, version 1: what "unchanged" means, as bytes.

The rules and their reasons are in `toolkit/docs/canonical-form-v1.md`; that document is the
specification, this is its code. A form never changes within a version: digests in old backups
depend on it.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from metadrill import json_text

PREFIX = b"metadrill-canonical-1\n"

Record = Mapping[str, Any]

_REFERENCE_MAY = {
    "guid", "typeName", "uniqueAttributes", "entityStatus", "displayText", "relationshipType",
    "relationshipGuid",
    "relationshipStatus", "relationshipAttributes", "qualifiedName",
}  # fmt: skip
_STRUCT = frozenset({"typeName", "attributes"})
_STAMPS = frozenset({"guid", "createTime", "updateTime", "createdBy", "updatedBy", "version"})
_DERIVED = frozenset({"subTypes", "relationshipAttributeDefs", "businessAttributeDefs"})
_PLAIN_BELOW = 10**21
_PLAIN = frozenset({str, bool})


def entity(record: Record) -> bytes:
    """Given an entity, return the canonical form of what it says.

    Reads `typeName`, `attributes`, `labels`, `customAttributes` and `businessAttributes`;
    identity, state, stamps, classifications and relationships are other columns and tables.
    """
    business: Record = record.get("businessAttributes") or {}
    return _form(
        "entity",
        {
            "type": record.get("typeName"),
            "attributes": _attributes(record.get("attributes")),
            "labels": sorted(set(record.get("labels") or ())),
            "custom": _attributes(record.get("customAttributes")),
            "business": _filled({_key(name): _attributes(values) for name, values in business.items()}),
        },
    )


def classification(record: Record) -> bytes:
    """Given a classification as it stands on an entity, return its canonical form.

    Reads `typeName`, `attributes`, `validityPeriods`, `propagate` and
    `removePropagationsOnEntityDelete`; which entity it came from is a column.
    """
    return _form(
        "classification",
        {
            "type": record.get("typeName"),
            "attributes": _attributes(record.get("attributes")),
            "validity": _ordered(_attributes(period) for period in record.get("validityPeriods") or ()),
            "propagate": record.get("propagate"),
            "remove": record.get("removePropagationsOnEntityDelete"),
        },
    )


def relationship(record: Record) -> bytes:
    """Given what an end says of a relationship (`typeName`, `attributes`), return its form."""
    return _form(
        "relationship",
        {"type": record.get("typeName"), "attributes": _attributes(record.get("attributes"))},
    )


def value(item: Any) -> str:
    """Given a single value, return the digest of its form."""
    return _short(item) if type(item) in _PLAIN else digest(_form("value", {"value": _value(item)}))


@lru_cache(maxsize=4096)
def _short(item: Any) -> str:
    """Return the digest of a text or a flag: few owners own many entities."""
    return digest(_form("value", {"value": item}))


@cache
def bare_relationship(type_name: str | None) -> str:
    """Return the digest of a relationship without attributes, as nearly all are."""
    return digest(relationship({"typeName": type_name}))


def typedef(record: Record) -> bytes:
    """Given a type definition, return its form: no stamps, nothing that another type states."""
    kept = {name: value for name, value in record.items() if name not in _STAMPS | _DERIVED}
    for name in ("attributeDefs", "elementDefs"):
        kept[name] = _ordered(_attributes(one) for one in record.get(name) or ())
    for name in ("endDef1", "endDef2"):
        kept[name] = _attributes(record.get(name))
    for name in ("superTypes", "entityTypes"):
        kept[name] = sorted(set(record.get(name) or ()))
    done = ("attributeDefs", "elementDefs", "endDef1", "endDef2")
    return _form(
        "typedef",
        {_key(name): value if name in done else _value(value) for name, value in _filled(kept).items()},
    )


def digest(form: bytes) -> str:
    """Given a canonical form, return its SHA-256 in hexadecimal."""
    return hashlib.sha256(form).hexdigest()


def _form(kind: str, content: Record) -> bytes:
    return PREFIX + json_text.ordered({"@kind": kind, **_filled(content)})


def _filled(values: Record) -> dict[str, Any]:
    """Drop what holds nothing: null, an empty list, an empty map."""
    return {name: value for name, value in values.items() if value or _holds(value)}


def _holds(value: Any) -> bool:
    """Whether something that Python takes for false is a value: empty text, 0, false."""
    return value is not None and not isinstance(value, dict | list | tuple)


def _attributes(values: Record | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in (values or {}).items():
        if type(value) not in _PLAIN:
            if not value and not _holds(value):
                continue
            value = _value(value)
        found[name if name[:1] != "@" else _key(name)] = value
    return found


def _ordered(values: Iterable[Any]) -> list[Any]:
    return sorted(values, key=json_text.ordered)


def _value(value: Any) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float | Decimal):
        return _number(value)
    if isinstance(value, dict):
        return _mapping(value)
    if isinstance(value, list | tuple):
        return _list(value)
    raise TypeError(f"no canonical form for a value of type {type(value).__name__}")


def _mapping(value: Record) -> dict[str, Any]:
    if _is_reference(value):
        return {"@ref": value["guid"]}
    if value.keys() == _STRUCT and isinstance(value["attributes"], dict):
        return {"@struct": value["typeName"], "attributes": _attributes(value["attributes"])}
    return {_key(name): _value(item) for name, item in value.items()}


def _list(values: list[Any] | tuple[Any, ...]) -> Any:
    references = [item for item in values if _is_reference(item)]
    if references and len(references) + values.count(None) == len(values):
        return {"@refs": sorted({item["guid"] for item in references})}
    return [_value(item) for item in values]


def _is_reference(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and "guid" in value
        and "typeName" in value
        and isinstance(value["guid"], str)
        and value.keys() <= _REFERENCE_MAY
    )


def _key(name: str) -> str:
    """Keep a user's key apart from ours, which begin with an at sign."""
    return f"@{name}" if name.startswith("@") else name


def _number(value: int | float | Decimal) -> int | dict[str, str]:
    """One form per number, however it was written: 1, 1.0 and 1E0 are the same."""
    if isinstance(value, int) and -_PLAIN_BELOW < value < _PLAIN_BELOW:
        return value
    if not isinstance(value, int) and not math.isfinite(value):
        return {"@number": str(float(value))}
    sign, digits, exponent = Decimal(repr(value) if isinstance(value, float) else value).as_tuple()
    mantissa = "".join(map(str, digits)).lstrip("0")
    stripped = mantissa.rstrip("0")
    power = int(exponent) + len(mantissa) - len(stripped)
    if not stripped:
        return 0
    if power >= 0 and len(stripped) + power <= 21:
        return int(f"{'-' if sign else ''}{stripped}{'0' * power}")
    return {"@number": f"{'-' if sign else ''}{stripped}e{power}"}
