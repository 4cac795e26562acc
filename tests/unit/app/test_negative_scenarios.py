"""The scenarios in which a set, or its restore, is what breaks: the shipped files, played on the twin."""

from dataclasses import replace

import pytest

from metadrill.app import depots
from metadrill.app.giving import Chosen
from metadrill.depot import taking
from metadrill.depot.given import GivenSet
from metadrill.depot.taking import Crew, Order
from metadrill.errors import Code
from metadrill.model.backup import Method, Mode
from metadrill.model.drill import LeaveOut
from metadrill.model.verdict import Aim, Verdict
from metadrill.testing import MemorySandboxes, MemorySigner, MemoryStack, drills

from .playing import data, kinds, plan_of

REFUSED = {
    "tampered-backup": (20, "part.changed"),
    "wrong-environment": (32, "environment.other"),
    "version-mismatch": (32, "version.other"),
    "stale-index-set": (20, "cut.mixed"),
}
OTHERS = {
    "tampered-backup-next": "recovery.finished",
    "bad-restore": "recovery.rolled_back",
    "stale-index-restore": "recovery.finished",
    "stale-index-found": "recovery.detected",
}
EVERY = (*REFUSED, *OTHERS)


def changed_after(events, kind):
    """The calls that changed something of the stack after an event, until the run was verified."""
    names = kinds(events)
    return names[names.index(kind) : names.index("recovery.verified")].count("call.made")


@pytest.mark.parametrize("name", REFUSED)
def test_a_set_that_must_not_be_restored_is_refused_with_nothing_touched(play, name):
    events, found = play(plan_of(name))
    code, problem = REFUSED[name]
    assert (found.verdict, found.code) == (Verdict.PASS, Code.OK), found.sentence
    refused = data(events, "recovery.refused")
    assert refused["code"] == code and changed_after(events, "recovery.started") == 0
    assert [row["code"] for row in data(events, "set.examined", phase="outage")["problems"]] == [problem]
    assert data(events, "set.examined", phase="baseline")["problems"] == []
    assert "recovery.step" not in kinds(events)
    assert "refused as it should be" in found.sentence and "recovered" not in found.sentence
    assert found.rpa_graph.seconds == found.rpa_search.seconds == 0.0


@pytest.mark.parametrize(
    ("what", "problem"),
    [("byte", "part.changed"), ("file", "part.missing"), ("manifest", "manifest.unreadable"),
     ("relabelled", "set.renamed")],
)  # fmt: skip
def test_every_way_to_tamper_is_refused_with_its_own_code(play, what, problem):
    events, found = play(plan_of("tampered-backup", what=what))
    assert (found.verdict, found.code) == (Verdict.PASS, Code.OK), found.sentence
    assert [row["code"] for row in data(events, "set.examined", phase="outage")["problems"]] == [problem]


@pytest.mark.parametrize("of", ["environment", "cluster", "jurisdiction", "version"])
def test_every_gate_refuses_a_genuine_set_of_something_else(play, of):
    events, found = play(plan_of("wrong-environment", of=of))
    assert (found.verdict, found.code) == (Verdict.PASS, Code.OK), found.sentence
    assert data(events, "recovery.refused")["code"] == 32
    assert data(events, "set.examined", phase="outage")["problems"][0]["code"] == f"{of}.other"


@pytest.mark.parametrize("name", OTHERS)
def test_a_drill_of_the_others_reaches_its_aim(play, name):
    events, found = play(plan_of(name))
    assert (found.verdict, found.code) == (Verdict.PASS, Code.OK), found.sentence
    assert OTHERS[name] in kinds(events)


@pytest.mark.parametrize("name", EVERY)
def test_without_its_fault_nothing_is_proved(play, name):
    _, found = play(plan_of(name), left_out=LeaveOut.FAULT)
    assert found.verdict is Verdict.INCONCLUSIVE, found.sentence


@pytest.mark.parametrize("name", EVERY)
def test_without_its_recovery_it_never_passes(play, name):
    _, found = play(plan_of(name), left_out=LeaveOut.RECOVERY)
    assert found.verdict is Verdict.FAIL, found.sentence


