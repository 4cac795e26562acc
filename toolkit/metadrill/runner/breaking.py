"""Writes, the fault, and whether anybody can see it."""

from typing import Any

from metadrill import clock
from metadrill.errors import DeadlineExceeded
from metadrill.model.drill import LeaveOut
from metadrill.ports import Probe
from metadrill.runner import guard, limits
from metadrill.runner.looking import Looking
from metadrill.runner.stage import Stage

WRITES = 10
"""Acknowledged writes there must be between the backup and the fault: the tail."""


def make_ready(stage: Stage) -> None:
    """Put everything for the fault in place, so that the strike is the disruption only."""
    if stage.rig.left_out is not LeaveOut.FAULT:
        guard.confirm(stage)
        stage.rig.fault.prepare(stage.stack)


def write(stage: Stage) -> None:
    """Start the canary and wait for its first writes. Raises DeadlineExceeded."""
    stage.workload = stage.rig.workload(stage.stack, stage.record)
    canary = stage.workload
    canary.start()
    clock.wait_until(
        lambda: canary.acknowledged() >= WRITES,
        limits.of(stage.plan, "canary"),
        f"{WRITES} writes acknowledged",
        stage.rig.time,
    )


def strike(stage: Stage) -> None:
    """Break it, and record the ground truth; or say that it was left out."""
    if stage.rig.left_out is LeaveOut.FAULT:
        stage.record("fault.left_out", because="the run was asked to leave the fault out")
        return
    guard.confirm(stage)
    truth = dict(stage.rig.fault.inject(stage.stack))
    apart = {name: truth.pop(name) for name in ("form", "invoked_ns", "served_until_ns") if name in truth}
    stage.record("fault.injected", fault=stage.plan.scenario.fault.name, truth=truth, **apart)


def watch(stage: Stage, looking: Looking) -> None:
    """Look with every probe until one sees an outage, or the time for it is up."""
    start = stage.rig.time.monotonic_ns()
    round_ = _Round(stage, (*stage.rig.probes, *looking.probes()))
    try:
        seen, answer = clock.wait_until(
            round_.look, limits.outage(stage.plan), "outage observed", stage.rig.time
        )
    except DeadlineExceeded:
        probes = [{"probe": name, "answer": text} for name, text in round_.answers.items()]
        stage.record("outage.unseen", probes=probes, seconds=stage.since(start))
        return
    stage.record("outage.observed", probe=seen, answer=answer, views=dict(stage.stack.views()))


class _Round:
    """One look with each probe; an answer is recorded when it is a new one."""

    def __init__(self, stage: Stage, probes: tuple[Probe, ...]) -> None:
        self._stage, self._probes = stage, probes
        self.answers: dict[str, str] = {}

    def look(self) -> tuple[str, str] | None:
        for probe in self._probes:
            disrupted, answer = probe.look(self._stage.stack)
            if self.answers.get(probe.name) != answer:
                facts: dict[str, Any] = {"probe": probe.name, "answer": answer, "disrupted": disrupted}
                self._stage.record("probe.answered", **facts)
            self.answers[probe.name] = answer
            if disrupted:
                return probe.name, answer
        return None
