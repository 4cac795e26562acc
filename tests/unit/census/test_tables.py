"""One table of another census in the place of a census' own."""

import pytest

from metadrill.census import Census, build, stored
from metadrill.census.tables import Files, with_table


@pytest.fixture(params=["in memory", "in files"])
def census(request, tmp_path):
    """Return what makes a census of audit events and one entity, in either form."""

    def made(name, *events):
        rows = {"entities": [{"guid": name}], "audit": [{"event": event} for event in events]}
        if request.param == "in memory":
            return build(rows, {})
        writer = stored.Writer(tmp_path / name)
        for table, found in rows.items():
            writer.add(table, found)
        return Census(Files(writer.finish()), {})

    return made


def test_it_is_the_others_and_everything_else_its_own(census):
    got = with_table(census("one", "a", "b"), census("other", "c"), "audit").tables
    assert got["entities"]["guid"].to_pylist() == ["one"]
    assert got["audit"]["event"].to_pylist() == ["c"] and set(got) == {"entities", "audit"}


def test_one_that_the_other_lacks_is_gone_with_the_fault_that_it_has(census):
    other = Census({"entities": census("other").tables["entities"]}, {"audit": "cut short", "entities": "x"})
    got = with_table(Census(census("one", "a").tables, {"audit": "old", "lineage": "gone"}), other, "audit")
    assert set(got.tables) == {"entities"} and got.faults == {"audit": "cut short", "lineage": "gone"}
