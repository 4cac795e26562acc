"""The type definitions that a synthetic archive brings: its own only.

Atlas 2.1.0 takes an archive whose definitions are not the closure of the types used, as long
as the server has the rest (base types of the Hive model and the glossary).
"""

import json
from typing import Any

Json = dict[str, Any]

SENSITIVITY = "synthetic_sensitivity"
SENSITIVE = "synthetic_sensitive"
PERSONAL = "synthetic_personal_data"
RETENTION = "synthetic_retention"
CERTIFIED = "synthetic_certified"
STEWARDSHIP = "synthetic_stewardship"
QUALITY = "synthetic_quality"

LEVELS = ("public", "internal", "secret")


def attribute(name: str, type_name: str, options: Json | None = None) -> Json:
    """Given a name and a type, return an optional single-valued attribute definition."""
    made: Json = {
        "name": name, "typeName": type_name, "isOptional": True, "cardinality": "SINGLE",
        "valuesMinCount": 0, "valuesMaxCount": 1, "isUnique": False, "isIndexable": False,
    }  # fmt: skip
    return {**made, "options": options} if options else made


def _named(category: str, name: str, description: str) -> Json:
    return {"category": category, "name": name, "description": description, "typeVersion": "1.0"}


def classification(name: str, attributes: list[Json], parents: tuple[str, ...] = ()) -> Json:
    """Given a name, attributes and parents, return a classification definition."""
    base = _named("CLASSIFICATION", name, f"{name}, made up")
    return {**base, "superTypes": list(parents), "attributeDefs": attributes, "entityTypes": []}


def enum(name: str, values: tuple[str, ...]) -> Json:
    """Given a name and values, return an enumeration definition."""
    elements = [{"value": value, "ordinal": ordinal} for ordinal, value in enumerate(values)]
    return {**_named("ENUM", name, f"{name}, made up"), "elementDefs": elements}


def business_metadata(name: str, attributes: dict[str, str], types: tuple[str, ...]) -> Json:
    """Given a name, attributes by type and the entity types it is for, return a definition."""
    applicable = {"applicableEntityTypes": json.dumps(list(types))}
    made = [
        attribute(key, kind, {**applicable, "maxStrLength": "200"} if kind == "string" else applicable)
        for key, kind in attributes.items()
    ]
    return {**_named("BUSINESS_METADATA", name, f"{name}, made up"), "attributeDefs": made}


def own() -> Json:
    """Return the definitions of the archive, as `atlas-typesdef.json` holds them."""
    sensitive = classification(SENSITIVE, [attribute("level", SENSITIVITY)])
    personal = classification(PERSONAL, [attribute("basis", "string")], (SENSITIVE,))
    retention = classification(RETENTION, [attribute("days", "int"), attribute("reviewed", "date")])
    stewardship = {"owner_team": "string", "cost_centre": "int", "on_call": "boolean"}
    quality = {"score": "double", "checked": "date", "rows": "long"}
    return {
        "enumDefs": [enum(SENSITIVITY, LEVELS)],
        "structDefs": [],
        "classificationDefs": [sensitive, personal, retention, classification(CERTIFIED, [])],
        "entityDefs": [],
        "relationshipDefs": [],
        "businessMetadataDefs": [
            business_metadata(STEWARDSHIP, stewardship, ("hive_table", "hive_db")),
            business_metadata(QUALITY, quality, ("hive_table",)),
        ],
    }
