"""A small census as rows, the shipped suites, and the checker, for the tests of this folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from metadrill.census import Census, build
from metadrill.loading import files
from metadrill.model.suite import Suite

SUITES = Path(__file__).parents[3] / "fixtures" / "suites"
Rows = dict[str, list[dict[str, Any]]]
_RULES = [
    {"type": "table_columns", "attribute": one, "opposite": other, "cardinality": many, "owns": owns}
    for one, other, many, owns in (("columns", "table", "SET", True), ("table", "columns", "SINGLE", False))
]


def _entity(guid: str, kind: str) -> dict[str, Any]:
    return {
        "guid": guid, "type": kind, "unique_name": f"{guid}@prod", "state": "ACTIVE", "shell": False,
        "created": 1_000, "created_by": "hive", "updated": 2_000, "updated_by": "hive", "digest": f"d-{guid}",
    }  # fmt: skip


def _edge(guid: str, kind: str, ends: tuple[str, str]) -> list[dict[str, Any]]:
    common = {"guid": guid, "type": kind, "status": "ACTIVE", "digest": f"d-{guid}"}
    names = ("columns", "table")
    return [
        {**common, "seen_from": one, "other": other, "attribute": name}
        for one, other, name in (zip(ends, ends[::-1], names, strict=True))
    ]


def small_census() -> Rows:
    """Return 41 entities in two databases, with lineage, classifications and a glossary."""
    tables = [f"table-{n}" for n in range(8)]
    columns = [f"column-{n}" for n in range(24)]
    processes = [f"process-{n}" for n in range(4)]
    entities = _entities(tables, columns, processes)
    edges = [
        edge
        for n, name in enumerate(columns)
        for edge in _edge(f"r-{name}", "table_columns", (tables[n % 8], name))
    ]
    lineage = [
        {"process": process, "direction": direction, "entity": tables[2 * n + shift]}
        for n, process in enumerate(processes)
        for shift, direction in enumerate(("inputs", "outputs"))
    ]
    return {
        "typedefs": [
            {"name": name, "category": "entity", "digest": f"d-{name}"}
            for name in ("db", "table", "column", "process", "glossary", "category", "term")
        ]
        + [{"name": "PII", "category": "classification", "digest": "d-PII"}],
        "entities": entities,
        "rules": _RULES,
        "shortfalls": [{"entity": "db-0", "attribute": "clusterName", "what": "missing"}],
        "relationships": edges,
        "lineage": lineage,
        **_index(entities, edges),
        "segments": [
            {"file": name, "size": 10, "stored": "00ff", "computed": "00ff"} for name in ("_0.fdt", "_0.tim")
        ],
        **_standing(),
        **_annotations(),
        "audit": _audit(),
    }  # fmt: skip


def _index(entities: list[dict[str, Any]], edges: list[dict[str, Any]]) -> Rows:
    """Return what an index holds; one document of a classification is a struct's."""
    return {
        "documents": [
            {
                "document": f"doc-{one['guid']}",
                "guid": one["guid"],
                "type": one["type"],
                "state": one["state"],
                "modified": 2_000,
            }
            for one in entities
        ],
        "text_documents": [{"document": f"doc-{one['guid']}"} for one in entities],
        "trait_documents": [
            {"document": f"trait-{name}", "type": kind}
            for name, kind in (("table-0", "PII"), ("column-3", "PII"), ("serde", "serde"))
        ],
        "edge_documents": [
            {"document": f"doc-{guid}", "relationship": guid}
            for guid in sorted({one["guid"] for one in edges})
        ],
    }


def _standing() -> Rows:
    return {
        "definitions": [{"what": what, "defined": "yes"} for what in ("index v", "alias a of v", "script s")],
        "consistency": [{"what": "the whole graph", "type": "", "state": "OK", "issues": "0 of 43"}],
        "answers": [
            {"probe": probe, "outcome": "answered", "took": 20, "limit": 10_000}
            for probe in ("search", "lineage")
        ],
        "consumers": [{"topic": "ATLAS_ENTITIES", "consumer": "ranger-tagsync", "behind": 0}],
    }


def _entities(tables: list[str], columns: list[str], processes: list[str]) -> list[dict[str, Any]]:
    entities = [_entity(f"db-{n}", "db") for n in range(2)]
    entities += [_entity(name, "table") for name in tables]
    entities += [_entity(name, "column") for name in columns]
    entities += [_entity(name, "process") for name in processes]
    entities += [_entity("glossary", "glossary"), _entity("category", "category")]
    entities += [_entity(f"term-{n}", "term") for n in range(3)]
    entities[-6]["state"] = "DELETED"
    entities[2 + tables.index("table-6")]["shell"] = True
    return entities


def _audit() -> list[dict[str, Any]]:
    """Return six events: of a database, of a table three, of a column that never had its creation."""
    told = [
        ("db-0", "CREATE"), ("table-5", "CREATE"), ("table-5", "UPDATE"), ("table-5", "TAG"),
        ("column-3", "UPDATE"), ("column-3", "TAG"),
    ]  # fmt: skip
    places = (1, 1, 2, 3, 1, 2)
    return [
        {
            "entity": entity, "event": f"{entity}:{1_000 * place}", "place": place, "moment": 1_000 * place,
            "actor": "hive", "action": action, "creates": action == "CREATE", "brought": False,
            "digest": f"d-{entity}-{place}",
        }
        for (entity, action), place in zip(told, places, strict=True)
    ]  # fmt: skip


def _annotations() -> Rows:
    classified = [("table-0", "table-0"), ("table-1", "table-0"), ("column-3", "column-3")]
    return {
        "annotations": [
            {"entity": "table-4", "kind": kind, "name": name, "digest": f"d-{name}"}
            for kind, name in (
                ("label", "gold"),
                ("business", "care.team"),
                ("custom", "k"),
                ("owner", "owner"),
            )
        ],
        "classifications": [
            {"entity": entity, "name": "PII", "source": source, "direct": entity == source, "digest": "d-pii"}
            for entity, source in classified
        ],
        "glossary": [
            {"guid": "glossary", "kind": "glossary", "name": "g", "parent": "", "digest": "d-g"},
            {"guid": "category", "kind": "category", "name": "c", "parent": "glossary", "digest": "d-c"},
            {"guid": "term-0", "kind": "term", "name": "t", "parent": "glossary", "digest": "d-t"},
        ],
        "assignments": [
            {"term": "term-0", "entity": "table-2", "seen_from": end} for end in ("term", "entity")
        ],
    }


def load(name: str) -> Suite:
    """Read a shipped suite as a run does."""
    return files.load_suite(SUITES / f"{name}.yaml")


@pytest.fixture
def rows() -> Callable[[], Rows]:
    return small_census


@pytest.fixture
def census() -> Census:
    return build(small_census(), {})


@pytest.fixture
def suite() -> Callable[[str], Suite]:
    return load


@pytest.fixture
def names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in SUITES.glob("*.yaml")))
