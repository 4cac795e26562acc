"""What no export archive can carry: type definitions that nothing uses, and deleted entities.

An archive's type definitions are the closure of the types in use, and a deleted entity in an
archive is deleted anew at import; here they are made as a user makes them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metadrill.errors import UsageError
from metadrill.sources import typedefs
from metadrill.sources.world import CLUSTER, Json

SPARE = "spare"
KINDS = ("classificationDefs", "enumDefs", "entityDefs", "businessMetadataDefs", "structDefs")


@dataclass(frozen=True)
class Wanted:
    """How many of each."""

    spare_typedefs: int = 0
    deleted_entities: int = 0


def parse(params: Mapping[str, Any]) -> Wanted:
    """Given the parameters of a `by_api` step, return them. Raises UsageError."""
    for name, value in params.items():
        if name not in Wanted.__dataclass_fields__:
            raise UsageError(f"by_api: unknown parameter '{name}'", "known: spare_typedefs, deleted_entities")
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise UsageError(f"by_api: {name}: a whole number from 0 is wanted, not {value!r}")
    return Wanted(**params)


def spare_typedefs(number: int) -> Mapping[str, Any]:
    """Given how many, return that many definitions that no entity uses, of five kinds in turn."""
    made: Json = {kind: [] for kind in (*KINDS, "relationshipDefs")}
    for turn in range(number):
        kind = KINDS[turn % len(KINDS)]
        made[kind].append(_spare(kind, f"{SPARE}_{kind.removesuffix('Defs').lower()}_{turn}"))
    return made


def _spare(kind: str, name: str) -> Json:
    note = typedefs.attribute("note", "string")
    if kind == "classificationDefs":
        return typedefs.classification(name, [note])
    if kind == "enumDefs":
        return typedefs.enum(name, ("one", "two", "three"))
    if kind == "businessMetadataDefs":
        return typedefs.business_metadata(name, {"note": "string"}, ("hive_table",))
    base = {"name": name, "description": f"{name}, made up", "typeVersion": "1.0", "attributeDefs": [note]}
    if kind == "structDefs":
        return {"category": "STRUCT", **base}
    return {"category": "ENTITY", **base, "superTypes": ["DataSet"]}


def database() -> Json:
    """Return the database that the deleted tables were in; it stays."""
    name = "made_by_api"
    attributes = {"name": name, "qualifiedName": f"{name}@{CLUSTER}", "clusterName": CLUSTER, "owner": "api"}
    return {"typeName": "hive_db", "guid": "-1", "attributes": attributes}


def tables(database_guid: str, number: int) -> Sequence[Json]:
    """Given the database's guid and how many, return tables that are made to be deleted."""
    return [_table(database_guid, each) for each in range(number)]


def _table(database_guid: str, number: int) -> Json:
    name = f"deleted_{number}"
    attributes = {
        "name": name, "qualifiedName": f"made_by_api.{name}@{CLUSTER}", "owner": "api",
        "db": {"typeName": "hive_db", "guid": database_guid},
    }  # fmt: skip
    return {"typeName": "hive_table", "guid": f"-{number + 2}", "attributes": attributes}
