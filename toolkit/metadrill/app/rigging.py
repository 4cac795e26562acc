"""What one drill is played with: an adapter per role, picked by name, made ready before the run."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metadrill import plugins, runner
from metadrill.app import boxes, comparing, filling, material, opening, qualified, regions
from metadrill.app.giving import Chosen
from metadrill.app.handing import RunBackups
from metadrill.app.settings import Settings
from metadrill.errors import Refused
from metadrill.model.drill import Start
from metadrill.model.plan import Plan
from metadrill.ports import Fault, Record, Recovery, Signer
from metadrill.ports.backing import Backups, Dialect, FromBackups, Readable
from metadrill.ports.tiers import ByTiers
from metadrill.runner import probes
from metadrill.sandboxes.volumes import VolumeSandboxes

if TYPE_CHECKING:
    from metadrill.app.running import RunOptions

_STEP = timedelta(minutes=15)


@dataclass(frozen=True)
class Place:
    """Where a run is kept and told, what was chosen for it, who signs, and what ends with it."""

    folder: Path
    record: Record
    chosen: Chosen
    key: Signer
    held: ExitStack


def rig(settings: Settings, plan: Plan, options: "RunOptions", place: Place) -> runner.Rig:
    """Return the rig of a run. Raises UsageError, EnvironmentNotReady, Refused: a gate, and nobody there."""
    folder, record, given = place.folder, place.record, place.chosen.given
    settings = replace(settings, sandbox=boxes.kind(settings))  # what `auto` stands for, asked once
    picked = _picked(settings, plan, restored=given is not None)
    load = {role: plugins.pick(role, name).load() for role, name in picked.items()}
    stacks = load["stacks"](plan.stack, plan.dataset, settings.cache, record)
    picked["signers"] = settings.signer  # loaded apart: not a part of the rig
    told = {**_asked(plan, options), **place.chosen.facts(plan), **qualified.facts(settings, plan, place.key)}
    backups = _backups(settings.cache, plan, place, stacks)
    sandboxes: Any = boxes.make(settings, plan.stack, enclosed=plan.drill.isolation != "accept_unproved")
    if getattr(load["faults"], "on_volume", False) and settings.sandbox != boxes.ATTACH:
        sandboxes = VolumeSandboxes(sandboxes)
    stack: Any = _booted_so(stacks, plan, options)
    if getattr(load["recoveries"], "across_regions", False):
        empty = load["stacks"](plan.stack, material.EMPTY, settings.cache, record)
        standby = _booted_so(empty, plan, options)
        sandboxes, stack = regions.pair(sandboxes, stack, standby, backups)
    of = (plan.dataset, stacks.part_file, _STEP) if given is None else (given,)
    return runner.Rig(
        sandboxes=sandboxes,
        stack=stack,
        source=load["sources"](*of),
        workload=lambda target, record: load["workloads"](target, record, folder.name),
        fault=_fault(load["faults"], plan, backups),
        probes=tuple(
            probes.build(probe, backups) for probe in plan.scenario.noticed_by if probe.name != "suite"
        ),
        recovery=_recovery(load["recoveries"], plan, options, (folder, backups)),
        checker=load["checkers"](),
        folder=folder,
        opening={**opening.facts(plan, picked, folder.name), **told},
        left_out=options.leave_out,
        canary=f"metadrill-canary/{folder.name}/",
        given=given,
        gate=_gate(plan, options),
        engine=lambda: comparing.engine(settings),
        erased=comparing.erased(settings),
    )


def _picked(settings: Settings, plan: Plan, *, restored: bool) -> dict[str, str]:
    """Return the name of the adapter for each role."""
    return {
        "sandboxes": settings.sandbox,
        "stacks": plan.stack.kind,
        "sources": "backup" if restored else "dataset",
        "workloads": "hook_canary" if _by_queue(plan) else "canary",
        "faults": plan.scenario.fault.name,
        "recoveries": plan.recovery.name,
        "checkers": "great_expectations",
    }


def _by_queue(plan: Plan) -> bool:
    """Whether the fault is one of a queue, so that what is written goes through it."""
    return bool(getattr(plugins.pick("faults", plan.scenario.fault.name).load(), "by_queue", False))


def _asked(plan: Plan, options: "RunOptions") -> dict[str, Any]:
    left_out = options.leave_out.value if options.leave_out else None
    return {"asked": {"start": plan.drill.start.value, "left_out": left_out}, "command": options.command}


def _booted_so(stacks: Callable[[Any], Any], plan: Plan, options: "RunOptions") -> Callable[[Any], Any]:
    """Return what makes the stack in a sandbox, told how it is to start and whom to tell of progress."""

    def stack(sandbox: Any) -> Any:
        made = stacks(sandbox)
        made.cold = plan.drill.start is Start.COLD
        made.progress = options.progress
        return made

    return stack


def _backups(cache: Path, plan: Plan, place: Place, stacks: object) -> RunBackups:
    """Return the run's backup sets: those that it takes come from its own sandbox."""
    facts = filling.provenance(plan.stack, kind="sandbox", dataset=plan.dataset.name)
    return RunBackups(place.chosen, _dialect(stacks), place.key, facts, place.held, cache, plan.stack)


def _dialect(stacks: object) -> Dialect | None:
    return stacks.dialect if isinstance(stacks, Readable) else None


def _fault(make: Callable[..., Fault], plan: Plan, backups: Backups) -> Fault:
    """Make the fault; one of backup sets is given those of the run."""
    action = material.fault_of(plan)
    if isinstance(make, FromBackups):
        spoiling: Fault = make.with_backups(action, backups)
        return spoiling
    return make(action)


def _recovery(
    make: Callable[..., Recovery], plan: Plan, options: "RunOptions", place: tuple[Path, Backups]
) -> Recovery:
    """Make the recovery; a procedure is given the run's folder, and who confirms its steps."""
    folder, backups = place
    if isinstance(make, ByTiers):
        tiered: Recovery = make.with_tiers(plan.recovery, backups, plan.drill.tiers)
        return tiered
    if isinstance(make, FromBackups):
        restoring: Recovery = make.with_backups(plan.recovery, backups)
        return restoring
    if plan.recovery.name != "procedure":
        return make(plan.recovery)
    if options.confirm is not None:
        return make(plan.recovery, folder, options.confirm)
    return make(plan.recovery, folder)


def _gate(plan: Plan, options: "RunOptions") -> Callable[[str], str]:
    """Return who decides. Raises Refused for a drill with gates where nobody can answer."""
    if not plan.drill.gates:
        return lambda recovery: runner.NOBODY
    if options.gate is None:
        raise Refused(f"{plan.drill.source}: its gates need a person", "run it on a terminal, --gates ask")
    return options.gate


def answerable(plan: Plan, options: "RunOptions") -> None:
    """Raise Refused for a drill with gates, or a runbook, where nobody can answer."""
    _gate(plan, options)
    if plan.recovery.name == "procedure" and "runbook" in plan.recovery.params and options.confirm is None:
        raise Refused(f"{plan.drill.source}: a runbook needs a person", "run it on a terminal, --gates ask")
