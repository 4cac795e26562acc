"""Two censuses against each other: every row that differs, and no other."""

import tempfile
from pathlib import Path

import pyarrow as pa
import pytest

from metadrill.census import SCHEMAS, differing, stored
from metadrill.census.differing import BOTH, FIRST, SECOND

MOVING = pa.schema([("guid", pa.string())])


def _row(table, **values):
    plain = {"string": "", "int64": 0, "bool": False}
    return {field.name: plain.get(str(field.type)) for field in SCHEMAS[table]} | values


def _tables(folder, **rows):
    folder.mkdir()
    return {
        name: stored.write(folder / f"{name}.parquet", rows.get(name, ()), SCHEMAS[name])
        for name in SCHEMAS
        if name != "segments"
    }


@pytest.fixture
def compare(tmp_path):
    def found(ours, theirs, *moving):
        with tempfile.TemporaryDirectory(dir=tmp_path) as name:
            one, other = _tables(Path(name) / "one", **ours), _tables(Path(name) / "other", **theirs)
            lists = [
                stored.write(Path(name) / f"{place}.parquet", ({"guid": guid} for guid in guids), MOVING)
                for place, guids in enumerate(moving)
            ]
            return list(differing.read(differing.compare(Path(name), one, other, lists)))

    return found


def test_the_same_twice_differs_in_nothing(compare):
    row = _row("entities", guid="g1", type="hive_db")
    assert compare({"entities": [row]}, {"entities": [row]}) == []


def test_what_only_one_has_as_a_table_is_not_compared(tmp_path):
    tables = _tables(tmp_path / "one", entities=[_row("entities", guid="g1")])
    assert differing.alike(tables, {"lineage": tables["lineage"]}) == ("lineage",)
    assert list(differing.read(differing.compare(tmp_path, tables, {}))) == []


def test_documents_are_compared_by_the_entity_they_stand_for_and_stubs_by_themselves(compare):
    one = _row("documents", document="1", guid="g1", type="t", state="ACTIVE")
    stub = _row("documents", document="9")
    again = {**one, "document": "7"}
    assert compare({"documents": [one]}, {"documents": [again]}) == []
    (found,) = compare({"documents": [one]}, {"documents": [again, stub]})
    assert (found.side, found.row) == (SECOND, "document 9")


def test_what_one_side_lacks_is_named_with_its_side(compare):
    gone, came = _row("entities", guid="g1", type="hive_db"), _row("entities", guid="g2", type="hive_table")
    rows = compare({"entities": [gone]}, {"entities": [came]})
    assert [(row.side, row.type, row.row) for row in rows] == [
        (FIRST, "hive_db", "g1"),
        (SECOND, "hive_table", "g2"),
    ]


@pytest.mark.parametrize("column", ["type", "unique_name", "state", "created_by", "digest"])
def test_what_is_not_the_same_says_in_what(compare, column):
    row = _row("entities", guid="g1", type="hive_db", unique_name="n", state="ACTIVE", digest="d")
    (found,) = compare({"entities": [row]}, {"entities": [{**row, column: "other"}]})
    assert (found.side, found.row, found.what) == (BOTH, "g1", column)


@pytest.mark.parametrize(("table", "column"), [("entities", "updated"), ("documents", "modified")])
def test_times_of_update_are_not_compared(compare, table, column):
    row = _row(table, guid="g1", type="hive_db")
    assert column in row and compare({table: [row]}, {table: [{**row, column: 7}]}) == []


def test_when_an_entity_was_created_is_compared_and_both_are_shown_as_dates(compare):
    row = _row("entities", guid="g1", type="hive_db", created=1_700_000_000_123)
    (found,) = compare({"entities": [row]}, {"entities": [{**row, "created": 1_700_000_000_124}]})
    assert (found.side, found.row, found.what) == (BOTH, "g1", "created")
    shown = "created=2023-11-14T22:13:20.12{}Z, updated=1970-01-01T00:00:00.000Z, updated_by="
    assert (found.first, found.second) == (shown.format(3), shown.format(4))


def test_an_entity_without_a_time_of_creation_differs_from_one_that_has_it(compare):
    row = _row("entities", guid="g1", created=0)
    (found,) = compare({"entities": [{**row, "created": None}]}, {"entities": [row]})
    assert found.what == "created" and found.first.startswith("created=null, ")


OWN = {"guid": "g1", "type": "t", "unique_name": "n", "digest": "d"}
OTHER = {**OWN, "type": "u", "unique_name": "m"}


