"""An export archive is believed only when it is whole: a failed export is HTTP 200 too."""

import json
import zipfile

import pytest

from metadrill.archives import exports
from metadrill.census import stored
from metadrill.census.laying import Laying
from metadrill.census.tables import GRAPH
from metadrill.errors import CheckerError
from metadrill.model.verdict import CheckVerdict
from metadrill.stacks.atlas_elasticsearch import archive
from metadrill.stacks.atlas_elasticsearch.types import Types

ENTRIES = {
    "g-1.json": {
        "entity": {"guid": "g-1", "typeName": "hive_table"},
        "referredEntities": {name: {"guid": name, "typeName": "hive_column"} for name in ("g-2", "g-3")},
    },
    "g-2.json": {"entity": {"guid": "g-2", "typeName": "hive_column"}},
    exports.ORDER: ["g-1", "g-2"],
    exports.TYPES: {},
    exports.INFO: {"operationStatus": "SUCCESS"},
}


@pytest.fixture
def packed(tmp_path):
    def pack(changes=None):
        path = tmp_path / "export.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for name, body in {**ENTRIES, **(changes or {})}.items():
                if body is not None:
                    file.writestr(name, body if isinstance(body, bytes | str) else json.dumps(body))
        return path

    return pack


def read(path):
    return list(archive.entities(path, lambda amount: None))


def test_each_entity_is_given_as_often_as_it_is_listed(packed):
    assert [entity["guid"] for entity in read(packed())] == ["g-1", "g-2", "g-3", "g-2"]


def test_how_far_it_is_read_is_told_in_bytes(packed):
    told, path = [], packed()
    list(archive.entities(path, told.append))
    assert 0 < sum(told) <= path.stat().st_size and len(told) == len(ENTRIES)


def laid(path, folder):
    into = Laying(folder, GRAPH)
    archive.lay(path, Types({}), into)
    return stored.read(into.finish())


def column(**attributes):
    return {
        "guid": "g-2", "typeName": "hive_column", "status": "ACTIVE", "createTime": 1, "updateTime": 5,
        "attributes": {"qualifiedName": "c@x", **attributes},
    }  # fmt: skip


def owning(child):
    table = {"guid": "g-1", "typeName": "hive_table", "status": "ACTIVE"}
    other = {"guid": "g-3", "typeName": "hive_column", "status": "ACTIVE"}
    return {"entity": table, "referredEntities": {"g-2": child, "g-3": other}}


def test_the_same_child_listed_again_is_one_row_and_check_9_passes(packed, tmp_path, ninth):
    """Its keys in another order, and its numbers in another form, are no other entity."""
    again = dict(reversed(column(position=1.0).items()))
    census = laid(
        packed({"g-1.json": owning(again), "g-2.json": {"entity": column(position=1)}}), tmp_path / "a"
    )
    assert census.tables["entities"]["guid"].to_pylist() == ["g-1", "g-2", "g-3"]
    assert ninth(census).verdict is CheckVerdict.PASS


@pytest.mark.parametrize(
    "other",
    [column(qualifiedName="another@x"), column(comment="another"), {**column(), "typeName": "hive_view"}],
    ids=["name", "attribute", "type"],
)
def test_another_entity_of_a_guid_is_a_row_and_check_9_fails(packed, tmp_path, ninth, other):
    census = laid(packed({"g-1.json": owning(other), "g-2.json": {"entity": column()}}), tmp_path / "a")
    assert census.tables["entities"]["guid"].to_pylist() == ["g-1", "g-2", "g-2", "g-3"]
    told = ninth(census)
    assert (told.verdict, told.unexpected) == (CheckVerdict.FAIL, 1)
    assert "has a guid that 2 entities have" in told.sample[0]


@pytest.mark.parametrize("broken", [{"status": None, "attributes": 7}, {"labels": 7}])
def test_an_entity_that_is_not_as_it_should_be_is_a_typed_error(packed, tmp_path, broken):
    with pytest.raises(CheckerError, match="an entity is not as it should be"):
        laid(
            packed({"g-2.json": {"entity": {**column(), **broken}}, "g-1.json": owning(column())}),
            tmp_path / "a",
        )


@pytest.mark.parametrize("status", ["FAIL", "PARTIAL_SUCCESS", "", None])
def test_an_export_that_did_not_succeed_is_no_census_although_its_answer_was_200(packed, status):
    with pytest.raises(CheckerError, match="the export ended with"):
        read(packed({exports.INFO: {"operationStatus": status}}))


@pytest.mark.parametrize("name", [exports.INFO, exports.ORDER, exports.TYPES])
def test_without_one_of_its_control_entries_an_archive_is_refused(packed, name):
    with pytest.raises(CheckerError, match=f"no {name} in it"):
        read(packed({name: None}))


@pytest.mark.parametrize("order", [[], ["g-1"], ["g-1", "g-2", "g-3"], ["g-1", "g-9"]])
def test_entities_that_differ_from_the_archives_own_list_are_refused(packed, order):
    with pytest.raises(CheckerError, match="differ from its own list"):
        read(packed({exports.ORDER: order}))


@pytest.mark.parametrize(
    "changes",
    [
        {"g-1.json": b'{"entity": {"guid": "\xff"}}'},
        {"g-1.json": '{"entity": '},
        {"g-1.json": "[]"},
        {"g-1.json": {"entity": None}},
        {"g-1.json": {"entity": {"guid": ["a", "list"], "typeName": "x"}}},
        {"g-1.json": {"entity": {"guid": "g-1", "typeName": "x"}, "referredEntities": ["g-2"]}},
        {"g-1.json": {"entity": {"typeName": "without a guid"}}},
        {"g-1.json": "[" * 100_000},
        {exports.INFO: {}},
        {exports.INFO: "[]"},
        {exports.ORDER: "7"},
        {exports.ORDER: [{"not": "a guid"}]},
    ],
)
def test_an_entry_that_is_not_what_an_export_holds_is_a_typed_error(packed, changes):
    with pytest.raises(CheckerError, match="export archive"):
        read(packed(changes))


def test_an_archive_cut_at_any_length_is_refused(packed):
    path = packed()
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(CheckerError, match="export archive"):
            read(path)


def test_a_flipped_byte_gives_a_typed_error_or_changes_nothing(packed):
    """Some bytes of a zip's headers mean nothing. None may raise anything else."""
    path = packed()
    whole = path.read_bytes()
    sound = read(path)
    refused = 0
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            assert read(path) == sound
        except CheckerError:
            refused += 1
    assert refused > len(whole) // 2


def test_no_archive_at_all_is_a_typed_error(tmp_path):
    with pytest.raises(CheckerError, match="cannot be read"):
        read(tmp_path / "none.zip")
