"""What goes wrong without being an error: recorded, and judged later."""

import pytest

from metadrill import judging
from metadrill.errors import RecoveryError
from metadrill.model.drill import LeaveOut
from metadrill.testing import EngineStart, PlainChecker, drills


class _Failing(EngineStart):
    def recover(self, target, record):
        raise RecoveryError("restore: no such snapshot", "look in the repository")


class _BrokenChecker(PlainChecker):
    def check(self, suite, frames, abilities):
        raise ZeroDivisionError("inside the checker")


def test_a_drill_without_its_fault_sees_no_outage(player):
    played = player.play(drills.plan(), left_out=LeaveOut.FAULT)
    assert played.error is None
    assert "fault.injected" not in played.kinds and "fault.left_out" in played.kinds
    unseen = played.data("outage.unseen")
    assert {row["probe"] for row in unseen["probes"]} == {"search_answers", "suite segments"}
    assert "outage.observed" not in played.kinds
    assert set(played.verdicts("outage").values()) == {"pass"}


def test_a_drill_without_its_recovery_serves_nothing_and_is_never_verified(player):
    played = player.play(drills.plan(), left_out=LeaveOut.RECOVERY)
    assert played.error is None
    assert "recovery.left_out" in played.kinds and "stack.not_serving" in played.kinds
    assert "recovery.verified" not in played.kinds and "recovery.started" not in played.kinds
    assert played.verdicts("verified")[40] == "fail"
    assert played.sandboxes.left() == []


def test_a_silent_fault_without_recovery_may_serve_and_still_fails_its_checks(player):
    played = player.play(drills.plan(startup_check="none"), left_out=LeaveOut.RECOVERY, probes=())
    assert "recovery.verified" not in played.kinds
    assert played.verdicts("verified")[40] == "fail"


def test_a_recovery_that_fails_is_recorded_and_the_line_goes_on(player):
    played = player.play(drills.plan(), recovery=_Failing())
    assert played.error is None
    assert played.data("recovery.failed")["because"] == "restore: no such snapshot (look in the repository)"
    assert played.verdicts("verified")[40] == "fail"
    assert "recovery.verified" not in played.kinds
    assert played.kinds[-2:] == ["sandbox.removed", "drill.closed"]


def test_a_checker_that_breaks_down_proves_nothing_and_stops_nothing(player):
    played = player.play(drills.plan(), checker=_BrokenChecker())
    assert played.error is None
    assert set(played.verdicts("verified").values()) == {"inconclusive"}
    rows = played.data("checks.run", phase="verified", suite="index")
    assert (rows["declared"], rows["loaded"], rows["evaluated"]) == (1, 0, 0)
    assert "ZeroDivisionError: inside the checker" in rows["results"][0]["because"]


@pytest.mark.parametrize("form", ["checksum", "none"])
def test_the_judge_passes_a_whole_drill(player, form):
    played = player.play(drills.plan(startup_check=form))
    assessment = judging.assess(played.events, "0" * 64)
    assert assessment.verdict == "pass", assessment.findings


@pytest.mark.parametrize(
    ("recovery", "left_out", "verdict"),
    [
        ("index_snapshot_bare", None, "fail"),
        ("index_snapshot", LeaveOut.FAULT, "inconclusive"),
        ("index_snapshot", LeaveOut.RECOVERY, "fail"),
    ],
)
def test_the_judge_is_not_fooled(player, recovery, left_out, verdict):
    played = player.play(drills.plan(recovery), left_out=left_out)
    assert judging.assess(played.events, "0" * 64).verdict == verdict
