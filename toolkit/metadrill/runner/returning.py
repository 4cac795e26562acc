"""From the decision to the last write read: the stretch in which it comes back, or does not."""

from datetime import timedelta

from metadrill import clock
from metadrill.errors import DeadlineExceeded, Interrupted, MetadrillError
from metadrill.model.drill import LeaveOut
from metadrill.runner import limits
from metadrill.runner.stage import Stage

ONCE = timedelta(0)
"""A deadline that has passed already: one look, no waiting for what nobody brought back."""


def decide(stage: Stage) -> None:
    """Wait for whoever decides, and record who it was."""
    start, name = stage.rig.time.monotonic_ns(), stage.plan.recovery.name
    by = stage.rig.gate(name)
    stage.record("decision.made", recovery=name, by=by, waited_s=stage.since(start))


def recover(stage: Stage) -> bool:
    """Run the recovery; return whether it finished. One that fails is a result, and recorded."""
    name = stage.plan.recovery.name
    if stage.rig.left_out is LeaveOut.RECOVERY:
        stage.record("recovery.left_out", because="the run was asked to leave the recovery out")
        return False
    stage.record("recovery.started", recovery=name)
    start = stage.rig.time.monotonic_ns()
    try:
        facts = dict(stage.rig.recovery.recover(stage.stack, stage.record))
    except Interrupted:
        raise
    except MetadrillError as error:
        stage.record("recovery.failed", recovery=name, because=_told(error))
        return False
    stage.record("recovery.finished", recovery=name, seconds=stage.since(start), facts=facts)
    return True


def serve(stage: Stage, type_name: str, *, recovered: bool) -> bool:
    """Wait until a search answers as a working one does; return whether it did."""

    def answered() -> str | None:
        try:
            answer = stage.stack.search(type_name, limits.LOOK)
        except Interrupted:
            raise
        except MetadrillError as error:
            last.append(error.message)
            return None
        last.append(answer.text)
        return answer.text if answer.ok else None

    last: list[str] = []
    deadline = limits.of(stage.plan, "serving") if recovered else ONCE
    try:
        text = clock.wait_until(answered, deadline, f"search for {type_name} answered", stage.rig.time)
    except DeadlineExceeded as error:
        stage.record("stack.not_serving", because=f"{error.message}: {last[-1]}")
        return False
    stage.record("stack.serving", probe=f"search {type_name}", answer=text)
    return True


def read_writes(stage: Stage, *, served: bool) -> None:
    """Stop the canary, then read every write: none may come after the reading."""
    assert stage.workload is not None  # noqa: S101 - breaking.write comes before: for the type checker
    stage.workload.stop()
    deadline = limits.of(stage.plan, "read_back") if served else ONCE
    try:
        stage.record("writes.read", **stage.workload.read_back(deadline))
    except Interrupted:
        raise
    except MetadrillError as error:
        if served:
            raise
        _unanswered(stage, "writes", error)


def settle(stage: Stage, *, served: bool) -> None:
    """Wait for the index, after the recovery. One that never catches up is a result."""
    start = stage.rig.time.monotonic_ns()
    try:
        counts = stage.stack.settle(limits.of(stage.plan, "settle") if served else ONCE)
    except Interrupted:
        raise
    except MetadrillError as error:
        _unanswered(stage, "index caught up", error)
    else:
        stage.record("index.settled", phase="verified", seconds=stage.since(start), **counts)


def _unanswered(stage: Stage, probe: str, error: MetadrillError) -> None:
    stage.record("probe.answered", probe=probe, answer=_told(error), disrupted=True)


def _told(error: MetadrillError) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message
