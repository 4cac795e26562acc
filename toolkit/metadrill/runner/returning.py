"""From the decision to the last write read: the stretch in which it comes back, or does not."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from typing import Any

from metadrill import clock
from metadrill.errors import (
    BackupError,
    DamageFound,
    DeadlineExceeded,
    Interrupted,
    KeyRefused,
    MetadrillError,
    Refused,
    RolledBack,
)
from metadrill.model.drill import LeaveOut
from metadrill.ports.backing import Secluded
from metadrill.runner import limits
from metadrill.runner.stage import Stage

ONCE = timedelta(0)
"""A deadline that has passed already: one look, no waiting for what nobody brought back."""


class Ending(StrEnum):
    """How a recovery ended."""

    FINISHED = "finished"
    REFUSED = "refused"
    ROLLED_BACK = "rolled_back"
    DETECTED = "detected"
    FAILED = "failed"
    LEFT_OUT = "left_out"

    @property
    def serves(self) -> bool:
        """Whether the repository is expected to serve soon: it, or what stood before it, was put back."""
        return self in (Ending.FINISHED, Ending.ROLLED_BACK)

    @property
    def chosen(self) -> bool:
        """Whether the recovery ended as it meant to, so that what stands now can be verified."""
        return self not in (Ending.FAILED, Ending.LEFT_OUT)


def decide(stage: Stage) -> None:
    """Wait for whoever decides, and record who it was."""
    start, name = stage.rig.time.monotonic_ns(), stage.plan.recovery.name
    by = stage.rig.gate(name)
    stage.record("decision.made", recovery=name, by=by, waited_s=stage.since(start))


def recover(stage: Stage) -> Ending:
    """Run the recovery; return how it ended. One that fails, or refuses, is a result, and recorded."""
    name = stage.plan.recovery.name
    if stage.rig.left_out is LeaveOut.RECOVERY:
        stage.record("recovery.left_out", because="the run was asked to leave the recovery out")
        return Ending.LEFT_OUT
    stage.record("recovery.started", recovery=name)
    start = stage.rig.time.monotonic_ns()
    try:
        with _secluded(stage):
            facts = dict(stage.rig.recovery.recover(stage.stack, stage.record))
    except Interrupted:
        raise
    except MetadrillError as error:
        return _ended(stage, error)
    stage.record("recovery.finished", recovery=name, seconds=stage.since(start), facts=facts)
    return Ending.FINISHED


def _ended(stage: Stage, error: MetadrillError) -> Ending:
    """Record a recovery that did not finish: it refused, undid what it did, found damage, or failed."""
    told: dict[str, Any] = {"recovery": stage.plan.recovery.name, "because": _told(error)}
    if isinstance(error, BackupError | Refused | KeyRefused):
        stage.record("recovery.refused", **told, code=int(error.code), code_name=error.code.name.lower())
        return Ending.REFUSED
    if isinstance(error, RolledBack):
        stage.record("recovery.rolled_back", **told, restored=dict(error.facts))
        return Ending.ROLLED_BACK
    if isinstance(error, DamageFound):
        stage.record("recovery.detected", **told, found=dict(error.facts))
        return Ending.DETECTED
    stage.record("recovery.failed", **told)
    return Ending.FAILED


@contextmanager
def _secluded(stage: Stage) -> Iterator[None]:
    """Hold the canary where the recovery asks for it: nobody may write meanwhile."""
    recovery, canary = stage.rig.recovery, stage.workload
    if not isinstance(recovery, Secluded) or canary is None:
        yield
        return
    canary.stop()
    stage.record("writers.kept_out", because=recovery.secluded)
    try:
        yield
    finally:
        canary.start()


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
