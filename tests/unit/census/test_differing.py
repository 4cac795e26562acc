"""Two censuses against each other: every row that differs, and no other."""

import tempfile
from pathlib import Path

import pytest

from metadrill.census import SCHEMAS, differing, stored
from metadrill.census.differing import BOTH, FIRST, SECOND


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
    def found(ours, theirs):
        with tempfile.TemporaryDirectory(dir=tmp_path) as name:
            one, other = _tables(Path(name) / "one", **ours), _tables(Path(name) / "other", **theirs)
            return list(differing.read(differing.compare(Path(name), one, other)))

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


def test_stamps_are_not_compared(compare):
    row = _row("entities", guid="g1", type="hive_db")
    stamps = {name: 7 for name in row if name in ("created", "updated", "modified")}
    assert stamps and compare({"entities": [row]}, {"entities": [{**row, **stamps}]}) == []


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
    assert lines == ["table,side,type,row,what", *(f'entities,{FIRST},hive_db,g{n},""' for n in (1, 2))]


@pytest.mark.parametrize("table", sorted(set(differing.alike(SCHEMAS, SCHEMAS)) - {"documents"}))
def test_a_row_that_one_side_alone_has_is_found_in_every_table(compare, table):
    row = {field.name: "x" for field in SCHEMAS[table] if str(field.type) == "string"}
    for ours, theirs, side in (([_row(table, **row)], [], FIRST), ([], [_row(table, **row)], SECOND)):
        (found,) = compare({table: ours}, {table: theirs})
        assert (found.table, found.side, found.what) == (table, side, "")
