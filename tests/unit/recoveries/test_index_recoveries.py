"""The three recoveries of the index, on the twin."""

import pytest

from metadrill.errors import EnvironmentNotReady, RecoveryError, UsageError
from metadrill.model.scenario import Action
from metadrill.recoveries.index_rebuild import IndexRebuild
from metadrill.recoveries.index_snapshot import IndexSnapshot
from metadrill.recoveries.index_snapshot_bare import IndexSnapshotBare
from metadrill.testing import MemorySandboxes, MemoryStack, SampleSource

ALL = [IndexSnapshot, IndexSnapshotBare, IndexRebuild]


def nothing(kind, /, **data):
    """Record nothing."""


@pytest.fixture
def stack(tmp_path):
    made = MemoryStack(MemorySandboxes(tmp_path).create("recovery"))
    made.boot(None)
    SampleSource().fill(made, nothing)
    return made


def lost(stack, recovery):
    """Back up, write a tail, lose the index, recover; return the steps and what search misses."""
    steps = []
    recovery.prepare(stack)
    names = [f"tail/{number}" for number in range(3)]
    for name in names:
        stack.write(name)
    stack.index.replace([])
    recovery.recover(stack, lambda kind, **data: steps.append((kind, data["step"])))
    return steps, set(names) - stack.found(names)


def test_snapshot_and_tail_repair_find_everything_again(stack):
    steps, missing = lost(stack, IndexSnapshot(Action("index_snapshot")))
    assert [name for _, name in steps] == ["restore_snapshot", "repair_tail", "compare_definition"]
    assert not missing and stack.settle(None)


def test_the_snapshot_alone_misses_the_tail(stack):
    steps, missing = lost(stack, IndexSnapshotBare(Action("index_snapshot_bare")))
    assert [name for _, name in steps] == ["restore_snapshot"]
    assert len(missing) == 3


def test_a_rebuild_needs_no_backup(stack):
    assert IndexRebuild(Action("index_rebuild")).prepare(stack) is None
    steps, missing = lost(stack, IndexRebuild(Action("index_rebuild")))
    assert [name for _, name in steps] == ["rebuild_index", "compare_definition"] and not missing


GUESSED = {
    "type of a field": {"mappings": {"guid": {"type": "text"}}},
    "field": {"mappings": {}},
    "index": {},
}


@pytest.mark.parametrize("guessed", list(GUESSED.values()), ids=list(GUESSED))
@pytest.mark.parametrize("kind", [IndexSnapshot, IndexRebuild])
def test_an_index_that_the_engine_has_guessed_is_no_recovery(stack, kind, guessed):
    recovery = kind(Action("it"))
    recovery.prepare(stack)
    (name,) = stack.index_definition()
    stack.index_definition = lambda: {name: guessed} if guessed else {}
    with pytest.raises(RecoveryError, match=r"not defined as it was: 1 of 1 settings differ, .*guid\.type"):
        recovery.recover(stack, nothing)


def test_what_came_to_the_definition_meanwhile_is_no_harm(stack):
    recovery, told = IndexRebuild(Action("it")), stack.index_definition()
    recovery.prepare(stack)
    (name,) = told
    more = {name: {"mappings": {**told[name]["mappings"], "new": {"type": "long"}}}, "another": {}}
    stack.index_definition = lambda: more
    recovery.recover(stack, nothing)


def test_a_backup_says_when_its_cut_began_and_what_it_holds(stack):
    taken = IndexSnapshot(Action("index_snapshot")).prepare(stack)
    assert taken["recovery"] == "index_snapshot" and taken["kind"] == "index_snapshot"
    assert taken["documents"] == len(stack.graph.indexed())
    assert taken["started_ns"] > 0 and taken["seconds"] >= 0


@pytest.mark.parametrize("kind", ALL)
def test_a_stack_that_lacks_the_ability_is_told_before_the_fault(kind):
    with pytest.raises(EnvironmentNotReady, match="lacks"):
        kind(Action("it")).prepare(object())


@pytest.mark.parametrize("kind", ALL)
def test_parameters_are_refused(kind):
    with pytest.raises(UsageError, match="takes no parameters"):
        kind(Action("it", {"fast": True}))
