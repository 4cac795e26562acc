"""Entities recorded from a real Atlas 2.1.0 export, as rows."""

import json
from pathlib import Path

import pytest

from metadrill.census import SCHEMAS
from metadrill.stacks.atlas_elasticsearch import rows
from metadrill.stacks.atlas_elasticsearch.types import Types

DATA = Path(__file__).parent / "data"


def held(name):
    body = json.loads((DATA / f"{name}.json").read_text())
    return [body["entity"], *body["referredEntities"].values()]


def collect(entities):
    """Return the rows of some entities by table, each by name of column."""
    found = {name: [] for name in SCHEMAS}
    for entity in entities:
        for table, some in rows.of(entity).items():
            found[table] += [dict(zip(SCHEMAS[table].names, row, strict=True)) for row in some]
    return found


def collected(name):
    return collect(held(name))


def test_what_marks_a_copy_of_another_repositorys_entity_is_in_no_row():
    (entity, *_) = held("glossary")
    assert {"provenanceType", "proxy"} <= entity.keys()
    marked = {**entity, "provenanceType": 3, "homeId": "elsewhere", "proxy": True}
    assert rows.of(marked) == rows.of(entity)


def test_an_entity_keeps_its_guid_type_name_state_and_stamps():
    (row,) = collected("load-process")["entities"]
    digest = row.pop("digest")
    assert len(digest) == 64
    assert row == {
        "guid": "ef2eab45-fcfb-46b5-9d53-988e4d9e99a4", "type": "LoadProcess",
        "unique_name": "loadLogsMonthly@cl1", "state": "ACTIVE", "shell": False,
        "created": 1795422272931, "created_by": "admin", "updated": 1795422273114, "updated_by": "admin",
    }  # fmt: skip


def test_lineage_is_read_from_both_ends_of_a_process():
    found = {
        (row["process"], row["direction"], row["entity"]) for row in collected("load-process")["lineage"]
    }
    process = "ef2eab45-fcfb-46b5-9d53-988e4d9e99a4"
    assert found == {
        (process, "inputs", "a31b9ebf-34bf-4f96-a431-5987c806ccfb"),
        (process, "outputs", "de5b2933-e101-4944-ab92-f641548f581e"),
    }


def test_every_relationship_is_named_by_its_own_guid_type_and_both_ends():
    found = collected("load-process")["relationships"]
    assert {row["type"] for row in found} == {
        "process_dataset_outputs", "dataset_process_inputs", "Process_ProcessExecution"
    }  # fmt: skip
    assert len({row["guid"] for row in found}) == len(found) == 4
    assert {row["seen_from"] for row in found} == {"ef2eab45-fcfb-46b5-9d53-988e4d9e99a4"}


def test_a_deleted_relationship_keeps_its_status():
    found = collected("table-with-propagated-classifications")["relationships"]
    assert {row["status"] for row in found} == {"ACTIVE", "DELETED"}


def test_a_classification_is_direct_only_where_it_was_put():
    table = "de5b2933-e101-4944-ab92-f641548f581e"
    found = [
        (row["name"], row["direct"], row["source"])
        for row in collected("table-with-propagated-classifications")["classifications"]
        if row["entity"] == table
    ]
    assert found == [
        ("ETL", False, "ef2eab45-fcfb-46b5-9d53-988e4d9e99a4"),
        ("Log Data", False, "a31b9ebf-34bf-4f96-a431-5987c806ccfb"),
        ("Log Data", True, table),
    ]


def test_a_glossary_and_its_terms_are_rows_although_their_types_are_internal_in_2_1():
    found = collected("glossary")["glossary"]
    assert sorted(row["kind"] for row in found) == ["glossary", "term", "term", "term"]
    assert {row["parent"] for row in found if row["kind"] == "term"} == {
        "40c80052-3129-4f7c-8f2f-391677935416"
    }


def test_a_deleted_column_is_a_row_with_its_state():
    states = [row["state"] for row in collected("table-with-a-deleted-column")["entities"]]
    assert states.count("DELETED") == 1 and "ACTIVE" in states


@pytest.mark.parametrize("name", [path.stem for path in DATA.glob("*.json")])
@pytest.mark.parametrize("change", ["attribute", "status", "classification"])
def test_a_change_in_one_recorded_entity_changes_a_row(name, change):
    entity, *_ = held(name)
    before = collect([entity])
    if change == "attribute":
        entity["attributes"]["name"] = "changed"
    elif change == "status":
        entity["status"] = "DELETED"
    else:
        entity["classifications"] = [{"typeName": "PII", "entityGuid": entity["guid"], "propagate": True}]
    assert collect([entity]) != before


@pytest.mark.parametrize("name", ["__AtlasUserProfile", "__ExportImportAuditEntry", "__internal"])
def test_atlas_own_book_keeping_is_left_out(name):
    entity, *_ = held("load-process")
    assert not any(collect([{**entity, "typeName": name}]).values())


def test_what_is_missing_or_illegal_is_told_of_classifications_business_metadata_and_relationships_too():
    level = {"name": "level", "typeName": "int", "isOptional": False}
    named = {"name": "thing", "attributeDefs": [{"name": "name", "typeName": "string", "isOptional": False}]}
    options = {"applicableEntityTypes": '["thing"]'}
    types = Types({
        "entityDefs": [named],
        "classificationDefs": [{"name": "PII", "attributeDefs": [level]}],
        "relationshipDefs": [{"name": "means", "attributeDefs": [level]}],
        "businessMetadataDefs": [{"name": "business", "attributeDefs": [{**level, "options": options}]}],
    })  # fmt: skip

    def told(**more):
        entity = {"typeName": "thing", "guid": "g", "attributes": {"name": "n"}, **more}
        return rows.of(entity, types, frozenset({"shortfalls"}))["shortfalls"]

    def tied(value):
        carried = {"typeName": "means", "attributes": {"level": value}}
        return {"guid": "o", "relationshipGuid": "r", "relationshipAttributes": carried}

    def tagged(value, source):
        return {"typeName": "PII", "entityGuid": source, "attributes": {"level": value}}

    assert told() == []
    assert told(attributes={}) == [("g", "name", "missing")]
    assert told(classifications=[tagged(None, "g")]) == [("g", "PII.level", "missing")]
    assert told(classifications=[{"typeName": "PII"}]) == [("g", "PII.level", "missing")]
    assert told(classifications=[tagged(1, "g"), tagged("1", "other")]) == [], "propagated: its source tells"
    assert told(businessAttributes={"business": {"level": "1"}}) == [("g", "business.level", "illegal")]
    assert told(businessAttributes={"business": None}) == [("g", "business.level", "missing")]
    both = {"seeAlso": [tied("1"), tied("2"), tied(3)], "bare": {"guid": "o", "relationshipGuid": "q"}}
    assert told(relationshipAttributes=both) == [("g", "seeAlso.level", "illegal")]
