"""Damages seeded into the twin: each must be seen, by its checks and by name; undamaged, none alarms."""

from dataclasses import replace
from datetime import timedelta

import pytest

from metadrill.errors import DeadlineExceeded
from metadrill.model.qualification import Came
from metadrill.model.suite import Suite
from metadrill.testing import MemorySandboxes, MemoryStack, PlainChecker, SampleSource, drills, seeding
from metadrill.testing.contracts.patience import nothing
from metadrill.testing.seeding import Watch

SOON = timedelta(seconds=5)
ALL = frozenset(drills.ABILITIES)
SEEN = {"an attribute altered": (12,), "a document lost": (33,), "a byte of an index file flipped": (40,)}


def watch(tmp_path, kind=MemoryStack, suites=None):
    stack = kind(MemorySandboxes(tmp_path / "boxes").create("seeding"))
    stack.boot(SOON)
    SampleSource().fill(stack, nothing)
    stack.settle(SOON)
    return Watch(stack, drills.suites() if suites is None else suites, PlainChecker(), ALL)


def rows(watched):
    return {row.damage: row for row in seeding.seed(watched)}


def test_every_damage_turns_its_check_red_and_nothing_is_red_undamaged(tmp_path):
    found = rows(watch(tmp_path))
    assert found[seeding.UNDAMAGED].came is Came.GOOD and found[seeding.UNDAMAGED].red == ()
    for name, red in SEEN.items():
        assert found[name].came is Came.GOOD and set(red) <= set(found[name].red), found[name]


def test_a_damage_that_no_check_of_the_suites_is_for_is_not_seen(tmp_path):
    row = rows(watch(tmp_path))["an entity invented"]
    assert row.came is Came.BAD and row.because == "not seen by check 7"


def test_the_checks_that_no_damage_has_turned_red_are_named(tmp_path):
    watched = watch(tmp_path)
    found = tuple(seeding.seed(watched))
    assert seeding.unproved(watched.suites, found) == (6,)


class Miscounted(MemoryStack):
    """One whose types are counted whole by somebody else alone."""

    def witness(self):
        counts = super().witness()
        return {**counts, "graph:entities@checkstate": counts["graph:entities@checkstate"] + 1}


def test_a_witness_that_counts_otherwise_keeps_the_undamaged_look_from_proving_anything(tmp_path):
    watched = watch(tmp_path, Miscounted)
    there, row = len(watched.stack.graph.indexed()), watched.undamaged()
    assert (row.came, row.red) == (Came.UNSEEN, ())
    assert row.because == f"graph:entities: the census counts {there}, checkstate {there + 1}"


class Blind(MemoryStack):
    """One that says it did the damage, and did not."""

    def damage(self, name, seen):
        return "a name"


def test_a_damage_that_was_not_done_is_not_seen(tmp_path):
    found = rows(watch(tmp_path, Blind))
    assert {row.came for name, row in found.items() if name != seeding.UNDAMAGED} == {Came.BAD}


class Beside(MemoryStack):
    """One whose damage is to something else than it says."""

    def damage(self, name, seen):
        super().damage(name, seen)
        return "something else"


def test_a_finding_that_does_not_name_what_was_damaged_is_none(tmp_path):
    row = rows(watch(tmp_path, Beside))["an attribute altered"]
    assert row.came is Came.BAD and row.because == "no finding names something else"


def test_a_check_that_was_red_already_must_say_something_new(tmp_path):
    watched = watch(tmp_path, Blind)
    guid = next(guid for guid, each in watched.stack.graph.entities.items() if each.type == "hive_table")
    watched.stack.index.drop([guid])
    first = watched.undamaged()
    assert first.came is Came.BAD and first.red == (33,)
    lost = next(each for each in watched.stack.damages() if each.name == "a document lost")
    assert watched.damaged(lost).because == "not seen by check 33"


def test_a_look_that_cannot_be_taken_proves_nothing(tmp_path):
    class Unsettled(MemoryStack):
        late = False

        def settle(self, deadline):
            if self.late:
                raise DeadlineExceeded("index caught up: not in time")
            return super().settle(deadline)

    watched = watch(tmp_path, Unsettled)
    watched.stack.late = True
    assert {row.came for row in seeding.seed(watched)} <= {Came.UNSEEN}


@pytest.mark.parametrize("suites", [(), (Suite("empty", "Nothing", ()),)])
def test_suites_that_judge_nothing_prove_nothing(tmp_path, suites):
    assert watch(tmp_path, suites=suites).undamaged().came is Came.UNSEEN


def test_a_check_that_could_not_be_evaluated_is_no_alarm_and_proves_nothing(tmp_path):
    suite = drills.suites()[0]
    strange = replace(suite, checks=(replace(suite.checks[0], expect="expect_the_best"), suite.checks[1]))
    row = watch(tmp_path, suites=(strange,)).undamaged()
    assert row.came is Came.UNSEEN and "unknown expectation" in row.because and row.red == ()


def test_a_stack_that_answers_oddly_was_not_seen_and_the_others_go_on(tmp_path):
    class Odd(MemoryStack):
        def damage(self, name, seen):
            if name == "an attribute altered":
                raise KeyError("guidAssignments")
            return super().damage(name, seen)

    found = rows(watch(tmp_path, Odd))
    odd = found["an attribute altered"]
    assert odd.came is Came.UNSEEN and odd.because == "KeyError: 'guidAssignments'"
    assert found["a document lost"].came is Came.GOOD
