"""Every path out leaves no sandbox, a closed journal, and the first error on its way."""

import contextlib
from datetime import timedelta

import pytest

from metadrill import clock
from metadrill.errors import Code, EnvironmentNotReady, Interrupted, Refused
from metadrill.model.plan import Plan
from metadrill.model.sandboxed import Isolation
from metadrill.testing import EngineStop, MemorySandboxes, MemoryStack, drills
from metadrill.workloads.canary import Canary

KINDS = [
    "run.opened", "plan.fixed", "sandbox.created", "isolation.proved", "stack.served", "data.placed",
    "index.settled", "census.taken", "witness.heard", "checks.run", "backup.taken", "write.invoked",
    "write.acked", "fault.injected", "probe.answered", "outage.observed", "decision.made", "recovery.started",
    "recovery.step", "recovery.finished", "stack.serving", "writes.read", "recovery.verified", "call.made",
    "logs.collected", "sandbox.removed",
]  # fmt: skip


class _NotBooting(MemoryStack):
    def boot(self, deadline):
        raise EnvironmentNotReady("atlas: not ACTIVE within 5 s", "see its log")


class _Unproved(MemorySandboxes):
    def create(self, label):
        sandbox = super().create(label)
        sandbox.isolation = lambda: Isolation(False, (), "it shares the host's network")
        return sandbox


class _Stubborn(MemorySandboxes):
    """A sandbox whose removal breaks down."""

    def create(self, label):
        sandbox = super().create(label)
        sandbox.remove = lambda: 1 / 0
        return sandbox


class _Bursting(EngineStop):
    def inject(self, target):
        raise ValueError("a defect in the fault")


@pytest.mark.parametrize("kind", KINDS)
def test_a_signal_at_any_event_leaves_no_sandbox_and_a_closed_journal(player, kind):
    met = []

    def stop(event):
        if event.kind == kind and not met:
            met.append(event)
            raise Interrupted(f"stopped at {kind}", code=Code.SIGTERM)

    player.listener = stop
    played = player.play(drills.plan())
    assert met, f"{kind} was never recorded"
    assert isinstance(played.error, Interrupted)
    assert played.sandboxes.left() == []
    assert played.data("drill.closed")["outcome"] == "aborted"
    assert played.data("run.aborted")["signal"] == "SIGTERM"
    assert "sandbox.removed" in played.kinds or kind in ("run.opened", "plan.fixed")


def test_a_stack_that_does_not_boot_is_told_with_its_hint_and_code(player):
    played = player.play(drills.plan(), stack=_NotBooting)
    assert isinstance(played.error, EnvironmentNotReady)
    failed = played.data("run.failed")
    assert failed == {"error": "atlas: not ACTIVE within 5 s", "hint": "see its log", "code": 30}
    assert played.sandboxes.left() == []
    assert "stack.served" not in played.kinds


def test_a_defect_is_recorded_and_raised_and_the_sandbox_is_gone(player):
    played = player.play(drills.plan(), fault=_Bursting())
    assert isinstance(played.error, ValueError)
    assert played.data("run.failed")["error"] == "ValueError: a defect in the fault"
    assert played.data("run.failed")["code"] == 1
    assert played.sandboxes.left() == []


def test_a_signal_in_whose_place_a_library_raises_its_own_error_is_the_signal(player):
    class Interrupting(EngineStop):
        def inject(self, target):
            with contextlib.suppress(Interrupted):
                player.log.interrupt(Interrupted("stopped", code=Code.SIGTERM))
            raise RuntimeError("Query interrupted")

    played = player.play(drills.plan(), fault=Interrupting())
    assert isinstance(played.error, Interrupted) and played.error.code is Code.SIGTERM
    assert played.data("run.aborted")["signal"] == "SIGTERM"
    assert "run.failed" not in played.kinds and played.sandboxes.left() == []


def test_a_clean_up_that_fails_never_hides_the_first_error(player, tmp_path):
    played = player.play(drills.plan(), fault=_Bursting(), sandboxes=_Stubborn(tmp_path / "stubborn"))
    assert isinstance(played.error, ValueError)
    failed = played.data("teardown.failed")
    assert failed["step"] == "sandbox" and "ZeroDivisionError" in failed["because"]


def test_a_clean_up_that_fails_alone_is_recorded_and_no_error(player, tmp_path):
    played = player.play(drills.plan(), sandboxes=_Stubborn(tmp_path / "stubborn"))
    assert played.error is None
    assert "teardown.failed" in played.kinds and "sandbox.removed" not in played.kinds


def test_unproved_isolation_is_said_and_made_up_data_may_go_on(player, tmp_path):
    played = player.play(drills.plan(), sandboxes=_Unproved(tmp_path / "open"))
    assert played.error is None
    assert played.data("isolation.unproved")["because"] == "it shares the host's network"


def test_a_backup_in_a_sandbox_of_unproved_isolation_is_refused(player, tmp_path):
    from dataclasses import replace

    plan = drills.plan()
    real: Plan = replace(plan, drill=replace(plan.drill, data={"backup": "latest"}))
    played = player.play(real, sandboxes=_Unproved(tmp_path / "open"))
    assert isinstance(played.error, Refused)
    assert played.data("run.failed")["code"] == 32
    assert "stack.served" not in played.kinds


def test_a_journal_that_can_no_longer_be_written_is_an_error_of_the_run(player):
    """The canary's thread meets it first; the main line must hear of it."""

    def full(event):
        if event.kind == "write.acked":
            raise OSError(28, "No space left on device")

    player.listener = full
    played = player.play(drills.plan())
    assert played.error is not None and "could not be journalled" in str(played.error)
    assert played.sandboxes.left() == []


def test_a_signal_in_the_middle_of_the_removal_begins_it_again(player, tmp_path):
    class Startled(MemorySandboxes):
        def create(self, label):
            sandbox, tries = super().create(label), []
            remove = sandbox.remove

            def startled():
                tries.append(1)
                if len(tries) == 1:
                    raise Interrupted("stopped while removing")
                return remove()

            sandbox.remove = startled
            return sandbox

    played = player.play(drills.plan(), sandboxes=Startled(tmp_path / "startled"))
    assert isinstance(played.error, Interrupted)
    assert played.data("sandbox.removed")["remaining"] == {"processes": [], "files": [], "ports": []}
    assert played.data("run.aborted")["signal"] == "SIGINT"
    assert list((tmp_path / "startled").iterdir()) == []


def test_a_write_that_hangs_until_its_server_is_gone_does_not_keep_the_sandbox(player):
    """The canary is stopped beside the removal, not before it."""

    class Hanging(Canary):
        def stop(self):
            clock.wait_until(lambda: not player_sandbox(), timedelta(seconds=4), "server gone")
            super().stop()

    def player_sandbox():
        return list((player.folder / "1" / "sandboxes").iterdir())

    played = player.play(
        drills.plan(),
        workload=lambda target, record: Hanging(target, record, "r1", timedelta(milliseconds=2)),
        fault=_Bursting(),
    )
    assert isinstance(played.error, ValueError)
    assert played.sandboxes.left() == []
    assert "teardown.failed" not in played.kinds
