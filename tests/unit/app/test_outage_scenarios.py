"""The outages of the library, as shipped, on the twin: every recovery of each, and each part left out."""

from dataclasses import replace

import pytest

from metadrill.errors import Code, DeadlineExceeded, NoRoom
from metadrill.model.drill import LeaveOut
from metadrill.model.scenario import Action
from metadrill.model.verdict import Verdict
from metadrill.recoveries.index_rebuild import IndexRebuild
from metadrill.testing import MemoryStack, backing

from .playing import data, kinds, plan_of

OUT_OF_A_SET, OF_THE_INDEX = ("physical_restore", "logical_import"), ("index_snapshot", "index_rebuild")
RECOVERIES = {
    "complete-loss": ("backup_restore", *OUT_OF_A_SET),
    "index-lost": OF_THE_INDEX,
    "corrupted-index-logical": ("index_repair", "index_rebuild"),
    "store-corruption": OUT_OF_A_SET,
    "disk-full": ("extend_and_restore",),
}
EACH = [(name, recovery) for name, recoveries in RECOVERIES.items() for recovery in recoveries]


@pytest.mark.parametrize("name", RECOVERIES)
def test_the_shipped_scenario_names_these_recoveries(name):
    assert plan_of(name).scenario.recoveries == RECOVERIES[name]


@pytest.mark.parametrize(("name", "recovery"), EACH)
def test_each_recovery_brings_back_what_it_can(play, name, recovery):
    events, found = play(plan_of(name, recovery))
    assert (found.verdict, found.code) == (Verdict.PASS, Code.OK), found.sentence
    assert data(events, "fault.injected")["truth"] and "recovery.finished" in kinds(events)
    lost = found.rpa_graph.lost
    if name in ("complete-loss", "store-corruption", "disk-full"):
        assert lost, "what was written after the copy was taken cannot come back"
        stayed = any(line.startswith("provisioning: ") for line in found.does_not_show)
        assert stayed is (name != "store-corruption")
    else:
        assert lost == () == found.rpa_search.lost


@pytest.mark.parametrize(("name", "recovery"), EACH)
def test_without_its_fault_nothing_is_proved(play, name, recovery):
    _, found = play(plan_of(name, recovery), left_out=LeaveOut.FAULT)
    assert found.verdict is Verdict.INCONCLUSIVE, found.sentence


@pytest.mark.parametrize(("name", "recovery"), EACH)
def test_without_its_recovery_it_fails(play, name, recovery):
    _, found = play(plan_of(name, recovery), left_out=LeaveOut.RECOVERY)
    assert found.verdict is Verdict.FAIL, found.sentence


def test_an_index_that_says_other_things_is_seen_by_the_comparison_alone(play):
    events, _ = play(plan_of("corrupted-index-logical", "index_repair"))
    assert data(events, "outage.observed")["probe"] == "suite index"
    assert data(events, "outage.observed")["views"] == {"elasticsearch": "green", "atlas": "ACTIVE"}
    truth = data(events, "fault.injected")["truth"]
    repaired = data(events, "recovery.finished")["facts"]["repaired"]
    assert set(repaired["guids"]) == {*truth["deleted"], *(one["guid"] for one in truth["altered"])}
    assert repaired["ghosts"] == len(truth["ghosts"]) > 0


@pytest.mark.parametrize("recovery", OF_THE_INDEX)
def test_an_index_that_is_gone_answers_well_and_is_seen_by_what_search_found_before(play, recovery):
    events, _ = play(plan_of("index-lost", recovery))
    seen = data(events, "outage.observed")
    assert seen["probe"] == "search_finds" and seen["answer"].startswith("0 found, ")
    answered = [event.data for event in events if event.kind == "probe.answered"]
    before, *later = [one["disrupted"] for one in answered if one["probe"] == "search_finds"]
    assert (before, later) == (False, [True])
    assert {one["disrupted"] for one in answered if one["probe"] == "search_answers"} == {False}


def test_an_index_that_is_gone_is_seen_by_the_comparison_where_no_other_probe_is_asked(play):
    plan = plan_of("index-lost")
    noticed = tuple(one for one in plan.scenario.noticed_by if one.name != "search_finds")
    events, found = play(replace(plan, scenario=replace(plan.scenario, noticed_by=noticed)))
    assert data(events, "outage.observed")["probe"] == "suite index" and found.verdict is Verdict.PASS


def test_a_snapshot_alone_leaves_what_was_written_after_it_out_of_search(play):
    plan = plan_of("index-lost")
    _, found = play(replace(plan, recovery=Action("index_snapshot_bare")))
    assert found.verdict is Verdict.FAIL and found.rpa_search.lost and not found.rpa_graph.lost


PUT_BACK = [each for each in EACH if each[0] in ("complete-loss", "index-lost", "store-corruption")]