def test_two_entities_of_a_guid_are_held_each_against_its_own(compare):
    own, other = _row("entities", **OWN), _row("entities", **OTHER)
    noted = [_row("annotations", entity="g1", kind="owner", name="n", digest=name) for name in "xy"]
    both = {"entities": [own, other], "annotations": noted, "lineage": [_row("lineage", process="g1")] * 2}
    assert compare(both, both) == []


@pytest.mark.parametrize("changes", [{}, {"created": 7}, {"unique_name": "m"}, {"type": "s"}])
def test_a_second_entity_of_a_guid_that_one_side_has_alone_is_told(compare, changes):
    own = _row("entities", **OWN)
    for sides in (([own], [own, {**own, **changes}]), ([own, {**own, **changes}], [own])):
        found = compare(*({"entities": side} for side in sides))
        assert found and {row.row for row in found} == {"g1"}


def test_two_nulls_are_the_same(compare):
    row = _row("entities", guid="g1", type="hive_db", unique_name=None)
    assert compare({"entities": [row]}, {"entities": [row]}) == []


def test_a_null_against_a_text_differs(compare):
    row = _row("entities", guid="g1", type="hive_db", unique_name=None)
    (found,) = compare({"entities": [row]}, {"entities": [{**row, "unique_name": ""}]})
    assert found.what == "unique_name"


def test_a_shell_is_told_from_what_is_none(compare):
    row = _row("entities", guid="g1", type="hive_db")
    (found,) = compare({"entities": [row]}, {"entities": [{**row, "shell": True}]})
    assert found.what == "shell"


def test_an_end_that_sees_a_relationship_by_another_attribute_differs(compare):
    row = _row("relationships", guid="r", seen_from="a", other="b", attribute="inputs")
    (found,) = compare({"relationships": [row]}, {"relationships": [{**row, "attribute": "outputs"}]})
    assert (found.row, found.what) == ("r a b", "attribute")


@pytest.mark.parametrize("table", ["documents", "relationships"])
def test_a_second_document_of_a_guid_or_a_relationship_twice_is_told(compare, table):
    row = _row(table, guid="g", type="t")
    second = {**row, "document": "2"} if table == "documents" else row
    (found,) = compare({table: [row]}, {table: [row, second]})
    assert (found.side, found.what) == (BOTH, "copies")


def test_an_edge_of_lineage_twice_is_one_row(compare):
    row = _row("lineage", process="p", direction="in", entity="e")
    assert compare({"lineage": [row, row]}, {"lineage": [row]}) == []


def test_differences_are_counted_by_table_type_and_side_and_written_as_csv(tmp_path):
    rows = [_row("entities", guid=f"g{n}", type="hive_db") for n in range(3)]
    one, other = _tables(tmp_path / "one", entities=rows), _tables(tmp_path / "other", entities=rows[:1])
    found = differing.compare(tmp_path, one, other)
    assert differing.counts(found) == [("entities", "hive_db", FIRST, 2)]
    differing.as_csv(found, tmp_path / "rows.csv")
    lines = (tmp_path / "rows.csv").read_text().splitlines()
    assert lines == [
        "table,side,type,row,entity_type,entity_name,what,first,second,moved",
        *(f'entities,{FIRST},hive_db,g{n},hive_db,"","","","",false' for n in (1, 2)),
    ]


ROWS = sorted(set(differing.alike(SCHEMAS, SCHEMAS)) - {"documents", "audit"})


@pytest.mark.parametrize("table", ROWS)
def test_a_row_that_one_side_alone_has_is_found_in_every_table(compare, table):
    row = {field.name: "x" for field in SCHEMAS[table] if str(field.type) == "string"}
    for ours, theirs, side in (([_row(table, **row)], [], FIRST), ([], [_row(table, **row)], SECOND)):
        (found,) = compare({table: ours}, {table: theirs})
        assert (found.table, found.side, found.what) == (table, side, "")


