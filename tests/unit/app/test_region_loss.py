"""Region loss on the twin: what is lost is known to the write, and nothing else is."""

import time

import pytest

from metadrill import clock
from metadrill.app import regions
from metadrill.app.alias import Alias
from metadrill.depot.given import GivenSet
from metadrill.errors import Code
from metadrill.model.drill import LeaveOut
from metadrill.model.sandboxed import Isolation
from metadrill.model.verdict import Verdict
from metadrill.testing.sandbox import MemorySandbox

from .playing import data, kinds, plan_of


def test_the_other_region_takes_over_out_of_its_newest_replica(play):
    events, found = play(plan_of("region-loss"))
    assert (found.verdict, found.code) == (Verdict.PASS, Code.OK), found.sentence
    regions = data(events, "sandbox.created")["regions"]
    assert regions.keys() == {"a", "b"} and len(set(regions.values())) == 2
    truth = data(events, "fault.injected")["truth"]
    assert (
        truth["region"] == "a"
        and truth["simulated"]
        and truth["depot"] == {"sets": truth["depot"]["sets"], "left": 0}
        and truth["running"] == []
    )
    assert truth["cut"]
    arriving = truth["arriving"]
    assert truth["under_way"] == "replicated" and 0 < arriving["bytes"] < arriving["of"]
    assert arriving["set"] not in [one["set"] for one in truth["replicas"] if one["there"]]
    facts = data(events, "recovery.finished")["facts"]
    assert facts["moving"]["share"] <= facts["moving"]["cap"] and facts["set"] != arriving["set"]
    assert (
        facts["region"] == "b"
        and facts["set"] == [one["set"] for one in facts["replicas"] if one["there"]][-1]
    )
    assert len([one for one in facts["replicas"] if one["there"]]) >= 2
    assert data(events, "sandbox.removed")["remaining"] == {"processes": [], "files": [], "ports": []}


def test_what_is_lost_is_what_the_replica_did_not_have_to_the_write(play):
    events, found = play(plan_of("region-loss"))
    held = set(data(events, "recovery.finished")["facts"]["writes"]["held"])
    moving = set(data(events, "recovery.finished")["facts"]["writes"]["moving"])
    t0 = data(events, "fault.injected")["invoked_ns"]
    acked = {event.data["n"]: event.data["guid"] for event in events
             if event.kind == "write.acked" and event.mono_ns < t0}  # fmt: skip
    lost = {acked[number] for number in found.rpa_graph.lost}
    assert lost - moving == set(acked.values()) - held - moving
    assert held & set(acked.values()) and lost, "some came over, and some did not"


def test_the_newest_replica_that_is_whole_is_taken_and_one_that_is_damaged_is_passed_over(play, monkeypatch):
    fail_over = regions.RunRegions.newest

    def spoilt(self):
        newest = fail_over(self)
        (self._far.path / newest.name / "manifest.dsse.json").write_bytes(b"{}")
        return fail_over(self)

    monkeypatch.setattr(regions.RunRegions, "newest", spoilt)
    events, found = play(plan_of("region-loss"))
    facts = data(events, "recovery.finished")["facts"]
    whole = [one["set"] for one in facts["replicas"] if one["there"]]
    assert facts["set"] in whole and facts["set"] != max(facts["replicas"], key=lambda one: one["cut"])["set"]
    assert found.verdict is Verdict.PASS, found.sentence


def test_where_nothing_had_come_over_the_recovery_fails_and_says_so(play, monkeypatch):
    monkeypatch.setattr(regions.RunRegions, "whole", lambda self: [])
    events, found = play(plan_of("region-loss"))
    assert found.verdict is Verdict.FAIL
    assert "no set had come to the other region" in data(events, "recovery.failed")["because"]


def test_without_the_loss_nothing_is_proved(play):
    _, found = play(plan_of("region-loss"), left_out=LeaveOut.FAULT)
    assert found.verdict is Verdict.INCONCLUSIVE, found.sentence


def test_without_the_failover_it_fails(play):
    events, found = play(plan_of("region-loss"), left_out=LeaveOut.RECOVERY)
    assert found.verdict is Verdict.FAIL, found.sentence
    assert "sandbox.removed" in kinds(events)


def test_the_region_made_anew_takes_back_what_the_other_served_and_nothing_is_lost_on_the_way(play):
    events, found = play(plan_of("region-loss", "failback"))
    assert (found.verdict, found.code) == (Verdict.PASS, Code.OK), found.sentence
    steps = {event.data["step"]: event for event in events if event.kind == "recovery.step"}
    assert list(steps) == [
        "verify_replica", "restore_physical", "fail_over", "serve_there", "rebuild_region",
        "hand_over", "fail_back",
    ]  # fmt: skip
    facts = data(events, "recovery.finished")["facts"]
    assert facts["region"] == "b" and facts["back"]["region"] == "a" and facts["back"]["set"] != facts["set"]
    there = [event for event in events if event.kind == "write.acked"
             and steps["fail_over"].mono_ns < event.mono_ns < steps["hand_over"].mono_ns]  # fmt: skip
    assert len(there) >= 3 and not any(found.lost_during.values())
    held = [event for event in events if event.kind == "write.failed" and "held" in event.data["because"]]
    assert held, "writes are refused while the region hands over"
    back, lasted = facts["back"], {name: step.data["seconds"] for name, step in steps.items()}
    assert back["held_s"] >= max(
        lasted["hand_over"] + lasted["fail_back"], clock.seconds(held[0].mono_ns, held[-1].mono_ns)
    )
    assert lasted["rebuild_region"] + back["held_s"] <= back["return_s"] < found.rta.actual
    assert any(text.startswith("the way back, with the region made anew, took ") for text in found.shows)
    assert data(events, "sandbox.removed")["remaining"] == {"processes": [], "files": [], "ports": []}


def test_a_write_that_is_lost_on_the_way_back_fails(play, monkeypatch):
    """Were writes not held, one acknowledged after the last set was taken would be lost."""
    monkeypatch.setattr(Alias, "hold", lambda self: None)
    put = GivenSet.put

    def slowly(self, target, method):
        time.sleep(0.1)
        return put(self, target, method)

    monkeypatch.setattr(GivenSet, "put", slowly)
    _, found = play(plan_of("region-loss", "failback"))
    assert found.verdict is Verdict.FAIL and any(found.lost_during.values()), found.sentence


@pytest.mark.parametrize(
    ("left_out", "verdict"),
    [(LeaveOut.FAULT, Verdict.INCONCLUSIVE), (LeaveOut.RECOVERY, Verdict.FAIL)],
)
def test_a_failback_without_its_loss_or_left_out_is_no_pass(play, left_out, verdict):
    _, found = play(plan_of("region-loss", "failback"), left_out=left_out)
    assert found.verdict is verdict, found.sentence


def test_a_region_made_anew_that_is_less_shut_than_the_lost_one_is_refused(play, monkeypatch):
    prove = MemorySandbox.isolation

    def once(self):
        return Isolation(False, (), "it is open") if self.id.endswith("-3") else prove(self)

    monkeypatch.setattr(MemorySandbox, "isolation", once)
    events, found = play(plan_of("region-loss", "failback"))
    assert found.verdict is Verdict.FAIL
    assert "isolation is not proved: it is open" in data(events, "recovery.failed")["because"]
    assert data(events, "sandbox.removed")["remaining"] == {"processes": [], "files": [], "ports": []}