@pytest.mark.parametrize(("name", "recovery"), PUT_BACK)
def test_the_files_of_an_index_that_was_put_back_are_judged(play, name, recovery):
    events, _ = play(plan_of(name, recovery))
    judged = {event.data["phase"]: event.data for event in events if event.data.get("suite") == "segments"}
    assert judged.keys() == {"baseline", "verified"}
    assert judged["verified"]["results"][0]["verdict"] == "pass"


def test_an_index_that_comes_back_with_a_wrong_byte_in_a_file_is_no_recovery(play):
    class Torn(IndexRebuild):
        """A rebuild after which one file has another checksum; every document is as it was."""

        def recover(self, target, record):
            facts = super().recover(target, record)
            path = target.index.segments()[0].path
            *body, last = path.read_bytes()
            path.write_bytes(bytes([*body, last ^ 1]))
            return facts

    plan = plan_of("index-lost", "index_rebuild")
    _, found = play(plan, recovery=Torn(plan.recovery))
    assert found.verdict is Verdict.FAIL and found.code is Code.INTEGRITY_LOST, found.sentence
    assert [row.check for row in found.findings if row.verdict is Verdict.FAIL] == [40]


def test_a_damaged_store_is_no_longer_needed_by_an_import(play):
    """What is left of the stores is given up before an empty server is started."""
    events, _ = play(plan_of("store-corruption", "logical_import"))
    steps = [event.data["step"] for event in events if event.kind == "recovery.step"]
    assert steps == ["verify_backup", "clear", "renew", "restore_logical"]


@pytest.mark.parametrize("file", ["newest", "oldest", "largest"])
@pytest.mark.parametrize("recovery", OUT_OF_A_SET)
def test_a_file_of_the_graph_that_is_lost_is_as_little_needed(play, recovery, file):
    events, found = play(plan_of("store-corruption", recovery, lost=True, file=file))
    assert (found.verdict, found.code) == (Verdict.PASS, Code.OK), found.sentence
    truth = data(events, "fault.injected")["truth"]
    assert truth["lost"] is True and "bytes" not in truth
    assert "gave up while starting" in truth["start"]
    assert found.rpa_graph.lost, "what was written after the copy was taken cannot come back"


def test_what_a_store_takes_in_that_opens_without_its_lost_file_is_lost_with_the_restore(play, monkeypatch):
    monkeypatch.setattr(MemoryStack, "open_graph", lambda self: None)
    events, found = play(plan_of("store-corruption", lost=True))
    assert data(events, "fault.injected")["truth"]["start"] == "it started"
    assert found.verdict is Verdict.FAIL and any(found.lost_during.values()), found.sentence


def test_on_a_full_volume_nothing_half_is_taken_for_good_and_the_second_try_has_room(play):
    events, _ = play(plan_of("disk-full"))
    steps = {event.data["step"]: event.data["facts"] for event in events if event.kind == "recovery.step"}
    assert list(steps) == [
        "verify_backup", "restore_without_room", "nothing_half_serves", "extend_volume", "restore_physical",
    ]  # fmt: skip
    assert "no space left on device" in steps["restore_without_room"]["refused"]
    assert steps["extend_volume"]["size"]["after"] > steps["extend_volume"]["size"]["before"]
    assert data(events, "fault.injected")["truth"]["volume"]["free"] == 4_000_000


def test_a_volume_on_which_the_restore_had_room_all_the_time_proves_nothing(play):
    events, found = play(plan_of("disk-full", leave_mb=7000))
    assert data(events, "recovery.finished")["facts"]["had_room"] == 7_000_000_000
    assert (found.verdict, found.code) == (Verdict.INCONCLUSIVE, Code.INCONCLUSIVE)
    assert found.sentence == "INCONCLUSIVE: no restore was refused: 7.0 GB of the volume were free."


def test_a_restore_that_ends_well_on_a_full_volume_proves_nothing_and_fails(play, monkeypatch):
    monkeypatch.setattr(backing, "TAKES", 0)
    events, found = play(plan_of("disk-full"))
    assert found.verdict is Verdict.FAIL
    assert "nothing was proved" in data(events, "recovery.failed")["because"]


def test_a_try_that_something_else_ended_shows_nothing_of_a_full_volume(play, monkeypatch):
    def late(self, files):
        raise DeadlineExceeded("atlas: not ACTIVE after 5 m")

    monkeypatch.setattr(backing.Backing, "put_files", late)
    events, found = play(plan_of("disk-full"))
    assert found.verdict is Verdict.FAIL
    assert "not ACTIVE after 5 m" in data(events, "recovery.failed")["because"]


def test_half_of_a_restore_that_is_served_fails(play, monkeypatch):
    def half(self, files):
        self._again([{"guid": "x", "type": "Asset", "state": "ACTIVE"}])
        raise NoRoom("the stores' files: no space left on device", "free some")

    monkeypatch.setattr(backing.Backing, "put_files", half)
    events, found = play(plan_of("disk-full"))
    assert found.verdict is Verdict.FAIL
    assert "restored in half is served" in data(events, "recovery.failed")["because"]
