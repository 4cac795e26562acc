"""What the census counts beside each count of the witness, by one pass over what lies on disk."""

import pytest

from metadrill.census import Census, build, stored, vouching
from metadrill.census.tables import Files

ROWS = {
    "entities": [{"guid": f"g{n}", "type": ("hive_db", "hive_table")[n % 2]} for n in range(5)],
    "glossary": [{"guid": "t1", "kind": "AtlasGlossaryTerm"}, {"guid": "t2", "kind": "hive_db"}],
    "documents": [{"document": "1", "guid": "g1"}],
}
HEARD = {
    "graph:entities": 5, "graph:hive_db@checkstate": 4, "graph:hive_table": 2, "graph:AtlasGlossaryTerm": 1,
    "graph:hive_process": 7, "index:entities": 1, "documents": 1, "lineage": 3,
}  # fmt: skip
FOUND = {
    "graph:entities": 5, "graph:hive_db": 4, "graph:hive_table": 2, "graph:AtlasGlossaryTerm": 1,
    "graph:hive_process": 0, "index:entities": 1, "documents": 1, "lineage": 0,
}  # fmt: skip


class Told(Files):
    """Files that tell which table was read, and how often; none may be read whole."""

    def __init__(self, files):
        super().__init__(files)
        self.passes = []

    def __getitem__(self, name):
        raise AssertionError(f"{name} is read whole")

    def batches(self, name, rows, columns=None):
        self.passes.append((name, columns))
        return super().batches(name, rows, columns)


@pytest.fixture
def laid(tmp_path):
    writer = stored.Writer(tmp_path / "census")
    for table, rows in ROWS.items():
        writer.add(table, rows)
    return writer.finish()


def test_each_count_is_held_against_what_the_census_has_of_it_on_disk_or_in_memory(laid):
    for census in (stored.read(laid), build(ROWS, {})):
        found = vouching.rows(census, HEARD)
        assert {row["what"]: row["census"] for row in found} == FOUND
        assert [row["witness"] for row in found] == [count for _, count in sorted(HEARD.items())]
        assert {row["by"] for row in found if row["what"] == "graph:hive_db"} == {"checkstate"}


def test_no_table_is_read_whole_and_none_twice_however_many_types_are_counted(laid):
    files = Told(laid)
    vouching.rows(Census(files, {}), {**HEARD, **{f"graph:type{n}": n for n in range(50)}})
    assert sorted(files.passes) == [("entities", ["type"]), ("glossary", ["kind"])]


def test_what_the_census_has_not_counts_nothing():
    (row,) = vouching.rows(Census({}, {}), {"graph:hive_db": 2})
    assert row == {
        "what": "graph:hive_db", "census": 0, "witness": 2, "by": "a count by the repository itself"
    }  # fmt: skip


def test_what_the_witness_counts_otherwise_is_a_sentence_each():
    census = build(ROWS, {})
    told = {"graph:entities@checkstate": 6, "graph:hive_db@checkstate": 4, "index:entities@_count": 2}
    assert vouching.unlike(census, told) == [
        "graph:entities: the census counts 5, checkstate 6",
        "index:entities: the census counts 1, _count 2",
    ]
    agreed = {"graph:entities": 5, "graph:hive_db@checkstate": 4, "documents": 1}
    assert vouching.unlike(census, agreed) == []


def test_a_witness_that_counted_nothing_vouches_for_nothing():
    assert vouching.unlike(build(ROWS, {}), {}) == ["nobody else counted what the census holds"]
