"""Entities deleted by a client, on the twin."""

import pytest

from metadrill.errors import EnvironmentNotReady, UsageError
from metadrill.faults.delete_entities import DeleteEntities
from metadrill.model.scenario import Action
from metadrill.testing import MemorySandboxes, MemoryStack, SampleSource


def fault(**params):
    return DeleteEntities(Action("delete_entities", params))


@pytest.fixture
def stack(tmp_path):
    made = MemoryStack(MemorySandboxes(tmp_path).create("fault"))
    made.boot(None)
    SampleSource().fill(made, lambda kind, /, **data: None)
    return made


def struck(stack, **params):
    made = fault(**params)
    made.prepare(stack)
    return made.inject(stack)


def states(stack, kind):
    return [entity.state for entity in stack.graph.entities.values() if entity.type == kind]


def test_all_of_a_type_is_marked_as_deleted_and_named(stack):
    truth = struck(stack, by="type:hive_table")
    assert states(stack, "hive_table") == ["DELETED"] * 6
    assert truth["gone"] == {"hive_table": 6} and truth["picked"] == 6
    assert set(truth["guids"]["hive_table"]) == {
        entity.guid for entity in stack.graph.entities.values() if entity.type == "hive_table"
    }
    assert truth["form"] == "silent" and truth["how"] == "soft"


def test_purged_entities_are_in_neither_store(stack):
    guids = {entity.guid for entity in stack.graph.entities.values() if entity.type == "hive_process"}
    struck(stack, by="type:hive_process", how="purge")
    assert not guids & set(stack.graph.entities) and not guids & set(stack.index.read()[0])


def test_a_count_and_a_share_are_drawn_by_the_seed(stack):
    def drawn(**params):
        made = fault(by="type:hive_column", **params)
        made.prepare(stack)
        return made.picked

    assert len(drawn(count=4)) == 4 and len(drawn(share=0.5)) == 9
    assert drawn(count=4, seed=7) == drawn(count=4, seed=7) != drawn(count=4, seed=8)


def test_what_is_written_after_it_was_made_ready_is_left_alone(stack):
    made = fault(by="type:*")
    made.prepare(stack)
    guid = stack.write("canary")
    made.inject(stack)
    assert stack.graph.entities[guid].state == "ACTIVE"


def test_several_selections_add_up(stack):
    truth = struck(stack, by=["classification:PII", "type:hive_db"])
    assert set(truth["gone"]) == {"hive_table", "hive_db"}


@pytest.mark.parametrize(
    ("params", "wrong"),
    [
        ({}, "no entities named"),
        ({"by": "type:x", "speed": 1}, "unknown parameter 'speed'"),
        ({"by": "hive_table"}, "is none"),
        ({"by": "type:x", "how": "gently"}, "how 'gently'"),
        ({"by": "type:x", "count": 0}, "count 0"),
        ({"by": "type:x", "count": True}, "count True"),
        ({"by": "type:x", "share": 0}, "share 0"),
        ({"by": "type:x", "share": 1.5}, "share 1.5"),
        ({"by": "type:x", "share": 0.5, "count": 1}, "both count and share"),
    ],
)
def test_what_makes_no_sense_is_refused(params, wrong):
    with pytest.raises(UsageError, match=wrong):
        fault(**params)


def test_a_selection_that_picks_nothing_stops_the_run_before_the_fault(stack):
    with pytest.raises(UsageError, match="picks no entity"):
        fault(by="type:none").prepare(stack)
    struck(stack, by="type:hive_table")
    with pytest.raises(UsageError, match="is deleted already"):
        fault(by="type:hive_table").prepare(stack)


def test_a_stack_without_such_an_interface_is_told_before_the_fault():
    with pytest.raises(EnvironmentNotReady, match="cannot be deleted"):
        fault(by="type:x").prepare(object())
