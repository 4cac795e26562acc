"""Two censuses against each other: every row that differs, and no other."""

import pytest

from metadrill.census import SCHEMAS, stored
from metadrill.depot import differing
from metadrill.depot.differing import BOTH, LIVE, SET


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
        (tmp_path / "scratch").mkdir(exist_ok=True)
        one, other = _tables(tmp_path / "one", **ours), _tables(tmp_path / "other", **theirs)
        return list(differing.compare(tmp_path / "scratch", one, other))

    return found


def test_the_same_twice_differs_in_nothing(shop, tmp_path):
    held = shop.take()
    assert list(differing.compare(tmp_path, held.tables(), held.tables())) == []


def test_what_one_side_lacks_is_named_with_its_side(compare):
    gone, came = _row("entities", guid="g1", type="hive_db"), _row("entities", guid="g2", type="hive_table")
    rows = compare({"entities": [gone]}, {"entities": [came]})
    assert [(row.side, row.kind, row.row) for row in rows] == [
        (SET, "hive_db", "g1"),
        (LIVE, "hive_table", "g2"),
    ]


@pytest.mark.parametrize("column", ["type", "unique_name", "state", "digest"])
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


def test_a_row_twice_is_one_row(compare):
    row = _row("lineage", process="p", direction="in", entity="e")
    assert compare({"lineage": [row, row]}, {"lineage": [row]}) == []


def test_differences_are_counted_by_table_side_and_type():
    rows = list(differing.counted({("entities", SET, "hive_db"): 1200, ("entities", LIVE, "hive_db"): 1}))
    assert rows == [("entities", "hive_db", SET, "1,200"), ("entities", "hive_db", LIVE, "1")]
