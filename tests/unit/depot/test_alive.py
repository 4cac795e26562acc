"""A live repository read: settled first, and what was written meanwhile told apart."""

from datetime import timedelta

import pytest

from metadrill.census import digests, stored
from metadrill.depot import alive
from metadrill.errors import DeadlineExceeded

from .conftest import SOON


@pytest.fixture
def read(empty, tmp_path):
    """Read a twin, which `meanwhile` something may happen to: as its export ends."""
    stack = empty()
    stack.sample_data(SOON)

    def found(meanwhile=lambda: None, **more):
        export = stack.export

        def exported(into, deadline):
            facts = export(into, deadline)
            meanwhile()
            return facts

        stack.export = exported
        folder = tmp_path / "read"
        folder.mkdir()
        return alive.read(stack, stack.dialect, folder, **more)

    return stack, found


def guids(found):
    return {row["guid"]: row["what"] for row in stored.rows(found.moving)}


def test_what_is_read_is_what_it_holds(read):
    stack, found = read
    told = found()
    held = digests.tables(stack.census())
    assert {"entities", "documents", "relationships", "typedefs"} <= set(told.tables)
    ours = stored.figures(told.tables).digests
    assert ours == {name: held[name] for name in ours}
    assert guids(told) == {} and told.doubts == () and told.graph == told.index > 0


def test_what_is_written_while_it_is_read_is_listed(read):
    stack, found = read
    gone = next(iter(stack.graph.indexed()))
    made = []

    def meanwhile():
        made.append(stack.write("meanwhile"))
        stack.delete([gone])

    moved = guids(found(meanwhile))
    assert moved[made[0]] == "came" and moved[gone] in ("changed", "went")


def test_an_index_that_does_not_catch_up_in_time_is_an_error_and_nothing_is_read(read):
    stack, found = read
    waited = []

    def lagging(deadline):
        waited.append(deadline)
        raise DeadlineExceeded("index caught up with the graph: graph 3, index 2")

    stack.settle = lagging
    with pytest.raises(DeadlineExceeded) as caught:
        found(lambda: pytest.fail("it was exported"), settle=timedelta(seconds=7))
    assert caught.value.code == 30 and waited == [timedelta(seconds=7)]


def test_an_index_that_differs_and_moves_no_more_is_told_with_both_counts(read):
    stack, found = read
    stack.index.drop([next(iter(stack.graph.indexed()))])
    told = found()
    assert told.graph == told.index + 1 and guids(told) == {}


def counting(stack, **others):
    """Let the export of a twin say that it has other numbers of some types, and one entity more in all."""
    export = stack.export

    def counted(into, deadline):
        facts = export(into, deadline)
        return {"types": {**facts["types"], **others}, "entities": facts["entities"] + 1}

    stack.export = counted


def test_what_the_repository_itself_counted_otherwise_is_told(read):
    stack, found = read
    counting(stack, hive_db=2, hive_view=3)
    assert found().doubts == (
        "hive_db: 1 were read, the repository itself counted 2",
        "hive_view: 0 were read, the repository itself counted 3",
    )


def test_a_type_that_the_export_does_not_name_shows_in_the_count_of_all(read):
    stack, found = read
    held = len(stack.graph.indexed())
    counting(stack)
    (doubt,) = found().doubts
    assert doubt == (
        f"(all): the repository itself counted {held + 1} in all, {held} of the types that were exported"
    )


def test_what_was_written_meanwhile_may_be_counted_or_not(read):
    stack, found = read
    counting(stack)
    assert found(lambda: stack.write("meanwhile")).doubts == ()


def test_the_audit_is_read_where_it_is_asked_for(read):
    _, found = read
    told = found(audit=True)
    events, entities = (list(stored.rows(told.tables[name])) for name in ("audit", "entities"))
    assert sorted(row["entity"] for row in events) == sorted(row["guid"] for row in entities) != []
