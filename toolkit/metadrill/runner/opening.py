"""From nothing to a sound repository with a backup: the stretch before anything breaks."""

from metadrill.errors import Refused
from metadrill.model.sandboxed import Boot
from metadrill.ports import StateKeeper
from metadrill.ports.backing import Given
from metadrill.ports.regions import Paired
from metadrill.runner import examining, guard, limits
from metadrill.runner.stage import Stage


def announce(stage: Stage) -> None:
    """Record the criteria and the plan, before anything is started."""
    plan = stage.plan
    stage.record("run.opened", **stage.rig.opening)
    steps = [{"name": step.name, "deadline_s": step.deadline.total_seconds()} for step in plan.steps]
    if plan.inputs:
        stage.record("inputs.read", files=[dict(item) for item in plan.inputs])
    if stage.rig.given is not None:
        stage.record("backup.chosen", **stage.rig.given.facts)
    size = {"production": plan.drill.production_size}
    stage.record("plan.fixed", steps=steps, size=size, not_provable=list(plan.not_provable))


def raise_sandbox(stage: Stage) -> None:
    """Create the sandbox and look for ways out of it.

    Raises Refused when a backup would come into a sandbox whose isolation is not proved, and for a
    target that stands already and may not be broken.
    """
    stage.sandbox = stage.rig.sandboxes.create(stage.plan.drill.name)
    told = {"regions": dict(stage.sandbox.regions)} if isinstance(stage.sandbox, Paired) else {}
    stage.record("sandbox.created", id=stage.sandbox.id, kind=stage.rig.sandboxes.kind, **told)
    guard.prove(stage)
    found = stage.sandbox.isolation()
    probes = [dict(probe) for probe in found.probes]
    if found.proved:
        stage.record("isolation.proved", probes=probes)
        return
    stage.record("isolation.unproved", probes=probes, because=found.because)
    if "backup" in stage.plan.drill.data and stage.plan.drill.isolation != "accept_unproved":
        raise Refused(
            f"sandbox {stage.sandbox.id}: isolation is not proved, and the data is a backup",
            "use a sandbox that is isolated, or `isolation: accept_unproved` in the drill",
        )


def serve(stage: Stage) -> Boot:
    """Make the stack and boot it."""
    assert stage.sandbox is not None  # noqa: S101 - raise_sandbox comes before: for the type checker
    stage.stack = stage.rig.stack(stage.sandbox)
    boot: Boot = stage.stack.boot(limits.of(stage.plan, "boot"))
    stage.record(
        "stack.served",
        start=boot.start,
        seconds=boot.seconds,
        components={name: dict(facts) for name, facts in boot.components.items()},
        last_cold_s=boot.last_cold_s,
    )
    return boot


def place(stage: Stage, boot: Boot) -> None:
    """Place the data; a warm start brings it along, and what stands already keeps its own.

    After a cold fill the state is kept.
    """
    name, start = stage.plan.dataset.name, stage.rig.time.monotonic_ns()
    if stage.rig.given is not None:
        _restore(stage, boot, stage.rig.given)
        return
    if boot.start != "cold":
        stage.record("data.placed", dataset=name, origin=boot.start, steps=[], seconds=0.0)
        return
    rows = [dict(row) for row in stage.rig.source.fill(stage.stack, stage.record)]
    stage.record("data.placed", dataset=name, origin="seeded", steps=rows, seconds=stage.since(start))
    stack = stage.stack
    if isinstance(stack, StateKeeper):
        stage.stack.settle(limits.of(stage.plan, "settle"))
        stack.keep(boot.seconds + stage.since(start))


def _restore(stage: Stage, boot: Boot, given: Given) -> None:
    """Restore the given set; what was booted is an empty repository, and only that is kept."""
    stack = stage.stack
    if boot.start == "cold" and isinstance(stack, StateKeeper):
        stage.stack.settle(limits.of(stage.plan, "settle"))
        stack.keep(boot.seconds)
    start = stage.rig.time.monotonic_ns()
    rows = [dict(row) for row in stage.rig.source.fill(stack, stage.record)]
    stage.record("data.placed", dataset=given.name, origin="restored", steps=rows, seconds=stage.since(start))


def settle(stage: Stage) -> None:
    """Wait for the index, before the baseline. Raises DeadlineExceeded."""
    start = stage.rig.time.monotonic_ns()
    counts = stage.stack.settle(limits.of(stage.plan, "settle"))
    stage.record("index.settled", phase="baseline", seconds=stage.since(start), **counts)


def back_up(stage: Stage) -> None:
    """Let the recovery take what it needs while all is well."""
    taken = stage.rig.recovery.prepare(stage.stack)
    if taken is not None:
        stage.record("backup.taken", **taken)
    examining.examine(stage, "baseline")
    examining.remember(stage)
