"""What comes through the queue: lost with the graph, and not lost where the queue is read again."""

import pytest

from metadrill.errors import Code, EnvironmentNotReady
from metadrill.model.drill import LeaveOut
from metadrill.model.verdict import Verdict
from metadrill.workloads.hook_canary import HookCanary

from .playing import data, plan_of


@pytest.mark.parametrize(("recovery", "lost"), [("restore_beside_queue", True), ("hook_rewind", False)])
def test_what_was_read_since_the_backup_is_lost_unless_the_queue_is_read_again(play, recovery, lost):
    events, found = play(plan_of("hook-gap", recovery))
    assert (found.verdict, found.code) == (Verdict.PASS, Code.OK), found.sentence
    acked = [event for event in events if event.kind == "write.acked"]
    assert acked and all(event.data["guid"].startswith("metadrill-canary/") for event in acked)
    for loss in (found.rpa_graph, found.rpa_search):
        assert bool(loss.lost) is lost and (loss.seconds > 0) is lost
    if lost:
        assert len(found.rpa_graph.lost) == found.rpa_graph.acknowledged, "each was read before the loss"


def test_the_queue_is_set_back_to_where_it_was_when_the_set_was_taken(play):
    events, _ = play(plan_of("hook-gap", "hook_rewind"))
    truth = data(events, "fault.injected")["truth"]
    facts = data(events, "recovery.finished")["facts"]
    assert facts["queue"] == data(events, "backup.taken")["queue"] == 0
    assert truth["queue"]["read"] == truth["queue"]["end"] > 0
    assert facts["rewound"]["now"] == 0 and facts["rewound"]["was"] >= truth["queue"]["read"]
    assert facts["read"]["read"] == facts["read"]["end"] >= truth["queue"]["end"]
    steps = [event.data["step"] for event in events if event.kind == "recovery.step"]
    assert steps == ["verify_backup", "rewind_queue", "restore_physical", "read_queue"]


def test_a_change_that_comes_twice_is_one(play):
    """The set holds what was written before it; reading the queue again from before that makes no second."""
    events, found = play(plan_of("hook-gap", "hook_rewind"))
    counts = data(events, "census.taken", phase="verified")["counts"]["entities"]
    before = data(events, "census.taken", phase="baseline")["counts"]["entities"]
    acked = len([event for event in events if event.kind == "write.acked"])
    assert counts <= before + acked + 1 and found.verdict is Verdict.PASS


@pytest.mark.parametrize("recovery", ["restore_beside_queue", "hook_rewind"])
@pytest.mark.parametrize(
    ("left_out", "verdict"),
    [(LeaveOut.FAULT, Verdict.INCONCLUSIVE), (LeaveOut.RECOVERY, Verdict.FAIL)],
)
def test_without_its_loss_or_left_out_it_is_no_pass(play, recovery, left_out, verdict):
    _, found = play(plan_of("hook-gap", recovery), left_out=left_out)
    assert found.verdict is verdict, found.sentence


def test_a_stack_without_a_queue_is_told_before_anything_is_broken():
    with pytest.raises(EnvironmentNotReady, match="has no queue to write to"):
        HookCanary(object(), lambda kind, /, **facts: None, "r1")