def test_where_a_refusal_was_not_the_aim_its_code_is_the_exit_code(play):
    plan = plan_of("tampered-backup")
    plan = replace(plan, scenario=replace(plan.scenario, success_is=Aim.RECOVERED))
    _, found = play(plan)
    assert (found.verdict, found.code) == (Verdict.FAIL, Code.BACKUP_TAMPERED)
    assert Code.RTO_MISSED in found.codes


def test_where_a_refusal_was_the_aim_a_restore_that_goes_through_fails(play):
    plan = plan_of("stale-index-restore")
    plan = replace(plan, scenario=replace(plan.scenario, success_is=Aim.REFUSED))
    _, found = play(plan)
    assert found.verdict is Verdict.FAIL and "should have been refused" in found.sentence


def test_the_newer_set_is_passed_over_by_name_and_the_older_one_restored(play):
    events, _ = play(plan_of("tampered-backup-next"))
    passed = data(events, "recovery.step", step="pass_over")["facts"]
    taken = data(events, "backup.taken")
    assert (passed["set"], passed["code"]) == (taken["set"], 20)
    assert data(events, "recovery.finished")["facts"]["set"] == taken["older"] != taken["set"]


def test_a_lossy_restore_is_undone_and_every_table_is_as_before(play):
    events, found = play(plan_of("bad-restore"))
    undone = data(events, "recovery.rolled_back")
    assert "5 entities missing" in undone["because"]
    tables = undone["restored"]["tables"]
    assert {"entities", "relationships", "documents"} <= set(tables)
    assert all(pair["before"] == pair["after"] for pair in tables.values())
    assert "undone as it should be" in found.sentence
    names = kinds(events)
    last = max(place for place, name in enumerate(names) if name == "recovery.step")
    out = names[names.index("writers.kept_out") : last]
    assert not [name for name in out if name.startswith("write.")]


def test_a_stale_index_is_seen_by_the_comparison_alone_and_mended(play):
    events, found = play(plan_of("stale-index-restore"))
    assert data(events, "outage.observed")["views"] == {"elasticsearch": "green", "atlas": "ACTIVE"}
    assert found.rpa_search.seconds == 0.0


def test_found_damage_is_said_with_its_count_and_stays(play):
    events, found = play(plan_of("stale-index-found"))
    assert data(events, "recovery.detected")["found"]["differing"] >= 10
    assert "found as it should be" in found.sentence
    names = kinds(events)
    out = names[names.index("writers.kept_out") : names.index("recovery.step")]
    assert not [name for name in out if name.startswith("write.")]
    failing = [row.number for row in found.checks["verified"] if row.verdict == "fail"]
    assert failing == [33]


@pytest.fixture
def chosen(tmp_path):
    """A set in a depot that somebody configured."""
    key = MemorySigner()
    stack = MemoryStack(MemorySandboxes(tmp_path / "elsewhere").create("production"))
    stack.boot(drills.SHORT)
    stack.sample_data(drills.SHORT)
    stack.settle(drills.SHORT)
    crew = Crew(stack.dialect, key, {"name": "metadrill", "version": "test"}, {})
    depot = depots.trusting(tmp_path / "depot", key)
    held = taking.take(depot, stack, Order("east", Mode.FULL, frozenset(Method)), crew)
    return Chosen(GivenSet(depot, held, stack.dialect))


@pytest.mark.parametrize("name", ["tampered-backup", "wrong-environment", "bad-restore"])
def test_the_set_of_a_depot_is_never_touched(play, chosen, name):
    held = chosen.given.held
    before = {path.name: path.read_bytes() for path in held.folder.iterdir()}
    events, found = play(plan_of(name), chosen)
    assert data(events, "fault.injected")["truth"]
    assert found.verdict is Verdict.PASS, found.sentence
    assert {path.name: path.read_bytes() for path in held.folder.iterdir()} == before
    assert chosen.given.depot.names() == [held.manifest.name]