def test_each_row_tells_what_the_entity_is_that_it_is_of(compare):
    ours = {
        "entities": [
            _row("entities", guid="a", type="hive_table", unique_name="sales.orders"),
            _row("entities", guid="b", type="hive_process", unique_name="load"),
        ],
        "glossary": [_row("glossary", guid="t", kind="AtlasGlossaryTerm", name="revenue")],
    }
    rows = {
        "relationships": _row("relationships", guid="r", type="tied", seen_from="a", other="b"),
        "classifications": _row("classifications", entity="a", name="PII", source="a"),
        "annotations": _row("annotations", entity="a", kind="label", name="gold"),
        "assignments": _row("assignments", term="t", entity="a", seen_from="term"),
        "lineage": _row("lineage", process="b", direction="in", entity="a"),
        "documents": _row("documents", document="1", guid="t", type="AtlasGlossaryTerm"),
    }
    found = compare({**ours, **{table: [row] for table, row in rows.items()}}, ours)
    table, load = ("hive_table", "sales.orders"), ("hive_process", "load")
    assert {row.table: (row.entity_type, row.entity_name) for row in found} == {
        **dict.fromkeys(rows, table), "lineage": load, "documents": ("AtlasGlossaryTerm", "revenue")
    }  # fmt: skip


def test_an_entity_that_was_renamed_is_called_as_the_first_calls_it(compare):
    row = _row("entities", guid="g", type="b_db", unique_name="z")
    (found,) = compare({"entities": [row]}, {"entities": [{**row, "type": "a_db", "unique_name": "y"}]})
    assert (found.entity_type, found.entity_name) == ("b_db", "z")
    assert (found.what, found.first) == (
        "type unique_name",
        "type=b_db, unique_name=z, updated=1970-01-01T00:00:00.000Z, updated_by=",
    )


def test_both_values_of_what_is_not_the_same_stand_beside_each_other(compare):
    row = _row("entities", guid="g", state="ACTIVE", digest="0123456789abcdef", updated=1_700_000_000_123)
    then = {**row, "state": None, "shell": True, "digest": "f" * 64, "updated": 1 << 60, "updated_by": "eve"}
    (found,) = compare({"entities": [row]}, {"entities": [then]})
    assert found.what == "state shell digest"
    assert found.first == (
        "state=ACTIVE, shell=false, digest=0123456789ab, updated=2023-11-14T22:13:20.123Z, updated_by="
    )
    assert found.second == (f"state=null, shell=true, digest={'f' * 12}, updated={1 << 60}, updated_by=eve")


def test_a_row_that_one_side_lacks_has_no_values_to_compare(compare):
    (found,) = compare({"entities": [_row("entities", guid="g", state="ACTIVE")]}, {})
    assert (found.what, found.first, found.second) == ("", "", "")


def test_what_names_an_entity_that_was_written_meanwhile_is_told_apart_and_comes_last(compare):
    here = [_row("relationships", guid="r", seen_from=a, other=b) for a, b in ("xa", "ax", "bc")]
    ours = {"entities": [_row("entities", guid=guid) for guid in "ab"], "relationships": here}
    found = compare(ours, {}, ["a"], ["q", "b"])
    assert [(row.table, row.row) for row in found if not row.moved] == []
    found = compare(ours, {}, ["a"], [])
    assert [(row.table, row.row, row.moved) for row in found] == [
        ("entities", "b", False), ("relationships", "r b c", False),
        ("entities", "a", True), ("relationships", "r a x", True), ("relationships", "r x a", True),
    ]  # fmt: skip


def test_what_was_written_meanwhile_is_counted_apart(tmp_path):
    rows = [_row("entities", guid=f"g{n}", type="hive_db") for n in range(3)]
    one, other = _tables(tmp_path / "one", entities=rows), _tables(tmp_path / "other")
    moving = stored.write(tmp_path / "moving.parquet", [{"guid": "g0"}], MOVING)
    found = differing.compare(tmp_path, one, other, [moving])
    assert differing.counts(found) == [("entities", "hive_db", FIRST, 2)]
    assert differing.moved(found) == 1


def test_of_the_audit_what_is_missing_or_altered_is_told_and_not_that_it_grew(compare):
    event = _row("audit", entity="g", event="e1", place=1, moment=1_700_000_000_000, actor="ann", digest="d")
    lost, later = {**event, "event": "e0"}, {**event, "event": "e2", "place": 2}
    assert compare({"audit": [event]}, {"audit": [event, later]}) == []
    found = compare({"audit": [lost, {**event, "place": 2}]}, {"audit": [{**event, "actor": "eve"}, later]})
    assert [(row.side, row.row, row.what, row.first, row.second) for row in found] == [
        (BOTH, "g e1", "actor", "actor=ann", "actor=eve"),
        (FIRST, "g e0", "", "", ""),
    ]
